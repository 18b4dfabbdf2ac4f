"""Indices of how well a covariance model fits, from chi-squares and residuals; it estimates and judges nothing."""

from dataclasses import dataclass

import numpy as np
from scipy import special
from scipy.optimize import brentq

from analysis.numeric.arrays import Floats

CLOSE_FIT = 0.05


@dataclass(frozen=True)
class Tested:
    """A chi-square, its degrees of freedom, and by how much it is inflated when the model holds (1: not at all).

    ``inflation`` of 1 leaves the chi-square as it is; the indices that take it into account divide nothing but
    compare the chi-square with ``inflation * dof``, what it is expected to be.
    """

    chi2: float
    dof: float
    inflation: float = 1.0

    @property
    def expected(self) -> float:
        """What the chi-square is on average when the model holds."""
        return self.inflation * self.dof

    @property
    def p_value(self) -> float:
        """Chance of a chi-square as large when the model holds; NaN without degrees of freedom."""
        return float(special.chdtrc(self.dof, self.chi2 / self.inflation)) if self.dof > 0 else np.nan


@dataclass(frozen=True)
class FitIndices:
    """One set of indices: plain, or in a scaled or robust version (all NaN where no scaling could be computed).

    ``chi2``, ``dof`` and ``p_value`` of the model, ``baseline_chi2`` and ``baseline_dof`` of uncorrelated items;
    ``cfi``, ``tli``; ``rmsea`` with the bounds of its 90 % interval and ``p_close``, the chance of a misfit as
    large where the RMSEA is 0.05 at most. NaN where degrees of freedom are needed and there are none.
    """

    chi2: float
    dof: float
    p_value: float
    baseline_chi2: float
    baseline_dof: float
    cfi: float
    tli: float
    rmsea: float
    rmsea_low: float
    rmsea_high: float
    p_close: float


def fit_indices(model: Tested, baseline: Tested, *, n: float, groups: int, misfit: Tested | None = None) -> FitIndices:
    """Compute CFI, TLI and RMSEA.

    Parameters
    ----------
    model, baseline : Tested
        Of the model and of uncorrelated items.
    n : float
        Rows in all groups.
    groups : int
        Number of groups.
    misfit : Tested, optional
        What the RMSEA is computed from, if not from ``model``.

    Returns
    -------
    FitIndices

    References
    ----------
    Bentler (1990), doi:10.1037/0033-2909.107.2.238; Steiger (1998), doi:10.1080/10705519809540115;
    Brosseau-Liard, Savalei & Li (2012), doi:10.1080/00273171.2012.715252;
    Brosseau-Liard & Savalei (2014), doi:10.1080/00273171.2014.933697

    Notes
    -----
    Equals ``lavaan::fitMeasures`` given the same chi-squares: CFI, TLI and RMSEA to 1e-12, intervals to 1e-6.
    """
    misfit = misfit or model
    if np.isnan([model.chi2, model.inflation, baseline.chi2, baseline.inflation, misfit.chi2, misfit.dof]).any():
        return FitIndices(model.chi2, model.dof, np.nan, baseline.chi2, baseline.dof, *[np.nan] * 6)
    low, high = rmsea_interval(misfit, n=n, groups=groups)
    return FitIndices(
        chi2=model.chi2,
        dof=model.dof,
        p_value=model.p_value,
        baseline_chi2=baseline.chi2,
        baseline_dof=baseline.dof,
        cfi=comparative_fit(model, baseline),
        tli=_tucker_lewis(model, baseline),
        rmsea=_rmsea(misfit, n=n, groups=groups),
        rmsea_low=low,
        rmsea_high=high,
        p_close=_close_fit(misfit, n=n, groups=groups),
    )


def comparative_fit(model: Tested, baseline: Tested) -> float:
    """Bentler's comparative fit index (CFI).

    Parameters
    ----------
    model, baseline : Tested

    Returns
    -------
    float
        0 to 1; 1 where neither model is worse than chance.

    Notes
    -----
    ``cfi`` of ``lavaan::fitMeasures``, to 1e-12 given the same chi-squares.

    References
    ----------
    Bentler (1990), doi:10.1037/0033-2909.107.2.238
    """
    excess = max(model.chi2 - model.expected, 0.0)
    worst = max(baseline.chi2 - baseline.expected, excess)
    return 1 - excess / worst if worst > 0 else 1.0


def _tucker_lewis(model: Tested, baseline: Tested) -> float:
    """Tucker and Lewis's index, which may exceed 1."""
    excess = (model.chi2 - model.expected) * baseline.dof
    worst = (baseline.chi2 - baseline.expected) * model.dof
    return 1 - excess / worst if model.dof > 0 and worst else 1.0


def _rmsea(model: Tested, *, n: float, groups: int) -> float:
    """Root mean square error of approximation; 0 without degrees of freedom."""
    if not model.dof > 0:
        return 0.0
    return float(np.sqrt(groups * max(model.chi2 - model.expected, 0.0) / (n * model.dof)))


def rmsea_interval(model: Tested, *, n: float, groups: int) -> tuple[float, float]:
    """Bounds of the 90 % interval of the RMSEA.

    Parameters
    ----------
    model : Tested
    n : float
        Rows in all groups.
    groups : int

    Returns
    -------
    low, high : float

    Notes
    -----
    ``rmsea.ci.lower`` and ``rmsea.ci.upper`` of ``lavaan::fitMeasures``, to 1e-6 given the same chi-square.

    References
    ----------
    Browne & Cudeck (1992), doi:10.1177/0049124192021002005
    """
    if not model.dof > 0:
        return 0.0, 0.0
    scaled = model.chi2 / model.inflation
    each = model.inflation * groups / (n * model.dof)
    low, high = (np.sqrt(each * _noncentrality(scaled, model.dof, tail)) for tail in (0.95, 0.05))
    return float(low), float(high)


def _close_fit(model: Tested, *, n: float, groups: int) -> float:
    """Chance of a misfit as large where the RMSEA is 0.05."""
    if not model.dof > 0:
        return np.nan
    noncentrality = n * model.dof * CLOSE_FIT**2 / (groups * model.inflation)
    return 1 - float(special.chndtr(max(model.chi2, 0.0) / model.inflation, model.dof, noncentrality))


def _noncentrality(chi2: float, dof: float, probability: float) -> float:
    """Non-centrality at which a chi-square variable stays below chi2 with this probability; at least 0."""
    if chi2 <= 0:  # a shifted test can fall below 0
        return 0.0

    def surplus(noncentrality: float) -> float:
        return float(special.chndtr(chi2, dof, noncentrality)) - probability

    if surplus(0.0) <= 0:
        return 0.0
    # the distribution's mean is dof + noncentrality, its variance 2 dof + 4 noncentrality
    ceiling = chi2 + 10 * np.sqrt(2 * dof + 4 * chi2) + 10
    return float(brentq(surplus, 0.0, ceiling, xtol=1e-10))


def standardised_residual(
    covariance: Floats, implied: Floats, means: Floats | None = None, implied_means: Floats | None = None
) -> float:
    """Root mean square of one group's residuals in units of the items' standard deviations (SRMR).

    Parameters
    ----------
    covariance, implied : (p, p) arrays
        Without and with the model.
    means, implied_means : (p,) arrays, optional
        Without and with the model; their residuals count where given.

    Returns
    -------
    float
        Not negative.

    Notes
    -----
    ``srmr_bentler`` of ``lavaan::fitMeasures``, with means, ``srmr_bentler_nomean`` without, to 1e-12.
    """
    p = len(covariance)
    scale = np.sqrt(np.diag(covariance))
    residuals = ((covariance - implied) / np.outer(scale, scale))[np.tril_indices(p)]
    if means is not None and implied_means is not None:
        residuals = np.concatenate([residuals, (means - implied_means) / scale])
    return float(np.sqrt(np.mean(residuals**2)))
