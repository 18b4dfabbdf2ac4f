"""Each brand beside the category."""

from __future__ import annotations

from pydantic.dataclasses import dataclass

from analysis.findings.estimates import FROZEN, Estimate
from instruments.model import Texts


@dataclass(frozen=True, config=FROZEN)
class Comparison:
    """A brand's figure beside the category's (all other brands); `q` over this brand's comparisons of one kind.

    With one brand only the category is empty; `q` is None where there is nothing to test.
    """

    key: str
    brand: Estimate
    category: Estimate
    difference: Estimate
    q: float | None
    differs: bool


@dataclass(frozen=True, config=FROZEN)
class Flow:
    """How many current relationships of one family are wanted to be of another."""

    current: str
    desired: str
    n: int
    share: float


@dataclass(frozen=True, config=FROZEN)
class Mismatch:
    """Desired against experienced treatment: wanted closer than treated, more distant, or as wanted."""

    under_served: Comparison
    over_pursued: Comparison
    fulfilled: Comparison
    changed: Comparison
    """Share whose desired family differs from the current one."""


@dataclass(frozen=True, config=FROZEN)
class BrandRule:
    """One rule for one brand: importance to its customers, and how often broken, beside the category."""

    rule: str
    importance: Estimate
    broken: Comparison


@dataclass(frozen=True, config=FROZEN)
class NonUsers:
    """Ratings of a brand by persons who know it and have never used it; they are in no other figure.

    With a base below the plan's least only `n` is given; a feeling that was not measured is None.
    """

    n: int
    negative: Estimate | None
    ambivalent: Estimate | None
    current: dict[str, Estimate]
    """Share of those who picked a family, by family."""


@dataclass(frozen=True, config=FROZEN)
class BrandFindings:
    """What was found about one brand; a brand with fewer than 30 ratings is suppressed."""

    key: str
    name: Texts
    n_persons: int
    n_ratings: int
    suppressed: bool
    small: bool
    portfolio: tuple[Comparison, ...]
    current: tuple[Comparison, ...]
    desired: tuple[Comparison, ...]
    flows: tuple[Flow, ...]
    mismatch: Mismatch | None
    scales: tuple[Comparison, ...]
    outcomes: tuple[Comparison, ...]
    rules: tuple[BrandRule, ...]
    negative: Comparison | None
    ambivalent: Comparison | None
    position: dict[str, Estimate]
    """Mean position on the catalogue's dimensions, or on the factors where no scale names a dimension."""
    non_users: NonUsers | None
    """None where the study does not say who has used the brand."""
