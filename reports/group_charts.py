"""Draws charts of groups and levels: a profile among others, a ladder, a heat map; the numbers are placed only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports import style
from reports.charts import Ruler
from reports.drawing import Box, Circle, Drawing, Line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.content import GroupProfile, HeatMap, HeatRow, Ladder, Mark, ProfileRow, Rung
    from reports.drawing import DrawnMark, Pen
    from reports.style import Font

_PROFILE_ROW, _PROFILE_LABEL, _PROFILE_VALUE = 19.0, 92.0, 22.0
_RUNG, _TIGHT_RUNG = 54.0, 49.0
_RUNG_LABEL, _RUNG_BAR, _RUNG_VALUE = 74.0, 118.0, 34.0
_HEAT_ROW, _HEAT_HEAD, _HEAT_LABEL = 21.0, 34.0, 128.0
_LEAST_SIZE, _IDEOGRAPHS = 5.0, "\u2e80"
"""Points; the first character of scripts that may be broken anywhere."""


def draw_profile(chart: GroupProfile, pen: Pen, width: float) -> Drawing:
    """A dot with interval for the group on each scale, strokes for the others."""
    ruler = Ruler(chart.axis, _PROFILE_LABEL + 6, width - _PROFILE_VALUE - 8)
    bottom = _PROFILE_ROW * len(chart.rows)
    marks: list[DrawnMark] = []
    for tick in chart.axis.ticks:
        x = ruler.at(tick.at)
        marks.append(Line(x, 0, x, bottom, style.RULE, 0.5))
        marks.append(pen.centred(x, bottom + 7, tick.text, style.TINY, style.SUBTLE, anchor="middle"))
    for i, row in enumerate(chart.rows):
        marks += _profile_row(row, pen, ruler, _PROFILE_ROW * (i + 0.5), width)
    marks += _profile_legend(chart, pen, bottom + 19, width)
    return Drawing(width, bottom + 25, tuple(marks))


def _profile_row(row: ProfileRow, pen: Pen, ruler: Ruler, y: float, width: float) -> Iterator[DrawnMark]:
    yield from pen.wrapped(0, y, row.label, style.TINY, style.INK, width=_PROFILE_LABEL, most=2)
    for other in row.others:
        x = ruler.at(other)
        yield Line(x, y - 4, x, y + 4, style.OTHER, 0.9)
    if row.own.low is not None and row.own.high is not None:
        yield Line(ruler.at(row.own.low), y, ruler.at(row.own.high), y, style.OWN, 1.6)
    yield Circle(ruler.at(row.own.value), y, 3.4, style.OWN)
    yield pen.centred(width, y, row.own.text, style.SMALL_STRONG, style.OWN, anchor="end")


def _profile_legend(chart: GroupProfile, pen: Pen, y: float, width: float) -> Iterator[DrawnMark]:
    yield Circle(3.4, y, 3.0, style.OWN)
    own = pen.centred(10, y, pen.setter.fitted(chart.own, style.TINY, width * 0.6), style.TINY, style.SUBTLE)
    yield own
    x = own.x + own.width + 12
    yield Line(x, y - 4, x, y + 4, style.OTHER, 0.9)
    others = pen.setter.fitted(chart.others, style.TINY, width - x - 6)
    yield pen.centred(x + 6, y, others, style.TINY, style.SUBTLE)


def draw_ladder(chart: Ladder, pen: Pen, width: float) -> Drawing:
    """A rung for each level: its share as a bar, and beside it what to do and who."""
    height = pen.room(_RUNG, _TIGHT_RUNG)
    ruler = Ruler(chart.axis, _RUNG_LABEL, _RUNG_LABEL + _RUNG_BAR)
    marks = [mark for i, rung in enumerate(chart.rungs) for mark in _rung(rung, pen, ruler, height * i, width)]
    return Drawing(width, height * len(chart.rungs), tuple(marks))


def _rung(rung: Rung, pen: Pen, ruler: Ruler, top: float, width: float) -> Iterator[DrawnMark]:
    height = pen.room(_RUNG, _TIGHT_RUNG)
    middle = top + height / 2
    colour = style.MUTED if rung.muted else style.OWN
    yield Line(0, top, width, top, style.RULE, 0.5)
    yield from pen.wrapped(0, middle, rung.label, style.SMALL_STRONG, style.INK, width=_RUNG_LABEL - 8, most=3)
    fill = style.OTHER_SOFT if rung.muted else style.OWN_SOFT
    yield Box(ruler.start, middle - 7, max(ruler.at(rung.share.value) - ruler.start, 0.5), 14, fill)
    if rung.share.low is not None and rung.share.high is not None:
        yield Line(ruler.at(rung.share.low), middle, ruler.at(rung.share.high), middle, colour, 1.4)
    value = ruler.stop + _RUNG_VALUE
    yield pen.centred(value, middle, rung.share.text, style.STRONG, colour, anchor="end")
    stack = pen.stack(value + 16, width - value - 16, top + 4)
    stack.add(rung.owner, style.TINY_STRONG, style.OWN)
    for line in pen.setter.lines(rung.action, style.SMALL, stack.width)[:2]:
        stack.add(pen.setter.fitted(line, style.SMALL, stack.width), style.SMALL, style.INK)
    stack.add(pen.setter.fitted(rung.remark, style.TINY, stack.width), style.TINY, style.SUBTLE)
    yield from stack.marks


def draw_heat_map(chart: HeatMap, pen: Pen, width: float) -> Drawing:
    """Cells shaded by their number, which stands in them."""
    cell = (width - _HEAT_LABEL) / max(len(chart.columns), 1)
    marks: list[DrawnMark] = []
    head = _heat_head(chart, pen, cell - 4)
    for i, column in enumerate(chart.columns):
        x = _HEAT_LABEL + cell * (i + 0.5)
        lines = pen.setter.lines(column, head, cell - 4)[:3]
        for j, line in enumerate(lines):
            y = _HEAT_HEAD - 6 - style.TINY.leading * (len(lines) - 1 - j)
            fitted = pen.setter.fitted(line, head, cell - 2)
            marks.append(pen.centred(x, y, fitted, head, style.SUBTLE, anchor="middle"))
    for i, row in enumerate(chart.rows):
        marks += _heat_row(chart, row, pen, cell, _HEAT_HEAD + _HEAT_ROW * i)
    return Drawing(width, _HEAT_HEAD + _HEAT_ROW * len(chart.rows), tuple(marks))


def _heat_head(chart: HeatMap, pen: Pen, width: float) -> Font:
    """As large as the longest word of the heads allows: without hyphens a word broken in two is misread."""
    words = [word for column in chart.columns for word in column.split() if max(word) < _IDEOGRAPHS]
    longest = max((pen.setter.width(word, style.TINY_STRONG) for word in words), default=0.0)
    fitting = style.TINY_STRONG.size * (width - 0.1) / max(longest, width - 0.1)
    return style.TINY_STRONG._replace(size=max(fitting, _LEAST_SIZE))


def _heat_row(chart: HeatMap, row: HeatRow, pen: Pen, cell: float, top: float) -> Iterator[DrawnMark]:
    middle = top + _HEAT_ROW / 2
    yield from pen.wrapped(0, middle, row.label, style.TINY_STRONG, style.INK, width=_HEAT_LABEL - 8, most=2)
    for i, mark in enumerate(row.cells):
        if mark is None:
            continue
        x = _HEAT_LABEL + cell * i
        fill, ink = _heat(mark, chart.low, chart.high)
        yield Box(x + 0.5, top + 0.5, cell - 1, _HEAT_ROW - 1, fill)
        yield pen.centred(x + cell / 2, middle, mark.text, style.SMALL, ink, anchor="middle")


def _heat(mark: Mark, low: float, high: float) -> tuple[str, str]:
    """Fill of a cell, the darker the greater its number, and the ink that is read on it."""
    steps = len(style.RAMP)
    share = (mark.value - low) / (high - low) if high > low else 0.5
    shade = steps - 1 - min(max(int(share * steps), 0), steps - 1)
    return style.RAMP[shade], style.WHITE if shade < style.DARK_SHADES else style.INK
