"""Which scales go with an outcome, and which archetypes a change of perception would touch according to the model."""

from __future__ import annotations

from pydantic.dataclasses import dataclass

from analysis.findings.estimates import FROZEN, Estimate


@dataclass(frozen=True, config=FROZEN)
class Driver:
    """A scale's share of an outcome's variance (0 to 1, Johnson's relative weight); `share` is of what is explained.

    `direction` is the correlation with the outcome, -1 to 1.
    """

    scale: str
    weight: Estimate
    share: Estimate
    direction: Estimate


@dataclass(frozen=True, config=FROZEN)
class OutcomeDrivers:
    """The scales that go with one outcome, the strongest first; `r_squared` is what all explain together (0 to 1)."""

    outcome: str
    n: int
    r_squared: Estimate
    drivers: tuple[Driver, ...]


@dataclass(frozen=True, config=FROZEN)
class WhatIf:
    """Shares of ratings (0 to 1) that would sit in each archetype if one scale were answered `points` higher by all.

    Computed from the model with everything else unchanged: no forecast. `moved` is the share that changes archetype.
    """

    scale: str
    points: float
    shares: dict[str, float]
    changes: dict[str, float]
    moved: float


@dataclass(frozen=True, config=FROZEN)
class Drivers:
    """Drivers of every outcome, and what the model says of each scale's change by one point up and down."""

    outcomes: tuple[OutcomeDrivers, ...]
    what_if: tuple[WhatIf, ...]
