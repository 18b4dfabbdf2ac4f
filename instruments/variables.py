"""Which variables an interview fills, and why one of them is empty; writes no table."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from instruments.draw import Draw, entry_order
from instruments.logic import Answer
from instruments.measures import NOT_ANSWERED, NOT_IN_SUBSET, NOT_REACHED, NOT_SHOWN
from instruments.model import Choice, Item, Loop, Matrix, Page, Texts
from instruments.path import Gap, Place, Walk, page_order
from instruments.sheets import RULE_PREFIXES, Binder, item_names, row_names

Level = Literal["person", "rating"]


@dataclass(frozen=True)
class Variable:
    """One variable of the answer table.

    Parameters
    ----------
    name : str
        Name without brand.
    level : str
        Whether a person or a person's rating of a brand has it.
    type : str
        A type of the grammar; a multiple answer is one variable here, a choice that is ranked or given an amount one
        of its own.
    kind : str
        What it was in the questionnaire.
    list : str or None
        Its response format.
    label : Texts
        Its text, ``${brand}`` standing for the rated brand's name.
    choices : tuple of Choice
        All choices it may have, in the order of the list; of a number or text, the reasons not to answer.
    """

    name: str
    level: Level
    type: str
    kind: Literal["item", "scale", "importance", "experience", "offer"]
    list: str | None
    label: Texts
    choices: tuple[Choice, ...] = ()


def describe(binder: Binder) -> Iterator[Variable]:
    """Describe every variable that an interview fills.

    Parameters
    ----------
    binder : Binder
        The questionnaire.

    Yields
    ------
    Variable
        In the order of the questionnaire; notes fill none.
    """
    for entry in binder.instrument.pages:
        if not isinstance(entry, Loop):
            yield from _of_page(binder, entry, "rating" if entry.about else "person")
            continue
        for page in entry.pages:
            yield from _of_page(binder, page, "rating")
        if entry.offer:
            yield from _of_item(binder, entry.offer, "person", "offer")


def _of_page(binder: Binder, page: Page, level: Level) -> Iterator[Variable]:
    for question in page.questions:
        if isinstance(question, Matrix):
            yield from _of_matrix(binder, question, level)
        else:
            yield from _of_item(binder, question, level, "item")


def _of_item(binder: Binder, item: Item, level: Level, kind: Literal["item", "offer"]) -> Iterator[Variable]:
    choices = binder.choices[item.list] if item.list else ()
    reasons = binder.choices[item.missing] if item.missing else ()
    names = list(item_names(item, binder.choices))
    if item.type in ("rank", "constant_sum"):
        for name, choice in zip(names, choices, strict=True):
            yield Variable(name, level, item.type, kind, item.list, _joined(item.label, choice.label), reasons)
    elif item.type == "best_worst":
        for name in names:
            shown = name.startswith(f"{item.name}_shown")
            what = {language: name.removeprefix(f"{item.name}_") for language in item.label}
            offered = () if shown else (*choices, *reasons)
            yield Variable(
                name, level, "text" if shown else "select_one", kind, item.list, _joined(item.label, what), offered
            )
    else:
        yield from (
            Variable(name, level, item.type, kind, item.list, item.label, (*choices, *reasons)) for name in names
        )


def _joined(first: Texts, second: Texts) -> Texts:
    """What a variable of a question about several things is called."""
    return {language: f"{text} – {second.get(language, '')}" for language, text in first.items()}


def _of_matrix(binder: Binder, matrix: Matrix, level: Level) -> Iterator[Variable]:
    instrument = binder.instrument
    for key in matrix.scales:
        scale = instrument.scales[key]
        for item in scale.items:
            yield Variable(item.name, level, "select_one", "scale", scale.list, item.label, binder.choices[scale.list])
    if matrix.rules and instrument.rules:
        battery, prefix = instrument.rules, RULE_PREFIXES[matrix.rules]
        answers = battery.importance_list if matrix.rules == "importance" else battery.experience_list
        for rule in battery.rules:
            yield Variable(
                prefix + rule.name, level, "select_one", matrix.rules, answers, rule.label, binder.choices[answers]
            )


class MissingReasons:
    """Says why variables of one questionnaire have no answer."""

    def __init__(self, binder: Binder) -> None:
        self._binder = binder
        instrument = binder.instrument
        self._homes = dict(_homes(binder))
        self._sets = {item.name: item.set for s in instrument.scales.values() for item in s.items if item.set}
        self._rules = {
            prefix + rule.name: (subset, rule.name)
            for subset, prefix in RULE_PREFIXES.items()
            for rule in (instrument.rules.rules if instrument.rules else ())
        }
        self._about_drawn = {
            name
            for page in instrument.all_pages()
            if page.about
            for name in row_names(instrument, page, binder.choices)
        }

    def tell(
        self, variables: Collection[str], draw: Draw, answers: Mapping[str, Answer], reached: Collection[str]
    ) -> dict[str, int]:
        """The reason for each variable, after one walk.

        Parameters
        ----------
        variables : sequence of str
        draw : Draw
        answers : mapping of str to Answer
        reached : sequence of str

        Returns
        -------
        mapping of str to int
        """
        walk = Walk(self._binder, draw, answers)
        asked: dict[str, str] = {}
        frontier: Place | None = None
        for step in walk:
            if frontier is None and (isinstance(step, Gap) or not step.complete):
                frontier = step.place
            if not isinstance(step, Gap):
                asked |= dict.fromkeys(step.asked, step.sheet.key)
        return {
            variable: self._reason(variable, walk, asked.get(variable), frontier, reached) for variable in variables
        }

    def _reason(
        self, variable: str, walk: Walk, screen: str | None, frontier: Place | None, reached: Collection[str]
    ) -> int:
        if screen is not None:
            return NOT_ANSWERED if screen in reached else NOT_REACHED
        name, _, brand = variable.partition("@")
        if self._left_to_chance(name, brand, walk):
            return NOT_IN_SUBSET
        entry, page = self._homes[name]
        loop = self._binder.instrument.pages[entry]
        if isinstance(loop, Loop) and page >= 0:
            page = page_order(loop, walk.draw.seed).index(page)
        position = walk.rated.index(brand) if brand in walk.rated else len(walk.rated)
        at = entry_order(self._binder.instrument, walk.draw.seed).index(entry)
        return NOT_SHOWN if frontier is None or (at, position, page) < frontier else NOT_REACHED

    def _left_to_chance(self, name: str, brand: str, walk: Walk) -> bool:
        """Whether the person's draw leaves the variable out."""
        if name in self._sets:
            return self._sets[name] not in walk.draw.sets
        if brand not in walk.rated:
            return False
        if name in self._about_drawn and brand != walk.drawn_brand():
            return True
        if name not in self._rules:
            return False
        subset, rule = self._rules[name]
        drawn = walk.draw.importance if subset == "importance" else walk.draw.experience
        return rule not in drawn.get(brand, ())


def _homes(binder: Binder) -> Iterator[tuple[str, tuple[int, int]]]:
    """Entry and page that ask for each name; the offer stands before the first page of one more brand."""
    for at, entry in enumerate(binder.instrument.pages):
        for page_at, page in enumerate(entry.pages if isinstance(entry, Loop) else (entry,)):
            yield from ((name, (at, page_at)) for name in row_names(binder.instrument, page, binder.choices))
        if isinstance(entry, Loop) and entry.offer:
            yield entry.offer.name, (at, -1)
