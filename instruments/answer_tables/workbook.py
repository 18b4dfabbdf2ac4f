"""Writes an answer table as a workbook: answers, codebook, what to know; no cell is ever a formula."""

from __future__ import annotations

import importlib
import math
from pathlib import Path
from typing import Any

from instruments.answer_tables.codebook import CSV_HEADER, spoken
from instruments.answer_tables.problems import AnswerFileError
from instruments.answer_tables.table import AnswerColumns

MOST_ROWS, MOST_COLUMNS = 1_048_575, 16_384
"""What a worksheet holds beside its header."""
_ROWS = 5_000
_ABOUT = (
    "Sheet 'answers': one row for each {row}; codes, never labels. Sheet 'codebook': what each code stands for.",
    "Codes -99 to -93 say why there is no answer; they are no values to compute with.",
    "Text is marked as text (a quote prefix), so that no program runs it as a formula; its content is as it was given.",
)


def write_workbook(table: AnswerColumns, out: Path, language: str) -> None:
    """Write a workbook.

    Parameters
    ----------
    table : AnswerColumns
        At most 1,048,575 rows and 16,384 columns.
    out : Path
        File to write.
    language : str
        Of the labels.

    Raises
    ------
    AnswerFileError
        For a table that no worksheet holds.
    """
    if table.rows > MOST_ROWS or len(table.names) > MOST_COLUMNS:
        message = f"{table.rows} rows and {len(table.names)} columns: a worksheet holds {MOST_ROWS} and {MOST_COLUMNS}."
        raise AnswerFileError(out, [f"{message} Export as CSV, Parquet or SPSS instead."])
    options = {"constant_memory": True, "strings_to_numbers": False, "strings_to_formulas": False}
    book = importlib.import_module("xlsxwriter").Workbook(out, options)
    with book:
        head = book.add_format({"bold": True})
        text = book.add_format()
        text.set_quote_prefix()
        _answers(book.add_worksheet("answers"), table, head, text)
        _codebook(book.add_worksheet("codebook"), table, language, head, text)
        _about(book.add_worksheet("about"), table, language, head)


def _answers(sheet: Any, table: AnswerColumns, head: Any, text: Any) -> None:  # noqa: ANN401 - no types published
    sheet.freeze_panes(1, 0)
    for at, name in enumerate(table.names):
        sheet.write_string(0, at, name, head)
    row = 0
    for block in table.blocks(_ROWS):
        for cells in block.itertuples(index=False, name=None):
            row += 1
            for at, cell in enumerate(cells):
                _write(sheet, row, at, cell, text)


def _write(sheet: Any, row: int, at: int, cell: object, text: Any) -> None:  # noqa: ANN401 - no types published
    if isinstance(cell, str):
        if cell:
            sheet.write_string(row, at, cell, text)
    elif isinstance(cell, (int, float)) and math.isfinite(cell):
        sheet.write_number(row, at, cell)


def _codebook(sheet: Any, table: AnswerColumns, language: str, head: Any, text: Any) -> None:  # noqa: ANN401
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 70)
    sheet.set_column(6, 6, 40)
    for at, name in enumerate(CSV_HEADER):
        sheet.write_string(0, at, name, head)
    for row, cells in enumerate(table.codebook.rows(language), start=1):
        for at, cell in enumerate(cells):
            _write(sheet, row, at, cell, text)


def _about(sheet: Any, table: AnswerColumns, language: str, head: Any) -> None:  # noqa: ANN401
    sheet.set_column(0, 0, 120)
    is_long = any(column.level == "rating" for column in table.codebook.columns)
    row = "rating of a brand by a person" if is_long else "person"
    sheet.write_string(0, 0, spoken(table.codebook.title, language), head)
    said = [line.format(row=row) for line in _ABOUT]
    if table.codebook.simulated:
        said = ["SIMULATED: nobody gave these answers.", *said]
    for at, line in enumerate((*said, *table.codebook.notes), start=1):
        sheet.write_string(at, 0, line)
