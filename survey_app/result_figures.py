"""The drawings of the results page as SVG of their own, to be looked at and taken along; computes no statistics."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil

from analysis.findings import StudyFindings
from reports.placement import Labelled, Rectangle, place_labels

WIDTH, HEIGHT, LEFT, BOTTOM, EDGE = 720, 420, 56, 44, 20
INK, SUBTLE, RULE, DATA, BAND, OWN = "#1c2530", "#55606d", "#dad7d0", "#0b5587", "#bdbab3", "#0b6b60"
MOST_EIGENVALUES, TICKS = 15, 4
MAP_HEIGHT, RADIUS, SMALL, FAR, LATIN = 560, 4.5, 11, 14, 0x2E80
# Drawn stronger than the relationships of the catalogue, which are the same in every study.
OURS = {"archetype": OWN, "brand": DATA}
FONT = "system-ui, 'Noto Sans', 'Noto Sans SC', 'WenQuanYi Micro Hei', sans-serif"


@dataclass(frozen=True)
class Said:
    """The words on a drawing."""

    x: str
    y: str
    data: str
    reference: str
    labels: Mapping[str, str]
    number: Callable[[float], str] = str


def figure(found: StudyFindings, name: str, said: Said) -> str | None:
    """Return a drawing by its name; None where there is no such drawing, or nothing to draw."""
    return FIGURES[name](found, said) if name in FIGURES else None


def _retention(found: StudyFindings, said: Said) -> str | None:
    """Eigenvalues beside those of data without factors."""
    if not found.factors or not found.factors.eigenvalues:
        return None
    values = found.factors.eigenvalues[:MOST_EIGENVALUES]
    reference = found.factors.reference_eigenvalues[: len(values)]
    frame = _Frame(1, len(values), 0, TICKS * ceil(max(*values, *reference, 1) / TICKS))
    marks = [_dot(frame.x(number), frame.y(value)) for number, value in enumerate(values, start=1)]
    lines = [_line(frame, values, DATA), _line(frame, reference, BAND, dashed=True) if reference else ""]
    keep = len(found.factors.factors)
    cut = _rule((frame.x(keep + 0.5), EDGE), (frame.x(keep + 0.5), HEIGHT - BOTTOM), OWN, 'stroke-dasharray="2 4"')
    numbers = {number: str(number) for number in range(1, len(values) + 1)}
    return _drawn([*frame.axes(said, numbers), *lines, cut, *marks, *_legend(said)])


def _number(found: StudyFindings, said: Said) -> str | None:
    """Prediction strength of each number of groups on the band of data without groups."""
    candidates = found.archetypes.candidates if found.archetypes else ()
    if not candidates:
        return None
    frame = _Frame(candidates[0].k - 0.5, candidates[-1].k + 0.5, 0, 1)
    bands = [
        _rule(
            (frame.x(one.k), frame.y(one.null_mean - 2 * one.null_sd)),
            (frame.x(one.k), frame.y(one.null_mean + 2 * one.null_sd)),
            BAND,
            'stroke-width="12"',
        )
        for one in candidates
    ]
    marks = [_dot(frame.x(one.k), frame.y(one.prediction_strength), OWN if one.chosen else DATA) for one in candidates]
    numbers = {one.k: str(one.k) for one in candidates}
    return _drawn([*frame.axes(said, numbers), *bands, *marks, *_legend(said)])


def _map(found: StudyFindings, said: Said) -> str | None:
    """The relationships of the catalogue, with archetypes and brands among them."""
    drawn = found.typology.map if found.typology else None
    if drawn is None or not drawn.points:
        return None
    xs, ys = [point.x for point in drawn.points], [point.y for point in drawn.points]
    frame = _Frame(min(xs), max(xs), min(ys), max(ys), height=MAP_HEIGHT)
    named = [said.labels.get(f"{point.kind}:{point.key}", point.key) for point in drawn.points]
    points = [
        Labelled(frame.x(point.x), frame.y(point.y), RADIUS, _width(name), SMALL + 3, weight=point.kind in OURS)
        for point, name in zip(drawn.points, named, strict=True)
    ]
    places = place_labels(points, Rectangle(0, 0, WIDTH, MAP_HEIGHT))
    marks = []
    for point, at, name, place in zip(drawn.points, points, named, places, strict=True):
        colour = OURS.get(point.kind, SUBTLE)
        parts = [f"<title>{escape(name)}</title>", _dot(at.x, at.y, colour)]
        if place is not None:
            look = f'font-size="{SMALL}" fill="{colour}"' + (' font-weight="600"' if point.kind in OURS else "")
            parts += [_leader(at, place), _text((place.x, place.y + SMALL), name, look)]
        marks.append(f"<g>{''.join(parts)}</g>")
    return _drawn(marks, MAP_HEIGHT)


def _width(name: str) -> float:
    """Return about how wide a label is: a Chinese character is as wide as it is high."""
    return sum(SMALL if ord(letter) > LATIN else 0.62 * SMALL for letter in name)


def _leader(at: Labelled, place: Rectangle) -> str:
    """Lead from a label to its point where others lie between them."""
    x = min(max(at.x, place.x), place.x + place.width)
    y = min(max(at.y, place.y), place.y + place.height)
    far = abs(x - at.x) + abs(y - at.y) > FAR
    return _rule((at.x, at.y), (x, y), BAND) if far else ""


FIGURES: dict[str, Callable[[StudyFindings, Said], str | None]] = {
    "retention": _retention,
    "number_of_archetypes": _number,
    "map": _map,
}


class _Frame:
    """Axes: where values lie on the drawing."""

    def __init__(self, left: float, right: float, low: float, high: float, height: float = HEIGHT) -> None:
        self._left, self._low, self._height = left, low, height
        self._across, self._up = (right - left) or 1.0, (high - low) or 1.0

    def x(self, value: float) -> float:
        return LEFT + (value - self._left) / self._across * (WIDTH - LEFT - EDGE)

    def y(self, value: float) -> float:
        place = (value - self._low) / self._up
        return self._height - BOTTOM - min(max(place, 0.0), 1.0) * (self._height - BOTTOM - EDGE)

    def axes(self, said: Said, numbers: Mapping[int, str]) -> list[str]:
        base, small = HEIGHT - BOTTOM, f'font-size="11" fill="{SUBTLE}"'
        parts = [_text((self.x(at), base + 16), text, f'{small} text-anchor="middle"') for at, text in numbers.items()]
        for part in range(TICKS + 1):
            value = self._low + self._up * part / TICKS
            parts.append(_rule((LEFT, self.y(value)), (WIDTH - EDGE, self.y(value)), RULE))
            parts.append(_text((LEFT - 8, self.y(value) + 4), said.number(value), f'{small} text-anchor="end"'))
        named = f'font-size="12" fill="{INK}"'
        parts.append(_text(((LEFT + WIDTH) / 2, HEIGHT - 8), said.x, f'{named} text-anchor="middle"'))
        parts.append(_text((LEFT, 12), said.y, named))
        return parts


def _text(at: tuple[float, float], text: str, look: str) -> str:
    return f'<text x="{at[0]:.1f}" y="{at[1]:.1f}" {look}>{escape(text)}</text>'


def _rule(start: tuple[float, float], end: tuple[float, float], colour: str, look: str = "") -> str:
    ends = f'x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}"'
    return f'<line {ends} stroke="{colour}" {look}/>'


def _dot(x: float, y: float, colour: str = DATA) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{colour}"/>'


def _line(frame: _Frame, values: Sequence[float], colour: str, *, dashed: bool = False) -> str:
    points = " ".join(f"{frame.x(number):.1f},{frame.y(value):.1f}" for number, value in enumerate(values, start=1))
    dash = ' stroke-dasharray="6 4"' if dashed else ""
    return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>'


def _legend(said: Said) -> list[str]:
    look = f'font-size="12" fill="{INK}"'
    band = f'<rect x="{WIDTH - 256}" y="48" width="12" height="8" fill="{BAND}"/>'
    data = _dot(WIDTH - 250, 34) + _text((WIDTH - 240, 38), said.data, look)
    return [data, band + _text((WIDTH - 240, 56), said.reference, look)]


def _drawn(parts: Sequence[str], height: float = HEIGHT) -> str:
    inside = "\n".join(part for part in parts if part)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'font-family="{FONT}">\n<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>\n{inside}\n</svg>\n'
    )
