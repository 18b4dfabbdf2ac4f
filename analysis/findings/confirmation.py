"""Whether the scales measure what they were made for, and the same in every group."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from analysis.findings.estimates import FROZEN, Estimate
from analysis.findings.frames import Tabular

GroupedBy = Literal["country", "language", "brand"]


@dataclass(frozen=True, config=FROZEN)
class ModelFit(Tabular):
    """Fit of a model: the scaled test, and robust indices where there are some; `rmsea_low` and `_high` bound 90 %."""

    chi2: float | None
    df: float | None
    p: float | None
    cfi: float | None
    tli: float | None
    rmsea: float | None
    rmsea_low: float | None
    rmsea_high: float | None
    srmr: float | None
    aic: float | None
    bic: float | None


@dataclass(frozen=True, config=FROZEN)
class ConfirmedLoading(Tabular):
    """One item: its standardised loading on its scale, and the share of its variance that the scale explains."""

    item: str
    scale: str
    loading: Estimate
    explained: float | None


@dataclass(frozen=True, config=FROZEN)
class ModificationIndex(Tabular):
    """What the model leaves out, named as lavaan does: chi-square with 1 degree of freedom that freeing it would gain.

    `change` is the standardised change expected.
    """

    left: str
    op: str
    right: str
    statistic: float | None
    change: float | None


@dataclass(frozen=True, config=FROZEN)
class ConfirmedModel(Tabular):
    """The model of the scales on the test half: each item on its own scale only, scales free to correlate.

    `errors` says what errors hold against; `correlations` between `scales` are free of measurement error;
    `improper` names items and scales with impossible estimates (no variance of their own, correlations beyond 1).
    """

    _rows: ClassVar[str] = "loadings"
    _index: ClassVar[str] = "item"

    estimator: str
    errors: str
    n_persons: int
    n_ratings: int
    scales: tuple[str, ...]
    fit: ModelFit
    loadings: tuple[ConfirmedLoading, ...]
    correlations: tuple[tuple[float | None, ...], ...]
    modification: tuple[ModificationIndex, ...]
    improper: tuple[str, ...]


@dataclass(frozen=True, config=FROZEN)
class InvarianceLevel(Tabular):
    """One level of equality, its fit, and how it differs from the level before; the first is compared with none.

    `within_cutoffs`: Chen's (2007) for changes of CFI, RMSEA and SRMR; None for ordinal models.
    """

    level: str
    chi2: float | None
    df: float | None
    cfi: float | None
    rmsea: float | None
    srmr: float | None
    difference_chi2: float | None
    difference_df: int | None
    difference_p: float | None
    cfi_change: float | None
    rmsea_change: float | None
    srmr_change: float | None
    within_cutoffs: bool | None
    holds: bool | None


@dataclass(frozen=True, config=FROZEN)
class Release(Tabular):
    """A cell that had to differ in one group for the level that failed (partial invariance)."""

    left: str
    op: str
    right: str
    group: str
    statistic: float | None
    p: float | None
    cfi_change: float | None


@dataclass(frozen=True, config=FROZEN)
class RepeatedLevel(Tabular):
    """One level over draws of one random rating per person: twice the median p value, and median changes."""

    level: str
    draws: int
    failed: int
    p: float | None
    cfi_change: float | None
    rmsea_change: float | None
    srmr_change: float | None
    share_within_cutoffs: float | None


@dataclass(frozen=True, config=FROZEN)
class AlignedScale(Tabular):
    """Means and variances of one scale in the groups after alignment; the first group has mean 0 and variance 1.

    `loading_r2` and `intercept_r2`, by item, are near 1 where the item is the same in all groups; `trustworthy`: at
    most a quarter of the loadings and intercepts differ.
    """

    scale: str
    means: dict[str, float | None]
    variances: dict[str, float | None]
    loading_r2: dict[str, float | None]
    intercept_r2: dict[str, float | None]
    trustworthy: bool


@dataclass(frozen=True, config=FROZEN)
class Invariance(Tabular):
    """Whether groups answer on the same scale.

    `groups` counts the ratings of each; `left_out` counts the persons of groups that are too small or too many.
    `reached` is the last level that holds after all before it, `failed` the first that does not; `verdict` says so in
    an English sentence. `partial_holds`: whether the level that failed holds once the `released` cells may differ.
    `repeated` is there for brands, which the same persons rate; `aligned` from three groups on.
    """

    _rows: ClassVar[str] = "levels"
    _index: ClassVar[str] = "level"

    by: GroupedBy
    estimator: str
    groups: dict[str, int]
    left_out: dict[str, int]
    levels: tuple[InvarianceLevel, ...]
    reached: str
    failed: str | None
    verdict: str
    partial_holds: bool | None
    released: tuple[Release, ...]
    repeated: tuple[RepeatedLevel, ...]
    aligned: tuple[AlignedScale, ...]


@dataclass(frozen=True, config=FROZEN)
class Confirmation(Tabular):
    """The model of the scales, and its invariance across countries, languages and brands where they can be compared."""

    _rows: ClassVar[str] = "invariance"

    model: ConfirmedModel | None
    invariance: tuple[Invariance, ...]
