"""How well the scales measure, and the factors behind their items."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic.dataclasses import dataclass

from analysis.findings.estimates import FROZEN, Estimate
from analysis.findings.frames import Tabular, matrix_frame
from instruments.model import Texts

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, config=FROZEN)
class ItemInScale(Tabular):
    """One item: correlation with the sum of the others, and alpha of the others alone."""

    item: str
    item_rest: float | None
    alpha_if_dropped: float | None


@dataclass(frozen=True, config=FROZEN)
class ScaleReliability(Tabular):
    """Reliability of one scale on all analysed ratings, each between 0 and 1; None where it cannot be had.

    `omega_total` is omega with its interval; `ordinal_alpha` and `ordinal_omega` rest on polychoric correlations, the
    latter is that of the sum as it is coded. `variance_extracted` is the average share of the items' variances that
    their factor explains.
    """

    _rows: ClassVar[str] = "items"
    _index: ClassVar[str] = "item"

    scale: str
    label: Texts
    dimension: str | None
    n_items: int
    alpha: Estimate
    omega: float | None
    item_rest: dict[str, float]
    omega_total: Estimate | None = None
    ordinal_alpha: float | None = None
    ordinal_omega: float | None = None
    variance_extracted: float | None = None
    items: tuple[ItemInScale, ...] = ()


@dataclass(frozen=True, config=FROZEN)
class Discrimination(Tabular):
    """Whether the scales measure different things, and what all items have in common.

    `htmt` holds heterotrait-monotrait ratios, scales × scales, named by `scales`: above .85 to .90 two scales hardly
    differ. `omega_hierarchical` is the share of a general factor in the variance of the sum of all items,
    `common_variance` its share of the common variance; both are None with fewer than two factors.
    """

    scales: tuple[str, ...]
    htmt: tuple[tuple[float | None, ...], ...]
    omega_hierarchical: float | None
    omega_total: float | None
    common_variance: float | None

    def to_frame(self) -> pd.DataFrame:
        """Ratios between scales.

        Returns
        -------
        DataFrame
        """
        return matrix_frame(self.htmt, self.scales, self.scales)


@dataclass(frozen=True, config=FROZEN)
class Retention(Tabular):
    """One criterion for the number of factors, what it suggests, and whether it decides.

    `observed` beside `reference` is what it compares, for 1, 2, 3 … factors: eigenvalues and those of unrelated items;
    average partial correlations after 0, 1, 2 … components (no reference); fit (CFI) of 0, 1, 2 … factors and the
    elbow of the hull there.
    """

    criterion: str
    suggested: int
    decides: bool = False
    observed: tuple[float | None, ...] = ()
    reference: tuple[float | None, ...] = ()


@dataclass(frozen=True, config=FROZEN)
class FactorFit(Tabular):
    """How well the factors reproduce the correlations; `rmsea_low` and `rmsea_high` bound 90 %.

    `basis` says what the indices rest on: "complete", on `n` persons taken as fully observed; "likelihood", on the
    likelihood of the answers that were given, with persons' ratings together and corrected for what is missing (then
    for the maximum-likelihood solution with as many factors). Residuals (`rmsr`, `srmr`) are of the solution shown.
    """

    basis: str
    n: int
    df: int
    chi2: float | None
    p: float | None
    rmsea: float | None
    rmsea_low: float | None
    rmsea_high: float | None
    tli: float | None
    cfi: float | None
    bic: float | None
    rmsr: float | None
    srmr: float | None


@dataclass(frozen=True, config=FROZEN)
class FactoredItem(Tabular):
    """One item on the factors.

    `primary` is its factor, `loading` the loading there with its interval over persons resampled, `second` the next
    largest and `gap` their distance; `msa` the measure of sampling adequacy; `icc` the share of the item's variance
    between persons (negative: none). `unclear` gives the rules of the plan it breaks (low_loading, small_gap,
    low_communality): a candidate for dropping; none is dropped.
    """

    item: str
    scale: str
    primary: str
    loading: Estimate
    second: float | None
    gap: float | None
    communality: float
    uniqueness: float
    complexity: float | None
    msa: float | None
    icc: float | None
    heywood: bool
    unclear: tuple[str, ...]


@dataclass(frozen=True, config=FROZEN)
class LoadingIntervals(Tabular):
    """95 % intervals of all loadings (items × factors) and factor correlations over persons resampled.

    `congruence` is that of each factor with itself over resamples: below .85 it is hardly the same factor.
    """

    resamples: int
    failed: int
    low: tuple[tuple[float | None, ...], ...]
    high: tuple[tuple[float | None, ...], ...]
    phi_low: tuple[tuple[float | None, ...], ...]
    phi_high: tuple[tuple[float | None, ...], ...]
    congruence: tuple[float | None, ...]


@dataclass(frozen=True, config=FROZEN)
class LevelFactors(Tabular):
    """As many factors on one level: within_person, between_person or between_brand; in the order of the total ones.

    `n` counts independent observations on that level, `congruence` compares each factor with the total solution's (1:
    the same). Without loadings the level holds none that could be had.
    """

    level: str
    n: int
    loadings: tuple[tuple[float | None, ...], ...]
    factor_correlations: tuple[tuple[float | None, ...], ...]
    congruence: tuple[float | None, ...]


@dataclass(frozen=True, config=FROZEN)
class Factors(Tabular):
    """The factor solution, learned on the learning half of the persons.

    `loadings` is the pattern, items × factors; rows and columns are named by `items` and `factors`. Answers to items
    that are `item_reversed` were turned before, so that they load as their scale does. `matrix` says which correlations
    were factored and `matrix_reason` why (asked, few_categories, skewed, incomplete, many_categories, not_whole);
    `rmsea`, `tli` and `srmr` are those of `fit`.
    """

    _rows: ClassVar[str] = "table"
    _index: ClassVar[str] = "item"

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
    matrix: str = "pearson"
    matrix_reason: str = "asked"
    engine: str = "ours"
    correlations: tuple[tuple[float, ...], ...] = ()
    structure: tuple[tuple[float, ...], ...] = ()
    fit: FactorFit | None = None
    table: tuple[FactoredItem, ...] = ()
    intervals: LoadingIntervals | None = None
    levels: tuple[LevelFactors, ...] = ()
