"""How far loadings move when other persons are asked: resampled and aligned solutions; it resamples no rating."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.errors import AnalysisError
from analysis.numeric.arrangement import Arrangement, congruence
from analysis.numeric.arrays import Floats, Integers
from analysis.numeric.extraction import Method, extract
from analysis.numeric.resampling import PersonResamples
from analysis.numeric.rotation import Rotation


@dataclass(frozen=True, eq=False)
class LoadingIntervals:
    """Percentile intervals of a rotated solution.

    ``low``, ``high`` and ``error`` (p, k), the latter the standard deviation over resamples; ``phi_low`` and
    ``phi_high`` (k, k); ``congruence`` (k,), mean congruence of a factor with itself over resamples (below .85 it
    is hardly the same factor); ``resamples`` that gave a solution and ``failed`` ones.
    """

    low: Floats
    high: Floats
    error: Floats
    phi_low: Floats
    phi_high: Floats
    congruence: Floats
    resamples: int
    failed: int


def loading_intervals(
    correlate: Callable[[Floats], Floats],
    person: Integers,
    solution: Rotation,
    *,
    turned: Callable[[Floats], Rotation],
    rng: np.random.Generator,
    method: Method = "minres",
    resamples: int = 500,
    level: float = 0.95,
) -> LoadingIntervals:
    """Bootstrap a rotated solution over persons.

    Parameters
    ----------
    correlate : callable
        From weights of the rows (n,) to the correlations (p, p) that are factored, for instance
        ``lambda weights: Moments.of(x, weights).correlation()``; a resample it refuses is counted as failed.
    person : (n,) array of int
        Whose rating a row is.
    solution : Rotation
        Of these answers; resampled solutions are put in its order and direction.
    turned : callable
        From unrotated loadings (p, k) to a rotation, as the solution was found, for instance
        ``lambda loadings: rotate(loadings, "oblimin", rng=rng, starts=4)``.
    rng : numpy Generator
    method : {"minres", "ml", "principal_axis"}
        How factors are extracted.
    resamples : int
        At least 2.
    level : float
        Confidence, between 0 and 1.

    Returns
    -------
    LoadingIntervals

    Raises
    ------
    AnalysisError
        ``unstable_solution`` where fewer than two resamples give a solution.

    Notes
    -----
    ``psych::fa(n.iter = )`` resamples rows; ours are persons. Checked by planted loadings, and by
    rows repeated within persons, which must not narrow intervals.

    References
    ----------
    Zientek & Thompson (2007), doi:10.3758/BF03193163; Lorenzo-Seva & ten Berge (2006),
    doi:10.1027/1614-2241.2.2.57
    """
    _, number = np.unique(person, return_inverse=True)
    patterns, phis = [], []
    for _ in range(resamples):
        weights = PersonResamples.drawn(int(number.max()) + 1, 1, rng=rng).counts[0][number]
        try:
            loadings = extract(correlate(weights), solution.pattern.shape[1], method=method).loadings
        except AnalysisError:
            continue
        found = turned(loadings)
        aligned = found.arranged(Arrangement.towards(found.pattern, solution.pattern))
        patterns.append(aligned.pattern)
        phis.append(aligned.phi)
    if len(patterns) < 2:  # noqa: PLR2004  (one value has no spread)
        message = (
            "Hardly any resample of persons gave a factor solution. Collect more answers or ask for fewer factors."
        )
        raise AnalysisError("unstable_solution", message, resamples=resamples)
    return _summary(np.stack(patterns), np.stack(phis), solution.pattern, level, resamples)


def _summary(patterns: Floats, phis: Floats, target: Floats, level: float, resamples: int) -> LoadingIntervals:
    """Percentiles over resamples (s, p, k) and (s, k, k)."""
    tails = [(1 - level) / 2, (1 + level) / 2]
    low, high = np.quantile(patterns, tails, axis=0)
    phi_low, phi_high = np.quantile(phis, tails, axis=0)
    alike = np.mean([np.diag(congruence(pattern, target)) for pattern in patterns], axis=0)
    failed = resamples - len(patterns)
    return LoadingIntervals(low, high, patterns.std(0, ddof=1), phi_low, phi_high, alike, len(patterns), failed)
