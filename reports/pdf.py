"""Paints laid-out pages into a tagged PDF: fonts embedded, bookmarks, page labels; equal reports, equal bytes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache, lru_cache
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

_LOGO = (150.0, 54.0, 8.0)
"""Width and height of the field for a logo, and the white about it."""
_ROLES = {"Caption": "P", "Note": "P"}
_NO_SPACE_AFTER = ("", " ", "-", "–")
_LANGUAGE_TAGS = {"en": "en", "zh": "zh-Hans", "de": "de", "es": "es"}
_BEND = 0.5523
"""Where the handles of a curve stand that goes for a quarter of a circle, in radii."""


def render_pdf(report: Report, theme: Theme | None = None) -> bytes:
    """Give the report as the bytes of a PDF file."""
    return paint_pages(lay_out(report), report.info, report.language, theme)


def paint_pages(pages: Sequence[Page], info: DocumentInfo, language: Language, theme: Theme | None = None) -> bytes:
    """Give pages as the bytes of a PDF file; the logo of a theme stands on the first."""
    tagged = TaggedPages(_LANGUAGE_TAGS[language], info)
    brush = _Brush(Typesetter(language), theme or Theme())
    logo = embed_logo(tagged.file, brush.theme.logo) if brush.theme.logo else None
    for page in pages:
        tagged.begin_page()
        for bookmark in page.bookmarks:
            tagged.bookmark(bookmark.key, bookmark.title, style.PAGE_HEIGHT - bookmark.y)
        for placed in page.placed:
            _paint_placed(placed, tagged, _Sheet(brush, placed.x, style.PAGE_HEIGHT - placed.y))
        if logo and page is pages[0]:
            tagged.decorate(_logo_field(logo.sides, brush))
        tagged.end_page()
    fonts = {name: face.embed(tagged.file, brush.used[name]) for name, face in faces().items() if brush.used[name]}
    return tagged.written(_resources(fonts, brush.opacities, logo.number if logo else 0))


@dataclass(frozen=True)
class _Brush:
    """What pages are painted with, and what the file must hold because of it."""

    setter: Typesetter
    theme: Theme
    used: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Characters of each font."""
    opacities: set[float] = field(default_factory=set)


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
    if len(lines) + len(links) < len(marks):
        shapes = [mark for mark in marks if not isinstance(mark, drawing.Text | drawing.Link)]
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

    __slots__ = ("brush", "left", "theme", "top")

    def __init__(self, brush: _Brush, left: float, top: float) -> None:
        self.brush, self.theme = brush, brush.theme
        self.left, self.top = left, top

    def at(self, x: float, y: float) -> str:
        """A point in the measures of the page."""
        return f"{self.left + x:.2f} {self.top - y:.2f}"

    def colours(self, fill: str | None, stroke: str | None = None, thickness: float = 1.0) -> tuple[str, str]:
        """What sets the colours of a shape, and the operator that paints its inside, its outline or both."""
        inside = f"{_colour(self.theme.colour(fill))} rg " if fill else ""
        if not stroke:
            return inside, "f"
        return f"{inside}{_colour(self.theme.colour(stroke))} RG {thickness:g} w ", "B" if fill else "S"


@cache
def _colour(name: str) -> str:
    """Three parts between 0 and 1 of a colour as #rrggbb."""
    return " ".join(f"{int(name[i : i + 2], 16) / 255:.3g}" for i in (1, 3, 5))


def _paint_text(mark: drawing.Text, sheet: _Sheet, *, spaced: bool = False) -> str:
    brush = sheet.brush
    shown, characters = _shown(mark.text, brush.setter, mark.font)
    for name, text in characters:
        brush.used[name].update(text)
    if spaced:
        shown += _space(mark.font.size)
        brush.used[_SPACE_FONT].add(" ")
    place = f"0 1 -1 0 {sheet.at(mark.x, mark.y)} Tm" if mark.upright else f"{sheet.at(mark.x, mark.y)} Td"
    return f"{_colour(sheet.theme.colour(mark.colour))} rg BT {place}{shown} ET"


@lru_cache(maxsize=8192)
def _shown(text: str, setter: Typesetter, font: style.Font) -> tuple[str, tuple[tuple[str, str], ...]]:
    """What shows a line where the pen stands, and the characters it takes of each font."""
    runs = setter.runs(text, font)
    said, name, end = [], "", 0.0
    for run in runs:
        said.append("" if run.font == name else f"{']TJ' if name else ''} /{run.font} {font.size:g} Tf[")
        said.append(f"{end - run.offset:g}" if run.offset != end else "")
        said.append(faces()[run.font].shown(run.text))
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
    at, r, handle = sheet.at, box.radius, box.radius * (1 - _BEND)
    left, top, right, bottom = box.x, box.y, box.x + box.width, box.y + box.height
    return (
        f"{at(left + r, top)} m {at(right - r, top)} l"
        f" {at(right - handle, top)} {at(right, top + handle)} {at(right, top + r)} c {at(right, bottom - r)} l"
        f" {at(right, bottom - handle)} {at(right - handle, bottom)} {at(right - r, bottom)} c {at(left + r, bottom)} l"
        f" {at(left + handle, bottom)} {at(left, bottom - handle)} {at(left, bottom - r)} c {at(left, top + r)} l"
        f" {at(left, top + handle)} {at(left + handle, top)} {at(left + r, top)} c h"
    )


def _paint_circle(mark: drawing.Circle, sheet: _Sheet) -> str:
    colours, operator = sheet.colours(mark.fill, mark.stroke, mark.thickness)
    at, x, y, r, handle = sheet.at, mark.x, mark.y, mark.radius, mark.radius * _BEND
    return (
        f"{colours}{at(x + r, y)} m"
        f" {at(x + r, y - handle)} {at(x + handle, y - r)} {at(x, y - r)} c"
        f" {at(x - handle, y - r)} {at(x - r, y - handle)} {at(x - r, y)} c"
        f" {at(x - r, y + handle)} {at(x - handle, y + r)} {at(x, y + r)} c"
        f" {at(x + handle, y + r)} {at(x + r, y + handle)} {at(x + r, y)} c h {operator}"
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
