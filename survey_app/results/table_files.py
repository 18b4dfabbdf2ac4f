"""Tables as files for people: CSV and XLSX whose texts no spreadsheet program runs; knows no Flask."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence

import xlsxwriter

from instruments.answer_tables.table import neutralised

Cell = str | int | float | None


def csv_lines(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """Give a table line by line."""
    line = io.StringIO()
    writer = csv.writer(line)
    for row in itertools.chain([columns], rows):
        writer.writerow([neutralised(cell) if isinstance(cell, str) else cell for cell in row])
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def workbook(name: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return a workbook of one sheet; texts are written as texts, never as formulas or links."""
    return workbook_of({name: (columns, rows)})


def workbook_of(sheets: Mapping[str, tuple[Sequence[str], Iterable[Sequence[Cell]]]]) -> bytes:
    """Return a workbook of several sheets by their names; texts are written as in one of one sheet."""
    content = io.BytesIO()
    choices = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True}
    with xlsxwriter.Workbook(content, choices) as book:
        for name, (columns, rows) in sheets.items():
            sheet = book.add_worksheet(name[:31])
            sheet.write_row(0, 0, columns, book.add_format({"bold": True}))
            for number, row in enumerate(rows, start=1):
                sheet.write_row(number, 0, row)
            sheet.freeze_panes(1, 0)
    return content.getvalue()
