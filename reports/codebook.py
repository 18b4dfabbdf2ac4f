"""A codebook to read, as a web page and as a PDF: what each column of the answers holds; reads no files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from itertools import groupby

from instruments.exchange.codebook import MISSING_LABELS, Codebook, Entry
from instruments.model import Language, Texts
from reports import style
from reports.content import DocumentInfo
from reports.drawing import Drawing, DrawnMark, Line, Pen
from reports.page import Bookmark, Page, Placed
from reports.pdf import paint_pages
from reports.typesetting import Typesetter, printable
from reports.wording import Wording

_PLACE = "${brand}"
_COLUMNS = (0.0, 128.0, 348.0)
_WIDTHS = (120.0, 208.0, style.CONTENT_WIDTH - 348.0)
_MOST_CODES = 40
"""More codes of one column go on in another row, which may stand on the next page."""
_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;color:#17212e;margin:2rem auto;max-width:70rem;padding:0 1rem}
h1{font-size:1.8rem;margin:0}h2{color:#0b5587;margin:2.2rem 0 .5rem}table{border-collapse:collapse;width:100%}
table{table-layout:fixed}th:first-child{width:26%}th:last-child{width:32%}th{text-align:left;color:#66727f;font-weight:600}
td,th{vertical-align:top;padding:.45rem .8rem .45rem 0;border-top:1px solid #d2d8de}
code{font:600 .95rem ui-monospace,monospace;overflow-wrap:anywhere}ul{margin:0;padding:0;list-style:none}
.note{color:#66727f;font-size:.85rem}.codes li{display:flex;gap:.6rem}.codes b{min-width:2.2rem;font-weight:600}
@media(max-width:40rem){table,tbody,tr,td{display:block}thead{display:none}td{border:0;padding:.1rem 0}
tr{border-top:1px solid #d2d8de;padding:.6rem 0}}
@media print{body{margin:0;max-width:none}tr{break-inside:avoid}}
""".replace("\n", "")


class _Words:
    """The words of a codebook in one language."""

    def __init__(self, codebook: Codebook, language: Language) -> None:
        self.codebook = codebook
        self.wording = Wording(language)
        self.language = language

    def say(self, key: str, **fields: str) -> str:
        return self.wording.say(f"codebook.{key}", **fields)

    def text(self, texts: Texts) -> str:
        told = texts.get(self.language) or next(iter(texts.values()), "")
        return " ".join(told.replace(_PLACE, self.wording.say("questionnaire.brand")).split())

    @property
    def title(self) -> str:
        return self.text(self.codebook.title)

    def groups(self) -> Iterator[tuple[str, list[Entry]]]:
        """Columns by the page that asks for them, under its title."""
        titles = {page.page: self.text(page.title) for page in self.codebook.instrument.all_pages()}
        for key, entries in groupby(self.codebook.entries, lambda entry: entry.group):
            yield titles.get(key, key or "–"), list(entries)

    def remarks(self, entry: Entry) -> str:
        """Whose answer it is, and the scale it belongs to."""
        told = [self.say("person" if entry.level == "person" else "rating")]
        if entry.scale:
            scale = self.text(self.codebook.instrument.scales[entry.scale].label)
            turned = f" ({self.say('reversed')})" if entry.reversed else ""
            told.append(f"{self.say('scale')}: {scale}{turned}")
        return " · ".join(told)

    def questions(self, entry: Entry) -> list[str]:
        """Label, and the question's text where that is another."""
        return list(dict.fromkeys((self.text(entry.label), self.text(entry.question))))

    def codes(self, entry: Entry) -> list[tuple[str, str]]:
        """Codes with what they stand for; of numbers their bounds."""
        if entry.categories:
            return [(str(choice.code), self.text(choice.label)) for choice in entry.categories]
        low, high = entry.range
        if entry.kind == "number" and low is not None and high is not None:
            return [("", self.say("number")), ("", self.say("range", low=str(low), high=str(high)))]
        return [("", self.say(entry.kind if entry.kind in ("number", "text", "date") else "text"))]

    def missing(self) -> list[tuple[str, str]]:
        return [(str(code), self.text(label)) for code, label in MISSING_LABELS.items()]


def codebook_html(codebook: Codebook, language: Language) -> str:
    """Give a codebook as a web page that needs nothing else."""
    words = _Words(codebook, language)
    title = escape(words.title)
    tag = {"zh": "zh-Hans"}.get(language, language)
    view = '<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
    named = f"<title>{escape(words.say('title'))}: {title}</title><style>{_STYLE}</style>"
    head = f'<!doctype html><html lang="{tag}"><head>{view}{named}</head>'
    opening = f'<p class="note">{escape(words.say("title"))}</p><h1>{title}</h1><p>{escape(words.say("about"))}</p>'
    missing = f"<h2>{escape(words.say('missing_codes'))}</h2>{_html_codes(words.missing())}"
    groups = "".join(_html_group(name, entries, words) for name, entries in words.groups())
    return f"{head}<body><main>{opening}{missing}{groups}</main></body></html>\n"


def _html_group(name: str, entries: Iterable[Entry], words: _Words) -> str:
    columns = "".join(f'<th scope="col">{escape(words.say(key))}</th>' for key in ("column", "question", "codes"))
    rows = "".join(_html_row(entry, words) for entry in entries)
    return f"<h2>{escape(name)}</h2><table><thead><tr>{columns}</tr></thead><tbody>{rows}</tbody></table>"


def _html_row(entry: Entry, words: _Words) -> str:
    name = f'<code>{escape(entry.name)}</code><div class="note">{escape(words.remarks(entry))}</div>'
    question = "".join(f"<div>{escape(text)}</div>" for text in words.questions(entry))
    cells = "".join(f"<td>{cell}</td>" for cell in (name, question, _html_codes(words.codes(entry))))
    return f'<tr id="{escape(entry.name)}">{cells}</tr>'


def _html_codes(codes: Iterable[tuple[str, str]]) -> str:
    items = "".join(
        f"<li>{f'<b>{escape(code)}</b>' if code else ''}<span>{escape(label)}</span></li>" for code, label in codes
    )
    return f'<ul class="codes">{items}</ul>'


def codebook_pdf(codebook: Codebook, language: Language) -> bytes:
    """Give a codebook as the bytes of a PDF file."""
    words = _Words(codebook, language)
    pen = Pen(Typesetter(language))
    pages: list[list[Placed]] = [[]]
    marks: list[list[Bookmark]] = [[]]
    y = style.TOP
    for drawing, title in _drawings(words, pen):
        if y + drawing.height > style.PAGE_HEIGHT - style.BOTTOM and pages[-1]:
            pages.append([])
            marks.append([])
            y = style.TOP
        if title:
            marks[-1].append(Bookmark(f"p{len(pages)}-{len(marks[-1])}", title, y))
        pages[-1].append(Placed(style.MARGIN, y, drawing, "P"))
        y += drawing.height
    total = len(pages)
    finished = [
        Page((*placed, _footer(words, number, total, pen)), tuple(there))
        for number, (placed, there) in enumerate(zip(pages, marks, strict=True), start=1)
    ]
    info = DocumentInfo(f"{words.say('title')}: {words.title}", "Relata", words.say("title"), ())
    return paint_pages(finished, info, language)


def _drawings(words: _Words, pen: Pen) -> Iterator[tuple[Drawing, str]]:
    """Everything from the top down; the heading of a group holds its first column, so that neither stands alone."""
    stack = pen.stack(0, style.CONTENT_WIDTH)
    stack.add(printable(words.say("title")), style.EYEBROW, style.OWN)
    stack.add(printable(words.title), style.TITLE, style.INK, before=2, balanced=True)
    stack.add(printable(words.say("about")), style.BODY, style.TEXT, before=4)
    stack.add(printable(words.say("missing_codes")), style.HEADING, style.OWN, before=12)
    for code, label in words.missing():
        stack.add(f"{code} = {printable(label)}", style.SMALL, style.TEXT)
    yield Drawing(style.CONTENT_WIDTH, stack.y + 6, tuple(stack.marks)), ""
    for name, entries in words.groups():
        for at, entry in enumerate(entries):
            codes = words.codes(entry)
            for start in range(0, len(codes), _MOST_CODES):
                first = not at and not start
                yield (
                    _row(entry, codes[start : start + _MOST_CODES], words, pen, name if first else ""),
                    name if first else "",
                )


def _row(entry: Entry, codes: Iterable[tuple[str, str]], words: _Words, pen: Pen, heading: str) -> Drawing:
    head = pen.stack(0, style.CONTENT_WIDTH, 14 if heading else 0)
    head.add(printable(heading), style.HEADING, style.OWN)
    top = head.y + 5
    stacks = [pen.stack(x, width, top) for x, width in zip(_COLUMNS, _WIDTHS, strict=True)]
    stacks[0].add(entry.name, style.SMALL_STRONG, style.INK)
    stacks[0].add(printable(words.remarks(entry)), style.TINY, style.SUBTLE)
    for text in words.questions(entry):
        stacks[1].add(printable(text), style.SMALL, style.TEXT)
    for code, label in codes:
        stacks[2].add(printable(f"{code} = {label}" if code else label), style.SMALL, style.TEXT)
    rule = Line(0, head.y + 1, style.CONTENT_WIDTH, head.y + 1, style.RULE, 0.5)
    inside: tuple[DrawnMark, ...] = (*head.marks, rule, *(mark for stack in stacks for mark in stack.marks))
    return Drawing(style.CONTENT_WIDTH, max(stack.y for stack in stacks) + 4, inside)


def _footer(words: _Words, number: int, total: int, pen: Pen) -> Placed:
    y, right = style.PAGE_HEIGHT - 30, style.PAGE_WIDTH - style.MARGIN
    name = f"{words.codebook.instrument.instrument} · {words.codebook.instrument.version}"
    page = words.say("page", page=str(number), pages=str(total))
    marks = (
        pen.centred(style.MARGIN, y, name, style.TINY, style.SUBTLE),
        pen.centred(right, y, page, style.TINY_STRONG, style.SUBTLE, anchor="end"),
    )
    return Placed(0, 0, Drawing(style.PAGE_WIDTH, style.PAGE_HEIGHT, marks), "Artifact")
