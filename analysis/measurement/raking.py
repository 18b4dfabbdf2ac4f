"""Weights of a sample: raked to its population's margins, what they cost, and the cells that nobody is in."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
from pydantic.dataclasses import dataclass

from analysis.errors import AnalysisError
from analysis.measurement.plan import JOIN, Margin, PopulationMargins
from analysis.measurement.tables import SHAPE, Number, frame_of, known, numbers
from analysis.numeric.arrays import Floats, Integers
from analysis.numeric.weighting import (
    UNKNOWN,
    EmptyCell,
    Raking,
    design_effect,
    effective_n,
    empty_joint_cells,
    rake,
)

MOST_NAMED = 20


@dataclass(frozen=True, config=SHAPE)
class CategoryShare:
    """One category of a margin: rows, its share of the population, and of the sample before and after weighting.

    A margin of several columns is named by them with `` / `` between; so are its categories. ``after`` is null for
    a category that nobody belongs to.
    """

    margin: str
    category: str
    rows: int
    target: float
    before: Number
    after: Number


@dataclass(frozen=True, config=SHAPE)
class EmptyCombination:
    """Categories of two margins that nobody has together, and the share expected were the margins unrelated."""

    margin: str
    category: str
    other_margin: str
    other_category: str
    expected: float


@dataclass(frozen=True, config=SHAPE)
class WeightSection:
    """The weights that all sections read which use weights, with mean 1.

    ``effective_n`` is Kish's and ``design_effect`` the number of rows over it. ``raked`` to margins or as they came;
    ``met``: every share is within 1e-6 of its target; ``largest_miss`` among shares; ``capped`` weights lie at a cap.
    ``combinations`` lists at most 20 of the ``empty_combinations``, the largest expected share first; ``values`` are
    the weights of the rows that were used, where rows were asked for.
    """

    raked: bool
    rows: int
    effective_n: float
    design_effect: float
    smallest: float
    largest: float
    caps: tuple[Number, Number] | None
    rounds: int | None
    met: bool | None
    largest_miss: Number
    capped: int | None
    categories: tuple[CategoryShare, ...]
    empty_categories: int
    empty_combinations: int
    combinations: tuple[EmptyCombination, ...]
    values: tuple[Number, ...] | None

    def to_frame(self) -> pd.DataFrame:
        """One row per category of the margins.

        Returns
        -------
        DataFrame
        """
        return frame_of(self.categories)


@dataclasses.dataclass(frozen=True, eq=False)
class Raked:
    """Weights and what they were made from; ``start`` (n,) are those before, ``categories`` (n, m) the margins'."""

    population: PopulationMargins
    start: Floats
    categories: Integers
    targets: tuple[Floats, ...]
    found: Raking
    empty: tuple[EmptyCell, ...]


def raked(rows: pd.DataFrame, population: PopulationMargins, weights: Floats | None) -> Raked:
    """Rake rows to the margins of a population.

    Parameters
    ----------
    rows : DataFrame
        With the margins' columns; a row without a category keeps its share of the sample in that margin.
    population : PopulationMargins
    weights : (n,) array or None
        To start from; positive.

    Returns
    -------
    Raked

    Raises
    ------
    AnalysisError
        ``unknown_category``, ``unusable_weight``, ``impossible_targets``, ``impossible_caps``.
    """
    categories = np.column_stack([_numbered(rows, margin) for margin in population.margins])
    targets = tuple(np.array(list(margin.shares.values())) for margin in population.margins)
    caps = population.caps or (0.0, np.inf)
    start = np.ones(len(rows)) if weights is None else weights
    found = rake(categories, targets, weights=start, caps=caps)
    return Raked(population, start / start.mean(), categories, targets, found, empty_joint_cells(categories, targets))


def describe_weights(weights: Floats, raking: Raked | None, *, rows: bool) -> WeightSection:
    """Tell what weights do to a sample and what they cost.

    Parameters
    ----------
    weights : (n,) array
        That are used.
    raking : Raked or None
        Where they come from.
    rows : bool
        Whether to give them row by row.

    Returns
    -------
    WeightSection
    """
    relative = weights / weights.mean()
    caps = None if raking is None else raking.population.caps
    return WeightSection(
        raked=raking is not None,
        rows=len(weights),
        effective_n=effective_n(weights),
        design_effect=design_effect(weights),
        smallest=float(relative.min()),
        largest=float(relative.max()),
        caps=None if caps is None else (known(caps[0]), known(caps[1])),
        rounds=None if raking is None else raking.found.rounds,
        met=None if raking is None else raking.found.met,
        largest_miss=None if raking is None else known(raking.found.largest_miss),
        capped=None if raking is None or caps is None else int(raking.found.capped.sum()),
        categories=() if raking is None else _shares(raking),
        empty_categories=0 if raking is None else len(raking.found.empty),
        empty_combinations=0 if raking is None else len(raking.empty),
        combinations=() if raking is None else tuple(_combination(cell, raking) for cell in raking.empty[:MOST_NAMED]),
        values=numbers(relative) if rows else None,
    )


def _numbered(rows: pd.DataFrame, margin: Margin) -> Integers:
    """Each row's category of a margin, by number."""
    known_rows = rows[list(margin.columns)].notna().all(axis=1).to_numpy()
    texts = zip(*(rows[column].map(_text) for column in margin.columns), strict=True)
    names = np.array([JOIN.join(parts) for parts in texts])
    place = {name: i for i, name in enumerate(margin.shares)}
    if strange := sorted(set(names[known_rows]) - set(place)):
        message = f"Margin {JOIN.join(margin.columns)} has no share for '{strange[0]}' ({len(strange)} such categories)"
        raise AnalysisError("unknown_category", f"{message}. Add its share, or join categories.")
    return np.array([place[name] if there else UNKNOWN for name, there in zip(names, known_rows, strict=True)])


def _text(value: object) -> str:
    """A category as the file of margins writes it: 1.0 is 1."""
    return f"{value:g}" if isinstance(value, float) else str(value).strip()


def _shares(raking: Raked) -> tuple[CategoryShare, ...]:
    """Shares before and after, by category, each among the rows whose category is known."""
    found = []
    for margin, numbered, targets in zip(raking.population.margins, raking.categories.T, raking.targets, strict=True):
        there = numbered != UNKNOWN
        before, after = (
            np.bincount(numbered[there], weights=weights[there], minlength=len(targets))
            for weights in (raking.start, raking.found.weights)
        )
        counts = np.bincount(numbered[there], minlength=len(targets))
        found += [
            CategoryShare(
                margin=JOIN.join(margin.columns),
                category=name,
                rows=int(counts[i]),
                target=float(targets[i]),
                before=known(before[i] / before.sum()),
                after=known(after[i] / after.sum()) if counts[i] else None,
            )
            for i, name in enumerate(margin.shares)
        ]
    return tuple(found)


def _combination(cell: EmptyCell, raking: Raked) -> EmptyCombination:
    """Name an empty combination."""
    (one, own), (other, others) = (
        (JOIN.join(raking.population.margins[margin].columns), list(raking.population.margins[margin].shares)[category])
        for margin, category in zip(cell.margins, cell.categories, strict=True)
    )
    return EmptyCombination(one, own, other, others, cell.expected)
