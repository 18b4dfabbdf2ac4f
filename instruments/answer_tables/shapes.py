"""Long and wide answer tables, one into the other: a row for each rating, or a row for each person; opens no files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from instruments.answer_tables.codebook import Codebook, Column, missing_values, spoken, words
from instruments.answer_tables.table import AnswerColumns, Cells, TextColumn
from instruments.measures import NOT_SHOWN

RATINGS = "_ratings"
"""Column of a wide table that says how many brands the person rated."""
_SLOT = re.compile(r"^(?P<name>.+)__b(?P<slot>[1-9][0-9]*)$")


class ShapeError(ValueError):
    """A table that cannot take the other shape; says why."""


def widen(table: AnswerColumns) -> AnswerColumns:
    """One row for each person, the brands side by side.

    Parameters
    ----------
    table : AnswerColumns
        One row for each rating of a person; rows of one person may stand apart.

    Returns
    -------
    AnswerColumns
        The person's columns once; each column of a rating for every slot, as ``trust__b1``, in the order in which the
        person's rows stand. Slots that a person has no brand for hold −95 (not shown), blank where a column is text.

    Raises
    ------
    ShapeError
        Without a column of persons, and where a column would take another's name.
    """
    person, brand = table.codebook.person, table.codebook.brand
    if person is None or brand is None or person not in table.codebook:
        raise ShapeError("has no column of persons and brands: every row is one already. Say `person` in the study.")
    number, place, rated = _places(table, person, brand)
    n_persons, n_slots = int(number.max(initial=-1)) + 1, int(place[rated].max(initial=-1)) + 1
    first = np.zeros(n_persons, dtype=np.intp)
    first[number[::-1]] = np.arange(table.rows)[::-1]
    wide = widened(table.codebook, n_slots)
    cells: dict[str, Cells] = {RATINGS: np.bincount(number[rated], minlength=n_persons).astype(np.int16)}
    for column in table.codebook.columns:
        if column.level == "person":
            cells[column.name] = _taken(table.cells[column.name], first)
            continue
        for slot in range(n_slots):
            here = rated & (place == slot)
            spread = _spread(column, table.cells[column.name], number[here], here, n_persons)
            cells[f"{column.name}__b{slot + 1}"] = spread
    return AnswerColumns(wide, cells, n_persons)


def widened(codebook: Codebook, slots: int) -> Codebook:
    """The codebook of the wide table.

    Parameters
    ----------
    codebook : Codebook
        Of the long table.
    slots : int
        How many brands stand side by side.

    Returns
    -------
    Codebook
        Columns of persons, then those of each slot.

    Raises
    ------
    ShapeError
        Where a column would take another's name.
    """
    columns = [column for column in codebook.columns if column.level == "person"]
    columns.append(Column(RATINGS, words()["columns"][RATINGS], "number", "person", "scale"))
    for slot in range(1, slots + 1):
        columns += [_slotted(column, slot) for column in codebook.columns if column.level == "rating"]
    names = [column.name for column in columns]
    if twice := [name for name in names if names.count(name) > 1]:
        raise ShapeError(f"has a column '{twice[0]}' already. Rename it; the wide table needs the name.")
    return codebook.with_columns(columns)


def lengthen(table: AnswerColumns, codebook: Codebook) -> AnswerColumns:
    """One row for each rating, from a table with the brands side by side.

    Parameters
    ----------
    table : AnswerColumns
        As `widen` gives; also when it has been through a file.
    codebook : Codebook
        Of the long table, as the study describes it.

    Returns
    -------
    AnswerColumns
        What `widen` was given: the ratings of a person one after another, one row for a person without ratings.

    Raises
    ------
    ShapeError
        For a table without slots.
    """
    slots = sorted({int(found["slot"]) for name in table.names if (found := _SLOT.match(name))})
    brand = codebook.brand
    if not slots or brand is None or f"{brand}__b{slots[0]}" not in table.cells:
        raise ShapeError("has no columns of brands side by side, such as brand__b1. Is it a wide table?")
    persons, slot = _rows(table, brand, slots)
    cells: dict[str, Cells] = {}
    for column in codebook.columns:
        if column.name in table.cells:
            cells[column.name] = _taken(table.cells[column.name], persons)
        elif f"{column.name}__b{slots[0]}" in table.cells:
            sides = [table.cells[f"{column.name}__b{at}"] for at in slots]
            cells[column.name] = _stacked(sides, persons, slot)
    kept = [column for column in codebook.columns if column.name in cells]
    return AnswerColumns(codebook.with_columns(kept), cells, len(persons))


def base_name(name: str) -> str:
    """The name of a column in the long table.

    Parameters
    ----------
    name : str
        Such as ``trust__b1``.

    Returns
    -------
    str
        Such as ``trust``.
    """
    found = _SLOT.match(name)
    return found["name"] if found else name


def slots_of(names: Sequence[str], codebook: Codebook) -> int:
    """How many brands stand side by side in a file.

    Parameters
    ----------
    names : sequence of str
        Names in the file; those of the brands are short enough for every format.
    codebook : Codebook
        Of the long table.

    Returns
    -------
    int
        0 for a long table.
    """
    return sum(1 for name in names if base_name(name) == codebook.brand and base_name(name) != name)


def _places(
    table: AnswerColumns, person: str, brand: str
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
    """Each row's person, its place among the person's ratings, and whether it is a rating at all."""
    ids, brands = table.cells[person], table.cells[brand]
    keys = pd.factorize(np.array(ids.words, dtype=object))[0][ids.number] if isinstance(ids, TextColumn) else ids
    _, first, number = np.unique(keys, return_index=True, return_inverse=True)
    number = np.argsort(np.argsort(first))[number]  # persons in the order of the table
    rated = np.ones(table.rows, dtype=bool)
    if isinstance(brands, TextColumn):
        rated = np.array([word != "" for word in brands.words], dtype=bool)[brands.number]
    place = np.zeros(table.rows, dtype=np.intp)
    order = np.lexsort((np.arange(table.rows), ~rated, number))
    starts = np.r_[True, np.diff(number[order]) > 0] if table.rows else np.array([], dtype=bool)
    run = np.arange(table.rows)
    place[order] = run - np.maximum.accumulate(np.where(starts, run, 0))
    return number, place, rated


def _slotted(column: Column, slot: int) -> Column:
    missing = column.missing
    if missing and all(value.code != NOT_SHOWN for value in missing):
        missing = (*missing, *(value for value in missing_values() if value.code == NOT_SHOWN))
    which = {key: spoken(words()["slot"], str(key)).format(slot=slot) for key in column.label}
    label = {key: f"{text} – {which[key]}" for key, text in column.label.items()}
    return replace(column, name=f"{column.name}__b{slot}", label=label, level="person", missing=missing)


def _taken(cells: Cells, rows: npt.NDArray[np.intp]) -> Cells:
    return cells.taken(rows) if isinstance(cells, TextColumn) else cells[rows]


def _spread(
    column: Column, cells: Cells, persons: npt.NDArray[np.intp], here: npt.NDArray[np.bool_], n_persons: int
) -> Cells:
    """One slot's cells for every person; who has no brand there was not shown the question."""
    if isinstance(cells, TextColumn):
        places = np.full(n_persons, len(cells.words), dtype=np.int32)
        places[persons] = cells.number[here]
        return TextColumn(places, (*cells.words, str(NOT_SHOWN) if column.missing else ""))
    blank = np.array(NOT_SHOWN, dtype=np.int8) if column.missing or not n_persons else np.array(np.nan)
    kind = cells.dtype if len(persons) == n_persons else np.promote_types(cells.dtype, blank.dtype)
    spread: npt.NDArray[Any] = np.full(n_persons, 0 if len(persons) == n_persons else blank, dtype=kind)
    spread[persons] = cells[here]
    return spread


def _rows(table: AnswerColumns, brand: str, slots: list[int]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """The person and the slot of each row of the long table."""
    filled = np.column_stack([_is_brand(table.cells[f"{brand}__b{slot}"]) for slot in slots])
    filled[~filled.any(axis=1), 0] = True
    persons, slot = np.nonzero(filled)
    return persons, slot


def _is_brand(cells: Cells) -> npt.NDArray[np.bool_]:
    if not isinstance(cells, TextColumn):
        return np.asarray(np.isfinite(cells) & (cells != NOT_SHOWN), dtype=bool)
    none = ("", str(NOT_SHOWN))
    return np.asarray(np.array([word not in none for word in cells.words], dtype=bool)[cells.number])


def _stacked(sides: list[Cells], persons: npt.NDArray[np.intp], slot: npt.NDArray[np.intp]) -> Cells:
    """The slots of a column below one another."""
    if not any(isinstance(side, TextColumn) for side in sides):
        kind = np.result_type(*[np.asarray(side).dtype for side in sides])
        stacked: npt.NDArray[Any] = np.empty(len(persons), dtype=kind)
        for at, side in enumerate(sides):
            stacked[slot == at] = np.asarray(side)[persons[slot == at]]
        return stacked
    known: dict[str, int] = {}
    places = np.empty(len(persons), dtype=np.int32)
    for at, text in enumerate(_texts(sides)):
        where = np.array([known.setdefault(word, len(known)) for word in text.words], dtype=np.int32)
        places[slot == at] = where[text.number[persons[slot == at]]]
    return TextColumn(places, tuple(known))


def _texts(sides: list[Cells]) -> Iterator[TextColumn]:
    """All sides as text; one whose cells are all blank has been read as numbers."""
    for side in sides:
        if isinstance(side, TextColumn):
            yield side
        else:
            number, values = np.unique(np.asarray(side, dtype=float), return_inverse=True)[::-1]
            said = ["" if value != value else f"{value:g}" for value in values]  # noqa: PLR0124 - NaN
            yield TextColumn(number.astype(np.int32), tuple(said))
