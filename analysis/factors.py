"""The factors behind the items: adequacy, number, loadings, names and scores; it forms no groups."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from analysis.dataset import Dataset
from analysis.engines import factor_analyzer_agreement
from analysis.errors import AnalysisError
from analysis.findings import Caveat, Factors, Retention
from analysis.intervals import number
from analysis.labels import joined, lowered, numbered
from analysis.numeric.arrangement import Arrangement
from analysis.numeric.arrays import Booleans, Floats, Integers
from analysis.numeric.extraction import degrees_of_freedom, extract, fit
from analysis.numeric.incomplete import normal_estimate
from analysis.numeric.retention import (
    ParallelAnalysis,
    minimum_average_partial,
    parallel_analysis,
    parallel_analysis_by_permutation,
    sampling_adequacy,
    sphericity,
)
from analysis.numeric.rotation import rotate
from analysis.numeric.scoring import score_weights, scores_by_pattern
from analysis.plan import AnalysisPlan
from instruments.measures import ScaleMeasure
from instruments.model import Texts

FEWEST_ITEMS = 6
# Kaiser's word for a KMO below this is "unacceptable".
POOR_ADEQUACY = 0.5
# From here on, taking every person as fully observed makes tests and fit look better than they are.
MUCH_MISSING = 0.05
# A second scale names a factor with the first when it loads nearly as high.
NEARLY_AS_HIGH = 0.75


@dataclass(frozen=True, eq=False)
class FactorSolution:
    """A rotated solution and everything that must stay in step with its factors.

    ``means`` and ``deviations`` (p,) standardise the items; ``pattern`` (p, k), ``phi`` (k, k) and
    ``uniquenesses`` (p,) are the model; ``centre`` and ``spread`` (k,) standardise the scores on the
    ratings the solution was learned on. ``heywood`` (p,) flags items without unique variance.
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

    def arranged(self, arrangement: Arrangement) -> Self:
        """Return the same solution with its factors in another order and direction."""
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
        """Return the same solution with scores of mean 0 and standard deviation 1 on these ratings."""
        scores = self._raw_scores(items)
        return dataclasses.replace(self, centre=scores.mean(0), spread=scores.std(0, ddof=1))

    def _raw_scores(self, items: Floats) -> Floats:
        """Regression scores in the metric of the factors."""
        z = (items - self.means) / self.deviations
        return scores_by_pattern(z, self.pattern, self.phi, self.uniquenesses).scores


def learn_solution(items: Floats, n_factors: int, *, starts: int, rng: np.random.Generator) -> FactorSolution:
    """Learn factors from ratings, by minres and oblimin.

    Correlations are those of the normal maximum likelihood under missing answers: where each respondent is
    asked part of the items, correlations taken pair by pair are often impossible together.

    Parameters
    ----------
    items : (n, p) array
        Answers with reversed items turned, NaN where missing.
    n_factors : int
    starts : int
        Starts of the rotation.
    rng : numpy Generator

    Returns
    -------
    FactorSolution

    Raises
    ------
    AnalysisError
        ``too_many_factors``, ``collinear_items``.
    """
    estimate = normal_estimate(items)
    deviations = np.sqrt(np.diag(estimate.covariance))
    correlation = estimate.covariance / np.outer(deviations, deviations)
    extraction = extract(correlation, n_factors)
    rotation = rotate(extraction.loadings, "oblimin", rng=rng, starts=starts)
    solution = FactorSolution(
        estimate.means,
        deviations,
        correlation,
        rotation.pattern,
        rotation.phi,
        extraction.uniquenesses,
        np.zeros(n_factors),
        np.ones(n_factors),
        extraction.heywood,
        rotation.share_at_best,
    )
    return solution.standardised_on(items)


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
        raise _naming_items(error, dataset.item_columns) from error


def _learned(
    dataset: Dataset, learning: Booleans, plan: AnalysisPlan, rng: np.random.Generator
) -> tuple[FactorSolution, Factors, tuple[Caveat, ...]]:
    """Decide on the number of factors, learn them and name them."""
    items, person = dataset.items[learning], dataset.person_numbers[learning]
    parallel = parallel_analysis_by_permutation(items, person, rng=rng, draws=plan.parallel_draws)
    n_factors = plan.n_factors or _within_limits(parallel.suggested, items.shape[1])
    solution = learn_solution(items, n_factors, starts=plan.rotation_starts, rng=rng)
    solution = solution.arranged(_towards_scales(solution.pattern, dataset))
    n_persons = len(np.unique(person))
    retention = _retention(parallel, solution.correlation, n_persons, plan, rng)
    factors = _described(solution, dataset, parallel, retention, n=len(items), n_persons=n_persons)
    return solution, factors, _caveats(factors, dataset.items[learning])


def _require_varying_items(items: Floats, columns: Sequence[str]) -> None:
    """Refuse items from which nothing can be learned."""
    if len(columns) < FEWEST_ITEMS:
        message = f"The scales have {len(columns)} items, a factor analysis needs at least {FEWEST_ITEMS}. Add scales."
        raise AnalysisError("too_few_items", message, items=len(columns), needed=FEWEST_ITEMS)
    constant = [name for name, answers in zip(columns, items.T, strict=True) if _constant(answers)]
    if constant:
        raise AnalysisError(
            "constant_items",
            f"All answers to {', '.join(constant[:6])} are the same or missing ({len(constant)} of {len(columns)} "
            "items). Leave these items out of the study file.",
            items=len(constant),
        )


def _naming_items(error: AnalysisError, columns: Sequence[str]) -> AnalysisError:
    """Say which items a refusal speaks of, where it knows them by column only."""
    numbers = [int(error.numbers[key]) for key in ("column", "other_column") if key in error.numbers]
    named = ", ".join(f"column {i + 1} is {columns[i]}" for i in dict.fromkeys(numbers))
    message = f"{error.message} Of the scale items, {named}." if named else error.message
    return AnalysisError(error.code, message, **error.numbers)


def _constant(answers: Floats) -> bool:
    """Whether answers do not vary."""
    there = answers[~np.isnan(answers)]
    return len(there) == 0 or bool((there == there[0]).all())


def _within_limits(suggested: int, p: int) -> int:
    """At least one factor, and no more than leave a degree of freedom."""
    most = max(k for k in range(1, p) if degrees_of_freedom(p, k) > 0)
    return min(max(suggested, 1), most)


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


def _retention(
    parallel: ParallelAnalysis, correlation: Floats, n_persons: int, plan: AnalysisPlan, rng: np.random.Generator
) -> tuple[Retention, ...]:
    """What each criterion suggests; persons, not ratings, count as independent."""
    partial = minimum_average_partial(correlation)
    found = [Retention("parallel_permutation", parallel.suggested)]
    if n_persons > len(correlation):
        wishart = parallel_analysis(correlation, n_persons, rng=rng, draws=plan.parallel_draws)
        found.append(Retention("parallel_normal", wishart.suggested))
    return (*found, Retention("map", partial.suggested), Retention("map_fourth", partial.suggested_fourth))


def _described(
    solution: FactorSolution,
    dataset: Dataset,
    parallel: ParallelAnalysis,
    retention: tuple[Retention, ...],
    *,
    n: int,
    n_persons: int,
) -> Factors:
    """Put names to the solution."""
    communalities = ((solution.pattern @ solution.phi) * solution.pattern).sum(1)
    adequacy = sampling_adequacy(solution.correlation)
    bartlett = sphericity(solution.correlation, n_persons)
    p, k = solution.pattern.shape
    unrotated = solution.pattern @ np.linalg.cholesky(solution.phi)
    quality = fit(solution.correlation, unrotated, solution.uniquenesses, n_persons)
    weights = score_weights(solution.correlation, solution.pattern, solution.phi)
    columns = dataset.item_columns
    return Factors(
        items=columns,
        item_scales=dataset.item_scales,
        item_texts=tuple(scale.texts.get(c, {}) for scale in dataset.measures.scales for c in scale.columns),
        item_reversed=tuple(c in scale.reversed for scale in dataset.measures.scales for c in scale.columns),
        factors=tuple(f"F{i + 1}" for i in range(k)),
        factor_labels=_labels(solution.pattern, dataset),
        n=n,
        n_persons=n_persons,
        extraction="minres",
        rotation="oblimin" if k > 1 else "none",
        retention=retention,
        eigenvalues=tuple(parallel.observed.tolist()),
        reference_eigenvalues=tuple(parallel.quantile.tolist()),
        kmo=adequacy.overall,
        bartlett_chi2=bartlett.chi2,
        bartlett_df=bartlett.dof,
        bartlett_p=bartlett.p_value,
        loadings=tuple(map(tuple, solution.pattern.tolist())),
        factor_correlations=tuple(map(tuple, solution.phi.tolist())),
        communalities=tuple(communalities.tolist()),
        variance=tuple(((solution.pattern @ solution.phi) * solution.pattern).sum(0) / p),
        determinacy=tuple(weights.determinacy.tolist()),
        rmsea=number(quality.rmsea),
        tli=number(quality.tli),
        srmr=quality.srmr,
        heywood=tuple(name for name, flagged in zip(columns, solution.heywood, strict=True) if flagged),
        share_of_starts=solution.share_of_starts,
        engines=factor_analyzer_agreement(
            solution.correlation, solution.pattern, communalities=communalities, kmo=adequacy.overall
        ),
    )


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


def _caveats(factors: Factors, items: Floats) -> tuple[Caveat, ...]:
    """What a reader must know about this solution of answers (ratings, items)."""
    caveats = []
    missing = float(np.isnan(items).mean())
    if missing > MUCH_MISSING:
        caveats.append(Caveat("fit_incomplete", "factors", {"percent": 100 * missing}))
    if factors.kmo < POOR_ADEQUACY:
        caveats.append(Caveat("poor_adequacy", "factors", {"kmo": factors.kmo}))
    if factors.heywood:
        caveats.append(Caveat("heywood", "factors", {"items": ", ".join(factors.heywood)}))
    return tuple(caveats)
