"""Texts and translations as XLIFF 1.2 for translation programs, placeholders locked; opens no questionnaire."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, fromstring, tostring

from instruments.exchange.opening import read_bytes, read_xml
from instruments.translation.records import Standing, Unit
from instruments.translation.returning import Returned
from instruments.translation.texts import LANGUAGES, PLACEHOLDER, TranslationError
from instruments.yaml_file import Problem

_TAGS = {"zh": "zh-Hans"}
_STATES: dict[Standing, str] = {
    "missing": "needs-translation",
    "stale": "needs-adaptation",
    "draft": "needs-review-translation",
    "reviewed": "translated",
    "adjudicated": "signed-off",
}
_STATUSES = {
    "needs-review-translation": "draft",
    "needs-review-adaptation": "draft",
    "translated": "reviewed",
    "signed-off": "adjudicated",
    "final": "adjudicated",
}
_BACK = "back-translation"
_XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_LOCKED = ("x", "ph", "g", "bx", "ex", "bpt", "ept", "it", "mrk")


def xliff_of(file_name: str, source: str, language: str, units: Sequence[Unit]) -> str:
    """Write texts for a translation program.

    Parameters
    ----------
    file_name : str
        The questionnaire's own name, without folders.
    source, language : str
        The languages translated from and into.
    units : sequence of Unit
        The texts.

    Returns
    -------
    str
        XLIFF 1.2; a placeholder is one ``x`` element that programs cannot take apart.
    """
    root = Element("xliff", {"version": "1.2", "xmlns": "urn:oasis:names:tc:xliff:document:1.2"})
    attributes = {"original": file_name, "datatype": "x-relata", "source-language": _tag(source)}
    file = SubElement(root, "file", {**attributes, "target-language": _tag(language)})
    body = SubElement(file, "body")
    for unit in units:
        entry = SubElement(body, "trans-unit", {"id": unit.place, _XML_SPACE: "preserve"})
        placeholders = list(dict.fromkeys(PLACEHOLDER.findall(unit.source)))
        _inline(SubElement(entry, "source"), unit.source, placeholders)
        _inline(SubElement(entry, "target", {"state": _STATES[unit.standing]}), unit.target, placeholders)
        for note in unit.notes:
            SubElement(entry, "note").text = note
        if unit.back:
            SubElement(entry, "note", {"from": _BACK}).text = unit.back
    for depth, element in ((0, root), (1, file), (2, body)):
        element.text, element[-1].tail = "\n" + " " * (depth + 1), "\n" + " " * depth
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _tag(language: str) -> str:
    return _TAGS.get(language, language)


def _inline(element: Element, text: str, placeholders: list[str]) -> None:
    """A text with its placeholders as elements; an unknown one stays text and is told when it comes back."""
    last: Element | None = None
    for part in re.split(f"({PLACEHOLDER.pattern})", text):
        if part in placeholders:
            attributes = {"id": str(placeholders.index(part) + 1), "ctype": "x-placeholder", "equiv-text": part}
            last = SubElement(element, "x", attributes)
        elif last is None:
            element.text = (element.text or "") + part
        else:
            last.tail = (last.tail or "") + part


def read_xliff(path: Path) -> tuple[str, str, tuple[Returned, ...]]:
    """Read translations that came back from a translation program.

    Parameters
    ----------
    path : Path
        XLIFF 1.2 with one file.

    Returns
    -------
    tuple
        The name of the questionnaire, the language, and the translations.

    Raises
    ------
    TranslationError
        For XML that is no such file.
    ExchangeError
        For a file that is no XML.
    """
    root = _tree(path)
    files = [element for element in root if element.tag == "file"]
    if root.tag != "xliff" or root.get("version") != "1.2" or len(files) != 1:
        version = f" {root.get('version')}" if root.tag == "xliff" else ""
        message = f"this is {root.tag}{version} and not XLIFF 1.2 of one file"
        raise TranslationError((Problem(str(path), 1, 1, "", message, "save it as XLIFF 1.2"),))
    language = (files[0].get("target-language") or "").partition("-")[0].lower()
    if language not in LANGUAGES:
        message = f"unknown target-language '{files[0].get('target-language')}'"
        raise TranslationError((Problem(str(path), 1, 1, "", message, f"one of {', '.join(LANGUAGES)}"),))
    return files[0].get("original") or "", language, tuple(_returned(files[0], str(path)))


def _tree(path: Path) -> Element:
    """The elements without their namespace."""
    content = read_bytes(path)
    read_xml(content, str(path))
    root = fromstring(content)  # noqa: S314 - a document type, size and depth have been refused
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def _returned(file: Element, name: str) -> Iterator[Returned]:
    for entry in file.iter("trans-unit"):
        target, notes = entry.find("target"), list(entry.iter("note"))
        yield Returned(
            place=entry.get("id") or "",
            source=_text(entry.find("source"), entry),
            target=_text(target, entry),
            status=_STATUSES.get((target.get("state") if target is not None else "") or "", ""),
            back="\n".join(note.text or "" for note in notes if note.get("from") == _BACK),
            notes=tuple(note.text or "" for note in notes if note.get("from") != _BACK),
            where=name,
        )


def _text(element: Element | None, entry: Element) -> str:
    """A text with its placeholders written out; those that a program has stripped of their text are known by id."""
    if element is None:
        return ""
    known = {x.get("id"): x.get("equiv-text") or "" for x in entry.iter("x") if x.get("equiv-text")}
    parts = [element.text or ""]
    for inner in element:
        locked = inner.tag in _LOCKED
        parts.append((inner.get("equiv-text") or known.get(inner.get("id"), "") or inner.text or "") if locked else "")
        parts.append(inner.tail or "")
    return "".join(parts)
