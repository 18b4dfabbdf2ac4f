"""How much each of several correlated predictors contributes to explaining an outcome; it claims no causes."""

import numpy as np

from analysis.numeric.arrays import Floats, Integers
from analysis.numeric.resampling import PersonResamples

# Predictors whose correlation matrix has a smaller eigenvalue than this determine each other.
_SMALLEST_EIGENVALUE = 1e-8


def relative_weights(correlation: Floats) -> Floats:
    """Divide the explained variance of the last variable among the others.

    Parameters
    ----------
    correlation : (..., p + 1, p + 1) array
        Correlations of p predictors and, last, the outcome.

    Returns
    -------
    (..., p) array
        Shares of the outcome's variance, not negative, summing to R²; NaN where predictors determine each other.

    References
    ----------
    Johnson (2000), doi:10.1207/S15327906MBR3501_1

    Notes
    -----
    With two predictors the same as the average over orderings (``relaimpo::calc.relimp(type = "lmg")``).
    """
    predictors, outcome = correlation[..., :-1, :-1], correlation[..., :-1, -1:]
    usable = np.asarray(np.isfinite(correlation).all((-1, -2)))
    filled = np.where(usable[..., None, None], predictors, np.eye(predictors.shape[-1]))
    eigenvalues, vectors = np.linalg.eigh(filled)
    usable &= eigenvalues[..., 0] > _SMALLEST_EIGENVALUE
    roots = np.sqrt(np.maximum(eigenvalues, _SMALLEST_EIGENVALUE))
    turned = vectors.swapaxes(-1, -2)
    # the orthogonal variables nearest to the predictors: their loadings, and their correlations with the outcome
    loadings = (vectors * roots[..., None, :]) @ turned
    own = (vectors / roots[..., None, :]) @ turned @ np.where(np.isfinite(outcome), outcome, 0.0)
    shares = (loadings**2 @ own**2)[..., 0]
    return np.where(usable[..., None], shares, np.nan)


def resampled_correlations(x: Floats, *, weights: Floats, person: Integers, resamples: PersonResamples) -> Floats:
    """Weighted correlations of columns, as they are and in each resample of persons.

    Parameters
    ----------
    x : (n, p) array
        Without gaps.
    weights : (n,) array
    person : (n,) array of int
    resamples : PersonResamples

    Returns
    -------
    (1 + resamples, p, p) array
        NaN where a column does not vary.
    """
    p = x.shape[1]
    # means near 0 keep the differences below exact
    columns = np.column_stack([np.ones(len(x)), x - x.mean(0)])
    products = (columns[:, :, None] * columns[:, None, :] * weights[:, None, None]).reshape(len(x), -1)
    sums = resamples.totals(products, person).reshape(-1, p + 1, p + 1)
    total = np.maximum(sums[:, :1, :1], np.finfo(float).tiny)
    means = sums[:, 0, 1:] / total[:, :, 0]
    covariance = sums[:, 1:, 1:] / total - means[:, :, None] * means[:, None, :]
    variance = np.einsum("bii->bi", covariance)
    spread = np.sqrt(np.where(variance > np.finfo(float).eps, variance, np.nan))
    return np.asarray(covariance / (spread[:, :, None] * spread[:, None, :]))
