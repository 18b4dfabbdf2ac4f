"""How many factors lie behind the items, by every criterion side by side; it decides nothing by Kaiser's rule."""

from __future__ import annotations

import pandas as pd
from pydantic.dataclasses import dataclass

from analysis.measurement.answers import Answers
from analysis.measurement.plan import Matrix, MeasurementPlan
from analysis.measurement.pool import Pool
from analysis.measurement.relations import Relations, require_factorable
from analysis.measurement.remarks import Remarks
from analysis.measurement.tables import SHAPE, Number, frame_of, known, numbers
from analysis.numeric import extraction, retention
from analysis.numeric.hull import retention_table


@dataclass(frozen=True, config=SHAPE)
class Criterion:
    """What one criterion suggests. ``kaiser`` (eigenvalues above 1) is there for comparison only."""

    criterion: str
    suggested: int


@dataclass(frozen=True, config=SHAPE)
class ParallelResult:
    """Observed eigenvalues beside those of unrelated items, largest first.

    ``null``: "normal", "normal cut into categories" (polychoric correlations) or "permutation of persons";
    ``suggested`` counts those above the 95 % ``quantile`` up to the first that is not, ``suggested_by_mean``
    those above the mean; ``share_fixed``, share of answers no permutation could move.
    """

    null: str
    spectrum: str
    draws: int
    observed: tuple[Number, ...]
    mean: tuple[Number, ...]
    sd: tuple[Number, ...]
    quantile: tuple[Number, ...]
    level: float
    suggested: int
    suggested_by_mean: int
    share_fixed: float


@dataclass(frozen=True, config=SHAPE)
class HullPoint:
    """A number of factors on the curve of fit against parameters; ``elbow`` is null off the hull and at its ends."""

    factors: int
    parameters: int
    cfi: Number
    on_hull: bool
    elbow: Number


@dataclass(frozen=True, config=SHAPE)
class RetentionSection:
    """Every criterion for the number of factors side by side; ``used`` is what the factor analysis took.

    ``map_squared`` and ``map_fourth``: Velicer's averages after 0, 1, 2 … components; ``ekc_reference``: reference
    eigenvalues of the empirical Kaiser criterion; ``hull`` on the comparative fit index.
    """

    used: int
    used_because: str
    criteria: tuple[Criterion, ...]
    parallel: tuple[ParallelResult, ...]
    map_squared: tuple[Number, ...]
    map_fourth: tuple[Number, ...]
    ekc_reference: tuple[Number, ...]
    hull: tuple[HullPoint, ...]

    def to_frame(self) -> pd.DataFrame:
        """One row per criterion.

        Returns
        -------
        DataFrame
        """
        return frame_of(self.criteria)


def count_factors(
    pool: Pool, answers: Answers | None, relations: Relations, plan: MeasurementPlan, remarks: Remarks
) -> RetentionSection:
    """Set the criteria for the number of factors side by side.

    Parameters
    ----------
    pool : Pool
    answers : Answers or None
        The rows, for parallel analysis by permutation and of categories.
    relations : Relations
    plan : MeasurementPlan
    remarks : Remarks
        Told which criteria there are not, and why.

    Returns
    -------
    RetentionSection
        ``used`` is the plan's number, else that of parallel analysis (components, 95 % quantile), at least 1 and
        no more than the items allow.

    Raises
    ------
    AnalysisError
        ``too_few_rows``, ``collinear_items``, ``not_positive_definite``.
    """
    require_factorable(pool)
    n, r = pool.independent, relations.correlation
    table = retention_table(r, n, rng=plan.stream("retention"), draws=plan.draws)
    suggested = dict(table.suggested)
    parallel = [_parallel(table.components, "normal", "components")]
    if table.reduced is not None:
        parallel.append(_parallel(table.reduced, "normal", "reduced"))
    for name, null, found in (
        ("parallel_categories", "normal cut into categories", _of_categories(pool, answers, relations, plan, remarks)),
        ("parallel_permutation", "permutation of persons", _permuted(answers, plan, remarks)),
    ):
        if found is not None:
            parallel.append(_parallel(found, null, "components"))
            suggested[name] = found.suggested
    return RetentionSection(
        used=plan.factors or _within_limits(table.components.suggested, len(r)),
        used_because="asked for" if plan.factors else "parallel analysis of components, 95 % quantile",
        criteria=tuple(Criterion(name, int(count)) for name, count in suggested.items()),
        parallel=tuple(parallel),
        map_squared=numbers(table.partial.squared),
        map_fourth=numbers(table.partial.fourth),
        ekc_reference=numbers(table.empirical.reference),
        hull=()
        if table.hull is None
        else tuple(
            HullPoint(k, int(table.hull.parameters[k]), known(cfi), k in table.hull.on_hull, known(table.hull.elbow[k]))
            for k, cfi in enumerate(table.hull.cfi)
        ),
    )


def _within_limits(suggested: int, p: int) -> int:
    """At least one factor, and no more than the items allow."""
    most = max((k for k in range(1, p) if extraction.degrees_of_freedom(p, k) >= 0), default=1)
    return min(max(suggested, 1), most)


def _permuted(answers: Answers | None, plan: MeasurementPlan, remarks: Remarks) -> retention.ParallelAnalysis | None:
    """Parallel analysis by permutation of whole persons; none for what it does not know."""
    kinds: dict[Matrix, retention.Matrix] = {"pearson": "pearson", "polychoric": "polychoric"}
    reason = (
        f"{plan.matrix} correlations"
        if plan.matrix not in kinds
        else "moments by maximum likelihood"
        if plan.missing == "em"
        else ""
    )
    if reason:
        message = f"There is no parallel analysis by permutation of {reason}; that of normal items is there."
        remarks.add("retention.permutation", "not_available", message)
    if reason or answers is None:
        return None
    return remarks.attempt(  # a permuted table can lack what the answers have, two items answered together
        "retention.permutation",
        lambda: retention.parallel_analysis_by_permutation(
            answers.x,
            answers.persons,
            rng=plan.stream("permutation"),
            draws=plan.permutations,
            matrix=kinds[plan.matrix],
            weights=answers.weights,
        ),
    )


def _of_categories(
    pool: Pool, answers: Answers | None, relations: Relations, plan: MeasurementPlan, remarks: Remarks
) -> retention.ParallelAnalysis | None:
    """Parallel analysis of polychoric correlations, which vary more than those of normal items of as many rows."""
    latent = relations.latent
    if latent is None or answers is None:  # block by block there may be too many rows to draw a table of them
        return None
    return remarks.attempt(
        "retention.categories",
        lambda: retention.parallel_analysis_of_categories(
            latent, pool.independent, rng=plan.stream("categories"), draws=plan.permutations
        ),
    )


def _parallel(found: retention.ParallelAnalysis, null: str, spectrum: str) -> ParallelResult:
    """Put a parallel analysis into the section's words."""
    return ParallelResult(
        null=null,
        spectrum=spectrum,
        draws=found.draws,
        observed=numbers(found.observed),
        mean=numbers(found.mean),
        sd=numbers(found.sd),
        quantile=numbers(found.quantile),
        level=found.level,
        suggested=int(found.suggested),
        suggested_by_mean=int(found.suggested_by_mean),
        share_fixed=float(found.share_fixed),
    )
