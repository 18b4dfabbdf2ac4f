"""Response formats: lists and their codes, and the bounds that fit each type of question."""

from __future__ import annotations

import re
from collections.abc import Iterator

from instruments.consistency.outline import Cursor, Outline
from instruments.grammar import did_you_mean
from instruments.measures import MISSING_CODES, NOT_ANSWERED, NOT_APPLICABLE
from instruments.screens import LARGEST
from instruments.yaml_file import Problem

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")
_BOUNDS = {"min": ("integer", "select_multiple"), "max": ("integer", "select_multiple"), "max_length": ("text",)}
_OF_CHOICES = ("list", "choice_filter", "random_order")
_STATED = "-98 don't know, -97 prefer not to say, -96 not applicable"


def check_lists(outline: Outline) -> Iterator[Problem]:
    """A list has choices or a source, and codes that tell its choices apart."""
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
    """Keys that fit the item's type, and ranges that are not empty."""
    for question in outline.items():
        item, kind = question.at, question.at["type"].text
        selects = kind.startswith("select")
        if selects and not item["list"]:
            yield outline.problem(item, f"a {kind} needs a list", "add 'list:'")
        for key in _OF_CHOICES:
            if kind and not selects and item[key]:
                yield outline.problem(item[key], f"'{key}' has no meaning for {kind}", "remove it", at_key=True)
        for key, kinds in _BOUNDS.items():
            if kind and item[key] and kind not in kinds:
                yield outline.problem(item[key], f"'{key}' has no meaning for {kind}", "remove it", at_key=True)
        yield from _check_range(outline, item)
        yield from _check_attention(outline, item)


def check_used_lists(outline: Outline) -> Iterator[Problem]:
    """Every list that is named exists."""
    named = [question.at["list"] for question in outline.items()]
    named += [scale["list"] for scale in outline.scales.values()]
    named += [outline.root["rules"][key] for key in ("importance_list", "experience_list")]
    for at in named:
        if at.text and at.text not in outline.lists:
            yield outline.problem(at, f"unknown list '{at.text}'", did_you_mean(at.text, outline.lists))


def check_scale_codes(outline: Outline) -> Iterator[Problem]:
    """Scales and importance are numbers from low to high, not words and not somebody's brands."""
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
    if high is not None and item["type"].text == "integer" and high > LARGEST:
        yield outline.problem(item["max"], f"'max' is greater than {LARGEST}", "ask in a larger unit")
    if length is not None and length < 1:
        yield outline.problem(item["max_length"], "'max_length' leaves no room for an answer", "at least 1")


def _check_attention(outline: Outline, item: Cursor) -> Iterator[Problem]:
    at = item["attention"]
    if at and item["type"].text != "select_one":
        yield outline.problem(at, "only a select_one can be an attention check", "remove 'attention'", at_key=True)
    elif at and item["list"].text in outline.lists:
        codes = [code.value for code in outline.codes(item["list"].text)]
        if at.value not in codes:
            yield outline.problem(at, f"the list '{item['list'].text}' has no code {at.value}", f"one of {codes}")
