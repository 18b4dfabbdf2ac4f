"""Omega beyond one continuous factor: its error, hierarchical and categorical omega; it chooses none of them."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats
from scipy.optimize import least_squares
from scipy.special import expit, logit

from analysis.errors import AnalysisError
from analysis.numeric.arrays import Floats, Integers
from analysis.numeric.bivariate_normal import distribution
from analysis.numeric.extraction import Method, extract
from analysis.numeric.reliability import Denominator, Omega
from analysis.numeric.rotation import rotate

Scale = Literal["logit", "plain"]

FEWEST_GROUP_FACTORS = 2
_ITERATIONS = 500
_TOLERANCES = {"xtol": 1e-14, "ftol": 1e-15, "gtol": 1e-15}


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """A general factor and k uncorrelated group factors behind p items, and what of the items' sum they explain.

    ``general`` (p,) and ``group`` (p, k) loadings; ``second_order`` (k,), loadings of the correlated factors on
    the general one; ``uniquenesses`` (p,). ``omega_hierarchical`` is the general factor's share of the sum's
    variance, ``omega_total`` that of all factors, ``common_variance`` the general factor's share of the common
    variance (ECV). ``of_group`` (k,): the factor on which an item's group loading is largest owns it;
    ``general_in_group`` and ``specific_in_group`` are shares of the variance of a group's own sum, NaN for a
    factor that owns no item.
    """

    general: Floats
    group: Floats
    second_order: Floats
    uniquenesses: Floats
    omega_hierarchical: float
    omega_total: float
    common_variance: float
    general_in_group: Floats
    specific_in_group: Floats


def omega_error(found: Omega, n: float) -> float:
    """Compute the standard error of omega for normal answers by the delta method.

    Parameters
    ----------
    found : Omega
        By maximum likelihood, with the implied denominator.
    n : float
        Number of independent rows.

    Returns
    -------
    float
        Not negative.

    Notes
    -----
    Equals the error of a parameter defined in ``lavaan::cfa(estimator = "ML")`` to a relative 1e-4.

    References
    ----------
    Raykov (2002), doi:10.1207/S15327906MBR3701_04
    """
    slope = _omega_slope(found)
    return float(np.sqrt(slope @ np.linalg.solve(_expected_information(found), slope) / n))


def omega_robust_error(found: Omega, x: Floats, person: Integers | None = None) -> float:
    """Compute the standard error of omega for answers of any distribution.

    Parameters
    ----------
    found : Omega
        By maximum likelihood, with the implied denominator.
    x : (n, p) array
        The answers; rows with a missing one are left out.
    person : (n,) array of int, optional
        Whose rating a row is, where ratings of a person depend on each other.

    Returns
    -------
    float
        Not negative.

    Notes
    -----
    Equals the error of a parameter defined in ``lavaan::cfa(estimator = "MLR")`` to a relative 1e-4.

    References
    ----------
    Yuan & Bentler (2002), doi:10.1007/BF02294845
    """
    complete = ~np.isnan(x).any(1)
    n = int(complete.sum())
    # the scale at which their mean square is the covariance that omega was found from
    deviations = (x[complete] - x[complete].mean(0)) * np.sqrt(n / (n - 1))
    implied = np.outer(found.loadings, found.loadings) + np.diag(found.uniquenesses)
    inverse = np.asarray(np.linalg.inv(implied), dtype=np.float64)
    weighted = deviations @ inverse
    in_loadings = weighted * (weighted @ found.loadings)[:, None] - inverse @ found.loadings
    scores = np.concatenate([in_loadings, (weighted**2 - np.diag(inverse)) / 2], axis=1)
    if person is not None:
        _, number = np.unique(person[complete], return_inverse=True)
        by_person = np.zeros((number.max() + 1, scores.shape[1]))
        np.add.at(by_person, number, scores)
        scores = by_person
    information = n * _observed_information(found, inverse, deviations.T @ deviations / n)
    influence = np.linalg.solve(information, _omega_slope(found))
    return float(np.linalg.norm(scores @ influence))


def omega_interval(value: float, error: float, *, level: float = 0.95, scale: Scale = "logit") -> tuple[float, float]:
    """Interval for omega.

    Parameters
    ----------
    value : float
        Omega, between 0 and 1.
    error : float
        Its standard error.
    level : float
        Confidence, between 0 and 1.
    scale : {"logit", "plain"}
        On which the estimate is taken as normal; the logit keeps the interval within 0 and 1.

    Returns
    -------
    tuple of float
        Lower and upper bound.

    Notes
    -----
    Equals the interval of ``lavaan::parameterEstimates`` (plain) and its logit by the delta method, to 1e-5.

    References
    ----------
    Kelley & Pornprasertmanit (2016), doi:10.1037/a0040086
    """
    z = float(stats.norm.ppf((1 + level) / 2))
    if scale == "plain":
        return value - z * error, value + z * error
    half = z * error / (value * (1 - value))
    return float(expit(logit(value) - half)), float(expit(logit(value) + half))


def omega_hierarchical(
    correlation: Floats, groups: int, *, rng: np.random.Generator, method: Method = "minres"
) -> Hierarchy:
    """Explain items by a general and several group factors: Schmid and Leiman's transformation of oblique factors.

    Parameters
    ----------
    correlation : (p, p) array
        Positive definite; items that run against the others are not reversed.
    groups : int
        Number of group factors, at least 2. With 2 their loadings on the general factor are set equal.
    rng : numpy Generator
        For the starts of the rotation (oblimin).
    method : {"minres", "ml"}
        How both orders of factors are extracted.

    Returns
    -------
    Hierarchy
        Group factors by size.

    Raises
    ------
    AnalysisError
        ``too_few_factors``; as ``extraction.extract``.

    Notes
    -----
    Equals ``psych::omega(fm = "minres", rotate = "oblimin", flip = FALSE)`` to 2e-3, which is where its searches
    stop; ``omega_hierarchical`` and ``omega_total`` divide by the observed variance of the sum.

    References
    ----------
    Schmid & Leiman (1957), doi:10.1007/BF02289209; Zinbarg, Revelle, Yovel & Li (2005),
    doi:10.1007/s11336-003-0974-7
    """
    if groups < FEWEST_GROUP_FACTORS:
        message = f"A hierarchy needs two group factors or more, {groups} were asked for. Ask for omega total instead."
        raise AnalysisError("too_few_factors", message, factors=groups)
    rotation = rotate(extract(correlation, groups, method=method).loadings, "oblimin", rng=rng)
    second_order = _second_order(rotation.phi, method)
    general = rotation.pattern @ second_order
    group = rotation.pattern * np.sqrt(np.maximum(1 - second_order**2, 0))
    uniquenesses = 1 - rotation.communalities
    total = float(correlation.sum())
    in_group, specific = _of_groups(correlation, general, group)
    return Hierarchy(
        general,
        group,
        second_order,
        uniquenesses,
        omega_hierarchical=float(general.sum()) ** 2 / total,
        omega_total=1 - float(uniquenesses.sum()) / total,
        common_variance=float((general**2).sum() / ((general**2).sum() + (group**2).sum())),
        general_in_group=in_group,
        specific_in_group=specific,
    )


def omega_categorical(
    loadings: Floats, thresholds: tuple[Floats, ...], correlation: Floats, *, denominator: Denominator = "observed"
) -> float:
    """Reliability of the sum of ordinal items as they are coded, under one factor of the answers behind them.

    Parameters
    ----------
    loadings : (p,) array
        Of the latent answers, as ``weighted_factor`` or ``reliability.omega_total`` find them on ``correlation``.
    thresholds : tuple of p arrays
        Of the items.
    correlation : (p, p) array
        Polychoric.
    denominator : {"observed", "implied"}
        Variance of the sum by the polychoric correlations, or by those the factor implies.

    Returns
    -------
    float
        Between 0 and 1; for the sum of codes 1, 2, 3 …, which is coarser than what lies behind it.

    Raises
    ------
    AnalysisError
        ``improper_solution`` where a loading is 1 or more.

    Notes
    -----
    With the loadings of ``weighted_factor`` equals ``semTools::compRelSEM(ord.scale = TRUE)`` of a one-factor
    ``lavaan::cfa(estimator = "WLSMV")`` to 1e-5.

    References
    ----------
    Green & Yang (2009), doi:10.1007/s11336-008-9099-3
    """
    if np.abs(loadings).max() >= 1:
        column = int(np.abs(loadings).argmax())
        message = f"The item in column {column + 1} has no variance of its own beside the factor. Leave it out."
        raise AnalysisError("improper_solution", message, column=column)
    implied = np.outer(loadings, loadings)
    total = (correlation if denominator == "observed" else implied).copy()
    np.fill_diagonal(total, 1.0)
    return float(_code_covariance(implied, thresholds).sum() / _code_covariance(total, thresholds).sum())


def weighted_factor(correlation: Floats, weights: Floats) -> Floats:
    """Find one factor by least squares of weighted residuals (DWLS).

    Parameters
    ----------
    correlation : (p, p) array
        Of three items or more.
    weights : (p, p) array
        Symmetric, positive; one over the sampling variance of each correlation. The diagonal is not looked at.

    Returns
    -------
    (p,) array
        Loadings, their sum positive.

    Raises
    ------
    AnalysisError
        ``unusable_variances`` where answers are too few to give every correlation a sampling variance;
        ``no_convergence`` where the items hardly correlate; as ``extraction.extract``.

    Notes
    -----
    With the variances of ``polychoric.PolychoricScores`` equals the loadings of a one-factor
    ``lavaan::cfa(estimator = "WLSMV", std.lv = TRUE)``, compared through the omegas made of them, to 1e-5.
    """
    first, second = np.tril_indices(len(correlation), -1)
    if not (np.isfinite(weights[first, second]) & (weights[first, second] > 0)).all():
        message = "The answers are too few for sampling variances of their correlations. Collect more answers."
        raise AnalysisError("unusable_variances", message)
    root = np.sqrt(weights[first, second] / weights[first, second].max())
    rows = np.arange(len(root))

    def residuals(loadings: Floats) -> Floats:
        return np.asarray(root * (loadings[first] * loadings[second] - correlation[first, second]))

    def slopes(loadings: Floats) -> Floats:
        found = np.zeros((len(root), len(loadings)))
        found[rows, first], found[rows, second] = loadings[second] * root, loadings[first] * root
        return found

    start = extract(correlation, 1).loadings[:, 0]
    found = least_squares(residuals, start, slopes, method="lm", max_nfev=_ITERATIONS, **_TOLERANCES)
    if not found.success:  # one loading runs away while the others vanish
        message = "The items hardly correlate, so the search for their one factor has no end. Take other items."
        raise AnalysisError("no_convergence", message)
    return np.asarray(found.x if found.x.sum() >= 0 else -found.x)


def _second_order(phi: Floats, method: Method) -> Floats:
    """Loadings of correlated factors on one general factor; equal ones where there are two."""
    if len(phi) == FEWEST_GROUP_FACTORS:
        both = np.sqrt(np.abs(phi[0, 1]))
        return np.array([both, np.sign(phi[0, 1]) * both])
    return np.asarray(extract(phi, 1, method=method).loadings[:, 0])


def _of_groups(correlation: Floats, general: Floats, group: Floats) -> tuple[Floats, Floats]:
    """Shares of the general and of its own factor in the variance of each group's sum."""
    owner = np.abs(group).argmax(1)
    shares = np.full((2, group.shape[1]), np.nan)
    for k in np.unique(owner):
        own = owner == k
        variance = correlation[np.ix_(own, own)].sum()
        shares[:, k] = general[own].sum() ** 2 / variance, group[own, k].sum() ** 2 / variance
    return shares[0], shares[1]


def _code_covariance(correlation: Floats, thresholds: tuple[Floats, ...]) -> Floats:
    """Covariances (p, p) of answers coded 1, 2, 3 … whose latent variables correlate as given."""
    ends = np.cumsum([len(cuts) for cuts in thresholds])
    cuts, item = np.concatenate(thresholds), np.repeat(np.arange(len(thresholds)), np.diff(ends, prepend=0))
    joint = distribution(cuts[:, None], cuts[None, :], correlation[np.ix_(item, item)])
    alone = distribution(cuts, np.full(len(cuts), np.inf), np.zeros(len(cuts)))
    member = np.eye(len(thresholds))[item]
    return np.asarray(member.T @ (joint - np.outer(alone, alone)) @ member)


def _omega_slope(found: Omega) -> Floats:
    """Slope of omega in the loadings and the uniquenesses, (2p,)."""
    common, unique = found.loadings.sum(), found.uniquenesses.sum()
    variance = common**2 + unique
    in_loading, in_uniqueness = 2 * common * unique / variance**2, -((common / variance) ** 2)
    p = len(found.loadings)
    return np.repeat([in_loading, in_uniqueness], p)


def _expected_information(found: Omega) -> Floats:
    """Information of one row on loadings and uniquenesses under normality, (2p, 2p)."""
    loadings = found.loadings
    inverse = np.linalg.inv(np.outer(loadings, loadings) + np.diag(found.uniquenesses))
    weighted = inverse @ loadings
    explained = loadings @ weighted
    across = inverse * weighted
    return np.block([[inverse * explained + np.outer(weighted, weighted), across], [across.T, inverse**2 / 2]])


def _observed_information(found: Omega, inverse: Floats, covariance: Floats) -> Floats:
    """Negative second derivatives of one row's mean log-likelihood in loadings and uniquenesses, (2p, 2p)."""
    loadings, p = found.loadings, len(found.loadings)
    moment = inverse @ covariance @ inverse
    excess = moment - inverse
    information = np.zeros((2 * p, 2 * p))
    for j in range(2 * p):
        change = np.zeros((p, p))
        if j < p:
            change[j], change[:, j] = loadings, change[:, j] + loadings
            change[j, j] = 2 * loadings[j]
        else:
            change[j - p, j - p] = 1.0
        turned = inverse @ change @ moment
        excess_change = inverse @ change @ inverse - turned - turned.T
        information[:p, j] = -excess_change @ loadings - (excess[:, j] if j < p else 0.0)
        information[p:, j] = -np.diag(excess_change) / 2
    return information
