"""What goes with the outcomes, and which archetypes a change of perception would touch; neither is a forecast."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from analysis.archetypes import mixture_of
from analysis.dataset import Dataset
from analysis.factors import FactorSolution
from analysis.findings import Archetypes, Driver, Drivers, OutcomeDrivers, WhatIf
from analysis.intervals import estimates
from analysis.numeric.arrays import Floats, Integers
from analysis.numeric.relative_weights import relative_weights, resampled_correlations
from analysis.numeric.resampling import PersonResamples, ratios
from analysis.plan import AnalysisPlan


def find_drivers(
    dataset: Dataset,
    solution: FactorSolution,
    archetypes: Archetypes,
    *,
    plan: AnalysisPlan,
    resamples: PersonResamples,
) -> Drivers:
    """Weigh the scales for each outcome, and move each scale by a point in the model.

    Parameters
    ----------
    dataset : Dataset
    solution : FactorSolution
    archetypes : Archetypes
        Without any there is no what-if.
    plan : AnalysisPlan
    resamples : PersonResamples

    Returns
    -------
    Drivers
        An outcome is left out where fewer than ``plan.minimum_persons`` answered it and all scales, or where scales
        determine each other.

    References
    ----------
    Johnson (2000), doi:10.1207/S15327906MBR3501_1
    """
    found = (_outcome_drivers(dataset, i, plan=plan, resamples=resamples) for i in range(dataset.outcomes.shape[1]))
    return Drivers(
        outcomes=tuple(drivers for drivers in found if drivers is not None),
        what_if=tuple(
            move_perceptions(dataset, solution, archetypes, {scale.key: points})
            for scale in dataset.measures.scales
            for points in (plan.what_if_points, -plan.what_if_points)
            if archetypes.structure != "none"
        ),
    )


def move_perceptions(
    dataset: Dataset, solution: FactorSolution, archetypes: Archetypes, points: Mapping[str, float]
) -> WhatIf:
    """Ask the model where ratings would sit if some scales were answered higher or lower by everybody.

    Parameters
    ----------
    dataset : Dataset
    solution : FactorSolution
    archetypes : Archetypes
        With at least one.
    points : mapping of str to float
        For each scale how many of its points; answers stay within the scale's range.

    Returns
    -------
    WhatIf
        ``scale`` names all that were moved, ``points`` is the first's.

    Raises
    ------
    ValueError
        Without archetypes.
    """
    mixture = mixture_of(archetypes)
    if mixture is None:
        raise ValueError("there are no archetypes to move between")
    tables = (dataset.items, _moved(dataset, points))
    before, after = (mixture.assigned(solution.scored(items)).argmax(1) for items in tables)
    keys = [archetype.key for archetype in archetypes.archetypes]
    shares = {name: _shares(labels, dataset.weights, len(keys)) for name, labels in (("old", before), ("new", after))}
    return WhatIf(
        scale=", ".join(points),
        points=next(iter(points.values())),
        shares=dict(zip(keys, shares["new"].tolist(), strict=True)),
        changes=dict(zip(keys, (shares["new"] - shares["old"]).tolist(), strict=True)),
        moved=float(np.average(before != after, weights=dataset.weights)),
    )


def _outcome_drivers(
    dataset: Dataset, outcome: int, *, plan: AnalysisPlan, resamples: PersonResamples
) -> OutcomeDrivers | None:
    """Relative weights for one outcome, on the ratings that answered it and at least one item of every scale."""
    table = np.column_stack([dataset.scale_scores, dataset.outcomes[:, outcome]])
    rows = ~np.isnan(table).any(1)
    person = dataset.person_numbers[rows]
    if len(np.unique(person)) < plan.minimum_persons:
        return None
    correlation = resampled_correlations(table[rows], weights=dataset.weights[rows], person=person, resamples=resamples)
    weights = relative_weights(correlation)
    if np.isnan(weights[0]).any():
        return None
    together = weights.sum(1)
    n = int(rows.sum())
    base = np.full(weights.shape[1], n)
    figures = zip(
        estimates(weights, base),
        estimates(ratios(weights, np.repeat(together[:, None], weights.shape[1], axis=1)), base),
        estimates(correlation[:, :-1, -1], base),
        strict=True,
    )
    drivers = [Driver(scale.key, *each) for scale, each in zip(dataset.measures.scales, figures, strict=True)]
    return OutcomeDrivers(
        outcome=dataset.measures.outcomes[outcome].key,
        n=n,
        r_squared=estimates(together[:, None], base[:1])[0],
        drivers=tuple(sorted(drivers, key=lambda driver: -(driver.weight.value or 0.0))),
    )


def _moved(dataset: Dataset, points: Mapping[str, float]) -> Floats:
    """Items with some scales' answers moved, within the range of the scale."""
    by_key = {scale.key: scale for scale in dataset.measures.scales}
    moved = dataset.items.copy()
    for key, by in points.items():
        own = np.array(dataset.item_scales) == key
        moved[:, own] = np.clip(moved[:, own] + by, by_key[key].low, by_key[key].high)
    return moved


def _shares(labels: Integers, weights: Floats, k: int) -> Floats:
    """Weighted share of each archetype."""
    return np.asarray(np.bincount(labels, weights=weights, minlength=k) / weights.sum())
