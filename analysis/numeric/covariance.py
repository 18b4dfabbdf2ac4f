"""Models of the covariances and means of items: their cells, what they imply and its derivatives; it estimates nothing.

A model is a list of cells in reticular form: a variable may depend on others (paths), vary and covary with others
(covariances) and have a mean. Loadings, regressions between factors, second-order and bifactor models are all paths.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cached_property
from typing import Literal, Self, TypeAlias

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


Cell: TypeAlias = tuple[Kind, int, int, bool, float]
# Of each two groups; between groups that have nothing in common all is 0 and nothing is held.
Blocks: TypeAlias = Mapping[tuple[int, int], Floats]


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
        """Value of every cell (c,) at the parameters x (q,).

        Parameters
        ----------
        x : (q,) array
            Real or complex.

        Returns
        -------
        (c,) array

        Notes
        -----
        Held to lavaan's estimates through the fits (``covariance_ml``, ``covariance_ordinal``).
        """
        return np.where(self.parameter == FIXED, self.value, x[self.parameter]) if self.parameters else self.value

    @classmethod
    def of(cls, items: int, factors: int, cells: Sequence[Cell]) -> Self:
        """Make a model of one group.

        Parameters
        ----------
        items, factors : int
        cells : sequence of (Kind, int, int, bool, float)
            Of each cell kind, left, right, whether it is free, and value, as the class describes them.

        Returns
        -------
        CovarianceModel
        """
        kind, left, right, free, value = zip(*cells, strict=True)
        moving = np.array(free)
        return cls(
            items,
            factors,
            1,
            np.array(kind, dtype=np.int64),
            np.zeros(len(cells), dtype=np.int64),
            np.array(left, dtype=np.int64),
            np.array(right, dtype=np.int64),
            np.where(moving, np.cumsum(moving) - 1, FIXED),
            np.array(value, dtype=float),
        )

    def with_cells(self, cells: Sequence[Cell]) -> Self:
        """Add cells to every group, the free ones each with a parameter of its own.

        Parameters
        ----------
        cells : sequence of (Kind, int, int, bool, float)
            As in ``of``; none may be there already.

        Returns
        -------
        CovarianceModel
        """
        more = type(self).of(self.items, self.factors, cells).in_groups(self.groups)
        number = np.where(more.parameter == FIXED, FIXED, more.parameter + self.parameters)
        return replace(
            self,
            kind=np.concatenate([self.kind, more.kind]),
            group=np.concatenate([self.group, more.group]),
            left=np.concatenate([self.left, more.left]),
            right=np.concatenate([self.right, more.right]),
            parameter=np.concatenate([self.parameter, number]),
            value=np.concatenate([self.value, more.value]),
        )

    def in_groups(self, groups: int) -> Self:
        """Repeat a model of one group; every group has parameters of its own.

        Parameters
        ----------
        groups : int
            At least 1.

        Returns
        -------
        CovarianceModel
        """
        group = np.repeat(np.arange(groups), len(self.kind))
        parameter = np.tile(self.parameter, groups)
        return replace(
            self,
            groups=groups,
            kind=np.tile(self.kind, groups),
            group=group,
            left=np.tile(self.left, groups),
            right=np.tile(self.right, groups),
            parameter=np.where(parameter == FIXED, FIXED, parameter + self.parameters * group),
            value=np.tile(self.value, groups),
        )

    def equated(self, chosen: Booleans) -> Self:
        """Make chosen cells of the same place equal in all groups, as they are in the first of these.

        Parameters
        ----------
        chosen : (c,) array of bool

        Returns
        -------
        CovarianceModel
            Parameters are numbered anew, in order of appearance.
        """
        parameter, value = self.parameter.copy(), self.value.copy()
        _, first, where = np.unique(_places(self)[chosen], return_index=True, return_inverse=True)
        parameter[chosen] = parameter[chosen][first[where]]
        value[chosen] = value[chosen][first[where]]
        return replace(self, parameter=_renumbered(parameter), value=value)

    def freed(self, chosen: Booleans) -> Self:
        """Give every chosen cell a parameter of its own.

        Parameters
        ----------
        chosen : (c,) array of bool

        Returns
        -------
        CovarianceModel
        """
        parameter = self.parameter.copy()
        parameter[chosen] = self.parameters + np.arange(int(chosen.sum()))
        value = np.where(chosen & (self.parameter == FIXED), np.nan, self.value)
        return replace(self, parameter=_renumbered(parameter), value=value)

    def fixed(self, chosen: Booleans, value: float) -> Self:
        """Fix every chosen cell at a value.

        Parameters
        ----------
        chosen : (c,) array of bool
        value : float

        Returns
        -------
        CovarianceModel
        """
        parameter = np.where(chosen, FIXED, self.parameter)
        return replace(self, parameter=_renumbered(parameter), value=np.where(chosen, value, self.value))

    @cached_property
    def by_group(self) -> tuple["GroupCells", ...]:
        """The cells of each group, arranged for computation."""
        return tuple(GroupCells.of(self, g) for g in range(self.groups))

    def gathered_pairs(self, blocks: Blocks) -> Floats:
        """Sum over pairs of moving cells that share their parameters.

        Parameters
        ----------
        blocks : mapping of (int, int) to (m, m') arrays
            By the moving cells of two groups; what is not there is 0.

        Returns
        -------
        (q, q) array
        """
        q = self.parameters
        found = np.zeros(q * q)
        for (one, other), block in blocks.items():
            place = self.by_group[one].parameter[:, None] * q + self.by_group[other].parameter
            np.add.at(found, place.ravel(), block.ravel())
        return found.reshape(q, q)


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
    p = len(pattern)
    depends = _dependences(pattern, higher)
    v = len(depends)
    cells = list(_loadings(depends, p, marked=int(scaling == "marker")))
    cells += [(Kind.COVARIANCE, item, item, True, np.nan) for item in range(p)]
    cells += [(Kind.COVARIANCE, max(pair), min(pair), True, np.nan) for pair in residual_pairs]
    fixed = (False, 1.0) if scaling == "unit" else (True, np.nan)
    cells += [(Kind.COVARIANCE, factor, factor, *fixed) for factor in range(p, v)]
    apart = [] if orthogonal else [factor for factor in range(p, v) if not depends[factor].any()]
    cells += [(Kind.COVARIANCE, one, other, True, np.nan) for i, one in enumerate(apart) for other in apart[:i]]
    model = CovarianceModel.of(p, v - p, cells)
    return with_means(model) if means else model


def with_means(model: CovarianceModel) -> CovarianceModel:
    """Add free intercepts, and factor means fixed at 0.

    Parameters
    ----------
    model : CovarianceModel
        Without means.

    Returns
    -------
    CovarianceModel
    """
    p, v = model.items, model.items + model.factors
    free = [(Kind.MEAN, item, item, True, np.nan) for item in range(p)]
    return model.with_cells(free + [(Kind.MEAN, factor, factor, False, 0.0) for factor in range(p, v)])


def independence_model(items: int, groups: int, *, means: bool) -> CovarianceModel:
    """Describe items that vary, each in its own way in each group, and do not covary.

    Parameters
    ----------
    items, groups : int
    means : bool
        Whether means are part of the model (free in every group).

    Returns
    -------
    CovarianceModel
    """
    model = CovarianceModel.of(items, 0, [(Kind.COVARIANCE, item, item, True, np.nan) for item in range(items)])
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
        """Covariances of the items (p, p)."""
        return self.covariances[: self.items, : self.items]

    @property
    def means(self) -> Floats:
        """Means of the items (p,)."""
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

    @property
    def covariances(self) -> Floats:
        """Derivatives of the variances and covariances, row by row of the lower triangle (p(p + 1)/2, m)."""
        i, j = np.tril_indices(len(self.one))
        return np.asarray(self.weight * (self.one[i] * self.other[j] + self.one[j] * self.other[i]))

    @cached_property
    def flat(self) -> Floats:
        """Derivatives of the whole covariance matrix, row by row (p², m)."""
        half = self.weight * self.one[:, None] * self.other[None]
        return np.asarray((half + half.transpose(1, 0, 2)).reshape(-1, len(self.weight)))


@dataclass(frozen=True, eq=False)
class GroupCells:
    """One group's paths, covariances and means: where they stand, and which move with which of q parameters.

    ``paths``, ``spreads`` and ``centres`` hold (left, right, cell); the m moving cells are listed paths first, then
    covariances, then means, ``counts`` of each.
    """

    items: int
    variables: int
    parameters: int
    paths: tuple[Integers, Integers, Integers]
    spreads: tuple[Integers, Integers, Integers]
    centres: tuple[Integers, Integers, Integers]
    counts: tuple[int, int, int]
    parameter: Integers
    left: Integers
    right: Integers

    @classmethod
    def of(cls, model: CovarianceModel, group: int) -> Self:
        """Arrange the cells of one group.

        Parameters
        ----------
        model : CovarianceModel
        group : int
            From 0.

        Returns
        -------
        GroupCells
        """
        here = model.group == group
        kinds = [np.flatnonzero(here & (model.kind == kind)) for kind in (Kind.PATH, Kind.COVARIANCE, Kind.MEAN)]
        paths, spreads, centres = ((model.left[cells], model.right[cells], cells) for cells in kinds)
        free = [cells[model.parameter[cells] != FIXED] for cells in kinds]
        moving = np.concatenate(free)
        return cls(
            model.items,
            model.items + model.factors,
            model.parameters,
            paths,
            spreads,
            centres,
            (len(free[0]), len(free[1]), len(free[2])),
            *(array[moving] for array in (model.parameter, model.left, model.right)),
        )

    def implied(self, values: Floats) -> Implied:
        """Moments of the variables at the values of all cells (c,).

        Parameters
        ----------
        values : (c,) array
            Real or complex.

        Returns
        -------
        Implied

        Notes
        -----
        Held to lavaan's through the fits of ``covariance_ml`` and ``covariance_ordinal``.

        References
        ----------
        Bollen (1989), doi:10.1002/9781118619179; McArdle & McDonald (1984), doi:10.1111/j.2044-8317.1984.tb00802.x
        """
        v = self.variables
        # complex values pass through, so that a complex step can give exact derivatives
        direct, centre = np.eye(v, dtype=values.dtype), np.zeros(v, dtype=values.dtype)
        spread = np.zeros((v, v), dtype=values.dtype)
        direct[self.paths[0], self.paths[1]] = -values[self.paths[2]]
        spread[self.spreads[0], self.spreads[1]] = spread[self.spreads[1], self.spreads[0]] = values[self.spreads[2]]
        centre[self.centres[0]] = values[self.centres[2]]
        # where no path leads on from the end of another, the total effects are the direct ones
        reach = np.linalg.inv(direct) if self._chained else 2 * np.eye(v) - direct
        return Implied(np.asarray(reach), reach @ spread @ reach.T, reach @ centre, self.items)

    @cached_property
    def _chained(self) -> bool:
        """Whether some variable depends on another and has an effect itself."""
        return not set(self.paths[0].tolist()).isdisjoint(self.paths[1].tolist())

    def directions(self, implied: Implied) -> Directions:
        """First derivatives of the moments by the moving cells.

        Parameters
        ----------
        implied : Implied

        Returns
        -------
        Directions

        Notes
        -----
        Checked against complex-step derivatives of ``implied``.
        """
        p, paths = self.items, self.counts[0]
        one = implied.reach[:p, self.left]
        other = np.concatenate(
            [implied.covariances[:p, self.right[:paths]], implied.reach[:p, self.right[paths:]]], axis=1
        )
        means = np.zeros_like(one)
        if len(self.centres[0]):
            means[:, :paths] = one[:, :paths] * implied.centres[self.right[:paths]]
            means[:, len(self.left) - self.counts[2] :] = one[:, len(self.left) - self.counts[2] :]
        return Directions(one, other, self._weight, means)

    @cached_property
    def _weight(self) -> Floats:
        """Weight of each moving cell's outer product in the derivative of the covariances (m,)."""
        paths, spreads, means = self.counts
        left, right = self.left[paths : paths + spreads], self.right[paths : paths + spreads]
        return np.concatenate([np.ones(paths), np.where(left == right, 0.5, 1.0), np.zeros(means)])

    def bend(self, implied: Implied, slope: Floats, mean_slope: Floats) -> Floats:
        """Second derivatives (m, m) of ``trace(slope Σ) + mean_slope' μ`` by the moving cells.

        Parameters
        ----------
        implied : Implied
        slope : (p, p) array
            Symmetric.
        mean_slope : (p,) array

        Returns
        -------
        (m, m) array
            Symmetric.

        Notes
        -----
        Checked against numerical derivatives.
        """
        reach, effects = implied.reach, implied.reach[: self.items]
        inner = effects.T @ slope @ effects
        centre = effects.T @ mean_slope
        by_path = 2 * effects.T @ (slope @ implied.covariances[: self.items]) + np.outer(centre, implied.centres)
        first, second = self.counts[0], self.counts[0] + self.counts[1]
        a, b = self.left[:first, None], self.right[:first, None]
        c, d = self.left[first:second], self.right[first:second]
        found = np.zeros((len(self.left),) * 2)
        between = reach[b.T, a] * by_path[a.T, b]
        found[:first, :first] = between + between.T + 2 * inner[a, a.T] * implied.covariances[b.T, b]
        crossed = reach[b, c] * inner[a, d] + reach[b, d] * inner[a, c]
        found[:first, first:second] = 2 * self._weight[first:second] * crossed
        found[:first, second:] = reach[b, self.left[second:]] * centre[a]
        found[first:, :first] = found[:first, first:].T
        return found

    def gathered(self, by_cell: Floats) -> Floats:
        """Sum over moving cells that share a parameter: (m,) → (q,).

        Parameters
        ----------
        by_cell : (m,) array

        Returns
        -------
        (q,) array
        """
        return np.asarray(np.bincount(self.parameter, weights=by_cell, minlength=self.parameters), dtype=float)

    @cached_property
    def indicator(self) -> Floats:
        """1 where a moving cell moves with a parameter (m, q)."""
        found = np.zeros((len(self.parameter), self.parameters))
        found[np.arange(len(self.parameter)), self.parameter] = 1.0
        return found


def _dependences(pattern: Booleans, higher: Booleans | None) -> Booleans:
    """Which of all variables depends on which (v, v)."""
    p, k = pattern.shape
    h = 0 if higher is None else higher.shape[1]
    depends = np.zeros((p + k + h, p + k + h), dtype=bool)
    depends[:p, p : p + k] = pattern
    if higher is not None:
        depends[p : p + k, p + k :] = higher
    return depends


def _loadings(depends: Booleans, items: int, *, marked: int) -> Iterator[Cell]:
    """Paths from every factor; the first ``marked`` of each are fixed at 1."""
    for factor in range(items, len(depends)):
        for place, effect in enumerate(np.flatnonzero(depends[:, factor])):
            free = place >= marked
            yield Kind.PATH, int(effect), factor, free, np.nan if free else 1.0


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
