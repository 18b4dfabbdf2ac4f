"""Where relationships, archetypes and brands stand on the map, and where there is room for their names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.findings import RelationshipMap
from analysis.findings.typology import PointKind
from reports.drawing import Circle, Drawing, DrawnMark, Line, Pen
from reports.placement import Labelled, Rectangle, place_labels
from reports.style import INK, OTHER, OTHER_SOFT, OWN, SMALL, SMALL_STRONG, SUBTLE, TINY, WARN, Font

WIDTH, HEIGHT, EDGE, RADIUS, FAR = 493.0, 384.0, 10.0, 3.2, 10.0
NAMED_FIRST: Mapping[PointKind, int] = {"relationship": 0, "brand": 1, "archetype": 2}
FONTS: Mapping[PointKind, Font] = {"relationship": TINY, "brand": SMALL, "archetype": SMALL_STRONG}
COLOURS: Mapping[PointKind, str] = {"relationship": SUBTLE, "brand": OWN, "archetype": WARN}


@dataclass(frozen=True)
class Spot:
    """One point of the map, in points from the top left, and the box of its name; None where there is no room."""

    kind: PointKind
    key: str
    name: str
    x: float
    y: float
    label: Rectangle | None


def spots(found: RelationshipMap, names: Mapping[str, str], pen: Pen) -> tuple[Spot, ...]:
    """Return every point with its name beside it; archetypes and brands are given room first."""
    xs, ys = [point.x for point in found.points], [point.y for point in found.points]
    across, up = (max(xs) - min(xs)) or 1.0, (max(ys) - min(ys)) or 1.0
    called = [names.get(f"{point.kind}:{point.key}", point.key) for point in found.points]
    places = [
        Labelled(
            EDGE + (point.x - min(xs)) / across * (WIDTH - 2 * EDGE),
            EDGE + (max(ys) - point.y) / up * (HEIGHT - 2 * EDGE),
            RADIUS,
            pen.setter.width(name, FONTS[point.kind]),
            1.2 * FONTS[point.kind].size,
            weight=NAMED_FIRST[point.kind],
        )
        for point, name in zip(found.points, called, strict=True)
    ]
    rooms = place_labels(places, Rectangle(0, 0, WIDTH, HEIGHT))
    return tuple(
        Spot(point.kind, point.key, name, at.x, at.y, room)
        for point, name, at, room in zip(found.points, called, places, rooms, strict=True)
    )


def draw_spots(placed: tuple[Spot, ...], pen: Pen) -> Drawing:
    """Draw the map with what has a name on top."""
    marks: list[DrawnMark] = []
    for spot in sorted(placed, key=lambda spot: NAMED_FIRST[spot.kind]):
        marks += _marks(spot, pen)
    return Drawing(WIDTH, HEIGHT, tuple(marks))


def _marks(spot: Spot, pen: Pen) -> list[DrawnMark]:
    colour, font = COLOURS[spot.kind], FONTS[spot.kind]
    dot = Circle(spot.x, spot.y, RADIUS, OTHER if spot.kind == "relationship" else colour)
    if spot.label is None:
        return [dot]
    ink = INK if spot.kind == "brand" else colour
    name = pen.write(spot.label.x, spot.label.y + 0.95 * font.size, spot.name, font, ink)
    return [dot, *_leader(spot, spot.label), name]


def _leader(spot: Spot, room: Rectangle) -> list[DrawnMark]:
    """Lead from a name to its point where others lie between them."""
    x = min(max(spot.x, room.x), room.x + room.width)
    y = min(max(spot.y, room.y), room.y + room.height)
    return [Line(spot.x, spot.y, x, y, OTHER_SOFT)] if abs(x - spot.x) + abs(y - spot.y) > FAR else []
