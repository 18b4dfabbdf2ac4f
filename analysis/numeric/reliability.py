"""Reliability of a sum of items from their covariances: alpha, omega, each item's share; it never flips an item."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

from analysis.errors import AnalysisError
from analysis.numeric.arrays import Booleans, Floats
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
