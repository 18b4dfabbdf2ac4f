"""What browsers tell of how questions were answered is read for what it is, and written to a file of its own."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.logic import parse
from instruments.screens import Asked, Block, Candidate, Screen
from survey_app.interview.paradata import export_paradata, read_paradata
from survey_app.store import sittings
from survey_app.views.respondent import EXTENSION
from tests.survey_app.respondents import Browser

MET = ("a", "b")


def _candidate(variable, when=None):
    return Candidate(Block("single", None, (Asked(variable, "integer", {}),)), when, asked=when is None)


def _screen(*candidates):
    asked = tuple(one.block for one in candidates if one.asked)
    return Screen("p", "p", None, None, asked, candidates=candidates if len(asked) < len(candidates) else ())


PLAIN = _screen(_candidate("b"), _candidate("note"), _candidate("a"))
LIVE = _screen(_candidate("b"), _candidate("c", parse("b > 3")), _candidate("d", parse("b > 5")), _candidate("a"))


def test_questions_stand_in_the_order_shown_with_what_was_measured():
    told = read_paradata("12.4|1|q1:3.2:1,q3:5.0:2", PLAIN, MET)
    assert told == {"seconds": 12.4, "left": 1, "items": [["b", 3.2, 1], ["a", 5.0, 2]]}


def test_questions_are_measured_by_their_place_among_all_that_may_come_up():
    told = read_paradata("12.4|0|q1:3.2:1,q2:1.0:1,q3:4.0:1,q4:5.0:2", LIVE, ("a", "b", "d"))
    assert told["items"] == [["b", 3.2, 1], ["d", 4.0, 1], ["a", 5.0, 2]]


def test_without_a_script_the_order_is_known_all_the_same():
    assert read_paradata("", PLAIN, MET) == {"items": [["b", None, 0], ["a", None, 0]]}


@pytest.mark.parametrize(
    "text", ["x", "1|2", "-1|0|", "nan|0|", "1|0|q1:nan:1", "1|0|q9:1:1,q1:1:-1", "١|0|", "1e9|0|"]
)
def test_what_is_no_measurement_is_left_aside(text):
    assert read_paradata(text, PLAIN, MET)["items"] == [["b", None, 0], ["a", None, 0]]


@given(st.text(max_size=300))
def test_whatever_comes_is_bounded(text):
    told = read_paradata(text, PLAIN, MET)
    assert 0 <= told.get("seconds", 0) <= 86_400
    assert [item[0] for item in told["items"]] == ["b", "a"]


def test_the_file_has_a_line_for_each_question_shown_and_no_answer(app, tmp_path):
    browser = Browser(app)
    browser.go_to_statements(brands=("1", "2", "3"))
    for _ in range(2):
        browser.answer(q1="3", q2="4", paradata="9.5|2|q1:1.5:1,q2:4.0:3")
    browser.client.post("/s/coffee/lang", data=browser.page().fields | {"lang": "zh"})
    browser.answer(q1="geheim")

    store = app.extensions[EXTENSION].store
    lines = export_paradata(store, "coffee", tmp_path / "p.csv")
    with (tmp_path / "p.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert lines == len(rows) == 9
    with store.reading() as tx:
        _, pages = next(sittings.of_study(tx, "coffee", statuses=("complete",)))
    statements = [page for page in pages if page.screen.startswith("statements")]
    shown = [row for row in rows if row["screen"] == statements[0].screen]
    assert [(row["position"], row["seconds"], row["changes"]) for row in shown] == [
        ("1", "1.5", "1"),
        ("2", "4.0", "3"),
    ]
    assert {row["page_seconds"] for row in shown} == {"9.5"}
    assert {row["variable"] for row in shown} == set(statements[0].payload)
    assert {row["languages"] for row in rows} == {"zh"}
    assert "geheim" not in (tmp_path / "p.csv").read_text(encoding="utf-8")
    assert {page.client_seconds for page in statements} == {9.5}
