"""Texts: a translation for every language the questionnaire names, and placeholders that can be filled."""

from __future__ import annotations

import re
from collections.abc import Iterator

from instruments.consistency.outline import Cursor, Outline
from instruments.yaml_file import Problem

_KEYS = ("title", "description", "label", "question", "hint", "short", "low", "high")
LANGUAGE_NAMES = {"en": "English", "zh": "Chinese", "de": "German", "es": "Spanish"}
_PLACEHOLDER = re.compile(r"\$?\{[^{}]*\}|\$brand\b")


def check_translations(outline: Outline) -> Iterator[Problem]:
    """Every text in every language of `languages`; those of modules are looked through with their module.

    Parameters
    ----------
    outline : Outline

    Returns
    -------
    iterator of Problem
    """
    languages = [language for language in outline.languages if language in LANGUAGE_NAMES]
    for text in _texts(outline.root):
        if not isinstance(text.value, dict) or outline.file.origin(text.path)[0] is not outline.file:
            continue
        for language in languages:
            if not str(text[language].value or "").strip():
                message = f"the {LANGUAGE_NAMES[language]} text is missing"
                yield outline.problem(text, message, f"add '{language}:', or take '{language}' out of languages")


def check_placeholders(outline: Outline) -> Iterator[Problem]:
    """No placeholder but ``${brand}``, and that only where a brand is being talked about.

    Parameters
    ----------
    outline : Outline

    Returns
    -------
    iterator of Problem
    """
    for text in _texts(outline.root):
        for _, version in text.entries():
            for found in dict.fromkeys(_PLACEHOLDER.findall(version.text)):
                if found != "${brand}":
                    yield outline.problem(version, f"unknown placeholder '{found}'", "the only one is ${brand}")
                elif not _names_a_brand(outline, text):
                    message = "there is no brand here that ${brand} could name"
                    yield outline.problem(version, message, "it works in a loop and on pages about drawn_brand")


def _texts(at: Cursor) -> Iterator[Cursor]:
    """Every text in several languages, wherever it stands."""
    for key, inner in at.entries():
        if key in _KEYS or at.path == ("rules", "families"):
            yield inner
        else:
            yield from _texts(inner)
    for inner in at.elements():
        yield from _texts(inner)


def _names_a_brand(outline: Outline, text: Cursor) -> bool:
    """Whether a text is only ever read about a brand; one that is never read is told of elsewhere."""
    match text.path:
        case ("scales", str(scale), "items" | "question", *_):
            return all(matrix.about_brand for matrix in outline.matrices_of(scale))
        case ("rules", "rules", _, "label") | ("items", *_):  # a module's question goes where there is a brand
            return True
        case ("lists", str(name), *_):
            return all(spot.question.about_brand for spot in outline.variables.values() if spot.list == name)
        case ("pages", *_):
            return any(page.about_brand and text.path[: len(page.at.path)] == page.at.path for page in outline.pages)
    return False
