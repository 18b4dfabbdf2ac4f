"""Draws charts of comparisons: strips, bars, dots and intervals; the numbers are placed, never computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports import style
from reports.drawing import Box, Circle, Drawing, Line, Polygon

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.content import (
        Axis,
        ComparedRow,
        DotComparison,
        IntervalRow,
        IntervalRows,
        Mark,
        PortfolioBars,
        PortfolioStrip,
        Segment,
    )
    from reports.drawing import DrawnMark, Pen
    from reports.style import Font

_LABEL = 158.0
_VALUES = 104.0
_ROW, _TIGHT_ROW = 25.0, 19.5
_INTERVAL_ROW, _TIGHT_INTERVAL_ROW = 26.0, 23.0
_HEADER = 16.0
_AXIS = 20.0
_NARROW = 320.0
"""Below this width a strip has no room for names beside its bars."""
_LETTERS = "ABCDEFGH"
"""Names of the parts of a strip, for readers who cannot tell their colours."""
_LETTER_AT, _NUMBER_AT = 0.27, 0.67
"""How far down its part stand a letter and the number under it."""


@dataclass(frozen=True)
class Ruler:
    """Turns numbers of an axis into places between `start` and `stop`."""

    axis: Axis
    start: float
    stop: float

    def at(self, value: float) -> float:
        """Place of a number; what lies beyond the axis stands at its end."""
        spread = self.axis.high - self.axis.low
        share = (value - self.axis.low) / spread if spread else 0.5
        return self.start + min(max(share, 0.0), 1.0) * (self.stop - self.start)


def diamond(x: float, y: float, radius: float, fill: str, stroke: str) -> Polygon:
    """Mark the category's value."""
    return Polygon(((x, y - radius), (x + radius, y), (x, y + radius), (x - radius, y)), fill, stroke, 0.9)


def triangle(x: float, y: float, size: float, fill: str, *, up: bool) -> Polygon:
    """Point up for clearly above the other brands, down for clearly below."""
    tip = -size if up else size
    return Polygon(((x - size, y - tip / 2), (x + size, y - tip / 2), (x, y + tip)), fill)


def draw_strip(chart: PortfolioStrip, pen: Pen, width: float) -> Drawing:
    """The brand's portfolio in one bar over the category's, with the names of the parts below.

    Names of the bars stand before them, on a narrow drawing above them.
    """
    narrow = width < _NARROW
    left, above = (0.0, 14.0) if narrow else (92.0, 0.0)
    room = width if narrow else left - 8
    own = Box(left, above, width - left, pen.room(30, 27))
    y = own.y + own.height
    marks: list[DrawnMark] = [
        *pen.wrapped(0, 6 if narrow else y / 2, chart.own, style.STRONG, style.OWN, width=room, most=1 + (not narrow)),
        *_segments(chart.own_segments, pen, own, style.STRONG, lettered=True),
    ]
    if chart.category_segments:
        area = Box(left, y + 6 + above, width - left, 16)
        middle = y + 13 if narrow else y + 14
        marks += pen.wrapped(0, middle, chart.category, style.SMALL, style.SUBTLE, width=room, most=1)
        marks += _segments(chart.category_segments, pen, area, style.TINY, lettered=False)
        y = area.y + area.height
    legend, height = _strip_legend(chart.own_segments, pen, Box(left, y + 8, width - left, 0), columns=2 - narrow)
    return Drawing(width, y + 8 + height, (*marks, *legend))


def _segments(segments: Sequence[Segment], pen: Pen, area: Box, font: Font, *, lettered: bool) -> Iterator[DrawnMark]:
    """Parts side by side that fill an area; a part too narrow for its number or its letter bears none."""
    total = sum(segment.share for segment in segments) or 1.0
    x, number_at = area.x, _NUMBER_AT if lettered else 0.5
    for i, segment in enumerate(segments):
        wide = area.width * segment.share / total
        fill, ink = _part(i)
        yield Box(x, area.y, max(wide - 1, 0.3), area.height, fill)
        centre, letter = x + wide / 2 - 0.5, _LETTERS[i : i + 1]
        if lettered and pen.setter.width(letter, style.TINY) + 2 < wide:
            yield pen.centred(centre, area.y + _LETTER_AT * area.height, letter, style.TINY, ink, anchor="middle")
        if _fits(segment, pen, wide, font):
            y = area.y + number_at * area.height
            yield pen.centred(centre, y, segment.text, font, ink, anchor="middle")
        x += wide


def _fits(segment: Segment, pen: Pen, wide: float, font: Font) -> bool:
    return pen.setter.width(segment.text, font) + 4 < wide


def _part(i: int) -> tuple[str, str]:
    """Fill of the i-th part and the colour that is read on it."""
    return style.PARTS[min(i, len(style.PARTS) - 1)]


def _strip_legend(segments: Sequence[Segment], pen: Pen, area: Box, *, columns: int) -> tuple[list[DrawnMark], float]:
    """Letters and names in the order of the bar, in columns; a part too narrow for its number bears it here."""
    total = sum(segment.share for segment in segments) or 1.0
    cell, rows, leading = area.width / columns, -(-len(segments) // columns), pen.room(13, 12.5)
    marks: list[DrawnMark] = []
    for i, segment in enumerate(segments):
        left, middle = area.x + (i // rows) * cell, area.y + (i % rows + 0.5) * leading
        fill, ink = _part(i)
        marks.append(Box(left, middle - 5, 11, 10, fill))
        marks.append(pen.centred(left + 5.5, middle, _LETTERS[i : i + 1], style.TINY, ink, anchor="middle"))
        number = "" if _fits(segment, pen, area.width * segment.share / total, style.STRONG) else segment.text
        room = cell - 30 - pen.setter.width(number, style.SMALL_STRONG)
        label = pen.setter.fitted(segment.label, style.SMALL, room)
        marks.append(pen.centred(left + 16, middle, label, style.SMALL, style.TEXT))
        if number:
            after = left + 20 + pen.setter.width(label, style.SMALL)
            marks.append(pen.centred(after, middle, number, style.SMALL_STRONG, style.INK))
    return marks, rows * leading


def draw_bars(chart: PortfolioBars, pen: Pen, width: float) -> Drawing:
    """Shares as bars with intervals, the category as a diamond under each."""
    ruler = Ruler(chart.axis, _LABEL, width - _VALUES)
    return _compared(chart, pen, width, ruler, bars=True)


def draw_dots(chart: DotComparison, pen: Pen, width: float) -> Drawing:
    """Means as dots with intervals, the category as a diamond under each."""
    ruler = Ruler(chart.axis, _LABEL + 8, width - _VALUES - 8)
    return _compared(chart, pen, width, ruler, bars=False)


def _compared(chart: PortfolioBars | DotComparison, pen: Pen, width: float, ruler: Ruler, *, bars: bool) -> Drawing:
    row_height = pen.room(_ROW, _TIGHT_ROW)
    bottom = _HEADER + row_height * len(chart.rows)
    marks: list[DrawnMark] = [*_grid(ruler, pen, _HEADER, bottom), *_value_heads(chart, pen, width)]
    for i, row in enumerate(chart.rows):
        y = _HEADER + row_height * (i + 0.5)
        marks += _row_label(row, pen, y)
        marks += _bar(row, ruler, y) if bars else _dot(row, ruler, y)
        marks += _category(row, ruler, y + 6.5)
        marks += _row_values(row, pen, width, y)
    return Drawing(width, bottom + _AXIS, tuple(marks))


def _grid(ruler: Ruler, pen: Pen, top: float, bottom: float) -> Iterator[DrawnMark]:
    for tick in ruler.axis.ticks:
        x = ruler.at(tick.at)
        yield Line(x, top, x, bottom, style.RULE, 0.5)
        yield pen.centred(x, bottom + 9, tick.text, style.TINY, style.SUBTLE, anchor="middle")


def _value_heads(chart: PortfolioBars | DotComparison, pen: Pen, width: float) -> Iterator[DrawnMark]:
    half = _VALUES / 2 - 4
    own = pen.setter.fitted(chart.own, style.TINY_STRONG, _LABEL)
    yield pen.centred(width - _VALUES / 2, 6, own, style.TINY_STRONG, style.OWN, anchor="end")
    if any(row.category for row in chart.rows):
        other = pen.setter.fitted(chart.category, style.TINY, half)
        yield pen.centred(width, 6, other, style.TINY, style.SUBTLE, anchor="end")


def _row_label(row: ComparedRow, pen: Pen, y: float) -> Iterator[DrawnMark]:
    font = style.SMALL_STRONG if row.differs else style.SMALL
    colour = style.MUTED if row.muted else style.INK
    yield from pen.wrapped(0, y, row.label, font, colour, width=_LABEL - 14, most=2)


def _row_values(row: ComparedRow, pen: Pen, width: float, y: float) -> Iterator[DrawnMark]:
    x = width - _VALUES / 2
    if row.own is None:
        yield pen.centred(
            width, y, pen.setter.fitted(row.remark, style.TINY, _VALUES), style.TINY, style.MUTED, anchor="end"
        )
        return
    value = pen.centred(x, y, row.own.text, style.STRONG, style.MUTED if row.muted else style.OWN, anchor="end")
    yield value
    if row.category is not None:
        yield pen.centred(width, y, row.category.text, style.SMALL, style.SUBTLE, anchor="end")
        if row.differs:
            yield triangle(value.x - 8, y, 2.8, style.OWN, up=row.own.value > row.category.value)


def _bar(row: ComparedRow, ruler: Ruler, y: float) -> Iterator[DrawnMark]:
    if row.own is None:
        return
    start, fill = ruler.at(ruler.axis.low), style.OTHER_SOFT if row.muted else style.OWN_SOFT
    yield Box(start, y - 9, max(ruler.at(row.own.value) - start, 0.5), 11, fill)
    yield from _whisker(row.own, ruler, y - 3.5, style.MUTED if row.muted else style.OWN, 1.4)
    x = ruler.at(row.own.value)
    yield Line(x, y - 9, x, y + 2, style.MUTED if row.muted else style.OWN, 2.0)


def _dot(row: ComparedRow, ruler: Ruler, y: float) -> Iterator[DrawnMark]:
    if row.own is None:
        return
    colour = style.MUTED if row.muted else style.OWN
    yield from _whisker(row.own, ruler, y - 3.5, colour, 1.6)
    yield Circle(ruler.at(row.own.value), y - 3.5, 3.9, colour)


def _category(row: ComparedRow, ruler: Ruler, y: float) -> Iterator[DrawnMark]:
    if row.category is None:
        return
    yield from _whisker(row.category, ruler, y, style.OTHER, 1.0)
    yield diamond(ruler.at(row.category.value), y, 3.4, style.WHITE, style.SUBTLE)


def _whisker(mark: Mark, ruler: Ruler, y: float, colour: str, thickness: float) -> Iterator[DrawnMark]:
    if mark.low is not None and mark.high is not None:
        yield Line(ruler.at(mark.low), y, ruler.at(mark.high), y, colour, thickness)


def draw_intervals(chart: IntervalRows, pen: Pen, width: float) -> Drawing:
    """Differences with intervals about a line of no difference; open rings for what may be chance."""
    label_width = 206.0
    ruler = Ruler(chart.axis, label_width + 10, width - 52)
    row_height = pen.room(_INTERVAL_ROW, _TIGHT_INTERVAL_ROW)
    bottom = row_height * len(chart.rows) + 4
    zero = ruler.at(0.0)
    marks: list[DrawnMark] = [*_grid(ruler, pen, 2, bottom), Line(zero, 2, zero, bottom, style.SUBTLE, 1.0)]
    for i, row in enumerate(chart.rows):
        marks += _interval_row(row, pen, ruler, row_height * (i + 0.5) + 2, width)
    marks.append(
        pen.centred(
            (ruler.start + ruler.stop) / 2, bottom + 19, chart.axis.title, style.TINY, style.SUBTLE, anchor="middle"
        )
    )
    marks += _interval_legend(chart, pen, bottom + 19)
    return Drawing(width, bottom + 26, tuple(marks))


def _interval_row(row: IntervalRow, pen: Pen, ruler: Ruler, y: float, width: float) -> Iterator[DrawnMark]:
    colour = style.OWN if row.holds else style.MUTED
    room = ruler.start - 18
    label = pen.setter.fitted(row.label, style.SMALL_STRONG, room)
    yield pen.centred(0, y - 4.5, label, style.SMALL_STRONG, style.INK if row.holds else style.SUBTLE)
    yield pen.centred(0, y + 4.8, pen.setter.fitted(row.sublabel, style.TINY, room), style.TINY, style.SUBTLE)
    yield from _whisker(row.mark, ruler, y, colour, 1.6)
    yield Circle(ruler.at(row.mark.value), y, 3.6, style.OWN if row.holds else style.WHITE, colour, 1.2)
    yield pen.centred(width, y, row.mark.text, style.SMALL_STRONG if row.holds else style.SMALL, colour, anchor="end")


def _interval_legend(chart: IntervalRows, pen: Pen, y: float) -> Iterator[DrawnMark]:
    if not chart.legend_holds:
        return
    yield Circle(3.6, y, 3.2, style.OWN, style.OWN)
    held = pen.centred(10, y, chart.legend_holds, style.TINY, style.SUBTLE)
    yield held
    if not all(row.holds for row in chart.rows):
        x = held.x + held.width + 12
        yield Circle(x + 3.6, y, 3.2, style.WHITE, style.MUTED, 1.2)
        yield pen.centred(x + 10, y, chart.legend_open, style.TINY, style.SUBTLE)
