"""Whether groups answer ordinal items on the same scale: thresholds first, then loadings, intercepts, uniquenesses."""

from collections.abc import Collection, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from analysis.numeric.arrays import Booleans, Integers
from analysis.numeric.covariance import CovarianceModel, Kind
from analysis.numeric.covariance_difference import shifted_difference
from analysis.numeric.covariance_ordinal import (
    OrdinalSample,
    Parameterisation,
    WeightedLeastSquares,
    fit_wls,
    ordinal_model,
)
from analysis.numeric.covariance_ordinal_fit import ordinal_fit
from analysis.numeric.invariance import Rung, compared, explained

OrdinalLevel = Literal["configural", "thresholds", "loadings", "intercepts", "uniquenesses"]
Place: TypeAlias = tuple[Kind, int, int, int]

ORDINAL_LEVELS: tuple[OrdinalLevel, ...] = ("configural", "thresholds", "loadings", "intercepts", "uniquenesses")
FEWEST_THRESHOLDS = 2


def ordinal_level_model(
    one_group: CovarianceModel,
    thresholds: Sequence[int],
    groups: int,
    level: OrdinalLevel,
    *,
    parameterisation: Parameterisation = "delta",
    free: Collection[Place] = (),
) -> CovarianceModel:
    """Repeat a model of ordinal items with as much equal as a level asks.

    Parameters
    ----------
    one_group : CovarianceModel
        Without means, scaled by unit variances.
    thresholds : sequence of p int
        How many thresholds each item has. An item with two answers has one, which cannot be told from an intercept,
        nor its loading from its scale: its threshold is equal and its intercept free, then its loading free, and it
        is first compared with equal intercepts.
    groups : int
    level : {"configural", "thresholds", "loadings", "intercepts", "uniquenesses"}
        Equal: nothing; thresholds; loadings, too; intercepts of the latent answers, too; residual variances, too.
    parameterisation : {"delta", "theta"}
        Equal uniquenesses need theta.
    free : collection of (Kind, int, int, int)
        Kind, group (from 1), left and right of cells that are not made equal (partial invariance). Of a threshold
        only the item counts: it then has a scale of its own in that group, loading and intercept included.

    Returns
    -------
    CovarianceModel
        Whatever becomes identified is estimated in all groups but the first: intercepts and scales (in theta
        residual variances) with equal thresholds, factor variances with equal loadings, factor means instead of
        intercepts with equal intercepts.

    References
    ----------
    Wu & Estabrook (2016), doi:10.1007/s11336-016-9506-0

    Notes
    -----
    ``semTools::measEq.syntax(ID.fac = "std.lv", ID.cat = "Wu.Estabrook.2016")``, but that at the level of loadings
    this fixes the scales of items with two answers, and tests what loadings alone do not say.
    """
    model = ordinal_model(one_group, thresholds, parameterisation).in_groups(groups)
    kind, later, reached = model.kind, model.group > 0, ORDINAL_LEVELS.index(level)
    at_loadings, at_intercepts, at_end = (reached >= ORDINAL_LEVELS.index(name) for name in ORDINAL_LEVELS[2:])
    own, single = _of_own_scale(model, free), _of_two_answers(model, thresholds)
    chosen = _chosen(model, free)
    kept = ~own & ~chosen
    if reached == 0:
        return model
    untold = np.zeros_like(single) if at_intercepts else single
    scales = (kind == Kind.SCALE) if parameterisation == "delta" else model.residual_cells
    moving = model.intercept_cells & later & ~own & (chosen if at_intercepts else True)
    moving |= scales & later & ~own & (chosen if at_end else ~untold)
    equal = (kind == Kind.THRESHOLD) & kept
    if at_loadings:
        loadings = (kind == Kind.PATH) & kept & ~untold
        equal |= loadings
        moving |= model.factor_variance_cells & later & np.isin(model.left, model.right[loadings])
    if at_intercepts:
        moving |= model.factor_mean_cells & later & ~explained(model)
    return model.equated(equal).freed(moving)


def _of_own_scale(model: CovarianceModel, free: Collection[Place]) -> Booleans:
    """Cells of items whose thresholds are not equal in a group (c,)."""
    apart = np.zeros((model.groups, model.items + model.factors), dtype=bool)
    for kind, group, item, _ in free:
        apart[group, item] |= kind == Kind.THRESHOLD
    return np.asarray(apart[model.group, model.left])


def _of_two_answers(model: CovarianceModel, thresholds: Sequence[int]) -> Booleans:
    """Loadings, intercepts and scales of items with two answers (c,)."""
    few = np.r_[np.array(thresholds) < FEWEST_THRESHOLDS, np.zeros(model.factors, dtype=bool)]
    return np.asarray(few[model.left] & (model.kind != Kind.THRESHOLD))


def _chosen(model: CovarianceModel, free: Collection[Place]) -> Booleans:
    """Cells that stand at given places (c,)."""
    places = zip(model.kind.tolist(), model.group.tolist(), model.left.tolist(), model.right.tolist(), strict=True)
    wanted = {(int(kind), *rest) for kind, *rest in free}
    return np.array([place in wanted for place in places], dtype=bool)


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
        The level of equal uniquenesses is in theta in any case.
    persons : sequence of G (n,) arrays of int, optional
        Whose rating a row is, within the group.

    Returns
    -------
    tuple of Rung
        Without a difference where a level restricts nothing that can be tested. Cut-offs of changes in CFI and RMSEA
        were made for maximum likelihood: they do not carry over.

    Raises
    ------
    AnalysisError
        ``empty_category``, ``group_too_small``, ``not_identified``, ``no_convergence``.

    Notes
    -----
    Equals ``lavaan::cfa(estimator = "WLSMV")`` of the models of ``semTools::measEq.syntax``, and
    ``lavTestLRT(method = "satorra.2000", scaled.shifted = TRUE)``.
    """
    samples = ordinal_samples(groups, persons)
    rungs: list[Rung] = []
    for level in levels:
        before = rungs[-1] if rungs else None
        rungs.append(ordinal_rung(one_group, samples, level, before, parameterisation=parameterisation))
    return tuple(rungs)


def ordinal_samples(
    groups: Sequence[NDArray[Any]], persons: Sequence[Integers] | None = None
) -> tuple[OrdinalSample, ...]:
    """Sum up rows once for all levels.

    Parameters
    ----------
    groups : sequence of G (n, p) arrays
    persons : sequence of G (n,) arrays of int, optional

    Returns
    -------
    tuple of G OrdinalSample

    Raises
    ------
    AnalysisError
        As ``OrdinalSample.of``.
    """
    whose = [None] * len(groups) if persons is None else persons
    return tuple(OrdinalSample.of(x, own) for x, own in zip(groups, whose, strict=True))


def ordinal_rung(
    one_group: CovarianceModel,
    samples: Sequence[OrdinalSample],
    level: OrdinalLevel,
    before: Rung | None,
    *,
    parameterisation: Parameterisation = "delta",
    free: Collection[Place] = (),
) -> Rung:
    """Fit a level and compare it with the one before.

    Parameters
    ----------
    one_group : CovarianceModel
    samples : sequence of G OrdinalSample
    level : str
    before : Rung or None
    parameterisation : {"delta", "theta"}
    free : collection of (Kind, int, int, int)
        As in ``ordinal_level_model``.

    Returns
    -------
    Rung

    Raises
    ------
    AnalysisError
        As ``fit_wls``.
    """
    scale: Parameterisation = "theta" if level == "uniquenesses" else parameterisation
    thresholds = np.bincount(samples[0].item, minlength=one_group.items).tolist()
    model = ordinal_level_model(one_group, thresholds, len(samples), level, parameterisation=scale, free=free)
    estimate = fit_wls(model, samples, parameterisation=scale)
    difference = None
    if before is not None and isinstance(before.estimate, WeightedLeastSquares) and estimate.dof > before.estimate.dof:
        difference = shifted_difference(estimate, before.estimate)
    return compared(Rung(level, estimate, ordinal_fit(estimate), None, difference, np.nan, np.nan, np.nan), before)
