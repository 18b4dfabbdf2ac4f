import dataclasses

import numpy as np
import pytest

from analysis.brands import Figures, brand_figures, compare, describe_non_users, profile_brands
from analysis.numeric.resampling import PersonResamples
from tests.analysis.simulated import Simulation, quick_plan

PLAN = quick_plan()


@pytest.fixture(scope="module")
def resamples(dataset):
    return PersonResamples.drawn(dataset.n_raters, 200, rng=np.random.default_rng(1))


def test_shares_of_each_kind_sum_to_one_in_every_brand_and_category(findings):
    for brand in findings.brands:
        for kind in (brand.portfolio, brand.current, brand.desired):
            assert sum(comparison.brand.value for comparison in kind) == pytest.approx(1)
            assert sum(comparison.category.value for comparison in kind) == pytest.approx(1)
        assert sum(flow.share for flow in brand.flows) == pytest.approx(1)


def test_treatment_is_under_served_over_pursued_or_fulfilled(findings):
    for brand in findings.brands:
        three = (brand.mismatch.under_served, brand.mismatch.over_pursued, brand.mismatch.fulfilled)
        assert sum(comparison.brand.value for comparison in three) == pytest.approx(1)


def test_the_category_is_all_other_brands_and_everything_is_weighted(dataset, resamples):
    own = (dataset.ratings["brand"] == "b1").to_numpy()
    figures = Figures(("satisfaction", "leaving"), dataset.outcomes)
    for i, found in enumerate(compare(dataset, figures, own, plan=PLAN, resamples=resamples)):
        mine, others = (np.average(dataset.outcomes[rows, i], weights=dataset.weights[rows]) for rows in (own, ~own))
        assert found.brand.value == pytest.approx(mine)
        assert found.category.value == pytest.approx(others)
        assert found.difference.value == pytest.approx(mine - others)
        assert found.difference.low < found.difference.value < found.difference.high
        assert (found.brand.n, found.category.n) == (own.sum(), (~own).sum())


def test_a_share_of_nobody_is_no_certainty_and_neither_is_its_difference(dataset, resamples):
    own = (dataset.ratings["brand"] == "b1").to_numpy()
    picked = np.where(own, 0.0, np.random.default_rng(2).integers(0, 2, len(own)))
    nobody, scale = np.zeros(len(own)), np.where(own, 0.0, dataset.outcomes[:, 0])
    figures = Figures(("picked", "nobody", "scale"), np.column_stack([picked, nobody, scale]))
    some, none, other = compare(dataset, figures, own, plan=PLAN, resamples=resamples)
    weights = np.bincount(dataset.person_numbers[own], weights=dataset.weights[own])
    most = 1 - 0.025 ** ((weights @ weights) / weights.sum() ** 2)

    assert (some.brand.low, some.brand.high) == pytest.approx((0, most))
    assert some.differs
    # farther on the side of the share that nobody has
    assert some.difference.high - some.difference.value > most
    assert none.difference.low < 0 < none.difference.high
    assert none.q is None
    assert (other.brand.low, other.brand.high) == (0, 0)


def test_the_brand_with_more_of_a_group_is_found_to_have_it(findings):
    # brand i was given more of group i; the archetype of group 2 picks the troubled family
    troubled = next(a.key for a in findings.archetypes.archetypes if a.picks.get("troubled", 0) > 0.5)
    share = {b.key: next(c for c in b.portfolio if c.key == troubled) for b in findings.brands}
    assert max(share, key=lambda key: share[key].brand.value) == "b2"
    assert share["b2"].differs
    assert share["b2"].difference.low > 0


def test_differences_that_chance_makes_rarely_differ(dataset, resamples):
    rng = np.random.default_rng(5)
    noise = rng.standard_normal((dataset.n_raters, 40))[dataset.person_numbers]
    noise = noise + rng.standard_normal(noise.shape)
    own = (dataset.ratings["brand"] == "b1").to_numpy()
    found = compare(dataset, Figures(tuple(map(str, range(40))), noise), own, plan=PLAN, resamples=resamples)
    assert sum(comparison.differs for comparison in found) <= 1


def test_a_brand_with_few_ratings_says_only_how_few(dataset, catalogue, resamples):
    keep = (dataset.ratings["brand"] != "b3") | (np.arange(len(dataset.ratings)) < 100)
    fewer = dataset.keeping(keep.to_numpy())
    assert 0 < (fewer.ratings["brand"] == "b3").sum() < 30
    scores = np.zeros((len(fewer.ratings), 2))
    b3 = profile_brands(fewer, None, scores, plan=PLAN, catalogue=catalogue, resamples=resamples, non_users={})[3]
    assert (b3.suppressed, b3.small) == (True, True)
    assert b3.n_ratings > 0
    assert (b3.portfolio, b3.current, b3.scales, b3.rules, b3.flows, b3.position) == ((), (), (), (), (), {})
    assert (b3.mismatch, b3.negative, b3.ambivalent) == (None, None, None)


def test_without_archetypes_there_is_no_portfolio(dataset, catalogue, resamples):
    scores = np.zeros((len(dataset.ratings), 2))
    for brand in profile_brands(
        dataset, None, scores, plan=PLAN, catalogue=catalogue, resamples=resamples, non_users={}
    ):
        assert brand.portfolio == ()
        assert brand.scales


def test_wanting_a_closer_family_than_one_is_treated_as_is_under_served(catalogue):
    dataset = Simulation(persons=60).dataset()
    picks = [("love", "friends", "practical"), ("friends", "distant", "friends"), ("friends", "friends", "friends")]
    picks += [("love", "no_relationship", "distant"), ("love", "none_fits", "friends"), ("love", "", "friends")]
    ratings = dataset.ratings.head(len(picks)).assign(
        **{name: [pick[i] for pick in picks] for i, name in enumerate(("current", "desired", "treated"))}
    )
    small = dataclasses.replace(dataset, ratings=ratings)
    figures = brand_figures(small, None, np.zeros((len(picks), 1)), plan=PLAN, catalogue=catalogue).mismatch
    under, over, fulfilled, changed = figures.values.T
    assert under == pytest.approx([1, 0, 0, 0, np.nan, np.nan], nan_ok=True)
    assert over == pytest.approx([0, 1, 0, 1, np.nan, np.nan], nan_ok=True)
    assert fulfilled == pytest.approx([0, 0, 1, 0, np.nan, np.nan], nan_ok=True)
    assert changed == pytest.approx([1, 1, 0, 1, 1, np.nan], nan_ok=True)


def test_one_brand_alone_is_compared_with_nothing(dataset, catalogue):
    alone = dataset.keeping((dataset.ratings["brand"] == "b0").to_numpy())
    resamples = PersonResamples.drawn(alone.n_raters, 100, rng=np.random.default_rng(1))
    scores = np.zeros((len(alone.ratings), 2))
    brand = profile_brands(alone, None, scores, plan=PLAN, catalogue=catalogue, resamples=resamples, non_users={})[0]
    for comparison in (*brand.scales, *brand.outcomes):
        assert comparison.brand.value is not None
        assert (comparison.category.value, comparison.category.n) == (None, 0)
        assert (comparison.difference.value, comparison.q, comparison.differs) == (None, None, False)


def with_use(dataset, columns):
    measures = dataclasses.replace(dataset.measures, used=columns)
    return dataclasses.replace(dataset, measures=measures)


def test_non_users_have_weighted_shares_and_a_base_of_their_own(dataset, catalogue):
    asked = with_use(dataset, {"b0": "used_b0", "b2": "used_b2"})
    found = describe_non_users(asked, plan=PLAN, catalogue=catalogue)
    assert list(found) == ["b0", "b2"]
    rows = (dataset.ratings["brand"] == "b2").to_numpy()
    picked, weights = dataset.ratings["current"][rows], dataset.weights[rows]
    assert found["b2"].n == rows.sum()
    assert found["b2"].current["troubled"].value == pytest.approx(np.average(picked == "troubled", weights=weights))
    assert sum(estimate.value for estimate in found["b2"].current.values()) == pytest.approx(1)
    for estimate in (found["b2"].negative, found["b2"].ambivalent):
        assert estimate.low < estimate.value < estimate.high
    # brand 2 was given more of the group that is colder than warm
    assert found["b2"].negative.low > found["b0"].negative.value


@pytest.mark.parametrize("n", [0, 29, 30])
def test_few_non_users_are_only_counted(dataset, catalogue, n):
    b0 = np.flatnonzero(dataset.ratings["brand"] == "b0")[:n]
    few = with_use(dataset, {"b0": "used_b0"}).keeping(np.isin(np.arange(len(dataset.ratings)), b0))
    found = describe_non_users(few, plan=PLAN, catalogue=catalogue)["b0"]
    assert found.n == n
    assert (found.negative is None, found.ambivalent is None, found.current == {}) == (n < 30,) * 3
