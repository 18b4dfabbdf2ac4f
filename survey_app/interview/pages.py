"""What one screen shows, worked out for the templates: texts in one language, answers kept, messages at their items."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from instruments.measures import NOT_ANSWERED
from instruments.model import Texts
from instruments.screens import JOINT, AnswerProblem, Asked, Block, Screen
from survey_app.interface import Interface
from survey_app.interview.conditions import conditions_of
from survey_app.interview.forms import field_name, reasons_name

# A single question with as many choices, all but the ends as short as numbers, stands in one row where there is room.
LONG_SCALE, SHORT = 9, 3
# A text of more characters than this is written in a box of several lines.
ONE_LINE = 120
# Rows in random order make many grids; those in the order of the file come again with every respondent.
GRIDS_KEPT = 256


@dataclass(frozen=True)
class Option:
    """One choice of a question."""

    id: str
    value: str
    label: str
    checked: bool


@dataclass(frozen=True)
class Question:
    """One question with what has been answered and what is wrong with it."""

    id: str
    type: str
    label: str
    hint: str | None
    required: bool
    options: tuple[Option, ...]
    text: str
    max_length: int | None
    across: bool
    problem: str | None
    about: str
    reasons: tuple[Option, ...] = ()
    lowest: int | str | None = None
    highest: int | str | None = None
    step: int = 1
    ends: tuple[str, str] | None = None
    place: str | None = None

    @property
    def first_input(self) -> str:
        """The id that a message at the top of the page leads to."""
        return self.options[0].id if self.options else f"{self.id}-1"

    @property
    def described_by(self) -> str:
        """The ids of hint and message, for screen readers."""
        told = ((self.hint, "hint"), (self.problem, "problem"))
        return " ".join(f"{self.id}-{part}" for text, part in told if text)

    @property
    def several_lines(self) -> bool:
        """Whether the answer may need more than one line."""
        return self.type == "text" and (self.max_length is None or self.max_length > ONE_LINE)


@dataclass(frozen=True)
class Group:
    """Questions that stand together; `label` is what the rows of a grid have in common."""

    id: str
    kind: str
    label: str | None
    questions: tuple[Question, ...]
    hint: str | None = None
    total: int | None = None
    ends: tuple[str, str] | None = None
    place: tuple[int, int] | None = None
    live: int | None = None
    hidden: bool = False
    untouched: bool = False
    """Whether it is a grid as everybody meets it who is asked the same in the same order."""

    @property
    def problem(self) -> str | None:
        """The first message of questions that are answered together."""
        return next((question.problem for question in self.questions if question.problem), None)

    @property
    def described_by(self) -> str:
        """The ids of hint and message, for screen readers."""
        told = ((self.hint, "hint"), (self.problem, "problem"))
        return " ".join(f"{self.id}-{part}" for text, part in told if text)


@dataclass(frozen=True)
class Page:
    """A screen in one language."""

    title: str | None
    groups: tuple[Group, ...]
    again: str = ""
    """Places of the questions that were left open and are asked for once more."""
    conditions: str = ""
    """For the page's script, as JSON: when the live groups come up, and how the fields that decide it are read."""

    @property
    def problems(self) -> tuple[Question, ...]:
        """The questions that need another look."""
        return tuple(question for group in self.groups for question in group.questions if question.problem)


def page_of(
    screen: Screen,
    interface: Interface,
    raw: Mapping[str, Sequence[str]],
    problems: Sequence[AnswerProblem] = (),
    again: Collection[str] = (),
) -> Page:
    """Word a screen in the interface's language, with the answers of `raw` and the messages of `problems`.

    `again` are the variables that earlier drawings of the page asked for once more.
    """
    writer = _Writer(interface, raw, {problem.variable: problem for problem in problems})
    groups, place = [], 1
    drawn = screen.with_candidates()
    for number, block in enumerate(drawn.blocks, start=1):
        groups.append(writer.group(number, block, place))
        place += len(block.asked)
    for at, candidate in enumerate(screen.candidates):
        if candidate.when:
            groups[at] = replace(groups[at], live=at + 1, hidden=not candidate.asked)
    asked_again = {*again, *(problem.variable for problem in problems if problem.code == "left_open")}
    places = (str(at) for at, asked in enumerate(drawn.asked, start=1) if asked.variable in asked_again)
    return Page(writer.said(screen.title), tuple(groups), " ".join(places), conditions_of(screen))


class _Grid:
    """A grid that nobody has answered; one is as good as another with the same rows at the same place."""

    def __init__(self, writer: _Writer, number: int, block: Block, place: int) -> None:
        self.writer, self.number, self.block, self.place = writer, number, block, place
        # Rows are made once for each questionnaire; keeping the grid keeps them, so that no other row gets their ids.
        self._key = writer.interface.language, number, place, *map(id, block.asked)

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Grid) and self._key == other._key


@lru_cache(maxsize=GRIDS_KEPT)
def _untouched(grid: _Grid) -> Group:
    return replace(grid.writer.made(grid.number, grid.block, grid.place), untouched=True)


@dataclass(frozen=True)
class _Writer:
    interface: Interface
    raw: Mapping[str, Sequence[str]]
    problems: Mapping[str, AnswerProblem]

    def text(self, texts: Texts) -> str:
        return texts[self.interface.language]

    def said(self, texts: Texts | None) -> str | None:
        return self.text(texts) if texts else None

    def ends(self, part: Asked | Block) -> tuple[str, str] | None:
        return (self.text(part.low), self.text(part.high)) if part.low and part.high else None

    def group(self, number: int, block: Block, place: int) -> Group:
        variables = {asked.variable for asked in block.asked}
        if block.kind != "matrix" or variables & (self.raw.keys() | self.problems.keys()):
            return self.made(number, block, place)
        return _untouched(_Grid(_Writer(self.interface, {}, {}), number, block, place))

    def made(self, number: int, block: Block, place: int) -> Group:
        questions = tuple(
            self.question(at, asked, across=block.kind == "matrix" or self.is_numbers(asked))
            for at, asked in enumerate(block.asked, start=place)
            if asked.type != "shown"
        )
        label = self.said(block.label)
        if block.kind == "matrix":
            n = len(questions)
            questions = tuple(replace(row, place=f"{at} / {n}") for at, row in enumerate(questions, start=1))
        if block.kind in JOINT:
            questions = tuple(replace(question, about=label or question.label) for question in questions)
        ends = self.ends(block) if block.kind == "best_worst" else None
        return Group(f"g{number}", block.kind, label, questions, self.said(block.hint), block.total, ends, block.place)

    def is_numbers(self, asked: Asked) -> bool:
        inner = asked.choices[1:-1]
        return len(asked.choices) >= LONG_SCALE and all(len(self.text(choice.label)) <= SHORT for choice in inner)

    def question(self, place: int, asked: Asked, *, across: bool) -> Question:
        name = field_name(place)
        sent = [value for value in self.raw.get(asked.variable, ()) if value != str(NOT_ANSWERED)]
        reasons = {str(choice.code) for choice in asked.reasons}
        values = [value for value in sent if value not in reasons]
        return Question(
            id=name,
            type=asked.type,
            label=self.text(asked.label),
            about=self.text(asked.label),
            hint=self.said(asked.hint),
            reasons=self.reasons(reasons_name(place), asked, sent),
            lowest=asked.earliest if asked.type == "date" else asked.min,
            highest=asked.latest if asked.type == "date" else asked.max,
            step=asked.step,
            ends=self.ends(asked),
            required=asked.required,
            options=self.options(name, asked, values),
            text="" if asked.choices else "\n".join(values),
            max_length=asked.max_length,
            across=across,
            problem=self.problem(asked),
        )

    def options(self, name: str, asked: Asked, values: Sequence[str]) -> tuple[Option, ...]:
        if asked.type == "consent":
            return (Option(f"{name}-1", "1", self.text(asked.hint or asked.label), checked="1" in values),)
        return tuple(
            Option(f"{name}-{at}", str(at), self.text(choice.label), checked=str(choice.code) in values)
            for at, choice in enumerate(asked.choices, start=1)
        )

    def reasons(self, name: str, asked: Asked, values: Sequence[str]) -> tuple[Option, ...]:
        return tuple(
            Option(f"{name}-{at}", str(at), self.text(choice.label), checked=str(choice.code) in values)
            for at, choice in enumerate(asked.reasons, start=1)
        )

    def problem(self, asked: Asked) -> str | None:
        found = self.problems.get(asked.variable)
        if found is None:
            return None
        written = found.code == "required" and not asked.choices
        return self.interface.say("error_required_text" if written else f"error_{found.code}", **found.numbers)
