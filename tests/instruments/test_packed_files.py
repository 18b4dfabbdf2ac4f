"""Workbooks that are crafted to fill memory are refused before they are unpacked, whichever command opens them."""

import io
import zipfile

import pytest
import xlsxwriter

from instruments.answer_files import AnswerFileError, column_names, read_answers, read_chunks, read_table
from instruments.answer_tables.convert import convert
from instruments.answer_tables.reading import sheet_rows
from instruments.proposal.writing import propose_study
from instruments.study_file import parse_study
from instruments.translation.sheets import read_sheet
from tests.survey_app.small_study import INSTRUMENT, STUDY

BLANKS = b" " * 120_000_000


def workbook():
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet("answers")
        sheet.write_row(0, 0, ["person", "trust"])
        sheet.write_row(1, 0, ["p1", 3])
    return content.getvalue()


def packed(path, parts):
    """A small workbook with some parts in place of its own, or beside them."""
    with zipfile.ZipFile(io.BytesIO(workbook())) as whole, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name in {*whole.namelist(), *parts}:
            file.writestr(name, parts.get(name) or whole.read(name))
    return path


@pytest.fixture(scope="module")
def bomb(tmp_path_factory):
    path = packed(tmp_path_factory.mktemp("bomb") / "bomb.xlsx", {"xl/sharedStrings.xml": BLANKS})
    assert path.stat().st_size < 1_000_000
    return path


def study():
    return parse_study(STUDY, INSTRUMENT)


OPENED = {
    "answers": lambda path: read_answers(path, study()),
    "table": read_table,
    "names": column_names,
    "chunks": lambda path: list(read_chunks(path, ["trust"])),
    "convert": lambda path: convert(path, study(), path.with_name("out.csv")),
    "propose": lambda path: propose_study(path, "en"),
    "translation": read_sheet,
}


@pytest.mark.parametrize("opened", OPENED.values(), ids=OPENED)
def test_every_door_refuses_a_workbook_that_unpacks_to_far_more_than_it_holds(bomb, opened, monkeypatch):
    monkeypatch.setattr("openpyxl.load_workbook", lambda *_, **__: pytest.fail("was opened"))
    with pytest.raises(AnswerFileError, match=r"bomb.xlsx: unpacks to 12\d MB, far more .* Save the table alone"):
        opened(bomb)


def test_a_sheet_that_never_ends_is_refused_as_well(tmp_path):
    with pytest.raises(AnswerFileError, match="far more than a table"):
        read_table(packed(tmp_path / "long.xlsx", {"xl/worksheets/sheet1.xml": BLANKS}))


def test_a_great_many_parts_are_refused(tmp_path):
    with pytest.raises(AnswerFileError, match="far more than a table"):
        read_table(packed(tmp_path / "parts.xlsx", {f"xl/media/{at}.png": b"x" for at in range(2_001)}))


def test_a_part_that_states_less_than_it_holds_is_not_unpacked_beyond_that(tmp_path):
    path = packed(tmp_path / "liar.xlsx", {"xl/worksheets/sheet1.xml": BLANKS})
    content = bytearray(path.read_bytes())
    truth, claimed = len(BLANKS).to_bytes(4, "little"), (1_000).to_bytes(4, "little")
    path.write_bytes(bytes(content).replace(truth, claimed))
    with pytest.raises(AnswerFileError, match="cannot be read as a workbook"):
        read_table(path)


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04", workbook()[:-300], b"a,b\n1,2\n"])
def test_what_is_no_workbook_is_told(tmp_path, damage):
    path = tmp_path / "broken.xlsx"
    path.write_bytes(damage)
    with pytest.raises(AnswerFileError, match="cannot be read as a workbook"):
        read_table(path)


def test_a_sheet_that_breaks_off_is_told_and_a_sound_one_is_read(tmp_path):
    with pytest.raises(AnswerFileError, match="cannot be read as a workbook"):
        read_table(packed(tmp_path / "cut.xlsx", {"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row>"}))
    path = packed(tmp_path / "sound.xlsx", {})
    assert list(sheet_rows(path)) == [["person", "trust"], ["p1", "3"]]
