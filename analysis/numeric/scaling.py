"""Classical multidimensional scaling, and further points placed on such a map; it decides nothing of what is mapped."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.numeric.arrays import Floats


@dataclass(frozen=True, eq=False)
class Configuration:
    """Points (n, q) whose distances come near to the dissimilarities; all ``eigenvalues`` (n,) of their products."""

    points: Floats
    eigenvalues: Floats
    products: Floats

    @property
    def explained(self) -> float:
        """Share of the positive eigenvalues that the map's dimensions hold, 0 to 1."""
        return float(self.eigenvalues[: self.points.shape[1]].sum() / self.eigenvalues.clip(0).sum())

    def stress(self, dissimilarities: Floats) -> float:
        """Kruskal's stress-1 of the map's distances against dissimilarities (n, n), 0 to 1.

        Parameters
        ----------
        dissimilarities : (n, n) array
            Not negative.

        Returns
        -------
        float
            0 to 1.

        Notes
        -----
        The formula of ``MASS::isoMDS``, there in percent; 0 to 1e-8 for points of a plane.

        References
        ----------
        Kruskal (1964), doi:10.1007/BF02289565
        """
        upper = np.triu_indices(len(self.points), 1)
        found = np.sqrt(((self.points[:, None] - self.points) ** 2).sum(-1))[upper]
        return float(np.sqrt(((dissimilarities[upper] - found) ** 2).sum() / (found**2).sum()))

    def placed(self, dissimilarities: Floats) -> Floats:
        """Place further points by their dissimilarities from those of the map.

        Parameters
        ----------
        dissimilarities : (m, n) array

        Returns
        -------
        (m, q) array

        Notes
        -----
        Checked by points of a plane, which come back to rounding.

        References
        ----------
        Gower (1968), doi:10.1093/biomet/55.3.582
        """
        squares = self.products - dissimilarities**2
        return np.asarray(squares @ self.points / (2 * self.eigenvalues[: self.points.shape[1]]))


def classical_scaling(dissimilarities: Floats, dimensions: int = 2) -> Configuration:
    """Map objects so that distances come near to their dissimilarities.

    Parameters
    ----------
    dissimilarities : (n, n) array
        Symmetric, zero on the diagonal.
    dimensions : int
        At most the number of positive eigenvalues is used.

    Returns
    -------
    Configuration
        Each dimension turned so that the point farthest from the middle is on the positive side.

    References
    ----------
    Torgerson (1952), doi:10.1007/BF02288916

    Notes
    -----
    Equals ``stats::cmdscale`` to 1e-8, apart from signs.
    """
    n = len(dissimilarities)
    middle = np.eye(n) - 1 / n
    products = -middle @ dissimilarities**2 @ middle / 2
    values, vectors = np.linalg.eigh((products + products.T) / 2)
    values, vectors = values[::-1], vectors[:, ::-1]
    used = min(dimensions, int((values > values[0] * 1e-12).sum()))
    points = vectors[:, :used] * np.sqrt(values[:used])
    points = points * np.sign(points[np.abs(points).argmax(0), np.arange(used)])
    return Configuration(points, values, np.diag(products))
