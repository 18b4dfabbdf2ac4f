"""Lays a report out on pages of placed marks: cover, sections, furniture; knows paper but no PDF."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import cache
from operator import is_not
from typing import TYPE_CHECKING, Any, NamedTuple

from reports import style
from reports.blocks import draw_block
from reports.drawing import Box, Circle, Drawing, Line, Link, Pen
from reports.pieces import Part
from reports.typesetting import Typesetter, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reports.content import Cover, Furniture, Report, Section
    from reports.drawing import DrawnMark, Stack
    from reports.embedded_fonts import OwnFont
    from reports.pieces import Piece, Within

_COVER_PANEL = 372.0
_SMALLEST_NAME = 16.0
_BETWEEN = 26.0
_CLOSE_LEADING = 0.9
_LEAST_LEFT = 0.65
"""Of a section's height, so much is left at least when it is set as closely as can be: rows of charts shrink most."""
_ROUNDING = 0.01
_ONE_COLUMN = 9
_COLUMN_GAP = 28.0
_CONTENTS_ROW = 17.0
_AS_THEY_ARE = frozenset({float, int, bool, type(None)})


class Placed(NamedTuple):
    """A drawing on a page, and what it is."""

    x: float
    y: float
    drawing: Drawing
    role: str
    alt: str = ""
    within: tuple[Within, ...] = ()


@dataclass(frozen=True)
class Bookmark:
    """Where a section begins on its page."""

    key: str
    title: str
    y: float


@dataclass(frozen=True)
class Page:
    """One page: what stands on it in reading order, and which sections begin there."""

    placed: tuple[Placed, ...]
    bookmarks: tuple[Bookmark, ...] = ()


@dataclass
class _Flow:
    """Pages being filled from the top down; `y` is where the next piece goes.

    `open_to_all`: the page holds brief sections only, so that any section may follow; `closed`: none may.
    """

    pages: list[list[Placed]] = field(default_factory=list)
    bookmarks: list[list[Bookmark]] = field(default_factory=list)
    y: float = style.TOP
    open_to_all: bool = False
    closed: bool = True

    def open_page(self) -> None:
        self.pages.append([])
        self.bookmarks.append([])
        self.y = style.TOP
        self.open_to_all = False

    @property
    def at_top(self) -> bool:
        return not self.pages[-1]

    def room(self) -> float:
        return style.PAGE_HEIGHT - style.BOTTOM - self.y

    def place(self, parts: Iterable[Part], before: float, height: float) -> None:
        self.y += 0.0 if self.at_top else before
        self.pages[-1] += [
            Placed(style.MARGIN + part.x, self.y + part.y, part.drawing, part.role, part.alt, part.within)
            for part in parts
        ]
        self.y += height


def lay_out(report: Report, own: OwnFont | None = None) -> tuple[Page, ...]:
    """All pages of a report; the cover comes first but is laid out last, when the page numbers are known."""
    report = _printable(report)
    pen = Pen(Typesetter(report.language, report.cover.brand, own))
    flow = _Flow()
    for number, section in enumerate(report.sections, start=1):
        _fill(flow, number, section, pen)
    inner = [Page(tuple(placed), tuple(marks)) for placed, marks in zip(flow.pages, flow.bookmarks, strict=True)]
    cover = _cover(report, pen, _first_pages(inner))
    pages = [cover, *inner]
    return tuple(_furnished(page, report.furniture, i, len(pages), pen) for i, page in enumerate(pages, start=1))


def _printable(report: Report) -> Report:
    return replace(
        report,
        furniture=_cleaned(report.furniture),
        cover=_cleaned(report.cover),
        sections=_cleaned(report.sections),
    )


def _cleaned(value: Any) -> Any:  # noqa: ANN401 - any part of a report, and the same kind of part again
    """The same value with each text as it can be set: texts from data may hold anything, though most are fine."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, tuple):
        parts = tuple([_cleaned(part) for part in value])
        return parts if any(map(is_not, parts, value)) else value
    changed = {}
    for name in _fields_of(value.__class__):
        part = getattr(value, name)
        if part.__class__ not in _AS_THEY_ARE and (clean := _cleaned(part)) is not part:
            changed[name] = clean
    return replace(value, **changed) if changed else value


@cache
def _fields_of(kind: type) -> tuple[str, ...]:
    return tuple(part.name for part in fields(kind)) if is_dataclass(kind) else ()


def _first_pages(pages: Sequence[Page]) -> dict[str, int]:
    return {mark.key: number for number, page in enumerate(pages, start=2) for mark in page.bookmarks}


def _fill(flow: _Flow, number: int, section: Section, pen: Pen) -> None:
    """Set a section's pieces, those that belong together on one page."""
    pen = replace(pen, small=section.appendix, tight=section.appendix)
    opening, groups = _section_head(number, section, pen), _drawn(section, pen)
    needed = _BETWEEN + opening.height + (_height(groups[0]) if groups else 0.0)
    if not (section.brief or flow.open_to_all) or flow.closed or needed > flow.room():
        flow.open_page()
    before = 0.0 if flow.at_top else _BETWEEN
    flow.bookmarks[-1].append(Bookmark(section.key, section.title, flow.y + before))
    flow.place((Part(0, 0, opening, "H1"),), before, opening.height)
    for group in _closest(flow, section, groups, pen):
        _place_group(flow, group)
    flow.open_to_all = section.brief and (flow.open_to_all or before == 0)
    flow.closed = section.alone


def _closest(flow: _Flow, section: Section, groups: list[list[Piece]], pen: Pen) -> list[list[Piece]]:
    """The section set as loosely as it may be without taking a page more."""
    best, pages = groups, _pages(flow, groups)
    for closer in (replace(pen, tight=True), replace(pen, tight=True, leading=_CLOSE_LEADING)):
        room = flow.room() + (pages - 2) * style.CONTENT_HEIGHT
        if pages == 1 or _LEAST_LEFT * sum(map(_height, groups)) > room:
            break
        if closer == pen:
            continue
        drawn = _drawn(section, closer)
        if _pages(flow, drawn) < pages:
            best, pages = drawn, _pages(flow, drawn)
    return best


def _drawn(section: Section, pen: Pen) -> list[list[Piece]]:
    return list(_groups(piece for block in section.blocks for piece in draw_block(block, pen)))


def _pages(flow: _Flow, groups: Iterable[Sequence[Piece]]) -> int:
    """How many pages the groups fill from here on."""
    trial = _Flow(pages=[list(flow.pages[-1])], bookmarks=[[]], y=flow.y)
    for group in groups:
        _place_group(trial, group)
    return len(trial.pages)


def _section_head(number: int, section: Section, pen: Pen) -> Drawing:
    stack = pen.stack(0, style.CONTENT_WIDTH)
    stack.add(f"{number}   {section.title}", style.EYEBROW, style.OWN)
    if section.headline != section.title:
        stack.add(section.headline, style.TITLE, style.INK, before=3, balanced=True)
    stack.skip(4)
    return Drawing(style.CONTENT_WIDTH, stack.y, tuple(stack.marks))


def _groups(pieces: Iterable[Piece]) -> Iterable[list[Piece]]:
    """Pieces that must share a page."""
    group: list[Piece] = []
    for piece in pieces:
        group.append(piece)
        if not piece.with_next:
            yield group
            group = []
    if group:
        yield group


def _height(group: Sequence[Piece]) -> float:
    return sum(piece.before + piece.drawing.height for piece in group)


def _place_group(flow: _Flow, group: Sequence[Piece]) -> None:
    if _height(group) > flow.room() and not flow.at_top:
        _turn(flow, group[0])
    for piece in group:
        # only what no page can hold together is parted
        if piece.before + piece.drawing.height > flow.room() + _ROUNDING and not flow.at_top:
            _turn(flow, piece)
        flow.place(piece.as_parts(), piece.before, piece.drawing.height)


def _turn(flow: _Flow, piece: Piece) -> None:
    """Begin a page with this piece, under the head of its table."""
    flow.open_page()
    if piece.head is not None:
        # those who hear the table have heard its head
        flow.place((Part(0, 0, piece.head, "Artifact"),), 0, piece.head.height)


def _furnished(page: Page, furniture: Furniture, number: int, total: int, pen: Pen) -> Page:
    """Add what stands on every page; the cover has its own head."""
    marks: list[DrawnMark] = []
    if furniture.simulated:
        marks += _simulated_band(furniture.simulated, pen)
    if number > 1:
        marks += _header(furniture, pen)
    marks += _footer(furniture, number, total, pen)
    drawing = Drawing(style.PAGE_WIDTH, style.PAGE_HEIGHT, tuple(marks))
    return Page((*page.placed, Placed(0, 0, drawing, "Artifact")), page.bookmarks)


def _simulated_band(text: str, pen: Pen) -> Iterable[DrawnMark]:
    yield Box(0, 0, style.PAGE_WIDTH, 20, style.WARN)
    yield pen.centred(style.PAGE_WIDTH / 2, 10, text, style.SMALL_STRONG, style.WHITE, anchor="middle")


def _header(furniture: Furniture, pen: Pen) -> Iterable[DrawnMark]:
    y, half = 38.0, style.CONTENT_WIDTH / 2 - 8
    right = style.PAGE_WIDTH - style.MARGIN
    left_text = pen.setter.fitted(furniture.header, style.TINY, half)
    right_text = pen.setter.fitted(furniture.header_right, style.TINY, half)
    yield pen.centred(style.MARGIN, y, left_text, style.TINY, style.SUBTLE)
    yield pen.centred(right, y, right_text, style.TINY, style.SUBTLE, anchor="end")
    yield Line(style.MARGIN, y + 9, right, y + 9, style.RULE, 0.5)


def _footer(furniture: Furniture, number: int, total: int, pen: Pen) -> Iterable[DrawnMark]:
    y, right = style.PAGE_HEIGHT - 30, style.PAGE_WIDTH - style.MARGIN
    yield pen.centred(style.MARGIN, y, furniture.footer, style.TINY, style.SUBTLE)
    page = furniture.page.format(page=number, pages=total)
    yield pen.centred(right, y, page, style.TINY_STRONG, style.SUBTLE, anchor="end")


def _cover(report: Report, pen: Pen, first_pages: dict[str, int]) -> Page:
    facts = _facts(report.cover, pen)
    drawn = (
        (_panel(report.cover, pen), "H1"),
        (facts.marks, "P"),
        (_contents(report, pen, first_pages, max(_COVER_PANEL + 168, facts.y + 16)), "P"),
    )
    placed = [Placed(0, 0, Drawing(style.PAGE_WIDTH, style.PAGE_HEIGHT, tuple(marks)), role) for marks, role in drawn]
    return Page((*placed, _colophon(report.cover, pen)), (Bookmark("cover", report.cover.brand, 0),))


def _panel(cover: Cover, pen: Pen) -> Iterable[DrawnMark]:
    """The brand's name on the colour of brands, beside two circles that share a part."""
    yield Box(0, 0, style.PAGE_WIDTH, _COVER_PANEL, style.OWN)
    for x, y, radius in ((438, 140, 96), (552, 140, 96)):
        yield Circle(x, y, radius, None, style.COVER_RING, 1.6)
    stack = pen.stack(style.MARGIN, style.CONTENT_WIDTH)
    font = _name_font(cover.brand, pen)
    lines = pen.setter.lines(cover.brand, font, style.CONTENT_WIDTH, balanced=True)
    stack.y = _COVER_PANEL - 58 - len(lines) * font.leading - 22
    stack.add(cover.kind, style.LEAD, style.COVER_SOFT)
    stack.add(cover.brand, font, style.WHITE, before=4, balanced=True)
    stack.add(pen.setter.fitted(cover.study, style.LEAD, style.CONTENT_WIDTH), style.LEAD, style.COVER_SOFT, before=4)
    yield from stack.marks


def _name_font(name: str, pen: Pen) -> style.Font:
    """The size in which a brand's name takes no more than three lines, down to a smallest one."""
    size = style.BRAND_NAME.size
    while size > _SMALLEST_NAME:
        font = style.Font(size, bold=True, leading=size * 1.2)
        if len(pen.setter.lines(name, font, style.CONTENT_WIDTH)) <= (2 if size > _SMALLEST_NAME * 1.6 else 4):
            return font
        size -= 2
    return style.Font(_SMALLEST_NAME, bold=True, leading=_SMALLEST_NAME * 1.25)


def _facts(cover: Cover, pen: Pen) -> Stack:
    """Names and values of what the report rests on; the stack ends where they end."""
    column = pen.stack(style.MARGIN, style.CONTENT_WIDTH, _COVER_PANEL + 30)
    for name, value in cover.facts:
        label = pen.stack(style.MARGIN, 100, column.y)
        label.add(name, style.BODY, style.SUBTLE)
        stack = pen.stack(style.MARGIN + 110, style.CONTENT_WIDTH - 110, column.y)
        stack.add(value, style.STRONG, style.INK)
        column.marks += [*label.marks, *stack.marks]
        column.y = stack.y + 3
    return column


def _contents(report: Report, pen: Pen, first_pages: dict[str, int], top: float) -> Iterable[DrawnMark]:
    """Sections and their pages, in two columns where they are many."""
    yield pen.centred(style.MARGIN, top, report.cover.contents, style.HEADING, style.INK)
    columns = 1 if len(report.sections) <= _ONE_COLUMN else 2
    width = (style.CONTENT_WIDTH - _COLUMN_GAP * (columns - 1)) / columns
    rows = -(-len(report.sections) // columns)
    for i, section in enumerate(report.sections):
        x, y = style.MARGIN + (i // rows) * (width + _COLUMN_GAP), top + 14 + (i % rows) * _CONTENTS_ROW
        page = str(first_pages[section.key])
        yield from _contents_line(str(i + 1), section, page, pen, Box(x, y, width, _CONTENTS_ROW))


def _contents_line(number: str, section: Section, page: str, pen: Pen, room: Box) -> Iterable[DrawnMark]:
    right, middle = room.x + room.width, room.y + 7.5
    title = pen.setter.fitted(section.title, style.BODY, room.width - 40)
    yield Line(room.x, room.y - 1, right, room.y - 1, style.RULE, 0.5)
    yield pen.centred(room.x, middle, number, style.BODY, style.OWN)
    yield pen.centred(room.x + 20, middle, title, style.BODY, style.INK)
    yield pen.centred(right, middle, page, style.BODY, style.SUBTLE, anchor="end")
    yield Link(room.x, room.y, room.width, room.height - 2, section.key, section.title)


def _colophon(cover: Cover, pen: Pen) -> Placed:
    """Small print that ends where the sections of other pages end."""
    stack = pen.stack(0, style.CONTENT_WIDTH)
    for sentence in cover.colophon:
        stack.add(sentence, style.TINY, style.SUBTLE, before=2)
    drawing = Drawing(style.CONTENT_WIDTH, stack.y, tuple(stack.marks))
    return Placed(style.MARGIN, style.PAGE_HEIGHT - style.BOTTOM - stack.y, drawing, "Note")
