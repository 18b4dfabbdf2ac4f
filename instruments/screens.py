"""One screen of an interview as values, and the judge of what is posted from it; draws nothing and knows no route."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from instruments.logic import Answer
from instruments.measures import NOT_ANSWERED
from instruments.model import Choice, Code, Texts

LARGEST = 999_999
"""The largest number an `integer` item takes when it names no maximum."""
LONGEST = 2_000
"""The most characters a `text` item takes when it names no maximum."""
_DIGITS = re.compile(r"[+-]?[0-9]+", re.ASCII)
_MOST_DIGITS = 12

ItemType = Literal["note", "consent", "select_one", "select_multiple", "integer", "text"]


@dataclass(frozen=True)
class Asked:
    """One question as one respondent sees it.

    Parameters
    ----------
    variable : str
        `name`, or `name@brand` where it is about a brand.
    type : str
        A type of the grammar.
    label, hint : Texts
        In every language, the brand's name filled in.
    choices : tuple of Choice
        In the order shown.
    alone : frozenset of Code
        Codes of a multiple answer that stand alone (none of these, don't know).
    required : bool
        Whether an empty answer is refused.
    min, max, max_length : int or None
        Bounds of a number, of the number of choices picked, of a text.
    attention : Code or None
        The code that passes an instructed item.
    """

    variable: str
    type: ItemType
    label: Texts
    hint: Texts | None = None
    choices: tuple[Choice, ...] = ()
    alone: frozenset[Code] = frozenset()
    required: bool = True
    min: int | None = None
    max: int | None = None
    max_length: int | None = None
    attention: Code | None = None


@dataclass(frozen=True)
class Block:
    """Questions that stand together: a matrix with one response format, or a single question without a label."""

    kind: Literal["matrix", "single"]
    label: Texts | None
    asked: tuple[Asked, ...]


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
    """

    key: str
    page: str
    title: Texts | None
    brand: str | None
    blocks: tuple[Block, ...]
    known: Mapping[str, Answer] = field(default_factory=dict, repr=False, compare=False)
    drawn: Mapping[str, Answer] = field(default_factory=dict, repr=False, compare=False)

    @property
    def asked(self) -> tuple[Asked, ...]:
        """Every question of the screen."""
        return tuple(asked for block in self.blocks for asked in block.asked)


ProblemCode = Literal[
    "required",
    "must_consent",
    "not_a_number",
    "out_of_range",
    "unknown_choice",
    "too_few",
    "too_many",
    "not_together",
    "too_long",
]


@dataclass(frozen=True)
class AnswerProblem:
    """Why one answer was refused; `numbers` are those a message needs (`min`, `max`)."""

    variable: str
    code: ProblemCode
    numbers: Mapping[str, int] = field(default_factory=dict)


class AnswerError(ValueError):
    """A posted screen that cannot be stored; every problem of it."""

    def __init__(self, problems: tuple[AnswerProblem, ...]) -> None:
        super().__init__("; ".join(f"{problem.variable}: {problem.code}" for problem in problems))
        self.problems = problems


class _Refused(Exception):  # noqa: N818 - never leaves this module
    def __init__(self, code: ProblemCode, **numbers: int) -> None:
        self.code = code
        self.numbers = numbers


def judge(asked: Asked, raw: Sequence[str]) -> Answer | AnswerProblem | None:
    """Turn what was posted for one question into its answer, or say why it cannot be.

    Parameters
    ----------
    asked : Asked
        The question as it was shown.
    raw : sequence of str
        The posted values, none when nothing was posted.

    Returns
    -------
    Answer or AnswerProblem or None
        A value within the question's bounds, -99 for an empty answer that is allowed, or the problem;
        None for a note, which asks nothing.
    """
    if asked.type == "note":
        return None
    values = [value for value in dict.fromkeys(_clean(value) for value in raw) if value]
    try:
        if not values:
            return _empty(asked)
        return _JUDGES[asked.type](asked, values)
    except _Refused as refused:
        return AnswerProblem(asked.variable, refused.code, refused.numbers)


def _clean(text: str) -> str:
    """Strip, compose (NFC), and take out control characters, line ends excepted, and lone surrogates."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in lines if sign == "\n" or unicodedata.category(sign) not in ("Cc", "Cs")).strip()


def _empty(asked: Asked) -> Answer:
    if asked.required:
        raise _Refused("must_consent" if asked.type == "consent" else "required")
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
    low, high = asked.min or 0, LARGEST if asked.max is None else asked.max
    if len(digits) > _MOST_DIGITS or not low <= int(digits) <= high:
        raise _Refused("out_of_range", min=low, max=high)
    return int(digits)


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
    "text": _text,
}
