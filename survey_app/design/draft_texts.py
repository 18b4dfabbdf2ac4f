"""Texts of a draft beside their translations: found, counted, reworded in its files; draws no page, stores nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from ruamel.yaml import YAML

from instruments.consistency.outline import Cursor
from instruments.modules import FOLDER, module_names, with_modules
from instruments.translation.records import Standing, records_in, records_text, units_in
from instruments.translation.returning import PutIn, Records, Returned, put_in, with_source
from instruments.translation.texts import TextFile, digest, placeholder_faults, texts_in
from instruments.yaml_file import FileError, parse_yaml, read_yaml
from survey_app.store.designs import Design

FileKind = Literal["study", "questionnaire"]
Shown = Standing | Literal["source"]
Given = Literal["", "draft", "reviewed", "adjudicated"]
LONGEST = 10_000
# Control characters, which no text file may hold.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufeff]")
_LINE_ENDS = re.compile("\r\n?|[\x85\u2028\u2029]")
_INCLUDED = re.compile(r"# .* with what it asks of (?P<names>[\w, ]+)$", re.MULTILINE)
_KEPT_OF_FILES = 16


@dataclass(frozen=True)
class DraftText:
    """One text in its source and the language looked at; `module` is the library's that it was written in, or ""."""

    kind: FileKind
    place: str
    line: int
    part: str
    module: str
    source_language: str
    source: str
    target: str
    standing: Shown
    back: str = ""
    notes: tuple[str, ...] = ()
    by: str = ""
    editable: bool = True
    variable: str = ""

    @property
    def id(self) -> str:
        """Its address on a page."""
        return _id(self.kind, self.place)

    @property
    def trail(self) -> tuple[str, ...]:
        """Names that lead to it within its part, the outermost first, in the words of the file."""
        return tuple(_names(self.place, numbers=True))

    @property
    def piece(self) -> str:
        """What it is there, as a key of the interface; "" where it is the wording itself."""
        last = self.place.rpartition(".")[2]
        return last if last in ("title", "hint", "short", "description") else ""

    @property
    def seen(self) -> str:
        """What tells whether somebody has changed it since."""
        return digest(f"{self.source}\0{self.target}\0{self.standing}")

    @property
    def faults(self) -> tuple[str, ...]:
        """What is wrong with the placeholders of the translation."""
        told = self.standing not in ("missing", "source")
        return tuple(placeholder_faults(self.source, self.target)) if told else ()


@dataclass(frozen=True)
class Rewording:
    """What somebody wants a text to say, with the text as they saw it; `status` is given to the translation."""

    kind: str
    place: str
    language: str
    text: str
    status: Given
    seen: str

    @property
    def id(self) -> str:
        """The address of the text on a page."""
        return _id(self.kind, self.place)


class ReworkError(Exception):
    """A text cannot be put; `reason` is a key of the interface, `found` says more."""

    def __init__(self, reason: str, found: tuple[str, ...] = ()) -> None:
        self.reason, self.found = reason, found
        super().__init__(reason)


def _id(kind: str, place: str) -> str:
    return f"t-{digest(f'{kind} {place}')}"


def languages_of(draft: Design) -> tuple[str, ...]:
    """Return the languages of a draft's study, the source first; raises FileError where its file cannot be read."""
    return _file(draft.study_text, "study").languages


def title_of(draft: Design) -> Mapping[str, str] | None:
    """Return the title that a draft's study file gives, None where it has none; raises FileError."""
    file = _file(draft.study_text, "study")
    return next((text.texts for text in file.texts if text.place == "title"), None)


def texts_of_draft(draft: Design, language: str) -> tuple[DraftText, ...]:
    """Return every text of a draft beside one language, in the order of the files; raises FileError."""
    return (*_texts(draft, "study", language), *_texts(draft, "questionnaire", language))


def standings(texts: tuple[DraftText, ...]) -> dict[str, int]:
    """Count texts by how far their translation is."""
    return dict(Counter(text.standing for text in texts))


def reworded(draft: Design, wish: Rewording, by: str) -> Design:
    """Return a draft in which one text says something else; raises ReworkError."""
    text = _LINE_ENDS.sub("\n", wish.text).strip()
    if not text:
        raise ReworkError("required")
    if len(text) > LONGEST:
        raise ReworkError("long")
    if _FORBIDDEN.search(text):
        raise ReworkError("control")
    try:
        now = next((one for one in texts_of_draft(draft, wish.language) if _is(one, wish)), None)
        if now is None or not now.editable:
            raise ReworkError("no_such_text")
        if now.seen != wish.seen:
            raise ReworkError("conflict")
        return _put(draft, now, wish, text, by)
    except FileError as error:
        raise ReworkError("cannot_be_put", tuple(problem.message for problem in error.problems)) from error


def _is(text: DraftText, wish: Rewording) -> bool:
    return (text.kind, text.place) == (wish.kind, wish.place)


def _put(draft: Design, now: DraftText, wish: Rewording, text: str, by: str) -> Design:
    content, known = _content(draft, now.kind)
    file, records = _file(content, now.kind), _records(known, now.kind)
    if wish.language == file.source:
        put = with_source(file, records, now.place, text)
    else:
        returned = Returned(now.place, now.source, text, wish.status)
        put = put_in(file, records, wish.language, [returned], by=by)
    return _with(draft, now.kind, put)


def _with(draft: Design, kind: FileKind, put: PutIn) -> Design:
    if kind == "study":
        records = records_text(Path(f"{draft.study}.yaml"), put.records)
        return replace(draft, study_text=put.content, study_records=records)
    records = records_text(Path(f"{draft.study}.questionnaire.yaml"), put.records)
    return replace(draft, instrument_text=put.content, instrument_records=records)


def included_modules(draft: Design) -> tuple[str, ...]:
    """Return the modules of the library that a draft's questionnaire takes its questions from, each time it is read."""
    named = Cursor(parse_yaml(draft.instrument_text, "questionnaire").data, ())["include"]
    return tuple(name.text for name in named.elements() if name.text in module_names())


def with_modules_written_out(draft: Design) -> Design:
    """Return a draft whose questionnaire holds what it asks of modules, so that every text is its own."""
    return replace(draft, instrument_text=with_modules(parse_yaml(draft.instrument_text, "questionnaire")).text)


def with_language(draft: Design, language: str) -> Design:
    """Return a draft that is in one more language, all of whose texts are missing unless the questionnaire has them."""
    return replace(
        draft,
        study_text=_speaking(draft.study_text, "study", language),
        instrument_text=_speaking(draft.instrument_text, "questionnaire", language),
    )


def _speaking(content: str, name: str, language: str) -> str:
    """The file with one more language in its list, every other letter as it was; raises FileError."""
    if language in _file(content, name).languages:
        return content
    root = YAML(typ="safe", pure=True).compose(content)
    spoken = next(value for key, value in root.value if key.value == "languages")
    last = spoken.value[-1]
    end = last.end_mark.index
    more = f", {language}" if spoken.flow_style else f"\n{' ' * (last.start_mark.column - 2)}- {language}"
    return content[:end] + more + content[end:]


def _content(draft: Design, kind: FileKind) -> tuple[str, str]:
    if kind == "study":
        return draft.study_text, draft.study_records
    return draft.instrument_text, draft.instrument_records


@lru_cache(maxsize=_KEPT_OF_FILES)
def _file(content: str, name: str) -> TextFile:
    """A page asks for the texts of the same draft again and again, and finding them takes a third of a second."""
    return texts_in(content, name)


@lru_cache(maxsize=_KEPT_OF_FILES)
def _records(content: str, name: str) -> Records:
    return records_in(content, name)


def _texts(draft: Design, kind: FileKind, language: str) -> Iterator[DraftText]:
    content, known = _content(draft, kind)
    if not content.strip():
        return
    own = _file(content, kind)
    modules = _modules_of(content) if kind == "questionnaire" else {}
    records = _records(known, kind)
    yield from _laid(own, records, kind, language, modules)
    if kind == "questionnaire" and included_modules(draft):
        places = {text.place for text in own.texts}
        whole = _file(with_modules(parse_yaml(content, kind)).text, kind)
        others = (text for text in _laid(whole, {}, kind, language, modules) if text.place not in places)
        yield from (replace(text, editable=False) for text in others)


def _laid(
    file: TextFile, records: Records, kind: FileKind, language: str, modules: Mapping[str, str]
) -> Iterator[DraftText]:
    for unit in units_in(file, records, language):
        names = _names(unit.place)
        yield DraftText(
            kind=kind,
            place=unit.place,
            line=unit.line,
            part=part_of(kind, unit.place),
            module=next((modules[name] for name in names if name in modules), ""),
            source_language=file.source,
            source=unit.source,
            target=unit.target,
            standing="source" if language == file.source else unit.standing,
            back=unit.back,
            notes=unit.notes,
            by=unit.by,
            variable=names[-1] if names else "",
        )


def part_of(kind: str, place: str) -> str:
    """Return the part of the study that a place belongs to, as the filter names it."""
    top = re.split(r"[.\[]", place, maxsplit=1)[0]
    if kind == "study":
        return top if top in ("brands", "sources", "consent") else "study"
    return top if top in ("pages", "scales", "rules", "lists", "outcomes") else "about"


def _names(place: str, *, numbers: bool = False) -> list[str]:
    """Names of scales, statements and questions on the way to a place; with numbers, of every list and answer too."""
    inner = re.findall(r"\[([^\]]+)\]", place)
    outer = re.match(r"(?:scales|lists|outcomes|rules\.families)\.(\w+)" if numbers else r"scales\.(\w+)", place)
    return [*([outer.group(1)] if outer else []), *(name for name in inner if numbers or not name.isdigit())]


def _modules_of(content: str) -> Mapping[str, str]:
    """Which module of the library a scale or question comes from, by its name."""
    named = [name for found in _INCLUDED.finditer(content[:2000]) for name in found["names"].split(", ")]
    included = Cursor(parse_yaml(content, "questionnaire").data, ())["include"]
    named += [name.text for name in included.elements()]
    return {key: name for name in named if name in module_names() for key in _names_in_module(name)}


@lru_cache(maxsize=64)
def _names_in_module(name: str) -> tuple[str, ...]:
    data: Any = read_yaml(FOLDER / f"{name}.yaml").data
    module = Cursor(data, ())
    return (
        *(key for key, _ in module["scales"].entries()),
        *(item["name"].text for item in module["items"].elements()),
    )
