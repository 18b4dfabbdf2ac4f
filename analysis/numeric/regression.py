"""Least squares with errors that allow for several ratings by one person, and false-discovery rates."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from analysis.numeric.arrays import Floats, Integers


@dataclass(frozen=True)
class Coefficient:
    """One regression coefficient: its value, standard error, 95 % interval and p-value."""

    value: float
    error: float
    low: float
    high: float
    p_value: float


def clustered_coefficient(outcome: Floats, predictors: Floats, cluster: Integers, *, column: int) -> Coefficient | None:
    """Estimate one coefficient of a linear regression by least squares.

    Parameters
    ----------
    outcome : (n,) array
    predictors : (n, q) array
        With a column of ones; columns that others determine are left out of the fit's freedom, not refused.
    cluster : (n,) array of int
        Rows that may depend on each other carry the same number.
    column : int
        The predictor whose coefficient is wanted.

    Returns
    -------
    Coefficient or None
        None when the other predictors determine this one, or when there are no more clusters than predictors.

    References
    ----------
    Liang & Zeger (1986), doi:10.1093/biomet/73.1.13

    Notes
    -----
    Equals ``sandwich::vcovCL(type = "HC1")`` with t quantiles of (clusters - 1) degrees of freedom.
    """
    own = predictors[:, column]
    others = np.delete(predictors, column, axis=1)
    distinct = own - others @ np.linalg.lstsq(others, own)[0]
    rank = int(np.linalg.matrix_rank(others)) + 1
    groups, number = np.unique(cluster, return_inverse=True)
    if distinct @ distinct < 1e-9 * max(float(own @ own), 1e-12) or len(groups) <= rank:
        return None
    value = float(distinct @ outcome / (distinct @ distinct))
    residuals = outcome - predictors @ np.linalg.lstsq(predictors, outcome)[0]
    scores = np.bincount(number, weights=distinct * residuals)
    n, g = len(outcome), len(groups)
    error = float(np.sqrt(scores @ scores * g / (g - 1) * (n - 1) / (n - rank)) / (distinct @ distinct))
    if error == 0:
        return None
    half = float(stats.t.ppf(0.975, g - 1)) * error
    return Coefficient(value, error, value - half, value + half, float(2 * stats.t.sf(abs(value) / error, g - 1)))


def false_discovery_rates(p_values: Floats) -> Floats:
    """Smallest false-discovery rate at which each of several findings would be made.

    Parameters
    ----------
    p_values : (m,) array
        NaN for what was not tested.

    Returns
    -------
    (m,) array
        NaN where p is.

    References
    ----------
    Benjamini & Hochberg (1995), doi:10.1111/j.2517-6161.1995.tb02031.x

    Notes
    -----
    Equals ``p.adjust(method = "BH")`` of R.
    """
    tested = np.flatnonzero(~np.isnan(p_values))
    rates = np.full(len(p_values), np.nan)
    if not tested.size:
        return rates
    order = tested[np.argsort(p_values[tested], kind="stable")]
    scaled = p_values[order] * len(order) / np.arange(1, len(order) + 1)
    rates[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return rates
