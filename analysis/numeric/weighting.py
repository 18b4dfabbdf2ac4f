"""Weights that make a sample's margins those of its population, and what they cost; it invents no target."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.errors import AnalysisError
from analysis.numeric.arrays import Booleans, Floats, Integers

UNKNOWN = -1
MOST_ROUNDS = 500
SHARES_ADD_UP = 1e-6
_SEARCH = 40
# So many rounds that bring less than this share of the tolerance go nowhere: the caps forbid the targets.
_PATIENCE = 10
_LEAST_PROGRESS = 1e-2


@dataclass(frozen=True, eq=False)
class Raking:
    """Weights (n,) with mean 1 and how far they go.

    ``largest_miss`` is the largest difference between a share reached and its target; ``met`` whether it is
    within the tolerance (caps may make targets impossible); ``empty`` the categories, as (margin, category),
    that the population has and the sample has not; ``capped`` (n,) flags weights at a cap.
    """

    weights: Floats
    rounds: int
    largest_miss: float
    met: bool
    empty: tuple[tuple[int, int], ...]
    capped: Booleans


def rake(
    categories: Integers,
    targets: Sequence[Floats],
    *,
    weights: Floats | None = None,
    caps: tuple[float, float] = (0.0, np.inf),
    tolerance: float = 1e-6,
) -> Raking:
    """Adjust weights until every margin has its target shares.

    Parameters
    ----------
    categories : (n, m) array of int
        Row's category in each of m margins, from 0; -1 where it is not known. Such rows keep their share of the
        sample in that margin.
    targets : m (categories,) arrays
        Population share of each category, 0 to 1; each adds up to 1.
    weights : (n,) array, optional
        To start from; positive. All 1 by default.
    caps : tuple of float
        Smallest and largest weight, as multiples of the mean; below 1 and above 1.
    tolerance : float
        Largest difference from a target that counts as meeting it.

    Returns
    -------
    Raking
        Categories that nobody in the sample belongs to are left out and the other targets of their margin scaled
        up: look at ``empty``.

    Raises
    ------
    AnalysisError
        ``unusable_weight``, ``impossible_targets``, ``impossible_caps``.

    Notes
    -----
    Without caps the weights of ``survey::rake`` of R: its criterion's only optimum. With caps each category's
    weights are multiplied by one factor and cut off, the factor chosen so that the category's share is right.

    References
    ----------
    Deming & Stephan (1940), doi:10.1214/aoms/1177731829; Deville, Särndal & Sautory (1993),
    doi:10.1080/01621459.1993.10476369
    """
    weights = np.ones(len(categories)) if weights is None else np.asarray(weights, dtype=float)
    _check(categories, targets, weights, caps)
    weights = np.clip(weights / weights.mean(), *caps)
    empty = tuple(
        (margin, int(category))
        for margin, shares in enumerate(targets)
        for category in np.flatnonzero((shares > 0) & (_counts(categories[:, margin], len(shares)) == 0))
    )
    misses = [_largest_miss(categories, targets, weights)]
    while misses[-1] > tolerance and len(misses) <= MOST_ROUNDS and not _stalled(misses, tolerance):
        for margin, shares in enumerate(targets):
            weights = _adjusted(weights, categories[:, margin], shares, caps)
        misses.append(_largest_miss(categories, targets, weights))
    capped = (weights <= caps[0]) | (weights >= caps[1])
    return Raking(weights, len(misses) - 1, misses[-1], misses[-1] <= tolerance, empty, capped)


@dataclass(frozen=True)
class EmptyCell:
    """Categories of two margins that the population should hold together and the sample does not.

    ``expected``, share of the population were the margins independent.
    """

    margins: tuple[int, int]
    categories: tuple[int, int]
    expected: float


def empty_joint_cells(categories: Integers, targets: Sequence[Floats]) -> tuple[EmptyCell, ...]:
    """Find the combinations of two margins' categories that nobody in the sample belongs to.

    Raking takes relations between margins from the sample: a combination that is not in it gets no weight, and
    margins that share such cells can make targets impossible.

    Parameters
    ----------
    categories : (n, m) array of int
        As for ``rake``.
    targets : m (categories,) arrays
        As for ``rake``.

    Returns
    -------
    tuple of EmptyCell
        Largest expected share first; categories that are empty on their own, or not in the population, are left out.

    Notes
    -----
    The zero cells of ``table`` of R for each two margins.
    """
    found = []
    for one, other in itertools.combinations(range(len(targets)), 2):
        rows = (categories[:, [one, other]] != UNKNOWN).all(1)
        table = np.zeros((len(targets[one]), len(targets[other])), dtype=np.int64)
        np.add.at(table, (categories[rows, one], categories[rows, other]), 1)
        expected = np.outer(targets[one], targets[other])
        occurs = np.outer(table.sum(1) > 0, table.sum(0) > 0)
        found += [
            EmptyCell((one, other), (int(i), int(j)), float(expected[i, j]))
            for i, j in np.argwhere((table == 0) & occurs & (expected > 0))
        ]
    return tuple(sorted(found, key=lambda cell: -cell.expected))


def effective_n(weights: Floats) -> float:
    """Kish's effective number of rows: as many unweighted rows would estimate a mean as precisely.

    Parameters
    ----------
    weights : (n,) array
        Not negative, not all 0.

    Returns
    -------
    float
        1 to n.

    Notes
    -----
    Checked by hand.

    References
    ----------
    Kish (1965), Survey Sampling
    """
    return float(weights.sum() ** 2 / (weights @ weights))


def design_effect(weights: Floats, *, cluster: Integers | None = None, intraclass: float = 0.0) -> float:
    """By how much unequal weights, and likeness within clusters, multiply the variance of a mean.

    Parameters
    ----------
    weights : (n,) array
        Not negative, not all 0.
    cluster : (n,) array of int, optional
        Whose rating a row is.
    intraclass : float
        Intraclass correlation of the variable within clusters.

    Returns
    -------
    float
        1 for equal weights and unrelated rows.

    Notes
    -----
    Checked by hand.

    References
    ----------
    Kish (1987), doi:10.2307/1403199; Gabler, Häder & Lahiri (1999), Survey Methodology 25, 105-106
    """
    of_weights = len(weights) / effective_n(weights)
    if cluster is None:
        return of_weights
    _, number = np.unique(cluster, return_inverse=True)
    sums = np.bincount(number, weights=weights)
    size = float(sums @ sums / (weights @ weights))
    return of_weights * (1 + (size - 1) * intraclass)


def _adjusted(weights: Floats, category: Integers, shares: Floats, caps: tuple[float, float]) -> Floats:
    """Multiply the weights of each category of one margin so that its share is right, within the caps."""
    known = category != UNKNOWN
    present = _counts(category, len(shares)) > 0
    total = float(weights[known].sum())
    wanted = np.where(present, shares, 0.0)
    wanted = wanted / wanted.sum() * total
    place = np.where(known, category, 0)
    factor = np.ones(len(shares))
    for _ in range(_SEARCH):
        sums = np.bincount(place[known], weights=_cut(weights * factor[place], caps)[known], minlength=len(shares))
        correction = np.divide(wanted, sums, out=np.ones(len(shares)), where=sums > 0)
        factor = factor * correction
        if np.abs(correction - 1).max() < SHARES_ADD_UP**2:
            break
    return np.where(known, _cut(weights * factor[place], caps), weights)


def _stalled(misses: list[float], tolerance: float) -> bool:
    """Whether the last rounds brought nothing."""
    return len(misses) > _PATIENCE and misses[-1 - _PATIENCE] - misses[-1] < _LEAST_PROGRESS * tolerance


def _cut(weights: Floats, caps: tuple[float, float]) -> Floats:
    """Keep weights within the caps."""
    return np.asarray(np.clip(weights, *caps))


def _largest_miss(categories: Integers, targets: Sequence[Floats], weights: Floats) -> float:
    """Largest difference between a margin's weighted share, among rows where it is known, and its target."""
    misses = []
    for category, shares in zip(categories.T, targets, strict=True):
        known = category != UNKNOWN
        sums = np.bincount(category[known], weights=weights[known], minlength=len(shares))
        present = np.where(_counts(category, len(shares)) > 0, shares, 0.0)
        misses.append(np.abs(sums / sums.sum() - present / present.sum()).max())
    return float(max(misses))


def _counts(category: Integers, number: int) -> Integers:
    """Rows in each category."""
    return np.bincount(category[category != UNKNOWN], minlength=number)


def _check(categories: Integers, targets: Sequence[Floats], weights: Floats, caps: tuple[float, float]) -> None:
    """Refuse what no weights can satisfy."""
    if not (np.isfinite(weights) & (weights > 0)).all():
        row = int(np.argmin(np.isfinite(weights) & (weights > 0)))
        message = f"The starting weight of row {row + 1} is missing, infinite or not positive. Correct it."
        raise AnalysisError("unusable_weight", message, row=row)
    if not 0 <= caps[0] < 1 < caps[1]:
        message = f"Caps of {caps[0]} and {caps[1]} leave no room around the mean weight of 1. Set them around 1."
        raise AnalysisError("impossible_caps", message, low=caps[0], high=caps[1])
    for margin, (category, shares) in enumerate(zip(categories.T, targets, strict=True)):
        usable = np.isfinite(shares).all() and (shares >= 0).all() and abs(shares.sum() - 1) < SHARES_ADD_UP
        known = category[category != UNKNOWN]
        fits = len(known) > 0 and known.min() >= 0 and known.max() < len(shares) and shares[np.unique(known)].all()
        if not (usable and fits):
            raise AnalysisError(
                "impossible_targets",
                f"The target shares of margin {margin + 1} must add up to 1 and be positive for each category that "
                f"occurs in the sample; they add up to {shares.sum():.6g}. Correct them, or join categories.",
                margin=margin,
                total=float(shares.sum()),
            )
