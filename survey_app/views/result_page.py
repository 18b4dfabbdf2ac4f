"""What the results page shows of findings, ready to place: sorted, shaded, in percent of an axis; words no number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import get_args

from analysis.findings import (
    Archetype,
    Archetypes,
    ArchetypeValue,
    BrandFindings,
    BrandValue,
    Candidate,
    Comparison,
    Driver,
    Estimate,
    Factors,
    ScaleInfo,
    Strategies,
    StrategyChoice,
)
from analysis.run_comparison import MatchedArchetype
from instruments.model import Texts, ValueRole

# From which size on a loading, or a departure from the mean in parts of the scale's range, is drawn one shade deeper.
LOADING_SHADES = (0.1, 0.25, 0.4, 0.55, 0.7)
PROFILE_SHADES = (0.04, 0.1, 0.18, 0.28, 0.4)
SHARE_SHADES = (0.05, 0.15, 0.3, 0.5, 0.75)
DRIVER_SHADES = (0.05, 0.1, 0.2, 0.3, 0.4)
NULL_WIDTH = 2.0


@dataclass(frozen=True)
class ValueInput:
    """One input that only the user knows: whether there is money without it, and what may be put in."""

    key: str
    needed: bool
    ends: str


VALUE_INPUTS = (
    ValueInput("currency", needed=True, ends="name"),
    ValueInput("margin", needed=True, ends="shares"),
    ValueInput("intent_factor", needed=True, ends="shares"),
    ValueInput("customers", needed=True, ends="counts"),
    ValueInput("discount_rate", needed=True, ends="share"),
    ValueInput("horizon_years", needed=False, ends="years"),
    ValueInput("cost_per_contact", needed=False, ends="amounts"),
    ValueInput("success_rate", needed=False, ends="shares"),
)


@dataclass(frozen=True)
class Place:
    """Where an estimate and its interval lie on an axis, in percent of its length."""

    at: float
    low: float
    high: float


@dataclass(frozen=True)
class LoadingRow:
    """One item of the loadings table and the shade of each of its cells."""

    item: str
    text: Texts
    reversed: bool
    loadings: tuple[float, ...]
    shades: tuple[str, ...]
    communality: float
    opens_factor: bool


@dataclass(frozen=True)
class ProfileRow:
    """One scale with its mean in each archetype, shaded by its departure from the mean over all relationships."""

    scale: ScaleInfo
    cells: tuple[tuple[Estimate, str], ...]


@dataclass(frozen=True)
class NullRow:
    """One number of archetypes: its prediction strength, and the range that data without groups give."""

    candidate: Candidate
    at: float
    null_low: float
    null_high: float


def loading_rows(factors: Factors) -> tuple[LoadingRow, ...]:
    """Return the items by their strongest factor, the strongest item of each first."""
    strongest = [max(range(len(row)), key=_size_in(row)) for row in factors.loadings]
    order = sorted(range(len(factors.items)), key=lambda i: (strongest[i], -abs(factors.loadings[i][strongest[i]])))
    return tuple(
        LoadingRow(
            item=factors.items[i],
            text=factors.item_texts[i],
            reversed=factors.item_reversed[i],
            loadings=factors.loadings[i],
            shades=tuple(shade(loading, LOADING_SHADES) for loading in factors.loadings[i]),
            communality=factors.communalities[i],
            opens_factor=place > 0 and strongest[i] != strongest[order[place - 1]],
        )
        for place, i in enumerate(order)
    )


def _size_in(row: Sequence[float]) -> Callable[[int], float]:
    return lambda column: abs(row[column])


def profile_rows(scales: Sequence[ScaleInfo], archetypes: Archetypes) -> tuple[ProfileRow, ...]:
    """Return every scale that all archetypes have a mean of."""
    held = [scale for scale in scales if all(scale.key in kind.scales for kind in archetypes.archetypes)]
    return tuple(ProfileRow(scale, tuple(_profile_cells(scale, archetypes.archetypes))) for scale in held)


def _profile_cells(scale: ScaleInfo, kinds: Sequence[Archetype]) -> Iterable[tuple[Estimate, str]]:
    means = [kind.scales[scale.key] for kind in kinds]
    known = [
        (mean.value, kind.share.value or 0.0) for mean, kind in zip(means, kinds, strict=True) if mean.value is not None
    ]
    weight = sum(share for _, share in known) or 1.0
    overall = sum(value * share for value, share in known) / weight
    for mean in means:
        away = 0.0 if mean.value is None else (mean.value - overall) / (scale.high - scale.low)
        yield mean, shade(away, PROFILE_SHADES)


def shade(value: float, steps: Sequence[float]) -> str:
    """Return the name of a shade: `plus` or `minus` and how deep, from 0 to the number of steps."""
    depth = sum(abs(value) >= step for step in steps)
    return f"{'minus' if value < 0 else 'plus'}-{depth}"


def null_rows(candidates: Sequence[Candidate]) -> tuple[NullRow, ...]:
    """Return every candidate on the axis of prediction strength, which runs from 0 to 1."""
    return tuple(
        NullRow(
            candidate,
            at=percent_of(candidate.prediction_strength, 0, 1),
            null_low=percent_of(candidate.null_mean - NULL_WIDTH * candidate.null_sd, 0, 1),
            null_high=percent_of(candidate.null_mean + NULL_WIDTH * candidate.null_sd, 0, 1),
        )
        for candidate in candidates
    )


def place(estimate: Estimate, lowest: float, highest: float) -> Place | None:
    """Return where an estimate lies between two ends; None where it has no value or no interval."""
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return None
    return Place(*(percent_of(value, lowest, highest) for value in (estimate.value, estimate.low, estimate.high)))


def widest(estimates: Iterable[Estimate]) -> float:
    """Return the greatest distance of any interval from nought, for an axis with nought in its middle."""
    ends = [abs(end) for estimate in estimates for end in (estimate.low, estimate.high) if end is not None]
    return max(ends, default=1.0)


def driver_shade(driver: Driver | None) -> str:
    """Return the shade of a scale's share of what all explain, by the direction in which it goes."""
    if driver is None or driver.share.value is None:
        return "plus-0"
    sign = -1.0 if (driver.direction.value or 0.0) < 0 else 1.0
    return shade(sign * driver.share.value, DRIVER_SHADES)


def roles(rows: Sequence[ArchetypeValue] | Sequence[BrandValue]) -> tuple[ValueRole, ...]:
    """Return what anybody stated, in the order of the questionnaire's value roles."""
    return tuple(role for role in get_args(ValueRole) if any(role in row.stated for row in rows))


def choice(strategies: Strategies, brand: str, archetype: str | None) -> StrategyChoice | None:
    """Return the strategy for a brand's customers of one archetype, or for all of them."""
    return next((one for one in strategies.choices if (one.brand, one.archetype) == (brand, archetype)), None)


def most_frequent(brand: BrandFindings) -> Comparison | None:
    """Return the archetype that most of a brand's relationships belong to."""
    known = [share for share in brand.portfolio if share.brand.value is not None]
    return max(known, key=lambda share: share.brand.value or 0.0, default=None)


def reach(matched: Iterable[MatchedArchetype]) -> float:
    """Return the greatest upper bound of any archetype's share, for an axis that begins at nought."""
    kinds = [kind for pair in matched for kind in (pair.first, pair.second) if kind is not None]
    return max((end for kind in kinds for end in (kind.share.high, kind.share.value) if end is not None), default=1.0)


def labels(values: Iterable[object], key: str, label: str) -> dict[str, Texts]:
    """Return what values are called, by their key."""
    return {getattr(value, key): getattr(value, label) for value in values}


def percent_of(value: float, lowest: float, highest: float) -> float:
    """Return how far a value lies between two ends, never outside them."""
    return 100 * min(max((value - lowest) / ((highest - lowest) or 1.0), 0.0), 1.0)
