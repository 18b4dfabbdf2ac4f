"""The answers a measurement is made of: columns picked from a data frame and checked; it computes no statistics."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from operator import add
from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import AnalysisError
from analysis.measurement.plan import MeasurementPlan
from analysis.measurement.pool import Pool
from analysis.measurement.raking import Raked, raked
from analysis.numeric.arrays import Booleans, Floats, Integers
from analysis.numeric.incomplete import NormalEstimate, normal_estimate

FEWEST_ROWS = 3
# Mixed matrices take a whole-number item with at most as many different answers as ordinal, as psych::mixedCor does.
MOST_ORDINAL_ANSWERS = 8
_MOST_NAMED = 6
_TOLERANCE = 1e-9
# What only sections that need rows read.
_OF_ROWS: dict[str, Any] = {"group": None, "brand": None, "seconds": None, "instructed": {}}


@dataclass(frozen=True, eq=False)
class Answers:
    """Answers to p items in n rows, and whose, of which group and of what weight the rows are.

    ``x`` (n, p), NaN where missing, reversed items turned round; ``person``, ``group`` and ``brand`` (n,) number
    persons and so on from 0 (-1 is unknown), ``groups`` are the groups' names in the order of their first rows.
    ``instructed`` (n, m): answers less those asked for, one column for each of ``instructions``; ``seconds`` (n,).
    ``estimate``: moments by maximum likelihood where they were asked for. ``raking`` made the weights.
    """

    items: tuple[str, ...]
    x: Floats
    read: int
    lowest: float
    highest: float
    weights: Floats | None
    person: Integers | None
    group: Integers | None
    groups: tuple[str, ...]
    brand: Integers | None = None
    instructions: tuple[str, ...] = ()
    instructed: Floats | None = None
    seconds: Floats | None = None
    raking: Raked | None = None
    estimate: NormalEstimate | None = None

    @cached_property
    def pool(self) -> Pool:
        """Sums of all rows."""
        persons = None if self.person is None else self.person.astype(np.uint64)
        pool = Pool.of(self.items, self.x, self.weights, persons, read=self.read)
        return replace(pool, estimate=self.estimate)

    @property
    def persons(self) -> Integers:
        """Number of the person behind each row; every row its own where persons are not known."""
        return np.arange(len(self.x)) if self.person is None else self.person

    @property
    def independent(self) -> int:
        """Independent rows that tests count: persons where they are known, else rows less what weights cost."""
        return self.pool.independent

    @property
    def complete(self) -> Booleans:
        """Rows that answered every item, (n,)."""
        return np.asarray(~np.isnan(self.x).any(1))

    def columns(self, names: Iterable[str]) -> Floats:
        """Give the answers to some of the items.

        Parameters
        ----------
        names : iterable of str

        Returns
        -------
        (n, k) array
            In the order of the names.
        """
        return self.x[:, [self.items.index(name) for name in names]]


def pick_answers(frame: pd.DataFrame, plan: MeasurementPlan) -> Answers:
    """Take the items, persons, groups and weights that a plan names from a table.

    Parameters
    ----------
    frame : DataFrame
        One row per rating; numbers in the items' columns, missing answers as NaN.
    plan : MeasurementPlan

    Returns
    -------
    Answers
        With ``missing="listwise"`` only the rows that answered every item.

    Raises
    ------
    AnalysisError
        ``unknown_column``, ``unknown_item``, ``item_named_twice``, ``not_a_number``, ``no_person``,
        ``unusable_weight``, ``too_few_rows``.
    """
    _require_columns([str(name) for name in frame.columns], plan)
    x = np.column_stack([_numbers(frame[name]) for name in plan.items])
    kept = np.flatnonzero(~np.isnan(x).any(1)) if plan.missing == "listwise" else np.arange(len(x))
    _require_rows(len(kept), plan)
    lowest, highest = _ends(x, plan)
    rows = frame.iloc[kept]
    group, groups = _grouped(rows[plan.group]) if plan.group else (None, ())
    weights = _weights(rows[plan.weight]) if plan.weight else None
    raking = None if plan.population is None else raked(rows, plan.population, weights)
    answers = Answers(
        items=plan.items,
        x=_turned(x, plan, lowest, highest)[kept],
        read=len(frame),
        lowest=lowest,
        highest=highest,
        weights=weights if raking is None else raking.found.weights,
        person=_persons(rows[plan.person], plan.person) if plan.person else None,
        group=group,
        groups=groups,
        brand=_grouped(rows[plan.brand])[0] if plan.brand else None,
        instructions=tuple(plan.instructed),
        instructed=_instructed(rows, plan),
        seconds=_numbers(rows[plan.seconds]) if plan.seconds else None,
        raking=raking,
    )
    return _estimated(answers) if plan.missing == "em" else answers


def pool_answers(frames: Iterable[pd.DataFrame], plan: MeasurementPlan) -> Pool:
    """Sum up the answers of a table that comes a block of rows at a time.

    Parameters
    ----------
    frames : iterable of DataFrame
        As ``pick_answers`` takes them; the plan's items, weights and persons. Blocks may come in any order.
    plan : MeasurementPlan
        Reversed items need the ends of the response scale; maximum-likelihood moments and raking need all rows.

    Returns
    -------
    Pool

    Raises
    ------
    AnalysisError
        ``rows_needed``, ``range_needed``; as ``pick_answers``.
    """
    if plan.missing == "em" or plan.population is not None:
        message = "Moments by maximum likelihood and raking look at rows more than once. Measure the table as a whole."
        raise AnalysisError("rows_needed", message)
    if plan.reverse and (plan.lowest is None or plan.highest is None):
        message = "Items can be turned round block by block only within a known range. Give the response scale's ends."
        raise AnalysisError("range_needed", message)
    pools = (_pooled(frame, plan) for frame in frames)
    first = next(pools, None)
    if first is None:
        raise AnalysisError("too_few_rows", "There is not a single row. Check the file.", rows=0)
    pool = reduce(add, pools, first)
    _require_rows(pool.used, plan)
    if np.isnan(pool.lowest).all():
        raise AnalysisError("too_few_rows", "There is not a single answer to these items. Check the columns.", rows=0)
    return pool


def scale_ends(pool: Pool, plan: MeasurementPlan) -> tuple[float, float]:
    """Ends of the response scale: as the plan says, else the lowest and highest answer there is.

    Parameters
    ----------
    pool : Pool
    plan : MeasurementPlan

    Returns
    -------
    tuple of float
    """
    lowest = float(np.nanmin(pool.lowest)) if plan.lowest is None else plan.lowest
    highest = float(np.nanmax(pool.highest)) if plan.highest is None else plan.highest
    return lowest, highest


def _pooled(frame: pd.DataFrame, plan: MeasurementPlan) -> Pool:
    """Sum up one block of rows."""
    _require_columns([str(name) for name in frame.columns], plan.model_copy(update=_OF_ROWS))
    x = np.column_stack([_numbers(frame[name]) for name in plan.items])
    kept = ~np.isnan(x).any(1) if plan.missing == "listwise" else np.ones(len(x), dtype=bool)
    weights = _weights(frame[plan.weight])[kept] if plan.weight else None
    persons = None
    if plan.person:
        _persons(frame[plan.person], plan.person)  # refuses rows of nobody
        hashed = pd.util.hash_pandas_object(frame[plan.person].astype(str), index=False)
        persons = hashed.to_numpy()[kept].astype(np.uint64)
    x = _turned(x, plan, plan.lowest or 0.0, plan.highest or 0.0)[kept]
    return Pool.of(plan.items, x, weights, persons, read=len(frame))


def _require_rows(rows: int, plan: MeasurementPlan) -> None:
    """Refuse a table with hardly any rows."""
    if rows < FEWEST_ROWS:
        message = f"{rows} rows are left, at least {FEWEST_ROWS} are needed. Collect more answers"
        remedy = ", or take rows with missing answers as well (pairwise)." if plan.missing == "listwise" else "."
        raise AnalysisError("too_few_rows", message + remedy, rows=rows)


def _turned(x: Floats, plan: MeasurementPlan, lowest: float, highest: float) -> Floats:
    """Turn reversed items round within the response scale."""
    return np.where(np.isin(plan.items, plan.reverse), lowest + highest - x, x)


def _estimated(answers: Answers) -> Answers:
    """Add moments by maximum likelihood, unless there are none: then those who need them say why."""
    try:
        answers.pool.moments.correlation()
    except AnalysisError:
        return answers
    return replace(answers, estimate=normal_estimate(answers.x, tolerance=_TOLERANCE, weights=answers.weights))


def _instructed(rows: pd.DataFrame, plan: MeasurementPlan) -> Floats | None:
    """Answers to instructed items less those that were asked for."""
    if not plan.instructed:
        return None
    return np.column_stack([_numbers(rows[name]) - asked for name, asked in plan.instructed.items()])


def ordinal_items(x: Floats) -> Booleans:
    """Tell which items are taken as ordinal in a mixed matrix.

    Parameters
    ----------
    x : (n, p) array
        NaN where missing.

    Returns
    -------
    (p,) array of bool
        Whole numbers with at most 8 different answers, as ``psych::mixedCor`` takes them.
    """
    return np.array([_whole(answers) and len(np.unique(answers)) <= MOST_ORDINAL_ANSWERS for answers in _given(x)])


def whole_numbers(x: Floats) -> bool:
    """Tell whether all answers are whole numbers.

    Parameters
    ----------
    x : (n, p) array
        NaN where missing.

    Returns
    -------
    bool
    """
    return all(_whole(answers) for answers in _given(x))


def _given(x: Floats) -> list[Floats]:
    """The answers to each item that are not missing."""
    return [column[~np.isnan(column)] for column in x.T]


def _whole(answers: Floats) -> bool:
    """Whether answers are whole numbers."""
    return bool((answers == np.rint(answers)).all())


def _require_columns(found: list[str], plan: MeasurementPlan) -> None:
    """Refuse columns that are not there, with what may have been meant."""
    if twice := sorted({name for name in plan.items if plan.items.count(name) > 1}):
        raise AnalysisError("item_named_twice", f"Items named twice: {', '.join(twice)}. Name each item once.")
    wanted = [*plan.items, *plan.reverse, *plan.columns]
    missing = [name for name in dict.fromkeys(wanted) if name not in found]
    if missing:
        guesses = {name: difflib.get_close_matches(name, found, 1) for name in missing[:_MOST_NAMED]}
        named = [f"'{name}'" + (f" (did you mean '{near[0]}'?)" if near else "") for name, near in guesses.items()]
        raise AnalysisError("unknown_column", f"There is no column {', '.join(named)}. Correct the names.")
    known = set(plan.items)
    strange = [name for name in (*plan.reverse, *(plan.model.items if plan.model else ())) if name not in known]
    if strange:
        message = f"{', '.join(dict.fromkeys(strange))} is not among the items. Name it there as well."
        raise AnalysisError("unknown_item", message)


def _numbers(column: pd.Series) -> Floats:
    """A column as numbers; texts that are none are refused, with their place."""
    values = pd.to_numeric(column, errors="coerce")
    wrong = np.flatnonzero((values.isna() & column.notna()).to_numpy())
    if len(wrong):
        message = f"Column '{column.name}', row {wrong[0] + 1}: '{column.iloc[wrong[0]]}' is not a number"
        raise AnalysisError("not_a_number", f"{message} ({len(wrong)} such rows). Correct it or leave it empty.")
    return values.to_numpy(dtype=float)


def _ends(x: Floats, plan: MeasurementPlan) -> tuple[float, float]:
    """Ends of the response scale: as the plan says, else the lowest and highest answer there is."""
    answers = x[~np.isnan(x)]
    if not len(answers):
        raise AnalysisError("too_few_rows", "There is not a single answer to these items. Check the columns.", rows=0)
    lowest = float(answers.min()) if plan.lowest is None else plan.lowest
    highest = float(answers.max()) if plan.highest is None else plan.highest
    return lowest, highest


def _weights(column: pd.Series) -> Floats:
    """Weights of the rows, none negative or missing."""
    weights = _numbers(column)
    wrong = np.flatnonzero(~(np.isfinite(weights) & (weights >= 0)))
    if len(wrong) or not weights.any():
        where = (
            f"row {wrong[0] + 1}: the weight is missing, infinite or negative" if len(wrong) else "all weights are 0"
        )
        message = f"Column '{column.name}', {where}. Give every row a weight of 0 or more."
        raise AnalysisError("unusable_weight", message, rows=len(wrong))
    return weights


def _grouped(column: pd.Series) -> tuple[Integers, tuple[str, ...]]:
    """Groups by number, and their names."""
    numbered, names = pd.factorize(column)
    return np.asarray(numbered, dtype=np.int64), tuple(_name(name) for name in names)


def _name(value: object) -> str:
    """Name of a group; a number as people write it."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _persons(column: pd.Series, name: str | None) -> Integers:
    """Persons by number; a row of nobody is refused."""
    numbered, _ = pd.factorize(column)
    if (numbered < 0).any():
        row = int(np.flatnonzero(numbered < 0)[0]) + 1
        message = f"Row {row} of column '{name}' does not say whose rating it is. Fill it in or remove the row."
        raise AnalysisError("no_person", message, row=row)
    return np.asarray(numbered, dtype=np.int64)
