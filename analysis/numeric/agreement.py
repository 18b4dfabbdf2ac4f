"""Agreement of two classifications of the same rows, from one table of counts or from many at once."""

from dataclasses import dataclass

import numpy as np

from analysis.numeric.arrays import Floats
from analysis.numeric.resampling import ratios


@dataclass(frozen=True, eq=False)
class Agreement:
    """Share of rows that are classed alike, and Cohen's kappa, -1 to 1; NaN where a table is empty.

    ``kappa`` is NaN too where both classifications have one class only.
    """

    share: Floats
    kappa: Floats


def agreement(tables: Floats) -> Agreement:
    """Agreement in square tables of counts or weights.

    Parameters
    ----------
    tables : (..., k, k) array
        Rows counted by both classifications, with the classes in the same order.

    Returns
    -------
    Agreement
        (...) arrays.

    References
    ----------
    Cohen (1960), doi:10.1177/001316446002000104

    Notes
    -----
    Equals ``psych::cohen.kappa`` (unweighted) and ``sklearn.metrics.cohen_kappa_score`` to rounding.
    """
    total = tables.sum((-2, -1))
    share = ratios(np.trace(tables, axis1=-2, axis2=-1), total)
    chance = ratios((tables.sum(-1) * tables.sum(-2)).sum(-1), total**2)
    return Agreement(share, ratios(share - chance, 1 - chance))
