"""What of a draft can be shown while something is wrong with it: the questions that are sound; mends no file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from instruments.study_file import Study, parse_study
from instruments.yaml_file import FileError, Problem, parse_yaml

_ROUNDS = 8
_KEPT = 8
_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")
# A page can be shown without them; without anything else of its own it cannot.
_SPARE_OF_PAGE = ("relevant", "screen_out", "random_order", "about")
_LISTED = ("pages", "questions")

_Path = tuple[str | int, ...]


@dataclass(frozen=True)
class SoundParts:
    """A study that can be walked through, made of what is sound in a draft; `left_out` are places in its files."""

    study: Study
    left_out: tuple[str, ...]


@lru_cache(maxsize=_KEPT)
def sound_parts(study_text: str, instrument_text: str) -> SoundParts | None:
    """Return what is sound in the texts of a draft; None where too much is wrong.

    What a problem stands in is left out, then what cannot do without that, until the checks find nothing more.
    """
    texts = {"study": study_text, "questionnaire": instrument_text}
    left_out: list[str] = []
    for _ in range(_ROUNDS):
        try:
            study = parse_study(texts["study"], texts["questionnaire"])
        except FileError as error:
            gone = _units(error.problems)
            if not gone or not all(name in texts for name, _ in gone):
                return None
            left_out += [place for place in dict.fromkeys(_told(unit) for unit in gone) if place not in left_out]
            texts = {
                name: _without(text, {unit for file, unit in gone if file == name}) for name, text in texts.items()
            }
        else:
            return SoundParts(study, tuple(left_out)) if study.instrument else None
    return None


def _units(problems: Iterable[Problem]) -> list[tuple[str, _Path]]:
    """What is left out for each problem, with the file it stands in; nothing where a file cannot be read at all."""
    found = [(problem.file, _unit(_path(problem.place))) for problem in problems]
    return [] if any(not unit for _, unit in found) else found


def _path(place: str) -> _Path:
    return tuple(int(number) if number else word for number, word in _STEP.findall(place))


def _unit(path: _Path) -> _Path:
    """The smallest part around a place that a reader would call one thing: a question, a page, a quota, a setting."""
    end = min(2, len(path))
    while end + 1 < len(path) and path[0] == "pages" and path[end] in _LISTED and isinstance(path[end + 1], int):
        end += 2
    spare = (
        path[0:1] == ("pages",) and end < len(path) and path[end] in _SPARE_OF_PAGE and "questions" not in path[:end]
    )
    return path[: end + 1] if spare else path[:end]


def _told(unit: tuple[str, _Path]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in unit[1]).removeprefix(".")


def _without(text: str, gone: set[_Path]) -> str:
    """A text without some parts; as JSON, which is YAML, since nobody reads it."""
    if not gone:
        return text
    data = parse_yaml(text, "").data
    # From the end, so that what stands before keeps its number.
    for path in sorted(gone, key=lambda path: [(isinstance(step, str), step) for step in path], reverse=True):
        _take_out(data, path)
    return json.dumps(data, ensure_ascii=False)


def _take_out(data: Any, path: _Path) -> None:  # noqa: ANN401 - whatever stands in the file
    inner = data
    for step in path[:-1]:
        inner = _inside(inner, step)
    if isinstance(inner, (dict, list)) and _inside(inner, path[-1]) is not None:
        del inner[path[-1]]  # type: ignore[arg-type]
    elif len(path) > 1:
        # Something is missing: what it is missing from is left out.
        _take_out(data, path[:-1])


def _inside(data: Any, step: str | int) -> Any:  # noqa: ANN401 - whatever stands in the file
    if isinstance(data, list) and isinstance(step, int):
        return data[step] if step < len(data) else None
    return data.get(step) if isinstance(data, dict) else None
