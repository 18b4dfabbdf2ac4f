"""Quadratic response surfaces in resamples of persons; it tests nothing."""

from dataclasses import dataclass

import numpy as np

from analysis.numeric.arrays import Floats, Integers
from analysis.numeric.resampled_regression import resampled_coefficients
from analysis.numeric.resampling import PersonResamples

# The coefficients of x, y, x², xy and y², then slope and curvature along x = y and along x = -y.
SURFACE_FEATURES = np.vstack([np.eye(5), [[1, 1, 0, 0, 0], [0, 0, 1, 1, 1], [1, -1, 0, 0, 0], [0, 0, 1, -1, 1]]])


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
    design = np.column_stack([x, y, x**2, x * y, y**2])
    if (design.std(0) == 0).any():
        return None
    found = resampled_coefficients(design, outcome, weights=weights, person=person, resamples=resamples)
    if np.isnan(found[0]).any():
        return None
    fitted = design @ found[0]
    residual = outcome - fitted - np.average(outcome - fitted, weights=weights)
    centred = outcome - np.average(outcome, weights=weights)
    total = float(weights @ centred**2)
    r_squared = 1 - float(weights @ residual**2) / total if total > 0 else 0.0
    return Surface(found @ SURFACE_FEATURES.T, r_squared)
