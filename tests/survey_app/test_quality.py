from datetime import UTC, datetime, timedelta

import pytest

from instruments.fieldwork import Quality
from survey_app.interview.field_rules import FieldRules
from survey_app.interview.quality import Watched, flags
from survey_app.store.sittings import SavedPage

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
WATCHED = Watched({"check": 6}, frozenset({"i3", "i7"}))


def page(screen, payload, at, seconds=None, visit=1):
    return SavedPage("s", screen, visit, f"{screen}{visit}", payload, START + timedelta(seconds=at), seconds)


def items(answers, brand="a"):
    return {f"i{place}@{brand}": answer for place, answer in enumerate(answers, start=1)}


def test_nothing_is_flagged_without_pages_or_with_careful_ones():
    assert flags(WATCHED, [], START) == ()
    careful = [page("p@a", items([1, 4, 7, 5, 2, 2, 6, 1]), 60), page("q", {"check": 6}, 70)]
    assert flags(WATCHED, careful, START) == ()


@pytest.mark.parametrize(("seconds", "flagged"), [(7.9, True), (8.1, False)])
def test_speed_is_what_the_browser_measured_else_the_time_between_pages(seconds, flagged):
    varied = items([1, 4, 7, 5, 2, 2, 6, 1])
    assert ("speeding" in flags(WATCHED, [page("p@a", varied, 600, seconds)], START)) == flagged
    assert ("speeding" in flags(WATCHED, [page("p@a", varied, seconds)], START)) == flagged


def test_a_browser_cannot_claim_more_time_than_passed():
    varied = items([1, 4, 7, 5, 2, 2, 6, 1])
    quick = [page(f"p@{brand}", varied, 0.2 * place, 600) for place, brand in enumerate("abcde", start=1)]
    assert flags(WATCHED, quick, START) == ("speeding",)


def test_pauses_ways_back_and_a_clock_that_went_back_make_nobody_quick():
    varied = items([1, 4, 7, 5, 2, 2, 6, 1])
    paused = page("p@a", varied, 90_000, 60)
    again = page("p@a", varied, 90_002, 2, visit=2)
    following = page("p@b", varied, 90_040, 38)
    assert "speeding" not in flags(WATCHED, [paused, again, following], START)
    assert "speeding" not in flags(WATCHED, [page("q", {"age": 3}, 100), page("p@a", varied, 70, 60)], START)
    assert "speeding" in flags(WATCHED, [page("p@a", varied, 90_000, 3)], START)


def test_short_pages_and_looking_again_are_no_speeding():
    slow = page("p@a", items([1, 4, 7, 5, 2, 2, 6, 1]), 60)
    again = page("p@a", items([1, 4, 7, 5, 2, 2, 6, 2]), 61, visit=2)
    assert "speeding" not in flags(WATCHED, [slow, again, page("q", {"age": 3}, 61.1)], START)


def test_a_straight_line_needs_turned_items_and_every_page():
    line, varied = items([4] * 8), items([4] * 7 + [5], "b")
    assert "straight_lining" in flags(WATCHED, [page("p@a", line, 60)], START)
    assert "straight_lining" not in flags(WATCHED, [page("p@a", line, 60), page("p@b", varied, 120)], START)
    assert "straight_lining" not in flags(Watched(), [page("p@a", line, 60)], START)
    assert "straight_lining" not in flags(WATCHED, [page("p@a", items([4] * 7), 60)], START)


def test_only_the_last_answer_to_an_instruction_counts():
    wrong, right = page("q", {"check@a": 5}, 30), page("q", {"check@a": 6}, 40, visit=2)
    assert flags(WATCHED, [wrong], START) == ("attention",)
    assert flags(WATCHED, [wrong, right], START) == ()
    assert flags(WATCHED, [right, wrong], START) == ()


def test_flags_end_a_sitting_only_where_the_study_says_so():
    both = ("speeding", "attention")
    assert not FieldRules().fails(both)
    assert FieldRules(quality=Quality(fail_from=2)).fails(both)
    assert not FieldRules(quality=Quality(fail_from=2)).fails(both[:1])
    assert not FieldRules(quality=Quality(fail_from=1, flags=("straight_lining",))).fails(both)
