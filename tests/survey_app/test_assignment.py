from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.assignment import choose_brands

BRANDS = st.lists(st.sampled_from("abcdefgh"), unique=True)
TIERS = st.lists(BRANDS, max_size=3)
FILLS = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 5))


@given(TIERS, FILLS, st.integers(0, 5), st.integers(0, 2**53 - 1))
def test_every_choice_is_eligible_different_and_as_many_as_there_can_be(tiers, fills, n, seed):
    chosen = choose_brands(tiers, fills, n, seed)
    eligible = {brand for tier in tiers for brand in tier}

    assert set(chosen) <= eligible
    assert len(chosen) == len(set(chosen)) == min(n, len(eligible))


@given(BRANDS, FILLS, st.integers(1, 4), st.integers(0, 2**53 - 1))
def test_no_brand_that_was_passed_over_is_less_filled(eligible, fills, n, seed):
    chosen = choose_brands([eligible], fills, n, seed)
    passed_over = set(eligible) - set(chosen)

    assert all(fills.get(brand, 0) <= fills.get(other, 0) for brand in chosen for other in passed_over)


@given(BRANDS, BRANDS, FILLS, st.integers(1, 4), st.integers(0, 2**53 - 1))
def test_a_later_tier_is_touched_only_when_the_first_is_used_up(first, second, fills, n, seed):
    chosen = choose_brands([first, second], fills, n, seed)

    assert set(chosen[: len(first)]) <= set(first)
    assert set(first) <= set(chosen) or not set(chosen) - set(first)


@given(TIERS, FILLS, st.integers(0, 4), st.integers(0, 2**53 - 1), st.randoms())
def test_the_order_in_which_brands_are_listed_does_not_matter(tiers, fills, n, seed, random):
    shuffled = [random.sample(tier, len(tier)) for tier in tiers]

    assert choose_brands(shuffled, fills, n, seed) == choose_brands(tiers, fills, n, seed)


def test_ties_are_spread_evenly_over_sittings():
    firsts = Counter(choose_brands(["abcd"], {}, 1, seed)[0] for seed in range(4000))

    # Four standard deviations of a binomial with n = 4000 and p = 1/4.
    assert all(abs(count - 1000) < 110 for count in firsts.values())


@pytest.mark.parametrize("n", [1, 2])
def test_sittings_one_after_another_fill_brands_evenly(n):
    fills = Counter()
    for seed in range(300):
        fills.update(choose_brands(["abcde"], fills, n, seed))

    assert max(fills.values()) - min(fills.values()) <= 1
