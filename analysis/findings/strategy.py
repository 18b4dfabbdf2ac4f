"""What to do about each relationship, by rules of thumb that a researcher can read and change."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from pydantic.dataclasses import dataclass

from analysis.findings.estimates import FROZEN, Estimate
from instruments.model import Texts
from instruments.playbook import Function, Step, Strategy


@dataclass(frozen=True, config=FROZEN)
class RuleToKeep:
    """A rule that matters here, and who owns it; `reason` is "norm" where it matters more than elsewhere."""

    rule: str
    reason: Literal["norm", "important"]
    owners: tuple[Function, ...]


@dataclass(frozen=True, config=FROZEN)
class RemedyWanted:
    """The remedy most wanted by those with a complaint, and the share of them who want it (0 to 1)."""

    code: str
    label: Texts
    share: Estimate


@dataclass(frozen=True, config=FROZEN)
class RoleAdvice:
    """A role that the figures call for."""

    role: str
    advice: Texts


@dataclass(frozen=True, config=FROZEN)
class StrategyChoice:
    """One strategy for a brand's customers of one archetype, `archetype` None for all of them.

    `evidence` holds every figure that conditions may speak of (shares 0 to 1, spend as an index) with its interval;
    `condition` is the line of the table that held, "" for the last; `reason` says why in words.
    """

    brand: str
    archetype: str | None
    strategy: Strategy
    human_review: bool
    condition: str
    reason: Texts
    step: Step
    evidence: dict[str, Estimate]
    rules: tuple[RuleToKeep, ...]
    remedy: RemedyWanted | None
    roles: tuple[RoleAdvice, ...]


@dataclass(frozen=True, config=FROZEN)
class LevelShare:
    """One level of satisfaction, 1 the lowest to 5: the share of a brand's ratings there, what to do, and who.

    `leaving` is the share of those there who say that they will leave, None with too few of them.
    """

    brand: str
    level: int
    share: Estimate
    action: Texts
    owner: Function
    leaving: Estimate | None = None


@dataclass(frozen=True, config=FROZEN)
class Strategies:
    """Strategies by the playbook of this title and version, and what to do at each level of satisfaction."""

    playbook: Texts
    version: int
    choices: tuple[StrategyChoice, ...]
    levels: tuple[LevelShare, ...]
    owners: dict[str, tuple[Function, ...]] = field(default_factory=dict)
    """Which functions see to each rule of the study, by rule."""
    satisfied_leaving: dict[str, Estimate] = field(default_factory=dict)
    """Of those in the upper two fifths of satisfaction, the share who say that they will leave, by brand."""
