"""Covariances of answers with items missing by design, by maximum likelihood; it fills in no answers."""

from dataclasses import dataclass

import numpy as np

from analysis.numeric.arrays import Floats, Integers

_MOST_ITERATIONS = 500
# Added to the diagonal, in units of the items' variances, so that no pattern's covariance is singular.
_RIDGE = 1e-8


@dataclass(frozen=True, eq=False)
class NormalEstimate:
    """Means (p,) and covariance (p, p) at the maximum of the likelihood, and how many iterations led there."""

    means: Floats
    covariance: Floats
    iterations: int
    converged: bool


def normal_estimate(x: Floats, *, tolerance: float = 1e-4) -> NormalEstimate:
    """Estimate means and covariance of normal items from rows with missing answers, by the EM algorithm.

    Where each respondent is asked part of the items, correlations taken pair by pair come from different rows
    and contradict each other; these cannot, and they use every answer.

    Parameters
    ----------
    x : (n, p) array
        NaN where an answer is missing; every item varies.
    tolerance : float
        Stop when no standardised mean or covariance moves by more.

    Returns
    -------
    NormalEstimate
        Positive definite, divisor n.

    References
    ----------
    Dempster, Laird & Rubin (1977), doi:10.1111/j.2517-6161.1977.tb01600.x

    Notes
    -----
    At a tolerance of 1e-9 equals ``lavaan::lavCor(missing = "fiml")``.
    """
    location, scale = np.nanmean(x, axis=0), np.nanstd(x, axis=0)
    patterns = _Pattern.gathered((x - location) / scale)
    p = x.shape[1]
    means, covariance = np.zeros(p), np.eye(p)
    step, iterations = np.inf, 0
    while step > tolerance and iterations < _MOST_ITERATIONS:
        new_means, new_covariance = _expected_moments(patterns, means, covariance)
        step = max(float(np.abs(new_means - means).max()), float(np.abs(new_covariance - covariance).max()))
        means, covariance, iterations = new_means, new_covariance, iterations + 1
    return NormalEstimate(location + scale * means, covariance * np.outer(scale, scale), iterations, step <= tolerance)


@dataclass(frozen=True, eq=False)
class _Pattern:
    """Rows with the same items answered: which, how many rows, their sums and cross-products."""

    answered: Integers
    rows: int
    sums: Floats
    products: Floats

    @classmethod
    def gathered(cls, z: Floats) -> list["_Pattern"]:
        """Sum up the rows of each pattern; rows without any answer say nothing and are left out."""
        patterns, which = np.unique(~np.isnan(z), axis=0, return_inverse=True)
        found = []
        for i, answered in enumerate(patterns):
            rows = z[which.ravel() == i][:, answered]
            found.append(cls(np.flatnonzero(answered), len(rows), rows.sum(0), rows.T @ rows))
        return [pattern for pattern in found if pattern.answered.size]


def _expected_moments(patterns: list[_Pattern], means: Floats, covariance: Floats) -> tuple[Floats, Floats]:
    """One EM step: moments of the completed data, expected under the moments before."""
    p = len(means)
    sums, products = np.zeros(p), np.zeros((p, p))
    n = sum(pattern.rows for pattern in patterns)
    for pattern in patterns:
        o = pattern.answered
        m = np.setdiff1d(np.arange(p), o, assume_unique=True)
        on_answered = covariance[np.ix_(o, o)] + _RIDGE * np.eye(len(o))
        slopes = np.linalg.solve(on_answered, covariance[np.ix_(o, m)]).T
        # completed row = [x_o, a + slopes x_o]
        intercept = means[m] - slopes @ means[o]
        sums[o] += pattern.sums
        sums[m] += pattern.rows * intercept + slopes @ pattern.sums
        products[np.ix_(o, o)] += pattern.products
        across = np.outer(intercept, pattern.sums) + slopes @ pattern.products
        products[np.ix_(m, o)] += across
        products[np.ix_(o, m)] += across.T
        by_slope = slopes @ pattern.sums
        products[np.ix_(m, m)] += (
            pattern.rows * np.outer(intercept, intercept)
            + np.outer(intercept, by_slope)
            + np.outer(by_slope, intercept)
            + slopes @ pattern.products @ slopes.T
            + pattern.rows * (covariance[np.ix_(m, m)] - slopes @ covariance[np.ix_(o, m)])
        )
    new_means = sums / n
    return new_means, products / n - np.outer(new_means, new_means)
