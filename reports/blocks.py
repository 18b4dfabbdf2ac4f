"""Draws the blocks of a section as pieces that pages are filled with; places nothing on a page itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from typing import TYPE_CHECKING

from reports import content, style
from reports.charts import draw_bars, draw_dots, draw_intervals, draw_strip
from reports.drawing import Box, Circle, Drawing, Line
from reports.flow import draw_flow
from reports.maps import draw_map, draw_quadrant

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reports.drawing import Anchor, DrawnMark, Pen, Stack
    from reports.style import Font

_CELL_PAD, _TIGHT_CELL_PAD = 2.5, 1.6
_TOGETHER = 3
_WHOLE = 10
_DOTS: dict[content.Grade, int] = {"good": 3, "fair": 2, "weak": 1}
_PARAGRAPHS: dict[str, tuple[Font, str]] = {
    "body": (style.BODY, style.TEXT),
    "note": (style.SMALL, style.SUBTLE),
    "absent": (style.BODY, style.SUBTLE),
}


@dataclass(frozen=True)
class Piece:
    """Something that is never cut by the end of a page.

    `with_next` keeps it on the page of the piece that follows; `head` is drawn again above the piece where it
    is the first of its page. `role` and `alt` say what it is to those who do not see it.
    """

    drawing: Drawing
    before: float
    role: str = "P"
    alt: str = ""
    with_next: bool = False
    head: Drawing | None = None


@singledispatch
def draw_block(block: content.Block, _pen: Pen) -> Iterable[Piece]:
    """Draw one block over the width of the page."""
    raise TypeError(f"no drawing for a {type(block).__name__}: register one in reports.blocks")


@draw_block.register(content.Heading)
def _draw_heading(block: content.Heading, pen: Pen) -> Iterable[Piece]:
    yield Piece(_column(pen, block.text, style.HEADING, style.OWN), pen.room(22, 15), "H2", with_next=True)


@draw_block.register(content.Paragraph)
def _draw_paragraph(block: content.Paragraph, pen: Pen) -> Iterable[Piece]:
    font, colour = _PARAGRAPHS[block.style]
    if block.style == "absent":
        yield Piece(_remark(block.text, pen), 10)
        return
    yield Piece(_column(pen, block.text, font, colour), 6)


def _remark(text: str, pen: Pen) -> Drawing:
    """A sentence in the place of what cannot be shown."""
    stack = pen.stack(12, style.CONTENT_WIDTH - 24, 7)
    stack.add(text, style.BODY, style.TEXT)
    height = stack.y + 7
    back = Box(0, 0, style.CONTENT_WIDTH, height, style.WASH, radius=3)
    return Drawing(style.CONTENT_WIDTH, height, (back, *stack.marks))


@draw_block.register(content.Bullets)
def _draw_bullets(block: content.Bullets, pen: Pen) -> Iterable[Piece]:
    last = len(block.items) - 1
    for i, item in enumerate(block.items):
        stack = pen.stack(11, style.CONTENT_WIDTH - 11)
        stack.add(item, style.BODY, style.TEXT)
        dot = Circle(3, style.BODY.leading / 2, 1.5, style.OWN)
        drawing = Drawing(style.CONTENT_WIDTH, stack.y, (dot, *stack.marks))
        yield Piece(drawing, 3, "LI", with_next=i < last and i in {0, last - 1})


def _column(pen: Pen, text: str, font: Font, colour: str) -> Drawing:
    stack = pen.stack(0, style.CONTENT_WIDTH)
    stack.add(text, font, colour)
    return Drawing(style.CONTENT_WIDTH, stack.y, tuple(stack.marks))


@draw_block.register(content.KeyFigures)
def _draw_key_figures(block: content.KeyFigures, pen: Pen) -> Iterable[Piece]:
    columns = max(len(block.figures), 2)
    width = (style.CONTENT_WIDTH - style.GUTTER * (columns - 1)) / columns
    stacks = [_key_figure(f, pen, i * (width + style.GUTTER), width) for i, f in enumerate(block.figures)]
    yield Piece(_side_by_side(stacks), 12)


def _key_figure(figure: content.KeyFigure, pen: Pen, x: float, width: float) -> Stack:
    stack = pen.stack(x, width, 6)
    stack.marks.append(Line(x, 0, x + width, 0, style.OWN, 1.2))
    stack.add(figure.value, style.FIGURE, style.MUTED if figure.muted else style.OWN)
    stack.add(figure.label, style.SMALL_STRONG, style.INK)
    stack.add(figure.evidence, style.TINY, style.SUBTLE, before=2)
    return stack


def _side_by_side(stacks: Sequence[Stack], below: float = 0.0) -> Drawing:
    marks = tuple(mark for stack in stacks for mark in stack.marks)
    return Drawing(style.CONTENT_WIDTH, max(stack.y for stack in stacks) + below, marks)


@draw_block.register(content.Answers)
def _draw_answers(block: content.Answers, pen: Pen) -> Iterable[Piece]:
    width = (style.CONTENT_WIDTH - style.GUTTER) / 2
    for start in range(0, len(block.answers), 2):
        pair = block.answers[start : start + 2]
        stacks = [_answer(answer, pen, i * (width + style.GUTTER), width) for i, answer in enumerate(pair)]
        yield Piece(_side_by_side(stacks), pen.room(13, 8))


def _answer(answer: content.Answer, pen: Pen, x: float, width: float) -> Stack:
    stack = pen.stack(x, width, 5)
    stack.marks.append(Line(x, 0, x + width, 0, style.OWN, 1.2))
    stack.add(answer.question, style.STRONG, style.OWN)
    stack.add(answer.answer, style.ANSWER, style.INK, before=1)
    stack.add(answer.evidence, style.TINY, style.SUBTLE, before=2)
    return stack


@draw_block.register(content.Actions)
def _draw_actions(block: content.Actions, pen: Pen) -> Iterable[Piece]:
    pad, top = 12.0, 33.0
    count = max(len(block.actions), 1)
    width = (style.CONTENT_WIDTH - 2 * pad - style.GUTTER * (count - 1)) / count
    stacks = [
        _action(action, i + 1, pen.stack(pad + i * (width + style.GUTTER), width, top))
        for i, action in enumerate(block.actions)
    ]
    inner = _side_by_side(stacks, below=pad)
    back = Box(0, 0, style.CONTENT_WIDTH, inner.height, style.WASH, radius=4)
    title = pen.centred(pad, 18, block.title, style.HEADING, style.INK)
    yield Piece(Drawing(style.CONTENT_WIDTH, inner.height, (back, title, *inner.marks)), pen.room(14, 9))


def _action(action: content.Action, number: int, stack: Stack) -> Stack:
    pen, x, top = stack.pen, stack.x, stack.y
    stack.marks += [
        Circle(x + 8, top + 8, 8, style.OWN),
        pen.centred(x + 8, top + 8, str(number), style.SMALL_STRONG, style.WHITE, anchor="middle"),
        pen.centred(x + 21, top + 8, action.strategy, style.TINY_STRONG, style.OWN),
    ]
    stack.skip(20)
    stack.add(action.title, style.STRONG, style.INK)
    stack.add(action.reason, style.SMALL, style.TEXT, before=2)
    return stack


@draw_block.register(content.TrustLine)
def _draw_trust_line(block: content.TrustLine, pen: Pen) -> Iterable[Piece]:
    count = len(block.marks)
    width = (style.CONTENT_WIDTH - style.GUTTER * (count - 1)) / count
    stacks = [_trust(mark, pen, i * (width + style.GUTTER), width) for i, mark in enumerate(block.marks)]
    title = pen.centred(0, 8, block.title, style.HEADING, style.INK)
    inner = _side_by_side(stacks)
    yield Piece(Drawing(style.CONTENT_WIDTH, inner.height, (title, *inner.marks)), pen.room(14, 9))


def _trust(mark: content.TrustMark, pen: Pen, x: float, width: float) -> Stack:
    """Three dots say the grade, on a grey printout too."""
    stack = pen.stack(x, width, 21)
    full = _DOTS[mark.grade]
    for i in range(3):
        fill = style.OWN if i < full else style.WHITE
        stack.marks.append(Circle(x + width - 22 + i * 9, 26.5, 3, fill, style.OWN, 0.8))
    stack.add(mark.aspect, style.SMALL, style.SUBTLE)
    stack.add(mark.verdict, style.STRONG, style.INK)
    stack.add(mark.reason, style.TINY, style.SUBTLE, before=1)
    return stack


@draw_block.register(content.Table)
def _draw_table(block: content.Table, pen: Pen) -> Iterable[Piece]:
    if block.caption:
        yield Piece(_column(pen, block.caption, style.CAPTION, style.INK), 14, "Caption", with_next=True)
    head = _table_head(block, pen)
    yield Piece(head, 4, "TR", with_next=True)
    for i, row in enumerate(block.rows):
        drawing = _table_row(block, row, pen)
        yield Piece(drawing, 0, "TR", head=head, with_next=_stays(i, block))
    if block.note:
        yield Piece(_column(pen, block.note, style.TINY, style.SUBTLE), 4, "Note")


def _stays(i: int, table: content.Table) -> bool:
    """Whether a row shares the page of what follows.

    Short tables stay whole; of long ones both ends stay, and rows that go on with the name of the one above.
    """
    after = len(table.rows) - 1 - i
    if after == 0:
        return bool(table.note)
    goes_on = not table.rows[i + 1].cells[0]
    return goes_on or len(table.rows) <= _WHOLE or i < _TOGETHER - 1 or after < _TOGETHER


def _columns(table: content.Table) -> list[tuple[float, float]]:
    """Left end and width of each column."""
    gap = 8.0
    room = style.CONTENT_WIDTH - gap * (len(table.columns) - 1)
    total = sum(column.weight for column in table.columns)
    places, x = [], 0.0
    for column in table.columns:
        width = room * column.weight / total
        places.append((x, width))
        x += width + gap
    return places


def _table_head(table: content.Table, pen: Pen) -> Drawing:
    titles = tuple(column.title for column in table.columns)
    cells = _cells(table, titles, pen, style.TINY_STRONG, (style.SUBTLE, style.SUBTLE), low=True)
    return _ruled(cells, style.SUBTLE, 0.8)


def _table_row(table: content.Table, row: content.Row, pen: Pen) -> Drawing:
    """Of a muted row the numbers are grey; what they are about stays as readable as in others."""
    font = style.SMALL_STRONG if row.strong else style.SMALL
    colours = (style.INK, style.SUBTLE if row.muted else style.INK)
    return _ruled(_cells(table, row.cells, pen, font, colours), style.RULE, 0.5)


def _ruled(cells: Drawing, colour: str, thickness: float) -> Drawing:
    rule = Line(0, cells.height, cells.width, cells.height, colour, thickness)
    return Drawing(cells.width, cells.height, (*cells.marks, rule))


def _cells(
    table: content.Table, cells: Sequence[str], pen: Pen, font: Font, colours: tuple[str, str], *, low: bool = False
) -> Drawing:
    """Cells side by side, names in one colour and numbers in another; those of the head stand at its foot."""
    lines = [pen.setter.lines(cell, font, width) for cell, (_, width) in zip(cells, _columns(table), strict=True)]
    most = max(len(cell) for cell in lines)
    pad = pen.room(_CELL_PAD, _TIGHT_CELL_PAD)
    marks: list[DrawnMark] = []
    for column, (x, width), cell in zip(table.columns, _columns(table), lines, strict=True):
        left = column.align == "left"
        edge, colour = (x, colours[0]) if left else (x + width, colours[1])
        anchor: Anchor = "start" if left else "end"
        top = pad + font.leading * ((most - len(cell)) if low else 0)
        for i, line in enumerate(cell):
            y = top + font.leading * (i + 0.5)
            marks.append(pen.centred(edge, y, line, font, colour, anchor=anchor))
    return Drawing(style.CONTENT_WIDTH, most * font.leading + 2 * pad, tuple(marks))


@draw_block.register(content.Chart)
def _draw_chart(block: content.Chart, pen: Pen) -> Iterable[Piece]:
    drawing = draw_chart(block, pen, style.CONTENT_WIDTH)
    if block.caption:
        yield Piece(_column(pen, block.caption, style.CAPTION, style.INK), 14, "Caption", with_next=True)
    yield Piece(drawing, 6, "Figure", block.alt, with_next=bool(block.note))
    if block.note:
        yield Piece(_column(pen, block.note, style.TINY, style.SUBTLE), 4, "Note")


@singledispatch
def draw_chart(chart: content.Chart, _pen: Pen, _width: float) -> Drawing:
    """Draw one chart."""
    raise TypeError(f"no drawing for a {type(chart).__name__}: register one in reports.blocks")


draw_chart.register(content.PortfolioStrip, draw_strip)
draw_chart.register(content.PortfolioBars, draw_bars)
draw_chart.register(content.DotComparison, draw_dots)
draw_chart.register(content.IntervalRows, draw_intervals)
draw_chart.register(content.RelationMap, draw_map)
draw_chart.register(content.RuleQuadrant, draw_quadrant)
draw_chart.register(content.FlowDiagram, draw_flow)
