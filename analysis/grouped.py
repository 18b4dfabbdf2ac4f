"""What rules are compared over: the ratings for testing and the archetype of each; it compares nothing itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analysis.dataset import Dataset
from analysis.numeric.arrays import Booleans, Floats, Integers


@dataclass(frozen=True, eq=False)
class Grouped:
    """Which ratings are for testing (n,), and the archetype of each rating (n,), counted from 0.

    There is no ``archetype`` where the data hold no archetypes.
    """

    testing: Booleans
    archetype: Integers | None

    def members(self) -> Iterator[tuple[str, Booleans]]:
        """Each archetype's key and which ratings (n,) belong to it.

        Returns
        -------
        iterator of (str, (n,) array of bool)
        """
        if self.archetype is not None:
            yield from ((archetype_key(i), self.archetype == i) for i in range(int(self.archetype.max()) + 1))


def archetype_key(number: int) -> str:
    """Key of an archetype counted from 0.

    Parameters
    ----------
    number : int
        From 0.

    Returns
    -------
    str
    """
    return f"A{number + 1}"


def brand_numbers(dataset: Dataset) -> Integers:
    """The brand of each rating as a number, (ratings,).

    Parameters
    ----------
    dataset : Dataset

    Returns
    -------
    (ratings,) array of int
        From 0.
    """
    return _numbers(dataset.ratings["brand"].to_numpy(dtype=str))


def country_numbers(dataset: Dataset) -> Integers:
    """The country of each rating's person as a number, (ratings,).

    Parameters
    ----------
    dataset : Dataset

    Returns
    -------
    (ratings,) array of int
        From 0.
    """
    return _numbers(dataset.persons["country"].loc[dataset.ratings["person"]].to_numpy(dtype=str))


def indicators(number: Integers) -> Floats:
    """A column of 0 and 1 for each number that occurs but the first, (n, numbers - 1).

    Parameters
    ----------
    number : (n,) array of int

    Returns
    -------
    (n, numbers - 1) array
        0 or 1.
    """
    return np.asarray((number[:, None] == np.unique(number)[1:]).astype(float))


def _numbers(names: np.ndarray) -> Integers:
    return np.unique(names, return_inverse=True)[1].astype(np.int64)
