"""Tables of what charts show, worded, for those who cannot see them or want to read them off; draws nothing."""

from __future__ import annotations

import re
from functools import singledispatch
from typing import TYPE_CHECKING

from analysis.findings import Estimate
from reports import content
from reports.content import Column, Row, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reports.content import Axis, Mark
    from reports.wording import Wording

_DECIMALS = re.compile(r"[.,](\d+)$")
_ABOVE, _BELOW = "▲", "▼"


@singledispatch
def chart_table(chart: content.Chart, _words: Wording) -> Table:
    """Everything a chart shows, in rows."""
    raise TypeError(f"no table for a {type(chart).__name__}: register one in reports.chart_tables")


@chart_table.register(content.PortfolioStrip)
def _of_strip(chart: content.PortfolioStrip, words: Wording) -> Table:
    others = {segment.label: segment.text for segment in chart.category_segments}
    none = words.say("number.none")
    rows = ((each.label, each.text, others.get(each.label, none)) for each in chart.own_segments)
    heads = ("", chart.own, chart.category) if others else ("", chart.own)
    return _table(heads, (row[: len(heads)] for row in rows), words=1)


def _of_compared(chart: content.PortfolioBars | content.DotComparison, words: Wording) -> Table:
    interval = words.say("web.interval")
    heads = ("", chart.own, interval, chart.category, interval, words.say("web.differs"))
    return _table(heads, (_compared(row, words) for row in chart.rows), words=1)


def _compared(row: content.ComparedRow, words: Wording) -> tuple[str, ...]:
    none = words.say("number.none")
    own = _with_interval(row.own, words) if row.own else (row.remark, none)
    sign = none
    if row.differs and row.own and row.category:
        sign = _ABOVE if row.own.value > row.category.value else _BELOW
    return row.label, *own, *_with_interval(row.category, words), sign


chart_table.register(content.PortfolioBars, _of_compared)
chart_table.register(content.DotComparison, _of_compared)


@chart_table.register(content.IntervalRows)
def _of_intervals(chart: content.IntervalRows, words: Wording) -> Table:
    heads = ("", "", chart.axis.title, words.say("web.interval"), "")
    rows = (
        (
            row.label,
            row.sublabel,
            *_with_interval(row.mark, words),
            chart.legend_holds if row.holds else chart.legend_open,
        )
        for row in chart.rows
    )
    return _table(heads, rows, words=2)


@chart_table.register(content.RelationMap)
def _of_map(chart: content.RelationMap, words: Wording) -> Table:
    kinds, none = dict(chart.legend), words.say("number.none")
    heads = ("", "", _named(chart.x), _named(chart.y), words.say("web.share"))
    rows = (
        (
            point.label,
            kinds.get(point.kind, ""),
            words.number(point.x, 2),
            words.number(point.y, 2),
            words.percent(point.size) if point.size else none,
        )
        for point in chart.points
    )
    return _table(heads, rows, words=2)


@chart_table.register(content.FlowDiagram)
def _of_flow(chart: content.FlowDiagram, words: Wording) -> Table:
    rows = (
        (chart.left[link.left].label, chart.right[link.right].label, words.percent(link.share)) for link in chart.links
    )
    return _table((chart.left_title, chart.right_title, words.say("web.share")), rows, words=2)


@chart_table.register(content.RuleQuadrant)
def _of_quadrant(chart: content.RuleQuadrant, words: Wording) -> Table:
    rows = (
        (point.number, point.label, _on(chart.x, point.x, words), _on(chart.y, point.y, words))
        for point in chart.points
    )
    return _table(("", "", _named(chart.x), _named(chart.y)), rows, words=2)


@chart_table.register(content.GroupProfile)
def _of_profile(chart: content.GroupProfile, words: Wording) -> Table:
    rows = (
        (
            row.label,
            *_with_interval(row.own, words),
            words.listed([words.number(other, _digits(row.own.text)) for other in row.others])
            or words.say("number.none"),
        )
        for row in chart.rows
    )
    return _table(("", chart.own, words.say("web.interval"), chart.others), rows, words=1)


@chart_table.register(content.Ladder)
def _of_ladder(chart: content.Ladder, words: Wording) -> Table:
    rows = (
        (rung.label, *_with_interval(rung.share, words), rung.remark, rung.action, rung.owner) for rung in chart.rungs
    )
    columns = (
        Column(""),
        Column(words.say("web.share"), 0.6, "right"),
        Column(words.say("web.interval"), 0.8, "right"),
        *(Column("") for _ in range(3)),
    )
    return Table("", columns, tuple(Row(cells) for cells in rows))


@chart_table.register(content.HeatMap)
def _of_heat_map(chart: content.HeatMap, words: Wording) -> Table:
    rows = ((row.label, *(_in_one(mark, words) for mark in row.cells)) for row in chart.rows)
    return _table(("", *chart.columns), rows, words=1)


def _table(heads: Sequence[str], rows: Iterable[tuple[str, ...]], *, words: int) -> Table:
    """Rows whose first columns hold words and whose other ones hold numbers."""
    columns = tuple(Column(head, align="left" if i < words else "right") for i, head in enumerate(heads))
    return Table("", columns, tuple(Row(cells) for cells in rows))


def _named(axis: Axis) -> str:
    return axis.title or f"{axis.low_end} – {axis.high_end}"


def _on(axis: Axis, value: float, words: Wording) -> str:
    """A place on an axis, worded as its ticks are."""
    return words.percent(value) if any("%" in tick.text for tick in axis.ticks) else words.number(value, 1)


def _in_one(mark: Mark | None, words: Wording) -> str:
    if mark is None:
        return words.say("number.none")
    return words.say("number.with_interval", value=mark.text, interval=_interval(mark, words))


def _with_interval(mark: Mark | None, words: Wording) -> tuple[str, str]:
    none = words.say("number.none")
    return (none, none) if mark is None else (mark.text, _interval(mark, words))


def _interval(mark: Mark, words: Wording) -> str:
    """The bounds, worded as the value between them is."""
    bounds = Estimate(mark.value, mark.low, mark.high, 0)
    return words.share_interval(bounds) if "%" in mark.text else words.number_interval(bounds, _digits(mark.text))


def _digits(text: str) -> int:
    found = _DECIMALS.search(text)
    return len(found[1]) if found else 0
