"""Rules of thumb as a file that researchers read and change: which strategy when, who owns it; it knows no answers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from instruments.grammar import did_you_mean, fit
from instruments.logic import LogicError, parse
from instruments.model import Flag, Language, Name, Part, Texts, Whole
from instruments.yaml_file import FileError, Problem, YamlFile, read_yaml

Strategy = Literal["bolster", "shift", "repair", "release"]
Step = Literal["identify", "differentiate", "interact", "customise"]
Function = Literal["marketing", "service", "operations", "it", "hr", "finance", "legal"]

FIGURES = (
    "negative",
    "ambivalent",
    "broken",
    "leaving",
    "wants_nothing",
    "wants_other",
    "under_served",
    "over_pursued",
    "satisfied",
    "spend",
    "relationship",
)
"""What conditions may speak of: whole percents, spend as an index, the key of the nearest relationship."""


class ChosenWhen(Part):
    """A strategy, when it is chosen, and why; without a condition it always is."""

    strategy: Strategy
    when: str | None = None
    human_review: Flag = False
    step: Step
    reason: Texts


class RoleWhen(Part):
    """A role that a brand may need, and when."""

    role: Name
    when: str
    advice: Texts


class LevelAction(Part):
    """What to do at one level of satisfaction, and who does it."""

    action: Texts
    owner: Function


class Playbook(Part):
    """All rules of thumb of a study."""

    format: Literal[1]
    title: Texts
    version: Whole = Field(ge=1)
    languages: tuple[Language, ...]
    drafts: tuple[Language, ...] = ()
    choose: tuple[ChosenWhen, ...] = Field(min_length=1)
    owners: dict[Name, tuple[Function, ...]]
    roles: tuple[RoleWhen, ...] = ()
    levels: tuple[LevelAction, ...] = Field(min_length=5, max_length=5)

    def owners_of(self, rule: str, family: str) -> tuple[Function, ...]:
        """Functions that see to a rule: its own where the file names it, else those of its family, else none.

        Parameters
        ----------
        rule, family : str

        Returns
        -------
        tuple of str
        """
        return self.owners.get(rule, self.owners.get(family, ()))


class PlaybookError(FileError):
    """A playbook that cannot be used, with all its problems."""


def load_playbook(path: Path) -> Playbook:
    """Read a playbook.

    Parameters
    ----------
    path : Path

    Returns
    -------
    Playbook

    Raises
    ------
    PlaybookError
        With every problem of the file.
    """
    file = read_yaml(path)
    playbook, misfits = fit(file, Playbook)
    problems = [*file.problems, *misfits, *(_inconsistencies(file, playbook) if playbook else ())]
    if problems or playbook is None:
        raise PlaybookError(tuple(problems))
    return playbook


@cache
def library_playbook() -> Playbook:
    """Read the playbook that comes with the toolkit.

    Returns
    -------
    Playbook
    """
    return load_playbook(Path(__file__).parent / "library" / "strategies.yaml")


def _inconsistencies(file: YamlFile, playbook: Playbook) -> Iterator[Problem]:
    """Conditions that do not parse or speak of unknown figures; a last line that may not hold."""
    conditions = [(("choose", i, "when"), entry.when) for i, entry in enumerate(playbook.choose)]
    conditions += [(("roles", i, "when"), entry.when) for i, entry in enumerate(playbook.roles)]
    for at, text in conditions:
        if text is not None:
            yield from _condition(file, at, text)
    last = len(playbook.choose) - 1
    if playbook.choose[last].when is not None:
        yield file.problem(
            ("choose", last), "the last strategy has a condition", "leave `when` out: something must hold"
        )
    for i, entry in enumerate(playbook.choose[:-1]):
        if entry.when is None:
            yield file.problem(("choose", i), "nothing below it is ever chosen", "give it a condition, or move it down")


def _condition(file: YamlFile, at: tuple[str | int, ...], text: str) -> Iterator[Problem]:
    try:
        names = parse(text).names
    except LogicError as error:
        yield file.problem(at, f"{error.message} (character {error.position + 1})", "correct the condition")
        return
    for name in sorted(names - set(FIGURES)):
        yield file.problem(
            at, f"there is no figure '{name}'", did_you_mean(name, FIGURES) or f"use {', '.join(FIGURES)}"
        )
