"""Marks on paper as frozen values, measured downwards from the top left in points; knows no PDF."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from reports.style import Font
    from reports.typesetting import Typesetter

Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True)
class Text:
    """A line of text; `x` is its left end, `y` its baseline."""

    x: float
    y: float
    text: str
    font: Font
    colour: str
    width: float


@dataclass(frozen=True)
class Line:
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
    colour: str
    thickness: float = 0.6
    dash: tuple[float, ...] = ()


@dataclass(frozen=True)
class Box:
    """A rectangle, filled or outlined; `radius` rounds its corners."""

    x: float
    y: float
    width: float
    height: float
    fill: str | None = None
    stroke: str | None = None
    radius: float = 0.0


@dataclass(frozen=True)
class Circle:
    """A disc or a ring."""

    x: float
    y: float
    radius: float
    fill: str | None = None
    stroke: str | None = None
    thickness: float = 1.0


@dataclass(frozen=True)
class Polygon:
    """A closed shape with straight sides."""

    points: tuple[tuple[float, float], ...]
    fill: str | None = None
    stroke: str | None = None
    thickness: float = 1.0


@dataclass(frozen=True)
class Ribbon:
    """A band that swings from the interval `left` at `x1` to the interval `right` at `x2`."""

    x1: float
    left: tuple[float, float]
    x2: float
    right: tuple[float, float]
    fill: str


@dataclass(frozen=True)
class Link:
    """A place that leads to a section."""

    x: float
    y: float
    width: float
    height: float
    target: str


DrawnMark = Text | Line | Box | Circle | Polygon | Ribbon | Link


@dataclass(frozen=True)
class Drawing:
    """Marks and the room they take."""

    width: float
    height: float
    marks: tuple[DrawnMark, ...]


@dataclass(frozen=True)
class Pen:
    """Writes lines of text in the language of the report."""

    setter: Typesetter

    def write(self, x: float, y: float, text: str, font: Font, colour: str, anchor: Anchor = "start") -> Text:
        """A line whose start, middle or end stands at `x`, on the baseline `y`."""
        width = self.setter.width(text, font)
        shift = {"start": 0.0, "middle": width / 2, "end": width}[anchor]
        return Text(x - shift, y, text, font, colour, width)

    def write_lines(
        self, x: float, y: float, lines: tuple[str, ...], font: Font, colour: str, anchor: Anchor = "start"
    ) -> tuple[Text, ...]:
        """Lines under each other; `y` is the top of the first."""
        first = y + font.leading * 0.5 + font.size * 0.36
        return tuple(
            self.write(x, first + i * font.leading, line, font, colour, anchor) for i, line in enumerate(lines)
        )
