"""How clusters fare when persons are drawn anew: agreement with the whole and Jaccard similarity of each cluster."""

from dataclasses import dataclass

import numpy as np

from analysis.numeric.arrays import Floats, Integers
from analysis.numeric.clustering import adjusted_rand, batch_kmeans, nearest

# Numbers held at once by the clusterings of many resamples: 64 MB.
_BLOCK = 16_000_000


@dataclass(frozen=True, eq=False)
class BootstrapStability:
    """Agreement of clusters found in resamples of persons with those of the whole sample.

    ``adjusted_rand`` (resamples,) and ``jaccard`` (resamples, k): similarity of each cluster to the most similar
    one of the resample, over the persons drawn.
    """

    adjusted_rand: Floats
    jaccard: Floats


def bootstrap_stability(
    points: Floats,
    person: Integers,
    labels: Integers,
    k: int,
    *,
    resamples: int,
    starts: int,
    rng: np.random.Generator,
) -> BootstrapStability:
    """Cluster resamples of persons and compare each result with the clusters of all.

    Parameters
    ----------
    points : (n, d) array
    person : (n,) array of int
        Whose rating each row is.
    labels : (n,) array of int
        Clusters of all.
    k : int
        How many.
    resamples : int
        Each draws as many persons as there are, with replacement.
    starts : int
        k-means starts in each resample.
    rng : numpy Generator

    Returns
    -------
    BootstrapStability

    References
    ----------
    Hennig (2007), doi:10.1016/j.csda.2006.11.025; Dolnicar & Leisch (2010), doi:10.1007/s11002-009-9083-4

    Notes
    -----
    The Jaccard similarities are those of ``fpc::clusterboot`` with persons in place of rows; a person drawn twice
    weighs twice when clusters are found and counts once when they are compared.
    """
    present, number = np.unique(person, return_inverse=True)
    drawn = rng.multinomial(len(present), np.full(len(present), 1 / len(present)), size=resamples)[:, number]
    at_once = max(_BLOCK // (len(points) * k * starts), 1)
    tables = np.concatenate(
        [
            _tables(points, drawn[first : first + at_once].astype(float), labels, k, starts=starts, rng=rng)
            for first in range(0, resamples, at_once)
        ]
    )
    union = tables.sum(-1, keepdims=True) + tables.sum(-2, keepdims=True) - tables
    return BootstrapStability(adjusted_rand(tables), (tables / np.maximum(union, 1)).max(-1))


def _tables(
    points: Floats, weight: Floats, whole: Integers, k: int, *, starts: int, rng: np.random.Generator
) -> Floats:
    """Rows drawn by their cluster in the whole and in the resample, (b, k, k)."""
    clusters = np.arange(k)
    centroids = batch_kmeans(points[None], weight, k, starts=starts, rng=rng)
    labels = nearest(points.astype(np.float32)[None], centroids)
    own = (whole[:, None] == clusters).astype(np.float32)
    member = ((labels[:, None] == clusters[:, None]) & (weight[:, None] > 0)).astype(np.float32)
    return np.asarray((member @ own).swapaxes(-1, -2), dtype=float)
