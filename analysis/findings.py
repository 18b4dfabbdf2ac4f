"""What a study found, as frozen values: the only thing reports read and the only thing that is saved."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from instruments.model import Texts

_FROZEN = ConfigDict(extra="forbid")

Structure = Literal["natural", "constructed", "none"]
Absent = Literal["dimensions", "current", "desired", "treated", "rules", "importance", "archetypes"]


@dataclass(frozen=True, config=_FROZEN)
class Estimate:
    """A number with its 95 % interval and base; `n` counts ratings unless said otherwise, None: not estimable."""

    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, config=_FROZEN)
class Caveat:
    """Something a reader must know; `code` is worded in the reports, `numbers` fill the sentence."""

    code: str
    scope: str
    numbers: dict[str, float | int | str]


@dataclass(frozen=True, config=_FROZEN)
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


@dataclass(frozen=True, config=_FROZEN)
class Manifest:
    """What is needed to make the same findings again; holds no clock, path or host."""

    program: str
    plan: dict[str, Any]
    data_sha256: str
    n_rows: int
    libraries: dict[str, str]
    architecture: str


@dataclass(frozen=True, config=_FROZEN)
class ExclusionStep:
    """One step of the exclusion flow: who is left after it, and what the ratings it left out were like."""

    code: str
    n_persons: int
    n_ratings: int
    share_negative: float | None
    share_ambivalent: float | None


@dataclass(frozen=True, config=_FROZEN)
class Flag:
    """One careless-response index: its kind (time, pattern, consistency, attention), cut and how many it flags."""

    index: str
    kind: str
    cut: float
    n_flagged: int
    n_checked: int


@dataclass(frozen=True, config=_FROZEN)
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


@dataclass(frozen=True, config=_FROZEN)
class ScaleReliability:
    """Reliability of one scale on all analysed ratings."""

    scale: str
    label: Texts
    dimension: str | None
    n_items: int
    alpha: Estimate
    omega: float | None
    item_rest: dict[str, float]


@dataclass(frozen=True, config=_FROZEN)
class Retention:
    """One criterion for the number of factors and what it suggests."""

    criterion: str
    suggested: int


@dataclass(frozen=True, config=_FROZEN)
class Factors:
    """The factor solution, learned on the learning half of the persons.

    `loadings` is the pattern, items × factors; rows and columns are named by `items` and `factors`. Answers to items
    that are `item_reversed` were turned before, so that they load as their scale does.
    """

    items: tuple[str, ...]
    item_scales: tuple[str, ...]
    item_texts: tuple[Texts, ...]
    item_reversed: tuple[bool, ...]
    factors: tuple[str, ...]
    factor_labels: tuple[Texts, ...]
    n: int
    n_persons: int
    extraction: str
    rotation: str
    retention: tuple[Retention, ...]
    eigenvalues: tuple[float, ...]
    reference_eigenvalues: tuple[float, ...]
    kmo: float
    bartlett_chi2: float
    bartlett_df: int
    bartlett_p: float
    loadings: tuple[tuple[float, ...], ...]
    factor_correlations: tuple[tuple[float, ...], ...]
    communalities: tuple[float, ...]
    variance: tuple[float, ...]
    determinacy: tuple[float, ...]
    rmsea: float | None
    tli: float | None
    srmr: float
    heywood: tuple[str, ...]
    share_of_starts: float
    engines: dict[str, float]
    """Agreement with factor-analyzer: the greatest absolute difference of loadings, communalities, KMO."""


@dataclass(frozen=True, config=_FROZEN)
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


@dataclass(frozen=True, config=_FROZEN)
class Match:
    """A catalogue relationship near an archetype: root-mean-square distance on the shared dimensions.

    `support` is the share of person resamples in which this entry came first.
    """

    relationship: str
    distance: float
    n_dimensions: int
    support: float


@dataclass(frozen=True, config=_FROZEN)
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


@dataclass(frozen=True, config=_FROZEN)
class Membership:
    """Which archetype one rating belongs to, its factor scores, and how clearly it belongs there.

    `margin` is 0 halfway to the next archetype and 1 at the centre of its own.
    """

    person: str
    brand: str
    archetype: str
    margin: float
    scores: tuple[float, ...]


@dataclass(frozen=True, config=_FROZEN)
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


@dataclass(frozen=True, config=_FROZEN)
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


@dataclass(frozen=True, config=_FROZEN)
class Dealbreaker:
    """What goes with a broken rule: the outcome's difference, broken against kept, in standard deviations."""

    rule: str
    outcome: str
    difference: Estimate
    n_broken: int
    p: float
    q: float
    holds: bool


@dataclass(frozen=True, config=_FROZEN)
class RuleOverview:
    """One rule over the whole sample: its mean importance, and how often it was broken where it arose."""

    rule: str
    label: Texts
    short: Texts
    family: str
    importance: Estimate
    broken: Estimate


@dataclass(frozen=True, config=_FROZEN)
class Rules:
    """The rules of the sample and of each archetype."""

    importance_range: tuple[float, float] | None
    rules: tuple[RuleOverview, ...]
    norms: tuple[Norm, ...]
    dealbreakers: tuple[Dealbreaker, ...]


@dataclass(frozen=True, config=_FROZEN)
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


@dataclass(frozen=True, config=_FROZEN)
class Flow:
    """How many current relationships of one family are wanted to be of another."""

    current: str
    desired: str
    n: int
    share: float


@dataclass(frozen=True, config=_FROZEN)
class Mismatch:
    """Desired against experienced treatment: wanted closer than treated, more distant, or as wanted."""

    under_served: Comparison
    over_pursued: Comparison
    fulfilled: Comparison
    changed: Comparison
    """Share whose desired family differs from the current one."""


@dataclass(frozen=True, config=_FROZEN)
class BrandRule:
    """One rule for one brand: importance to its customers, and how often broken, beside the category."""

    rule: str
    importance: Estimate
    broken: Comparison


@dataclass(frozen=True, config=_FROZEN)
class NonUsers:
    """Ratings of a brand by persons who know it and have never used it; they are in no other figure.

    With a base below the plan's least only `n` is given; a feeling that was not measured is None.
    """

    n: int
    negative: Estimate | None
    ambivalent: Estimate | None
    current: dict[str, Estimate]
    """Share of those who picked a family, by family."""


@dataclass(frozen=True, config=_FROZEN)
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


@dataclass(frozen=True, config=_FROZEN)
class OutcomeInfo:
    """What an outcome is called, its range, and which end is good."""

    key: str
    label: Texts
    low: float
    high: float
    better: Literal["high", "low"]
    primary: bool


@dataclass(frozen=True, config=_FROZEN)
class ScaleInfo:
    """What a scale is called, its range and its dimension."""

    key: str
    label: Texts
    low: float
    high: float
    dimension: str | None


@dataclass(frozen=True, config=_FROZEN)
class StudyFindings:
    """Everything a report may say. `absent` names what the data cannot support; the report says so in a sentence."""

    schema_version: Literal[1]
    study: StudyInfo
    manifest: Manifest
    sample: Sample
    scales: tuple[ScaleInfo, ...]
    outcomes: tuple[OutcomeInfo, ...]
    reliability: tuple[ScaleReliability, ...]
    factors: Factors | None
    archetypes: Archetypes | None
    rules: Rules | None
    brands: tuple[BrandFindings, ...]
    absent: tuple[Absent, ...]
    caveats: tuple[Caveat, ...]
