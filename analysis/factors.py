"""The factors behind the items: adequacy, number, loadings, names and scores; it forms no groups."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np

from analysis.dataset import Dataset
from analysis.engines import SecondAdequacy, factor_analyzer_agreement, second_adequacy
from analysis.errors import AnalysisError
from analysis.factor_count import compare_criteria, permute, within_limits
from analysis.factor_tables import (
    bound_loadings,
    intraclass,
    judge_fit,
    show_intervals,
    split_levels,
    tabulate_items,
)
from analysis.factoring import (
    Correlated,
    Factoring,
    Found,
    constant_items,
    correlate,
    decide_factoring,
    find_factors,
)
from analysis.findings import Caveat, Factors
from analysis.labels import joined, lowered, numbered
from analysis.numeric.arrangement import Arrangement
from analysis.numeric.arrays import Booleans, Floats, Integers
from analysis.numeric.retention import ParallelAnalysis, sampling_adequacy
from analysis.numeric.scoring import score_weights, scores_by_pattern
from analysis.plan import AnalysisPlan
from instruments.measures import ScaleMeasure
from instruments.model import Texts

FEWEST_ITEMS = 6
# Kaiser's word for a KMO below this is "unacceptable".
POOR_ADEQUACY = 0.5
# A second scale names a factor with the first when it loads nearly as high.
NEARLY_AS_HIGH = 0.75


@dataclass(frozen=True, eq=False)
class FactorSolution:
    """A rotated solution and everything that must stay in step with its factors.

    ``means`` and ``deviations`` (p,) standardise the items; ``pattern`` (p, k), ``phi`` (k, k) and
    ``uniquenesses`` (p,) are the model; ``centre`` and ``spread`` (k,) standardise the scores on the
    ratings the solution was learned on. ``heywood`` (p,) flags items without unique variance; ``how`` says how the
    factors were found, for whoever must find them again in other answers.
    """

    means: Floats
    deviations: Floats
    correlation: Floats
    pattern: Floats
    phi: Floats
    uniquenesses: Floats
    centre: Floats
    spread: Floats
    heywood: Booleans
    share_of_starts: float
    how: Factoring = field(default_factory=Factoring)

    @classmethod
    def of(cls, correlated: Correlated, found: Found, how: Factoring) -> Self:
        """Put together what was estimated and found; scores are not yet standardised.

        Parameters
        ----------
        correlated : Correlated
        found : Found
        how : Factoring

        Returns
        -------
        FactorSolution
        """
        k = found.rotated.pattern.shape[1]
        return cls(
            correlated.means,
            correlated.deviations,
            correlated.correlation,
            found.rotated.pattern,
            found.rotated.phi,
            found.extracted.uniquenesses,
            np.zeros(k),
            np.ones(k),
            found.extracted.heywood,
            found.rotated.share_at_best,
            how,
        )

    @property
    def error_share(self) -> float:
        """Least share of error in a factor's scores, 0 to 1, where every item is answered."""
        determinacy = score_weights(self.correlation, self.pattern, self.phi).determinacy
        return max(1.0 - float(determinacy.max()), 0.0)

    def arranged(self, arrangement: Arrangement) -> Self:
        """Return the same solution with its factors in another order and direction.

        Parameters
        ----------
        arrangement : Arrangement

        Returns
        -------
        FactorSolution
        """
        return dataclasses.replace(
            self,
            pattern=arrangement.columns(self.pattern),
            phi=arrangement.square(self.phi),
            centre=self.centre[arrangement.order] * arrangement.signs,
            spread=self.spread[arrangement.order],
        )

    def scored(self, items: Floats) -> Floats:
        """Factor scores of ratings, whatever items each of them answered.

        Parameters
        ----------
        items : (n, p) array
            NaN where missing.

        Returns
        -------
        (n, k) array
            Mean 0 and standard deviation 1 on the ratings the solution was learned on.
        """
        return (self._raw_scores(items) - self.centre) / self.spread

    def standardised_on(self, items: Floats) -> Self:
        """Return the same solution with scores of mean 0 and standard deviation 1 on these ratings.

        Parameters
        ----------
        items : (ratings, p) array
            NaN where missing.

        Returns
        -------
        FactorSolution
        """
        scores = self._raw_scores(items)
        return dataclasses.replace(self, centre=scores.mean(0), spread=scores.std(0, ddof=1))

    def _raw_scores(self, items: Floats) -> Floats:
        """Regression scores in the metric of the factors."""
        z = (items - self.means) / self.deviations
        return scores_by_pattern(z, self.pattern, self.phi, self.uniquenesses).scores


def learn_solution(
    items: Floats, n_factors: int, *, starts: int, rng: np.random.Generator, how: Factoring | None = None
) -> FactorSolution:
    """Learn factors from ratings.

    By default correlations are those of the normal maximum likelihood under missing answers: where each respondent is
    asked part of the items, correlations taken pair by pair are often impossible together.

    Parameters
    ----------
    items : (n, p) array
        Answers with reversed items turned, NaN where missing.
    n_factors : int
    starts : int
        Starts of the rotation.
    rng : numpy Generator
    how : Factoring, optional
        By default minres and oblimin of our own engine.

    Returns
    -------
    FactorSolution

    Raises
    ------
    AnalysisError
        ``too_many_factors``, ``collinear_items``; as ``find_factors``.
    """
    how = Factoring() if how is None else how
    correlated = correlate(items, how)
    found = find_factors(correlated.correlation, n_factors, how, rng=rng, starts=starts)
    return FactorSolution.of(correlated, found, how).standardised_on(items)


def learn_factors(
    dataset: Dataset, learning: Booleans, *, plan: AnalysisPlan, rng: np.random.Generator
) -> tuple[FactorSolution, Factors, tuple[Caveat, ...]]:
    """Learn the factors of a study on the learning half.

    Parameters
    ----------
    dataset : Dataset
    learning : (ratings,) array of bool
        Which ratings to learn from.
    plan : AnalysisPlan
    rng : numpy Generator

    Returns
    -------
    solution : FactorSolution
        For scoring.
    factors : Factors
        For reading.
    caveats : tuple of Caveat

    Raises
    ------
    AnalysisError
        ``too_few_items``, ``constant_items``; as ``learn_solution``.
    """
    _require_varying_items(dataset.items[learning], dataset.item_columns)
    try:
        return _learned(dataset, learning, plan, rng)
    except AnalysisError as error:
        raise error.naming(dataset.item_columns, among="scale items") from error


@dataclass(frozen=True, eq=False)
class _Learned:
    """What factors were learned from, and how: ``items`` (n, p) of ``person`` and ``brand`` (n,)."""

    items: Floats
    person: Integers
    brand: Integers
    correlated: Correlated
    found: Found
    how: Factoring


def _learned(
    dataset: Dataset, learning: Booleans, plan: AnalysisPlan, rng: np.random.Generator
) -> tuple[FactorSolution, Factors, tuple[Caveat, ...]]:
    """Decide on the number of factors, learn them and name them."""
    items, person = dataset.items[learning], dataset.person_numbers[learning]
    brand = np.unique(dataset.ratings["brand"].to_numpy(dtype=str)[learning], return_inverse=True)[1]
    how = decide_factoring(items, dataset.item_scales, plan)
    parallel = permute(items, person, how, plan=plan, rng=rng)
    correlated = correlate(items, how)
    n_factors = _number(parallel, how, plan, items.shape[1])
    found = find_factors(correlated.correlation, n_factors, how, rng=rng, starts=plan.rotation_starts)
    rotated = found.rotated.arranged(_towards_scales(found.rotated.pattern, dataset))
    learned = _Learned(items, person, brand, correlated, Found(found.extracted, rotated), how)
    solution = FactorSolution.of(correlated, learned.found, how).standardised_on(items)
    factors, caveats = _described(learned, solution, dataset, parallel, plan)
    return solution, factors, (*caveats, *_caveats(factors, correlated))


def _number(parallel: ParallelAnalysis, how: Factoring, plan: AnalysisPlan, p: int) -> int:
    """How many factors: as the plan says, one for each scale aimed at, or by parallel analysis."""
    if plan.n_factors is not None:
        return plan.n_factors
    return within_limits(parallel.suggested, p) if how.target is None else how.target.shape[1]


def _require_varying_items(items: Floats, columns: Sequence[str]) -> None:
    """Refuse items from which nothing can be learned."""
    if len(columns) < FEWEST_ITEMS:
        message = f"The scales have {len(columns)} items, a factor analysis needs at least {FEWEST_ITEMS}. Add scales."
        raise AnalysisError("too_few_items", message, items=len(columns), needed=FEWEST_ITEMS)
    constant = [name for name, is_constant in zip(columns, constant_items(items), strict=True) if is_constant]
    if constant:
        raise AnalysisError(
            "constant_items",
            f"All answers to {', '.join(constant[:6])} are the same or missing ({len(constant)} of {len(columns)} "
            "items). Leave these items out of the study file.",
            items=len(constant),
        )


def _towards_scales(pattern: Floats, dataset: Dataset) -> Arrangement:
    """Turn each factor so that the scale that loads most on it loads positively."""
    by_scale = _scale_loadings(pattern, dataset)
    top = np.abs(by_scale).argmax(0)
    signs = np.where(by_scale[top, np.arange(pattern.shape[1])] < 0, -1.0, 1.0)
    return Arrangement(np.arange(pattern.shape[1]), signs)


def _scale_loadings(pattern: Floats, dataset: Dataset) -> Floats:
    """Mean loading of each scale's items, (scales, k)."""
    scale_of = np.array(dataset.item_scales)
    return np.stack([pattern[scale_of == scale.key].mean(0) for scale in dataset.measures.scales])


def _described(
    learned: _Learned, solution: FactorSolution, dataset: Dataset, parallel: ParallelAnalysis, plan: AnalysisPlan
) -> tuple[Factors, tuple[Caveat, ...]]:
    """Put names to the solution, and everything beside it that a reader may ask for."""
    items, person, found, how = learned.items, learned.person, learned.found, learned.how
    correlation, rotated, n_persons = solution.correlation, learned.found.rotated, len(np.unique(person))
    quality, bartlett, caveats = judge_fit(items, person, learned.correlated, found)
    adequacy = _adequacy(correlation, n_persons, how)
    bounds = bound_loadings(items, person, learned.correlated, found, how, plan=plan)
    explained = (rotated.pattern * rotated.structure).sum(0)
    columns, scales = dataset.item_columns, dataset.measures.scales
    factors = Factors(
        items=columns,
        item_scales=dataset.item_scales,
        item_texts=tuple(scale.texts.get(c, {}) for scale in scales for c in scale.columns),
        item_reversed=tuple(c in scale.reversed for scale in scales for c in scale.columns),
        factors=found.factors,
        factor_labels=_labels(rotated.pattern, dataset),
        n=len(items),
        n_persons=n_persons,
        extraction=how.extraction,
        rotation=how.rotation if len(found.factors) > 1 else "none",
        retention=compare_criteria(parallel, items, person, correlation, how, plan=plan),
        eigenvalues=tuple(parallel.observed.tolist()),
        reference_eigenvalues=tuple(parallel.quantile.tolist()),
        kmo=adequacy.kmo,
        bartlett_chi2=bartlett.chi2 if how.engine == "ours" else adequacy.chi2,
        bartlett_df=bartlett.dof,
        bartlett_p=bartlett.p_value if how.engine == "ours" else adequacy.p_value,
        loadings=_rows(rotated.pattern),
        factor_correlations=_rows(rotated.phi),
        communalities=tuple(rotated.communalities.tolist()),
        variance=tuple((explained / len(columns)).tolist()),
        determinacy=tuple(score_weights(correlation, rotated.pattern, rotated.phi).determinacy.tolist()),
        rmsea=quality.rmsea,
        tli=quality.tli,
        srmr=float(quality.srmr or 0.0),
        heywood=tuple(name for name, flagged in zip(columns, solution.heywood, strict=True) if flagged),
        share_of_starts=solution.share_of_starts,
        engines=_agreement(correlation, found, how, adequacy.kmo),
        matrix=how.matrix,
        matrix_reason=how.reason,
        engine=how.engine,
        correlations=_rows(correlation),
        structure=_rows(rotated.structure),
        fit=quality,
        table=tabulate_items(
            columns,
            dataset.item_scales,
            found,
            bounds,
            adequacy=adequacy.items,
            intraclass=intraclass(items, person),
            n=len(items),
            plan=plan,
        ),
        intervals=show_intervals(bounds),
        levels=split_levels(items, person, learned.brand, found, how, plan=plan),
    )
    return factors, caveats


def _adequacy(correlation: Floats, n: int, how: Factoring) -> SecondAdequacy:
    """Sampling adequacy by the engine asked for; the test of sphericity by the second engine only."""
    if how.engine != "ours":
        return second_adequacy(correlation, n)
    ours = sampling_adequacy(correlation)
    return SecondAdequacy(ours.overall, ours.items, np.nan, np.nan)


def _agreement(correlation: Floats, found: Found, how: Factoring, kmo: float) -> dict[str, float]:
    """Greatest differences between the engines, where both know the methods."""
    if how.engine != "ours" or how.extraction == "paf" or how.target is not None:
        return {}
    rotated = found.rotated
    return factor_analyzer_agreement(
        correlation,
        rotated.pattern,
        communalities=rotated.communalities,
        kmo=kmo,
        extraction=how.extraction,
        rotation=how.rotation,
    )


def _rows(values: Floats) -> tuple[tuple[float, ...], ...]:
    """A matrix row by row."""
    return tuple(map(tuple, values.tolist()))


def _labels(pattern: Floats, dataset: Dataset) -> tuple[Texts, ...]:
    """Name each factor after the scale, or the two scales, that load most on it."""
    by_scale = _scale_loadings(pattern, dataset)
    return numbered([_label(column, dataset.measures.scales) for column in by_scale.T])


def _label(loadings: Floats, scales: Sequence[ScaleMeasure]) -> Texts:
    """Name one factor; a scale that runs against it is called low."""
    size = np.abs(loadings)
    order: Integers = np.argsort(-size, kind="stable")
    near = [i for i in order[:2] if size[i] >= NEARLY_AS_HIGH * size[order[0]]]
    return joined([scales[i].label if loadings[i] > 0 else lowered(scales[i].label) for i in near])


def _caveats(factors: Factors, correlated: Correlated) -> tuple[Caveat, ...]:
    """What a reader must know about this solution."""
    caveats = []
    if correlated.repaired:
        caveats.append(Caveat("correlations_repaired", "factors", {}))
    if factors.kmo < POOR_ADEQUACY:
        caveats.append(Caveat("poor_adequacy", "factors", {"kmo": factors.kmo}))
    if factors.heywood:
        caveats.append(Caveat("heywood", "factors", {"items": ", ".join(factors.heywood)}))
    return tuple(caveats)
