"""Warm, cold, negative and ambivalent ratings on the bases a share may be taken of; it leaves no rating out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from analysis.dataset import Dataset
from analysis.findings import Caveat, FeelingBase, FeelingFindings, Feelings, FeelingsByUse, FeelingsOn
from analysis.grouped import archetype_key
from analysis.intervals import mean_estimates
from analysis.numeric.arrays import Booleans, Floats, Integers
from analysis.numeric.resampling import PersonResamples
from analysis.plan import AnalysisPlan
from analysis.positions import ambivalent_ratings, feelings, negative_ratings

HEADLINE: FeelingBase = "ever_used"
_COLUMNS = ("warm", "cold", "negative", "ambivalent", "griffin")


@dataclass(frozen=True, eq=False)
class _Felt:
    """Every rating of a known brand: ``figures`` (n, 5), whether it is by a user (n,), uses a year (n,), archetype.

    ``frequency`` is NaN where unknown; ``archetype`` (n,) is -1 where a rating has none.
    """

    dataset: Dataset
    figures: Floats
    used: Booleans
    frequency: Floats
    archetype: Integers
    resamples: PersonResamples
    least: int

    def of(self, rows: Booleans) -> Feelings:
        """Feelings of some ratings; of too few only how few they are."""
        n, person = int(rows.sum()), self.dataset.person_numbers[rows]
        shown: dict[str, object] = dict.fromkeys(_COLUMNS)
        if n >= self.least:
            found = mean_estimates(self.dataset, self.figures, self.resamples, rows)
            shown |= {name: each for name, each in zip(_COLUMNS, found, strict=True) if each.n}
        return Feelings(n, len(np.unique(person)), **shown)  # type: ignore[arg-type]

    def bases(self) -> dict[FeelingBase, Booleans]:
        """Ratings of each base that these data can tell."""
        found: dict[FeelingBase, Booleans] = {"aware": np.ones(len(self.used), dtype=bool), "ever_used": self.used}
        if not np.isnan(self.frequency).all():
            found["current"] = self.used & (self.frequency > 0)
        return found


def describe_feelings(
    users: Dataset, non_users: Dataset, archetype: Integers | None, *, plan: AnalysisPlan
) -> tuple[FeelingFindings | None, tuple[Caveat, ...]]:
    """Describe how warm and how cold relationships are, and which are negative or ambivalent, on every base.

    Parameters
    ----------
    users : Dataset
        The analysed ratings: of brands the person has used, or whose use was not asked.
    non_users : Dataset
        Ratings of brands that the person knows and has never used, as ``ratings_by_non_users`` gives them.
    archetype : (users' ratings,) array of int or None
    plan : AnalysisPlan
        ``ambivalent_above``, ``usage_bands``, ``suppress_below``.

    Returns
    -------
    found : FeelingFindings or None
        None where neither warm and cold feelings nor a relationship gone wrong can be told.
    caveats : tuple of Caveat

    References
    ----------
    Thompson, Zanna & Griffin (1995), Let's not be indifferent about (attitudinal) ambivalence
    """
    felt = _felt(users, non_users, archetype, plan)
    if np.isnan(felt.figures).all():
        return None, (Caveat("no_feelings", "feelings", {}),)
    found = FeelingFindings(
        headline=HEADLINE,
        bases=tuple(felt.bases()),
        ambivalent_above=plan.ambivalent_above,
        groups=tuple(_groups(felt)),
        by_use=tuple(_by_use(felt, plan.usage_bands)),
    )
    return found, _caveats(felt)


def _felt(users: Dataset, non_users: Dataset, archetype: Integers | None, plan: AnalysisPlan) -> _Felt:
    """Put both kinds of ratings together, in canonical order, and take the measure of each."""
    both = _together(users, non_users)
    rated = pd.MultiIndex.from_frame(both.ratings[["person", "brand"]])
    place = rated.get_indexer(pd.MultiIndex.from_frame(users.ratings[["person", "brand"]]))
    used, numbers = np.zeros(len(rated), dtype=bool), np.full(len(rated), -1)
    used[place] = True
    if archetype is not None:
        numbers[place] = archetype
    return _Felt(
        dataset=both,
        figures=_figures(both, plan),
        used=used,
        frequency=both.value("frequency"),
        archetype=numbers,
        resamples=PersonResamples.drawn(both.n_raters, plan.resamples, rng=plan.stream("feelings")),
        least=plan.suppress_below,
    )


def _together(users: Dataset, non_users: Dataset) -> Dataset:
    """Ratings of both; a person may have given some of either kind."""
    ratings = pd.concat([users.ratings, non_users.ratings]) if len(non_users.ratings) else users.ratings
    persons = pd.concat([users.persons, non_users.persons])
    return Dataset(
        persons=persons[~persons.index.duplicated()].sort_index(),
        ratings=ratings.sort_values(["person", "brand"], kind="stable", ignore_index=True),
        measures=users.measures,
        info=users.info,
        sha256=users.sha256,
        n_rows=users.n_rows,
    )


def _figures(dataset: Dataset, plan: AnalysisPlan) -> Floats:
    """Warm, cold, negative, ambivalent and Griffin's index of each rating, (ratings, 5), NaN where unknown."""
    nothing = np.full(len(dataset.ratings), np.nan)
    warm, cold = feelings(dataset) or (nothing, nothing)
    return np.column_stack(
        [
            warm,
            cold,
            negative_ratings(dataset),
            ambivalent_ratings(dataset, above=plan.ambivalent_above),
            (warm + cold) / 2 - np.abs(warm - cold),
        ]
    )


def _groups(felt: _Felt) -> Iterator[FeelingsOn]:
    """All ratings, each brand's and each archetype's, on every base."""
    brand = felt.dataset.ratings["brand"].to_numpy(dtype=str)
    for base, rows in felt.bases().items():
        yield FeelingsOn(base, None, None, felt.of(rows))
        for key in felt.dataset.brands_rated:
            yield FeelingsOn(base, key, None, felt.of(rows & (brand == key)))
        if base == "aware":
            continue
        for number in range(int(felt.archetype.max(initial=-1)) + 1):
            yield FeelingsOn(base, None, archetype_key(number), felt.of(rows & (felt.archetype == number)))


def _by_use(felt: _Felt, edges: tuple[float, ...]) -> Iterator[FeelingsByUse]:
    """Those who have never used a brand, and users by how often they do; bands without anybody are left out."""
    if np.isnan(felt.frequency).all():
        return
    if not felt.used.all():
        yield FeelingsByUse(None, None, felt.of(~felt.used))
    for least, below in pairwise((0.0, *edges, np.inf)):
        rows = felt.used & (felt.frequency >= least) & (felt.frequency < below)
        if rows.any():
            yield FeelingsByUse(least, None if np.isinf(below) else below, felt.of(rows))


def _caveats(felt: _Felt) -> tuple[Caveat, ...]:
    """What a reader must know of the bases, and of what was not measured."""
    caveats = []
    if np.isnan(felt.figures[:, 0] + felt.figures[:, 1]).all():
        caveats.append(Caveat("no_warm_and_cold", "feelings", {}))
    if not felt.dataset.measures.used:
        caveats.append(Caveat("use_not_asked", "feelings", {}))
    if np.isnan(felt.frequency).all():
        caveats.append(Caveat("current_use_unknown", "feelings", {}))
    return tuple(caveats)
