"""Finds places for labels beside their points so that no two overlap; arrays in, rectangles out, draws nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_RINGS = (2.0, 6.0, 12.0, 20.0, 30.0, 42.0, 56.0, 72.0)
_DIRECTIONS = (0, 180, 90, -90, 45, -45, 135, -135, 22, -22, 158, -158, 67, -67, 113, -113)
_RING = np.repeat(np.array(_RINGS), len(_DIRECTIONS))
_COSINE = np.tile(np.cos(np.radians(_DIRECTIONS)), len(_RINGS))
_SINE = np.tile(np.sin(np.radians(_DIRECTIONS)), len(_RINGS))
_AT_A_TIME = 8
_BREATH = 1.5
_ROUNDS = 8
_STEPS = 12


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
    discs = _boxes([(p.x - p.radius, p.y - p.radius, 2 * p.radius, 2 * p.radius) for p in points])
    walls = _boxes([(wall.x, wall.y, wall.width, wall.height) for wall in obstacles])
    candidates = [_candidates(point, frame, np.vstack([discs, walls])) for point in points]
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
    order: list[int],
    points: Sequence[Labelled],
    discs: NDArray[np.float64],
    candidates: list[NDArray[np.float64]],
) -> tuple[Rectangle | None, ...]:
    taken = np.empty((0, 4))
    found: dict[int, Rectangle] = {}
    for i in order:
        free = candidates[i][~_hits(candidates[i], taken)] if len(candidates[i]) else candidates[i]
        if len(free):
            others = np.vstack([taken, np.delete(discs, i, axis=0)])
            chosen = _first_clear(points[i], free, others)
            found[i] = Rectangle(*map(float, chosen[0]))
            taken = np.vstack([taken, chosen])
    return tuple(found.get(i) for i in range(len(order)))


def _first_clear(point: Labelled, free: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """The nearest place whose line crosses nothing, else the nearest; looked for a few at a time, as most are clear."""
    for start in range(0, len(free), _AT_A_TIME):
        some = free[start : start + _AT_A_TIME]
        clear = some[~_leads_across(point, some, others)]
        if len(clear):
            return np.asarray(clear[:1])
    return np.asarray(free[:1])


def _candidates(point: Labelled, frame: Rectangle, fixed: NDArray[np.float64]) -> NDArray[np.float64]:
    """Places for one label inside the frame and clear of everything fixed, nearest first.

    Each touches a circle about the point in one of the directions.
    """
    across = point.x + (point.radius + _RING) * _COSINE - point.width * (1 - _COSINE) / 2
    along = point.y - (point.radius + _RING) * _SINE - point.height * (1 + _SINE) / 2
    size = np.ones_like(across)
    places = np.column_stack([across, along, point.width * size, point.height * size])
    inside = (
        (places[:, 0] >= frame.x)
        & (places[:, 1] >= frame.y)
        & (places[:, 0] + places[:, 2] <= frame.x + frame.width)
        & (places[:, 1] + places[:, 3] <= frame.y + frame.height)
    )
    return np.asarray(places[inside & ~_hits(places, fixed)])


def _leads_across(point: Labelled, places: NDArray[np.float64], taken: NDArray[np.float64]) -> NDArray[np.bool_]:
    """At which places a line from the point to its label would run across another label or point."""
    start = np.array([point.x, point.y])
    ends = np.clip(start, places[:, :2], places[:, :2] + places[:, 2:])
    steps = np.linspace(0.0, 1.0, _STEPS)[:, None, None]
    on_line = start + steps * (ends - start)
    inside = (on_line[..., None, :] >= taken[:, :2]) & (on_line[..., None, :] <= taken[:, :2] + taken[:, 2:])
    return np.asarray(inside.all(axis=-1).any(axis=(0, 2)))


def _boxes(rows: list[tuple[float, float, float, float]]) -> NDArray[np.float64]:
    return np.array(rows, dtype=float).reshape(-1, 4)


def _hits(places: NDArray[np.float64], taken: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which places overlap anything taken, with room to breathe between them."""
    a, b = places[:, None, :], taken[None, :, :]
    across = (a[..., 0] < b[..., 0] + b[..., 2] + _BREATH) & (b[..., 0] < a[..., 0] + a[..., 2] + _BREATH)
    along = (a[..., 1] < b[..., 1] + b[..., 3] + _BREATH / 2) & (b[..., 1] < a[..., 1] + a[..., 3] + _BREATH / 2)
    return np.asarray((across & along).any(axis=1))
