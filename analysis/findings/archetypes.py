"""The archetypes, the table their number was chosen from, and the membership of every rating."""

from __future__ import annotations

from typing import Literal

from pydantic.dataclasses import dataclass

from analysis.findings.estimates import FROZEN, Estimate
from instruments.model import Texts

Structure = Literal["natural", "constructed", "none"]


@dataclass(frozen=True, config=FROZEN)
class Candidate:
    """One number of archetypes and everything the choice may rest on."""

    k: int
    silhouette: float
    calinski_harabasz: float
    prediction_strength: float
    null_mean: float
    null_sd: float
    excess: float
    replication_ari: float
    smallest_share: float
    chosen: bool


@dataclass(frozen=True, config=FROZEN)
class Match:
    """A catalogue relationship near an archetype: root-mean-square distance on the shared dimensions.

    `support` is the share of person resamples in which this entry came first.
    """

    relationship: str
    distance: float
    n_dimensions: int
    support: float


@dataclass(frozen=True, config=FROZEN)
class Archetype:
    """A group of ratings with one way of relating; outcomes are those of the test half, the rest of all ratings."""

    key: str
    label: Texts
    share: Estimate
    n_persons: int
    centroid: tuple[float, ...]
    scales: dict[str, Estimate]
    position: dict[str, float]
    matches: tuple[Match, ...]
    outcomes: dict[str, Estimate]
    picks: dict[str, float]
    """Share of the archetype's own picks of the current family, by family."""


@dataclass(frozen=True, config=FROZEN)
class Membership:
    """Which archetype one rating belongs to, its factor scores, and how clearly it belongs there.

    `margin` is 0 halfway to the next archetype and 1 at the centre of its own.
    """

    person: str
    brand: str
    archetype: str
    margin: float
    scores: tuple[float, ...]


@dataclass(frozen=True, config=FROZEN)
class Archetypes:
    """The archetypes, the table k was chosen from, and whether the data hold such groups at all.

    `rule` says how k was chosen: greatest_excess, largest_stable or greatest_strength. `p_learn` belongs to the
    greatest standardised excess over all k in the learning half, `p_test` to the k chosen by greatest_excess in the
    test half.
    """

    structure: Structure
    exploratory: bool
    k: int
    rule: str
    candidates: tuple[Candidate, ...]
    null_draws: int
    p_learn: float
    p_test: float
    replication_ari: float
    archetypes: tuple[Archetype, ...]
    memberships: tuple[Membership, ...]
