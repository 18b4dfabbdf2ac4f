"""Order and direction of factors: the only place where columns are moved or reflected, so nothing is left behind."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.optimize import linear_sum_assignment

from analysis.numeric.arrays import Floats, Integers


@dataclass(frozen=True, eq=False)
class Arrangement:
    """A new order of k factors (``order``: the old numbers) and their directions (``signs``: 1 or -1)."""

    order: Integers
    signs: Floats

    @classmethod
    def by_size(cls, pattern: Floats) -> Self:
        """Largest sum of squared loadings first, each column's sum positive.

        Parameters
        ----------
        pattern : (p, k) array

        Returns
        -------
        Arrangement

        Notes
        -----
        The order and the signs that ``psych::fa`` gives its factors.
        """
        order = np.argsort(-(pattern**2).sum(0), kind="stable")
        return cls(order, np.where(pattern.sum(0)[order] < 0, -1.0, 1.0))

    @classmethod
    def towards(cls, pattern: Floats, target: Floats) -> Self:
        """Match each column to the target's column it is most congruent with, one to one.

        Parameters
        ----------
        pattern, target : (p, k) arrays
            Of the same items.

        Returns
        -------
        Arrangement

        Notes
        -----
        Checked by finding planted permutations and signs again.

        References
        ----------
        Lorenzo-Seva & ten Berge (2006), doi:10.1027/1614-2241.2.2.57
        """
        agreement = congruence(target, pattern)
        rows, order = linear_sum_assignment(-np.abs(agreement))
        return cls(order, np.where(agreement[rows, order] < 0, -1.0, 1.0))

    def columns(self, by_factor: Floats) -> Floats:
        """Arrange something with one column per factor: loadings, structure, weights, scores.

        Parameters
        ----------
        by_factor : (r, k) array

        Returns
        -------
        (r, k) array
        """
        return np.asarray(by_factor[:, self.order] * self.signs)

    def square(self, between_factors: Floats) -> Floats:
        """Arrange something with a row and a column per factor: factor correlations.

        Parameters
        ----------
        between_factors : (k, k) array

        Returns
        -------
        (k, k) array
        """
        return np.asarray(between_factors[np.ix_(self.order, self.order)] * np.outer(self.signs, self.signs))


def congruence(one: Floats, other: Floats) -> Floats:
    """Tucker's congruence of every column of one with every column of the other.

    Parameters
    ----------
    one : (p, k) array
    other : (p, m) array

    Returns
    -------
    (k, m) array
        Between -1 and 1; 0 beside a column of zeros.

    Notes
    -----
    The coefficient of ``psych::factor.congruence``.
    """
    norms = np.outer(np.linalg.norm(one, axis=0), np.linalg.norm(other, axis=0))
    return np.divide(one.T @ other, norms, out=np.zeros_like(norms), where=norms > 0)
