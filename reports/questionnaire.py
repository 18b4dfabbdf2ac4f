"""The questionnaire on paper, for ethics boards: every question, who is asked it, and its codes; reads no files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from instruments.catalogue import Catalogue, load_catalogue
from instruments.loader import digest
from instruments.model import Instrument, Item, Language, Loop, Matrix
from instruments.model import Page as QuestionPage
from instruments.sheets import Binder
from instruments.study_file import Brand
from reports import questionnaire_blocks as blocks
from reports import style
from reports.content import DocumentInfo
from reports.drawing import Box, Drawing, DrawnMark, Line, Pen
from reports.page import Bookmark, Page, Placed
from reports.pdf import paint_pages
from reports.questionnaire_blocks import Part
from reports.questionnaire_words import Told, told_in
from reports.typesetting import Typesetter, printable
from reports.wording import Wording

_FRAME = 10.0
_BAND = 20.0
_AUTHOR = "Relata"
_OPEN_ENDED = 400
_NUMBER_WIDTH = 110.0


def print_questionnaire(
    instrument: Instrument,
    language: Language,
    *,
    brands: Sequence[Brand] = (),
    title: str = "",
    catalogue: Catalogue | None = None,
) -> bytes:
    """Give a questionnaire in one language as the bytes of a PDF file.

    `brands` are those of a study, `title` its name; without a study lists of brands say so in words.
    """
    told = told_in(Binder(instrument, brands, catalogue or load_catalogue()), Wording(language))
    name = printable(told.text(instrument.title))
    pages = _lay_out(told, name, printable(title))
    kind = told.say("kind")
    info = DocumentInfo(f"{kind}: {name}", _AUTHOR, kind, (instrument.instrument, f"{instrument.version}"))
    return paint_pages(pages, info, language)


@dataclass
class _Flow:
    """Pages being filled from the top down; `framed` pages have a line beside what is asked of each brand."""

    top: float
    pages: list[list[Placed]] = field(default_factory=list)
    bookmarks: list[list[Bookmark]] = field(default_factory=list)
    y: float = 0.0
    framed: bool = False

    def __post_init__(self) -> None:
        self.open_page()

    def open_page(self) -> None:
        self.pages.append([])
        self.bookmarks.append([])
        self.y = self.top

    @property
    def room(self) -> float:
        return style.PAGE_HEIGHT - style.BOTTOM - self.y

    def put(self, group: Sequence[Part]) -> None:
        """Place parts that belong together; on a new page where they do not fit on this one."""
        height = sum(part.before + part.drawing.height for part in group)
        if height > self.room and self.pages[-1]:
            self.open_page()
            if group[0].head is not None:
                self._place(Part(group[0].head, 0))
        for part in group:
            if part.drawing.height > self.room and self.pages[-1]:
                self.open_page()
            self._place(part)

    def _place(self, part: Part) -> None:
        before = part.before if self.pages[-1] else 0.0
        height = before + part.drawing.height
        if self.framed:
            line = Drawing(1, height, (Line(0, 0, 0, height, style.OWN_SOFT, 2),))
            self.pages[-1].append(Placed(style.MARGIN - _FRAME, self.y, line, "Artifact"))
        self.pages[-1].append(Placed(style.MARGIN, self.y + before, part.drawing, "P"))
        self.y += height

    def mark(self, key: str, title: str) -> None:
        """Note where a page of the questionnaire begins."""
        self.bookmarks[-1].append(Bookmark(key, title, self.y))


def _lay_out(told: Told, name: str, study: str) -> tuple[Page, ...]:
    pen = Pen(Typesetter(told.wording.language))
    draft = told.wording.language in told.instrument.drafts
    flow = _Flow(style.TOP - (0 if draft else 8))
    for group in _groups(_opening(told, name, study, pen)):
        flow.put(group)
    for entry in told.instrument.pages:
        if isinstance(entry, Loop):
            _put_loop(flow, entry, told, pen)
        else:
            _put_page(flow, entry, told, pen)
    inner = zip(flow.pages, flow.bookmarks, strict=True)
    total = len(flow.pages)
    return tuple(
        Page((*placed, _furniture(told, name, number, total, pen, draft=draft)), tuple(marks))
        for number, (placed, marks) in enumerate(inner, start=1)
    )


def _opening(told: Told, name: str, study: str, pen: Pen) -> Iterator[Part]:
    instrument = told.instrument
    stack = pen.stack(0, style.CONTENT_WIDTH)
    stack.add(told.say("kind"), style.EYEBROW, style.OWN)
    stack.add(name, style.TITLE, style.INK, before=2, balanced=True)
    stack.add(study, style.LEAD, style.TEXT)
    stack.add(told.text(instrument.description), style.BODY, style.TEXT, before=4)
    version = told.say("version", version=str(instrument.version))
    stack.add(f"{version} · {digest(instrument)[:12]}", style.SMALL, style.SUBTLE, before=6)
    stack.add(told.say("sources", source=printable(instrument.source)), style.SMALL, style.SUBTLE)
    stack.add(told.say("reading"), style.SMALL, style.SUBTLE, before=6)
    stack.skip(6)
    stack.marks.append(Line(0, stack.y, style.CONTENT_WIDTH, stack.y, style.RULE, 0.6))
    yield Part(Drawing(style.CONTENT_WIDTH, stack.y + 1, tuple(stack.marks)), 0)


def _put_loop(flow: _Flow, loop: Loop, told: Told, pen: Pen) -> None:
    flow.framed = True
    text = told.say("loop", max=str(loop.at_most), eligible=told.eligible(loop))
    order = [told.say("random_pages")] if loop.random_order else []
    flow.put([*blocks.routing_note(" ".join([text, *order]), pen, before=18)])
    for page in loop.pages:
        _put_page(flow, page, told, pen)
    if loop.offer:
        flow.put([*blocks.routing_note(told.say("offer", max=str(loop.at_most)), pen, before=14)])
        for group in _groups(_item(loop.offer, "", told, pen)):
            flow.put(group)
    flow.put([*blocks.routing_note(told.say("loop_end"), pen, before=10)])
    flow.framed = False


def _put_page(flow: _Flow, page: QuestionPage, told: Told, pen: Pen) -> None:
    title = told.text(page.title)
    groups = list(_groups(_page(page, title, told, pen)))
    if groups and sum(part.before + part.drawing.height for part in groups[0]) > flow.room:
        flow.open_page()
    flow.mark(page.page, title)
    for group in groups:
        flow.put(group)


def _page(page: QuestionPage, title: str, told: Told, pen: Pen) -> Iterator[Part]:
    stack = pen.stack(0, style.CONTENT_WIDTH)
    stack.add(title, style.HEADING, style.OWN)
    yield Part(Drawing(style.CONTENT_WIDTH, stack.y, tuple(stack.marks)), 20, with_next=True)
    yield from blocks.routing_note(told.routing.sentence("only_if", page.relevant), pen)
    yield from blocks.routing_note(told.say("drawn") if page.about else "", pen)
    yield from blocks.routing_note(told.say("random_questions") if page.random_order else "", pen)
    for question in page.questions:
        if isinstance(question, Matrix):
            yield from _matrix(question, told, pen)
        else:
            yield from _item(question, told.numbered.numbers.get(question.name, ""), told, pen)
    if page.screen_out:
        yield from _alone(blocks.routing_note(told.routing.sentence("ends_if", page.screen_out), pen, before=8))


def _alone(parts: Iterable[Part]) -> Iterator[Part]:
    """Parts that close a page, and need not stay with what follows."""
    yield from (Part(part.drawing, part.before) for part in parts)


def _matrix(matrix: Matrix, told: Told, pen: Pen) -> Iterator[Part]:
    yield from blocks.routing_note(told.routing.sentence("only_if", matrix.relevant), pen, before=11)
    yield blocks.heading(told.number(matrix), told.text(matrix.label), told.grid_remark(matrix), "", pen)
    yield from blocks.grid(blocks.matrix_rows(matrix, told), told.grid_choices(matrix), told, pen)


def _item(item: Item, number: str, told: Told, pen: Pen) -> Iterator[Part]:
    yield from blocks.routing_note(told.routing.sentence("only_if", item.relevant), pen, before=11)
    label, remark = told.text(item.label), told.remark(item)
    if item.type == "note":
        yield from blocks.note(label, pen)
        return
    if item.type == "consent":
        yield from blocks.consent(label, number, remark, pen)
        return
    yield blocks.heading(number, label, remark, told.optional(item.hint), pen)
    yield from blocks.routing_note(told.routing.sentence("offered_if", item.choice_filter), pen)
    yield from _answer(item, told, pen)
    if item.type not in ("select_one", "select_multiple"):
        yield from blocks.choices(told.reasons(item), told, pen, many=True)


def _answer(item: Item, told: Told, pen: Pen) -> Iterator[Part]:
    """Where the answer is given."""
    answers = told.choices(item)
    match item.type:
        case "select_one" | "select_multiple":
            if source := _of_study(item, told):
                yield from blocks.note(told.say(source), pen)
            yield from blocks.choices(answers, told, pen, many=item.type == "select_multiple")
        case "rank" | "constant_sum":
            yield from blocks.fields(told.binder.choices[item.list or ""], told, pen)
        case "best_worst":
            ends = (told.optional(item.low), told.optional(item.high))
            yield from blocks.extremes(told.binder.choices[item.list or ""], ends, told, pen)
        case "range":
            yield from blocks.slider(item, told, pen)
        case "date":
            yield from blocks.day_boxes(pen)
        case "integer" | "decimal":
            yield from blocks.writing_line(pen, width=_NUMBER_WIDTH)
        case _:
            short = item.max_length is not None and item.max_length < _OPEN_ENDED
            yield from blocks.writing_line(pen, lines=1 if short else 3)


def _of_study(item: Item, told: Told) -> str:
    """What a list without choices takes from a study, before there is one."""
    answers = told.instrument.lists.get(item.list or "")
    taken = answers is not None and answers.source in ("brands", "industries") and not told.binder.brand_names
    return str(answers.source) if answers and taken else ""


def _groups(parts: Iterable[Part]) -> Iterator[list[Part]]:
    """Parts that must share a page."""
    group: list[Part] = []
    for part in parts:
        group.append(part)
        if not part.with_next:
            yield group
            group = []
    if group:
        yield group


def _furniture(told: Told, name: str, number: int, total: int, pen: Pen, *, draft: bool) -> Placed:
    """What stands on every page: the draft mark, the name, the version and the page number."""
    marks: list[DrawnMark] = []
    if draft:
        marks.append(Box(0, 0, style.PAGE_WIDTH, _BAND, style.WARN_SOFT))
        middle = style.PAGE_WIDTH / 2
        marks.append(pen.centred(middle, _BAND / 2, told.say("draft"), style.SMALL_STRONG, style.WARN, anchor="middle"))
    if number > 1:
        y = 38.0
        marks.append(pen.centred(style.MARGIN, y, pen.setter.fitted(name, style.TINY, 300), style.TINY, style.SUBTLE))
        marks.append(Line(style.MARGIN, y + 9, style.PAGE_WIDTH - style.MARGIN, y + 9, style.RULE, 0.5))
    y, right = style.PAGE_HEIGHT - 30, style.PAGE_WIDTH - style.MARGIN
    version = told.say("version", version=str(told.instrument.version))
    marks.append(pen.centred(style.MARGIN, y, f"{told.instrument.instrument} · {version}", style.TINY, style.SUBTLE))
    page = told.say("page", page=str(number), pages=str(total))
    marks.append(pen.centred(right, y, page, style.TINY_STRONG, style.SUBTLE, anchor="end"))
    return Placed(0, 0, Drawing(style.PAGE_WIDTH, style.PAGE_HEIGHT, tuple(marks)), "Artifact")
