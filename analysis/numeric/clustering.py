"""Many small k-means problems at once, and prediction strength over splits of persons; it chooses no k."""

from dataclasses import dataclass
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from analysis.numeric.arrays import Booleans, Floats, Integers

# Resampled clusterings are compared with each other in thousands; single precision halves their time and
# moves no centroid by more than the step at which they stop.
_PRECISION = np.float32
_Singles: TypeAlias = NDArray[np.float32]
_SMALLEST_STEP = 1e-4
_MOST_STEPS = 30


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
    """Euclidean distance of each point (n, d) from each centroid (k, d), (n, k)."""
    return np.asarray(np.sqrt(((points[:, None, :] - centroids) ** 2).sum(-1)))


def batch_kmeans(points: Floats, present: Booleans, k: int, *, starts: int, rng: np.random.Generator) -> _Singles:
    """Cluster each of b tables by k-means, the best of several k-means++ starts each.

    Parameters
    ----------
    points : (b, n, d) array
    present : (b, n) array of bool
        False for rows that only fill a table up.
    k : int
        Number of clusters.
    starts : int
    rng : numpy Generator

    Returns
    -------
    (b, k, d) array
        Centroids, in single precision.

    References
    ----------
    Arthur & Vassilvitskii (2007), k-means++, Proceedings of SODA, 1027-1035
    """
    tables, _, d = points.shape
    table, weight = points.astype(_PRECISION), present.astype(_PRECISION)
    centroids = _spread_seeds(table, weight, starts, k, rng).reshape(-1, k, d)
    table, weight = np.repeat(table, starts, axis=0), np.repeat(weight, starts, axis=0)
    closeness = np.zeros(len(centroids))
    moving = np.arange(len(centroids))
    for _ in range(_MOST_STEPS):
        moved, closeness[moving] = _lloyd_step(table, weight, centroids[moving])
        step = np.abs(moved - centroids[moving]).max((1, 2))
        centroids[moving] = moved
        on = step > _SMALLEST_STEP
        if not on.any():
            break
        moving, table, weight = moving[on], table[on], weight[on]
    best = closeness.reshape(tables, starts).argmax(1)
    return np.asarray(centroids.reshape(tables, starts, k, d)[np.arange(tables), best])


def prediction_strength(
    points: Floats, halves: PersonHalves, k: int, *, starts: int, rng: np.random.Generator
) -> float:
    """How well clusters found in some persons predict who belongs together among the others.

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
    float
        Mean over the halves, between 0 and 1.

    References
    ----------
    Tibshirani & Walther (2005), doi:10.1198/106186005X59243

    Notes
    -----
    The two-fold case of ``fpc::prediction.strength``, with persons in place of rows.
    """
    tables = points[halves.rows]
    centroids = batch_kmeans(tables, halves.present, k, starts=starts, rng=rng)
    other = centroids.reshape(-1, 2, k, points.shape[1])[:, ::-1].reshape(centroids.shape)
    own_labels, other_labels = nearest(tables, centroids), nearest(tables, other)
    return float(_kept_together(own_labels, other_labels, halves.present, k).mean())


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


def _lloyd_step(points: _Singles, weight: _Singles, centroids: _Singles) -> tuple[_Singles, _Singles]:
    """Move each centroid to the mean of the points nearest to it; an empty cluster stays where it is."""
    closeness = _closeness(points, centroids)
    top = closeness.max(-2)
    member = (closeness == top[:, None, :]) * weight[:, None, :]
    size = member.sum(-1)[..., None]
    moved = np.where(size > 0, (member @ points) / np.maximum(size, 1), centroids)
    return moved, np.asarray((top * weight).sum(-1))


def _spread_seeds(points: _Singles, weight: _Singles, starts: int, k: int, rng: np.random.Generator) -> _Singles:
    """Centroids to start from, each drawn by its squared distance from those before, (b, starts, k, d)."""
    tables, n, d = points.shape
    table = np.arange(tables)[:, None]
    seeds = np.empty((tables, starts, k, d), dtype=points.dtype)
    chance = np.broadcast_to(weight[:, None], (tables, starts, n))
    squared = np.full((tables, starts, n), np.inf, dtype=points.dtype)
    for j in range(k):
        heaped = chance.cumsum(-1, dtype=float)
        drawn = (heaped <= rng.random((tables, starts, 1)) * heaped[..., -1:]).sum(-1)
        seeds[:, :, j] = seed = points[table, np.minimum(drawn, n - 1)]
        from_seed = (points * points).sum(-1)[:, None] + (seed * seed).sum(-1)[..., None]
        from_seed = from_seed - 2 * (points[:, None] @ seed[..., None])[..., 0]
        squared = np.minimum(squared, np.maximum(from_seed, 0))
        chance = squared * weight[:, None]
    return seeds
