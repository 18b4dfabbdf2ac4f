"""Fieldwork: whether a study's brands, quotas, sources and eligibility fit together and its questionnaire."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from urllib.parse import urlsplit

from instruments.consistency.outline import Cursor
from instruments.fieldwork import KNOWN_AT_ENTRY, OPEN
from instruments.grammar import did_you_mean
from instruments.logic import Comparison, Constant, LogicError, Variable, parse
from instruments.model import ChoiceList, Instrument, Item, Loop, Page
from instruments.yaml_file import Problem, YamlFile

_NEEDS_QUESTIONNAIRE = ("eligibility", "brands_per_respondent", "quotas", "sources", "quality", "consent")
_LONGEST = 500
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_NUMBERS = ("integer", "decimal", "range")


def check_fieldwork(file: YamlFile, instrument: Instrument | None) -> Iterator[Problem]:
    """Hold the fieldwork part of a study file against itself and its questionnaire.

    Parameters
    ----------
    file : YamlFile
        The study file as it was read; anything may be wrong with it.
    instrument : Instrument or None
        The questionnaire that it names.

    Yields
    ------
    Problem
        One for each place that is wrong.
    """
    check = _Fieldwork(file, instrument)
    yield from check.brands()
    yield from check.countries()
    yield from check.retention()
    yield from check.repeated("goals", check.root["goals"])
    for name, source in check.root["sources"].entries():
        yield from check.source(name, source)
    if instrument is None:
        yield from check.without_questionnaire()
        return
    yield from check.eligibility()
    yield from check.quotas()


def check_publishable(file: YamlFile) -> Iterator[Problem]:
    """Tell what a study still lacks before real persons may be asked; a file without it loads all the same.

    Parameters
    ----------
    file : YamlFile
        A study file as it was read.

    Yields
    ------
    Problem
        The day is missing after which answers are erased, and the study is not simulated.
    """
    root = Cursor(file.data, ())
    if root.has("study") and root.has("instrument") and root["simulated"].value is not True and not root["retention"]:
        message = "nothing says when the answers are erased, and without that nobody may be asked"
        yield file.problem(("study",), message, "add `retention: 2030-12-31`, the last day they are kept", at_key=True)


def left_open(file: YamlFile) -> Iterator[Problem]:
    """Tell that panels sign their links while whoever leaves the source out of a link comes in without any.

    Parameters
    ----------
    file : YamlFile
        A study file, or any other, as it was read.

    Yields
    ------
    Problem
        The study names signed panels and says nothing of the source that takes everybody else.
    """
    sources = Cursor(file.data, ())["sources"]
    panels = [name for name, source in sources.entries() if source["kind"].text == "panel" and source["signature"]]
    if panels and not sources.has(OPEN):
        message = f"'{panels[0]}' signs its links, but whoever leaves the source out of a link is let in all the same"
        remedy = (
            f"say `{OPEN}: {{kind: {OPEN}, label: {{en: Open}}, limit: 0}}` to close that, or another limit to allow it"
        )
        yield file.problem(sources.path, message, remedy, at_key=True)


class _Fieldwork:
    """One study file under examination."""

    def __init__(self, file: YamlFile, instrument: Instrument | None) -> None:
        self.file = file
        self.root = Cursor(file.data, ())
        self.instrument = instrument
        self.lists: Mapping[str, ChoiceList] = instrument.lists if instrument else {}
        self.before = dict(_person_items(instrument, before_loop=True)) if instrument else {}
        self.moving = set(_moving(instrument)) if instrument else set()
        self.of_person = dict(_person_items(instrument, before_loop=False)) if instrument else {}

    def without_questionnaire(self) -> Iterator[Problem]:
        for key in _NEEDS_QUESTIONNAIRE:
            if self.root.has(key):
                message = f"'{key}' is for studies that ask a questionnaire"
                yield self.file.problem((key,), message, "take it out, or name an `instrument`", at_key=True)

    def brands(self) -> Iterator[Problem]:
        industries = [name for name, _ in self.root["industries"].entries()]
        countries = [country.text for country in self.root["countries"].elements()]
        used: set[str] = set()
        for brand in self.root["brands"].elements():
            industry = brand["industry"]
            used.add(industry.text)
            if industries and not industry:
                message = "where industries are named, each brand belongs to one"
                yield self.problem(brand, message, "add `industry`")
            if industry.text and industry.text not in industries:
                remedy = did_you_mean(industry.text, industries) or "name it in `industries`"
                yield self.problem(industry, f"unknown industry '{industry.text}'", remedy)
            yield from self.repeated("the countries of a brand", brand["countries"])
            for country in brand["countries"].elements():
                if countries and country.text not in countries:
                    remedy = did_you_mean(country.text, countries)
                    yield self.problem(country, f"the study is not in the country '{country.text}'", remedy)
        for name, at in self.root["industries"].entries():
            if name not in used:
                yield self.problem(at, f"no brand belongs to the industry '{name}'", "take it out", at_key=True)

    def countries(self) -> Iterator[Problem]:
        yield from self.repeated("countries", self.root["countries"])
        question = self.instrument.person.get("country") if self.instrument else None
        codes = self.codes(self.of_person[question]) if question in self.of_person else []
        brands = list(self.root["brands"].elements())
        somewhere = {country.text for brand in brands for country in brand["countries"].elements()}
        everywhere = any(not brand["countries"] for brand in brands)
        for country in self.root["countries"].elements():
            if codes and country.text and country.text not in codes:
                message = f"the question '{question}' has no country '{country.text}'"
                yield self.problem(country, message, f"one of {', '.join(map(str, codes))}")
            elif country.text and not everywhere and country.text not in somewhere:
                yield self.problem(country, f"no brand is in '{country.text}'", "name it at a brand, or take it out")

    def retention(self) -> Iterator[Problem]:
        day = self.root["retention"]
        try:
            date.fromisoformat(day.text or "2030-12-31")
        except ValueError:
            yield self.problem(day, f"'{day.text}' is not a day of the calendar", "write it as 2030-12-31")

    def repeated(self, what: str, at: Cursor) -> Iterator[Problem]:
        elements = list(at.elements())
        for place, element in enumerate(elements):
            if any(element.value == earlier.value for earlier in elements[:place]):
                yield self.problem(element, f"{what} name '{element.value}' twice", "keep one")

    def source(self, name: str, source: Cursor) -> Iterator[Problem]:
        if name == OPEN and source["kind"].text not in ("", OPEN):
            message = f"the source '{OPEN}' is everybody who names none"
            yield self.problem(source["kind"], message, f"make it `kind: {OPEN}`, or give the source another name")
        if source["kind"].text == "panel" and not source["id"]:
            message = "a panel needs the name of the parameter that carries its respondents' ids"
            yield self.problem(source, message, "add `id: psid`, as the panel calls it", at_key=True)
        yield from self.repeated("the parameters that are kept", source["keep"])
        exits = [address for _, address in source["exits"].entries()]
        for address in (*exits, source["callback"]):
            yield from self.address(source, address, has_status=address.path[-1] == "callback")

    def address(self, source: Cursor, at: Cursor, *, has_status: bool) -> Iterator[Problem]:
        if not at.text:
            return
        parts = _parts(at.text)
        if parts is None:
            yield self.problem(at, f"'{at.text}' is not a web address", "as https://panel.example/c?id={id}")
        known = [keep.text for keep in source["keep"].elements()]
        known += (["id"] if source["id"] else []) + (["status"] if has_status else [])
        for name in dict.fromkeys(_PLACEHOLDER.findall(at.text)):
            if name not in known:
                remedy = did_you_mean(name, known) or "name its parameter in `id` or `keep`"
                yield self.problem(at, f"nothing is known that '{{{name}}}' could stand for", remedy)

    def eligibility(self) -> Iterator[Problem]:
        at = self.root["eligibility"]
        try:
            expression = parse(at.text) if at.text else None
        except LogicError as error:
            yield self.problem(at, f"{error.message}, at character {error.position + 1}")
            return
        for name in dict.fromkeys(variable.name for variable in expression.variables) if expression else ():
            if name not in self.before and name not in KNOWN_AT_ENTRY:
                known = did_you_mean(name, [*self.before, *KNOWN_AT_ENTRY])
                message = f"'{name}' is no question asked of everybody before the first brand"
                yield self.problem(at, message, known)
            elif name in self.moving:
                yield self.problem(at, f"'{name}' stands in a block that changes places", "ask it before")
        for comparison in expression.comparisons if expression else ():
            yield from self.comparison(at, comparison)
        if at.text and len(at.text) > _LONGEST:
            yield self.problem(at, f"who is eligible is said in more than {_LONGEST} characters", "shorten it")

    def comparison(self, at: Cursor, comparison: Comparison) -> Iterator[Problem]:
        """A comparison with a code that is not there can never be true."""
        sides = (comparison.left, comparison.right)
        name = next((side.name for side in sides if isinstance(side, Variable)), "")
        for value in (side.value for side in sides if isinstance(side, Constant)):
            if comparison.sign in ("==", "!=", "in"):
                yield from self.value(at, name, value)

    def quotas(self) -> Iterator[Problem]:
        keys: set[str] = set()
        for quota in self.root["quotas"].elements():
            key = quota["key"]
            if key.text and key.text in keys:
                yield self.problem(key, f"there is another quota '{key.text}'", "rename one")
            keys.add(key.text)
            yield from self.repeated("the variables of a quota", quota["by"])
            for name in quota["by"].elements():
                yield from self.variable(name)
            cells = list(quota["cells"].elements())
            for cell in cells:
                yield from self.cell(quota, cell)
            yield from self.overlaps(cells)

    def variable(self, at: Cursor) -> Iterator[Problem]:
        item = self.of_person.get(at.text)
        if not at.text or (item is None and at.text in KNOWN_AT_ENTRY):
            return
        if item is None:
            remedy = did_you_mean(at.text, [*self.of_person, *KNOWN_AT_ENTRY])
            yield self.problem(at, f"'{at.text}' is no question asked once of each person", remedy)
        elif item.type not in ("select_one", *_NUMBERS):
            yield self.problem(at, f"'{at.text}' has no one answer to count", "name a select_one or a number")

    def cell(self, quota: Cursor, cell: Cursor) -> Iterator[Problem]:
        names = [name.text for name in quota["by"].elements()]
        given = [name for name, _ in cell["is"].entries()]
        if absent := [name for name in names if name not in given]:
            yield self.problem(cell["is"], f"the cell does not say which {', '.join(absent)} it is about", "add it")
        for name, value in cell["is"].entries():
            if name not in names:
                yield self.problem(value, f"the quota is not by '{name}'", did_you_mean(name, names), at_key=True)
            elif isinstance(value.value, list):
                yield from self.span(name, value)
            elif value:
                yield from self.value(value, name, value.value)

    def span(self, name: str, at: Cursor) -> Iterator[Problem]:
        bounds = [bound.whole for bound in at.elements()]
        item = self.of_person.get(name)
        if item is not None and item.type not in _NUMBERS:
            yield self.problem(at, f"'{name}' is no number", "give one of its codes")
        if len(bounds) == 2 and None not in bounds and bounds != sorted(bounds, key=lambda bound: bound or 0):  # noqa: PLR2004 - low and high
            yield self.problem(at, "a class runs from low to high", "as [18, 34]")

    def value(self, at: Cursor, name: str, value: object) -> Iterator[Problem]:
        """A value that nobody can have."""
        item = self.of_person.get(name)
        codes = self.codes(item) if item else self.at_entry(name)
        if codes and value not in codes:
            known = did_you_mean(str(value), map(str, codes)) or f"one of {', '.join(map(str, codes))}"
            yield self.problem(at, f"'{name}' is never {value!r}", known)

    def overlaps(self, cells: list[Cursor]) -> Iterator[Problem]:
        """Nobody belongs to two cells of a quota."""
        for place, cell in enumerate(cells):
            if any(_overlap(earlier["is"], cell["is"]) for earlier in cells[:place]):
                yield self.problem(cell, "somebody could belong to this cell and to an earlier one", "keep them apart")

    def codes(self, item: Item) -> list[object]:
        """The codes of a question that has its own list; empty where anything may be answered."""
        answers = self.lists.get(item.list or "")
        if answers is None or answers.source:
            return []
        return [choice.code for choice in answers.choices if not choice.missing]

    def at_entry(self, name: str) -> list[object]:
        """What may be known of somebody who comes by a link."""
        if name == "source":
            return [OPEN, *(source for source, _ in self.root["sources"].entries())]
        part = {"country": "countries", "language": "languages"}.get(name)
        return [known.text for known in self.root[part].elements()] if part else []

    def problem(self, at: Cursor, message: str, remedy: str = "", *, at_key: bool = False) -> Problem:
        return self.file.problem(at.path, message, remedy, at_key=at_key)


def _person_items(instrument: Instrument, *, before_loop: bool) -> Iterator[tuple[str, Item]]:
    """Questions asked once of each person, those after the first loop left out where asked for."""
    for entry in instrument.pages:
        if isinstance(entry, Loop) and before_loop:
            return
        if isinstance(entry, Page) and not entry.about:
            yield from ((q.name, q) for q in entry.questions if isinstance(q, Item) and q.type != "note")


def _moving(instrument: Instrument) -> Iterator[str]:
    """Questions on pages that change places with others."""
    moved = {name for shuffle in instrument.shuffle for block in shuffle.blocks for name in block}
    for page in instrument.all_pages():
        if page.page in moved:
            yield from (question.name for question in page.questions if isinstance(question, Item))


def _parts(address: str) -> str | None:
    """The host of a web address; None where it is none."""
    try:
        parts = urlsplit(_PLACEHOLDER.sub("x", address))
    except ValueError:
        return None
    whole = parts.scheme in ("http", "https") and parts.hostname and not any(sign.isspace() for sign in address)
    return parts.hostname if whole else None


def _overlap(one: Cursor, other: Cursor) -> bool:
    values = [(at.value, other[name].value) for name, at in one.entries() if other.has(name)]
    return bool(values) and all(_meet(first, second) for first, second in values)


def _meet(one: object, other: object) -> bool:
    """Whether two values, or classes of numbers, have something in common."""
    spans = [_bounds(value) for value in (one, other)]
    if None in spans:
        return one == other and one is not None
    (_, first_high), (second_low, _) = sorted(span for span in spans if span)
    return second_low <= first_high


def _bounds(value: object) -> tuple[float, float] | None:
    if isinstance(value, (int, float)):
        return value, value
    whole = isinstance(value, list) and len(value) == 2 and all(isinstance(bound, int) for bound in value)  # noqa: PLR2004 - low and high
    return (value[0], value[1]) if whole and isinstance(value, list) else None
