"""Draws the charts in which labels need places: the relation map and the quadrant of rules."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reports import style
from reports.charts import Ruler
from reports.content import MapPoint
from reports.drawing import Box, Circle, Drawing, LateMarks, Line, Text
from reports.placement import Labelled, Rectangle, place_labels

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.content import Axis, PointKind, QuadrantPoint, RelationMap, RuleQuadrant
    from reports.drawing import DrawnMark, Pen
    from reports.style import Font

_MAP_HEIGHT, _TIGHT_MAP_HEIGHT = 322.0, 300.0
_PLAIN_MAP_HEIGHT, _TIGHT_PLAIN_MAP_HEIGHT = 184.0, 160.0
_BUBBLE = 26.0
_LEGEND_BUBBLE = 0.02
"""Radius of a bubble that would stand for everything; areas are in proportion to shares."""
_QUADRANT_HEIGHT, _TIGHT_QUADRANT_HEIGHT = 250.0, 186.0
_INSET = 12.0
_NAME_ROOM = 82.0
_LONGEST_LABEL = 190.0
_BETWEEN_WORDS = 6.0
_LEGEND_BELOW, _LEGEND_ROW, _LEGEND_POINT, _LEGEND_GAP = 28.0, 13.0, 14.0, 16.0
_LEADER_FROM = 8.0
_LINE_HEIGHT = 1.2
_ASCENT = 0.95


@dataclass(frozen=True)
class _Look:
    """How a kind of point looks: its radius, its label, and how early the label is served."""

    radius: float
    font: Font
    colour: str
    weight: int


_LOOKS: dict[PointKind, _Look] = {
    "catalogue": _Look(1.9, style.TINY, style.SUBTLE, 0),
    "group": _Look(0.0, style.SMALL_STRONG, style.WARN, 1),
    "rival": _Look(3.2, style.SMALL, style.INK, 2),
    "own": _Look(5.5, style.STRONG, style.OWN, 3),
}
_RULE, _RULE_POINTED_OUT = _Look(3.3, style.TINY, style.SUBTLE, 0), _Look(4.2, style.SMALL_STRONG, style.WARN, 1)


def draw_map(chart: RelationMap, pen: Pen, width: float) -> Drawing:
    """Brands and relationships in a frame, each with its name."""
    crowded = any(point.kind == "catalogue" for point in chart.points)
    heights = (_MAP_HEIGHT, _TIGHT_MAP_HEIGHT) if crowded else (_PLAIN_MAP_HEIGHT, _TIGHT_PLAIN_MAP_HEIGHT)
    frame = Rectangle(16, 0, width - 16, pen.room(*heights))
    x = Ruler(chart.x, frame.x + 2 * _INSET, frame.x + frame.width - _NAME_ROOM)
    y = Ruler(chart.y, frame.y + frame.height - _INSET, frame.y + _INSET)
    shared = _sharing(chart.points)
    places = [(x.at(points[0].x), y.at(points[0].y)) for points in shared]
    texts = [tuple(point.label for point in points) for points in shared]
    looks = [_look(points[0]) for points in shared]
    legend = tuple(_legend(chart, pen, frame.x, frame.height + _LEGEND_BELOW))
    lowest = max((mark.y for mark in legend if isinstance(mark, Text)), default=frame.height + 13)

    def marks() -> Iterator[DrawnMark]:
        yield Box(frame.x, frame.y, frame.width, frame.height, style.WASH, radius=3)
        yield from _zero_lines(x, y, frame)
        yield from _across(chart.x, pen, frame, 10)
        yield from _upwards(chart.y, pen, frame.x - 8, frame)
        yield from (mark for (point, *_), place in zip(shared, places, strict=True) for mark in _point(point, *place))
        yield from _labels(texts, looks, places, pen=pen, frame=frame)
        yield from legend

    return Drawing(width, lowest + 4, LateMarks(marks))


def _look(point: MapPoint) -> _Look:
    look = _LOOKS[point.kind]
    return replace(look, radius=_BUBBLE * math.sqrt(point.size)) if point.kind == "group" else look


def _sharing(points: Sequence[MapPoint]) -> list[list[MapPoint]]:
    """Points by place: relationships of one place share a dot and have their names under each other."""
    shared: dict[tuple[object, ...], list[MapPoint]] = {}
    for i, point in enumerate(points):
        place = (point.x, point.y) if point.kind == "catalogue" else (i,)
        shared.setdefault(place, []).append(point)
    return list(shared.values())


def _zero_lines(x: Ruler, y: Ruler, frame: Rectangle) -> Iterator[DrawnMark]:
    if x.axis.low < 0 < x.axis.high:
        yield Line(x.at(0), frame.y, x.at(0), frame.y + frame.height, style.WHITE, 1.5)
    if y.axis.low < 0 < y.axis.high:
        yield Line(frame.x, y.at(0), frame.x + frame.width, y.at(0), style.WHITE, 1.5)


def _across(axis: Axis, pen: Pen, frame: Rectangle, below: float) -> Iterator[DrawnMark]:
    """Words at the ends and the middle of the horizontal axis."""
    y, right = frame.y + frame.height + below, frame.x + frame.width
    yield pen.centred(frame.x, y, f"← {axis.low_end}", style.TINY_STRONG, style.SUBTLE)
    yield pen.centred(right, y, f"{axis.high_end} →", style.TINY_STRONG, style.SUBTLE, anchor="end")
    yield pen.centred((frame.x + right) / 2, y, axis.title, style.TINY, style.SUBTLE, anchor="middle")


def _upwards(axis: Axis, pen: Pen, x: float, frame: Rectangle) -> Iterator[DrawnMark]:
    """Words at the ends and the middle of the upright axis, running upwards."""
    bottom = frame.y + frame.height
    low = pen.upright(x, bottom, f"← {axis.low_end}", style.TINY_STRONG, style.SUBTLE)
    high = pen.upright(x, frame.y, f"{axis.high_end} →", style.TINY_STRONG, style.SUBTLE, anchor="end")
    title = pen.upright(x, (frame.y + bottom) / 2, axis.title, style.TINY, style.SUBTLE, anchor="middle")
    yield low
    yield high
    if max(low.width, high.width) + title.width / 2 + _BETWEEN_WORDS < frame.height / 2:
        yield title


def _labels(
    texts: Sequence[tuple[str, ...]],
    looks: Sequence[_Look],
    places: Sequence[tuple[float, float]],
    *,
    pen: Pen,
    frame: Rectangle,
    obstacles: Sequence[Rectangle] = (),
) -> Iterator[DrawnMark]:
    """Names beside their points; a name for which there is no room is left out."""
    labels = [
        [pen.write(0, 0, pen.setter.fitted(text, look.font, _LONGEST_LABEL), look.font, look.colour) for text in names]
        for names, look in zip(texts, looks, strict=True)
    ]
    points = [
        Labelled(*place, look.radius, max(line.width for line in lines), len(lines) * _leading(look), look.weight)
        for place, look, lines in zip(places, looks, labels, strict=True)
    ]
    inside = Rectangle(frame.x + 3, frame.y + 3, frame.width - 6, frame.height - 6)
    for point, look, lines, found in zip(points, looks, labels, place_labels(points, inside, obstacles), strict=True):
        if found is not None:
            yield from _leader(point, found)
            yield from _lines(lines, look, found, point.x)


def _leading(look: _Look) -> float:
    return look.font.size * _LINE_HEIGHT


def _lines(lines: Sequence[Text], look: _Look, room: Rectangle, point_x: float) -> Iterator[Text]:
    """Lines under each other, flush with the side that is nearer to the point."""
    flush_right = room.x + room.width <= point_x
    for i, line in enumerate(lines):
        x = room.x + room.width - line.width if flush_right else room.x
        yield line._replace(x=x, y=room.y + i * _leading(look) + look.font.size * _ASCENT)


def _leader(point: Labelled, label: Rectangle) -> Iterator[DrawnMark]:
    """A line to a label that stands too far from its point to be taken for its own."""
    x = min(max(point.x, label.x), label.x + label.width)
    y = min(max(point.y, label.y), label.y + label.height)
    if math.hypot(x - point.x, y - point.y) > point.radius + _LEADER_FROM:
        yield Line(point.x, point.y, x, y, style.OTHER, 0.5)


def _point(point: MapPoint, x: float, y: float) -> Iterator[DrawnMark]:
    kind, radius = point.kind, _look(point).radius
    if kind == "group":
        yield Circle(x, y, radius, style.WARN_SOFT, style.WARN, 0.9)
    elif kind == "catalogue":
        yield Circle(x, y, radius, style.OTHER)
    elif kind == "rival":
        yield Box(x - radius, y - radius, 2 * radius, 2 * radius, style.SUBTLE)
    else:
        yield Circle(x, y, radius, style.OWN, style.WHITE, 1.2)


def _legend(chart: RelationMap, pen: Pen, x: float, y: float) -> Iterator[DrawnMark]:
    """Kinds of points beside each other, in a further row where they are too long for one."""
    left = x
    for kind, name in chart.legend:
        words = pen.setter.fitted(name, style.SMALL, pen.width - left - _LEGEND_POINT)
        width = _LEGEND_POINT + pen.setter.width(words, style.SMALL)
        if x > left and x + width > pen.width:
            x, y = left, y + _LEGEND_ROW
        yield from _point(MapPoint(name, 0, 0, kind, _LEGEND_BUBBLE), x + 5, y)
        yield pen.centred(x + _LEGEND_POINT, y, words, style.SMALL, style.TEXT)
        x += width + _LEGEND_GAP


def draw_quadrant(chart: RuleQuadrant, pen: Pen, width: float) -> Drawing:
    """Rules by importance and breach, numbered as in the table; those pointed out bear their names."""
    frame = Rectangle(44, 0, width - 44, pen.room(_QUADRANT_HEIGHT, _TIGHT_QUADRANT_HEIGHT))
    x = Ruler(chart.x, frame.x + _INSET, frame.x + frame.width - _INSET)
    y = Ruler(chart.y, frame.y + frame.height - _INSET, frame.y + 2 * _INSET)
    corners = tuple(_corners(chart, pen, frame))
    places = [(x.at(point.x), y.at(point.y)) for point in chart.points]
    looks = [_RULE_POINTED_OUT if point.strong else _RULE for point in chart.points]
    texts = [(f"{point.number}  {point.label}" if point.strong else point.number,) for point in chart.points]

    def marks() -> Iterator[DrawnMark]:
        yield Box(frame.x, frame.y, frame.width, frame.height, style.WASH, radius=3)
        yield from _quarters(chart, x, y, frame)
        yield from corners
        yield from _ticks(pen, x, y, frame)
        yield from _across(chart.x, pen, frame, 23)
        yield from _upwards(chart.y, pen, 8, frame)
        yield from _labels(texts, looks, places, pen=pen, frame=frame, obstacles=[_room_of(each) for each in corners])
        yield from (_rule_point(*each) for each in zip(chart.points, looks, places, strict=True))

    return Drawing(width, frame.height + 30, LateMarks(marks))


def _quarters(chart: RuleQuadrant, x: Ruler, y: Ruler, frame: Rectangle) -> Iterator[DrawnMark]:
    """The quarter to repair first is tinted; dashed lines part the quarters."""
    across, up = x.at(chart.x_split), y.at(chart.y_split)
    right, bottom = frame.x + frame.width, frame.y + frame.height
    yield Box(across, frame.y, right - across, up - frame.y, style.WARN_SOFT)
    yield Line(across, frame.y, across, bottom, style.OTHER, 0.7, (2, 2))
    yield Line(frame.x, up, right, up, style.OTHER, 0.7, (2, 2))


def _corners(chart: RuleQuadrant, pen: Pen, frame: Rectangle) -> Iterator[Text]:
    """Names of the quarters in the corners of the frame."""
    left, right = frame.x + 6, frame.x + frame.width - 6
    top, bottom = frame.y + 8, frame.y + frame.height - 8
    top_left, top_right, bottom_left, bottom_right = chart.corners
    yield pen.centred(left, top, top_left, style.TINY, style.SUBTLE)
    yield pen.centred(right, top, top_right, style.TINY_STRONG, style.WARN, anchor="end")
    yield pen.centred(left, bottom, bottom_left, style.TINY, style.SUBTLE)
    yield pen.centred(right, bottom, bottom_right, style.TINY, style.SUBTLE, anchor="end")


def _room_of(label: Text) -> Rectangle:
    return Rectangle(label.x, label.y - label.font.size * _ASCENT, label.width, label.font.size * _LINE_HEIGHT)


def _ticks(pen: Pen, x: Ruler, y: Ruler, frame: Rectangle) -> Iterator[DrawnMark]:
    for tick in x.axis.ticks:
        place = frame.y + frame.height + 9
        yield pen.centred(x.at(tick.at), place, tick.text, style.TINY, style.SUBTLE, anchor="middle")
    for tick in y.axis.ticks:
        yield pen.centred(frame.x - 5, y.at(tick.at), tick.text, style.TINY, style.SUBTLE, anchor="end")


def _rule_point(point: QuadrantPoint, look: _Look, place: tuple[float, float]) -> Circle:
    colour = style.MUTED if point.muted and not point.strong else look.colour
    return Circle(*place, look.radius, colour, style.WHITE, 0.8)
