"""A questionnaire's data as far as they can be understood, however broken; makes no judgement."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from instruments.yaml_file import DataPath, Problem, YamlFile

MOST_SETS = 50
"""More sets of a best-worst question nobody answers."""
RULE_QUESTIONS = {"importance": "imp_", "experience": "exp_"}


@dataclass(frozen=True)
class Cursor:
    """A value and its place; what is absent or of another kind than expected is simply empty."""

    value: Any
    path: DataPath

    def __getitem__(self, key: str) -> Cursor:
        inner = self.value.get(key) if isinstance(self.value, dict) else None
        return Cursor(inner, (*self.path, key))

    def __bool__(self) -> bool:
        return self.value is not None

    def has(self, key: str) -> bool:
        """Whether a mapping has this key.

        Parameters
        ----------
        key : str

        Returns
        -------
        bool
        """
        return isinstance(self.value, dict) and key in self.value

    def entries(self) -> Iterator[tuple[str, Cursor]]:
        """Keys and values of a mapping.

        Returns
        -------
        iterator of tuple[str, Cursor]
        """
        for key in self.value if isinstance(self.value, dict) else ():
            yield key, self[key]

    def elements(self) -> Iterator[Cursor]:
        """The elements of a list.

        Returns
        -------
        iterator of Cursor
        """
        for at, inner in enumerate(self.value if isinstance(self.value, list) else ()):
            yield Cursor(inner, (*self.path, at))

    @property
    def text(self) -> str:
        """The text; empty when it is something else."""
        return self.value if isinstance(self.value, str) else ""

    @property
    def whole(self) -> int | None:
        """The whole number; None when it is something else."""
        return self.value if isinstance(self.value, int) and not isinstance(self.value, bool) else None


@dataclass(frozen=True)
class PageSpot:
    """A page and whether it is about a brand: in a loop, or about the drawn brand."""

    at: Cursor
    in_loop: bool

    @property
    def about_brand(self) -> bool:
        """Whether its texts may name a brand."""
        return self.in_loop or self.at["about"].text == "drawn_brand"


@dataclass(frozen=True)
class QuestionSpot:
    """A question in the order it is asked; `page` is None for the offer of one more brand."""

    at: Cursor
    page: PageSpot | None
    order: int

    @property
    def is_matrix(self) -> bool:
        """Whether it has rows."""
        return self.at["type"].text == "matrix"

    @property
    def about_brand(self) -> bool:
        """Whether each brand has an answer of its own."""
        return self.page is not None and self.page.about_brand


@dataclass(frozen=True)
class VariableSpot:
    """A name, where it is given, and the question that asks for it."""

    name: str
    at: Cursor
    question: QuestionSpot
    type: str
    list: str


class Outline:
    """The parts of a questionnaire file that checks go through."""

    def __init__(self, file: YamlFile) -> None:
        self.file = file
        self.root = Cursor(file.data, ())
        self.languages = [language.text for language in self.root["languages"].elements() if language.text]
        self.lists = dict(self.root["lists"].entries())
        self.scales = dict(self.root["scales"].entries())
        self.loops = [entry for entry in self.root["pages"].elements() if entry.has("loop")]
        self.pages = list(self._pages())
        self.questions = list(self._questions())

    def problem(self, at: Cursor, message: str, remedy: str = "", *, at_key: bool = False) -> Problem:
        """Say what is wrong at a cursor.

        Parameters
        ----------
        at : Cursor
        message : str
        remedy : str
        at_key : bool

        Returns
        -------
        Problem
        """
        return self.file.problem(at.path, message, remedy, at_key=at_key)

    def items(self) -> Iterator[QuestionSpot]:
        """Single questions, the offer included.

        Returns
        -------
        iterator of QuestionSpot
        """
        return (question for question in self.questions if not question.is_matrix)

    def matrices(self) -> Iterator[QuestionSpot]:
        """Matrix questions.

        Returns
        -------
        iterator of QuestionSpot
        """
        return (question for question in self.questions if question.is_matrix)

    def rules(self) -> Iterator[Cursor]:
        """The rules of the battery.

        Returns
        -------
        iterator of Cursor
        """
        return self.root["rules"]["rules"].elements()

    def matrices_of(self, scale: str) -> list[QuestionSpot]:
        """The matrices that ask for a scale.

        Parameters
        ----------
        scale : str

        Returns
        -------
        list of QuestionSpot
        """
        return [q for q in self.matrices() if any(key.text == scale for key in q.at["scales"].elements())]

    @cached_property
    def variables(self) -> dict[str, VariableSpot]:
        """What is asked, by name; the first of several with one name."""
        found: dict[str, VariableSpot] = {}
        for question in self.questions:
            for spot in self._variables(question):
                found.setdefault(spot.name, spot)
        return found

    @cached_property
    def blocks(self) -> dict[DataPath, tuple[int, int]]:
        """For each page or loop that changes places with others, the shuffle and the block that it belongs to."""
        entries = self.root["pages"].elements()
        place = {(entry["loop"] or entry["page"]).text: entry.path for entry in entries}
        return {
            place[name.text]: (number, at)
            for number, shuffle in enumerate(self.root["shuffle"].elements())
            for at, block in enumerate(shuffle["blocks"].elements())
            for name in block.elements()
            if name.text in place
        }

    def change_places(self, one: DataPath, other: DataPath) -> bool:
        """Whether what stands at two places may come in either order.

        Parameters
        ----------
        one, other : tuple
            Places below `pages`.

        Returns
        -------
        bool
        """
        first, second = self.blocks.get(one[:2]), self.blocks.get(other[:2])
        return first is not None and second is not None and first[0] == second[0] and first != second

    def codes(self, name: str) -> list[Cursor]:
        """The codes of a list's choices, extra ones included.

        Parameters
        ----------
        name : str

        Returns
        -------
        list of Cursor
        """
        answers = self.lists.get(name, Cursor(None, ()))
        return [choice["code"] for part in ("choices", "extra") for choice in answers[part].elements()]

    def _pages(self) -> Iterator[PageSpot]:
        for entry in self.root["pages"].elements():
            if entry.has("loop"):
                yield from (PageSpot(page, in_loop=True) for page in entry["pages"].elements())
            else:
                yield PageSpot(entry, in_loop=False)

    def _questions(self) -> Iterator[QuestionSpot]:
        order = 0
        spots = {spot.at.path: spot for spot in self.pages}
        for entry in self.root["pages"].elements():
            pages = entry["pages"].elements() if entry.has("loop") else iter((entry,))
            for page in pages:
                for question in page["questions"].elements():
                    yield QuestionSpot(question, spots[page.path], order := order + 1)
            if entry.has("loop") and entry["offer"]:
                yield QuestionSpot(entry["offer"], None, order := order + 1)

    def _variables(self, question: QuestionSpot) -> Iterator[VariableSpot]:
        at = question.at
        if not question.is_matrix:
            yield from self._item_variables(question)
            return
        for key in at["scales"].elements():
            scale = self.scales.get(key.text, Cursor(None, ()))
            for item in scale["items"].elements():
                yield VariableSpot(item["name"].text, item["name"], question, "select_one", scale["list"].text)
        prefix = RULE_QUESTIONS.get(at["rules"].text)
        for rule in self.rules() if prefix else ():
            answers = self.root["rules"][f"{at['rules'].text}_list"].text
            yield VariableSpot(f"{prefix}{rule['name'].text}", rule["name"], question, "select_one", answers)

    def _item_variables(self, question: QuestionSpot) -> Iterator[VariableSpot]:
        at, kind = question.at, question.at["type"].text
        name, answers = at["name"].text, at["list"].text
        if not name:
            return
        if kind in ("rank", "constant_sum"):
            for code in self.codes(answers):
                yield VariableSpot(f"{name}_{code.value}", at["name"], question, "integer", "")
        elif kind == "best_worst":
            for number in range(1, min(at["sets"].whole or 0, MOST_SETS) + 1):
                for part in ("best", "worst"):
                    yield VariableSpot(f"{name}_{part}{number}", at["name"], question, "select_one", answers)
        else:
            yield VariableSpot(name, at["name"], question, kind, answers)
            if at["draw"]:
                yield VariableSpot(f"{name}_drawn", at["name"], question, kind, answers)
