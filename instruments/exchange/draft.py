"""A questionnaire on its way from another program: its parts as that program had them; decides nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from instruments.exchange.carried import Loss
from instruments.logic import Condition
from instruments.model import ItemType

Tagged = dict[str, str]
"""One text by the other program's names of languages; "" is its main language."""


@dataclass
class DraftChoice:
    """A choice; `with_text` says that the other program offers a field to write into beside it."""

    code: str
    label: Tagged
    family: str = ""
    missing: bool = False
    extra: bool = False
    with_text: bool = False


@dataclass
class DraftList:
    """A response format; `source` where its choices are the study's brands or the catalogue's.

    `renamed` says what brands that had numbers are called instead.
    """

    name: str
    choices: list[DraftChoice]
    source: str = ""
    renamed: dict[str, str] = field(default_factory=dict)


@dataclass
class DraftRow:
    """A row of a matrix; `scale` and `set` where they are known."""

    name: str
    label: Tagged
    scale: str = ""
    set: str = ""
    reversed: bool = False


@dataclass
class DraftQuestion:
    """A question with the names of the other program; conditions have been put into our form already."""

    place: str
    name: str
    type: ItemType | Literal["matrix"]
    label: Tagged
    hint: Tagged = field(default_factory=dict)
    answers: DraftList | None = None
    rows: list[DraftRow] = field(default_factory=list)
    rules: str = ""
    required: bool = False
    soft: bool = False
    min: int | None = None
    max: int | None = None
    step: int | None = None
    low: Tagged = field(default_factory=dict)
    high: Tagged = field(default_factory=dict)
    earliest: str = ""
    latest: str = ""
    total: int | None = None
    show: int | None = None
    sets: int | None = None
    max_length: int | None = None
    random_order: bool = False
    relevant: Condition | None = None
    choice_filter: Condition | None = None


@dataclass
class DraftPage:
    """What stands on one screen."""

    place: str
    name: str
    title: Tagged
    questions: list[DraftQuestion] = field(default_factory=list)
    relevant: Condition | None = None
    screen_out: Condition | None = None
    random_order: bool = False


@dataclass
class DraftLoop:
    """Pages asked for each choice of the question `over`."""

    place: str
    over: str
    pages: list[DraftPage]
    at_most: int = 0
    random_order: bool = False


@dataclass
class Draft:
    """A whole questionnaire; `losses` grows while it is read.

    `named_lists` says that lists have names of their own, so that equal ones are not the same; `spare_lists` are
    those that nothing of what could be read chooses from.
    """

    origin: str
    name: str
    title: Tagged
    languages: list[str]
    version: int = 1
    description: Tagged = field(default_factory=dict)
    entries: list[DraftPage | DraftLoop] = field(default_factory=list)
    chances: dict[str, float] = field(default_factory=dict)
    named_lists: bool = False
    spare_lists: list[DraftList] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)

    def lose(self, place: str, what: str, why: str) -> None:
        """Note something that is not carried over.

        Parameters
        ----------
        place, what, why : str
        """
        self.losses.append(Loss(place, what, why))

    def pages(self) -> Iterator[DraftPage]:
        """Every page, those of the loop included.

        Returns
        -------
        iterator of DraftPage
        """
        for entry in self.entries:
            yield from entry.pages if isinstance(entry, DraftLoop) else (entry,)

    def questions(self) -> Iterator[DraftQuestion]:
        """Every question in order.

        Returns
        -------
        iterator of DraftQuestion
        """
        for page in self.pages():
            yield from page.questions
