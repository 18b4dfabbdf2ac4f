"""Whether groups answer ordinal items on the same scale: thresholds first, then loadings, then intercepts."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisError
from analysis.numeric.arrays import Integers
from analysis.numeric.covariance import CovarianceModel, Kind, with_means
from analysis.numeric.covariance_difference import shifted_difference
from analysis.numeric.covariance_ordinal import OrdinalSample, Parameterisation, WeightedLeastSquares, fit_wls
from analysis.numeric.covariance_ordinal_fit import ordinal_fit
from analysis.numeric.invariance import Rung, compared

OrdinalLevel = Literal["configural", "thresholds", "loadings", "intercepts"]

ORDINAL_LEVELS: tuple[OrdinalLevel, ...] = ("configural", "thresholds", "loadings", "intercepts")
FEWEST_THRESHOLDS = 2


def ordinal_level_model(
    one_group: CovarianceModel,
    thresholds: Sequence[int],
    groups: int,
    level: OrdinalLevel,
    *,
    parameterisation: Parameterisation = "delta",
) -> CovarianceModel:
    """Repeat a model of ordinal items with as much equal as a level asks.

    Parameters
    ----------
    one_group : CovarianceModel
        Without means, scaled by unit variances.
    thresholds : sequence of p int
        How many thresholds each item has, at least 2.
    groups : int
    level : {"configural", "thresholds", "loadings", "intercepts"}
        Equal: nothing; thresholds; loadings, too; intercepts of the latent answers, too.
    parameterisation : {"delta", "theta"}

    Returns
    -------
    CovarianceModel
        Whatever becomes identified is estimated in all groups but the first: intercepts and scales (in theta
        residual variances) with equal thresholds, factor variances with equal loadings, factor means instead of
        intercepts with equal intercepts.

    Raises
    ------
    AnalysisError
        ``too_few_categories``: an item with two answers cannot tell a threshold from an intercept.

    References
    ----------
    Wu & Estabrook (2016), doi:10.1007/s11336-016-9506-0

    Notes
    -----
    ``semTools::measEq.syntax(ID.fac = "std.lv", ID.cat = "Wu.Estabrook.2016")``.
    """
    _require_categories(thresholds)
    p = one_group.items
    cells = [(Kind.THRESHOLD, item, k, True, np.nan) for item in range(p) for k in range(thresholds[item])]
    scale = Kind.SCALE if parameterisation == "delta" else Kind.COVARIANCE
    if parameterisation == "delta":
        cells += [(Kind.SCALE, item, item, False, 1.0) for item in range(p)]
    model = with_means(one_group).with_cells(cells).in_groups(groups)
    residual = model.residual_cells
    model = model.fixed(residual, 0.0 if scale == Kind.SCALE else 1.0).fixed(model.intercept_cells, 0.0)
    reached, later = ORDINAL_LEVELS.index(level), model.group > 0
    if reached >= ORDINAL_LEVELS.index("thresholds"):
        model = model.equated(model.kind == Kind.THRESHOLD)
        scales = (model.kind == Kind.SCALE) if scale == Kind.SCALE else model.residual_cells
        model = model.freed(scales & later)
    if reached >= ORDINAL_LEVELS.index("loadings"):
        model = model.equated(model.kind == Kind.PATH).freed(model.factor_variance_cells & later)
    if level in ("thresholds", "loadings"):
        model = model.freed(model.intercept_cells & later)
    if level == "intercepts":
        model = model.freed(model.factor_mean_cells & later)
    return model


def ordinal_invariance_ladder(
    one_group: CovarianceModel,
    groups: Sequence[NDArray[Any]],
    *,
    levels: Sequence[OrdinalLevel] = ORDINAL_LEVELS,
    parameterisation: Parameterisation = "delta",
    persons: Sequence[Integers] | None = None,
) -> tuple[Rung, ...]:
    """Fit ever more equal models to ordinal answers of several groups.

    Parameters
    ----------
    one_group : CovarianceModel
        Without means, scaled by unit variances.
    groups : sequence of G (n, p) arrays
        Whole numbers, NaN where an answer is missing.
    levels : sequence of str
        In this order.
    parameterisation : {"delta", "theta"}
    persons : sequence of G (n,) arrays of int, optional
        Whose rating a row is, within the group.

    Returns
    -------
    tuple of Rung
        Cut-offs of changes in CFI and RMSEA were made for maximum likelihood: they do not carry over.

    Raises
    ------
    AnalysisError
        ``empty_category``, ``too_few_categories``, ``group_too_small``, ``not_identified``, ``no_convergence``.

    Notes
    -----
    Equals ``lavaan::cfa(estimator = "WLSMV")`` of the models of ``semTools::measEq.syntax``, and
    ``lavTestLRT(method = "satorra.2000", scaled.shifted = TRUE)``.
    """
    whose = [None] * len(groups) if persons is None else persons
    samples = [OrdinalSample.of(x, own) for x, own in zip(groups, whose, strict=True)]
    thresholds = np.bincount(samples[0].item, minlength=one_group.items).tolist()
    rungs: list[Rung] = []
    for level in levels:
        model = ordinal_level_model(one_group, thresholds, len(groups), level, parameterisation=parameterisation)
        estimate = fit_wls(model, samples, parameterisation=parameterisation)
        before = rungs[-1] if rungs else None
        difference = None
        if before is not None and isinstance(before.estimate, WeightedLeastSquares):
            difference = shifted_difference(estimate, before.estimate)
        rung = Rung(level, estimate, ordinal_fit(estimate), None, difference, np.nan, np.nan, np.nan)
        rungs.append(compared(rung, before))
    return tuple(rungs)


def _require_categories(thresholds: Sequence[int]) -> None:
    """Refuse items with two answers."""
    if min(thresholds) < FEWEST_THRESHOLDS:
        column = int(np.argmin(thresholds))
        raise AnalysisError(
            "too_few_categories",
            f"The item in column {column + 1} has two different answers; thresholds can be compared between groups "
            "from three on. Leave the item out, or compare groups on the other items.",
            column=column,
        )
