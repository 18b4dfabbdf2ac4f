"""Sufficient statistics of items that add up over partitions of the rows; it keeps no rows and reads no files."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Self

import numpy as np

from analysis.errors import AnalysisError
from analysis.numeric.arrays import Booleans, Floats, Integers

SMALLEST_NUMBER_OF_ROWS = 3

# A block of so many rows stays in the processor's cache from one operation to the next.
_BLOCK = 1 << 10


@dataclass(frozen=True, eq=False)
class Moments:
    """Counts, sums and cross-products of p items, kept for every pair over the rows where both are present.

    Two values add up with ``+``, so partitions of a table, on one machine or many, give what the whole gives.
    The origin is a whole number per item; with whole-number answers and no weights every sum is therefore
    exact, and the result does not depend on how the rows were divided.

    Parameters
    ----------
    origin : (p,) array
        What was subtracted from each item before summing, so that large values lose no digits.
    rows : int
        Rows with a positive weight.
    weight, squared_weight : float
        Sum of the rows' weights and of their squares.
    n_pairwise : (p, p) array of int
        Rows in which both items are present.
    weights : (p, p) array
        Sum of weights over those rows.
    sums, squares : (p, p) array
        Weighted sum of item i, and of its square, over the rows in which i and j are present.
    products : (p, p) array
        Weighted cross-products over those rows.
    """

    origin: Floats
    rows: int
    weight: float
    squared_weight: float
    n_pairwise: Integers
    weights: Floats
    sums: Floats
    squares: Floats
    products: Floats

    @classmethod
    def of(cls, x: Floats, weights: Floats | None = None, *, origin: Floats | None = None) -> Self:
        """Sum up a table of answers.

        Parameters
        ----------
        x : (n, p) array
            One row per rating, NaN where an answer is missing.
        weights : (n,) array, optional
            Not negative; rows of weight 0 are left out. All 1 by default.
        origin : (p,) array, optional
            By default the whole number next to each item's mean.

        Returns
        -------
        Moments

        Raises
        ------
        AnalysisError
            ``infinite_answer`` and ``unusable_weight``.
        """
        x = np.asarray(x, dtype=float)
        weights = np.ones(len(x)) if weights is None else np.asarray(weights, dtype=float)
        _check(x, weights)
        if not (used := weights > 0).all():
            x, weights = x[used], weights[used]
        present = ~np.isnan(x)
        origin = _whole_means(x, present) if origin is None else np.asarray(origin, dtype=float)
        sums = _complete(x, origin, weights) if present.all() else _pairwise(x, origin, present, weights)
        return cls(origin, len(x), float(weights.sum()), float(weights @ weights), *sums)

    @classmethod
    def of_chunks(cls, chunks: Iterable[Floats | tuple[Floats, Floats | None]]) -> Self:
        """Sum up a table that comes a block of rows at a time and need never be in memory as a whole.

        Parameters
        ----------
        chunks : iterable of (n, p) arrays, or of (array, weights) pairs
            As ``of`` takes them; at least one. Partitions of a table in any order give the same.

        Returns
        -------
        Moments
            About the origin of the first block: equal to ``of`` the whole table but for that, exactly for whole-number
            answers without weights.

        Raises
        ------
        AnalysisError
            As ``of``.

        Notes
        -----
        Blocks in any order equal the whole to 1e-12.

        References
        ----------
        Chan, Golub & LeVeque (1983), doi:10.1080/00031305.1983.10483115
        """
        pairs = (chunk if isinstance(chunk, tuple) else (chunk, None) for chunk in chunks)
        return reduce(add, (cls.of(x, weights) for x, weights in pairs))

    def __add__(self, other: Self) -> Self:
        """Moments of the rows of both."""
        other = other.rebased(self.origin)
        return type(self)(
            self.origin,
            self.rows + other.rows,
            self.weight + other.weight,
            self.squared_weight + other.squared_weight,
            self.n_pairwise + other.n_pairwise,
            self.weights + other.weights,
            self.sums + other.sums,
            self.squares + other.squares,
            self.products + other.products,
        )

    def rebased(self, origin: Floats) -> Self:
        """Return the same moments about another origin.

        Parameters
        ----------
        origin : (p,) array

        Returns
        -------
        Moments
        """
        shift = (origin - self.origin)[:, None]
        return type(self)(
            origin,
            self.rows,
            self.weight,
            self.squared_weight,
            self.n_pairwise,
            self.weights,
            self.sums - shift * self.weights,
            self.squares - 2 * shift * self.sums + shift**2 * self.weights,
            self.products - shift * self.sums.T - shift.T * self.sums + shift * shift.T * self.weights,
        )

    @property
    def effective_rows(self) -> float:
        """Kish's effective number of rows: what is left of them under unequal weights."""
        return self.weight**2 / self.squared_weight if self.rows else 0.0

    @property
    def means(self) -> Floats:
        """Weighted mean of each item over the rows where it is present, (p,).

        Raises
        ------
        AnalysisError
            ``too_few_rows``, ``pair_never_observed``.
        """
        self._require_answers()
        return np.asarray(self.origin + np.diag(self.sums) / np.diag(self.weights))

    def covariance(self) -> Floats:
        """Pairwise covariances, each over the rows in which both items are present.

        Returns
        -------
        (p, p) array
            Divisor n - 1; weights count relative to their mean.

        Raises
        ------
        AnalysisError
            ``too_few_rows``, ``pair_never_observed``.

        Notes
        -----
        Without weights equals ``cov(use = "pairwise.complete.obs")`` of R and ``DataFrame.cov`` to 1e-9.
        """
        self._require_answers()
        n = self.n_pairwise
        return np.asarray((self.products - self.sums * self.sums.T / self.weights) / self.weights * n / (n - 1))

    def correlation(self) -> Floats:
        """Pairwise Pearson correlations, each with the variances of its own rows.

        Returns
        -------
        (p, p) array
            Unit diagonal; positive definite for certain only when nothing is missing.

        Raises
        ------
        AnalysisError
            ``too_few_rows``, ``pair_never_observed``, ``constant_item``.

        Notes
        -----
        Equals ``cor(use = "pairwise.complete.obs")`` of R and ``DataFrame.corr`` to 1e-9.
        """
        self._require_answers()
        cross = self.products - self.sums * self.sums.T / self.weights
        spread = self.squares - self.sums**2 / self.weights
        self._require_variance(spread)
        r = cross / np.sqrt(spread * spread.T)
        np.fill_diagonal(r, 1.0)
        return np.asarray(np.clip(r, -1.0, 1.0))

    def _require_answers(self) -> None:
        """Refuse what no covariance can be had from."""
        if self.rows < SMALLEST_NUMBER_OF_ROWS:
            message = f"There are {self.rows} rows with answers, at least {SMALLEST_NUMBER_OF_ROWS} are needed."
            raise AnalysisError("too_few_rows", f"{message} Collect more answers.", rows=self.rows)
        i, j = np.unravel_index(int(np.argmin(self.n_pairwise)), self.n_pairwise.shape)
        fewest = int(self.n_pairwise[i, j])
        if fewest < SMALLEST_NUMBER_OF_ROWS:
            raise AnalysisError(
                "pair_never_observed",
                f"Items in columns {i + 1} and {j + 1} were answered together in {fewest} rows, at least "
                f"{SMALLEST_NUMBER_OF_ROWS} are needed. Collect answers to both, or leave one of them out.",
                column=int(i),
                other_column=int(j),
                rows=fewest,
            )

    def _require_variance(self, spread: Floats) -> None:
        """Refuse an item whose answers are all the same in the rows of some pair."""
        rounding = 1e-12 * np.maximum(self.squares, np.diag(self.squares)[:, None])
        if not (flat := spread <= rounding).any():
            return
        i, j = (int(index[0]) for index in np.nonzero(flat))
        also = "" if i == j else f" wherever the item in column {j + 1} was answered"
        raise AnalysisError(
            "constant_item",
            f"All answers to the item in column {i + 1} are the same{also}. Leave the item out.",
            column=i,
            other_column=j,
        )


def _check(x: Floats, weights: Floats) -> None:
    """Refuse values that would spoil every sum silently."""
    if (infinite := np.isinf(x)).any():
        column = int(np.nonzero(infinite)[1][0])
        message = f"The item in column {column + 1} holds an infinite number. Correct it or mark it as missing."
        raise AnalysisError("infinite_answer", message, column=column)
    if not (np.isfinite(weights) & (weights >= 0)).all():
        row = int(np.nonzero(~(np.isfinite(weights) & (weights >= 0)))[0][0])
        message = f"The weight of row {row + 1} is missing, infinite or negative. Give every row a weight of 0 or more."
        raise AnalysisError("unusable_weight", message, row=row)


def _whole_means(x: Floats, present: Booleans) -> Floats:
    """Whole number next to each item's mean; 0 for an item nobody answered."""
    return np.asarray(np.rint(x.sum(0, where=present) / np.maximum(present.sum(0), 1)))


def cross_products(x: Floats, origin: Floats, weights: Floats | None = None) -> tuple[Floats, Floats]:
    """Sums and cross-products of complete rows about an origin.

    Parameters
    ----------
    x : (n, p) array
        Without NaN.
    origin : (p,) array
    weights : (n,) array, optional

    Returns
    -------
    sums : (p,) array
    products : (p, p) array
    """
    sums, products = np.zeros(len(origin)), np.zeros((len(origin),) * 2)
    ones = np.ones(min(len(x), _BLOCK))
    for start in range(0, len(x), _BLOCK):
        shifted = x[start : start + _BLOCK] - origin
        weighted = shifted if weights is None else shifted * weights[start : start + _BLOCK, None]
        sums += ones[: len(shifted)] @ weighted  # a product of matrices is faster than a sum by columns
        products += weighted.T @ shifted
    return sums, products


def _complete(x: Floats, origin: Floats, weights: Floats) -> tuple[Integers, Floats, Floats, Floats, Floats]:
    """Sum counts, weights, answers, squares and products of rows without missing answers."""
    sums, products = cross_products(x, origin, None if (weights == 1).all() else weights)
    everywhere = np.ones_like(products)
    n_pairwise = np.full(products.shape, len(x), dtype=np.int64)
    return (
        n_pairwise,
        weights.sum() * everywhere,
        sums[:, None] * everywhere,
        np.diag(products)[:, None] * everywhere,
        products,
    )


def _pairwise(
    x: Floats, origin: Floats, present: Booleans, weights: Floats
) -> tuple[Integers, Floats, Floats, Floats, Floats]:
    """Sum counts, weights, answers, squares and products over each pair, one matrix product each."""
    shifted = np.where(present, x - origin, 0.0)
    weighted = shifted * weights[:, None]
    mask = present.astype(float)
    n_pairwise = np.rint(mask.T @ mask).astype(np.int64)
    pair_weights = (mask * weights[:, None]).T @ mask
    return (
        n_pairwise,
        pair_weights,
        weighted.T @ mask,
        (weighted * shifted).T @ mask,
        np.asarray(weighted.T @ shifted),
    )
