"""Sums of answers that add up over blocks of rows: what correlations, factors and reliability rest on; no rows."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisError
from analysis.numeric.arrays import Floats, Integers
from analysis.numeric.contingency import Contingency
from analysis.numeric.incomplete import NormalEstimate
from analysis.numeric.moments import Moments

# Answers on more points are taken as continuous by what looks at every answer: tables of them are nearly empty.
MOST_CATEGORIES_COUNTED = 11


@dataclasses.dataclass(frozen=True, eq=False)
class Pool:
    """Sums of the answers to p items; two add up with ``+``.

    ``tables`` are an error where answers cannot be counted. ``read`` rows came in, ``used`` are summed up, and
    ``complete`` of these answered every item; ``persons`` identifies the people behind them, None where they are
    not known. ``lowest`` and ``highest`` (p,) answers, NaN without any. ``estimate``: means and covariance by
    maximum likelihood, which then stand for the pairwise ones.
    """

    items: tuple[str, ...]
    moments: Moments
    tables: Contingency | AnalysisError
    read: int
    used: int
    complete: int
    persons: NDArray[np.uint64] | None
    lowest: Floats
    highest: Floats
    weighted: bool
    estimate: NormalEstimate | None = None

    @classmethod
    def of(
        cls, items: Sequence[str], x: Floats, weights: Floats | None, persons: NDArray[np.uint64] | None, *, read: int
    ) -> Self:
        """Sum up rows.

        Parameters
        ----------
        items : sequence of str
        x : (n, p) array
            NaN where missing.
        weights : (n,) array or None
        persons : (n,) array or None
            Equal for rows of the same person.
        read : int
            Rows that came in.

        Returns
        -------
        Pool

        Raises
        ------
        AnalysisError
            ``infinite_answer``, ``unusable_weight``.
        """
        present = ~np.isnan(x)
        low, high = x.min(axis=0, where=present, initial=np.inf), x.max(axis=0, where=present, initial=-np.inf)
        return cls(
            items=tuple(items),
            moments=Moments.of(x, weights),
            tables=_counted(x, weights),
            read=read,
            used=len(x),
            complete=int(present.all(1).sum()),
            persons=None if persons is None else np.unique(persons),
            lowest=np.where(np.isinf(low), np.nan, low),
            highest=np.where(np.isinf(high), np.nan, high),
            weighted=weights is not None,
        )

    def __add__(self, other: Self) -> Self:
        """Sums of the rows of both."""
        return dataclasses.replace(
            self,
            moments=self.moments + other.moments,
            tables=_joined(self.tables, other.tables),
            read=self.read + other.read,
            used=self.used + other.used,
            complete=self.complete + other.complete,
            persons=None if self.persons is None or other.persons is None else np.union1d(self.persons, other.persons),
            lowest=np.fmin(self.lowest, other.lowest),
            highest=np.fmax(self.highest, other.highest),
        )

    @property
    def independent(self) -> int:
        """Independent rows that tests count: persons where they are known, else rows less what weights cost."""
        if self.persons is not None:
            return len(self.persons)
        return int(self.moments.effective_rows) if self.weighted else self.used

    @property
    def counted(self) -> Contingency:
        """How often answers were given together; refused where they cannot be counted.

        Raises
        ------
        AnalysisError
            ``fractional_code``, ``too_many_categories``.
        """
        if isinstance(self.tables, AnalysisError):
            raise self.tables
        return self.tables

    @property
    def is_ordinal(self) -> bool:
        """Whether answers are whole numbers on few points."""
        return isinstance(self.tables, Contingency) and int(self.tables.categories.max()) <= MOST_CATEGORIES_COUNTED

    def covariance(self) -> Floats:
        """Covariances of the items, pair by pair or by maximum likelihood, divisor n - 1, (p, p).

        Returns
        -------
        (p, p) array

        Raises
        ------
        AnalysisError
            ``too_few_rows``, ``pair_never_observed``.
        """
        pairwise = self.moments.covariance()
        if self.estimate is None:
            return pairwise
        return self.estimate.covariance * self.used / (self.used - 1)

    def correlation(self) -> Floats:
        """Correlations of the items, pair by pair or by maximum likelihood, (p, p).

        Returns
        -------
        (p, p) array
            -1 to 1.

        Raises
        ------
        AnalysisError
            ``too_few_rows``, ``pair_never_observed``, ``constant_item``.
        """
        pairwise = self.moments.correlation()
        if self.estimate is None:
            return pairwise
        deviations = np.sqrt(np.diag(self.estimate.covariance))
        return np.asarray(self.estimate.covariance / np.outer(deviations, deviations))

    def spreads(self) -> tuple[Floats, Floats]:
        """Mean and standard deviation of each item on its own, (p,) each; NaN with fewer than two answers.

        Returns
        -------
        means, deviations : (p,) arrays
        """
        moments = self.moments
        n, weights = np.diag(moments.n_pairwise), np.diag(moments.weights)
        with np.errstate(divide="ignore", invalid="ignore"):
            shift = np.diag(moments.sums) / weights
            variance = np.where(n > 1, np.diag(moments.products) / weights - shift**2, np.nan) * n / (n - 1)
        return moments.origin + shift, np.sqrt(np.maximum(variance, 0.0))

    def part(self, items: Sequence[str]) -> Self:
        """Give the sums of some of the items.

        Parameters
        ----------
        items : sequence of str

        Returns
        -------
        Pool
            In their order.
        """
        at = np.array([self.items.index(item) for item in items])
        estimate = self.estimate
        return dataclasses.replace(
            self,
            items=tuple(items),
            moments=_moments_of(self.moments, at),
            tables=self.tables if isinstance(self.tables, AnalysisError) else _tables_of(self.tables, at),
            lowest=self.lowest[at],
            highest=self.highest[at],
            estimate=estimate
            and dataclasses.replace(estimate, means=estimate.means[at], covariance=estimate.covariance[np.ix_(at, at)]),
        )


def _counted(x: Floats, weights: Floats | None) -> Contingency | AnalysisError:
    """Tables of the answers, or why there are none."""
    try:
        return Contingency.of(x, weights)
    except AnalysisError as error:
        return error


def _joined(one: Contingency | AnalysisError, other: Contingency | AnalysisError) -> Contingency | AnalysisError:
    """Tables of both, unless either has none or they have too many answers together."""
    if isinstance(one, AnalysisError) or isinstance(other, AnalysisError):
        return one if isinstance(one, AnalysisError) else other
    try:
        return one + other
    except AnalysisError as error:
        return error


def _moments_of(moments: Moments, at: Integers) -> Moments:
    """Moments of some items."""
    cells = np.ix_(at, at)
    return dataclasses.replace(
        moments,
        origin=moments.origin[at],
        n_pairwise=moments.n_pairwise[cells],
        weights=moments.weights[cells],
        sums=moments.sums[cells],
        squares=moments.squares[cells],
        products=moments.products[cells],
    )


def _tables_of(tables: Contingency, at: Integers) -> Contingency:
    """Tables of some items."""
    ends = np.cumsum(tables.categories)
    places = np.concatenate([np.arange(ends[i] - tables.categories[i], ends[i]) for i in at])
    cells = np.ix_(places, places)
    return dataclasses.replace(
        tables,
        low=tables.low[at],
        categories=tables.categories[at],
        counts=tables.counts[cells],
        weights=tables.weights[cells],
    )
