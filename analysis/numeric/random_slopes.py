"""Regression with many like slopes drawn towards 0 together, as strongly as the data ask for; it tests nothing."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar

from analysis.numeric.arrays import Floats, Integers
from analysis.numeric.score_tests import FittedModel

# Slopes never are taken for exactly equal: their standard deviation is at least this, in units of the coefficients.
_LEAST_SD, _MOST_SD = 0.02, 5.0
_ROUNDS = 3

Fit = Callable[[Floats], FittedModel]


@dataclass(frozen=True, eq=False)
class RandomSlopes:
    """A model whose last coefficients have a common normal prior: its fit, and the prior's variance."""

    model: FittedModel
    variance: float
    penalty: Floats


def fit_random_slopes(fit: Fit, fixed: Floats, n_slopes: int, cluster: Integers) -> RandomSlopes:
    """Fit a model with normal random slopes by penalised quasi-likelihood, empirical Bayes.

    Parameters
    ----------
    fit : callable
        Fits the model for penalties (q,), those of the slopes last.
    fixed : (q - n_slopes,) array
        Penalties of the other coefficients.
    n_slopes : int
    cluster : (n,) array of int
        Rows that depend on each other: what they add to the slopes' spread is not taken for differing slopes.

    Returns
    -------
    RandomSlopes

    Notes
    -----
    The method of ``MASS::glmmPQL``, which no reference case covers; checked by recovery of simulated spreads.

    References
    ----------
    Breslow & Clayton (1993), doi:10.1080/01621459.1993.10594284
    """
    number = np.unique(cluster, return_inverse=True)[1]
    variance = _LEAST_SD**2
    for _ in range(_ROUNDS):
        penalty = np.concatenate([fixed, np.full(n_slopes, 1 / variance)])
        model = fit(penalty)
        updated = _slope_variance(model, n_slopes, variance, number)
        if abs(np.sqrt(updated) - np.sqrt(variance)) < _LEAST_SD / 2:
            break
        variance = updated
    return RandomSlopes(model, 1 / float(penalty[-1]) if n_slopes else 0.0, penalty)


def _slope_variance(model: FittedModel, n_slopes: int, variance: float, cluster: Integers) -> float:
    """Most likely variance of the slopes, given the scores that a fit leaves when they are 0."""
    if not n_slopes:
        return variance
    inverse = np.linalg.pinv(model.information, rcond=1e-12, hermitian=True)
    precision = np.linalg.inv(inverse[-n_slopes:, -n_slopes:])
    information = precision - np.eye(n_slopes) / variance
    scores = precision @ model.parameters[-n_slopes:]
    rows = model.gradients @ (inverse[:, -n_slopes:] @ precision)
    sums = np.stack([np.bincount(cluster, weights=column) for column in rows.T], axis=1)
    inflation = max(float((sums**2).sum() / np.trace(information)), 1.0)
    spread, axes = np.linalg.eigh((information + information.T) / 2)
    spread, along = np.maximum(spread, 0.0), axes.T @ scores

    def deviance(log_sd: float) -> float:
        expected = inflation * spread + np.exp(2 * log_sd) * spread**2
        there = expected > 1e-10 * max(float(expected.max()), 1e-10)
        return float(np.log(expected[there]).sum() + (along[there] ** 2 / expected[there]).sum())

    found = minimize_scalar(deviance, bounds=(np.log(_LEAST_SD), np.log(_MOST_SD)), method="bounded")
    return float(np.exp(2 * found.x))
