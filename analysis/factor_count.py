"""Every criterion for the number of factors side by side; parallel analysis decides, Kaiser's rule never does."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from analysis.errors import AnalysisError
from analysis.factoring import Factoring
from analysis.findings import Retention
from analysis.intervals import number
from analysis.numeric.arrays import Floats, Integers
from analysis.numeric.extraction import degrees_of_freedom
from analysis.numeric.hull import Hull, hull
from analysis.numeric.retention import (
    ParallelAnalysis,
    Spectrum,
    empirical_kaiser,
    minimum_average_partial,
    parallel_analysis,
    parallel_analysis_by_permutation,
)
from analysis.plan import AnalysisPlan

# The second spectrum is for comparison, and polychoric correlations take their time: fewer permutations are made.
MOST_COMPARED = 100

_SPECTRA: tuple[Spectrum, ...] = ("components", "reduced")
_SUFFIX = {"components": "", "reduced": "_reduced"}


def permute(
    items: Floats, person: Integers, how: Factoring, *, plan: AnalysisPlan, rng: np.random.Generator
) -> ParallelAnalysis:
    """Decide by parallel analysis: answers of whole persons are exchanged item by item.

    Parameters
    ----------
    items : (n, p) array
        NaN where missing.
    person : (n,) array of int
    how : Factoring
    plan : AnalysisPlan
    rng : numpy Generator

    Returns
    -------
    ParallelAnalysis

    Raises
    ------
    AnalysisError
        As ``parallel_analysis_by_permutation``.
    """
    draws = plan.parallel_draws if how.matrix == "pearson" else min(plan.parallel_draws, MOST_COMPARED)
    return parallel_analysis_by_permutation(items, person, rng=rng, draws=draws, matrix=how.matrix)


def within_limits(suggested: int, p: int) -> int:
    """At least one factor, and no more than leave a degree of freedom.

    Parameters
    ----------
    suggested : int
    p : int
        Number of items.

    Returns
    -------
    int
        At least 1.
    """
    most = max(k for k in range(1, p) if degrees_of_freedom(p, k) > 0)
    return min(max(suggested, 1), most)


def compare_criteria(
    decided: ParallelAnalysis,
    items: Floats,
    person: Integers,
    correlation: Floats,
    how: Factoring,
    *,
    plan: AnalysisPlan,
) -> tuple[Retention, ...]:
    """Set all criteria side by side; what these answers do not allow is left out.

    Parameters
    ----------
    decided : ParallelAnalysis
        The one that decides, unless the plan states a number.
    items : (n, p) array
    person : (n,) array of int
        Persons, not ratings, count as independent.
    correlation : (p, p) array
    how : Factoring
    plan : AnalysisPlan

    Returns
    -------
    tuple of Retention
        The deciding one first.

    References
    ----------
    Horn (1965), doi:10.1007/BF02289447; Velicer (1976), doi:10.1007/BF02293557; Braeken & van Assen (2017),
    doi:10.1037/met0000074; Lorenzo-Seva, Timmerman & Kiers (2011), doi:10.1080/00273171.2011.564527
    """
    persons = len(np.unique(person))
    found = [*_parallel("parallel_permutation", decided, decides=plan.n_factors is None)]
    found += _permuted_reduced(items, person, how, plan)
    found += _normal(correlation, persons, plan)
    partial = minimum_average_partial(correlation)
    found += [
        Retention("map", int(partial.suggested), observed=_figures(partial.squared)),
        Retention("map_fourth", int(partial.suggested_fourth), observed=_figures(partial.fourth)),
    ]
    expected = empirical_kaiser(correlation, persons)
    observed = _figures(expected.observed)
    found.append(
        Retention("empirical_kaiser", expected.suggested, observed=observed, reference=_figures(expected.reference))
    )
    found += _hull(correlation, persons, most=max(decided.suggested + 1, 2))
    above = int((expected.observed > 1).sum())
    return (*found, Retention("kaiser", above, observed=observed, reference=(1.0,) * len(observed)))


def _parallel(name: str, found: ParallelAnalysis, *, decides: bool = False) -> Iterator[Retention]:
    """One parallel analysis by its quantile, then by its mean."""
    observed = _figures(found.observed)
    yield Retention(name, int(found.suggested), decides, observed, _figures(found.quantile))
    yield Retention(f"{name}_mean", int(found.suggested_by_mean), observed=observed, reference=_figures(found.mean))


def _permuted_reduced(items: Floats, person: Integers, how: Factoring, plan: AnalysisPlan) -> list[Retention]:
    """The reduced matrix against permuted answers; nothing where correlations pair by pair have no inverse."""
    draws, rng = min(plan.parallel_draws, MOST_COMPARED), plan.stream("retention permuted")
    try:
        found = parallel_analysis_by_permutation(
            items, person, rng=rng, draws=draws, spectrum="reduced", matrix=how.matrix
        )
    except AnalysisError:
        return []
    return list(_parallel("parallel_permutation_reduced", found))


def _normal(correlation: Floats, persons: int, plan: AnalysisPlan) -> list[Retention]:
    """Both spectra against unrelated normal answers; nothing with fewer persons than items."""
    found: list[Retention] = []
    for spectrum in _SPECTRA:
        rng = plan.stream(f"retention {spectrum}")
        try:
            parallel = parallel_analysis(correlation, persons, rng=rng, draws=plan.parallel_draws, spectrum=spectrum)
        except AnalysisError:
            continue
        found += _parallel(f"parallel_normal{_SUFFIX[spectrum]}", parallel)
    return found


def _hull(correlation: Floats, persons: int, *, most: int) -> list[Retention]:
    """The hull of fit against parameters; nothing where factors cannot be extracted."""
    try:
        found: Hull = hull(correlation, persons, most=most)
    except AnalysisError:
        return []
    return [Retention("hull", found.suggested, observed=_figures(found.cfi), reference=_figures(found.elbow))]


def _figures(values: Floats) -> tuple[float | None, ...]:
    """Numbers, None for what does not exist."""
    return tuple(number(value) for value in values)
