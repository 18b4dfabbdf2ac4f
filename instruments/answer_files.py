"""Answers and files: reads the answer table a study describes, checks every value, and says what is wrong and where."""

from __future__ import annotations

import csv
import difflib
import hashlib
import importlib.util
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from instruments.measures import MISSING_CODES, NOT_ANSWERED, SIMULATED, TEST, Measures, OutcomeMeasure, ScaleMeasure
from instruments.study_file import Mapping, Study


class AnswerFileError(Exception):
    """An answer file that cannot be used as it is; `problems` are sentences for the person who made it."""

    def __init__(self, path: Path, problems: list[str]) -> None:
        self.path, self.problems = path, tuple(problems)
        super().__init__("\n".join(f"{path.name}: {problem}" for problem in problems))


Text: TypeAlias = "pd.Series[str]"
MOST_NAMED = 8
_BLANK = ("", "NA", "NaN", "nan", ".")


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
    """What a column may hold: `low` to `high`, or one of `codes`; neither for free text."""

    low: float | None = None
    high: float | None = None
    codes: frozenset[str] | None = None


def read_answers(path: Path, study: Study) -> AnswerTable:
    """Read and check the answers to a study.

    Parameters
    ----------
    path : Path
        A CSV file: the app's export, or the file the study's ``data`` part describes.
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
    reading = study.file.data or Mapping(brand=study.measures.brand, scales={})
    raw = _parse(path, content, reading)
    expected = _expected_columns(study.measures)
    expected |= {name: _Expected(0, 1) for name in (SIMULATED, TEST) if name in raw}
    _require_columns(path, list(raw.columns), expected, study.measures)
    problems: list[str] = []
    columns = {name: _column(raw[name], check, reading, problems) for name, check in expected.items()}
    columns[study.measures.brand] = _brands(raw[study.measures.brand], study, problems)
    if problems:
        raise AnswerFileError(path, problems)
    return AnswerTable(pd.DataFrame(columns), hashlib.sha256(content).hexdigest())


def read_table(path: Path, *, separator: Literal[",", ";", "\t"] = ",") -> pd.DataFrame:
    """Read a table that no study describes.

    Parameters
    ----------
    path : Path
        CSV in UTF-8 with one header row, or Parquet where the package pyarrow is installed.
    separator : str
        Of the CSV file.

    Returns
    -------
    DataFrame
        Columns of numbers as floats, others as text; blanks, ``NA``, ``NaN``, ``.`` and, among numbers, the codes of
        ``measures.MISSING_CODES`` are missing.

    Raises
    ------
    AnswerFileError
        For a file that cannot be read as a table.
    """
    if path.suffix.lower() == ".parquet":
        return _parquet(path)
    raw = _parse(path, _content(path), Mapping(brand="", scales={}, separator=separator))
    return pd.DataFrame({name: _values(raw[name]) for name in raw.columns})


def _parquet(path: Path) -> pd.DataFrame:
    """A Parquet file, for those who have installed what reads it."""
    if importlib.util.find_spec("pyarrow") is None:
        message = "Parquet files need the package pyarrow, which is not installed. Install it, or save them as CSV."
        raise AnswerFileError(path, [message])
    try:
        frame = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise AnswerFileError(path, [f"cannot be read as Parquet ({error}). Check the file."]) from None
    return frame.mask(frame.isin(MISSING_CODES))


def _values(column: Text) -> pd.Series[Any]:
    """A column as numbers if all of it is, else as text; what stands for a missing answer as missing."""
    text = column.str.strip()
    text = text.mask(text.isin(_BLANK))
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
    """The table as text; rows of another length than the header are refused: they may be the end of a cut-off file."""
    try:
        text = content.decode("utf-8-sig" if reading.encoding == "utf-8" else reading.encoding)
        rows = csv.reader(io.StringIO(text), delimiter=reading.separator, strict=True)
        header = next(rows)
        uneven = next((rows.line_num for row in rows if row and len(row) != len(header)), None)
    except UnicodeDecodeError as error:
        message = f"is not {reading.encoding} text (byte {error.start}). Save it as UTF-8, or name its encoding."
        raise AnswerFileError(path, [message]) from None
    except csv.Error as error:
        raise AnswerFileError(path, [f"is not a table: {error}. Save it as CSV with one header row."]) from None
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise AnswerFileError(path, [f"columns named twice: {', '.join(twice)}. Rename or remove one of each."])
    if uneven is not None:
        message = f"line {uneven} has more or fewer cells than the header. Check the separator and the end of the file."
        raise AnswerFileError(path, [message])
    frame = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False, sep=reading.separator)
    if frame.empty:
        raise AnswerFileError(path, ["has a header but no rows. Export the answers again."])
    return frame


def _expected_columns(measures: Measures) -> dict[str, _Expected]:
    return dict(_columns(measures))


def _columns(measures: Measures) -> Iterator[tuple[str, _Expected]]:
    free = (measures.person, measures.language, measures.country)
    yield from ((name, _Expected()) for name in free if name)
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
    text = raw.str.strip()
    own = {str(code) for code in (*reading.missing, *reading.invalid.get(str(raw.name), ()))}
    text = text.mask((text == "") | text.isin(own), str(NOT_ANSWERED))
    if check.low is not None and check.high is not None:
        return _numbers(text, check.low, check.high, problems)
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
    _report(text, outside, f"expected {low:g} to {high:g}", problems)
    return numbers


def _report(text: Text, wrong: pd.Series[bool], wanted: str, problems: list[str]) -> None:
    if not wrong.any():
        return
    rows = np.flatnonzero(wrong.to_numpy())
    more = f" ({len(rows)} rows in all)" if len(rows) > 1 else ""
    first = f"column '{text.name}', row {rows[0] + 2}: '{text.iloc[rows[0]]}'"
    problems.append(f"{first} — {wanted}{more}. Correct them, or name the code as missing in the study file.")


def _brands(raw: Text, study: Study, problems: list[str]) -> Text:
    """The brand column; `1.0`, as some programs write the key 1, is the key 1. Blank: a person without ratings."""
    known = set(study.measures.brands)
    text = raw.str.strip()
    brand = text.mask(~text.isin(known), text.str.removesuffix(".0"))
    allowed = known | {""} if study.instrument else known
    _report(brand, ~brand.isin(allowed), f"not a brand of the study ({', '.join(sorted(known)[:12])})", problems)
    return brand
