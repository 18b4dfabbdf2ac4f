"""Files larger than memory: blocks hold what the whole table holds, and nothing wrong gets through."""

import numpy as np
import pandas as pd
import pytest

from instruments.answer_files import AnswerFileError, column_names, read_chunks, read_table

ITEMS = ["a", "b", "c"]


@pytest.fixture
def frame():
    """Simulated answers with missing ones, written in every way there is."""
    x = pd.DataFrame(np.random.default_rng(1).integers(1, 6, (257, 3)), columns=ITEMS).astype(object)
    x.loc[[3, 100, 101, 200, 256], "b"] = ["", "NA", -99, ".", -93]
    x.insert(0, "person", [f"p{i // 2}" for i in range(257)])
    return x


@pytest.fixture
def file(frame, tmp_path):
    path = tmp_path / "answers.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.mark.parametrize("rows", [1, 100, 257, 1000])
def test_blocks_make_up_the_table(file, rows):
    blocks = list(read_chunks(file, ITEMS, texts=["person"], rows=rows))
    assert [len(block) for block in blocks[:-1]] == [rows] * (len(blocks) - 1)
    together = pd.concat(blocks, ignore_index=True)
    whole = read_table(file)
    pd.testing.assert_frame_equal(together[ITEMS], whole[ITEMS])
    assert list(together["person"]) == list(whole["person"])
    assert together["b"].isna().sum() == 5


def test_blocks_of_parquet_are_those_of_csv(frame, file, tmp_path):
    pytest.importorskip("pyarrow")
    path = tmp_path / "answers.parquet"
    numbers = frame[ITEMS].apply(pd.to_numeric, errors="coerce")
    numbers.insert(0, "person", frame["person"])
    numbers.to_parquet(path)
    assert column_names(path) == column_names(file) == ["person", *ITEMS]
    of_parquet, of_csv = (
        pd.concat(read_chunks(one, ITEMS, texts=["person"], rows=50), ignore_index=True) for one in (path, file)
    )
    pd.testing.assert_frame_equal(of_parquet, of_csv, check_dtype=False)
    pd.testing.assert_frame_equal(read_table(path), read_table(file), check_dtype=False)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("a,b\n1,2\n3,4\n", "no column c"),
        ("a,b,c\n1,2,3\n1,x,3\n", "column 'b', row 2: 'x' is not a number"),
        ("a,b,c\n1,2,3\n1,2\n", "last line has 2 cells"),
        ("a,b,c\n1,2,3\n1,2,3,4\n1,2,3\n", "not a table"),
        ("a,b,c\n", "no rows"),
        ("a,b,b\n1,2,3\n", "named twice: b"),
        ("", "empty"),
    ],
)
def test_what_is_wrong_with_a_file_is_told(tmp_path, content, words):
    path = tmp_path / "answers.csv"
    path.write_text(content)
    with pytest.raises(AnswerFileError, match=words):
        list(read_chunks(path, ITEMS, rows=1))


def test_a_missing_reader_of_parquet_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(AnswerFileError, match="package pyarrow, which is not installed"):
        list(read_chunks(tmp_path / "answers.parquet", ITEMS))
