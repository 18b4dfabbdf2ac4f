"""What a document says as numbers: a workbook and JSON with everything behind every chart and table; draws nothing."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from functools import singledispatch
from io import BytesIO
from typing import TYPE_CHECKING, Any

from xlsxwriter import Workbook

from reports import content

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from reports.content import Block, Mark, Report, Section

Cell = str | float | None

# Files carry no clock: equal findings give equal bytes.
_MADE = datetime(2000, 1, 1, tzinfo=UTC)
_LONGEST_SHEET = 31
_NOT_IN_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))
_WIDE, _NARROW = 44, 14
_MARK = ("value", "low", "high")


def document_workbook(report: Report) -> bytes:
    """A sheet for each section, on it every table as it is printed and every chart as unrounded numbers."""
    file = BytesIO()
    book = Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": report.info.title, "subject": report.info.subject, "created": _MADE})
    bold = book.add_format({"bold": True})
    for number, section in enumerate(report.sections, start=1):
        sheet = book.add_worksheet(f"{number} {section.title}".translate(_NOT_IN_NAMES)[:_LONGEST_SHEET].strip())
        _write_section(sheet, section, report.furniture.simulated, bold)
    book.close()
    return file.getvalue()


def document_json(report: Report) -> bytes:
    """Everything a document says, block by block, unrounded where it is drawn."""
    said = {
        "language": report.language,
        "info": _plain(report.info),
        "simulated": report.furniture.simulated is not None,
        "cover": _plain(report.cover),
        "sections": [_plain(section) for section in report.sections],
    }
    return json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False).encode()


def _plain(value: Any) -> Any:  # noqa: ANN401 - any part of a report
    """A value as JSON has it; blocks say of which kind they are."""
    if is_dataclass(value) and not isinstance(value, type):
        named = {part.name: _plain(getattr(value, part.name)) for part in fields(value)}
        return {"kind": type(value).__name__, **{k: v for k, v in named.items() if k != "kind"}, **_kind_of(named)}
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value


def _kind_of(named: dict[str, Any]) -> dict[str, Any]:
    return {"point": named["kind"]} if "kind" in named else {}


def _write_section(sheet: Worksheet, section: Section, simulated: str | None, bold: Format) -> None:
    sheet.set_column(0, 0, _WIDE)
    sheet.set_column(1, 12, _NARROW)
    heads = [section.headline, *([simulated] if simulated else [])]
    row = 0
    for head in heads:
        sheet.write_string(row, 0, head, bold)
        row += 1
    for block in _flat(section.blocks):
        rows = list(numbers(block))
        if rows:
            row = _write_rows(sheet, row + 1, rows, bold)


def _write_rows(sheet: Worksheet, row: int, rows: Sequence[Sequence[Cell]], bold: Format) -> int:
    """The first row is a title, the second holds the heads."""
    for i, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            if isinstance(cell, str):
                sheet.write_string(row, column, cell, bold if i <= 1 else None)
            elif cell is not None:
                sheet.write_number(row, column, cell)
        row += 1
    return row


def _flat(blocks: Iterable[Block]) -> Iterator[Block]:
    for block in blocks:
        if isinstance(block, content.Columns):
            for column in block.columns:
                yield from _flat(column)
        else:
            yield block


@singledispatch
def numbers(_block: Block) -> Iterator[Sequence[Cell]]:
    """Title, heads and rows of a block; nothing for one that holds words only."""
    yield from ()


@numbers.register(content.Table)
def _of_table(block: content.Table) -> Iterator[Sequence[Cell]]:
    yield (block.caption,)
    yield tuple(column.title for column in block.columns)
    for row in block.rows:
        yield row.cells
    if block.note:
        yield (block.note,)


@numbers.register(content.KeyFigures)
def _of_key_figures(block: content.KeyFigures) -> Iterator[Sequence[Cell]]:
    yield ("",)
    yield ("", "value", "evidence")
    for figure in block.figures:
        yield figure.label, figure.value, figure.evidence


@numbers.register(content.Answers)
def _of_answers(block: content.Answers) -> Iterator[Sequence[Cell]]:
    yield ("",)
    yield ("", "", "")
    for answer in block.answers:
        yield answer.question, answer.answer, answer.evidence


@numbers.register(content.PortfolioStrip)
def _of_strip(block: content.PortfolioStrip) -> Iterator[Sequence[Cell]]:
    yield (block.caption,)
    yield ("", block.own, block.category)
    others = {segment.label: segment.share for segment in block.category_segments}
    for segment in block.own_segments:
        yield segment.label, segment.share, others.get(segment.label)


def _of_compared(block: content.PortfolioBars | content.DotComparison) -> Iterator[Sequence[Cell]]:
    yield (block.caption,)
    yield ("", *(f"{block.own}: {part}" for part in _MARK), *(f"{block.category}: {part}" for part in _MARK), "differs")
    for row in block.rows:
        yield row.label, *_mark(row.own), *_mark(row.category), float(row.differs)


numbers.register(content.PortfolioBars, _of_compared)
numbers.register(content.DotComparison, _of_compared)


@numbers.register(content.IntervalRows)
def _of_intervals(block: content.IntervalRows) -> Iterator[Sequence[Cell]]:
    yield (block.caption,)
    yield ("", "", *_MARK, "holds")
    for row in block.rows:
        yield row.label, row.sublabel, *_mark(row.mark), float(row.holds)


@numbers.register(content.RelationMap)
def _of_map(block: content.RelationMap) -> Iterator[Sequence[Cell]]:
    yield (block.caption,)
    yield ("", block.x.title, block.y.title, "size")
    for point in block.points:
        yield point.label, point.x, point.y, point.size or None


@numbers.register(content.FlowDiagram)
def _of_flow(block: content.FlowDiagram) -> Iterator[Sequence[Cell]]:
    yield (block.caption,)
    yield block.left_title, block.right_title, "share"
    for link in block.links:
        yield block.left[link.left].label, block.right[link.right].label, link.share


@numbers.register(content.RuleQuadrant)
def _of_quadrant(block: content.RuleQuadrant) -> Iterator[Sequence[Cell]]:
    yield (block.caption,)
    yield "", "", block.x.title, block.y.title
    for point in block.points:
        yield point.label, point.number, point.x, point.y


@numbers.register(content.GroupProfile)
def _of_profile(block: content.GroupProfile) -> Iterator[Sequence[Cell]]:
    yield (block.own,)
    yield ("", *_MARK, block.others)
    for row in block.rows:
        yield row.label, *_mark(row.own), *row.others


@numbers.register(content.Ladder)
def _of_ladder(block: content.Ladder) -> Iterator[Sequence[Cell]]:
    yield (block.caption,)
    yield ("", *_MARK, "", "", "")
    for rung in block.rungs:
        yield rung.label, *_mark(rung.share), rung.remark, rung.action, rung.owner


@numbers.register(content.HeatMap)
def _of_heat_map(block: content.HeatMap) -> Iterator[Sequence[Cell]]:
    yield (block.caption,)
    yield "", *(f"{column}: {part}" for column in block.columns for part in _MARK)
    for row in block.rows:
        yield row.label, *(part for mark in row.cells for part in _mark(mark))


def _mark(mark: Mark | None) -> tuple[Cell, Cell, Cell]:
    return (None, None, None) if mark is None else (mark.value, mark.low, mark.high)
