"""Clusters and the subspace that shows them best, found together; the check on factors found before clusters."""

from dataclasses import dataclass

import numpy as np

from analysis.numeric.arrays import Floats, Integers
from analysis.numeric.clustering import best_kmeans, nearest

_MOST_STEPS = 100
_SMALLEST_GAIN = 1e-7


@dataclass(frozen=True, eq=False)
class ReducedKMeans:
    """Orthonormal ``loadings`` (p, q), ``centroids`` (k, q) of the rows projected on them, and the squared ``loss``."""

    loadings: Floats
    centroids: Floats
    loss: float

    def assigned(self, x: Floats) -> Integers:
        """Cluster of each row (n, p), (n,).

        Parameters
        ----------
        x : (n, p) array

        Returns
        -------
        (n,) array of int
            From 0, below k.
        """
        return nearest(x @ self.loadings, self.centroids)


def reduced_kmeans(x: Floats, k: int, n_dimensions: int, *, starts: int, rng: np.random.Generator) -> ReducedKMeans:
    """Cluster rows in the subspace that brings rows closest to their cluster's centroid.

    Parameters
    ----------
    x : (n, p) array
        Standardised, no NaN.
    k : int
        Number of clusters.
    n_dimensions : int
        Of the subspace, at most p and k - 1.
    starts : int
        One from k-means in the first principal components, the others from random subspaces.
    rng : numpy Generator

    Returns
    -------
    ReducedKMeans

    References
    ----------
    De Soete & Carroll (1994), K-means clustering in a low-dimensional Euclidean space, in New Approaches in
    Classification and Data Analysis, 212-219

    Notes
    -----
    The loss is that of ``clustrd::cluspca(method = "RKM")``.
    """
    x = x - x.mean(0)
    principal = np.linalg.svd(x, full_matrices=False)[2][:n_dimensions].T
    random = [np.linalg.qr(rng.standard_normal((x.shape[1], n_dimensions)))[0] for _ in range(starts - 1)]
    return min((_alternated(x, k, loadings, rng) for loadings in [principal, *random]), key=lambda found: found.loss)


def _alternated(x: Floats, k: int, loadings: Floats, rng: np.random.Generator) -> ReducedKMeans:
    """Take turns at clusters and subspace until the loss stands still."""
    projected = x @ loadings
    centroids = best_kmeans(projected, k, starts=10, rng=rng).centroids
    total, loss = float((x**2).sum()), np.inf
    for _ in range(_MOST_STEPS):
        labels = nearest(projected, centroids)
        size = np.bincount(labels, minlength=k)
        sums = np.stack([np.bincount(labels, weights=column, minlength=k) for column in x.T], axis=1)
        means = sums / np.maximum(size, 1)[:, None]
        # the subspace that keeps most of the sum of squares between clusters
        loadings = np.linalg.eigh((means * size[:, None]).T @ means)[1][:, : -loadings.shape[1] - 1 : -1]
        projected, centroids = x @ loadings, means @ loadings
        before, loss = loss, total - float((size @ centroids**2).sum())
        if before - loss <= _SMALLEST_GAIN * total:
            break
    return ReducedKMeans(loadings, centroids, loss)
