"""Workbooks as tables of text: XLSX, XLS, CSV and Markdown in, XLSX out; knows nothing of what the tables mean."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.etree.ElementTree import Element

import xlrd
import xlsxwriter

from instruments.exchange.carried import refused
from instruments.exchange.opening import decoded, printable, unpacked, xml_part

_MOST_CELLS = 400_000
_LONGEST_CELL = 32_767
_MOST_COLUMNS = 1_000
_MOST_ROWS = 100_000
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_SEPARATOR_ROW = re.compile(r"[\s|:+-]*")
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_MADE = datetime(2000, 1, 1)  # noqa: DTZ001 - no clock in files; spreadsheets know no time zones


@dataclass(frozen=True)
class Row:
    """One row that is not blank: its number in the file and its cells by heading, blank ones left out."""

    number: int
    cells: Mapping[str, str]

    def get(self, heading: str) -> str:
        """The text of a cell; empty where there is none.

        Parameters
        ----------
        heading : str

        Returns
        -------
        str
        """
        return self.cells.get(heading, "")


@dataclass(frozen=True)
class Table:
    """One sheet: its name, its headings in order and its rows."""

    name: str
    headings: tuple[str, ...]
    rows: tuple[Row, ...]


Cells = list[tuple[int, dict[int, str]]]
"""Rows as they stand in a file: number, and text by column."""


def read_tables(content: bytes, name: str) -> dict[str, Table]:
    """Read a workbook.

    Parameters
    ----------
    content : bytes
        XLSX, XLS, or text: CSV or a Markdown table of one or several sheets, each begun by its name in its first
        column.
    name : str
        What errors call the file.

    Returns
    -------
    dict of str to Table
        Sheets by name in lower case; headings are trimmed.

    Raises
    ------
    ExchangeError
        When it cannot be read.
    """
    if content.startswith(b"PK"):
        sheets = dict(_xlsx(content, name))
    elif content.startswith(_OLD_EXCEL):
        sheets = dict(_xls(content, name))
    else:
        sheets = _text(decoded(content, name), name)
    tables = {key.strip().lower(): _table(key, cells) for key, cells in sheets.items()}
    if sum(len(row.cells) for table in tables.values() for row in table.rows) > _MOST_CELLS:
        raise refused(name, f"the file has more than {_MOST_CELLS} cells", "take out sheets that are not the form")
    return tables


def write_tables(tables: Mapping[str, tuple[Sequence[str], Sequence[Mapping[str, str]]]]) -> bytes:
    """Write a workbook; equal tables give equal bytes.

    Parameters
    ----------
    tables : mapping of str to tuple
        For each sheet its headings and its rows, as text by heading.

    Returns
    -------
    bytes
        An XLSX file.
    """
    file = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(file, options) as book:
        book.set_properties({"created": _MADE})
        head = book.add_format({"bold": True, "bg_color": "#f1f4f7", "text_wrap": True, "valign": "top"})
        plain = book.add_format({"text_wrap": True, "valign": "top"})
        for name, (headings, rows) in tables.items():
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            for column, heading in enumerate(headings):
                sheet.write_string(0, column, heading, head)
                sheet.set_column(column, column, _width(heading, rows))
            for at, row in enumerate(rows, start=1):
                for column, heading in enumerate(headings):
                    if row.get(heading):
                        sheet.write_string(at, column, row[heading][:_LONGEST_CELL], plain)
    return file.getvalue()


def _width(heading: str, rows: Sequence[Mapping[str, str]]) -> float:
    longest = max((len(row.get(heading, "")) for row in rows), default=0)
    return min(max(len(heading), longest) + 2, 48)


def _table(name: str, cells: Cells) -> Table:
    """The first row that is not blank holds the headings."""
    filled = [(number, row) for number, row in cells if any(text.strip() for text in row.values())]
    if not filled:
        return Table(name, (), ())
    headings = {column: " ".join(text.split()) for column, text in sorted(filled[0][1].items()) if text.strip()}
    rows = []
    for number, row in filled[1:]:
        found: dict[str, str] = {}
        for column, heading in headings.items():
            if row.get(column, "").strip():
                found.setdefault(heading, row[column].strip())
        rows.append(Row(number, found))
    return Table(name, tuple(dict.fromkeys(headings.values())), tuple(rows))


def _text(text: str, name: str) -> dict[str, Cells]:
    lines = text.splitlines()
    if any(line.lstrip().startswith("|") for line in lines):
        table = [(at, _markdown_row(line)) for at, line in enumerate(lines, start=1) if line.lstrip().startswith("|")]
        return _sheets([(at, row) for at, row in table if row])
    sample = "\n".join(lines[:50])
    separator = max(",;\t", key=sample.count)
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=separator))
    except csv.Error as error:
        raise refused(name, f"not a table: {error}", "save it as CSV or XLSX") from None
    return _sheets([(at, dict(enumerate(row))) for at, row in enumerate(rows[:_MOST_ROWS], start=1)])


def _markdown_row(line: str) -> dict[int, str]:
    if _SEPARATOR_ROW.fullmatch(line):
        return {}
    inner = line.strip().removeprefix("|").removesuffix("|")
    parts = re.split(r"(?<!\\)\|", inner)
    return {at: part.replace("\\|", "|").strip() for at, part in enumerate(parts)}


def _sheets(rows: Cells) -> dict[str, Cells]:
    """Several sheets under each other, each after a row that holds nothing but its name in the first column."""
    sheets: dict[str, Cells] = {}
    current: Cells | None = None
    for number, row in rows:
        first, others = row.get(0, "").strip(), any(text.strip() for at, text in row.items() if at)
        if first and not others and len(row) <= _MOST_COLUMNS and _is_sheet_name(first):
            current = sheets.setdefault(first.lower(), [])
        elif current is not None:
            current.append((number, {at - 1: text for at, text in row.items() if at}))
        else:
            return {"survey": [*rows]}
    return sheets


def _is_sheet_name(text: str) -> bool:
    return text.lower() in ("survey", "choices", "settings", "external_choices", "entities", "relata", "osm")


_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def _xlsx(content: bytes, name: str) -> Iterator[tuple[str, Cells]]:
    archive = unpacked(content, name)
    book = xml_part(archive, "xl/workbook.xml", name)
    targets = {
        relation.get("Id"): str(relation.get("Target", ""))
        for relation in xml_part(archive, "xl/_rels/workbook.xml.rels", name)
    }
    shared = _shared_strings(archive, name)
    for sheet in book.iter("sheet"):
        target = targets.get(sheet.get("r:id") or sheet.get(_RELATION), "")
        path = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
        if "worksheets/" in path:
            yield str(sheet.get("name", "")), _cells(xml_part(archive, path, name), shared)


def _shared_strings(archive: zipfile.ZipFile, name: str) -> list[str]:
    path = next((path for path in archive.namelist() if path.lower() == "xl/sharedstrings.xml"), None)
    return [_rich_text(entry) for entry in xml_part(archive, path, name).iter("si")] if path else []


def _rich_text(entry: Element) -> str:
    """Text in pieces of several fonts; readings above Chinese characters are left out."""
    return "".join(
        part.text or ""
        for piece in entry
        for part in ([piece] if piece.tag == "t" else piece.iter("t") if piece.tag == "r" else ())
    )


def _cells(sheet: Element, shared: Sequence[str]) -> Cells:
    rows: Cells = []
    for row in sheet.iter("row"):
        found: dict[int, str] = {}
        number = len(rows) + 1
        for at, cell in enumerate(row.iter("c")):
            place = _CELL.fullmatch(cell.get("r", ""))
            column = _column(place[1]) if place else at
            number = int(place[2]) if place else number
            if column < _MOST_COLUMNS:
                found[column] = printable(_value(cell, shared))
        rows.append((number, found))
    return rows[:_MOST_ROWS]


def _xls(content: bytes, name: str) -> Iterator[tuple[str, Cells]]:
    try:
        book = xlrd.open_workbook(file_contents=content, logfile=io.StringIO(), ragged_rows=True)
    except Exception:  # noqa: BLE001 - xlrd fails in many ways on binary files that are no workbooks
        message = "this workbook of old Excel cannot be read: it is damaged or has a password"
        raise refused(name, message, "save it as .xlsx, without a password") from None
    for sheet in book.sheets():
        rows = (sheet.row(number)[:_MOST_COLUMNS] for number in range(min(sheet.nrows, _MOST_ROWS)))
        yield sheet.name, [(number, _old_cells(row)) for number, row in enumerate(rows, start=1)]


def _old_cells(row: Sequence[xlrd.sheet.Cell]) -> dict[int, str]:
    return {column: printable(_old_value(cell)) for column, cell in enumerate(row)}


def _old_value(cell: xlrd.sheet.Cell) -> str:
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return "TRUE" if cell.value else "FALSE"
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return ""
    return cell.value if isinstance(cell.value, str) else _number(str(cell.value))


def _column(letters: str) -> int:
    at = 0
    for letter in letters:
        at = at * 26 + ord(letter) - 64
    return at - 1


def _value(cell: Element, shared: Sequence[str]) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return "".join(_rich_text(inner) for inner in cell.iter("is"))
    text = next((value.text or "" for value in cell.iter("v")), "")
    if kind == "s":
        return shared[int(text)] if text.isdecimal() and int(text) < len(shared) else ""
    if kind == "b":
        return "TRUE" if text == "1" else "FALSE"
    if kind == "e":
        return ""
    return _number(text) if kind == "n" else text


def _number(text: str) -> str:
    """Numbers as people write them: 1, not 1.0."""
    try:
        value = float(text)
    except ValueError:
        return text
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)  # noqa: PLR2004 - exact so far
