"""Correlations among ordinal and continuous items together, from sums that add up over rows; it keeps no rows."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from analysis.numeric.arrays import Floats
from analysis.numeric.contingency import Contingency
from analysis.numeric.moments import Moments
from analysis.numeric.polychoric import LARGEST_CORRELATION, polychoric


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
        present = ~np.isnan(continuous)
        centred = np.where(present, continuous - moments.origin, 0.0)
        answers = [
            column == code + np.arange(number)[:, None]
            for column, code, number in zip(ordinal.T, tables.low, tables.categories, strict=True)
        ]
        weighted = np.concatenate(answers) * row_weights
        return cls(tables, moments, weighted @ present, weighted @ centred, weighted @ centred**2)

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
        between = self.polyserial()
        among = polychoric(self.ordinal, margins="pair").correlation
        return np.block([[among, between], [between.T, self.continuous.correlation()]])

    def polyserial(self) -> Floats:
        """Correlate each ordinal item's latent variable with each continuous item, in two steps.

        Returns
        -------
        (p, c) array
            Within plus and minus 0.99999.

        Raises
        ------
        AnalysisError
            ``constant_item``, ``pair_never_observed`` among the ordinal items.

        Notes
        -----
        Equals ``polycor::polyserial(ML = FALSE)`` to 1e-9: the Pearson correlation with the answers' numbers,
        times their deviation, over the sum of the normal's heights at the thresholds.
        """
        self.ordinal.require_variety()
        ends = np.cumsum(self.ordinal.categories)
        spans = zip(ends - self.ordinal.categories, ends, strict=True)
        return np.stack([self._with_continuous(slice(start, end)) for start, end in spans])

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
