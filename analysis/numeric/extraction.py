"""Common factors of a correlation matrix by residuals, likelihood or principal axes, unrotated, and their fit."""

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from scipy import special, stats
from scipy.optimize import brentq, minimize

from analysis.errors import AnalysisError
from analysis.numeric.arrangement import Arrangement
from analysis.numeric.arrays import Booleans, Floats
from analysis.numeric.correlations import inverted

Method = Literal["minres", "ml", "principal_axis"]
Convention = Literal["standard", "psych"]

SMALLEST_UNIQUENESS = 0.005
LARGEST_UNIQUENESS = 1.0
NEWTON_STEPS = 50
SHORTENINGS = 8
FLATTEST = 1e-3
GRADIENT_OF_NEWTON = 1e-8
GRADIENT_AT_OPTIMUM = 1e-12
SAME_MINIMUM = 1e-9
PRINCIPAL_AXIS_STEPS = 5000
PRINCIPAL_AXIS_STEP = 1e-9
ROUNDING = 1e-12
SMALLEST_GAP = 1e-12


@dataclass(frozen=True, eq=False)
class Extraction:
    """Unrotated factors.

    ``loadings`` (p, k), columns by size; ``uniquenesses`` (p,); ``objective``, the minimum of the criterion of
    ``method``; ``gradient``, its largest slope left in a uniqueness that is free to move; ``heywood`` (p,), the
    items whose uniqueness lies on its lower bound (no proper solution: consider fewer factors);
    ``share_at_best``, the share of searches that led to this minimum.
    """

    method: Method
    loadings: Floats
    uniquenesses: Floats
    objective: float
    gradient: float
    heywood: Booleans
    share_at_best: float

    @property
    def communalities(self) -> Floats:
        """Share of each item's variance that the factors explain, (p,)."""
        return np.asarray((self.loadings**2).sum(1))


@dataclass(frozen=True)
class FactorFit:
    """How well k common factors reproduce the correlations.

    ``objective`` is the maximum-likelihood discrepancy whatever the method of extraction, ``chi2`` carries
    Bartlett's correction; ``rmsea_low`` and ``rmsea_high`` bound a 90 % interval. ``rmsea``, its bounds and
    ``tli`` are NaN without degrees of freedom. ``rmsr`` is the root mean square of the off-diagonal residuals,
    ``srmr`` divides their sum of squares by p(p + 1)/2 instead of p(p - 1)/2.
    """

    dof: int
    objective: float
    chi2: float
    p_value: float
    null_chi2: float
    null_dof: int
    rmsea: float
    rmsea_low: float
    rmsea_high: float
    tli: float
    cfi: float
    bic: float
    rmsr: float
    srmr: float
    largest_residual: float


def degrees_of_freedom(p: int, k: int) -> int:
    """Count the correlations among p items less the free parameters of k factors.

    Parameters
    ----------
    p, k : int
        Number of items and of factors.

    Returns
    -------
    int
        Negative when the items do not allow so many factors.
    """
    return ((p - k) ** 2 - (p + k)) // 2


def extract(correlation: Floats, k: int, *, method: Method = "minres", starts: int = 3) -> Extraction:
    """Extract k common factors.

    The loadings are concentrated out; the criterion is minimised over the uniquenesses from several starting
    points by Newton's method with the exact second derivatives, and by a quasi-Newton method where that fails.

    Parameters
    ----------
    correlation : (p, p) array
        Positive definite, unit diagonal.
    k : int
        Number of factors, at least 1.
    method : {"minres", "ml", "principal_axis"}
        Unweighted least squares of the off-diagonal residuals, maximum likelihood under normality, or principal
        axes iterated from squared multiple correlations until no communality moves by 1e-9.
    starts : int
        Of the criteria: 1 to 3, by multiple correlations, by the closest other item, all uniquenesses alike.

    Returns
    -------
    Extraction
        The lowest minimum found; uniquenesses between 0.005 and 1.

    Raises
    ------
    AnalysisError
        ``too_many_factors``, ``collinear_items``, ``not_positive_definite``.

    Notes
    -----
    Uniquenesses equal the converged optimum of ``psych::fa(fm = "minres")`` and ``stats::factanal`` to 1e-6.
    Principal axes end where minimum residuals do, to 1e-6; ``psych::fa(fm = "pa")`` stops on the way.

    References
    ----------
    Harman & Jones (1966), doi:10.1007/BF02289468; Jöreskog (1967), doi:10.1007/BF02289658;
    Thurstone (1947), Multiple-Factor Analysis
    """
    p = len(correlation)
    if k < 1 or degrees_of_freedom(p, k) < 0:
        raise _too_many(p, k)
    criterion = _MaximumLikelihood(correlation, k) if method == "ml" else _MinimumResiduals(correlation, k)
    if method == "principal_axis":
        found = [_principal_axes(criterion, 1 / np.diag(inverted(correlation)))]
    else:
        found = _minima(criterion, _starts(correlation, k)[:starts])
    values = np.array([criterion.slope(psi)[0] for psi in found])
    psi = found[int(np.argmin(values))]
    objective, gradient = criterion.slope(psi)
    loadings = criterion.loadings(psi)
    return Extraction(
        method=method,
        loadings=Arrangement.by_size(loadings).columns(loadings),
        uniquenesses=psi,
        objective=objective,
        gradient=_steepest(psi, gradient),
        heywood=psi <= SMALLEST_UNIQUENESS,
        share_at_best=float(np.mean(values <= objective + SAME_MINIMUM)),
    )


def fit(
    correlation: Floats, loadings: Floats, uniquenesses: Floats, n: float, *, convention: Convention = "standard"
) -> FactorFit:
    """Compute indices of fit of an unrotated solution; rotation does not change them.

    Parameters
    ----------
    correlation : (p, p) array
        Positive definite.
    loadings : (p, k) array
    uniquenesses : (p,) array
    n : float
        Number of independent rows.
    convention : {"standard", "psych"}
        With F the maximum-likelihood discrepancy, F0 that of no factors, d and d0 their degrees of freedom,
        m = n - 1 - (2p + 5)/6 - 2k/3, m0 = n - 1 - (2p + 5)/6, chi2 = mF, chi20 = m0 F0:

        - "standard": RMSEA = sqrt(max(F/d - 1/(n - 1), 0)), its interval from (n - 1)F;
          TLI = (chi20/d0 - chi2/d)/(chi20/d0 - 1).
        - "psych" (2.2.9): RMSEA = sqrt(max(chi2/(dn) - 1/(n - 1), 0)), its interval from chi2;
          TLI = (F0/d0 - F/d)/(F0/d0 - 1/m).

        In both CFI = 1 - max(chi2 - d, 0)/max(chi20 - d0, chi2 - d, 0) and BIC = chi2 - d log n.

    Returns
    -------
    FactorFit

    Raises
    ------
    AnalysisError
        ``collinear_items``, ``not_positive_definite``.

    References
    ----------
    Steiger (1990), doi:10.1207/s15327906mbr2502_4; Tucker & Lewis (1973), doi:10.1007/BF02291170;
    Bentler (1990), doi:10.1037/0033-2909.107.2.238
    """
    model, null = _tested(correlation, loadings, uniquenesses, n)
    rmsea, tli = (_psych_indices if convention == "psych" else _standard_indices)(model, null, n)
    low, high = _rmsea_interval(model.chi2 if convention == "psych" else (n - 1) * model.discrepancy, model.dof, n)
    p = len(correlation)
    residuals = (correlation - loadings @ loadings.T)[np.tril_indices(p, -1)]
    return FactorFit(
        dof=model.dof,
        objective=model.discrepancy,
        chi2=model.chi2,
        p_value=float(stats.chi2.sf(model.chi2, model.dof)) if model.dof else np.nan,
        null_chi2=null.chi2,
        null_dof=null.dof,
        rmsea=rmsea,
        rmsea_low=low,
        rmsea_high=high,
        tli=tli,
        cfi=_comparative_fit(model, null),
        bic=model.chi2 - model.dof * float(np.log(n)),
        rmsr=float(np.sqrt(np.mean(residuals**2))),
        srmr=float(np.sqrt((residuals**2).sum() / (p * (p + 1) / 2))),
        largest_residual=float(np.abs(residuals).max()),
    )


class _Criterion(Protocol):
    """What is minimised over the uniquenesses psi (p,)."""

    def slope(self, psi: Floats) -> tuple[float, Floats]:
        """Value and gradient."""

    def expansion(self, psi: Floats) -> tuple[float, Floats, Floats]:
        """Value, gradient and matrix of second derivatives."""

    def loadings(self, psi: Floats) -> Floats:
        """Compute the loadings that are best for these uniquenesses."""


class _MinimumResiduals:
    """Half the sum of squares of the eigenvalues of R - psi that k factors leave over."""

    def __init__(self, correlation: Floats, k: int) -> None:
        self.correlation = correlation
        self.k = k

    def slope(self, psi: Floats) -> tuple[float, Floats]:
        values, vectors = np.linalg.eigh(self.correlation - np.diag(psi))
        left, directions = values[: -self.k], vectors[:, : -self.k]
        return float(left @ left) / 2, -(directions**2) @ left

    def expansion(self, psi: Floats) -> tuple[float, Floats, Floats]:
        values, vectors = np.linalg.eigh(self.correlation - np.diag(psi))
        left, kept, rest = values[: -self.k], values[-self.k :], vectors[:, : -self.k]
        weights = 2 * left[:, None] / _gaps(left, kept)
        curvature = np.asarray((rest @ rest.T) ** 2 + _between(vectors, self.k, weights))
        return float(left @ left) / 2, -(rest**2) @ left, curvature

    def loadings(self, psi: Floats) -> Floats:
        values, vectors = np.linalg.eigh(self.correlation - np.diag(psi))
        return np.asarray(vectors[:, -self.k :] * np.sqrt(np.maximum(values[-self.k :], 0)))


class _MaximumLikelihood:
    """Sum of g - log g - 1 over the eigenvalues g of psi^-1/2 R psi^-1/2 that k factors leave over."""

    def __init__(self, correlation: Floats, k: int) -> None:
        self.correlation = correlation
        self.k = k

    def slope(self, psi: Floats) -> tuple[float, Floats]:
        values, vectors = self._decomposed(psi)
        left, directions = values[: -self.k], vectors[:, : -self.k]
        return float((left - np.log(left) - 1).sum()), (directions**2) @ (1 - left) / psi

    def expansion(self, psi: Floats) -> tuple[float, Floats, Floats]:
        # second derivatives in log psi, then the chain rule
        values, vectors = self._decomposed(psi)
        left, kept, rest = values[: -self.k], values[-self.k :], vectors[:, : -self.k]
        weights = -(1 - left)[:, None] * (left[:, None] + kept) / _gaps(left, kept)
        in_logs = ((rest * left) @ rest.T) * (rest @ rest.T) + _between(vectors, self.k, weights)
        first = (rest**2) @ (1 - left)
        curvature = np.asarray((in_logs - np.diag(first)) / np.outer(psi, psi))
        return float((left - np.log(left) - 1).sum()), first / psi, curvature

    def loadings(self, psi: Floats) -> Floats:
        values, vectors = self._decomposed(psi)
        scaled = vectors[:, -self.k :] * np.sqrt(np.maximum(values[-self.k :] - 1, 0))
        return np.asarray(np.sqrt(psi)[:, None] * scaled)

    def _decomposed(self, psi: Floats) -> tuple[Floats, Floats]:
        """Eigenvalues, kept above zero against rounding, and eigenvectors."""
        scale = 1 / np.sqrt(psi)
        values, vectors = np.linalg.eigh(self.correlation * np.outer(scale, scale))
        return np.maximum(values, 1e-14), vectors


def _gaps(left: Floats, kept: Floats) -> Floats:
    """Differences of the eigenvalues left over from those kept; never 0, where a factor too many finds equal ones."""
    return np.minimum(left[:, None] - kept, -SMALLEST_GAP)


def _between(vectors: Floats, k: int, weights: Floats) -> Floats:
    """Part of the second derivatives that runs between the directions left over and the k kept."""
    p = len(vectors)
    pairs = (vectors[:, : p - k, None] * vectors[:, None, p - k :]).reshape(p, -1)
    return np.asarray((pairs * weights.ravel()) @ pairs.T)


def _starts(correlation: Floats, k: int) -> list[Floats]:
    """Uniquenesses to start from: by multiple correlation, by the closest other item, and all alike."""
    p = len(correlation)
    by_multiple = (1 - k / (2 * p)) / np.diag(inverted(correlation))
    by_closest = 1 - np.abs(correlation - np.eye(p)).max(0)
    return [np.clip(start, 0.01, 0.99) for start in (by_multiple, by_closest, np.full(p, 0.5))]


def _minima(criterion: _Criterion, starts: list[Floats]) -> list[Floats]:
    """Uniquenesses at the minima that starts lead to; where they disagree, also those along a more careful way."""
    found = [_minimised(criterion, start) for start in starts]
    if np.ptp([criterion.slope(psi)[0] for psi in found]) > SAME_MINIMUM:
        found += [_newton(criterion, _quasi_newton(criterion, start)) for start in starts]
    return found


def _minimised(criterion: _Criterion, start: Floats) -> Floats:
    """Uniquenesses at a minimum of the criterion within the bounds."""
    psi = _newton(criterion, start)
    if _steepest(psi, criterion.slope(psi)[1]) < GRADIENT_OF_NEWTON:
        return psi
    return _newton(criterion, _quasi_newton(criterion, start))


def _quasi_newton(criterion: _Criterion, start: Floats) -> Floats:
    """Approach a minimum without second derivatives."""
    bounds = [(SMALLEST_UNIQUENESS, LARGEST_UNIQUENESS)] * len(start)
    options = {"maxiter": 1000, "ftol": 1e-13, "gtol": 1e-6, "maxcor": 20}
    found = minimize(criterion.slope, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    return np.asarray(found.x, dtype=np.float64)


def _newton(criterion: _Criterion, psi: Floats) -> Floats:
    """Descend by Newton's method on the uniquenesses that are free to move, until it brings nothing."""
    value, gradient, curvature = criterion.expansion(psi)
    for _ in range(NEWTON_STEPS):
        if _steepest(psi, gradient) < GRADIENT_AT_OPTIMUM:
            break
        free = _free(psi, gradient)
        step = np.zeros_like(psi)
        step[free] = _downhill(curvature[np.ix_(free, free)], gradient[free])
        for _ in range(SHORTENINGS):
            moved = np.clip(psi - step, SMALLEST_UNIQUENESS, LARGEST_UNIQUENESS)
            new_value, new_gradient, new_curvature = criterion.expansion(moved)
            if new_value <= value + ROUNDING:
                break
            step = step / 4
        flatter = _steepest(moved, new_gradient) < _steepest(psi, gradient)
        if new_value > value + ROUNDING or (new_value > value - ROUNDING and not flatter):
            break
        psi, value, gradient, curvature = moved, new_value, new_gradient, new_curvature
    return psi


def _downhill(curvature: Floats, gradient: Floats) -> Floats:
    """Newton's step; where the criterion bends downwards, along the slope."""
    try:
        np.linalg.cholesky(curvature)
        return np.asarray(np.linalg.solve(curvature, gradient))
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(curvature)
        bent = np.maximum(np.abs(values), FLATTEST * np.abs(values).max())
        return np.asarray(vectors @ ((vectors.T @ gradient) / bent))


def _principal_axes(criterion: _Criterion, psi: Floats) -> Floats:
    """Uniquenesses that the loadings they lead to leave over."""
    for _ in range(PRINCIPAL_AXIS_STEPS):
        left = 1 - (criterion.loadings(psi) ** 2).sum(1)
        before, psi = psi, np.clip(left, SMALLEST_UNIQUENESS, LARGEST_UNIQUENESS)
        if np.abs(psi - before).max() < PRINCIPAL_AXIS_STEP:
            break
    return psi


def _steepest(psi: Floats, gradient: Floats) -> float:
    """Largest slope in a uniqueness that is free to move."""
    return float(np.abs(gradient[_free(psi, gradient)]).max(initial=0.0))


def _free(psi: Floats, gradient: Floats) -> Booleans:
    """Which uniquenesses are not held by a bound that the slope pushes them against."""
    low = (psi <= SMALLEST_UNIQUENESS) & (gradient > 0)
    high = (psi >= LARGEST_UNIQUENESS) & (gradient < 0)
    return np.asarray(~(low | high))


def _too_many(p: int, k: int) -> AnalysisError:
    """Say how many factors these items allow."""
    most = max((m for m in range(1, p) if degrees_of_freedom(p, m) >= 0), default=0)
    return AnalysisError(
        "too_many_factors",
        f"{p} items allow between 1 and {most} common factors, {k} were asked for. Ask for fewer, or add items.",
        items=p,
        factors=k,
        most=most,
    )


@dataclass(frozen=True)
class _Tested:
    """A model's discrepancy, its statistic with the factor ``scale`` that Bartlett's correction gives, and dof."""

    discrepancy: float
    scale: float
    dof: int

    @property
    def chi2(self) -> float:
        return self.scale * self.discrepancy


def _tested(correlation: Floats, loadings: Floats, uniquenesses: Floats, n: float) -> tuple[_Tested, _Tested]:
    """Set the factor model beside the model of no factors."""
    inverted(correlation)  # refuses a determinant of zero by name
    p, k = loadings.shape
    ratio = np.linalg.solve(loadings @ loadings.T + np.diag(uniquenesses), correlation)
    discrepancy = max(float(np.trace(ratio) - np.linalg.slogdet(ratio)[1]) - p, 0.0)  # rounding apart never negative
    null_discrepancy = -float(np.linalg.slogdet(correlation)[1])
    null_scale = n - 1 - (2 * p + 5) / 6
    return (
        _Tested(discrepancy, null_scale - 2 * k / 3, degrees_of_freedom(p, k)),
        _Tested(null_discrepancy, null_scale, degrees_of_freedom(p, 0)),
    )


def _standard_indices(model: _Tested, null: _Tested, n: float) -> tuple[float, float]:
    """RMSEA and TLI as their authors define them."""
    if not model.dof:
        return np.nan, np.nan
    null_ratio = null.chi2 / null.dof
    tli = (null_ratio - model.chi2 / model.dof) / (null_ratio - 1)
    return float(np.sqrt(max(model.discrepancy / model.dof - 1 / (n - 1), 0.0))), tli


def _psych_indices(model: _Tested, null: _Tested, n: float) -> tuple[float, float]:
    """RMSEA and TLI as psych 2.2.9 computes them."""
    if not model.dof:
        return np.nan, np.nan
    null_ratio = null.discrepancy / null.dof
    tli = (null_ratio - model.discrepancy / model.dof) / (null_ratio - 1 / model.scale)
    return float(np.sqrt(max(model.chi2 / (model.dof * n) - 1 / (n - 1), 0.0))), tli


def _comparative_fit(model: _Tested, null: _Tested) -> float:
    """Bentler's CFI; 1 where neither model is worse than chance."""
    excess = max(model.chi2 - model.dof, 0.0)
    worst = max(null.chi2 - null.dof, excess)
    return 1 - excess / worst if worst else 1.0


def _rmsea_interval(chi2: float, dof: int, n: float) -> tuple[float, float]:
    """Bounds of the 90 % interval: the non-centralities at which chi2 is the 95th and the 5th percentile."""
    if not dof:
        return np.nan, np.nan
    low, high = (np.sqrt(_noncentrality(chi2, dof, tail) / (dof * (n - 1))) for tail in (0.95, 0.05))
    return float(low), float(high)


def _noncentrality(chi2: float, dof: int, probability: float) -> float:
    """Non-centrality at which a chi-square variable stays below chi2 with this probability; at least 0."""

    def surplus(noncentrality: float) -> float:
        return float(special.chndtr(chi2, dof, noncentrality)) - probability

    if surplus(0.0) <= 0:
        return 0.0
    # the distribution's mean is dof + noncentrality, its variance 2 dof + 4 noncentrality
    ceiling = chi2 + 10 * np.sqrt(2 * dof + 4 * chi2) + 10
    return float(brentq(surplus, 0.0, ceiling, xtol=1e-10))
