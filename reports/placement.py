"""Finds places for labels beside their points so that no two overlap; rectangles in and out, draws nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

_RINGS = (2.0, 6.0, 12.0, 20.0, 30.0, 42.0, 56.0, 72.0)
_DIRECTIONS = (0, 180, 90, -90, 45, -45, 135, -135, 22, -22, 158, -158, 67, -67, 113, -113)
_RING = np.repeat(np.array(_RINGS), len(_DIRECTIONS))
_COSINE = np.tile(np.cos(np.radians(_DIRECTIONS)), len(_RINGS))
_SINE = np.tile(np.sin(np.radians(_DIRECTIONS)), len(_RINGS))
_BREATH = 1.5
_ROUNDS = 8

_Place = tuple[float, float, float, float]
"""Left, top, right and bottom: plain numbers, because they are compared by the ten thousand."""
_Line = tuple[float, float, float, float]
"""Where a line begins, across and down, and where it ends."""


@dataclass(frozen=True)
class Rectangle:
    """A rectangle with its upper left corner at (x, y)."""

    x: float
    y: float
    width: float
    height: float

    def overlaps(self, other: Rectangle) -> bool:
        """Whether the two share any area."""
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )

    def contains(self, other: Rectangle) -> bool:
        """Whether the other lies wholly inside."""
        return (
            self.x <= other.x
            and self.y <= other.y
            and other.x + other.width <= self.x + self.width
            and other.y + other.height <= self.y + self.height
        )


@dataclass(frozen=True)
class Labelled:
    """A point of a given radius and the size of its label; greater `weight` is served first."""

    x: float
    y: float
    radius: float
    width: float
    height: float
    weight: int = 0


def place_labels(
    points: Sequence[Labelled], frame: Rectangle, obstacles: Sequence[Rectangle] = ()
) -> tuple[Rectangle | None, ...]:
    """Give each label a place inside the frame, clear of all points, obstacles and other labels.

    Near places are taken first. A label that finds none is served earlier in the next round; None where even
    that does not help.
    """
    discs = [(p.x - p.radius, p.y - p.radius, p.x + p.radius, p.y + p.radius) for p in points]
    walls = [(wall.x, wall.y, wall.x + wall.width, wall.y + wall.height) for wall in obstacles]
    candidates = _candidates(points, frame, [*discs, *walls])
    urgency = [0] * len(points)
    best: tuple[Rectangle | None, ...] = (None,) * len(points)
    for _ in range(_ROUNDS):
        order = sorted(range(len(points)), key=lambda i: (-points[i].weight, -urgency[i], len(candidates[i])))
        placed = _placed(order, points, discs, candidates)
        if placed.count(None) < best.count(None) or best.count(None) == len(points):
            best = placed
        if None not in placed:
            break
        urgency = [u + (place is None) for u, place in zip(urgency, placed, strict=True)]
    return best


def _placed(
    order: list[int], points: Sequence[Labelled], discs: list[_Place], candidates: list[list[_Place]]
) -> tuple[Rectangle | None, ...]:
    taken: list[_Place] = []
    lines: list[_Line] = []
    found: dict[int, Rectangle] = {}
    for i in order:
        chosen = _nearest(points[i], candidates[i], taken, [*discs[:i], *discs[i + 1 :]], lines)
        if chosen is not None:
            left, top, right, bottom = chosen
            found[i] = Rectangle(left, top, right - left, bottom - top)
            taken.append(chosen)
            lines.append(_line(points[i], chosen))
    return tuple(found.get(i) for i in range(len(order)))


def _nearest(
    point: Labelled, candidates: list[_Place], taken: list[_Place], others: list[_Place], lines: list[_Line]
) -> _Place | None:
    """The nearest free place that covers no other's line and whose own crosses nothing, else the nearest free one."""
    nearest = None
    for place in candidates:
        if _hits(place, taken):
            continue
        own = [_line(point, place)]
        if not (_any_across(own, taken) or _any_across(own, others) or _any_across(lines, [place])):
            return place
        nearest = nearest or place
    return nearest


def _line(point: Labelled, place: _Place) -> _Line:
    """From a point to the nearest edge of its label."""
    x, y = point.x, point.y
    left, top, right, bottom = place
    return x, y, left if x < left else min(x, right), top if y < top else min(y, bottom)


def _hits(place: _Place, taken: list[_Place]) -> bool:
    """Whether a place overlaps anything taken, with room to breathe between them."""
    left, top = place[0] - _BREATH, place[1] - _BREATH / 2
    right, bottom = place[2] + _BREATH, place[3] + _BREATH / 2
    for x1, y1, x2, y2 in taken:  # noqa: SIM110 - any() of a generator takes three times as long
        if left < x2 and x1 < right and top < y2 and y1 < bottom:
            return True
    return False


def _any_across(lines: list[_Line], rooms: list[_Place]) -> bool:
    """Whether any of the lines runs across any of the rooms."""
    for x, y, end_x, end_y in lines:
        left, right = (x, end_x) if x < end_x else (end_x, x)
        top, bottom = (y, end_y) if y < end_y else (end_y, y)
        for room in rooms:
            beside = room[2] < left or room[0] > right or room[3] < top or room[1] > bottom
            if not beside and _crosses(x, y, end_x - x, end_y - y, room):
                return True
    return False


def _crosses(x: float, y: float, across: float, along: float, room: _Place) -> bool:
    """Whether a line from (x, y), so far across and along, that shares the rows and columns of a room enters it."""
    left, top = along * (room[0] - x), across * (room[1] - y)
    right, bottom = along * (room[2] - x), across * (room[3] - y)
    sides = (top - left, bottom - left, top - right, bottom - right)
    return min(sides) <= 0 <= max(sides)  # else all four corners lie on the same side of the line


def _candidates(points: Sequence[Labelled], frame: Rectangle, fixed: list[_Place]) -> list[list[_Place]]:
    """Places for each label inside the frame and clear of everything fixed, nearest first.

    Each touches a circle about its point in one of the directions.
    """
    measures = [(point.x, point.y, point.radius, point.width, point.height) for point in points]
    x, y, radius, width, height = np.array(measures, dtype=float).reshape(-1, 5).T[..., None]
    left = x + (radius + _RING) * _COSINE - width * (1 - _COSINE) / 2
    top = y - (radius + _RING) * _SINE - height * (1 + _SINE) / 2
    right, bottom = left + width, top + height
    free = (left >= frame.x) & (top >= frame.y)
    free &= (right <= frame.x + frame.width) & (bottom <= frame.y + frame.height)
    for x1, y1, x2, y2 in fixed:  # a loop, as all of them at once would fill arrays too large for the processor's store
        meets = (left < x2 + _BREATH) & (right > x1 - _BREATH)
        free &= ~(meets & (top < y2 + _BREATH / 2) & (bottom > y1 - _BREATH / 2))
    places = np.stack([left, top, right, bottom], axis=1)
    return [list(zip(*of_one[:, clear].tolist(), strict=True)) for of_one, clear in zip(places, free, strict=True)]
