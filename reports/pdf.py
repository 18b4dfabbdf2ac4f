"""Paints laid-out pages into a tagged PDF: fonts embedded, bookmarks, page labels; equal reports, equal bytes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, singledispatch
from io import BytesIO
from typing import TYPE_CHECKING

from reportlab.lib.colors import Color, HexColor

from reports import drawing, style
from reports.page import lay_out
from reports.tables import HEAD_ROW
from reports.tagged_canvas import TaggedCanvas
from reports.theme import Theme
from reports.typesetting import LATIN, Typesetter, is_chinese, registered

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from instruments.model import Language
    from reports.content import DocumentInfo, Report
    from reports.page import Page, Placed

_LOGO = (150.0, 54.0, 8.0)
"""Width and height of the field for a logo, and the white about it."""
_ROLES = {"Caption": "P", "Note": "P"}
_NO_SPACE_AFTER = ("", " ", "-", "–")
_LANGUAGE_TAGS = {"en": "en", "zh": "zh-Hans", "de": "de", "es": "es"}


def render_pdf(report: Report, theme: Theme | None = None) -> bytes:
    """Give the report as the bytes of a PDF file."""
    return paint_pages(lay_out(report), report.info, report.language, theme)


def paint_pages(pages: Iterable[Page], info: DocumentInfo, language: Language, theme: Theme | None = None) -> bytes:
    """Give pages as the bytes of a PDF file; the logo of a theme stands on the first."""
    file = BytesIO()
    canvas = TaggedCanvas(
        file,
        pagesize=(style.PAGE_WIDTH, style.PAGE_HEIGHT),
        pageCompression=1,
        invariant=1,
        pdfVersion=(1, 7),
        # else the canvas begins every page in Helvetica, which is not embedded
        initialFontName=registered(LATIN, bold=False).fontName,
        language=_LANGUAGE_TAGS[language],
    )
    canvas.describe(info)
    canvas.addPageLabel(0, style="ARABIC", start=1)
    canvas.showOutline()
    brush = _Brush(canvas, Typesetter(language), theme or Theme())
    for number, page in enumerate(pages):
        _paint_page(brush, page, first=number == 0)
    canvas.save()
    return file.getvalue()


@dataclass(frozen=True)
class _Brush:
    """What pages are painted with."""

    canvas: TaggedCanvas
    setter: Typesetter
    theme: Theme


def _paint_page(brush: _Brush, page: Page, *, first: bool) -> None:
    canvas = brush.canvas
    for bookmark in page.bookmarks:
        canvas.bookmarkPage(bookmark.key, fit="XYZ", left=0, top=style.PAGE_HEIGHT - bookmark.y)
        canvas.addOutlineEntry(bookmark.title, bookmark.key, level=0)
    for placed in page.placed:
        _paint_placed(placed, _Sheet(brush, placed.x, style.PAGE_HEIGHT - placed.y))
    if first and brush.theme.logo:
        _paint_logo(canvas, brush.theme.logo)
    canvas.showPage()


def _paint_logo(canvas: TaggedCanvas, path: str) -> None:
    """A customer's logo in the upper left corner of the cover, on white."""
    width, height, pad = _LOGO
    bottom = style.PAGE_HEIGHT - style.TOP - height
    with canvas.artifact():
        canvas.setFillColor(HexColor(style.WHITE))
        canvas.rect(style.MARGIN, bottom, width, height, fill=1, stroke=0)
        inside = {"width": width - 2 * pad, "height": height - 2 * pad, "preserveAspectRatio": True, "mask": "auto"}
        canvas.drawImage(path, style.MARGIN + pad, bottom + pad, **inside)


def _paint_placed(placed: Placed, sheet: _Sheet) -> None:
    """Decoration first, then what is read; a figure is one whole with its words."""
    marks = placed.drawing.marks
    if placed.role == "Artifact":
        with sheet.canvas.artifact():
            _paint_all(marks, sheet)
        return
    if placed.role == "Figure":
        with sheet.canvas.structure("Figure", alt=placed.alt, within=placed.within):
            _paint_all(marks, sheet)
        return
    shapes = [mark for mark in marks if not isinstance(mark, drawing.Text | drawing.Link)]
    if shapes:
        with sheet.canvas.artifact():
            _paint_all(shapes, sheet)
    lines = [mark for mark in marks if isinstance(mark, drawing.Text)]
    if lines:
        role = _ROLES.get(placed.role, placed.role)
        with sheet.canvas.structure(role, within=placed.within, scope=_scope(placed)):
            _paint_all(_parted(lines), sheet)
    _paint_all([mark for mark in marks if isinstance(mark, drawing.Link)], sheet)


def _scope(placed: Placed) -> str:
    if placed.role != "TH":
        return ""
    return "Column" if placed.within[-1] == ("TR", HEAD_ROW) else "Row"


def _parted(lines: Sequence[drawing.Text]) -> Iterator[drawing.Text]:
    """Lines that end in a space, else the last word of one and the first of the next are read as one word."""
    for line in lines[:-1]:
        yield (
            line
            if line.text[-1:] in _NO_SPACE_AFTER or is_chinese(line.text[-1:])
            else replace(line, text=line.text + " ")
        )
    yield lines[-1]


def _paint_all(marks: Iterable[drawing.DrawnMark], sheet: _Sheet) -> None:
    for mark in marks:
        paint(mark, sheet)


class _Sheet:
    """A drawing's place on a page; turns its downward measures into the upward ones of PDF."""

    def __init__(self, brush: _Brush, left: float, top: float) -> None:
        self.canvas, self.setter, self.theme = brush.canvas, brush.setter, brush.theme
        self.left, self.top = left, top

    def at(self, x: float, y: float) -> tuple[float, float]:
        return self.left + x, self.top - y

    def ink(self, name: str) -> None:
        """Set the colour of text and of insides, where it is not set already."""
        colour = _colour(self.theme.colour(name))
        if self.canvas.fill_colour is not colour:
            self.canvas.setFillColor(colour)

    def colours(self, fill: str | None, stroke: str | None = None, thickness: float = 1.0) -> dict[str, int]:
        """Set the colours of a shape; say which of its inside and outline to paint."""
        if fill:
            self.ink(fill)
        if stroke:
            self.canvas.setStrokeColor(_colour(self.theme.colour(stroke)))
            self.canvas.setLineWidth(thickness)
        return {"fill": int(bool(fill)), "stroke": int(bool(stroke))}


@cache
def _colour(name: str) -> Color:
    return HexColor(name)


@singledispatch
def paint(mark: drawing.DrawnMark, _sheet: _Sheet) -> None:
    """Paint one mark."""
    raise TypeError(f"no paint for a {type(mark).__name__}: register it in reports.pdf")


@paint.register(drawing.Text)
def _paint_text(mark: drawing.Text, sheet: _Sheet) -> None:
    canvas = sheet.canvas
    sheet.ink(mark.colour)
    x, y = sheet.at(mark.x, mark.y)
    if mark.upright:
        canvas.saveState()
        canvas.translate(x, y)
        canvas.rotate(90)
        x, y = 0.0, 0.0
    line = canvas.beginText()
    for run in sheet.setter.runs(mark.text, mark.font):
        line.setTextOrigin(x + run.offset * mark.font.size / 1000, y)
        line.setFont(run.font, mark.font.size)
        line.textOut(run.text)
    canvas.drawText(line)
    if mark.upright:
        canvas.restoreState()


@paint.register(drawing.Line)
def _paint_line(mark: drawing.Line, sheet: _Sheet) -> None:
    sheet.colours(None, mark.colour, mark.thickness)
    sheet.canvas.setDash(*([list(mark.dash)] if mark.dash else []))
    sheet.canvas.line(*sheet.at(mark.x1, mark.y1), *sheet.at(mark.x2, mark.y2))
    if mark.dash:
        sheet.canvas.setDash()


@paint.register(drawing.Box)
def _paint_box(mark: drawing.Box, sheet: _Sheet) -> None:
    painted = sheet.colours(mark.fill, mark.stroke, 0.6)
    x, y = sheet.at(mark.x, mark.y + mark.height)
    if mark.radius:
        sheet.canvas.roundRect(x, y, mark.width, mark.height, mark.radius, **painted)
    else:
        sheet.canvas.rect(x, y, mark.width, mark.height, **painted)


@paint.register(drawing.Circle)
def _paint_circle(mark: drawing.Circle, sheet: _Sheet) -> None:
    painted = sheet.colours(mark.fill, mark.stroke, mark.thickness)
    sheet.canvas.circle(*sheet.at(mark.x, mark.y), mark.radius, **painted)


@paint.register(drawing.Polygon)
def _paint_polygon(mark: drawing.Polygon, sheet: _Sheet) -> None:
    painted = sheet.colours(mark.fill, mark.stroke, mark.thickness)
    path = sheet.canvas.beginPath()
    first, *others = mark.points
    path.moveTo(*sheet.at(*first))
    for point in others:
        path.lineTo(*sheet.at(*point))
    path.close()
    sheet.canvas.drawPath(path, **painted)


@paint.register(drawing.Ribbon)
def _paint_ribbon(mark: drawing.Ribbon, sheet: _Sheet) -> None:
    painted = sheet.colours(mark.fill)
    middle = (mark.x1 + mark.x2) / 2
    path = sheet.canvas.beginPath()
    path.moveTo(*sheet.at(mark.x1, mark.left[0]))
    path.curveTo(*sheet.at(middle, mark.left[0]), *sheet.at(middle, mark.right[0]), *sheet.at(mark.x2, mark.right[0]))
    path.lineTo(*sheet.at(mark.x2, mark.right[1]))
    path.curveTo(*sheet.at(middle, mark.right[1]), *sheet.at(middle, mark.left[1]), *sheet.at(mark.x1, mark.left[1]))
    path.close()
    sheet.canvas.setFillAlpha(mark.opacity)
    sheet.canvas.drawPath(path, **painted)
    sheet.canvas.setFillAlpha(1)


@paint.register(drawing.Link)
def _paint_link(mark: drawing.Link, sheet: _Sheet) -> None:
    left, top = sheet.at(mark.x, mark.y)
    sheet.canvas.link(mark.name, mark.target, (left, top - mark.height, left + mark.width, top))
