"""Where relationships, archetypes and brands stand on the map, and where there is room for their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import hypot

from analysis.findings import MapPoint, RelationshipMap
from analysis.findings.typology import PointKind
from reports.drawing import Circle, Drawing, DrawnMark, Line, Pen
from reports.placement import Labelled, Rectangle, place_labels
from reports.style import INK, OTHER, OTHER_SOFT, OWN, SMALL, SMALL_STRONG, SUBTLE, TINY, WARN, Font

WIDTH, HEIGHT, EDGE, RADIUS, FAR = 493.0, 384.0, 10.0, 3.2, 10.0
NEIGHBOURS = 3
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

    @property
    def leader(self) -> tuple[float, float] | None:
        """From the point to the near edge of its name, where others lie between them."""
        if self.label is None:
            return None
        x = min(max(self.x, self.label.x), self.label.x + self.label.width) - self.x
        y = min(max(self.y, self.label.y), self.label.y + self.label.height) - self.y
        return (x, y) if abs(x) + abs(y) > FAR else None


@dataclass(frozen=True)
class Near:
    """A relationship of the catalogue and how far away it is on the map."""

    key: str
    distance: float


@dataclass(frozen=True)
class ListedPoint:
    """One point of the map with the relationships nearest to it, for those who do not see the map."""

    point: MapPoint
    nearest: tuple[Near, ...]


def listed_points(found: RelationshipMap) -> tuple[ListedPoint, ...]:
    """Return every point of the map with the relationships nearest to it, itself left out."""
    catalogue = [point for point in found.points if point.kind == "relationship"]
    return tuple(ListedPoint(point, _nearest(point, catalogue)) for point in found.points)


def _nearest(point: MapPoint, catalogue: Sequence[MapPoint]) -> tuple[Near, ...]:
    away = [Near(one.key, hypot(one.x - point.x, one.y - point.y)) for one in catalogue if one is not point]
    return tuple(sorted(away, key=lambda near: near.distance)[:NEIGHBOURS])


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
    if spot.leader is None:
        return [dot, name]
    return [dot, Line(spot.x, spot.y, spot.x + spot.leader[0], spot.y + spot.leader[1], OTHER_SOFT), name]
