"""What was answered stands in the export, why the rest is missing, and the files beside it read it again."""

import csv
import re
from datetime import UTC, datetime, timedelta

import pytest

from instruments.answer_files import AnswerFileError, read_answers
from instruments.measures import NOT_ANSWERED, NOT_REACHED, NOT_SHOWN
from instruments.study_file import load_study
from survey_app.interview import sitting
from survey_app.results import export
from survey_app.results.answer_filters import Wanted
from survey_app.results.export import export_study
from survey_app.store import sitting_reviews, sittings, studies
from survey_app.store.sitting_reviews import Review
from survey_app.views.respondent import EXTENSION
from tests.survey_app.respondents import Browser
from tests.survey_app.small_study import INSTRUMENT, STUDY

# Stata's files say in which minute they were written.
WRITTEN_AT = re.compile(rb"<timestamp>.*?</timestamp>")


@pytest.fixture
def exported(app, tmp_path):
    """Export the small study; give what was written and its rows."""
    store = app.extensions[EXTENSION].store

    def _export():
        written = export_study(store, "coffee", tmp_path / "answers.csv")
        with written.answers.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert written.rows == len(rows)
        return written, rows

    return _export


def interviewed(browser, words):
    browser.go_to_statements(brands=("1", "2", "3"))
    for _ in range(2):
        browser.answer(q1="3", q2="4")
    browser.answer(q1=words)


def test_a_person_has_a_row_for_each_brand_with_codes_and_reasons(browser, exported):
    interviewed(browser, "fine")
    _, rows = exported()
    assert [row["_position"] for row in rows] == ["1", "2"]
    assert {row["brand"] for row in rows} < {"alba", "brio", "cova"}
    for row in rows:
        assert (row["age"], row["place"], row["words"]) == ("40", "secret_code_home", "fine")
        assert (row["aware_alba"], row["aware_brio"], row["aware_cova"]) == ("1", "1", "1")
        assert sorted((row["warm1"], row["warm2"])) == ["-98", "3"]
        assert (row["_simulated"], row["_test"], row["_status"]) == ("0", "0", "complete")
        # two of three brands were given
        assert (row["_eligible"], float(row["_weight"])) == ("3", 1.5)
        assert float(row["_seconds"]) >= 0


def test_a_brand_took_no_longer_than_passed_whatever_a_browser_claims(browser, exported):
    browser.go_to_statements(brands=("1", "2", "3"))
    browser.answer(q1="3", q2="4", paradata="600.0|0|")
    browser.answer(q1="3", q2="4")
    assert all(float(row["_seconds"]) < 60 for row in exported()[1])


def test_whoever_left_or_was_screened_out_has_one_row_without_a_brand(browser, exported):
    browser.enter()
    browser.answer(q1="1")
    browser.answer(q1="40", q2="1")
    [row] = exported()[1]
    assert (row["_status"], row["brand"], row["_weight"]) == ("partial", "", "")
    assert (row["age"], row["aware_alba"]) == ("40", str(NOT_REACHED))
    assert row["warm1"] == str(NOT_SHOWN)


def test_an_answer_that_may_be_left_out_is_told_from_one_that_was_not_reached(browser, exported):
    browser.enter()
    browser.answer(q1="1")
    browser.answer(q1="40", q2="1")
    browser.answer()
    [row] = exported()[1]
    assert row["aware_alba"] == str(NOT_ANSWERED)


class _SlowClock(datetime):
    @classmethod
    def now(cls, tz=None):
        return datetime.now(tz) - timedelta(seconds=30)


def test_what_was_changed_last_is_exported_and_shown_though_the_clock_went_back(browser, exported, monkeypatch):
    browser.enter()
    browser.answer(q1="1")
    browser.send(browser.answer(q1="40", q2="1"), to="back")
    monkeypatch.setattr(sitting, "datetime", _SlowClock)
    browser.send(browser.answer(q1="41", q2="2"), to="back")
    assert browser.page().chosen == {"q1": "41", "q2": ["2"]}
    [row] = exported()[1]
    assert (row["age"], row["place"]) == ("41", "secret_code_out")


def test_large_tables_are_converted_in_another_process_to_the_same_bytes(app, browser, exported, tmp_path, monkeypatch):
    interviewed(browser, "fine")
    exported()
    store, made = app.extensions[EXTENSION].store, {}
    for place, least in (("here", 10**9), ("elsewhere", 0)):
        monkeypatch.setattr(export, "LARGE_BYTES", least)
        (tmp_path / place).mkdir()
        written = export.export_answers(store, "coffee", tmp_path / place / "answers.dta", shape="wide", scores=True)
        files = {path.name: WRITTEN_AT.sub(b"", path.read_bytes()) for path in (tmp_path / place).iterdir()}
        made[place] = files, written.rows
    assert made["here"] == made["elsewhere"]
    with pytest.raises(AnswerFileError, match="which format"):
        export.export_answers(store, "coffee", tmp_path / "answers.doc")


@pytest.mark.parametrize("words", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1"])
def test_no_text_is_a_formula_in_a_spreadsheet(browser, exported, words):
    interviewed(browser, words)
    assert {row["words"] for row in exported()[1]} == {f"'{words.strip()}"}


def test_no_sittings_id_leaves_the_house(browser, exported):
    interviewed(browser, "fine")
    written, rows = exported()
    assert browser.sitting_id not in written.answers.read_text(encoding="utf-8")
    assert len({row["_person"] for row in rows}) == 1


def test_the_files_beside_the_answers_read_them(browser, exported):
    interviewed(browser, "fine")
    written, rows = exported()
    study = load_study(written.study)
    table = read_answers(written.answers, study)
    assert table.frame["brand"].tolist() == [row["brand"] for row in rows]
    assert study.file.study == "coffee"


def test_answers_to_an_earlier_version_lack_only_what_is_new(app, browser, exported, noon):
    interviewed(browser, "fine")
    store = app.extensions[EXTENSION].store
    more = INSTRUMENT.replace(
        "      - {name: words,",
        "      - {name: more, type: integer, label: {en: How many?, zh: 多少？}}\n      - {name: words,",
    )
    with store.transaction() as tx:
        studies.publish(
            tx, "coffee", study_text=STUDY, instrument_text=more, digest="2", instrument_digest="2", now=noon
        )
    rows = exported()[1]
    assert {row["more"] for row in rows} == {str(NOT_SHOWN)}
    assert {row["words"] for row in rows} == {"fine"}


def taken(rows):
    return {(row["_status"], row["brand"]) for row in rows}


def test_only_what_is_wanted_is_taken(app, exported, tmp_path):
    store = app.extensions[EXTENSION].store
    whole, left = Browser(app), Browser(app)
    interviewed(whole, "fine")
    left.enter()
    left.answer(q1="1")
    left.answer(q1="40", q2="1")
    today = datetime.now(UTC).date()
    brands = sorted(row["brand"] for row in exported()[1] if row["brand"])

    def rows(**choices):
        written = export_study(store, "coffee", tmp_path / "some.csv", Wanted(**choices))
        with written.answers.open(encoding="utf-8", newline="") as file:
            return taken(csv.DictReader(file))

    complete, partial = {("complete", brand) for brand in brands}, {("partial", "")}
    assert rows() == complete | partial
    assert rows(statuses=("partial",)) == partial
    assert rows(brands=frozenset(brands[:1])) == {("complete", brands[0])}
    assert rows(languages=frozenset({"en"})) == complete | partial
    assert rows(languages=frozenset({"zh"})) == set()
    assert rows(sources=frozenset({"open"})) == complete | partial
    assert rows(sources=frozenset({"panel_a"})) == set()
    assert rows(countries=frozenset({"de"})) == set()
    assert rows(since=today, until=today) == complete | partial
    assert rows(since=today + timedelta(days=1)) == rows(until=today - timedelta(days=1)) == set()
    with store.transaction() as tx:
        pseudonym = sittings.find(tx, whole.sitting_id).pseudonym
        sitting_reviews.review(tx, "coffee", pseudonym, Review("rejected", "x", "me", datetime.now(UTC)))
    assert rows(sound=True) == partial
    assert rows() == complete | partial


def test_whoever_came_from_a_country_by_link_is_taken_with_it(make_app, tmp_path):
    app = make_app(field="countries: [de, fr]\n")
    for country in ("de", "fr"):
        browser = Browser(app)
        browser.client.get(f"/s/coffee?country={country}")
        browser.answer(q1="1")
    store = app.extensions[EXTENSION].store
    counted = [
        export_study(store, "coffee", tmp_path / "a.csv", Wanted(countries=frozenset(some))).rows
        for some in ((), ("de",), ("de", "fr"), ("es",))
    ]
    assert counted == [2, 1, 2, 0]
