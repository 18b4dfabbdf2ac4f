"""Rows of one person that cannot stand side by side: what a wide table has one place for; mends nothing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from instruments.answer_tables.table import AnswerColumns, Cells, TextColumn, written

_TOLD = 5
"""So many conflicts of a kind are named; mending these shows what is the matter."""


def conflicts(table: AnswerColumns) -> list[str]:
    """Tell what keeps a long table from becoming a wide one.

    Parameters
    ----------
    table : AnswerColumns
        One row for each rating of a person.

    Returns
    -------
    list of str
        Sentences with rows counted as in the file, its header being row 1: two ratings of a brand by one person, and
        rows of one person that differ in what a person has once. Empty where there are none, and for a table without
        columns of persons and brands.
    """
    person, brand = table.codebook.person, table.codebook.brand
    if person not in table.cells or brand not in table.cells or person is None or brand is None:
        return []
    persons, brands = _numbered(table.cells[person]), _numbered(table.cells[brand])
    return [
        *islice(_twice(table, person, brand, pd.DataFrame({"person": persons, "brand": brands})), _TOLD),
        *islice(_unlike(table, person, persons), _TOLD),
    ]


def _twice(table: AnswerColumns, person: str, brand: str, rated: pd.DataFrame) -> Iterator[str]:
    again = np.flatnonzero(rated.duplicated())
    for row in again:
        name = _word(table.cells[brand], row)
        if name:
            first = int(np.flatnonzero((rated == rated.iloc[row]).all(axis=1))[0])
            yield (
                f"rows {first + 2} and {row + 2} are both ratings of '{name}' by the person "
                f"'{_word(table.cells[person], row)}'. Keep one of them, or tell the persons apart in '{person}'."
            )


def _unlike(table: AnswerColumns, person: str, persons: npt.NDArray[np.intp]) -> Iterator[str]:
    _, starts, number = np.unique(persons, return_index=True, return_inverse=True)
    first = starts[number]
    for column in table.codebook.columns:
        cells = table.cells[column.name]
        if column.level != "person" or column.name == person:
            continue
        codes = _numbered(cells)
        for row in np.flatnonzero(codes != codes[first]):
            there, here = _word(cells, first[row]), _word(cells, row)
            yield (
                f"rows {first[row] + 2} and {row + 2} of the person '{_word(table.cells[person], row)}' differ in "
                f"'{column.name}' ('{there}', '{here}'). A person has it once: make them alike."
            )


def _numbered(cells: Cells) -> npt.NDArray[np.intp]:
    """The same number for the same content."""
    if isinstance(cells, TextColumn):
        return np.asarray(pd.factorize(np.array(cells.words, dtype=object))[0][cells.number])
    return np.asarray(pd.factorize(cells, use_na_sentinel=False)[0])


def _word(cells: Cells, row: np.signedinteger[Any]) -> str:
    return cells.words[cells.number[row]] if isinstance(cells, TextColumn) else written(float(cells[row]))
