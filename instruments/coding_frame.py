"""Coding frames: what open answers may be coded as, and the words that point to it; it reads no answers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from instruments.grammar import fit
from instruments.model import Flag, Language, Name, Part, Texts, Whole
from instruments.yaml_file import FileError, Problem, YamlFile, read_yaml


class TextCode(Part):
    """One code: when a coder gives it, and words that point to it in each language (beginnings of words, or phrases).

    A `signal` says something of the relationship itself; shares of signals are told by archetype.
    """

    label: Texts
    description: Texts
    signal: Flag = False
    cues: dict[Language, tuple[str, ...]] = Field(default_factory=dict)


class CodingFrame(Part):
    """The codes of a study's open answers; a text may have several or none."""

    format: Literal[1]
    frame: Name
    version: Whole = Field(ge=1)
    title: Texts
    languages: tuple[Language, ...]
    drafts: tuple[Language, ...] = ()
    codes: dict[Name, TextCode] = Field(min_length=1)


class CodingFrameError(FileError):
    """A coding frame that cannot be used, with all its problems."""


def load_coding_frame(path: Path) -> CodingFrame:
    """Read a coding frame.

    Parameters
    ----------
    path : Path

    Returns
    -------
    CodingFrame

    Raises
    ------
    CodingFrameError
        With every problem of the file.
    """
    file = read_yaml(path)
    frame, misfits = fit(file, CodingFrame)
    problems = [*file.problems, *misfits, *(_useless_cues(file, frame) if frame else ())]
    if problems or frame is None:
        raise CodingFrameError(tuple(problems))
    return frame


@cache
def library_coding_frame() -> CodingFrame:
    """Read the coding frame that comes with the toolkit: signals of a relationship.

    Returns
    -------
    CodingFrame
    """
    return load_coding_frame(Path(__file__).parent / "library" / "verbatim_codes.yaml")


def _useless_cues(file: YamlFile, frame: CodingFrame) -> Iterator[Problem]:
    """Cues that are empty, or stand under a language that the frame does not have."""
    for code, entry in frame.codes.items():
        for language, cues in entry.cues.items():
            at = ("codes", code, "cues", language)
            if language not in frame.languages:
                yield file.problem(at, f"the frame has no language '{language}'", "add it to `languages`")
            for i, cue in enumerate(cues):
                if not cue.strip():
                    yield file.problem((*at, i), "an empty cue points at every text", "remove it")
