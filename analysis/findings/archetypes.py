"""The archetypes, the table their number was chosen from, and the membership of every rating."""

from __future__ import annotations

from typing import Literal

from pydantic.dataclasses import dataclass

from analysis.findings.estimates import FROZEN, Estimate
from analysis.numeric.mixtures import Family
from instruments.model import Texts

Structure = Literal["natural", "constructed", "none"]


@dataclass(frozen=True, config=FROZEN)
class Candidate:
    """One number of archetypes and everything the choice may rest on, learned on the learning half.

    `gap` is how much smaller the logarithm of the dispersion within groups is than without groups, `gap_error` its
    simulation error; `bic` and `icl` (less is better) are those of the best Gaussian mixture, of `family`;
    `bootstrap_ari` is agreement with the groups of all, -1 to 1, over person bootstraps, with the range of 95 % of
    them; `jaccard` (0 to 1) has a value for each group; `smallest_n` counts ratings.
    """

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
    gap: float | None = None
    gap_error: float | None = None
    bic: float | None = None
    icl: float | None = None
    family: Family | None = None
    bootstrap_ari: Estimate | None = None
    jaccard: tuple[float, ...] = ()
    smallest_n: int | None = None


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

    `probabilities` has one value for each archetype, from the mixture that the archetypes are; `margin` is how much
    likelier the archetype is than the next, 0 to 1.
    """

    person: str
    brand: str
    archetype: str
    margin: float
    scores: tuple[float, ...]
    probabilities: tuple[float, ...] = ()


@dataclass(frozen=True, config=FROZEN)
class MoreClasses:
    """A parametric bootstrap likelihood-ratio test of mixtures of normals: so many `classes` against one fewer.

    `statistic` is twice the difference of log-likelihoods, `n` counts persons of the learning half, one rating of each.
    """

    classes: int
    statistic: float
    p_value: float
    draws: int
    n: int


@dataclass(frozen=True, config=FROZEN)
class Archetypes:
    """The archetypes, the table k was chosen from, and whether the data hold such groups at all.

    `rule` says how k was chosen. `p_learn` belongs to the greatest standardised excess of prediction strength over all
    k, of the scores as they are (the table's) and decorrelated, in the learning half, `p_test` to that of the test
    half; `p_gaussian` is as `p_learn` but against plain normal scores, for comparison only. `verdict_persons` is how
    many persons all three rest on; `family` names the mixture's covariances.
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
    p_gaussian: float | None = None
    verdict_persons: int | None = None
    family: Family | None = None
    proportions: tuple[float, ...] = ()
    """Shares of the mixture's groups; with centroids and covariances they assign other ratings."""
    covariances: tuple[tuple[tuple[float, ...], ...], ...] = ()
    """Covariance of the scores within each archetype."""
    likelihood_ratios: tuple[MoreClasses, ...] = ()
    """Of the number chosen and of one more; empty unless the plan asks for them."""
