"""Every type of question without JavaScript: drawn, sent, refused with its message, kept, saved and exported."""

import csv

import pytest

from survey_app.application import create_app
from survey_app.design.publishing import publish_study
from survey_app.results.export import export_study
from survey_app.views.respondent import EXTENSION
from tests.question_types import INSTRUMENT, STUDY
from tests.survey_app.respondents import Browser


@pytest.fixture
def site(tmp_path):
    """The application with a study of every type of question, and its store."""
    (tmp_path / "types.yaml").write_text(INSTRUMENT, encoding="utf-8")
    study = tmp_path / "study.yaml"
    study.write_text(STUDY.replace("instrument: types", "instrument: types.yaml"), encoding="utf-8")
    app = create_app({"instance": tmp_path / "instance"})
    store = app.extensions[EXTENSION].store
    publish_study(store, study)
    yield app, store
    store.close()


@pytest.fixture
def browser(site):
    """A respondent's browser on the first page."""
    found = Browser(site[0], "types")
    found.enter("?lang=en")
    return found


def test_a_whole_way_ends_in_the_export(browser, site, tmp_path):
    browser.answer(q1="35", q2="2,4", q3x="2")
    # Choices to rank stand in random order: whichever come first get the ranks.
    browser.answer(q1="1", q2="2", q3="3", q5="60", q6="", q7="40", q8="")
    browser.answer(q1="1", q2="2", q4="3", q5="4", q7="2", q8="1")
    exported = export_study(site[1], "types", tmp_path / "answers.csv")
    with exported.answers.open(encoding="utf-8", newline="") as file:
        [row] = csv.DictReader(file)
    assert (row["_status"], row["warmth"], row["price"], row["last"]) == ("complete", "35", "2.4", "-96")
    assert sorted(row[f"motive_{code}"] for code in ("price", "taste", "habit", "staff")) == ["0", "1", "2", "3"]
    assert [row[f"weight_{code}"] for code in ("price", "taste", "habit", "staff")] == ["60", "0", "40", "0"]
    shown = row["pair_shown2"].split()
    assert (row["pair_best2"], row["pair_worst2"]) == (shown[2], shown[3])
    assert row["bargain"] == ""


def test_a_refused_page_keeps_what_was_sent_and_tells_what_is_wrong(browser):
    browser.answer(q1="35", q2="2,4", q3x="2")
    response = browser.send(browser.page(), q1="1", q2="1", q3="3", q5="60", q8="30")
    assert response.status_code == 422
    assert "Please give each number from 1 to 3 exactly once." in response.text
    assert "Please share out all 100: 10 are still left." in response.text
    assert response.text.count("<option selected>") == 3
    assert 'value="60"' in response.text


def test_a_question_left_open_is_asked_once_more_and_no_third_time(browser):
    first = browser.send(browser.page(), q1="", q2="2,4")
    assert "You left this open." in first.text
    again = {"page_key": browser.page().fields["page_key"], "again": "3"}
    second = browser.client.post("/s/types/r", data=browser.page().fields | again | {"q2": "2,4"})
    assert "You left this open." not in second.text
    assert 'name="again" value="3"' in second.text
    third = browser.client.post("/s/types/r", data=browser.page().fields | again | {"q1": "35", "q2": "2,4"})
    assert third.status_code == 303


def test_what_was_ticked_beside_a_question_is_shown_again(browser):
    browser.answer(q1x="1", q2="2,4", q3="2026-02-14")
    browser.send(browser.page(), to="back")
    page = browser.page()
    assert page.fields["q1x"] == ["1"]
    assert (page.fields["q1"], page.fields["q2"], page.fields["q3"]) == ("", "2.4", "2026-02-14")
