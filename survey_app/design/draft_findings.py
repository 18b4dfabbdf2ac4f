"""What the checks say of a draft, each at the question it concerns, stale translations among it; changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from instruments.consistency.outline import Cursor
from instruments.modules import FOLDER, with_modules
from instruments.translation.texts import named
from instruments.yaml_file import FileError, Problem, parse_yaml, read_yaml
from survey_app.design import draft_texts
from survey_app.design.draft_texts import DraftText
from survey_app.store.designs import Design

_KEPT = 8
_LISTS = ("list", "missing", "importance_list", "experience_list")


@dataclass(frozen=True)
class Note:
    """A translation to look at again: of which text, into which language, and what is wrong with it if anything is."""

    text: DraftText
    language: str
    faults: tuple[str, ...]


@dataclass(frozen=True)
class AskedQuestion:
    """A question of the draft, and what was found at it; `places` are where it and what it shows stand in the file."""

    id: str
    name: str
    label: dict[str, str]
    places: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class AskedPage:
    """A page of the draft with its questions, and what was found at the page itself."""

    id: str
    name: str
    title: dict[str, str]
    places: tuple[str, ...]
    questions: tuple[AskedQuestion, ...]
    problems: tuple[Problem, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def n_found(self) -> int:
        """How much was found on it."""
        own = len(self.problems) + len(self.notes)
        return own + sum(len(asked.problems) + len(asked.notes) for asked in self.questions)


_Spot = TypeVar("_Spot", AskedPage, AskedQuestion)


@dataclass(frozen=True)
class Found:
    """Everything that was found in a draft: on its pages, and what is about no page."""

    pages: tuple[AskedPage, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[Note, ...] = ()
    n_problems: int = 0
    n_notes: int = 0


@dataclass
class _Left:
    """What has not found its question yet."""

    problems: list[Problem]
    notes: list[Note]

    def taken(self, places: Sequence[str]) -> tuple[tuple[Problem, ...], tuple[Note, ...]]:
        """Take away what stands at one of some places."""
        problems = tuple(one for one in self.problems if _within(_place(one), places))
        notes = tuple(one for one in self.notes if one.text.kind == "questionnaire" and _within(one.text.place, places))
        self.problems = [one for one in self.problems if one not in problems]
        self.notes = [one for one in self.notes if one not in notes]
        return problems, notes


def found(draft: Design, problems: Sequence[Problem]) -> Found:
    """Put what the checks found, and what is known of the translations, at the questions of a draft."""
    notes = _notes(draft)
    left = _Left(list(problems), [*notes])
    # Questions first: what is left at a page is about the page.
    pages = [
        replace(page, questions=tuple(_filled(asked, left) for asked in page.questions))
        for page in _pages(draft.instrument_text)
    ]
    pages = [_filled(page, left) for page in pages]
    return Found(tuple(pages), tuple(left.problems), tuple(left.notes), len(problems), len(notes))


def _filled(spot: _Spot, left: _Left) -> _Spot:
    problems, notes = left.taken(spot.places)
    return replace(spot, problems=problems, notes=notes)


def _within(place: str, places: Sequence[str]) -> bool:
    return any(place == one or place.startswith((f"{one}.", f"{one}[")) for one in places)


def _place(problem: Problem) -> str:
    """Where a problem stands for the questionnaire: that of a module's file at the question it is included as."""
    if problem.file in ("study", "questionnaire"):
        return problem.place if problem.file == "questionnaire" else ""
    at = re.match(r"items\[(\d+)\]", problem.place)
    names = _module_items(Path(problem.file).stem) if at else ()
    return f"items.{names[int(at[1])]}" if at and int(at[1]) < len(names) else problem.place


@lru_cache(maxsize=_KEPT)
def _module_items(name: str) -> tuple[str, ...]:
    path = FOLDER / f"{name}.yaml"
    data: Any = read_yaml(path).data if path.is_file() else None
    return tuple(item["name"].text for item in Cursor(data, ())["items"].elements())


def _notes(draft: Design) -> list[Note]:
    """Translations that are older than their source, or whose placeholders are not those of the source."""
    try:
        languages = draft_texts.languages_of(draft)
        texts = [(language, text) for language in languages for text in draft_texts.texts_of_draft(draft, language)]
    except FileError:
        return []
    wrong = ((language, text, text.faults) for language, text in texts)
    return [Note(text, language, faults) for language, text, faults in wrong if text.standing == "stale" or faults]


@lru_cache(maxsize=_KEPT)
def _pages(instrument_text: str) -> tuple[AskedPage, ...]:
    """The pages of a questionnaire, however broken it is."""
    root = Cursor(with_modules(parse_yaml(instrument_text, "questionnaire")).data, ())
    return tuple(_spots(root))


def _spots(root: Cursor) -> Iterator[AskedPage]:
    entries = list(root["pages"].elements())
    for at, (entry, name) in enumerate(zip(entries, named(root["pages"].value), strict=True)):
        if not entry["pages"]:
            yield _page(root, entry, f"pages[{at}]", f"pages[{name}]")
            continue
        for within, (page, inner) in enumerate(
            zip(entry["pages"].elements(), named(entry["pages"].value), strict=True)
        ):
            yield _page(root, page, f"pages[{at}].pages[{within}]", f"pages[{name}].pages[{inner}]")


def _page(root: Cursor, page: Cursor, at: str, by_name: str) -> AskedPage:
    questions = []
    names = named(page["questions"].value)
    for number, (question, name) in enumerate(zip(page["questions"].elements(), names, strict=True)):
        places = [f"{at}.questions[{number}]", f"{by_name}.questions[{name}]", *_shown(root, question)]
        questions.append(
            AskedQuestion(
                id="q-" + "-".join(re.findall(r"\d+", places[0])),
                name=question["name"].text or ", ".join(one.text for one in question["scales"].elements()),
                label=_texts(question["label"]),
                places=tuple(dict.fromkeys(places)),
            )
        )
    ident = "p-" + "-".join(re.findall(r"\d+", at))
    return AskedPage(ident, page["page"].text, _texts(page["title"]), (at, by_name), tuple(questions))


def _shown(root: Cursor, question: Cursor) -> Iterator[str]:
    """Where a question's scales, rules and answers stand; what several show is told at the first."""
    if question["name"].text:
        yield f"items.{question['name'].text}"
    lists = [question[key].text for key in _LISTS]
    for scale in question["scales"].elements():
        yield f"scales.{scale.text}"
        lists += [root["scales"][scale.text][key].text for key in _LISTS]
    if question["rules"].text:
        yield "rules"
        lists += [root["rules"][key].text for key in _LISTS]
    yield from (f"lists.{name}" for name in lists if name)


def _texts(at: Cursor) -> dict[str, str]:
    return {language: text.text for language, text in at.entries() if text.text}
