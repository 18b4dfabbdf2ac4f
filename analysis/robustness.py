"""Whether the archetypes hang on the method, and what they keep of the outcomes; it changes no archetype."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import fcluster, linkage

from analysis.archetypes import FAMILIES_TRIED, learn_groups
from analysis.compute import Compute
from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.factors import FactorSolution, learn_solution
from analysis.findings import Estimate, ExplainedOutcome, OtherGrouping, Robustness
from analysis.findings.robustness import OtherMethod, Segmentation
from analysis.intervals import estimates, number
from analysis.numeric.arrays import Booleans, Floats, Integers
from analysis.numeric.clustering import adjusted_rand, best_kmeans, nearest
from analysis.numeric.held_out import explained_share, person_folds, predict_held_out
from analysis.numeric.incomplete import present_means
from analysis.numeric.mixtures import Family
from analysis.numeric.reduced_kmeans import reduced_kmeans
from analysis.numeric.resampling import PersonResamples, interval
from analysis.plan import AnalysisPlan
from analysis.structure import Scored, sample_persons

# Fewer ratings in the test half, and nothing is said of the variance of an outcome.
_FEWEST_RATINGS = 60
# A background with more values than this is a number, one with fewer a set of codes.
_MOST_CODES = 10


@dataclass(frozen=True, eq=False)
class _Grouped:
    """Ratings, their scores and the archetype of each (n,), of ``k``."""

    dataset: Dataset
    solution: FactorSolution
    scored: Scored
    labels: Integers
    k: int


def check_robustness(
    dataset: Dataset,
    solution: FactorSolution,
    learning: Booleans,
    archetype: Integers,
    *,
    plan: AnalysisPlan,
    resamples: PersonResamples,
    compute: Compute,
) -> Robustness:
    """Group the same ratings in other ways, and compare what segmentations say of the outcomes.

    Parameters
    ----------
    dataset : Dataset
    solution : FactorSolution
    learning : (ratings,) array of bool
    archetype : (ratings,) array of int
        Counted from 0.
    plan : AnalysisPlan
    resamples : PersonResamples
    compute : Compute

    Returns
    -------
    Robustness
    """
    scored = Scored.by(solution, dataset.items, learning, dataset.person_numbers, plan=plan)
    grouped = _Grouped(dataset, solution, scored, archetype, int(archetype.max()) + 1)
    methods = _methods(dataset)
    found = compute.mapped(partial(_agreement, grouped=grouped, plan=plan, resamples=resamples), methods)
    return Robustness(
        groupings=tuple(grouping for grouping in found if grouping is not None),
        explained=tuple(_explained(grouped, plan, resamples)),
    )


def _methods(dataset: Dataset) -> list[tuple[OtherMethod, Family | None]]:
    """Every other way of grouping that these data allow."""
    methods: list[tuple[OtherMethod, Family | None]] = [("ward", None), ("kmeans", None)]
    methods += [("mixture", family) for family in FAMILIES_TRIED]
    methods += [("reduced_kmeans", None), ("items", None), ("person_centred", None)]
    if len(set(dataset.ratings["country"])) > 1:
        methods.append(("within_country", None))
    return methods


def _agreement(
    method: tuple[OtherMethod, Family | None], *, grouped: _Grouped, plan: AnalysisPlan, resamples: PersonResamples
) -> OtherGrouping | None:
    """One other grouping and how well it agrees; None where it cannot be made."""
    name, family = method
    rng = plan.stream(f"robustness {name}")
    try:
        if name == "mixture" and family is not None:
            labels = (
                learn_groups(grouped.scored, grouped.k, family, plan=plan).assigned(grouped.scored.scores).argmax(1)
            )
        else:
            labels = _GROUPED_BY[name](grouped, plan, rng)
    except (AnalysisError, np.linalg.LinAlgError):
        return None
    return OtherGrouping(name, _rand_index(grouped, labels, resamples), family)


def _rand_index(grouped: _Grouped, labels: Integers, resamples: PersonResamples) -> Estimate:
    """Agreement with the archetypes over the ratings that have a label (0 or above), persons resampled."""
    k, there = grouped.k, labels >= 0
    cells = np.eye(k * k)[grouped.labels[there] * k + labels[there]]
    tables = resamples.totals(cells, grouped.scored.person[there]).reshape(-1, k, k)
    agreement = adjusted_rand(tables)[:, None]
    low, high = interval(agreement[1:])
    return Estimate(float(agreement[0, 0]), number(low[0]), number(high[0]), int(there.sum()))


def _by_ward(grouped: _Grouped, plan: AnalysisPlan, rng: np.random.Generator) -> Integers:
    """Ward's hierarchical method on a sample of ratings of the learning half; -1 elsewhere."""
    persons = sample_persons(grouped.scored, most=plan.ward_ratings // 2, rng=rng)
    rows = np.flatnonzero(persons & grouped.scored.learning)[: plan.ward_ratings]
    labels = np.full(len(grouped.labels), -1)
    tree = linkage(grouped.scored.scores[rows], method="ward")
    labels[rows] = np.minimum(fcluster(tree, grouped.k, criterion="maxclust"), grouped.k) - 1
    return labels


def _by_kmeans(grouped: _Grouped, plan: AnalysisPlan, rng: np.random.Generator) -> Integers:
    """k-means of the scores themselves."""
    return _kmeans(grouped.scored.scores, grouped, plan, rng)


def _by_reduced_kmeans(grouped: _Grouped, plan: AnalysisPlan, rng: np.random.Generator) -> Integers:
    """Groups of items, found together with the subspace that shows them."""
    items = _completed(grouped)
    # with k - 1 dimensions it would be k-means of all items
    dimensions = max(min(grouped.k - 2, grouped.scored.scores.shape[1]), 1)
    rows = sample_persons(grouped.scored, most=plan.verdict_persons, rng=rng) & grouped.scored.learning
    centre = items[rows].mean(0)
    found = reduced_kmeans(items[rows] - centre, grouped.k, dimensions, starts=plan.reduced_starts, rng=rng)
    return found.assigned(items - centre)


def _by_items(grouped: _Grouped, plan: AnalysisPlan, rng: np.random.Generator) -> Integers:
    """k-means of the items, without factors."""
    return _kmeans(_completed(grouped), grouped, plan, rng)


def _by_person_centred_scores(grouped: _Grouped, plan: AnalysisPlan, rng: np.random.Generator) -> Integers:
    """Groups of scores learned anew from answers less each person's leaning to agree, whatever the item says."""
    dataset = grouped.dataset
    turned = np.array([c in scale.reversed for scale in dataset.measures.scales for c in scale.columns])
    signs = np.where(turned, -1.0, 1.0)
    deviation = signs * (dataset.items - present_means(dataset.items, axis=0))
    leaning = pd.Series(present_means(deviation, axis=1)).groupby(dataset.person_numbers).mean().to_numpy()
    centred = dataset.items - signs * leaning[dataset.person_numbers][:, None]
    learning = grouped.scored.learning
    solution = learn_solution(centred[learning], grouped.scored.scores.shape[1], starts=3, rng=rng)
    return _regrouped(solution.scored(centred), grouped, plan)


def _by_scores_within_country(grouped: _Grouped, plan: AnalysisPlan, rng: np.random.Generator) -> Integers:
    """Groups of scores with mean 0 and standard deviation 1 in each country."""
    del rng  # the groups have random numbers of their own
    scores = pd.DataFrame(grouped.scored.scores).groupby(grouped.dataset.ratings["country"].to_numpy())
    spread = scores.transform("std").to_numpy()
    centred = grouped.scored.scores - scores.transform("mean").to_numpy()
    return _regrouped(centred / np.where(spread > 0, spread, 1.0), grouped, plan)


_GROUPED_BY: dict[str, Callable[[_Grouped, AnalysisPlan, np.random.Generator], Integers]] = {
    "ward": _by_ward,
    "kmeans": _by_kmeans,
    "reduced_kmeans": _by_reduced_kmeans,
    "items": _by_items,
    "person_centred": _by_person_centred_scores,
    "within_country": _by_scores_within_country,
}


def _kmeans(points: Floats, grouped: _Grouped, plan: AnalysisPlan, rng: np.random.Generator) -> Integers:
    """Groups learned on the learning half and given to every rating."""
    found = best_kmeans(points[grouped.scored.learning], grouped.k, starts=plan.kmeans_starts, rng=rng)
    return nearest(points, found.centroids)


def _regrouped(scores: Floats, grouped: _Grouped, plan: AnalysisPlan) -> Integers:
    """The mixture with the least BIC of other scores."""
    scored = Scored(scores, grouped.scored.learning, grouped.scored.person)
    fits = [learn_groups(scored, grouped.k, family, plan=plan) for family in FAMILIES_TRIED]
    return np.asarray(min(fits, key=lambda fit: fit.bic).assigned(scores).argmax(1))


def _completed(grouped: _Grouped) -> Floats:
    """Standardised items, those not asked replaced by what the factors say of them."""
    solution = grouped.solution
    z = (grouped.dataset.items - solution.means) / solution.deviations
    factors = grouped.scored.scores * solution.spread + solution.centre
    return np.where(np.isnan(z), factors @ solution.pattern.T, z)


def _explained(grouped: _Grouped, plan: AnalysisPlan, resamples: PersonResamples) -> Iterator[ExplainedOutcome]:
    """How well each segmentation predicts each outcome, on the test half."""
    testing = ~grouped.scored.learning
    segmentations = list(_segmentations(grouped, plan))
    for i, outcome in enumerate(grouped.dataset.measures.outcomes):
        values = grouped.dataset.outcomes[:, i]
        rows = testing & ~np.isnan(values)
        if rows.sum() < _FEWEST_RATINGS or np.ptp(values[rows]) == 0:
            continue
        for by, segments, predictors in segmentations:
            person = grouped.scored.person[rows]
            fold = person_folds(person, plan.robustness_folds, rng=plan.stream("folds of persons"))
            predicted, plain = predict_held_out(predictors[rows], values[rows], fold)
            share = explained_share(values[rows], predicted, plain, person, resamples)[:, None]
            yield ExplainedOutcome(outcome.key, by, segments, estimates(share, rows.sum(keepdims=True))[0])


def _segmentations(grouped: _Grouped, plan: AnalysisPlan) -> Iterator[tuple[Segmentation, int | None, Floats]]:
    """Archetypes, their scores, and what customers are otherwise segmented by, as predictors (n, columns)."""
    yield "archetypes", grouped.k, np.eye(grouped.k)[grouped.labels]
    yield "scores", None, grouped.scored.scores
    for kind, columns in grouped.dataset.measures.background.items():
        known = coded_background(grouped.dataset.ratings[list(columns)])
        if known.shape[1]:
            labels = _kmeans(known, grouped, plan, plan.stream(f"segments {kind}"))
            yield kind, grouped.k, np.eye(grouped.k)[labels]


def coded_background(table: pd.DataFrame) -> Floats:
    """Put codes and numbers into standardised columns: one for a number, one for each code.

    Parameters
    ----------
    table : DataFrame
        Columns of background answers, "" where missing.

    Returns
    -------
    (n, c) array
        What is missing is the mean; columns that do not vary are left out.
    """
    columns = []
    for column in (table[name] for name in table):
        values = pd.to_numeric(column.mask(column == ""), errors="coerce")
        if values.nunique() > _MOST_CODES:
            columns.append(values.fillna(values.mean()).to_numpy(dtype=float))
        else:
            columns += list(
                pd.get_dummies(column[column != ""]).reindex(column.index, fill_value=False).to_numpy(float).T
            )
    varying = [column for column in columns if np.ptp(column) > 0]
    return np.column_stack([(c - c.mean()) / c.std() for c in varying]) if varying else np.empty((len(table), 0))
