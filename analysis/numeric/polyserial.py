"""Correlations among ordinal and continuous items together, from sums that add up over rows; it keeps no rows."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from analysis.errors import AnalysisError
from analysis.numeric.arrays import Booleans, Floats
from analysis.numeric.contingency import FEWEST_ANSWERS, Contingency
from analysis.numeric.moments import Moments
from analysis.numeric.polychoric import LARGEST_CORRELATION, polychoric

# A sum of squares below this share of what it was computed from is rounding.
ROUNDING = 1e-12

_BLOCK = 1 << 13


@dataclass(frozen=True, eq=False)
class MixedTables:
    """Tables of ordinal items, moments of continuous ones, and the continuous ones within each ordinal answer.

    Two values add up with ``+``. ``weights``, ``sums`` and ``squares`` (m, c) are those of each of c continuous
    items, about the moments' origin, over the rows that gave each of the m ordinal answers (``Contingency``) and
    have the continuous item.
    """

    ordinal: Contingency
    continuous: Moments
    weights: Floats
    sums: Floats
    squares: Floats

    @classmethod
    def of(cls, ordinal: NDArray[Any], continuous: Floats, weights: Floats | None = None) -> Self:
        """Sum up rows.

        Parameters
        ----------
        ordinal : (n, p) array
            Whole numbers, NaN where missing.
        continuous : (n, c) array
            NaN where missing.
        weights : (n,) array, optional
            Not negative. All 1 by default.

        Returns
        -------
        MixedTables

        Raises
        ------
        AnalysisError
            As ``Contingency.of`` and ``Moments.of``.
        """
        tables, moments = Contingency.of(ordinal, weights), Moments.of(continuous, weights)
        row_weights = np.ones(len(ordinal)) if weights is None else weights
        sums = np.zeros((3, len(tables.counts), continuous.shape[1]))
        for start in range(0, len(ordinal), _BLOCK):
            rows = slice(start, start + _BLOCK)
            present = ~np.isnan(continuous[rows])
            centred = np.where(present, continuous[rows] - moments.origin, 0.0)
            answered = _answered(ordinal[rows], tables) * row_weights[rows]
            sums += answered @ present, answered @ centred, answered @ centred**2
        return cls(tables, moments, *sums)

    def __add__(self, other: Self) -> Self:
        """Sums of the rows of both."""
        tables, moments = self.ordinal + other.ordinal, self.continuous + other.continuous
        one, two = self._about(moments.origin, tables), other._about(moments.origin, tables)
        return type(self)(tables, moments, *(a + b for a, b in zip(one, two, strict=True)))

    def _about(self, origin: Floats, tables: Contingency) -> tuple[Floats, Floats, Floats]:
        """Weights, sums and squares about another origin, with room for the answers of other tables."""
        shift = origin - self.continuous.origin
        sums = self.sums - shift * self.weights
        squares = self.squares - 2 * shift * self.sums + shift**2 * self.weights
        wide = np.zeros((3, len(tables.counts), self.sums.shape[1]))
        wide[:, self.ordinal.places_within(tables.low, tables.categories)] = self.weights, sums, squares
        return wide[0], wide[1], wide[2]

    def correlation(self) -> Floats:
        """Polychoric, polyserial and Pearson correlations in one matrix, each over the pair's own rows.

        Returns
        -------
        (p + c, p + c) array
            Ordinal items first; unit diagonal, not positive definite for certain.

        Raises
        ------
        AnalysisError
            As ``polychoric`` and ``Moments.correlation``.

        Notes
        -----
        Equals ``polycor::hetcor(ML = FALSE, use = "pairwise.complete.obs")`` to 1e-9, its polychorics to 1e-5, which
        is where its search stops.

        References
        ----------
        Olsson, Drasgow & Dorans (1982), doi:10.1007/BF02294164
        """
        alone = self.continuous.correlation()
        among = polychoric(self.ordinal, margins="pair").correlation
        between = self.polyserial()
        return np.block([[among, between], [between.T, alone]])

    def polyserial(self) -> Floats:
        """Correlate each ordinal item's latent variable with each continuous item, in two steps.

        Returns
        -------
        (p, c) array
            Within plus and minus 0.99999.

        Raises
        ------
        AnalysisError
            ``constant_item``, ``pair_never_observed``.

        Notes
        -----
        Equals ``polycor::polyserial(ML = FALSE)`` to 1e-9: the Pearson correlation with the answers' numbers,
        times their deviation, over the sum of the normal's heights at the thresholds.
        """
        self.ordinal.require_variety()
        ends = np.cumsum(self.ordinal.categories)
        spans = [slice(end - k, end) for end, k in zip(ends, self.ordinal.categories, strict=True)]
        for item, places in enumerate(spans):
            self._require_variety(item, places)
        return np.stack([self._with_continuous(places) for places in spans])

    def _require_variety(self, item: int, places: slice) -> None:
        """Refuse a pair that nobody answered or in whose rows one of the two does not vary."""
        weights, sums, squares = self.weights[places], self.sums[places].sum(0), self.squares[places].sum(0)
        total = weights.sum(0)
        spread = squares - np.divide(sums**2, total, out=np.zeros_like(total), where=total > 0)
        for column in np.flatnonzero(
            (total == 0) | ((weights > 0).sum(0) < FEWEST_ANSWERS) | (spread <= ROUNDING * squares)
        ):
            pair = f"the ordinal item in column {item + 1} and the continuous one in column {column + 1}"
            numbers = {"column": item, "other_column": int(column)}
            if total[column] == 0:
                message = f"Nobody answered both {pair}. Leave one of them out."
                raise AnalysisError("pair_never_observed", message, **numbers)
            message = f"Among those who answered {pair}, one of the two does not vary. Leave it out."
            raise AnalysisError("constant_item", message, **numbers)

    def _with_continuous(self, places: slice) -> Floats:
        """Polyserial correlations of one ordinal item with each continuous item, (c,)."""
        given = self.weights[places].any(1)
        weights, sums, squares = (part[places][given] for part in (self.weights, self.sums, self.squares))
        total = weights.sum(0)
        codes = np.arange(len(weights), dtype=float)[:, None]
        mean = sums.sum(0) / total
        covariance = (codes * sums).sum(0) / total - (codes * weights).sum(0) / total * mean
        deviation = np.sqrt(squares.sum(0) / total - mean**2)
        cuts = ndtri(np.cumsum(weights, axis=0)[:-1] / total)
        heights = (np.exp(-(cuts**2) / 2) / np.sqrt(2 * np.pi)).sum(0)
        return np.asarray(np.clip(covariance / (deviation * heights), -LARGEST_CORRELATION, LARGEST_CORRELATION))


def _answered(ordinal: NDArray[Any], tables: Contingency) -> Booleans:
    """Which rows gave which answer, (m, n)."""
    spans = zip(ordinal.T, tables.low, tables.categories, strict=True)
    return np.concatenate([column == low + np.arange(number)[:, None] for column, low, number in spans])
