"""Which study this is, who answered, who is analysed, and what is needed to make the findings again."""

from __future__ import annotations

from typing import Any, Literal

from pydantic.dataclasses import dataclass

from analysis.findings.estimates import FROZEN
from instruments.model import Texts


@dataclass(frozen=True, config=FROZEN)
class StudyInfo:
    """Which study this is; `simulated` findings are labelled so wherever they are shown."""

    key: str
    title: Texts
    simulated: bool
    languages: tuple[str, ...]
    category: Texts | None
    instrument: str | None
    instrument_version: int | None
    instrument_digest: str | None


@dataclass(frozen=True, config=FROZEN)
class Manifest:
    """What is needed to make the same findings again; holds no clock, path or host."""

    program: str
    plan: dict[str, Any]
    data_sha256: str
    n_rows: int
    libraries: dict[str, str]
    architecture: str


@dataclass(frozen=True, config=FROZEN)
class ExclusionStep:
    """One step of the exclusion flow: who is left after it, and what the ratings it left out were like."""

    code: str
    n_persons: int
    n_ratings: int
    share_negative: float | None
    share_ambivalent: float | None


@dataclass(frozen=True, config=FROZEN)
class Flag:
    """One careless-response index: its kind (time, pattern, consistency, attention), cut and how many it flags."""

    index: str
    kind: str
    cut: float
    n_flagged: int
    n_checked: int


@dataclass(frozen=True, config=FROZEN)
class Sample:
    """Who answered and who is analysed."""

    n_persons: int
    n_ratings: int
    exclusions: tuple[ExclusionStep, ...]
    flags: tuple[Flag, ...]
    by_language: dict[str, int]
    by_country: dict[str, int]
    weighted: bool
    effective_persons: float


@dataclass(frozen=True, config=FROZEN)
class OutcomeInfo:
    """What an outcome is called, its range, and which end is good."""

    key: str
    label: Texts
    low: float
    high: float
    better: Literal["high", "low"]
    primary: bool
    later: bool = False
    """Whether it was measured in a later wave or by transactions; else all that was asked goes together at best."""


@dataclass(frozen=True, config=FROZEN)
class ScaleInfo:
    """What a scale is called, its range and its dimension."""

    key: str
    label: Texts
    low: float
    high: float
    dimension: str | None
