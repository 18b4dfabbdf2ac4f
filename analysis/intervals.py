"""Means of ratings as estimates with intervals from resampled persons; the one place where NaN becomes None."""

from __future__ import annotations

import numpy as np

from analysis.dataset import Dataset
from analysis.findings import Estimate
from analysis.numeric.arrays import Booleans, Floats, Integers
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
    low, high = interval(figures[1:])
    return tuple(
        Estimate(number(figures[0, i]), number(low[i]), number(high[i]), int(n[i])) for i in range(figures.shape[1])
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
