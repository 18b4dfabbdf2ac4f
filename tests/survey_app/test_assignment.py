from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.interview.assignment import Balance, BrandDraw, choose_brands, pair_of, selection_weights

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


def _field(n, persons, eligible, boosts=None):
    """Let persons come one after another; returns what was counted."""
    fills, pairs, places = Counter(), Counter(), Counter()
    for seed in range(persons):
        balance = Balance(boosts or {}, pairs, places)
        chosen = choose_brands([eligible(seed)], fills, n, seed * 7919 + 1, balance=balance)
        fills.update(chosen)
        pairs.update(pair_of(*pair) for pair in combinations(chosen, 2))
        places.update((brand, position) for position, brand in enumerate(chosen, start=1))
    return fills, pairs, places


@pytest.mark.parametrize(("n", "brands"), [(2, "abcdef"), (3, "abcdef"), (3, "abcdefghij")])
def test_pairs_and_positions_are_as_even_as_they_can_be(n, brands):
    _, pairs, places = _field(n, 600, lambda _: brands)
    counted = [pairs[pair] for pair in combinations(brands, 2)]
    assert max(counted) - min(counted) <= 2
    for brand in brands:
        at = [places[brand, position] for position in range(1, n + 1)]
        assert max(at) - min(at) <= 3


def test_without_balance_pairs_are_far_less_even():
    fills, pairs = Counter(), Counter()
    for seed in range(600):
        chosen = choose_brands(["abcdef"], fills, 2, seed * 7919 + 1)
        fills.update(chosen)
        pairs[pair_of(*chosen)] += 1
    assert max(pairs.values()) - min(pairs.values()) > 10


def test_a_boosted_brand_gets_as_many_times_the_ratings():
    fills, _, _ = _field(2, 700, lambda _: "abcdef", boosts={"a": 2.0})
    assert abs(fills["a"] / fills["b"] - 2.0) < 0.05


def test_rare_brands_come_first_where_they_are_known():
    rng = np.random.default_rng(3)
    shares = dict(zip("abcdef", (0.9, 0.8, 0.7, 0.5, 0.3, 0.15), strict=True))
    known = [[brand for brand, share in shares.items() if rng.random() < share] for _ in range(400)]
    fills, _, _ = _field(2, 400, lambda seed: known[seed])
    could = Counter(brand for brands in known for brand in brands)
    assert fills["f"] > 0.95 * could["f"]
    assert fills["a"] < 0.45 * could["a"]


def test_brands_beside_those_given_already_keep_clear_of_rare_chances():
    pairs = {("a", "b"): 5, ("a", "c"): 0}
    assert choose_brands(["bc"], {}, 1, 1, balance=Balance({}, pairs, {}, 2), given=["a"]) == ("c",)


def test_weights_give_every_brand_the_persons_who_could_have_rated_it():
    rng = np.random.default_rng(5)
    fills, drawn = Counter(), []
    for seed in range(2000):
        country, period = ("de", "es")[seed % 2], f"2026-W{seed // 500}"
        known = [brand for brand, share in zip("abcd", (0.9, 0.6, 0.4, 0.2), strict=True) if rng.random() < share]
        chosen = choose_brands([known], fills, 2, seed)
        fills.update(chosen)
        drawn.append(BrandDraw(country, period, (tuple(known),), chosen))
    weight = selection_weights(drawn)
    could, weighted = Counter(), Counter()
    for draw in drawn:
        could.update((draw.country, draw.period, brand) for brand in draw.tiers[0])
        for brand in draw.given:
            weighted[draw.country, draw.period, brand] += weight(draw, brand)
    assert weighted == pytest.approx(could)
    assert len({weight(draw, "a") for draw in drawn if "a" in draw.given}) == 8


def test_cells_of_few_persons_borrow_from_the_whole_field():
    many = [BrandDraw("de", "w1", (("a", "b"),), ("a",)) for _ in range(50)] + [
        BrandDraw("de", "w1", (("a", "b"),), ("b",))
    ]
    few = [BrandDraw("de", "w2", (("a", "b"),), ("a",)) for _ in range(5)]
    weight = selection_weights([*many, *few])
    assert weight(few[0], "a") == pytest.approx(56 / 55)
    assert weight(many[0], "a") == pytest.approx(51 / 50)


def test_each_tier_has_its_own_weight():
    drawn = [BrandDraw("", "w", (("a",), ("b",)), ("a",)) for _ in range(40)]
    drawn += [BrandDraw("", "w", (("b",), ("a",)), ("b",)) for _ in range(60)]
    weight = selection_weights(drawn)
    assert (weight(drawn[0], "a"), weight(drawn[-1], "b")) == (1.0, 1.0)
