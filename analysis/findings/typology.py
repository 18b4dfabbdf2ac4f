"""The relationships people picked, those their answers lie nearest to, and a map of them all."""

from __future__ import annotations

from typing import Literal

from pydantic.dataclasses import dataclass

from analysis.findings.estimates import FROZEN, Estimate

PickedLevel = Literal["relationship", "family"]
PointKind = Literal["relationship", "archetype", "brand"]


@dataclass(frozen=True, config=FROZEN)
class NearestRelationship:
    """A relationship near one rating: `confidence` is the share of draws of measurement error in which it is first."""

    relationship: str
    distance: float
    confidence: float


@dataclass(frozen=True, config=FROZEN)
class RatingType:
    """What one rating was picked to be, and which relationships its answers lie nearest to, the nearest first.

    The picks are keys of the catalogue, or what the questionnaire offers beside it; "" where nothing was picked.
    """

    person: str
    brand: str
    current_family: str
    current: str
    desired_family: str
    desired: str
    nearest: tuple[NearestRelationship, ...]


@dataclass(frozen=True, config=FROZEN)
class TypeShare:
    """Share, 0 to 1, of an archetype's ratings that are of one relationship or family, by pick or by position.

    `archetype` is None for all ratings; `n` counts the ratings that have such a pick or position at all.
    """

    archetype: str | None
    by: Literal["current", "desired", "position"]
    level: PickedLevel
    key: str
    share: Estimate


@dataclass(frozen=True, config=FROZEN)
class MapPoint:
    """A relationship, archetype or brand on the map; distances come near to those on the dimensions."""

    kind: PointKind
    key: str
    x: float
    y: float


@dataclass(frozen=True, config=FROZEN)
class RelationshipMap:
    """Classical scaling of the catalogue's relationships, archetypes and brands placed among them.

    `explained` is the share of the relationships' spread the two dimensions hold; `stress` is Kruskal's stress-1.
    """

    points: tuple[MapPoint, ...]
    explained: float
    stress: float


@dataclass(frozen=True, config=FROZEN)
class PickAgreement:
    """How well a person's own pick and the position of their answers agree, on ratings that have both.

    `kappa` is Cohen's; `first` and `among_three` are the shares of ratings whose pick is the nearest relationship, or
    one of the nearest three (None for families). `first_by_chance` and `among_three_by_chance` are the shares to be
    expected if picks and positions, as frequent as they are, had nothing to do with each other.
    """

    level: PickedLevel
    kappa: Estimate
    first: Estimate
    first_by_chance: float
    among_three: Estimate | None
    among_three_by_chance: float | None


@dataclass(frozen=True, config=FROZEN)
class Typology:
    """Picks, positions and their agreement; `catalogue_version` counts revisions, 0 for positions coded by hand."""

    dimensions: tuple[str, ...]
    catalogue_version: int
    reliabilities: dict[str, float]
    """Reliability, by dimension, that confidences rest on."""
    ratings: tuple[RatingType, ...]
    shares: tuple[TypeShare, ...]
    map: RelationshipMap | None
    agreement: tuple[PickAgreement, ...]
