"""Factor means of groups and how much items differ between them: means of a model, alignment, effect sizes."""

from __future__ import annotations

import dataclasses

import numpy as np
from pydantic.dataclasses import dataclass
from scipy import stats

from analysis.measurement.confirmation import covariance_model
from analysis.measurement.parameters import Confirmed
from analysis.measurement.plan import Estimator, FactorModel, MeasurementPlan
from analysis.measurement.remarks import Remarks
from analysis.measurement.sampled_groups import SampledGroups
from analysis.measurement.tables import SHAPE, Number, known, numbers
from analysis.numeric.alignment import Alignment, align
from analysis.numeric.arrays import Booleans, Floats, Integers
from analysis.numeric.covariance import CovarianceModel
from analysis.numeric.covariance_ml import MaximumLikelihood, fit_ml
from analysis.numeric.covariance_standard import cell_errors
from analysis.numeric.invariance import Rung, explained, level_model
from analysis.numeric.invariance_effects import differing_groups, item_effects, standardised_differences

# Beyond this share of differing loadings and intercepts aligned means are not to be trusted (Muthén & Asparouhov 2014).
MOST_DIFFERING = 0.25
_NORMAL_95 = 1.959963984540054


@dataclass(frozen=True, config=SHAPE)
class LatentMean:
    """A group's factor mean at the level at which means can be compared; the first group's is 0.

    ``low`` and ``high`` bound 95 %; ``d`` is the distance from the first group in pooled standard deviations of the
    factor.
    """

    factor: str
    group: str
    mean: Number
    error: Number
    low: Number
    high: Number
    p_value: Number
    variance: Number
    d: Number


@dataclass(frozen=True, config=SHAPE)
class AlignedFactor:
    """One factor in all groups on a common scale (alignment); the first group has mean 0 and variance 1.

    ``differing_loadings`` and ``differing_intercepts`` name, for each item, the groups in which it differs from the
    groups that agree (p < .001); ``share_differing``, 0 to 1, is their share of all loadings and intercepts, and
    ``trustworthy`` whether it is at most a quarter.
    """

    factor: str
    means: tuple[Number, ...]
    variances: tuple[Number, ...]
    items: tuple[str, ...]
    loading_r2: tuple[Number, ...]
    intercept_r2: tuple[Number, ...]
    loss: Number
    share_at_best: Number
    differing_loadings: dict[str, tuple[str, ...]]
    differing_intercepts: dict[str, tuple[str, ...]]
    share_differing: Number
    trustworthy: bool


@dataclass(frozen=True, config=SHAPE)
class ItemEffect:
    """How much an item differs between a group and the first, on the aligned scale.

    ``dmacs`` (Nye & Drasgow 2011), at least 0, and ``difference`` with its sign, in standard deviations of the item:
    what answers of equally placed members of both groups differ by.
    """

    item: str
    factor: str
    group: str
    dmacs: Number
    difference: Number


@dataclasses.dataclass(frozen=True, eq=False)
class _Own:
    """Loadings and intercepts (G, p) of one factor's items in each group by itself, and their errors."""

    loadings: Floats
    intercepts: Floats
    loading_errors: Floats
    intercept_errors: Floats
    items: tuple[int, ...]


def latent_means(rung: Rung, model: FactorModel, samples: SampledGroups) -> tuple[LatentMean, ...]:
    """Give the factor means of a model in which they can be compared.

    Parameters
    ----------
    rung : Rung
        With equal intercepts.
    model : FactorModel
    samples : SampledGroups

    Returns
    -------
    tuple of LatentMean
        Of the groups but the first.
    """
    cells = rung.estimate.model
    values = cells.values(rung.estimate.x)
    errors = cell_errors(cells, Confirmed(rung.estimate, rung.fit, rung.robust).covariance)
    found: list[LatentMean] = []
    for factor, name in enumerate(model.factor_names):
        own = cells.left == cells.items + factor
        cell = np.flatnonzero(own & cells.factor_mean_cells & ~explained(cells))
        if not len(cell):
            continue
        totals = np.array([group.implied(values).covariances.diagonal() for group in cells.by_group])
        variances = totals[:, cells.items + factor]
        d = standardised_differences(values[cell], variances, samples.sizes)
        found.extend(
            _mean(name, samples.names[g], values[cell[g]], errors[cell[g]], spread=(variances[g], d[g]))
            for g in range(1, cells.groups)
        )
    return tuple(found)


def _mean(factor: str, group: str, mean: float, error: float, *, spread: tuple[float, float]) -> LatentMean:
    """One mean with its interval and test."""
    p_value = 2 * stats.norm.sf(abs(mean / error)) if error > 0 else np.nan
    bounds = mean - _NORMAL_95 * error, mean + _NORMAL_95 * error
    return LatentMean(factor, group, *numbers((mean, error, *bounds, p_value, *spread)))


def align_factors(
    samples: SampledGroups, model: FactorModel, estimator: Estimator, plan: MeasurementPlan, remarks: Remarks
) -> tuple[tuple[AlignedFactor, ...], tuple[ItemEffect, ...]]:
    """Align each factor of a model in which every item belongs to one factor, and size up what differs.

    Parameters
    ----------
    samples : SampledGroups
    model : FactorModel
    estimator : str
    plan : MeasurementPlan
    remarks : Remarks
        Told why the groups' own models cannot be estimated.

    Returns
    -------
    aligned : tuple of AlignedFactor
    effects : tuple of ItemEffect
        Both empty for other models, ordinal estimates, fewer groups than the plan aligns, and where no group's own
        model can be estimated.
    """
    items = [item for loaded in model.factors.values() for item in loaded]
    shared = model.bifactor or model.second_order or len(set(items)) < len(items)
    if estimator == "WLSMV" or shared or len(samples.rows) < plan.align_from:
        return (), ()
    found = remarks.attempt("invariance.alignment", lambda: _aligned(samples, model, plan), model.items)
    return ((), ()) if found is None else found


def _aligned(
    samples: SampledGroups, model: FactorModel, plan: MeasurementPlan
) -> tuple[tuple[AlignedFactor, ...], tuple[ItemEffect, ...]]:
    """Align each factor, starting from every group's own model."""
    aligned: list[AlignedFactor] = []
    effects: list[ItemEffect] = []
    cells = level_model(covariance_model(model, scaling="unit"), len(samples.rows), "configural")
    estimate = fit_ml(cells, samples.summed.samples)
    for name in model.factors:
        own = _own_values(estimate, model, name, len(samples.rows))
        stream = plan.stream(f"alignment {name}")
        found = align(own.loadings, own.intercepts, samples.sizes, rng=stream)
        aligned.append(_aligned_factor(found, own, name, model, samples))
        effects.extend(_effects(found, own, name, model, samples))
    return tuple(aligned), tuple(effects)


def _own_values(estimate: MaximumLikelihood, model: FactorModel, name: str, groups: int) -> _Own:
    """Pick one factor's loadings and intercepts."""
    cells = estimate.model
    values, errors = cells.values(estimate.x), cell_errors(cells, estimate.covariance)
    own = [model.items.index(item) for item in model.factors[name]]
    loadings = _by_group(cells, own, cells.loading_cells, groups)
    intercepts = _by_group(cells, own, cells.intercept_cells, groups)
    return _Own(values[loadings], values[intercepts], errors[loadings], errors[intercepts], tuple(own))


def _by_group(cells: CovarianceModel, own: list[int], kind: Booleans, groups: int) -> Integers:
    """Cells of a kind by group and item, items in the given order (G, items)."""
    found = np.zeros((groups, len(own)), dtype=np.int64)
    for column, item in enumerate(own):
        where = np.flatnonzero(kind & (cells.left == item))
        found[cells.group[where], column] = where
    return found


def _aligned_factor(
    found: Alignment, own: _Own, name: str, model: FactorModel, samples: SampledGroups
) -> AlignedFactor:
    """Put names to an aligned factor and to what differs."""
    scale, means = np.sqrt(found.variances)[:, None], found.means[:, None]
    loading_errors = own.loading_errors / scale
    intercept_errors = np.hypot(own.intercept_errors, means * loading_errors)
    loadings = differing_groups(found.loadings, loading_errors, samples.sizes)
    intercepts = differing_groups(found.intercepts, intercept_errors, samples.sizes)
    share = float(np.mean([loadings, intercepts]))
    return AlignedFactor(
        factor=name,
        means=numbers(found.means),
        variances=numbers(found.variances),
        items=model.factors[name],
        loading_r2=numbers(found.loading_r2),
        intercept_r2=numbers(found.intercept_r2),
        loss=known(found.loss),
        share_at_best=known(found.share_at_best),
        differing_loadings=_groups_of(loadings, model.factors[name], samples),
        differing_intercepts=_groups_of(intercepts, model.factors[name], samples),
        share_differing=share,
        trustworthy=share <= MOST_DIFFERING,
    )


def _groups_of(differing: Booleans, items: tuple[str, ...], samples: SampledGroups) -> dict[str, tuple[str, ...]]:
    """Names of the groups in which an item differs, for items that differ anywhere."""
    named = {
        item: tuple(name for name, differs in zip(samples.names, column, strict=True) if differs)
        for item, column in zip(items, differing.T, strict=True)
    }
    return {item: groups for item, groups in named.items() if groups}


def _effects(found: Alignment, own: _Own, name: str, model: FactorModel, samples: SampledGroups) -> list[ItemEffect]:
    """Sizes of what differs between each group and the first."""
    deviations = np.array([np.nanstd(rows[:, own.items], axis=0, ddof=1) for rows in samples.rows])
    sizes = item_effects(
        found.loadings, found.intercepts, found.means, found.variances, deviations=deviations, rows=samples.sizes
    )
    return [
        ItemEffect(item, name, group, known(sizes.dmacs[g, i]), known(sizes.difference[g, i]))
        for g, group in enumerate(samples.names[1:])
        for i, item in enumerate(model.factors[name])
    ]
