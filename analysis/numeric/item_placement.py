"""Where each item of a factor pattern belongs, and how clearly; it judges by no threshold and drops no item."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from analysis.numeric.arrays import Floats, Integers


@dataclass(frozen=True, eq=False)
class ItemPlacement:
    """For p items: number of the ``primary`` factor, the loading there, the next largest, and Hofmann's complexity.

    ``second`` is NaN with a single factor, ``complexity`` for an item that loads on none. All are (p,).
    """

    primary: Integers
    loading: Floats
    second: Floats
    complexity: Floats

    @classmethod
    def of(cls, pattern: Floats) -> Self:
        """Place the items of a pattern.

        Parameters
        ----------
        pattern : (p, k) array

        Returns
        -------
        ItemPlacement
            Of equal loadings the first.

        References
        ----------
        Hofmann (1978), doi:10.1207/s15327906mbr1302_9

        Notes
        -----
        ``complexity`` equals that of ``psych::fa``.
        """
        items = np.arange(len(pattern))
        order = np.argsort(-np.abs(pattern), axis=1, kind="stable")
        squares = pattern**2
        fourth = (squares**2).sum(1)
        second = pattern[items, order[:, 1]] if pattern.shape[1] > 1 else np.full(len(pattern), np.nan)
        complexity = np.divide(squares.sum(1) ** 2, fourth, out=np.full(len(pattern), np.nan), where=fourth > 0)
        return cls(order[:, 0], pattern[items, order[:, 0]], second, complexity)

    @property
    def gap(self) -> Floats:
        """Distance in size of the two largest loadings, (p,); the loading's own size with a single factor."""
        return np.asarray(np.abs(self.loading) - np.nan_to_num(np.abs(self.second)))
