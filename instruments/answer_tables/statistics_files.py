"""Writes an answer table for SPSS and Stata: labels, missing codes, dates, and names that the program takes."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from instruments.answer_tables.codebook import Column, spoken
from instruments.answer_tables.table import AnswerColumns, Cells, TextColumn, Words, smallest
from instruments.measures import MISSING_CODES

Program = Literal["sav", "dta"]
TAGS = {code: chr(ord("a") + at) for at, code in enumerate(MISSING_CODES)}
"""Stata's extended missing value for each of our codes: −99 is .a, −93 is .g."""
# Words that the programs keep for themselves.
_TAKEN = {
    "sav": re.compile("ALL|AND|BY|EQ|GE|GT|LE|LT|NE|NOT|OR|TO|WITH", re.IGNORECASE),
    "dta": re.compile(
        "_all|_b|byte|_coef|_cons|double|float|if|in|int|long|_n|_N|_pi|_pred|_rc|_skip|str|str[0-9]+|strL|using|with"
    ),
}
_SPSS_EPOCH, _STATA_EPOCH = datetime(1582, 10, 14, tzinfo=UTC), datetime(1960, 1, 1, tzinfo=UTC)
_EPOCH_KINDS = ("date", "moment")
_FILE_LABEL, _LABELS_NUMBER = 60, 4
_WHOLE_LIMIT = 2**31
_ROWS = 5_000
_FORMATS = {
    ("sav", "date"): "SDATE10",
    ("sav", "moment"): "DATETIME20",
    ("dta", "date"): "%td",
    ("dta", "moment"): "%tc",
}


@dataclass(frozen=True)
class _Limits:
    """What a program holds; labels are counted in bytes by SPSS and in characters by Stata."""

    name: int
    label: int
    value_label: int
    text: int
    in_bytes: bool

    def size(self, text: str) -> int:
        return len(text.encode()) if self.in_bytes else len(text)

    @property
    def unit(self) -> str:
        return "bytes" if self.in_bytes else "characters"


_LIMITS = {
    "sav": _Limits(name=64, label=255, value_label=120, text=32_767, in_bytes=True),
    "dta": _Limits(name=32, label=80, value_label=32_000, text=2_000_000, in_bytes=False),
}


@dataclass(frozen=True)
class WrittenNames:
    """What a program called the columns, and what had to be cut.

    Parameters
    ----------
    names : mapping of str to str
        The name in the file for each column.
    cut : tuple of str
        A sentence for each name, label and text that is shorter in the file.
    """

    names: Mapping[str, str]
    cut: tuple[str, ...]


def write_statistics_file(table: AnswerColumns, out: Path, program: Program, language: str) -> WrittenNames:
    """Write a file of SPSS or Stata.

    Parameters
    ----------
    table : AnswerColumns
    out : Path
        File to write.
    program : str
        ``sav`` for SPSS, ``dta`` for Stata (14 and later).
    language : str
        Of the labels.

    Returns
    -------
    WrittenNames
        The names in the file, and what was cut.

    Notes
    -----
    The table gives its columns away and holds none afterwards: large ones would stand in memory twice.
    Missing codes are user-missing in SPSS, and extended missing values in Stata. Words with a meaning become numbers
    with labels (`Column.numbers`), because neither program knows missing codes of words.
    """
    cut = _Cut(_LIMITS[program])
    names = program_names(table.codebook.columns, program)
    cut.said += [f"column {name} is called {short}" for name, short in names.items() if name != short]
    columns, written = [], {}
    for described, cells in table.given_away():
        columns.append(_fitting(described, cells, cut))
        written[names[described.name]] = _cells(program, columns[-1], cells, cut)
    frame = pd.DataFrame(written, copy=False)
    given = {
        "file_label": cut.file_label(_title(table, language)),
        "column_labels": {names[c.name]: cut.label(c.name, spoken(c.label, language)) for c in columns},
        "variable_value_labels": {names[c.name]: _labels(program, c, language, cut) for c in columns if _coded(c)},
        "variable_format": {names[c.name]: _FORMATS[program, c.kind] for c in columns if c.kind in _EPOCH_KINDS},
    }
    pyreadstat = importlib.import_module("pyreadstat")
    if program == "sav":
        ranges = {names[c.name]: [{"lo": MISSING_CODES[0], "hi": MISSING_CODES[-1]}] for c in columns if c.missing}
        measures = {names[c.name]: c.measure for c in columns}
        pyreadstat.write_sav(
            frame, str(out), missing_ranges=ranges, variable_measure=measures, row_compress=True, **given
        )
    else:
        tags = {names[c.name]: [TAGS[int(value.code)] for value in c.missing] for c in columns if c.missing}
        pyreadstat.write_dta(frame, str(out), version=14, missing_user_values=tags, **given)
    return WrittenNames(names, tuple(cut.said))


def program_names(columns: Iterable[Column], program: Program) -> dict[str, str]:
    """Names that a program takes.

    Parameters
    ----------
    columns : iterable of Column
        In their order.
    program : str
        ``sav`` or ``dta``.

    Returns
    -------
    dict of str to str
        For each column its name in the file: letters, digits and underscores, in SPSS beginning with a letter
        (``_person`` is ``sys_person`` there), no word that the program keeps for itself, at most 64 bytes (SPSS) or
        32 characters (Stata; 28 where codes have labels), no two alike; SPSS does not tell capitals from small
        letters.
    """
    columns = list(columns)
    wanted = {column.name: _fit(column, program) for column in columns}
    given: dict[str, str] = {}
    taken: set[str] = set()
    # names that fit stay as they are, whatever the others would become
    for column in sorted(columns, key=lambda column: wanted[column.name] != column.name):
        name, at = wanted[column.name], 1
        while _alike(name, program) in taken:
            at += 1
            name = _shortened(wanted[column.name], _most(column, program), f"_{at}", program)
        taken.add(_alike(name, program))
        given[column.name] = name
    return {column.name: given[column.name] for column in columns}


def _alike(name: str, program: Program) -> str:
    return name.casefold() if program == "sav" else name


def _most(column: Column, program: Program) -> int:
    """The longest name; pyreadstat names the labels of a Stata column by its name and a number."""
    return _LIMITS[program].name - (_LABELS_NUMBER if program == "dta" and _coded(column) else 0)


def _fit(column: Column, program: Program) -> str:
    name = re.sub(r"\W", "_", column.name) or "column"
    if program == "sav" and not name[0].isalpha():
        name = f"sys{name}" if name[0] == "_" else f"c_{name}"
    elif name[0].isdecimal():
        name = f"_{name}"
    if _TAKEN[program].fullmatch(name):
        name = f"{name}_"
    return _shortened(name, _most(column, program), "", program)


def _shortened(name: str, most: int, tail: str, program: Program) -> str:
    """A name cut to what the program takes, with its tail."""
    while _LIMITS[program].size(name + tail) > most:
        name = name[:-1]
    return name + tail


class _Cut:
    """Shortens what a program cannot hold, and keeps a sentence about each."""

    def __init__(self, limits: _Limits) -> None:
        self.limits = limits
        self.said: list[str] = []

    def label(self, column: str, text: str) -> str:
        return self._cut(text, self.limits.label, f"the label of {column}")

    def value_label(self, column: str, code: object, text: str) -> str:
        return self._cut(text, self.limits.value_label, f"the label of {code} in {column}")

    def file_label(self, text: str) -> str:
        return self._cut(text, _FILE_LABEL, "the label of the file")

    def texts(self, column: str, cells: TextColumn) -> TextColumn:
        words = Words()
        for word in cells.words:
            words.add(self._cut(word, self.limits.text, f"a text in {column}"))
        return TextColumn(cells.number, words)

    def _cut(self, text: str, most: int, what: str) -> str:
        size = self.limits.size
        if size(text) <= most:
            return text
        short = text[:most]
        while size(short) > most - size("…"):
            short = short[:-1]
        self.said.append(f"{what} is cut from {size(text)} to {size(short) + size('…')} {self.limits.unit}: {short}…")
        return f"{short}…"


def _title(table: AnswerColumns, language: str) -> str:
    title = spoken(table.codebook.title, language)
    return f"SIMULATED: {title}" if table.codebook.simulated and "simul" not in title.lower() else title


def _coded(column: Column) -> bool:
    return column.kind != "text" and bool(column.codes or column.missing)


def _labels(program: Program, column: Column, language: str, cut: _Cut) -> dict[int | str, str]:
    """Labels of codes, of words by the numbers that stand for them, and of missing codes."""
    numbers = column.numbers()
    said: dict[int | str, str] = {}
    for value in (*column.codes, *column.missing):
        is_answer = value in column.codes
        code = numbers[str(value.code)] if column.kind == "word" and is_answer else int(value.code)
        key = TAGS[code] if program == "dta" and not is_answer else code
        said[key] = cut.value_label(column.name, value.code, spoken(value.label, language))
    return said


def _fitting(column: Column, cells: Cells, cut: _Cut) -> Column:
    """The column as the program can have it: what holds other words than it should stays text."""
    if not isinstance(cells, TextColumn) or column.kind == "text":
        return column
    known = {*column.numbers(), *map(str, MISSING_CODES), ""}
    read = known.__contains__ if column.kind == "word" else lambda word: word in known or _moment(word) is not None
    strange = [word for word in cells.words if not read(word)]
    if not strange:
        return column
    cut.said.append(f"column {column.name} stays text: '{strange[0]}' is none of its values")
    return replace(column, kind="text", codes=(), missing=())


def _cells(program: Program, column: Column, cells: Cells, cut: _Cut) -> npt.NDArray[Any] | pd.Categorical:
    """A column for pyreadstat, which goes through it from one row to the next."""
    if isinstance(cells, TextColumn):
        if column.kind == "text":
            return _Texts.of(cut.texts(column.name, cells))
        return _tagged(_in_numbers(program, column, cells), column, program)
    return _tagged(cells, column, program)


def _in_numbers(program: Program, column: Column, cells: TextColumn) -> npt.NDArray[Any]:
    """Words as numbers: those that stand for them, days or seconds; blanks as NaN."""
    numbers = column.numbers()

    def value(word: str) -> float:
        if word in numbers and column.kind == "word":
            return numbers[word]
        if word in ("", *map(str, MISSING_CODES)):
            return float(word or "nan")
        return _since(program, column.kind, word)

    return np.asarray(smallest(np.array([value(word) for word in cells.words], dtype=float))[cells.number])


def _since(program: Program, kind: str, word: str) -> float:
    """What a program counts from its epoch: seconds in SPSS, days or milliseconds in Stata."""
    moment = _moment(word)
    if moment is None:
        return np.nan
    seconds = (moment - (_SPSS_EPOCH if program == "sav" else _STATA_EPOCH)).total_seconds()
    if program == "sav":
        return seconds
    return seconds // 86_400 if kind == "date" else seconds * 1_000


def _moment(word: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(word)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _tagged(cells: npt.NDArray[Any], column: Column, program: Program) -> npt.NDArray[Any] | pd.Categorical:
    """Numbers as they are; for Stata with a letter for each missing code."""
    if program == "sav" or not column.missing:
        return cells
    number, found = pd.factorize(cells)
    whole = bool((found == np.floor(found)).all()) and bool((np.abs(found) < _WHOLE_LIMIT).all())
    plain = [int(value) if whole else float(value) for value in found]
    said = [TAGS.get(int(value), value) if value in TAGS else value for value in plain]
    kind = str if said and all(isinstance(value, str) for value in said) else object
    return _LazyCategorical.from_codes(number, categories=pd.Index(said, dtype=kind))


class _LazyCategorical(pd.Categorical):
    """Categories looked up row by row: pandas would make a list of all rows first, for every column at once."""

    def __iter__(self) -> Iterator[Any]:
        words = [*self.categories, np.nan]
        return (words[place] for place in self.codes)


class _Texts(pd.Categorical):
    """Texts as the table holds them; for pandas one category, since it would list a million of them twice."""

    texts: TextColumn

    @classmethod
    def of(cls, texts: TextColumn) -> _Texts:
        one = np.zeros(len(texts.number), dtype=np.int8)
        cells = cast("_Texts", cls.from_codes(one, categories=pd.Index([""], dtype=str)))
        cells.texts = texts
        return cells

    def __iter__(self) -> Iterator[str]:
        for start in range(0, len(self), _ROWS):
            yield from self.texts.taken(slice(start, start + _ROWS)).cells()
