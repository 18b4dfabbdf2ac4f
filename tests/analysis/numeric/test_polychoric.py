"""Polychoric and mixed correlations: R's values, recovery of simulated truth, and R's sampling covariance."""

import json
from functools import reduce
from operator import add

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import AnalysisError
from analysis.numeric import polychoric as module
from analysis.numeric.contingency import Contingency
from analysis.numeric.polychoric import PolychoricScores, polychoric
from analysis.numeric.polyserial import MixedTables
from tests.analysis.numeric.conftest import Case

CASES = [
    ("sim4c", "polychoric"),
    ("bfi25", "polychoric"),
    ("bfi25", "polychoric_pairwise_10items"),
    ("conspiracy15", "polychoric"),
    ("acl_communality", "polychoric"),
    ("datcat", "polychoric"),
    ("election", "polychoric"),
    ("ability16", "tetrachoric"),
]


def item_names(case: Case, family):
    return json.loads((case.folder / f"{family}.json").read_text())["tight_two_step"]["R"]["cols"]


@pytest.fixture(params=CASES, ids="-".join)
def tables(request, case):
    """Tables of a case's rows, and R's results."""
    name, family = request.param
    expected = case(name).results(family)
    x = case(name).columns(item_names(case(name), family))
    if len(x) != expected["n"]:
        x = x[~np.isnan(case(name).columns(case(name).items)).any(1)]
    return Contingency.of(x), expected


def test_correlations_and_thresholds_equal_the_root_of_the_score_equation(tables):
    contingency, expected = tables
    found = polychoric(contingency)
    tight = expected["tight_two_step"]
    np.testing.assert_allclose(found.correlation, tight["R"], atol=1e-10)
    np.testing.assert_allclose(found.correlation, expected["lavaan_lavCor"], atol=1e-6)
    for ours, theirs in zip(found.thresholds, tight["thresholds"].values(), strict=True):
        np.testing.assert_allclose(ours, np.atleast_1d(theirs), atol=1e-12)
    assert (found.empty_cells[contingency.pairs] > 0).sum() == tight["pairs_with_empty_cell"]
    assert found.smallest_eigenvalue == pytest.approx(tight["smallest_eigenvalue"], abs=1e-9)
    assert not found.at_bound.any()


@pytest.mark.parametrize(
    ("key", "correction", "margins"),
    [
        ("correct0_globalTRUE", 0.0, "item"),
        ("correct0_globalFALSE", 0.0, "pair"),
        ("correct0.5_globalTRUE", 0.0, "item"),  # psych corrects tables only together with their own margins
        ("correct0.5_globalFALSE", 0.5, "pair"),
    ],
)
def test_the_conventions_of_psych(tables, key, correction, margins):
    contingency, expected = tables
    found = polychoric(contingency, correction=correction, margins=margins)
    np.testing.assert_allclose(found.correlation, expected["psych"][key]["rho"], atol=5e-5)


@pytest.mark.parametrize(("name", "family"), [("conspiracy15", "cfa_small_wlsmv"), ("ability16", "cfa_wlsmv")])
def test_sampling_covariance_equals_lavaan(case, name, family):
    source = json.loads((case(name).folder / f"{family}.json").read_text())["WLSMV"]
    gamma, labels = source["gamma"], source["gamma"]["rows"]
    items = list(dict.fromkeys(label.split("|")[0] for label in labels if "|" in label))
    x = case(name).columns(case(name).items)
    x = x[~np.isnan(x).any(1)][:, [case(name).items.index(item.replace("_", ".")) for item in items]]
    contingency = Contingency.of(x)
    scores = PolychoricScores.of(contingency, polychoric(contingency))
    covariance = len(x) * scores.covariance(scores.products(x))
    np.testing.assert_allclose(covariance, np.array(gamma["values"]), atol=1e-6)


def ordinal(rng, r, cuts, rows):
    """Simulated answers whose latent variables correlate as given."""
    latent = rng.multivariate_normal(np.zeros(len(r)), r, rows)
    return np.column_stack([np.searchsorted(cut, column) for cut, column in zip(cuts, latent.T, strict=True)])


R = np.array([[1, 0.5, -0.7, 0.96], [0.5, 1, -0.2, 0.4], [-0.7, -0.2, 1, -0.6], [0.96, 0.4, -0.6, 1]])
CUTS = [np.array([-0.5, 0.8]), np.array([0.3]), np.array([-1.0, -0.2, 0.4, 1.1]), np.array([-1.2, 0.0, 0.9])]


def test_sampling_covariance_is_that_of_repeated_samples():
    rng = np.random.default_rng(5)
    estimates = []
    for _ in range(200):
        contingency = Contingency.of(x := ordinal(rng, R, CUTS, 500))
        found = polychoric(contingency)
        estimates.append([*np.concatenate(found.thresholds), *found.correlation[contingency.pairs]])
    np.testing.assert_allclose(np.mean(estimates, axis=0), [*np.concatenate(CUTS), *R[contingency.pairs]], atol=0.02)
    scores = PolychoricScores.of(contingency, found)
    covariance = scores.covariance(scores.products(x))
    ratio = np.sqrt(np.diag(covariance)) / np.std(estimates, axis=0)
    assert np.all(np.abs(ratio - 1) < 0.25)
    variances = scores.correlation_variances(scores.products(x))
    np.testing.assert_array_equal(variances[contingency.pairs], np.diag(covariance)[-6:])
    np.testing.assert_array_equal(variances, variances.T)


def test_dependence_within_persons_widens_the_sampling_covariance():
    rng = np.random.default_rng(6)
    x, person = np.repeat(ordinal(rng, R, CUTS, 300), 4, axis=0), np.repeat(np.arange(300), 4)
    shuffle = rng.permutation(len(x))
    contingency = Contingency.of(x)
    scores = PolychoricScores.of(contingency, polychoric(contingency))
    apart, together = scores.products(x), scores.products(x[shuffle], person=person[shuffle])
    np.testing.assert_allclose(together, 4 * apart, rtol=1e-9, atol=1e-9)


def test_products_of_scores_add_up_over_parts_and_blocks(monkeypatch):
    x = ordinal(np.random.default_rng(7), R, CUTS, 400).astype(float)
    x[np.random.default_rng(8).random(x.shape) < 0.2] = np.nan
    person, weights = np.repeat(np.arange(100), 4), np.random.default_rng(9).uniform(0.5, 2, 400)
    contingency = reduce(add, (Contingency.of(x[a : a + 100], weights[a : a + 100]) for a in range(0, 400, 100)))
    scores = PolychoricScores.of(contingency, polychoric(contingency))
    whole = scores.products(x, weights, person)
    monkeypatch.setattr(module, "_BLOCK", 37)
    parts = sum(scores.products(x[a:b], weights[a:b], person[a:b]) for a, b in ((0, 120), (120, 400)))
    np.testing.assert_allclose(parts, whole, atol=1e-9)
    assert scores.products(x[:0]).sum() == 0


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000))
def test_correlations_do_not_depend_on_codes_and_follow_a_reversed_item(seed):
    rng = np.random.default_rng(seed)
    x = ordinal(rng, R, CUTS, 300)
    plain = polychoric(Contingency.of(x)).correlation
    recoded = x * np.array([1, 5, 2, 1]) + np.array([10, -3, 0, 0])
    np.testing.assert_allclose(polychoric(Contingency.of(recoded)).correlation, plain, atol=1e-10)
    flipped, sign = x * np.array([1, -1, 1, 1]), np.array([1, -1, 1, 1])
    np.testing.assert_allclose(polychoric(Contingency.of(flipped)).correlation, plain * np.outer(sign, sign), atol=1e-9)


def test_weights_count_as_repeated_rows():
    x = ordinal(np.random.default_rng(10), R, CUTS, 200)
    weights = np.random.default_rng(11).integers(0, 4, 200)
    once, repeated = Contingency.of(x, weights.astype(float)), Contingency.of(np.repeat(x, weights, axis=0))
    np.testing.assert_allclose(polychoric(once).correlation, polychoric(repeated).correlation, atol=1e-10)


def test_equal_answers_run_to_the_bound_and_are_flagged():
    column = np.tile([1, 2, 3], 20)
    found = polychoric(Contingency.of(np.column_stack([column, column, np.roll(column, 1)])))
    assert found.correlation[0, 1] > 0.999
    assert found.at_bound[0, 1]
    assert found.empty_cells[0, 1] == 6
    assert not found.at_bound[0, 2]


def test_a_constant_item_is_refused():
    with pytest.raises(AnalysisError) as refused:
        polychoric(Contingency.of(np.column_stack([np.ones(30), np.tile([1, 2], 15)])))
    assert refused.value.code == "constant_item"


def test_mixed_correlations_equal_polycor(case):
    expected = case("satact").results("hetcor")["two_step_pairwise"]
    x = case("satact").columns(case("satact").items)
    parts = [MixedTables.of(x[a:b, :2], x[a:b, 2:]) for a, b in ((0, 5), (5, 300), (300, 700))]
    found = reduce(add, parts).correlation()
    np.testing.assert_allclose(found, expected, atol=1e-5)
    ordinal_pair = np.zeros_like(found, dtype=bool)
    ordinal_pair[:2, :2] = True
    np.testing.assert_allclose(found[~ordinal_pair], expected[~ordinal_pair], atol=1e-9)


def test_polyserial_correlations_recover_simulated_truth_with_weights():
    rng = np.random.default_rng(12)
    latent = rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], 20_000)
    category = np.searchsorted([-0.5, 0.2, 1.0], latent[:, 0]).astype(float)[:, None]
    weights = rng.integers(0, 3, 20_000).astype(float)
    found = MixedTables.of(category, 100 + 5 * latent[:, 1:], weights).polyserial()
    assert found[0, 0] == pytest.approx(0.6, abs=0.02)


@pytest.mark.parametrize(
    ("ordinal_rows", "continuous_rows", "code"),
    [
        (np.tile([1.0, 2, 3], 4), np.where(np.arange(12) < 6, 1.5, np.nan), "constant_item"),
        (np.r_[np.ones(6), np.tile([1.0, 2], 3)], np.r_[np.arange(6.0), np.full(6, np.nan)], "constant_item"),
        (
            np.r_[np.full(6, np.nan), np.tile([1.0, 2], 3)],
            np.r_[np.arange(6.0), np.full(6, np.nan)],
            "pair_never_observed",
        ),
    ],
)
def test_mixed_pairs_without_a_correlation_are_refused(ordinal_rows, continuous_rows, code):
    with pytest.raises(AnalysisError) as refused:
        MixedTables.of(ordinal_rows[:, None], continuous_rows[:, None]).polyserial()
    assert refused.value.code == code
