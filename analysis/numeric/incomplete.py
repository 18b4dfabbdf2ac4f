"""Covariances of answers with items missing by design, by maximum likelihood; it fills in no answers."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from analysis.numeric.arrays import Floats
from analysis.numeric.patterns import rows_by_pattern

_MOST_ITERATIONS = 500
# Added to the diagonal, in units of the items' variances, so that no pattern's covariance is singular.
_RIDGE = 1e-8


def present_means(values: Floats, *, axis: int) -> Floats:
    """Means of what is present, NaN where nothing is; unlike ``numpy.nanmean`` without a warning.

    Parameters
    ----------
    values : (n, c) array
        NaN where missing.
    axis : int
        Over rows (0) or columns (1).

    Returns
    -------
    (c,) or (n,) array
        One mean per column or row.
    """
    there = ~np.isnan(values)
    n = there.sum(axis)
    sums = np.where(there, values, 0.0).sum(axis)
    return np.asarray(np.divide(sums, n, out=np.full(sums.shape, np.nan), where=n > 0))


@dataclass(frozen=True, eq=False)
class NormalEstimate:
    """Means (p,) and covariance (p, p) at the maximum of the likelihood, and how many iterations led there."""

    means: Floats
    covariance: Floats
    iterations: int
    converged: bool


def normal_estimate(
    x: Floats, *, tolerance: float = 1e-4, weights: Floats | None = None, start: NormalEstimate | None = None
) -> NormalEstimate:
    """Estimate means and covariance of normal items from rows with missing answers, by the EM algorithm.

    Where each respondent is asked part of the items, correlations taken pair by pair come from different rows
    and contradict each other; these cannot, and they use every answer.

    Parameters
    ----------
    x : (n, p) array
        NaN where an answer is missing; every item varies.
    tolerance : float
        Stop when no standardised mean or covariance moves by more.
    weights : (n,) array, optional
        How often each row counts, 0 or more.
    start : NormalEstimate, optional
        Of similar rows, whose estimate is near; by default uncorrelated items.

    Returns
    -------
    NormalEstimate
        Positive definite, divisor n (the sum of the weights).

    References
    ----------
    Dempster, Laird & Rubin (1977), doi:10.1111/j.2517-6161.1977.tb01600.x

    Notes
    -----
    At a tolerance of 1e-9 equals ``lavaan::lavCor(missing = "fiml")``.
    """
    location, scale = np.nanmean(x, axis=0), np.nanstd(x, axis=0)
    patterns = _Patterns.gathered((x - location) / scale, np.ones(len(x)) if weights is None else weights)
    means, covariance = np.zeros(x.shape[1]), np.eye(x.shape[1])
    if start is not None:
        means, covariance = (start.means - location) / scale, start.covariance / np.outer(scale, scale)
    step, iterations = np.inf, 0
    while step > tolerance and iterations < _MOST_ITERATIONS:
        new_means, new_covariance = _expected_moments(patterns, means, covariance)
        step = max(float(np.abs(new_means - means).max()), float(np.abs(new_covariance - covariance).max()))
        means, covariance, iterations = new_means, new_covariance, iterations + 1
    return NormalEstimate(location + scale * means, covariance * np.outer(scale, scale), iterations, step <= tolerance)


@dataclass(frozen=True, eq=False)
class _Patterns:
    """Rows gathered by which items they answered: ``answered`` (m, p) is 1 or 0, ``rows`` (m,) sums their weights.

    ``sums`` (m, p) and ``products`` (m, p, p) are those of the answers, 0 where an item was not answered.
    """

    answered: Floats
    rows: Floats
    sums: Floats
    products: Floats

    @classmethod
    def gathered(cls, z: Floats, weights: Floats) -> Self:
        """Sum up the rows of each pattern; rows without any answer or weight say nothing and are left out."""
        kept = ~np.isnan(z).all(1) & (weights > 0)
        filled, weights = np.nan_to_num(z[kept]), weights[kept]
        gathered = list(rows_by_pattern(~np.isnan(z[kept])))
        groups = [(filled[rows], weights[rows, None]) for _, rows in gathered]
        return cls(
            np.array([pattern for pattern, _ in gathered], dtype=float),
            np.array([float(weight.sum()) for _, weight in groups]),
            np.stack([(group * weight).sum(0) for group, weight in groups]),
            np.stack([group.T @ (group * weight) for group, weight in groups]),
        )


def _expected_moments(patterns: _Patterns, means: Floats, covariance: Floats) -> tuple[Floats, Floats]:
    """One EM step: moments of the completed rows, expected under the moments before.

    A completed row is ``intercept + filling @ answers``; the filling leaves answered items as they are.
    """
    answered = patterns.answered
    both = answered[:, :, None] * answered[:, None, :]
    own = np.eye(len(means)) * (1 + _RIDGE - answered[:, None, :])
    filling = (covariance * answered[:, None, :]) @ np.linalg.inv(covariance * both + own)
    intercept = means - filling @ means
    filled = (filling @ patterns.sums[..., None])[..., 0]
    rows = patterns.rows[:, None]
    across = intercept[:, :, None] * filled[:, None, :]
    unexplained = covariance - filling @ (covariance * answered[:, :, None])
    products = (
        filling @ patterns.products @ filling.transpose(0, 2, 1)
        + across
        + across.transpose(0, 2, 1)
        + rows[..., None] * (intercept[:, :, None] * intercept[:, None, :] + unexplained)
    )
    n = float(patterns.rows.sum())
    new_means = (rows * intercept + filled).sum(0) / n
    return new_means, products.sum(0) / n - np.outer(new_means, new_means)
