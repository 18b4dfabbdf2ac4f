"""The relationships people picked, and those of the catalogue that their answers lie nearest to; it forms no groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from analysis.dataset import Dataset
from analysis.findings import (
    Caveat,
    MapPoint,
    Match,
    NearestRelationship,
    PickAgreement,
    PickedLevel,
    PointKind,
    RatingType,
    RelationshipMap,
    TypeShare,
    Typology,
)
from analysis.intervals import estimates, mean_estimates, resampled_means
from analysis.numeric.arrays import Booleans, Floats, Integers
from analysis.numeric.incomplete import present_means
from analysis.numeric.resampling import PersonResamples, ratios
from analysis.numeric.scaling import classical_scaling
from analysis.plan import AnalysisPlan
from analysis.positions import named_dimensions, position_errors, positions
from instruments.catalogue import Catalogue, Position, Revision

MATCHES_SHOWN = 3
MAP_DIMENSIONS = 2


def catalogue_distances(position: Floats, catalogue: Catalogue, dimensions: Sequence[str]) -> Floats:
    """Root-mean-square distance of positions from every relationship, over the dimensions both have.

    Parameters
    ----------
    position : (..., dimensions) array
    catalogue : Catalogue
    dimensions : sequence of str

    Returns
    -------
    (..., relationships) array
        In the order of the catalogue; infinite where no dimension is shared.
    """
    entries = _coded(catalogue, dimensions)
    known = ~np.isnan(entries)
    gaps = np.where(known, position[..., None, :] - np.where(known, entries, 0.0), 0.0)
    n = known.sum(-1)
    return np.where(n > 0, np.sqrt((gaps**2).sum(-1) / np.maximum(n, 1)), np.inf)


def match_to_catalogue(
    position: Floats, resampled: Floats, catalogue: Catalogue, dimensions: Sequence[str]
) -> tuple[Match, ...]:
    """Find the relationships nearest to one position.

    Parameters
    ----------
    position : (dimensions,) array
    resampled : (resamples, dimensions) array
        The same position in resamples of persons; NaN where a resample holds nobody.
    catalogue : Catalogue
    dimensions : sequence of str

    Returns
    -------
    tuple of Match
        The nearest three.
    """
    distance = catalogue_distances(position, catalogue, dimensions)
    usable = resampled[~np.isnan(resampled).any(1)]
    first = catalogue_distances(usable, catalogue, dimensions).argmin(1)
    shared = (~np.isnan(_coded(catalogue, dimensions))).sum(1)
    return tuple(
        Match(
            relationship=catalogue.relationships[i].key,
            distance=float(distance[i]),
            n_dimensions=int(shared[i]),
            support=float(np.mean(first == i)) if len(usable) else 0.0,
        )
        for i in np.argsort(distance, kind="stable")[:MATCHES_SHOWN].tolist()
    )


@dataclass(frozen=True, eq=False)
class Placed:
    """Ratings among the relationships: positions (n, d), ranks by distance (n, 3), confidence (n, 3), known (n,)."""

    places: Floats
    distances: Floats
    ranked: Integers
    confidence: Floats
    known: Booleans


def find_typology(
    dataset: Dataset,
    archetype: Integers | None,
    *,
    reliabilities: Mapping[str, float],
    plan: AnalysisPlan,
    catalogue: Catalogue,
    resamples: PersonResamples,
) -> tuple[Typology | None, tuple[Caveat, ...]]:
    """Set what people picked beside the relationships that their answers lie nearest to.

    Parameters
    ----------
    dataset : Dataset
    archetype : (ratings,) array of int, optional
        Archetype of each rating from 0; None where there are none.
    reliabilities : mapping of str
        Alpha by scale.
    plan : AnalysisPlan
    catalogue : Catalogue
    resamples : PersonResamples

    Returns
    -------
    typology : Typology or None
        None where no scale names a dimension and nothing was picked.
    caveats : tuple of Caveat
    """
    dimensions = named_dimensions(dataset.measures.scales)
    picked = any((dataset.ratings[name] != "").any() for name in ("current", "current_relationship"))
    if not dimensions and not picked:
        return None, ()
    placed = place_ratings(dataset, catalogue, reliabilities, plan=plan) if dimensions else None
    codes = _codes(dataset, catalogue, placed)
    typology = Typology(
        dimensions=dimensions,
        catalogue_version=catalogue.revision.version if catalogue.revision else 0,
        reliabilities=_by_dimension(dataset, reliabilities),
        ratings=_rating_types(dataset, catalogue, placed),
        shares=_shares(dataset, archetype, codes, resamples),
        map=draw_map(dataset, archetype, placed, catalogue) if placed else None,
        agreement=_agreements(dataset, codes, placed, resamples),
    )
    coded_by_hand = placed is not None and catalogue.revision is None
    return typology, (Caveat("positions_coded_by_hand", "archetypes", {}),) if coded_by_hand else ()


def place_ratings(
    dataset: Dataset, catalogue: Catalogue, reliabilities: Mapping[str, float], *, plan: AnalysisPlan
) -> Placed:
    """Find the relationships nearest to each rating, and how sure that is given measurement error.

    Confidence is the share of draws from the error distribution around a rating's position (normal, with the
    standard error of measurement) in which a relationship comes first.

    Parameters
    ----------
    dataset : Dataset
    catalogue : Catalogue
    reliabilities : mapping of str
        Alpha by scale.
    plan : AnalysisPlan

    Returns
    -------
    Placed

    References
    ----------
    Lord & Novick (1968), Statistical Theories of Mental Test Scores
    """
    dimensions = named_dimensions(dataset.measures.scales)
    places = positions(dataset.scale_scores, dataset.measures.scales)
    known = np.asarray(~np.isnan(places).any(1))
    errors = position_errors(dataset, reliabilities)[known]
    rng = plan.stream("typology")
    first = np.zeros((int(known.sum()), len(catalogue.relationships)))
    rows = np.arange(len(first))
    for _ in range(plan.confidence_draws):
        drawn = places[known] + errors * rng.standard_normal(errors.shape)
        first[rows, _squared(drawn, catalogue, dimensions).argmin(1)] += 1
    apart = np.sqrt(_squared(places[known], catalogue, dimensions))
    nearest = np.argsort(apart, axis=1, kind="stable")[:, :MATCHES_SHOWN]
    distances, ranked, confidence = (np.zeros((len(places), MATCHES_SHOWN)) for _ in range(3))
    distances[known] = np.take_along_axis(apart, nearest, 1)
    ranked[known] = nearest
    confidence[known] = np.take_along_axis(first, nearest, 1) / plan.confidence_draws
    return Placed(places, distances, ranked.astype(np.int64), confidence, known)


def draw_map(
    dataset: Dataset, archetype: Integers | None, placed: Placed, catalogue: Catalogue
) -> RelationshipMap | None:
    """Map the relationships by classical scaling and place archetypes and brands among them.

    Parameters
    ----------
    dataset : Dataset
    archetype : (ratings,) array of int, optional
    placed : Placed
    catalogue : Catalogue

    Returns
    -------
    RelationshipMap or None
        None where relationships share too few dimensions for a plane.
    """
    dimensions = named_dimensions(dataset.measures.scales)
    coded = _coded(catalogue, dimensions)
    apart = np.sqrt(present_means((coded[:, None] - coded) ** 2, axis=2))
    if np.isnan(apart).any() or np.linalg.matrix_rank(apart) <= MAP_DIMENSIONS:
        return None
    drawn = classical_scaling(apart, MAP_DIMENSIONS)
    if drawn.points.shape[1] < MAP_DIMENSIONS:
        return None
    ratings = dataset.ratings["brand"]
    groups: list[tuple[PointKind, str, Booleans]] = [
        ("brand", brand, np.asarray(ratings == brand)) for brand in dataset.brands_rated
    ]
    if archetype is not None:
        groups += [("archetype", f"A{i + 1}", archetype == i) for i in range(int(archetype.max()) + 1)]
    groups = [group for group in groups if (group[2] & placed.known).any()]
    means = np.array([_mean_place(dataset, placed, rows) for _, _, rows in groups])
    spots = drawn.placed(np.sqrt(_squared(means.reshape(-1, len(dimensions)), catalogue, dimensions)))
    named: list[tuple[PointKind, str]] = [("relationship", entry.key) for entry in catalogue.relationships]
    named += [(kind, key) for kind, key, _ in groups]
    return RelationshipMap(
        points=tuple(
            MapPoint(kind, key, float(x), float(y))
            for (kind, key), (x, y) in zip(named, np.concatenate([drawn.points, spots]).tolist(), strict=True)
        ),
        explained=drawn.explained,
        stress=drawn.stress(apart),
    )


def estimate_positions(
    dataset: Dataset, catalogue: Catalogue, *, plan: AnalysisPlan, resamples: PersonResamples
) -> Catalogue:
    """Revise the catalogue's positions: where ratings that picked a relationship lie, drawn towards its former place.

    Parameters
    ----------
    dataset : Dataset
    catalogue : Catalogue
    plan : AnalysisPlan
        ``prior_ratings`` says how many ratings the former position counts for.
    resamples : PersonResamples

    Returns
    -------
    Catalogue
        A new version with a `Revision`; positions nobody picked stay as they were. A dimension that had no position
        gets one from ``suppress_below`` ratings on.

    References
    ----------
    Efron & Morris (1975), doi:10.1080/01621459.1975.10479864 (drawing means towards a former value)
    """
    dimensions = named_dimensions(dataset.measures.scales)
    places = positions(dataset.scale_scores, dataset.measures.scales) if dimensions else None
    picks = dataset.ratings["current_relationship"].to_numpy(dtype=str)
    entries, n, low, high = [], {}, {}, {}
    for entry in catalogue.relationships:
        rows = (picks == entry.key) if places is None else (picks == entry.key) & ~np.isnan(places).any(1)
        former = np.array([entry.position.as_values()[name] for name in dimensions])
        if places is None or not rows.any():
            entries.append(entry)
            continue
        n[entry.key] = int(rows.sum())
        prior = np.where(np.isnan(former), 0.0, plan.prior_ratings)
        share = n[entry.key] / (n[entry.key] + prior)
        figures = share * resampled_means(dataset, places, resamples, rows) + (1 - share) * np.nan_to_num(former)
        figures[:, np.isnan(former) & (n[entry.key] < plan.suppress_below)] = np.nan
        found = dict(zip(dimensions, estimates(figures, np.full(len(dimensions), n[entry.key])), strict=True))
        low[entry.key] = {name: e.low for name, e in found.items() if e.low is not None}
        high[entry.key] = {name: e.high for name, e in found.items() if e.high is not None}
        values = entry.position.model_dump() | {name: e.value for name, e in found.items()}
        entries.append(entry.model_copy(update={"position": Position.model_validate(values)}))
    revision = Revision(
        version=(catalogue.revision.version if catalogue.revision else 0) + 1,
        base_sha256=catalogue.sha256,
        data_sha256=dataset.sha256,
        simulated=dataset.info.simulated,
        prior_ratings=plan.prior_ratings,
        dimensions=dimensions,
        n=n,
        low=low,
        high=high,
    )
    return catalogue.model_copy(update={"relationships": tuple(entries), "revision": revision})


@dataclass(frozen=True, eq=False)
class _Codes:
    """One way of typing ratings: number (ratings,) of each one's key, -1 where it has none."""

    by: Literal["current", "desired", "position"]
    level: PickedLevel
    keys: tuple[str, ...]
    number: Integers


def _codes(dataset: Dataset, catalogue: Catalogue, placed: Placed | None) -> tuple[_Codes, ...]:
    """Every way these data type ratings."""
    relationships = tuple(entry.key for entry in catalogue.relationships)
    families = tuple(family.key for family in catalogue.families)
    family_of = np.array([families.index(entry.family) for entry in catalogue.relationships])
    found = []
    ways: tuple[Literal["current", "desired"], ...] = ("current", "desired")
    for by in ways:
        picks = dataset.ratings[f"{by}_relationship"].tolist(), dataset.ratings[by].tolist()
        found.append(_Codes(by, "relationship", relationships, _numbers_of(picks[0], relationships)))
        found.append(_Codes(by, "family", families, _numbers_of(picks[1], families)))
    if placed is not None:
        nearest = np.where(placed.known, placed.ranked[:, 0], -1)
        found.append(_Codes("position", "relationship", relationships, nearest))
        found.append(_Codes("position", "family", families, np.where(placed.known, family_of[nearest], -1)))
    return tuple(codes for codes in found if (codes.number >= 0).any())


def _numbers_of(picks: Sequence[str], keys: Sequence[str]) -> Integers:
    """Number of each pick among the keys, -1 where it is none of them."""
    numbers = {key: i for i, key in enumerate(keys)}
    return np.array([numbers.get(pick, -1) for pick in picks])


def _shares(
    dataset: Dataset,
    archetype: Integers | None,
    codes: Sequence[_Codes],
    resamples: PersonResamples,
) -> tuple[TypeShare, ...]:
    """Archetypes by types; types that nobody has are left out."""
    everyone: list[tuple[str | None, Booleans]] = [(None, np.ones(len(dataset.ratings), dtype=bool))]
    if archetype is not None:
        everyone += [(f"A{i + 1}", archetype == i) for i in range(int(archetype.max()) + 1)]
    found = []
    for code in codes:
        there = np.unique(code.number[code.number >= 0])
        for name, group in everyone:
            rows = group & (code.number >= 0)
            if not rows.any():
                continue
            member = (code.number[:, None] == there).astype(float)
            for i, share in zip(there, mean_estimates(dataset, member, resamples, rows), strict=True):
                found.append(TypeShare(name, code.by, code.level, code.keys[i], share))
    return tuple(found)


def _agreements(
    dataset: Dataset, codes: Sequence[_Codes], placed: Placed | None, resamples: PersonResamples
) -> tuple[PickAgreement, ...]:
    """Agreement of current picks with positions, for relationships and for families."""
    by = {(code.by, code.level): code for code in codes}
    levels: tuple[PickedLevel, ...] = ("relationship", "family")
    found = []
    for level in levels:
        pick, position = by.get(("current", level)), by.get(("position", level))
        if placed is None or pick is None or position is None:
            continue
        candidates = placed.ranked if level == "relationship" else position.number[:, None]
        rows = (pick.number >= 0) & (position.number >= 0)
        if rows.any():
            found.append(_agreement(dataset, pick, candidates, rows, resamples))
    return tuple(found)


def _agreement(
    dataset: Dataset, pick: _Codes, candidates: Integers, rows: Booleans, resamples: PersonResamples
) -> PickAgreement:
    """Kappa and hit rates over ratings that have both a pick and candidates (n, c), the nearest first."""
    keys = np.arange(len(pick.keys))
    picked, nearest = pick.number[rows][:, None] == keys, candidates[rows][:, :1] == keys
    among = (candidates[rows][:, :, None] == keys).any(1)
    hits = np.stack([(picked & nearest).any(1), (picked & among).any(1)], axis=1)
    table = np.concatenate([hits, picked, nearest, among], axis=1).astype(float)
    means = resamples.means(table, dataset.weights[rows], dataset.person_numbers[rows])
    hit, hit_three = means[:, :1], means[:, 1:2]
    chosen, near, near_three = np.split(means[:, 2:], 3, axis=1)
    chance = (chosen * near).sum(1, keepdims=True)
    several = candidates.shape[1] > 1
    figures = np.concatenate([ratios(hit - chance, 1 - chance), hit, hit_three], axis=1)
    kappa, first, among_three = estimates(figures, np.full(3, rows.sum()))
    return PickAgreement(
        level=pick.level,
        kappa=kappa,
        first=first,
        first_by_chance=float(chance[0, 0]),
        among_three=among_three if several else None,
        among_three_by_chance=float((chosen * near_three).sum(1)[0]) if several else None,
    )


def _rating_types(dataset: Dataset, catalogue: Catalogue, placed: Placed | None) -> tuple[RatingType, ...]:
    """Pick and nearest relationships of every rating."""
    columns = ("person", "brand", "current", "current_relationship", "desired", "desired_relationship")
    rows = zip(*(dataset.ratings[name].tolist() for name in columns), strict=True)
    return tuple(
        RatingType(person, brand, family, current, desired_family, desired, _nearest_of(i, catalogue, placed))
        for i, (person, brand, family, current, desired_family, desired) in enumerate(rows)
    )


def _nearest_of(i: int, catalogue: Catalogue, placed: Placed | None) -> tuple[NearestRelationship, ...]:
    """The nearest relationships of one rating; none where its position is not known."""
    if placed is None or not placed.known[i]:
        return ()
    figures = zip(placed.ranked[i].tolist(), placed.distances[i].tolist(), placed.confidence[i].tolist(), strict=True)
    return tuple(NearestRelationship(catalogue.relationships[j].key, far, sure) for j, far, sure in figures)


def _by_dimension(dataset: Dataset, reliabilities: Mapping[str, float]) -> dict[str, float]:
    """Mean reliability of the scales of each dimension, where one is known."""
    found: dict[str, list[float]] = {}
    for scale in dataset.measures.scales:
        if scale.dimension and scale.key in reliabilities:
            found.setdefault(scale.dimension, []).append(reliabilities[scale.key])
    return {dimension: float(np.mean(values)) for dimension, values in found.items()}


def _mean_place(dataset: Dataset, placed: Placed, rows: Booleans) -> Floats:
    """Weighted mean position of some ratings, (dimensions,); unweighted where all of them weigh nothing."""
    rows = rows & placed.known
    weights = dataset.weights[rows]
    weights = weights if weights.sum() > 0 else np.ones(len(weights))
    return np.asarray(weights @ placed.places[rows] / weights.sum())


def _squared(places: Floats, catalogue: Catalogue, dimensions: Sequence[str]) -> Floats:
    """Mean squared gaps of places (n, d) from every relationship, (n, relationships); infinite where none is known.

    By matrix products: the same distances as `catalogue_distances`, for many draws at once.
    """
    coded = _coded(catalogue, dimensions)
    known = (~np.isnan(coded)).astype(float)
    coded = np.nan_to_num(coded)
    count = known.sum(1)
    sums = places**2 @ known.T - 2 * places @ coded.T + (coded**2).sum(1)
    return np.where(count > 0, sums.clip(0) / np.maximum(count, 1), np.inf)


def _coded(catalogue: Catalogue, dimensions: Sequence[str]) -> Floats:
    """Positions of the relationships, (relationships, dimensions), NaN where unknown."""
    return np.array([[entry.position.as_values()[name] for name in dimensions] for entry in catalogue.relationships])
