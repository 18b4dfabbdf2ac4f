"""Whether answers hang together as scales or look drawn at random, per person and along a series; it flags nobody."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy import stats
from scipy.special import expit, gammaln

from analysis.numeric.arrays import Booleans, Floats, Integers

# Careful answers scatter more in some persons than in others: degrees of freedom of that variation; inf is none.
_DEGREES = (5.0, 10.0, 20.0, np.inf)
_MOST_ITERATIONS = 300
_TOLERANCE = 1e-4
_CORRELATIONS = (1e-3, 0.95)
_SHARES = (1e-6, 1 - 1e-6)
_DRAWS = 499
_ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class Randomness:
    """How likely each person's answers are drawn at random rather than given to what was asked.

    ``probability`` (persons,) is NaN where no scale has two answers; ``log_ratio`` (persons,) is the log likelihood of
    careful answers less that of random ones. ``correlations`` (scales,) are those between two items of a
    scale in careful answers, ``share`` the share of persons whose answers look random, ``degrees`` the degrees of
    freedom of the careful answers' distribution.
    """

    probability: Floats
    log_ratio: Floats
    correlations: Floats
    share: float
    degrees: float


@dataclass(frozen=True, eq=False)
class _Sums:
    """Of standardised answers, per rating and scale (n, s): how many, their sum and their sum of squares."""

    n: Floats
    total: Floats
    squares: Floats

    @classmethod
    def of(cls, x: Floats, scale_of: Integers) -> Self:
        """Standardise items over all rows and add up their answers scale by scale."""
        present = ~np.isnan(x)
        n = np.maximum(present.sum(0), 1)
        means = np.where(present, x, 0.0).sum(0) / n
        centred = np.where(present, x - means, 0.0)
        sd = np.sqrt((centred**2).sum(0) / n)
        z = np.divide(centred, sd, out=np.zeros_like(centred), where=sd > 0)
        membership = np.eye(int(scale_of.max()) + 1)[scale_of]
        return cls(present @ membership, z @ membership, z**2 @ membership)

    @property
    def products(self) -> Floats:
        """Sum over the pairs of answers to one scale of their product, (n, s)."""
        return np.asarray((self.total**2 - self.squares) / 2)

    @property
    def pairs(self) -> Floats:
        """Number of these pairs, (n, s)."""
        return self.n * (self.n - 1) / 2


def answers_at_random(x: Floats, scale_of: Integers, person: Integers, *, learning: Booleans) -> Randomness:
    """Tell random answers from answers to what was asked, by how they agree within scales.

    A mixture of two kinds of respondents is estimated by the EM algorithm. Careful answers to the items of a scale
    are equally correlated and may scatter more in some persons than in others; random ones have the
    items' own distribution and no correlation. Scales are taken as unrelated to one another, so somebody
    high on two scales that others see as opposites is as careful as anybody.

    Parameters
    ----------
    x : (n, p) array
        Ratings; reversed items turned round, NaN where missing.
    scale_of : (p,) array of int
        Number 0 to s - 1 of the scale an item belongs to.
    person : (n,) array of int
        Whose rating each row is, 0 to m - 1.
    learning : (m,) array of bool
        Persons to learn from; leave out those who gave one and the same answer, who agree with themselves anyway.

    Returns
    -------
    Randomness

    Notes
    -----
    A rating's careful answers have a multivariate t distribution, whose degrees of freedom are those of the
    greatest likelihood among 5, 10, 20 and infinity; random ones are independent and normal.

    References
    ----------
    Arias, Garrido, Jenaro, Martinez-Molina & Arias (2020), doi:10.3758/s13428-020-01401-8;
    Ulitzsch, Yildirim-Erbasli, Gorgun & Bulut (2022), doi:10.1111/bmsp.12272
    """
    sums = _Sums.of(x, scale_of)
    fits = [_estimate(sums, person, learning, degrees) for degrees in _DEGREES]
    (correlations, share, _), degrees = max(zip(fits, _DEGREES, strict=True), key=lambda fit: fit[0][2])
    log_ratio, _ = _log_ratios(sums, correlations, degrees)
    by_person = np.bincount(person, log_ratio, minlength=len(learning))
    telling = np.bincount(person, sums.pairs.sum(1), minlength=len(learning)) > 0
    probability = np.where(telling, expit(-by_person - np.log(share / (1 - share))), np.nan)
    return Randomness(probability, np.where(telling, by_person, np.nan), correlations, float(1 - share), degrees)


def mean_correlation(x: Floats, scale_of: Integers, person: Integers) -> tuple[float, float]:
    """Mean correlation between two items of one scale, over all such pairs, and its standard error over persons.

    Parameters
    ----------
    x : (n, p) array
        Ratings; reversed items turned round, NaN where missing.
    scale_of : (p,) array of int
    person : (n,) array of int

    Returns
    -------
    mean, error : float
        NaN where no scale has two answers.
    """
    sums = _Sums.of(x, scale_of)
    pairs = sums.pairs.sum()
    if not pairs:
        return np.nan, np.nan
    mean = sums.products.sum() / pairs
    # the influence of a person on correlations, whose items' variances are estimated as well
    influence = sums.products - mean * (sums.n - 1) * sums.squares / 2
    return float(mean), float(np.sqrt((np.bincount(person, influence.sum(1)) ** 2).sum()) / pairs)


def stretches(values: Floats, *, least: int, level: float, rng: np.random.Generator) -> tuple[tuple[int, int], ...]:
    """Cut a series where its level changes.

    Parameters
    ----------
    values : (n,) array
        In order, no NaN.
    least : int
        Fewest values in a stretch.
    level : float
        A cut is made where so great a change comes about by chance with at most this probability, whatever
        its place, when the order of the values means nothing.
    rng : numpy Generator

    Returns
    -------
    tuple of (start, end)
        Half-open, in order; one stretch where nothing changes.

    Notes
    -----
    Checked on simulated series with and without a change of level.

    References
    ----------
    Pettitt (1979), doi:10.2307/2346729, with permutations; Scott & Knott (1974), doi:10.2307/2529204
    """
    return tuple(_cut(values, 0, least=least, level=level, rng=rng))


def same_answers(x: Floats, person: Integers, *, share: float) -> Integers:
    """Count, for each row, the other persons with nearly the same answers to the same items.

    Parameters
    ----------
    x : (n, p) array
        NaN where missing; rows are compared with those that answered the same items.
    person : (n,) array of int
    share : float
        Share of equal answers from which rows are nearly the same.

    Returns
    -------
    (n,) array of int

    Notes
    -----
    Rows that differ in d answers at most agree in one of d + 1 parts of their items, so only rows that share a part are
    compared: the cost grows with the number of rows, not with its square.
    """
    found: set[tuple[int, int]] = set()
    patterns, which = np.unique(~np.isnan(x), axis=0, return_inverse=True)
    for i, pattern in enumerate(patterns):
        rows = np.flatnonzero(which.ravel() == i)
        if pattern.any() and len(rows) > 1:
            found |= _alike(x[np.ix_(rows, pattern)], rows, share)
    others = {(one, int(person[other])) for one, other in found if person[one] != person[other]}
    return np.bincount(np.array([row for row, _ in others], dtype=np.int64), minlength=len(x)).astype(np.int64)


def _alike(answers: Floats, rows: Integers, share: float) -> set[tuple[int, int]]:
    """Pairs of complete rows, in both directions, with at least this share of equal answers."""
    items = answers.shape[1]
    differing = int((1 - share) * items + _ROUNDING)
    found = set()
    for part in np.array_split(np.arange(items), differing + 1):
        for members in _equal_rows(answers[:, part]):
            agreement = (answers[members][:, None] == answers[members]).sum(-1)
            ones, others = np.nonzero(agreement >= items - differing)
            found |= set(zip(rows[members[ones]].tolist(), rows[members[others]].tolist(), strict=True))
    return {(one, other) for one, other in found if one != other}


def _equal_rows(answers: Floats) -> Iterator[Integers]:
    """Numbers of the rows of each set of two or more equal ones."""
    _, which, counts = np.unique(answers, axis=0, return_inverse=True, return_counts=True)
    order = np.argsort(which.ravel(), kind="stable")
    yield from (rows for rows in np.split(order, np.cumsum(counts)[:-1]) if len(rows) > 1)


def _estimate(sums: _Sums, person: Integers, learning: Booleans, degrees: float) -> tuple[Floats, float, float]:
    """Correlations of careful answers, share of careful persons, and the log likelihood beyond all being random."""
    careful, rating = learning.astype(float), np.ones(len(person))
    share, likelihood = 0.9, -np.inf
    for _ in range(_MOST_ITERATIONS):
        weights = careful[person] * rating
        variance = _per(weights @ sums.squares.sum(1), weights @ sums.n.sum(1))
        correlations = np.clip(_per(_per(weights @ sums.products, weights @ sums.pairs), variance), *_CORRELATIONS)
        log_ratio, rating = _log_ratios(sums, correlations, degrees)
        by_person = np.bincount(person, log_ratio, minlength=len(learning))
        before = likelihood
        likelihood = float(np.logaddexp(np.log(share) + by_person, np.log(1 - share))[learning].sum())
        careful = expit(by_person + np.log(share / (1 - share))) * learning
        share = float(np.clip(_per(careful.sum(), learning.sum()), *_SHARES))
        if abs(likelihood - before) < _TOLERANCE:
            break
    return correlations, share, likelihood


def _log_ratios(sums: _Sums, correlations: Floats, degrees: float) -> tuple[Floats, Floats]:
    """Log likelihood ratio of careful against random answers, and each rating's weight in the estimates, (n,)."""
    some = sums.n > 0
    whole = 1 + (sums.n - 1) * correlations
    safe = np.where(some, whole, 1.0)
    log_determinant = np.where(some, (sums.n - 1) * np.log1p(-correlations) + np.log(safe), 0.0).sum(1)
    quadratic = ((sums.squares - correlations / safe * sums.total**2) / (1 - correlations)).sum(1)
    n, independent = sums.n.sum(1), sums.squares.sum(1)
    if np.isinf(degrees):
        return (independent - quadratic - log_determinant) / 2, np.ones(len(n))
    # multivariate t with the items' variances as its variances; the constants of both densities differ
    constant = gammaln((degrees + n) / 2) - gammaln(degrees / 2) - n / 2 * np.log((degrees - 2) / 2)
    log_density = constant - log_determinant / 2 - (degrees + n) / 2 * np.log1p(quadratic / (degrees - 2))
    return log_density + independent / 2, (degrees + n) / (degrees - 2 + quadratic)


def _per(sums: Floats, weights: Floats) -> Floats:
    """Divide; 0 where there is nothing to divide by."""
    quotients = np.zeros_like(np.asarray(sums, dtype=float))
    return np.asarray(np.divide(sums, weights, out=quotients, where=np.asarray(weights) > 0))


def _cut(
    values: Floats, start: int, *, least: int, level: float, rng: np.random.Generator
) -> Iterator[tuple[int, int]]:
    """Cut at the greatest change and go on in both parts; leave a stretch whole where no change is beyond chance."""
    if len(values) >= 2 * least:
        ranks = stats.rankdata(values)
        change = _changes(np.stack([ranks, *(rng.permutation(ranks) for _ in range(_DRAWS))]), least)
        greatest = change.max(1)
        if greatest[0] > 0 and np.mean(greatest >= greatest[0] * (1 - _ROUNDING)) <= level:
            at = least + int(change[0].argmax())
            yield from _cut(values[:at], start, least=least, level=level, rng=rng)
            yield from _cut(values[at:], start + at, least=least, level=level, rng=rng)
            return
    yield start, start + len(values)


def _changes(ranks: Floats, least: int) -> Floats:
    """Standardised difference of mean ranks before and after each possible cut, one series per row."""
    n = ranks.shape[1]
    before = np.arange(least, n - least + 1)
    sums = (ranks - ranks.mean(1, keepdims=True)).cumsum(1)[:, before - 1]
    return np.asarray(np.abs(sums) / np.sqrt(before * (n - before)))
