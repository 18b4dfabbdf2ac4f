"""How well the scales measure, and the factors behind their items."""

from __future__ import annotations

from pydantic.dataclasses import dataclass

from analysis.findings.estimates import FROZEN, Estimate
from instruments.model import Texts


@dataclass(frozen=True, config=FROZEN)
class ScaleReliability:
    """Reliability of one scale on all analysed ratings."""

    scale: str
    label: Texts
    dimension: str | None
    n_items: int
    alpha: Estimate
    omega: float | None
    item_rest: dict[str, float]


@dataclass(frozen=True, config=FROZEN)
class Retention:
    """One criterion for the number of factors and what it suggests."""

    criterion: str
    suggested: int


@dataclass(frozen=True, config=FROZEN)
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
