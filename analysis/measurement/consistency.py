"""Reliability of the sum of the items, all together and factor by factor of the model; it turns and drops no item."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from pydantic.dataclasses import dataclass

from analysis.errors import AnalysisError
from analysis.measurement.answers import Answers, whole_numbers
from analysis.measurement.plan import MeasurementPlan
from analysis.measurement.tables import SHAPE, LabelledMatrix, Number, frame_of, known, matrix, numbers
from analysis.numeric import omega, reliability
from analysis.numeric.arrays import Floats
from analysis.numeric.contingency import Contingency
from analysis.numeric.moments import Moments
from analysis.numeric.polychoric import PolychoricScores, polychoric
from analysis.numeric.scalability import scalability

ALL_ITEMS = "all"
FEWEST_FOR_OMEGA = 3
# Answers on more points are taken as continuous here: tables of them are nearly empty.
MOST_CATEGORIES_COUNTED = 11


@dataclass(frozen=True, config=SHAPE)
class ItemInScale:
    """One item: correlation with the sum of the others, alpha and omega without it, and its share in Loevinger's H."""

    item: str
    item_rest: Number
    alpha_if_dropped: Number
    omega_if_dropped: Number
    loevinger_h: Number


@dataclass(frozen=True, config=SHAPE)
class Alpha:
    """Cronbach's alpha with Feldt's 95 % interval, and Duhachek and Iacobucci's standard error and interval."""

    raw: Number
    standardised: Number
    feldt_low: Number
    feldt_high: Number
    duhachek_error: Number
    duhachek_low: Number
    duhachek_high: Number


@dataclass(frozen=True, config=SHAPE)
class OmegaTotal:
    """McDonald's omega of one factor by maximum likelihood.

    ``total`` divides by the variance the model implies, ``observed`` by the variance found. ``error`` (normal
    answers) and ``robust_error`` (any answers, persons' ratings together) with 95 % intervals on the logit scale.
    ``average_variance_extracted`` is that of covariances.
    """

    total: Number
    observed: Number
    error: Number
    low: Number
    high: Number
    robust_error: Number
    robust_low: Number
    robust_high: Number
    average_variance_extracted: Number


@dataclass(frozen=True, config=SHAPE)
class OmegaHierarchical:
    """A general factor and group factors (Schmid-Leiman; ``psych::omega`` without flipping items).

    ``hierarchical``, share of the general factor in the sum's variance; ``total``, of all factors; ``ecv``, the
    general factor's share of the common variance. One row of ``loadings`` per item: general, then groups.
    """

    groups: int
    hierarchical: Number
    total: Number
    ecv: Number
    loadings: LabelledMatrix
    general_in_group: tuple[Number, ...]
    specific_in_group: tuple[Number, ...]


@dataclass(frozen=True, config=SHAPE)
class OrdinalReliability:
    """Reliability by polychoric correlations: alpha, omega of the latent answers, and of the coded sum (Green-Yang)."""

    alpha: Number
    omega_latent: Number
    omega_categorical: Number


@dataclass(frozen=True, config=SHAPE)
class GuttmanBounds:
    """Guttman's lower bounds of standardised items (``psych::guttman``)."""

    lambda1: Number
    lambda2: Number
    lambda3: Number
    lambda6: Number


@dataclass(frozen=True, config=SHAPE)
class ScaleReliability:
    """A sum of items. ``scale`` is "all" or a factor of the model; ``n``, independent rows behind the intervals.

    Parts that the data do not allow are null.
    """

    scale: str
    items: tuple[ItemInScale, ...]
    n: int
    average_correlation: Number
    alpha: Alpha
    guttman: GuttmanBounds | None
    omega: OmegaTotal | None
    omega_hierarchical: OmegaHierarchical | None
    ordinal: OrdinalReliability | None
    loevinger_h: Number

    def to_frame(self) -> pd.DataFrame:
        """One row per item."""
        return frame_of(self.items).set_index("item")


@dataclass(frozen=True, config=SHAPE)
class ReliabilitySection:
    """All scales; ``htmt``, heterotrait-monotrait ratios between the model's factors of two items or more."""

    scales: tuple[ScaleReliability, ...]
    htmt: LabelledMatrix | None

    def to_frame(self) -> pd.DataFrame:
        """One row per scale: alpha and omega."""
        rows = [
            {"scale": s.scale, "alpha": s.alpha.raw, "omega": s.omega.total if s.omega else None} for s in self.scales
        ]
        return pd.DataFrame(rows).set_index("scale")


def assess_scales(answers: Answers, plan: MeasurementPlan, factors: int) -> ReliabilitySection:
    """Assess the sum of all items and of the items of each factor of the model.

    Parameters
    ----------
    answers : Answers
    plan : MeasurementPlan
    factors : int
        Number of group factors behind all items, for hierarchical omega; from 2 on.

    Returns
    -------
    ReliabilitySection

    Raises
    ------
    AnalysisError
        As ``Moments.covariance`` and ``reliability.alpha``.
    """
    scales = [_scale(ALL_ITEMS, answers.items, answers, plan, factors)]
    several = {} if plan.model is None else {k: v for k, v in plan.model.factors.items() if len(v) > 1}
    if len(several) > 1 or (several and set(next(iter(several.values()))) != set(answers.items)):
        scales += [_scale(name, items, answers, plan, 1) for name, items in several.items()]
    return ReliabilitySection(tuple(scales), _ratios(answers, several))


def _scale(name: str, items: Sequence[str], answers: Answers, plan: MeasurementPlan, factors: int) -> ScaleReliability:
    """Assess one sum of items."""
    x = answers.columns(items)
    moments = Moments.of(x, answers.weights)
    covariance, correlation, n = moments.covariance(), moments.correlation(), answers.independent
    tables = Contingency.of(x, answers.weights) if _is_ordinal(x) else None
    scaled = None if tables is None else scalability(tables)
    p = len(items)
    return ScaleReliability(
        scale=name,
        items=_items(items, covariance, None if scaled is None else scaled.items),
        n=n,
        average_correlation=known((correlation.sum() - p) / (p * (p - 1))),
        alpha=_alpha(covariance, correlation, n),
        guttman=_guttman(correlation),
        omega=_omega(covariance, x, answers, n),
        omega_hierarchical=_hierarchical(items, correlation, factors, plan),
        ordinal=None if tables is None else _ordinal(x, tables, answers),
        loevinger_h=None if scaled is None else known(scaled.scale),
    )


def _is_ordinal(x: Floats) -> bool:
    """Whether answers can be counted in tables."""
    return whole_numbers(x) and float(np.nanmax(x) - np.nanmin(x)) < MOST_CATEGORIES_COUNTED


def _items(items: Sequence[str], covariance: Floats, share: Floats | None) -> tuple[ItemInScale, ...]:
    """What each item adds to the scale."""
    p, nothing = len(items), np.full(len(items), np.nan)
    rest = reliability.item_rest_correlations(covariance)
    alphas = reliability.alpha_if_dropped(covariance) if p > FEWEST_FOR_OMEGA - 1 else nothing
    omegas = [_omega_without(covariance, i) for i in range(p)]
    shares = nothing if share is None else share
    return tuple(
        ItemInScale(item, known(rest[i]), known(alphas[i]), known(omegas[i]), known(shares[i]))
        for i, item in enumerate(items)
    )


def _omega_without(covariance: Floats, i: int) -> float:
    """Omega of the other items, NaN where it cannot be had."""
    others = np.arange(len(covariance)) != i
    try:
        return reliability.omega_total(covariance[np.ix_(others, others)]).total
    except AnalysisError:
        return np.nan


def _alpha(covariance: Floats, correlation: Floats, n: int) -> Alpha:
    """Alpha and its intervals."""
    value = reliability.alpha(covariance)
    low, high = reliability.alpha_interval(value, n, len(covariance))
    error = reliability.alpha_error(covariance, n)
    normal_low, normal_high = omega.omega_interval(value, error, scale="plain")
    figures = (value, reliability.alpha(correlation), low, high, error, normal_low, normal_high)
    return Alpha(*numbers(figures))


def _guttman(correlation: Floats) -> GuttmanBounds | None:
    """Guttman's bounds; none of correlations without an inverse."""
    try:
        return GuttmanBounds(*numbers(vars(reliability.guttman(correlation)).values()))
    except AnalysisError:
        return None


def _omega(covariance: Floats, x: Floats, answers: Answers, n: int) -> OmegaTotal | None:
    """Omega of one factor; none of fewer than three items or of covariances that have no factor."""
    try:
        found = reliability.omega_total(covariance)
        observed = reliability.omega_total(covariance, denominator="observed")
        error = omega.omega_error(found, n)
        complete = answers.complete.sum() > len(covariance)
        robust = omega.omega_robust_error(found, x, answers.person) if complete else np.nan
    except (AnalysisError, np.linalg.LinAlgError):
        return None
    low, high = omega.omega_interval(found.total, error)
    robust_low, robust_high = omega.omega_interval(found.total, robust)
    extracted = reliability.average_variance_extracted(found)
    return OmegaTotal(
        *numbers((found.total, observed.total, error, low, high, robust, robust_low, robust_high, extracted))
    )


def _hierarchical(
    items: Sequence[str], correlation: Floats, factors: int, plan: MeasurementPlan
) -> OmegaHierarchical | None:
    """Hierarchical omega; none with one factor, or where the items do not allow so many."""
    if factors < omega.FEWEST_GROUP_FACTORS:
        return None
    try:
        found = omega.omega_hierarchical(correlation, factors, rng=plan.stream("omega"))
    except AnalysisError:
        return None
    names = ("general", *(f"G{i + 1}" for i in range(factors)))
    return OmegaHierarchical(
        groups=factors,
        hierarchical=known(found.omega_hierarchical),
        total=known(found.omega_total),
        ecv=known(found.common_variance),
        loadings=matrix(np.column_stack([found.general, found.group]), items, names),
        general_in_group=numbers(found.general_in_group),
        specific_in_group=numbers(found.specific_in_group),
    )


def _ordinal(x: Floats, tables: Contingency, answers: Answers) -> OrdinalReliability | None:
    """Reliability of ordinal items; none where polychoric correlations cannot be had."""
    try:
        found = polychoric(tables)
        alpha = reliability.alpha(found.correlation)
        scores = PolychoricScores.of(tables, found)
        variances = scores.correlation_variances(scores.products(x, answers.weights, answers.person))
        loadings = omega.weighted_factor(found.correlation, 1 / (variances + np.eye(len(variances))))
    except AnalysisError:
        return None
    latent = loadings.sum() ** 2 / found.correlation.sum()
    coded = omega.omega_categorical(loadings, found.thresholds, found.correlation)
    return OrdinalReliability(known(alpha), known(latent), known(coded))


def _ratios(answers: Answers, scales: dict[str, tuple[str, ...]]) -> LabelledMatrix | None:
    """Heterotrait-monotrait ratios between scales."""
    if len(scales) < len(("one", "other")):
        return None
    x = np.column_stack([answers.columns(items) for items in scales.values()])
    scale_of = np.repeat(np.arange(len(scales)), [len(items) for items in scales.values()])
    return matrix(
        reliability.heterotrait_monotrait(Moments.of(x, answers.weights).correlation(), scale_of), tuple(scales)
    )
