"""Rows of one person that a wide table has no two places for are named, with what to do; nothing is lost in silence."""

import pandas as pd
import pytest

from instruments.answer_files import AnswerFileError
from instruments.answer_tables.convert import convert
from tests.instruments.test_answer_formats import answers, rows, study  # noqa: F401 - fixtures


@pytest.fixture
def changed(answers, tmp_path):  # noqa: F811 - fixtures
    """Writes the answers with some cells changed."""

    def write(**cells):
        frame = pd.read_csv(answers, dtype=str, keep_default_na=False)
        for name, (row, value) in cells.items():
            frame.loc[row, name] = value
        path = tmp_path / "changed.csv"
        frame.to_csv(path, index=False)
        return path

    return write


def problems(path, study, tmp_path):  # noqa: F811 - fixtures
    with pytest.raises(AnswerFileError) as raised:
        convert(path, study, tmp_path / "wide.csv", shape="wide")
    return list(raised.value.problems)


def test_two_ratings_of_a_brand_by_one_person_are_named(changed, study, tmp_path):  # noqa: F811 - fixtures
    path = changed(brand=(1, "alba"))
    [told] = problems(path, study, tmp_path)
    assert told.startswith("rows 2 and 3 are both ratings of 'alba' by the person 'p1'. Keep one of them, or")
    assert convert(path, study, tmp_path / "long.sav", shape="long").rows == 4  # a long table holds both


def test_a_person_who_is_told_of_in_two_ways_is_named(changed, study, tmp_path):  # noqa: F811 - fixtures
    path = changed(age=(1, "41"), _lang=(1, "en"))
    assert problems(path, study, tmp_path) == [
        "rows 2 and 3 of the person 'p1' differ in '_lang' ('zh', 'en'). A person has it once: make them alike.",
        "rows 2 and 3 of the person 'p1' differ in 'age' ('40', '41'). A person has it once: make them alike.",
    ]
