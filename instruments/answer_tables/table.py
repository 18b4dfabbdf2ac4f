"""An answer table in memory, as small as its codes allow: built block by block, reshaped, written by others."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, overload

import numpy as np
import numpy.typing as npt
import pandas as pd

from instruments.answer_tables.codebook import Codebook, Column

Numbers: TypeAlias = "npt.NDArray[Any]"
"""Whole numbers in the smallest type that holds them, or floats."""

# Cells that a spreadsheet would run as a formula; codes are numbers and never begin like this.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\0")
_NEUTRALISED = re.compile("'+(?=[=+\\-@\t\r\0])")
_FIRST_ROWS = 1024
_REMEMBERED = 10_000
_WHOLE_TYPES = (np.int8, np.int16, np.int32, np.int64)


class Words(Sequence[str]):
    """Words in one piece of memory, since a million of them would take three times as much on their own."""

    def __init__(self) -> None:
        self._letters, self._ends = bytearray(), array("q", [0])

    def add(self, word: str) -> int:
        """Add a word.

        Parameters
        ----------
        word : str

        Returns
        -------
        int
            Its place.
        """
        self._letters += word.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._letters))
        return len(self) - 1

    def __len__(self) -> int:
        return len(self._ends) - 1

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> list[str]: ...

    def __getitem__(self, place: int | slice) -> str | list[str]:
        places = range(len(self))[place]
        return self._word(places) if isinstance(places, int) else [self._word(at) for at in places]

    def _word(self, at: int) -> str:
        return self._letters[self._ends[at] : self._ends[at + 1]].decode("utf-8", "surrogatepass")


@dataclass(frozen=True)
class TextColumn:
    """Words that stand in many rows, kept once, or a few times where they stand far apart.

    Parameters
    ----------
    number : ndarray of int, shape (rows,)
        Which word stands in each row.
    words : sequence of str
        All words there are.
    """

    number: npt.NDArray[np.signedinteger[Any]]
    words: Sequence[str]

    def taken(self, rows: npt.NDArray[np.intp] | slice) -> TextColumn:
        """The words of some rows.

        Parameters
        ----------
        rows : ndarray of int or slice

        Returns
        -------
        TextColumn
        """
        return TextColumn(self.number[rows], self.words)

    def cells(self) -> npt.NDArray[np.object_]:
        """A word for each row.

        Returns
        -------
        ndarray of object, shape (rows,)
        """
        used, place = np.unique(self.number, return_inverse=True)
        return np.asarray(np.array([self.words[at] for at in used.tolist()], dtype=object)[place])


Cells: TypeAlias = "Numbers | TextColumn"


@dataclass(frozen=True)
class AnswerColumns:
    """The columns of an answer table.

    Parameters
    ----------
    codebook : Codebook
        What they hold.
    cells : mapping of str to ndarray or TextColumn
        Numbers for columns of codes and numbers, blank ones as NaN; words for all others.
    rows : int
        How many there are.
    """

    codebook: Codebook
    cells: Mapping[str, Cells]
    rows: int

    def frame(self, rows: slice = slice(None)) -> pd.DataFrame:
        """Some rows as a data frame.

        Parameters
        ----------
        rows : slice
            All unless named.

        Returns
        -------
        DataFrame
            Numbers as numbers, all else as text.
        """
        taken = {name: _sliced(self.cells[name], rows) for name in self.names}
        return pd.DataFrame({name: pd.Series(cells, dtype=_dtype(cells)) for name, cells in taken.items()})

    def blocks(self, rows: int) -> Iterator[pd.DataFrame]:
        """The table in blocks.

        Parameters
        ----------
        rows : int
            At most so many in a block.

        Yields
        ------
        DataFrame
            As `frame` gives.
        """
        for start in range(0, self.rows, rows):
            yield self.frame(slice(start, start + rows))

    def given_away(self) -> Iterator[tuple[Column, Cells]]:
        """The columns one after another, none of which stays here: who makes others of them need not hold both.

        Yields
        ------
        Column, ndarray or TextColumn
        """
        held = dict(self.cells)
        if isinstance(self.cells, dict):
            self.cells.clear()
        for column in self.codebook.columns:
            yield column, held.pop(column.name)

    @property
    def names(self) -> list[str]:
        """Names of the columns in their order."""
        return [column.name for column in self.codebook.columns]


def _sliced(cells: Cells, rows: slice) -> Numbers | npt.NDArray[np.object_]:
    return cells.taken(rows).cells() if isinstance(cells, TextColumn) else cells[rows]


def _dtype(cells: npt.NDArray[Any]) -> Any:  # noqa: ANN401 - what pandas takes
    return str if cells.dtype == object else cells.dtype


def gather(codebook: Codebook, blocks: Iterable[pd.DataFrame], *, neutral: bool = False) -> AnswerColumns:
    """Build a table from blocks of text.

    Parameters
    ----------
    codebook : Codebook
        What the columns hold; columns that it does not know are added, as numbers where all their cells are.
    blocks : iterable of DataFrame
        Text throughout, all with the same columns.
    neutral : bool
        Whether texts come from CSV: apostrophes that keep formulas from running are taken away.

    Returns
    -------
    AnswerColumns
        In the order of the blocks' columns.
    """
    growing: dict[str, _Growing] = {}
    rows = 0
    for block in blocks:
        for name in map(str, block.columns):
            if name not in growing:
                known = name in codebook
                numeric = not known or codebook[name].is_numeric
                growing[name] = _Growing(neutral=neutral, numeric=numeric, known=known)
            growing[name].take(block[name])
        rows += len(block)
    cells = {name: growing.pop(name).finished() for name in list(growing)}
    columns = [_described(name, cells[name], codebook) for name in cells]
    return AnswerColumns(codebook.with_columns(columns), cells, rows)


def _described(name: str, cells: Cells, codebook: Codebook) -> Column:
    """What the codebook says of a column, else what its cells show."""
    is_text = isinstance(cells, TextColumn)
    if name in codebook:
        column = codebook[name]
        return column if column.is_numeric != is_text else Column(name, column.label, "text", column.level)
    return Column(name, {"en": name}, "text" if is_text else "number", measure="nominal" if is_text else "scale")


class _Stack:
    """Blocks of an array under one another, in one piece of memory that grows by half."""

    def __init__(self) -> None:
        self._held: Numbers = np.empty(_FIRST_ROWS, dtype=np.int8)
        self._rows = 0

    def add(self, block: Numbers) -> None:
        rows, kind = self._rows + len(block), np.promote_types(self._held.dtype, block.dtype)
        if rows > len(self._held) or kind != self._held.dtype:
            larger = np.empty(max(len(self._held), rows + rows // 2 if rows > len(self._held) else 0), dtype=kind)
            larger[: self._rows] = self._held[: self._rows]
            self._held = larger
        self._held[self._rows : rows] = block
        self._rows = rows

    def taken(self) -> Numbers:
        return self._held[: self._rows]


class _Growing:
    """A column of which blocks are added: numbers as long as all cells are, else words."""

    def __init__(self, *, neutral: bool, numeric: bool, known: bool) -> None:
        self._neutral, self._numeric, self._known = neutral, numeric, known
        self._stack = _Stack()
        self._words, self._places = Words(), dict[str, int]()

    def take(self, cells: pd.Series[str]) -> None:
        number, words = pd.factorize(cells)
        if self._numeric:
            values = _as_numbers([str(word) for word in words], as_written=not self._known)
            if values is not None:
                self._stack.add(smallest(values[number]))
                return
            self._turn_to_words()
        places = [self._place(self._own(str(word))) for word in words]
        self._stack.add(smallest(np.array(places, dtype=float))[number])

    def _turn_to_words(self) -> None:
        number, values = pd.factorize(self._stack.taken(), use_na_sentinel=False)
        self._numeric, self._stack = False, _Stack()
        places = [self._place(written(value)) for value in values]
        self._stack.add(smallest(np.array(places, dtype=float))[number])

    def _own(self, word: str) -> str:
        return word[1:] if self._neutral and _NEUTRALISED.match(word) else word

    def _place(self, word: str) -> int:
        """Where a word is kept; one that comes again after a great many others is kept once more."""
        place = self._places.get(word)
        if place is None:
            if len(self._places) >= _REMEMBERED:
                self._places.clear()
            place = self._places[word] = self._words.add(word)
        return place

    def finished(self) -> Cells:
        cells = self._stack.taken()
        return cells if self._numeric else TextColumn(cells, self._words)


def written(value: float) -> str:
    """A number as a CSV file has it.

    Parameters
    ----------
    value : float
        NaN for none.

    Returns
    -------
    str
        Whole numbers without a point.
    """
    if value != value:  # noqa: PLR0124 - NaN
        return ""
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def _as_numbers(words: list[str], *, as_written: bool) -> npt.NDArray[np.float64] | None:
    """Words as numbers, blanks as NaN; None where a word is none, or would be written otherwise as a number."""
    try:
        values = np.array([float(word) if word.strip() else np.nan for word in words], dtype=float)
    except ValueError:
        return None
    return None if as_written and [written(value) for value in values] != words else values


def smallest(values: npt.NDArray[np.float64]) -> Numbers:
    """The same numbers in the smallest type that holds them exactly.

    Parameters
    ----------
    values : ndarray of float

    Returns
    -------
    ndarray
        As they are where one is missing or has a fraction.
    """
    if not np.isfinite(values).all() or (values != np.floor(values)).any():
        return values
    low, high = (values.min(), values.max()) if len(values) else (0, 0)
    for kind in _WHOLE_TYPES:
        if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max:
            return values.astype(kind)
    return values


def neutralised(text: str) -> str:
    """Text that no spreadsheet runs as a formula.

    Parameters
    ----------
    text : str
        Of a text cell; codes are numbers and stay as they are.

    Returns
    -------
    str
        With an apostrophe in front where it begins like a formula, or like an apostrophe before one: taking one
        apostrophe away gives every text back.
    """
    if text.removeprefix("-").isdecimal():
        return text
    begins = text.startswith(FORMULA_STARTS) or _NEUTRALISED.match(text)
    return f"'{text}" if begins else text
