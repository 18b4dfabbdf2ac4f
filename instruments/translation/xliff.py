"""Texts as XLIFF 1.2 for translation programs, placeholders locked, and back in 1.2 or 2; opens no questionnaire."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, fromstring, tostring

from instruments.exchange.opening import read_bytes, read_xml
from instruments.translation.records import STATUSES, Standing, Unit
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
_UNTOUCHED = ("new", "needs-translation", "needs-l10n")
_STATES_2 = ("translated", "reviewed", "final")
"""States of XLIFF 2 in the order of our own."""
_LOCKED = ("x", "ph", "bx", "ex", "bpt", "ept", "it", "sc", "ec")
"""Elements that stand for something; those of `_AROUND` hold text."""
_AROUND = ("g", "mrk", "pc")


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
        XLIFF 1.2, 2.0 or 2.1 with one file.

    Returns
    -------
    tuple
        The name of the questionnaire ("" where the program has not kept it), the language, and the translations.

    Raises
    ------
    TranslationError
        For XML that is no such file.
    ExchangeError
        For a file that is no XML.
    """
    root = _tree(path)
    files = [element for element in root if element.tag == "file"]
    version = root.get("version") or ""
    if root.tag != "xliff" or version not in _READERS or len(files) != 1:
        message = f"this is {' '.join(filter(None, (root.tag, version)))} and not XLIFF 1.2 or 2 of one file"
        raise TranslationError((Problem(str(path), 1, 1, "", message, "save it as XLIFF 1.2"),))
    tag = files[0].get("target-language") or root.get("trgLang") or ""
    language = re.split("[-_]", tag)[0].lower()
    if language not in LANGUAGES:
        message = f"unknown target-language '{tag}'"
        raise TranslationError((Problem(str(path), 1, 1, "", message, f"one of {', '.join(LANGUAGES)}"),))
    of = re.split(r"[\\/]", files[0].get("original") or "")[-1]
    return of, language, tuple(_READERS[version](files[0], str(path)))


def _tree(path: Path) -> Element:
    """The elements without their namespace."""
    content = read_bytes(path)
    read_xml(content, str(path))
    root = fromstring(content.lstrip())  # noqa: S314 - a document type, size and depth have been refused
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def _returned(file: Element, name: str) -> Iterator[Returned]:
    """The units of XLIFF 1.2."""
    for entry in file.iter("trans-unit"):
        source, target, notes = entry.find("source"), entry.find("target"), entry.findall("note")
        known = _known(source, {})
        state = (target.get("state") if target is not None else "") or ""
        approved = "reviewed" if entry.get("approved") == "yes" and not state else ""
        yield Returned(
            place=entry.get("id") or "",
            source=_text(source, known),
            target=_translated(_text(source, known), _text(target, known), state),
            status=_STATUSES.get(state, approved),
            back="\n".join(note.text or "" for note in notes if note.get("from") == _BACK),
            notes=tuple(note.text or "" for note in notes if note.get("from") != _BACK),
            where=name,
        )


def _returned_2(file: Element, name: str) -> Iterator[Returned]:
    """The units of XLIFF 2, whose texts may stand in several segments."""
    for entry in file.iter("unit"):
        data = {one.get("id"): one.text or "" for one in entry.iter("data")}
        segments = [part for part in entry if part.tag == "segment"]
        source, target = "", ""
        for part in (part for part in entry if part.tag in ("segment", "ignorable")):
            own, other = part.find("source"), part.find("target")
            known = _known(own, data)
            source += _text(own, known)
            # White space between segments is the same in all languages unless it is translated.
            target += _text(own if other is None and part.tag == "ignorable" else other, known)
        states = [segment.get("state") or "initial" for segment in segments]
        whole = all(segment.find("target") is not None for segment in segments)
        yield Returned(
            place=entry.get("name") or entry.get("id") or "",
            source=source,
            target=_translated(source, target, "new" if "initial" in states else "") if whole else "",
            status=_status_of_all(states),
            notes=tuple(note.text or "" for note in entry.iterfind("notes/note")),
            where=name,
        )


_READERS = {"1.2": _returned, "2.0": _returned_2, "2.1": _returned_2}


def _status_of_all(states: Sequence[str]) -> str:
    """A text is as far as its segment that is least far; "" where one has not been begun."""
    known = [_STATES_2.index(state) for state in states if state in _STATES_2]
    return STATUSES[min(known)] if known and len(known) == len(states) else ""


def _translated(source: str, target: str, state: str) -> str:
    """The translation; many programs put the source in its place until there is one."""
    return "" if state in _UNTOUCHED and target == source else target


def _known(source: Element | None, data: Mapping[str | None, str]) -> dict[str | None, str]:
    """Texts of the placeholders by id, as the source has them."""
    inner = [] if source is None else [one for one in source.iter() if one.tag in _LOCKED]
    told = {one.get("id"): one.get("equiv-text") or one.get("equiv") or data.get(one.get("dataRef")) for one in inner}
    return {key: text for key, text in told.items() if text}


def _text(element: Element | None, known: Mapping[str | None, str]) -> str:
    """A text with its placeholders written out, and without the line breaks of indented XML around it."""
    text = _inner_text(element, known) if element is not None else ""
    indented = re.fullmatch(r"\s*\n\s*(.*\S)\s*\n\s*", text, re.DOTALL)
    return indented[1] if indented else text


def _inner_text(element: Element, known: Mapping[str | None, str]) -> str:
    parts = [element.text or ""]
    for inner in element:
        if inner.tag in _AROUND:
            parts.append(_inner_text(inner, known))
        elif inner.tag in _LOCKED:
            # Placeholders that a program has stripped of their text are known by id.
            told = inner.get("equiv-text") or inner.get("equiv") or known.get(inner.get("id"))
            parts.append(told or inner.text or "")
        parts.append(inner.tail or "")
    return "".join(parts)
