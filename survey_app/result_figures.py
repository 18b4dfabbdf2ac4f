"""The drawings of the results page as SVG of their own, to be looked at and taken along; computes no statistics."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from analysis.findings import StudyFindings

WIDTH, HEIGHT, LEFT, BOTTOM, EDGE = 720, 420, 56, 44, 20
INK, SUBTLE, RULE, DATA, BAND, OWN = "#1c2530", "#55606d", "#dad7d0", "#0b5587", "#bdbab3", "#0b6b60"
MOST_EIGENVALUES, TICKS = 15, 4
FONT = "system-ui, 'Noto Sans', 'Noto Sans SC', 'WenQuanYi Micro Hei', sans-serif"


@dataclass(frozen=True)
class Said:
    """The words on a drawing."""

    x: str
    y: str
    data: str
    reference: str
    labels: Mapping[str, str]


def figure(found: StudyFindings, name: str, said: Said) -> str | None:
    """Return a drawing by its name; None where there is no such drawing, or nothing to draw."""
    return FIGURES[name](found, said) if name in FIGURES else None


def _retention(found: StudyFindings, said: Said) -> str | None:
    """Eigenvalues beside those of data without factors."""
    if not found.factors or not found.factors.eigenvalues:
        return None
    values = found.factors.eigenvalues[:MOST_EIGENVALUES]
    reference = found.factors.reference_eigenvalues[: len(values)]
    frame = _Frame(1, len(values), 0, max(*values, *reference, 1))
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
    frame = _Frame(min(xs), max(xs), min(ys), max(ys), square=True)
    colours = {"archetype": OWN, "brand": DATA}
    marks = []
    for point in drawn.points:
        colour, at = colours.get(point.kind, SUBTLE), (frame.x(point.x), frame.y(point.y))
        label = said.labels.get(f"{point.kind}:{point.key}", point.key)
        weight = ' font-weight="600"' if point.kind in colours else ""
        name = _text((at[0] + 7, at[1] + 4), label, f'font-size="11" fill="{colour}"{weight}')
        marks.append(f"<g><title>{escape(label)}</title>{_dot(*at, colour)}{name}</g>")
    return _drawn(marks)


FIGURES: dict[str, Callable[[StudyFindings, Said], str | None]] = {
    "retention": _retention,
    "number_of_archetypes": _number,
    "map": _map,
}


class _Frame:
    """Axes: where values lie on the drawing."""

    def __init__(self, left: float, right: float, low: float, high: float, *, square: bool = False) -> None:
        self._left, self._low = left, low
        self._across, self._up = (right - left) or 1.0, (high - low) or 1.0
        self._right_edge = 150 if square else EDGE

    def x(self, value: float) -> float:
        return LEFT + (value - self._left) / self._across * (WIDTH - LEFT - self._right_edge)

    def y(self, value: float) -> float:
        place = (value - self._low) / self._up
        return HEIGHT - BOTTOM - min(max(place, 0.0), 1.0) * (HEIGHT - BOTTOM - EDGE)

    def axes(self, said: Said, numbers: Mapping[int, str]) -> list[str]:
        base, small = HEIGHT - BOTTOM, f'font-size="11" fill="{SUBTLE}"'
        parts = [_text((self.x(at), base + 16), text, f'{small} text-anchor="middle"') for at, text in numbers.items()]
        for part in range(TICKS + 1):
            value = self._low + self._up * part / TICKS
            parts.append(_rule((LEFT, self.y(value)), (WIDTH - EDGE, self.y(value)), RULE))
            parts.append(_text((LEFT - 8, self.y(value) + 4), f"{value:.3g}", f'{small} text-anchor="end"'))
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


def _drawn(parts: Sequence[str]) -> str:
    inside = "\n".join(part for part in parts if part)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'font-family="{FONT}">\n<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>\n{inside}\n</svg>\n'
    )
