"""Common factors of a correlation matrix by residuals, likelihood or principal axes, unrotated, and their fit."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Literal, Protocol, Self, TypeAlias

import numpy as np
from scipy.linalg.lapack import dposv
from scipy.optimize import minimize

from analysis.errors import AnalysisError
from analysis.numeric.arrangement import Arrangement
from analysis.numeric.arrays import Booleans, Floats
from analysis.numeric.correlations import inverted, log_determinant
from analysis.numeric.fit_indices import Tested, comparative_fit, rmsea_interval

Method = Literal["minres", "ml", "principal_axis"]
Convention = Literal["standard", "psych"]

SMALLEST_UNIQUENESS = 0.005
LARGEST_UNIQUENESS = 1.0
NEWTON_STEPS = 50
SHORTENINGS = 8
FLATTEST = 1e-3
GRADIENT_OF_NEWTON = 1e-8
GRADIENT_AT_OPTIMUM = 1e-9
SAME_MINIMUM = 1e-9
PRINCIPAL_AXIS_STEPS = 5000
PRINCIPAL_AXIS_STEP = 1e-9
ROUNDING = 1e-12
SMALLEST_GAP = 1e-12
SMALLEST_EIGENVALUE = 1e-14


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
    criterion = partial((_MaximumLikelihood if method == "ml" else _MinimumResiduals).at, correlation, k)
    if method == "principal_axis":
        found = [_principal_axes(criterion, 1 / np.diag(inverted(correlation)))]
    else:
        found = _minima(criterion, _starts(correlation, k)[:starts])
    best = min(found, key=lambda at: at.value)
    return Extraction(
        method=method,
        loadings=Arrangement.by_size(best.loadings).columns(best.loadings),
        uniquenesses=best.psi,
        objective=best.value,
        gradient=_steepest(best),
        heywood=best.psi <= SMALLEST_UNIQUENESS,
        share_at_best=float(np.mean([at.value <= best.value + SAME_MINIMUM for at in found])),
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

    Notes
    -----
    "standard" equals the formulas computed in R at the converged optimum (chi-square to 1e-6 of itself); "psych" equals
    ``psych::fa``: TLI, BIC and RMSEA to 1e-4.

    References
    ----------
    Steiger (1990), doi:10.1207/s15327906mbr2502_4; Tucker & Lewis (1973), doi:10.1007/BF02291170;
    Bentler (1990), doi:10.1037/0033-2909.107.2.238
    """
    model, null = _discrepancies(correlation, loadings, uniquenesses, n)
    tested = model.tested
    rmsea = low = high = tli = np.nan
    if model.dof:
        rmsea, tli = (_psych_indices if convention == "psych" else _standard_indices)(model, null, n)
        misfit = tested if convention == "psych" else Tested((n - 1) * model.size, model.dof)
        low, high = rmsea_interval(misfit, n=n - 1, groups=1)
    p = len(correlation)
    residuals = (correlation - loadings @ loadings.T)[np.tril_indices(p, -1)]
    return FactorFit(
        dof=model.dof,
        objective=model.size,
        chi2=tested.chi2,
        p_value=tested.p_value,
        null_chi2=null.tested.chi2,
        null_dof=null.dof,
        rmsea=rmsea,
        rmsea_low=low,
        rmsea_high=high,
        tli=tli,
        cfi=comparative_fit(tested, null.tested),
        bic=tested.chi2 - model.dof * float(np.log(n)),
        rmsr=float(np.sqrt(np.mean(residuals**2))),
        srmr=float(np.sqrt((residuals**2).sum() / (p * (p + 1) / 2))),
        largest_residual=float(np.abs(residuals).max()),
    )


class _Point(Protocol):
    """A criterion at uniquenesses psi (p,): its value, gradient (p,), curvature (p, p) and best loadings (p, k)."""

    @property
    def psi(self) -> Floats: ...
    @property
    def value(self) -> float: ...
    @property
    def gradient(self) -> Floats: ...
    @property
    def curvature(self) -> Floats: ...
    @property
    def loadings(self) -> Floats: ...


_Criterion: TypeAlias = Callable[[Floats], _Point]


@dataclass(frozen=True, eq=False)
class _MinimumResiduals:
    """Half the sum of squares of the eigenvalues of R - psi that k factors leave over."""

    psi: Floats
    spectrum: "_Spectrum"

    @classmethod
    def at(cls, correlation: Floats, k: int, psi: Floats) -> Self:
        return cls(psi, _Spectrum.of(correlation - np.diag(psi), k))

    @cached_property
    def value(self) -> float:
        return float(self.spectrum.left @ self.spectrum.left) / 2

    @cached_property
    def gradient(self) -> Floats:
        return -(self.spectrum.rest**2) @ self.spectrum.left

    @property
    def curvature(self) -> Floats:
        left, rest = self.spectrum.left, self.spectrum.rest
        weights = 2 * left[:, None] / self.spectrum.gaps
        return np.asarray((rest @ rest.T) ** 2 + self.spectrum.between(weights))

    @property
    def loadings(self) -> Floats:
        return np.asarray(self.spectrum.directions * np.sqrt(np.maximum(self.spectrum.kept, 0)))


@dataclass(frozen=True, eq=False)
class _MaximumLikelihood:
    """Sum of g - log g - 1 over the eigenvalues g of psi^-1/2 R psi^-1/2 that k factors leave over."""

    psi: Floats
    spectrum: "_Spectrum"

    @classmethod
    def at(cls, correlation: Floats, k: int, psi: Floats) -> Self:
        scale = 1 / np.sqrt(psi)
        return cls(psi, _Spectrum.of(correlation * np.outer(scale, scale), k, least=SMALLEST_EIGENVALUE))

    @cached_property
    def value(self) -> float:
        left = self.spectrum.left
        return float((left - np.log(left) - 1).sum())

    @cached_property
    def gradient(self) -> Floats:
        return np.asarray(self._by_logs / self.psi)

    @property
    def curvature(self) -> Floats:
        # second derivatives in log psi, then the chain rule
        left, rest = self.spectrum.left, self.spectrum.rest
        weights = -(1 - left)[:, None] * (left[:, None] + self.spectrum.kept) / self.spectrum.gaps
        in_logs = ((rest * left) @ rest.T) * (rest @ rest.T) + self.spectrum.between(weights)
        return np.asarray((in_logs - np.diag(self._by_logs)) / np.outer(self.psi, self.psi))

    @property
    def loadings(self) -> Floats:
        scaled = self.spectrum.directions * np.sqrt(np.maximum(self.spectrum.kept - 1, 0))
        return np.asarray(np.sqrt(self.psi)[:, None] * scaled)

    @cached_property
    def _by_logs(self) -> Floats:
        """Derivatives in log psi."""
        return np.asarray((self.spectrum.rest**2) @ (1 - self.spectrum.left))


@dataclass(frozen=True, eq=False)
class _Spectrum:
    """Eigenvalues and directions that k factors leave over (``left``, ``rest``) and keep (``kept``, ``directions``)."""

    left: Floats
    rest: Floats
    kept: Floats
    directions: Floats

    @classmethod
    def of(cls, matrix: Floats, k: int, least: float = -np.inf) -> Self:
        """Split the spectrum of a symmetric matrix, eigenvalues kept above ``least`` against rounding."""
        values, vectors = np.linalg.eigh(matrix)
        values = np.maximum(values, least)
        return cls(values[:-k], vectors[:, :-k], values[-k:], vectors[:, -k:])

    @property
    def gaps(self) -> Floats:
        """Eigenvalues left over less those kept; never 0, where a factor too many finds equal ones."""
        return np.minimum(self.left[:, None] - self.kept, -SMALLEST_GAP)

    def between(self, weights: Floats) -> Floats:
        """Part of the second derivatives that runs between the directions left over and those kept."""
        pairs = (self.rest[:, :, None] * self.directions[:, None]).reshape(len(self.rest), -1)
        return np.asarray((pairs * weights.ravel()) @ pairs.T)


def _starts(correlation: Floats, k: int) -> list[Floats]:
    """Uniquenesses to start from: by multiple correlation, by the closest other item, and all alike."""
    p = len(correlation)
    by_multiple = (1 - k / (2 * p)) / np.diag(inverted(correlation))
    by_closest = 1 - np.abs(correlation - np.eye(p)).max(0)
    return [np.clip(start, 0.01, 0.99) for start in (by_multiple, by_closest, np.full(p, 0.5))]


def _minima(criterion: _Criterion, starts: list[Floats]) -> list[_Point]:
    """Minima that starts lead to; where they disagree, also those along a more careful way."""
    found = [_minimised(criterion, start) for start in starts]
    if np.ptp([at.value for at in found]) > SAME_MINIMUM:
        found += [_newton(criterion, _quasi_newton(criterion, start)) for start in starts]
    return found


def _minimised(criterion: _Criterion, start: Floats) -> _Point:
    """Find a minimum of the criterion within the bounds."""
    at = _newton(criterion, criterion(start))
    if _steepest(at) < GRADIENT_OF_NEWTON:
        return at
    return _newton(criterion, _quasi_newton(criterion, start))


def _quasi_newton(criterion: _Criterion, start: Floats) -> _Point:
    """Approach a minimum without second derivatives."""

    def slope(psi: Floats) -> tuple[float, Floats]:
        at = criterion(psi)
        return at.value, at.gradient

    bounds = [(SMALLEST_UNIQUENESS, LARGEST_UNIQUENESS)] * len(start)
    options = {"maxiter": 1000, "ftol": 1e-13, "gtol": 1e-6, "maxcor": 20}
    found = minimize(slope, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    return criterion(np.asarray(found.x, dtype=np.float64))


def _newton(criterion: _Criterion, at: _Point) -> _Point:
    """Descend by Newton's method on the uniquenesses that are free to move, until it brings nothing."""
    steepest = _steepest(at)
    for _ in range(NEWTON_STEPS):
        if steepest < GRADIENT_AT_OPTIMUM:
            break
        free = _free(at)
        step = np.zeros_like(at.psi)
        step[free] = _downhill(at.curvature[np.ix_(free, free)], at.gradient[free])
        for _ in range(SHORTENINGS):
            new = criterion(np.clip(at.psi - step, SMALLEST_UNIQUENESS, LARGEST_UNIQUENESS))
            if new.value <= at.value + ROUNDING:
                break
            step = step / 4
        left = _steepest(new)
        if new.value > at.value + ROUNDING or (new.value > at.value - ROUNDING and left >= steepest):
            break
        at, steepest = new, left
    return at


def _downhill(curvature: Floats, gradient: Floats) -> Floats:
    """Newton's step; where the criterion bends downwards, along the slope."""
    _, step, failed = dposv(curvature, gradient)
    if not failed:
        return np.asarray(step)
    values, vectors = np.linalg.eigh(curvature)
    bent = np.maximum(np.abs(values), FLATTEST * np.abs(values).max())
    return np.asarray(vectors @ ((vectors.T @ gradient) / bent))


def _principal_axes(criterion: _Criterion, start: Floats) -> _Point:
    """Find uniquenesses that the loadings they lead to leave over."""
    at = criterion(start)
    for _ in range(PRINCIPAL_AXIS_STEPS):
        left = 1 - (at.loadings**2).sum(1)
        before, at = at, criterion(np.clip(left, SMALLEST_UNIQUENESS, LARGEST_UNIQUENESS))
        if np.abs(at.psi - before.psi).max() < PRINCIPAL_AXIS_STEP:
            break
    return at


def _steepest(at: _Point) -> float:
    """Largest slope in a uniqueness that is free to move."""
    return float(np.abs(at.gradient[_free(at)]).max(initial=0.0))


def _free(at: _Point) -> Booleans:
    """Which uniquenesses are not held by a bound that the slope pushes them against."""
    low = (at.psi <= SMALLEST_UNIQUENESS) & (at.gradient > 0)
    high = (at.psi >= LARGEST_UNIQUENESS) & (at.gradient < 0)
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
class _Discrepancy:
    """A model's discrepancy from the correlations, and by what Bartlett's correction turns it into a chi-square."""

    size: float
    scale: float
    dof: int

    @property
    def tested(self) -> Tested:
        return Tested(self.scale * self.size, self.dof)


def _discrepancies(
    correlation: Floats, loadings: Floats, uniquenesses: Floats, n: float
) -> tuple[_Discrepancy, _Discrepancy]:
    """Set the factor model beside the model of no factors."""
    p, k = loadings.shape
    independent = -log_determinant(correlation)
    ratio = np.linalg.solve(loadings @ loadings.T + np.diag(uniquenesses), correlation)
    size = max(float(np.trace(ratio) - np.linalg.slogdet(ratio)[1]) - p, 0.0)  # rounding apart never negative
    scale = n - 1 - (2 * p + 5) / 6
    return (
        _Discrepancy(size, scale - 2 * k / 3, degrees_of_freedom(p, k)),
        _Discrepancy(independent, scale, degrees_of_freedom(p, 0)),
    )


def _standard_indices(model: _Discrepancy, null: _Discrepancy, n: float) -> tuple[float, float]:
    """RMSEA and TLI as their authors define them."""
    null_ratio = null.tested.chi2 / null.dof
    tli = (null_ratio - model.tested.chi2 / model.dof) / (null_ratio - 1)
    return float(np.sqrt(max(model.size / model.dof - 1 / (n - 1), 0.0))), tli


def _psych_indices(model: _Discrepancy, null: _Discrepancy, n: float) -> tuple[float, float]:
    """RMSEA and TLI as psych 2.2.9 computes them."""
    null_ratio = null.size / null.dof
    tli = (null_ratio - model.size / model.dof) / (null_ratio - 1 / model.scale)
    return float(np.sqrt(max(model.tested.chi2 / (model.dof * n) - 1 / (n - 1), 0.0))), tli
