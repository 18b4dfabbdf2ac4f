"""Covariances within and between groups of rows, persons and brands, from their sums; it keeps no rows."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from analysis.errors import AnalysisError
from analysis.numeric.arrays import Booleans, Floats, Integers
from analysis.numeric.moments import Moments


@dataclass(frozen=True, eq=False)
class NestedMoments:
    """Moments of all rows and of the groups' sums, pair by pair over the rows in which both items are present.

    Two values add up with ``+`` where every group's rows are in one of them. ``groups`` (p, p) counts groups
    with both items; ``squared_sizes`` sums the squares of their numbers of such rows; ``between`` sums
    products of the groups' sums over these numbers, about the moments' origin.
    """

    moments: Moments
    groups: Integers
    squared_sizes: Floats
    between: Floats

    @classmethod
    def of(cls, x: Floats, group: Integers) -> Self:
        """Sum up a table of answers.

        Parameters
        ----------
        x : (n, p) array
            One row per rating, NaN where an answer is missing.
        group : (n,) array of int
            The person (or brand) a rating belongs to.

        Returns
        -------
        NestedMoments

        Raises
        ------
        AnalysisError
            ``infinite_answer``.

        Notes
        -----
        Covariances equal R's analysis of variance (``aov`` and its cross-products) to 1e-9.

        References
        ----------
        Searle, Casella & McCulloch (1992), Variance Components
        """
        moments = Moments.of(x)
        order = np.argsort(group, kind="stable")
        first = np.flatnonzero(np.diff(group[order], prepend=group[order[:1]] - 1))
        present = ~np.isnan(x[order])
        centred = np.where(present, x[order] - moments.origin, 0.0)
        return cls(moments, *_group_products(centred, present, first))

    def __add__(self, other: Self) -> Self:
        """Moments of the rows of both."""
        shifted = other._about(self.moments.origin)
        return type(self)(
            self.moments + other.moments,
            self.groups + other.groups,
            self.squared_sizes + other.squared_sizes,
            self.between + shifted,
        )

    def _about(self, origin: Floats) -> Floats:
        """Products of the groups' sums about another origin."""
        shift, sums = (origin - self.moments.origin)[:, None], self.moments.sums
        n = self.moments.n_pairwise
        return np.asarray(self.between - shift * sums.T - shift.T * sums + shift * shift.T * n)

    @property
    def within_covariance(self) -> Floats:
        """Covariances (p, p) of answers about their group's mean, divisor rows less groups.

        Raises
        ------
        AnalysisError
            ``single_ratings`` where hardly any group has two rows with both items.
        """
        freedom = self.moments.n_pairwise - self.groups
        self.require(freedom, "single_ratings", "have no group with two ratings of both")
        return np.asarray((self.moments.products - self.between) / freedom)

    @property
    def between_covariance(self) -> Floats:
        """Covariances (p, p) of the groups' true means: what their observed means vary by beyond their ratings.

        A variance can come out negative where groups do not differ.

        Raises
        ------
        AnalysisError
            ``single_group``, ``single_ratings``.

        Notes
        -----
        The between-groups component of a one-way analysis of variance with groups of unequal size; Muthén's
        estimator.

        References
        ----------
        Muthén (1994), doi:10.1177/0049124194022003006; Searle, Casella & McCulloch (1992), Variance Components
        """
        self.require(self.groups - 1, "single_group", "were answered in fewer than two groups")
        n, sums = self.moments.n_pairwise, self.moments.sums
        mean_square = (self.between - sums * sums.T / n) / (self.groups - 1)
        size = (n - self.squared_sizes / n) / (self.groups - 1)
        return np.asarray((mean_square - self.within_covariance) / size)

    @property
    def intraclass(self) -> Floats:
        """Share of each item's variance that lies between groups, ICC(1), (p,); negative where there is none.

        Notes
        -----
        Equals ``ICC1`` of ``psych::statsBy`` and of ``multilevel::ICC1`` for groups of equal size.

        References
        ----------
        Bliese (2000), in Klein & Kozlowski, Multilevel Theory
        """
        between, within = np.diag(self.between_covariance), np.diag(self.within_covariance)
        return np.asarray(between / (between + within))

    def require(self, freedom: Integers, code: str, reason: str) -> None:
        """Refuse pairs of items that nothing can be said about.

        Parameters
        ----------
        freedom : (p, p) array of int
            Not positive where nothing can be said.
        code, reason : str
            Of the refusal; the reason goes on after the names of two items.

        Raises
        ------
        AnalysisError
        """
        if (freedom > 0).all():
            return
        i, j = (int(index[0]) for index in np.nonzero(freedom <= 0))
        message = f"Items in columns {i + 1} and {j + 1} {reason}. Collect more ratings, or leave one of them out."
        raise AnalysisError(code, message, column=i, other_column=j)


@dataclass(frozen=True, eq=False)
class CrossedCovariances:
    """Covariances (p, p) of what persons bring to a rating, of what brands bring, and of what is left ``within``.

    They add up to the covariance of a rating of any brand by any person; variances can come out negative where
    there is nothing. ``persons`` and ``brands`` (p, p) count those with both items.
    """

    within: Floats
    person: Floats
    brand: Floats
    persons: Integers
    brands: Integers

    @property
    def intraclass(self) -> Floats:
        """Shares of each item's variance within, between persons and between brands, (3, p); columns add up to 1."""
        variances = np.stack([np.diag(part) for part in (self.within, self.person, self.brand)])
        return np.asarray(variances / variances.sum(0))


def crossed_covariances(x: Floats, person: Integers, brand: Integers) -> CrossedCovariances:
    """Split covariances of ratings into parts of the rating, of its person and of its brand.

    Parameters
    ----------
    x : (n, p) array
        One row per rating, NaN where an answer is missing.
    person, brand : (n,) arrays of int
        Who rated what; nobody rates a brand twice. Persons need not rate the same brands, nor equally many.

    Returns
    -------
    CrossedCovariances

    Raises
    ------
    AnalysisError
        ``rated_twice``, ``single_ratings``, ``single_group``, ``infinite_answer``.

    Notes
    -----
    Henderson's method 1, pair by pair: unbiased, and with every person rating every brand the estimates of the
    two-way analysis of variance, ``aov(y ~ person + brand)`` of R with its mean squares solved, to 1e-9.

    References
    ----------
    Henderson (1953), doi:10.2307/3001853; Searle, Casella & McCulloch (1992), Variance Components
    """
    pairs, counts = np.unique(np.stack([person, brand]), axis=1, return_counts=True)
    if (counts > 1).any():
        message = f"{int((counts > 1).sum())} persons rated a brand more than once. Keep one rating of each."
        raise AnalysisError("rated_twice", message, persons=len(np.unique(pairs[0, counts > 1])))
    by_person, by_brand = NestedMoments.of(x, person), NestedMoments.of(x, brand)
    n = by_person.moments.n_pairwise
    persons, brands = by_person.groups, by_brand.groups
    by_person.require(n - persons, "single_ratings", "have no person who rated both for two brands")
    by_brand.require(n - brands, "single_ratings", "have no brand that two persons rated on both")
    by_brand.require(brands - 1, "single_group", "were answered for fewer than two brands")
    mean = by_person.moments.sums * by_person.moments.sums.T / n
    not_person = (by_person.moments.products - by_person.between) / (n - persons)
    not_brand = (by_brand.moments.products - by_brand.between) / (n - brands)
    of_person, of_brand = n - by_person.squared_sizes / n, persons - by_brand.squared_sizes / n
    freedom = persons - 1 - of_person - of_brand
    by_person.require(np.rint(-freedom).astype(np.int64), "single_ratings", "have too few persons who rated two brands")
    within = (by_person.between - mean - of_person * not_brand - of_brand * not_person) / freedom
    return CrossedCovariances(within, not_brand - within, not_person - within, persons, brands)


def as_correlation(covariance: Floats) -> Floats:
    """Correlations of a covariance matrix; NaN beside a variance that is not positive.

    Parameters
    ----------
    covariance : (p, p) array

    Returns
    -------
    (p, p) array
        Unit diagonal where the variance is positive; between-group ones may leave -1 to 1 in small samples.

    Notes
    -----
    Equals ``cov2cor`` of R where it is defined.
    """
    variance = np.diag(covariance)
    deviations = np.sqrt(np.where(variance > 0, variance, np.nan))
    return np.asarray(covariance / np.outer(deviations, deviations))


def _group_products(centred: Floats, present: Booleans, first: Integers) -> tuple[Integers, Floats, Floats]:
    """Groups, squared numbers of rows and products of sums over numbers, for each pair, (p, p) each."""
    sizes = np.diff(first, append=len(centred))
    answered = np.add.reduceat(present, first, axis=0, dtype=float)
    regular = ((answered == 0) | (answered == sizes[:, None])).all(1)
    sums, there = np.add.reduceat(centred, first, axis=0)[regular], (answered > 0)[regular].astype(float)
    own = sizes[regular][:, None].astype(float)
    groups = np.rint(there.T @ there).astype(np.int64)
    squared, products = (there * own**2).T @ there, (sums / own).T @ sums
    # groups whose members answered different items: each pair has rows of its own
    for start, size in zip(first[~regular], sizes[~regular], strict=True):
        rows = slice(start, start + size)
        mask = present[rows].astype(float)
        both, sum_i = mask.T @ mask, centred[rows].T @ mask
        groups += both > 0
        squared += both**2
        products += sum_i * sum_i.T / np.maximum(both, 1)
    return groups, squared, products
