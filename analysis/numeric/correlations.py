"""What every step needs of a correlation matrix: its inverse or a refusal; it never repairs one unasked."""

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotri

from analysis.errors import AnalysisError
from analysis.numeric.arrays import Floats

# A smallest eigenvalue below this leaves fewer than about six correct digits in the inverse.
SMALLEST_EIGENVALUE = 1e-10


def inverted(correlation: Floats) -> Floats:
    """Invert a positive definite correlation matrix.

    Parameters
    ----------
    correlation : (p, p) array
        Symmetric, unit diagonal.

    Returns
    -------
    (p, p) array

    Raises
    ------
    AnalysisError
        ``collinear_items`` when an item is determined by others, ``not_positive_definite`` when the
        matrix is no correlation matrix of any complete data. Both name the two columns most involved.

    Notes
    -----
    Equals ``solve`` of R to 1e-9.
    """
    triangle, failed = dpotrf(correlation, lower=1)
    if not failed:
        half, _ = dpotri(triangle, lower=1)
        # the smallest eigenvalue is greater than this; only where that does not settle it are eigenvalues needed
        if 1 / np.trace(half) > SMALLEST_EIGENVALUE:
            return np.asarray(half + half.T - np.diag(half.diagonal()))
    values, vectors = np.linalg.eigh(correlation)
    if values[0] < SMALLEST_EIGENVALUE:
        raise _refusal(float(values[0]), vectors[:, 0])
    return np.asarray((vectors / values) @ vectors.T)


def log_determinant(correlation: Floats) -> float:
    """Logarithm of the determinant of a positive definite correlation matrix.

    Parameters
    ----------
    correlation : (p, p) array
        Symmetric, unit diagonal.

    Returns
    -------
    float
        At most 0.

    Raises
    ------
    AnalysisError
        As ``inverted``.

    Notes
    -----
    Equals ``determinant(x)$modulus`` of R to 1e-9.
    """
    values = np.linalg.eigvalsh(correlation)
    if values[0] < SMALLEST_EIGENVALUE:
        inverted(correlation)  # refuses it by name
    return float(np.log(values).sum())


def _refusal(smallest: float, direction: Floats) -> AnalysisError:
    """Say which two columns carry the direction in which the matrix has no variance."""
    other, column = (int(i) for i in np.argsort(np.abs(direction))[-2:])
    numbers = {"column": column, "other_column": other, "smallest_eigenvalue": smallest}
    where = f"Items in columns {column + 1} and {other + 1} are involved most"
    if smallest < -SMALLEST_EIGENVALUE:
        return AnalysisError(
            "not_positive_definite",
            "The correlations contradict each other, as happens when each pair of items was answered by "
            f"different respondents. {where}. Collect more answers, drop an item, or ask for smoothing.",
            **numbers,
        )
    return AnalysisError(
        "collinear_items",
        f"An item can be computed from other items. {where}. Drop one of them.",
        **numbers,
    )


def squared_multiple_correlations(correlation: Floats) -> Floats:
    """Share of each item's variance that the other items explain.

    Parameters
    ----------
    correlation : (p, p) array
        Positive definite, unit diagonal.

    Returns
    -------
    (p,) array
        Between 0 and 1.

    Raises
    ------
    AnalysisError
        As ``inverted``.

    Notes
    -----
    Equals ``psych::smc`` to 1e-9.
    """
    return np.asarray(1 - 1 / np.diag(inverted(correlation)))


def smoothed(correlation: Floats, *, tolerance: float = 1e-12) -> Floats:
    """Nearest-in-spirit positive definite correlation matrix: lift the eigenvalues that are not positive.

    Parameters
    ----------
    correlation : (p, p) array
        Symmetric, unit diagonal.
    tolerance : float
        Eigenvalues below it become a hundred times as large as it.

    Returns
    -------
    (p, p) array
        The matrix itself when all its eigenvalues are positive.

    Notes
    -----
    The rule of ``psych::cor.smooth``: clip, rescale the eigenvalues to sum to p, rescale the diagonal to 1.
    """
    values, vectors = np.linalg.eigh(correlation)
    if values[0] >= np.finfo(float).eps:
        return correlation
    lifted = np.where(values < tolerance, 100 * tolerance, values)
    repaired = (vectors * (lifted * len(values) / lifted.sum())) @ vectors.T
    scale = np.sqrt(np.diag(repaired))
    repaired = repaired / np.outer(scale, scale)
    np.fill_diagonal(repaired, 1.0)
    return np.asarray((repaired + repaired.T) / 2)
