"""A questionnaire that was made of another program's file, checked and mended until it can be asked; reads no files."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from instruments.exchange.carried import Carried, Loss, each_once
from instruments.exchange.composing import Data, compose
from instruments.exchange.draft import Draft, DraftList, DraftLoop
from instruments.exchange.naming import language_of, slug
from instruments.exchange.opening import printable
from instruments.exchange.plain_text import plain
from instruments.loader import InstrumentError, instrument_of
from instruments.yaml_file import DataPath, Problem, YamlFile

_REMOVABLE = frozenset(
    [
        "relevant",
        "screen_out",
        "choice_filter",
        "min",
        "max",
        "step",
        "earliest",
        "latest",
        "max_length",
        "attention",
        "missing",
        "hint",
        "random_order",
        "at_most",
        "show",
        "about",
        "family",
        "dimension",
        "set",
    ]
)
_MOST_ROUNDS = 60
_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")
_SHORT = frozenset({"label", "title", "short", "hint", "low", "high", "description"})
_STAND_IN = re.compile(r"brand_[12]")
"""What a form written without a study has in the place of brands."""
_LINE, _WIDEST = 120, 4096


@dataclass(frozen=True)
class Imported:
    """A questionnaire made of another program's file.

    Parameters
    ----------
    data : dict
        The questionnaire as data.
    brands : tuple of tuple
        Keys and names in each language of the brands that its loop is about.
    problems : tuple of Problem
        What `run.py check` still says of it; empty when it can be asked.
    """

    data: Data
    brands: tuple[tuple[str, dict[str, str]], ...]
    problems: tuple[Problem, ...]


def finished(draft: Draft, completed: Callable[[Data], Data] | None = None) -> Carried[Imported]:
    """Compose a draft, check it and mend what stands in the way.

    Parameters
    ----------
    draft : Draft
    completed : callable, optional
        Adds to the data before they are checked.

    Returns
    -------
    Carried
        The questionnaire; each mending is a loss.
    """
    brands = _turn_into_brands(draft)
    data, places = compose(draft)
    data = completed(data) if completed else data
    named = _brand_names(draft, brands, data)
    mender = _Mender(data, places)
    problems = mender.mended()
    return Carried(Imported(data, named, problems), each_once((*draft.losses, *mender.losses)))


def laid_out(imported: Carried[Imported], name: str) -> str:
    """Write an imported questionnaire as a file.

    Parameters
    ----------
    imported : Carried
    name : str
        The file it was imported from.

    Returns
    -------
    str
        YAML; what was lost stands as comments at its head.
    """
    return _head(imported, name) + yaml_text(imported.content.data)


def study_text(imported: Imported, instrument: str) -> str:
    """Write a study file with the brands of an imported questionnaire.

    Parameters
    ----------
    imported : Imported
    instrument : str
        Name of the questionnaire's file, which stands in the same folder.

    Returns
    -------
    str
        YAML.
    """
    data = imported.data
    brands = [{"key": key, "name": name} for key, name in imported.brands]
    study = {
        "format": 1,
        "study": data["instrument"],
        "title": data["title"],
        "languages": list(data["languages"]),
        "instrument": instrument,
        "brands": brands,
    }
    told = "# The brands that the imported questionnaire asks about. Add the day on which answers are erased, as\n"
    return f"{told}# retention: 2031-12-31\n{yaml_text(study)}"


def yaml_text(data: Data) -> str:
    """Write data as a person would: short mappings on one line.

    Parameters
    ----------
    data : dict

    Returns
    -------
    str
    """
    yaml = YAML()
    yaml.allow_unicode, yaml.width = True, _WIDEST
    yaml.indent(mapping=2, sequence=4, offset=2)
    text = io.StringIO()
    yaml.dump(_laid_out(data, ""), text)
    return text.getvalue()


def _laid_out(value: Any, key: str) -> Any:  # noqa: ANN401 - any part of a questionnaire
    if isinstance(value, dict):
        made = CommentedMap((inner, _laid_out(part, inner)) for inner, part in value.items())
        if key in _SHORT:
            made.update({language: DoubleQuotedScalarString(text) for language, text in value.items()})
        if "type" not in value and (key in _SHORT or _is_short(value)) and len(str(value)) < _LINE:
            made.fa.set_flow_style()
        return made
    if isinstance(value, (list, tuple)):
        seq = CommentedSeq(_laid_out(part, "") for part in value)
        if not any(isinstance(part, (dict, list)) for part in value):
            seq.fa.set_flow_style()
        return seq
    return value


def _is_short(value: Mapping[str, Any]) -> bool:
    """Whether a mapping fits on a line or two: choices, rows, brands."""
    return not any(isinstance(part, (list, tuple)) for part in value.values())


def _head(imported: Carried[Imported], name: str) -> str:
    lines = [f"Imported from {name}."]
    if imported.losses:
        lines += ["", f"What could not be carried over ({len(imported.losses)}):"]
        lines += [f"- {loss}" for loss in imported.losses]
    if imported.content.problems:
        lines += ["", "What has to be mended before it can be asked:"]
        lines += [f"- {problem.place}: {problem.message} ({problem.remedy})" for problem in imported.content.problems]
    told = [printable(" ".join(line.split())) for line in lines]
    return "".join(f"# {line}".rstrip() + "\n" for line in told)


# The loop over brands ------------------------------------------------------------------------------------------------


def _turn_into_brands(draft: Draft) -> str:
    """Give the question that a loop goes over its choices from the study; the key of that question, or ""."""
    loop = next((entry for entry in draft.entries if isinstance(entry, DraftLoop)), None)
    if loop is None:
        return ""
    over = next((question for question in draft.questions() if question.name == loop.over), None)
    if over is None or over.answers is None or over.answers.source:
        return over.name if over and over.answers and over.answers.source == "brands" else ""
    loop.at_most = loop.at_most or len(over.answers.choices)
    _name_brands(over.answers)
    over.answers.source = "brands"
    return over.name


def _name_brands(answers: DraftList) -> None:
    """Brands that were numbered get keys that can be read."""
    taken: set[str] = set()
    for choice in answers.choices:
        if choice.code.isdecimal():
            told = slug(plain(next(iter(choice.label.values()), ""))[0], "brand")[:24].rstrip("_")
            answers.renamed[choice.code] = choice.code = f"{told}_{choice.code}" if told in taken else told
        taken.add(choice.code)


def _brand_names(draft: Draft, over: str, data: Data) -> tuple[tuple[str, dict[str, str]], ...]:
    """Brands by key; reasons not to answer stay choices of the list."""
    question = next((question for question in draft.questions() if question.name == over), None) if over else None
    if question is None or question.answers is None:
        return ()
    named = [choice for choice in question.answers.choices if not (choice.missing or choice.extra)]
    if all(_STAND_IN.fullmatch(choice.code) for choice in named):
        return ()
    first = dict.fromkeys(data["languages"], "")
    return tuple(
        (choice.code, {language: printable(_told(choice.label, language)) or choice.code for language in first})
        for choice in named
    )


def _told(label: Mapping[str, str], language: str) -> str:
    same = next((text for tag, text in label.items() if language_of(tag) == language), None)
    return " ".join(plain(same or next(iter(label.values()), ""))[0].split())


# Mending -------------------------------------------------------------------------------------------------------------


class _Mender:
    """Takes out what the checks of a questionnaire refuse, one round after another."""

    def __init__(self, data: Data, places: Mapping[str, str]) -> None:
        self.data = data
        self.places = places
        self.losses: list[Loss] = []
        self.removed: set[DataPath] = set()
        """What was taken out in this round: a second fault of the same condition costs no question."""

    def mended(self) -> tuple[Problem, ...]:
        problems: tuple[Problem, ...] = ()
        for _ in range(_MOST_ROUNDS):
            problems = self._problems()
            self.removed.clear()
            took_out = [self._mend(problem) for problem in reversed(problems)]
            if not any(took_out):
                break
            self._drop_empty()
        return problems

    def _problems(self) -> tuple[Problem, ...]:
        try:
            instrument_of(YamlFile("questionnaire", self.data))
        except InstrumentError as error:
            return error.problems
        return ()

    def _mend(self, problem: Problem) -> bool:
        """Whether something was taken out."""
        path = _path(problem.place)
        if any(path[:end] in self.removed for end in range(1, len(path) + 1)):
            return True
        if "${brand}" in problem.message and self._without_brand(path):
            return True
        for end in range(len(path), 0, -1):
            holder, key = self._value(path[: end - 1]), path[end - 1]
            if key in _REMOVABLE and isinstance(holder, dict) and key in holder:
                self._lose(path[:end], f"{key} '{_shown(holder.pop(key))}'", f"taken out: {problem.message}")
                self.removed.add(path[:end])
                return True
        if path[:1] == ("scales",) and "in no matrix" in problem.message:
            self._lose(path[:2], f"scale '{path[1]}'", "left out: nothing asks it")
            return self.data["scales"].pop(path[1], None) is not None
        return self._drop_question(path, problem)

    def _without_brand(self, path: DataPath) -> bool:
        """Take the brand out of a text that is read where there is none."""
        holder, text = self._value(path[:-1]), self._value(path)
        if not isinstance(holder, dict) or not isinstance(text, str) or "${brand}" not in text:
            return False
        holder[str(path[-1])] = text.replace("${brand}", "…")
        self._lose(path, "name of the brand in a text", "no brand is being asked about there: … stands in its place")
        return True

    def _drop_question(self, path: DataPath, problem: Problem) -> bool:
        if "questions" not in path:
            return False
        end = path.index("questions") + 2
        holder, at = self._value(path[: end - 1]), path[end - 1] if end <= len(path) else None
        if not isinstance(holder, list) or not isinstance(at, int) or at >= len(holder):
            return False
        question = holder[at]
        self._lose(path[:end], f"question '{question.get('name', 'matrix')}'", f"left out: {problem.message}")
        del holder[at]
        for scale in question.get("scales", ()):
            self.data["scales"].pop(scale, None)
        return True

    def _drop_empty(self) -> None:
        """Pages without questions, and a loop without pages."""
        for loop in (entry for entry in self.data["pages"] if "loop" in entry):
            loop["pages"] = [page for page in loop["pages"] if page["questions"]]
        self.data["pages"] = [entry for entry in self.data["pages"] if entry.get("questions") or entry.get("pages")]

    def _lose(self, path: DataPath, what: str, why: str) -> None:
        self.losses.append(Loss(self._place(path), what, why))

    def _place(self, path: DataPath) -> str:
        """Where it stood in the other program's file, as closely as known."""
        for end in range(len(path), 0, -1):
            value = self._value(path[:end])
            name = value.get("name") if isinstance(value, dict) else None
            if name in self.places:
                return self.places[str(name)]
            if isinstance(value, dict) and f"page {value.get('page')}" in self.places:
                return self.places[f"page {value.get('page')}"]
        return ".".join(map(str, path))

    def _value(self, path: Sequence[str | int]) -> Any:  # noqa: ANN401 - any part of a questionnaire
        value: Any = self.data
        for key in path:
            inside = isinstance(key, int) and isinstance(value, list) and key < len(value)
            if not inside and not (isinstance(value, dict) and key in value):
                return None
            value = value[key]
        return value


def _path(place: str) -> DataPath:
    return tuple(int(number) if number else key for number, key in _STEP.findall(place))


def _shown(value: object) -> str:
    text = str(value)
    return text if len(text) <= _LINE else f"{text[: _LINE - 1]}…"
