"""Who is analysed: usable ratings, signs of careless answering, and who is left out for what; no answer is changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.findings import ExclusionStep, Flag
from analysis.numeric.arrays import Booleans, Floats, Integers
from analysis.numeric.incomplete import present_means
from analysis.numeric.moments import Moments
from analysis.plan import AnalysisPlan
from analysis.positions import ambivalent_ratings, negative_ratings

Kind = Literal["time", "pattern", "consistency", "attention"]

# An index is computed for a person who gave at least this many answers, pairs or halves to compute it from.
FEWEST_ANSWERS = 8
FEWEST_PAIRS = 6
# Consistency can be seen only in answers that vary: at least this share of the whole sample's variance.
LEAST_VARIATION = 0.5
# Items correlating at least so highly are taken to ask for the same.
SYNONYMS_FROM = 0.6


@dataclass(frozen=True, eq=False)
class Index:
    """One index of careless answering per person, ``values`` (persons,), NaN where it cannot be computed.

    A person is flagged when the value lies below the cut (``below``) or at it and above.
    """

    name: str
    kind: Kind
    values: Floats
    cut: float
    below: bool

    @property
    def flagged(self) -> Booleans:
        """Who is flagged, (persons,)."""
        return np.asarray(self.values < self.cut if self.below else self.values >= self.cut)


def screen(dataset: Dataset, *, plan: AnalysisPlan) -> tuple[Dataset, tuple[ExclusionStep, ...], tuple[Flag, ...]]:
    """Leave out what cannot be used and who answered carelessly.

    A person is left out on flags of ``plan.exclude_flags`` different kinds. Unusual but consistent answers are
    never a flag: that would leave out people who love and hate.

    Parameters
    ----------
    dataset : Dataset
    plan : AnalysisPlan

    Returns
    -------
    kept : Dataset
    steps : tuple of ExclusionStep
        The first is everyone in the data; then who is left after each step.
    flags : tuple of Flag
    """
    steps = [ExclusionStep("everyone", len(dataset.persons), len(dataset.ratings), None, None)]
    for code, usable in (
        ("no_rating", _any),
        ("test_sittings", _real),
        ("never_used", _used),
        ("unfinished", _finished),
    ):
        dataset = _step(code, dataset, usable(dataset), steps, plan)
    if not len(dataset.ratings):
        return dataset, tuple(steps), ()
    indices = careless_indices(dataset, plan=plan)
    dataset = _step("careless", dataset, ~_careless(dataset, indices, plan), steps, plan)
    flags = [Flag(i.name, i.kind, i.cut, int(i.flagged.sum()), int((~np.isnan(i.values)).sum())) for i in indices]
    return dataset, tuple(steps), tuple(flags)


def ratings_by_non_users(dataset: Dataset, kept: Dataset, *, plan: AnalysisPlan) -> Dataset:
    """Give the ratings that are left out for no other reason than that the person has never used the brand.

    Carelessness is judged by all the ratings a person finished: many who have used one brand at most have no others.

    Parameters
    ----------
    dataset : Dataset
        All answers.
    kept : Dataset
        What ``screen`` leaves of them.
    plan : AnalysisPlan

    Returns
    -------
    Dataset
        Without any rating where nobody rated a brand that they have never used.
    """
    for usable in (_real, _finished):
        dataset = dataset.keeping(usable(dataset))
    used = _used(dataset)
    if used.all():
        return dataset.keeping(~used)
    person = dataset.ratings["person"]
    left_out = person.isin(set(person[used]) - set(kept.persons.index)).to_numpy()
    careless = _careless(dataset, careless_indices(dataset, plan=plan), plan)
    return dataset.keeping(~(used | left_out | careless))


def careless_indices(dataset: Dataset, *, plan: AnalysisPlan) -> tuple[Index, ...]:
    """Compute every index of careless answering that these data allow.

    Parameters
    ----------
    dataset : Dataset
        With at least one rating.
    plan : AnalysisPlan

    Returns
    -------
    tuple of Index
        What nobody's answers allow is left out.

    References
    ----------
    Curran (2016), doi:10.1016/j.jesp.2015.07.006; Meade & Craig (2012), doi:10.1037/a0028085
    """
    pace = _seconds_per_answer(dataset)
    indices = (
        Index("seconds_per_item", "time", pace, _fastest_pace(pace, plan), below=True),
        Index("straight_lining", "pattern", _sameness(dataset), plan.same_answers, below=False),
        Index("even_odd", "consistency", _even_odd(dataset), plan.least_consistency, below=True),
        Index("synonyms", "consistency", _synonyms(dataset), plan.least_consistency, below=True),
        Index("attention", "attention", _failed_share(dataset), plan.failed_attention, below=False),
    )
    return tuple(index for index in indices if not np.isnan(index.values).all())


def _step(code: str, dataset: Dataset, kept: Booleans, steps: list[ExclusionStep], plan: AnalysisPlan) -> Dataset:
    """Take one step of the exclusion flow and write it down, with what those left out were like."""
    if kept.all() and len(dataset.persons) == dataset.n_raters:
        return dataset
    left = dataset.keeping(kept)
    shares = [
        _share(feature[~kept])
        for feature in (negative_ratings(dataset), ambivalent_ratings(dataset, above=plan.ambivalent_above))
    ]
    steps.append(ExclusionStep(code, len(left.persons), len(left.ratings), *shares))
    return left


def _share(feature: Floats) -> float | None:
    """Share of ones among what is known."""
    known = feature[~np.isnan(feature)]
    return float(known.mean()) if len(known) else None


def _any(dataset: Dataset) -> Booleans:
    """Every rating; persons without one are not kept."""
    return np.ones(len(dataset.ratings), dtype=bool)


def _real(dataset: Dataset) -> Booleans:
    """Ratings that are no researcher's trial of the questionnaire."""
    return ~dataset.ratings["test"].to_numpy(dtype=bool)


def _used(dataset: Dataset) -> Booleans:
    """Ratings of brands the person has used; unknown use does not exclude."""
    never = np.zeros(len(dataset.ratings), dtype=bool)
    for brand, column in dataset.measures.used.items():
        never |= ((dataset.ratings["brand"] == brand) & (dataset.ratings[column] == 0)).to_numpy()
    return ~never


def _finished(dataset: Dataset) -> Booleans:
    """Ratings with at least half as many answers as the fullest one."""
    answers = (~np.isnan(dataset.items)).sum(1)
    return np.asarray((answers > 0) & (answers >= answers.max(initial=0) / 2))


def _kinds_flagged(indices: tuple[Index, ...], persons: int) -> Integers:
    """How many kinds of index flag each person."""
    kinds = {index.kind for index in indices}
    flagged = [np.any([i.flagged for i in indices if i.kind == kind], axis=0) for kind in sorted(kinds)]
    return np.sum(flagged, axis=0).astype(np.int64) if flagged else np.zeros(persons, dtype=np.int64)


def _careless(dataset: Dataset, indices: tuple[Index, ...], plan: AnalysisPlan) -> Booleans:
    """Ratings of persons with flags of too many kinds."""
    return np.asarray((_kinds_flagged(indices, dataset.n_raters) >= plan.exclude_flags)[dataset.person_numbers])


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


def _sameness(dataset: Dataset) -> Floats:
    """Least share, over a person's ratings, of answers that sit at one point of the response scale.

    It counts only where reversed items are among the answers, so that one point cannot be a consistent answer.
    """
    turned = np.array([c in scale.reversed for scale in dataset.measures.scales for c in scale.columns])
    points = _points(dataset)
    there = ~np.isnan(points)
    n = there.sum(1)
    usable = (n >= FEWEST_ANSWERS) & there[:, turned].any(1) & there[:, ~turned].any(1)
    most = [
        np.unique(row[t], return_counts=True)[1].max() if t.any() else 0 for row, t in zip(points, there, strict=True)
    ]
    return _by_person(dataset, np.where(usable, np.array(most) / np.maximum(n, 1), np.nan), "min")


def _points(dataset: Dataset) -> Floats:
    """Answers as they were given, as shares of the way along their response scale."""
    columns = [
        (dataset.ratings[column].to_numpy(dtype=float) - scale.low) / (scale.high - scale.low)
        for scale in dataset.measures.scales
        for column in scale.columns
    ]
    return np.column_stack(columns)


def _even_odd(dataset: Dataset) -> Floats:
    """Correlate a person's means over one half of each scale's answered items with those over the other.

    Pairs of halves are taken from all scales and ratings; means of the whole sample are taken off first, so
    that scales on which everybody scores high do not look like consistency.
    """
    centred = dataset.items - present_means(dataset.items, axis=0)
    scale_of = np.array(dataset.item_scales)
    halves = [_halves(centred[:, scale_of == scale.key]) for scale in dataset.measures.scales]
    firsts, seconds = (np.column_stack([half[side] for half in halves]) for side in (0, 1))
    r = _person_correlations(dataset, firsts, seconds)
    # Spearman-Brown, which falls without end below r = -1/3
    return np.asarray(np.where(np.isnan(r), np.nan, np.maximum(2 * r / np.maximum(1 + r, 1e-9), -1.0)))


def _halves(items: Floats) -> tuple[Floats, Floats]:
    """Means of the odd and of the even answered items of one scale, NaN where there is no such item."""
    there = ~np.isnan(items)
    place = np.cumsum(there, axis=1)
    first, second = (there & (place % 2 == side) for side in (1, 0))
    means = [present_means(np.where(mask, items, np.nan), axis=1) for mask in (first, second)]
    return means[0], means[1]


def _synonyms(dataset: Dataset) -> Floats:
    """Correlate a person's answers to pairs of items that nearly everybody answers alike."""
    items = dataset.items
    try:
        correlation = Moments.of(items).correlation()
    except AnalysisError:
        return np.full(dataset.n_raters, np.nan)
    first, second = np.nonzero(np.triu(correlation, 1) >= SYNONYMS_FROM)
    centred = items - present_means(items, axis=0)
    return _person_correlations(dataset, centred[:, first], centred[:, second])


def _person_correlations(dataset: Dataset, first: Floats, second: Floats) -> Floats:
    """Correlation over all pairs of a person's ratings, NaN with few pairs or answers that hardly vary."""
    there = ~np.isnan(first + second)
    x, y = np.where(there, first, 0.0), np.where(there, second, 0.0)
    n, sx, sy, sxx, syy, sxy = (
        np.bincount(dataset.person_numbers, weights=values.sum(1), minlength=dataset.n_raters)
        for values in (there.astype(float), x, y, x * x, y * y, x * y)
    )
    safe = np.maximum(n, 1)
    vx, vy = sxx / safe - (sx / safe) ** 2, syy / safe - (sy / safe) ** 2
    varying = np.minimum(vx, vy) >= LEAST_VARIATION * (sxx.sum() + syy.sum()) / max(2 * n.sum(), 1)
    usable = (n >= FEWEST_PAIRS) & varying & (np.minimum(vx, vy) > 0)
    return np.where(usable, (sxy / safe - sx * sy / safe**2) / np.sqrt(np.where(usable, vx * vy, 1.0)), np.nan)


def _failed_share(dataset: Dataset) -> Floats:
    """Share of the instructed items a person answered otherwise than instructed."""
    if not dataset.measures.attention:
        return np.full(dataset.n_raters, np.nan)
    passed = dataset.ratings[list(dataset.measures.attention)].to_numpy(dtype=float)
    return _by_person(dataset, present_means(1 - passed, axis=1), "mean")


def _by_person(dataset: Dataset, values: Floats, how: Literal["median", "min", "mean"]) -> Floats:
    """One value per person from the ratings where it is known."""
    return pd.Series(values).groupby(dataset.person_numbers).agg(how).to_numpy(dtype=float)
