import numpy as np
import pytest
from scipy import stats

from analysis.numeric.incomplete import normal_estimate, present_means


def answers(n=150, p=6, share=0.3, seed=1):
    rng = np.random.default_rng(seed)
    root = np.eye(p) + 0.4 * rng.standard_normal((p, p))
    x = rng.standard_normal((n, p)) @ root + np.arange(p)
    x[rng.random((n, p)) < share] = np.nan
    return x, root.T @ root


def log_likelihood(x, means, covariance):
    total = 0.0
    for row in x:
        o = ~np.isnan(row)
        if o.any():
            total += stats.multivariate_normal.logpdf(row[o], means[o], covariance[np.ix_(o, o)])
    return total


def test_complete_answers_give_their_own_moments():
    x, _ = answers(share=0)
    found = normal_estimate(x)
    assert found.means == pytest.approx(x.mean(0))
    assert found.covariance == pytest.approx(np.cov(x.T, ddof=0), rel=1e-5)


def test_the_estimate_is_where_the_likelihood_is_greatest():
    x, _ = answers()
    found = normal_estimate(x, tolerance=1e-8)
    assert found.converged
    best = log_likelihood(x, found.means, found.covariance)
    rng = np.random.default_rng(2)
    for _ in range(10):
        step = 0.02 * rng.standard_normal((6, 6))
        covariance = found.covariance + (step + step.T) / 2
        assert log_likelihood(x, found.means, covariance) < best
        assert log_likelihood(x, found.means + 0.02 * rng.standard_normal(6), found.covariance) < best


def test_answers_missing_by_design_do_not_bias_it():
    # the second item is asked only of those who answered high on the first: its plain mean is far off
    rng = np.random.default_rng(3)
    x = rng.multivariate_normal([0, 0], [[1, 0.8], [0.8, 1]], 20_000)
    x[x[:, 0] < 0, 1] = np.nan
    found = normal_estimate(x, tolerance=1e-6)
    assert np.nanmean(x[:, 1]) > 0.6
    assert found.means[1] == pytest.approx(0, abs=0.03)
    assert found.covariance == pytest.approx(np.array([[1, 0.8], [0.8, 1]]), abs=0.05)


def test_it_is_positive_definite_where_pairwise_correlations_contradict_each_other():
    rng = np.random.default_rng(4)
    x = rng.standard_normal((60, 1)) + 0.2 * rng.standard_normal((60, 9))
    x[np.arange(9) % 3 == rng.integers(0, 3, 60)[:, None]] = np.nan
    assert np.linalg.eigvalsh(normal_estimate(x).covariance)[0] > 0


def test_a_row_without_answers_says_nothing():
    x, _ = answers()
    with_empty = np.concatenate([x, np.full((5, 6), np.nan)])
    assert normal_estimate(with_empty).covariance == pytest.approx(normal_estimate(x).covariance)


def test_means_of_what_is_present():
    x = np.array([[1.0, np.nan, np.nan], [3.0, 4.0, np.nan]])
    assert present_means(x, axis=0) == pytest.approx([2, 4, np.nan], nan_ok=True)
    assert present_means(x, axis=1) == pytest.approx([1, 3.5], nan_ok=True)
