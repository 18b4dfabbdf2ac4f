"""Reachability: conditions that no answers can meet, so that nobody is asked; tries values out, proves nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from math import prod

from instruments.consistency.outline import Cursor, Outline, PageSpot, VariableSpot
from instruments.logic import Answer, Comparison, Constant, Expression, LogicError, Variable, parse
from instruments.measures import MISSING_CODES, NOT_ANSWERED
from instruments.yaml_file import Problem

_MOST_TRIALS = 4_000
"""Conditions with more combinations of values are taken for meetable."""
_MOST_TOGETHER = 8
"""Codes of a multiple answer of which all combinations are tried; conditions that name more are not tried out."""
_NUMBERS = ("integer", "decimal", "range")


def check_reachability(outline: Outline) -> Iterator[Problem]:
    """Conditions that contradict themselves, the page they stand on, or those of the questions they ask about.

    Parameters
    ----------
    outline : Outline

    Returns
    -------
    iterator of Problem
    """
    for page in outline.pages:
        yield from _check(outline, page.at["relevant"], _conditions([page.at["relevant"]]))
        yield from _check_screen(outline, page)
    for question in outline.questions:
        pages = [question.page.at["relevant"]] if question.page else []
        yield from _check(outline, question.at["relevant"], _conditions([*pages, question.at["relevant"]]))


def _check(outline: Outline, at: Cursor, conditions: Sequence[Expression]) -> Iterator[Problem]:
    if at.text and conditions and not _can_hold(outline, conditions):
        message = "no answers can make this true, so nobody would be asked"
        yield outline.problem(at, message, "compare it with the page's condition and those of the questions it names")


def _check_screen(outline: Outline, page: PageSpot) -> Iterator[Problem]:
    """A screen that nobody passes, or that ends no interview."""
    at = page.at["screen_out"]
    conditions = _conditions([page.at["relevant"], at])
    if at.text and conditions and not _can_hold(outline, conditions):
        yield outline.problem(at, "no answers can make this true, so nobody would be screened out", "correct it")


def _conditions(texts: Sequence[Cursor]) -> list[Expression]:
    """Those that can be read; what is wrong with the others is told elsewhere."""
    found = []
    for at in texts:
        try:
            found += [parse(at.text)] if at.text else []
        except LogicError:
            return []
    return found


@dataclass(frozen=True)
class _Known:
    """A variable with the values tried for it and the conditions on which it is asked."""

    values: tuple[Answer, ...]
    asked_if: tuple[Expression, ...]


def _can_hold(outline: Outline, conditions: Sequence[Expression]) -> bool:
    """Whether one of the combinations tried makes all conditions true at once."""
    known = _known(outline, conditions)
    if known is None or prod(len(variable.values) for variable in known.values()) > _MOST_TRIALS:
        return True
    for values in product(*(variable.values for variable in known.values())):
        answers = dict(zip(known, values, strict=True))
        if all(condition.evaluate(answers) for condition in conditions) and _consistent(known, answers):
            return True
    return False


def _consistent(known: Mapping[str, _Known], answers: Mapping[str, Answer]) -> bool:
    """Whether everything that has an answer was asked."""
    return all(
        answers[name] == NOT_ANSWERED or all(condition.evaluate(answers) for condition in variable.asked_if)
        for name, variable in known.items()
    )


def _known(outline: Outline, conditions: Sequence[Expression]) -> dict[str, _Known] | None:
    """The variables that conditions ask for, and those these depend on; None where one cannot be tried out."""
    known: dict[str, _Known] = {}
    met = list(conditions)
    waiting = [name for condition in conditions for name in condition.names]
    asked_if: dict[str, tuple[Expression, ...]] = {}
    while waiting:
        name = waiting.pop()
        spot = outline.variables.get(name)
        if name in asked_if:
            continue
        if spot is None or outline.lists.get(spot.list, Cursor(None, ()))["source"]:
            return None
        page = [spot.question.page.at["relevant"]] if spot.question.page else []
        asked_if[name] = tuple(_conditions([*page, spot.question.at["relevant"]]))
        met += asked_if[name]
        waiting += [other for condition in asked_if[name] for other in condition.names]
    comparisons = [comparison for condition in met for comparison in condition.comparisons]
    if any(isinstance(c.left, Variable) and isinstance(c.right, Variable) for c in comparisons):
        return None
    for name, own in asked_if.items():
        others = list(_compared(name, comparisons))
        if len(others) > _MOST_TOGETHER:
            return None
        known[name] = _Known(tuple(_values(outline, outline.variables[name], others)), own)
    return known


def _values(outline: Outline, spot: VariableSpot, others: Sequence[Answer]) -> Iterator[Answer]:
    """Values of a variable that conditions can tell apart; `others` are those it is compared with."""
    yield NOT_ANSWERED
    codes = [code.value for code in outline.codes(spot.list) if code.value not in MISSING_CODES]
    if spot.type == "select_multiple":
        named = [code for code in codes if code in others]
        for size in range(1, len(named) + 1):
            yield from combinations(named, size)
        yield tuple(code for code in codes if code not in others)[:1]
    elif codes:
        yield from codes
    elif spot.type in _NUMBERS:
        yield from _numbers(spot, others)
    else:
        yield from (text for other in others if isinstance(other, str) for text in (other, other + "~", " "))
        yield "~"


def _numbers(spot: VariableSpot, others: Sequence[Answer]) -> Iterator[Answer]:
    """Numbers below, at and above those that are compared with, within the bounds of the question."""
    low, high = spot.question.at["min"].whole or 0, spot.question.at["max"].whole
    near = (-1, -0.01, 0, 0.01, 1) if spot.type == "decimal" else (-1, 0, 1)
    between: set[float] = {low, low if high is None else high}
    between.update(other + step for other in others if isinstance(other, (int, float)) for step in near)
    bounded = high is not None and spot.question.at["type"].text in _NUMBERS
    yield from (value for value in sorted(between) if low <= value and (not bounded or value <= (high or 0)))


def _compared(name: str, comparisons: Sequence[Comparison]) -> Iterator[Answer]:
    """What a variable is compared with."""
    for comparison in comparisons:
        for side, other in ((comparison.left, comparison.right), (comparison.right, comparison.left)):
            if isinstance(side, Variable) and side.name == name and isinstance(other, Constant):
                yield other.value
