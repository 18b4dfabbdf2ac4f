"""Each brand beside its category, all the other brands; it compares ratings, never averages of brands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from analysis.dataset import Dataset
from analysis.findings import BrandFindings, BrandRule, Comparison, Estimate, Flow, Mismatch, NonUsers
from analysis.intervals import bases, bounds, mean_estimates, number, resampled_means, unanimous_shares, with_bounds
from analysis.mismatch import treatments
from analysis.numeric.arrays import Booleans, Floats, Integers
from analysis.numeric.regression import false_discovery_rates
from analysis.numeric.resampling import PersonResamples, interval, p_values
from analysis.plan import AnalysisPlan
from analysis.positions import ambivalent_ratings, named_dimensions, negative_ratings, positions
from instruments.catalogue import Catalogue

_Ends = tuple[Floats, Floats]


@dataclass(frozen=True, eq=False)
class Figures:
    """Columns of figures of one kind, (ratings, c), NaN outside a figure's base; their means are compared."""

    keys: tuple[str, ...]
    values: Floats


@dataclass(frozen=True, eq=False)
class BrandFigures:
    """Every figure that brands are described by, for all ratings at once."""

    portfolio: Figures
    current: Figures
    desired: Figures
    mismatch: Figures
    scales: Figures
    outcomes: Figures
    importance: Figures
    broken: Figures
    negative: Figures
    ambivalent: Figures
    position: Figures


def profile_brands(
    dataset: Dataset,
    archetype: Integers | None,
    scores: Floats,
    *,
    plan: AnalysisPlan,
    catalogue: Catalogue,
    resamples: PersonResamples,
    non_users: Mapping[str, NonUsers],
) -> tuple[BrandFindings, ...]:
    """Describe every brand of the study.

    Parameters
    ----------
    dataset : Dataset
    archetype : (ratings,) array of int or None
        None where the data hold no archetypes: there is no portfolio then.
    scores : (ratings, k) array
        Factor scores, the map where no scale names a dimension.
    plan : AnalysisPlan
    catalogue : Catalogue
    resamples : PersonResamples
    non_users : mapping of str to NonUsers
        As ``describe_non_users`` gives; no entry for a brand whose use was not asked.

    Returns
    -------
    tuple of BrandFindings
        In the order of the study.
    """
    figures = brand_figures(dataset, archetype, scores, plan=plan, catalogue=catalogue)
    brand = dataset.ratings["brand"].to_numpy(dtype=str)
    return tuple(
        _profile(dataset, key, brand == key, figures, non_users.get(key), plan=plan, resamples=resamples)
        for key in dataset.measures.brands
    )


def describe_non_users(ratings: Dataset, *, plan: AnalysisPlan, catalogue: Catalogue) -> dict[str, NonUsers]:
    """Describe how those see each brand who know it and have never used it.

    Parameters
    ----------
    ratings : Dataset
        Theirs and nobody else's.
    plan : AnalysisPlan
        Below its ``suppress_below`` only the base is given.
    catalogue : Catalogue

    Returns
    -------
    dict of str to NonUsers
        For every brand whose use was asked.
    """
    feelings = (negative_ratings(ratings), ambivalent_ratings(ratings, above=plan.ambivalent_above))
    felt = Figures(("negative", "ambivalent"), np.column_stack(feelings))
    picked = _families(ratings, "current", catalogue)
    resamples = PersonResamples.drawn(ratings.n_raters, plan.resamples, rng=plan.stream("non_users"))
    brand = ratings.ratings["brand"].to_numpy(dtype=str)
    return {
        key: _non_users(ratings, brand == key, felt, picked, plan=plan, resamples=resamples)
        for key in ratings.measures.used
    }


def brand_figures(
    dataset: Dataset, archetype: Integers | None, scores: Floats, *, plan: AnalysisPlan, catalogue: Catalogue
) -> BrandFigures:
    """Gather the figures of every rating.

    Parameters
    ----------
    dataset : Dataset
    archetype : (ratings,) array of int or None
    scores : (ratings, k) array
    plan : AnalysisPlan
    catalogue : Catalogue

    Returns
    -------
    BrandFigures
    """
    measures = dataset.measures
    rules = tuple(rule.key for rule in measures.rules)
    return BrandFigures(
        portfolio=_portfolio(archetype, len(dataset.ratings)),
        current=_families(dataset, "current", catalogue),
        desired=_families(dataset, "desired", catalogue),
        mismatch=_mismatch(dataset, catalogue, plan),
        scales=Figures(tuple(scale.key for scale in measures.scales), dataset.scale_scores),
        outcomes=Figures(tuple(outcome.key for outcome in measures.outcomes), dataset.outcomes),
        importance=Figures(rules, dataset.importances),
        broken=Figures(rules, dataset.broken),
        negative=Figures(("negative",), negative_ratings(dataset)[:, None]),
        ambivalent=Figures(("ambivalent",), ambivalent_ratings(dataset, above=plan.ambivalent_above)[:, None]),
        position=_positions(dataset, scores),
    )


def compare(
    dataset: Dataset, figures: Figures, own: Booleans, *, plan: AnalysisPlan, resamples: PersonResamples
) -> tuple[Comparison, ...]:
    """Compare the means of one brand's ratings with those of all others.

    Parameters
    ----------
    dataset : Dataset
    figures : Figures
        Of one kind: false-discovery rates are over its columns.
    own : (ratings,) array of bool
        The brand's ratings.
    plan : AnalysisPlan
    resamples : PersonResamples
        The same persons are drawn for the brand and for the others.

    Returns
    -------
    tuple of Comparison
        Figures that nobody who rated the brand was asked for are left out.
    """
    brand, category = (resampled_means(dataset, figures.values, resamples, rows) for rows in (own, ~own))
    difference = brand - category
    n, n_others = bases(figures.values[own]), bases(figures.values[~own])
    ends, others = (bounds(dataset, figures.values, means, rows) for means, rows in ((brand, own), (category, ~own)))
    apart, p = _apart(brand, category, (ends, others), figures.values)
    q = false_discovery_rates(p)
    sides = zip(
        with_bounds(brand[0], *ends, n),
        with_bounds(category[0], *others, n_others),
        with_bounds(difference[0], *apart, n),
        strict=True,
    )
    return tuple(
        Comparison(key, *side, q=number(q[i]), differs=bool(q[i] <= plan.alpha))
        for i, (key, side) in enumerate(zip(figures.keys, sides, strict=True))
        if n[i]
    )


def _apart(brand: Floats, category: Floats, ends: tuple[_Ends, _Ends], values: Floats) -> tuple[_Ends, Floats]:
    """Intervals and p-values of differences; those from a share of 0 or 1 follow from the intervals of both shares.

    Resamples would take such a share for certain (Newcombe 1998, method 10,
    doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I).
    """
    difference = brand - category
    (low, high), p = interval(difference[1:]), p_values(difference[0], difference[1:])
    (from_, to), (others_from, others_to) = ends
    which = (unanimous_shares(values, brand) | unanimous_shares(values, category)) & ~np.isnan(difference[0])
    below = np.hypot(brand[0] - from_, others_to - category[0])
    above = np.hypot(to - brand[0], category[0] - others_from)
    low, high = (
        np.where(which, new, old) for new, old in ((difference[0] - below, low), (difference[0] + above, high))
    )
    nearer = np.where(difference[0] > 0, below, above)
    tail = 2 * stats.norm.sf(stats.norm.isf(0.025) * np.abs(difference[0]) / np.where(which, nearer, 1.0))
    return (low, high), np.where(which & (difference[0] != 0), tail, p)


def _non_users(
    ratings: Dataset, own: Booleans, felt: Figures, picked: Figures, *, plan: AnalysisPlan, resamples: PersonResamples
) -> NonUsers:
    """Describe the non-users of one brand; of too few only how few they are."""
    n = int(own.sum())
    if n < plan.suppress_below:
        return NonUsers(n, None, None, {})
    feeling = _means(ratings, own, felt, resamples)
    return NonUsers(n, feeling.get("negative"), feeling.get("ambivalent"), _means(ratings, own, picked, resamples))


def _profile(
    dataset: Dataset,
    key: str,
    own: Booleans,
    figures: BrandFigures,
    non_users: NonUsers | None,
    *,
    plan: AnalysisPlan,
    resamples: PersonResamples,
) -> BrandFindings:
    """Describe one brand; of a brand with too few ratings only how few they are."""
    n = int(own.sum())
    suppressed = n < plan.suppress_below

    def compared(kind: Figures) -> tuple[Comparison, ...]:
        return () if suppressed else compare(dataset, kind, own, plan=plan, resamples=resamples)

    return BrandFindings(
        key=key,
        name=dataset.measures.brands[key],
        n_persons=len(np.unique(dataset.person_numbers[own])),
        n_ratings=n,
        suppressed=suppressed,
        small=n < plan.small_below,
        portfolio=compared(figures.portfolio),
        current=compared(figures.current),
        desired=compared(figures.desired),
        flows=() if suppressed else _flows(dataset, own),
        mismatch=_as_mismatch(compared(figures.mismatch)),
        scales=compared(figures.scales),
        outcomes=compared(figures.outcomes),
        rules=() if suppressed else _rules(dataset, own, figures, plan=plan, resamples=resamples),
        negative=next(iter(compared(figures.negative)), None),
        ambivalent=next(iter(compared(figures.ambivalent)), None),
        position={} if suppressed else _means(dataset, own, figures.position, resamples),
        non_users=non_users,
    )


def _portfolio(archetype: Integers | None, ratings: int) -> Figures:
    """Which archetype each rating belongs to."""
    if archetype is None:
        return Figures((), np.empty((ratings, 0)))
    k = int(archetype.max()) + 1
    return Figures(tuple(f"A{i + 1}" for i in range(k)), (archetype[:, None] == np.arange(k)).astype(float))


def _families(dataset: Dataset, column: str, catalogue: Catalogue) -> Figures:
    """Which family was picked, of those who picked; families in the catalogue's order, other answers after them."""
    picks = dataset.ratings[column].to_numpy(dtype=str)
    known = [family.key for family in catalogue.families]
    others = sorted(set(picks.tolist()) - {"", *known})
    keys = (*known, *others) if (picks != "").any() else ()
    chosen = (picks[:, None] == np.array(keys, dtype=str)).astype(float)
    return Figures(keys, np.where((picks == "")[:, None], np.nan, chosen))


def _mismatch(dataset: Dataset, catalogue: Catalogue, plan: AnalysisPlan) -> Figures:
    """Wanted closer than treated, more distant, as wanted, and whether anything is wanted other than it is."""
    current, desired = (dataset.ratings[column].to_numpy(dtype=str) for column in ("current", "desired"))
    on_closeness = [t for t in treatments(dataset, plan=plan, catalogue=catalogue) if t.dimension == "closeness"]
    kinds = on_closeness[0].kinds if on_closeness else np.full((len(current), 3), np.nan)
    unknown = (current == "") | (desired == "")
    changed = np.where(unknown, np.nan, (current != desired).astype(float))
    return Figures(("under_served", "over_pursued", "fulfilled", "changed"), np.column_stack([kinds, changed]))


def _as_mismatch(compared: Sequence[Comparison]) -> Mismatch | None:
    """Name the four comparisons; nothing where desired or experienced treatment was not asked."""
    found = {comparison.key: comparison for comparison in compared}
    names = ("under_served", "over_pursued", "fulfilled", "changed")
    return Mismatch(**{name: found[name] for name in names}) if all(name in found for name in names) else None


def _positions(dataset: Dataset, scores: Floats) -> Figures:
    """Places on the catalogue's dimensions, or on the factors where no scale names one."""
    dimensions = named_dimensions(dataset.measures.scales)
    if dimensions:
        return Figures(dimensions, positions(dataset.scale_scores, dataset.measures.scales))
    return Figures(tuple(f"F{i + 1}" for i in range(scores.shape[1])), scores)


def _means(dataset: Dataset, own: Booleans, figures: Figures, resamples: PersonResamples) -> dict[str, Estimate]:
    """Mean figures of a brand's ratings; those without any base are left out."""
    found = mean_estimates(dataset, figures.values, resamples, own)
    return {key: estimate for key, estimate in zip(figures.keys, found, strict=True) if estimate.n}


def _flows(dataset: Dataset, own: Booleans) -> tuple[Flow, ...]:
    """Count who has which relationship and wants which, the most frequent first."""
    made = (dataset.ratings[["current", "desired"]] != "").all(axis=1).to_numpy() & own
    picks = dataset.ratings.loc[made, ["current", "desired"]].assign(weight=dataset.weights[made])
    counted = picks.groupby(["current", "desired"])["weight"].agg(["size", "sum"])
    total = float(counted["sum"].sum())
    flows = [
        Flow(current, desired, int(n), float(weight) / total)
        for (current, desired), n, weight in zip(counted.index, counted["size"], counted["sum"], strict=True)
    ]
    return tuple(sorted(flows, key=lambda flow: (-flow.share, flow.current, flow.desired)))


def _rules(
    dataset: Dataset, own: Booleans, figures: BrandFigures, *, plan: AnalysisPlan, resamples: PersonResamples
) -> tuple[BrandRule, ...]:
    """How much each rule matters to the brand's customers and how often it was broken."""
    importance = mean_estimates(dataset, figures.importance.values, resamples, own)
    by_rule = dict(zip(figures.importance.keys, importance, strict=True))
    broken = compare(dataset, figures.broken, own, plan=plan, resamples=resamples)
    return tuple(BrandRule(comparison.key, by_rule[comparison.key], comparison) for comparison in broken)
