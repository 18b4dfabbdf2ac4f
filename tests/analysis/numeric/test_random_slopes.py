from functools import partial

import numpy as np
import pytest

from analysis.numeric.ordinal_regression import fit_cumulative_logit
from analysis.numeric.random_slopes import fit_random_slopes
from analysis.numeric.regression import fit_linear


def slopes_study(seed, spread, n=2000, slopes=30, *, shared=0.0):
    """One fixed predictor and slopes of a common spread, each for its own part of the rows."""
    rng = np.random.default_rng(seed)
    part = rng.integers(0, slopes, n)
    x = rng.standard_normal(n)
    own = x[:, None] * (part[:, None] == np.arange(slopes))
    true = spread * rng.standard_normal(slopes)
    person = np.arange(n) // 2
    latent = 0.5 * x + own @ true + shared * rng.standard_normal(n)[person]
    return latent, np.column_stack([x, own]), true, person


@pytest.mark.parametrize("spread", [0.3, 0.8])
@pytest.mark.parametrize("ordinal", [False, True])
def test_the_spread_of_slopes_is_recovered_and_they_are_drawn_together(spread, ordinal):
    latent, x, true, person = slopes_study(1, spread)
    rng = np.random.default_rng(9)
    fit = (
        partial(fit_cumulative_logit, np.digitize(latent + rng.logistic(size=len(latent)), [-1, 0, 1]), x)
        if ordinal
        else partial(fit_linear, latent + rng.standard_normal(len(latent)), x)
    )
    found = fit_random_slopes(fit, np.array([0.01]), 30, person)
    assert np.sqrt(found.variance) == pytest.approx(true.std(), rel=0.35)
    # the first predictor takes what the slopes have in common
    drawn, free = (model.parameters[-30:] for model in (found.model, fit(np.full(31, 0.01))))
    missed, missed_freely = (((slopes - slopes.mean() - true + true.mean()) ** 2).mean() for slopes in (drawn, free))
    # slopes that differ much have little to gain
    assert missed < missed_freely * (0.9 if spread == 0.3 else 1.25)


def test_slopes_that_do_not_differ_are_taken_for_nearly_equal():
    latent, x, _, person = slopes_study(2, 0.0)
    y = latent + np.random.default_rng(3).standard_normal(len(latent))
    found = fit_random_slopes(partial(fit_linear, y, x), np.array([0.01]), 30, person)
    assert np.sqrt(found.variance) < 0.1
    assert np.abs(found.model.parameters[-30:]).max() < 0.1


def test_without_slopes_the_model_is_the_fixed_one():
    latent, x, _, person = slopes_study(4, 0.0)
    found = fit_random_slopes(partial(fit_linear, latent, x[:, :1]), np.array([0.0]), 0, person)
    assert found.variance == 0
    assert found.model.parameters[1] == pytest.approx(fit_linear(latent, x[:, :1]).parameters[1])
