"""The questionnaire as a value: lists, scales, rules, pages and the one judge of an answer; reads no files."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

Language = Literal["en", "zh", "de", "es"]
Texts = dict[Language, str]
"""One text in several languages; every language the instrument names must be there."""

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=32)]
Whole = Annotated[int, Field(strict=True)]
Flag = Annotated[bool, Field(strict=True)]
Code = Whole | Annotated[str, Field(strict=True)]
"""What is stored for a choice: a whole number, or a word where the choices have no order."""

ALL_BRANDS, NOT_PICKED = "all", "not "
"""Brands that a loop may be about besides those picked in a question: all there are, and `not used`, those left out."""

YES = 1
"""The code of `yes` in an offer to rate one more brand."""


class Part(BaseModel):
    """A part of a questionnaire file: unknown keys are errors, values never change."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Choice(Part):
    """One answer of a list; a `missing` choice is stored as its negative code."""

    code: Code
    label: Texts
    missing: Flag = False
    family: Name | None = None


class ChoiceList(Part):
    """A response format: its choices, or where they come from (the study's brands, the catalogue)."""

    choices: tuple[Choice, ...] = ()
    source: Literal["brands", "industries", "families", "relationships"] | None = None
    extra: tuple[Choice, ...] = ()


ItemType = Literal[
    "note",
    "consent",
    "select_one",
    "select_multiple",
    "integer",
    "decimal",
    "range",
    "text",
    "date",
    "rank",
    "constant_sum",
    "best_worst",
]
"""The words of XLSForm where it has one: `range` is a slider, `decimal` a number with up to two decimals."""

Required = Flag | Literal["soft"]
"""Whether an answer must be given; `soft` asks once more and then takes the question as not answered."""

Once = Literal["person", "industry"]
"""Of a question in a loop: asked about the first brand, or the first of each industry, and carried to the others."""

Eligible = Annotated[str, Field(pattern=r"^(not )?[a-z][a-z0-9_]*$", max_length=36)]
"""A multiple answer over the study's brands, ``not`` and its name, or ``all``."""

Day = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]


class Item(Part):
    """One question and the variable it fills.

    `min` and `max` bound a number, or how many choices of a `select_multiple` may be picked; the `max` of a `rank`
    is how many of its choices are ranked. A `range` goes from `min` to `max` in steps of `step`, its ends called
    `low` and `high`; `earliest` and `latest` bound a `date`. The amounts of a `constant_sum` add up to `total`.
    A `best_worst` shows `sets` sets of `show` choices and asks for the extremes of each, called `low` and `high`.
    `rank` and `constant_sum` fill a variable for each choice (`name_code`), `best_worst` three for each set.
    `missing` is a list of reasons not to answer, offered beside a question whose own list has none.
    `choice_filter` keeps the choices for which it is true; it may ask for the choice's `code` and `family`, and of
    brands for `brand` and `industry`. Of what is picked in a `select_multiple`, at most `draw` choices are drawn at
    random, and expressions ask for them as ``name_drawn``.
    """

    name: Name
    type: ItemType
    label: Texts
    hint: Texts | None = None
    list: Name | None = None
    required: Required = True
    missing: Name | None = None
    min: Whole | None = None
    max: Whole | None = None
    step: Whole | None = Field(default=None, ge=1)
    low: Texts | None = None
    high: Texts | None = None
    earliest: Day | None = None
    latest: Day | None = None
    total: Whole | None = Field(default=None, ge=1)
    show: Whole | None = Field(default=None, ge=3)
    sets: Whole | None = Field(default=None, ge=1, le=50)
    max_length: Whole | None = None
    relevant: str | None = None
    choice_filter: str | None = None
    random_order: Flag = False
    attention: Code | None = None
    once: Once | None = None
    draw: Whole | None = Field(default=None, ge=1)


class ScaleItem(Part):
    """One statement of a scale; `set` is its set of the planned-missing design."""

    name: Name
    label: Texts
    reversed: Flag = False
    set: Name | None = None


class Scale(Part):
    """Items that measure one construct on one response format.

    `question` and `relevant` are what a matrix that asks for this scale alone says where it says nothing itself.
    """

    label: Texts
    question: Texts | None = None
    relevant: str | None = None
    list: Name
    items: tuple[ScaleItem, ...]
    dimension: Name | None = None
    source: str | None = None


def _dealt(scale: Scale, sets: tuple[Name, ...]) -> Scale:
    """A scale whose statements belong to sets in turn."""
    turns = zip(scale.items, cycle(sets), strict=False)
    return scale.model_copy(update={"items": tuple(item.model_copy(update={"set": name}) for item, name in turns)})


class Rule(Part):
    """One rule of a relationship: a sentence about the brand, asked as importance and as kept or broken."""

    name: Name
    family: Name
    label: Texts
    short: Texts


class Experience(Part):
    """How kept, broken and never-arose are coded."""

    kept: Code
    broken: Code
    never_arose: Code


class RuleBattery(Part):
    """The rules with their two response formats and how many of them a respondent meets."""

    families: dict[Name, Texts]
    rules: tuple[Rule, ...]
    importance_list: Name
    experience_list: Name
    experience: Experience
    importance_shown: Whole = Field(ge=1)
    experience_shown: Whole = Field(ge=1)
    shared: Whole = Field(ge=0)


class Matrix(Part):
    """Rows on one response format: the items of scales, or the rules."""

    type: Literal["matrix"]
    label: Texts
    scales: tuple[Name, ...] = ()
    rules: Literal["importance", "experience"] | None = None
    random_order: Flag = True
    required: Required = True
    relevant: str | None = None
    once: Once | None = None


def _question_tag(value: Any) -> str:  # noqa: ANN401 - whatever stands in the file
    kind = value.get("type") if isinstance(value, dict) else getattr(value, "type", None)
    return "<matrix>" if kind == "matrix" else "<item>"


def _page_tag(value: Any) -> str:  # noqa: ANN401 - whatever stands in the file
    return "<loop>" if isinstance(value, Loop) or (isinstance(value, dict) and "loop" in value) else "<page>"


# Tags in angle brackets: no key of a file looks like them, so the loader can take them out of error places.
Question = Annotated[Annotated[Item, Tag("<item>")] | Annotated[Matrix, Tag("<matrix>")], Discriminator(_question_tag)]


class Page(Part):
    """What stands on one screen; `about: drawn_brand` asks about one rated brand drawn at random.

    `random_order` shuffles its questions; notes stay where they are.
    """

    page: Name
    title: Texts
    questions: tuple[Question, ...]
    relevant: str | None = None
    screen_out: str | None = None
    about: Literal["drawn_brand"] | None = None
    random_order: Flag = False


class Loop(Part):
    """Pages repeated for each assigned brand.

    `eligible` are multiple answers over the study's brands, the most wanted first: a brand picked in the
    first is assigned before one picked only in the second. ``not used`` stands for the brands that `used` offered and
    that were not picked, ``all`` for every brand of the person's country. `offer` asks once, after `at_most` brands,
    whether the respondent will rate one more; its code 1 is yes. `random_order` shuffles the pages, in one order
    for all brands of a person.
    """

    loop: Literal["brand"]
    eligible: tuple[Eligible, ...]
    at_most: Whole = Field(ge=1)
    offer: Item | None = None
    random_order: Flag = False
    pages: tuple[Page, ...]


class Pick(Part):
    """The two items of a relationship pick: the family card, then the description within it."""

    family: Name
    relationship: Name | None = None


class Picks(Part):
    """Which items hold the current, desired and experienced relationship."""

    current: Pick
    as_wanted: Name | None = None
    as_wanted_code: Code = 1
    desired: Pick | None = None
    treated: Name | None = None


Goal = Literal["acquisition", "loyalty", "share_of_wallet", "return"]


class Outcome(Part):
    """An item that relationships are judged by; never used to form archetypes.

    `also` are items averaged with it into an index, those of `reversed` turned round. `goals` are those it serves: a
    study that names one of them takes the first such outcome as its main one.
    """

    item: Name
    also: tuple[Name, ...] = ()
    reversed: tuple[Name, ...] = ()
    label: Texts
    better: Literal["high", "low"] = "high"
    primary: Flag = False
    goals: tuple[Goal, ...] = ()


ValueRole = Literal[
    "spend", "share_of_wallet", "price_premium", "frequency", "tenure", "recommendation", "contacts", "leaving"
]
"""What an answer says of a customer's worth, per year where a rate: money spent, share of wallet (0 to 1), premium
accepted (0.1 is 10 %), purchases, years as a customer, recommendation (0 to 10), contacts that cost, chance to leave
(0 to 1)."""


class ValueItem(Part):
    """An item that says what a customer is worth; `amounts` puts codes into figures, else the code is the figure."""

    item: Name
    amounts: dict[Code, float] = {}


class PlannedMissing(Part):
    """Each respondent is shown `show` of the sets, drawn at random.

    `assign` deals the statements of a scale to sets in turn, those of modules above all, which name none themselves.
    """

    sets: tuple[Name, ...]
    show: Whole = Field(ge=1)
    assign: dict[Name, tuple[Name, ...]] = {}


class Shuffle(Part):
    """Blocks of pages that change places from person to person; the pages of a block stay together in their order.

    A block names pages, or the loop as `brand`. All blocks together are a stretch of the questionnaire without gaps.
    """

    blocks: tuple[tuple[Name, ...], ...] = Field(min_length=2)


class Use(BaseModel):
    """A question taken from a module by its name; what else stands here takes the place of what the module says."""

    model_config = ConfigDict(frozen=True, extra="allow")

    use: Name


class Module(Part):
    """One construct family for questionnaires to include: scales, single questions and their response formats.

    `include` names modules whose response formats it shares.
    """

    format: Literal[1]
    module: Name
    version: Whole = Field(ge=1)
    title: Texts
    description: Texts
    source: str
    licence: str
    languages: tuple[Language, ...]
    drafts: tuple[Language, ...] = ()
    include: tuple[str, ...] = ()
    lists: dict[Name, ChoiceList] = {}
    scales: dict[Name, Scale] = {}
    items: tuple[Item, ...] = ()


class Instrument(Part):
    """A questionnaire: everything that is asked, in every language it names.

    `include` names modules; what is asked of them stands in its place once the file has been read.
    """

    format: Literal[1]
    instrument: Name
    version: Whole = Field(ge=1)
    title: Texts
    description: Texts
    source: str
    licence: str
    languages: tuple[Language, ...]
    drafts: tuple[Language, ...] = ()
    include: tuple[str, ...] = Field(default=(), exclude=True)
    lists: dict[Name, ChoiceList] = {}
    scales: dict[Name, Scale] = {}
    rules: RuleBattery | None = None
    planned_missing: PlannedMissing | None = None
    chances: dict[Name, Annotated[float, Field(gt=0, lt=1)]] = {}
    pages: tuple[
        Annotated[Annotated[Page, Tag("<page>")] | Annotated[Loop, Tag("<loop>")], Discriminator(_page_tag)], ...
    ]
    shuffle: tuple[Shuffle, ...] = ()
    picks: Picks | None = None
    outcomes: dict[Name, Outcome] = {}
    value: dict[ValueRole, ValueItem] = {}
    remedy: Name | None = None
    person: dict[Name, Name] = {}

    def with_dealt_sets(self) -> Instrument:
        """Give statements the sets that the planned-missing design assigns to them.

        Returns
        -------
        Instrument
            The same questionnaire where nothing is assigned.
        """
        assign = self.planned_missing.assign if self.planned_missing else {}
        scales = {key: _dealt(scale, assign[key]) for key, scale in self.scales.items() if assign.get(key)}
        return self.model_copy(update={"scales": {**self.scales, **scales}}) if scales else self

    def all_pages(self) -> Iterator[Page]:
        """Every page, those of loops included, in file order.

        Returns
        -------
        iterator of Page
        """
        for entry in self.pages:
            yield from entry.pages if isinstance(entry, Loop) else (entry,)

    def items(self) -> Iterator[Item]:
        """Every single item in file order; scale items and rules stand in `scales` and `rules`.

        Returns
        -------
        iterator of Item
        """
        for entry in self.pages:
            pages = entry.pages if isinstance(entry, Loop) else (entry,)
            yield from (question for page in pages for question in page.questions if isinstance(question, Item))
            if isinstance(entry, Loop) and entry.offer is not None:
                yield entry.offer
