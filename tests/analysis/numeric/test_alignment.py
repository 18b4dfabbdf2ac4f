"""Alignment: it recovers simulated means and variances of groups although some items differ, and says which."""

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from analysis.errors import AnalysisError
from analysis.numeric.alignment import _Problem, align
from analysis.numeric.covariance import factor_model
from analysis.numeric.covariance_ml import NormalSample, fit_ml

ITEMS = 6


def truth(rng, groups=12, *, differing=2):
    """Means, standard deviations, loadings and intercepts of groups; `differing` items differ in a few groups."""
    means, scales = np.r_[0.0, rng.normal(scale=0.5, size=groups - 1)], np.r_[1.0, rng.uniform(0.7, 1.3, groups - 1)]
    loadings = np.tile(rng.uniform(0.6, 1.0, ITEMS), (groups, 1))
    intercepts = np.tile(rng.normal(size=ITEMS), (groups, 1))
    for item in range(differing):
        strange = rng.choice(groups, groups // 4, replace=False)
        intercepts[strange, item] += 0.8
        loadings[strange, item] -= 0.35
    return means, scales, loadings, intercepts


def test_exact_configural_solutions_give_the_truth_back():
    rng = np.random.default_rng(1)
    means, scales, loadings, intercepts = truth(rng)
    rows = np.full(len(means), 500)
    found = align(loadings * scales[:, None], intercepts + loadings * means[:, None], rows, rng=rng)
    np.testing.assert_allclose(found.means, means, atol=0.03)
    np.testing.assert_allclose(np.sqrt(found.variances), scales, atol=0.03)
    np.testing.assert_allclose(found.loadings[:, 2:], loadings[:, 2:], atol=0.03)
    assert found.intercept_r2[2:].min() > 0.98 > found.intercept_r2[:2].max()
    assert found.loading_r2[2:].min() > 0.98 > found.loading_r2[:2].max()
    assert found.share_at_best > 0.1


def test_simulated_answers_of_many_groups_give_the_order_of_means():
    rng = np.random.default_rng(2)
    means, scales, loadings, intercepts = truth(rng, 15)
    model = factor_model(np.ones((ITEMS, 1), dtype=bool), scaling="unit", means=True)
    estimates = []
    for group in range(15):
        factor = means[group] + scales[group] * rng.normal(size=800)
        x = intercepts[group] + factor[:, None] * loadings[group] + 0.6 * rng.normal(size=(800, ITEMS))
        fitted = fit_ml(model, [NormalSample.of(x)])
        values = model.values(fitted.x)
        estimates.append((values[model.loading_cells], values[model.intercept_cells]))
    found = align(*(np.array(part) for part in zip(*estimates, strict=True)), np.full(15, 800), rng=rng)
    assert np.corrcoef(found.means, means)[0, 1] > 0.98
    np.testing.assert_allclose(found.means, means, atol=0.2)
    plain = np.array([level.mean() for _, level in estimates])
    assert np.corrcoef(plain, means)[0, 1] < np.corrcoef(found.means, means)[0, 1]


def test_derivatives_are_exact():
    rng = np.random.default_rng(3)
    _, _, loadings, intercepts = truth(rng, 5)
    problem = _Problem(loadings, intercepts, rng.uniform(0.5, 1.5, 5))
    z = rng.normal(size=8)
    numerical = approx_fprime(z, lambda at: problem.loss(at)[0], 1e-7)
    np.testing.assert_allclose(problem.loss(z)[1], numerical, atol=1e-4)


def test_equal_seeds_give_equal_alignments_and_reflected_groups_the_same():
    rng = np.random.default_rng(4)
    _, _, loadings, intercepts = truth(rng, 6)
    rows = np.array([100, 200, 300, 400, 500, 600])
    one, two = (align(loadings, intercepts, rows, rng=np.random.default_rng(5)) for _ in range(2))
    assert one.means.tobytes() == two.means.tobytes()
    sign = np.array([1, -1, 1, 1, 1, 1])[:, None]
    reflected = align(loadings * sign, intercepts, rows, rng=np.random.default_rng(5))
    np.testing.assert_allclose(reflected.means, one.means, atol=1e-8)


def test_one_group_is_refused():
    with pytest.raises(AnalysisError) as refused:
        align(np.ones((1, 4)), np.zeros((1, 4)), np.array([100]), rng=np.random.default_rng(6))
    assert refused.value.code == "too_few_groups"
