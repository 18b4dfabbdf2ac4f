"""Every export of a typing tool types the same rows alike, and says what it is."""

from __future__ import annotations

import json
import sqlite3
from io import BytesIO

import formulas
import numpy as np
import openpyxl
import pytest

from instruments.loader import load_instrument
from reports.spreadsheet import typing_workbook
from reports.typing_exports import typing_instrument, typing_javascript, typing_json, typing_python, typing_sql
from tests.typing_models import expected, invented_answers, invented_model


@pytest.fixture(params=[1, 2])
def model(request):
    return invented_model(request.param)


@pytest.fixture
def rows(model):
    return invented_answers(7, model)


def test_the_rows_hold_every_kind_of_result(model, rows):
    results = set(expected(model, rows))
    assert {(None, True)} | {(key, unsure) for key in model.archetypes for unsure in (True, False)} == results


def test_python_types_alike(model, rows):
    made = {}
    exec(typing_python(model), made)  # noqa: S102 - our own code is what is tested
    assert [made["archetype"](row) for row in rows] == expected(model, rows)


@pytest.mark.parametrize("odd", ["4", "four", "", True, float("nan"), None])
def test_what_is_no_number_is_no_answer_in_python(model, odd):
    made = {}
    exec(typing_python(model), made)  # noqa: S102 - our own code is what is tested
    answers = {question.item: 4 for question in model.questions}
    assert made["archetype"](answers)[0] in model.archetypes
    first = model.questions[0].item
    assert made["archetype"](answers | {first: odd}) == (None, True)
    del answers[first]
    assert made["archetype"](answers) == (None, True)


def test_json_holds_all_that_is_needed(model, rows):
    told = json.loads(typing_json(model))
    found = []
    for row in rows:
        given = [row[q["item"]] for q in told["questions"]]
        if any(a is None or not q["low"] <= a <= q["high"] for a, q in zip(given, told["questions"], strict=True)):
            found.append((None, True))
            continue
        scores = np.array(told["constants"]) + np.array(told["coefficients"]) @ np.array(given)
        first, second = np.sort(scores)[::-1][:2]
        found.append((told["archetypes"][scores.argmax()], bool(first - second < told["unsure_below"])))
    assert found == expected(model, rows)


def test_sql_types_alike_in_sqlite(model, rows):
    columns = [q.item for q in model.questions]
    with sqlite3.connect(":memory:") as connection:
        connection.execute(f"CREATE TABLE ratings ({', '.join(f'{c} INTEGER' for c in columns)})")
        holes = ", ".join("?" * len(columns))
        connection.executemany(f"INSERT INTO ratings VALUES ({holes})", [tuple(r.values()) for r in rows])  # noqa: S608
        found = connection.execute(typing_sql(model, table="ratings")).fetchall()
        connection.commit()
    connection.close()
    assert [(row[-2], bool(row[-1])) for row in found] == expected(model, rows)


# the program that computes the workbook compares numbers with `is`
@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@pytest.mark.parametrize("language", ["en", "zh", "de", "es"])
def test_a_workbook_types_alike(model, rows, language, tmp_path, monkeypatch):
    monkeypatch.setattr("reports.spreadsheet.TYPING_ROWS", 24)
    path = tmp_path / "typing.xlsx"
    path.write_bytes(typing_workbook(model, language))
    few = rows[:24]
    # the workbook as a person fills it in
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    for r, row in enumerate(few, 2):
        for c, answer in enumerate(row.values(), 1):
            sheet.cell(r, c).value = answer
    book.save(path)
    computed = formulas.ExcelModel().loads(str(path)).finish().calculate()
    values = {str(key).split("]")[1].upper(): value.value[0, 0] for key, value in computed.items() if "]" in str(key)}
    column = len(model.questions) + len(model.archetypes) + 1
    letters = [sheet.cell(1, column + i).column_letter for i in (0, 1)]
    found = []
    for r in range(2, len(few) + 2):
        archetype, unsure = (str(values[f"{sheet.title.upper()}'!{letter}{r}"]) for letter in letters)
        found.append((archetype or None, unsure in {"yes", "是", "ja", "sí", ""}))
    assert found == expected(model, few)


def test_equal_models_give_equal_workbooks(model, monkeypatch):
    monkeypatch.setattr("reports.spreadsheet.TYPING_ROWS", 9)
    assert typing_workbook(model, "en") == typing_workbook(model, "en")


def test_the_questionnaire_can_be_asked(model, tmp_path):
    path = tmp_path / "typing.yaml"
    path.write_text(typing_instrument(model), encoding="utf-8")
    instrument = load_instrument(path)
    assert [item.name for scale in instrument.scales.values() for item in scale.items] == [
        q.item for q in model.questions
    ]
    assert set(instrument.languages) == {"en", "zh"}


def test_what_was_learned_from_invented_answers_says_so(model):
    for text in (typing_json, typing_python, typing_javascript, typing_sql, typing_instrument):
        assert "SIMULATED" in text(model)
    names = BytesIO(typing_workbook(model, "en"))
    book = openpyxl.load_workbook(names)
    assert any("SIMULATED" in str(cell.value) for row in book.worksheets[1].iter_rows() for cell in row)
