"""Files that are cut off, edited at random or made to do harm end in an error with a place, or in a questionnaire."""

import io
import zipfile
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from instruments.exchange import opening
from instruments.exchange.carried import ExchangeError
from instruments.exchange.importing import import_questionnaire
from instruments.exchange.mending import laid_out
from instruments.exchange.tables import read_tables, write_tables
from instruments.yaml_file import parse_yaml
from tests.instruments.exchange import samples
from tests.instruments.exchange.old_excel import old_workbook

EDITS = [b"", b"null", b"{}", b"[]", b'"', b"<", b"]]>", b"&x;", b"| |", b"-1", b"${", b"}", b"not(", b"\x00"]


def _workbook():
    rows = [line.strip("|").split("|")[1:] for line in samples.XLSFORM.splitlines() if line.startswith("| |")]
    survey = [[cell.strip() for cell in row] for row in rows[:24]]
    choices = [[cell.strip() for cell in row] for row in rows[24:38]]
    tables = {}
    for name, (head, *body) in (("survey", survey), ("choices", choices)):
        tables[name] = (head, [dict(zip(head, row, strict=False)) for row in body])
    return write_tables(tables)


FILES = {
    "form.md": samples.XLSFORM.encode(),
    "form.xlsx": _workbook(),
    "survey.lss": samples.limesurvey(),
    "old.lss": samples.limesurvey(version=2),
    "survey.qsf": samples.qualtrics(),
}


def ends_well(path):
    """Whether reading ends in an error with a place, or in a text that is valid YAML."""
    problems = ()
    try:
        carried = import_questionnaire(path)
    except ExchangeError as error:
        problems = error.problems
    if problems:
        assert all(problem.line >= 1 and problem.message and problem.remedy for problem in problems)
        return
    assert parse_yaml(laid_out(carried, path.name), "made").problems == ()


def edited(draw, content):
    """A valid file with some bytes exchanged, cut out or put in."""
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(content) - 1, 0)))
        size = draw(st.integers(0, 40))
        new = draw(
            st.one_of(
                st.binary(max_size=8),
                st.sampled_from(EDITS),
                st.just(content[draw(st.integers(0, len(content))) :][:60]),
            )
        )
        content = content[:at] + new + content[at + size :]
    return content


@pytest.mark.parametrize("name", FILES)
@given(data=st.data())
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_random_edits_never_end_in_a_traceback(name, data, tmp_path):
    path = tmp_path / name
    path.write_bytes(edited(data.draw, FILES[name]))
    ends_well(path)


@given(data=st.data())
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_random_edits_inside_a_workbook_never_end_in_a_traceback(data, tmp_path):
    path, file = tmp_path / "form.xlsx", io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(FILES["form.xlsx"])) as whole, zipfile.ZipFile(file, "w") as broken:
        chosen = data.draw(st.sampled_from(sorted(whole.namelist())))
        for name in whole.namelist():
            part = whole.read(name)
            broken.writestr(name, edited(data.draw, part) if name == chosen else part)
    path.write_bytes(file.getvalue())
    ends_well(path)


def edited_by_number(number, content):
    """The same edits without the bookkeeping of hypothesis, which takes longer than reading the file."""
    rng = np.random.default_rng([21, number])
    for _ in range(rng.integers(1, 5)):
        at, again = rng.integers(len(content) + 1, size=2)
        choices = (rng.bytes(rng.integers(9)), EDITS[rng.integers(len(EDITS))], content[again : again + 60])
        content = content[:at] + choices[rng.integers(3)] + content[at + rng.integers(41) :]
    return content


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_ten_thousand_random_edits_never_end_in_a_traceback(name, tmp_path):
    path = tmp_path / name
    for number in range(2_000):
        path.write_bytes(edited_by_number(number, FILES[name]))
        try:
            ends_well(path)
        except Exception as error:
            raise AssertionError(f"edit {number} of {name}") from error


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.99])
def test_a_file_that_is_cut_off_is_named(name, share, tmp_path):
    path = tmp_path / name
    path.write_bytes(FILES[name][: int(len(FILES[name]) * share)])
    ends_well(path)


def refused(folder, name, content):
    path = folder / name
    path.write_bytes(content)
    with pytest.raises(ExchangeError) as error:
        import_questionnaire(path)
    return str(error.value).removeprefix(str(path))


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.lss", b"<document", ":1:1: not valid XML: unclosed token (export the file again)"),
        ("a.lss", b"<html/>", "this is XML of another kind ('html')"),
        ("a.lss", b"<document><LimeSurveyDocType>Label set</LimeSurveyDocType></document>", "of the kind 'Label set'"),
        ("a.lss", b'<!DOCTYPE a [<!ENTITY b "c">]><document>&b;</document>', "declares a document type"),
        ("a.qsf", b'{"a": \n 1,}', ":2:4: not valid JSON"),
        ("a.qsf", b"{}", "it has no 'SurveyElements'"),
        ("a.qsf", b'{"SurveyElements": []}', "holds no questions"),
        ("a.xlsx", b"PK\x03\x04 nothing", "cut off or damaged"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0 old", "save it as .xlsx"),
        ("a.csv", b"name,age\n1,2\n", "no column 'type'"),
        ("a.csv", b"\xff\x00\x81", "not UTF-8"),
        ("a.lss", b"  \n ", "the file is empty"),
        ("a.yaml", b"format: 1\n", "need no import"),
        ("a.pdf", b"%PDF", "export it as one of XLSForm"),
    ],
)
def test_a_wrong_file_is_told_with_its_place_and_a_remedy(tmp_path, name, content, told):
    assert told in refused(tmp_path, name, content)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ExchangeError, match="there is no such file"):
        import_questionnaire(tmp_path / "nothing.xlsx")


def test_a_huge_file_is_refused_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "LARGEST_BYTES", 1_000)
    assert "is larger than" in refused(tmp_path, "a.lss", b"<document>" + b" " * 1_000)


def test_a_workbook_that_unpacks_to_far_more_than_it_holds_is_refused(tmp_path):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 120_000_000)
    assert len(file.getvalue()) < 1_000_000
    assert "unpacks to far more" in refused(tmp_path, "bomb.xlsx", file.getvalue())


def test_xml_and_json_that_are_nested_endlessly_are_refused(tmp_path):
    assert "nested too deeply" in refused(tmp_path, "deep.lss", b"<a>" * 500 + b"</a>" * 500)
    assert "nested too deeply" in refused(tmp_path, "deep.qsf", b'{"a":' * 200_000 + b"1" + b"}" * 200_000)


FORM = {
    "survey": [
        ["type", "name", "label::English (en)", "label::中文 (zh)"],
        ["integer", "age", "How old are you?", "您多大？"],
        ["select_one again", "back", "Would you come back?", "您会再来吗？"],
    ],
    "choices": [
        ["list_name", "name", "label::English (en)", "label::中文 (zh)"],
        ["again", 1, "Yes", "会"],
        ["again", 0, "No", "不会"],
    ],
}


def test_a_form_in_a_workbook_of_old_excel_is_read(tmp_path):
    path = tmp_path / "form.xls"
    path.write_bytes(old_workbook(FORM))
    data = import_questionnaire(path).content.data
    questions = [question for page in data["pages"] for question in page["questions"]]
    assert [question["name"] for question in questions] == ["age", "back"]
    assert questions[0]["label"] == {"en": "How old are you?", "zh": "您多大？"}
    assert [choice["code"] for choice in data["lists"]["again"]["choices"]] == [1, 0]


@given(st.data())
@settings(max_examples=100)
def test_a_damaged_workbook_of_old_excel_is_read_or_refused(draws):
    content = bytearray(old_workbook(FORM))
    for at in draws.draw(st.lists(st.integers(8, len(content) - 1), min_size=1, max_size=12)):
        content[at] = draws.draw(st.integers(0, 255))
    with suppress(ExchangeError):
        read_tables(bytes(content[: draws.draw(st.integers(8, len(content)))]), "form.xls")
