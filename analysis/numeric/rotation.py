"""Rotation to simple structure by gradient projection from many starts; it never changes what the factors imply."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, Protocol, Self, TypeAlias

import numpy as np

from analysis.errors import AnalysisError
from analysis.numeric.arrangement import Arrangement
from analysis.numeric.arrays import Booleans, Floats, Integers

Criterion = Literal["none", "varimax", "promax", "oblimin", "quartimin", "geomin", "geomin_orthogonal"]
TargetCriterion = Literal["target", "target_orthogonal"]

GEOMIN_DELTA = 0.01
PROMAX_POWER = 4
GRADIENT_OF_STARTS = 1e-5
GRADIENT_OF_BEST = 1e-8
LARGEST_GRADIENT_ACCEPTED = 1e-6
ITERATIONS = 5000
SAME_MINIMUM = 1e-7
HALVINGS = 20
ARMIJO = 1e-4
ROUNDING = 1e-14


@dataclass(frozen=True, eq=False)
class Rotation:
    """A rotated solution.

    ``pattern`` (p, k), ``phi`` (k, k) the factors' correlations, ``transformation`` T (k, k) such that
    pattern = loadings @ inv(T).T and phi = T.T @ T; ``value`` of the criterion (of varimax after promax);
    ``gradient``, what is left of its projected slope; ``starts`` and ``share_at_best``, the share of them that
    ended at the best minimum; ``kaiser``, whether items were given equal communalities while rotating.
    """

    criterion: Criterion | TargetCriterion
    pattern: Floats
    phi: Floats
    transformation: Floats
    value: float
    gradient: float
    starts: int
    share_at_best: float
    kaiser: bool = False

    @property
    def converged(self) -> bool:
        """Whether the best minimum was reached and not only approached."""
        return self.gradient < LARGEST_GRADIENT_ACCEPTED

    @property
    def structure(self) -> Floats:
        """Correlations of items with factors, (p, k)."""
        return np.asarray(self.pattern @ self.phi)

    @property
    def communalities(self) -> Floats:
        """Share of each item's variance that the factors explain, (p,)."""
        return np.asarray((self.pattern * self.structure).sum(1))

    def arranged(self, arrangement: Arrangement) -> Self:
        """Return the same solution with its factors in another order and direction.

        Parameters
        ----------
        arrangement : Arrangement
            Of k factors.

        Returns
        -------
        Rotation
        """
        return replace(
            self,
            pattern=arrangement.columns(self.pattern),
            phi=arrangement.square(self.phi),
            transformation=arrangement.columns(self.transformation),
        )


def rotate(
    loadings: Floats,
    criterion: Criterion,
    *,
    rng: np.random.Generator,
    starts: int = 30,
    kaiser: bool | None = None,
) -> Rotation:
    """Rotate unrotated loadings to simple structure.

    Parameters
    ----------
    loadings : (p, k) array
        Of uncorrelated factors.
    criterion : {"none", "varimax", "promax", "oblimin", "quartimin", "geomin", "geomin_orthogonal"}
        Oblimin is direct oblimin with gamma 0, and quartimin another name of it; geomin has delta .01; promax
        raises a varimax solution to the power 4. Factors may correlate after promax, oblimin, quartimin and geomin.
        Nothing is sought with "none": the solution is arranged only.
    rng : numpy Generator
        For the starts after the first, which is the unrotated solution.
    starts : int
        At least 1. Oblimin and varimax nearly always have one minimum, geomin often several.
    kaiser : bool, optional
        Whether items are given equal communalities while rotating (Kaiser's normalisation). By default only for
        varimax, as R does it; SPSS does so for oblimin and promax as well. Promax starts from a Kaiser varimax in
        either case; this tells whether its target is made of the normalised pattern too.

    Returns
    -------
    Rotation
        The best minimum found, factors by size, sums of columns positive. A single factor is left as it is.

    Notes
    -----
    Loadings equal ``GPArotation`` at its optimum (oblimin, quartimin, geominQ, geominT), ``stats::varimax``
    iterated to its optimum, and ``stats::promax`` after it (``psych``'s "Promax") to 1e-5; with ``kaiser=True``
    promax equals ``psych``'s "promax".

    References
    ----------
    Jennrich (2001), doi:10.1007/BF02294840; Jennrich (2002), doi:10.1007/BF02294706;
    Hendrickson & White (1964), doi:10.1111/j.2044-8317.1964.tb00244.x
    """
    if criterion == "none" or loadings.shape[1] == 1:
        return _unrotated(loadings, criterion)
    if criterion == "promax":
        return _promax(loadings, rng, starts, kaiser=bool(kaiser))
    search = _SEARCHES[criterion]
    normalised = criterion == "varimax" if kaiser is None else kaiser
    scale = _item_lengths(loadings) if normalised else 1.0
    found = _searched(loadings / scale, search, _random_starts(loadings.shape[1], starts, rng))
    solution = Rotation(
        criterion=criterion,
        pattern=search.manifold.rotated(loadings, found.best),
        phi=found.best.T @ found.best,
        transformation=found.best,
        value=found.value,
        gradient=found.gradient,
        starts=starts,
        share_at_best=found.share_at_best,
        kaiser=normalised,
    )
    return solution.arranged(Arrangement.by_size(solution.pattern))


def rotate_to_target(
    loadings: Floats, target: Floats, *, oblique: bool = True, rng: np.random.Generator, starts: int = 10
) -> Rotation:
    """Rotate unrotated loadings as close as they come to a pattern that is known in part.

    Parameters
    ----------
    loadings : (p, k) array
        Of uncorrelated factors.
    target : (p, k) array
        Loadings expected, usually zeros; NaN where nothing is expected.
    oblique : bool
        Whether factors may correlate.
    rng : numpy Generator
        For the starts after the first.
    starts : int
        At least 1.

    Returns
    -------
    Rotation
        Factors in the target's order and direction; ``value`` is the sum of squared differences from it.

    Raises
    ------
    AnalysisError
        ``empty_target``: the target expects nothing of some factor.

    Notes
    -----
    Loadings equal ``GPArotation::pstQ`` and ``pstT`` with weights of 0 and 1, and where the target is complete
    ``targetQ`` and ``targetT``, at their optimum to 1e-5.

    References
    ----------
    Browne (2001), doi:10.1207/S15327906MBR3601_05
    """
    expected = ~np.isnan(target)
    if not expected.any(0).all():
        factor = int(np.argmin(expected.any(0)))
        message = f"The target expects nothing of factor {factor + 1}. Give at least one loading for each factor."
        raise AnalysisError("empty_target", message, factor=factor)
    wanted = np.where(expected, target, 0.0)

    def away(pattern: Floats) -> tuple[Floats, Floats]:
        difference = np.where(expected, pattern - wanted, 0.0)
        return (difference**2).sum((1, 2)), 2 * difference

    search = _Search(away, _Oblique() if oblique else _Orthogonal())
    found = _searched(loadings, search, _random_starts(loadings.shape[1], starts, rng))
    return Rotation(
        criterion="target" if oblique else "target_orthogonal",
        pattern=search.manifold.rotated(loadings, found.best),
        phi=found.best.T @ found.best,
        transformation=found.best,
        value=found.value,
        gradient=found.gradient,
        starts=starts,
        share_at_best=found.share_at_best,
    )


def varimax(pattern: Floats) -> tuple[Floats, Floats]:
    """Negative variance of the squared loadings within factors.

    Parameters
    ----------
    pattern : (s, p, k) array
        A stack of patterns.

    Returns
    -------
    value : (s,) array
    slope : (s, p, k) array

    Notes
    -----
    The function ``vgQ.varimax`` of ``GPArotation``.

    References
    ----------
    Kaiser (1958), doi:10.1007/BF02289233
    """
    deviation = pattern**2 - (pattern**2).mean(1, keepdims=True)
    return -(deviation**2).sum((1, 2)) / 4, -pattern * deviation


def oblimin(pattern: Floats) -> tuple[Floats, Floats]:
    """Cross-products of the squared loadings of different factors (gamma 0, quartimin).

    Parameters
    ----------
    pattern : (s, p, k) array
        A stack of patterns.

    Returns
    -------
    value : (s,) array
    slope : (s, p, k) array

    Notes
    -----
    The function ``vgQ.oblimin`` of ``GPArotation``.

    References
    ----------
    Jennrich & Sampson (1966), doi:10.1007/BF02289465
    """
    squares = pattern**2
    others = squares.sum(2, keepdims=True) - squares
    return (squares * others).sum((1, 2)) / 4, pattern * others


def geomin(pattern: Floats) -> tuple[Floats, Floats]:
    """Geometric means of the squared loadings of each item (delta .01).

    Parameters
    ----------
    pattern : (s, p, k) array
        A stack of patterns.

    Returns
    -------
    value : (s,) array
    slope : (s, p, k) array

    Notes
    -----
    The function ``vgQ.geomin`` of ``GPArotation``.

    References
    ----------
    Yates (1987), Multivariate Exploratory Data Analysis
    """
    squares = pattern**2 + GEOMIN_DELTA
    means = np.exp(np.log(squares).mean(2, keepdims=True))
    return means.sum((1, 2)), 2 / pattern.shape[2] * pattern / squares * means


_Complexity: TypeAlias = Callable[[Floats], tuple[Floats, Floats]]


class _Manifold(Protocol):
    """The transformations T (s, k, k) among which a rotation searches."""

    def rotated(self, loadings: Floats, t: Floats) -> Floats:
        """Apply T to unrotated loadings."""

    def evaluated(self, loadings: Floats, t: Floats, criterion: _Complexity) -> tuple[Floats, Floats]:
        """Value of the criterion at each T (s,), and its slope in T along the manifold (s, k, k)."""

    def retracted(self, t: Floats) -> Floats:
        """Bring T back onto the manifold."""


class _Orthogonal:
    """Factors stay uncorrelated: T'T = I."""

    def rotated(self, loadings: Floats, t: Floats) -> Floats:
        return np.asarray(loadings @ t)

    def evaluated(self, loadings: Floats, t: Floats, criterion: _Complexity) -> tuple[Floats, Floats]:
        value, by_pattern = criterion(loadings @ t)
        by_t = loadings.T @ by_pattern
        inward = t.mT @ by_t
        return value, by_t - t @ (inward + inward.mT) / 2

    def retracted(self, t: Floats) -> Floats:
        left, _, right = np.linalg.svd(t)
        return np.asarray(left @ right)


class _Oblique:
    """Factors may correlate: the columns of T have length 1."""

    def rotated(self, loadings: Floats, t: Floats) -> Floats:
        return np.asarray(loadings @ np.linalg.inv(t).mT)

    def evaluated(self, loadings: Floats, t: Floats, criterion: _Complexity) -> tuple[Floats, Floats]:
        inverse = np.linalg.inv(t)
        pattern = loadings @ inverse.mT
        value, by_pattern = criterion(pattern)
        by_t = -(pattern.mT @ by_pattern @ inverse).mT
        return value, by_t - t * (t * by_t).sum(1, keepdims=True)

    def retracted(self, t: Floats) -> Floats:
        return np.asarray(t / np.sqrt((t * t).sum(1, keepdims=True)))


@dataclass(frozen=True)
class _Search:
    """A criterion and where it is minimised."""

    criterion: _Complexity
    manifold: _Manifold

    def at(self, loadings: Floats, t: Floats, step: Floats) -> "_Descent":
        """Evaluate transformations."""
        return _Descent(t, *self.manifold.evaluated(loadings, t, self.criterion), step)


_SEARCHES = {
    "varimax": _Search(varimax, _Orthogonal()),
    "oblimin": _Search(oblimin, _Oblique()),
    "quartimin": _Search(oblimin, _Oblique()),
    "geomin": _Search(geomin, _Oblique()),
    "geomin_orthogonal": _Search(geomin, _Orthogonal()),
}


@dataclass(frozen=True, eq=False)
class _Found:
    """The best transformation (k, k) of a search, what is left of its slope, and how many starts led there."""

    best: Floats
    value: float
    gradient: float
    share_at_best: float


@dataclass(eq=False)
class _Descent:
    """Where each of s starts has got to: transformations, values, slopes, and the step to try next."""

    t: Floats
    value: Floats
    slope: Floats
    step: Floats

    @property
    def steepness(self) -> Floats:
        return np.sqrt(_squared_length(self.slope))

    def chosen(self, which: Integers | Booleans) -> "_Descent":
        return _Descent(self.t[which], self.value[which], self.slope[which], self.step[which])

    def replace(self, which: Integers, by: "_Descent") -> None:
        self.t[which], self.value[which], self.slope[which], self.step[which] = by.t, by.value, by.slope, by.step


def _squared_length(of: Floats) -> Floats:
    """Sum of squares of each matrix of a stack."""
    return np.asarray(np.vecdot(flat := of.reshape(len(of), -1), flat))


def _searched(loadings: Floats, search: _Search, starts: Floats) -> _Found:
    """Descend from every start, then the best of them all the way down."""
    ends = _descended(loadings, search, starts, GRADIENT_OF_STARTS if len(starts) > 1 else GRADIENT_OF_BEST)
    at_best = ends.value <= ends.value.min() + SAME_MINIMUM * max(1.0, abs(ends.value.min()))
    best = _descended(loadings, search, ends.t[[int(np.argmin(ends.value))]], GRADIENT_OF_BEST)
    return _Found(best.t[0], float(best.value[0]), float(best.steepness[0]), float(at_best.mean()))


def _descended(loadings: Floats, search: _Search, starts: Floats, tolerance: float) -> _Descent:
    """Project gradients until every slope is below the tolerance or nothing falls any more."""
    at = search.at(loadings, starts.copy(), np.ones(len(starts)))
    moving = np.arange(len(starts))
    for _ in range(ITERATIONS):
        moving = moving[at.steepness[moving] > tolerance]
        if not moving.size:
            break
        before = at.chosen(moving)
        after, fell = _stepped(loadings, search, before)
        at.replace(moving[fell], after.chosen(fell))
        moving = moving[fell]
    return at


def _stepped(loadings: Floats, search: _Search, before: _Descent) -> tuple[_Descent, Booleans]:
    """One step down for each, halved until the criterion falls as far as the slope promises; and which of them fell."""
    after = _moved(loadings, search, before)
    promise = ARMIJO * before.steepness**2
    ceiling = before.value + ROUNDING * np.maximum(1.0, np.abs(before.value))
    for _ in range(HALVINGS):
        rose = np.flatnonzero(after.value > ceiling - promise * after.step)
        if not rose.size:
            break
        shorter = before.chosen(rose)
        shorter.step = after.step[rose] / 2
        after.replace(rose, _moved(loadings, search, shorter))
    fell = after.value <= ceiling - promise * after.step
    after.step = _next_steps(before, after)
    return after, fell


def _moved(loadings: Floats, search: _Search, before: _Descent) -> _Descent:
    """Go one step down the slope."""
    t = search.manifold.retracted(before.t - before.step[:, None, None] * before.slope)
    return search.at(loadings, t, before.step)


def _next_steps(before: _Descent, after: _Descent) -> Floats:
    """Lengths of the steps to try next: how far was gone over how much the slope changed on the way."""
    moved, changed = _squared_length(after.t - before.t), _squared_length(after.slope - before.slope)
    return np.sqrt(np.divide(moved, changed, out=4 * after.step**2, where=changed > 0))


def _random_starts(k: int, number: int, rng: np.random.Generator) -> Floats:
    """Stack the identity and random orthogonal matrices, (number, k, k)."""
    return np.concatenate([np.eye(k)[None], np.linalg.qr(rng.standard_normal((number - 1, k, k)))[0]])


def _item_lengths(loadings: Floats) -> Floats:
    """Root of each item's communality as a column; 1 for an item without loadings."""
    lengths = np.linalg.norm(loadings, axis=1, keepdims=True)
    return np.where(lengths > 0, lengths, 1.0)


def _unrotated(loadings: Floats, criterion: Criterion) -> Rotation:
    """Leave the factors as they are, uncorrelated."""
    one = np.eye(loadings.shape[1])
    solution = Rotation(criterion, loadings, one, one, 0.0, 0.0, 1, 1.0)
    return solution.arranged(Arrangement.by_size(loadings))


def _promax(loadings: Floats, rng: np.random.Generator, starts: int, *, kaiser: bool) -> Rotation:
    """Regress the powers of a varimax pattern on the pattern."""
    first = rotate(loadings, "varimax", rng=rng, starts=starts)
    pattern = first.pattern / _item_lengths(loadings) if kaiser else first.pattern
    u = np.linalg.lstsq(pattern, pattern * np.abs(pattern) ** (PROMAX_POWER - 1))[0]
    u = u * np.sqrt(np.diag(np.linalg.inv(u.T @ u)))
    t = first.transformation @ np.linalg.inv(u).T
    solution = replace(
        first, criterion="promax", pattern=first.pattern @ u, phi=t.T @ t, transformation=t, kaiser=kaiser
    )
    return solution.arranged(Arrangement.by_size(solution.pattern))
