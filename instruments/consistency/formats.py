"""Response formats: lists and their codes, and the bounds that fit each type of question."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from instruments.consistency.outline import Cursor, Outline
from instruments.grammar import did_you_mean
from instruments.measures import MISSING_CODES, NOT_ANSWERED, NOT_APPLICABLE
from instruments.screens import LARGEST
from instruments.yaml_file import Problem

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")
_SELECTS = ("select_one", "select_multiple")
_CHOOSE = (*_SELECTS, "rank", "constant_sum", "best_worst")
_NUMBERS = ("integer", "decimal", "range")
_MEANT_FOR = {
    "list": _CHOOSE,
    "random_order": _CHOOSE,
    "choice_filter": (*_SELECTS, "rank", "constant_sum"),
    "min": (*_NUMBERS, "select_multiple"),
    "max": (*_NUMBERS, "select_multiple", "rank"),
    "step": ("range",),
    "low": ("range", "best_worst"),
    "high": ("range", "best_worst"),
    "earliest": ("date",),
    "latest": ("date",),
    "total": ("constant_sum",),
    "show": ("best_worst",),
    "sets": ("best_worst",),
    "missing": (*_NUMBERS, "text", "date", "rank", "constant_sum", "best_worst"),
    "max_length": ("text",),
    "draw": ("select_multiple",),
}
_NEEDED = {
    **dict.fromkeys(_CHOOSE, ("list",)),
    "range": ("max",),
    "constant_sum": ("list", "total"),
    "best_worst": ("list", "show", "sets", "low", "high"),
}
"""Keys without which a type of question cannot be asked."""
_STATED = "-98 don't know, -97 prefer not to say, -96 not applicable"


def check_lists(outline: Outline) -> Iterator[Problem]:
    """A list has choices or a source, and codes that tell its choices apart.

    Parameters
    ----------
    outline : Outline

    Returns
    -------
    iterator of Problem
    """
    for name, answers in outline.lists.items():
        choices, source = list(answers["choices"].elements()), answers["source"]
        if isinstance(answers.value, dict) and bool(choices) == bool(source):
            message = "has both choices and a source" if source else "has neither choices nor a source"
            yield outline.problem(answers, f"the list '{name}' {message}", "give one of them", at_key=True)
        yield from _check_codes(outline, name)
        for part in ("choices", "extra"):
            for choice in answers[part].elements():
                yield from _check_missing(outline, choice)


def check_items(outline: Outline) -> Iterator[Problem]:
    """Keys that fit the item's type, and ranges that are not empty.

    Parameters
    ----------
    outline : Outline

    Returns
    -------
    iterator of Problem
    """
    for question in outline.items():
        item, kind = question.at, question.at["type"].text
        for key in _NEEDED.get(kind, ()):
            if not item[key]:
                article = "an" if kind[0] in "aeiou" else "a"
                what = "a list" if key == "list" else f"'{key}'"
                yield outline.problem(item, f"{article} {kind} needs {what}", f"add '{key}:'")
        for key, kinds in _MEANT_FOR.items():
            if kind and item[key] and item[key].value is not False and kind not in kinds:
                yield outline.problem(item[key], f"'{key}' has no meaning for {kind}", "remove it", at_key=True)
        yield from _check_range(outline, item)
        yield from _check_days(outline, item)
        yield from _check_reasons(outline, item)
        yield from _check_attention(outline, item)


def check_used_lists(outline: Outline) -> Iterator[Problem]:
    """Every list that is named exists.

    Parameters
    ----------
    outline : Outline

    Returns
    -------
    iterator of Problem
    """
    named = [question.at[key] for question in outline.items() for key in ("list", "missing")]
    named += [scale["list"] for scale in outline.scales.values()]
    named += [outline.root["rules"][key] for key in ("importance_list", "experience_list")]
    for at in named:
        if at.text and at.text not in outline.lists:
            yield outline.problem(at, f"unknown list '{at.text}'", did_you_mean(at.text, outline.lists))


def check_scale_codes(outline: Outline) -> Iterator[Problem]:
    """Scales and importance are numbers from low to high, not words and not somebody's brands.

    Parameters
    ----------
    outline : Outline

    Returns
    -------
    iterator of Problem
    """
    ordered = [(f"the scale '{key}'", scale["list"]) for key, scale in outline.scales.items()]
    ordered.append(("the importance of rules", outline.root["rules"]["importance_list"]))
    for what, at in ordered:
        answers = outline.lists.get(at.text)
        if answers is None:
            continue
        plain = [c["code"] for c in answers["choices"].elements() if c["missing"].value is not True]
        if answers["source"] or any(code.whole is None for code in plain):
            yield outline.problem(at, f"{what} needs a list of whole-number codes", "give each choice a number")


def _check_codes(outline: Outline, name: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for code in outline.codes(name):
        if code.value is None:
            continue
        if str(code.value) in seen:
            yield outline.problem(code, f"the code {code.value} is given twice in the list '{name}'", "change one")
        elif code.text and not _WORD.fullmatch(code.text):
            remedy = "letters, digits, _, . and -, at most 32"
            yield outline.problem(code, f"'{code.text}' cannot be a code", remedy)
        seen.add(str(code.value))


def _check_missing(outline: Outline, choice: Cursor) -> Iterator[Problem]:
    code, missing = choice["code"], choice["missing"].value is True
    stated = code.whole is not None and NOT_ANSWERED < code.whole <= NOT_APPLICABLE
    if missing and not stated and code:
        yield outline.problem(code, f"a missing choice cannot have the code {code.value}", f"one of {_STATED}")
    elif not missing and code.whole in MISSING_CODES:
        remedy = "add 'missing: true'" if stated else "choose another code"
        yield outline.problem(code, f"the code {code.value} is kept for missing answers", remedy)


def _check_range(outline: Outline, item: Cursor) -> Iterator[Problem]:
    low, high, length = item["min"].whole, item["max"].whole, item["max_length"].whole
    if low is not None and low < 0:
        yield outline.problem(item["min"], "'min' is negative", "negative numbers are kept for missing answers")
    elif high is not None and (low or 0) > high:
        yield outline.problem(item["max"], f"empty range: min {low or 0} is greater than max {high}", "exchange them")
    if high is not None and item["type"].text in _NUMBERS and high > LARGEST:
        yield outline.problem(item["max"], f"'max' is greater than {LARGEST}", "ask in a larger unit")
    if length is not None and length < 1:
        yield outline.problem(item["max_length"], "'max_length' leaves no room for an answer", "at least 1")

    step = item["step"].whole
    if step and high is not None and (high - (low or 0)) % step:
        message = f"steps of {step} do not lead from {low or 0} to {high}"
        yield outline.problem(item["step"], message, "change one of the three")
    choices = len(outline.codes(item["list"].text))
    for key, at in (("max", item["max"]), ("show", item["show"])):
        if choices and item["type"].text in ("rank", "best_worst") and (at.whole or 0) > choices:
            yield outline.problem(
                at, f"'{key}' is {at.whole}, but the list has {choices} choices", f"at most {choices}"
            )


def _check_days(outline: Outline, item: Cursor) -> Iterator[Problem]:
    """Bounds that are days of the calendar, in order."""
    for at in (item["earliest"], item["latest"]):
        if at.text and not _is_day(at.text):
            yield outline.problem(at, f"there is no day '{at.text}'", "write it as 2026-03-31")
    if item["earliest"].text and item["latest"].text and item["earliest"].text > item["latest"].text:
        yield outline.problem(item["earliest"], "the earliest day is after the latest", "exchange them")


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def _check_reasons(outline: Outline, item: Cursor) -> Iterator[Problem]:
    """Reasons not to answer are missing choices, and stand in the item's own list only where that is chosen from."""
    reasons, kind = item["missing"].text, item["type"].text
    for choice in outline.lists.get(reasons, Cursor(None, ()))["choices"].elements():
        if choice["missing"].value is not True:
            message = f"the choice {choice['code'].value} of '{reasons}' is no reason not to answer"
            yield outline.problem(item["missing"], message, "give every choice of that list 'missing: true'")
    answers = outline.lists.get(item["list"].text, Cursor(None, ())) if kind in _CHOOSE[2:] else Cursor(None, ())
    for part in ("choices", "extra"):
        for choice in answers[part].elements():
            if choice["missing"].value is True:
                message = f"the list '{item['list'].text}' of a {kind} has the missing choice {choice['code'].value}"
                yield outline.problem(item["list"], message, "move it to a list of its own, named in 'missing:'")


def _check_attention(outline: Outline, item: Cursor) -> Iterator[Problem]:
    at = item["attention"]
    if at and item["type"].text != "select_one":
        yield outline.problem(at, "only a select_one can be an attention check", "remove 'attention'", at_key=True)
    elif at and item["list"].text in outline.lists:
        codes = [code.value for code in outline.codes(item["list"].text)]
        if at.value not in codes:
            yield outline.problem(at, f"the list '{item['list'].text}' has no code {at.value}", f"one of {codes}")
