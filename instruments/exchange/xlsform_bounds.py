"""XLSForm's constraints and parameters as the bounds of our questions; what does not fit is told."""

from __future__ import annotations

import re
from collections.abc import Iterator

from instruments.exchange.draft import DraftQuestion
from instruments.exchange.formula import Binary, Call, Literally, Node, UntranslatableError, Word, read_formula

Told = tuple[str, str]
"""What is lost, and why."""

_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "=="}
_NUMBERS = ("integer", "decimal", "range")
_PARAMETER = re.compile(r"([A-Za-z-]+)\s*=\s*('[^']*'|\"[^\"]*\"|[^\s,;]+)")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def read_constraint(question: DraftQuestion, text: str) -> Iterator[Told]:
    """Set the bounds that a constraint says.

    Parameters
    ----------
    question : DraftQuestion
        Its bounds are set.
    text : str
        As ``. >= 18 and . <= 99``.

    Yields
    ------
    tuple of str
        Each part that cannot be kept, and why.
    """
    if not text:
        return
    try:
        parts = list(_parts(read_formula(text, "xpath")))
    except UntranslatableError as error:
        yield f"constraint '{text}'", f"{error}; any answer of its type is accepted"
        return
    kept = [_bound(question, part) for part in parts]
    if not all(kept):
        yield (
            f"constraint '{text}'",
            "only fixed bounds of numbers, days, lengths and numbers of choices are checked here",
        )


def read_parameters(question: DraftQuestion, text: str) -> Iterator[Told]:
    """Set what the cell `parameters` says.

    Parameters
    ----------
    question : DraftQuestion
    text : str
        As ``start=0 end=10 step=1`` or ``randomize=true, seed=7``.

    Yields
    ------
    tuple of str
        Each parameter that cannot be kept, and why.
    """
    found = {key.lower(): value for key, value in _PARAMETER.findall(text)}
    question.random_order = found.pop("randomize", "").lower() == "true"
    if question.type == "range":
        yield from _read_range(question, found)
    if "seed" in found:
        yield f"seed {found.pop('seed')}", "each person has a seed of their own here"
    for key, value in found.items():
        yield f"parameter {key}={value}", "it has no counterpart here"


def _read_range(question: DraftQuestion, found: dict[str, str]) -> Iterator[Told]:
    values = [found.pop(key, default) for key, default in (("start", "1"), ("end", "10"), ("step", "1"))]
    try:
        start, end, step = map(float, values)
    except ValueError:
        start, end, step = 0.5, 0.5, 0.5
    if all(value.is_integer() for value in (start, end, step)) and start < end and step >= 1:
        question.min, question.max, question.step = int(start), int(end), int(step)
        return
    question.type = "decimal"
    question.min, question.max = (int(start), -int(-end // 1)) if start < end else (None, None)
    yield f"range from {values[0]} to {values[1]} in steps of {values[2]}", "sliders go upwards in whole steps here"


def _parts(node: Node) -> Iterator[Node]:
    if isinstance(node, Binary) and node.sign == "and":
        yield from _parts(node.left)
        yield from _parts(node.right)
    else:
        yield node


def _bound(question: DraftQuestion, node: Node) -> bool:
    """Whether one comparison could be kept as a bound."""
    if not isinstance(node, Binary):
        return False
    for side, other, sign in ((node.left, node.right, node.sign), (node.right, node.left, _TURNED.get(node.sign, ""))):
        if isinstance(side, Word) and side.text == "." and not side.reference:
            return _bound_value(question, sign, other)
        if isinstance(side, Call) and isinstance(other, Literally) and side.arguments == (Word("."),):
            return _bound_count(question, side.name, sign, other.value)
    return False


def _bound_value(question: DraftQuestion, sign: str, other: Node) -> bool:
    if isinstance(other, Call) and other.name == "date" and len(other.arguments) == 1:
        other = other.arguments[0]
    value = other.value if isinstance(other, Literally) else None
    if question.type == "date" and isinstance(value, str) and _DAY.fullmatch(value):
        question.earliest = value if sign == ">=" else question.earliest
        question.latest = value if sign == "<=" else question.latest
        return sign in (">=", "<=")
    if question.type not in _NUMBERS or not isinstance(value, float) or not value.is_integer():
        return False
    return _set_bounds(question, sign, int(value), exact=question.type != "decimal")


def _bound_count(question: DraftQuestion, name: str, sign: str, value: float | str) -> bool:
    if not isinstance(value, float) or not value.is_integer():
        return False
    if name == "count-selected" and question.type == "select_multiple":
        return _set_bounds(question, sign, int(value), exact=True)
    if name == "string-length" and question.type == "text" and sign in ("<", "<="):
        question.max_length = int(value) - (sign == "<")
        return True
    return False


def _set_bounds(question: DraftQuestion, sign: str, value: int, *, exact: bool) -> bool:
    """Whether the bound is kept to the letter; of decimals those that leave out the bound itself are not."""
    if sign in (">", ">="):
        question.min = value + (sign == ">" and exact)
    elif sign in ("<", "<="):
        question.max = value - (sign == "<" and exact)
    elif sign == "==":
        question.min = question.max = value
    else:
        return False
    return exact or sign in (">=", "<=")
