"""Reliability of a sum of items from their covariances: alpha, omega, each item's share; it never flips an item."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

from analysis.errors import AnalysisError
from analysis.numeric.arrays import Booleans, Floats, Integers
from analysis.numeric.correlations import squared_multiple_correlations
from analysis.numeric.extraction import Method, extract

Denominator = Literal["implied", "observed"]

FEWEST_ITEMS_FOR_ALPHA = 2


@dataclass(frozen=True, eq=False)
class Omega:
    """Share of a sum's variance that one common factor explains, and the factor it was computed from.

    ``total`` is between 0 and 1 (with the observed denominator it may pass 1 a little); ``loadings`` and
    ``uniquenesses`` (p,) are in the items' own units; ``heywood`` (p,) flags items without unique variance.
    """

    total: float
    loadings: Floats
    uniquenesses: Floats
    heywood: Booleans


def alpha(covariance: Floats) -> float:
    """Cronbach's alpha of the sum of the items.

    Parameters
    ----------
    covariance : (p, p) array
        Covariances give raw alpha, correlations standardised alpha, polychoric correlations ordinal alpha.

    Returns
    -------
    float
        At most 1; negative when items run against each other.

    Raises
    ------
    AnalysisError
        ``too_few_items``, ``no_total_variance``.

    Notes
    -----
    Equals ``psych::alpha`` (raw_alpha, std.alpha) to 1e-9.

    References
    ----------
    Cronbach (1951), doi:10.1007/BF02310555
    """
    p, total = len(covariance), float(covariance.sum())
    if p < FEWEST_ITEMS_FOR_ALPHA:
        raise AnalysisError("too_few_items", f"Alpha needs two items or more, there is {p}. Add items.", items=p)
    if total <= 0:
        message = "The sum of the items does not vary. Check whether some items must be reversed."
        raise AnalysisError("no_total_variance", message, items=p)
    return p / (p - 1) * (1 - float(np.trace(covariance)) / total)


def alpha_interval(value: float, n: float, p: int, *, level: float = 0.95) -> tuple[float, float]:
    """Feldt's interval for alpha.

    Parameters
    ----------
    value : float
        Alpha found.
    n : float
        Number of independent rows; ratings nested in persons are fewer than they look.
    p : int
        Number of items.
    level : float
        Confidence, between 0 and 1.

    Returns
    -------
    tuple of float
        Lower and upper bound.

    Notes
    -----
    The formula of ``psych::alpha.ci``, equal to R's computation of it to 1e-9.

    References
    ----------
    Feldt, Woodruff & Salih (1987), doi:10.1177/014662168701100107
    """
    tail, distribution = (1 - level) / 2, stats.f(n - 1, (n - 1) * (p - 1))
    return float(1 - (1 - value) * distribution.ppf(1 - tail)), float(1 - (1 - value) * distribution.ppf(tail))


def alpha_error(covariance: Floats, n: float) -> float:
    """Standard error of alpha for normal answers.

    Parameters
    ----------
    covariance : (p, p) array
        As it was given to ``alpha``.
    n : float
        Number of independent rows.

    Returns
    -------
    float
        Alpha plus and minus 1.96 of it is Duhachek and Iacobucci's interval.

    Notes
    -----
    Equals ``ase`` of ``psych::alpha`` without missing answers to 1e-9.

    References
    ----------
    Duhachek & Iacobucci (2004), doi:10.1037/0021-9010.89.5.792
    """
    p, total, trace = len(covariance), covariance.sum(), np.trace(covariance)
    squared = covariance @ covariance
    spread = total * (np.trace(squared) + trace**2) - 2 * trace * squared.sum()
    return float(np.sqrt(max(2 * p**2 / ((p - 1) ** 2 * total**3) * spread / n, 0.0)))


@dataclass(frozen=True)
class Guttman:
    """Guttman's lower bounds of a sum's reliability; ``lambda3`` is alpha."""

    lambda1: float
    lambda2: float
    lambda3: float
    lambda6: float


def guttman(covariance: Floats) -> Guttman:
    """Guttman's bounds of the reliability of the sum of the items.

    Parameters
    ----------
    covariance : (p, p) array
        Positive definite; correlations give the bounds for the sum of standardised items.

    Returns
    -------
    Guttman

    Raises
    ------
    AnalysisError
        As ``alpha`` and ``correlations.inverted``.

    Notes
    -----
    Of correlations equals ``psych::guttman`` to 1e-9.

    References
    ----------
    Guttman (1945), doi:10.1007/BF02288892
    """
    third = alpha(covariance)
    p, total, variances = len(covariance), float(covariance.sum()), np.diag(covariance)
    first = 1 - float(variances.sum()) / total
    products = float((covariance**2).sum() - (variances**2).sum())
    scale = np.sqrt(variances)
    unexplained = variances * (1 - squared_multiple_correlations(covariance / np.outer(scale, scale)))
    return Guttman(first, first + np.sqrt(p / (p - 1) * products) / total, third, 1 - float(unexplained.sum()) / total)


def average_variance_extracted(found: Omega) -> float:
    """Share of the items' variances that their common factor explains.

    Parameters
    ----------
    found : Omega
        Of covariances, or of correlations to weigh all items alike.

    Returns
    -------
    float
        Between 0 and 1.

    Notes
    -----
    Of covariances equals ``semTools::AVE`` of a one-factor ``lavaan::cfa`` to 1e-5.

    References
    ----------
    Fornell & Larcker (1981), doi:10.1177/002224378101800104
    """
    common = float((found.loadings**2).sum())
    return common / (common + float(found.uniquenesses.sum()))


def heterotrait_monotrait(correlation: Floats, scale_of: Integers) -> Floats:
    """Compare correlations between scales with those within them (HTMT).

    Parameters
    ----------
    correlation : (p, p) array
    scale_of : (p,) array of int
        Number 0 to s - 1 of the scale an item belongs to; each scale has two items or more.

    Returns
    -------
    (s, s) array
        Mean absolute correlation between two scales over the geometric mean of the means within each; 1 on the
        diagonal. Values near 1 (above .85 or .90) say that two scales do not measure different things.

    Raises
    ------
    AnalysisError
        ``too_few_items``.

    Notes
    -----
    Equals ``semTools::htmt(htmt2 = FALSE, absolute = TRUE)`` by its formula.

    References
    ----------
    Henseler, Ringle & Sarstedt (2015), doi:10.1007/s11747-014-0403-8
    """
    member = (scale_of == np.arange(int(scale_of.max()) + 1)[:, None]).astype(float)
    sizes = member.sum(1)
    if (sizes < FEWEST_ITEMS_FOR_ALPHA).any():
        column = int(np.argmin(sizes))
        message = f"Scale {column + 1} has fewer than two items, so nothing correlates within it. Add items."
        raise AnalysisError("too_few_items", message, scale=column)
    absolute = np.abs(correlation)
    np.fill_diagonal(absolute, 0.0)
    means = member @ absolute @ member.T / (np.outer(sizes, sizes) - np.diag(sizes))
    within = np.sqrt(np.diag(means))
    ratios = means / np.outer(within, within)
    np.fill_diagonal(ratios, 1.0)
    return np.asarray(ratios)


def alpha_if_dropped(covariance: Floats) -> Floats:
    """Alpha of the other items, leaving out each in turn.

    Parameters
    ----------
    covariance : (p, p) array
        Of three items or more.

    Returns
    -------
    (p,) array

    Raises
    ------
    AnalysisError
        As ``alpha``.

    Notes
    -----
    Equals ``alpha.drop`` of ``psych::alpha`` to 1e-9.
    """
    every = np.arange(len(covariance))
    return np.array([alpha(covariance[np.ix_(every != i, every != i)]) for i in every])


def item_rest_correlations(covariance: Floats) -> Floats:
    """Correlate each item with the sum of the others.

    Parameters
    ----------
    covariance : (p, p) array
        Of two items or more.

    Returns
    -------
    (p,) array
        NaN where the others' sum does not vary.

    Notes
    -----
    Equals ``r.drop`` of ``psych::alpha`` to 1e-9 when nothing is missing.
    """
    variance, with_sum = np.diag(covariance), covariance.sum(1)
    rest = covariance.sum() - 2 * with_sum + variance
    spread = np.sqrt(variance * np.maximum(rest, 0))
    correlations = np.full(len(covariance), np.nan)
    np.divide(with_sum - variance, spread, out=correlations, where=spread > 0)
    return correlations


def omega_total(covariance: Floats, *, method: Method = "ml", denominator: Denominator = "implied") -> Omega:
    """Reliability of the sum of the items under one common factor.

    Parameters
    ----------
    covariance : (p, p) array
        Of three items or more; correlations give the omega of the sum of standardised items.
    method : {"ml", "minres"}
        How the factor is extracted.
    denominator : {"implied", "observed"}
        Variance of the sum by the model, or as it was found.

    Returns
    -------
    Omega

    Raises
    ------
    AnalysisError
        As ``extraction.extract``; ``too_many_factors`` with fewer than three items.

    Notes
    -----
    With "ml" equals ``semTools::compRelSEM`` of a one-factor ``lavaan::cfa`` (``obs.var = FALSE`` and ``TRUE``)
    to 1e-5.

    References
    ----------
    McDonald (1999), Test Theory; Flora (2020), doi:10.1177/2515245920951747
    """
    deviations = np.sqrt(np.diag(covariance))
    found = extract(covariance / np.outer(deviations, deviations), 1, method=method)
    loadings = deviations * found.loadings[:, 0]
    uniquenesses = deviations**2 * found.uniquenesses
    common = float(loadings.sum()) ** 2
    variance = common + float(uniquenesses.sum()) if denominator == "implied" else float(covariance.sum())
    return Omega(common / variance, loadings, uniquenesses, found.heywood)
