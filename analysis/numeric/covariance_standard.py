"""Standardised solutions of covariance models and their errors; it changes no fit."""

from collections.abc import Callable
from typing import Literal

import numpy as np

from analysis.numeric.arrays import Floats
from analysis.numeric.covariance import FIXED, CovarianceModel, Kind

Standard = Literal["all", "factors"]
_STEP = 1e-30


def standardised(model: CovarianceModel, x: Floats, *, standard: Standard = "all") -> Floats:
    """Express every cell in standard deviations of the variables it concerns.

    Parameters
    ----------
    model : CovarianceModel
    x : (q,) array
        Its parameters.
    standard : {"all", "factors"}
        Whether all variables have variance 1, or the factors only.

    Returns
    -------
    (c,) array
        Variances become shares of the variable's variance, covariances correlations (of residuals, where the
        variables are explained by others). NaN where a variance is not positive.

    Notes
    -----
    ``std.all`` and ``std.lv`` of ``lavaan::parameterEstimates``, to 1e-4, as near as lavaan's estimates come.
    """
    with np.errstate(invalid="ignore"):
        values = model.values(np.asarray(x))
        return np.asarray(values * standardising_factors(model, values, standard))


def standardised_errors(
    model: CovarianceModel,
    x: Floats,
    covariance: Floats,
    *,
    standard: Standard = "all",
    values_at: Callable[[Floats], Floats] | None = None,
) -> Floats:
    """Standard errors of ``standardised`` by the delta method.

    Parameters
    ----------
    model : CovarianceModel
    x : (q,) array
    covariance : (q, q) array
        Of the estimates.
    standard : {"all", "factors"}
    values_at : callable, optional
        Values (c,) of all cells at complex parameters (q,), where some follow from others
        (``WeightedLeastSquares.values_at``).

    Returns
    -------
    (c,) array
        0 where standardising leaves nothing that varies.

    Notes
    -----
    Those of ``lavaan::standardizedSolution``, to 1e-5 of themselves; derivatives by a complex step are exact.
    """
    values_at = values_at or model.values
    slopes = np.zeros((len(model.kind), len(x)))
    for parameter in range(len(x)):
        moved = np.asarray(x, dtype=complex)
        moved[parameter] += 1j * _STEP
        values = values_at(moved)
        slopes[:, parameter] = (values * standardising_factors(model, values, standard)).imag / _STEP
    return np.asarray(np.sqrt(np.maximum(np.einsum("ci,ij,cj->c", slopes, covariance, slopes), 0.0)))


def standardising_factors(model: CovarianceModel, values: Floats, standard: Standard = "all") -> Floats:
    """Find by what standardising multiplies each cell.

    Parameters
    ----------
    model : CovarianceModel
    values : (c,) array
        Of all cells, real or complex.
    standard : {"all", "factors"}

    Returns
    -------
    (c,) array
    """
    found = np.ones_like(values)
    left, right = model.left, model.right
    for group, cells in enumerate(model.by_group):
        total, own = np.diag(cells.implied(values).covariances), _own_variances(model, values, group)
        deviation, own_deviation = np.sqrt(total), np.sqrt(own)
        if standard == "factors":
            deviation, own_deviation = (_of_factors(model, size) for size in (deviation, own_deviation))
        here = model.group == group
        path = here & (model.kind == Kind.PATH)
        found[path] = deviation[right[path]] / deviation[left[path]]
        spread = here & (model.kind == Kind.COVARIANCE)
        variance, covariance = spread & (left == right), spread & (left != right)
        found[variance] = 1 / deviation[left[variance]] ** 2
        found[covariance] = 1 / (own_deviation[left[covariance]] * own_deviation[right[covariance]])
        level = here & ((model.kind == Kind.MEAN) | (model.kind == Kind.THRESHOLD))
        found[level] = 1 / deviation[left[level]]
    return found


def _of_factors(model: CovarianceModel, deviation: Floats) -> Floats:
    """Leave items in their own units."""
    return np.where(np.arange(len(deviation)) < model.items, 1.0, deviation)


def _own_variances(model: CovarianceModel, values: Floats, group: int) -> Floats:
    """Variance of each variable that nothing explains (v,)."""
    own = np.zeros(model.items + model.factors, dtype=values.dtype)
    cells = (model.group == group) & (model.kind == Kind.COVARIANCE) & (model.left == model.right)
    own[model.left[cells]] = values[cells]
    return own


def cell_errors(model: CovarianceModel, covariance: Floats) -> Floats:
    """Standard error of every cell.

    Parameters
    ----------
    model : CovarianceModel
    covariance : (q, q) array
        Of the estimates.

    Returns
    -------
    (c,) array
        0 where the cell is fixed.
    """
    errors = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    return np.where(model.parameter == FIXED, 0.0, errors[model.parameter])
