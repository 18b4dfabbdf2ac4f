"""Response surfaces are least squares, their features are those of the polynomial, and few values give none."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.numeric.resampling import PersonResamples
from analysis.numeric.surfaces import quadratic_surface


def fitted(seed=1, n=4000, noise=0.5, values=None):
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(n // 2), 2)
    x, y = (rng.choice(values, n) if values is not None else rng.uniform(-2, 2, n) for _ in "xy")
    outcome = 3 + 0.4 * x - 0.2 * y - 0.3 * x**2 + 0.6 * x * y - 0.3 * y**2
    outcome = outcome + noise * (rng.standard_normal(n // 2)[person] + rng.standard_normal(n))
    weights = rng.uniform(0.5, 2, n // 2)[person]
    resamples = PersonResamples.drawn(n // 2, 200, rng=rng)
    return (x, y, outcome, weights), quadratic_surface(
        x, y, outcome, weights=weights, person=person, resamples=resamples
    )


def test_coefficients_are_those_of_weighted_least_squares():
    (x, y, outcome, weights), surface = fitted()
    design = np.column_stack([np.ones_like(x), x, y, x**2, x * y, y**2]) * np.sqrt(weights)[:, None]
    expected = np.linalg.lstsq(design, outcome * np.sqrt(weights), rcond=None)[0]
    np.testing.assert_allclose(surface.features[0, :5], expected[1:], rtol=1e-8)


def test_a_fit_ridge_is_seen_across_and_not_along_agreement():
    surface = fitted()[1]
    low, high = np.quantile(surface.features[1:], [0.025, 0.975], axis=0)
    truth = np.array([0.4, -0.2, -0.3, 0.6, -0.3, 0.2, 0.0, 0.6, -1.2])
    np.testing.assert_allclose(surface.features[0], truth, atol=0.06)
    assert high[8] < -1
    assert low[6] < 0 < high[6]
    assert 0.5 < surface.r_squared < 0.95


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    truth = np.array([0.4, -0.2, -0.3, 0.6, -0.3, 0.2, 0.0, 0.6, -1.2])
    inside = []
    for seed in range(40):
        resampled = fitted(seed, n=600)[1].features[1:]
        low, high = np.quantile(resampled, [0.025, 0.975], axis=0)
        inside.append((low <= truth) & (truth <= high))
    assert 0.88 < np.mean(inside) <= 1


@pytest.mark.parametrize("values", [[0.0], [-1.0, 1.0]])
def test_too_few_different_values_give_no_surface(values):
    assert fitted(values=values)[1] is None
