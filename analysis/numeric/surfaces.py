"""Least squares with intercept in resamples of persons, for quadratic response surfaces; it tests nothing."""

from dataclasses import dataclass

import numpy as np

from analysis.numeric.arrays import Floats, Integers
from analysis.numeric.resampling import PersonResamples

# Rows of the result of ``quadratic_surface``: combinations of (intercept, x, y, x², xy, y²).
SURFACE_FEATURES = np.array(
    [
        [0, 1, 0, 0, 0, 0],
        [0, 0, 1, 0, 0, 0],
        [0, 0, 0, 1, 0, 0],
        [0, 0, 0, 0, 1, 0],
        [0, 0, 0, 0, 0, 1],
        [0, 1, 1, 0, 0, 0],
        [0, 0, 0, 1, 1, 1],
        [0, 1, -1, 0, 0, 0],
        [0, 0, 0, 1, -1, 1],
    ],
    dtype=float,
)
# A design whose smallest eigenvalue is this share of its greatest cannot tell its columns apart.
_SMALLEST_SHARE = 1e-10


@dataclass(frozen=True, eq=False)
class Surface:
    """``features`` (1 + resamples, 9): x, y, x², xy, y², then slope and curvature along x = y and along x = -y.

    The first row is of the data as they are; ``r_squared`` is too.
    """

    features: Floats
    r_squared: float


def quadratic_surface(
    x: Floats, y: Floats, outcome: Floats, *, weights: Floats, person: Integers, resamples: PersonResamples
) -> Surface | None:
    """Fit outcome = b0 + b1 x + b2 y + b3 x² + b4 xy + b5 y², as it is and in every resample.

    Parameters
    ----------
    x, y, outcome, weights : (n,) arrays
        Without gaps; x and y centred where agreement is to be looked at.
    person : (n,) array of int
    resamples : PersonResamples

    Returns
    -------
    Surface or None
        None where x and y take too few values for six coefficients.

    References
    ----------
    Edwards & Parry (1993), doi:10.2307/256822; Shanock et al. (2010), doi:10.1007/s10869-010-9183-4

    Notes
    -----
    Coefficients equal ``lm(outcome ~ x + y + I(x^2) + I(x*y) + I(y^2), weights = weights)`` to 8 digits.
    """
    design = np.column_stack([np.ones(len(x)), x, y, x**2, x * y, y**2])
    p = design.shape[1]
    columns = np.column_stack([design, outcome])
    products = (columns[:, :, None] * columns[:, None, :] * weights[:, None, None]).reshape(len(x), -1)
    sums = resamples.totals(products, person).reshape(-1, p + 1, p + 1)
    eigenvalues = np.linalg.eigvalsh(sums[:, :p, :p])
    solvable = eigenvalues[:, 0] > _SMALLEST_SHARE * eigenvalues[:, -1]
    if not solvable[0]:
        return None
    coefficients = np.full((len(sums), p), np.nan)
    coefficients[solvable] = np.linalg.solve(sums[solvable][:, :p, :p], sums[solvable][:, :p, p:])[..., 0]
    residual = outcome - design @ coefficients[0]
    centred = outcome - np.average(outcome, weights=weights)
    total = float(weights @ centred**2)
    r_squared = 1 - float(weights @ residual**2) / total if total > 0 else 0.0
    return Surface(coefficients @ SURFACE_FEATURES.T, r_squared)
