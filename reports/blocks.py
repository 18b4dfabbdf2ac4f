"""Draws the blocks of a section as pieces that pages are filled with; places nothing on a page itself."""

from __future__ import annotations

from dataclasses import replace
from functools import singledispatch
from typing import TYPE_CHECKING

from reports import content, style
from reports.charts import draw_bars, draw_dots, draw_intervals, draw_strip
from reports.drawing import Box, Circle, Drawing, Line
from reports.flow import draw_flow
from reports.group_charts import draw_heat_map, draw_ladder, draw_profile
from reports.maps import draw_map, draw_quadrant
from reports.pieces import Part, Piece
from reports.tables import draw_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reports.drawing import Pen, Stack
    from reports.style import Font

_COLUMN_GAP = 24.0
_PARAGRAPHS: dict[str, tuple[Font, str]] = {
    "body": (style.BODY, style.TEXT),
    "note": (style.SMALL, style.SUBTLE),
    "absent": (style.BODY, style.SUBTLE),
}


@singledispatch
def draw_block(block: content.Block, _pen: Pen) -> Iterable[Piece]:
    """Draw one block over the width of the column."""
    raise TypeError(f"no drawing for a {type(block).__name__}: register one in reports.blocks")


draw_block.register(content.Table, draw_table)


@draw_block.register(content.Heading)
def _draw_heading(block: content.Heading, pen: Pen) -> Iterable[Piece]:
    yield Piece(_column(pen, block.text, style.HEADING, style.OWN), pen.room(22, 13), "H2", with_next=True)


@draw_block.register(content.Paragraph)
def _draw_paragraph(block: content.Paragraph, pen: Pen) -> Iterable[Piece]:
    font, colour = _PARAGRAPHS[block.style]
    if block.style == "absent":
        yield Piece(_remark(block.text, pen), 10)
        return
    yield Piece(_column(pen, block.text, style.SMALL if pen.small else font, colour), 6)


def _remark(text: str, pen: Pen) -> Drawing:
    """A sentence in the place of what cannot be shown."""
    stack = pen.stack(12, pen.width - 24, 7)
    stack.add(text, style.BODY, style.TEXT)
    height = stack.y + 7
    back = Box(0, 0, pen.width, height, style.WASH, radius=3)
    return Drawing(pen.width, height, (back, *stack.marks))


@draw_block.register(content.Bullets)
def _draw_bullets(block: content.Bullets, pen: Pen) -> Iterable[Piece]:
    last, font = len(block.items) - 1, style.SMALL if pen.small else style.BODY
    for i, item in enumerate(block.items):
        stack = pen.stack(11, pen.width - 11)
        stack.add(item, font, style.TEXT)
        dot = Circle(3, font.leading / 2, 1.5, style.OWN)
        drawing = Drawing(pen.width, stack.y, (dot, *stack.marks))
        part = Part(0, 0, drawing, "LBody", within=(("L", block), ("LI", i)))
        yield Piece(drawing, 3, with_next=i < last and i in {0, last - 1}, parts=(part,))


def _column(pen: Pen, text: str, font: Font, colour: str) -> Drawing:
    stack = pen.stack(0, pen.width)
    stack.add(text, font, colour)
    return Drawing(pen.width, stack.y, tuple(stack.marks))


@draw_block.register(content.Columns)
def _draw_columns(block: content.Columns, pen: Pen) -> Iterable[Piece]:
    """Columns that are never cut, each read to its end before the next."""
    room = pen.width - _COLUMN_GAP * (len(block.columns) - 1)
    parts: list[Part] = []
    x, height = 0.0, 0.0
    for blocks, weight in zip(block.columns, block.weights, strict=True):
        width = room * weight / sum(block.weights)
        drawn = _drawn_column(blocks, replace(pen, width=width))
        parts += [part._replace(x=part.x + x) for part in drawn.parts]
        x, height = x + width + _COLUMN_GAP, max(height, drawn.drawing.height)
    yield Piece(Drawing(pen.width, height, ()), 10, parts=tuple(parts))


def _drawn_column(blocks: Sequence[content.Block], pen: Pen) -> Piece:
    y = 0.0
    parts: list[Part] = []
    for piece in (piece for block in blocks for piece in draw_block(block, pen)):
        y += piece.before if parts else 0.0
        parts += [part._replace(y=part.y + y) for part in piece.as_parts()]
        y += piece.drawing.height
    return Piece(Drawing(pen.width, y, ()), 0, parts=tuple(parts))


@draw_block.register(content.KeyFigures)
def _draw_key_figures(block: content.KeyFigures, pen: Pen) -> Iterable[Piece]:
    columns = max(len(block.figures), 2)
    width = (pen.width - style.GUTTER * (columns - 1)) / columns
    stacks = [_key_figure(f, pen, i * (width + style.GUTTER), width) for i, f in enumerate(block.figures)]
    yield _side_by_side(stacks, pen, 12)


def _key_figure(figure: content.KeyFigure, pen: Pen, x: float, width: float) -> Stack:
    stack = pen.stack(x, width, 6)
    stack.marks.append(Line(x, 0, x + width, 0, style.OWN, 1.2))
    stack.add(figure.value, style.FIGURE, style.MUTED if figure.muted else style.OWN)
    stack.add(figure.label, style.SMALL_STRONG, style.INK)
    stack.add(figure.evidence, style.TINY, style.SUBTLE, before=2)
    return stack


def _side_by_side(stacks: Sequence[Stack], pen: Pen, before: float, below: float = 0.0) -> Piece:
    """Columns of text, each a paragraph of its own."""
    height = max(stack.y for stack in stacks) + below
    parts = tuple(Part(0, 0, Drawing(pen.width, stack.y, tuple(stack.marks)), "P") for stack in stacks)
    marks = tuple(mark for part in parts for mark in part.drawing.marks)
    return Piece(Drawing(pen.width, height, marks), before, parts=parts)


def _under(piece: Piece, before: float, *, title: Part, back: Box | None = None) -> Piece:
    """A piece below its title, on a tinted ground where there is one."""
    ground = () if back is None else (Part(0, 0, Drawing(back.width, back.height, (back,)), "Artifact"),)
    parts = (*ground, title, *piece.parts)
    marks = tuple(mark for part in parts for mark in part.drawing.marks)
    return piece._replace(drawing=piece.drawing._replace(marks=marks), before=before, parts=parts)


@draw_block.register(content.Answers)
def _draw_answers(block: content.Answers, pen: Pen) -> Iterable[Piece]:
    width = (pen.width - style.GUTTER) / 2
    for start in range(0, len(block.answers), 2):
        pair = block.answers[start : start + 2]
        stacks = [_answer(answer, pen, i * (width + style.GUTTER), width) for i, answer in enumerate(pair)]
        yield _side_by_side(stacks, pen, pen.room(13, 8))


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
    width = (pen.width - 2 * pad - style.GUTTER * (count - 1)) / count
    stacks = [
        _action(action, i + 1, pen.stack(pad + i * (width + style.GUTTER), width, top))
        for i, action in enumerate(block.actions)
    ]
    inner = _side_by_side(stacks, pen, 0, below=pad)
    back = Box(0, 0, pen.width, inner.drawing.height, style.WASH, radius=4)
    title = Part(0, 0, Drawing(pen.width, 26, (pen.centred(pad, 18, block.title, style.HEADING, style.INK),)), "H2")
    yield _under(inner, pen.room(14, 9), title=title, back=back)


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
    stack.add(action.owners, style.TINY_STRONG, style.SUBTLE, before=3)
    return stack


@draw_block.register(content.TrustLine)
def _draw_trust_line(block: content.TrustLine, pen: Pen) -> Iterable[Piece]:
    count = len(block.marks)
    width = (pen.width - style.GUTTER * (count - 1)) / count
    stacks = [_trust(mark, pen, i * (width + style.GUTTER), width) for i, mark in enumerate(block.marks)]
    title = Part(0, 0, Drawing(pen.width, 16, (pen.centred(0, 8, block.title, style.HEADING, style.INK),)), "H2")
    yield _under(_side_by_side(stacks, pen, 0), pen.room(14, 9), title=title)


def _trust(mark: content.TrustMark, pen: Pen, x: float, width: float) -> Stack:
    """Three dots say the grade, on a grey printout too."""
    stack = pen.stack(x, width, 21)
    full = content.DOTS[mark.grade]
    for i in range(3):
        fill = style.OWN if i < full else style.WHITE
        stack.marks.append(Circle(x + width - 22 + i * 9, 26.5, 3, fill, style.OWN, 0.8))
    stack.add(mark.aspect, style.SMALL, style.SUBTLE)
    stack.add(mark.verdict, style.STRONG, style.INK)
    stack.add(mark.reason, style.TINY, style.SUBTLE, before=1)
    return stack


@draw_block.register(content.Chart)
def _draw_chart(block: content.Chart, pen: Pen) -> Iterable[Piece]:
    drawing = draw_chart(block, pen, pen.width)
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
draw_chart.register(content.GroupProfile, draw_profile)
draw_chart.register(content.Ladder, draw_ladder)
draw_chart.register(content.HeatMap, draw_heat_map)
