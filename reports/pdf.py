"""Paints laid-out pages into a tagged PDF: fonts embedded, bookmarks, page labels; equal reports, equal bytes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING

from reports import drawing, style
from reports.embedded_fonts import LATIN, face, faces
from reports.logo import embed_logo
from reports.page import lay_out
from reports.pdf_file import reference
from reports.tables import HEAD_ROW
from reports.tagged_pages import TaggedPages
from reports.theme import Theme
from reports.typesetting import Typesetter, is_chinese

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from instruments.model import Language
    from reports.content import DocumentInfo, Report
    from reports.page import Page, Placed

_TOLD = (drawing.Text, drawing.Link)
_LOGO = (150.0, 54.0, 8.0)
"""Width and height of the field for a logo, and the white about it."""
_ROLES = {"Caption": "P", "Note": "P"}
_NO_SPACE_AFTER = ("", " ", "-", "–")
_LANGUAGE_TAGS = {"en": "en", "zh": "zh-Hans", "de": "de", "es": "es"}
_Written = tuple[str, str]
"""The name of a font, and characters shown in it."""
_BEND = 0.5523
"""Where the handles of a curve stand that goes for a quarter of a circle, in radii."""


def render_pdf(report: Report, theme: Theme | None = None) -> bytes:
    """Give the report as the bytes of a PDF file."""
    own = theme.own_font if theme else None
    return paint_pages(lay_out(report, own), report.info, report.language, theme)


def paint_pages(pages: Sequence[Page], info: DocumentInfo, language: Language, theme: Theme | None = None) -> bytes:
    """Give pages as the bytes of a PDF file; the logo of a theme stands on the first."""
    tagged = TaggedPages(_LANGUAGE_TAGS[language], info)
    theme = theme or Theme()
    brush = _Brush(Typesetter(language, own=theme.own_font), theme)
    logo = embed_logo(tagged.file, theme.logo) if theme.logo else None
    for page in pages:
        tagged.begin_page()
        for bookmark in page.bookmarks:
            tagged.bookmark(bookmark.key, bookmark.title, style.PAGE_HEIGHT - bookmark.y)
        for placed in page.placed:
            _paint_placed(placed, tagged, _Sheet(brush, placed.x, style.PAGE_HEIGHT - placed.y))
        if logo and page is pages[0]:
            tagged.decorate(_logo_field(logo.sides, brush))
        tagged.end_page()
    used = brush.used()
    fonts = {name: face.embed(tagged.file, used[name]) for name, face in faces(theme.own_font).items() if name in used}
    return tagged.written(_resources(fonts, brush.opacities, logo.number if logo else 0))


@dataclass(frozen=True)
class _Brush:
    """What pages are painted with, and what the file must hold because of it."""

    setter: Typesetter
    theme: Theme
    written: set[_Written] = field(default_factory=set)
    opacities: set[float] = field(default_factory=set)

    @cached_property
    def inks(self) -> _Inks:
        """Colours as PDF names them."""
        return _Inks(self.theme)

    def used(self) -> Mapping[str, set[str]]:
        """Characters of each font."""
        found: dict[str, set[str]] = defaultdict(set)
        for name, text in self.written:
            found[name].update(text)
        return found


class _Inks(dict[str, str]):
    """Three parts between 0 and 1 of each colour of a theme; found once, as every mark asks for one."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def __missing__(self, colour: str) -> str:
        own = self._theme.colour(colour)
        self[colour] = " ".join(f"{int(own[i : i + 2], 16) / 255:.3g}" for i in (1, 3, 5))
        return self[colour]


def _resources(fonts: Mapping[str, int], opacities: Iterable[float], logo: int) -> str:
    named = "".join(f"/{name} {reference(number)}" for name, number in fonts.items())
    states = "".join(f"/{_state(opacity)}<</ca {opacity:g}>>" for opacity in sorted(opacities))
    pictures = f"/XObject<</Logo {reference(logo)}>>" if logo else ""
    return f"<</Font<<{named}>>/ExtGState<<{states}>>{pictures}>>"


def _state(opacity: float) -> str:
    return f"Opacity{100 * opacity:.0f}"


def _logo_field(sides: tuple[int, int], brush: _Brush) -> str:
    """A customer's logo in the upper left corner of the cover, on white, as large as it fits."""
    width, height, pad = _LOGO
    across, up = sides
    scale = min((width - 2 * pad) / across, (height - 2 * pad) / up)
    left, top = style.MARGIN + (width - scale * across) / 2, style.PAGE_HEIGHT - style.TOP - (height - scale * up) / 2
    ground = _paint_box(
        drawing.Box(style.MARGIN, style.TOP, width, height, style.WHITE), _Sheet(brush, 0, style.PAGE_HEIGHT)
    )
    placed = f"{scale * across:.2f} 0 0 {scale * up:.2f} {left:.2f} {top - scale * up:.2f} cm"
    return f"{ground}\nq {placed} /Logo Do Q"


def _paint_placed(placed: Placed, tagged: TaggedPages, sheet: _Sheet) -> None:
    """Decoration first, then what is read; a figure is one whole with its words."""
    marks = placed.drawing.marks
    if placed.role == "Artifact":
        tagged.decorate(_painted(marks, sheet))
        return
    if placed.role == "Figure":
        tagged.tell("Figure", _painted(marks, sheet), alt=placed.alt, within=placed.within)
        return
    lines = [mark for mark in marks if isinstance(mark, drawing.Text)]
    links = [mark for mark in marks if isinstance(mark, drawing.Link)]
    shapes = [mark for mark in marks if not isinstance(mark, _TOLD)]
    if shapes:
        tagged.decorate(_painted(shapes, sheet))
    if lines:
        role = _ROLES.get(placed.role, placed.role)
        tagged.tell(role, _told(lines, sheet), within=placed.within, scope=_scope(placed))
    for link in links:
        left, top = sheet.left + link.x, sheet.top - link.y
        tagged.link(link.name, link.target, (left, top - link.height, left + link.width, top))


def _scope(placed: Placed) -> str:
    if placed.role != "TH":
        return ""
    return "Column" if placed.within[-1] == ("TR", HEAD_ROW) else "Row"


def _told(lines: Sequence[drawing.Text], sheet: _Sheet) -> str:
    """Lines that end in a space, else the last word of one and the first of the next are read as one word."""
    painted = [
        _paint_text(line, sheet, spaced=not (line.text[-1:] in _NO_SPACE_AFTER or is_chinese(line.text[-1:])))
        for line in lines[:-1]
    ]
    return "\n".join([*painted, _paint_text(lines[-1], sheet)])


def _painted(marks: Iterable[drawing.DrawnMark], sheet: _Sheet) -> str:
    return "\n".join([_PAINTERS[type(mark)](mark, sheet) for mark in marks])


class _Sheet:
    """A drawing's place on a page; turns its downward measures into the upward ones of PDF."""

    __slots__ = ("brush", "inks", "left", "top")

    def __init__(self, brush: _Brush, left: float, top: float) -> None:
        self.brush, self.inks = brush, brush.inks
        self.left, self.top = left, top

    def at(self, x: float, y: float) -> str:
        """A point in the measures of the page."""
        return f"{self.left + x:.2f} {self.top - y:.2f}"

    def across(self, *places: float) -> list[str]:
        """Places from left to right, for shapes that come back to the same ones."""
        return [f"{self.left + x:.2f}" for x in places]

    def upwards(self, *places: float) -> list[str]:
        """The same for places from the top down."""
        return [f"{self.top - y:.2f}" for y in places]

    def colours(self, fill: str | None, stroke: str | None = None, thickness: float = 1.0) -> tuple[str, str]:
        """What sets the colours of a shape, and the operator that paints its inside, its outline or both."""
        inside = f"{self.inks[fill]} rg " if fill else ""
        if not stroke:
            return inside, "f"
        return f"{inside}{self.inks[stroke]} RG {thickness:g} w ", "B" if fill else "S"


def _paint_text(mark: drawing.Text, sheet: _Sheet, *, spaced: bool = False) -> str:
    brush = sheet.brush
    shown, written = _shown(mark.text, brush.setter, mark.font)
    brush.written.update(written)
    if spaced:
        shown += _space(mark.font.size)
        brush.written.add((_SPACE_FONT, " "))
    turned, moves = ("0 1 -1 0 ", "Tm") if mark.upright else ("", "Td")
    place = f"{turned}{sheet.left + mark.x:.2f} {sheet.top - mark.y:.2f} {moves}"
    return f"{sheet.inks[mark.colour]} rg BT {place}{shown} ET"


@lru_cache(maxsize=8192)
def _shown(text: str, setter: Typesetter, font: style.Font) -> tuple[str, tuple[_Written, ...]]:
    """What shows a line where the pen stands, and the characters it takes of each font."""
    runs = setter.runs(text, font)
    said, name, end = [], "", 0.0
    for run in runs:
        said.append("" if run.font == name else f"{']TJ' if name else ''} /{run.font} {font.size:g} Tf[")
        said.append(f"{end - run.offset:g}" if run.offset != end else "")
        said.append(faces(setter.own)[run.font].shown(run.text))
        name, end = run.font, run.offset + run.width
    return "".join([*said, "]TJ" if name else ""]), tuple((run.font, run.text) for run in runs)


_SPACE_FONT = face(LATIN, bold=False).name


@cache
def _space(size: float) -> str:
    return f" /{_SPACE_FONT} {size:g} Tf{faces()[_SPACE_FONT].shown(' ')}Tj"


def _paint_line(mark: drawing.Line, sheet: _Sheet) -> str:
    colours, _ = sheet.colours(None, mark.colour, mark.thickness)
    line = f"{colours}{sheet.at(mark.x1, mark.y1)} m {sheet.at(mark.x2, mark.y2)} l S"
    return f"[{' '.join(f'{part:g}' for part in mark.dash)}] 0 d {line} [] 0 d" if mark.dash else line


def _paint_box(mark: drawing.Box, sheet: _Sheet) -> str:
    colours, operator = sheet.colours(mark.fill, mark.stroke, 0.6)
    if mark.radius:
        return f"{colours}{_rounded(mark, sheet)} {operator}"
    return f"{colours}{sheet.at(mark.x, mark.y + mark.height)} {mark.width:.2f} {mark.height:.2f} re {operator}"


def _rounded(box: drawing.Box, sheet: _Sheet) -> str:
    """A rectangle whose corners are quarters of a circle."""
    r, handle = box.radius, box.radius * (1 - _BEND)
    left, top, right, bottom = box.x, box.y, box.x + box.width, box.y + box.height
    a, b, c, d, e, f = sheet.across(left, left + handle, left + r, right - r, right - handle, right)
    u, v, w, x, y, z = sheet.upwards(top, top + handle, top + r, bottom - r, bottom - handle, bottom)
    return (
        f"{c} {u} m {d} {u} l {e} {u} {f} {v} {f} {w} c {f} {x} l"
        f" {f} {y} {e} {z} {d} {z} c {c} {z} l {b} {z} {a} {y} {a} {x} c {a} {w} l {a} {v} {b} {u} {c} {u} c h"
    )


def _paint_circle(mark: drawing.Circle, sheet: _Sheet) -> str:
    colours, operator = sheet.colours(mark.fill, mark.stroke, mark.thickness)
    x, y, r, handle = mark.x, mark.y, mark.radius, mark.radius * _BEND
    a, b, c, d, e = sheet.across(x - r, x - handle, x, x + handle, x + r)
    u, v, w, s, t = sheet.upwards(y - r, y - handle, y, y + handle, y + r)
    return (
        f"{colours}{e} {w} m {e} {v} {d} {u} {c} {u} c {b} {u} {a} {v} {a} {w} c"
        f" {a} {s} {b} {t} {c} {t} c {d} {t} {e} {s} {e} {w} c h {operator}"
    )


def _paint_polygon(mark: drawing.Polygon, sheet: _Sheet) -> str:
    colours, operator = sheet.colours(mark.fill, mark.stroke, mark.thickness)
    first, *others = (sheet.at(*point) for point in mark.points)
    return f"{colours}{first} m {' '.join(f'{point} l' for point in others)} h {operator}"


def _paint_ribbon(mark: drawing.Ribbon, sheet: _Sheet) -> str:
    colours, operator = sheet.colours(mark.fill)
    at, x1, middle, x2 = sheet.at, mark.x1, (mark.x1 + mark.x2) / 2, mark.x2
    (left_top, left_foot), (right_top, right_foot) = mark.left, mark.right
    sheet.brush.opacities.add(mark.opacity)
    return (
        f"q /{_state(mark.opacity)} gs {colours}{at(x1, left_top)} m"
        f" {at(middle, left_top)} {at(middle, right_top)} {at(x2, right_top)} c {at(x2, right_foot)} l"
        f" {at(middle, right_foot)} {at(middle, left_foot)} {at(x1, left_foot)} c h {operator} Q"
    )


# Looked up by type: a report has three thousand marks, and singledispatch takes as long as painting one.
_PAINTERS: dict[type, Callable[..., str]] = {
    drawing.Text: _paint_text,
    drawing.Line: _paint_line,
    drawing.Box: _paint_box,
    drawing.Circle: _paint_circle,
    drawing.Polygon: _paint_polygon,
    drawing.Ribbon: _paint_ribbon,
}
