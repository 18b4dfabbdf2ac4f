"""Paints drawings as pictures of their own, SVG or PNG; lays nothing out and opens no file but the embedded fonts."""

from __future__ import annotations

import math
from functools import cache, singledispatchmethod
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from reports import drawing, style
from reports.drawing import Box
from reports.theme import Theme
from reports.vector import measure, shape

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reports.drawing import Drawing, DrawnMark
    from reports.typesetting import Typesetter

_FONTS = Path(__file__).resolve().parent / "fonts"
_FAMILY = "'Noto Sans', system-ui, 'Noto Sans SC', 'WenQuanYi Micro Hei', sans-serif"
_MARGIN = 14.0
_SCREEN = 1.45
"""Pixels to a point of paper: letters of eight points are read on a screen too."""
_BEND = 24
"""Straight pieces that a swinging edge is painted with."""
_FINER = 2
"""Shapes are painted so many times larger and shrunk, which smooths their edges."""

Point = tuple[float, float]


def svg(drawn: Drawing) -> str:
    """Paint a drawing as SVG without scripts or styles."""
    width, height = drawn.width + 2 * _MARGIN, drawn.height + 2 * _MARGIN
    corner, size = f"{measure(-_MARGIN)} {measure(-_MARGIN)}", f"{measure(width)} {measure(height)}"
    plain = Theme()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{corner} {size}" '
        f'width="{measure(_SCREEN * width)}" height="{measure(_SCREEN * height)}" font-family="{_FAMILY}">\n'
        f"{shape(Box(-_MARGIN, -_MARGIN, width, height, style.WHITE), plain)}\n"
        f"{''.join(f'{shape(mark, plain)}' for mark in drawn.marks)}\n</svg>\n"
    )


def screen_size(drawn: Drawing) -> tuple[int, int]:
    """Return how wide and high the SVG of a drawing stands on a page, in whole pixels."""
    return int(_SCREEN * (drawn.width + 2 * _MARGIN)), int(_SCREEN * (drawn.height + 2 * _MARGIN))


def _edge(mark: drawing.Ribbon) -> list[Point]:
    """The outline of a band as points: along its upper edge and back along its lower one."""
    upper = list(_swing((mark.x1, mark.left[0]), (mark.x2, mark.right[0])))
    return [*upper, *_swing((mark.x2, mark.right[1]), (mark.x1, mark.left[1]))]


def _swing(start: Point, end: Point) -> Iterable[Point]:
    """Points of the curve that leaves and arrives level."""
    for part in range(_BEND + 1):
        t = part / _BEND
        across = 1.5 * (1 - t) ** 2 * t + 1.5 * (1 - t) * t**2 + t**3
        up = 3 * (1 - t) * t**2 + t**3
        yield start[0] + across * (end[0] - start[0]), start[1] + up * (end[1] - start[1])


def png(drawn: Drawing, setter: Typesetter, scale: float = 2.0) -> bytes:
    """Paint a drawing as PNG, `scale` pixels to a point, with the fonts that reports embed."""
    content = BytesIO()
    _Canvas(drawn, setter, scale * _FINER).painted(drawn.marks).reduce(_FINER).save(content, "PNG", optimize=True)
    return content.getvalue()


class _Canvas:
    """Pixels that marks are painted on, one after the other."""

    def __init__(self, drawn: Drawing, setter: Typesetter, scale: float) -> None:
        size = tuple(_pixels((side + 2 * _MARGIN) * scale) for side in (drawn.width, drawn.height))
        self._image = Image.new("RGB", (size[0], size[1]), style.WHITE)
        self._pen, self._setter, self._scale = ImageDraw.Draw(self._image), setter, scale

    def painted(self, marks: Iterable[DrawnMark]) -> Image.Image:
        """Paint all marks and give the picture."""
        for mark in marks:
            self._paint(mark)
        return self._image

    def _at(self, x: float, y: float) -> Point:
        return (x + _MARGIN) * self._scale, (y + _MARGIN) * self._scale

    def _wide(self, thickness: float) -> int:
        return max(_pixels(thickness * self._scale), 1)

    @singledispatchmethod
    def _paint(self, mark: DrawnMark) -> None:
        """Paint one mark; a link leads nowhere in a picture."""

    @_paint.register
    def _(self, mark: drawing.Text) -> None:
        size = mark.font.size * self._scale
        places = [
            (run.offset * size / 1000, run.text, _font(run.font, _pixels(size)))
            for run in self._setter.runs(mark.text, mark.font)
        ]
        x, y = self._at(mark.x, mark.y)
        if not mark.upright:
            for offset, text, font in places:
                self._pen.text((x + offset, y), text, mark.colour, font, anchor="ls")
            return
        # Written level on a strip of its own, which is then turned; its baseline lies one size below the edge.
        strip = Image.new("L", (_pixels(mark.width * self._scale) + 2, _pixels(1.5 * size)), 0)
        for offset, text, font in places:
            ImageDraw.Draw(strip).text((offset, size), text, 255, font, anchor="ls")
        turned = strip.rotate(90, expand=True)
        self._image.paste(mark.colour, (_pixels(x - size), _pixels(y - turned.height)), turned)

    @_paint.register
    def _(self, mark: drawing.Line) -> None:
        for start, end in _dashes(mark):
            self._pen.line((self._at(*start), self._at(*end)), mark.colour, self._wide(mark.thickness))

    @_paint.register
    def _(self, mark: drawing.Box) -> None:
        corners = (self._at(mark.x, mark.y), self._at(mark.x + mark.width, mark.y + mark.height))
        radius, outline = mark.radius * self._scale, self._wide(0.6) if mark.stroke else 0
        self._pen.rounded_rectangle(corners, radius, mark.fill, mark.stroke, outline)

    @_paint.register
    def _(self, mark: drawing.Circle) -> None:
        centre, radius = self._at(mark.x, mark.y), mark.radius * self._scale
        self._pen.circle(centre, radius, mark.fill, mark.stroke, self._wide(mark.thickness) if mark.stroke else 0)

    @_paint.register
    def _(self, mark: drawing.Polygon) -> None:
        points = [self._at(*point) for point in mark.points]
        outline = self._wide(mark.thickness) if mark.stroke else 0
        self._pen.polygon(points, mark.fill, mark.stroke, outline)

    @_paint.register
    def _(self, mark: drawing.Ribbon) -> None:
        veil = Image.new("L", self._image.size, 0)
        ImageDraw.Draw(veil).polygon([self._at(*point) for point in _edge(mark)], _pixels(255 * mark.opacity))
        self._image.paste(mark.fill, (0, 0), veil)


def _pixels(length: float) -> int:
    """The nearest whole number of pixels or steps of a shade."""
    return math.floor(length + 0.5)


def _dashes(mark: drawing.Line) -> Iterable[tuple[Point, Point]]:
    """The pieces of a dashed line; a whole one is a single piece."""
    start, end = (mark.x1, mark.y1), (mark.x2, mark.y2)
    length = ((end[0] - start[0]) ** 2 + (end[1] - start[1]) ** 2) ** 0.5
    if not mark.dash or not length:
        yield start, end
        return
    drawn, step = mark.dash[0], mark.dash[0] + mark.dash[-1]
    for number in range(int(length // step) + 1):
        ends = (number * step / length, min((number * step + drawn) / length, 1.0))
        near, far = ((start[0] + t * (end[0] - start[0]), start[1] + t * (end[1] - start[1])) for t in ends)
        yield near, far


@cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(_FONTS / f"{name}.ttf", size)
