"""Models of the covariances and means of items: their cells, what they imply and its derivatives; it estimates nothing.

A model is a list of cells in reticular form: a variable may depend on others (paths), vary and covary with others
(covariances) and have a mean. Loadings, regressions between factors, second-order and bifactor models are all paths.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cached_property
from typing import Literal, Self

import numpy as np

from analysis.numeric.arrays import Booleans, Floats, Integers

Scaling = Literal["marker", "unit"]
FIXED = -1


class Kind(IntEnum):
    """What a cell holds."""

    PATH = 0
    COVARIANCE = 1
    MEAN = 2
    THRESHOLD = 3
    SCALE = 4


@dataclass(frozen=True, eq=False)
class CovarianceModel:
    """Which paths, covariances, means and thresholds of p items and k factors are free, fixed or equal, in G groups.

    Variables are numbered items first (0 … p - 1), then factors (p … p + k - 1). Cells with the same parameter
    number are equal. A cell that is not listed is 0 (a scale that is not listed is 1).

    Parameters
    ----------
    items, factors, groups : int
        p, k and G.
    kind : (c,) array of Kind
    group : (c,) array of int
        From 0.
    left, right : (c,) arrays of int
        Of a path: the variable that depends, and the one it depends on. Of a covariance: its two variables. Of a
        mean: the variable, twice. Of a threshold: the item, and the threshold's number from 0. Of a scale: the
        item, twice.
    parameter : (c,) array of int
        From 0, or -1 where the cell is fixed.
    value : (c,) array
        The fixed value; of a free cell the value to start from, NaN to choose one from the data.
    """

    items: int
    factors: int
    groups: int
    kind: Integers
    group: Integers
    left: Integers
    right: Integers
    parameter: Integers
    value: Floats

    @cached_property
    def parameters(self) -> int:
        """Number of free parameters."""
        return int(self.parameter.max(initial=FIXED)) + 1

    @cached_property
    def has_means(self) -> bool:
        """Whether the means are modelled, or left as they are."""
        return bool((self.kind == Kind.MEAN).any())

    @cached_property
    def loading_cells(self) -> Booleans:
        """Cells that hold a loading of an item, (c,)."""
        return np.asarray((self.kind == Kind.PATH) & (self.left < self.items) & (self.right >= self.items))

    @cached_property
    def intercept_cells(self) -> Booleans:
        """Cells that hold an item's intercept, (c,)."""
        return np.asarray((self.kind == Kind.MEAN) & (self.left < self.items))

    @cached_property
    def residual_cells(self) -> Booleans:
        """Cells that hold an item's residual variance, (c,)."""
        return np.asarray((self.kind == Kind.COVARIANCE) & (self.left < self.items) & (self.left == self.right))

    @cached_property
    def factor_mean_cells(self) -> Booleans:
        """Cells that hold a factor's mean, (c,)."""
        return np.asarray((self.kind == Kind.MEAN) & (self.left >= self.items))

    @cached_property
    def factor_variance_cells(self) -> Booleans:
        """Cells that hold a factor's variance, (c,)."""
        return np.asarray((self.kind == Kind.COVARIANCE) & (self.left >= self.items) & (self.left == self.right))

    def values(self, x: Floats) -> Floats:
        """Value of every cell (c,) at the parameters x (q,)."""
        return np.where(self.parameter == FIXED, self.value, x[self.parameter]) if self.parameters else self.value

    def with_cells(
        self, kind: Kind, left: Iterable[int], right: Iterable[int], *, free: bool = True, value: float = np.nan
    ) -> Self:
        """Add cells, each with a parameter of its own, in every group.

        Parameters
        ----------
        kind : Kind
        left, right : iterables of int
            As long as each other.
        free : bool
            Whether the cells are estimated, or fixed at ``value``.
        value : float

        Returns
        -------
        CovarianceModel
        """
        lefts, rights = (np.fromiter(side, dtype=np.int64) for side in (left, right))
        m = len(lefts) * self.groups
        numbers = self.parameters + np.arange(m) if free else np.full(m, FIXED)
        return replace(
            self,
            kind=np.r_[self.kind, np.full(m, kind)],
            group=np.r_[self.group, np.repeat(np.arange(self.groups), len(lefts))],
            left=np.r_[self.left, np.tile(lefts, self.groups)],
            right=np.r_[self.right, np.tile(rights, self.groups)],
            parameter=np.r_[self.parameter, numbers],
            value=np.r_[self.value, np.full(m, value)],
        )

    def in_groups(self, groups: int) -> Self:
        """Repeat a model of one group; every group has parameters of its own."""
        c, q = len(self.kind), self.parameters
        group = np.repeat(np.arange(groups), c)
        parameter = np.tile(self.parameter, groups)
        repeated = {name: np.tile(getattr(self, name), groups) for name in ("kind", "left", "right", "value")}
        parameter = np.where(parameter == FIXED, FIXED, parameter + q * group)
        return replace(self, groups=groups, group=group, parameter=parameter, **repeated)

    def equated(self, chosen: Booleans) -> Self:
        """Make chosen cells of the same place equal in all groups, as they are in the first of these."""
        parameter, value = self.parameter.copy(), self.value.copy()
        _, first, where = np.unique(_places(self)[chosen], return_index=True, return_inverse=True)
        parameter[chosen] = parameter[chosen][first[where]]
        value[chosen] = value[chosen][first[where]]
        return replace(self, parameter=_renumbered(parameter), value=value)

    def freed(self, chosen: Booleans) -> Self:
        """Give every chosen cell a parameter of its own."""
        parameter = self.parameter.copy()
        parameter[chosen] = self.parameters + np.arange(int(chosen.sum()))
        value = np.where(chosen & (self.parameter == FIXED), np.nan, self.value)
        return replace(self, parameter=_renumbered(parameter), value=value)

    def fixed(self, chosen: Booleans, value: float) -> Self:
        """Fix every chosen cell at a value."""
        parameter = np.where(chosen, FIXED, self.parameter)
        return replace(self, parameter=_renumbered(parameter), value=np.where(chosen, value, self.value))

    @cached_property
    def by_group(self) -> tuple["GroupCells", ...]:
        """The cells of each group, arranged for computation."""
        return tuple(GroupCells.of(self, g) for g in range(self.groups))


def factor_model(
    pattern: Booleans,
    *,
    higher: Booleans | None = None,
    scaling: Scaling = "marker",
    orthogonal: bool = False,
    residual_pairs: Iterable[tuple[int, int]] = (),
    means: bool = False,
) -> CovarianceModel:
    """Describe a confirmatory factor model of one group.

    Parameters
    ----------
    pattern : (p, k) array of bool
        Which item is to load on which factor. A bifactor model has a first column that is true throughout.
    higher : (k, h) array of bool, optional
        Which factor loads on which second-order factor. Only factors that load on none are correlated freely.
    scaling : {"marker", "unit"}
        Each factor's first loading is 1, or each factor's (residual) variance is 1.
    orthogonal : bool
        Whether the factors are uncorrelated.
    residual_pairs : iterable of (int, int)
        Items whose residuals covary.
    means : bool
        Whether intercepts are part of the model (factor means are 0).

    Returns
    -------
    CovarianceModel
        Of one group; ``in_groups`` repeats it.

    Notes
    -----
    The model that ``lavaan::cfa`` makes of the same factors, with ``std.lv = TRUE`` for ``scaling="unit"``.
    """
    p, k = pattern.shape
    h = 0 if higher is None else higher.shape[1]
    v = p + k + h
    depends = np.zeros((v, v), dtype=bool)
    depends[:p, p : p + k] = pattern
    if higher is not None:
        depends[p : p + k, p + k :] = higher
    empty = np.zeros(0, dtype=np.int64)
    model = CovarianceModel(p, k + h, 1, empty, empty, empty, empty, empty, np.zeros(0))
    factors = range(p, v)
    for factor in factors:
        effects = np.flatnonzero(depends[:, factor])
        marked = int(scaling == "marker")
        model = model.with_cells(Kind.PATH, effects[:marked], [factor] * marked, free=False, value=1.0)
        model = model.with_cells(Kind.PATH, effects[marked:], [factor] * (len(effects) - marked))
    model = model.with_cells(Kind.COVARIANCE, range(p), range(p))
    pairs = list(residual_pairs)
    model = model.with_cells(Kind.COVARIANCE, (max(pair) for pair in pairs), (min(pair) for pair in pairs))
    model = model.with_cells(Kind.COVARIANCE, factors, factors, free=scaling == "marker", value=_variance(scaling))
    apart = [] if orthogonal else [factor for factor in factors if not depends[factor].any()]
    related = [(one, other) for i, one in enumerate(apart) for other in apart[:i]]
    model = model.with_cells(Kind.COVARIANCE, (one for one, _ in related), (other for _, other in related))
    return with_means(model) if means else model


def with_means(model: CovarianceModel) -> CovarianceModel:
    """Add free intercepts, and factor means fixed at 0."""
    p, v = model.items, model.items + model.factors
    model = model.with_cells(Kind.MEAN, range(p), range(p))
    return model.with_cells(Kind.MEAN, range(p, v), range(p, v), free=False, value=0.0)


def independence_model(items: int, groups: int, *, means: bool) -> CovarianceModel:
    """Describe items that vary, each in its own way in each group, and do not covary."""
    empty = np.zeros(0, dtype=np.int64)
    model = CovarianceModel(items, 0, 1, empty, empty, empty, empty, empty, np.zeros(0))
    model = model.with_cells(Kind.COVARIANCE, range(items), range(items))
    return (with_means(model) if means else model).in_groups(groups)


@dataclass(frozen=True, eq=False)
class Implied:
    """What a group's cells imply: ``covariance`` (p, p) and ``means`` (p,) of the items, and what these are made of.

    With v variables: ``reach`` (v, v), the total effect of each variable on each; ``covariances`` (v, v) and
    ``centres`` (v,), covariances and means of all variables.
    """

    reach: Floats
    covariances: Floats
    centres: Floats
    items: int

    @property
    def covariance(self) -> Floats:
        return self.covariances[: self.items, : self.items]

    @property
    def means(self) -> Floats:
        return self.centres[: self.items]


@dataclass(frozen=True, eq=False)
class Directions:
    """First derivatives of a group's moments by its m moving cells.

    The covariances' derivative by a cell is ``weight * (u v' + v u')`` with u and v the cell's columns of ``one``
    and ``other`` (p, m); the means' is its column of ``means`` (p, m).
    """

    one: Floats
    other: Floats
    weight: Floats
    means: Floats


@dataclass(frozen=True, eq=False)
class GroupCells:
    """One group's paths, covariances and means: where they stand, and which move with which parameter.

    ``paths``, ``spreads`` and ``centres`` hold (left, right, cell); the moving cells are listed paths first, then
    covariances, then means.
    """

    items: int
    variables: int
    paths: tuple[Integers, Integers, Integers]
    spreads: tuple[Integers, Integers, Integers]
    centres: tuple[Integers, Integers, Integers]
    moving: Integers
    parameter: Integers
    kind: Integers
    left: Integers
    right: Integers

    @classmethod
    def of(cls, model: CovarianceModel, group: int) -> Self:
        """Arrange the cells of one group."""
        here = model.group == group
        kinds = [np.flatnonzero(here & (model.kind == kind)) for kind in (Kind.PATH, Kind.COVARIANCE, Kind.MEAN)]
        placed = [(model.left[cells], model.right[cells], cells) for cells in kinds]
        moving = np.concatenate(kinds)
        moving = moving[model.parameter[moving] != FIXED]
        return cls(
            model.items,
            model.items + model.factors,
            *placed,
            moving,
            *(array[moving] for array in (model.parameter, model.kind, model.left, model.right)),
        )

    def implied(self, values: Floats) -> Implied:
        """Moments of the variables at the values of all cells (c,)."""
        v = self.variables
        direct, spread, centre = np.zeros((v, v)), np.zeros((v, v)), np.zeros(v)
        direct[self.paths[0], self.paths[1]] = values[self.paths[2]]
        spread[self.spreads[0], self.spreads[1]] = spread[self.spreads[1], self.spreads[0]] = values[self.spreads[2]]
        centre[self.centres[0]] = values[self.centres[2]]
        reach = np.linalg.inv(np.eye(v) - direct)
        return Implied(reach, reach @ spread @ reach.T, reach @ centre, self.items)

    def directions(self, implied: Implied) -> Directions:
        """First derivatives of the moments by the moving cells."""
        p, v = self.items, self.variables
        columns = np.concatenate([implied.covariances[:p], implied.reach[:p]], axis=1)
        path, mean = self.kind == Kind.PATH, self.kind == Kind.MEAN
        one = implied.reach[:p, self.left]
        other = columns[:, np.where(path, self.right, self.right + v)]
        weight = np.where(mean, 0.0, np.where(path | (self.left != self.right), 1.0, 0.5))
        factor = np.where(path, implied.centres[self.right], mean)
        return Directions(one, other, weight, one * factor)

    def bend(self, implied: Implied, slope: Floats, mean_slope: Floats) -> Floats:
        """Second derivatives (m, m) of ``trace(slope Σ) + mean_slope' μ`` by the moving cells."""
        p = self.items
        reach, effects = implied.reach, implied.reach[:p]
        inner = effects.T @ slope @ effects
        centre = effects.T @ mean_slope
        by_path = 2 * effects.T @ (slope @ implied.covariances[:p]) + np.outer(centre, implied.centres)
        path, spread, mean = (np.flatnonzero(self.kind == k) for k in (Kind.PATH, Kind.COVARIANCE, Kind.MEAN))
        a, b = self.left[path, None], self.right[path, None]
        found = np.zeros((len(self.kind),) * 2)
        between = reach[b.T, a] * by_path[a.T, b]
        found[np.ix_(path, path)] = between + between.T + 2 * inner[a, a.T] * implied.covariances[b.T, b]
        c, d = self.left[spread], self.right[spread]
        weight = np.where(c == d, 1.0, 2.0)
        found[np.ix_(path, spread)] = weight * (reach[b, c] * inner[a, d] + reach[b, d] * inner[a, c])
        found[np.ix_(path, mean)] = reach[b, self.left[mean]] * centre[a]
        found[np.ix_(spread, path)] = found[np.ix_(path, spread)].T
        found[np.ix_(mean, path)] = found[np.ix_(path, mean)].T
        return found


def _variance(scaling: Scaling) -> float:
    """A factor's variance when it is fixed; chosen from the data when it is not."""
    return 1.0 if scaling == "unit" else np.nan


def _places(model: CovarianceModel) -> Integers:
    """One number for all cells that stand at the same place of different groups."""
    cells = np.stack([model.kind, model.left, model.right], axis=1)
    return np.asarray(np.unique(cells, axis=0, return_inverse=True)[1]).ravel()


def _renumbered(parameter: Integers) -> Integers:
    """Parameter numbers without gaps, in order of first appearance."""
    free = parameter != FIXED
    old, first, where = np.unique(parameter[free], return_index=True, return_inverse=True)
    rank = np.empty(len(old), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(old))
    numbers = parameter.copy()
    numbers[free] = rank[where.ravel()]
    return numbers
