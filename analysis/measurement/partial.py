"""Which items must differ between groups for a level of invariance to hold, under their names."""

from __future__ import annotations

from pydantic.dataclasses import dataclass

from analysis.measurement.confirmation import covariance_model
from analysis.measurement.parameters import FitOfModel, cell_name, describe_fit
from analysis.measurement.plan import Estimator, FactorModel
from analysis.measurement.remarks import Remarks
from analysis.measurement.sampled_groups import SampledGroups
from analysis.measurement.tables import SHAPE, Number, known
from analysis.numeric.covariance import Kind
from analysis.numeric.invariance import LEVELS, Rung
from analysis.numeric.invariance_ordinal import ORDINAL_LEVELS, ordinal_samples
from analysis.numeric.invariance_ordinal_partial import ordinal_partial_invariance
from analysis.numeric.invariance_partial import Release, partial_invariance

# The first level restricts nothing; equal factor means say nothing of the items.
_OF_ITEMS = LEVELS[1:4]
_OF_ORDINAL_ITEMS = ORDINAL_LEVELS[1:]


@dataclass(frozen=True, config=SHAPE)
class Released:
    """A cell that must differ in one group for a level to hold, and how the level then differs from the one before.

    Of thresholds ``right`` is empty: all of the item's differ. ``statistic`` is the score test that chose it.
    """

    left: str
    op: str
    right: str
    group: str
    statistic: Number
    cfi_change: Number
    rmsea_change: Number
    srmr_change: Number
    p_value: Number


@dataclass(frozen=True, config=SHAPE)
class Partial:
    """The level that did not hold, once single cells may differ: a description to be tried on other data.

    ``released`` is the log, in order. ``holds`` by the rule of the whole comparison, against the level before with
    the same cells released.
    """

    level: str
    released: tuple[Released, ...]
    fit: FitOfModel
    difference_p: Number
    cfi_change: Number
    rmsea_change: Number
    srmr_change: Number
    holds: bool


def relax_level(
    samples: SampledGroups,
    model: FactorModel,
    estimator: Estimator,
    failed: str | None,
    *,
    significance: float,
    remarks: Remarks,
) -> tuple[Partial, Rung] | None:
    """Let single cells differ until a level holds.

    Parameters
    ----------
    samples : SampledGroups
    model : FactorModel
    estimator : str
    failed : str or None
        The level.
    significance : float
        Of the difference test, which decides for ordinal items.
    remarks : Remarks
        Told why a level cannot be estimated in part.

    Returns
    -------
    (Partial, Rung) or None
        None where the level is not one of items, or cannot be estimated.
    """
    found = remarks.attempt(
        "invariance.partial", lambda: _relaxed(samples, model, estimator, failed, significance), model.items
    )
    if found is None or failed is None:
        return None
    rung, releases = found
    p_value = None if rung.difference is None else rung.difference.p_value
    by_test = p_value is None or p_value >= significance
    partial = Partial(
        level=failed,
        released=tuple(_named(release, model, samples) for release in releases),
        fit=describe_fit(rung.fit),
        difference_p=known(p_value),
        cfi_change=known(rung.cfi_change),
        rmsea_change=known(rung.rmsea_change),
        srmr_change=known(rung.srmr_change),
        holds=by_test if rung.within_cutoffs is None else bool(rung.within_cutoffs),
    )
    return partial, rung


def _relaxed(
    samples: SampledGroups, model: FactorModel, estimator: Estimator, failed: str | None, significance: float
) -> tuple[Rung, tuple[Release, ...]] | None:
    """Release cells as the estimator asks; unit scaling, for a marker that differs would blame its neighbours."""
    cells = covariance_model(model, scaling="unit")
    if estimator == "WLSMV":
        found = ordinal_samples(samples.rows, samples.persons)
        for ordinal_level in _OF_ORDINAL_ITEMS:
            if ordinal_level == failed:
                scale = model.parameterisation
                return ordinal_partial_invariance(
                    cells, found, level=ordinal_level, parameterisation=scale, significance=significance
                )
        return None
    for level in _OF_ITEMS:
        if level == failed:
            return partial_invariance(cells, samples.summed, level=level, robust=estimator.endswith("MLR"))
    return None


def _named(release: Release, model: FactorModel, samples: SampledGroups) -> Released:
    """Put names to a released cell."""
    left, op, right = cell_name(release.kind, release.left, release.right, (*model.items, *model.factor_names))
    return Released(
        left=left,
        op=op,
        right="" if release.kind == Kind.THRESHOLD else right,
        group=samples.names[release.group],
        statistic=known(release.statistic),
        cfi_change=known(release.cfi_change),
        rmsea_change=known(release.rmsea_change),
        srmr_change=known(release.srmr_change),
        p_value=known(release.p_value),
    )
