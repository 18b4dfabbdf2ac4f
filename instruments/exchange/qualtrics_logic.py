"""Qualtrics' display and branch logic read into our conditions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from instruments.exchange.formula import Part, UntranslatableError, compared, is_answered, simplified
from instruments.logic import Comparison, Condition, Constant, Every, Not, Some, Truth, Variable

Located = Variable | Part | tuple[Variable, str]
"""What a locator names: an answer, one choice of a multiple answer, or an answer and the code of a choice."""
Meaning = Callable[[str, str, str], Located]

_LOCATOR = re.compile(r"q://(QID[0-9]+(?:[#~][0-9]+)?)/([A-Za-z]+)(?:/(.*))?")
_SIGNS = {
    "EqualTo": "==",
    "NotEqualTo": "!=",
    "GreaterThan": ">",
    "LessThan": "<",
    "GreaterThanOrEqual": ">=",
    "LessThanOrEqual": "<=",
}
_NUMBER = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,6})?")


def read_logic(logic: Any, meaning: Meaning) -> Condition:  # noqa: ANN401 - whatever stands in the file
    """Read a logic of groups of expressions.

    Parameters
    ----------
    logic : dict or list
        Groups by number, and in each expressions by number with the word that joins them to those before.
    meaning : callable
        What question, choice and kind of place stand for.

    Returns
    -------
    Condition

    Raises
    ------
    UntranslatableError
        When it asks for something that is no answer of a question.
    """
    groups = [_group(group, meaning) for _, group in _numbered(logic)]
    joined = [group for group in groups if group is not None]
    if not joined:
        raise UntranslatableError("it is empty")
    return simplified(_joined(joined))


def _joined(parts: list[tuple[str, Condition]]) -> Condition:
    """Conditions with the word before each; `and` binds tighter than `or`."""
    ors: list[list[Condition]] = []
    for word, condition in parts:
        if word == "and" and ors:
            ors[-1].append(condition)
        else:
            ors.append([condition])
    return Some(tuple(Every(tuple(ands)) for ands in ors))


def _numbered(value: Any) -> list[tuple[str, Any]]:  # noqa: ANN401 - whatever stands in the file
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(str(key), inner) for key, inner in entries if str(key).isdecimal() and isinstance(inner, (dict, list))]


def _group(group: Any, meaning: Meaning) -> tuple[str, Condition] | None:  # noqa: ANN401 - whatever stands in the file
    parts = [(_word(told), _expression(told, meaning)) for _, told in _numbered(group) if isinstance(told, dict)]
    word = "and" if isinstance(group, dict) and str(group.get("Type", "")).lower().startswith("and") else "or"
    return (word, _joined(parts)) if parts else None


def _word(told: Mapping[str, Any]) -> str:
    """The word before an expression, which Qualtrics writes with and without its second n."""
    word = str(told.get("Conjuction") or told.get("Conjunction") or "").lower()
    return "and" if word.startswith("and") else "or"


def _expression(told: Mapping[str, Any], meaning: Meaning) -> Condition:
    kind = str(told.get("LogicType"))
    if kind != "Question":
        raise UntranslatableError(f"it asks for {_KINDS.get(kind, kind)}")
    operator = str(told.get("Operator"))
    found = _LOCATOR.match(str(told.get("LeftOperand") or told.get("ChoiceLocator") or ""))
    if found is None:
        raise UntranslatableError(f"it asks for '{told.get('LeftOperand', '')}'")
    located = meaning(found[1], _choice(found[2], found[3] or ""), found[2])
    if operator in ("Selected", "NotSelected", "Displayed", "NotDisplayed"):
        return _selected(located, operator)
    if operator in ("Empty", "NotEmpty"):
        answered = _answered(located)
        return answered if operator == "NotEmpty" else Not(answered)
    return _compared(located, operator, told.get("RightOperand"))


_KINDS = {
    "EmbeddedField": "embedded data",
    "Quota": "a quota",
    "DeviceType": "the device",
    "Loop": "the loop's number",
    "GeoIP": "the place",
    "Panel": "the contact list",
}


def _choice(kind: str, rest: str) -> str:
    """The choice of a locator; for a row of a matrix the row, or `row/answer`."""
    if kind in ("SelectableAnswer", "SubQuestion"):
        return rest
    if kind in ("SelectableChoice", "ChoiceNumericEntryValue", "ChoiceTextEntryValue", "SelectedChoicesRecode"):
        return re.sub(r"/.*", "", rest) if kind != "SelectableChoice" else rest
    if kind in ("SelectedAnswerRecode", "SelectedAnswerCount"):
        return re.sub(r"/.*", "", rest)
    raise UntranslatableError(f"it asks for '{kind}'")


def _selected(located: Located, operator: str) -> Condition:
    if operator.endswith("Displayed"):
        raise UntranslatableError("it asks what was displayed")
    if isinstance(located, Part):
        held: Condition = Comparison("in", Constant(located.code), Variable(located.item, 0))
    elif isinstance(located, tuple):
        held = Comparison("==", located[0], Constant(located[1]))
    else:
        held = Truth(located)
    return Not(held) if operator == "NotSelected" else held


def _answered(located: Located) -> Condition:
    name = (
        located.item if isinstance(located, Part) else located[0].name if isinstance(located, tuple) else located.name
    )
    return is_answered(name)


def _compared(located: Located, operator: str, value: Any) -> Condition:  # noqa: ANN401 - whatever stands in the file
    text = str(value if value is not None else "").strip()
    if operator not in _SIGNS:
        raise UntranslatableError(f"it compares by '{operator}'")
    if isinstance(located, tuple):
        if operator not in ("EqualTo", "NotEqualTo"):
            raise UntranslatableError(f"it compares a choice by '{operator}'")
        # The value of a choice of a single answer: 1 where it was picked.
        return _selected(located, "Selected" if (text == "1") == (operator == "EqualTo") else "NotSelected")
    if isinstance(located, Part):
        raise UntranslatableError("it compares a multiple answer")
    if _NUMBER.fullmatch(text):
        number = float(text)
        return compared(_SIGNS[operator], located, int(number) if number.is_integer() else number)
    if not text or len(text) > 100:  # noqa: PLR2004 - longer ones are no answers
        raise UntranslatableError("it compares with nothing")
    return compared(_SIGNS[operator], located, text)
