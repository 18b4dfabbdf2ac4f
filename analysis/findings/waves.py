"""What a later wave says of an earlier one: drift of what was measured, stability, change, and what came true."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic.dataclasses import dataclass

from analysis.findings.estimates import FROZEN, Caveat, Estimate
from analysis.findings.frames import Tabular
from analysis.findings.robustness import Segmentation
from analysis.findings.rules import ArchetypeDealbreaker, Dealbreaker
from analysis.findings.sample import StudyInfo

StableKind = Literal["archetype", "family"]


@dataclass(frozen=True, config=FROZEN)
class ItemShift(Tabular):
    """One item in both waves: means, turned, and how they differ.

    `shift` is the later mean less the earlier one in standard deviations of the earlier wave, `spread` the later
    standard deviation over the earlier one (1: the same). `drifted`: one of them is beyond the plan's limit and beyond
    chance.
    """

    item: str
    earlier: Estimate
    later: Estimate
    shift: Estimate
    spread: Estimate
    drifted: bool


@dataclass(frozen=True, config=FROZEN)
class FactorAgreement(Tabular):
    """Tucker's congruence (-1 to 1) of a factor with the one learned anew from the later wave.

    `drifted`: the interval, where there is one, lies below the plan's limit.
    """

    factor: str
    congruence: Estimate
    drifted: bool


@dataclass(frozen=True, config=FROZEN)
class ShareChange(Tabular):
    """Share of ratings in an archetype (0 to 1) in both waves, by the earlier wave's frozen model."""

    archetype: str
    earlier: Estimate
    later: Estimate
    change: Estimate


@dataclass(frozen=True, config=FROZEN)
class Drift(Tabular):
    """Whether the earlier wave's model still fits the later wave's answers.

    `far` is the share of ratings that lie farther from every archetype than `far_expected` of the earlier wave's did.
    `stability_index` compares the archetypes' shares (0: the same), `stability_p` is its p-value. `typing` is the
    agreement of the typing tool's questions with all items in the later wave, `typing_earlier` the accuracy that was
    promised. What rests on archetypes or on a typing tool is None without them.
    """

    _rows: ClassVar[str] = "items"
    _index: ClassVar[str] = "item"

    items: tuple[ItemShift, ...]
    factors: tuple[FactorAgreement, ...]
    shares: tuple[ShareChange, ...]
    far: Estimate | None
    far_expected: float
    stability_index: Estimate | None
    stability_p: float | None
    typing: Estimate | None
    typing_earlier: Estimate | None


@dataclass(frozen=True, config=FROZEN)
class Change(Tabular):
    """Share (0 to 1) of those with one archetype, or one family picked, who have another or the same later."""

    origin: str
    target: str
    share: Estimate


@dataclass(frozen=True, config=FROZEN)
class Stability(Tabular):
    """Ratings of the same brand by the same person in both waves: how many are of one kind still, and who changed.

    `kappa` is Cohen's, -1 to 1. Unlike ratings hold true change and errors of measurement alike. Origins with too few
    ratings are not among the `changes`.
    """

    _rows: ClassVar[str] = "changes"

    of: StableKind
    n_persons: int
    agreement: Estimate
    kappa: Estimate
    changes: tuple[Change, ...]


@dataclass(frozen=True, config=FROZEN)
class WantedPath(Tabular):
    """Those who had one family and wanted another: the share (0 to 1) who have it later.

    `others` is the share of those who had the same family, did not want this other one, and have it later.
    """

    current: str
    wanted: str
    got: Estimate
    others: Estimate
    difference: Estimate


@dataclass(frozen=True, config=FROZEN)
class Wanting(Tabular):
    """Whether wanting another relationship came before having it; paths with too few who wanted are left out.

    `got` is the share (0 to 1) of those who wanted another family that have it later, `stayed` the share that have the
    same one still. `others` is what `got` would be had they come to it as often as people with the same family who did
    not want it; it and the `difference` rest on those for whom there are such people.
    """

    _rows: ClassVar[str] = "paths"

    got: Estimate
    others: Estimate
    difference: Estimate
    stayed: Estimate
    paths: tuple[WantedPath, ...]


@dataclass(frozen=True, config=FROZEN)
class LaterPrediction(Tabular):
    """Share of a later outcome's variance that an earlier segmentation predicts for persons it was not fitted on.

    `advantage` is that of the archetypes less this one's, None for the archetypes themselves; `superior` says whether
    its interval lies above 0. `segments` is None for scores, which have none.
    """

    outcome: str
    by: Segmentation
    segments: int | None
    share: Estimate
    advantage: Estimate | None
    superior: bool | None


@dataclass(frozen=True, config=FROZEN)
class WaveFindings:
    """A later wave held against an earlier one.

    `n_persons` and `n_ratings` count the later wave's analysed answers, `n_both_persons` and `n_both_ratings` those of
    persons, and of their ratings of one brand, that are in both. Deal-breakers are broken rules of the earlier wave
    with outcomes of the later one, where the earlier answers were given too.
    """

    schema_version: Literal[1]
    earlier: StudyInfo
    later: StudyInfo
    earlier_sha256: str
    later_sha256: str
    simulated: bool
    plan: dict[str, Any]
    n_persons: int
    n_ratings: int
    n_both_persons: int
    n_both_ratings: int
    drift: Drift
    retyping: Stability | None
    picks: Stability | None
    wanting: Wanting | None
    predictions: tuple[LaterPrediction, ...]
    dealbreakers: tuple[Dealbreaker, ...]
    archetype_dealbreakers: tuple[ArchetypeDealbreaker, ...]
    caveats: tuple[Caveat, ...]

    @property
    def retest(self) -> Estimate | None:
        """Agreement of archetypes over waves: what no typing tool can be expected to exceed."""
        return None if self.retyping is None else self.retyping.agreement
