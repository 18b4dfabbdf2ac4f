"""Correlations of the items in the kind asked for, and whether they can be factored; it repairs none unasked."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pandas as pd
from pydantic.dataclasses import dataclass
from scipy import stats

from analysis.errors import AnalysisError
from analysis.measurement.answers import Answers, ordinal_items
from analysis.measurement.plan import Matrix, MeasurementPlan, Missing
from analysis.measurement.pool import Pool
from analysis.measurement.remarks import Remarks
from analysis.measurement.tables import SHAPE, LabelledMatrix, Number, known, matrix, numbers
from analysis.numeric.arrays import Floats, Integers
from analysis.numeric.contingency import Contingency
from analysis.numeric.correlations import SMALLEST_EIGENVALUE, smoothed, squared_multiple_correlations
from analysis.numeric.incomplete import normal_estimate
from analysis.numeric.moments import Moments
from analysis.numeric.polychoric import Polychoric, PolychoricScores, polychoric
from analysis.numeric.polyserial import MixedTables
from analysis.numeric.retention import sampling_adequacy, sphericity

_NOT_RANKED_BY_TABLE = ("fractional_code", "too_many_categories")
# Resamples need no more digits than their spread shows.
_TOLERANCE_OF_RESAMPLES = 1e-6
# Sparse tables: more empty cells than this share of all make polychoric correlations unreliable.
MANY_EMPTY_CELLS = 0.2


@dataclasses.dataclass(frozen=True, eq=False)
class Relations:
    """Correlations (p, p) that all later steps read, and what they came from.

    ``raw`` (p, p) are those before smoothing; ``latent`` is there for polychoric ones, ``ordinal`` names the items
    that were taken as ordinal.
    """

    correlation: Floats
    raw: Floats
    n_pairwise: Integers
    latent: Polychoric | None
    ordinal: tuple[str, ...]

    @property
    def is_smoothed(self) -> bool:
        """Whether the matrix had to be repaired."""
        return self.correlation is not self.raw


@dataclass(frozen=True, config=SHAPE)
class ItemThresholds:
    """Where an item cuts the normal variable behind it; one fewer than the ``answers`` it got."""

    item: str
    answers: tuple[int, ...]
    thresholds: tuple[float, ...]


@dataclass(frozen=True, config=SHAPE)
class ItemPair:
    """Two items."""

    item: str
    other: str


@dataclass(frozen=True, config=SHAPE)
class CorrelationSection:
    """Correlations of the items.

    ``missing``: how missing answers were met (em: by maximum likelihood); ``n_pairwise``, rows behind each pair;
    ``smallest_eigenvalue`` of the matrix as it was found: below 0 the correlations contradict each other;
    ``smoothed`` whether ``values`` were repaired. Of polychoric ones also ``thresholds``, ``empty_cells`` (answers to
    two items that nobody combined), ``errors`` (sampling standard errors, persons' ratings taken together) and
    ``at_bound``, pairs that ran to plus or minus 0.99999.
    """

    kind: Matrix
    missing: Missing
    values: LabelledMatrix
    n_pairwise: LabelledMatrix
    eigenvalues: tuple[Number, ...]
    smallest_eigenvalue: float
    determinant: float
    smoothed: bool
    ordinal: tuple[str, ...]
    thresholds: tuple[ItemThresholds, ...] = ()
    empty_cells: LabelledMatrix | None = None
    errors: LabelledMatrix | None = None
    at_bound: tuple[ItemPair, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """Give the correlations as a data frame.

        Returns
        -------
        DataFrame
        """
        return self.values.to_frame()


@dataclass(frozen=True, config=SHAPE)
class ItemAdequacy:
    """Measure of sampling adequacy (MSA) and squared multiple correlation of one item."""

    item: str
    msa: Number
    smc: Number


@dataclass(frozen=True, config=SHAPE)
class AdequacySection:
    """Whether the correlations can be factored: Kaiser-Meyer-Olkin (0 to 1) and Bartlett's test on ``n`` rows.

    Equals ``psych::KMO``, ``psych::smc`` and ``psych::cortest.bartlett``.
    """

    n: int
    kmo: float
    items: tuple[ItemAdequacy, ...]
    bartlett_chi2: float
    bartlett_dof: int
    bartlett_p: float


def relate_items(pool: Pool, answers: Answers | None, plan: MeasurementPlan) -> Relations:
    """Correlate the items.

    Parameters
    ----------
    pool : Pool
    answers : Answers or None
        The rows, for what sums do not tell: mixed correlations, and ranks of answers that cannot be counted.
    plan : MeasurementPlan
        Which kind of correlation, and whether to repair it.

    Returns
    -------
    Relations

    Raises
    ------
    AnalysisError
        ``constant_item``, ``pair_never_observed``, ``too_few_rows``, ``fractional_code``,
        ``too_many_categories``, ``rows_needed``.
    """
    latent = _latent(pool.counted, plan) if plan.matrix == "polychoric" else None
    raw = _pooled(pool, answers, plan) if latent is None else latent.correlation
    broken = plan.smooth and float(np.linalg.eigvalsh(raw)[0]) < SMALLEST_EIGENVALUE
    return Relations(
        smoothed(raw, tolerance=SMALLEST_EIGENVALUE) if broken else raw,
        raw,
        pool.moments.n_pairwise,
        latent,
        _ordinal_names(pool, answers, plan),
    )


def correlate(x: Floats, weights: Floats | None, plan: MeasurementPlan) -> Floats:
    """Correlations of the kind the plan asks for.

    Parameters
    ----------
    x : (n, p) array
        NaN where missing.
    weights : (n,) array or None
    plan : MeasurementPlan

    Returns
    -------
    (p, p) array

    Raises
    ------
    AnalysisError
        As ``relate_items``.
    """
    if plan.missing == "em":
        found = normal_estimate(x, weights=weights, tolerance=_TOLERANCE_OF_RESAMPLES).covariance
        deviations = np.sqrt(np.diag(found))
        return np.asarray(found / np.outer(deviations, deviations))
    return _KINDS[plan.matrix](x, weights, plan)


def describe_relations(
    pool: Pool, answers: Answers | None, relations: Relations, plan: MeasurementPlan, remarks: Remarks
) -> CorrelationSection:
    """Put names to correlations.

    Parameters
    ----------
    pool : Pool
    answers : Answers or None
        The rows, for sampling errors of polychoric correlations.
    relations : Relations
    plan : MeasurementPlan
    remarks : Remarks
        Told what makes correlations doubtful.

    Returns
    -------
    CorrelationSection
    """
    items, latent = pool.items, relations.latent
    eigenvalues = np.linalg.eigvalsh(relations.correlation)[::-1]
    section = CorrelationSection(
        kind=plan.matrix,
        missing=plan.missing,
        values=matrix(relations.correlation, items),
        n_pairwise=matrix(relations.n_pairwise, items),
        eigenvalues=numbers(eigenvalues),
        smallest_eigenvalue=float(np.linalg.eigvalsh(relations.raw)[0]),
        determinant=float(np.prod(eigenvalues)),
        smoothed=relations.is_smoothed,
        ordinal=relations.ordinal,
    )
    if latent is not None:
        section = dataclasses.replace(
            section,
            thresholds=tuple(
                ItemThresholds(item, tuple(given.tolist()), tuple(cuts.tolist()))
                for item, given, cuts in zip(items, latent.answers, latent.thresholds, strict=True)
            ),
            empty_cells=matrix(latent.empty_cells, items),
            errors=None
            if answers is None or plan.correction
            else remarks.attempt("correlations.errors", lambda: _errors(pool, answers, latent)),
            at_bound=tuple(ItemPair(items[i], items[j]) for i, j in np.argwhere(np.tril(latent.at_bound, -1))),
        )
        if plan.correction:
            message = "There are no sampling errors of correlations from tables whose empty cells were filled."
            remarks.add("correlations.errors", "corrected_tables", message)
    _remark(section, pool, remarks)
    return section


def _remark(section: CorrelationSection, pool: Pool, remarks: Remarks) -> None:
    """What makes correlations doubtful."""
    if section.smallest_eigenvalue < 0:
        done = "They were smoothed." if section.smoothed else "They were not smoothed; ask for it with `smooth`."
        remarks.add("correlations", "not_positive_definite", f"The correlations contradict each other. {done}")
    elif section.smoothed:
        remarks.add("correlations", "smoothed", "The correlations had no inverse; they were smoothed.")
    if pool.estimate is not None and not pool.estimate.converged:
        remarks.add("correlations", "no_convergence", "The search for the likeliest moments (EM) did not end.")
    if section.at_bound:
        named = ", ".join(f"{pair.item} and {pair.other}" for pair in section.at_bound)
        remarks.add("correlations", "at_bound", f"The correlation of {named} ran to plus or minus 1.")
    if section.empty_cells is not None:
        sizes = np.array([len(item.answers) for item in section.thresholds])
        empty = np.tril(np.array(section.empty_cells.values, dtype=float) / np.outer(sizes, sizes), -1)
        if (sparse := int((empty > MANY_EMPTY_CELLS).sum())) > 0:
            message = f"{sparse} pairs of items have many combinations of answers that nobody gave"
            remarks.add("correlations", "empty_cells", f"{message}; their polychoric correlations are unreliable.")


def require_factorable(pool: Pool) -> None:
    """Refuse to factor fewer rows than items.

    Parameters
    ----------
    pool : Pool

    Raises
    ------
    AnalysisError
        ``too_few_rows``.
    """
    n, p = pool.independent, len(pool.items)
    if n <= p:
        message = f"There are {n} independent rows for {p} items; factors need more rows than items"
        raise AnalysisError("too_few_rows", f"{message}. Collect more answers or take fewer items.", rows=n, items=p)


def assess_adequacy(pool: Pool, relations: Relations) -> AdequacySection:
    """Judge whether correlations can be factored.

    Parameters
    ----------
    pool : Pool
    relations : Relations

    Returns
    -------
    AdequacySection

    Raises
    ------
    AnalysisError
        ``too_few_rows``, ``collinear_items``, ``not_positive_definite``.
    """
    require_factorable(pool)
    adequacy = sampling_adequacy(relations.correlation)
    shared = squared_multiple_correlations(relations.correlation)
    bartlett = sphericity(relations.correlation, pool.independent)
    items = zip(pool.items, adequacy.items, shared, strict=True)
    return AdequacySection(
        n=pool.independent,
        kmo=adequacy.overall,
        items=tuple(ItemAdequacy(item, known(msa), known(smc)) for item, msa, smc in items),
        bartlett_chi2=bartlett.chi2,
        bartlett_dof=bartlett.dof,
        bartlett_p=bartlett.p_value,
    )


def _latent(tables: Contingency, plan: MeasurementPlan) -> Polychoric:
    """Polychoric correlations; with a correction, thresholds are those of the pair's own table, as psych has it."""
    return polychoric(tables, correction=plan.correction, margins="pair" if plan.correction else "item")


def _ordinal_names(pool: Pool, answers: Answers | None, plan: MeasurementPlan) -> tuple[str, ...]:
    """Items that were taken as ordinal."""
    if plan.matrix == "polychoric":
        return pool.items
    if plan.matrix != "mixed" or answers is None:
        return ()
    return tuple(item for item, ordinal in zip(pool.items, ordinal_items(answers.x), strict=True) if ordinal)


def _pooled(pool: Pool, answers: Answers | None, plan: MeasurementPlan) -> Floats:
    """Correlations from sums where these suffice, else from rows."""
    if plan.matrix == "pearson":
        return pool.correlation()
    if answers is not None:
        return correlate(answers.x, answers.weights, plan)
    if plan.matrix == "spearman":
        return pool.counted.spearman()
    message = "Mixed correlations look at every row. Measure the table as a whole, or take Pearson or polychoric ones."
    raise AnalysisError("rows_needed", message)


def _errors(pool: Pool, answers: Answers, latent: Polychoric) -> LabelledMatrix:
    """Standard errors of polychoric correlations, where answers determine them."""
    scores = PolychoricScores.of(pool.counted, latent)
    products = scores.products(answers.x, answers.weights, answers.person)
    return matrix(np.sqrt(scores.correlation_variances(products)), pool.items)


def _pearson(x: Floats, weights: Floats | None, _: MeasurementPlan) -> Floats:
    """Pearson correlations."""
    return Moments.of(x, weights).correlation()


def _spearman(x: Floats, weights: Floats | None, _: MeasurementPlan) -> Floats:
    """Rank correlations: from tables where answers are few and whole, else from ranks of the rows."""
    try:
        return Contingency.of(x, weights).spearman()
    except AnalysisError as error:
        if error.code not in _NOT_RANKED_BY_TABLE:
            raise
        incomplete = bool(np.isnan(x).any())
        if incomplete and weights is not None:  # ranks differ from pair to pair, and pandas knows no weights
            raise
    Moments.of(x, weights).correlation()  # refuses by name what has no correlation
    if incomplete:
        return pd.DataFrame(x).corr(method="spearman").to_numpy(dtype=float)
    return Moments.of(np.column_stack([_ranks(column, weights) for column in x.T]), weights).correlation()


def _ranks(column: Floats, weights: Floats | None) -> Floats:
    """Ranks of complete answers, ties at their middle; a row counts as many times as its weight says."""
    if weights is None:
        return np.asarray(stats.rankdata(column))
    _, place = np.unique(column, return_inverse=True)
    own = np.bincount(place, weights=weights)
    return np.asarray((np.cumsum(own) - own / 2)[place])


def _polychoric(x: Floats, weights: Floats | None, plan: MeasurementPlan) -> Floats:
    """Polychoric correlations."""
    return _latent(Contingency.of(x, weights), plan).correlation


def _mixed(x: Floats, weights: Floats | None, _: MeasurementPlan) -> Floats:
    """Polychoric, polyserial and Pearson correlations, in the order of the items."""
    ordinal = ordinal_items(x)
    if not ordinal.any():
        return Moments.of(x, weights).correlation()
    if ordinal.all():
        return polychoric(Contingency.of(x, weights)).correlation
    found = MixedTables.of(x[:, ordinal], x[:, ~ordinal], weights).correlation()
    place = np.argsort(np.concatenate([np.flatnonzero(ordinal), np.flatnonzero(~ordinal)]))
    return found[np.ix_(place, place)]


_KINDS: dict[Matrix, Callable[[Floats, Floats | None, MeasurementPlan], Floats]] = {
    "pearson": _pearson,
    "spearman": _spearman,
    "polychoric": _polychoric,
    "mixed": _mixed,
}
