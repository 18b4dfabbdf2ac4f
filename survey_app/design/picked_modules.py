"""Modules of the library in a draft's questionnaire: which it asks, ticked in and out, put in order; stores nothing.

The file stays what a person wrote: only the lines of what is picked or dropped change.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from ruamel.yaml.nodes import Node, SequenceNode

from instruments.consistency.outline import Cursor
from instruments.length import estimate_minutes
from instruments.model import Instrument, Item, Language, Loop, Matrix
from instruments.yaml_file import Problem, parse_yaml
from instruments.yaml_nodes import composed
from survey_app.design import designs, library_shelf, listed_lines
from survey_app.design.library_shelf import ShelfModule
from survey_app.design.listed_lines import Element, FlowError
from survey_app.store.designs import Design

_UNANSWERED = ("note", "consent")


@dataclass(frozen=True)
class Picked:
    """What a questionnaire has of a module: how much of it is asked; whether it is written out, and so not included."""

    n_asked: int
    included: bool

    @property
    def written_out(self) -> bool:
        """Whether its questions stand in the questionnaire itself."""
        return bool(self.n_asked) and not self.included


@dataclass(frozen=True)
class Length:
    """How long one way through a questionnaire takes: minutes by language, 0 brands where there is no loop."""

    brands: int
    minutes: dict[Language, float]


@dataclass(frozen=True)
class Outlook:
    """A draft as it would be: how much it asks of a person and of each brand, how long that takes, what is wrong."""

    draft: Design
    problems: tuple[Problem, ...]
    n_person: int = 0
    n_brand: int = 0
    lengths: tuple[Length, ...] = ()


def can_be_asked(draft: Design, module: ShelfModule) -> bool:
    """Say whether a questionnaire has pages for a module: what is about a brand needs pages about brands."""
    root = Cursor(parse_yaml(draft.instrument_text, "questionnaire").data, ())
    return not module.about_brand or any(entry.has("loop") for entry in root["pages"].elements())


def picked(draft: Design) -> dict[str, Picked]:
    """Return the modules that a questionnaire asks, in the order in which it does; those asked of nobody stand last."""
    root = Cursor(parse_yaml(draft.instrument_text, "questionnaire").data, ())
    included = [name.text for name in root["include"].elements()]
    asked = list(_asked(root))
    found = {}
    for name, module in library_shelf.shelf().items():
        places = [at for at, word in enumerate(asked) if word in module.scales or word in module.items]
        count = sum(module.scales.get(asked[at], 1) for at in places)
        if name in included or places:
            found[name] = (places[0] if places else len(asked), Picked(count, name in included))
    return {name: one for name, (_, one) in sorted(found.items(), key=lambda pair: pair[1][0])}


def _asked(root: Cursor) -> Iterator[str]:
    """The scales and single questions in the order of the pages, their own and those of modules."""
    for entry in root["pages"].elements():
        for page in entry["pages"].elements() if entry.has("loop") else (entry,):
            for question in page["questions"].elements():
                yield from (scale.text for scale in question["scales"].elements())
                yield question["use"].text or question["name"].text


def with_picked(draft: Design, names: Sequence[str]) -> Design:
    """Return a draft whose questionnaire asks these modules in this order; raises FlowError.

    What is written out in the questionnaire is its own and stays. A module that stays is asked as it is asked now.
    """
    before = {name for name, one in picked(draft).items() if one.included}
    gone, new = before - {*names}, [name for name in names if name not in before]
    text = draft.instrument_text
    if gone:
        text = _dropped(text, [library_shelf.shelf()[name] for name in gone])
    if gone or new:
        text = _included(text, gone, new)
    for name in new:
        text = _added(text, name)
    return replace(draft, instrument_text=_ordered(text, names))


def differences(before: str, after: str) -> tuple[str, ...]:
    """Return the lines in which two texts differ, each with what is around it."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=2)
    return tuple(line for line in lines if not line.startswith(("---", "+++")))


def outlook(draft: Design) -> Outlook:
    """Say what respondents have to expect of a draft; of one that cannot be asked yet, only what is wrong with it."""
    checked = designs.check(draft)
    if checked.asked is None:
        return Outlook(draft, checked.problems)
    instrument, spoken = checked.asked.require_instrument(), checked.asked.file.languages
    loop = next((entry for entry in instrument.pages if isinstance(entry, Loop)), None)
    brands = range(1, loop.at_most + 1 + bool(loop.offer)) if loop else (0,)
    return Outlook(
        draft,
        checked.problems,
        _count(instrument, in_loop=False),
        _count(instrument, in_loop=True),
        tuple(Length(n, _minutes(instrument, n, spoken)) for n in brands),
    )


def _minutes(instrument: Instrument, brands: int, spoken: Sequence[Language]) -> dict[Language, float]:
    pages = tuple(
        entry.model_copy(update={"at_most": brands}) if isinstance(entry, Loop) else entry for entry in instrument.pages
    )
    asked = instrument.model_copy(update={"pages": pages})
    return {language: estimate_minutes(asked, language)[0] for language in spoken}


def _count(instrument: Instrument, *, in_loop: bool) -> int:
    """Statements and questions that one person may be asked, once or about each brand."""
    pages = [
        page
        for entry in instrument.pages
        for page in (entry.pages if isinstance(entry, Loop) else (entry,))
        if isinstance(entry, Loop) is in_loop
    ]
    return sum(_rows(instrument, question) for page in pages for question in page.questions)


def _rows(instrument: Instrument, question: Item | Matrix) -> int:
    if isinstance(question, Item):
        return int(question.type not in _UNANSWERED)
    battery = instrument.rules
    shown = {"importance": battery.importance_shown, "experience": battery.experience_shown} if battery else {}
    return shown.get(question.rules or "", 0) + sum(len(instrument.scales[key].items) for key in question.scales)


def _lists_of_pages(lines: Sequence[str], root: Node | None) -> list[list[Element]]:
    """The lists of pages in a file: those asked once, and those of each loop."""
    top = listed_lines.elements(lines, root, "pages")
    loops = [one for one in top if listed_lines.entry(one.node, "loop")]
    return [
        [one for one in top if one not in loops],
        *(listed_lines.elements(lines, one.node, "pages") for one in loops),
    ]


def _dropped(text: str, modules: Sequence[ShelfModule]) -> str:
    """The text without the questions of some modules, and without pages that asked nothing else."""
    lines, root = text.split("\n"), composed(text)
    parts = {part for module in modules for part in (*module.scales, *module.items)}
    parts -= {name for name, _ in listed_lines.mapping_keys(listed_lines.entry(root, "scales"))}
    gone: list[Element] = []
    for page in [page for pages in _lists_of_pages(lines, root) for page in pages]:
        asked = listed_lines.entry(page.node, "questions")
        found = [_parts(node) for node in asked.value] if isinstance(asked, SequenceNode) else []
        if found and all(one and one <= parts for one in found):
            gone.append(page)
        elif any(one & parts for one in found):
            gone += _dropped_questions(lines, page, parts)
    return "\n".join(listed_lines.without(lines, gone))


def _dropped_questions(lines: list[str], page: Element, parts: set[str]) -> Iterator[Element]:
    """The questions of a page that go; a matrix that asks for more than that loses some of its scales at once."""
    for question in listed_lines.elements(lines, page.node, "questions"):
        asked = _parts(question.node)
        if asked and asked <= parts:
            yield question
        elif asked & parts and (scales := listed_lines.entry(question.node, "scales")):
            _rewrite_words(lines, scales, [word for word in listed_lines.words(scales) if word not in parts])


def _parts(question: Node) -> set[str]:
    return {
        *listed_lines.words(listed_lines.entry(question, "scales")),
        *listed_lines.words(listed_lines.entry(question, "use")),
    }


def _rewrite_words(lines: list[str], words: Node, kept: Sequence[str]) -> None:
    """Write a list of words that stands in brackets on one line anew; raises FlowError where it does not."""
    at, column = int(words.start_mark.line), int(words.start_mark.column)
    before, rest = lines[at][:column], lines[at][column:]
    if not rest.startswith("[") or "]" not in rest:
        raise FlowError("scales" if before.strip() else "include")
    lines[at] = f"{before}[{', '.join(kept)}]{rest.partition(']')[2]}"


def _included(text: str, gone: set[str], new: Sequence[str]) -> str:
    """The text whose `include` names some modules less and some more; without the line where it names none."""
    lines, root = text.split("\n"), composed(text)
    there = listed_lines.entry(root, "include")
    kept = [name for name in listed_lines.words(there) if name not in gone] + [*new]
    if there is None:
        at = _behind_languages(lines, root)
        return "\n".join([*lines[:at], f"include: [{', '.join(kept)}]", *lines[at:]])
    keys = dict(listed_lines.mapping_keys(root))
    if lines[there.start_mark.line][there.start_mark.column :].startswith("["):
        if kept:
            _rewrite_words(lines, there, kept)
        else:
            _rewrite_words(lines, there, ())
            del lines[keys["include"]]
        return "\n".join(lines)
    named = listed_lines.elements(lines, root, "include")
    if not kept:
        return "\n".join([*lines[: keys["include"]], *lines[named[-1].end :]])
    lines = listed_lines.with_added(lines, named[-1], [f"- {name}" for name in new])
    return "\n".join(listed_lines.without(lines, [one for one in named if str(one.node.value) in gone]))


def _behind_languages(lines: Sequence[str], root: Node | None) -> int:
    """The line behind the languages and drafts of a file, where modules are named."""
    keys = list(listed_lines.mapping_keys(root))
    last = max((at for at, (name, _) in enumerate(keys) if name in ("languages", "drafts")), default=-1)
    if last < 0 or listed_lines.indent(lines[keys[last][1]]):
        raise FlowError("languages")
    end = keys[last + 1][1] if last + 1 < len(keys) else len(lines)
    while not lines[end - 1].strip() or lines[end - 1].strip().startswith("#"):
        end -= 1
    return end


def _added(text: str, name: str) -> str:
    """The text that asks all of a module: about each brand behind the pages about brands, else behind all pages."""
    lines, root = text.split("\n"), composed(text)
    top = listed_lines.elements(lines, root, "pages")
    loop = next((one for one in top if listed_lines.entry(one.node, "loop")), None)
    about_brand = library_shelf.shelf()[name].about_brand
    pages = listed_lines.elements(lines, loop.node, "pages") if loop and about_brand else top
    if not pages:
        raise FlowError("pages")
    everywhere = [page for inner in _lists_of_pages(lines, root) for page in inner]
    taken = {word for page in everywhere for word in listed_lines.words(listed_lines.entry(page.node, "page"))}
    written = library_shelf.written_pages(name, listed_lines.words(listed_lines.entry(root, "languages")), taken)
    return "\n".join(listed_lines.with_added(lines, pages[-1], written))


def _ordered(text: str, names: Sequence[str]) -> str:
    """The text in which pages that ask one module each, and nothing else, stand in the order of the modules."""
    for at in range(len(_lists_of_pages(text.split("\n"), composed(text)))):
        lines = text.split("\n")
        owner = _owner_of(names)
        known = [(owner(page), page) for page in _lists_of_pages(lines, composed(text))[at]]
        there = [(place, page) for place, page in known if place is not None]
        wanted = sorted(there, key=lambda pair: pair[0])
        if wanted != there:
            text = "\n".join(listed_lines.in_order(lines, [page for _, page in there], [page for _, page in wanted]))
    return text


def _owner_of(names: Sequence[str]) -> Callable[[Element], int | None]:
    """What tells the place of the one module that a page asks; None for a page that asks anything else."""
    place = {
        part: at
        for at, name in enumerate(names)
        for part in (*library_shelf.shelf()[name].scales, *library_shelf.shelf()[name].items)
    }

    def owner(page: Element) -> int | None:
        asked = listed_lines.entry(page.node, "questions")
        parts = [_parts(node) for node in asked.value] if isinstance(asked, SequenceNode) else []
        places = {place.get(part) for one in parts for part in one} if parts and all(parts) else {None}
        return places.pop() if len(places) == 1 else None

    return owner
