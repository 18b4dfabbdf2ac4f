"""What the study's rules make of one sitting: places in quotas, careless answering, leaving and coming back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from instruments.interview import Screen
from survey_app.interview.questionnaires import Questionnaires
from survey_app.interview.quotas import Cell
from survey_app.interview.sitting import answer, find_standing, go_back, open_sitting
from survey_app.store import draws, outbox, places, sittings
from survey_app.store.sittings import Beginnings
from tests.survey_app.small_study import publish_small_study

HOUR = timedelta(hours=1)
HOME, OUT = Cell("place", 0, 1), Cell("place", 1, 1)
FIELD = """\
quotas:
  - key: place
    by: [place]
    cells: [{is: {place: secret_code_home}, limit: 1}, {is: {place: secret_code_out}, limit: 1}]
sources:
  a: {label: {en: A, zh: A}, kind: panel, id: psid, callback: "https://panel.example/{id}/{status}"}
quality: {fail_from: 1, flags: [speeding]}
"""
RAW = {"welcome": {"consent": ["1"]}, "awareness": {"aware": ["alba", "brio", "cova"]}, "words": {"words": ["no"]}}


@pytest.fixture
def questionnaire(store):
    publish_small_study(store, field=FIELD)
    with store.reading() as tx:
        return Questionnaires({"en"}).get(tx, "coffee", 1)


@pytest.fixture
def begin(questionnaire, noon):
    def _begin(tx, **choices):
        known = {"language": "en", "rules": questionnaire.rules, "now": noon}
        return open_sitting(tx, questionnaire.interview, "coffee", 1, **(known | choices))

    return _begin


def go(tx, standing, now, *, until=None, place="secret_code_home", age="40"):
    """Answer page after page, and stop before one."""
    while isinstance(standing.way.step, Screen) and not standing.sitting.is_finished:
        key = standing.way.step.key
        if until and key.startswith(until):
            break
        raw = RAW.get(key) or {asked.variable: ["3"] for asked in standing.way.step.asked}
        raw = {"age": [age], "place": [place]} if key == "screener" else raw
        standing = answer(tx, standing, key, f"{key} {now}", raw, now=now).standing
    return standing


def under_way(tx, cell, now):
    found = places.counts(tx, "coffee", cell, now)
    return found.completes, found.under_way


def test_who_stays_away_too_long_finds_the_place_taken_at_the_end(store, begin, noon):
    with store.transaction() as tx:
        slow = go(tx, begin(tx), noon, until="words")
        late = noon + 2 * HOUR
        quick = go(tx, begin(tx), late)
        assert quick.sitting.status == "complete"
        assert go(tx, slow, late).sitting.status == "quota_full"
        assert under_way(tx, HOME, late) == (1, 0)


def test_who_comes_back_in_time_to_a_free_place_takes_it_again(store, begin, noon):
    with store.transaction() as tx:
        slow = go(tx, begin(tx), noon, until="words")
        assert under_way(tx, HOME, noon + 2 * HOUR) == (0, 0)
        assert go(tx, slow, noon + 2 * HOUR).sitting.status == "complete"
        assert under_way(tx, HOME, noon + 2 * HOUR) == (1, 0)


def test_going_back_to_another_answer_moves_the_place(store, begin, noon):
    with store.transaction() as tx:
        standing = go(tx, begin(tx), noon, until="awareness")
        assert (under_way(tx, HOME, noon), under_way(tx, OUT, noon)) == ((0, 1), (0, 0))
        standing = go_back(tx, standing, "awareness")
        changed = {"age": ["40"], "place": ["secret_code_out"]}
        answer(tx, standing, "screener", "again", changed, now=noon)
        assert (under_way(tx, HOME, noon), under_way(tx, OUT, noon)) == ((0, 0), (0, 1))


def test_the_screened_out_hold_no_place_and_no_brand(store, begin, noon):
    with store.transaction() as tx:
        out = go(tx, begin(tx), noon, age="12")
        assert out.sitting.status == "screened_out"
        assert under_way(tx, HOME, noon) == (0, 0)


def test_who_meets_a_full_quota_is_given_no_brand_and_told_to_the_panel(store, begin, noon):
    with store.transaction() as tx:
        go(tx, begin(tx), noon, until="awareness")
        full = go(tx, begin(tx, beginnings=Beginnings(source="a")), noon)
        assert full.sitting.status == "quota_full"
        assert sittings.assigned(tx, full.sitting.id) == ()
        assert [message.about for message in outbox.of_study(tx, "coffee")] == [full.sitting.id]
        assert answer(tx, full, "awareness", "late", RAW["awareness"], now=noon).outcome == "finished"


def test_trial_runs_take_no_place(store, begin, noon):
    with store.transaction() as tx:
        trial = begin(tx, beginnings=Beginnings(is_test=True))
        assert go(tx, trial, noon).sitting.status == "complete"
        assert under_way(tx, HOME, noon) == (0, 0)
        assert draws.fills(tx, "coffee", noon, ["alba", "brio", "cova"]).brands == {}


@pytest.mark.parametrize("rule", [True, False])
def test_flags_are_kept_and_end_a_sitting_only_by_rule(store, begin, questionnaire, noon, monkeypatch, *, rule):
    monkeypatch.setattr("survey_app.interview.quality.FEWEST_ITEMS", 2)
    if not rule:
        monkeypatch.setattr(type(questionnaire.rules), "fails", lambda *_: False)
    with store.transaction() as tx:
        ended = go(tx, begin(tx), noon)
        assert ended.sitting.flags == "speeding"
        assert ended.sitting.status == ("quality_fail" if rule else "complete")
        assert sittings.find(tx, ended.sitting.id) == ended.sitting
        assert under_way(tx, HOME, noon) == ((0, 0) if rule else (1, 0))
        assert bool(draws.fills(tx, "coffee", noon, ["alba", "brio", "cova"]).brands) != rule


def test_the_country_is_kept_as_it_was_told_last(store, begin, questionnaire, noon):
    rules = replace(questionnaire.rules, country_question="place")
    with store.transaction() as tx:
        standing = begin(tx, rules=rules, known={"country": "CN"})
        assert sittings.find(tx, standing.sitting.id).country == "CN"
        standing = go(tx, standing, noon, until="awareness")
        assert standing.sitting.country == "secret_code_home"
        answer(tx, standing, "screener", "again", {"age": ["40"], "place": ["secret_code_out"]}, now=noon)
        standing = find_standing(tx, questionnaire.interview, sittings.find(tx, standing.sitting.id), rules)
        assert standing.sitting.country == "secret_code_out"
        go(tx, standing, noon, until="words")
        assert {given.country for given in sittings.assigned(tx, standing.sitting.id)} == {"secret_code_out"}
        assert sittings.find(tx, begin(tx, rules=rules).sitting.id).country is None


def test_who_left_and_comes_back_goes_on(store, begin, questionnaire, noon):
    with store.transaction() as tx:
        left = go(tx, begin(tx), noon, until="words")
        sittings.time_out(tx, noon + HOUR)
        found = sittings.find(tx, left.sitting.id)
        assert found.status == "timed_out"
        back = find_standing(tx, questionnaire.interview, found, questionnaire.rules)
        assert go(tx, back, noon + HOUR).sitting.status == "complete"
