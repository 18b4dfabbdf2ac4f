"""Opens tables of any format a block of rows at a time, as text: numbers and words as a CSV file would have them."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from instruments.answer_tables.packed import require_bearable
from instruments.answer_tables.problems import AnswerFileError
from instruments.measures import MISSING_CODES

FORMATS = {".csv": "csv", ".sav": "sav", ".zsav": "sav", ".dta": "dta", ".parquet": "parquet", ".xlsx": "xlsx"}
"""Formats by the end of a file's name; what ends otherwise is read as CSV."""
_STATA_TAGS = {chr(ord("a") + at): code for at, code in enumerate(MISSING_CODES)}
"""Stata's extended missing values as our own exports use them: .a is −99, .g is −93."""
_SPSS_DAYS, _SPSS_MOMENTS = ("DATE", "ADATE", "EDATE", "SDATE", "JDATE"), ("DATETIME", "YMDHMS")
_SPSS_EPOCH, _STATA_EPOCH = datetime(1582, 10, 14), datetime(1960, 1, 1)  # noqa: DTZ001 - neither has a zone


@dataclass(frozen=True)
class FileLabels:
    """What a file of a statistics program says about its columns.

    Parameters
    ----------
    columns : mapping
        Label of each column that has one.
    codes : mapping
        For each column, what its codes are called.
    missing : mapping
        For each column, the codes that the file calls missing: single values and ranges.
    tagged : frozenset of str
        Columns in which a letter is an extended missing value of Stata.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, Mapping[Any, str]] = field(default_factory=dict)
    missing: Mapping[str, tuple[tuple[Any, Any], ...]] = field(default_factory=dict)
    tagged: frozenset[str] = frozenset()


def format_of(path: Path) -> str:
    """Tell a file's format by its name.

    Parameters
    ----------
    path : Path

    Returns
    -------
    str
        One of the values of `FORMATS`.
    """
    return FORMATS.get(path.suffix.lower(), "csv")


def column_names_of(path: Path) -> list[str]:
    """Read the names of the columns of a file that is no CSV.

    Parameters
    ----------
    path : Path

    Returns
    -------
    list of str
        In the order of the file.

    Raises
    ------
    AnswerFileError
        For a file that cannot be read.
    """
    kind = format_of(path)
    if kind == "parquet":
        return list(map(str, open_parquet(path).schema_arrow.names))
    if kind == "xlsx":
        return next(sheet_rows(path), [])
    return list(_metadata(path).column_names)


def labels_of(path: Path) -> FileLabels:
    """Read what a file says about its columns.

    Parameters
    ----------
    path : Path

    Returns
    -------
    FileLabels
        Empty for formats that say nothing.

    Raises
    ------
    AnswerFileError
        For a file that cannot be read.
    """
    if format_of(path) not in ("sav", "dta"):
        return FileLabels()
    found = _metadata(path)
    missing = {name: tuple((r["lo"], r["hi"]) for r in ranges) for name, ranges in found.missing_ranges.items()}
    columns = {name: label for name, label in found.column_names_to_labels.items() if label}
    numeric = {name for name, kind in found.readstat_variable_types.items() if kind != "string"}
    tagged = frozenset(numeric if format_of(path) == "dta" else ())
    return FileLabels(columns, found.variable_value_labels, missing, tagged)


def text_blocks(path: Path, known: Mapping[str, Collection[str]], rows: int) -> Iterator[pd.DataFrame]:
    """Read a file that is no CSV as blocks of text.

    Parameters
    ----------
    path : Path
        A file of SPSS, Stata, Parquet or a spreadsheet program (its first sheet, one header row).
    known : mapping of str to collection of str
        Words that the study knows, in all columns (``""``) and in some: where a cell's code has such a label in the
        file, the label stands in the block, else the code.
    rows : int
        At most so many in a block.

    Yields
    ------
    DataFrame
        Text throughout. What the file itself calls missing is blank, except the toolkit's own codes.

    Raises
    ------
    AnswerFileError
        For a file that cannot be read.
    """
    match format_of(path):
        case "parquet":
            with open_parquet(path) as file:
                for batch in file.iter_batches(rows, use_threads=False):
                    yield batch.to_pandas().apply(_as_text)
        case "xlsx":
            yield from _sheet_blocks(path, rows)
        case _:
            yield from _statistics_blocks(path, known, rows)


def number_blocks(path: Path, wanted: list[str], rows: int) -> Iterator[pd.DataFrame]:
    """Read columns of a file that is no CSV a block at a time, as they are.

    Parameters
    ----------
    path : Path
        As for `text_blocks`.
    wanted : list of str
        Columns, all of which the file has.
    rows : int
        At most so many in a block.

    Yields
    ------
    DataFrame
        Numbers as numbers; what the file calls missing is missing.

    Raises
    ------
    AnswerFileError
        For a file that cannot be read.
    """
    match format_of(path):
        case "parquet":
            with open_parquet(path) as file:
                for batch in file.iter_batches(rows, columns=wanted, use_threads=False):
                    yield batch.to_pandas()
        case "xlsx":
            for block in _sheet_blocks(path, rows):
                cells = block[wanted].replace("", None)
                yield cells.apply(_numbers_where_possible)
        case _:
            for block in _read_statistics(path, rows, usecols=wanted, user_missing=False):
                yield block[wanted].replace("", None)


def _numbers_where_possible(column: pd.Series[Any]) -> pd.Series[Any]:
    numbers = pd.to_numeric(column, errors="coerce")
    return column if numbers.isna().sum() > column.isna().sum() else numbers


def open_parquet(path: Path) -> Any:  # noqa: ANN401  (pyarrow is optional and publishes no types)
    """Open a Parquet file without reading its rows.

    Parameters
    ----------
    path : Path

    Returns
    -------
    pyarrow.parquet.ParquetFile

    Raises
    ------
    AnswerFileError
        Where pyarrow is not installed, or the file is none.
    """
    parquet = pyarrow_part("parquet", path)
    try:
        return parquet.ParquetFile(path)
    except (OSError, ValueError) as error:
        raise AnswerFileError(path, [f"cannot be read as Parquet ({error}). Check the file."]) from None


def pyarrow_part(name: str, path: Path) -> Any:  # noqa: ANN401  (pyarrow is optional and publishes no types)
    """Import a part of pyarrow, for those who have installed it.

    Parameters
    ----------
    name : str
        Such as ``parquet``; "" for pyarrow itself.
    path : Path
        The file that needs it.

    Returns
    -------
    module

    Raises
    ------
    AnswerFileError
        Where pyarrow is not installed.
    """
    if importlib.util.find_spec("pyarrow") is None:
        message = "Parquet files need the package pyarrow, which is not installed. Install it, or save them as CSV."
        raise AnswerFileError(path, [message])
    return importlib.import_module(f"pyarrow.{name}" if name else "pyarrow")


def _statistics_blocks(path: Path, known: Mapping[str, Collection[str]], rows: int) -> Iterator[pd.DataFrame]:
    labels, days = labels_of(path), _day_formats(path)
    for block in _read_statistics(path, rows, user_missing=True):
        cells = {str(name): _cells(block[name], labels, days.get(str(name))) for name in block.columns}
        yield pd.DataFrame(
            {name: _with_words(name, column, labels, known) for name, column in cells.items()}, dtype=str
        )


def _cells(column: pd.Series[Any], labels: FileLabels, kind: str | None) -> pd.Series[str]:
    """A column as text; what the file calls missing is blank unless it is a code of ours."""
    if column.name in labels.tagged:
        column = column.map(lambda cell: _STATA_TAGS.get(cell, np.nan) if isinstance(cell, str) else cell)
    written = _as_text(column) if kind is None else column.map(lambda cell: _moment(cell, kind))
    gone = np.zeros(len(column), dtype=bool)
    for low, high in labels.missing.get(str(column.name), ()):
        if isinstance(low, str):
            gone |= (written == low).to_numpy()
        else:
            gone |= pd.to_numeric(column, errors="coerce").between(low, high).to_numpy()
    return written.mask(gone & ~written.isin([str(code) for code in MISSING_CODES]), "")


def _moment(cell: object, kind: str) -> str:
    """A date or time of a statistics program as ISO 8601; a missing code as itself."""
    if not isinstance(cell, (int, float)) or math.isnan(cell):
        return ""
    if cell in MISSING_CODES:
        return str(int(cell))
    program, _, what = kind.partition(" ")
    epoch = _SPSS_EPOCH if program == "sav" else _STATA_EPOCH
    unit = {"sav": timedelta(seconds=1), "dta": timedelta(days=1) if what == "day" else timedelta(milliseconds=1)}
    moment = epoch + unit[program] * float(cell)
    return moment.date().isoformat() if what == "day" else f"{moment.isoformat(timespec='seconds')}+00:00"


def _day_formats(path: Path) -> dict[str, str]:
    """Columns of days and of moments, by their formats."""
    program, found = format_of(path), {}
    for name, written in _metadata(path).original_variable_types.items():
        letters = str(written).rstrip("0123456789.")
        if letters in _SPSS_DAYS or letters.startswith("%td"):
            found[name] = f"{program} day"
        elif letters in _SPSS_MOMENTS or letters.startswith("%tc"):
            found[name] = f"{program} moment"
    return found


def _with_words(
    name: str, column: pd.Series[str], labels: FileLabels, known: Mapping[str, Collection[str]]
) -> pd.Series[str]:
    """Codes replaced by their labels where the study knows the label as a word."""
    said = {_text(code): label for code, label in labels.codes.get(name, {}).items()}
    words = {code: label for code, label in said.items() if label in known.get(name, ()) or label in known.get("", ())}
    return column.map(lambda cell: words.get(cell, cell)) if words else column


def _as_text(column: pd.Series[Any]) -> pd.Series[str]:
    """Cells as a CSV file would have them; few values stand in many rows, each is written once."""
    number, cells = pd.factorize(column, use_na_sentinel=True)
    written = np.array([*(_text(cell) for cell in cells), ""], dtype=object)
    return pd.Series(written[number], index=column.index, name=column.name, dtype=str)


def _text(cell: object) -> str:
    if isinstance(cell, (bool, np.bool_)):
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.isoformat(timespec="seconds").removesuffix("T00:00:00")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, (float, np.floating)):
        return str(int(cell)) if float(cell).is_integer() else repr(float(cell))
    return "" if cell is None else str(cell)


def _metadata(path: Path) -> Any:  # noqa: ANN401 - pyreadstat's own container
    read = importlib.import_module("pyreadstat")
    choices = {"metadataonly": True, "user_missing": True, "disable_datetime_conversion": True}
    return _asked(path, lambda: _reader(read, path)(str(path), **choices))[1]


def _reader(read: Any, path: Path) -> Any:  # noqa: ANN401 - functions of pyreadstat
    return read.read_sav if format_of(path) == "sav" else read.read_dta


def _read_statistics(path: Path, rows: int, **choices: Any) -> Iterator[pd.DataFrame]:  # noqa: ANN401
    """Blocks of an SPSS or Stata file; dates stay numbers, so that their missing codes stay apart."""
    read = importlib.import_module("pyreadstat")
    offset = 0
    while True:
        options = {"row_offset": offset, "row_limit": rows, "disable_datetime_conversion": True, **choices}
        block, _ = _asked(path, lambda options=options: _reader(read, path)(str(path), **options))
        if len(block):
            yield block
        if len(block) < rows:
            return
        offset += rows


def _asked(path: Path, read: Any) -> Any:  # noqa: ANN401 - what pyreadstat gives
    errors = importlib.import_module("pyreadstat").ReadstatError, OSError, UnicodeDecodeError, ValueError
    try:
        return read()
    except errors as error:
        message = f"cannot be read as {format_of(path)} ({error}). Check the file, or save it as CSV."
        raise AnswerFileError(path, [message]) from None


def sheet_rows(path: Path, sheet: str | None = None) -> Iterator[list[str]]:
    """Read a sheet of a workbook as text.

    Parameters
    ----------
    path : Path
    sheet : str, optional
        Its name; the first sheet unless given.

    Yields
    ------
    list of str
        Rows, the header first; empty ones are left out.

    Raises
    ------
    AnswerFileError
        For a file that is no workbook, one without such a sheet, and one that unpacks to far more than a table needs.
    """
    require_bearable(path)
    openpyxl = importlib.import_module("openpyxl")
    try:
        # opened here: what fails to load a damaged book leaves a file that it opened itself to the collector
        with (
            path.open("rb") as file,
            contextlib.closing(openpyxl.load_workbook(file, read_only=True, data_only=True)) as book,
        ):
            yield from _filled_rows(path, book, sheet)
    except AnswerFileError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a damaged archive raises, at its end too
        raise AnswerFileError(path, [f"cannot be read as a workbook ({error}). Check the file."]) from None


def _filled_rows(path: Path, book: Any, sheet: str | None) -> Iterator[list[str]]:  # noqa: ANN401 - no types published
    if sheet is not None and sheet not in book.sheetnames:
        raise AnswerFileError(path, [f"has no sheet '{sheet}'. Export it again and write into that file."])
    if not book.worksheets:
        raise AnswerFileError(path, ["has no sheet with cells. Save the table as the first sheet."])
    for row in (book[sheet] if sheet else book.worksheets[0]).iter_rows(values_only=True):
        cells = [_text(cell) for cell in row]
        if any(cells):
            yield cells


def _sheet_blocks(path: Path, rows: int) -> Iterator[pd.DataFrame]:
    lines = sheet_rows(path)
    header = next(lines, [])
    while header and not header[-1]:
        header.pop()
    while block := list(islice(lines, rows)):
        if any(any(line[len(header) :]) for line in block):
            raise AnswerFileError(path, ["a cell stands beyond the header row's last one. Give its column a name."])
        filled = [[*line, *[""] * len(header)][: len(header)] for line in block]
        yield pd.DataFrame(filled, columns=header, dtype=str)
