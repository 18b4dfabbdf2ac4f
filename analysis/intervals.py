"""Means of ratings as estimates with intervals from resampled persons; the one place where NaN becomes None."""

from __future__ import annotations

import numpy as np

from analysis.dataset import Dataset
from analysis.findings import Estimate
from analysis.numeric.arrays import Booleans, Floats, Integers
from analysis.numeric.proportions import effective_clusters, unanimous_interval
from analysis.numeric.resampling import PersonResamples, interval


def resampled_means(
    dataset: Dataset, values: Floats, resamples: PersonResamples, rows: Booleans | None = None
) -> Floats:
    """Weighted means of ratings, as they are and in each resample of persons.

    Parameters
    ----------
    dataset : Dataset
    values : (ratings, c) array
        NaN where missing.
    resamples : PersonResamples
    rows : (ratings,) array of bool, optional
        Which ratings; all of them by default.

    Returns
    -------
    (1 + resamples, c) array
    """
    which = np.ones(len(values), dtype=bool) if rows is None else rows
    return resamples.means(values[which], dataset.weights[which], dataset.person_numbers[which])


def bases(values: Floats) -> Integers:
    """How many ratings stand behind the mean of each column.

    Parameters
    ----------
    values : (ratings, columns) array
        NaN where missing.

    Returns
    -------
    (columns,) array of int
    """
    return np.asarray((~np.isnan(values)).sum(0))


def mean_estimates(
    dataset: Dataset, values: Floats, resamples: PersonResamples, rows: Booleans | None = None
) -> tuple[Estimate, ...]:
    """Weighted means of ratings with intervals from resampled persons; of shares of 0 or 1 with exact ones.

    Parameters
    ----------
    dataset : Dataset
    values : (ratings, c) array
        NaN where missing; a column that holds nothing but 0 and 1 among all ratings is a share.
    resamples : PersonResamples
    rows : (ratings,) array of bool, optional
        Which ratings; all of them by default.

    Returns
    -------
    tuple of Estimate

    Notes
    -----
    Where everybody gave the same answer, so does every resample, and a percentile interval would have no width.

    References
    ----------
    Clopper & Pearson (1934), doi:10.1093/biomet/26.4.404
    """
    which = np.ones(len(values), dtype=bool) if rows is None else rows
    figures = resampled_means(dataset, values, resamples, which)
    return with_bounds(figures[0], *bounds(dataset, values, figures, which), bases(values[which]))


def bounds(dataset: Dataset, values: Floats, figures: Floats, rows: Booleans) -> tuple[Floats, Floats]:
    """Ends of the 95 % intervals of means, as ``mean_estimates`` gives them.

    Parameters
    ----------
    dataset : Dataset
    values : (ratings, c) array
        NaN where missing.
    figures : (1 + resamples, c) array
        Their means, as ``resampled_means`` gives.
    rows : (ratings,) array of bool
        Which ratings the means are of.

    Returns
    -------
    low, high : (c,) arrays
        NaN where there is none.
    """
    low, high = interval(figures[1:])
    for column in np.flatnonzero(unanimous_shares(values, figures)):
        answered = rows & ~np.isnan(values[:, column])
        n = effective_clusters(dataset.weights[answered], dataset.person_numbers[answered])
        low[column], high[column] = unanimous_interval(figures[0, column], n)
    return low, high


def unanimous_shares(values: Floats, figures: Floats) -> Booleans:
    """Tell which columns are shares of 0 or 1.

    Parameters
    ----------
    values : (ratings, c) array
        Of all ratings: what is 0 or 1 by chance among a few of them is no share.
    figures : (1 + resamples, c) array
        Means of some of the ratings.

    Returns
    -------
    (c,) array of bool
    """
    shares = (np.isnan(values) | (values == 0) | (values == 1)).all(0)
    return np.asarray(shares & ((figures[0] == 0) | (figures[0] == 1)))


def estimates(figures: Floats, n: Integers) -> tuple[Estimate, ...]:
    """Turn figures and their resamples into estimates.

    Parameters
    ----------
    figures : (1 + resamples, c) array
    n : (c,) array of int
        Bases.

    Returns
    -------
    tuple of Estimate
    """
    return with_bounds(figures[0], *interval(figures[1:]), n)


def with_bounds(values: Floats, low: Floats, high: Floats, n: Integers) -> tuple[Estimate, ...]:
    """Put figures, the ends of their intervals and their bases together.

    Parameters
    ----------
    values, low, high : (c,) arrays
        NaN for what could not be computed.
    n : (c,) array of int

    Returns
    -------
    tuple of Estimate
    """
    figures = zip(values, low, high, n, strict=True)
    return tuple(
        Estimate(number(value), number(least), number(most), int(base)) for value, least, most, base in figures
    )


def number(value: float) -> float | None:
    """A number, or None for what could not be computed.

    Parameters
    ----------
    value : float
        NaN for what could not be computed.

    Returns
    -------
    float or None
    """
    return None if np.isnan(value) else float(value)
