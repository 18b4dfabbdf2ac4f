"""Turns drawings into SVG that stands in a web page: text stays text, nothing is styled inline; places nothing."""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING

from markupsafe import Markup

from reports import drawing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reports.theme import Theme


def drawn(picture: drawing.Drawing, theme: Theme, *, label: str) -> Markup:
    """Give a drawing as an SVG element: one image to those who hear it, with its name and what it shows."""
    return Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}" focusable="false">{}</svg>').format(
        measure(picture.width),
        measure(picture.height),
        label,
        Markup().join(shape(mark, theme) for mark in picture.marks),
    )


@singledispatch
def shape(mark: drawing.DrawnMark, _theme: Theme) -> Markup:
    """Give one mark as an element, in the customer's colours where there are any."""
    raise TypeError(f"no element for a {type(mark).__name__}: register it in reports.vector")


@shape.register(drawing.Text)
def _text(mark: drawing.Text, theme: Theme) -> Markup:
    """Give a line the width it was measured at, whatever font a browser finds: labels never run into each other."""
    turned = (
        Markup(' transform="rotate(-90 {} {})"').format(measure(mark.x), measure(mark.y)) if mark.upright else Markup()
    )
    weight = Markup(' font-weight="700"') if mark.font.bold else Markup()
    length = (
        Markup(' textLength="{}" lengthAdjust="spacingAndGlyphs"').format(measure(mark.width)) if mark.width else ""
    )
    return Markup('<text x="{}" y="{}" font-size="{}" fill="{}"{}{}{}>{}</text>').format(
        measure(mark.x),
        measure(mark.y),
        measure(mark.font.size),
        theme.colour(mark.colour),
        weight,
        length,
        turned,
        mark.text,
    )


@shape.register(drawing.Line)
def _line(mark: drawing.Line, theme: Theme) -> Markup:
    dash = Markup(' stroke-dasharray="{}"').format(" ".join(map(measure, mark.dash))) if mark.dash else Markup()
    return Markup('<line x1="{}" y1="{}" x2="{}" y2="{}" stroke="{}" stroke-width="{}"{}/>').format(
        *map(measure, (mark.x1, mark.y1, mark.x2, mark.y2)), theme.colour(mark.colour), measure(mark.thickness), dash
    )


@shape.register(drawing.Box)
def _box(mark: drawing.Box, theme: Theme) -> Markup:
    return Markup('<rect x="{}" y="{}" width="{}" height="{}" rx="{}"{}/>').format(
        *map(measure, (mark.x, mark.y, mark.width, mark.height, mark.radius)), _paint(mark, theme, 0.6)
    )


@shape.register(drawing.Circle)
def _circle(mark: drawing.Circle, theme: Theme) -> Markup:
    return Markup('<circle cx="{}" cy="{}" r="{}"{}/>').format(
        *map(measure, (mark.x, mark.y, mark.radius)), _paint(mark, theme, mark.thickness)
    )


@shape.register(drawing.Polygon)
def _polygon(mark: drawing.Polygon, theme: Theme) -> Markup:
    return Markup('<polygon points="{}"{}/>').format(_points(mark.points), _paint(mark, theme, mark.thickness))


@shape.register(drawing.Ribbon)
def _ribbon(mark: drawing.Ribbon, theme: Theme) -> Markup:
    middle = (mark.x1 + mark.x2) / 2
    way = (
        f"M{_points([(mark.x1, mark.left[0])])}"
        f"C{_points([(middle, mark.left[0]), (middle, mark.right[0]), (mark.x2, mark.right[0])])}"
        f"L{_points([(mark.x2, mark.right[1])])}"
        f"C{_points([(middle, mark.right[1]), (middle, mark.left[1]), (mark.x1, mark.left[1])])}Z"
    )
    return Markup('<path d="{}" fill="{}" fill-opacity="{}"/>').format(
        way, theme.colour(mark.fill), measure(mark.opacity)
    )


@shape.register(drawing.Link)
def _link(_mark: drawing.Link, _theme: Theme) -> Markup:
    """A page has links of its own."""
    return Markup()


def _paint(mark: drawing.Box | drawing.Circle | drawing.Polygon, theme: Theme, thickness: float) -> Markup:
    fill = Markup(' fill="{}"').format(theme.colour(mark.fill) if mark.fill else "none")
    if not mark.stroke:
        return fill
    return fill + Markup(' stroke="{}" stroke-width="{}"').format(theme.colour(mark.stroke), measure(thickness))


def _points(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{measure(x)},{measure(y)}" for x, y in points)


def measure(number: float) -> str:
    """Give a measure in points; no screen shows less than a hundredth."""
    return str(int(number * 100) / 100).removesuffix(".0")
