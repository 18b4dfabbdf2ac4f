"""Whether ordinal items form one cumulative scale (Loevinger's H), from their tables; it drops no item."""

from dataclasses import dataclass

import numpy as np

from analysis.numeric.arrays import Floats
from analysis.numeric.contingency import Contingency


@dataclass(frozen=True, eq=False)
class Scalability:
    """Covariances of items as shares of the largest that their margins allow; 1 at most.

    ``pairs`` (p, p) with NaN on the diagonal, ``items`` (p,), ``scale``. Below .3 items hardly form a scale,
    .4 to .5 is called medium and more strong.
    """

    pairs: Floats
    items: Floats
    scale: float


def scalability(tables: Contingency) -> Scalability:
    """Compute Loevinger's coefficients of homogeneity.

    Parameters
    ----------
    tables : Contingency
        Of two items or more that run in one direction.

    Returns
    -------
    Scalability

    Raises
    ------
    AnalysisError
        ``constant_item``, ``pair_never_observed``.

    Notes
    -----
    Without missing answers equals ``mokken::coefH`` to 1e-9; with missing answers each pair counts over its own
    rows. The largest covariance is that of answers sorted alike, which the margins give.

    References
    ----------
    Loevinger (1948), doi:10.1037/h0055737; Mokken (1971), doi:10.1515/9783110813203
    """
    tables.require_variety()
    shares = tables.pair_weights()
    shares /= shares.sum((1, 2), keepdims=True)
    gaps = _gaps(tables)
    first, second = tables.pairs
    # reversed cumulative sums: shares of rows with this answer or a higher one, without the lowest
    both = shares[:, ::-1, ::-1].cumsum(1).cumsum(2)[:, ::-1, ::-1]
    rows, columns = both[:, 1:, :1], both[:, :1, 1:]
    steps = gaps[first][:, :, None] * gaps[second][:, None, :]
    covariance = tables.symmetric(((both[:, 1:, 1:] - rows * columns) * steps).sum((1, 2)), diagonal=0.0)
    largest = tables.symmetric(((np.minimum(rows, columns) - rows * columns) * steps).sum((1, 2)), diagonal=0.0)
    # with divisor n - 1, as covariances of each pair's rows
    n = tables.n_pairwise
    covariance, largest = covariance * n / (n - 1), largest * n / (n - 1)
    pairs = np.divide(covariance, largest, out=np.full_like(covariance, np.nan), where=largest > 0)
    return Scalability(pairs, covariance.sum(0) / largest.sum(0), float(covariance.sum() / largest.sum()))


def _gaps(tables: Contingency) -> Floats:
    """Distance of each answer from the next lower one that was given, (p, K - 1); 0 where an item has fewer."""
    widest = max(len(answers) for answers in tables.observed)
    gaps = np.zeros((len(tables.observed), widest - 1))
    for row, answers in zip(gaps, tables.observed, strict=True):
        row[: len(answers) - 1] = np.diff(answers)
    return gaps
