"""Desired against experienced treatment: how far apart, for whom, and what goes with it; no difference is folded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

import numpy as np

from analysis.dataset import Dataset
from analysis.findings import (
    Caveat,
    MismatchDimension,
    MismatchFindings,
    MismatchOn,
    MismatchShares,
    ResponseSurface,
    Triple,
)
from analysis.intervals import estimates, mean_estimates
from analysis.numeric.arrays import Booleans, Floats
from analysis.numeric.incomplete import normal_estimate
from analysis.numeric.reliability import alpha
from analysis.numeric.resampling import PersonResamples
from analysis.numeric.surfaces import quadratic_surface
from analysis.plan import AnalysisPlan
from analysis.positions import named_dimensions, positions
from instruments.catalogue import DIMENSIONS, Catalogue

NO_RELATIONSHIP = "no_relationship"
"""A desired pick: nothing to do with the brand, which is the far end of closeness and says nothing of power."""


@dataclass(frozen=True, eq=False)
class Treatment:
    """Places of the desired and the experienced relationship on one dimension, (ratings,), NaN where not picked.

    ``error`` is the difference that measurement error may make, None where it is not known.
    """

    dimension: MismatchDimension
    desired: Floats
    treated: Floats
    error: float | None

    @property
    def gap(self) -> Floats:
        """Desired less treated, signed, (ratings,)."""
        return np.asarray(self.desired - self.treated)

    @property
    def kinds(self) -> Floats:
        """Whether more or less is wanted beyond measurement error, or neither, (ratings, 3), NaN where unknown."""
        error = self.error or 0.0
        gap = self.gap
        kinds = np.column_stack([gap > error, gap < -error, np.abs(gap) <= error]).astype(float)
        return np.where(np.isnan(gap)[:, None], np.nan, kinds)


def treatments(dataset: Dataset, *, plan: AnalysisPlan, catalogue: Catalogue) -> tuple[Treatment, ...]:
    """Place desired and experienced treatment on closeness and power.

    Treatment is asked as a family of relationships, so what is desired is taken as a family too: the place of one
    relationship less the middle of a family would be a difference where both are the same.

    Parameters
    ----------
    dataset : Dataset
    plan : AnalysisPlan
        ``mismatch_errors``: standard errors of a difference within which treatment counts as fulfilled.
    catalogue : Catalogue
        Its coded positions give the families' places.

    Returns
    -------
    tuple of Treatment
        For closeness, then power; none where desired or experienced treatment was not asked.

    References
    ----------
    Jacobson & Truax (1991), doi:10.1037/0022-006X.59.1.12, on the standard error of a difference
    """
    desired, treated = (_places(dataset, column, catalogue) for column in ("desired", "treated"))
    current = _places(dataset, "current", catalogue)
    return tuple(
        Treatment(
            dimension,
            desired[dimension],
            treated[dimension],
            _difference_error(dataset, dimension, current[dimension], plan),
        )
        for dimension in get_args(MismatchDimension)
        if not np.isnan(desired[dimension] + treated[dimension]).all()
    )


def find_mismatch(
    dataset: Dataset, *, plan: AnalysisPlan, catalogue: Catalogue, resamples: PersonResamples
) -> tuple[MismatchFindings | None, tuple[Caveat, ...]]:
    """Say how wanted and given treatment differ, by brand and over all, and what goes with it.

    Parameters
    ----------
    dataset : Dataset
    plan : AnalysisPlan
    catalogue : Catalogue
    resamples : PersonResamples

    Returns
    -------
    found : MismatchFindings or None
        None where desired or experienced treatment was not asked.
    caveats : tuple of Caveat
    """
    placed = treatments(dataset, plan=plan, catalogue=catalogue)
    if not placed:
        return None, ()
    found = MismatchFindings(
        dimensions=tuple(_on(dataset, treatment, plan, resamples) for treatment in placed),
        triples=_triples(dataset, plan),
    )
    return found, _caveats(dataset, placed)


def _places(dataset: Dataset, column: str, catalogue: Catalogue) -> dict[MismatchDimension, Floats]:
    """Where the picked family lies on each dimension, NaN where nothing was picked or the place is not coded."""
    picks = dataset.ratings[column].to_numpy(dtype=str)
    places = {}
    for dimension in get_args(MismatchDimension):
        coded = _family_places(catalogue, dimension)
        if dimension == "closeness":
            coded = {**coded, NO_RELATIONSHIP: DIMENSIONS["closeness"][0]}
        places[dimension] = np.array([coded.get(pick, np.nan) for pick in picks.tolist()], dtype=float)
    return places


def _difference_error(
    dataset: Dataset, dimension: MismatchDimension, picked: Floats, plan: AnalysisPlan
) -> float | None:
    """Error of a difference of two picks, from what current picks have in common with the same persons' scales.

    A pick's error variance is the part of its variance that goes with nothing in the scales, were these without error
    (their correlation, corrected for the scales' reliability). Where families and scales have zero and how long their
    points are does not enter: the catalogue's coding and answers to items are not in one metric.
    """
    scales = dataset.measures.scales
    if dimension not in named_dimensions(scales):
        return None
    column = named_dimensions(scales).index(dimension)
    measured = positions(dataset.scale_scores, scales)[:, column]
    both = ~np.isnan(picked + measured)
    reliability = _reliability(dataset, dimension)
    if both.sum() < plan.suppress_below or reliability == 0 or np.ptp(measured[both]) == 0:
        return None
    spread = np.cov(picked[both], measured[both], ddof=0)
    explained = spread[0, 1] ** 2 / (reliability * spread[1, 1])
    return plan.mismatch_errors * float(np.sqrt(2 * max(spread[0, 0] - explained, 0.0)))


def _family_places(catalogue: Catalogue, dimension: MismatchDimension) -> dict[str, float]:
    """Mean place of each family's relationships."""
    coded: dict[str, list[float]] = {}
    for entry in catalogue.relationships:
        place = getattr(entry.position, dimension)
        if place is not None:
            coded.setdefault(entry.family, []).append(place)
    return {family: float(np.mean(places)) for family, places in coded.items()}


def _reliability(dataset: Dataset, dimension: MismatchDimension) -> float:
    """Least alpha of the scales that measure a dimension, 0 to 1; 0 where none can be had."""
    scale_of = np.array(dataset.item_scales)
    found = [
        _alpha(dataset.items[:, scale_of == scale.key])
        for scale in dataset.measures.scales
        if scale.dimension == dimension
    ]
    return float(np.clip(min(found, default=0.0), 0.0, 1.0))


def _alpha(items: Floats) -> float:
    """Alpha of items with gaps; 0 where it cannot be estimated."""
    if items.shape[1] == 1 or (np.nanstd(items, axis=0) == 0).any():
        return 0.0
    return alpha(normal_estimate(items).covariance)


def _on(dataset: Dataset, treatment: Treatment, plan: AnalysisPlan, resamples: PersonResamples) -> MismatchOn:
    """Shares of every brand, and what goes with mismatch in every outcome."""
    figures = np.column_stack([treatment.gap, treatment.kinds])
    brand = dataset.ratings["brand"].to_numpy(dtype=str)
    rows = {None: np.ones(len(brand), dtype=bool)} | {key: brand == key for key in dataset.brands_rated}
    return MismatchOn(
        dimension=treatment.dimension,
        error=treatment.error,
        shares=tuple(
            MismatchShares(key, *mean_estimates(dataset, figures, resamples, own))
            for key, own in rows.items()
            if (~np.isnan(treatment.gap[own])).sum() >= plan.suppress_below
        ),
        surfaces=_surfaces(dataset, treatment, plan, resamples),
    )


def _surfaces(
    dataset: Dataset, treatment: Treatment, plan: AnalysisPlan, resamples: PersonResamples
) -> tuple[ResponseSurface, ...]:
    """One response surface for each outcome with enough answers."""
    found = []
    for outcome, values in zip(dataset.measures.outcomes, dataset.outcomes.T, strict=True):
        rows = ~np.isnan(treatment.gap + values)
        n_persons = len(np.unique(dataset.person_numbers[rows]))
        if n_persons < plan.minimum_persons:
            continue
        low, high = DIMENSIONS[treatment.dimension]
        middle = (low + high) / 2
        surface = quadratic_surface(
            treatment.desired[rows] - middle,
            treatment.treated[rows] - middle,
            values[rows],
            weights=dataset.weights[rows],
            person=dataset.person_numbers[rows],
            resamples=resamples,
        )
        if surface is not None:
            n = int(rows.sum())
            features = estimates(surface.features, np.full(surface.features.shape[1], n))
            found.append(ResponseSurface(outcome.key, n, n_persons, surface.r_squared, *features))
    return tuple(found)


def _triples(dataset: Dataset, plan: AnalysisPlan) -> tuple[Triple, ...]:
    """Count current × desired × experienced, over all and by brand, the most frequent first."""
    columns = ["current", "desired", "treated"]
    picked = (dataset.ratings[columns] != "").all(axis=1).to_numpy()
    brand = dataset.ratings["brand"].to_numpy(dtype=str)
    return tuple(
        triple
        for key in (None, *dataset.brands_rated)
        for triple in _counted(dataset, key, picked if key is None else picked & (brand == key), plan)
    )


def _counted(dataset: Dataset, brand: str | None, rows: Booleans, plan: AnalysisPlan) -> list[Triple]:
    """Combinations among some ratings; none where there are too few to show."""
    if rows.sum() < plan.suppress_below:
        return []
    columns = ["current", "desired", "treated"]
    picks = dataset.ratings.loc[rows, columns].assign(weight=dataset.weights[rows])
    counted = picks.groupby(columns)["weight"].agg(["size", "sum"]).reset_index()
    total = float(counted["sum"].sum())
    triples = [
        Triple(brand, current, desired, treated, int(n), float(weight) / total)
        for current, desired, treated, n, weight in counted.itertuples(index=False, name=None)
    ]
    return sorted(triples, key=lambda t: (-t.share, t.current, t.desired, t.treated))


def _caveats(dataset: Dataset, placed: tuple[Treatment, ...]) -> tuple[Caveat, ...]:
    """What a reader must know of mismatch."""
    caveats = []
    unknown = [treatment.dimension for treatment in placed if treatment.error is None]
    if unknown:
        caveats.append(Caveat("mismatch_without_error", "mismatch", {"dimensions": ", ".join(unknown)}))
    if all(np.nanmax(np.abs(treatment.gap)) == 0 for treatment in placed):
        caveats.append(Caveat("nobody_wants_other_treatment", "mismatch", {}))
    current, desired = (dataset.ratings[column].to_numpy(dtype=str) for column in ("current", "desired"))
    both = (current != "") & (desired != "")
    if both.any() and (current == desired)[both].all():
        caveats.append(Caveat("nobody_wants_another_relationship", "mismatch", {}))
    return tuple(caveats)
