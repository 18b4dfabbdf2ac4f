"""Bootstrapped loadings: as wide as repeated samples of persons, aligned, and honest about failures."""

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.numeric.contingency import Contingency
from analysis.numeric.extraction import extract
from analysis.numeric.loading_intervals import loading_intervals
from analysis.numeric.moments import Moments
from analysis.numeric.polychoric import polychoric
from analysis.numeric.rotation import rotate

PATTERN = np.kron(np.eye(2), np.full((4, 1), 0.7))


def simulated(rng, persons=150, ratings=1):
    """Simulated answers of two correlated factors; a person's ratings are the same."""
    factors = rng.multivariate_normal([0, 0], [[1, 0.3], [0.3, 1]], persons)
    x = factors @ PATTERN.T + np.sqrt(0.51) * rng.normal(size=(persons, 8))
    return np.repeat(x, ratings, axis=0), np.repeat(np.arange(persons), ratings)


def solved(x, rng):
    return rotate(extract(Moments.of(x).correlation(), 2).loadings, "oblimin", rng=rng, starts=2)


def intervals(x, person, rng, resamples=150):
    solution = solved(x, rng)
    found = loading_intervals(
        lambda weights: Moments.of(x, weights).correlation(),
        person,
        solution,
        turned=lambda loadings: rotate(loadings, "oblimin", rng=rng, starts=1),
        rng=rng,
        resamples=resamples,
    )
    return solution, found


def test_errors_are_those_of_repeated_samples():
    rng = np.random.default_rng(1)
    solution, found = intervals(*simulated(rng), rng)
    again = np.stack([np.sort(np.abs(solved(simulated(rng)[0], rng).pattern), axis=1) for _ in range(100)])
    repeated = again.std(0)[:, 1].mean()
    salient = np.abs(solution.pattern) > 0.4
    assert salient.sum() == 8
    assert found.error[salient].mean() == pytest.approx(repeated, rel=0.35)
    assert np.all(found.low <= found.high)
    assert np.mean((found.low[salient] < 0.7) & (found.high[salient] > 0.7)) >= 0.75
    assert np.all(found.congruence > 0.95)
    assert found.phi_low[0, 1] < 0.3 < found.phi_high[0, 1]
    assert (found.resamples, found.failed) == (150, 0)


def test_repeating_a_persons_ratings_narrows_nothing():
    x, person = simulated(np.random.default_rng(2))
    _, once = intervals(x, person, np.random.default_rng(3), resamples=80)
    _, four_times = intervals(np.repeat(x, 4, axis=0), np.repeat(person, 4), np.random.default_rng(3), resamples=80)
    np.testing.assert_allclose(four_times.error, once.error, rtol=0.05)


def test_polychoric_solutions_are_resampled_too():
    rng = np.random.default_rng(4)
    x, person = simulated(rng)
    answers = np.digitize(x, [-1, 0, 1]).astype(float)

    def correlate(weights):
        return polychoric(Contingency.of(answers, weights)).correlation

    solution = rotate(extract(correlate(np.ones(150)), 2).loadings, "oblimin", rng=rng)
    found = loading_intervals(
        correlate,
        person,
        solution,
        turned=lambda loadings: rotate(loadings, "oblimin", rng=rng, starts=1),
        rng=rng,
        resamples=20,
    )
    assert np.all(found.error > 0)
    assert found.resamples == 20


def test_resamples_that_cannot_be_factored_are_counted_and_refused_where_none_is_left():
    rng = np.random.default_rng(5)
    x, person = simulated(rng)
    calls = []

    def sometimes(weights):
        calls.append(weights)
        if len(calls) % 2:
            raise AnalysisError("constant_item", "All answers are the same.")
        return Moments.of(x, weights).correlation()

    solution = solved(x, rng)
    found = loading_intervals(
        sometimes,
        person,
        solution,
        turned=lambda loadings: rotate(loadings, "oblimin", rng=rng, starts=1),
        rng=rng,
        resamples=10,
    )
    assert (found.resamples, found.failed) == (5, 5)
    with pytest.raises(AnalysisError) as refused:
        loading_intervals(
            sometimes,
            person,
            solution,
            turned=lambda loadings: rotate(loadings, "oblimin", rng=rng, starts=1),
            rng=rng,
            resamples=1,
        )
    assert refused.value.code == "unstable_solution"
