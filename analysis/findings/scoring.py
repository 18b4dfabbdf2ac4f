"""How a study scored its ratings, frozen so that later ratings can be scored in the same way."""

from __future__ import annotations

from pydantic.dataclasses import dataclass

from analysis.findings.estimates import FROZEN, Estimate


@dataclass(frozen=True, config=FROZEN)
class ScoredItem:
    """One item: its range as asked, whether it was turned, and its mean and spread (standard deviation), turned."""

    item: str
    low: float
    high: float
    reversed: bool
    mean: Estimate
    spread: Estimate


@dataclass(frozen=True, config=FROZEN)
class ScoringModel:
    """The factor model that scores come from; rows are those of `items`, columns the study's factors.

    `means` and `deviations` standardise the items, `loadings` (items × factors), `factor_correlations` and
    `uniquenesses` are the model, `centre` and `spread` standardise its scores.
    """

    items: tuple[ScoredItem, ...]
    means: tuple[float, ...]
    deviations: tuple[float, ...]
    loadings: tuple[tuple[float, ...], ...]
    factor_correlations: tuple[tuple[float, ...], ...]
    uniquenesses: tuple[float, ...]
    centre: tuple[float, ...]
    spread: tuple[float, ...]
