"""What is told of factors beside their loadings: fit, each item's place, intervals, levels; it drops no item."""

from __future__ import annotations

from functools import partial

import numpy as np
from scipy import stats

from analysis.errors import AnalysisError
from analysis.factoring import MUCH_MISSING, Correlated, Factoring, Found, correlate, find_factors
from analysis.findings import Caveat, Estimate, FactoredItem, FactorFit, LevelFactors, LoadingIntervals
from analysis.intervals import number
from analysis.numeric.arrangement import Arrangement, congruence
from analysis.numeric.arrays import Floats, Integers
from analysis.numeric.correlations import SMALLEST_EIGENVALUE, smoothed
from analysis.numeric.covariance_fit import ModelFit
from analysis.numeric.exploratory_likelihood import exploratory_fit
from analysis.numeric.extraction import FactorFit as NumericFit
from analysis.numeric.extraction import fit
from analysis.numeric.incomplete import normal_estimate, present_means
from analysis.numeric.item_placement import ItemPlacement
from analysis.numeric.loading_intervals import LoadingIntervals as NumericIntervals
from analysis.numeric.loading_intervals import loading_intervals
from analysis.numeric.nesting import NestedMoments, as_correlation
from analysis.numeric.retention import Sphericity, sphericity
from analysis.plan import AnalysisPlan

# Resamples are compared, not reported one by one: their estimates may stop earlier.
ROUGHLY = 1e-3
STARTS_OF_A_RESAMPLE = 2


def judge_fit(
    items: Floats, person: Integers, correlated: Correlated, solution: Found
) -> tuple[FactorFit, Sphericity, tuple[Caveat, ...]]:
    """Judge how well the factors reproduce the correlations, and test that there is anything to reproduce.

    Parameters
    ----------
    items : (n, p) array
        NaN where missing.
    person : (n,) array of int
    correlated : Correlated
    solution : Found

    Returns
    -------
    fit : FactorFit
        With many answers missing from their likelihood, where that can be had.
    sphericity : Sphericity
        Of the same basis.
    caveats : tuple of Caveat
        ``fit_incomplete`` where every person had to be taken as fully observed although many answers are missing.
    """
    n, extracted = len(np.unique(person)), solution.extracted
    plain = fit(correlated.correlation, extracted.loadings, extracted.uniquenesses, n)
    missing = float(np.isnan(items).mean())
    bartlett = sphericity(correlated.correlation, n)
    if missing <= MUCH_MISSING:
        return _of_complete(plain, n), bartlett, ()
    if correlated.estimate is not None and plain.dof > 0:
        try:
            found = exploratory_fit(items, person, solution.rotated.pattern.shape[1], correlated.estimate)
        except (AnalysisError, np.linalg.LinAlgError):
            pass
        else:
            return _of_likelihood(found, plain, n), _likelihood_sphericity(found), ()
    return _of_complete(plain, n), bartlett, (Caveat("fit_incomplete", "factors", {"percent": 100 * missing}),)


def tabulate_items(
    columns: tuple[str, ...],
    scales: tuple[str, ...],
    solution: Found,
    bounds: NumericIntervals | None,
    *,
    adequacy: Floats,
    intraclass: Floats,
    n: int,
    plan: AnalysisPlan,
) -> tuple[FactoredItem, ...]:
    """Say of each item where it stands and which rules it breaks.

    Parameters
    ----------
    columns, scales : tuple of str
        Of the items.
    solution : Found
    bounds : LoadingIntervals or None
    adequacy, intraclass : (p,) arrays
    n : int
        Ratings.
    plan : AnalysisPlan

    Returns
    -------
    tuple of FactoredItem
    """
    placed, communalities = ItemPlacement.of(solution.rotated.pattern), solution.rotated.communalities
    nothing = np.full(solution.rotated.pattern.shape, np.nan)
    low, high = (nothing, nothing) if bounds is None else (bounds.low, bounds.high)
    return tuple(
        FactoredItem(
            item=column,
            scale=scales[i],
            primary=solution.factors[j],
            loading=Estimate(float(placed.loading[i]), number(low[i, j]), number(high[i, j]), n),
            second=number(placed.second[i]),
            gap=None if len(solution.factors) == 1 else float(placed.gap[i]),
            communality=float(communalities[i]),
            uniqueness=float(solution.extracted.uniquenesses[i]),
            complexity=number(placed.complexity[i]),
            msa=number(adequacy[i]),
            icc=number(intraclass[i]),
            heywood=bool(solution.extracted.heywood[i]),
            unclear=_unclear(abs(float(placed.loading[i])), float(placed.gap[i]), float(communalities[i]), plan),
        )
        for i, (column, j) in enumerate(zip(columns, placed.primary, strict=True))
    )


def _unclear(loading: float, gap: float, communality: float, plan: AnalysisPlan) -> tuple[str, ...]:
    """Rules of the plan that an item breaks."""
    rules = {
        "low_loading": loading < plan.least_loading,
        "small_gap": gap < plan.least_gap,
        "low_communality": communality < plan.least_communality,
    }
    return tuple(rule for rule, broken in rules.items() if broken)


def bound_loadings(
    items: Floats, person: Integers, correlated: Correlated, solution: Found, how: Factoring, *, plan: AnalysisPlan
) -> NumericIntervals | None:
    """Resample persons to see how far loadings move.

    Parameters
    ----------
    items : (n, p) array
    person : (n,) array of int
    correlated : Correlated
    solution : Found
    how : Factoring
    plan : AnalysisPlan

    Returns
    -------
    LoadingIntervals or None
        None where the plan asks for none, nothing aligns the factors, or hardly any resample has a solution.
    """
    k = solution.rotated.pattern.shape[1]
    if not plan.loading_resamples or (how.rotation == "none" and k > 1):
        return None
    rng = plan.stream("loadings")
    again = partial(correlate, items, how, start=correlated.estimate, tolerance=ROUGHLY)
    try:
        return loading_intervals(
            lambda weights: again(weights=weights).correlation,
            person,
            solution.rotated,
            turned=partial(how.turned, rng=rng, starts=STARTS_OF_A_RESAMPLE),
            rng=rng,
            method=how.method,
            resamples=plan.loading_resamples,
        )
    except AnalysisError:
        return None


def show_intervals(bounds: NumericIntervals | None) -> LoadingIntervals | None:
    """Put intervals into the findings' words.

    Parameters
    ----------
    bounds : LoadingIntervals of ``numeric`` or None

    Returns
    -------
    LoadingIntervals or None
    """
    if bounds is None:
        return None
    return LoadingIntervals(
        resamples=bounds.resamples,
        failed=bounds.failed,
        low=_rows(bounds.low),
        high=_rows(bounds.high),
        phi_low=_rows(bounds.phi_low),
        phi_high=_rows(bounds.phi_high),
        congruence=tuple(number(value) for value in bounds.congruence),
    )


def intraclass(items: Floats, person: Integers) -> Floats:
    """Share of each item's variance between persons (p,), NaN where persons have one rating each.

    Parameters
    ----------
    items : (ratings, p) array
        NaN where missing.
    person : (ratings,) array of int

    Returns
    -------
    (p,) array
        At most 1; NaN where persons have one rating each.

    Notes
    -----
    As ``numeric.nesting``, whose ICC1 equals that of ``psych::statsBy``.
    """
    try:
        return NestedMoments.of(items, person).intraclass
    except AnalysisError:
        return np.full(items.shape[1], np.nan)


def split_levels(
    items: Floats, person: Integers, brand: Integers, solution: Found, how: Factoring, *, plan: AnalysisPlan
) -> tuple[LevelFactors, ...]:
    """Find as many factors within persons, between persons and between brands, beside the total ones.

    Parameters
    ----------
    items : (n, p) array
        NaN where missing.
    person, brand : (n,) arrays of int
    solution : Found
        Of all together.
    how : Factoring
        Levels are of covariances, so their correlations are Pearson ones whatever the plan says.
    plan : AnalysisPlan

    Returns
    -------
    tuple of LevelFactors
        Within persons, between persons, between brands.

    References
    ----------
    Muthén (1994), doi:10.1177/0049124194022003006
    """
    persons, brands = len(np.unique(person)), len(np.unique(brand))
    levels = (
        ("within_person", _within(items, person), len(items) - persons),
        ("between_person", _between(items, person), persons),
        ("between_brand", _between(items, brand), brands),
    )
    return tuple(_level(name, r, n, solution, how=how, plan=plan) for name, r, n in levels)


def _within(items: Floats, person: Integers) -> Floats:
    """Correlations of answers about their person's mean, by maximum likelihood; NaN where nothing varies."""
    numbers = np.unique(person, return_inverse=True)[1]
    means = np.stack([present_means(items[rows], axis=0) for rows in _members(numbers)])
    centred = items - means[numbers]
    # an answer that is its person's only one lies on the mean and says nothing
    several = np.stack([(~np.isnan(items[rows])).sum(0) > 1 for rows in _members(numbers)])[numbers]
    left = np.where(several, centred, np.nan)
    p = items.shape[1]
    if (np.isnan(left).all(0) | (np.nanmax(np.abs(np.nan_to_num(left)), axis=0) == 0)).any():
        return np.full((p, p), np.nan)
    return as_correlation(normal_estimate(left).covariance)


def _members(numbers: Integers) -> list[Integers]:
    """Rows of each person."""
    order = np.argsort(numbers, kind="stable")
    return np.split(order, np.cumsum(np.bincount(numbers))[:-1])


def _between(items: Floats, cluster: Integers) -> Floats:
    """Correlations of the clusters' true means; NaN where they cannot be had."""
    try:
        return as_correlation(NestedMoments.of(items, cluster).between_covariance)
    except AnalysisError:
        return np.full((items.shape[1], items.shape[1]), np.nan)


def _level(
    name: str, correlation: Floats, n: int, solution: Found, *, how: Factoring, plan: AnalysisPlan
) -> LevelFactors:
    """Factors of one level in the order of the total ones; none of too few observations or without variance."""
    p, k = solution.rotated.pattern.shape
    nothing = LevelFactors(name, n, (), (), ())
    if np.isnan(correlation).any() or n <= p:
        return nothing
    try:
        whole = smoothed(correlation, tolerance=SMALLEST_EIGENVALUE)
        found = find_factors(whole, k, how.by_ours, rng=plan.stream(f"level {name}"), starts=plan.rotation_starts)
    except (AnalysisError, np.linalg.LinAlgError):
        return nothing
    rotated = found.rotated.arranged(Arrangement.towards(found.rotated.pattern, solution.rotated.pattern))
    alike = np.diag(congruence(rotated.pattern, solution.rotated.pattern))
    return LevelFactors(name, n, _rows(rotated.pattern), _rows(rotated.phi), tuple(number(value) for value in alike))


def _of_complete(plain: NumericFit, n: int) -> FactorFit:
    """Fit with every person taken as fully observed."""
    return FactorFit(
        basis="complete",
        n=n,
        df=plain.dof,
        chi2=number(plain.chi2),
        p=number(plain.p_value),
        rmsea=number(plain.rmsea),
        rmsea_low=number(plain.rmsea_low),
        rmsea_high=number(plain.rmsea_high),
        tli=number(plain.tli),
        cfi=number(plain.cfi),
        bic=number(plain.bic),
        rmsr=number(plain.rmsr),
        srmr=number(plain.srmr),
    )


def _of_likelihood(found: ModelFit, plain: NumericFit, n: int) -> FactorFit:
    """Fit by the likelihood of the answers that were given: scaled test, corrected indices."""
    test, best = found.scaled or found.standard, found.best
    return FactorFit(
        basis="likelihood",
        n=n,
        df=int(test.dof),
        chi2=number(test.chi2),
        p=number(test.p_value),
        rmsea=number(best.rmsea),
        rmsea_low=number(best.rmsea_low),
        rmsea_high=number(best.rmsea_high),
        tli=number(best.tli),
        cfi=number(best.cfi),
        bic=number(found.bic),
        rmsr=number(plain.rmsr),
        srmr=number(plain.srmr),
    )


def _likelihood_sphericity(found: ModelFit) -> Sphericity:
    """The test that items are uncorrelated, from the same likelihood."""
    test = found.scaled or found.standard
    return Sphericity(
        test.baseline_chi2, int(test.baseline_dof), float(stats.chi2.sf(test.baseline_chi2, test.baseline_dof))
    )


def _rows(values: Floats) -> tuple[tuple[float | None, ...], ...]:
    """A matrix row by row."""
    return tuple(tuple(number(value) for value in row) for row in values)
