"""Names of variables and pages: each only once, none of them reserved, none too long for the statistics packages."""

from __future__ import annotations

from collections.abc import Iterator

from instruments.consistency.outline import RULE_QUESTIONS, Cursor, Outline
from instruments.yaml_file import Problem

LONGEST_NAME = 32
"""Stata allows variable names of 32 characters."""
_SPSS = frozenset({"all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with"})
_EXPRESSIONS = frozenset({"in", "brand", "industry", "code", "family"})


def check_names(outline: Outline) -> Iterator[Problem]:
    """Names of items, scale items, rules and chances differ, upper and lower case being the same.

    Parameters
    ----------
    outline : Outline

    Returns
    -------
    iterator of Problem
    """
    seen: dict[str, Cursor] = {}
    for name, at in _named(outline):
        first = seen.setdefault(name.lower(), at)
        if first is not at:
            yield outline.problem(
                at,
                f"the name '{name}' is taken",
                f"first in {_line(outline, at, first)}; names differ in the whole file",
            )
        elif name.lower() in _SPSS | _EXPRESSIONS:
            whose = "SPSS" if name.lower() in _SPSS else "expressions"
            yield outline.problem(at, f"'{name}' is a reserved word of {whose}", "choose another name")
        elif len(name) > LONGEST_NAME:
            yield outline.problem(
                at, f"the variable '{name}' has more than {LONGEST_NAME} characters", "shorten the name"
            )


def check_pages(outline: Outline) -> Iterator[Problem]:
    """Pages have different names; the offer's screen is named after its item.

    Parameters
    ----------
    outline : Outline

    Returns
    -------
    iterator of Problem
    """
    offers = [loop["offer"]["name"] for loop in outline.loops]
    seen: set[str] = set()
    for at in [page.at["page"] for page in outline.pages] + offers:
        if at.text and at.text in seen:
            yield outline.problem(at, f"there is another page '{at.text}'", "each page and offer has a name of its own")
        seen.add(at.text)


def _line(outline: Outline, at: Cursor, first: Cursor) -> str:
    """The line of a place, and its file where that is another one than that of `at`."""
    (here, _), (file, there) = outline.file.origin(at.path), outline.file.origin(first.path)
    line = f"line {file.places.value(there)[0]}"
    return line if file.name == here.name else f"{line} of {file.name}"


def _named(outline: Outline) -> Iterator[tuple[str, Cursor]]:
    """Every name that may become a column or stand in an expression, with its place."""
    for question in outline.items():
        yield from _item_names(outline, question.at)
    for scale in outline.scales.values():
        yield from ((item["name"].text, item["name"]) for item in scale["items"].elements() if item["name"].text)
    rules = [rule["name"] for rule in outline.rules() if rule["name"].text]
    yield from ((RULE_QUESTIONS["importance"] + at.text, at) for at in rules)
    # Each rule once more, so that a rule given twice is told of once.
    yield from ((RULE_QUESTIONS["experience"] + name, at) for name, at in {at.text: at for at in rules}.items())
    yield from outline.root["chances"].entries()


def _item_names(outline: Outline, item: Cursor) -> Iterator[tuple[str, Cursor]]:
    name = item["name"]
    if name.text:
        yield name.text, name
    if name.text and item["type"].text in ("select_multiple", "rank", "constant_sum"):
        yield from ((f"{name.text}_{code.value}", item["list"]) for code in outline.codes(item["list"].text))
    if name.text and item["draw"]:
        yield f"{name.text}_drawn", name
    if name.text and item["type"].text == "best_worst":
        yield f"{name.text}_shown{item['sets'].whole or 1}", name
