"""The coding sheet of a study's open answers: out as CSV or XLSX, and back in as a whole or not at all; no Flask."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from instruments.answer_tables.table import neutralised
from instruments.exchange.carried import ExchangeError
from instruments.exchange.opening import decoded
from instruments.exchange.tables import read_tables
from survey_app.results.table_files import csv_lines, workbook
from survey_app.results.verbatims import (
    NO_CODE,
    OpenAnswer,
    RefusedMarkError,
    Relationships,
    says_more,
    tidy_codes,
    tidy_quotation,
)
from survey_app.store.verbatims import QUOTABLE, Mark, Place

LARGEST_SHEET = 16 * 1024 * 1024
MOST_FAULTS = 20
COLUMNS = (
    *("key", "person", "question", "brand", "archetype", "language", "simulated", "text"),
    *("codes", "quote", "quotation"),
)
DECISIONS = ("codes", "quote", "quotation")
_ZIP = b"PK"

Row = Mapping[str, str]


@dataclass(frozen=True)
class Fault:
    """What is wrong with a sheet: in which row, 0 for the sheet as a whole, and what was found there."""

    code: str
    row: int = 0
    found: str = ""


class SheetError(Exception):
    """A sheet of which nothing was taken over, with everything that is wrong as far as it is told."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults


@dataclass(frozen=True)
class Decided:
    """What a sheet says anew: decisions to store, those to forget, and how many rows it has."""

    marks: Mapping[Place, Mark]
    forgotten: tuple[Place, ...]
    rows: int


def sheet_rows(answers: Iterable[OpenAnswer], known: Relationships) -> Iterator[tuple[str, ...]]:
    """Give the rows of the coding sheet, texts without what identifies people."""
    for one in answers:
        mark = one.mark
        facts = one.key, one.person, one.place.question, known.brand(one), known.archetype(one), one.language
        decided = (";".join(mark.codes) or NO_CODE, mark.quotable, mark.quotation) if mark else ("", "", "")
        yield (*facts, "yes" if one.simulated else "", one.shown, *decided)


def csv_sheet(answers: Iterable[OpenAnswer], known: Relationships) -> Iterator[str]:
    """Give the sheet as CSV line by line, marked as UTF-8 for spreadsheet programs."""
    yield "\ufeff"
    yield from csv_lines(COLUMNS, sheet_rows(answers, known))


def xlsx_sheet(answers: Iterable[OpenAnswer], known: Relationships) -> bytes:
    """Return the sheet as a workbook."""
    return workbook("answers", COLUMNS, sheet_rows(answers, known))


def decisions(
    rows: Sequence[tuple[int, Row]],
    answers: Sequence[OpenAnswer],
    brands: Sequence[str],
    known: Relationships,
    *,
    by: str,
    now: datetime,
) -> Decided:
    """Say what a sheet decides; raises SheetError for the whole of it if anything cannot be taken over.

    A column of decisions that is not there leaves what was decided; an empty cell takes it back.
    """
    there, seen = {answer.key: answer for answer in answers}, set[str]()
    faults: list[Fault] = []
    marks: dict[Place, Mark] = {}
    forgotten = []
    for number, row in rows:
        key = row.get("key", "").strip()
        answer = there.get(key)
        if answer is None or key in seen:
            faults.append(Fault("twice" if key in seen else "key", number, key[:60]))
            continue
        seen.add(key)
        try:
            mark = _mark(row, answer, _about(row, answer, brands, known), by=by, now=now)
        except RefusedMarkError as error:
            faults.append(Fault(error.fault, number, row.get(_COLUMN_OF[error.fault], "")[:60]))
            continue
        if mark is None:
            forgotten += [answer.place] if answer.mark else []
        elif says_more(answer.mark, mark):
            marks[answer.place] = mark
    if faults:
        raise SheetError(*faults[:MOST_FAULTS])
    return Decided(marks, tuple(forgotten), len(rows))


_COLUMN_OF = {"code": "codes", "quotation": "quotation", "quote": "quote", "brand": "brand"}


def _mark(row: Row, answer: OpenAnswer, about: str, *, by: str, now: datetime) -> Mark | None:
    """What a row says of its answer; None where nobody has decided anything."""
    before = answer.mark
    codes = _own(row["codes"]) if "codes" in row else (";".join(before.codes) or NO_CODE if before else "")
    quote = row["quote"].strip().lower() if "quote" in row else (before.quotable if before else "")
    quotation = _own(row["quotation"]) if "quotation" in row else (before.quotation if before else "")
    if not (codes.strip() or quote or quotation.strip()):
        return None
    if quote not in QUOTABLE:
        raise RefusedMarkError("quote")
    return Mark(
        quotable=quote,
        codes=tidy_codes(codes.replace(",", ";").split(";")),
        quotation=tidy_quotation(quotation),
        about=about,
        marked_by=by,
        marked_at=now,
    )


def _about(row: Row, answer: OpenAnswer, brands: Sequence[str], known: Relationships) -> str:
    """The brand that a row says its answer is about; nothing where the question or the findings say so themselves."""
    if answer.place.brand:
        return ""
    brand = row.get("brand", known.brand(answer)).strip()
    if brand == known.brand(answer):
        return answer.mark.about if answer.mark else ""
    if brand and brand not in brands:
        raise RefusedMarkError("brand")
    return brand


def _own(cell: str) -> str:
    """A cell as it was before it was kept from running as a formula."""
    return cell[1:] if cell.startswith("'") and neutralised(cell[1:]) == cell else cell


def read_sheet(content: bytes) -> Sequence[tuple[int, Row]]:
    """Return each row that is not blank with its number in the file, cells by the heading in small letters."""
    if len(content) > LARGEST_SHEET:
        raise SheetError(Fault("large"))
    if not content.strip():
        raise SheetError(Fault("empty"))
    try:
        rows = _of_workbook(content) if content.startswith(_ZIP) else _of_csv(content)
    except (ExchangeError, csv.Error):
        raise SheetError(Fault("unreadable")) from None
    columns = {name for _, row in rows for name in row}
    if "key" not in columns:
        raise SheetError(Fault("column"))
    if not columns & {*DECISIONS}:
        raise SheetError(Fault("decisions", found=", ".join(DECISIONS)))
    return rows


def _of_workbook(content: bytes) -> list[tuple[int, Row]]:
    """The rows of the first sheet that has a column `key`."""
    for table in read_tables(content, "sheet").values():
        headings = [heading.lower() for heading in table.headings]
        if "key" in headings:
            cells = dict.fromkeys(headings, "")
            return [
                (row.number, cells | {name.lower(): text for name, text in row.cells.items()}) for row in table.rows
            ]
    return []


def _of_csv(content: bytes) -> list[tuple[int, Row]]:
    """The rows of a file in which commas, semicolons or tabs stand between cells."""
    text = decoded(content, "sheet")
    first = text.partition("\n")[0]
    table = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    headings = [heading.strip().lower() for heading in next(table, [])]
    filled = ((number, row) for number, row in enumerate(table, start=2) if any(cell.strip() for cell in row))
    return [(number, dict(zip(headings, [*row, *[""] * len(headings)], strict=False))) for number, row in filled]
