"""Answers keep every code, label and reason through SPSS, Stata, Parquet, workbooks and CSV, long and wide."""

import csv
import json
import shutil
import string
import subprocess
import sys

import openpyxl
import pandas as pd
import pyreadstat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.answer_files import AnswerFileError, column_names, read_answers, read_chunks, read_table
from instruments.answer_tables import statistics_files, table
from instruments.answer_tables.codebook import Codebook, Column, Value, describe_answers, missing_values
from instruments.answer_tables.convert import FORMS, convert
from instruments.answer_tables.shapes import widen
from instruments.answer_tables.statistics_files import TAGS, program_names, write_statistics_file
from instruments.answer_tables.table import gather, neutralised
from instruments.measures import MISSING_CODES
from instruments.study_file import parse_study
from tests.survey_app.small_study import INSTRUMENT, STUDY

DATED = INSTRUMENT.replace(
    "      - {name: words,",
    "      - {name: since, type: date, required: false, label: {en: Since?, zh: 从何时起？}}\n      - {name: words,",
)
FORMULA = "=HYPERLINK(1)"


@pytest.fixture(scope="module")
def study():
    return parse_study(STUDY, DATED)


@pytest.fixture(scope="module")
def rows(study):
    """Three persons with two, one and no ratings, and all seven reasons not to have an answer."""
    codebook = describe_answers(study)
    names = [column.name for column in codebook.columns]
    shown = {"consent": 1, "place": "secret_code_home", "aware_alba": 1, "aware_brio": 0, "aware_cova": -99}
    person = {
        "_status": "complete",
        "_lang": "zh",
        "_started_at": "2026-03-01T12:00:00+00:00",
        "_ended_at": "",
        "_instrument": "small",
        "_version": 1,
        "_digest": "d",
        "_seed": 2**40,
        "_simulated": 0,
        "_test": 0,
        "_sets": "",
    }

    def row(key, age, brand, position, warm, since, text):  # noqa: PLR0917 - a line of a table
        rating = {"brand": brand, "_position": position, "_eligible": position and 3, "_weight": position and 1.5}
        scores = {"warm1": warm[0], "warm2": warm[1], "_seconds": position and 2.25}
        told = {"_person": key, "age": age, "since": since, "words": text}
        return dict.fromkeys(names, "") | person | shown | told | rating | scores

    return [
        row("p1", 40, "alba", 1, (3, -98), "2026-02-28", FORMULA),
        row("p1", 40, "cova", 2, (-93, 1), "2026-02-28", FORMULA),
        row("p2", -97, "brio", 1, (2, -99), "-99", '\'=1 她说：好, "very" good'),
        row("p3", -94, "", "", (-95, -95), "-94", ""),
    ]


@pytest.fixture
def answers(rows, tmp_path):
    path = tmp_path / "answers.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows({n: neutralised(c) if isinstance(c, str) else c for n, c in row.items()} for row in rows)
    return path


@pytest.mark.parametrize("shape", ["long", "wide"])
@pytest.mark.parametrize("form", FORMS)
def test_every_format_and_shape_gives_the_same_answers_back(answers, study, tmp_path, form, shape):
    there = convert(answers, study, tmp_path / f"there.{form}", shape=shape, language="zh")
    convert(there.answers, study, tmp_path / "back.csv", shape="long")
    assert (tmp_path / "back.csv").read_bytes() == answers.read_bytes()
    assert there.rows == (3 if shape == "wide" else 4)


@pytest.mark.parametrize("form", FORMS)
def test_every_format_is_read_as_the_same_answers(answers, study, tmp_path, form):
    there = convert(answers, study, tmp_path / f"there.{form}")
    expected, found = read_answers(answers, study).frame, read_answers(there.answers, study).frame
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)


def test_a_wide_file_is_refused_with_what_turns_it_round(answers, study, tmp_path):
    wide = convert(answers, study, tmp_path / "wide.sav", shape="wide")
    with pytest.raises(AnswerFileError, match="--shape long"):
        read_answers(wide.answers, study)


def test_spss_tells_labels_codes_and_missing_values(answers, study, tmp_path):
    written = convert(answers, study, tmp_path / "a.sav", language="zh")
    raw, about = pyreadstat.read_sav(str(written.answers), user_missing=True)
    clean, _ = pyreadstat.read_sav(str(written.answers))
    assert about.file_label == "咖啡"
    assert about.column_names_to_labels["warm1"] == "我喜欢[品牌]。"
    labels = {int(code): text for code, text in about.variable_value_labels["warm1"].items()}
    expected = describe_answers(study)["warm1"]
    assert labels == {value.code: value.label["zh"] for value in (*expected.codes, *expected.missing)}
    assert labels[-98] == "不知道"
    assert about.missing_ranges["warm1"] == [{"lo": -99.0, "hi": -93.0}]
    assert raw["warm1"].tolist() == [3, -93, 2, -95]
    assert clean["warm1"].isna().tolist() == [False, True, False, True]
    assert about.variable_measure["warm1"] == "ordinal"
    assert "sys_person" in raw
    assert str(raw["since"][0]) == "2026-02-28"
    assert about.original_variable_types["since"] == "SDATE10"
    assert str(raw["sys_started_at"][0]) == "2026-03-01 12:00:00"
    assert raw["words"][0] == FORMULA
    # words with a meaning are numbers with labels
    assert about.variable_value_labels["brand"] == {1: "阿尔巴", 2: "布里奥", 3: "科瓦"}
    assert raw["brand"][:3].tolist() == [1, 3, 2]


def test_stata_tells_labels_codes_and_extended_missing_values(answers, study, tmp_path):
    written = convert(answers, study, tmp_path / "a.dta", language="zh")
    raw, about = pyreadstat.read_dta(str(written.answers), user_missing=True)
    assert raw["warm1"].tolist() == [3, "g", 2, "e"]
    expected = describe_answers(study)["warm1"]
    labels = {v.code: v.label["zh"] for v in expected.codes} | {TAGS[v.code]: v.label["zh"] for v in expected.missing}
    assert about.variable_value_labels["warm1"] == labels
    assert about.column_names_to_labels["warm1"] == "我喜欢[品牌]。"
    assert raw["since"].astype(str).tolist() == ["2026-02-28", "2026-02-28", "a", "f"]
    assert pd.read_stata(written.answers, convert_categoricals=False)["warm1"].isna().tolist() == [
        False,
        True,
        False,
        True,
    ]


def test_parquet_keeps_codes_in_small_columns_with_the_codebook(answers, study, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    schema = parquet.read_schema(convert(answers, study, tmp_path / "a.parquet").answers)
    assert str(schema.field("warm1").type) == "int8"
    assert json.loads(schema.field("warm1").metadata[b"missing"])["-98"] == "I do not know"
    assert json.loads(schema.metadata[b"relata.codebook"])["study"] == "coffee"


def test_no_cell_of_a_workbook_is_a_formula(answers, study, tmp_path):
    book = openpyxl.load_workbook(convert(answers, study, tmp_path / "a.xlsx").answers)
    assert book.sheetnames == ["answers", "codebook", "about"]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    dangerous = [cell for cell in cells if cell.value == FORMULA]
    assert len(dangerous) == 2
    assert all(cell.quotePrefix for cell in dangerous)


def test_the_codebook_lies_beside_in_all_languages(answers, study, tmp_path):
    written = convert(answers, study, tmp_path / "a.csv")
    told = json.loads((tmp_path / "a.codebook.json").read_text(encoding="utf-8"))
    assert {column["name"] for column in told["columns"]} == set(column_names(written.answers))
    age = next(column for column in told["columns"] if column["name"] == "age")
    assert age["label"]["zh"] == "您多大？"
    assert [value["code"] for value in age["missing"]] == list(MISSING_CODES)
    table = pd.read_csv(tmp_path / "a.codebook.csv", dtype=str, keep_default_na=False)
    assert set(table[table["name"] == "warm1"]["code"]) == {"1", "2", "3", *map(str, MISSING_CODES)}


@pytest.mark.parametrize("form", FORMS)
def test_the_python_script_beside_a_table_reads_it(answers, study, tmp_path, form):
    convert(answers, study, tmp_path / f"a.{form}")
    name = "{}" if form != "sav" else "sys{}"
    asked = f"""
import runpy
read = runpy.run_path("a.{form}.py")
print(read["answers"]["warm1"].notna().tolist(), read["labelled"]["warm1"].astype(str).tolist()[0])
print(read["raw"]["words"][0], read["raw"]["{name.format("_person")}"][3])
"""
    told = subprocess.run([sys.executable, "-c", asked], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert told.stdout.splitlines() == ["[True, False, True, False] Agree", f"{FORMULA} p3"]


def test_the_r_script_beside_a_csv_file_reads_it(answers, study, tmp_path):
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed")
    convert(answers, study, tmp_path / "a.csv", language="zh")
    asked = (
        'source("a.csv.R", encoding = "UTF-8"); cat(is.na(answers$warm1), answers$words[1], answers[["_person"]][4])'
    )
    both = f'{asked}; cat("\\n", enc2utf8(as.character(labelled$warm1[1])))'
    told = subprocess.run(
        ["Rscript", "-e", both], cwd=tmp_path, capture_output=True, text=True, check=True, encoding="utf-8"
    )
    assert told.stdout.splitlines() == [f"FALSE TRUE FALSE TRUE {FORMULA} p3", " 同意"]


@pytest.mark.parametrize("form", FORMS)
def test_the_r_scripts_are_r(answers, study, tmp_path, form):
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed")
    convert(answers, study, tmp_path / f"a.{form}")
    subprocess.run(["Rscript", "-e", f'invisible(parse("a.{form}.R"))'], cwd=tmp_path, capture_output=True, check=True)


LONG = "column_with_a_name_of_sixty_four_characters_that_spss_just_takes"


def hand_made(**texts):
    """A table of one text column for each name, and a column of codes with long labels."""
    coded = Column(LONG, {"en": "问" * 90}, "code", codes=(Value(1, {"en": "很" * 60}),), missing=missing_values())
    columns = [coded, *(Column(name, {"en": name}, "text") for name in texts)]
    book = Codebook(
        "s", {"en": "Title"}, simulated=False, languages=("en",), brand=None, person=None, columns=tuple(columns)
    )
    length = len(next(iter(texts.values()))) if texts else 2
    return gather(book, [pd.DataFrame({LONG: ["1", "-99", *["1"] * (length - 2)], **texts}, dtype=str)])


def test_what_spss_cannot_hold_is_cut_at_a_character_and_listed(tmp_path):
    table = hand_made(essay=["x" * 40_000, "short"])
    written = write_statistics_file(table, tmp_path / "a.sav", "sav", "en")
    frame, about = pyreadstat.read_sav(str(tmp_path / "a.sav"))
    assert len(LONG) == 64
    assert about.column_names[0] == LONG
    assert about.column_names_to_labels[LONG] == "问" * 84 + "…"
    assert about.variable_value_labels[LONG][1] == "很" * 39 + "…"
    assert len(frame["essay"][0].encode()) <= 32_767
    assert frame["essay"][1] == "short"
    assert [note.split(" is cut")[0] for note in written.cut] == [
        "a text in essay",
        f"the label of {LONG}",
        f"the label of 1 in {LONG}",
    ]


def test_stata_holds_long_texts_and_short_names(tmp_path):
    essay = "我" * 3_000
    written = write_statistics_file(hand_made(essay=[essay, ""]), tmp_path / "a.dta", "dta", "en")
    frame, about = pyreadstat.read_dta(str(tmp_path / "a.dta"))
    assert frame["essay"].tolist() == [essay, ""]
    assert about.column_names[0] == LONG[:28]
    assert about.column_names_to_labels[LONG[:28]] == "问" * 79 + "…"
    assert f"column {LONG} is called {LONG[:28]}" in written.cut


@pytest.mark.parametrize("program", ["sav", "dta"])
def test_texts_are_looked_up_block_by_block_and_stay_in_their_rows(monkeypatch, tmp_path, program):
    monkeypatch.setattr(statistics_files, "_ROWS", 2)
    essay = ["one", "", "one", "zwölf", "我", "one", "last"]
    out = tmp_path / f"a.{program}"
    write_statistics_file(hand_made(essay=essay, other=essay[::-1]), out, program, "en")
    frame = getattr(pyreadstat, f"read_{program}")(str(out))[0]
    assert frame["essay"].tolist() == essay
    assert frame["other"].tolist() == essay[::-1]


def test_names_that_would_be_alike_stay_apart(tmp_path):
    texts = {f"{LONG}_{at}": ["a", "b"] for at in range(12)} | {"if": ["a", "b"], "a b": ["a", "b"], "a.b": ["a", "b"]}
    written = write_statistics_file(hand_made(**texts), tmp_path / "a.dta", "dta", "en")
    found = pyreadstat.read_dta(str(tmp_path / "a.dta"))[1].column_names
    assert found == list(written.names.values())
    assert len(set(found)) == 16
    assert {written.names["if"], written.names["a b"], written.names["a.b"]} == {"if_", "a_b", "a_b_2"}


@given(st.lists(st.text(string.ascii_letters + string.digits + "_. 我é", min_size=1, max_size=70), unique=True))
def test_names_fit_the_program_whatever_they_were(names):
    for program, most, is_alike in (("sav", 64, str.upper), ("dta", 32, str)):
        given_names = program_names([Column(name, {}, "text") for name in names], program)
        assert list(given_names) == names
        assert len({is_alike(name) for name in given_names.values()}) == len(names)
        sizes = [len(name.encode()) if program == "sav" else len(name) for name in given_names.values()]
        assert all(0 < size <= most for size in sizes)
        assert all(name.isidentifier() or name.replace("_", "a").isalnum() for name in given_names.values())


@given(st.text(st.sampled_from("'=+-@\t\r\0a1"), max_size=6))
def test_taking_one_apostrophe_away_gives_every_text_back(text):
    safe = neutralised(text)
    assert safe.removeprefix("-").isdecimal() or not safe.startswith(("=", "+", "-", "@", "\t", "\r", "\0"))
    book = Codebook("s", {}, simulated=False, languages=(), brand=None, person=None, columns=(Column("t", {}, "text"),))
    assert gather(book, [pd.DataFrame({"t": [safe]}, dtype=str)], neutral=True).frame()["t"][0] == text


MAPPED = """\
format: 1
study: banks
title: {en: Banks}
languages: [en]
data:
  brand: bank
  person: id
  scales:
    trust: {label: {en: Trust}, columns: [q1, q2], range: [1, 5]}
  codes: {"Fully agree": 5}
  missing: ["no answer"]
brands: [{key: north, name: {en: North Bank}}, {key: south, name: {en: South Bank}}]
"""


@pytest.fixture
def foreign(tmp_path):
    """Somebody else's SPSS file: labels of its own, 9 declared missing, brands as numbers."""
    frame = pd.DataFrame(
        {"id": [1, 1, 2], "bank": [1, 2, 1], "q1": [5.0, 9.0, None], "q2": [7, 3, 2], "why": ["so", "", "no"]}
    )
    labels = {
        "bank": {1: "North Bank", 2: "South Bank"},
        "q1": {5: "Fully agree", 9: "refused"},
        "q2": {7: "Fully agree", 2: "no answer", 3: "so-so"},
    }
    pyreadstat.write_sav(frame, str(tmp_path / "f.sav"), variable_value_labels=labels, missing_ranges={"q1": [9]})
    return tmp_path / "f.sav"


def test_labels_of_a_file_become_codes_where_the_study_knows_them_as_words(foreign):
    frame = read_answers(foreign, parse_study(MAPPED, "")).frame
    assert frame["bank"].tolist() == ["north", "south", "north"]
    assert frame["q1"].tolist() == [5, -99, -99]
    assert frame["q2"].tolist() == [5, 3, -99]


def test_a_mapped_file_is_written_as_the_study_means_it(foreign, tmp_path):
    convert(foreign, parse_study(MAPPED, ""), tmp_path / "out.csv")
    found = pd.read_csv(tmp_path / "out.csv", dtype=str)
    assert found["bank"].tolist() == ["North Bank", "South Bank", "North Bank"]
    assert found["q2"].tolist() == ["5", "3", "-99"]


def test_statistics_files_are_measured_like_any_table(foreign):
    table = read_table(foreign)
    assert table["q1"].isna().tolist() == [False, True, True]
    [block] = read_chunks(foreign, ["q2"], texts=["id"])
    assert block["q2"].tolist() == [7, 3, 2]
    assert column_names(foreign) == ["id", "bank", "q1", "q2", "why"]
    assert table["why"].isna().tolist() == [False, True, False]


def test_codes_that_only_look_like_numbers_stay_as_they_are(tmp_path):
    path = tmp_path / "zip.csv"
    path.write_text("id,bank,q1,q2,zip,n\n1,north,1,2,00123,7\n2,south,2,3,1e3,8\n", encoding="utf-8")
    convert(path, parse_study(MAPPED, ""), tmp_path / "zip.sav")
    frame, _ = pyreadstat.read_sav(str(tmp_path / "zip.sav"))
    assert frame["zip"].tolist() == ["00123", "1e3"]
    assert frame["n"].tolist() == [7, 8]


@pytest.mark.parametrize("ending", ["sav", "dta", "xlsx", "parquet"])
def test_a_damaged_file_is_named_and_not_read(tmp_path, ending):
    path = tmp_path / f"broken.{ending}"
    path.write_bytes(b"PK\x03\x04 nothing of the kind")
    for read in (read_table, lambda path: read_answers(path, parse_study(MAPPED, ""))):
        with pytest.raises(AnswerFileError, match="broken"):
            read(path)


def test_a_cut_off_csv_file_is_refused(answers, study, tmp_path):
    answers.write_bytes(answers.read_bytes()[:-40])
    with pytest.raises(AnswerFileError, match="line 5 has more or fewer cells"):
        convert(answers, study, tmp_path / "a.sav")


def test_a_name_that_tells_no_format_is_refused(answers, study, tmp_path):
    with pytest.raises(AnswerFileError, match="which format"):
        convert(answers, study, tmp_path / "answers.spss")


def test_words_that_come_again_after_many_others_are_still_the_same(monkeypatch):
    monkeypatch.setattr(table, "_REMEMBERED", 2)
    said = ["a", "b", "ä", "c", "a", "", "b", "a"]
    column = (Column("who", {"en": "Who"}, "text"),)
    book = Codebook("s", {"en": "T"}, simulated=False, languages=("en",), brand=None, person=None, columns=column)
    blocks = [pd.DataFrame({"who": said[at : at + 2]}, dtype=str) for at in range(0, len(said), 2)]
    cells = gather(book, blocks).cells["who"]

    assert cells.cells().tolist() == said
    assert len(cells.words) > len(set(said))
    assert cells.taken(slice(1, 3)).cells().tolist() == said[1:3]
    assert (cells.words[-1], cells.words[:2]) == (cells.words[len(cells.words) - 1], ["a", "b"])


def test_a_person_whose_rows_stand_far_apart_is_one_row_of_a_wide_table(monkeypatch):
    monkeypatch.setattr(table, "_REMEMBERED", 1)
    columns = (Column("who", {"en": "Who"}, "text", "person"), Column("brand", {"en": "Brand"}, "text", "rating"))
    book = Codebook("s", {"en": "T"}, simulated=False, languages=("en",), brand="brand", person="who", columns=columns)
    rows = pd.DataFrame({"who": ["p", "q", "r", "p"], "brand": ["x", "x", "y", "y"]}, dtype=str)
    wide = widen(gather(book, [rows[at : at + 1] for at in range(4)])).frame()

    assert wide["who"].tolist() == ["p", "q", "r"]
    assert wide["brand__b2"].tolist() == ["y", "", ""]


def test_a_table_written_for_stata_is_not_kept_beside_it(tmp_path):
    held = hand_made(essay=["x", "y"])
    write_statistics_file(held, tmp_path / "a.dta", "dta", "en")

    assert dict(held.cells) == {}
    assert (held.rows, held.names) == (2, [LONG, "essay"])
