"""Structureless answers with the margins, the correlations and the nesting of real ones; it judges nothing."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.special import ndtr, ndtri

from analysis.numeric.arrays import Booleans, Floats, Integers

# Share of an item's variance that is left for the ratings themselves, whatever persons and brands seem to take.
_LEAST_OWN_VARIANCE = 0.05
_PROJECTIONS = 100


@dataclass(frozen=True, eq=False)
class NestedCopula:
    """A Gaussian copula of p items with person effects and brand effects.

    Latent answers are ``brand`` (brands, p) plus a person effect with covariance ``between`` (p, p) plus a
    rating's own part with covariance ``within``; their variance is 1. ``thresholds`` and ``categories`` turn
    them into each item's own answers; ``present`` (n, p), ``person_of`` and ``brand_of`` (n,) are the data's.
    """

    brand: Floats
    between: Floats
    within: Floats
    thresholds: tuple[Floats, ...]
    categories: tuple[Floats, ...]
    present: Booleans
    person_of: Integers
    brand_of: Integers

    @classmethod
    def of(cls, answers: Floats, person: Integers, brand: Integers) -> Self:
        """Estimate the copula of a table of answers by moments.

        Parameters
        ----------
        answers : (n, p) array
            One row per rating, NaN where missing; no item is constant.
        person, brand : (n,) arrays of int
            Whose rating of which brand a row is.

        Returns
        -------
        NestedCopula

        Notes
        -----
        Each answer is replaced by the mean of the standard normal over its category's interval, divided by
        the variance of these means: to first order in the correlations their products then estimate those
        of the latent answers, however coarse the answer scale. Products over different ratings of one person
        give the covariance between persons; they are few, so they are drawn towards a constant share of the
        total covariance by as much as their sampling variance asks for (Schäfer & Strimmer 2005,
        doi:10.2202/1544-6115.1175). Brand effects are shrunk by their sampling variance.
        """
        _, person_of = np.unique(person, return_inverse=True)
        _, brand_of = np.unique(brand, return_inverse=True)
        present = ~np.isnan(answers)
        margins = [_margin(column[there]) for column, there in zip(answers.T, present.T, strict=True)]
        categories, thresholds = tuple(m[0] for m in margins), tuple(m[1] for m in margins)
        scores = np.column_stack([_scores(c, m) for c, m in zip(answers.T, margins, strict=True)])
        brand_effects = _brand_effects(scores, present, brand_of)
        residuals = np.where(present, scores - brand_effects[brand_of], 0.0)
        shares = np.bincount(brand_of) / len(brand_of)
        between, within = _divided(
            *_covariances(residuals, present, person_of), variance=1.0 - shares @ brand_effects**2
        )
        return cls(brand_effects, between, within, thresholds, categories, present, person_of, brand_of)

    def drawn(self, rng: np.random.Generator) -> Floats:
        """Draw one table of answers: the same persons, brands and missing answers, no groups.

        Parameters
        ----------
        rng : numpy Generator

        Returns
        -------
        (n, p) array
        """
        p = self.brand.shape[1]
        persons = rng.standard_normal((int(self.person_of.max()) + 1, p)) @ _root(self.between).T
        own = rng.standard_normal((len(self.person_of), p)) @ _root(self.within).T
        latent = self.brand[self.brand_of] + persons[self.person_of] + own
        columns = [
            values[np.searchsorted(cuts, column)]
            for values, cuts, column in zip(self.categories, self.thresholds, latent.T, strict=True)
        ]
        return np.where(self.present, np.column_stack(columns), np.nan)


def _margin(answered: Floats) -> tuple[Floats, Floats]:
    """Values an item took and the normal quantiles between them."""
    values, counts = np.unique(answered, return_counts=True)
    return values, np.asarray(ndtri(np.cumsum(counts)[:-1] / counts.sum()))


def _scores(answers: Floats, margin: tuple[Floats, Floats]) -> Floats:
    """Mean of the standard normal over each answer's interval, divided by the variance of these means."""
    values, cuts = margin
    density = np.concatenate([[0.0], np.exp(-(cuts**2) / 2) / np.sqrt(2 * np.pi), [0.0]])
    mass = np.diff(np.concatenate([[0.0], ndtr(cuts), [1.0]]))
    means = -np.diff(density) / mass
    category = np.searchsorted(values, np.where(np.isnan(answers), values[0], answers))
    return np.asarray((means / (mass @ means**2))[category])


def _brand_effects(scores: Floats, present: Booleans, brand_of: Integers) -> Floats:
    """Mean score of each brand, shrunk towards 0 by its sampling variance, (brands, p)."""
    member = (brand_of == np.arange(int(brand_of.max()) + 1)[:, None]).astype(float)
    counts = member @ present
    means = (member @ np.where(present, scores, 0.0)) / np.maximum(counts, 1)
    noise = np.nanvar(np.where(present, scores, np.nan), axis=0) / np.maximum(counts, 1)
    true = np.maximum((counts * (means**2 - noise)).sum(0) / counts.sum(0), 0.0)
    return np.asarray(means * true / np.where(true + noise > 0, true + noise, 1.0))


def _covariances(residuals: Floats, present: Booleans, person_of: Integers) -> tuple[Floats, Floats]:
    """Covariances of two items over different ratings of one person, and over the same rating, each (p, p)."""
    mask = present.astype(float)
    sums = np.zeros((int(person_of.max()) + 1, residuals.shape[1]))
    counts = np.zeros_like(sums)
    np.add.at(sums, person_of, residuals)
    np.add.at(counts, person_of, mask)
    n_same, n_other = mask.T @ mask, counts.T @ counts - mask.T @ mask
    same = residuals.T @ residuals
    total = same / np.maximum(n_same, 1)
    between = (sums.T @ sums - same) / np.maximum(n_other, 1)
    return _steadied(between, n_other, total), total


def _steadied(between: Floats, products: Floats, total: Floats) -> Floats:
    """Draw covariances between persons towards a constant share of the total ones, by their sampling variance."""
    if not (products > 0).all():
        return np.zeros_like(between)
    apart = ~np.eye(len(between), dtype=bool)
    share = (between[apart] @ total[apart]) / (total[apart] @ total[apart])
    target = np.where(apart, share * total, np.diag(between).mean())
    # each product of two ratings counts twice, once for either order
    noise = np.outer(np.diag(total), np.diag(total)) * 2 / products
    kept = max(0.0, 1.0 - noise.sum() / max(((between - target) ** 2).sum(), 1e-12))
    return np.asarray(target + kept * (between - target))


def _divided(between: Floats, total: Floats, *, variance: Floats) -> tuple[Floats, Floats]:
    """Covariance matrices between and within persons that are possible and add up to the given variances."""
    room = np.maximum(variance - _LEAST_OWN_VARIANCE, 0.0)
    between = _possible((between + between.T) / 2, np.clip(np.diag(between), 0.0, room))
    own = np.maximum(variance - np.diag(between), _LEAST_OWN_VARIANCE)
    return between, _possible(total - between, own)


def _possible(matrix: Floats, variances: Floats) -> Floats:
    """Nearest covariance matrix with the given variances (Higham 2002, doi:10.1093/imanum/22.3.329)."""
    scale = np.sqrt(np.outer(variances, variances))
    correlation = np.clip(np.divide(matrix, scale, out=np.zeros_like(matrix), where=scale > 0), -1, 1)
    np.fill_diagonal(correlation, 1.0)
    correction = np.zeros_like(correlation)
    for _ in range(_PROJECTIONS):
        values, vectors = np.linalg.eigh(correlation - correction)
        lifted = (vectors * np.maximum(values, 0.0)) @ vectors.T
        correction += lifted - correlation
        correlation = lifted.copy()
        np.fill_diagonal(correlation, 1.0)
    return np.asarray(correlation * scale)


def _root(matrix: Floats) -> Floats:
    """A matrix whose product with its transpose is the given one."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0)))
