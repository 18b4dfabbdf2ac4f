"""Resamples of persons as Poisson weights, and weighted means over them; ratings are never drawn one by one."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy import stats

from analysis.numeric.arrays import Floats, Integers


@dataclass(frozen=True, eq=False)
class PersonResamples:
    """How often each person stands in each resample, ``counts`` (resamples, persons), Poisson with mean 1.

    One value serves every interval of a study, so differences between figures are resampled together.
    """

    counts: Floats

    @classmethod
    def drawn(cls, persons: int, resamples: int, *, rng: np.random.Generator) -> Self:
        """Draw resamples.

        Parameters
        ----------
        persons : int
        resamples : int
        rng : numpy Generator

        Returns
        -------
        PersonResamples

        Notes
        -----
        Intervals made of them hold the truth as often as they say where ratings depend on persons (simulation).

        References
        ----------
        Hanley & MacGibbon (2006), doi:10.1016/j.cmpb.2006.04.006
        """
        return cls(rng.poisson(1.0, (resamples, persons)).astype(float))

    def totals(self, values: Floats, person: Integers) -> Floats:
        """Sum values over ratings, first as they are, then in each resample.

        Parameters
        ----------
        values : (n, c) array
            One row per rating, no NaN.
        person : (n,) array of int
            Number of the person, as in the columns of ``counts``.

        Returns
        -------
        (1 + resamples, c) array
        """
        persons = self.counts.shape[1]
        summed = [np.bincount(person, weights=column, minlength=persons) for column in values.T]
        by_person = np.stack(summed, axis=1) if summed else np.zeros((persons, 0))
        present = np.flatnonzero(np.bincount(person, minlength=persons))
        # to pick most persons out of all resamples takes longer than to multiply the others' zeros
        few = 2 * len(present) < persons
        drawn = self.counts[:, present] @ by_person[present] if few else self.counts @ by_person
        return np.concatenate([by_person.sum(0)[None], drawn])

    def means(self, values: Floats, weights: Floats, person: Integers) -> Floats:
        """Weighted means over the ratings where a value is present, first as they are, then in each resample.

        Parameters
        ----------
        values : (n, c) array
            NaN where missing.
        weights : (n,) or (n, c) array
        person : (n,) array of int

        Returns
        -------
        (1 + resamples, c) array
            NaN where nobody is left.
        """
        weighting = np.where(np.isnan(values), 0.0, weights if weights.ndim > 1 else weights[:, None])
        sums = self.totals(np.nan_to_num(values) * weighting, person)
        return ratios(sums, self.totals(weighting, person))


def ratios(sums: Floats, weights: Floats) -> Floats:
    """Divide, NaN where there is nothing to divide by.

    Parameters
    ----------
    sums, weights : (...) arrays
        Of one shape.

    Returns
    -------
    (...) array
    """
    return np.divide(sums, weights, out=np.full_like(sums, np.nan), where=weights > 0)


def interval(resampled: Floats, *, level: float = 0.95) -> tuple[Floats, Floats]:
    """Percentile interval of resampled figures.

    Parameters
    ----------
    resampled : (resamples, c) array
        NaN where a resample holds nobody.
    level : float

    Returns
    -------
    low, high : (c,) arrays
        NaN where more than half of the resamples are.
    """
    usable = np.mean(~np.isnan(resampled), axis=0) >= 1 / 2
    bounds = np.full((2, resampled.shape[1]), np.nan)
    if usable.any():
        bounds[:, usable] = np.nanquantile(resampled[:, usable], [(1 - level) / 2, (1 + level) / 2], axis=0)
    return bounds[0], bounds[1]


def p_values(estimates: Floats, resampled: Floats) -> Floats:
    """Two-sided p-values of figures that are 0 when there is nothing to find.

    The resamples give the standard error and the normal distribution the tail, so that a small p-value is
    not limited by the number of resamples.

    Parameters
    ----------
    estimates : (c,) array
    resampled : (resamples, c) array

    Returns
    -------
    (c,) array
        NaN where the figure cannot be had or no resample differs: a share of 0 everywhere is no test.
    """
    usable = (~np.isnan(resampled)).any(0)
    spread = np.zeros(len(estimates))
    spread[usable] = np.nanstd(resampled[:, usable], axis=0)
    z = np.divide(np.abs(estimates), spread, out=np.full(len(estimates), np.nan), where=spread > 0)
    return np.asarray(2 * stats.norm.sf(z))
