"""Reliability of the sum of the items, all together and factor by factor of the model; it turns and drops no item."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
import pandas as pd
from pydantic.dataclasses import dataclass

from analysis.errors import AnalysisError
from analysis.measurement.answers import Answers
from analysis.measurement.plan import MeasurementPlan
from analysis.measurement.pool import MOST_CATEGORIES_COUNTED, Pool
from analysis.measurement.remarks import Remarks
from analysis.measurement.tables import SHAPE, LabelledMatrix, Number, frame_of, known, matrix, numbers
from analysis.numeric import omega, reliability
from analysis.numeric.arrays import Floats
from analysis.numeric.polychoric import Polychoric, PolychoricScores, polychoric
from analysis.numeric.scalability import scalability

ALL_ITEMS = "all"
FEWEST_FOR_OMEGA = 3
FEWEST_FOR_INTERVAL = 2

_Part = TypeVar("_Part")


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
        """One row per item.

        Returns
        -------
        DataFrame
        """
        return frame_of(self.items).set_index("item")


@dataclass(frozen=True, config=SHAPE)
class ReliabilitySection:
    """All scales; ``htmt``, heterotrait-monotrait ratios between the model's factors of two items or more."""

    scales: tuple[ScaleReliability, ...]
    htmt: LabelledMatrix | None

    def to_frame(self) -> pd.DataFrame:
        """One row per scale: alpha and omega.

        Returns
        -------
        DataFrame
        """
        rows = [
            {"scale": s.scale, "alpha": s.alpha.raw, "omega": s.omega.total if s.omega else None} for s in self.scales
        ]
        return pd.DataFrame(rows).set_index("scale")


def assess_scales(
    pool: Pool, answers: Answers | None, plan: MeasurementPlan, factors: int, remarks: Remarks
) -> ReliabilitySection:
    """Assess the sum of all items and of the items of each factor of the model.

    Parameters
    ----------
    pool : Pool
    answers : Answers or None
        The rows, for errors that hold for any distribution and for weighted categorical omega.
    plan : MeasurementPlan
    factors : int
        Number of group factors behind all items, for hierarchical omega; from 2 on.
    remarks : Remarks
        Told which parts there are not, and why.

    Returns
    -------
    ReliabilitySection

    Raises
    ------
    AnalysisError
        As ``Moments.covariance`` and ``reliability.alpha``.
    """
    scales = [_scale(ALL_ITEMS, pool, answers, plan, factors=factors, remarks=remarks)]
    several = {} if plan.model is None else {k: v for k, v in plan.model.factors.items() if len(v) > 1}
    if len(several) > 1 or (several and set(next(iter(several.values()))) != set(pool.items)):
        for name, items in several.items():
            made = functools.partial(_scale, name, pool.part(items), answers, plan, factors=1, remarks=remarks)
            scales += filter(None, [remarks.attempt(f"reliability.{name}", made, items)])
    return ReliabilitySection(tuple(scales), _ratios(pool, several, remarks))


def _scale(
    name: str, pool: Pool, answers: Answers | None, plan: MeasurementPlan, *, factors: int, remarks: Remarks
) -> ScaleReliability:
    """Assess one sum of items."""
    items, n, p = pool.items, pool.independent, len(pool.items)
    covariance, correlation = pool.covariance(), pool.correlation()
    total = reliability.alpha(covariance)  # refuses a sum that does not vary before anything is made of it
    scaled = scalability(pool.counted) if pool.is_ordinal else None
    parts = _Parts(f"reliability.{name}", items, remarks)
    return ScaleReliability(
        scale=name,
        items=_items(items, covariance, None if scaled is None else scaled.items),
        n=n,
        average_correlation=known((correlation.sum() - p) / (p * (p - 1))),
        alpha=_alpha(total, covariance, correlation, n, parts),
        guttman=parts.made("guttman", lambda: GuttmanBounds(*numbers(vars(reliability.guttman(correlation)).values()))),
        omega=parts.made("omega", lambda: _omega(covariance, pool, answers, parts)),
        omega_hierarchical=_hierarchical(items, correlation, factors, plan, parts),
        ordinal=_ordinal(pool, answers, parts),
        loevinger_h=None if scaled is None else known(scaled.scale),
    )


@dataclasses.dataclass(frozen=True)
class _Parts:
    """Parts of one scale, and remarks on those that there are not."""

    scale: str
    items: tuple[str, ...]
    remarks: Remarks

    def made(self, part: str, make: Callable[[], _Part]) -> _Part | None:
        """Make a part or remark why not."""
        return self.remarks.attempt(f"{self.scale}.{part}", make, self.items)

    def without(self, part: str, code: str, message: str) -> None:
        """Remark that a part does not apply."""
        self.remarks.add(f"{self.scale}.{part}", code, message)


def _items(items: Sequence[str], covariance: Floats, share: Floats | None) -> tuple[ItemInScale, ...]:
    """What each item adds to the scale."""
    p, nothing = len(items), np.full(len(items), np.nan)
    rest = reliability.item_rest_correlations(covariance)
    alphas = [_without(reliability.alpha, covariance, i) for i in range(p)] if p > FEWEST_FOR_OMEGA - 1 else nothing
    omegas = [_without(lambda others: reliability.omega_total(others).total, covariance, i) for i in range(p)]
    shares = nothing if share is None else share
    return tuple(
        ItemInScale(item, known(rest[i]), known(alphas[i]), known(omegas[i]), known(shares[i]))
        for i, item in enumerate(items)
    )


def _without(coefficient: Callable[[Floats], float], covariance: Floats, i: int) -> float:
    """A coefficient of the other items, NaN where it cannot be had."""
    others = np.arange(len(covariance)) != i
    try:
        return coefficient(covariance[np.ix_(others, others)])
    except AnalysisError:
        return np.nan


def _alpha(value: float, covariance: Floats, correlation: Floats, n: int, parts: _Parts) -> Alpha:
    """Alpha and its intervals."""
    standardised = parts.made("alpha.standardised", lambda: reliability.alpha(correlation))
    if n < FEWEST_FOR_INTERVAL:
        parts.without(
            "alpha.intervals", "too_few_rows", f"{n} independent rows give no interval. Collect more answers."
        )
        return Alpha(value, standardised, *[None] * 5)
    low, high = reliability.alpha_interval(value, n, len(covariance))
    error = reliability.alpha_error(covariance, n)
    normal_low, normal_high = omega.omega_interval(value, error, scale="plain")
    return Alpha(value, standardised, *numbers((low, high, error, normal_low, normal_high)))


def _omega(covariance: Floats, pool: Pool, answers: Answers | None, parts: _Parts) -> OmegaTotal:
    """Omega of one factor, its errors where they can be had."""
    n = pool.independent
    found = reliability.omega_total(covariance)
    observed = reliability.omega_total(covariance, denominator="observed")
    if found.heywood.any():
        named = ", ".join(item for item, full in zip(pool.items, found.heywood, strict=True) if full)
        parts.without("omega", "heywood", f"{named} has no unique variance left in the one factor (Heywood case).")
    error = parts.made("omega.error", lambda: omega.omega_error(found, n))
    x, person = (None, None) if answers is None else (answers.columns(pool.items), answers.person)
    robust = None
    if x is not None and (~np.isnan(x)).all(1).sum() <= len(covariance):
        message = "Hardly any row answered every item, so there is no robust error."
        parts.without("omega.robust_error", "too_few_rows", message)
    elif x is not None:
        robust = parts.made("omega.robust_error", lambda: omega.omega_robust_error(found, x, person))
    extracted = reliability.average_variance_extracted(found)
    figures = (found.total, observed.total, error, *_interval(found.total, error))
    return OmegaTotal(*numbers((*figures, robust, *_interval(found.total, robust), extracted)))


def _interval(value: float, error: float | None) -> tuple[Number, Number]:
    """Interval on the logit scale, which a reliability outside 0 and 1 has none on."""
    if error is None or not 0 < value < 1:
        return None, None
    low, high = omega.omega_interval(value, error)
    return known(low), known(high)


def _hierarchical(
    items: Sequence[str], correlation: Floats, factors: int, plan: MeasurementPlan, parts: _Parts
) -> OmegaHierarchical | None:
    """Hierarchical omega; one factor has no hierarchy."""
    if factors < omega.FEWEST_GROUP_FACTORS:
        if parts.scale.endswith(ALL_ITEMS):
            message = "One factor has no hierarchy: omega total is the coefficient to read."
            parts.without("omega_hierarchical", "one_factor", message)
        return None
    found = parts.made(
        "omega_hierarchical", lambda: omega.omega_hierarchical(correlation, factors, rng=plan.stream("omega"))
    )
    if found is None:
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


def _ordinal(pool: Pool, answers: Answers | None, parts: _Parts) -> OrdinalReliability | None:
    """Reliability of ordinal items."""
    if not pool.is_ordinal:
        message = (
            f"Answers that are not whole numbers on at most {MOST_CATEGORIES_COUNTED} points are no ordinal items."
        )
        parts.without("ordinal", "not_ordinal", message)
        return None
    found = parts.made("ordinal", lambda: polychoric(pool.counted))
    alpha = None if found is None else parts.made("ordinal.alpha", lambda: reliability.alpha(found.correlation))
    if found is None or alpha is None:
        return None
    if answers is None:
        return OrdinalReliability(alpha, None, None)
    omegas = parts.made("ordinal.omega", lambda: _ordinal_omegas(pool, answers, found))
    return OrdinalReliability(alpha, *(omegas or (None, None)))


def _ordinal_omegas(pool: Pool, answers: Answers, found: Polychoric) -> tuple[Number, Number]:
    """Omega of the answers behind the items, and of their coded sum."""
    scores = PolychoricScores.of(pool.counted, found)
    products = scores.products(answers.columns(pool.items), answers.weights, answers.person)
    variances = scores.correlation_variances(products)
    loadings = omega.weighted_factor(found.correlation, 1 / (variances + np.eye(len(variances))))
    latent = loadings.sum() ** 2 / found.correlation.sum()
    return known(latent), known(omega.omega_categorical(loadings, found.thresholds, found.correlation))


def _ratios(pool: Pool, scales: dict[str, tuple[str, ...]], remarks: Remarks) -> LabelledMatrix | None:
    """Heterotrait-monotrait ratios between scales."""
    if len(scales) < len(("one", "other")):
        return None
    items = [item for own in scales.values() for item in own]
    scale_of = np.repeat(np.arange(len(scales)), [len(own) for own in scales.values()])
    return remarks.attempt(
        "reliability.htmt",
        lambda: matrix(reliability.heterotrait_monotrait(pool.part(items).correlation(), scale_of), tuple(scales)),
        items,
    )
