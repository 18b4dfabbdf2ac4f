"""Reliability of each scale over all analysed ratings; it drops no items."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.findings import Estimate, ScaleReliability
from analysis.numeric.arrays import Floats, Integers
from analysis.numeric.moments import Moments
from analysis.numeric.reliability import alpha, alpha_interval, item_rest_correlations, omega_total
from instruments.measures import ScaleMeasure

FEWEST_ITEMS_FOR_OMEGA = 3


def assess_reliability(dataset: Dataset) -> tuple[ScaleReliability, ...]:
    """Assess every scale of two items or more.

    Parameters
    ----------
    dataset : Dataset

    Returns
    -------
    tuple of ScaleReliability
        Scales whose items were too seldom answered together are left out. Intervals count as independent the
        persons behind the least answered pair of items: neither ratings, nor people who were shown one item only.
    """
    scale_of = np.array(dataset.item_scales)
    found = [
        _assessed(scale, dataset.items[:, scale_of == scale.key], dataset.person_numbers)
        for scale in dataset.measures.scales
        if len(scale.columns) > 1
    ]
    return tuple(reliability for reliability in found if reliability is not None)


def _assessed(scale: ScaleMeasure, items: Floats, person: Integers) -> ScaleReliability | None:
    """Assess one scale; nothing where its covariances cannot be had."""
    try:
        covariance = Moments.of(items).covariance()
        value = alpha(covariance)
    except AnalysisError:
        return None
    low, high = alpha_interval(value, _persons_of_thinnest_pair(items, person), len(scale.columns))
    rest = item_rest_correlations(covariance)
    return ScaleReliability(
        scale=scale.key,
        label=scale.label,
        dimension=scale.dimension,
        n_items=len(scale.columns),
        alpha=Estimate(value, low, high, len(np.unique(person))),
        omega=_omega(covariance),
        item_rest={name: float(r) for name, r in zip(scale.columns, rest, strict=True) if not np.isnan(r)},
    )


def _persons_of_thinnest_pair(items: Floats, person: Integers) -> int:
    """How many persons answered both of two items, for the two that fewest did."""
    there = ~np.isnan(items)
    return min(len(np.unique(person[there[:, i] & there[:, j]])) for i, j in combinations(range(there.shape[1]), 2))


def _omega(covariance: Floats) -> float | None:
    """Omega where one factor of the items can be estimated."""
    if len(covariance) < FEWEST_ITEMS_FOR_OMEGA:
        return None
    try:
        return omega_total(covariance).total
    except AnalysisError:
        return None
