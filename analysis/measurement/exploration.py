"""The factors behind the items, their fit, and how far they move when other persons are asked; it drops no item."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
from pydantic.dataclasses import dataclass

from analysis.engines import factor_analyzer_agreement
from analysis.measurement.answers import Answers
from analysis.measurement.plan import MeasurementPlan, Method
from analysis.measurement.relations import correlate
from analysis.measurement.tables import SHAPE, LabelledMatrix, Number, frame_of, known, matrix, numbers, same_fields
from analysis.numeric import extraction, loading_intervals, retention, rotation
from analysis.numeric.arrangement import Arrangement
from analysis.numeric.arrays import Floats
from analysis.numeric.item_placement import ItemPlacement

STARTS_OF_RESAMPLES = 4
_ALSO_ELSEWHERE = ("oblimin", "quartimin")
_METHODS: dict[Method, extraction.Method] = {"minres": "minres", "ml": "ml", "paf": "principal_axis"}


@dataclass(frozen=True, config=SHAPE)
class FitOfFactors:
    """How well the factors reproduce the correlations; ``rmsea_low`` and ``rmsea_high`` bound 90 %."""

    dof: int
    objective: Number
    chi2: Number
    p_value: Number
    null_chi2: Number
    null_dof: int
    rmsea: Number
    rmsea_low: Number
    rmsea_high: Number
    tli: Number
    cfi: Number
    bic: Number
    rmsr: Number
    srmr: Number
    largest_residual: Number


@dataclass(frozen=True, config=SHAPE)
class ItemOnFactors:
    """One item: its ``primary`` factor and loading, the next largest loading, and their distance ``gap``.

    ``complexity`` is Hofmann's; ``unclear`` gives the rules of the plan that the item breaks ("low_loading",
    "small_gap", "low_communality"): candidates for dropping, none is dropped.
    """

    item: str
    communality: Number
    uniqueness: Number
    heywood: bool
    primary: str
    loading: Number
    second: Number
    gap: Number
    complexity: Number
    unclear: tuple[str, ...]


@dataclass(frozen=True, config=SHAPE)
class FactorVariance:
    """Sum of squares of a factor (pattern times structure) and its share of all items' variance."""

    factor: str
    sum_of_squares: Number
    share: Number


@dataclass(frozen=True, config=SHAPE)
class Intervals:
    """95 % intervals of the loadings over persons resampled; ``congruence`` of each factor with itself."""

    resamples: int
    failed: int
    low: LabelledMatrix
    high: LabelledMatrix
    error: LabelledMatrix
    phi_low: LabelledMatrix
    phi_high: LabelledMatrix
    congruence: tuple[Number, ...]


@dataclass(frozen=True, config=SHAPE)
class FactorSection:
    """Factors of the items, by size, each with a positive sum of loadings; rotated to a target, in its order.

    ``n``, independent rows behind the tests; ``criterion``, value of the rotation's criterion; shares of starts
    that reached the best minimum; ``engine_agreement``, greatest differences from the package factor-analyzer
    (minres and oblimin only); ``fit`` by the standard formulas and ``fit_psych`` by those of psych 2.2.9.
    """

    n: int
    method: str
    rotation: str
    factors: tuple[str, ...]
    pattern: LabelledMatrix
    structure: LabelledMatrix
    phi: LabelledMatrix
    items: tuple[ItemOnFactors, ...]
    variance: tuple[FactorVariance, ...]
    objective: Number
    criterion: Number
    extraction_share_at_best: float
    rotation_share_at_best: float
    starts: int
    converged: bool
    fit: FitOfFactors
    fit_psych: FitOfFactors
    engine_agreement: dict[str, float]
    intervals: Intervals | None = None

    def to_frame(self) -> pd.DataFrame:
        """Loadings, with what is known of each item beside them.

        Returns
        -------
        DataFrame
        """
        return self.pattern.to_frame().join(frame_of(self.items).set_index("item"))


@dataclasses.dataclass(frozen=True, eq=False)
class Solution:
    """Extracted and rotated factors as arrays, and their names."""

    extracted: extraction.Extraction
    rotated: rotation.Rotation
    factors: tuple[str, ...]


def solve(correlation: Floats, k: int, plan: MeasurementPlan) -> Solution:
    """Extract k factors and rotate them as the plan says.

    Parameters
    ----------
    correlation : (p, p) array
    k : int
    plan : MeasurementPlan

    Returns
    -------
    Solution

    Raises
    ------
    AnalysisError
        ``too_many_factors``, ``collinear_items``, ``not_positive_definite``, ``empty_target``.
    """
    extracted = extraction.extract(correlation, k, method=_METHODS[plan.method])
    names = tuple(f"F{i + 1}" for i in range(k)) if plan.target is None else plan.target.factors
    if plan.rotation == "none":
        return Solution(extracted, _unrotated(extracted.loadings), names)
    return Solution(extracted, _turn(plan, plan.stream("rotation"), plan.starts)(extracted.loadings), names)


def describe_factors(
    n: int, items: tuple[str, ...], correlation: Floats, solution: Solution, plan: MeasurementPlan
) -> FactorSection:
    """Put names to a solution and judge its fit.

    Parameters
    ----------
    n : int
        Independent rows.
    items : tuple of str
    correlation : (p, p) array
    solution : Solution
    plan : MeasurementPlan

    Returns
    -------
    FactorSection

    Raises
    ------
    AnalysisError
        As ``extraction.fit`` and ``retention.sampling_adequacy``.
    """
    extracted, rotated, factors = solution.extracted, solution.rotated, solution.factors
    fits = [
        extraction.fit(correlation, extracted.loadings, extracted.uniquenesses, n, convention=convention)
        for convention in ("standard", "psych")
    ]
    squares = (rotated.pattern * rotated.structure).sum(0)
    return FactorSection(
        n=n,
        method=plan.method,
        rotation=plan.rotation if len(factors) > 1 else "none",
        factors=factors,
        pattern=matrix(rotated.pattern, items, factors),
        structure=matrix(rotated.structure, items, factors),
        phi=matrix(rotated.phi, factors),
        items=place_items(items, solution, plan),
        variance=tuple(
            FactorVariance(name, known(value), known(value / len(items)))
            for name, value in zip(factors, squares, strict=True)
        ),
        objective=known(extracted.objective),
        criterion=known(rotated.value),
        extraction_share_at_best=extracted.share_at_best,
        rotation_share_at_best=rotated.share_at_best,
        starts=rotated.starts,
        converged=rotated.converged,
        fit=FitOfFactors(**same_fields(fits[0])),
        fit_psych=FitOfFactors(**same_fields(fits[1])),
        engine_agreement=_agreement(correlation, solution, plan),
    )


def place_items(items: tuple[str, ...], solution: Solution, plan: MeasurementPlan) -> tuple[ItemOnFactors, ...]:
    """Say where each item belongs, and which of the plan's rules it breaks.

    Parameters
    ----------
    items : tuple of str
    solution : Solution
    plan : MeasurementPlan

    Returns
    -------
    tuple of ItemOnFactors
    """
    placed = ItemPlacement.of(solution.rotated.pattern)
    return tuple(_item(item, i, placed, solution, plan) for i, item in enumerate(items))


def bound_loadings(answers: Answers, solution: Solution, plan: MeasurementPlan) -> Intervals:
    """Resample persons to see how far loadings move.

    Parameters
    ----------
    answers : Answers
    solution : Solution
    plan : MeasurementPlan

    Returns
    -------
    Intervals

    Raises
    ------
    AnalysisError
        ``unstable_solution``.
    """
    rng = plan.stream("resamples")
    known_weights = np.ones(len(answers.x)) if answers.weights is None else answers.weights
    found = loading_intervals.loading_intervals(
        lambda weights: correlate(answers.x, weights * known_weights, plan),
        answers.persons,
        solution.rotated,
        turned=_turn(plan, rng, STARTS_OF_RESAMPLES),
        method=_METHODS[plan.method],
        rng=rng,
        resamples=plan.resamples,
    )
    items, factors = answers.items, solution.factors
    return Intervals(
        resamples=found.resamples,
        failed=found.failed,
        low=matrix(found.low, items, factors),
        high=matrix(found.high, items, factors),
        error=matrix(found.error, items, factors),
        phi_low=matrix(found.phi_low, factors),
        phi_high=matrix(found.phi_high, factors),
        congruence=numbers(found.congruence),
    )


def _turn(plan: MeasurementPlan, rng: np.random.Generator, starts: int) -> Callable[[Floats], rotation.Rotation]:
    """How loadings are rotated."""
    if plan.target is None:
        criterion = _criterion(plan)
        return lambda loadings: rotation.rotate(loadings, criterion, rng=rng, starts=starts, kaiser=plan.kaiser)
    rows = [plan.target.loadings[item] for item in plan.items]
    target = np.array([[np.nan if value is None else value for value in row] for row in rows])
    oblique = plan.rotation == "target"
    return lambda loadings: rotation.rotate_to_target(loadings, target, oblique=oblique, rng=rng, starts=starts)


def _criterion(plan: MeasurementPlan) -> rotation.Criterion:
    """Name of the rotation's criterion in `numeric`: quartimin is oblimin with gamma 0."""
    criteria: dict[str, rotation.Criterion] = {
        "varimax": "varimax",
        "promax": "promax",
        "geomin": "geomin",
        "geomin_orthogonal": "geomin_orthogonal",
    }
    return criteria.get(plan.rotation, "oblimin")


def _unrotated(loadings: Floats) -> rotation.Rotation:
    """Factors as they were extracted, by size, sums positive."""
    one = np.eye(loadings.shape[1])
    plain = rotation.Rotation("varimax", loadings, one, one, np.nan, 0.0, 1, 1.0)
    return plain.arranged(Arrangement.by_size(loadings))


def _item(item: str, i: int, placed: ItemPlacement, solution: Solution, plan: MeasurementPlan) -> ItemOnFactors:
    """One item on the factors."""
    communality = float(solution.rotated.communalities[i])
    several = len(solution.factors) > 1  # on a single factor there is nothing to be near to
    rules = {
        "low_loading": abs(placed.loading[i]) < plan.least_loading,
        "small_gap": several and placed.gap[i] < plan.least_gap,
        "low_communality": communality < plan.least_communality,
    }
    return ItemOnFactors(
        item=item,
        communality=known(communality),
        uniqueness=known(solution.extracted.uniquenesses[i]),
        heywood=bool(solution.extracted.heywood[i]),
        primary=solution.factors[placed.primary[i]],
        loading=known(placed.loading[i]),
        second=known(placed.second[i]),
        gap=known(placed.gap[i]) if several else None,
        complexity=known(placed.complexity[i]),
        unclear=tuple(rule for rule, broken in rules.items() if broken),
    )


def _agreement(correlation: Floats, solution: Solution, plan: MeasurementPlan) -> dict[str, float]:
    """Greatest differences from the second engine, which knows minres and oblimin."""
    if plan.method != "minres" or plan.rotation not in _ALSO_ELSEWHERE or plan.kaiser:
        return {}
    kmo = retention.sampling_adequacy(correlation).overall
    rotated = solution.rotated
    with warnings.catch_warnings():
        # it warns of correlations that hardly have an inverse; ours has one of these, or refused them by name
        warnings.simplefilter("ignore", UserWarning)
        return factor_analyzer_agreement(correlation, rotated.pattern, communalities=rotated.communalities, kmo=kmo)
