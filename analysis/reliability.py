"""Reliability of each scale over all analysed ratings, and whether scales differ from each other; it drops no items."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.factoring import MOST_CATEGORIES, Factoring, correlate
from analysis.findings import Discrimination, Estimate, ItemInScale, ScaleReliability
from analysis.intervals import number
from analysis.numeric.arrays import Floats, Integers
from analysis.numeric.contingency import Contingency
from analysis.numeric.moments import Moments
from analysis.numeric.omega import (
    Hierarchy,
    omega_categorical,
    omega_error,
    omega_hierarchical,
    omega_interval,
    omega_robust_error,
    weighted_factor,
)
from analysis.numeric.polychoric import PolychoricScores, polychoric
from analysis.numeric.reliability import (
    Omega,
    alpha,
    alpha_if_dropped,
    alpha_interval,
    average_variance_extracted,
    heterotrait_monotrait,
    item_rest_correlations,
    omega_total,
)
from analysis.plan import AnalysisPlan
from instruments.measures import ScaleMeasure

FEWEST_ITEMS_FOR_OMEGA = 3
FEWEST_SCALES = 2
FEWEST_GROUP_FACTORS = 2


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

    References
    ----------
    Cronbach (1951), doi:10.1007/BF02310555; McDonald (1999), Test Theory; Fornell & Larcker (1981),
    doi:10.1177/002224378101800104; Green & Yang (2009), doi:10.1007/s11336-008-9099-3

    Notes
    -----
    The coefficients of ``psych::alpha``, ``semTools::compRelSEM`` and ``semTools::AVE``, as `analysis.numeric` says.
    """
    scale_of = np.array(dataset.item_scales)
    found = [
        _assessed(scale, dataset.items[:, scale_of == scale.key], dataset.person_numbers)
        for scale in dataset.measures.scales
        if len(scale.columns) > 1
    ]
    return tuple(reliability for reliability in found if reliability is not None)


def discriminate_scales(dataset: Dataset, n_factors: int, *, plan: AnalysisPlan) -> Discrimination | None:
    """Tell whether scales measure different things, and what all items have in common.

    Parameters
    ----------
    dataset : Dataset
    n_factors : int
        Group factors behind the general one of hierarchical omega.
    plan : AnalysisPlan

    Returns
    -------
    Discrimination or None
        None with fewer than two scales of two items that vary; correlations are the maximum-likelihood ones.

    References
    ----------
    Henseler, Ringle & Sarstedt (2015), doi:10.1007/s11747-014-0403-8; Zinbarg, Revelle, Yovel & Li (2005),
    doi:10.1007/s11336-003-0974-7
    """
    varies = np.array([len(np.unique(column[~np.isnan(column)])) > 1 for column in dataset.items.T])
    scale_of = np.array(dataset.item_scales)
    scales = [s.key for s in dataset.measures.scales if (varies & (scale_of == s.key)).sum() > 1]
    if len(scales) < FEWEST_SCALES:
        return None
    correlation = correlate(dataset.items[:, varies], Factoring()).correlation
    own = np.isin(scale_of[varies], scales)
    ratios = heterotrait_monotrait(
        correlation[np.ix_(own, own)], np.array([scales.index(key) for key in scale_of[varies][own]])
    )
    general = _hierarchy(correlation, n_factors, plan)
    return Discrimination(
        scales=tuple(scales),
        htmt=tuple(tuple(number(value) for value in row) for row in ratios),
        omega_hierarchical=None if general is None else number(general.omega_hierarchical),
        omega_total=None if general is None else number(general.omega_total),
        common_variance=None if general is None else number(general.common_variance),
    )


def _hierarchy(correlation: Floats, groups: int, plan: AnalysisPlan) -> Hierarchy | None:
    """A general factor of all items; none with a single group factor, or where the items do not allow so many."""
    if groups < FEWEST_GROUP_FACTORS:
        return None
    try:
        return omega_hierarchical(correlation, groups, rng=plan.stream("omega"))
    except AnalysisError:
        return None


def _assessed(scale: ScaleMeasure, items: Floats, person: Integers) -> ScaleReliability | None:
    """Assess one scale; nothing where its covariances cannot be had."""
    try:
        covariance = Moments.of(items).covariance()
        value = alpha(covariance)
    except AnalysisError:
        return None
    n, persons = _persons_of_thinnest_pair(items, person), len(np.unique(person))
    low, high = alpha_interval(value, n, len(scale.columns))
    rest = item_rest_correlations(covariance)
    omega = _omega(covariance)
    ordinal_alpha, ordinal_omega = _ordinal(items, person)
    return ScaleReliability(
        scale=scale.key,
        label=scale.label,
        dimension=scale.dimension,
        n_items=len(scale.columns),
        alpha=Estimate(value, low, high, persons),
        omega=None if omega is None else omega.total,
        item_rest={name: float(r) for name, r in zip(scale.columns, rest, strict=True) if not np.isnan(r)},
        omega_total=None if omega is None else _omega_estimate(omega, items, person, n, persons),
        ordinal_alpha=ordinal_alpha,
        ordinal_omega=ordinal_omega,
        variance_extracted=None if omega is None else average_variance_extracted(omega),
        items=_items(scale, covariance, rest),
    )


def _persons_of_thinnest_pair(items: Floats, person: Integers) -> int:
    """How many persons answered both of two items, for the two that fewest did."""
    there = ~np.isnan(items)
    return min(len(np.unique(person[there[:, i] & there[:, j]])) for i, j in combinations(range(there.shape[1]), 2))


def _omega(covariance: Floats) -> Omega | None:
    """Omega where one factor of the items can be estimated."""
    if len(covariance) < FEWEST_ITEMS_FOR_OMEGA or not np.diag(covariance).all():
        return None
    try:
        return omega_total(covariance)
    except AnalysisError:
        return None


def _omega_estimate(omega: Omega, items: Floats, person: Integers, n: int, persons: int) -> Estimate:
    """Omega with its interval: of complete answers whatever their distribution, else of as many normal ones as `n`."""
    complete = not np.isnan(items).any()
    try:
        error = omega_robust_error(omega, items, person) if complete else omega_error(omega, n)
    except (AnalysisError, np.linalg.LinAlgError):
        return Estimate(omega.total, None, None, persons)
    if not 0 < omega.total < 1 or not np.isfinite(error):
        return Estimate(omega.total, None, None, persons)
    low, high = omega_interval(omega.total, error)
    return Estimate(omega.total, low, high, persons)


def _items(scale: ScaleMeasure, covariance: Floats, rest: Floats) -> tuple[ItemInScale, ...]:
    """What each item adds to its scale; of two items none can be dropped."""
    dropped = np.full(len(rest), np.nan)
    if len(rest) >= FEWEST_ITEMS_FOR_OMEGA:
        dropped = _alpha_if_dropped(covariance)
    return tuple(
        ItemInScale(name, number(r), number(without))
        for name, r, without in zip(scale.columns, rest, dropped, strict=True)
    )


def _alpha_if_dropped(covariance: Floats) -> Floats:
    """Alpha without each item; not known where the sum of the others does not vary."""
    try:
        return alpha_if_dropped(covariance)
    except AnalysisError:
        return np.full(len(covariance), np.nan)


def _ordinal(items: Floats, person: Integers) -> tuple[float | None, float | None]:
    """Ordinal alpha and the omega of the coded sum; nothing of answers that are not few whole numbers."""
    there = items[~np.isnan(items)]
    if (there != np.rint(there)).any() or np.ptp(there) >= MOST_CATEGORIES:
        return None, None
    try:
        tables = Contingency.of(items)
        found = polychoric(tables)
        of_latent = alpha(found.correlation)
        if len(found.correlation) < FEWEST_ITEMS_FOR_OMEGA:
            return of_latent, None
        scores = PolychoricScores.of(tables, found)
        variances = scores.correlation_variances(scores.products(items, None, person))
        loadings = weighted_factor(found.correlation, 1 / (variances + np.eye(len(variances))))
    except (AnalysisError, np.linalg.LinAlgError):
        return None, None
    # an item may have no variance of its own; the model then has no omega
    proper = np.abs(loadings).max() < 1
    omega = omega_categorical(loadings, found.thresholds, found.correlation) if proper else None
    return number(of_latent), None if omega is None else number(omega)
