"""Errors and tests of maximum likelihood that hold without normality or independence; it makes a pass over the rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations_with_replacement

import numpy as np

from analysis.numeric.arrays import Booleans, Floats, Integers
from analysis.numeric.covariance import Blocks, CovarianceModel, Kind, independence_model
from analysis.numeric.covariance_ml import (
    Likelihood,
    MaximumLikelihood,
    NormalSample,
    degrees_of_freedom,
    saturated_value,
)

# Scores of this many rows are held at a time.
_BLOCK = 1 << 13


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of each group, (n, p) arrays with NaN where an answer is missing, and which persons gave them.

    ``persons`` holds, for each group, the number (from 0) of the person behind each row; None where every row is a
    person of its own. ``weights`` of the rows (n,) average 1 over all groups; None where all count the same.
    """

    groups: tuple[Floats, ...]
    persons: tuple[Integers, ...] | None = None
    weights: tuple[Floats, ...] | None = None

    def blocks(self) -> Iterator[tuple[int, Booleans, Floats, Integers]]:
        """Yield group, answered items, rows and the rows' places, a block of one pattern of answers at a time.

        Returns
        -------
        iterator of (int, (p,) array of bool, (b, a) array, (b,) array of int)
            a items answered, b rows.
        """
        for group, x in enumerate(self.groups):
            present = ~np.isnan(x)
            for pattern, places in _patterns(present):
                for start in range(0, len(places), _BLOCK):
                    here = places[start : start + _BLOCK]
                    yield group, pattern, x[here], here


def _patterns(present: Booleans) -> list[tuple[Booleans, Integers]]:
    """Each pattern of answered items and the rows that show it; rows without answers say nothing."""
    if present.all():
        return [(present[0], np.arange(len(present)))]
    patterns, which = np.unique(present, axis=0, return_inverse=True)
    which = which.ravel()
    return [(pattern, np.flatnonzero(which == i)) for i, pattern in enumerate(patterns) if pattern.any()]


def score_products(at: Likelihood, samples: Sequence[NormalSample], rows: Rows) -> Blocks:
    """Average cross-products of the rows' (or persons') scores, the casewise slopes of the log-likelihood.

    Parameters
    ----------
    at : Likelihood
    samples : sequence of G NormalSample
    rows : Rows

    Returns
    -------
    mapping of (int, int) to (m, m') arrays
        By the moving cells of each two groups with persons in common; divided by the number of rows.
    """
    n = sum(sample.n for sample in samples)
    if rows.persons is not None:
        summed = list(_summed_by_person(at, samples, rows, rows.persons))
        return {pair: products / n for pair, products in _of_shared_persons(summed)}
    found = {(group, group): np.zeros((len(cells.parameter),) * 2) for group, cells in enumerate(at.model.by_group)}
    for group, _, scores in _scored(at, samples, rows):
        found[group, group] += scores.T @ scores / n
    return found


def _scored(at: Likelihood, samples: Sequence[NormalSample], rows: Rows) -> Iterator[tuple[int, Integers, Floats]]:
    """Yield group, the rows' places and their weighted scores by the group's moving cells, block by block."""
    for group, pattern, x, places in rows.blocks():
        scores = _scores(at, samples[group], group, pattern, x)
        yield group, places, scores if rows.weights is None else scores * rows.weights[group][places, None]


def _summed_by_person(
    at: Likelihood, samples: Sequence[NormalSample], rows: Rows, persons: Sequence[Integers]
) -> Iterator[tuple[Integers, Floats]]:
    """Yield, for each group, its persons and the sums of their scores."""
    present, number = zip(*(np.unique(own, return_inverse=True) for own in persons), strict=True)
    shapes = zip(present, at.model.by_group, strict=True)
    sums = [np.zeros((len(own), len(cells.parameter))) for own, cells in shapes]
    for group, places, scores in _scored(at, samples, rows):
        np.add.at(sums[group], number[group][places], scores)
    for group, own in enumerate(present):
        yield own, sums[group] * np.sqrt(_few_persons(rows, group))


def _of_shared_persons(summed: Sequence[tuple[Integers, Floats]]) -> Iterator[tuple[tuple[int, int], Floats]]:
    """Yield the products of every two groups with persons in common."""
    for (one, (own, scores)), (other, (others, their_scores)) in combinations_with_replacement(enumerate(summed), 2):
        _, here, there = np.intersect1d(own, others, assume_unique=True, return_indices=True)
        if len(here):
            products = scores[here].T @ their_scores[there]
            yield (one, other), products
            yield (other, one), products.T


def _scores(at: Likelihood, sample: NormalSample, group: int, pattern: Booleans, x: Floats) -> Floats:
    """Slopes of each row's log-likelihood by the group's moving cells (rows, m)."""
    implied, directions = at.implied[group], at.directions[group]
    means = implied.means if at.model.has_means else sample.mean
    inverse = np.linalg.inv(implied.covariance[np.ix_(pattern, pattern)])
    pulled = (x[:, pattern] - means[pattern]) @ inverse
    one, other = directions.one[pattern], directions.other[pattern]
    expected = (one * (inverse @ other)).sum(0)
    scores = ((pulled @ one) * (pulled @ other) - expected) * directions.weight
    if at.model.has_means:
        scores += pulled @ directions.means[pattern]
    return np.asarray(scores)


@dataclass(frozen=True, eq=False)
class Unrestricted:
    """Rows without a model: what every model of these rows is held against.

    ``samples`` sum up what ``rows`` holds (None where only sums are at hand); ``means`` tells whether means count
    among the moments. Moments are ordered by group, covariances row by row before means.
    """

    samples: tuple[NormalSample, ...]
    rows: Rows | None
    means: bool

    @property
    def complete(self) -> bool:
        """Whether every row answered every item."""
        return all(sample.complete for sample in self.samples)

    @cached_property
    def at(self) -> Likelihood:
        """Likelihood of the saturated model at its maximum."""
        return _saturated(self.samples, means=self.means)

    @cached_property
    def information(self) -> tuple[Floats, ...]:
        """Observed information per row about each group's moments."""
        return tuple(self.at.curvature_by_group("observed"))

    @cached_property
    def inverse_information(self) -> tuple[Floats, ...]:
        """Inverses of the information: the moments' covariances under normality, times the number of rows."""
        return tuple(np.asarray(np.linalg.inv(information)) for information in self.information)

    @cached_property
    def completed(self) -> tuple[NormalSample, ...]:
        """Complete rows of the same moments."""
        return tuple(NormalSample.from_moments(sample.covariance, sample.mean, sample.n) for sample in self.samples)

    @cached_property
    def completed_information(self) -> tuple[Floats, ...]:
        """Observed information per row about each group's moments, had complete rows the same moments."""
        return tuple(_saturated(self.completed, means=self.means).curvature_by_group("observed"))

    @cached_property
    def value(self) -> float:
        """Half of -2 log-likelihood per row, constants apart, at the maximum."""
        return saturated_value(self.samples)

    @cached_property
    def products(self) -> Blocks:
        """Average cross-products of the rows' scores about the moments of each two groups."""
        return score_products(self.at, self.samples, self.known_rows)

    @cached_property
    def trace(self) -> float:
        """Trace of inverse information times score products: the number of moments when rows are normal."""
        if self.complete and self.known_rows.weights is None:
            return _complete_trace(self.samples, self.known_rows, means=self.means)
        return sum(float(np.sum(self.products[g, g] * inverse)) for g, inverse in enumerate(self.inverse_information))

    @cached_property
    def independence(self) -> Likelihood:
        """Likelihood of uncorrelated items at its maximum."""
        model = independence_model(len(self.samples[0].mean), len(self.samples), means=self.means)
        parts = (_univariate(sample)[: 1 + self.means] for sample in self.samples)
        return Likelihood.at(model, self.samples, np.concatenate([np.concatenate(part) for part in parts]))

    @cached_property
    def independence_value(self) -> float:
        """Its value; of complete rows the variances are all that it takes."""
        if not self.complete:
            return self.independence.value
        n = sum(sample.n for sample in self.samples)
        logs = [sample.n * np.log(np.diag(sample.covariance)).sum() for sample in self.samples]
        return float(sum(logs) / n + len(self.samples[0].mean)) / 2

    @property
    def independence_dof(self) -> int:
        """Degrees of freedom of uncorrelated items."""
        p = len(self.samples[0].mean)
        return len(self.samples) * p * (p - 1) // 2

    @cached_property
    def independence_scaling(self) -> float:
        """By what the chi-square of uncorrelated items is too large."""
        at = self.independence
        products = at.model.gathered_pairs(score_products(at, self.samples, self.known_rows))
        return _scaling(self.trace, products, np.asarray(np.linalg.inv(at.curvature("observed"))), at.model)

    def corrected_trace(self, at: Likelihood, *, normal: bool) -> float:
        """By how much a model's misfit comes out too large on average, had complete rows the same moments.

        Parameters
        ----------
        at : Likelihood
            The model at its maximum.
        normal : bool
            Whether rows are normal and independent.

        Returns
        -------
        float
            Its degrees of freedom where rows are complete and normal.

        References
        ----------
        Zhang & Savalei (2023), doi:10.1037/met0000445
        """
        # trace of C L S L' with L = I - slopes @ pulled, never made: there are far fewer parameters than moments
        slopes, groups = at.moment_slopes, range(len(self.samples))
        products = {(g, g): self.information[g] for g in groups} if normal else self.products
        curved = [curvature @ slope for curvature, slope in zip(self.completed_information, slopes, strict=True)]
        spread = [inverse @ curve for inverse, curve in zip(self.inverse_information, curved, strict=True)]
        onto = {(g, h): block @ slopes[h] for (g, h), block in products.items()}
        gathered = at.model.gathered_pairs
        inverse = np.linalg.inv(gathered({(g, g): slopes[g].T @ self.information[g] @ slopes[g] for g in groups}))
        crossed = gathered({(g, h): spread[g].T @ block for (g, h), block in onto.items()})
        own = gathered({(g, h): slopes[g].T @ block for (g, h), block in onto.items()})
        bent = inverse @ gathered({(g, g): slopes[g].T @ curved[g] for g in groups}) @ inverse
        return self._whole_trace(normal=normal) + float(np.sum(bent * own) - 2 * np.sum(crossed * inverse))

    def _whole_trace(self, *, normal: bool) -> float:
        """Trace without a model."""
        found = 0.0
        for g, (curvature, inverse) in enumerate(
            zip(self.completed_information, self.inverse_information, strict=True)
        ):
            spread = inverse if normal else inverse @ self.products[g, g] @ inverse
            found += float(np.sum(curvature * spread))
        return found

    @property
    def known_rows(self) -> Rows:
        """The rows; asking for them where only sums are at hand is a mistake of the caller's.

        Raises
        ------
        ValueError
            Where only sums were given: a mistake of the caller's.
        """
        if self.rows is None:
            raise ValueError("scores are made of rows, and only sums were given")
        return self.rows


def _saturated(samples: Sequence[NormalSample], *, means: bool) -> Likelihood:
    """Likelihood at its maximum of a model in which every variance, covariance and mean is free."""
    p = len(samples[0].mean)
    left, right = np.tril_indices(p)
    cells = [(Kind.COVARIANCE, int(i), int(j), True, np.nan) for i, j in zip(left, right, strict=True)]
    if means:
        cells += [(Kind.MEAN, item, item, True, np.nan) for item in range(p)]
    parts = ([sample.covariance[left, right], *([sample.mean] if means else [])] for sample in samples)
    x = np.concatenate([np.concatenate(part) for part in parts])
    return Likelihood.at(CovarianceModel.of(p, 0, cells).in_groups(len(samples)), samples, x)


def _univariate(sample: NormalSample) -> tuple[Floats, Floats]:
    """Variances and means of the items, each over its own rows."""
    share = sample.rows[:, None] * sample.answered
    share = share / share.sum(0)
    means = (share * sample.means).sum(0)
    within = np.diagonal(sample.covariances, axis1=1, axis2=2)
    return (share * (within + (sample.means - means) ** 2)).sum(0), means


@dataclass(frozen=True, eq=False)
class RobustFit:
    """What maximum likelihood gives without normality, and with rows nested in persons without independence.

    ``covariance`` (q, q) of the estimates; ``scaling``, by what the chi-square is too large (1 without degrees of
    freedom; NaN where it comes out negative, as it can in small samples), and ``baseline_scaling``, that of
    uncorrelated items.
    """

    covariance: Floats
    scaling: float
    baseline_scaling: float


def robust_fit(estimate: MaximumLikelihood, unrestricted: Unrestricted) -> RobustFit:
    """Compute Huber-White errors and the scaling of the chi-square from the rows' scores.

    Parameters
    ----------
    estimate : MaximumLikelihood
    unrestricted : Unrestricted
        The rows that ``estimate`` was estimated from.

    Returns
    -------
    RobustFit

    References
    ----------
    Yuan & Bentler (2000), doi:10.1111/0081-1750.00078; Asparouhov & Muthén (2005), multivariate statistical
    modeling with survey data; White (1982), doi:10.2307/1912526

    Notes
    -----
    Equals ``lavaan::cfa(estimator = "MLR")``, complete or ``missing = "fiml"``: errors and scaling factors to 1e-5.
    With persons it equals ``cluster = `` (which adds means to the model), with weights ``sampling.weights = ``; persons
    who are in several groups are summed up over these, which lavaan does not do. No matrix of fourth moments is formed.
    """
    inverse = np.asarray(np.linalg.inv(estimate.likelihood.curvature("observed")))
    scores = score_products(estimate.likelihood, estimate.samples, unrestricted.known_rows)
    products = estimate.model.gathered_pairs(scores)
    scaling = _scaling(unrestricted.trace, products, inverse, estimate.model)
    return RobustFit(inverse @ products @ inverse / estimate.n, scaling, unrestricted.independence_scaling)


def _scaling(without_model: float, products: Floats, inverse: Floats, model: CovarianceModel) -> float:
    """By what a model's chi-square is too large."""
    if not (dof := degrees_of_freedom(model)):
        return 1.0
    scaling = (without_model - float(np.sum(products * inverse))) / dof
    return scaling if scaling > 0 else np.nan


def _complete_trace(samples: Sequence[NormalSample], rows: Rows, *, means: bool) -> float:
    """Find the trace in closed form.

    With z the rows of a person in units that make all items independent and standard, and T = z'z - rows · I, the
    person's part is half the sum of squares of T, which is told by the products zz' of the person's rows alone.
    """
    total = 0.0
    for group, sample in enumerate(samples):
        persons = None if rows.persons is None else rows.persons[group]
        whitening = np.linalg.inv(np.linalg.cholesky(sample.covariance)).T
        correction = _few_persons(rows, group) / sample.n
        for places in _persons_by_size(len(rows.groups[group]), persons):
            for start in range(0, len(places), _BLOCK):
                z = (rows.groups[group][places[start : start + _BLOCK]] - sample.mean) @ whitening
                total += _persons_part(z, means=means) * correction
    return total


def _persons_by_size(n: int, persons: Integers | None) -> Iterator[Integers]:
    """Places of the rows of all persons with one row, then of all with two, …: (persons, rows) arrays."""
    if persons is None:
        yield np.arange(n)[:, None]
        return
    order = np.argsort(persons, kind="stable")
    _, first, counts = np.unique(persons[order], return_index=True, return_counts=True)
    for count in np.unique(counts):
        yield order[first[counts == count][:, None] + np.arange(count)]


def _persons_part(z: Floats, *, means: bool) -> float:
    """Part of persons with s rows each, z (persons, s, p), in the trace without a model."""
    persons, s, p = z.shape
    if s == 1:
        size = np.einsum("csp,csp->c", z, z)
        squares, lengths, sums = size @ size, size.sum(), size.sum()
    else:
        products = z @ z.transpose(0, 2, 1)
        squares, sums = np.vdot(products, products), products.sum()
        lengths = np.trace(products, axis1=1, axis2=2).sum()
    return float((squares - 2 * s * lengths + persons * s**2 * p) / 2 + means * sums)


def _few_persons(rows: Rows, group: int) -> float:
    """Correction of sums over a group's persons for their being few; 1 where rows are not nested."""
    if rows.persons is None:
        return 1.0
    persons = len(np.unique(rows.persons[group]))
    return persons / (persons - 1)
