"""Warm, cold, negative and ambivalent relationships, always with the ratings that a share is taken of."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from analysis.findings.estimates import FROZEN, Estimate
from analysis.findings.frames import Tabular

FeelingBase = Literal["aware", "ever_used", "current"]


@dataclass(frozen=True, config=FROZEN)
class Feelings(Tabular):
    """How some ratings feel; None where it was not measured, or where the ratings are too few to show.

    `warm` and `cold` are means from 0 to 2; `negative` (colder than warm, or picked as troubled) and `ambivalent` are
    shares from 0 to 1. `griffin` is the mean of Griffin's index, (warm + cold) / 2 - |warm - cold|, from -1 to 2.
    """

    n_ratings: int
    n_persons: int
    warm: Estimate | None
    cold: Estimate | None
    negative: Estimate | None
    ambivalent: Estimate | None
    griffin: Estimate | None


@dataclass(frozen=True, config=FROZEN)
class FeelingsOn(Tabular):
    """Feelings on one base: of a brand, of an archetype, or of all ratings where both are None.

    Bases: everybody who knows the brand and rated it, those who have ever used it, those who used it in the past year.
    Archetypes stand on the last two only.
    """

    base: FeelingBase
    brand: str | None
    archetype: str | None
    feelings: Feelings


@dataclass(frozen=True, config=FROZEN)
class FeelingsByUse(Tabular):
    """Feelings of those who use a brand so often: `least` times a year or more, but less than `below`.

    `below` is None in the most frequent band; both are None for those who have never used it.
    """

    least: float | None
    below: float | None
    feelings: Feelings


@dataclass(frozen=True, config=FROZEN)
class FeelingFindings(Tabular):
    """Negative and ambivalent relationships; `headline` is the base of every share that is told without its base.

    `bases` names those these data can tell apart; `by_use` is empty where frequency of use was not asked.
    """

    _rows: ClassVar[str] = "groups"

    headline: FeelingBase
    bases: tuple[FeelingBase, ...]
    ambivalent_above: float
    groups: tuple[FeelingsOn, ...]
    by_use: tuple[FeelingsByUse, ...]
