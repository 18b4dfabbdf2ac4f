"""All pairwise contingency tables of ordinal items as one value that adds up; it keeps no rows and reads no files."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import add
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisError
from analysis.numeric.arrays import Floats, Integers
from analysis.numeric.moments import Moments

MOST_CATEGORIES = 25
FEWEST_ROWS_OF_A_PAIR = 3
FEWEST_ANSWERS = 2

# Rows are counted in blocks: whole numbers up to 2**24 are exact in single precision, and the indicators stay small.
_BLOCK = 1 << 13
_MISSING = -1


@dataclass(frozen=True, eq=False)
class Contingency:
    """How often each two answers to each two of p items were given together, over the rows with both.

    Two values add up with ``+``, so partitions of a table give what the whole gives; without weights to the bit.
    Answers are whole numbers. The categories of item j are all whole numbers from its lowest to its highest
    answer; they take the places ``starts[j]`` to ``starts[j + 1]`` of the m categories of all items together.

    Parameters
    ----------
    low : (p,) array of int
        Lowest answer to each item.
    categories : (p,) array of int
        Number of whole numbers from the lowest to the highest answer; 0 for an item nobody answered.
    rows : int
        Rows with a positive weight.
    weight, squared_weight : float
        Sum of the rows' weights and of their squares.
    counts : (m, m) array of int
        Rows with both answers; the diagonal blocks hold each item's own counts.
    weights : (m, m) array
        Sum of weights over these rows; equal to the counts where rows have no weights.
    """

    low: Integers
    categories: Integers
    rows: int
    weight: float
    squared_weight: float
    counts: Integers
    weights: Floats

    @classmethod
    def of(cls, x: NDArray[Any], weights: Floats | None = None) -> Self:
        """Count a table of answers.

        Parameters
        ----------
        x : (n, p) array
            One row per rating, whole numbers, NaN where an answer is missing; any numeric type.
        weights : (n,) array, optional
            Not negative; rows of weight 0 are left out. All 1 by default.

        Returns
        -------
        Contingency

        Raises
        ------
        AnalysisError
            ``fractional_code``, ``too_many_categories``, ``unusable_weight``.

        Notes
        -----
        The tables of ``table(x[, i], x[, j])`` of R, exactly; with weights those of ``xtabs(w ~ .)`` to 1e-12.
        """
        x = np.asarray(x)
        if weights is not None:
            weights = np.asarray(weights, dtype=float)
            _check_weights(weights)
        blocks = (slice(start, start + _BLOCK) for start in range(0, max(len(x), 1), _BLOCK))
        return reduce(add, (cls._counted(x[block], None if weights is None else weights[block]) for block in blocks))

    @classmethod
    def of_chunks(cls, chunks: Iterable[NDArray[Any] | tuple[NDArray[Any], Floats | None]]) -> Self:
        """Count a table that comes a block of rows at a time and need never be in memory as a whole.

        Parameters
        ----------
        chunks : iterable of (n, p) arrays, or of (array, weights) pairs
            As ``of`` takes them; at least one, in any order.

        Returns
        -------
        Contingency
            Equal to ``of`` the whole table, counts to the bit.

        Raises
        ------
        AnalysisError
            As ``of``.
        """
        pairs = (chunk if isinstance(chunk, tuple) else (chunk, None) for chunk in chunks)
        return reduce(add, (cls.of(x, weights) for x, weights in pairs))

    @classmethod
    def _counted(cls, x: NDArray[Any], weights: Floats | None) -> Self:
        """Count one block of rows."""
        if weights is not None:
            x, weights = x[weights > 0], weights[weights > 0]
        codes, low, categories = _codes(x)
        indicators = _indicators(codes, categories)
        counts = np.rint(indicators @ indicators.T).astype(np.int64)
        if weights is None:
            return cls(low, categories, len(x), float(len(x)), float(len(x)), counts, counts.astype(float))
        weighted = (indicators * weights) @ indicators.T.astype(float)
        total, squares = float(weights.sum()), float(weights @ weights)
        return cls(low, categories, len(x), total, squares, counts, weighted)

    def __add__(self, other: Self) -> Self:
        """Tables of the rows of both."""
        one, two = self._widened(other), other._widened(self)
        return type(self)(
            one.low,
            one.categories,
            self.rows + other.rows,
            self.weight + other.weight,
            self.squared_weight + other.squared_weight,
            one.counts + two.counts,
            one.weights + two.weights,
        )

    def _widened(self, other: Self) -> Self:
        """Return the same tables with room for the categories of the other."""
        low, categories = _joint_range(self, other)
        if np.array_equal(categories, self.categories) and np.array_equal(low, self.low):
            return self
        _check_categories(low, categories)
        places = self.places_within(low, categories)
        where, size = np.ix_(places, places), int(categories.sum())
        counts, weights = np.zeros((size, size), dtype=np.int64), np.zeros((size, size))
        counts[where], weights[where] = self.counts, self.weights
        return type(self)(low, categories, self.rows, self.weight, self.squared_weight, counts, weights)

    def places_within(self, low: Integers, categories: Integers) -> Integers:
        """Find the places of all categories among those of a wider range of answers.

        Parameters
        ----------
        low, categories : (p,) arrays of int
            Lowest answer to each item and number of categories, of the wider range.

        Returns
        -------
        (m,) array of int
        """
        first = np.cumsum(categories) - categories + self.low - low
        own = np.cumsum(self.categories) - self.categories
        return np.asarray(np.arange(len(self.counts)) + np.repeat(first - own, self.categories))

    @property
    def effective_rows(self) -> float:
        """Kish's effective number of rows: what is left of them under unequal weights."""
        return self.weight**2 / self.squared_weight if self.rows else 0.0

    @cached_property
    def observed(self) -> tuple[Integers, ...]:
        """Answers that were given to each item, in order."""
        return tuple(low + np.flatnonzero(own) for low, own in zip(self.low, self._own_counts, strict=True))

    @cached_property
    def n_pairwise(self) -> Integers:
        """Rows in which both items are present, (p, p)."""
        return np.rint(self._members @ self.counts @ self._members.T).astype(np.int64)

    @cached_property
    def pairs(self) -> tuple[Integers, Integers]:
        """Every pair of different items, i > j, in the order (1, 0), (2, 0), … (2, 1), …; two (m,) arrays."""
        second, first = np.triu_indices(len(self.low), 1)
        return first, second

    def margins(self) -> Floats:
        """Weight of each answer that was given to each item, over all rows where the item is present.

        Returns
        -------
        (p, K) array
            K is the largest number of different answers; 0 where an item has fewer.
        """
        return np.asarray(_padded(np.diag(self.weights)[:, None])[self._places, 0])

    def pair_weights(self) -> Floats:
        """Weights of the answers that were given to each pair of items.

        Returns
        -------
        (pairs, K, K) array
            In the order of ``pairs``; categories as in ``margins``.
        """
        return self._gathered(self.weights)

    def pair_counts(self) -> Integers:
        """Rows with the answers that were given to each pair, as ``pair_weights``; (pairs, K, K) array of int.

        Returns
        -------
        (pairs, K, K) array of int
        """
        return self._gathered(self.counts).astype(np.int64)

    def spearman(self) -> Floats:
        """Rank correlations of each pair over the rows in which both are present, ties at their mean rank.

        Returns
        -------
        (p, p) array
            Unit diagonal.

        Raises
        ------
        AnalysisError
            ``constant_item``, ``pair_never_observed``.

        Notes
        -----
        Equals ``cor(method = "spearman", use = "pairwise.complete.obs")`` of R and ``DataFrame.corr`` to 1e-9.
        """
        self.require_variety()
        tables = self.pair_weights()
        rows, columns = tables.sum(2), tables.sum(1)
        x, y = _centred_ranks(rows), _centred_ranks(columns)
        spread = np.sqrt((rows * x**2).sum(1) * (columns * y**2).sum(1))
        return self.symmetric(np.einsum("mab,ma,mb->m", tables, x, y, optimize=True) / spread)

    def moments(self) -> Moments:
        """Moments of the answers' numbers, so that one pass over the rows serves Pearson correlations as well.

        Returns
        -------
        Moments
            About each item's lowest answer; exact without weights.
        """
        members = self._members
        places = np.concatenate([np.arange(k, dtype=float) for k in self.categories])
        steps = members * places
        return Moments(
            self.low.astype(float),
            self.rows,
            self.weight,
            self.squared_weight,
            self.n_pairwise,
            members @ self.weights @ members.T,
            steps @ self.weights @ members.T,
            (members * places**2) @ self.weights @ members.T,
            steps @ self.weights @ steps.T,
        )

    def symmetric(self, of_pairs: Floats, *, diagonal: float = 1.0) -> Floats:
        """Make a matrix of numbers that pairs have.

        Parameters
        ----------
        of_pairs : (pairs,) array
            In the order of ``pairs``.
        diagonal : float
            For an item and itself.

        Returns
        -------
        (p, p) array
        """
        first, second = self.pairs
        matrix = np.full((len(self.low), len(self.low)), diagonal)
        matrix[first, second] = matrix[second, first] = of_pairs
        return matrix

    def require_variety(self) -> None:
        """Refuse a pair that hardly anybody answered, and an item with a single answer, there or altogether.

        Raises
        ------
        AnalysisError
            ``constant_item``, ``pair_never_observed``.
        """
        few = np.argwhere(self.n_pairwise < FEWEST_ROWS_OF_A_PAIR)
        if few.size:
            i, j = (int(index) for index in few[0])
            raise AnalysisError(
                "pair_never_observed",
                f"Items in columns {i + 1} and {j + 1} were answered together in {self.n_pairwise[i, j]} rows, at "
                f"least {FEWEST_ROWS_OF_A_PAIR} are needed. Collect answers to both, or leave one of them out.",
                column=i,
                other_column=j,
                rows=int(self.n_pairwise[i, j]),
            )
        beside = self.counts @ self._members.T > 0  # whether an answer was given where the other item is present
        same = np.argwhere(self._members @ beside < FEWEST_ANSWERS)
        if same.size:
            i, j = (int(index) for index in same[np.argmax(same[:, 0] == same[:, 1])])
            also = "" if i == j else f" wherever the item in column {j + 1} was answered"
            message = f"All answers to the item in column {i + 1} are the same{also}. Leave the item out."
            raise AnalysisError("constant_item", message, column=i, other_column=j)

    @cached_property
    def _members(self) -> Floats:
        """Which categories belong to which item, (p, m)."""
        return np.repeat(np.eye(len(self.low)), self.categories, axis=1)

    @cached_property
    def _own_counts(self) -> tuple[Integers, ...]:
        """Counts of each item's own categories."""
        return tuple(np.split(np.diag(self.counts), np.cumsum(self.categories)[:-1]))

    @cached_property
    def _places(self) -> Integers:
        """Places of the answers that were given, (p, K); m where an item has fewer."""
        starts = np.cumsum(self.categories) - self.categories
        places = [start + np.flatnonzero(own) for start, own in zip(starts, self._own_counts, strict=True)]
        filled = np.full((len(places), max(map(len, places), default=0)), len(self.counts))
        for row, place in zip(filled, places, strict=True):
            row[: len(place)] = place
        return filled

    def _gathered(self, tables: NDArray[Any]) -> Floats:
        """Pick the answers that were given from a table of all categories, pair by pair."""
        padded = _padded(_padded(tables).T).T
        first, second = self.pairs
        return np.asarray(padded[self._places[first][:, :, None], self._places[second][:, None, :]], dtype=float)


def _padded(table: NDArray[Any]) -> NDArray[Any]:
    """Append a row of zeros."""
    return np.concatenate([table, np.zeros_like(table, shape=(1, table.shape[1]))])


def _codes(x: NDArray[Any]) -> tuple[NDArray[np.int16], Integers, Integers]:
    """Answers as places above the item's lowest (p, n), that answer and the number of whole numbers up to the highest.

    A missing answer has a negative place.
    """
    with np.errstate(invalid="ignore"):  # what a NaN becomes does not matter, it equals no number
        whole = x.astype(np.int16)
    present = whole == x
    _check_whole(x, present)
    largest, smallest = np.iinfo(np.int16).max, np.iinfo(np.int16).min
    low = whole.min(axis=0, where=present, initial=largest)
    high = whole.max(axis=0, where=present, initial=smallest)
    empty = low > high
    low = np.where(empty, 0, low).astype(np.int16)
    categories = np.where(empty, 0, high.astype(np.int64) - low + 1)
    _check_categories(low.astype(np.int64), categories)
    codes = np.where(present, whole - low, np.int16(_MISSING))
    return np.ascontiguousarray(codes.T), low.astype(np.int64), categories


def _indicators(codes: NDArray[np.int16], categories: Integers) -> NDArray[np.float32]:
    """One row per category, 1 where it was the answer, (m, n)."""
    rows = np.empty((int(categories.sum()), codes.shape[1]), dtype=np.float32)
    starts = np.cumsum(categories) - categories
    for start, number, answers in zip(starts, categories, codes, strict=True):
        np.equal(answers, np.arange(number, dtype=np.int16)[:, None], out=rows[start : start + number])
    return rows


def _centred_ranks(margin: Floats) -> Floats:
    """Mean rank of each category less the mean rank of all rows; both (m, K)."""
    ranks = np.cumsum(margin, axis=1) - margin / 2
    return np.asarray(ranks - margin.sum(1, keepdims=True) / 2)


def _joint_range(one: Contingency, two: Contingency) -> tuple[Integers, Integers]:
    """Lowest answer and number of categories that hold the answers of both."""
    low = np.where(two.categories == 0, one.low, np.where(one.categories == 0, two.low, np.minimum(one.low, two.low)))
    high = np.maximum(*(np.where(t.categories > 0, t.low + t.categories, low) for t in (one, two)))
    return low, high - low


def _check_whole(x: NDArray[Any], present: NDArray[np.bool_]) -> None:
    """Refuse answers that are neither whole numbers nor missing."""
    strange = ~present
    if not strange.any() or not (strange := strange & ~np.isnan(x)).any():
        return
    row, column = (int(index[0]) for index in np.nonzero(strange))
    raise AnalysisError(
        "fractional_code",
        f"The item in column {column + 1} holds the answer {x[row, column]}, which is no whole number of reasonable "
        "size. Code ordinal answers as whole numbers, or treat the item as continuous.",
        column=column,
        answer=float(x[row, column]),
    )


def _check_categories(low: Integers, categories: Integers) -> None:
    """Refuse an item with more categories than an ordinal item has."""
    if not (categories > MOST_CATEGORIES).any():
        return
    column = int(np.argmax(categories))
    raise AnalysisError(
        "too_many_categories",
        f"Answers to the item in column {column + 1} run from {low[column]} to {low[column] + categories[column] - 1}; "
        f"an ordinal item has at most {MOST_CATEGORIES} categories. Mark codes of missing answers as missing, or treat "
        "the item as continuous.",
        column=column,
        categories=int(categories[column]),
    )


def _check_weights(weights: Floats) -> None:
    """Refuse weights that would spoil every table silently."""
    usable = np.isfinite(weights) & (weights >= 0)
    if not usable.all():
        row = int(np.argmin(usable))
        message = f"The weight of row {row + 1} is missing, infinite or negative. Give every row a weight of 0 or more."
        raise AnalysisError("unusable_weight", message, row=row)
