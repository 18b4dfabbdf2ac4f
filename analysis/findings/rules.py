"""Which rules matter where, and what goes with breaking them."""

from __future__ import annotations

from pydantic.dataclasses import dataclass

from analysis.findings.estimates import FROZEN, Estimate
from instruments.model import Texts


@dataclass(frozen=True, config=FROZEN)
class Norm:
    """How much more a rule matters in one archetype than elsewhere (test half, person mean removed).

    `difference` is in standard deviations of importance; `q` is the false-discovery rate over all norms.
    """

    rule: str
    archetype: str
    difference: Estimate
    p: float
    q: float
    holds: bool


@dataclass(frozen=True, config=FROZEN)
class Dealbreaker:
    """What goes with a broken rule: the outcome's difference, broken against kept, in standard deviations."""

    rule: str
    outcome: str
    difference: Estimate
    n_broken: int
    p: float
    q: float
    holds: bool


@dataclass(frozen=True, config=FROZEN)
class RuleOverview:
    """One rule over the whole sample: its mean importance, and how often it was broken where it arose."""

    rule: str
    label: Texts
    short: Texts
    family: str
    importance: Estimate
    broken: Estimate


@dataclass(frozen=True, config=FROZEN)
class Rules:
    """The rules of the sample and of each archetype."""

    importance_range: tuple[float, float] | None
    rules: tuple[RuleOverview, ...]
    norms: tuple[Norm, ...]
    dealbreakers: tuple[Dealbreaker, ...]
