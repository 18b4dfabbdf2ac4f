"""Cumulative-logit regression of an ordinal outcome, with ridge penalties where they are wanted; it tests nothing."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from analysis.numeric.arrays import Floats, Integers

_MOST_STEPS = 60
_MOST_HALVINGS = 30
_CONVERGED = 1e-11
# Steps are shorter by this share, so that predictors which determine each other have one.
_DAMPING = 1e-9
# Probabilities are kept off 0 so that a separated answer ends in a long step, not in a division by nothing.
_LEAST_PROBABILITY = 1e-300


@dataclass(frozen=True, eq=False)
class CumulativeLogit:
    """A fitted model P(Y <= j) = logistic(threshold j - predictors @ coefficients).

    ``parameters`` (m + q,) are the thresholds, ``n_leading`` of them, and then the coefficients. ``information``
    (m + q, m + q) is minus the second derivative of the penalised log-likelihood; ``gradients`` (n, m + q) are each
    row's part of the first derivative of the plain one.
    """

    parameters: Floats
    n_leading: int
    log_likelihood: float
    information: Floats
    gradients: Floats
    converged: bool
    upper: Floats
    lower: Floats
    curvature: Floats

    @property
    def residual_sd(self) -> float:
        """Standard deviation of the logistic distribution behind the answers, in units of the coefficients."""
        return float(np.pi / np.sqrt(3))

    def row_information(self, directions: Floats) -> Floats:
        """Each row's part of the information along directions of the parameters.

        Parameters
        ----------
        directions : (m + q, t) array

        Returns
        -------
        (n, t) array
        """
        upper, lower = self.upper @ directions, self.lower @ directions
        own, shared, other = self.curvature.T[:, :, None]
        return np.asarray(own * upper**2 + 2 * shared * upper * lower + other * lower**2)


def fit_cumulative_logit(category: Integers, predictors: Floats, penalty: Floats | None = None) -> CumulativeLogit:
    """Fit a cumulative-logit (proportional-odds) model by Newton's method.

    Parameters
    ----------
    category : (n,) array of int
        Answers numbered from 0 without gaps; at least two different ones.
    predictors : (n, q) array
        Without a column of ones: the thresholds take its place.
    penalty : (q,) array, optional
        Ridge penalties: half of each times the squared coefficient is taken from the log-likelihood.

    Returns
    -------
    CumulativeLogit

    Notes
    -----
    Without penalties equals ``MASS::polr`` to 2e-5 in coefficients (its own stopping rule), 2e-6 in standard errors.
    The log-likelihood is concave, so halved Newton steps reach its one maximum; a coefficient without a finite one
    (its rows all on one side) needs a penalty.

    References
    ----------
    McCullagh (1980), doi:10.1111/j.2517-6161.1980.tb01109.x; Pratt (1981), doi:10.1080/01621459.1981.10477613
    """
    m, q = int(category.max()), predictors.shape[1]
    ridge = np.concatenate([np.zeros(m), np.zeros(q) if penalty is None else penalty])
    shares = np.bincount(category, minlength=m + 1).cumsum()[:-1] / len(category)
    parameters = np.asarray(np.concatenate([np.log(shares / (1 - shares)), np.zeros(q)]), dtype=np.float64)
    value = _penalised(category, predictors, parameters, ridge)
    converged = False
    for _ in range(_MOST_STEPS):
        gradient, information = _derivatives(category, predictors, parameters, ridge)
        step = np.asarray(np.linalg.solve(information + np.diag(_DAMPING * information.diagonal()), gradient))
        if converged := bool(step @ gradient < _CONVERGED):
            break
        parameters, value = _stepped(category, predictors, parameters, step, value=value, ridge=ridge)
    return _fitted(category, predictors, parameters, ridge, converged=converged)


def _stepped(
    category: Integers, predictors: Floats, parameters: Floats, step: Floats, *, value: float, ridge: Floats
) -> tuple[Floats, float]:
    """Go along a step, halved until the penalised log-likelihood grows."""
    for _ in range(_MOST_HALVINGS):
        moved = parameters + step
        there = _penalised(category, predictors, moved, ridge)
        if there >= value:
            return moved, there
        step = step / 2
    return parameters, value


def _bounds(category: Integers, predictors: Floats, parameters: Floats) -> tuple[Floats, Floats]:
    """Linear predictors at the threshold above and below each answer, infinite beyond the outermost, (n,) each."""
    m = int(category.max())
    edges = np.concatenate([[-np.inf], parameters[:m], [np.inf]])
    level = predictors @ parameters[m:]
    return edges[category + 1] - level, edges[category] - level


def _penalised(category: Integers, predictors: Floats, parameters: Floats, ridge: Floats) -> float:
    """Penalised log-likelihood; minus infinity where the thresholds are out of order."""
    if (np.diff(parameters[: int(category.max())]) <= 0).any():
        return -np.inf
    chance = _chances(*_bounds(category, predictors, parameters))
    return float(np.log(chance).sum() - ridge @ parameters**2 / 2)


def _chances(above: Floats, below: Floats) -> Floats:
    """Probability of each answer; in the upper tail from the complement, so that nothing cancels."""
    flipped = below > 0
    chance = np.where(flipped, expit(-below) - expit(-above), expit(above) - expit(below))
    return np.asarray(np.maximum(chance, _LEAST_PROBABILITY))


def _slopes(above: Floats, below: Floats) -> tuple[Floats, Floats, Floats]:
    """First derivatives (n,) of the log-probability by the bound above and below, and its curvature (n, 3)."""
    chance = _chances(above, below)
    up, down = expit(above), expit(below)
    density_up, density_down = up * expit(-above), down * expit(-below)
    first, second = density_up / chance, -density_down / chance
    own = first**2 - first * (1 - 2 * up)
    other = second**2 - second * (1 - 2 * down)
    return first, second, np.column_stack([own, first * second, other])


def _derivatives(category: Integers, predictors: Floats, parameters: Floats, ridge: Floats) -> tuple[Floats, Floats]:
    """Gradient and information of the penalised log-likelihood, without a matrix of all rows and thresholds."""
    m = int(category.max())
    first, second, curvature = _slopes(*_bounds(category, predictors, parameters))
    own, shared, other = curvature.T
    gradient = (
        np.concatenate([_at_thresholds(category, first, second, m), -(first + second) @ predictors])
        - ridge * parameters
    )
    information = np.diag(ridge)
    information[m:, m:] += predictors.T @ (predictors * (own + 2 * shared + other)[:, None])
    information[:m, :m] += np.diag(_at_thresholds(category, own, other, m))
    between = np.bincount(category, weights=shared, minlength=m + 1)[1:m]
    information[np.arange(m - 1), np.arange(1, m)] += between
    information[np.arange(1, m), np.arange(m - 1)] += between
    cross = -_design_products(category, predictors, own + shared, other + shared, m)
    information[:m, m:] += cross
    information[m:, :m] += cross.T
    return gradient, information


def _at_thresholds(category: Integers, above: Floats, below: Floats, m: int) -> Floats:
    """Sum what belongs to the threshold above each answer and to the one below it, (m,)."""
    upper = np.bincount(category, weights=above, minlength=m + 1)[:m]
    lower = np.bincount(category, weights=below, minlength=m + 1)[1:]
    return np.asarray(upper + lower)


def _design_products(category: Integers, predictors: Floats, above: Floats, below: Floats, m: int) -> Floats:
    """Sum weighted predictors at the threshold above each answer and at the one below it, (m, q)."""
    found = np.zeros((m, predictors.shape[1]))
    for j in range(m):
        at, over = category == j, category == j + 1
        found[j] = above[at] @ predictors[at] + below[over] @ predictors[over]
    return found


def _fitted(
    category: Integers, predictors: Floats, parameters: Floats, ridge: Floats, *, converged: bool
) -> CumulativeLogit:
    """Everything that is asked of a model once its parameters are known."""
    m = int(category.max())
    above, below = _bounds(category, predictors, parameters)
    first, second, curvature = _slopes(above, below)
    inner = np.eye(m + 1)[category]
    upper = np.column_stack([inner[:, :m], -predictors * (category < m)[:, None]])
    lower = np.column_stack([inner[:, 1:], -predictors * (category > 0)[:, None]])
    _, information = _derivatives(category, predictors, parameters, ridge)
    return CumulativeLogit(
        parameters=parameters,
        n_leading=m,
        log_likelihood=float(np.log(_chances(above, below)).sum()),
        information=information,
        gradients=first[:, None] * upper + second[:, None] * lower,
        converged=converged,
        upper=upper,
        lower=lower,
        curvature=curvature,
    )
