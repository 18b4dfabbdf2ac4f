"""Indices of careless answering, one number per row; it draws no line and leaves nobody out."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from analysis.numeric.arrays import Booleans, Floats, Integers
from analysis.numeric.correlations import inverted
from analysis.numeric.incomplete import present_means
from analysis.numeric.patterns import rows_by_pattern

FEWEST_PAIRS = 3

# A spread below this share of the answers' size is rounding of equal answers.
_ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class Runs:
    """Runs of equal answers in the order they were asked: ``longest`` and ``mean`` length, (n,), NaN without any."""

    longest: Floats
    mean: Floats


@dataclass(frozen=True, eq=False)
class Distances:
    """Squared distances from the mean (n,), the number of answers behind each, and the p-value under normality."""

    squared: Floats
    answers: Integers
    p_values: Floats


def runs(x: Floats, *, skip_missing: bool = False) -> Runs:
    """Measure runs of equal answers.

    Parameters
    ----------
    x : (n, p) array
        Answers as they were given, items in the order they were asked, NaN where missing.
    skip_missing : bool
        A missing answer is passed over; by default it is a run of length 1 and ends the one before.

    Returns
    -------
    Runs

    Notes
    -----
    Equals ``careless::longstring(avg = TRUE)`` exactly.

    References
    ----------
    Johnson (2005), doi:10.1016/j.jrp.2004.09.009
    """
    n = len(x)
    last, length, longest, number = np.full(n, np.nan), np.zeros(n), np.zeros(n), np.zeros(n)
    for answer in x.T:
        counted = ~np.isnan(answer) if skip_missing else np.ones(n, dtype=bool)
        same = answer == last
        length = np.where(same, length + 1, np.where(counted, 1, length))
        number += counted & ~same
        last = np.where(counted, answer, last)
        longest = np.maximum(longest, length)
    counts = (~np.isnan(x)).sum(1) if skip_missing else np.full(n, x.shape[1])
    some = number > 0
    mean = np.divide(counts, number, out=np.full(n, np.nan), where=some)
    return Runs(np.where(some, longest, np.nan), mean)


def variability(x: Floats) -> Floats:
    """Standard deviation of each row's own answers (intra-individual response variability).

    Parameters
    ----------
    x : (n, p) array
        NaN where missing.

    Returns
    -------
    (n,) array
        Small where answers hardly differ, large where they jump; NaN with fewer than two answers.

    Notes
    -----
    Equals ``careless::irv`` to 1e-9.

    References
    ----------
    Dunn, Heggestad, Shanock & Theilgard (2018), doi:10.1007/s10869-016-9479-0
    """
    centred, n = _centred(x)
    squares = (centred**2).sum(1)
    return np.asarray(np.sqrt(np.divide(squares, n - 1, out=np.full(len(x), np.nan), where=n > 1)))


def distances(x: Floats, means: Floats, covariance: Floats) -> Distances:
    """Mahalanobis distances of rows, each over the items it answered.

    Parameters
    ----------
    x : (n, p) array
        NaN where missing.
    means : (p,) array
    covariance : (p, p) array
        Positive definite.

    Returns
    -------
    Distances
        NaN for rows without answers. Large distances are unusual, not careless: people who love and hate have them.

    Raises
    ------
    AnalysisError
        As ``correlations.inverted``.

    Notes
    -----
    With means and covariance of the complete rows equals ``mahalanobis`` and ``careless::mahad`` of R to 1e-9.

    References
    ----------
    Mahalanobis (1936); Meade & Craig (2012), doi:10.1037/a0028085
    """
    scale = np.sqrt(np.diag(covariance))
    z, correlation = (x - means) / scale, covariance / np.outer(scale, scale)
    inverted(correlation)  # refuses by name what has no inverse
    squared = np.full(len(x), np.nan)
    for items, rows in rows_by_pattern(~np.isnan(x)):
        if items.any():
            part = z[np.ix_(rows, items)]
            squared[rows] = (part * np.linalg.solve(correlation[np.ix_(items, items)], part.T).T).sum(1)
    answers = (~np.isnan(x)).sum(1)
    p_values = np.where(answers > 0, stats.chi2.sf(squared, np.maximum(answers, 1)), np.nan)
    return Distances(squared, answers, p_values)


def scale_halves(x: Floats, scale_of: Integers, *, answered: bool = False) -> tuple[Floats, Floats]:
    """Mean answers to the even and to the odd items of each scale.

    Parameters
    ----------
    x : (n, p) array
        NaN where missing.
    scale_of : (p,) array of int
        Number 0 to s - 1 of the scale an item belongs to; its items are even and odd in this order.
    answered : bool
        Count only the items that a row answered, so that it has both halves of every scale of which it answered
        two items, whichever; by default an item is even or odd for everybody.

    Returns
    -------
    even, odd : (n, s) arrays
        NaN where a row has no such answer.
    """
    present = ~np.isnan(x)
    counted = present if answered else np.ones(x.shape, dtype=bool)
    halves = []
    for even in (True, False):
        means = []
        for scale in range(int(scale_of.max()) + 1):
            own = counted[:, scale_of == scale]
            half = own & ((own.cumsum(1) % 2 == 0) == even)
            means.append(present_means(np.where(half, x[:, scale_of == scale], np.nan), axis=1))
        halves.append(np.stack(means, axis=1))
    return halves[0], halves[1]


def even_odd_consistency(x: Floats, scale_of: Integers) -> Floats:
    """Correlate, over scales, a row's means of the even items with its means of the odd ones.

    Parameters
    ----------
    x : (n, p) array
        Reversed items turned round, NaN where missing.
    scale_of : (p,) array of int
        As in ``scale_halves``.

    Returns
    -------
    (n,) array
        Pearson's r; NaN where fewer than two scales have both means or the means do not vary.
        ``stepped_up`` gives the index as it is usually reported.

    Notes
    -----
    Equals the correlations within ``careless::evenodd`` 1.2 before its correction, to 1e-9.

    References
    ----------
    Johnson (2005), doi:10.1016/j.jrp.2004.09.009
    """
    return row_correlations(*scale_halves(x, scale_of))


def stepped_up(r: Floats) -> Floats:
    """Spearman-Brown's correction of correlations between halves, at least -1.

    Parameters
    ----------
    r : (n,) array

    Returns
    -------
    (n,) array

    Notes
    -----
    Of ``even_odd_consistency`` this is the negative of what ``careless::evenodd`` 1.2 gives, to 1e-9: here large
    values are consistent.
    """
    with np.errstate(divide="ignore"):
        return np.maximum(2 * r / (1 + r), -1.0)


def alike_pairs(correlation: Floats, *, above: float = 0.6) -> tuple[Integers, Integers]:
    """Find pairs of items that nearly everybody answers alike.

    Parameters
    ----------
    correlation : (p, p) array
        Of the items; turn its sign for pairs that are answered oppositely.
    above : float
        Correlations above it make a pair.

    Returns
    -------
    later, earlier : (m,) arrays of int
        Columns of each pair.

    Notes
    -----
    The pairs of ``careless::psychsyn_critval`` and, of the negative matrix, ``psychant``.
    """
    earlier, later = np.nonzero(np.triu(correlation, 1) > above)
    return later, earlier


def pair_consistency(x: Floats, pairs: tuple[Integers, Integers]) -> Floats:
    """Correlate, over pairs of items, a row's answers to one with its answers to the other.

    Parameters
    ----------
    x : (n, p) array
        NaN where missing.
    pairs : tuple of (m,) arrays of int
        From ``alike_pairs``.

    Returns
    -------
    (n,) array
        Near 1 for consistent answers to synonyms, near -1 to antonyms; NaN where fewer than three pairs were
        answered or the answers do not vary.

    Notes
    -----
    Equals ``careless::psychsyn`` and ``psychant`` with ``resample_na = FALSE`` to 1e-9.

    References
    ----------
    Meade & Craig (2012), doi:10.1037/a0028085
    """
    first, second = x[:, pairs[0]], x[:, pairs[1]]
    enough = (~np.isnan(first + second)).sum(1) >= FEWEST_PAIRS
    return np.where(enough, row_correlations(first, second), np.nan)


def person_total_correlations(x: Floats) -> Floats:
    """Correlate each row's answers with the other rows' mean answers.

    Parameters
    ----------
    x : (n, p) array
        NaN where missing.

    Returns
    -------
    (n,) array
        Negative where somebody answers against everyone; NaN where the answers do not vary.

    Notes
    -----
    Equals correlating each row with the means of the other rows in R (``cor``), to 1e-9.

    References
    ----------
    Donlon & Fischer (1968), doi:10.1177/001316446802800110
    """
    present = ~np.isnan(x)
    filled = np.where(present, x, 0.0)
    others = present.sum(0) - present
    means = np.divide(filled.sum(0) - filled, others, out=np.full(x.shape, np.nan), where=others > 0)
    return row_correlations(x, means)


def style_counts(x: Floats, lowest: float, highest: float) -> Floats:
    """Count how each row's answers lie on the response scale.

    Parameters
    ----------
    x : (n, p) array
        Answers as they were given, NaN where missing.
    lowest, highest : float
        Ends of the response scale.

    Returns
    -------
    (n, 4) array
        Answers above the middle less those below it (acquiescence), at the ends (extreme), in the middle
        (midpoint), and all answers; the first three over the last are the styles of a row, a person or a group.

    References
    ----------
    Baumgartner & Steenkamp (2001), doi:10.1509/jmkr.38.2.143.18840
    """
    middle = (lowest + highest) / 2
    at_end = (x == lowest) | (x == highest)
    counts = [(x > middle).sum(1) - (x < middle).sum(1), at_end.sum(1), (x == middle).sum(1), (~np.isnan(x)).sum(1)]
    return np.stack(counts, axis=1).astype(float)


def row_correlations(first: Floats, second: Floats) -> Floats:
    """Pearson correlation of two tables row by row, over the columns where both are present.

    Parameters
    ----------
    first, second : (n, m) arrays
        NaN where missing.

    Returns
    -------
    (n,) array
        NaN with fewer than two columns or where one does not vary.
    """
    both = ~np.isnan(first + second)
    (x, _), (y, _) = (_centred(np.where(both, table, np.nan)) for table in (first, second))
    spread_x, spread_y = (x**2).sum(1), (y**2).sum(1)
    varies = (spread_x > _least_spread(first, both)) & (spread_y > _least_spread(second, both))
    r = np.full(len(first), np.nan)
    np.divide((x * y).sum(1), np.sqrt(spread_x * spread_y), out=r, where=varies)
    return np.asarray(np.clip(r, -1.0, 1.0))


def _centred(x: Floats) -> tuple[Floats, Integers]:
    """Answers less their row's mean, 0 where missing, and how many a row has."""
    present = ~np.isnan(x)
    n = present.sum(1)
    means = np.where(present, x, 0.0).sum(1) / np.maximum(n, 1)
    return np.where(present, x - means[:, None], 0.0), n


def _least_spread(x: Floats, both: Booleans) -> Floats:
    """Sum of squares that rounding alone can leave in a row of equal answers."""
    return np.asarray(_ROUNDING**2 * (np.where(both, x, 0.0) ** 2).sum(1))
