"""Number of factors by the hull of fit against parameters, and all criteria side by side; it decides nothing."""

from dataclasses import dataclass

import numpy as np

from analysis.errors import AnalysisError
from analysis.numeric.arrays import Floats, Integers
from analysis.numeric.extraction import Method, degrees_of_freedom, extract, fit
from analysis.numeric.retention import (
    EmpiricalKaiser,
    MinimumAveragePartial,
    ParallelAnalysis,
    empirical_kaiser,
    minimum_average_partial,
    parallel_analysis,
)

# A rise of the comparative fit index by less than this with one more factor is no rise.
LEAST_RISE = 0.001


@dataclass(frozen=True, eq=False)
class Hull:
    """Fit of 0, 1, 2 … factors and which of them bend the curve of fit against parameters.

    ``parameters`` and ``cfi`` (m + 1,); ``on_hull``, numbers of factors on the upper hull; ``elbow`` (m + 1,), how
    many times steeper the hull comes than it goes on, NaN where it does not come or go on; ``suggested``, where
    that is largest.
    """

    parameters: Integers
    cfi: Floats
    on_hull: Integers
    elbow: Floats
    suggested: int


@dataclass(frozen=True, eq=False)
class RetentionTable:
    """What each criterion says about the number of factors of one correlation matrix.

    ``kaiser`` counts eigenvalues above 1: the oldest rule and the worst, for comparison only. ``components`` and
    ``reduced`` are parallel analyses; ``reduced`` and ``hull`` are None where they were not asked for.
    """

    kaiser: int
    components: ParallelAnalysis
    reduced: ParallelAnalysis | None
    partial: MinimumAveragePartial
    empirical: EmpiricalKaiser
    hull: Hull | None

    @property
    def suggested(self) -> dict[str, int]:
        """Number of factors by criterion."""
        found = {
            "parallel_quantile": self.components.suggested,
            "parallel_mean": self.components.suggested_by_mean,
            "map": self.partial.suggested,
            "map_fourth": self.partial.suggested_fourth,
            "empirical_kaiser": self.empirical.suggested,
            "kaiser": self.kaiser,
        }
        if self.reduced is not None:
            found["parallel_reduced"] = self.reduced.suggested
        if self.hull is not None:
            found["hull"] = self.hull.suggested
        return found


def hull(correlation: Floats, n: float, *, most: int, method: Method = "ml") -> Hull:
    """Hull method on the comparative fit index.

    Parameters
    ----------
    correlation : (p, p) array
        Positive definite.
    n : float
        Number of independent rows.
    most : int
        Largest number of factors looked at; its authors take one more than parallel analysis suggests. Where the
        items do not allow so many, as many as they allow.
    method : {"ml", "minres", "principal_axis"}
        How factors are extracted.

    Returns
    -------
    Hull

    Raises
    ------
    AnalysisError
        ``too_many_factors`` where the items do not allow one; as ``extraction.extract``.

    Notes
    -----
    Where more factors fit no better (an index at 1 cannot rise) the hull goes on with a rise of .001 per factor,
    so that the first perfect solution can be chosen; flatter rises count as that one.

    References
    ----------
    Lorenzo-Seva, Timmerman & Kiers (2011), doi:10.1080/00273171.2011.564527
    """
    p = len(correlation)
    allowed = [k for k in range(1, most + 1) if k < p and degrees_of_freedom(p, k) >= 0]
    if not allowed:
        message = f"{p} items do not allow a common factor, or none was asked for. Add items."
        raise AnalysisError("too_many_factors", message, items=p, factors=most)
    cfi = [0.0]
    for k in allowed:
        found = extract(correlation, k, method=method)
        cfi.append(fit(correlation, found.loadings, found.uniquenesses, n).cfi)
    factors = np.arange(len(cfi))
    parameters = p * (factors + 1) - factors * (factors - 1) // 2
    on_hull = _upper_hull(parameters.astype(float), np.array(cfi))
    elbow = _elbows(parameters, np.array(cfi), on_hull)
    suggested = int(on_hull[-1]) if np.isnan(elbow).all() else int(np.nanargmax(elbow))
    return Hull(parameters, np.array(cfi), on_hull, elbow, suggested)


def retention_table(
    correlation: Floats,
    n: int,
    *,
    rng: np.random.Generator,
    draws: int = 1000,
    level: float = 0.95,
    reduced: bool = True,
    with_hull: bool = True,
) -> RetentionTable:
    """Set the criteria for the number of factors side by side.

    Parameters
    ----------
    correlation : (p, p) array
        Positive definite; of any kind.
    n : int
        Number of independent rows, more than p.
    rng : numpy Generator
    draws, level
        As ``retention.parallel_analysis``.
    reduced : bool
        Whether to add the parallel analysis of the reduced matrix.
    with_hull : bool
        Whether to add the hull, up to one factor more than parallel analysis suggests.

    Returns
    -------
    RetentionTable

    Raises
    ------
    AnalysisError
        As the criteria.
    """
    components = parallel_analysis(correlation, n, rng=rng, draws=draws, level=level)
    of_reduced = (
        parallel_analysis(correlation, n, rng=rng, draws=draws, level=level, spectrum="reduced") if reduced else None
    )
    return RetentionTable(
        int((components.observed > 1).sum()),
        components,
        of_reduced,
        minimum_average_partial(correlation),
        empirical_kaiser(correlation, n),
        hull(correlation, n, most=max(components.suggested + 1, 2)) if with_hull else None,
    )


def _elbows(parameters: Integers, cfi: Floats, on_hull: Integers) -> Floats:
    """How many times steeper the hull comes to each point than it goes on."""
    least = LEAST_RISE / (parameters[1] - parameters[0])
    rise = np.diff(cfi[on_hull]) / np.diff(parameters[on_hull])
    if on_hull[-1] < len(cfi) - 1:
        rise = np.append(rise, 0.0)
    elbow = np.full(len(cfi), np.nan)
    elbow[on_hull[1 : len(rise)]] = rise[:-1] / np.maximum(rise[1:], least)
    return elbow


def _upper_hull(x: Floats, y: Floats) -> Integers:
    """Points that rise above all before them and that no line between others passes over."""
    kept: list[int] = []
    for point in range(len(x)):
        if kept and y[point] <= y[kept[-1]]:
            continue
        while len(kept) > 1 and _below(x, y, kept[-2], kept[-1], point):
            kept.pop()
        kept.append(point)
    return np.array(kept)


def _below(x: Floats, y: Floats, left: int, middle: int, right: int) -> bool:
    """Whether the middle point lies on or below the line between the others."""
    line = y[left] + (y[right] - y[left]) * (x[middle] - x[left]) / (x[right] - x[left])
    return bool(y[middle] <= line)
