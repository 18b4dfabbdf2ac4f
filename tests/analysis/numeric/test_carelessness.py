"""Indices of careless answering: R's values, missing answers, and no warning from rows that hold nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import AnalysisError
from analysis.numeric.carelessness import (
    alike_pairs,
    distances,
    even_odd_consistency,
    pair_consistency,
    person_total_correlations,
    row_correlations,
    runs,
    stepped_up,
    variability,
)
from analysis.numeric.moments import Moments

CASES = ["sim4c", "bfi25", "conspiracy15", "pvq40", "careless_a"]


@pytest.fixture(params=[*((name, "careless") for name in CASES), ("satact", "mahalanobis")], ids="-".join)
def answers(request, case):
    """A case's answers in the order they were asked, and R's results."""
    name, family = request.param
    expected = case(name).results(family)
    return case(name).columns(expected["item_order"]), expected


def test_runs_and_variability_equal_r(answers):
    x, expected = answers
    np.testing.assert_array_equal(runs(x).longest, expected["longstring"])
    np.testing.assert_allclose(runs(x).mean, expected["averagestring"], atol=1e-9)
    np.testing.assert_array_equal(runs(x, skip_missing=True).longest, expected["longstring_na_dropped"])
    np.testing.assert_allclose(variability(x), expected["irv"], rtol=1e-9, atol=1e-9)


def test_distances_of_complete_rows_equal_r(answers):
    x, expected = answers
    complete = ~np.isnan(x).any(1)
    moments = Moments.of(x[complete])
    found = distances(x, moments.means, moments.covariance())
    np.testing.assert_allclose(found.squared[complete], expected["mahalanobis_complete_cases"][complete], rtol=1e-9)
    np.testing.assert_allclose(found.p_values[complete], expected["mahalanobis_p"][complete], atol=1e-9)


def test_consistency_equals_r(answers):
    x, expected = answers
    np.testing.assert_allclose(person_total_correlations(x), expected["person_total_correlation"], atol=1e-9)
    if "evenodd_raw_r" in expected:
        sizes = expected["evenodd_scale_sizes"].astype(int)
        r = even_odd_consistency(x, np.repeat(np.arange(len(sizes)), sizes))
        np.testing.assert_allclose(r, expected["evenodd_raw_r"], atol=1e-9)
        np.testing.assert_allclose(stepped_up(r), -expected["evenodd_careless_sign"], atol=1e-9)


def test_synonyms_equal_r(answers):
    x, expected = answers
    synonyms = expected["psychsyn"]
    pairs = alike_pairs(Moments.of(x).correlation(), above=synonyms["critical"])
    assert len(pairs[0]) == synonyms["n_pairs"]
    names = expected["item_order"]
    assert {f"{names[i]} {names[j]}" for i, j in zip(*pairs, strict=True)} == set(np.ravel(synonyms["pairs"]))
    if synonyms["values"] is not None:
        np.testing.assert_allclose(pair_consistency(x, pairs), synonyms["values"], atol=1e-9)
    opposite = alike_pairs(-Moments.of(x).correlation(), above=-expected["psychant"]["critical"])
    assert len(opposite[0]) == expected["psychant"]["n_pairs"]


def test_planted_careless_rows_stand_out(case):
    x = case("sim4c").columns(case("sim4c").items)
    truth = (case("sim4c").folder / "data.csv").read_text().splitlines()
    column = truth[0].replace('"', "").split(",").index("truth_careless")
    planted = np.array([line.replace('"', "").split(",")[column] for line in truth[1:]])
    kinds = set(planted) - {"none"}
    assert kinds
    straight = runs(x).longest == x.shape[1]
    assert (planted[straight] != "none").mean() > 0.9
    moments = Moments.of(x)
    far = distances(x, moments.means, moments.covariance()).squared
    at_random = planted == next(kind for kind in kinds if "rand" in kind)
    assert np.median(far[at_random]) > np.median(far[planted == "none"]) + 3


def test_distances_of_rows_with_missing_answers_are_those_over_what_was_answered():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(60, 4)) @ rng.normal(size=(4, 4))
    covariance, means = np.cov(x.T), x.mean(0)
    x[0, [1, 3]], x[1] = np.nan, np.nan
    found = distances(x, means, covariance)
    kept = np.ix_([0, 2], [0, 2])
    deviation = x[0, [0, 2]] - means[[0, 2]]
    assert found.squared[0] == pytest.approx(deviation @ np.linalg.inv(covariance[kept]) @ deviation)
    assert found.answers[:3].tolist() == [2, 0, 4]
    assert np.isnan([found.squared[1], found.p_values[1]]).all()


def test_distances_over_collinear_items_are_refused():
    with pytest.raises(AnalysisError) as refused:
        distances(np.ones((3, 2)), np.zeros(2), np.ones((2, 2)))
    assert refused.value.code == "collinear_items"


def test_rows_that_hold_nothing_give_nothing():
    x = np.array([[np.nan] * 6, [3.0] * 6, [1.0, np.nan, np.nan, np.nan, np.nan, np.nan]])
    assert np.isnan(variability(x)).tolist() == [True, False, True]
    assert np.isnan(runs(x, skip_missing=True).longest).tolist() == [True, False, False]
    assert runs(x, skip_missing=True).mean[1] == 6
    everything = [
        even_odd_consistency(x, np.array([0, 0, 1, 1, 2, 2])),
        pair_consistency(x, (np.array([1, 2, 3]), np.array([0, 1, 2]))),
        person_total_correlations(x),
    ]
    assert np.isnan(everything).all()
    assert stepped_up(np.array([-1.0, -0.9, 0.0, 1.0])).tolist() == [-1.0, -1.0, 0.0, 1.0]


@given(seed=st.integers(0, 10_000))
def test_row_correlations_equal_correlating_each_row(seed):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(2, 20, 7)) + 1e3
    x[rng.random(x.shape) < 0.3] = np.nan
    found = row_correlations(x, y)
    for row, (a, b) in enumerate(zip(x, y, strict=True)):
        both = ~np.isnan(a + b)
        if both.sum() >= 2:
            assert found[row] == pytest.approx(np.corrcoef(a[both], b[both])[0, 1], abs=1e-9)
        else:
            assert np.isnan(found[row])
