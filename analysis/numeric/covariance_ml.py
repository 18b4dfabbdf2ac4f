"""Covariance models by maximum likelihood, from complete or incomplete rows; how well they fit is told elsewhere.

Rows enter as their sums by pattern of answered items. Complete rows are one pattern, so complete and incomplete data
are one case; incomplete data give full-information estimates.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Self

import numpy as np
from scipy.linalg import LinAlgError
from scipy.linalg.lapack import dposv, dpotrf, dpotri
from scipy.optimize import minimize

from analysis.errors import AnalysisError
from analysis.numeric.arrays import Floats
from analysis.numeric.correlations import inverted
from analysis.numeric.covariance import CovarianceModel, Directions, Implied
from analysis.numeric.covariance_start import starting_values
from analysis.numeric.incomplete import normal_estimate
from analysis.numeric.moments import cross_products

Information = Literal["expected", "observed"]

MOST_ITERATIONS = 150
MOST_HALVINGS = 30
# With more patterns than this it is faster to treat them all at once.
FEW_PATTERNS = 4
# Higher than any value the function takes where it is defined: a line search comes back.
OUTSIDE = 1e10
# Half of g'H⁻¹g is what a Newton step gains; after a step from here what is left is below rounding.
CLOSE_ENOUGH = 1e-11
# Closer than this, exact second derivatives are used if a scoring step leaves more than this share to gain.
CLOSE = 0.5
SLOW = 0.1
# After a step that gained less, the curvature is not computed again: it hardly changes any more.
SETTLED = 1e-3
SMALLEST_INFORMATION = 1e-9


@dataclass(frozen=True, eq=False)
class NormalSample:
    """One group's rows, summed up by which of p items they answered.

    ``rows`` (m,) counts them, ``answered`` (m, p) is 1 or 0, ``means`` (m, p) and ``covariances`` (m, p, p; divisor
    the pattern's rows) are 0 where an item was not answered. ``covariance`` (p, p) and ``mean`` (p,) are the
    maximum-likelihood estimates without a model.
    """

    rows: Floats
    answered: Floats
    means: Floats
    covariances: Floats
    covariance: Floats
    mean: Floats

    @classmethod
    def of(cls, x: Floats) -> Self:
        """Sum up rows.

        Parameters
        ----------
        x : (n, p) array
            NaN where an answer is missing; rows without any answer are left out.

        Returns
        -------
        NormalSample

        Raises
        ------
        AnalysisError
            ``group_too_small``, ``constant_item``, ``collinear_items``, ``not_positive_definite``.
        """
        covariance, mean = _moments(x)
        if not np.isnan(mean).any():
            return cls.from_moments(covariance, mean, len(x))
        present = ~np.isnan(x)
        x, present = x[present.any(1)], present[present.any(1)]
        _require_rows(len(x), x.shape[1])
        _require_variance(np.nanvar(np.where(present.any(0), x, 0.0), axis=0))
        saturated = normal_estimate(x, tolerance=1e-9)
        answered, which = np.unique(present, axis=0, return_inverse=True)
        moments = [_moments(np.nan_to_num(x[which.ravel() == i])) for i in range(len(answered))]
        return cls(
            np.bincount(which.ravel()).astype(float),
            answered.astype(float),
            np.stack([means for _, means in moments]),
            np.stack([covariance for covariance, _ in moments]),
            saturated.covariance,
            saturated.means,
        )

    @classmethod
    def from_moments(cls, covariance: Floats, means: Floats, n: int) -> Self:
        """Take the moments of n complete rows.

        Parameters
        ----------
        covariance : (p, p) array
            Divisor n.
        means : (p,) array
        n : int

        Returns
        -------
        NormalSample

        Raises
        ------
        AnalysisError
            ``group_too_small``, ``constant_item``, ``collinear_items``, ``not_positive_definite``.
        """
        p = len(means)
        _require_rows(n, p)
        variances = np.diag(covariance)
        _require_variance(variances)
        inverted(covariance / np.sqrt(np.outer(variances, variances)))
        return cls(np.array([float(n)]), np.ones((1, p)), means[None], covariance[None], covariance, means)

    @property
    def n(self) -> int:
        """Number of rows."""
        return int(self.rows.sum())

    @cached_property
    def saturated(self) -> float:
        """Half of -2 log-likelihood per row, constants apart, at the estimates without a model."""
        if self.complete:
            return float(np.linalg.slogdet(self.covariance)[1] + len(self.mean)) / 2
        return _Patterns.at(self, self.covariance, self.mean, self.n).value

    @cached_property
    def both(self) -> Floats:
        """1 where a pattern's rows answered both items, else 0, (m, p, p)."""
        return self.answered[:, :, None] * self.answered[:, None, :]

    @cached_property
    def in_place(self) -> Floats:
        """What stands for the variances of items not answered, (m, p, p): 1, so that nothing is singular."""
        return np.asarray(np.eye(len(self.mean)) * (1 - self.answered[:, None, :]))

    @cached_property
    def complete(self) -> bool:
        """Whether every row answered every item."""
        return len(self.rows) == 1 and bool(self.answered.all())


@dataclass(frozen=True, eq=False)
class _Patterns:
    """One group's patterns at a model's moments: inverses M, residual means and K = M S M by pattern, and the value."""

    share: Floats
    inverse: Floats
    off: Floats
    spread: Floats
    value: float

    @classmethod
    def at(cls, sample: NormalSample, covariance: Floats, means: Floats, n: float) -> Self:
        """Evaluate; raises LinAlgError where the model's covariance is not positive definite."""
        inverse, sizes = _inverted(covariance * sample.both + sample.in_place)
        inverse *= sample.both
        off = (sample.means - means) * sample.answered
        around = sample.covariances + off[:, :, None] * off[:, None, :]
        half = inverse @ around
        share = sample.rows / n
        size = sizes + np.trace(half, axis1=1, axis2=2)
        return cls(share, inverse, off, half @ inverse, float(share @ size) / 2)

    @cached_property
    def slopes(self) -> tuple[Floats, Floats]:
        """Derivatives of the value by covariance (p, p) and means (p,)."""
        p = self.off.shape[1]
        by_covariance = (self.share @ (self.inverse - self.spread).reshape(-1, p * p)).reshape(p, p) / 2
        by_mean = -(self.inverse @ self.off[:, :, None])[:, :, 0].T @ self.share
        return by_covariance, by_mean

    def expected(self, directions: Directions) -> Floats:
        """Expected second derivatives by the moving cells."""
        found = self._quadratic(directions, self.inverse)
        return found + self._of_means(directions) if directions.means.any() else found

    def observed(self, directions: Directions) -> Floats:
        """Second derivatives by the moving cells, but for the bend of the moments themselves."""
        found = self._quadratic(directions, 2 * self.spread - self.inverse)
        if not directions.means.any():
            return found
        p = len(directions.means)
        pulled = self.share[:, None] * (self.inverse @ self.off[:, :, None])[:, :, 0]
        across = (pulled.T @ self.inverse.reshape(-1, p * p)).reshape(p * p, p)
        crossed = directions.flat.T @ (across @ directions.means)
        return found + crossed + crossed.T + self._of_means(directions)

    def _of_means(self, directions: Directions) -> Floats:
        """Second derivatives by way of the means alone."""
        return np.asarray(directions.means.T @ np.tensordot(self.share, self.inverse, 1) @ directions.means)

    def _quadratic(self, directions: Directions, other: Floats) -> Floats:
        """Half the trace of ``dΣ M dΣ' other`` for every two moving cells, summed over patterns."""
        if len(self.share) > FEW_PATTERNS:
            return self._quadratic_at_once(directions, other)
        found = np.zeros((len(directions.weight),) * 2)
        for share, inverse, second in zip(self.share, self.inverse, other, strict=True):
            if other is self.inverse:
                found += share * _pairings(directions, inverse, inverse)
            else:
                both = _pairings(directions, inverse, second) + _pairings(directions, second, inverse)
                found += share / 2 * both
        return found * (directions.weight[:, None] * directions.weight)

    def _quadratic_at_once(self, directions: Directions, other: Floats) -> Floats:
        """Compute the same by way of all fourfold products of items, which sum up over patterns."""
        m, p, _ = self.inverse.shape
        products = (self.share[:, None] * self.inverse.reshape(m, p * p)).T @ other.reshape(m, p * p)
        products = products.reshape(p, p, p, p).transpose(2, 0, 1, 3).reshape(p * p, p * p)
        return np.asarray(directions.flat.T @ products @ directions.flat / 2)


def _inverted(matrices: Floats) -> tuple[Floats, Floats]:
    """Inverses (m, p, p) and log-determinants (m,); raises LinAlgError where a matrix is not positive definite."""
    inverses, sizes = np.empty_like(matrices), np.empty(len(matrices))
    for i, matrix in enumerate(matrices):
        triangle, failed = dpotrf(matrix, lower=1)
        if failed:
            raise LinAlgError
        sizes[i] = 2 * np.log(np.diagonal(triangle)).sum()
        half, _ = dpotri(triangle, lower=1)  # its upper triangle is 0
        inverses[i] = half + half.T
        np.fill_diagonal(inverses[i], half.diagonal())
    return inverses, sizes


def _pairings(directions: Directions, first: Floats, second: Floats) -> Floats:
    """For each two cells a and b: ``(u_a' F u_b) (v_a' S v_b) + (u_a' F v_b) (u_b' S v_a)``."""
    u, v = directions.one, directions.other
    m = u.shape[1]
    of_first = first @ np.concatenate([u, v], axis=1)
    by_first = u.T @ of_first
    if first is second:  # two products of matrices less, at every step to the maximum
        return np.asarray(by_first[:, :m] * (v.T @ of_first[:, m:]) + by_first[:, m:] * by_first[:, m:].T)
    of_second = second @ v
    return np.asarray(by_first[:, :m] * (v.T @ of_second) + by_first[:, m:] * (u.T @ of_second).T)


@dataclass(frozen=True, eq=False)
class Likelihood:
    """Half of -2 log-likelihood per row, constants apart, of a model at parameters x (q,), and its derivatives."""

    model: CovarianceModel
    samples: tuple[NormalSample, ...]
    x: Floats
    implied: tuple[Implied, ...]
    patterns: tuple[_Patterns, ...]

    @classmethod
    def at(cls, model: CovarianceModel, samples: Sequence[NormalSample], x: Floats) -> Self:
        """Evaluate a model at parameters.

        Parameters
        ----------
        model : CovarianceModel
        samples : sequence of NormalSample
        x : (q,) array

        Returns
        -------
        Likelihood

        Raises
        ------
        LinAlgError
            Where a model's covariance is not positive definite.
        """
        n = float(sum(sample.n for sample in samples))
        values = model.values(x)
        implied = tuple(cells.implied(values) for cells in model.by_group)
        pairs = zip(samples, implied, strict=True)
        # without a mean structure the model's means are the sample's
        means = [moments.means if model.has_means else sample.mean for sample, moments in pairs]
        found = zip(samples, implied, means, strict=True)
        patterns = tuple(_Patterns.at(sample, at.covariance, centre, n) for sample, at, centre in found)
        return cls(model, tuple(samples), x, implied, patterns)

    @property
    def value(self) -> float:
        """The function's value."""
        return sum(patterns.value for patterns in self.patterns)

    @cached_property
    def directions(self) -> tuple[Directions, ...]:
        """First derivatives of each group's moments by its moving cells."""
        return tuple(cells.directions(at) for cells, at in zip(self.model.by_group, self.implied, strict=True))

    @cached_property
    def slope(self) -> Floats:
        """First derivatives (q,)."""
        found = np.zeros(self.model.parameters)
        for cells, patterns, directions in zip(self.model.by_group, self.patterns, self.directions, strict=True):
            found += cells.gathered(cell_slopes(directions, *patterns.slopes))
        return found

    def curvature(self, information: Information) -> Floats:
        """Second derivatives (q, q), as they are or as the model expects them.

        Parameters
        ----------
        information : {"expected", "observed"}

        Returns
        -------
        (q, q) array
            Symmetric.
        """
        if information in self._curvatures:
            return self._curvatures[information]
        blocks = {(group, group): block for group, block in enumerate(self.curvature_by_group(information))}
        self._curvatures[information] = self.model.gathered_pairs(blocks)
        return self._curvatures[information]

    def curvature_by_group(self, information: Information) -> Iterator[Floats]:
        """Second derivatives by the moving cells of each group; between groups they are 0.

        Parameters
        ----------
        information : {"expected", "observed"}

        Returns
        -------
        iterator of (m, m) arrays
            Symmetric.
        """
        everything = zip(self.model.by_group, self.implied, self.patterns, self.directions, strict=True)
        for cells, implied, patterns, directions in everything:
            if information == "expected":
                yield patterns.expected(directions)
            else:
                yield patterns.observed(directions) + cells.bend(implied, *patterns.slopes)

    @property
    def moment_slopes(self) -> tuple[Floats, ...]:
        """Derivatives of each group's covariances, then means, by its moving cells (moments, m)."""
        by_group = ((each.covariances, each.means) for each in self.directions)
        return tuple(np.concatenate(both) if self.model.has_means else both[0] for both in by_group)

    @cached_property
    def _curvatures(self) -> dict[Information, Floats]:
        """Second derivatives that were computed already."""
        return {}


def cell_slopes(directions: Directions, by_covariance: Floats, by_mean: Floats) -> Floats:
    """Chain rule: derivatives by the moving cells (m,) from those by a group's moments.

    Parameters
    ----------
    directions : Directions
    by_covariance : (p, p) array
        Symmetric.
    by_mean : (p,) array

    Returns
    -------
    (m,) array
    """
    through = (directions.one * (by_covariance @ directions.other)).sum(0)
    return np.asarray(2 * directions.weight * through + by_mean @ directions.means)


@dataclass(frozen=True, eq=False)
class MaximumLikelihood:
    """Estimates at the maximum of the likelihood.

    ``x`` (q,) the parameters, ``likelihood`` the function there, ``information`` (q, q) per row, of the kind named,
    and ``iterations``.
    """

    model: CovarianceModel
    samples: tuple[NormalSample, ...]
    x: Floats
    likelihood: Likelihood
    kind: Information
    iterations: int

    @property
    def n(self) -> int:
        """Number of rows in all groups."""
        return sum(sample.n for sample in self.samples)

    @cached_property
    def information(self) -> Floats:
        """Information per row (q, q)."""
        return self.likelihood.curvature(self.kind)

    @cached_property
    def inverse_information(self) -> Floats:
        """Inverse of the information per row (q, q)."""
        return _inverse(self.information)

    @property
    def covariance(self) -> Floats:
        """Covariances of the estimates (q, q), under normality."""
        return self.inverse_information / self.n

    @property
    def log_likelihood(self) -> float:
        """Log-likelihood of the rows at the estimates."""
        return self.n * (-self.likelihood.value) - _constant(self.samples)

    @cached_property
    def saturated_log_likelihood(self) -> float:
        """Log-likelihood of the rows without a model."""
        return -self.n * saturated_value(self.samples) - _constant(self.samples)


def saturated_value(samples: Sequence[NormalSample]) -> float:
    """Find half of -2 log-likelihood per row, constants apart, at the maximum without a model.

    Parameters
    ----------
    samples : sequence of G NormalSample

    Returns
    -------
    float
        Of any sign.
    """
    n = float(sum(sample.n for sample in samples))
    return sum(sample.n / n * sample.saturated for sample in samples)


def fit_ml(
    model: CovarianceModel,
    samples: Sequence[NormalSample],
    *,
    information: Information | None = None,
    start: Floats | None = None,
) -> MaximumLikelihood:
    """Estimate a covariance model by maximum likelihood.

    Fisher scoring; near the maximum, where scoring is slow, Newton's method with exact second derivatives.

    Parameters
    ----------
    model : CovarianceModel
    samples : sequence of G NormalSample
        One for each group. Rows with missing answers are used as they are (full information); the model must then
        hold means.
    information : {"expected", "observed"}, optional
        What standard errors come from; by default observed for incomplete rows, else expected.
    start : (q,) array, optional
        Parameters to start from; by default chosen from the data.

    Returns
    -------
    MaximumLikelihood

    Raises
    ------
    AnalysisError
        ``not_identified``, ``no_convergence``, ``means_needed``.

    References
    ----------
    Jöreskog (1969), doi:10.1007/BF02289343; Lee & Jennrich (1979), doi:10.1007/BF02293789;
    Arbuckle (1996), full information maximum likelihood in the presence of incomplete data.

    Notes
    -----
    Equals ``lavaan::cfa(estimator = "ML")``, and with incomplete rows ``missing = "fiml"``: estimates to 1e-4
    (where lavaan stops), standard errors to 1e-3 of themselves, log-likelihood to 1e-8 of itself.
    """
    complete = all(sample.complete for sample in samples)
    if not (complete or model.has_means):
        raise AnalysisError("means_needed", "Some answers are missing. Add means to the model to use such rows.")
    require_degrees_of_freedom(model)
    x = starting_values(model, [sample.covariance for sample in samples], [sample.mean for sample in samples])
    at, iterations = _climbed(Likelihood.at(model, samples, x if start is None else start))
    kind = information or ("expected" if complete else "observed")
    require_identified(at.curvature("expected"))
    return MaximumLikelihood(model, tuple(samples), at.x, at, kind, iterations)


def degrees_of_freedom(model: CovarianceModel) -> int:
    """Count the modelled moments less the free parameters.

    Parameters
    ----------
    model : CovarianceModel

    Returns
    -------
    int
        Negative when the model cannot be estimated.
    """
    p = model.items
    return model.groups * (p * (p + 1) // 2 + p * model.has_means) - model.parameters


def require_degrees_of_freedom(model: CovarianceModel) -> None:
    """Refuse a model with more parameters than moments.

    Parameters
    ----------
    model : CovarianceModel

    Raises
    ------
    AnalysisError
        ``not_identified``.
    """
    if (dof := degrees_of_freedom(model)) < 0:
        raise AnalysisError(
            "not_identified",
            f"The model has {-dof} more parameters than the items have variances, covariances and means. "
            "Add items to its factors, or fix or equate parameters.",
            dof=dof,
        )


def require_identified(information: Floats) -> None:
    """Refuse estimates that the data do not tell apart.

    Parameters
    ----------
    information : (q, q) array
        Expected, at the estimates.

    Raises
    ------
    AnalysisError
        ``not_identified``, with the number of a parameter involved.
    """
    scale = 1 / np.sqrt(np.maximum(np.diag(information), 1e-300))
    scaled = information * np.outer(scale, scale)
    try:
        # a squared pivot is the share of a parameter's information that others do not hold
        if (np.diag(np.linalg.cholesky(scaled)) ** 2).min(initial=1.0) > SMALLEST_INFORMATION:
            return
    except LinAlgError:
        pass
    values, vectors = np.linalg.eigh(scaled)
    raise AnalysisError(
        "not_identified",
        "The data cannot tell some parameters of the model apart. Give each factor a marker or a variance of 1 "
        "and at least three items (two when factors correlate), and do not let factors share all items.",
        parameter=int(np.argmax(np.abs(vectors[:, 0]))),
        smallest_eigenvalue=float(values[0]),
    )


def _climbed(at: Likelihood) -> tuple[Likelihood, int]:
    """Go to the maximum of the likelihood."""
    top, iterations = _climbed_by_scoring(at)
    if top is None:
        # scoring can run along a ridge where factors collapse; a slower method may find the maximum beside it
        top, more = _climbed_by_scoring(_climbed_by_slopes(at))
        iterations += more
    if top is None:
        raise AnalysisError(
            "no_convergence",
            "The likelihood of the model has no maximum that could be found. Simplify the model, drop items that hang "
            "together with nothing, or collect more answers.",
            iterations=iterations,
        )
    return top, iterations


def _climbed_by_scoring(at: Likelihood) -> tuple[Likelihood | None, int]:
    """Go to the maximum by scoring and Newton's method; nothing when they lead nowhere."""
    gain, exact, bent = np.inf, False, at
    for iteration in range(MOST_ITERATIONS):
        bent = at if exact or gain > SETTLED else bent
        step, new_gain = _step(at, bent, exact=exact)
        exact = exact or SLOW * gain < new_gain < CLOSE
        gain = new_gain
        better = _moved(at, step, gain)
        if gain < CLOSE_ENOUGH:
            return better or at, iteration + 1
        if better is None:
            return None, iteration + 1
        at = better
    return None, MOST_ITERATIONS


def _climbed_by_slopes(at: Likelihood) -> Likelihood:
    """Go uphill by a quasi-Newton method, parameters in units of what the data tell about them."""
    unit = 1 / np.sqrt(np.maximum(np.diag(at.curvature("expected")), SMALLEST_INFORMATION))

    def value(z: Floats) -> tuple[float, Floats]:
        try:
            new = Likelihood.at(at.model, at.samples, z * unit)
        except LinAlgError:
            return OUTSIDE, np.zeros_like(z)
        return new.value, new.slope * unit

    options = {"maxiter": MOST_ITERATIONS, "gtol": 1e-6}
    return Likelihood.at(at.model, at.samples, minimize(value, at.x / unit, jac=True, options=options).x * unit)


def _step(at: Likelihood, bent: Likelihood, *, exact: bool) -> tuple[Floats, float]:
    """Direction to go and what it would gain: Newton's when asked for and where it leads uphill, else Fisher's.

    The curvature is that of ``bent``.
    """
    step = _uphill(bent.curvature("observed"), at.slope) if exact else None
    if step is None:
        step = _uphill(bent.curvature("expected"), at.slope)
    if step is None:
        # at the start some parameters may not be told apart that are at the maximum
        step = np.asarray(np.linalg.lstsq(bent.curvature("expected"), at.slope, rcond=1e-8)[0])
    return step, float(step @ at.slope)


def _uphill(curvature: Floats, slope: Floats) -> Floats | None:
    """Solve for a Newton step; nothing where the curvature is not positive definite."""
    _, step, failed = dposv(curvature, slope)
    return None if failed else np.asarray(step)


def _moved(at: Likelihood, step: Floats, gain: float) -> Likelihood | None:
    """Go along a step as far as it gains; nothing when it does not."""
    length = 1.0
    rounding = 1e-13 * max(1.0, abs(at.value))
    for _ in range(MOST_HALVINGS):
        try:
            new = Likelihood.at(at.model, at.samples, at.x - length * step)
            if new.value <= at.value - 1e-4 * length * gain + rounding:
                return new
        except LinAlgError:
            pass
        length /= 2
    return None


def _inverse(information: Floats) -> Floats:
    """Inverse by way of unit diagonals, which keeps digits when parameters differ in size."""
    scale = 1 / np.sqrt(np.abs(np.diag(information)))
    inverse = np.linalg.inv(information * np.outer(scale, scale)) * np.outer(scale, scale)
    return np.asarray((inverse + inverse.T) / 2)


def _constant(samples: Sequence[NormalSample]) -> float:
    """Part of minus the log-likelihood that no parameter changes."""
    answers = sum(float(sample.rows @ sample.answered.sum(1)) for sample in samples)
    return answers / 2 * float(np.log(2 * np.pi))


def _moments(x: Floats) -> tuple[Floats, Floats]:
    """Covariance (p, p) with divisor n, and means (p,)."""
    sums, products = cross_products(x, x[0])  # about the first row, so that large values lose no digits
    off = sums / len(x)
    return products / len(x) - np.outer(off, off), x[0] + off


def _require_rows(n: int, p: int) -> None:
    """Refuse a group whose covariance matrix would be singular."""
    if n <= p:
        raise AnalysisError(
            "group_too_small",
            f"A group has {n} rows with answers; a model of {p} items needs more than {p}. "
            "Collect more answers, or join the group with another.",
            rows=n,
            items=p,
        )


def _require_variance(variances: Floats) -> None:
    """Refuse an item whose answers are all the same."""
    if not (variances > 0).all():
        column = int(np.argmin(variances))
        message = f"All answers of a group to the item in column {column + 1} are the same. Leave the item out."
        raise AnalysisError("constant_item", message, column=column)
