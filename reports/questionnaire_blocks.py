"""Draws the questions of a printed questionnaire: boxes to tick, lines to write on, grids; knows no pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from instruments.model import Choice, Item, Matrix
from reports import style
from reports.drawing import Anchor, Box, Circle, Drawing, DrawnMark, Line, Pen, Stack
from reports.questionnaire_words import Told
from reports.routing import letter

_INDENT = 26.0
_WIDTH = style.CONTENT_WIDTH - _INDENT
_BOX = 8.0
_ROW_SHARE, _COLUMN_SHARE = 0.40, 0.11
_LEAST_COLUMN = 30.0
_PAIRS_FROM = 7
_TOGETHER = 12
"""So many choices are never parted by the end of a page."""
_NOTE_FONT = style.SMALL


@dataclass(frozen=True)
class Part:
    """Something that the end of a page never cuts.

    `with_next` keeps it on the page of the part that follows; `head` is drawn again where the part is the first of
    its page.
    """

    drawing: Drawing
    before: float
    with_next: bool = False
    head: Drawing | None = None


def routing_note(text: str, pen: Pen, *, before: float = 3.0) -> Iterator[Part]:
    """A note that respondents do not see, behind an arrow."""
    if not text:
        return
    stack = pen.stack(_INDENT + 12, _WIDTH - 12)
    stack.add(text, _NOTE_FONT, style.OWN)
    arrow = pen.centred(_INDENT, _NOTE_FONT.leading / 2, "→", _NOTE_FONT, style.OWN)
    yield Part(Drawing(style.CONTENT_WIDTH, stack.y, (arrow, *stack.marks)), before, with_next=True)


def note(text: str, pen: Pen) -> Iterator[Part]:
    """A text that is only read."""
    stack = pen.stack(_INDENT + 10, _WIDTH - 20, 6)
    stack.add(text, style.BODY, style.TEXT)
    back = Box(_INDENT, 0, _WIDTH, stack.y + 6, style.WASH, radius=3)
    yield Part(Drawing(style.CONTENT_WIDTH, stack.y + 6, (back, *stack.marks)), 8)


def heading(number: str, label: str, remark: str, hint: str, pen: Pen) -> Part:
    """Number, text and what an answer may be."""
    stack = pen.stack(_INDENT, _WIDTH)
    stack.add(label, style.STRONG, style.INK)
    stack.add(hint, style.SMALL, style.TEXT)
    stack.add(remark, style.SMALL, style.SUBTLE, before=1)
    figure = pen.centred(0, style.STRONG.leading / 2, number, style.STRONG, style.OWN)
    return Part(Drawing(style.CONTENT_WIDTH, stack.y, (figure, *stack.marks)), 11, with_next=True)


def choices(answers: Sequence[Choice], told: Told, pen: Pen, *, many: bool, code: bool = True) -> Iterator[Part]:
    """Boxes to tick; many short ones stand in two columns."""
    labels = [told.text(choice.label) for choice in answers]
    half = (_WIDTH - style.GUTTER) / 2
    short = all(pen.setter.width(label, style.BODY) < half - 40 for label in labels)
    columns = 2 if len(answers) >= _PAIRS_FROM and short else 1
    width = half if columns == 2 else _WIDTH  # noqa: PLR2004 - two columns
    per_column = -(-len(answers) // columns)
    for row in range(per_column):
        marks: list[DrawnMark] = []
        height = 0.0
        for column in range(columns):
            at = row + column * per_column
            if at < len(answers):
                x = _INDENT + column * (half + style.GUTTER)
                stack = _choice(x, width, labels[at], str(answers[at].code) if code else "", pen, many=many)
                marks += stack.marks
                height = max(height, stack.y)
        drawing = Drawing(style.CONTENT_WIDTH, height, tuple(marks))
        together = row < per_column - 1 and (per_column <= _TOGETHER or row in {0, per_column - 2})
        yield Part(drawing, 3 if row else 4, with_next=together)


def _choice(x: float, width: float, label: str, code: str, pen: Pen, *, many: bool) -> Stack:
    stack = pen.stack(x + _BOX + 7, width - _BOX - 34)
    stack.add(label, style.BODY, style.TEXT)
    middle = style.BODY.leading / 2
    stack.marks.append(_tick_box(x, middle, many=many))
    if code:
        stack.marks.append(pen.centred(x + width - 4, middle, code, style.TINY, style.MUTED, anchor="end"))
    return stack


def _tick_box(x: float, middle: float, *, many: bool) -> DrawnMark:
    if many:
        return Box(x, middle - _BOX / 2, _BOX, _BOX, None, style.INK)
    return Circle(x + _BOX / 2, middle, _BOX / 2, None, style.INK, 0.6)


def fields(answers: Sequence[Choice], told: Told, pen: Pen) -> Iterator[Part]:
    """A box for a number beside each choice, for ranks and amounts."""
    for at, choice in enumerate(answers):
        stack = pen.stack(_INDENT + 40, _WIDTH - 70, 2)
        stack.add(told.text(choice.label), style.BODY, style.TEXT)
        box = Box(_INDENT, 1, 30, style.BODY.leading + 2, None, style.INK, radius=2)
        code = pen.centred(
            _INDENT + _WIDTH - 4, 2 + style.BODY.leading / 2, str(choice.code), style.TINY, style.MUTED, anchor="end"
        )
        drawing = Drawing(style.CONTENT_WIDTH, max(stack.y, style.BODY.leading + 5), (box, *stack.marks, code))
        yield Part(drawing, 3, with_next=at < len(answers) - 1 and at in {0, len(answers) - 2})


def writing_line(pen: Pen, *, lines: int = 1, width: float = _WIDTH) -> Iterator[Part]:
    """Room to write."""
    height = 20.0 * lines
    frame = Box(_INDENT, 0, min(width, pen.width - _INDENT), height, None, style.INK, radius=2)
    yield Part(Drawing(style.CONTENT_WIDTH, height, (frame,)), 5)


def day_boxes(pen: Pen) -> Iterator[Part]:
    """Boxes for year, month and day."""
    marks: list[DrawnMark] = []
    x = _INDENT
    for part, digits in enumerate((4, 2, 2)):
        if part:
            marks.append(pen.centred(x + 2, 9.5, "–", style.BODY, style.TEXT))
            x += 14
        marks += [Box(x + 17 * at, 0, 15, 19, None, style.INK, radius=2) for at in range(digits)]
        x += 17 * digits
    yield Part(Drawing(style.CONTENT_WIDTH, 19, tuple(marks)), 5)


def slider(item: Item, told: Told, pen: Pen) -> Iterator[Part]:
    """A line from one end to the other with its steps."""
    low, high, step = item.min or 0, item.max or 0, item.step or 1
    steps = max((high - low) // step, 1)
    left, right, y = _INDENT + 6, _INDENT + _WIDTH - 6, 24.0
    marks: list[DrawnMark] = [Line(left, y, right, y, style.INK, 0.8)]
    every = -(-steps // 20)
    for at in range(0, steps + 1, every):
        x = left + (right - left) * at / steps
        marks.append(Line(x, y - 3.5, x, y + 3.5, style.INK, 0.6))
        marks.append(pen.centred(x, y + 11, str(low + at * step), style.TINY, style.MUTED, anchor="middle"))
    half = _WIDTH / 2 - 8
    ends: tuple[tuple[float, str, Anchor], ...] = (
        (left - 6, told.optional(item.low), "start"),
        (right + 6, told.optional(item.high), "end"),
    )
    for x, text, anchor in ends:
        fitted = pen.setter.fitted(text, style.SMALL, half)
        marks.append(pen.centred(x, 8, fitted, style.SMALL, style.TEXT, anchor=anchor))
    yield Part(Drawing(style.CONTENT_WIDTH, y + 18, tuple(marks)), 4)


def consent(label: str, number: str, remark: str, pen: Pen) -> Iterator[Part]:
    """A box beside a text that has to be agreed with."""
    stack = pen.stack(_INDENT + 17, _WIDTH - 17)
    stack.add(label, style.BODY, style.INK)
    stack.add(remark, style.SMALL, style.SUBTLE, before=1)
    middle = style.BODY.leading / 2
    figure = pen.centred(0, middle, number, style.STRONG, style.OWN)
    marks = (figure, _tick_box(_INDENT, middle, many=True), *stack.marks)
    yield Part(Drawing(style.CONTENT_WIDTH, stack.y, marks), 11)


def grid(rows: Sequence[str], answers: Sequence[Choice], told: Told, pen: Pen) -> Iterator[Part]:
    """A row for each statement and a column for each answer, whose words stand above or in a key."""
    share = _WIDTH * max(_ROW_SHARE, 1 - _COLUMN_SHARE * len(answers))
    width = (_WIDTH - share) / max(len(answers), 1)
    labels = [told.text(choice.label) for choice in answers]
    worded = width >= _LEAST_COLUMN and all(_fits(label, width - 4, pen) for label in labels)
    if not worded:
        key = "   ".join(f"{choice.code} = {label}" for choice, label in zip(answers, labels, strict=True))
        stack = pen.stack(_INDENT, _WIDTH)
        stack.add(key, style.SMALL, style.TEXT)
        yield Part(Drawing(style.CONTENT_WIDTH, stack.y, tuple(stack.marks)), 4, with_next=True)
    centres = [_INDENT + share + (at + 0.5) * width for at in range(len(answers))]
    head = _grid_head(answers, labels if worded else [], centres, width, pen)
    for at, text in enumerate(rows):
        stack = pen.stack(_INDENT + 18, share - 24, 4)
        stack.add(text, style.BODY, style.TEXT)
        height = stack.y + 4
        mark = pen.centred(_INDENT + 4, 4 + style.BODY.leading / 2, letter(at), style.SMALL, style.MUTED)
        back = [Box(_INDENT, 0, _WIDTH, height, style.WASH)] if at % 2 == 0 else []
        circles = [Circle(x, height / 2, _BOX / 2, style.WHITE, style.INK, 0.6) for x in centres]
        drawing = Drawing(style.CONTENT_WIDTH, height, (*back, mark, *stack.marks, *circles))
        if at == 0:
            yield Part(head, 6, with_next=True)
        last_but_one = at == len(rows) - 2
        yield Part(drawing, 0, with_next=(at == 0 and len(rows) > 1) or last_but_one, head=head)


def _fits(label: str, width: float, pen: Pen) -> bool:
    """Whether no word of a heading has to be cut."""
    if pen.setter.language == "zh":
        return True
    return all(pen.setter.width(word, style.TINY) <= width for word in label.split())


def _grid_head(
    answers: Sequence[Choice], labels: Sequence[str], centres: Sequence[float], width: float, pen: Pen
) -> Drawing:
    lines = [pen.setter.lines(label, style.TINY, width - 4) for label in labels]
    most = max((len(told) for told in lines), default=0)
    marks: list[DrawnMark] = []
    for x, told in zip(centres, lines, strict=False):
        top = (most - len(told)) * style.TINY.leading
        for at, line in enumerate(told):
            y = top + (at + 0.5) * style.TINY.leading
            marks.append(pen.centred(x, y, line, style.TINY, style.TEXT, anchor="middle"))
    y = most * style.TINY.leading + style.TINY.leading / 2 + 1
    for x, choice in zip(centres, answers, strict=True):
        font, colour = (style.TINY, style.MUTED) if labels else (style.SMALL_STRONG, style.TEXT)
        marks.append(pen.centred(x, y, str(choice.code), font, colour, anchor="middle"))
    height = y + style.TINY.leading / 2 + 3
    return Drawing(style.CONTENT_WIDTH, height, tuple(marks))


def extremes(answers: Sequence[Choice], ends: tuple[str, str], told: Told, pen: Pen) -> Iterator[Part]:
    """The list of a best-worst question with a circle on either side."""
    side = 62.0
    centres = (_INDENT + side / 2, _INDENT + _WIDTH - side / 2)
    marks: list[DrawnMark] = []
    for x, text in zip(centres, ends, strict=True):
        marks += pen.wrapped(x, 10, text, style.TINY, style.TEXT, width=side, most=2, anchor="middle")
    yield Part(Drawing(style.CONTENT_WIDTH, 22, tuple(marks)), 4, with_next=True)
    for at, choice in enumerate(answers):
        stack = pen.stack(_INDENT + side + 8, _WIDTH - 2 * side - 16, 3)
        stack.add(told.text(choice.label), style.BODY, style.TEXT)
        height = stack.y + 3
        back = [Box(_INDENT, 0, _WIDTH, height, style.WASH)] if at % 2 == 0 else []
        circles = [Circle(x, height / 2, _BOX / 2, style.WHITE, style.INK, 0.6) for x in centres]
        yield Part(Drawing(style.CONTENT_WIDTH, height, (*back, *stack.marks, *circles)), 0, with_next=at == 0)


def matrix_rows(matrix: Matrix, told: Told) -> list[str]:
    """The statements or rules of a matrix."""
    return [told.text(label) for label in told.rows(matrix)]
