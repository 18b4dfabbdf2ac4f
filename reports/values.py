"""Goes through the values that a report is made of; knows neither paper nor pages."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable

_Part = TypeVar("_Part")


def with_texts(value: _Part, change: Callable[[str], str]) -> _Part:
    """Give any part of a report with each of its texts changed: texts from data may hold anything."""
    return cast("_Part", _changed(value, change))


def _changed(value: Any, change: Callable[[str], str]) -> Any:  # noqa: ANN401 - any part of a report, and the same kind again
    if isinstance(value, str):
        return change(value)
    if isinstance(value, tuple):
        return tuple(_changed(part, change) for part in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{part.name: _changed(getattr(value, part.name), change) for part in fields(value)})
    return value
