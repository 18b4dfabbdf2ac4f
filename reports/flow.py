"""Draws the flow from the relationships customers have to the ones they want."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports import style
from reports.drawing import Box, Drawing, Ribbon

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.content import FlowDiagram, FlowNode
    from reports.drawing import Anchor, DrawnMark, Pen

_HEIGHT = 262.0
_TOP = 20.0
_SIDE = 122.0
_NODE = 9.0
_GAP = 9.0
_LEAST = 1.0
_KEPT, _MOVED = (style.OTHER_SOFT, 1.0), (style.OWN, 0.45)
"""Colour and opacity of the bands."""

Span = tuple[float, float]


def draw_flow(chart: FlowDiagram, pen: Pen, width: float) -> Drawing:
    """Bands from left to right: pale for what is wanted as it is, blue for what is wanted otherwise."""
    left, right = _spans(chart.left), _spans(chart.right)
    x1, x2 = _SIDE, width - _SIDE
    marks: tuple[DrawnMark, ...] = (
        *_ribbons(chart, left, right, x1 + _NODE, x2 - _NODE),
        *_nodes(chart.left, left, pen, x1, outward=-1),
        *_nodes(chart.right, right, pen, x2 - _NODE, outward=1),
        pen.centred(x1 + _NODE, 6, chart.left_title, style.SMALL_STRONG, style.INK, anchor="end"),
        pen.centred(x2 - _NODE, 6, chart.right_title, style.SMALL_STRONG, style.INK),
        *_legend(chart, pen, width, _TOP + _HEIGHT + 14),
    )
    return Drawing(width, _TOP + _HEIGHT + 21, marks)


def _spans(nodes: Sequence[FlowNode]) -> list[Span]:
    """From where to where each node reaches, one under the other."""
    total = sum(node.share for node in nodes) or 1.0
    room = _HEIGHT - _GAP * (len(nodes) - 1)
    spans, y = [], _TOP
    for node in nodes:
        height = room * node.share / total
        spans.append((y, y + height))
        y += height + _GAP
    return spans


def _ribbons(chart: FlowDiagram, left: list[Span], right: list[Span], x1: float, x2: float) -> Iterator[DrawnMark]:
    """Bands in the order of their ends, so that they leave and arrive without crossing at a node."""
    leaving, arriving = [span[0] for span in left], [span[0] for span in right]
    units = [_unit([link.share for link in chart.links if link.left == i], span) for i, span in enumerate(left)]
    ends = [_unit([link.share for link in chart.links if link.right == i], span) for i, span in enumerate(right)]
    drawn = []
    for link in sorted(chart.links, key=lambda link: (link.left, link.right)):
        start, stop = leaving[link.left], arriving[link.right]
        leaving[link.left] += link.share * units[link.left]
        arriving[link.right] += link.share * ends[link.right]
        same = chart.left[link.left].label == chart.right[link.right].label
        band = (start, leaving[link.left]), (stop, arriving[link.right])
        drawn.append((same, Ribbon(x1, band[0], x2, band[1], *(_KEPT if same else _MOVED))))
    yield from (ribbon for same, ribbon in drawn if same)
    yield from (ribbon for same, ribbon in drawn if not same)


def _unit(shares: Sequence[float], span: Span) -> float:
    """Points for one unit of share, so that a node's bands fill it."""
    return (span[1] - span[0]) / (sum(shares) or 1.0)


def _nodes(
    nodes: Sequence[FlowNode], spans: Sequence[Span], pen: Pen, x: float, *, outward: int
) -> Iterator[DrawnMark]:
    edge = x - 6 if outward < 0 else x + _NODE + 6
    for node, (top, bottom) in zip(nodes, spans, strict=True):
        yield Box(x, top, _NODE, max(bottom - top, _LEAST), style.OWN)
        middle = (top + bottom) / 2
        anchor: Anchor = "end" if outward < 0 else "start"
        value = pen.centred(edge, middle, node.text, style.SMALL_STRONG, style.OWN, anchor=anchor)
        yield value
        beside = value.x - 5 if outward < 0 else value.x + value.width + 5
        room = _SIDE - value.width - 14
        yield from pen.wrapped(beside, middle, node.label, style.SMALL, style.INK, width=room, most=2, anchor=anchor)


def _legend(chart: FlowDiagram, pen: Pen, width: float, y: float) -> Iterator[DrawnMark]:
    x = _SIDE
    for look, name in ((_KEPT, chart.legend_same), (_MOVED, chart.legend_other)):
        yield Ribbon(x, (y - 3.5, y + 3.5), x + 12, (y - 3.5, y + 3.5), *look)
        label = pen.centred(x + 17, y, pen.setter.fitted(name, style.SMALL, width / 3), style.SMALL, style.TEXT)
        yield label
        x = label.x + label.width + 18
