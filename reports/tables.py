"""Draws tables as pieces, a row each, their cells told apart for those who do not see them."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from reports import style
from reports.drawing import Drawing, Line
from reports.pieces import Part, Piece

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reports.content import Row, Table
    from reports.drawing import Anchor, Pen
    from reports.pieces import Within
    from reports.style import Font

HEAD_ROW = -1
"""Number of the row of titles."""
_CELL_PAD, _TIGHT_CELL_PAD = 2.5, 1.6
_GAP = 8.0
_BY_HAND = 52.0
_TOGETHER = 3
_WHOLE = 10
_STRETCH = 1.7
"""What needs more than so many times its room is broken into lines all the same."""
_ROUNDING = 0.01

_Edges = tuple[float, float]
"""Left end and width of a column."""


def draw_table(block: Table, pen: Pen) -> Iterable[Piece]:
    """A caption, a head, rows and a note."""
    if block.caption:
        yield _written(block.caption, style.CAPTION, pen, before=14, role="Caption")
    places = _places(block, pen)
    head = _row(block, tuple(column.title for column in block.columns), pen, style.TINY_STRONG, places, head=True)
    yield Piece(head.drawing, 4, with_next=True, parts=head.parts)
    for i, row in enumerate(block.rows):
        drawn = _body_row(block, i, row, pen, places)
        yield Piece(drawn.drawing, 0, head=head.drawing, with_next=_stays(i, block), parts=drawn.parts)
    if block.note:
        yield _written(block.note, style.TINY, pen, before=4, role="Note")


def _written(text: str, font: Font, pen: Pen, *, before: float, role: str) -> Piece:
    stack = pen.stack(0, pen.width)
    stack.add(text, font, style.INK if font.bold else style.SUBTLE)
    return Piece(Drawing(pen.width, stack.y, tuple(stack.marks)), before, role, with_next=role == "Caption")


def _stays(i: int, table: Table) -> bool:
    """Whether a row shares the page of what follows.

    Short tables stay whole; of long ones both ends stay, and rows that go on with the name of the one above.
    """
    after = len(table.rows) - 1 - i
    if after == 0:
        return bool(table.note)
    goes_on = not table.rows[i + 1].cells[0]
    return goes_on or len(table.rows) <= _WHOLE or i < _TOGETHER - 1 or after < _TOGETHER


def _places(table: Table, pen: Pen) -> list[_Edges]:
    """Left end and width of each column: by weight, but numbers, then names, get what they lack from wider columns."""
    room = pen.width - _GAP * (len(table.columns) - 1)
    total = sum(column.weight for column in table.columns)
    widths = [room * column.weight / total for column in table.columns]
    if not table.by_hand:
        longest = [_longest(table, i, pen) for i in range(len(widths))]
        for align in ("right", "left"):
            widths = _evened(widths, longest, [column.align == align for column in table.columns])
    starts = accumulate((width + _GAP for width in widths[:-1]), initial=0.0)
    return list(zip(starts, widths, strict=True))


def _longest(table: Table, column: int, pen: Pen) -> float:
    """Width of the widest cell of a column on one line, and of the widest word of its head."""
    cells = [
        pen.setter.width(row.cells[column], style.SMALL_STRONG if row.strong else style.SMALL) for row in table.rows
    ]
    head = [pen.setter.width(word, style.TINY_STRONG) for word in table.columns[column].title.split()]
    return max([*cells, *head], default=0.0) + _ROUNDING


def _evened(widths: Sequence[float], longest: Sequence[float], asking: Sequence[bool]) -> list[float]:
    """The widths with what some columns lack taken from those with room to spare, in proportion to it."""
    lacking = [
        need - width if asks and width < need <= width * _STRETCH else 0.0
        for width, need, asks in zip(widths, longest, asking, strict=True)
    ]
    spare = [max(width - need, 0.0) for width, need in zip(widths, longest, strict=True)]
    if not sum(lacking) or not sum(spare):
        return list(widths)
    moved = min(sum(lacking), sum(spare))
    give, take = moved / sum(spare), moved / sum(lacking)
    return [width + lack * take - free * give for width, lack, free in zip(widths, lacking, spare, strict=True)]


def _body_row(table: Table, i: int, row: Row, pen: Pen, places: Sequence[_Edges]) -> Piece:
    """Of a muted row the numbers are grey; what they are about stays as readable as in others."""
    font = style.SMALL_STRONG if row.strong else style.SMALL
    return _row(table, row.cells, pen, font, places, number=i, muted=row.muted)


def _row(
    table: Table,
    cells: Sequence[str],
    pen: Pen,
    font: Font,
    places: Sequence[_Edges],
    *,
    number: int = HEAD_ROW,
    head: bool = False,
    muted: bool = False,
) -> Piece:
    """Cells side by side over a rule; those of the head stand at its foot."""
    lines = [pen.setter.lines(cell, font, width) for cell, (_, width) in zip(cells, places, strict=True)]
    most, pad = max(len(cell) for cell in lines), pen.room(_CELL_PAD, _TIGHT_CELL_PAD)
    leading = font.leading * pen.leading
    height = most * leading + 2 * pad
    height = max(height, _BY_HAND) if table.by_hand and not head else height
    ink = style.SUBTLE if head else style.INK
    colours = (ink, style.SUBTLE if head or muted else style.INK)
    within: tuple[Within, ...] = (("Table", table), ("TR", number))
    parts = [
        Part(
            0,
            0,
            _cell(
                cell,
                font,
                pen,
                colours=colours,
                edges=edges,
                top=pad + leading * ((most - len(cell)) * head),
                left=left,
            ),
            "TH" if head or (column == 0 and left) else "TD",
            within=within,
        )
        for column, (cell, edges, left) in enumerate(
            zip(lines, places, (c.align == "left" for c in table.columns), strict=True)
        )
    ]
    colour, thickness = (style.SUBTLE, 0.8) if head else (style.RULE, 0.5)
    rule = Drawing(pen.width, height, (Line(0, height, pen.width, height, colour, thickness),))
    marks = tuple(mark for part in parts for mark in part.drawing.marks)
    return Piece(Drawing(pen.width, height, (*marks, *rule.marks)), 0, parts=(*parts, Part(0, 0, rule, "Artifact")))


def _cell(
    lines: Sequence[str],
    font: Font,
    pen: Pen,
    *,
    colours: tuple[str, str],
    edges: _Edges,
    top: float,
    left: bool,
) -> Drawing:
    """Names begin at the left of their column, numbers end at its right."""
    x, width = edges
    edge, colour = (x, colours[0]) if left else (x + width, colours[1])
    anchor: Anchor = "start" if left else "end"
    leading = font.leading * pen.leading
    marks = tuple(
        pen.centred(edge, top + leading * (i + 0.5), line, font, colour, anchor=anchor) for i, line in enumerate(lines)
    )
    return Drawing(width, leading * len(lines), marks)
