"""K-means of one table or of many at once, and what it is judged by over splits of persons; it chooses no k."""

from dataclasses import dataclass
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from analysis.numeric.arrays import Booleans, Floats, Integers

# Resampled clusterings are compared with each other in thousands; single precision halves their time and
# moves no centroid by more than the step at which they stop, a hundredth of a standard deviation of scores.
_PRECISION = np.float32
_Singles: TypeAlias = NDArray[np.float32]
_SMALLEST_STEP = 1e-2
_MOST_STEPS = 30
# Starts of one large table run on at most so many of its rows; the best of them go on with all rows.
_START_ROWS = 4000
_FINALISTS = 5
_MOST_FINAL_STEPS = 300
# Numbers held at once by runs from many starts: 64 MB.
_BLOCK = 16_000_000


@dataclass(frozen=True, eq=False)
class Partition:
    """A k-means solution: ``centroids`` (k, d), ``labels`` (n,) and ``dispersion``, the sum of squares within."""

    centroids: Floats
    labels: Integers
    dispersion: float


@dataclass(frozen=True, eq=False)
class Predicted:
    """What halves of the persons say of a number of clusters.

    ``strength`` is the prediction strength, between 0 and 1; ``log_dispersion`` the mean over the halves of the
    logarithm of their own clusters' mean square within.
    """

    strength: float
    log_dispersion: float


@dataclass(frozen=True, eq=False)
class PersonHalves:
    """Random divisions of ratings into two halves that share no person.

    ``rows`` (2s, m) holds the ratings of each half, the halves of a division one after the other, filled up
    to equal length; ``present`` (2s, m) is False where filled up.
    """

    rows: Integers
    present: Booleans

    @classmethod
    def drawn(cls, person: Integers, divisions: int, *, rng: np.random.Generator) -> Self:
        """Divide persons at random.

        Parameters
        ----------
        person : (n,) array of int
            Whose rating each row is.
        divisions : int
        rng : numpy Generator

        Returns
        -------
        PersonHalves
        """
        _, number = np.unique(person, return_inverse=True)
        count = int(number.max()) + 1
        halves = []
        for _ in range(divisions):
            first = rng.permutation(count) < count // 2
            halves += [np.flatnonzero(first[number]), np.flatnonzero(~first[number])]
        longest = max(len(half) for half in halves)
        rows = np.zeros((len(halves), longest), dtype=np.int64)
        present = np.zeros((len(halves), longest), dtype=bool)
        for i, half in enumerate(halves):
            rows[i, : len(half)], present[i, : len(half)] = half, True
        return cls(rows, present)


def nearest(points: Floats | _Singles, centroids: Floats | _Singles) -> Integers:
    """Number of the nearest centroid of each point.

    Parameters
    ----------
    points : (..., n, d) array
    centroids : (..., k, d) array

    Returns
    -------
    (..., n) array of int
    """
    return np.asarray(_closeness(points, centroids).argmax(-2))


def distances(points: Floats, centroids: Floats) -> Floats:
    """Euclidean distance of each point (n, d) from each centroid (k, d), (n, k).

    Parameters
    ----------
    points : (n, d) array
    centroids : (k, d) array

    Returns
    -------
    (n, k) array
        Not negative.
    """
    return np.asarray(np.sqrt(((points[:, None, :] - centroids) ** 2).sum(-1)))


def best_kmeans(points: Floats, k: int, *, starts: int, rng: np.random.Generator) -> Partition:
    """Cluster one table by k-means from many starts.

    Parameters
    ----------
    points : (n, d) array
    k : int
        Number of clusters.
    starts : int
        k-means++ starts, on at most 4,000 rows; the best five go on with all rows until no row moves.
    rng : numpy Generator

    Returns
    -------
    Partition

    References
    ----------
    Arthur & Vassilvitskii (2007), k-means++, Proceedings of SODA, 1027-1035

    Notes
    -----
    Equals ``stats::kmeans`` and ``sklearn.cluster.KMeans`` at the same optimum to rounding.
    """
    rows = points if len(points) <= _START_ROWS else points[rng.choice(len(points), _START_ROWS, replace=False)]
    table, weight = rows.astype(_PRECISION)[None], np.ones((1, len(rows)), dtype=_PRECISION)
    at_once = max(_BLOCK // (len(rows) * k), 1)
    found = [_runs(table, weight, k, starts=min(at_once, starts - done), rng=rng) for done in range(0, starts, at_once)]
    centroids = np.concatenate([run[0][0] for run in found])
    closeness = np.concatenate([run[1][0] for run in found])
    finalists = centroids[np.argsort(-closeness, kind="stable")[:_FINALISTS]].astype(float)
    return min((_settled(points, start) for start in finalists), key=lambda partition: partition.dispersion)


def batch_kmeans(
    points: Floats | _Singles, present: Booleans | Floats, k: int, *, starts: int, rng: np.random.Generator
) -> _Singles:
    """Cluster each of b tables by k-means, the best of several k-means++ starts each.

    Parameters
    ----------
    points : (b, n, d) or (1, n, d) array
        One table for all, where there is but one.
    present : (b, n) array of bool or float
        False for rows that only fill a table up, or how often each row stands in a table.
    k : int
        Number of clusters.
    starts : int
    rng : numpy Generator

    Returns
    -------
    (b, k, d) array
        Centroids, in single precision.

    Notes
    -----
    Inertia equals that of ``sklearn.cluster.KMeans`` to 1e-4 of itself; R has no function for many tables at once.

    References
    ----------
    Arthur & Vassilvitskii (2007), k-means++, Proceedings of SODA, 1027-1035
    """
    centroids, closeness = _runs(points.astype(_PRECISION), present.astype(_PRECISION), k, starts=starts, rng=rng)
    return np.asarray(centroids[np.arange(len(centroids)), closeness.argmax(1)])


def adjusted_rand(tables: Floats) -> Floats:
    """Adjusted Rand index of two partitions from their contingency table, or of many at once.

    Parameters
    ----------
    tables : (..., k, l) array
        Rows counted by their clusters in both partitions.

    Returns
    -------
    (...) array
        1 where both are one and the same cluster.

    References
    ----------
    Hubert & Arabie (1985), doi:10.1007/BF01908075

    Notes
    -----
    Equals ``sklearn.metrics.adjusted_rand_score`` to rounding.
    """
    together, own, other, all_pairs = (
        (counts * (counts - 1) / 2).sum(axis)
        for counts, axis in (
            (tables, (-2, -1)),
            (tables.sum(-1), -1),
            (tables.sum(-2), -1),
            (tables.sum((-2, -1))[..., None], -1),
        )
    )
    expected = own * other / np.maximum(all_pairs, 1)
    room = (own + other) / 2 - expected
    return np.asarray(np.divide(together - expected, room, out=np.ones_like(room), where=room > 0))


def contingency(first: Integers, second: Integers, k: int) -> Floats:
    """Count rows by their clusters in two partitions of k clusters at most, (k, k).

    Parameters
    ----------
    first : (n,) array of int
        From 0, below k.
    second : (n,) array of int
        From 0, below k.
    k : int

    Returns
    -------
    (k, k) array
        Whole numbers that add up to n.
    """
    return np.bincount(first * k + second, minlength=k * k).reshape(k, k).astype(float)


def silhouettes(points: Floats, labelings: list[Integers]) -> Floats:
    """Mean silhouette widths of several partitions of the same rows; time and memory grow with the square of the rows.

    Parameters
    ----------
    points : (n, d) array
    labelings : list of (n,) arrays of int
        Each with at least two clusters.

    Returns
    -------
    (partitions,) array
        A row alone in its cluster counts 0.

    References
    ----------
    Rousseeuw (1987), doi:10.1016/0377-0427(87)90125-7

    Notes
    -----
    Equals ``cluster::silhouette`` and ``sklearn.metrics.silhouette_score`` to 5 digits (single precision).
    """
    x = (points - points.mean(0)).astype(_PRECISION)
    squares = (x * x).sum(1)
    apart = np.sqrt(np.maximum(squares[:, None] + squares - 2 * x @ x.T, 0))
    np.fill_diagonal(apart, 0)
    return np.array([_silhouette(apart, labels) for labels in labelings])


def predict_halves(points: Floats, halves: PersonHalves, k: int, *, starts: int, rng: np.random.Generator) -> Predicted:
    """How well clusters found in some persons predict who belongs together among the others, and how tight they are.

    Each half is clustered; its members are also assigned to the other half's centroids. The strength of a
    half is the smallest share, over its own clusters, of pairs of members that the other half's centroids
    keep together. A cluster of one member keeps nothing together.

    Parameters
    ----------
    points : (n, d) array
        Scores.
    halves : PersonHalves
    k : int
        Number of clusters, at least 2.
    starts : int
        k-means starts for each half.
    rng : numpy Generator

    Returns
    -------
    Predicted
        Means over the halves.

    References
    ----------
    Tibshirani & Walther (2005), doi:10.1198/106186005X59243

    Notes
    -----
    The strength is the two-fold case of ``fpc::prediction.strength``, with persons in place of rows.
    """
    tables, present = points.astype(_PRECISION)[halves.rows], halves.present
    centroids = batch_kmeans(tables, present, k, starts=starts, rng=rng)
    other = centroids.reshape(-1, 2, k, points.shape[1])[:, ::-1].reshape(centroids.shape)
    own_closeness = _closeness(tables, centroids)
    strength = _kept_together(own_closeness.argmax(-2), nearest(tables, other), present, k).mean()
    squares = (tables * tables).sum(-1) - 2 * own_closeness.max(-2)
    within = (squares * present).sum(1) / present.sum(1)
    return Predicted(float(strength), float(np.log(np.maximum(within, np.finfo(_PRECISION).tiny)).mean()))


def prediction_strength(
    points: Floats, halves: PersonHalves, k: int, *, starts: int, rng: np.random.Generator
) -> float:
    """Prediction strength alone; see ``predict_halves``.

    Parameters
    ----------
    points : (n, d) array
    halves : PersonHalves
    k : int
        At least 1.
    starts : int
    rng : numpy Generator

    Returns
    -------
    float
        0 to 1.

    Notes
    -----
    The statistic of ``fpc::prediction.strength``; checked by hand-made partitions.

    References
    ----------
    Tibshirani & Walther (2005), doi:10.1198/106186005X59243
    """
    return predict_halves(points, halves, k, starts=starts, rng=rng).strength


def _kept_together(own: Integers, other: Integers, present: Booleans, k: int) -> Floats:
    """Smallest share of pairs of an own cluster that the other labels keep together, per table (b,)."""
    clusters = np.arange(k)
    mine = ((own[..., None] == clusters) & present[..., None]).astype(float)
    theirs = (other[..., None] == clusters).astype(float)
    together = mine.swapaxes(-1, -2) @ theirs
    size = together.sum(-1)
    pairs = np.maximum(size * (size - 1), 1.0)
    return np.asarray(((together * (together - 1)).sum(-1) / pairs).min(-1))


def _closeness(points: Floats | _Singles, centroids: Floats | _Singles) -> _Singles:
    """What is greatest for the nearest centroid, (..., k, n): half the squared distance less the point's own part."""
    half_squares = (centroids * centroids).sum(-1)[..., None] / 2
    return np.asarray(centroids @ points.swapaxes(-1, -2) - half_squares)


def _silhouette(apart: _Singles, labels: Integers) -> float:
    """Mean silhouette width from distances (n, n)."""
    clusters, own = np.unique(labels, return_inverse=True)
    member = (own[:, None] == np.arange(len(clusters))).astype(_PRECISION)
    sizes = member.sum(0)
    rows = np.arange(len(labels))
    sums = apart @ member
    inside = sums[rows, own] / np.maximum(sizes[own] - 1, 1)
    means = sums / sizes
    means[rows, own] = np.inf
    outside = means.min(1)
    width = (outside - inside) / np.maximum(np.maximum(inside, outside), np.finfo(_PRECISION).tiny)
    return float(np.where(sizes[own] > 1, width, 0).mean(dtype=float))


def _settled(points: Floats, centroids: Floats) -> Partition:
    """Take Lloyd steps in full precision until no row changes its cluster."""
    labels = nearest(points, centroids)
    k = len(centroids)
    for _ in range(_MOST_FINAL_STEPS):
        size = np.bincount(labels, minlength=k)
        sums = np.stack([np.bincount(labels, weights=column, minlength=k) for column in points.T], axis=1)
        centroids = np.where(size[:, None] > 0, sums / np.maximum(size, 1)[:, None], centroids)
        moved = nearest(points, centroids)
        if (moved == labels).all():
            break
        labels = moved
    return Partition(centroids, labels, float(((points - centroids[labels]) ** 2).sum()))


def _runs(
    table: _Singles, weight: _Singles, k: int, *, starts: int, rng: np.random.Generator
) -> tuple[_Singles, Floats]:
    """Every start of every table taken to its end: centroids (b, starts, k, d) and their closeness (b, starts)."""
    tables, d = len(weight), table.shape[-1]
    centroids = _spread_seeds(table, weight, starts, k, rng).reshape(-1, k, d)
    whole = np.repeat(np.arange(tables), starts)
    shared = len(table) == 1
    # one column more makes products hold the constant part of closeness, and the sizes of clusters beside their sums
    rows = np.concatenate([table, np.ones((*table.shape[:2], 1), dtype=_PRECISION)], axis=-1)
    weighted = rows * weight[..., None]
    closeness = np.zeros(len(centroids))
    moving = np.arange(len(centroids))
    seen, counted = (rows if shared else rows[whole]), (weighted if tables == 1 else weighted[whole])
    for _ in range(_MOST_STEPS):
        moved, closeness[moving] = _lloyd_step(seen, counted, centroids[moving])
        still = np.abs(moved - centroids[moving]).max((1, 2)) <= _SMALLEST_STEP
        centroids[moving] = moved
        if still.any():
            moving = moving[~still]
            seen, counted = (one if len(one) == 1 else one[~still] for one in (seen, counted))
        if not len(moving):
            break
    return centroids.reshape(tables, starts, k, d), closeness.reshape(tables, starts)


def _lloyd_step(rows: _Singles, weighted: _Singles, centroids: _Singles) -> tuple[_Singles, _Singles]:
    """Move each centroid to the mean of the points nearest to it, an empty cluster nowhere; with it, how near they are.

    Points have a column of ones after them, and weighted ones that of their weights.
    """
    half_squares = (centroids * centroids).sum(-1, keepdims=True) / 2
    towards = np.concatenate([centroids, -half_squares], axis=-1)
    closeness = towards @ rows.swapaxes(-1, -2)
    member = np.equal(closeness, closeness.max(-2, keepdims=True), out=closeness)
    sums = member @ weighted
    size = sums[..., -1:]
    moved = np.where(size > 0, sums[..., :-1] / np.maximum(size, 1), centroids)
    return moved, np.asarray((towards * sums).sum((-1, -2)))


def _spread_seeds(points: _Singles, weight: _Singles, starts: int, k: int, rng: np.random.Generator) -> _Singles:
    """Centroids to start from, each drawn by its squared distance from those before, (b, starts, k, d)."""
    tables, (n, d) = len(weight), points.shape[1:]
    table = np.arange(tables)[:, None] if len(points) > 1 else np.zeros((tables, 1), dtype=np.int64)
    seeds = np.empty((tables, starts, k, d), dtype=points.dtype)
    chance = np.broadcast_to(weight[:, None], (tables, starts, n))
    squared = np.full((tables, starts, n), np.inf, dtype=points.dtype)
    for j in range(k):
        heaped = chance.cumsum(-1, dtype=float)
        drawn = (heaped <= rng.random((tables, starts, 1)) * heaped[..., -1:]).sum(-1)
        seeds[:, :, j] = seed = points[table, np.minimum(drawn, n - 1)]
        from_seed = (points * points).sum(-1)[:, None] + (seed * seed).sum(-1)[..., None]
        from_seed = from_seed - 2 * (seed @ points.swapaxes(-1, -2))
        squared = np.minimum(squared, np.maximum(from_seed, 0))
        chance = squared * weight[:, None]
    return seeds
