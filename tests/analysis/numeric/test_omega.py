"""Errors of omega, hierarchical and categorical omega: R's values and recovery of simulated truth."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import AnalysisError
from analysis.numeric.contingency import Contingency
from analysis.numeric.moments import Moments
from analysis.numeric.omega import (
    omega_categorical,
    omega_error,
    omega_hierarchical,
    omega_interval,
    omega_robust_error,
    weighted_factor,
)
from analysis.numeric.polychoric import PolychoricScores, polychoric
from analysis.numeric.reliability import alpha, omega_total

SCALES = [
    ("sim4c", "f1"),
    ("sim4c", "f2"),
    ("sim4c", "f3"),
    ("hs1939", "visual"),
    ("hs1939", "all9"),
    ("conspiracy15", "first5"),
    ("conspiracy15", "all15"),
    ("ability16", "all16"),
]


def complete_rows(case, name, key):
    """Complete rows of a scale's items, and R's results."""
    expected = case(name).results("reliability")[key]
    x = case(name).columns(expected["items"])
    return x[~np.isnan(x).any(1)], expected


@pytest.mark.parametrize(("name", "key"), SCALES)
def test_errors_and_intervals_of_omega_equal_lavaan(case, name, key):
    x, expected = complete_rows(case, name, key)
    found = omega_total(Moments.of(x).covariance())
    normal, robust = omega_error(found, len(x)), omega_robust_error(found, x)
    for error, source in ((normal, expected["cfa_omega_ML"]), (robust, expected["cfa_omega_MLR"])):
        assert error == pytest.approx(source["se_delta"], rel=1e-4)
        np.testing.assert_allclose(omega_interval(found.total, error), source["logit_ci"], atol=1e-5)
        np.testing.assert_allclose(omega_interval(found.total, error, scale="plain"), source["ci"], atol=1e-5)


def test_errors_take_account_of_ratings_that_depend_on_each_other(case):
    x = case("sim4c").columns(["q01", "q02", "q03", "q04"])
    found = omega_total(Moments.of(np.repeat(x, 4, axis=0)).covariance())
    once = omega_robust_error(omega_total(Moments.of(x).covariance()), x)
    person = np.repeat(np.arange(len(x)), 4)
    assert omega_robust_error(found, np.repeat(x, 4, axis=0), person) == pytest.approx(once, rel=1e-3)
    assert omega_robust_error(found, np.repeat(x, 4, axis=0)) == pytest.approx(once / 2, rel=1e-3)


@pytest.mark.parametrize(("name", "key"), [scale for scale in SCALES if scale[0] != "hs1939"])
def test_categorical_omega_and_ordinal_alpha_equal_r(case, name, key):
    x, expected = complete_rows(case, name, key)
    tables = Contingency.of(x)
    found = polychoric(tables)
    scores = PolychoricScores.of(tables, found)
    variances = scores.correlation_variances(scores.products(x))
    loadings = weighted_factor(found.correlation, 1 / (variances + np.eye(len(variances))))
    ours = omega_categorical(loadings, found.thresholds, found.correlation)
    assert ours == pytest.approx(expected["ordinal_omega_ordscale"], abs=1e-5)
    latent = loadings.sum() ** 2 / found.correlation.sum()
    assert latent == pytest.approx(expected["ordinal_omega_latent"], abs=1e-5)
    assert alpha(found.correlation) == pytest.approx(expected["ordinal_alpha_polychoric"], abs=1e-9)


@pytest.mark.parametrize("name", ["harman74", "thurstone9", "hs1939", "sim4c", "ability16"])
def test_hierarchical_omega_equals_psych(case, name):
    file = "omega_multi" if (case(name).folder / "omega_multi.json").exists() else "reliability"
    expected = case(name).results(file)
    expected = (
        expected if file == "omega_multi" else next(v for k, v in expected.items() if k.startswith("omega_multi"))
    )
    r = case(name).results("factorability")["R"]
    found = omega_hierarchical(r, int(expected["nfactors"]), rng=np.random.default_rng(1))
    assert found.omega_hierarchical == pytest.approx(expected["omega_h"], abs=2e-3)
    assert found.omega_total == pytest.approx(expected["omega_total"], abs=2e-3)
    assert found.common_variance == pytest.approx(expected["ecv"], abs=2e-3)
    for ours, theirs in ((found.general_in_group, "general"), (found.specific_in_group, "group")):
        np.testing.assert_allclose(np.sort(ours), np.sort(expected["group"][theirs][1:]), atol=2e-3)
    np.testing.assert_allclose(np.abs(found.general), np.abs(expected["schmid_sl"][:, 0]), atol=2e-3)
    np.testing.assert_allclose(found.uniquenesses, expected["schmid_sl"][:, -2], atol=2e-3)


def test_hierarchical_omega_of_reversed_items_equals_psych(case):
    source = case("bfi25")
    keys = {item: key for scale in json.loads((source.folder / "meta.json").read_text())["keys"].values()
            for item, key in scale.items()}  # fmt: skip
    x = source.columns(source.items)
    x = x[~np.isnan(x).any(1)] * np.array([keys[item] for item in source.items])
    expected = source.results("reliability")["omega_multi_25"]
    found = omega_hierarchical(Moments.of(x).correlation(), 5, rng=np.random.default_rng(1))
    assert found.omega_hierarchical == pytest.approx(expected["omega_h"], abs=1e-4)
    assert found.omega_total == pytest.approx(expected["omega_total"], abs=1e-4)


@given(seed=st.integers(0, 10_000))
def test_a_known_hierarchy_is_recovered(seed):
    rng = np.random.default_rng(seed)
    member = np.kron(np.eye(3), np.ones((4, 1)))
    primary, second = rng.uniform(0.5, 0.8, 12), rng.uniform(0.5, 0.8, 3)
    general = primary * (member @ second)
    group = primary[:, None] * member * np.sqrt(1 - second**2)
    r = np.outer(general, general) + group @ group.T
    np.fill_diagonal(r, 1.0)
    found = omega_hierarchical(r, 3, rng=rng)
    np.testing.assert_allclose(found.general, general, atol=1e-5)
    assert found.omega_hierarchical == pytest.approx(general.sum() ** 2 / r.sum(), abs=1e-5)


def test_two_group_factors_share_the_general_one_equally(case):
    r = case("harman23").results("factorability")["R"]
    found = omega_hierarchical(r, 2, rng=np.random.default_rng(1))
    assert found.second_order[0] == found.second_order[1] > 0
    assert 0 < found.omega_hierarchical < found.omega_total < 1


def test_one_group_factor_is_refused(case):
    with pytest.raises(AnalysisError) as refused:
        omega_hierarchical(case("harman23").results("factorability")["R"], 1, rng=np.random.default_rng(1))
    assert refused.value.code == "too_few_factors"


def test_a_weighted_factor_with_equal_weights_is_the_unweighted_one(case):
    r = case("sim4c").results("factorability")["R"][:4, :4]
    plain = omega_total(r, method="minres")
    np.testing.assert_allclose(weighted_factor(r, np.full((4, 4), 3.0)), np.abs(plain.loadings), atol=1e-8)


def test_a_search_that_would_jump_to_and_fro_arrives():
    r = np.eye(5)
    r[np.tril_indices(5, -1)] = 0.2, 0.1, 0.0, 0.1, -0.1, -0.2, 0.2, -0.1, 0.1, -0.1
    r += np.tril(r, -1).T
    loadings = weighted_factor(r, np.ones((5, 5)))
    residual = r - np.outer(loadings, loadings)
    np.fill_diagonal(residual, 0)
    np.testing.assert_allclose(residual @ loadings, 0, atol=1e-9)


def test_items_without_a_common_factor_are_refused():
    r = np.eye(3)
    r[np.tril_indices(3, -1)] = 0.02, 0.3, 0.0
    with pytest.raises(AnalysisError, match="hardly correlate") as refused:
        weighted_factor(np.maximum(r, r.T), np.ones((3, 3)))
    assert refused.value.code == "no_convergence"


def test_fine_categories_make_categorical_omega_that_of_the_latent_answers():
    loadings = np.array([0.5, 0.6, 0.7, 0.8])
    r = np.outer(loadings, loadings)
    np.fill_diagonal(r, 1.0)
    fine = tuple(np.linspace(-4, 4, 161) for _ in loadings)
    latent = loadings.sum() ** 2 / r.sum()
    assert omega_categorical(loadings, fine, r) == pytest.approx(latent, abs=1e-3)
    coarse = tuple(np.array([1.0]) for _ in loadings)
    assert omega_categorical(loadings, coarse, r, denominator="implied") < latent - 0.1
