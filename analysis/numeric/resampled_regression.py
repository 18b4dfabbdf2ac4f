"""Least squares in resamples of persons, so that intervals allow for several ratings by one person."""

import numpy as np

from analysis.numeric.arrays import Floats, Integers
from analysis.numeric.resampling import PersonResamples

# A design whose smallest eigenvalue is this share of its greatest cannot tell its columns apart.
_SMALLEST_SHARE = 1e-10


def resampled_coefficients(
    design: Floats, outcome: Floats, *, weights: Floats, person: Integers, resamples: PersonResamples
) -> Floats:
    """Fit least squares with an intercept, as the rows are and in every resample of persons.

    Parameters
    ----------
    design : (n, p) array
        Without a column of ones; a column that never varies has the coefficient 0.
    outcome, weights : (n,) arrays
    person : (n,) array of int
    resamples : PersonResamples

    Returns
    -------
    (1 + resamples, p) array
        NaN where the columns determine each other.

    Notes
    -----
    Equal to ``lm(outcome ~ design, weights = weights)`` to 8 digits.
    """
    varying = np.flatnonzero(design.std(0) > 0)
    p = len(varying)
    columns = np.column_stack([np.ones(len(outcome)), design[:, varying], outcome])
    products = (columns[:, :, None] * columns[:, None, :] * weights[:, None, None]).reshape(len(outcome), -1)
    sums = resamples.totals(products, person).reshape(-1, p + 2, p + 2)
    inside = sums[:, :-1, :-1]
    eigenvalues = np.linalg.eigvalsh(inside)
    solvable = eigenvalues[:, 0] > _SMALLEST_SHARE * eigenvalues[:, -1]
    coefficients = np.full((len(sums), design.shape[1]), np.nan)
    if solvable.any():
        solved = np.linalg.solve(inside[solvable], sums[solvable][:, :-1, -1:])[:, 1:, 0]
        coefficients[np.ix_(solvable, varying)] = solved
    coefficients[np.ix_(solvable, np.setdiff1d(np.arange(design.shape[1]), varying))] = 0.0
    return coefficients


def without_strata(columns: Floats, strata: Floats, *, weights: Floats) -> Floats:
    """Take from columns whatever strata explain of them.

    Parameters
    ----------
    columns : (n, c) array
    strata : (n, s) array
        Indicators, without a column of ones.
    weights : (n,) array

    Returns
    -------
    (n, c) array
        Residuals of weighted least squares with an intercept; regressions of one on another have the coefficients
        that they would have beside the strata (Frisch & Waugh 1933, doi:10.2307/1907330).
    """
    root = np.sqrt(weights)[:, None]
    design = np.column_stack([np.ones(len(strata)), strata])
    found = np.linalg.lstsq(design * root, columns * root, rcond=None)[0]
    return np.asarray(columns - design @ found)
