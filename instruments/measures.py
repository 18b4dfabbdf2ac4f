"""What the columns of an answer table measure: the one description that analysis reads, wherever the answers came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from instruments.model import Code, Texts

# Negative codes of every answer table; the same in every export (SPSS user-missing, never blank).
NOT_ANSWERED, DONT_KNOW, PREFER_NOT, NOT_APPLICABLE = -99, -98, -97, -96
NOT_SHOWN, NOT_REACHED, NOT_IN_SUBSET = -95, -94, -93
MISSING_CODES = (NOT_ANSWERED, DONT_KNOW, PREFER_NOT, NOT_APPLICABLE, NOT_SHOWN, NOT_REACHED, NOT_IN_SUBSET)


@dataclass(frozen=True)
class ScaleMeasure:
    """Columns that measure one construct; codes run from `low` to `high`, `reversed` ones the other way."""

    key: str
    label: Texts
    columns: tuple[str, ...]
    low: float
    high: float
    reversed: frozenset[str] = frozenset()
    dimension: str | None = None
    texts: dict[str, Texts] = field(default_factory=dict)


@dataclass(frozen=True)
class OutcomeMeasure:
    """Columns (averaged) that relationships are judged by."""

    key: str
    label: Texts
    columns: tuple[str, ...]
    low: float
    high: float
    reversed: frozenset[str] = frozenset()
    better: Literal["high", "low"] = "high"
    primary: bool = False


@dataclass(frozen=True)
class RuleMeasure:
    """The columns of one rule: how much it matters, and whether it was kept."""

    key: str
    family: str
    label: Texts
    short: Texts
    importance: str | None
    experience: str | None


@dataclass(frozen=True)
class ExperienceCodes:
    """How a rule's kept, broken and never-arose are coded."""

    kept: Code
    broken: Code
    never_arose: Code


@dataclass(frozen=True)
class PickMeasure:
    """Columns that hold the current, desired and experienced relationship as catalogue keys.

    `desired_family` is the answer to the desired pick; where it was not asked because `as_wanted`
    equals `as_wanted_code`, the desired relationship is the current one.
    """

    current_family: str | None = None
    current_relationship: str | None = None
    as_wanted: str | None = None
    as_wanted_code: Code = 1
    desired_family: str | None = None
    desired_relationship: str | None = None
    treated_family: str | None = None


@dataclass(frozen=True)
class Measures:
    """Every column an analysis may use, and what it stands for.

    `brand` and `person` are column names; without `person` each row is a person of its own.
    `required` are the columns a file must have.
    """

    brand: str
    brands: dict[str, Texts]
    scales: tuple[ScaleMeasure, ...]
    outcomes: tuple[OutcomeMeasure, ...] = ()
    rules: tuple[RuleMeasure, ...] = ()
    importance_range: tuple[float, float] | None = None
    experience: ExperienceCodes | None = None
    picks: PickMeasure = PickMeasure()
    person: str | None = None
    weight: str | None = None
    language: str | None = None
    country: str | None = None
    used: dict[str, str] = field(default_factory=dict)
    """For each brand key the 0/1 column that says whether the person has ever used it."""
    seconds: str | None = None
    """Column of the seconds a rating's items took, for screening."""
    attention: dict[str, Code] = field(default_factory=dict)
    """Columns of instructed items and the code that passes."""
