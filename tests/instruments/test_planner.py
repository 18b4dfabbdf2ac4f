"""Sizes of studies against textbook and R values; reading level by hand; a stopwatch over screens."""

import pytest

from instruments.length import PART_OF_ANSWERS_READ, SECONDS_PER_ANSWER, SECONDS_PER_PAGE, WORDS_PER_SECOND, Stopwatch
from instruments.model import Choice
from instruments.planner import (
    design_effect_of_clusters,
    design_effect_of_weights,
    difference_found,
    margin_of,
    plan_field,
    power_of_difference,
    ratings_for_margin,
)
from instruments.reading_level import reading_level
from instruments.screens import Asked, Block, Screen


def test_ratings_for_a_margin_are_those_of_the_textbook():
    assert ratings_for_margin(0.05) == 385
    assert ratings_for_margin(0.1) == 97
    assert ratings_for_margin(0.1, share=0.2) == 62
    assert margin_of(ratings_for_margin(0.07)) <= 0.07 < margin_of(ratings_for_margin(0.07) - 1)


def test_design_effects_multiply_what_is_needed():
    assert design_effect_of_weights(0.5) == 1.25
    assert design_effect_of_clusters(3, 0.2) == pytest.approx(1.4)
    assert ratings_for_margin(0.1, design_effect=1.25) == 121  # 96.04 · 1.25
    assert margin_of(200, design_effect=2.0) == pytest.approx(margin_of(100))


@pytest.mark.parametrize(  # R: power.t.test(n, delta, strict = TRUE)$power
    ("per_group", "difference", "power"), [(30, 0.5, 0.4778965), (64, 0.5, 0.8014596), (200, 0.2, 0.5140816)]
)
def test_power_is_just_above_that_of_the_t_test(per_group, difference, power):
    found = power_of_difference(difference, per_group, per_group)
    assert power < found < power + 0.015


def test_the_difference_found_has_the_power_asked_for():
    difference = difference_found(80, 400, power=0.8, design_effect=1.3)
    assert power_of_difference(difference, 80, 400, design_effect=1.3) == pytest.approx(0.8, abs=1e-4)


def test_a_field_is_as_large_as_its_brands_need():
    plan = plan_field(6, 2.0, margin=0.1)
    assert plan.completes == 6 * plan.ratings_per_brand / 2
    assert plan_field(6, 2.0, margin=0.05).archetype_difference < plan.archetype_difference
    assert plan_field(6, 2.0, reaching=0.5).completes == 2 * plan.completes


def test_lix_by_hand(small):
    """Five statements of warmth and cold and the rest of the small questionnaire, counted by hand for one title."""
    page = small.pages[0].model_copy(update={"title": {"en": "We understand people. They like it."}, "questions": ()})
    short = small.model_copy(update={"pages": (page,), "scales": {}, "rules": None})
    level = reading_level(short, "en")
    # Six words in two sentences, one of them ("understand") longer than six letters.
    assert level.lix == pytest.approx(6 / 2 + 100 / 6)
    assert (level.per_sentence, level.longest, level.is_hard) == (3, "We understand people", False)
    assert reading_level(short, "de") is None


def test_chinese_is_counted_by_characters(small):
    page = small.pages[0].model_copy(update={"title": {"zh": "我们理解人。好吗？"}, "questions": ()})
    level = reading_level(small.model_copy(update={"pages": (page,), "scales": {}, "rules": None}), "zh")
    assert (level.lix, level.per_sentence) == (None, 3.5)


def test_the_stopwatch_reads_words_once_and_skims_answers_met_before():
    words = tuple(Choice(code=code, label={"en": "one two three four"}) for code in ("a", "b"))
    asked = Asked(variable="q", type="select_one", label={"en": "Do you like tea?"}, choices=words)
    screen = Screen("p", "p", None, None, (Block("single", None, (asked,)),))
    watch = Stopwatch("en")
    first = SECONDS_PER_PAGE + 4 / WORDS_PER_SECOND + 8 / WORDS_PER_SECOND + SECONDS_PER_ANSWER
    assert watch.seconds(screen) == pytest.approx(first)
    assert watch.seconds(screen) == pytest.approx(first - (1 - PART_OF_ANSWERS_READ) * 8 / WORDS_PER_SECOND)
