"""One screen of an interview as values, and the judge of what is posted from it; draws nothing and knows no route."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Literal

from instruments.logic import Answer, Expression
from instruments.measures import NOT_ANSWERED
from instruments.model import Choice, Code, ItemType, Texts

LARGEST = 999_999
"""The largest number an `integer` item takes when it names no maximum."""
LONGEST = 2_000
"""The most characters a `text` item takes when it names no maximum."""
_DIGITS = re.compile(r"[+-]?[0-9]+", re.ASCII)
_MOST_DIGITS = 12
# At most two decimals, so that 1.500 and 1,500 are asked again instead of being guessed at.
_DECIMAL = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]{1,2})?", re.ASCII)
_DATE = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})", re.ASCII)
NOT_RANKED = 0
"""The rank of a choice that is not among those ranked."""

Kind = Literal["matrix", "single", "rank", "constant_sum", "best_worst"]
JOINT: tuple[Kind, ...] = ("rank", "constant_sum", "best_worst")
"""Blocks whose questions are answered together or not at all."""


@dataclass(frozen=True)
class Asked:
    """One question as one respondent sees it.

    Parameters
    ----------
    variable : str
        `name`, or `name@brand` where it is about a brand.
    type : str
        A type of the grammar, or `shown`, which asks nothing and keeps which choices were shown.
    label, hint : Texts
        In every language, the brand's name filled in.
    choices : tuple of Choice
        In the order shown.
    alone : frozenset of Code
        Codes of a multiple answer that stand alone (none of these, don't know).
    required : bool
        Whether an empty answer is refused.
    soft : bool
        Whether an empty answer is asked for once more.
    reasons : tuple of Choice
        Reasons not to answer that are offered beside the question.
    min, max, max_length : int or None
        Bounds of a number, of the number of choices picked, of a text.
    step : int
        Steps of a `range`.
    low, high : Texts or None
        What the ends of a `range` are called.
    earliest, latest : str or None
        Bounds of a `date`, as 2026-03-31.
    attention : Code or None
        The code that passes an instructed item.
    """

    variable: str
    type: ItemType | Literal["shown"]
    label: Texts
    hint: Texts | None = None
    choices: tuple[Choice, ...] = ()
    alone: frozenset[Code] = frozenset()
    required: bool = True
    min: int | None = None
    max: int | None = None
    max_length: int | None = None
    attention: Code | None = None
    soft: bool = False
    reasons: tuple[Choice, ...] = ()
    step: int = 1
    low: Texts | None = None
    high: Texts | None = None
    earliest: str | None = None
    latest: str | None = None

    @cached_property
    def shape(self) -> str:
        """The variable and the codes of its choices: what a page that was drawn earlier is told from."""
        return "\0".join((self.variable, *(f"={choice.code}" for choice in self.choices)))


@dataclass(frozen=True)
class Block:
    """Questions that stand together.

    Parameters
    ----------
    kind : str
        A `matrix` with one response format; a `single` question; the choices of a `rank` or `constant_sum`; one set
        of a `best_worst`.
    label, hint : Texts or None
        What all its questions are about; None for a single question.
    asked : tuple of Asked
        The questions in the order shown.
    total : int or None
        What the amounts of a `constant_sum` add up to.
    low, high : Texts or None
        What the worst and the best of a set are called.
    place : tuple of int or None
        Which of how many sets it is, counted from 1.
    """

    kind: Kind
    label: Texts | None
    asked: tuple[Asked, ...]
    hint: Texts | None = None
    total: int | None = None
    low: Texts | None = None
    high: Texts | None = None
    place: tuple[int, int] | None = None


@dataclass(frozen=True)
class Candidate:
    """A block of a page that the page's own answers may bring up or take away.

    Parameters
    ----------
    block : Block
        The block.
    when : Expression or None
        The condition that they decide; None where they decide nothing.
    asked : bool
        Whether it is asked with the answers there are.
    """

    block: Block
    when: Expression | None
    asked: bool


@dataclass(frozen=True)
class Screen:
    """What stands on one screen.

    Parameters
    ----------
    key : str
        `page`, or `page@brand`.
    page : str
        Name of the page; of the item on the offer of one more brand.
    title : Texts or None
        The page's title; None on the offer of one more brand.
    brand : str or None
        Key of the brand the screen is about.
    blocks : tuple of Block
        The questions, in order.
    known, drawn : mapping of str to Answer
        Answers of other screens, and what chance decided, for which the screen's own conditions may ask.
    names : mapping of str to str
        The variable that each name of a condition stands for.
    candidates : tuple of Candidate
        The blocks and, in their places, those that may come up while the screen is being answered.
    """

    key: str
    page: str
    title: Texts | None
    brand: str | None
    blocks: tuple[Block, ...]
    known: Mapping[str, Answer] = field(default_factory=dict, repr=False, compare=False)
    drawn: Mapping[str, Answer] = field(default_factory=dict, repr=False, compare=False)
    names: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    candidates: tuple[Candidate, ...] = field(default=(), repr=False, compare=False)

    def with_candidates(self) -> Screen:
        """The screen with every block that may come up.

        Returns
        -------
        Screen
            The same screen where none may.
        """
        return replace(self, blocks=tuple(one.block for one in self.candidates)) if self.candidates else self

    def met(self, variables: Collection[str]) -> Screen:
        """The screen as it was when these variables were answered.

        Parameters
        ----------
        variables : collection of str
            What was posted.

        Returns
        -------
        Screen
            With the blocks that came up.
        """
        if not self.candidates:
            return self
        met = (one.block for one in self.candidates if one.asked or one.block.asked[0].variable in variables)
        return replace(self, blocks=tuple(met))

    @property
    def asked(self) -> tuple[Asked, ...]:
        """Every question of the screen."""
        return tuple(asked for block in self.blocks for asked in block.asked)


ProblemCode = Literal[
    "required",
    "left_open",
    "must_consent",
    "not_a_number",
    "out_of_range",
    "unknown_choice",
    "too_few",
    "too_many",
    "not_together",
    "too_long",
    "not_a_decimal",
    "off_the_steps",
    "not_a_date",
    "too_early",
    "too_late",
    "ranked_wrongly",
    "too_little",
    "too_much",
    "same_choice",
]


@dataclass(frozen=True)
class AnswerProblem:
    """Why one answer was refused; `numbers` are those a message needs (`min`, `max`), or a day."""

    variable: str
    code: ProblemCode
    numbers: Mapping[str, int | str] = field(default_factory=dict)


class AnswerError(ValueError):
    """A posted screen that cannot be stored; every problem of it."""

    def __init__(self, problems: tuple[AnswerProblem, ...]) -> None:
        super().__init__("; ".join(f"{problem.variable}: {problem.code}" for problem in problems))
        self.problems = problems


class _Refused(Exception):  # noqa: N818 - never leaves this module
    def __init__(self, code: ProblemCode, **numbers: int | str) -> None:
        self.code = code
        self.numbers = numbers


def judge_block(
    block: Block, raw: Mapping[str, Sequence[str]], again: Collection[str] = ()
) -> dict[str, Answer | AnswerProblem]:
    """Turn what was posted for the questions of a block into their answers.

    Parameters
    ----------
    block : Block
        The block as it was shown.
    raw : mapping of str to sequence of str
        Posted values by variable.
    again : collection of str
        Variables that were asked for once more already.

    Returns
    -------
    dict of str to Answer or AnswerProblem
        What `judge` gives for each question. Questions that are answered together have one problem at most.
    """
    if block.kind not in JOINT:
        judged = (
            (asked, judge(asked, raw.get(asked.variable, ()), again=asked.variable in again)) for asked in block.asked
        )
        return {asked.variable: found for asked, found in judged if found is not None}
    return _together(block, raw, again=block.asked[0].variable in again)


def judge(asked: Asked, raw: Sequence[str], *, again: bool = False) -> Answer | AnswerProblem | None:
    """Turn what was posted for one question into its answer, or say why it cannot be.

    Parameters
    ----------
    asked : Asked
        The question as it was shown.
    raw : sequence of str
        The posted values, none when nothing was posted.
    again : bool
        Whether it was asked for once more already.

    Returns
    -------
    Answer or AnswerProblem or None
        A value within the question's bounds, a reason not to answer, -99 for an empty answer that is allowed, or the
        problem; None for a note, which asks nothing.
    """
    if asked.type == "note":
        return None
    if asked.type == "shown":
        return " ".join(str(choice.code) for choice in asked.choices)
    values = [value for value in dict.fromkeys(_clean(value) for value in raw) if value]
    try:
        return _reason(asked, values) or (_JUDGES[asked.type](asked, values) if values else _empty(asked, again=again))
    except _Refused as refused:
        return AnswerProblem(asked.variable, refused.code, refused.numbers)


def _together(block: Block, raw: Mapping[str, Sequence[str]], *, again: bool) -> dict[str, Answer | AnswerProblem]:
    """The answers to a block whose questions belong together: all of them, or its first problem."""
    first = block.asked[0]
    answers: dict[str, Answer] = {}
    for asked in block.asked:
        judged = judge(replace(asked, required=False, soft=False), raw.get(asked.variable, ()))
        if isinstance(judged, AnswerProblem):
            return {judged.variable: judged}
        if judged is not None:
            answers[asked.variable] = judged
    told = {variable: answer for variable, answer in answers.items() if variable not in _shown(block)}
    given = {variable: answer for variable, answer in told.items() if answer != NOT_ANSWERED}
    stated = {choice.code for choice in first.reasons}.intersection(given.values())
    try:
        if not given:
            _empty(first, again=again)
        elif stated:
            _alone(told)
        else:
            answers |= _RULES[block.kind](block, given)
    except _Refused as refused:
        return {first.variable: AnswerProblem(first.variable, refused.code, refused.numbers)}
    return dict(answers)


def _alone(told: Mapping[str, Answer]) -> None:
    """A reason not to answer goes for the whole block."""
    if len(set(told.values())) > 1:
        raise _Refused("not_together")


def _shown(block: Block) -> set[str]:
    return {asked.variable for asked in block.asked if asked.type == "shown"}


def _ranked(block: Block, given: Mapping[str, Answer]) -> dict[str, Answer]:
    """Each rank once; the others are not ranked."""
    most = block.asked[0].max or len(block.asked)
    if sorted(given.values(), key=str) != sorted(range(1, most + 1), key=str):
        raise _Refused("ranked_wrongly", max=most)
    return {asked.variable: given.get(asked.variable, NOT_RANKED) for asked in block.asked}


def _summed(block: Block, given: Mapping[str, Answer]) -> dict[str, Answer]:
    """Amounts that add up; what is left empty gets nothing."""
    total, found = block.total or 0, sum(amount for amount in given.values() if isinstance(amount, int))
    if found != total:
        raise _Refused("too_little" if found < total else "too_much", total=total, off=abs(total - found))
    return {asked.variable: given.get(asked.variable, 0) for asked in block.asked}


def _extremes(block: Block, given: Mapping[str, Answer]) -> dict[str, Answer]:
    """Two different choices."""
    if len(given) < len(block.asked) - len(_shown(block)):
        raise _Refused("required")
    if len(set(given.values())) < len(given):
        raise _Refused("same_choice")
    return dict(given)


_RULES = {"rank": _ranked, "constant_sum": _summed, "best_worst": _extremes}


def _reason(asked: Asked, values: list[str]) -> Answer | None:
    """The reason not to answer, where one was given."""
    stated = [choice.code for choice in asked.reasons if str(choice.code) in values]
    if stated and len(values) > 1:
        raise _Refused("not_together")
    return stated[0] if stated else None


def _clean(text: str) -> str:
    """Strip, compose (NFC), and take out control characters, line ends excepted, and lone surrogates."""
    if text.isascii() and text.isprintable():
        return text.strip()
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in lines if sign == "\n" or unicodedata.category(sign) not in ("Cc", "Cs")).strip()


def _empty(asked: Asked, *, again: bool) -> Answer:
    if asked.required:
        raise _Refused("must_consent" if asked.type == "consent" else "required")
    if asked.soft and not again:
        raise _Refused("left_open")
    return NOT_ANSWERED


def _consent(_: Asked, values: list[str]) -> Answer:
    if values != ["1"]:
        raise _Refused("unknown_choice")
    return 1


def _select_one(asked: Asked, values: list[str]) -> Answer:
    if len(values) > 1:
        raise _Refused("too_many", max=1)
    return _codes(asked, values)[0]


def _select_multiple(asked: Asked, values: list[str]) -> Answer:
    codes = _codes(asked, values)
    alone = asked.alone.intersection(codes)
    if alone and len(codes) > 1:
        raise _Refused("not_together")
    if asked.max is not None and len(codes) > asked.max:
        raise _Refused("too_many", max=asked.max)
    if asked.min is not None and len(codes) < asked.min and not alone:
        raise _Refused("too_few", min=asked.min)
    only = codes[0]
    return only if isinstance(only, int) and only in _missing(asked) else codes


def _codes(asked: Asked, values: list[str]) -> tuple[Code, ...]:
    """The codes of posted values in the order of the choices."""
    wanted = set(values)
    codes = tuple(choice.code for choice in asked.choices if str(choice.code) in wanted)
    if len(codes) != len(wanted):
        raise _Refused("unknown_choice")
    return codes


def _missing(asked: Asked) -> set[Code]:
    return {choice.code for choice in asked.choices if choice.missing}


def _integer(asked: Asked, values: list[str]) -> Answer:
    digits = unicodedata.normalize("NFKC", values[0])  # full-width digits are digits
    if len(values) > 1 or not _DIGITS.fullmatch(digits):
        raise _Refused("not_a_number")
    return int(_within(asked, digits))


def _decimal(asked: Asked, values: list[str]) -> Answer:
    digits = unicodedata.normalize("NFKC", values[0])
    if len(values) > 1 or not _DECIMAL.fullmatch(digits):
        raise _Refused("not_a_decimal")
    number = _within(asked, digits.replace(",", "."))
    return int(number) if number.is_integer() else number


def _within(asked: Asked, digits: str) -> float:
    low, high = asked.min or 0, LARGEST if asked.max is None else asked.max
    if len(digits) > _MOST_DIGITS or not low <= float(digits) <= high:
        raise _Refused("out_of_range", min=low, max=high)
    return float(digits)


def _range(asked: Asked, values: list[str]) -> Answer:
    number, low = _integer(asked, values), asked.min or 0
    if isinstance(number, int) and (number - low) % asked.step:
        raise _Refused("off_the_steps", min=low, step=asked.step)
    return number


def _date(asked: Asked, values: list[str]) -> Answer:
    found = _DATE.fullmatch(unicodedata.normalize("NFKC", values[0]))
    try:
        day = date(*map(int, found.groups())).isoformat() if found and len(values) == 1 else ""
    except ValueError:
        day = ""
    if not day:
        raise _Refused("not_a_date")
    if asked.earliest and day < asked.earliest:
        raise _Refused("too_early", day=asked.earliest)
    if asked.latest and day > asked.latest:
        raise _Refused("too_late", day=asked.latest)
    return day


def _text(asked: Asked, values: list[str]) -> Answer:
    longest = LONGEST if asked.max_length is None else asked.max_length
    text = "\n".join(values)
    if len(text) > longest:
        raise _Refused("too_long", max=longest)
    return text


_JUDGES = {
    "consent": _consent,
    "select_one": _select_one,
    "select_multiple": _select_multiple,
    "integer": _integer,
    "decimal": _decimal,
    "range": _range,
    "text": _text,
    "date": _date,
}
