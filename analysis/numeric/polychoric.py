"""Polychoric correlations of all pairs of ordinal items at once, from their tables; it repairs no matrix unasked."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from analysis.errors import AnalysisError
from analysis.numeric.arrays import Booleans, Floats, Integers
from analysis.numeric.bivariate_normal import FAR, density, distribution
from analysis.numeric.contingency import Contingency

Margins = Literal["item", "pair"]

LARGEST_CORRELATION = 0.99999
ITERATIONS = 100
SMALLEST_STEP = 1e-12
# A search that has come this close to the bound is on its way to it.
SMALLEST_GAP = 1e-7
# Differences of distribution functions carry rounding of about 1e-16; probabilities below this are not told from it.
SMALLEST_PROBABILITY = 1e-20

# Scores are looked up and multiplied for this many rows at a time.
_BLOCK = 1 << 12


@dataclass(frozen=True, eq=False)
class Polychoric:
    """Polychoric correlations and the thresholds they rest on.

    ``correlation`` (p, p), unit diagonal, not positive definite for certain; ``thresholds``, for each item one
    fewer than the different answers it got; ``answers``, these answers; ``n_pairwise`` (p, p), rows behind each
    correlation; ``empty_cells`` (p, p), how many combinations of two items' answers nobody gave (many of them
    make a correlation unreliable); ``at_bound`` (p, p), correlations that ran to plus or minus 0.99999.
    """

    correlation: Floats
    thresholds: tuple[Floats, ...]
    answers: tuple[Integers, ...]
    n_pairwise: Integers
    empty_cells: Integers
    at_bound: Booleans

    @property
    def smallest_eigenvalue(self) -> float:
        """Below 0 the correlations contradict each other (``correlations.smoothed`` repairs them on request)."""
        return float(np.linalg.eigvalsh(self.correlation)[0])


def polychoric(tables: Contingency, *, correction: float = 0.0, margins: Margins = "item") -> Polychoric:
    """Estimate polychoric correlations in two steps: thresholds from the margins, then each pair's correlation.

    With two categories per item these are tetrachoric correlations.

    Parameters
    ----------
    tables : Contingency
        Of two items or more; weights count as numbers of rows.
    correction : float
        Put into each empty cell of a pair's table, at least 0. Corrected correlations of sparse tables can differ
        by 0.1 from uncorrected ones.
    margins : {"item", "pair"}
        Thresholds from all answers to an item, or for each pair from the (corrected) table of the pair.

    Returns
    -------
    Polychoric
        Its thresholds are those from all answers in either case.

    Raises
    ------
    AnalysisError
        ``constant_item``, ``pair_never_observed``.

    Notes
    -----
    Equals the root of the score equation to 1e-10, ``lavaan::lavCor(ordered = , missing = "pairwise")`` to 1e-6,
    ``psych::polychoric(correct = 0)`` to 5e-5 (``global = TRUE`` and ``margins="item"``, ``FALSE`` and "pair"),
    and with ``margins="pair"`` its correction of 0.5 (``global = FALSE``) as well. Like psych, the shares of a
    corrected table are of its rows before the correction; psych corrects nothing with ``global = TRUE``. lavaan
    puts 0.5 into an empty cell of a table of two by two unasked: here it is asked for. Psych's own correction of
    such tables was not compared.

    References
    ----------
    Olsson (1979), doi:10.1007/BF02296207
    """
    tables.require_variety()
    cells = tables.pair_weights()
    first, second = tables.pairs
    item_margins = tables.margins()
    answered = item_margins > 0
    possible = answered[first][:, :, None] & answered[second][:, None, :]
    empty = (tables.pair_counts() == 0) & possible
    total = cells.sum((1, 2))
    cells[empty] += correction
    cuts = _cuts(item_margins, item_margins.sum(1))
    rows, columns = cuts[first], cuts[second]
    if margins == "pair":
        rows, columns = _cuts(cells.sum(2), total), _cuts(cells.sum(1), total)
    rho = _estimated(cells, rows, columns)
    return Polychoric(
        tables.symmetric(rho),
        tuple(cut[: len(answers) - 1] for cut, answers in zip(cuts, tables.observed, strict=True)),
        tables.observed,
        tables.n_pairwise,
        np.rint(tables.symmetric(empty.sum((1, 2)).astype(float), diagonal=0.0)).astype(np.int64),
        tables.symmetric((np.abs(rho) > LARGEST_CORRELATION - SMALLEST_GAP).astype(float), diagonal=0.0) > 0,
    )


def _cuts(margins: Floats, total: Floats) -> Floats:
    """Normal quantiles between the categories (s, K - 1) of margins (s, K); far out where there are fewer."""
    shares = np.cumsum(margins, axis=1)[:, :-1] / total[:, None]
    last = margins[:, ::-1].cumsum(1)[:, ::-1][:, 1:] <= 0
    return np.asarray(np.clip(np.where(last, FAR, ndtri(np.minimum(shares, 1.0))), -FAR, FAR))


def _estimated(cells: Floats, rows: Floats, columns: Floats) -> Floats:
    """Correlation of each table (s, K, K) with its thresholds (s, K - 1): scoring within a bracket that shrinks."""
    low, high = np.full(len(cells), -LARGEST_CORRELATION), np.full(len(cells), LARGEST_CORRELATION)
    rho = _code_correlations(cells)
    active = np.arange(len(cells))
    for _ in range(ITERATIONS):
        at = rho[active]
        slope, information = _slopes(cells[active], rows[active], columns[active], at)
        low[active] = np.where(slope > 0, at, low[active])
        high[active] = np.where(slope < 0, at, high[active])
        step = np.divide(slope, information, out=np.zeros_like(slope), where=information > 0)
        new = at + step
        escaped = (new < low[active]) | (new > high[active])
        new = np.where(escaped, (low[active] + high[active]) / 2, new)
        rho[active] = new
        active = active[np.abs(new - at) > SMALLEST_STEP]
        if not active.size:
            break
    return rho


def _code_correlations(cells: Floats) -> Floats:
    """Pearson correlations of the categories' numbers, enlarged towards what coarse answers hide: a start."""
    codes = np.arange(cells.shape[1], dtype=float)
    shares = cells / cells.sum((1, 2), keepdims=True)
    rows, columns = shares.sum(2), shares.sum(1)
    mean_x, mean_y = rows @ codes, columns @ codes
    covariance = ((shares @ codes) * codes).sum(1)
    spread = np.sqrt(np.maximum((rows @ codes**2 - mean_x**2) * (columns @ codes**2 - mean_y**2), 1e-12))
    return np.asarray(np.clip(1.1 * (covariance - mean_x * mean_y) / spread, -0.95, 0.95))


def _slopes(cells: Floats, rows: Floats, columns: Floats, rho: Floats) -> tuple[Floats, Floats]:
    """Slope of each table's log-likelihood in its correlation, and the expected information."""
    probability, change = _rectangles(rows, columns, rho)
    ratio = change / probability
    information = np.where(probability > SMALLEST_PROBABILITY, change * ratio, 0.0).sum((1, 2))
    return (cells * ratio).sum((1, 2)), cells.sum((1, 2)) * information


def _rectangles(rows: Floats, columns: Floats, rho: Floats) -> tuple[Floats, Floats]:
    """Probability of each cell (s, K, K), at least the smallest told from 0, and its derivative in the correlation."""
    s, k = rows.shape
    h, v, r = rows[:, :, None], columns[:, None, :], rho[:, None, None]
    below, slope = np.zeros((s, k + 2, k + 2)), np.zeros((s, k + 2, k + 2))
    below[:, 1:-1, 1:-1] = distribution(h, v, r)
    below[:, 1:-1, -1], below[:, -1, 1:-1], below[:, -1, -1] = ndtr(rows), ndtr(columns), 1.0
    slope[:, 1:-1, 1:-1] = density(h, v, r)
    return np.maximum(_differences(below), SMALLEST_PROBABILITY), _differences(slope)


def _differences(corners: Floats) -> Floats:
    """What lies between neighbouring corners, along both axes."""
    return np.asarray(np.diff(np.diff(corners, axis=1), axis=2))


@dataclass(frozen=True, eq=False)
class PolychoricScores:
    """How each row bears on thresholds and polychoric correlations: what their sampling covariance is made of.

    The q parameters are all thresholds, item after item, then the correlations in the order of
    ``Contingency.pairs`` (lavaan's order). Tables give everything but the products of the rows' scores; these
    are one more pass over the rows, and additive: ``covariance(products(chunk) + products(chunk) + …)``.

    Parameters
    ----------
    answers : tuple of p arrays of int
        The answers that each item got.
    of_items : (p, K + 1, K - 1) array
        Score of each answer in each threshold of its item; 0 for a missing answer (the last).
    of_pairs : (pairs, K + 1, K + 1) array
        Score of each two answers in their correlation; 0 where one is missing.
    kept : (p * (K - 1),) array of bool
        Which thresholds there are, of an item with fewer answers than K.
    bread : (q, q) array
        Sums of products of the scores that estimation rests on.
    """

    answers: tuple[Integers, ...]
    of_items: Floats
    of_pairs: Floats
    kept: Booleans
    bread: Floats

    @classmethod
    def of(cls, tables: Contingency, found: Polychoric) -> Self:
        """Prepare the scores of correlations estimated without correction, with ``margins="item"``.

        Parameters
        ----------
        tables : Contingency
        found : Polychoric
            Estimated from these tables.

        Returns
        -------
        PolychoricScores
        """
        margins = tables.margins()
        cuts = _cuts(margins, margins.sum(1))
        first, second = tables.pairs
        cells, rho = tables.pair_weights(), found.correlation[first, second]
        probability, change = _rectangles(cuts[first], cuts[second], rho)
        of_pairs = np.where(cells > 0, change / probability, 0.0)
        of_items = _threshold_scores(cuts, margins)
        ratio = cells * of_pairs / probability
        crossed, pair = np.zeros((len(first), *cuts.shape)), np.arange(len(first))
        crossed[pair, first] = _in_thresholds(cuts[first], cuts[second], rho, ratio)
        crossed[pair, second] = _in_thresholds(cuts[second], cuts[first], rho, ratio.transpose(0, 2, 1))
        kept = (np.arange(cuts.shape[1]) < np.array([len(t) for t in found.thresholds])[:, None]).ravel()
        own = _block_diagonal(np.einsum("pa,pas,pat->pst", margins, of_items, of_items))
        information = np.diag((cells * of_pairs**2).sum((1, 2)))
        bread = np.block(
            [
                [own[np.ix_(kept, kept)], np.zeros((kept.sum(), len(first)))],
                [crossed.reshape(len(first), -1)[:, kept], information],
            ]
        )
        missing = (0, 1)
        of_items = np.pad(of_items, ((0, 0), missing, (0, 0)))
        return cls(found.answers, of_items, np.pad(of_pairs, ((0, 0), missing, missing)), kept, bread)

    def products(self, x: NDArray[Any], weights: Floats | None = None, person: Integers | None = None) -> Floats:
        """Sum up products of the rows' scores.

        Parameters
        ----------
        x : (n, p) array
            Rows of the table, or a part of them, NaN where an answer is missing.
        weights : (n,) array, optional
            As they were given to the tables.
        person : (n,) array of int, optional
            Whose rating a row is: scores are summed within persons first, so that a person's ratings may depend
            on each other. All rows of a person must come in one part.

        Returns
        -------
        (q, q) array
            Adds up over parts.
        """
        order = np.arange(len(x)) if person is None else np.argsort(person, kind="stable")
        first = order if person is None else np.flatnonzero(np.diff(person[order], prepend=person[order[:1]] - 1))
        total = np.zeros_like(self.bread)
        for start, stop in _spans(first, len(x)):
            rows = order[start:stop]
            scores = self._scores(x[rows])
            if weights is not None:
                scores *= weights[rows][:, None]
            if person is not None:
                inside = first[(first >= start) & (first < stop)] - start
                scores = np.add.reduceat(scores, inside, axis=0)
            total += scores.T @ scores
        return total

    def covariance(self, products: Floats) -> Floats:
        """Sampling covariance of thresholds and correlations.

        Parameters
        ----------
        products : (q, q) array
            Of all rows.

        Returns
        -------
        (q, q) array
            Times the number of rows it is lavaan's NACOV, the asymptotic covariance that weighted least squares
            and its robust tests use.

        Raises
        ------
        AnalysisError
            ``undetermined_thresholds``: a pair's or item's answers say nothing about one of its parameters.

        References
        ----------
        Muthén (1984), doi:10.1007/BF02294210
        """
        try:
            half = np.linalg.solve(self.bread, products)
            return np.asarray(np.linalg.solve(self.bread, half.T))
        except np.linalg.LinAlgError:
            message = "The answers say nothing about one of the thresholds or correlations. Join sparse categories."
            raise AnalysisError("undetermined_thresholds", message) from None

    def correlation_variances(self, products: Floats) -> Floats:
        """Sampling variance of each correlation.

        Parameters
        ----------
        products : (q, q) array
            Of all rows.

        Returns
        -------
        (p, p) array
            0 on the diagonal. Their roots are the standard errors; one over them the weights of
            ``omega.weighted_factor``.

        Raises
        ------
        AnalysisError
            As ``covariance``.
        """
        p = len(self.answers)
        variances = np.zeros((p, p))
        second, first = np.triu_indices(p, 1)
        variances[first, second] = np.diag(self.covariance(products))[int(self.kept.sum()) :]
        return variances + variances.T

    def _scores(self, x: NDArray[Any]) -> Floats:
        """Scores of rows, (n, q)."""
        places = np.stack([_places(column, answers) for column, answers in zip(x.T, self.answers, strict=True)])
        items = np.arange(len(places))[:, None]
        of_thresholds = self.of_items[items, places].transpose(1, 0, 2).reshape(x.shape[0], -1)[:, self.kept]
        second, first = np.triu_indices(len(places), 1)
        width = self.of_pairs.shape[2]
        cell = places[first] * width + places[second]
        of_pairs = np.take_along_axis(self.of_pairs.reshape(len(first), -1), cell, axis=1)
        return np.concatenate([of_thresholds, of_pairs.T], axis=1)


def _threshold_scores(cuts: Floats, margins: Floats) -> Floats:
    """Derivative of an answer's log-probability in each threshold of its item, (p, K, K - 1)."""
    p, k = margins.shape
    height = np.exp(-(cuts**2) / 2) / np.sqrt(2 * np.pi)
    share = margins / margins.sum(1, keepdims=True)
    scores = np.zeros((p, k, k - 1))
    places = np.arange(k - 1)
    scores[:, places, places] = np.divide(height, share[:, :-1], out=np.zeros_like(height), where=share[:, :-1] > 0)
    scores[:, places + 1, places] = -np.divide(height, share[:, 1:], out=np.zeros_like(height), where=share[:, 1:] > 0)
    return scores


def _in_thresholds(rows: Floats, columns: Floats, rho: Floats, ratio: Floats) -> Floats:
    """Sum over cells of ``ratio`` times the derivative of the cell's probability in the rows' thresholds."""
    far = np.full((len(rows), 1), FAR)
    edges = np.concatenate([-far, columns, far], axis=1)
    r = rho[:, None, None]
    given = ndtr((edges[:, None, :] - r * rows[:, :, None]) / np.sqrt(1 - r * r))
    height = np.exp(-(rows**2) / 2) / np.sqrt(2 * np.pi)
    change = height[:, :, None] * np.diff(given, axis=2)
    return np.asarray(((ratio[:, :-1] - ratio[:, 1:]) * change).sum(2))


def _places(column: NDArray[Any], answers: Integers) -> Integers:
    """Place of each answer among those given to its item; -1, the last, where it is missing or new."""
    places = np.minimum(np.searchsorted(answers, column), len(answers) - 1)
    return np.where(answers[places] == column, places, -1)


def _block_diagonal(blocks: Floats) -> Floats:
    """Matrix (p * s, p * s) with the blocks (p, s, s) on its diagonal."""
    p, s, _ = blocks.shape
    matrix = np.zeros((p, s, p, s))
    matrix[np.arange(p), :, np.arange(p), :] = blocks
    return matrix.reshape(p * s, p * s)


def _spans(first: Integers, rows: int) -> list[tuple[int, int]]:
    """Ranges of about as many rows as a block, each beginning where a person begins."""
    nearest = np.searchsorted(first, np.arange(0, rows, _BLOCK)).clip(max=len(first) - 1)
    edges = [*first[np.unique(nearest)].tolist(), rows]
    return list(pairwise(edges))
