"""Answers and files: reads the answer table a study describes, checks every value, and says what is wrong and where."""

from __future__ import annotations

import csv
import difflib
import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import pandas as pd

from instruments.answer_tables.codebook import describe_answers
from instruments.answer_tables.own_files import study_blocks
from instruments.answer_tables.problems import AnswerFileError
from instruments.answer_tables.reading import column_names_of, format_of, number_blocks
from instruments.answer_tables.shapes import slots_of
from instruments.catalogue import load_catalogue
from instruments.measures import (
    MISSING_CODES,
    NOT_ANSWERED,
    ONLY_BRAND,
    SIMULATED,
    STARTED,
    TEST,
    Measures,
    OutcomeMeasure,
    ScaleMeasure,
)
from instruments.recoding import BLANK, Text, recode, remedy_of
from instruments.study_file import Mapping, Study

__all__ = [
    "AnswerFileError",
    "AnswerTable",
    "Separator",
    "column_names",
    "read_answers",
    "read_chunks",
    "read_table",
]

Separator: TypeAlias = Literal[",", ";", "\t"]
MOST_NAMED = 8
# Picks beside the catalogue's families, as the toolkit's own questionnaire has them.
NO_FAMILY = ("none_fits", "no_relationship")
ROWS_OF_A_CHUNK = 100_000
_END_OF_FILE = 1 << 16


@dataclass(frozen=True)
class AnswerTable:
    """A checked answer table and the digest of the file it came from.

    `frame` has one row per rating; codes are numbers, missing ones negative (`measures.MISSING_CODES`);
    picks, languages and countries are strings.
    """

    frame: pd.DataFrame
    sha256: str


@dataclass(frozen=True)
class _Expected:
    """What a column may hold: `low` to `high`, or one of `codes`; neither for free text, which may have to be there."""

    low: float | None = None
    high: float | None = None
    codes: frozenset[str] | None = None
    required: bool = False


def read_answers(path: Path, study: Study) -> AnswerTable:
    """Read and check the answers to a study.

    Parameters
    ----------
    path : Path
        The app's export, or the file that the study's ``data`` part describes: CSV, SPSS, Stata, Parquet or a
        workbook, by the end of its name. Where a file of SPSS or Stata labels a code with a word that the study
        knows, the word is read.
    study : Study
        The study the answers belong to.

    Returns
    -------
    AnswerTable
        Only the columns the study knows, every value within its range or a missing code.

    Raises
    ------
    AnswerFileError
        With every problem of the file: missing columns, text in number columns, values out of range,
        unknown brands, no rows.
    """
    content = _content(path)
    reading = study.file.data or Mapping(scales={})
    raw = _parse(path, content, reading) if format_of(path) == "csv" else _opened(path, study)
    if study.measures.brand == ONLY_BRAND:
        raw[ONLY_BRAND] = next(iter(study.measures.brands))
    expected = _expected_columns(study.measures)
    expected |= {name: _Expected(0, 1) for name in (SIMULATED, TEST) if name in raw}
    if STARTED in raw:
        expected[STARTED] = _Expected()
    _require_columns(path, list(raw.columns), expected, study.measures)
    _require_named_once(path, [name for name in raw.columns if name in {study.measures.brand, *expected}])
    if study.instrument is None:
        expected |= dict.fromkeys(filter(None, (reading.current, reading.desired, reading.treated)), _families())
    problems: list[str] = []
    columns = {name: _column(raw[name], check, reading, problems) for name, check in expected.items()}
    columns[study.measures.brand] = _brands(raw[study.measures.brand], study, reading, problems)
    if problems:
        raise AnswerFileError(path, problems)
    return AnswerTable(pd.DataFrame(columns).reset_index(drop=True), hashlib.sha256(content).hexdigest())


def read_table(path: Path, *, separator: Separator = ",") -> pd.DataFrame:
    """Read a table that no study describes.

    Parameters
    ----------
    path : Path
        CSV in UTF-8 with one header row, SPSS, Stata, a workbook, or Parquet where pyarrow is installed.
    separator : str
        Of the CSV file.

    Returns
    -------
    DataFrame
        Columns of numbers as floats, others as text; blanks, ``NA``, ``NaN``, ``.``, what the file itself calls
        missing and, among numbers, the codes of ``measures.MISSING_CODES`` are missing.

    Raises
    ------
    AnswerFileError
        For a file that cannot be read as a table.
    """
    if format_of(path) != "csv":
        frame = pd.concat(_other_blocks(path, column_names(path), separator, ROWS_OF_A_CHUNK), ignore_index=True)
        return frame.mask(frame.isin(MISSING_CODES))
    raw = _parse(path, _content(path), Mapping(scales={}, separator=separator)).reset_index(drop=True)
    _require_named_once(path, list(raw.columns))
    return pd.DataFrame({name: _values(raw[name]) for name in raw.columns})


def column_names(path: Path, *, separator: Separator = ",") -> list[str]:
    """Read the names of a table's columns and nothing else.

    Parameters
    ----------
    path : Path
        As for `read_table`.
    separator : str
        Of the CSV file.

    Returns
    -------
    list of str
        In the order of the file.

    Raises
    ------
    AnswerFileError
        For a file that cannot be read, has no header, or names a column twice.
    """
    if format_of(path) != "csv":
        names = column_names_of(path)
        _require_named_once(path, names)
        return names
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            names = next(csv.reader(lines, delimiter=separator, strict=True), [])
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise AnswerFileError(path, [f"cannot be read ({error}). Check the file; save it as UTF-8 CSV."]) from None
    if not names:
        raise AnswerFileError(path, ["the file is empty. Export the answers again."])
    _require_named_once(path, names)
    return names


def read_chunks(
    path: Path,
    numbers: Sequence[str],
    *,
    texts: Sequence[str] = (),
    separator: Separator = ",",
    rows: int = ROWS_OF_A_CHUNK,
) -> Iterator[pd.DataFrame]:
    """Read some columns of a table a block of rows at a time: the file may be larger than memory.

    Parameters
    ----------
    path : Path
        As for `read_table`.
    numbers : sequence of str
        Columns of numbers.
    texts : sequence of str
        Columns of text, such as whose rating a row is.
    separator : str
        Of the CSV file.
    rows : int
        At most so many in a block; 100,000 unless named. Memory grows with it and not with the file.

    Yields
    ------
    DataFrame
        The numbers as floats, what `read_table` takes as missing as NaN, then the texts; in the order of the file.

    Raises
    ------
    AnswerFileError
        For a file that cannot be read as a table, a column that is not there, and text among the numbers.
    """
    names = column_names(path, separator=separator)
    if missing := [name for name in (*numbers, *texts) if name not in names]:
        raise AnswerFileError(path, [f"has no column {', '.join(missing[:MOST_NAMED])}. Correct the names."])
    wanted = list(dict.fromkeys((*numbers, *texts)))
    blocks = _csv_blocks if format_of(path) == "csv" else _other_blocks
    first = 0
    for block in blocks(path, wanted, separator, rows):
        columns = {name: _block_numbers(path, block[name], first) for name in numbers}
        yield pd.DataFrame(columns | {name: block[name] for name in texts if name not in columns})
        first += len(block)
    if not first:
        raise AnswerFileError(path, ["has a header but no rows. Export the answers again."])


def _csv_blocks(path: Path, wanted: list[str], separator: Separator, rows: int) -> Iterator[pd.DataFrame]:
    """Blocks of a CSV file: numbers where a block's column is made of them, else text."""
    _require_whole_last_line(path, separator)
    try:
        # all columns: told to read only some, pandas would not notice a line that is too long
        with pd.read_csv(
            path,
            sep=separator,
            chunksize=rows,
            encoding="utf-8-sig",
            keep_default_na=False,
            na_values=list(BLANK),
            skipinitialspace=True,
        ) as blocks:
            yield from (block[wanted] for block in blocks)
    except (pd.errors.ParserError, UnicodeDecodeError) as error:
        raise AnswerFileError(path, [f"is not a table: {error}. Save it as UTF-8 CSV with one header row."]) from None


def _other_blocks(path: Path, wanted: list[str], _separator: Separator, rows: int) -> Iterator[pd.DataFrame]:
    """Blocks of a file that is no CSV."""
    return number_blocks(path, wanted, rows)


def _opened(path: Path, study: Study) -> pd.DataFrame:
    """A file that is no CSV as text; its rows are named as the program that made it counts them."""
    codebook = describe_answers(study)
    raw = pd.concat(study_blocks(path, study, codebook, ROWS_OF_A_CHUNK), ignore_index=True)
    if study.instrument is not None and slots_of(list(raw.columns), codebook):
        message = "has the brands of a person side by side. Turn it round: run.py convert … --shape long"
        raise AnswerFileError(path, [message])
    raw.index += 2 if format_of(path) == "xlsx" else 1
    return raw


def _block_numbers(path: Path, column: pd.Series[Any], first: int) -> pd.Series[float]:
    """A block's column as numbers, missing codes as missing; text is refused with its row."""
    numbers = pd.to_numeric(column, errors="coerce").astype(float)
    wrong = np.flatnonzero((numbers.isna() & column.notna()).to_numpy())
    if len(wrong):
        where = f"column '{column.name}', row {first + wrong[0] + 1}: '{column.iloc[wrong[0]]}'"
        raise AnswerFileError(path, [f"{where} is not a number. Correct it or leave it empty."])
    return numbers.mask(numbers.isin(MISSING_CODES))


def _require_whole_last_line(path: Path, separator: Separator) -> None:
    """Refuse a file whose last line is cut off; the blocks would fill it up with missing answers."""
    with path.open("rb") as file:
        file.seek(0, io.SEEK_END)
        file.seek(max(0, file.tell() - _END_OF_FILE))
        last = file.read().rstrip(b"\r\n").rpartition(b"\n")[2].decode("utf-8-sig", errors="replace")
    cells, expected = next(csv.reader([last], delimiter=separator), []), column_names(path, separator=separator)
    if len(cells) != len(expected):
        message = f"the last line has {len(cells)} cells, the header {len(expected)}: the file may have been cut off."
        raise AnswerFileError(path, [f"{message} Export the answers again, or check the separator."])


def _values(column: Text) -> pd.Series[Any]:
    """A column as numbers if all of it is, else as text; what stands for a missing answer as missing."""
    text = column.str.strip()
    text = text.mask(text.isin(BLANK))
    numbers = pd.to_numeric(text, errors="coerce").astype(float)
    if numbers.isna().sum() > text.isna().sum():
        return text
    return numbers.mask(numbers.isin(MISSING_CODES))


def _content(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise AnswerFileError(path, [f"cannot be read ({error.strerror}). Check the path."]) from None
    if not content.strip():
        raise AnswerFileError(path, ["the file is empty. Export the answers again."])
    return content


def _parse(path: Path, content: bytes, reading: Mapping) -> pd.DataFrame:
    """The table as text, its rows named by their lines, empty ones left out.

    Rows of another length than the header are refused: they may be the end of a cut-off file.
    """
    try:
        rows = csv.reader(io.StringIO(_decoded(content, reading), newline=""), delimiter=reading.separator, strict=True)
        lines = dict((rows.line_num, row) for row in rows if any(map(str.strip, row)))  # noqa: C402 - ruff sees one key
    except UnicodeError as error:
        where = f" (byte {error.start})" if isinstance(error, UnicodeDecodeError) else ""
        message = f"is not {reading.encoding} text{where}. Save it as UTF-8, or name its encoding in the study file's "
        raise AnswerFileError(path, [f"{message}data, as `encoding: windows-1252`."]) from None
    except csv.Error as error:
        raise AnswerFileError(path, [f"is not a table: {error}. Save it as CSV with one header row."]) from None
    header = [name.strip() for name in lines.pop(next(iter(lines)))] if lines else []
    _require_separator(path, header, reading)
    if not lines:
        raise AnswerFileError(path, ["has a header but no rows. Export the answers again."])
    uneven = next((line for line, row in lines.items() if len(row) != len(header)), None)
    if uneven is not None:
        message = f"line {uneven} has more or fewer cells than the header. Check the separator and the end of the file."
        raise AnswerFileError(path, [message])
    return pd.DataFrame(list(lines.values()), index=list(lines), columns=header, dtype=str)


def _decoded(content: bytes, reading: Mapping) -> str:
    """The file as text, without the byte order mark that spreadsheets put before it."""
    return content.decode(reading.encoding).removeprefix("\ufeff")


def _require_separator(path: Path, header: list[str], reading: Mapping) -> None:
    """Refuse a file whose header is one cell in which another separator stands."""
    others = [other for other in get_args(Separator) if len(header) == 1 and header[0].count(other) > 1]
    if others:
        message = (
            f"its cells seem to be separated by {json.dumps(others[0])} and not by {json.dumps(reading.separator)}"
        )
        raise AnswerFileError(path, [f"{message}. Say `separator: {json.dumps(others[0])}` in the study file's data."])


def _require_named_once(path: Path, header: list[str]) -> None:
    if twice := sorted({name for name in header if header.count(name) > 1}):
        raise AnswerFileError(path, [f"columns named twice: {', '.join(twice)}. Rename or remove one of each."])


def _expected_columns(measures: Measures) -> dict[str, _Expected]:
    return dict(_columns(measures))


def _columns(measures: Measures) -> Iterator[tuple[str, _Expected]]:
    if measures.person:
        yield measures.person, _Expected(required=True)
    free = (measures.language, measures.country, *(name for names in measures.background.values() for name in names))
    yield from ((name, _Expected()) for name in free if name)
    yield from _value_columns(measures)
    measured: tuple[ScaleMeasure | OutcomeMeasure, ...] = (*measures.scales, *measures.outcomes)
    for measure in measured:
        yield from ((name, _Expected(measure.low, measure.high)) for name in measure.columns)
    for rule in measures.rules:
        if rule.importance and measures.importance_range:
            yield rule.importance, _Expected(*measures.importance_range)
        if rule.experience and measures.experience:
            codes = measures.experience.kept, measures.experience.broken, measures.experience.never_arose
            yield rule.experience, _Expected(codes=frozenset(map(str, codes)))
    yield from _pick_columns(measures)
    if measures.weight:
        yield measures.weight, _Expected(0, np.inf)
    yield from ((name, _Expected(0, 1)) for name in (*measures.used.values(), *measures.marks))
    if measures.seconds:
        yield measures.seconds, _Expected(0, np.inf)
    yield from ((name, _Expected(-np.inf, np.inf)) for name in measures.attention)


def _value_columns(measures: Measures) -> Iterator[tuple[str, _Expected]]:
    """Columns of a customer's worth and of the remedy wanted; a scale or outcome may be among them."""
    for value in measures.value.values():
        codes = frozenset(map(str, value.amounts))
        yield value.column, _Expected(codes=codes) if codes else _Expected(-np.inf, np.inf)
    if measures.remedy:
        yield measures.remedy.column, _Expected(codes=frozenset(measures.remedy.labels))


def _pick_columns(measures: Measures) -> Iterator[tuple[str, _Expected]]:
    picks = measures.picks
    names = (
        picks.current_family,
        picks.current_relationship,
        picks.desired_family,
        picks.desired_relationship,
        picks.treated_family,
    )
    yield from ((name, _Expected()) for name in names if name)
    if picks.as_wanted:
        yield picks.as_wanted, _Expected(-np.inf, np.inf)


def _families() -> _Expected:
    """What a pick may hold: a family of the catalogue, or that there is none."""
    return _Expected(codes=frozenset((*(family.key for family in load_catalogue().families), *NO_FAMILY)))


def _require_columns(path: Path, found: list[str], expected: dict[str, _Expected], measures: Measures) -> None:
    missing = [name for name in (measures.brand, *expected) if name not in found]
    if not missing:
        return
    guesses = {name: difflib.get_close_matches(name, found, 1) for name in missing[:MOST_NAMED]}
    named = [f"'{name}'" + (f" (did you mean '{near[0]}'?)" if near else "") for name, near in guesses.items()]
    more = f" and {len(missing) - MOST_NAMED} more" if len(missing) > MOST_NAMED else ""
    raise AnswerFileError(
        path, [f"has no column {', '.join(named)}{more}. Add them, or change the names in the study file."]
    )


def _column(raw: Text, check: _Expected, reading: Mapping, problems: list[str]) -> pd.Series[Any]:
    """One column as numbers or strings, its blanks and own missing codes as NOT_ANSWERED."""
    is_free = check.low is None and check.codes is None
    text = recode(raw, reading, blank=("",) if is_free else BLANK)
    if check.low is not None and check.high is not None:
        return _numbers(text, check.low, check.high, problems)
    if check.required:
        remedy = "Give each row its respondent, or leave `person` out where every row is one."
        _report(text, text == str(NOT_ANSWERED), "expected a respondent", problems, remedy)
    if check.codes is None:
        return text
    allowed = check.codes | {str(code) for code in MISSING_CODES}
    _report(text, ~text.isin(allowed), f"expected one of {', '.join(sorted(check.codes))}", problems)
    numbers = pd.to_numeric(text, errors="coerce")
    return numbers if numbers.notna().all() else text  # a code may be a word


def _numbers(text: Text, low: float, high: float, problems: list[str]) -> pd.Series[float]:
    numbers = pd.to_numeric(text, errors="coerce").astype(float)
    _report(text, numbers.isna(), "expected a number", problems)
    outside = numbers.notna() & ~((numbers >= low) & (numbers <= high)) & ~numbers.isin(MISSING_CODES)
    remedy = "Correct them, widen the range, or list them under `missing` or `invalid` in the study file's data."
    _report(text, outside, f"expected {low:g} to {high:g}", problems, remedy)
    return numbers


def _report(text: Text, wrong: pd.Series[bool], wanted: str, problems: list[str], remedy: str = "") -> None:
    if not wrong.any():
        return
    cells = text[wrong]
    more = f" ({len(cells)} rows in all)" if len(cells) > 1 else ""
    words = f"say what they stand for in the study file's data, as {remedy_of(str(text.name), cells)}"
    remedy = remedy or f"Correct them, or {words}, or list them under `missing`."
    problems.append(f"column '{text.name}', row {cells.index[0]}: '{cells.iloc[0]}' — {wanted}{more}. {remedy}")


def _brands(raw: Text, study: Study, reading: Mapping, problems: list[str]) -> Text:
    """The brand of each row by its key, its name, or a word of the study file.

    Blank: a person without ratings, in an export of ours or where the study file calls the cell missing.
    """
    known = set(study.measures.brands)
    named = {name: key for key, names in study.measures.brands.items() for name in names.values()}
    text = recode(raw, reading)
    brand = text.mask(~text.isin(known) & text.isin(named), text.map(named))
    none = (brand == str(NOT_ANSWERED)) & (study.instrument is not None or raw.str.strip() != "")
    brand = brand.mask(none, "")
    wrong = ~brand.isin(known | {""})
    words = remedy_of(str(raw.name), text[wrong], "<key of the brand>")
    remedy = f"Add it to `brands`, or say which it is in the study file's data: {words}."
    wanted = f"not a brand of the study ({', '.join(sorted(known)[:12])})"
    _report(
        raw, wrong, wanted, problems, remedy if (raw[wrong].str.strip() != "").any() else "Give each row its brand."
    )
    return brand
