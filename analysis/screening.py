"""Who is analysed: usable ratings, signs of careless answering, and who is left out for what; no answer is changed."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from analysis.careless import Index, Signs, Stretch, signs_of_carelessness
from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.findings import (
    Caveat,
    EntryBlock,
    Estimate,
    ExclusionStep,
    Flag,
    ResponseStyle,
    Screening,
    ScreeningIndex,
    Sensitivity,
)
from analysis.intervals import estimates, number
from analysis.numeric.arrays import Booleans, Floats, Integers
from analysis.numeric.carelessness import style_counts
from analysis.numeric.coherence import mean_correlation
from analysis.numeric.moments import Moments
from analysis.numeric.reliability import alpha
from analysis.numeric.resampling import PersonResamples, ratios
from analysis.plan import AnalysisPlan
from analysis.positions import ambivalent_ratings, negative_ratings

# Blocks of the order of entry: about so many, so that a table of them can be read.
_BLOCKS = 10
# Half-width of a 95 % interval in standard errors.
_WIDTH = 1.96
# From this share of careless persons on, a sample says more of its answers than of people.
_MANY = 0.5
# Fewest items of a scale that can agree with one another.
_FEWEST_ITEMS = 2


@dataclass(frozen=True, eq=False)
class Screened:
    """Who is analysed, and all that was seen of those who were checked for careless answers.

    ``kept`` is what is analysed, ``checked`` what it was chosen from: usable ratings, of careless people as well.
    ``steps`` lead from everyone to the kept; ``excluded`` (checked persons,) says who was left out as careless.
    """

    kept: Dataset
    checked: Dataset
    steps: tuple[ExclusionStep, ...]
    signs: Signs
    excluded: Booleans

    @property
    def caveats(self) -> tuple[Caveat, ...]:
        """What a reader must know of those left out: that they are many."""
        left_out, checked = int(self.excluded.sum()), len(self.excluded)
        if left_out < _MANY * checked or not checked:
            return ()
        return (Caveat("many_careless", "study", {"left_out": left_out, "checked": checked}),)

    @property
    def flags(self) -> tuple[Flag, ...]:
        """What each index that counts has flagged."""
        counted = (_counted(index) for index in self.signs.indices if index.excludes)
        return tuple(Flag(i.index, i.kind, i.cut, i.n_flagged, i.n_checked) for i in counted)

    def to_frame(self) -> pd.DataFrame:
        """One row per checked person: each index and its flag, how many kinds flag, and whether they are left out.

        Returns
        -------
        DataFrame
        """
        columns: dict[str, Floats | Booleans | Integers] = {}
        for index in self.signs.indices:
            columns |= {index.name: index.values, f"{index.name}_flagged": index.flagged}  # noqa: PD011 - of no frame
        columns |= {"kinds_flagged": self.signs.kinds_flagged(), "left_out": self.excluded}
        return pd.DataFrame(columns, index=pd.Index(self.signs.persons, name="person"))


def screen(dataset: Dataset, *, plan: AnalysisPlan) -> Screened:
    """Leave out what cannot be used and who answered carelessly.

    A person is left out on flags of ``plan.exclude_flags`` different kinds. Unusual but consistent answers are
    never a flag: that would leave out people who love and hate.

    Parameters
    ----------
    dataset : Dataset
    plan : AnalysisPlan

    Returns
    -------
    Screened
    """
    steps = [ExclusionStep("everyone", len(dataset.persons), len(dataset.ratings), None, None)]
    for code, usable in (
        ("no_rating", _any),
        ("test_sittings", _real),
        ("quality_fail", _passed),
        ("no_weight", _weighted),
        ("never_used", _used),
        ("unfinished", _finished),
    ):
        dataset = _step(code, dataset, usable(dataset), steps, plan)
    if not len(dataset.ratings):
        return Screened(dataset, dataset, tuple(steps), Signs((), (), ()), np.zeros(0, dtype=bool))
    signs = signs_of_carelessness(dataset, plan=plan)
    excluded = signs.kinds_flagged() >= plan.exclude_flags
    kept = _step("careless", dataset, ~excluded[dataset.person_numbers], steps, plan)
    return Screened(kept, dataset, tuple(steps), signs, np.asarray(excluded))


def describe_screening(
    screened: Screened, resamples: PersonResamples, sensitivity: Sensitivity | None, *, plan: AnalysisPlan
) -> Screening:
    """Put what was seen in screening into words and numbers for reading.

    Parameters
    ----------
    screened : Screened
    resamples : PersonResamples
        Of the persons kept.
    sensitivity : Sensitivity or None
        What leaving people out changed.
    plan : AnalysisPlan

    Returns
    -------
    Screening
    """
    blocks = tuple(
        block
        for stretch, first in _with_places(screened.signs.stretches)
        for block in _blocks(screened, stretch, first, plan)
    )
    return Screening(
        indices=tuple(map(_counted, screened.signs.indices)),
        by_kinds=tuple(np.bincount(screened.signs.kinds_flagged()).tolist()),
        entry_order="known" if blocks else "unknown",
        blocks=blocks,
        styles=response_styles(screened.kept, resamples),
        sensitivity=sensitivity,
    )


def scale_alphas(dataset: Dataset) -> dict[str, float]:
    """Alpha of each scale, by its key.

    Parameters
    ----------
    dataset : Dataset

    Returns
    -------
    dict of str to float
        Without scales of one item and scales that too few answered.
    """
    scale_of = np.array(dataset.item_scales)
    found = {}
    for scale in dataset.measures.scales:
        with suppress(AnalysisError):
            if len(scale.columns) >= _FEWEST_ITEMS:
                found[scale.key] = alpha(Moments.of(dataset.items[:, scale_of == scale.key]).covariance())
    return found


def response_styles(dataset: Dataset, resamples: PersonResamples) -> tuple[ResponseStyle, ...]:
    """Describe how people of each country and language use the response scale.

    Parameters
    ----------
    dataset : Dataset
    resamples : PersonResamples

    Returns
    -------
    tuple of ResponseStyle
        None where neither was recorded. Answers count as they were given, over all scale items; where reversed items
        are few, acquiescence holds what people think of brands as well.
    """
    points = [
        (dataset.ratings[column].to_numpy(dtype=float) - scale.low) / (scale.high - scale.low)
        for scale in dataset.measures.scales
        for column in scale.columns
    ]
    counts = style_counts(np.column_stack(points), 0.0, 1.0)
    facts = dataset.persons.reindex(dataset.ratings["person"])
    found = []
    for grouping in ("country", "language"):
        groups = facts[grouping].to_numpy(dtype=str)
        found += [
            ResponseStyle(grouping, str(group), *_styles(dataset, counts, groups == group, resamples))
            for group in np.unique(groups[groups != ""])
        ]
    return tuple(found)


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
    for usable in (_real, _weighted, _finished):
        dataset = dataset.keeping(usable(dataset))
    used = _used(dataset)
    if used.all():
        return dataset.keeping(~used)
    person = dataset.ratings["person"]
    left_out = person.isin(set(person[used]) - set(kept.persons.index)).to_numpy()
    careless = signs_of_carelessness(dataset, plan=plan).kinds_flagged() >= plan.exclude_flags
    return dataset.keeping(~(used | left_out | careless[dataset.person_numbers]))


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


def _passed(dataset: Dataset) -> Booleans:
    """Ratings of people who did not fail the rule of quality that held in the field."""
    return ~dataset.ratings["failed"].to_numpy(dtype=bool)


def _weighted(dataset: Dataset) -> Booleans:
    """Ratings that stand for somebody: a weight of 0 takes them out of every mean and leaves bases of nobody."""
    return dataset.ratings["weight"].to_numpy(dtype=float) > 0


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


def _counted(index: Index) -> ScreeningIndex:
    """How many an index flags."""
    checked = int((~np.isnan(index.values)).sum())
    flags: Literal["below", "from"] = "below" if index.below else "from"
    return ScreeningIndex(index.name, index.kind, index.cut, flags, index.excludes, int(index.flagged.sum()), checked)


def _with_places(stretches: tuple[Stretch, ...]) -> list[tuple[Stretch, int]]:
    """Stretches of the order of entry and how many persons came before each."""
    before = np.cumsum([0, *(len(stretch.persons) for stretch in stretches)])
    return [(stretch, int(first)) for stretch, first in zip(stretches, before[:-1], strict=True)]


def _blocks(screened: Screened, stretch: Stretch, before: int, plan: AnalysisPlan) -> list[EntryBlock]:
    """Cut a stretch into blocks of about equal size."""
    everyone = sum(len(other.persons) for other in screened.signs.stretches)
    size = max(plan.stretch_persons, -(-everyone // _BLOCKS))
    blocks, first = [], before + 1
    for persons in np.array_split(stretch.persons, max(len(stretch.persons) // size, 1)):
        blocks.append(_block(screened, persons, first))
        first += len(persons)
    return blocks


def _block(screened: Screened, persons: Integers, first: int) -> EntryBlock:
    """How the answers of persons who came one after the other hang together."""
    dataset = screened.checked
    rows = np.isin(dataset.person_numbers, persons)
    whose = np.unique(dataset.person_numbers[rows], return_inverse=True)[1]
    mean, error = mean_correlation(dataset.items[rows], dataset.scale_numbers, whose)
    known = list(scale_alphas(dataset.keeping(rows)).values())
    low, middle, high = np.quantile(known, [0, 1 / 2, 1]).tolist() if known else [None] * 3
    bounds = [number(mean + side * _WIDTH * error) for side in (-1, 1)]
    correlation = Estimate(number(mean), bounds[0], bounds[1], len(persons))
    flagged = next((i.flagged for i in screened.signs.indices if i.name == "entry_stretch"), None)
    in_stretch = flagged is not None and bool(flagged[persons[0]])
    return EntryBlock(first, first + len(persons) - 1, correlation, low, middle, high, in_stretch)


def _styles(
    dataset: Dataset, counts: Floats, rows: Booleans, resamples: PersonResamples
) -> tuple[Estimate, Estimate, Estimate]:
    """Acquiescence, extreme and midpoint shares of some ratings' answers."""
    totals = resamples.totals(counts[rows], dataset.person_numbers[rows])
    answered = np.full(3, int((counts[rows, 3] > 0).sum()))
    acquiescence, extreme, midpoint = estimates(ratios(totals[:, :3], np.repeat(totals[:, 3:], 3, axis=1)), answered)
    return acquiescence, extreme, midpoint
