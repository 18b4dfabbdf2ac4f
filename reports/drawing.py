"""Marks on paper as frozen values, measured downwards from the top left in points; knows no PDF.

They are named tuples: a report has some ten thousand, and frozen dataclasses take four times as long to make.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

from reports import style

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from reports.style import Font
    from reports.typesetting import Typesetter

Anchor = Literal["start", "middle", "end"]


class Text(NamedTuple):
    """A line of text that begins at `x` on the baseline `y`; an upright one runs upwards from there."""

    x: float
    y: float
    text: str
    font: Font
    colour: str
    width: float
    upright: bool = False


class Line(NamedTuple):
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
    colour: str
    thickness: float = 0.6
    dash: tuple[float, ...] = ()


class Box(NamedTuple):
    """A rectangle, filled or outlined; `radius` rounds its corners."""

    x: float
    y: float
    width: float
    height: float
    fill: str | None = None
    stroke: str | None = None
    radius: float = 0.0


class Circle(NamedTuple):
    """A disc or a ring."""

    x: float
    y: float
    radius: float
    fill: str | None = None
    stroke: str | None = None
    thickness: float = 1.0


class Polygon(NamedTuple):
    """A closed shape with straight sides."""

    points: tuple[tuple[float, float], ...]
    fill: str | None = None
    stroke: str | None = None
    thickness: float = 1.0


class Ribbon(NamedTuple):
    """A band that swings from the interval `left` at `x1` to the interval `right` at `x2`."""

    x1: float
    left: tuple[float, float]
    x2: float
    right: tuple[float, float]
    fill: str
    opacity: float = 1.0


class Link(NamedTuple):
    """A place that leads to a section; `name` says where to."""

    x: float
    y: float
    width: float
    height: float
    target: str
    name: str = ""


DrawnMark = Text | Line | Box | Circle | Polygon | Ribbon | Link


class Drawing(NamedTuple):
    """Marks and the room they take."""

    width: float
    height: float
    marks: Iterable[DrawnMark]


class LateMarks:
    """Marks that are made when they are first looked at: dear ones, of drawings that may not be kept."""

    def __init__(self, make: Callable[[], Iterable[DrawnMark]]) -> None:
        self._make = make

    def __iter__(self) -> Iterator[DrawnMark]:
        return iter(self._made)

    @cached_property
    def _made(self) -> tuple[DrawnMark, ...]:
        return tuple(self._make())


@dataclass(frozen=True)
class Pen:
    """Writes lines of text in the language of the report; a tight one is for sections that would else spill over.

    `leading` is the part of a font's own distance of lines that it keeps, `width` that of the column it writes in;
    a small one sets running text as notes are set.
    """

    setter: Typesetter
    tight: bool = False
    leading: float = 1.0
    width: float = style.CONTENT_WIDTH
    small: bool = False

    def room(self, loose: float, tight: float) -> float:
        """Give the height that something is allowed, as the section is set loosely or tightly."""
        return tight * self.leading if self.tight else loose

    def write(self, x: float, y: float, text: str, font: Font, colour: str, *, anchor: Anchor = "start") -> Text:
        """Write a line whose start, middle or end stands at `x`, on the baseline `y`."""
        width = self.setter.width(text, font)
        shift = {"start": 0.0, "middle": width / 2, "end": width}[anchor]
        return Text(x - shift, y, text, font, colour, width)

    def upright(self, x: float, y: float, text: str, font: Font, colour: str, *, anchor: Anchor = "start") -> Text:
        """Write a line that runs upwards and whose lower end, middle or upper end stands at `y`, centred on `x`."""
        width = self.setter.width(text, font)
        shift = {"start": 0.0, "middle": width / 2, "end": width}[anchor]
        return Text(x + font.size * 0.36, y + shift, text, font, colour, width, upright=True)

    def centred(self, x: float, y: float, text: str, font: Font, colour: str, *, anchor: Anchor = "start") -> Text:
        """Write a line whose letters are centred on the height `y`."""
        return self.write(x, y + font.size * 0.36, text, font, colour, anchor=anchor)

    def wrapped(
        self,
        x: float,
        y: float,
        text: str,
        font: Font,
        colour: str,
        *,
        width: float,
        most: int,
        anchor: Anchor = "start",
    ) -> tuple[Text, ...]:
        """Write at most so many lines, centred on the height `y`; what does not fit is cut with an ellipsis."""
        lines = list(self.setter.lines(text, font, width))
        if len(lines) > most:
            lines[most - 1 :] = [self.setter.fitted(" ".join(lines[most - 1 :]), font, width)]
        top = y - font.leading * (len(lines) - 1) / 2
        return tuple(
            self.centred(x, top + i * font.leading, line, font, colour, anchor=anchor) for i, line in enumerate(lines)
        )

    def stack(self, x: float, width: float, y: float = 0.0) -> Stack:
        """Start a column of text."""
        return Stack(self, x, width, y)


@dataclass
class Stack:
    """A column that text is set into from the top down; `y` is where the next line begins."""

    pen: Pen
    x: float
    width: float
    y: float
    marks: list[DrawnMark] = field(default_factory=list)

    def add(self, text: str, font: Font, colour: str, *, before: float = 0.0, balanced: bool = False) -> None:
        """Set a text in as many lines as it takes; an empty text takes no room."""
        if not text:
            return
        self.y += before
        leading = font.leading * self.pen.leading
        for line in self.pen.setter.lines(text, font, self.width, balanced=balanced):
            self.marks.append(self.pen.centred(self.x, self.y + leading / 2, line, font, colour))
            self.y += leading

    def skip(self, height: float) -> None:
        """Leave room."""
        self.y += height
