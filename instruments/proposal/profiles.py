"""What the columns of an unknown file hold, as far as can be seen; decides nothing about what they mean."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from instruments.answer_tables.own_files import csv_blocks
from instruments.answer_tables.problems import AnswerFileError
from instruments.answer_tables.reading import FileLabels, format_of, labels_of, text_blocks
from instruments.recoding import BLANK
from instruments.study_file import Mapping

_ROWS = 50_000
"""Rows that are looked at; a proposal does not get better from more."""
_COMMA = re.compile(r"[+-]?\d+,\d+")
_START = 1 << 16
_FEW_WORDS = 15


@dataclass(frozen=True)
class Profile:
    """One column of the file.

    Parameters
    ----------
    name, label : str
        As the file has them; the label may be empty.
    cells : Series of str
        Trimmed, blanks as missing.
    decimal : str
        The decimal sign of its numbers.
    labels : mapping
        What the file calls the codes of this column.
    """

    name: str
    label: str
    cells: pd.Series[str]
    decimal: Literal[".", ","]
    labels: dict[str, str]

    @cached_property
    def counts(self) -> dict[str, int]:
        """How often each cell that is not blank stands there, the most frequent first."""
        return {str(cell): int(n) for cell, n in self.cells.value_counts().items()}

    @cached_property
    def numbers(self) -> pd.Series[float]:
        """Cells as numbers, all others missing."""
        text = self.cells.str.replace(",", ".", regex=False) if self.decimal == "," else self.cells
        return pd.to_numeric(text, errors="coerce").astype(float)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Cells that are no numbers, each once."""
        found = self.cells[self.numbers.isna() & self.cells.notna()]
        return tuple(str(cell) for cell in found.unique())

    @property
    def filled(self) -> int:
        """How many cells are not blank."""
        return sum(self.counts.values())

    @property
    def is_unique(self) -> bool:
        """Whether no two rows have the same."""
        return self.filled > 1 and len(self.counts) == self.filled

    @property
    def is_coded(self) -> bool:
        """Whether it holds few different words or whole numbers."""
        numbers = self.numbers.dropna().to_numpy()
        return len(self.words) <= _FEW_WORDS and bool(len(self.counts)) and not (numbers % 1).any()

    def steps(self, left_out: frozenset[str] = frozenset()) -> npt.NDArray[np.float64]:
        """Its different numbers in order.

        Parameters
        ----------
        left_out : frozenset of str
            Cells that do not count.

        Returns
        -------
        ndarray of float
        """
        return np.unique(self.numbers[~self.cells.isin(left_out)].dropna().to_numpy(dtype=float))


@dataclass(frozen=True)
class SeenFile:
    """A file and how it is read.

    Parameters
    ----------
    path : Path
    reading : Mapping
        Separator, decimal sign and encoding of a CSV file.
    columns : tuple of Profile
        In the order of the file.
    rows : int
        How many were looked at.
    doubts : tuple of str
        What is not certain about how it is read.
    """

    path: Path
    reading: Mapping
    columns: tuple[Profile, ...]
    rows: int
    doubts: tuple[str, ...] = ()


def look_at(path: Path) -> SeenFile:
    """Look at a file of answers.

    Parameters
    ----------
    path : Path
        CSV (any usual separator and encoding), SPSS, Stata, Parquet or a workbook; its first 50,000 rows count.

    Returns
    -------
    SeenFile
        What its columns hold.

    Raises
    ------
    AnswerFileError
        For a file that is no table with a header and rows.
    """
    is_csv = format_of(path) == "csv"
    reading, doubts = _csv_reading(path) if is_csv else (Mapping(scales={}), ())
    blocks = csv_blocks(path, reading, _ROWS) if is_csv else text_blocks(path, {}, _ROWS)
    frame = next(iter(blocks), None)
    if frame is None or not len(frame):
        raise AnswerFileError(path, ["has a header but no rows. Export the answers again."])
    if twice := sorted({str(name) for name in frame.columns[frame.columns.duplicated()]}):
        raise AnswerFileError(path, [f"columns named twice: {', '.join(twice)}. Rename or remove one of each."])
    cells = {str(name): _trimmed(frame[name]) for name in frame.columns}
    decimal = _decimal(cells) if is_csv else "."
    labels = FileLabels() if is_csv else labels_of(path)
    columns = tuple(_profile(name, column, decimal, labels) for name, column in cells.items())
    return SeenFile(path, reading.model_copy(update={"decimal": decimal}), columns, len(frame), doubts)


def _profile(name: str, cells: pd.Series[str], decimal: Literal[".", ","], labels: FileLabels) -> Profile:
    said = {
        f"{code:g}" if isinstance(code, float) else str(code): text for code, text in labels.codes.get(name, {}).items()
    }
    return Profile(name, labels.columns.get(name, ""), cells, decimal, said)


def _trimmed(column: pd.Series[str]) -> pd.Series[str]:
    text = column.astype(str).str.strip()
    return text.mask(text.isin(BLANK))


def _csv_reading(path: Path) -> tuple[Mapping, tuple[str, ...]]:
    """Separator and encoding, by the beginning of the file."""
    try:
        start = path.read_bytes()[:_START]
    except OSError as error:
        raise AnswerFileError(path, [f"cannot be read ({error.strerror}). Check the path."]) from None
    if not start.strip():
        raise AnswerFileError(path, ["the file is empty. Export the answers again."])
    encoding = "utf-8"
    doubts: tuple[str, ...] = ()
    if not _is_utf8(start):
        encoding = "gb18030" if _is_chinese(start) else "windows-1252"
        doubts = (f"the encoding is not UTF-8; {encoding} is a guess",)
    lines = start.decode(encoding, errors="replace").removeprefix("\ufeff").splitlines()
    separator = max((",", ";", "\t"), key=lambda sign: lines[0].count(sign) if lines else 0)
    return Mapping(scales={}, separator=cast("Literal[',', ';', '\t']", separator), encoding=encoding), doubts


def _is_utf8(start: bytes) -> bool:
    """Whether it is UTF-8, but for a character that the cut may have gone through."""
    try:
        start.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start >= len(start) - 4
    return True


def _is_chinese(start: bytes) -> bool:
    """Whether it may be GB 18030: European letters stand alone, Chinese characters are pairs of bytes."""
    runs = re.findall(rb"[\x80-\xff]+", start)
    return all(len(run) % 2 == 0 for run in runs[:-1])


def _decimal(cells: dict[str, pd.Series[str]]) -> Literal[".", ","]:
    found = any(
        bool(column.dropna().head(_ROWS).map(lambda cell: bool(_COMMA.fullmatch(cell))).any())
        for column in cells.values()
    )
    return "," if found else "."
