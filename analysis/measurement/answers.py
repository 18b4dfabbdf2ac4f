"""The answers a measurement is made of: columns picked from a data frame and checked; it computes no statistics."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.errors import AnalysisError
from analysis.measurement.plan import MeasurementPlan
from analysis.numeric.arrays import Booleans, Floats, Integers
from analysis.numeric.weighting import effective_n

FEWEST_ROWS = 3
# Mixed matrices take a whole-number item with at most as many different answers as ordinal, as psych::mixedCor does.
MOST_ORDINAL_ANSWERS = 8
_MOST_NAMED = 6


@dataclass(frozen=True, eq=False)
class Answers:
    """Answers to p items in n rows, and whose, of which group and of what weight the rows are.

    ``x`` (n, p), NaN where missing, reversed items turned round; ``person`` and ``group`` (n,) number persons and
    groups from 0 (a group of -1 is unknown), ``groups`` are the groups' names in the order of their first rows.
    """

    items: tuple[str, ...]
    x: Floats
    lowest: float
    highest: float
    weights: Floats | None
    person: Integers | None
    group: Integers | None
    groups: tuple[str, ...]

    @property
    def persons(self) -> Integers:
        """Number of the person behind each row; every row its own where persons are not known."""
        return np.arange(len(self.x)) if self.person is None else self.person

    @property
    def independent(self) -> int:
        """Independent rows that tests count: persons where they are known, else rows less what weights cost."""
        if self.person is not None:
            return len(np.unique(self.person))
        return len(self.x) if self.weights is None else int(effective_n(self.weights))

    @property
    def complete(self) -> Booleans:
        """Rows that answered every item, (n,)."""
        return np.asarray(~np.isnan(self.x).any(1))

    def columns(self, names: Iterable[str]) -> Floats:
        """Answers to some of the items, in this order."""
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
    _require_columns(frame, plan)
    x = np.column_stack([_numbers(frame[name]) for name in plan.items])
    kept = np.flatnonzero(~np.isnan(x).any(1)) if plan.missing == "listwise" else np.arange(len(x))
    if len(kept) < FEWEST_ROWS:
        message = f"{len(kept)} rows are left, at least {FEWEST_ROWS} are needed. Collect more answers"
        remedy = ", or take rows with missing answers as well (pairwise)." if plan.missing == "listwise" else "."
        raise AnalysisError("too_few_rows", message + remedy, rows=len(kept))
    lowest, highest = _ends(x, plan)
    turned = np.isin(plan.items, plan.reverse)
    x = np.where(turned, lowest + highest - x, x)[kept]
    group, groups = _grouped(frame[plan.group].iloc[kept]) if plan.group else (None, ())
    weights = _weights(frame[plan.weight])[kept] if plan.weight else None
    person = _persons(frame[plan.person].iloc[kept], plan.person) if plan.person else None
    return Answers(plan.items, x, lowest, highest, weights, person, group, groups)


def naming(error: AnalysisError, items: Sequence[str]) -> str:
    """Message of a refusal, with the names of the items that it knows by their column."""
    places = dict.fromkeys(int(error.numbers[key]) for key in ("column", "other_column") if key in error.numbers)
    named = ", ".join(f"column {i + 1} is {items[i]}" for i in places if i < len(items))
    return f"{error.message} Of the items, {named}." if named else error.message


def ordinal_items(x: Floats) -> Booleans:
    """Which items are taken as ordinal in a mixed matrix, (p,)."""
    return np.array([_whole(answers) and len(np.unique(answers)) <= MOST_ORDINAL_ANSWERS for answers in _given(x)])


def whole_numbers(x: Floats) -> bool:
    """Whether all answers are whole numbers."""
    return all(_whole(answers) for answers in _given(x))


def _given(x: Floats) -> list[Floats]:
    """The answers to each item that are not missing."""
    return [column[~np.isnan(column)] for column in x.T]


def _whole(answers: Floats) -> bool:
    """Whether answers are whole numbers."""
    return bool((answers == np.rint(answers)).all())


def _require_columns(frame: pd.DataFrame, plan: MeasurementPlan) -> None:
    """Refuse columns that are not there, with what may have been meant."""
    if twice := sorted({name for name in plan.items if plan.items.count(name) > 1}):
        raise AnalysisError("item_named_twice", f"Items named twice: {', '.join(twice)}. Name each item once.")
    found = [str(name) for name in frame.columns]
    wanted = [*plan.items, *plan.reverse, *filter(None, (plan.person, plan.group, plan.weight))]
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
