"""Conditions: expressions that parse, ask for what is known by then, and compare with codes that exist."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from instruments.consistency.outline import Cursor, Outline, PageSpot, QuestionSpot, VariableSpot
from instruments.fieldwork import KNOWN_AT_ENTRY
from instruments.grammar import did_you_mean
from instruments.logic import Comparison, Constant, LogicError, Variable, parse
from instruments.measures import MISSING_CODES
from instruments.yaml_file import Problem

_OF_BRANDS = frozenset({"brand", "industry"})
"""What expressions about a brand may ask for besides answers."""


@dataclass(frozen=True)
class _Condition:
    """An expression, and what its names may stand for there; `before` is the order by which they must be asked."""

    at: Cursor
    before: int
    about_brand: bool
    words: frozenset[str] = frozenset()
    page: PageSpot | None = None


def check_conditions(outline: Outline) -> Iterator[Problem]:
    """Every condition of the file.

    Parameters
    ----------
    outline : Outline

    Returns
    -------
    iterator of Problem
    """
    for condition in _conditions(outline):
        if condition.at.text:
            yield from _check(outline, condition)


def _conditions(outline: Outline) -> Iterator[_Condition]:
    for page in outline.pages:
        orders = [question.order for question in outline.questions if question.page is page]
        first, last = min(orders, default=0), max(orders, default=0)
        words = _OF_BRANDS if page.about_brand else frozenset()
        yield _Condition(page.at["relevant"], first, page.about_brand, words, page)
        yield _Condition(page.at["screen_out"], last + 1, page.about_brand, words, page)
    for question in outline.questions:
        words = _OF_BRANDS if question.about_brand else frozenset()
        of_choices = words | _choice_words(outline, question)
        about, there = question.about_brand, question.page
        yield _Condition(question.at["relevant"], question.order, about, words, there)
        yield _Condition(question.at["choice_filter"], question.order, about, of_choices, there)


def _choice_words(outline: Outline, question: QuestionSpot) -> frozenset[str]:
    answers = outline.lists.get(question.at["list"].text)
    of_brands = answers is not None and answers["source"].text == "brands"
    return frozenset({"code", "family"}) | (_OF_BRANDS if of_brands else frozenset())


def _check(outline: Outline, condition: _Condition) -> Iterator[Problem]:
    try:
        expression = parse(condition.at.text)
    except LogicError as error:
        yield outline.problem(condition.at, f"{error.message}, at character {error.position + 1}")
        return
    for variable in dict.fromkeys(expression.variables):
        yield from _check_variable(outline, condition, variable)
    for comparison in expression.comparisons:
        yield from _check_code(outline, condition, comparison)


def _check_variable(outline: Outline, condition: _Condition, variable: Variable) -> Iterator[Problem]:
    name, chances = variable.name, [key for key, _ in outline.root["chances"].entries()]
    if name in condition.words or name in chances:
        return
    spot = outline.variables.get(name)
    if spot is None and name in KNOWN_AT_ENTRY:
        return
    if spot is None:
        known = [key for key, there in outline.variables.items() if there.question.order < condition.before]
        yield outline.problem(
            condition.at, f"unknown name '{name}'", did_you_mean(name, [*known, *chances, *condition.words])
        )
    elif spot.type == "note":
        yield outline.problem(condition.at, f"'{name}' is a note and has no answer", "name a question")
    elif spot.question.about_brand and not condition.about_brand:
        yield outline.problem(condition.at, f"'{name}' is asked of each brand, so it has no one answer here")
    elif spot.question.order >= condition.before:
        yield outline.problem(condition.at, f"'{name}' is asked only later", "ask it first")
    elif _is_shuffled(outline, condition, spot):
        yield outline.problem(
            condition.at,
            f"'{name}' may be asked only later, in random order",
            "take out 'random_order', or ask it before",
        )


def _is_shuffled(outline: Outline, condition: _Condition, spot: VariableSpot) -> bool:
    """Whether chance decides if the variable is asked before the condition is judged."""
    if outline.change_places(condition.at.path, spot.question.at.path):
        return True
    here, there = condition.page, spot.question.page
    if here is None or there is None:
        return False
    if here is there:
        return here.at["random_order"].value is True and condition.at.path[-1] != "screen_out"
    return here.in_loop and there.in_loop and any(loop["random_order"].value is True for loop in outline.loops)


def _check_code(outline: Outline, condition: _Condition, comparison: Comparison) -> Iterator[Problem]:
    """A comparison with a code that the list does not have, or with a missing code, can never be true."""
    sides = (comparison.left, comparison.right)
    constant = next((side.value for side in sides if isinstance(side, Constant)), None)
    variable = next((side.name for side in sides if isinstance(side, Variable)), None)
    if constant is None or variable is None:
        return
    if constant in MISSING_CODES:
        message = f"{constant} is a missing code, and comparisons with missing answers are never true"
        yield outline.problem(condition.at, message, "compare with the other codes")
        return
    spot = outline.variables.get(variable)
    answers = outline.lists.get(spot.list) if spot else None
    if answers is None or answers["source"] or spot is None or comparison.sign not in ("==", "!=", "in"):
        return
    codes = [code.value for code in outline.codes(spot.list)]
    if codes and constant not in codes:
        message = f"the list '{spot.list}' of '{variable}' has no code {constant!r}"
        yield outline.problem(condition.at, message, f"one of {', '.join(map(repr, codes))}")
