"""How carelessly people answered, in which style, and what would differ had nobody been left out for it."""

from __future__ import annotations

from typing import Literal

from pydantic.dataclasses import dataclass

from analysis.findings.estimates import FROZEN, Estimate

EntryOrder = Literal["known", "unknown"]


@dataclass(frozen=True, config=FROZEN)
class ScreeningIndex:
    """One index over the persons it could be computed for; `flags` is the side of the cut that is flagged.

    `kind` is time, pattern, consistency, attention, or distance, which is shown and never leaves anybody out.
    """

    index: str
    kind: str
    cut: float
    flags: Literal["below", "from"]
    excludes: bool
    n_flagged: int
    n_checked: int


@dataclass(frozen=True, config=FROZEN)
class EntryBlock:
    """Persons who came one after the other, `first` to `last` counted from 1, and how their answers hang together.

    `correlation` is the mean correlation between two items of a scale, with its 95 % interval, n persons; alphas are
    the lowest, median and highest of the scales, None where too few answered. Blocks never cross a break in the
    order of entry; `flagged` blocks lie in a stretch whose answers hardly hang together.
    """

    first: int
    last: int
    correlation: Estimate
    alpha_low: float | None
    alpha_median: float | None
    alpha_high: float | None
    flagged: bool


@dataclass(frozen=True, config=FROZEN)
class ResponseStyle:
    """How the analysed answers of one country or language lie on the response scale; n counts ratings.

    `acquiescence`: share of answers above the middle less the share below it (-1 to 1); `extreme`: share at
    the ends; `midpoint`: share exactly in the middle (0 to 1). Answers count as they were given.
    """

    grouping: Literal["country", "language"]
    group: str
    acquiescence: Estimate
    extreme: Estimate
    midpoint: Estimate


@dataclass(frozen=True, config=FROZEN)
class AlphaBeside:
    """A scale's alpha among those analysed, and with those who were left out as careless."""

    scale: str
    kept: float
    everyone: float


@dataclass(frozen=True, config=FROZEN)
class Sensitivity:
    """Main results among those analysed, beside those with the persons who were left out as careless.

    Numbers of factors come from parallel analysis; `congruence` (0 to 1) is Tucker's, factor by factor, between
    the loadings; `k` is the number of groups with the greatest prediction strength, without null reference; `ari`
    (-0.5 to 1) is the adjusted Rand index between the groups that analysed ratings fall into, for the study's
    number of groups.
    """

    n_excluded: int
    factors_kept: int
    factors_everyone: int
    congruence: tuple[float, ...]
    alphas: tuple[AlphaBeside, ...]
    k_kept: int
    k_everyone: int
    groups: int
    ari: float


@dataclass(frozen=True, config=FROZEN)
class Screening:
    """Every index of careless answering, what it looks like by order of entry, and what leaving people out changed.

    `by_kinds` counts persons by how many kinds of index flag them, from none; `entry_order` is unknown where neither
    times nor rows tell it, and then there are no blocks; `sensitivity` is None where nobody was left out
    as careless or too few are left to compare.
    """

    indices: tuple[ScreeningIndex, ...]
    by_kinds: tuple[int, ...]
    entry_order: EntryOrder
    blocks: tuple[EntryBlock, ...]
    styles: tuple[ResponseStyle, ...]
    sensitivity: Sensitivity | None
