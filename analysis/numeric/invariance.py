"""Whether groups answer on the same scale: ever more equal models of several groups, compared; it puts no labels."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from analysis.numeric.arrays import Booleans, Floats, Integers
from analysis.numeric.covariance import FIXED, CovarianceModel, Kind, with_means
from analysis.numeric.covariance_difference import DifferenceTest, likelihood_difference
from analysis.numeric.covariance_fit import ModelFit, model_fit
from analysis.numeric.covariance_ml import MaximumLikelihood, NormalSample, fit_ml
from analysis.numeric.covariance_ordinal import WeightedLeastSquares
from analysis.numeric.covariance_robust import RobustFit, Rows, Unrestricted, robust_fit

Level = Literal["configural", "metric", "scalar", "strict", "means"]

LEVELS: tuple[Level, ...] = ("configural", "metric", "scalar", "strict", "means")

# Chen (2007), for groups of 300 and more: a level is worse than the one before beyond these.
LARGEST_CFI_DROP = 0.010
LARGEST_RMSEA_RISE = 0.015
LARGEST_SRMR_RISE = {"metric": 0.030, "scalar": 0.010, "strict": 0.010, "means": 0.010}


@dataclass(frozen=True, eq=False)
class Rung:
    """One level: the model, its estimate and fit, and how both differ from the level before.

    ``robust`` is there for maximum likelihood with rows. The first level is compared with none. Differences of
    indices are those of the robust versions where both levels have them (``ModelFit.best``).
    """

    level: str
    estimate: MaximumLikelihood | WeightedLeastSquares
    fit: ModelFit
    robust: RobustFit | None
    difference: DifferenceTest | None
    cfi_change: float
    rmsea_change: float
    srmr_change: float

    @property
    def within_cutoffs(self) -> bool | None:
        """Whether CFI, RMSEA and SRMR change by no more than Chen's cut-offs.

        They were made for maximum likelihood: None for ordinal models, and for the first level, which is compared
        with none.
        """
        if self.difference is None or isinstance(self.estimate, WeightedLeastSquares):
            return None
        return (
            self.cfi_change >= -LARGEST_CFI_DROP
            and self.rmsea_change <= LARGEST_RMSEA_RISE
            and self.srmr_change <= LARGEST_SRMR_RISE.get(self.level, min(LARGEST_SRMR_RISE.values()))
        )


def level_model(one_group: CovarianceModel, groups: int, level: Level, free: Booleans | None = None) -> CovarianceModel:
    """Repeat a model of one group with as much equal as a level asks.

    Parameters
    ----------
    one_group : CovarianceModel
        With or without means, which are added.
    groups : int
    level : {"configural", "metric", "scalar", "strict", "means"}
        Equal: nothing; loadings; intercepts, too; residual variances, too; factor means, too.
    free : (c,) array of bool, optional
        Cells of the resulting model that are not made equal (partial invariance).

    Returns
    -------
    CovarianceModel
        Fixed factor variances are estimated in all groups but the first once loadings are equal, fixed factor
        means once intercepts are.

    Notes
    -----
    ``group.equal`` of ``lavaan``.
    """
    model = (one_group if one_group.has_means else with_means(one_group)).in_groups(groups)
    reached, kept = LEVELS.index(level), _kept(model, free)
    later = model.group > 0
    if reached >= LEVELS.index("metric"):
        model = model.freed(model.factor_variance_cells & (model.parameter == FIXED) & later)
        model = model.equated((model.kind == Kind.PATH) & kept)
    if reached >= LEVELS.index("scalar"):
        model = model.equated(model.intercept_cells & kept)
        if level != "means":
            model = model.freed(model.factor_mean_cells & ~explained(model) & later)
    if reached >= LEVELS.index("strict"):
        model = model.equated(model.residual_cells & kept)
    return model


def explained(model: CovarianceModel) -> Booleans:
    """Find cells whose (left) variable depends on others: the intercept of such a factor says nothing of its own.

    Parameters
    ----------
    model : CovarianceModel

    Returns
    -------
    (c,) array of bool
    """
    return np.isin(model.left, model.left[model.kind == Kind.PATH])


def _kept(model: CovarianceModel, free: Booleans | None) -> Booleans:
    """Cells that may be made equal."""
    return np.ones(len(model.kind), dtype=bool) if free is None else ~free


def invariance_ladder(
    one_group: CovarianceModel,
    groups: Sequence[Floats],
    *,
    levels: Sequence[Level] = LEVELS[:4],
    robust: bool = False,
    persons: Sequence[Integers] | None = None,
) -> tuple[Rung, ...]:
    """Fit ever more equal models to rows of several groups.

    Parameters
    ----------
    one_group : CovarianceModel
    groups : sequence of G (n, p) arrays
        Rows, NaN where an answer is missing.
    levels : sequence of str
        In this order.
    robust : bool
        Whether tests and errors are to hold without normality.
    persons : sequence of G (n,) arrays of int, optional
        Whose rating a row is, numbered over all groups; needs ``robust``.

    Returns
    -------
    tuple of Rung

    Raises
    ------
    AnalysisError
        ``group_too_small``, ``constant_item``, ``collinear_items``, ``not_identified``, ``no_convergence``.

    References
    ----------
    Meredith (1993), doi:10.1007/BF02294825; Chen (2007), doi:10.1080/10705510701301834

    Notes
    -----
    Equals ``lavaan::cfa(group = , group.equal = )`` with ``estimator = "ML"`` or "MLR" and ``lavTestLRT``.
    """
    data = summed_rows(groups, persons)
    rungs: list[Rung] = []
    for level in levels:
        model = level_model(one_group, len(groups), level)
        rungs.append(fitted_rung(level, model, data, rungs[-1] if rungs else None, robust=robust))
    return tuple(rungs)


def summed_rows(groups: Sequence[Floats], persons: Sequence[Integers] | None = None) -> Unrestricted:
    """Sum up rows once for all levels.

    Parameters
    ----------
    groups : sequence of G (n, p) arrays
        Rows without any answer are left out.
    persons : sequence of G (n,) arrays of int, optional

    Returns
    -------
    Unrestricted

    Raises
    ------
    AnalysisError
        ``group_too_small``, ``constant_item``, ``collinear_items``.
    """
    known = [x[~np.isnan(x).all(1)] for x in groups]
    if persons is not None:
        persons = [own[~np.isnan(x).all(1)] for own, x in zip(persons, groups, strict=True)]
    samples = tuple(NormalSample.of(x) for x in known)
    return Unrestricted(samples, Rows(tuple(known), None if persons is None else tuple(persons)), means=True)


def fitted_rung(level: str, model: CovarianceModel, data: Unrestricted, before: Rung | None, *, robust: bool) -> Rung:
    """Fit a level and compare it with the one before.

    Parameters
    ----------
    level : str
        Its name.
    model : CovarianceModel
    data : Unrestricted
    before : Rung or None
    robust : bool

    Returns
    -------
    Rung

    Raises
    ------
    AnalysisError
        ``not_identified``, ``no_convergence``, ``not_nested``.
    """
    estimate = fit_ml(model, data.samples, information="observed" if robust else None)
    of_rows = robust_fit(estimate, data) if robust else None
    fit = model_fit(estimate, data, of_rows)
    difference = None if before is None else likelihood_difference(fit, before.fit)
    return compared(Rung(level, estimate, fit, of_rows, difference, np.nan, np.nan, np.nan), before)


def compared(rung: Rung, before: Rung | None) -> Rung:
    """Add the changes of the indices.

    Parameters
    ----------
    rung : Rung
    before : Rung or None

    Returns
    -------
    Rung
    """
    if before is None:
        return rung
    one, other = (rung.fit, before.fit)
    both = (one.best, other.best) if one.robust and other.robust else (one.standard, other.standard)
    return replace(
        rung,
        cfi_change=both[0].cfi - both[1].cfi,
        rmsea_change=both[0].rmsea - both[1].rmsea,
        srmr_change=one.srmr - other.srmr,
    )
