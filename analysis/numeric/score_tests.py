"""Tests of regression coefficients from score contributions, for rows that depend on each other in one or two ways."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy import stats

from analysis.numeric.arrays import Floats, Integers

_LEVEL = 0.95
_CHUNK = 500


class FittedModel(Protocol):
    """What a fitted regression tells of itself: see ``CumulativeLogit`` and ``LinearModel``."""

    @property
    def parameters(self) -> Floats:
        """Leading parameters, then coefficients, (p,)."""

    @property
    def n_leading(self) -> int:
        """How many parameters stand before the coefficients."""

    @property
    def information(self) -> Floats:
        """Minus the second derivative of the penalised log-likelihood, (p, p)."""

    @property
    def gradients(self) -> Floats:
        """Each row's part of the first derivative of the log-likelihood, (n, p)."""

    @property
    def residual_sd(self) -> float:
        """Standard deviation of the outcome among rows with equal predictors."""

    def row_information(self, directions: Floats) -> Floats:
        """Each row's part of the information along directions (p, t), (n, t).

        Parameters
        ----------
        directions : (p, t) array

        Returns
        -------
        (n, t) array
        """


@dataclass(frozen=True, eq=False)
class ScoreContributions:
    """What each row says about each of t coefficients, all others of the model having been fitted.

    ``estimate`` (t,) is free of the coefficient's own penalty; ``information`` (t,) is what is left of it when the
    others are fitted. ``at_zero`` and ``at_estimate`` (n, t) are the rows' contributions to the efficient score where
    the coefficient is 0 and where it is its estimate; ``score`` (t,) is the whole score at 0.
    """

    estimate: Floats
    information: Floats
    score: Floats
    at_zero: Floats
    at_estimate: Floats
    weight: Floats

    @property
    def tested(self) -> int:
        """How many coefficients there are."""
        return len(self.estimate)


@dataclass(frozen=True, eq=False)
class Tested:
    """Estimates (t,) with standard errors, 95 % intervals and p-values against 0; NaN where nothing is known."""

    estimate: Floats
    error: Floats
    low: Floats
    high: Floats
    p_values: Floats


def score_contributions(model: FittedModel, columns: Integers, penalty: Floats) -> ScoreContributions:
    """Find what each row contributes to the efficient scores of some coefficients.

    Parameters
    ----------
    model : FittedModel
        Fitted with all coefficients in it.
    columns : (t,) array of int
        Predictors whose coefficients are asked about.
    penalty : (t,) array
        The penalties these had in the fit; each is taken back for its own coefficient and stays on the others, which
        then are nuisance parameters with a normal prior.

    Returns
    -------
    ScoreContributions

    Notes
    -----
    One Newton step leads from the fit to the coefficient's value of 0 and to its unpenalised estimate; for linear
    models the step is exact.
    """
    place = model.n_leading + columns
    inverse = np.linalg.pinv(model.information, rcond=1e-12, hermitian=True)
    precision = 1 / inverse[place, place]
    directions = inverse[:, place] * precision
    free = np.maximum(precision - penalty, 0.0)
    fitted = model.parameters[place]
    known = free > 1e-8 * precision
    estimate = np.divide(fitted * precision, free, out=np.full(len(free), np.nan), where=known)
    weight = model.row_information(directions)
    scores = model.gradients @ directions
    at_zero = scores + weight * fitted
    moved = np.nan_to_num(estimate) - fitted
    return ScoreContributions(estimate, free, fitted * precision, at_zero, scores - weight * moved, weight)


def one_way_tests(contributions: ScoreContributions, cluster: Integers) -> Tested:
    """Test coefficients where rows of one cluster depend on each other.

    Parameters
    ----------
    contributions : ScoreContributions
    cluster : (n,) array of int

    Returns
    -------
    Tested
        p-values from the score at 0 over its clustered standard error, intervals from that at the estimate; both by
        t with as many degrees of freedom as clusters carry the information, less one.

    References
    ----------
    Liang & Zeger (1986), doi:10.1093/biomet/73.1.13; Carter, Schnepel & Steigerwald (2017), doi:10.1162/REST_a_00639
    """
    number = np.unique(cluster, return_inverse=True)[1]
    freedom = np.maximum(effective_clusters(_summed(contributions.weight, number)) - 1, 1.0)
    zero, there = ((_summed(part, number) ** 2).sum(0) for part in (contributions.at_zero, contributions.at_estimate))
    t = _ratio(np.abs(contributions.score), np.sqrt(zero))
    return _tested(contributions, there, stats.t.ppf((1 + _LEVEL) / 2, freedom), 2 * stats.t.sf(t, freedom))


def two_way_tests(
    contributions: ScoreContributions, person: Integers, brand: Integers, *, draws: int, rng: np.random.Generator
) -> Tested:
    """Test coefficients where rows depend on each other by person and by brand.

    Parameters
    ----------
    contributions : ScoreContributions
    person, brand : (n,) arrays of int
    draws : int
        Wild draws; with 0 the t distribution with one degree of freedom less than there are brands serves.
    rng : numpy Generator

    Returns
    -------
    Tested
        By the two-way clustered variance, which is never taken to be less than that by person. Wild draws turn the
        signs of all contributions of a brand together. A p-value or interval is never narrower than that by person
        alone: with few brands both signs and variances are coarse far out in the tails.

    References
    ----------
    Cameron, Gelbach & Miller (2011), doi:10.1198/jbes.2010.07136; Kline & Santos (2012), doi:10.1515/2156-6674.1006;
    Hemerik, Goeman & Finos (2020), doi:10.1111/rssb.12369; MacKinnon, Nielsen & Webb (2021),
    doi:10.1080/07350015.2019.1677473
    """
    alone = one_way_tests(contributions, person)
    person, brand = (np.unique(cluster, return_inverse=True)[1] for cluster in (person, brand))
    zero = _TwoWays.of(contributions.at_zero, person, brand)
    variance = _TwoWays.of(contributions.at_estimate, person, brand).variances()
    t = _ratio(np.abs(contributions.score), np.sqrt(zero.variances()))
    freedom = int(brand.max())
    quantile, p_values = np.full(len(t), stats.t.ppf((1 + _LEVEL) / 2, freedom)), 2 * stats.t.sf(t, freedom)
    if draws:
        signs = rng.choice([-1.0, 1.0], (draws, freedom + 1))
        drawn = np.concatenate([zero.statistics(signs[i : i + _CHUNK]) for i in range(0, draws, _CHUNK)])
        # the data are one of the draws; what differs only by rounding counts as equal
        p_values = (1 + (drawn >= t * (1 - 1e-9)).sum(0)) / (1 + draws)
        quantile = np.quantile(drawn, _LEVEL, axis=0)
    return _wider(_tested(contributions, variance, quantile, p_values), alone)


def _wider(one: Tested, other: Tested) -> Tested:
    """The larger error, interval and p-value of two tests of the same estimates."""
    return Tested(
        estimate=one.estimate,
        error=np.maximum(one.error, other.error),
        low=np.minimum(one.low, other.low),
        high=np.maximum(one.high, other.high),
        p_values=np.maximum(one.p_values, other.p_values),
    )


def effective_clusters(information: Floats) -> Floats:
    """How many equal clusters would carry as much as these, (t,), from the information of each (clusters, t).

    Parameters
    ----------
    information : (clusters, t) array
        Not negative.

    Returns
    -------
    (t,) array
        From 1 to the number of clusters.
    """
    return _ratio(information.sum(0) ** 2, (information**2).sum(0), otherwise=1.0)


@dataclass(frozen=True, eq=False)
class _TwoWays:
    """Contributions summed for variances by person, by brand and by both.

    ``brands`` (g, t) sums by brand, ``rows`` (g, t) sums of squares of single rows, ``shared`` (t, g, g) products of
    rows of one person about two brands, each pair once.
    """

    brands: Floats
    rows: Floats
    shared: Floats

    @classmethod
    def of(cls, scores: Floats, person: Integers, brand: Integers) -> "_TwoWays":
        """Sum contributions (n, t)."""
        one, other = _pairs(person)
        g = int(brand.max()) + 1
        place = brand[one] * g + brand[other]
        shared = _summed(scores[one] * scores[other], place, g * g)
        return cls(_summed(scores, brand, g), _summed(scores**2, brand, g), shared.T.reshape(-1, g, g))

    def variances(self, signs: Floats | None = None) -> Floats:
        """Two-way variance of the sum, at least that by person, (t,); (draws, t) with the brands' signs (draws, g)."""
        single, by_brand = self.rows.sum(0), (self.brands**2).sum(0)
        turned = np.ones((1, len(self.rows))) if signs is None else signs
        within = 2 * np.einsum("tdg,dg->dt", turned @ self.shared, turned)
        found = within + np.maximum(by_brand, single)
        return np.asarray(found[0] if signs is None else found)

    def statistics(self, signs: Floats) -> Floats:
        """Absolute sums over their standard errors with the brands' signs turned, (draws, t)."""
        return _ratio(np.abs(signs @ self.brands), np.sqrt(self.variances(signs)))


def _pairs(person: Integers) -> tuple[Integers, Integers]:
    """All pairs of rows of one person."""
    order = np.argsort(person, kind="stable")
    found_one, found_other = [], []
    for apart in range(1, int(np.bincount(person).max())):
        same = person[order[apart:]] == person[order[:-apart]]
        found_one.append(order[:-apart][same])
        found_other.append(order[apart:][same])
    empty = np.empty(0, dtype=np.int64)
    return np.concatenate([empty, *found_one]), np.concatenate([empty, *found_other])


def _summed(values: Floats, cluster: Integers, n: int | None = None) -> Floats:
    """Sums of the rows of each cluster, (clusters, t)."""
    clusters = int(cluster.max(initial=-1)) + 1 if n is None else n
    return np.stack([np.bincount(cluster, weights=column, minlength=clusters) for column in values.T], axis=1)


def _tested(contributions: ScoreContributions, variance: Floats, quantile: Floats, p_values: Floats) -> Tested:
    """Put estimates, errors, intervals and p-values together."""
    error = _ratio(np.sqrt(variance), contributions.information)
    unknown = np.isnan(contributions.estimate) | ~(error > 0)
    error, p_values = np.where(unknown, np.nan, error), np.where(unknown, np.nan, p_values)
    half = quantile * error
    return Tested(contributions.estimate, error, contributions.estimate - half, contributions.estimate + half, p_values)


def _ratio(above: Floats, below: Floats, *, otherwise: float = np.nan) -> Floats:
    """Divide; what has nothing to divide by is `otherwise`."""
    return np.asarray(np.divide(above, below, out=np.full(np.shape(above), otherwise), where=below > 0))
