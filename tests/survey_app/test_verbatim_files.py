import csv
import json

import pytest
from click.testing import CliRunner

from analysis.quoting import AgreedText
from survey_app.cli import main
from survey_app.errors import RefusedError
from survey_app.results.verbatim_files import agreed_texts

ANSWERS = [
    ("p1", "north", "en", "Never again: Mr. Smith was rude, call +49 170 1234567"),
    ("p1", "south", "en", "Never again: Mr. Smith was rude, call +49 170 1234567"),
    ("p2", "north", "zh", "店员很热情，谢谢"),
    ("p3", "south", "en", "-99"),
    ("p4", "south", "", "=HYPERLINK(1)"),
]


@pytest.fixture
def folder(tmp_path):
    with (tmp_path / "answers.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("_person", "brand", "_lang", "own_words"), *ANSWERS])
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(main, ["verbatims", *map(str, arguments)])


def rows(path):
    return list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))


def coded(folder, name, codes):
    sheet = rows(folder / "sheet.csv")
    with (folder / name).open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, sheet[0])
        table.writeheader()
        table.writerows(row | {"codes": code} for row, code in zip(sheet, codes, strict=True))
    return folder / name


@pytest.fixture
def sheet(folder):
    done = run("suggest", folder / "answers.csv", "--text", "own_words", "--out", folder / "sheet.csv")
    assert done.exit_code == 0, done.output
    return rows(folder / "sheet.csv")


def test_a_sheet_holds_each_text_once_without_what_identifies_people(sheet):
    assert [row["text"] for row in sheet] == [
        "Never again: [name] was rude, call [phone]",
        "店员很热情，谢谢",
        "'=HYPERLINK(1)",
    ]
    assert [(row["person"], row["brand"]) for row in sheet] == [("p1", ""), ("p2", "north"), ("p4", "south")]
    assert sheet[0]["suggested"] == "complaint"
    assert sheet[1]["suggested"] == "praise"
    assert [row["codes"] for row in sheet] == ["", "", ""]


@pytest.mark.usefixtures("sheet")
def test_what_people_decided_is_kept_and_no_longer_suggested(folder):
    done = coded(folder, "coded.csv", ["complaint; boycott", "-", ""])
    again = run(
        "suggest", folder / "answers.csv", "--text", "own_words", "--coded", done, "--out", folder / "again.csv"
    )
    assert again.exit_code == 0, again.output
    assert [row["codes"] for row in rows(folder / "again.csv")] == ["boycott;complaint", "-", ""]
    assert [row["suggested"] for row in rows(folder / "again.csv")] == ["", "", ""]


@pytest.mark.usefixtures("sheet")
def test_two_coders_are_compared_on_what_both_have_coded(folder):
    one, other = (
        coded(folder, "one.csv", ["complaint", "praise", ""]),
        coded(folder, "other.csv", ["complaint", "-", "-"]),
    )
    found = {entry["code"]: entry for entry in json.loads(run("agree", one, other, "--json").output)}
    assert found["complaint"]["share"]["value"] == 1
    assert found["complaint"]["kappa"]["value"] == 1
    assert found["praise"]["share"]["value"] == 0.5
    assert found["praise"]["share"]["n"] == 2


@pytest.mark.usefixtures("sheet")
def test_a_code_that_there_is_not_is_named_with_its_row(folder):
    wrong = coded(folder, "wrong.csv", ["complaint", "prais", ""])
    done = run("agree", wrong, wrong)
    assert done.exit_code == 1
    assert "row 3: there is no code 'prais'" in done.output


def test_a_missing_column_is_named_with_those_there_are(folder):
    done = run("suggest", folder / "answers.csv", "--text", "words", "--out", folder / "sheet.csv")
    assert done.exit_code == 1
    assert "no column 'words'" in done.output
    assert "own_words" in done.output


def agreeing(folder, *choices):
    sheet = rows(folder / "sheet.csv")
    with (folder / "agreed.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, sheet[0])
        table.writeheader()
        table.writerows(row | {"quote": choice} for row, choice in zip(sheet, choices, strict=True))
    return folder / "agreed.csv"


def test_only_what_is_marked_with_yes_may_be_quoted(folder, sheet):
    agreed = agreed_texts(agreeing(folder, "", "no", " Yes ").read_bytes())

    assert [row["quote"] for row in sheet] == ["", "", ""]
    assert agreed == (AgreedText("=HYPERLINK(1)", "en", "p4", "south"),)


def test_a_mark_that_says_neither_is_refused_with_its_row(folder, sheet):
    assert sheet
    with pytest.raises(RefusedError, match="row 3: write yes or no"):
        agreed_texts(agreeing(folder, "yes", "maybe", "").read_bytes())


def test_what_was_agreed_to_stays_in_a_new_sheet(folder, sheet):
    assert sheet
    agreed = agreeing(folder, "yes", "", "no")
    run("suggest", folder / "answers.csv", "--text", "own_words", "--coded", agreed, "--out", folder / "sheet.csv")

    assert [row["quote"] for row in rows(folder / "sheet.csv")] == ["yes", "", "no"]
