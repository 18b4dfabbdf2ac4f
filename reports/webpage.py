"""Turns a report into the article of a web page: the same words, charts as SVG; sends nothing and styles nothing."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import singledispatch
from typing import TYPE_CHECKING

from markupsafe import Markup

from reports import content, style
from reports.blocks import draw_chart
from reports.chart_tables import chart_table
from reports.drawing import Pen
from reports.theme import Theme
from reports.typesetting import LONGEST, Typesetter, printable
from reports.values import with_texts
from reports.vector import drawn
from reports.wording import Wording

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reports.content import Block, Report, Section

_JOINERS = "\u200c\u200d"
"""Without a width but no ornament: Persian words and many emoji are spelt with them."""
_SPACES = re.compile(r"[^\S\u00a0\u202f]+")
"""All but those that keep a number and its unit together."""
_FEW_COLUMNS = 3
_COLUMN_GAP = 24.0
_PHONE = 225.0
"""Width of a drawing for phones, in points: on most of them its letters come out at eleven pixels and more."""
_Text = str | Markup


@dataclass(frozen=True)
class _Hand:
    """What blocks are written with; `simulated` is the mark of invented data, empty on real answers."""

    words: Wording
    pen: Pen
    theme: Theme
    simulated: str


def web_article(report: Report, theme: Theme | None = None) -> Markup:
    """Give everything a report says as one HTML article, to be framed by a page."""
    report = with_texts(report, readable)
    words = Wording(report.language)
    simulated = words.say("web.simulated") if report.furniture.simulated else ""
    hand = _Hand(words, Pen(Typesetter(report.language)), theme or Theme(), simulated)
    sections = (_section(number, section, hand) for number, section in enumerate(report.sections, start=1))
    return _element(
        "article",
        _cover(report, hand),
        _contents(report),
        *sections,
        _element("footer", *(_element("p", line) for line in (*report.cover.colophon, report.furniture.footer))),
        class_="report",
    )


def readable(text: str) -> str:
    """Text as a page can show it: no control characters, nothing that turns the direction of others, not endless."""
    kept = "".join(
        char
        for char in _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip()
        if char in _JOINERS or unicodedata.category(char) not in {"Cc", "Cf", "Cs"}
    )
    return kept if len(kept) <= LONGEST else kept[:LONGEST].rstrip() + "…"


def _element(name: str, *inside: _Text, **attributes: str) -> Markup:
    """An element; whatever is not markup of this module's own is shown as text."""
    told = Markup().join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), value)
        for key, value in attributes.items()
        if value
    )
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(name), told, Markup().join(inside))  # noqa: S704 - names are ours


def _place(section: Section) -> str:
    return f"section-{section.key}"


def _cover(report: Report, hand: _Hand) -> Markup:
    cover = report.cover
    facts = (_element("div", _element("dt", name), _element("dd", value)) for name, value in cover.facts)
    return _element(
        "header",
        _element("p", cover.kind, class_="kind"),
        _element("h1", cover.brand),
        _element("p", cover.study, class_="about"),
        *([_element("p", hand.simulated, class_="mark")] if hand.simulated else []),
        _element("dl", *facts),
        class_="cover",
    )


def _contents(report: Report) -> Markup:
    entries = (_element("li", _element("a", section.title, href=f"#{_place(section)}")) for section in report.sections)
    return _element(
        "nav",
        _element("h2", report.cover.contents, id="contents"),
        _element("ol", *entries),
        class_="contents",
        aria_labelledby="contents",
    )


def _section(number: int, section: Section, hand: _Hand) -> Markup:
    place = _place(section)
    mark = [_element("span", hand.simulated, class_="mark")] if hand.simulated else []
    eyebrow = _element("span", f"{number}  {section.title} ", *mark, class_="eyebrow")
    headline = [_element("span", section.headline)] if section.headline != section.title else []
    heading = _element("h2", Markup(" ").join((eyebrow, *headline)), id=f"{place}-title")
    return _element("section", heading, *_all(section.blocks, hand), id=place, aria_labelledby=f"{place}-title")


def _all(blocks: Iterable[Block], hand: _Hand) -> Iterable[Markup]:
    return (element(block, hand) for block in blocks)


@singledispatch
def element(block: Block, _hand: _Hand) -> Markup:
    """Write one block."""
    raise TypeError(f"no element for a {type(block).__name__}: register one in reports.webpage")


@element.register(content.Heading)
def _heading(block: content.Heading, _hand: _Hand) -> Markup:
    return _element("h3", block.text)


@element.register(content.Paragraph)
def _paragraph(block: content.Paragraph, _hand: _Hand) -> Markup:
    return _element("p", block.text, class_="" if block.style == "body" else block.style)


@element.register(content.Bullets)
def _bullets(block: content.Bullets, _hand: _Hand) -> Markup:
    return _element("ul", *(_element("li", item) for item in block.items))


@element.register(content.KeyFigures)
def _key_figures(block: content.KeyFigures, _hand: _Hand) -> Markup:
    figures = (
        _element(
            "div",
            _element("dt", figure.label),
            _element("dd", figure.value, class_="value muted" if figure.muted else "value"),
            _element("dd", figure.evidence, class_="evidence"),
        )
        for figure in block.figures
    )
    return _element("dl", *figures, class_="figures")


@element.register(content.Answers)
def _answers(block: content.Answers, _hand: _Hand) -> Markup:
    answers = (
        _element(
            "div",
            _element("h3", answer.question),
            _element("p", answer.answer),
            _element("p", answer.evidence, class_="evidence"),
        )
        for answer in block.answers
    )
    return _element("div", *answers, class_="answers")


@element.register(content.Actions)
def _actions(block: content.Actions, _hand: _Hand) -> Markup:
    actions = (
        _element(
            "li",
            _element("p", action.strategy, class_="strategy"),
            _element("h4", action.title),
            _element("p", action.reason),
            *([_element("p", action.owners, class_="evidence")] if action.owners else []),
        )
        for action in block.actions
    )
    return _element("div", _element("h3", block.title), _element("ol", *actions), class_="to-do")


@element.register(content.TrustLine)
def _trust_line(block: content.TrustLine, _hand: _Hand) -> Markup:
    marks = (
        _element(
            "div",
            _element("dt", mark.aspect),
            _element(
                "dd",
                _element("span", "●" * content.DOTS[mark.grade], aria_hidden="true"),
                " ",
                mark.verdict,
                class_="verdict",
            ),
            _element("dd", mark.reason, class_="evidence"),
        )
        for mark in block.marks
    )
    return Markup().join((_element("h3", block.title), _element("dl", *marks, class_="trust")))


@element.register(content.Table)
def _table(block: content.Table, _hand: _Hand) -> Markup:
    return _element("div", _rows_of(block), *_note(block.note), class_="table")


def _note(text: str) -> list[Markup]:
    return [_element("p", text, class_="note")] if text else []


def _rows_of(table: content.Table, *, label: str = "") -> Markup:
    """A table; on a phone the cells of a wide one stand under each other, so its parts say what they are."""
    head = _element(
        "tr",
        *(_element("th", c.title, scope="col", role="columnheader", class_=_side(c)) for c in table.columns),
        role="row",
    )
    parts = (
        *([_element("caption", table.caption)] if table.caption else []),
        _element("thead", head, role="rowgroup"),
        _element("tbody", *(_row(row, table.columns) for row in table.rows), role="rowgroup"),
    )
    return _element(
        "table", *parts, role="table", aria_label=label, class_="stacked" if len(table.columns) > _FEW_COLUMNS else ""
    )


def _side(column: content.Column) -> str:
    return "number" if column.align == "right" else ""


def _row(row: content.Row, columns: tuple[content.Column, ...]) -> Markup:
    named = next((i for i, column in enumerate(columns) if column.align == "left"), None)
    cells = (
        _element("th", cell, scope="row", role="rowheader")
        if i == named
        else _element("td", cell, role="cell", class_=_side(column), data_label=column.title)
        for i, (cell, column) in enumerate(zip(row.cells, columns, strict=True))
    )
    kind = " ".join(name for name, holds in (("muted", row.muted), ("strong", row.strong)) if holds)
    return _element("tr", *cells, role="row", class_=kind)


@element.register(content.Columns)
def _columns(block: content.Columns, hand: _Hand) -> Markup:
    room = hand.pen.width - _COLUMN_GAP * (len(block.columns) - 1)
    columns = (
        _element("div", *_all(blocks, replace(hand, pen=replace(hand.pen, width=room * weight / sum(block.weights)))))
        for blocks, weight in zip(block.columns, block.weights, strict=True)
    )
    return _element("div", *columns, class_="columns")


@element.register(content.Chart)
def _chart(block: content.Chart, hand: _Hand) -> Markup:
    """A chart, what it shows in words for those who hear it, and its numbers for all who want them."""
    label = block.caption or hand.words.say("web.chart")
    mark = [_element("span", hand.simulated, class_="mark")] if hand.simulated else []
    caption = [_element("figcaption", block.caption, " ", *mark)] if block.caption else []
    return _element(
        "figure", *caption, *_pictures(block, label, hand), *_note(block.note), _numbers(block, label, hand)
    )


def _pictures(block: content.Chart, label: str, hand: _Hand) -> Iterable[Markup]:
    """The chart for a screen and, of the one that opens a report, a narrow one that a phone shows instead."""
    wide = _picture(block, label, hand, hand.pen.width)
    if hand.pen.width < style.CONTENT_WIDTH:
        yield _element("div", wide, class_="drawing")
        return
    redrawn = isinstance(block, content.PortfolioStrip)
    kind = "drawing wide for-screens" if redrawn else "drawing wide"
    yield _element("div", wide, class_=kind, tabindex="0", role="group", aria_label=label)
    if redrawn:
        yield _element("div", _picture(block, label, hand, _PHONE), class_="drawing for-phones")


def _picture(block: content.Chart, label: str, hand: _Hand, width: float) -> Markup:
    picture = draw_chart(with_texts(block, printable), hand.pen, width)
    return drawn(picture, hand.theme, label=f"{label}. {block.alt}" if block.alt else label)


def _numbers(chart: content.Chart, label: str, hand: _Hand) -> Markup:
    table = with_texts(chart_table(chart, hand.words), readable)
    rows = _rows_of(table, label=label)
    return _element("details", _element("summary", hand.words.say("web.numbers")), rows)
