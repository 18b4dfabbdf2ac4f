"""Reliability: R's values, and what must not depend on how items are coded."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import AnalysisError
from analysis.numeric.moments import Moments
from analysis.numeric.reliability import (
    alpha,
    alpha_error,
    alpha_if_dropped,
    alpha_interval,
    average_variance_extracted,
    guttman,
    heterotrait_monotrait,
    item_rest_correlations,
    omega_total,
)

SCALES = [
    ("sim4c", "f1"),
    ("sim4c", "f2"),
    ("sim4c", "f3"),
    ("hs1939", "visual"),
    ("hs1939", "textual"),
    ("hs1939", "speed"),
    ("conspiracy15", "first5"),
]


@pytest.fixture(params=SCALES, ids="-".join)
def scale(request, case):
    """Complete rows of a scale's items, and R's results."""
    name, key = request.param
    expected = case(name).results("reliability")[key]
    x = case(name).columns(expected["items"])
    return Moments.of(x[~np.isnan(x).any(1)]), expected


def test_alpha_equals_r(scale):
    moments, expected = scale
    raw = alpha(moments.covariance())
    assert raw == pytest.approx(expected["psych_alpha_total"]["raw_alpha"], abs=1e-9)
    assert alpha(moments.correlation()) == pytest.approx(expected["psych_alpha_total"]["std.alpha"], abs=1e-9)
    low, high = alpha_interval(raw, moments.rows, expected["k"])
    assert low == pytest.approx(expected["feldt_95"]["lower"], abs=1e-9)
    assert high == pytest.approx(expected["feldt_95"]["upper"], abs=1e-9)


def test_error_bounds_and_extracted_variance_equal_r(scale):
    moments, expected = scale
    assert alpha_error(moments.covariance(), moments.rows) == pytest.approx(expected["duhachek_ase"], abs=1e-9)
    bounds = guttman(moments.correlation())
    for name, value in expected["guttman"].items():
        assert getattr(bounds, name) == pytest.approx(value, abs=1e-9)
    extracted = average_variance_extracted(omega_total(moments.covariance()))
    assert extracted == pytest.approx(expected["AVE"], abs=1e-5)


def test_item_statistics_equal_r(scale):
    moments, expected = scale
    dropped = expected["alpha_if_dropped"]["table"]["raw_alpha"]
    np.testing.assert_allclose(alpha_if_dropped(moments.covariance()), dropped, atol=1e-9)
    rest = expected["item_stats"]["table"]["r.drop"]
    np.testing.assert_allclose(item_rest_correlations(moments.covariance()), rest, atol=1e-9)


def test_omega_equals_r(scale):
    moments, expected = scale
    covariance = moments.covariance()
    implied, observed = omega_total(covariance), omega_total(covariance, denominator="observed")
    assert implied.total == pytest.approx(expected["cfa_omega_ML"]["omega"], abs=1e-5)
    assert implied.total == pytest.approx(expected["semTools_compRelSEM_obs_var_false"], abs=1e-5)
    assert observed.total == pytest.approx(expected["semTools_compRelSEM_omega"], abs=1e-5)
    # lavaan divides by n, we by n - 1
    n = moments.rows
    np.testing.assert_allclose(
        np.abs(implied.loadings) * np.sqrt((n - 1) / n), np.abs(expected["cfa_omega_ML"]["loadings"]), atol=1e-4
    )
    np.testing.assert_allclose(
        implied.uniquenesses * (n - 1) / n, expected["cfa_omega_ML"]["residual_variances"], atol=1e-4
    )


def test_omega_of_standardised_items_equals_psych(scale):
    moments, expected = scale
    found = omega_total(moments.correlation(), method="minres")
    # psych: 1 - sum of uniquenesses / sum of correlations
    ours = 1 - found.uniquenesses.sum() / moments.correlation().sum()
    assert ours == pytest.approx(expected["omega_nf1"]["omega_total"], abs=2e-3)


@given(seed=st.integers(0, 10_000), shifts=st.lists(st.integers(-1000, 1000), min_size=4, max_size=4))
def test_alpha_does_not_change_when_items_are_shifted(seed, shifts):
    rng = np.random.default_rng(seed)
    x = np.rint(3 + rng.normal(size=(50, 1)) + rng.normal(size=(50, 4)))
    plain, shifted = Moments.of(x).covariance(), Moments.of(x + np.array(shifts)).covariance()
    assert alpha(plain) == pytest.approx(alpha(shifted), abs=1e-10)
    np.testing.assert_allclose(item_rest_correlations(plain), item_rest_correlations(shifted), atol=1e-10)


@given(seed=st.integers(0, 10_000))
def test_omega_does_not_change_with_the_unit_and_equals_alpha_for_equal_items(seed):
    rng = np.random.default_rng(seed)
    p, r = int(rng.integers(3, 8)), rng.uniform(0.1, 0.8)
    covariance = rng.uniform(0.5, 9) * ((1 - r) * np.eye(p) + r)
    assert omega_total(covariance).total == pytest.approx(alpha(covariance), abs=1e-7)
    unequal = np.outer(d := rng.uniform(0.4, 0.9, p), d) + np.diag(rng.uniform(0.2, 1, p))
    assert omega_total(7 * unequal).total == pytest.approx(omega_total(unequal).total, abs=1e-9)
    assert omega_total(unequal).total == pytest.approx(d.sum() ** 2 / unequal.sum(), abs=1e-6)
    assert omega_total(unequal).total >= alpha(unequal) - 1e-7


@pytest.mark.parametrize(
    ("covariance", "code"),
    [(np.eye(1), "too_few_items"), (np.array([[1.0, -1.0], [-1.0, 1.0]]), "no_total_variance")],
)
def test_sums_without_alpha_are_refused(covariance, code):
    with pytest.raises(AnalysisError) as refused:
        alpha(covariance)
    assert refused.value.code == code


def test_two_items_have_no_omega():
    with pytest.raises(AnalysisError) as refused:
        omega_total(np.array([[1.0, 0.5], [0.5, 1.0]]))
    assert refused.value.code == "too_many_factors"


def test_guttmans_third_bound_is_alpha_and_the_second_is_not_below_it():
    x = np.random.default_rng(3).normal(size=(60, 5)) * np.arange(1, 6) + np.random.default_rng(4).normal(size=(60, 1))
    bounds = guttman(Moments.of(x).covariance())
    assert bounds.lambda3 == alpha(Moments.of(x).covariance())
    assert bounds.lambda1 < bounds.lambda3 <= bounds.lambda2


def test_ratio_of_correlations_between_scales_to_those_within():
    r = np.full((5, 5), 0.3)
    r[:2, :2], r[2:, 2:] = 0.6, -0.4
    np.fill_diagonal(r, 1.0)
    found = heterotrait_monotrait(r, np.array([0, 0, 1, 1, 1]))
    np.testing.assert_allclose(found, [[1, 0.3 / np.sqrt(0.24)], [0.3 / np.sqrt(0.24), 1]])
    with pytest.raises(AnalysisError) as refused:
        heterotrait_monotrait(r, np.array([0, 1, 1, 1, 1]))
    assert refused.value.code == "too_few_items"
