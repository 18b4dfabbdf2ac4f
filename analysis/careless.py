"""Indices of careless answering, one value per person, and the order of entry; it leaves nobody out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.numeric import carelessness
from analysis.numeric.arrays import Booleans, Floats, Integers
from analysis.numeric.coherence import Randomness, answers_at_random, mean_correlation, same_answers, stretches
from analysis.numeric.incomplete import normal_estimate, present_means
from analysis.numeric.moments import Moments
from analysis.plan import AnalysisPlan

Kind = Literal["time", "pattern", "consistency", "attention", "distance"]

# An index is computed for a person who gave at least this many answers, pairs of like items or scales with two halves.
FEWEST_ANSWERS = 8
FEWEST_PAIRS = 6
FEWEST_HALVES = 3
# Consistency can be seen only in answers that vary: at least this share of the whole sample's variance.
LEAST_VARIATION = 0.5
# Items correlating at least so highly are taken to ask for the same.
SYNONYMS_FROM = 0.6
# Answers of which one response is a greater share agree among themselves whatever was asked: nothing is learned there.
MOSTLY_ONE_RESPONSE = 0.8
# Equal answers are a copy rather than chance only where they are many and various; two people who love a brand
# and use the ends of the scale only have the same answers by nature.
FEWEST_TO_COPY = 16
FEWEST_RESPONSES = 4


@dataclass(frozen=True, eq=False)
class Index:
    """One index of careless answering per person, ``values`` (persons,), NaN where it cannot be computed.

    A person is flagged when the value lies below the cut (``below``) or at it and above. Flags of an index that
    does not ``exclude`` are shown and count for nothing.
    """

    name: str
    kind: Kind
    values: Floats
    cut: float
    below: bool
    excludes: bool = True

    @property
    def flagged(self) -> Booleans:
        """Who is flagged, (persons,)."""
        return np.asarray(self.values < self.cut if self.below else self.values >= self.cut)


@dataclass(frozen=True, eq=False)
class Stretch:
    """Persons who came one after the other, by number and in order, and how their answers hang together.

    ``correlation`` is the mean correlation between two items of a scale; ``highest`` is the upper bound of it.
    """

    persons: Integers
    correlation: float
    highest: float


@dataclass(frozen=True, eq=False)
class Signs:
    """Signs of careless answering: the indices that could be computed, and the stretches of the order of entry.

    ``persons`` are the ids behind the values; without a known order of entry there are no stretches.
    """

    persons: tuple[str, ...]
    indices: tuple[Index, ...]
    stretches: tuple[Stretch, ...]

    def kinds_flagged(self) -> Integers:
        """How many kinds of index flag each person, (persons,); those that never exclude do not count.

        Returns
        -------
        (persons,) array of int
        """
        counting = [index for index in self.indices if index.excludes]
        kinds = sorted({index.kind for index in counting})
        flagged = [np.any([i.flagged for i in counting if i.kind == kind], axis=0) for kind in kinds]
        return np.asarray(np.sum([np.zeros(len(self.persons)), *flagged], axis=0), dtype=np.int64)


def signs_of_carelessness(dataset: Dataset, *, plan: AnalysisPlan) -> Signs:
    """Compute every index of careless answering that these data allow.

    Kinds tell what an index looks at: how long answering took (time), how answers are laid out whatever they
    mean (pattern: one response throughout, drawn at random, the same as somebody else's), whether what belongs
    together is answered alike (consistency, person by person and along the order of entry), and whether instructions
    are followed (attention). Distance from everybody else is shown beside them and never excludes: people
    who love and hate are far from the rest.

    Parameters
    ----------
    dataset : Dataset
        With at least one rating.
    plan : AnalysisPlan

    Returns
    -------
    Signs
        What nobody's answers allow is left out.

    References
    ----------
    Curran (2016), doi:10.1016/j.jesp.2015.07.006; Meade & Craig (2012), doi:10.1037/a0028085;
    Goldammer, Annen, Stöckli & Jonas (2020), doi:10.1016/j.leaqua.2020.101384
    """
    points = _points(dataset)
    randomness = _randomness(dataset, points)
    found = _stretches(dataset, randomness, plan)
    pace = _seconds_per_answer(dataset)
    indices = (
        Index("seconds_per_item", "time", pace, _fastest_pace(pace, plan), below=True),
        Index("straight_lining", "pattern", _sameness(dataset, points), plan.same_answers, below=False),
        Index("longest_run", "pattern", _longest_run(dataset, points), plan.longest_run, below=False),
        Index("variability", "pattern", _variability(dataset, points), plan.least_variability, below=True),
        Index("random_answers", "pattern", randomness.probability, plan.random_answers, below=False),
        Index("same_as_another", "pattern", _copies(dataset, points, plan), 1.0, below=False),
        Index("even_odd", "consistency", _even_odd(dataset), plan.least_consistency, below=True),
        Index("synonyms", "consistency", _synonyms(dataset), plan.least_consistency, below=True),
        Index("antonyms", "consistency", _antonyms(dataset), -plan.least_consistency, below=False),
        Index("entry_stretch", "consistency", _coherence_of_stretch(found, dataset), plan.stretch_share, below=True),
        Index("attention", "attention", _failed_share(dataset), plan.failed_attention, below=False),
        Index("mahalanobis", "distance", _mahalanobis(dataset), plan.beyond, below=True, excludes=False),
    )
    persons = tuple(np.unique(dataset.ratings["person"].to_numpy(dtype=str)).tolist())
    return Signs(persons, tuple(index for index in indices if not np.isnan(index.values).all()), found)


def _seconds_per_answer(dataset: Dataset) -> Floats:
    """Median over a person's ratings of the seconds per answer."""
    column = dataset.measures.seconds
    if column is None:
        return np.full(dataset.n_raters, np.nan)
    answers = [dataset.items, dataset.broken, dataset.importances, dataset.outcomes]
    n = np.sum([(~np.isnan(values)).sum(1) for values in answers], axis=0)
    pace = dataset.ratings[column].to_numpy(dtype=float) / np.maximum(n, 1)
    return _by_person(dataset, pace, "median")


def _fastest_pace(pace: Floats, plan: AnalysisPlan) -> float:
    """Seconds per answer below which nobody reads."""
    if np.isnan(pace).all():
        return plan.least_seconds
    return max(plan.least_seconds, plan.least_share_of_median * float(np.nanmedian(pace)))


def _points(dataset: Dataset) -> Floats:
    """Answers as they were given, as shares of the way along their response scale."""
    columns = [
        (dataset.ratings[column].to_numpy(dtype=float) - scale.low) / (scale.high - scale.low)
        for scale in dataset.measures.scales
        for column in scale.columns
    ]
    return np.column_stack(columns)


def _share(counts: Floats, points: Floats) -> Floats:
    """Counts of a rating's answers as a share of all its answers, NaN where these are few."""
    n = (~np.isnan(points)).sum(1)
    return np.asarray(np.divide(counts, n, out=np.full(len(points), np.nan), where=n >= FEWEST_ANSWERS))


def _longest_run(dataset: Dataset, points: Floats) -> Floats:
    """Least share, over a person's ratings, that one unbroken run of a response is, items in the study's order."""
    runs = carelessness.runs(points, skip_missing=True).longest
    return _by_person(dataset, _share(runs, points), "min")


def _modal_share(points: Floats) -> Floats:
    """Share of a rating's answers that sit at its most frequent point: in sorted answers, the longest run."""
    return _share(carelessness.runs(np.sort(points, axis=1), skip_missing=True).longest, points)


def _sameness(dataset: Dataset, points: Floats) -> Floats:
    """Least share, over a person's ratings, of answers that sit at one point of the response scale.

    It counts only where reversed items are among the answers, so that one point cannot be a consistent answer.
    """
    turned = np.array([c in scale.reversed for scale in dataset.measures.scales for c in scale.columns])
    there = ~np.isnan(points)
    usable = there[:, turned].any(1) & there[:, ~turned].any(1)
    return _by_person(dataset, np.where(usable, _modal_share(points), np.nan), "min")


def _variability(dataset: Dataset, points: Floats) -> Floats:
    """Greatest standard deviation, over a person's ratings, of the answers to one of them."""
    enough = (~np.isnan(points)).sum(1) >= FEWEST_ANSWERS
    return _by_person(dataset, np.where(enough, carelessness.variability(points), np.nan), "max")


def _randomness(dataset: Dataset, points: Floats) -> Randomness:
    """How likely each person's answers are drawn at random, learned from persons whose answers vary.

    Items of few responses say nothing of it: yes and no agree by chance too often for a likelihood of graded answers.
    """
    modal = _by_person(dataset, np.nan_to_num(_modal_share(points)), "min")
    graded = [len(np.unique(column[~np.isnan(column)])) >= FEWEST_RESPONSES for column in dataset.items.T]
    return answers_at_random(
        np.where(graded, dataset.items, np.nan),
        dataset.scale_numbers,
        dataset.person_numbers,
        learning=modal < MOSTLY_ONE_RESPONSE,
    )


def _copies(dataset: Dataset, points: Floats, plan: AnalysisPlan) -> Floats:
    """Number of other persons with nearly the same answers; NaN for answers that are few or of few kinds."""
    runs = carelessness.runs(np.sort(points, axis=1), skip_missing=True)
    n = (~np.isnan(points)).sum(1)
    responses = np.divide(n, runs.mean, out=np.zeros(len(n)), where=runs.mean > 0)
    various = (responses >= FEWEST_RESPONSES) & (runs.longest < MOSTLY_ONE_RESPONSE * n)
    usable = various & (n >= FEWEST_TO_COPY)
    compared = np.where(usable[:, None], points, np.nan)
    copies = same_answers(compared, dataset.person_numbers, share=plan.same_as_another)
    return _by_person(dataset, np.where(usable, copies, np.nan), "max")


def _even_odd(dataset: Dataset) -> Floats:
    """Correlate a person's means over one half of each scale's answered items with those over the other."""
    even, odd = carelessness.scale_halves(_centred(dataset.items), dataset.scale_numbers, answered=True)
    return carelessness.stepped_up(_consistency(dataset, odd, even, fewest=FEWEST_HALVES))


def _synonyms(dataset: Dataset) -> Floats:
    """Correlate a person's answers to pairs of items that nearly everybody answers alike."""
    correlation = _correlation(dataset.items)
    later, earlier = carelessness.alike_pairs(correlation, above=SYNONYMS_FROM)
    centred = _centred(dataset.items)
    return _consistency(dataset, centred[:, later], centred[:, earlier])


def _antonyms(dataset: Dataset) -> Floats:
    """Correlate a person's answers, as given, to pairs of items of one scale that nearly everybody answers oppositely.

    Pairs from two scales, warm and cold say, would make people who love and hate look inconsistent.
    """
    given, scale_of = _points(dataset), dataset.scale_numbers
    later, earlier = carelessness.alike_pairs(-_correlation(given), above=SYNONYMS_FROM)
    within = scale_of[later] == scale_of[earlier]
    centred = _centred(given)
    return _consistency(dataset, centred[:, later[within]], centred[:, earlier[within]])


def _correlation(items: Floats) -> Floats:
    """Correlations of the items, 0 where they cannot be had."""
    try:
        return Moments.of(items).correlation()
    except AnalysisError:
        return np.zeros((items.shape[1], items.shape[1]))


def _centred(items: Floats) -> Floats:
    """Answers less the sample's, so that items that everybody answers high do not look like consistency."""
    return np.asarray(items - present_means(items, axis=0))


def _consistency(dataset: Dataset, first: Floats, second: Floats, *, fewest: int = FEWEST_PAIRS) -> Floats:
    """Correlation over all pairs of a person's ratings, NaN with few pairs or answers that hardly vary."""
    x, y = (_side_by_side(dataset, np.where(np.isnan(first + second), np.nan, values)) for values in (first, second))
    r = carelessness.row_correlations(x, y)
    spread = np.fmin(carelessness.variability(x), carelessness.variability(y)) ** 2
    there = ~np.isnan(x)
    typical = (np.nansum(x**2) + np.nansum(y**2)) / max(2 * int(there.sum()), 1)
    return np.where((there.sum(1) >= fewest) & (spread >= LEAST_VARIATION * typical), r, np.nan)


def _side_by_side(dataset: Dataset, values: Floats) -> Floats:
    """All ratings of a person in one row, (persons, most ratings × columns), NaN where somebody gave fewer."""
    person = dataset.person_numbers
    starts = np.searchsorted(person, np.arange(dataset.n_raters))
    place = np.arange(len(person)) - starts[person]
    rows = np.full((dataset.n_raters, int(place.max()) + 1, values.shape[1]), np.nan)
    rows[person, place] = values
    return rows.reshape(dataset.n_raters, -1)


def _stretches(dataset: Dataset, randomness: Randomness, plan: AnalysisPlan) -> tuple[Stretch, ...]:
    """Cut the order of entry where answers begin or cease to hang together."""
    order = _order_of_entry(dataset)
    order = order[~np.isnan(randomness.log_ratio[order])]
    if not len(order):
        return ()
    cuts = stretches(
        randomness.log_ratio[order], least=plan.stretch_persons, level=plan.alpha, rng=plan.stream("order of entry")
    )
    return tuple(_stretch(dataset, order[start:end], plan) for start, end in cuts)


def _order_of_entry(dataset: Dataset) -> Integers:
    """Persons who rated, by number, in the order in which they began; nobody where that is not known."""
    raters = np.unique(dataset.ratings["person"].to_numpy(dtype=str))
    entered = dataset.persons["entered"].reindex(raters).to_numpy(dtype=float)
    order = np.argsort(entered, kind="stable")
    known = np.asarray(order[~np.isnan(entered[order])])
    return known if len(known) and np.ptp(entered[known]) > 0 else known[:0]


def _stretch(dataset: Dataset, persons: Integers, plan: AnalysisPlan) -> Stretch:
    """How the answers of some persons hang together."""
    rows = np.isin(dataset.person_numbers, persons)
    whose = np.unique(dataset.person_numbers[rows], return_inverse=True)[1]
    mean, error = mean_correlation(dataset.items[rows], dataset.scale_numbers, whose)
    return Stretch(persons, mean, mean + float(stats.norm.ppf(1 - plan.alpha)) * error)


def _coherence_of_stretch(found: tuple[Stretch, ...], dataset: Dataset) -> Floats:
    """For each person, the upper bound of their stretch's mean correlation as a share of the best stretch's."""
    values = np.full(dataset.n_raters, np.nan)
    best = max((stretch.correlation for stretch in found), default=0.0)
    if len(found) > 1 and best > 0:
        for stretch in found:
            values[stretch.persons] = stretch.highest / best
    return values


def _failed_share(dataset: Dataset) -> Floats:
    """Share of the instructed items a person answered otherwise than instructed."""
    if not dataset.measures.attention:
        return np.full(dataset.n_raters, np.nan)
    passed = dataset.ratings[list(dataset.measures.attention)].to_numpy(dtype=float)
    return _by_person(dataset, present_means(1 - passed, axis=1), "mean")


def _mahalanobis(dataset: Dataset) -> Floats:
    """Smallest p-value, over a person's ratings, of the distance from everybody's mean, were answers normal."""
    items = dataset.items
    varying = [len(np.unique(column[~np.isnan(column)])) > 1 for column in items.T]
    if not any(varying):
        return np.full(dataset.n_raters, np.nan)
    items = items[:, varying]
    try:
        moments = normal_estimate(items)
        p = carelessness.distances(items, moments.means, moments.covariance).p_values
    except AnalysisError:
        return np.full(dataset.n_raters, np.nan)
    return _by_person(dataset, p, "min")


def _by_person(dataset: Dataset, values: Floats, how: Literal["median", "min", "max", "mean"]) -> Floats:
    """One value per person from the ratings where it is known."""
    return pd.Series(values).groupby(dataset.person_numbers).agg(how).to_numpy(dtype=float)
