"""A plan of analysis as a person fills it in: every field with its default, and back into choices; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from analysis.errors import AnalysisError
from analysis.plan import AnalysisPlan

LONGEST = 2000


@dataclass(frozen=True)
class Choice:
    """One field of a plan: what is offered where there is a list, its default, and what was chosen."""

    name: str
    default: str
    offered: tuple[str, ...]
    chosen: str

    @property
    def changed(self) -> bool:
        """Whether something else than the default was chosen."""
        return bool(self.chosen) and self.chosen != self.default


class PlanError(Exception):
    """Choices that make no plan; the sentence says which and why."""


def choices(stated: Mapping[str, object]) -> tuple[Choice, ...]:
    """Return every field of a plan in its order, with what a study states."""
    return tuple(
        Choice(
            name=name,
            default=_written(field.get_default()),
            offered=_offered(field.annotation),
            chosen=_written(stated[name]) if name in stated else "",
        )
        for name, field in AnalysisPlan.model_fields.items()
    )


def read(form: Mapping[str, str]) -> dict[str, Any]:
    """Return the choices of a filled-in form, those that are not the default; raises PlanError."""
    stated: dict[str, Any] = {}
    for choice in choices({}):
        text = form.get(choice.name, "").strip()
        if text and text != choice.default:
            stated[choice.name] = _value(choice.name, text)
    try:
        AnalysisPlan.from_choices(stated)
    except AnalysisError as error:
        raise PlanError(str(error)) from error
    return stated


def _value(name: str, text: str) -> object:
    if len(text) > LONGEST:
        raise PlanError(f"{name}: longer than {LONGEST} characters")
    try:
        return YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        raise PlanError(f"{name}: {text!r} cannot be read") from error


def _written(value: object) -> str:
    """Write a value as a person would type it."""
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_written(one) for one in value)}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {_written(one)}' for key, one in value.items())}}}"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _offered(annotation: object) -> tuple[str, ...]:
    """Return the words a field takes; none where it takes numbers or more."""
    if get_origin(annotation) is Literal:
        return tuple(str(word) for word in get_args(annotation))
    parts = [part for part in get_args(annotation) if part is not type(None)]
    return _offered(parts[0]) if len(parts) == 1 and get_origin(annotation) is not None else ()
