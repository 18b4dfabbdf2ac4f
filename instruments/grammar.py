"""Holds data against a grammar of `instruments.model` and says what does not fit in a questionnaire author's words."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from instruments.yaml_file import DataPath, Problem, YamlFile

_Model = TypeVar("_Model", bound=BaseModel)

_SIMPLE = {
    "string_type": "must be text",
    "dict_type": "must be a mapping (lines of `key: value`)",
    "model_type": "must be a mapping (lines of `key: value`)",
    "tuple_type": "must be a list (lines that begin with `- `)",
    "list_type": "must be a list (lines that begin with `- `)",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
}
_BOUNDS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "greater_than": lambda told: f"must be greater than {told['gt']:g}",
    "greater_than_equal": lambda told: f"must be at least {told['ge']:g}",
    "less_than": lambda told: f"must be less than {told['lt']:g}",
    "less_than_equal": lambda told: f"must be at most {told['le']:g}",
    "string_too_long": lambda told: f"may have at most {told['max_length']} characters",
    "string_too_short": lambda told: f"must have at least {told['min_length']} characters",
    "too_short": lambda told: f"must have at least {told['min_length']} entries",
    "too_long": lambda told: f"may have at most {told['max_length']} entries",
}
_NAME_RULE = "lower-case letters, digits and _, beginning with a letter"
_KEY_RULE = "letters, digits, _, . and -, beginning with a letter or digit"
_PATTERNS = {
    r"^[a-z][a-z0-9_]*$": ("a name", _NAME_RULE),
    r"^(not )?[a-z][a-z0-9_]*$": ("a name, nor one after `not`", _NAME_RULE),
    r"^[A-Za-z][A-Za-z0-9_]*$": ("a code", "letters, digits and _, beginning with a letter"),
    r"^[A-Za-z][A-Za-z0-9_.-]*$": ("a name", "letters, digits, _, . and -, beginning with a letter"),
    r"^[A-Z][A-Z0-9_]*$": (
        "the name of a setting",
        "capital letters, digits and _, beginning with a letter; the secret stands in that setting, never in this file",
    ),
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$": ("a day", "write it as 2026-03-31"),
}
CONFLICT = "conflict"
"""Type of a model's own error about keys that do not go together; its context gives `key` and `remedy`."""
_FEW = 12  # words that still fit into a message
_TEXT_KEYS = ("title", "label", "question", "hint", "short", "description", "name", "category", "low", "high")


def fit(file: YamlFile, model: type[_Model]) -> tuple[_Model | None, list[Problem]]:
    """Read a file's data as a value of a grammar.

    Parameters
    ----------
    file : YamlFile
        A file whose YAML could be read.
    model : type
        The grammar.

    Returns
    -------
    tuple
        The value, None when the data do not fit; and one problem for each place that does not.
    """
    if not isinstance(file.data, dict):
        return None, [file.problem((), "the file must hold a mapping (lines of `key: value`)")]
    try:
        return model.model_validate(file.data), []
    except ValidationError as error:
        found = [_rewrite(file, model, detail) for detail in error.errors(include_url=False)]
        return None, list(dict.fromkeys(found))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Suggest the word that was probably meant.

    Parameters
    ----------
    word : str
        The word as written.
    known : iterable of str
        Words that would be right.

    Returns
    -------
    str
        ``did you mean 'agree7'?``, or what there is to choose from; empty when there is nothing.
    """
    choices = sorted(set(known))
    close = difflib.get_close_matches(word.lower(), choices, n=1, cutoff=0.6)
    if close:
        return f"did you mean '{close[0]}'?"
    return f"one of {', '.join(choices)}" if 0 < len(choices) <= _FEW else ""


def _rewrite(file: YamlFile, model: type[BaseModel], detail: ErrorDetails) -> Problem:
    path, kind = _resolve(file.data, detail), detail["type"]
    told: Mapping[str, Any] = detail.get("ctx", {})
    if kind == CONFLICT:
        return file.problem((*path, told["key"]), detail["msg"], told["remedy"])
    if kind == "missing":
        return file.problem(path, f"'{detail['loc'][-1]}' is missing", "add it")
    if kind == "extra_forbidden":
        key = str(detail["loc"][-1])
        present = _value(file.data, path[:-1])
        known = [name for name in _known_keys(model) if name not in present]
        return file.problem(path, f"unknown key '{key}'", did_you_mean(key, known) or "remove it", at_key=True)
    at_key = detail["loc"][-1] == "[key]"
    value = path[-1] if at_key else _value(file.data, path)
    message, remedy = _sentence(kind, told, path, value, at_key=at_key, is_code=_is_code(detail))
    return file.problem(path, message, remedy, at_key=at_key)


def _sentence(
    kind: str, told: Mapping[str, Any], path: DataPath, value: object, *, at_key: bool, is_code: bool
) -> tuple[str, str]:
    """What is wrong with a value or key, and the remedy."""
    if is_code:
        return f"a code must be a whole number or a word, not {_shown(value)}", ""
    if kind == "dict_type" and path and path[-1] in _TEXT_KEYS:
        return f"must give the text in each language, not {_shown(value)}", "as {en: …, zh: …}"
    if kind == "literal_error":
        allowed = re.findall(r"'([^']*)'", str(told["expected"])) or [str(told["expected"])]
        what = "unknown language" if at_key or "languages" in path or "drafts" in path else "must not be"
        return f"{what} {_shown(value)}", did_you_mean(str(value), allowed)
    if kind == "string_pattern_mismatch":
        what, rule = _PATTERNS.get(told["pattern"], ("a name", _KEY_RULE))
        return f"{_shown(value)} is not {what}", rule
    if kind in _BOUNDS:
        return f"{_BOUNDS[kind](told)}, not {_shown(value)}", ""
    return f"{_SIMPLE.get(kind, 'must be something else')}, not {_shown(value)}", ""


def _resolve(data: Any, detail: ErrorDetails) -> DataPath:  # noqa: ANN401 - whatever stands in the file
    """The place in the file: pydantic's location without the names of alternatives it tried."""
    path: list[str | int] = []
    for part in detail["loc"]:
        is_key = isinstance(data, dict) and part in data
        if is_key or (isinstance(data, list) and isinstance(part, int) and part < len(data)):
            data = data[part]
            path.append(part)
    return tuple(path)


def _is_code(detail: ErrorDetails) -> bool:
    """Whether pydantic tried number and word in turn; both failures become one sentence."""
    return detail["loc"][-1] in ("int", "str") and detail["type"] in ("int_type", "string_type")


def _value(data: Any, path: DataPath) -> Any:  # noqa: ANN401 - whatever stands in the file
    for part in path:
        data = data[part]
    return data


def _shown(value: object) -> str:
    """A value as it is named in a message."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = str(value)
    short = text if len(text) <= 40 else f"{text[:39]}…"  # noqa: PLR2004 - what fits on a line
    return f"'{short}'" if isinstance(value, str) else short


@cache
def _known_keys(model: type[BaseModel]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_properties(model.model_json_schema())))


def _properties(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        properties = schema.get("properties")
        if isinstance(properties, dict):
            yield from properties
        for part in schema.values():
            yield from _properties(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _properties(part)
