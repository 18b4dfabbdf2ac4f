"""Least squares with errors that allow for several ratings by one person, and false-discovery rates."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from analysis.numeric.arrays import Floats, Integers

# A column of which covariates leave less than this share has no coefficient of its own; below the other is rounding.
_DETERMINED = 1e-9
_RANK = 1e-10


@dataclass(frozen=True, eq=False)
class Contrasts:
    """Regression coefficients (k,): value, standard error, degrees of freedom of its t distribution, 95 % interval.

    NaN where there is no such coefficient, or nothing to tell its error from.
    """

    value: Floats
    error: Floats
    freedom: Floats
    low: Floats
    high: Floats


def clustered_contrasts(
    outcome: Floats, columns: Floats, covariates: Floats, cluster: Integers, *, intercept: bool = True
) -> Contrasts:
    """Estimate the coefficient of each of several predictors by least squares, one at a time beside the covariates.

    Parameters
    ----------
    outcome : (n,) array
    columns : (n, k) array
        Each stands in a regression of its own.
    covariates : (n, c) array
        Stand in all of them; columns that others determine are left out of the fit's freedom, not refused.
    cluster : (n,) array of int
        Rows that may depend on each other carry the same number.
    intercept : bool
        Whether a column of ones is among the covariates.

    Returns
    -------
    Contrasts

    Notes
    -----
    Errors are those of ``sandwich::vcovCL`` with each cluster's residuals divided by the root of 1 less its leverage on
    the contrast (as CR2 does for designs of one column) and squares multiplied by n over n less the covariates; t has
    as many degrees of freedom as equal clusters would carry the contrast, less one, so that a small group is not taken
    for a large one.

    References
    ----------
    Bell & McCaffrey (2002), Survey Methodology 28(2), 169-181; Carter, Schnepel & Steigerwald (2017),
    doi:10.1162/REST_a_00639
    """
    ones = [np.ones((len(outcome), 1))] if intercept else []
    basis = _orthonormal(np.column_stack([*ones, covariates]))
    own, rest = (part - basis @ (basis.T @ part) for part in (columns, outcome))
    size = (own**2).sum(0)
    there = size > _DETERMINED * (columns**2).sum(0)
    own, size = np.where(there, own, 0.0), np.where(there, size, 1.0)
    value = rest @ own / size
    leverage = summed_by(cluster, own**2) / size
    scores = summed_by(cluster, own * (rest[:, None] - own * value)) / np.sqrt(np.maximum(1 - leverage, _RANK))
    left = max(len(outcome) - basis.shape[1], 1)
    error = np.sqrt((scores**2).sum(0) * len(outcome) / left) / size
    known = there & (error > _RANK * np.maximum(np.abs(value), 1.0))
    value, error = np.where(known, value, np.nan), np.where(known, error, np.nan)
    freedom = np.maximum(1 / np.where(there, (leverage**2).sum(0), 1.0) - 1, 1.0)
    half = stats.t.ppf(0.975, freedom) * error
    return Contrasts(value, error, freedom, value - half, value + half)


def summed_by(cluster: Integers, values: Floats) -> Floats:
    """Sum the rows of each cluster.

    Parameters
    ----------
    cluster : (n,) array of int
    values : (n, k) array

    Returns
    -------
    (clusters, k) array
        In the order of the clusters' numbers, those that occur only.
    """
    number = np.unique(cluster, return_inverse=True)[1]
    return np.stack([np.bincount(number, weights=column) for column in values.T], axis=1)


def _orthonormal(columns: Floats) -> Floats:
    """Orthonormal columns that span the same space."""
    if not columns.shape[1]:
        return columns
    left, singular, _ = np.linalg.svd(columns, full_matrices=False)
    return np.asarray(left[:, singular > _RANK * singular.max(initial=0.0)])


def minimum_effect_p(contrasts: Contrasts, *, least: float) -> Floats:
    """Two-sided p-values against differences of at most `least` either way.

    Parameters
    ----------
    contrasts : Contrasts
    least : float
        Not negative; 0 gives the usual test.

    Returns
    -------
    (k,) array
        The chance of an estimate at least as far out if the difference is just `least`.

    Notes
    -----
    Checked by its level: simulated differences of just the least are found in 5 % of studies.

    References
    ----------
    Murphy & Myors (1999), doi:10.1037/0021-9010.84.2.234
    """
    size = np.abs(contrasts.value)
    tails = (stats.t.sf((size + sign * least) / contrasts.error, contrasts.freedom) for sign in (-1, 1))
    return np.asarray(np.minimum(sum(tails), 1.0))


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


@dataclass(frozen=True, eq=False)
class LinearModel:
    """A linear regression with ridge penalties, its errors taken as normal with their residual variance.

    ``parameters`` (1 + q,) are the intercept, which is ``n_leading``, and the coefficients; ``information``
    (1 + q, 1 + q) and ``gradients`` (n, 1 + q) are those of the log-likelihood, the penalties in the information only.
    """

    parameters: Floats
    n_leading: int
    variance: float
    information: Floats
    gradients: Floats
    design: Floats

    @property
    def residual_sd(self) -> float:
        """Standard deviation of the errors."""
        return float(np.sqrt(self.variance))

    def row_information(self, directions: Floats) -> Floats:
        """Each row's part of the information along directions (1 + q, t) of the parameters, (n, t).

        Parameters
        ----------
        directions : (1 + q, t) array
            Of the parameters.

        Returns
        -------
        (n, t) array
        """
        return np.asarray((self.design @ directions) ** 2 / self.variance)


def fit_linear(outcome: Floats, predictors: Floats, penalty: Floats | None = None) -> LinearModel:
    """Fit a linear regression by penalised least squares.

    Parameters
    ----------
    outcome : (n,) array
    predictors : (n, q) array
        Without a column of ones; where columns determine each other the shortest solution is taken.
    penalty : (q,) array, optional
        Ridge penalties on the scale of the log-likelihood: prior precisions of the coefficients.

    Returns
    -------
    LinearModel

    Notes
    -----
    Without penalties the coefficients are those of ``stats::lm``, and the variance divides by what freedom is left.
    """
    design = np.column_stack([np.ones(len(outcome)), predictors])
    ridge = np.concatenate([[0.0], np.zeros(predictors.shape[1]) if penalty is None else penalty])
    squares = design.T @ design
    freedom = max(len(outcome) - int(np.linalg.matrix_rank(squares, hermitian=True)), 1)
    residuals = outcome - design @ np.linalg.lstsq(design, outcome)[0]
    variance = max(float(residuals @ residuals) / freedom, float(np.finfo(float).tiny))
    information = squares / variance + np.diag(ridge)
    parameters = np.asarray(
        np.linalg.lstsq(information, design.T @ outcome / variance, rcond=1e-12)[0], dtype=np.float64
    )
    gradients = design * ((outcome - design @ parameters) / variance)[:, None]
    return LinearModel(parameters, 1, variance, information, gradients, design)
