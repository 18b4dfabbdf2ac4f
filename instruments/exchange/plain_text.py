"""Texts with HTML, Markdown or placeholders made into plain sentences; decides nothing about questions."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BREAKS = frozenset({"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "hr"})
_SILENT = frozenset({"script", "style", "head", "title", "noscript", "iframe", "object"})
_MEDIA = frozenset({"img", "audio", "video", "embed", "iframe", "object", "canvas", "svg"})
_MARKUP = re.compile(r"<[A-Za-z/!][^<>]*>|&[A-Za-z#][A-Za-z0-9]{1,30};")
_MARKDOWN = re.compile(
    r"(?<![\w*])\*{1,3}(?=\S)([^*\n]+?)(?<=\S)\*{1,3}(?![\w*])|(?<!\w)__(?=\S)([^_\n]+?)(?<=\S)__(?!\w)"
)
_HEADING = re.compile(r"^\s*#{1,6}\s+", re.MULTILINE)
_LINK = re.compile(r"\[([^\[\]]+)\]\((?:https?:|mailto:)[^()\s]*\)")
_LONGEST = 20_000


class _Stripper(HTMLParser):
    """Keeps what a reader would see."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.media: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _MEDIA:
            self.media.append(tag)
            self.parts.append(next((value or "" for key, value in attrs if key == "alt"), ""))
        if tag in _SILENT:
            self.silent += 1
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT and self.silent:
            self.silent -= 1
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(data)


def plain(text: str) -> tuple[str, tuple[str, ...]]:
    """Take the markup out of a text.

    Parameters
    ----------
    text : str
        With HTML or with the little Markdown that XLSForm allows; or neither.

    Returns
    -------
    tuple of str and tuple of str
        The text on one line, and the kinds of pictures and sounds that stood in it.
    """
    media: tuple[str, ...] = ()
    text = text[:_LONGEST]
    if _MARKUP.search(text):
        stripper = _Stripper()
        stripper.feed(text)
        stripper.close()
        text, media = "".join(stripper.parts), tuple(dict.fromkeys(stripper.media))
    text = _LINK.sub(r"\1", _HEADING.sub("", text))
    text = _MARKDOWN.sub(lambda found: found[1] or found[2], text)
    return " ".join(text.split()), media
