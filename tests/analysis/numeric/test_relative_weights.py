"""Relative weights add up to R², equal the average over orderings of two, and are shared among twins."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.numeric.relative_weights import relative_weights, resampled_correlations
from analysis.numeric.resampling import PersonResamples


def correlated(seed, p=4, n=500):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, p)) @ rng.normal(0.3, 1, (p, p))
    y = x @ rng.normal(size=p) + rng.standard_normal(n) * 3
    return np.column_stack([x, y])


def r_squared(correlation, columns):
    inside = correlation[np.ix_(columns, columns)]
    outcome = correlation[columns, -1]
    return float(outcome @ np.linalg.solve(inside, outcome)) if columns else 0.0


@given(st.integers(0, 10_000))
def test_weights_are_not_negative_and_add_up_to_r_squared(seed):
    correlation = np.corrcoef(correlated(seed), rowvar=False)
    shares = relative_weights(correlation)
    assert (shares >= 0).all()
    assert shares.sum() == pytest.approx(r_squared(correlation, [0, 1, 2, 3]), abs=1e-9)


@given(st.integers(0, 10_000))
def test_two_predictors_get_their_average_over_orderings(seed):
    correlation = np.corrcoef(correlated(seed, p=2), rowvar=False)
    whole = r_squared(correlation, [0, 1])
    first = (r_squared(correlation, [0]) + whole - r_squared(correlation, [1])) / 2
    np.testing.assert_allclose(relative_weights(correlation), [first, whole - first], atol=1e-9)


def test_unrelated_predictors_have_their_squared_correlations():
    correlation = np.eye(4)
    correlation[:3, 3] = correlation[3, :3] = [0.5, -0.3, 0.1]
    np.testing.assert_allclose(relative_weights(correlation), [0.25, 0.09, 0.01], atol=1e-12)


def test_predictors_that_determine_each_other_have_no_weights():
    correlation = np.ones((3, 3))
    assert np.isnan(relative_weights(correlation)).all()


def test_correlations_are_those_of_the_weighted_rows_and_resamples_vary():
    table = correlated(3)
    rng = np.random.default_rng(1)
    weights = rng.integers(1, 4, 250).astype(float)
    person = np.repeat(np.arange(250), 2)
    resamples = PersonResamples.drawn(250, 30, rng=rng)
    found = resampled_correlations(table, weights=weights[person], person=person, resamples=resamples)
    repeated = np.repeat(table, weights[person].astype(int), axis=0)
    np.testing.assert_allclose(found[0], np.corrcoef(repeated, rowvar=False), atol=1e-12)
    once = np.repeat(table, (weights * resamples.counts[4])[person].astype(int), axis=0)
    np.testing.assert_allclose(found[5], np.corrcoef(once, rowvar=False), atol=1e-10)


def test_a_column_that_does_not_vary_has_no_correlations():
    table = correlated(3)
    table[:, 1] = 4.0
    resamples = PersonResamples.drawn(500, 3, rng=np.random.default_rng(1))
    found = resampled_correlations(table, weights=np.ones(500), person=np.arange(500), resamples=resamples)
    assert np.isnan(found[:, 1]).all()
    assert np.isnan(relative_weights(found)).all()
