"""Covariance models of ordinal items by diagonally weighted least squares, with robust errors and tests (WLSMV).

Thresholds and polychoric correlations are fitted, each weighted by its own sampling variance; errors and tests then
take all their sampling covariances into account.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, block_diag, cho_factor, cho_solve

from analysis.errors import AnalysisError
from analysis.numeric.arrays import Floats, Integers
from analysis.numeric.contingency import Contingency
from analysis.numeric.covariance import FIXED, CovarianceModel, Directions, GroupCells, Implied, Kind, with_means
from analysis.numeric.covariance_ml import require_identified
from analysis.numeric.covariance_start import starting_values
from analysis.numeric.polychoric import PolychoricScores, polychoric

Parameterisation = Literal["delta", "theta"]

MOST_ITERATIONS = 200
# By how much the information's diagonal is enlarged, in turn, until a step gains.
DAMPINGS = (0.0, 1e-3, 1e-2, 0.1, 1.0, 10.0, 100.0, 1e4)
ROUNDING = 1e-14
CLOSE_ENOUGH = 1e-13


@dataclass(frozen=True, eq=False)
class OrdinalSample:
    """One group's thresholds and polychoric correlations, and their sampling covariance.

    ``n`` rows; ``item`` (t,), which item a threshold belongs to; ``thresholds`` (t,), item after item;
    ``correlation`` (p, p); ``spread`` (m, m), the sampling covariance times n of the m = t + p(p - 1)/2 statistics:
    thresholds, then correlations (1, 0), (2, 0), … (2, 1), …
    """

    n: int
    answers: tuple[Integers, ...]
    item: Integers
    thresholds: Floats
    correlation: Floats
    spread: Floats

    @classmethod
    def of(cls, x: NDArray[Any], person: Integers | None = None) -> Self:
        """Estimate from rows.

        Parameters
        ----------
        x : (n, p) array
            Whole numbers; NaN where an answer is missing.
        person : (n,) array of int, optional
            Whose rating a row is; the ratings of a person may then depend on each other.

        Returns
        -------
        OrdinalSample

        Raises
        ------
        AnalysisError
            ``group_too_small``, and those of ``polychoric``.
        """
        n, p = x.shape
        if n <= p:
            message = f"A group has {n} rows; a model of {p} items needs more than {p}. Join it with another."
            raise AnalysisError("group_too_small", message, rows=n, items=p)
        tables = Contingency.of(x)
        found = polychoric(tables)
        scores = PolychoricScores.of(tables, found)
        spread = scores.covariance(scores.products(x, person=person)) * n
        item = np.repeat(np.arange(p), [len(cuts) for cuts in found.thresholds])
        return cls(n, found.answers, item, np.concatenate(found.thresholds), found.correlation, spread)

    @cached_property
    def pairs(self) -> tuple[Integers, Integers]:
        """The two items of each correlation."""
        second, first = np.triu_indices(len(self.correlation), 1)
        return first, second

    @cached_property
    def statistics(self) -> Floats:
        """Thresholds, then correlations (m,)."""
        return np.concatenate([self.thresholds, self.correlation[self.pairs]])

    @cached_property
    def weight(self) -> Floats:
        """One over the sampling variance times n of each statistic (m,)."""
        return np.asarray(1 / np.diag(self.spread))


def ordinal_model(
    one_group: CovarianceModel, thresholds: Sequence[int], parameterisation: Parameterisation = "delta"
) -> CovarianceModel:
    """Add free thresholds to a model of one group, and what gives the latent answers a scale.

    Parameters
    ----------
    one_group : CovarianceModel
        Without means.
    thresholds : sequence of p int
        How many thresholds each item has.
    parameterisation : {"delta", "theta"}

    Returns
    -------
    CovarianceModel
        Intercepts and factor means are 0, scales 1; residual variances are 1 (theta), or what the scales leave (delta;
        their cells hold 0).

    Notes
    -----
    The rows of ``lavaan::cfa(ordered = )``.
    """
    p = one_group.items
    cells = [(Kind.THRESHOLD, item, k, True, np.nan) for item in range(p) for k in range(thresholds[item])]
    cells += [(Kind.SCALE, item, item, False, 1.0) for item in range(p)]
    model = with_means(one_group).with_cells(cells)
    residual = 0.0 if parameterisation == "delta" else 1.0
    return model.fixed(model.residual_cells, residual).fixed(model.intercept_cells, 0.0)


@dataclass(frozen=True, eq=False)
class _Place:
    """Where one group's thresholds and scales stand: their cells, and which parameter moves them."""

    threshold_cells: Integers
    threshold_parameters: Integers
    scale_items: Integers
    scale_cells: Integers
    scale_parameters: Integers

    @classmethod
    def of(cls, model: CovarianceModel, sample: OrdinalSample, group: int) -> Self:
        """Find them; the model must hold the sample's thresholds and no others."""
        here = np.flatnonzero((model.group == group) & (model.kind == Kind.THRESHOLD))
        number = np.arange(len(sample.item)) - np.searchsorted(sample.item, sample.item)
        known = {(int(model.left[cell]), int(model.right[cell])): int(cell) for cell in here}
        wanted = list(zip(sample.item.tolist(), number.tolist(), strict=True))
        if set(known) != set(wanted):
            column = min(set(known) ^ set(wanted))[0]
            message = f"The item in column {column + 1} has other thresholds than the model. Count its answers again."
            raise AnalysisError("thresholds_differ", message, column=column, group=group)
        cells = np.array([known[place] for place in wanted], dtype=np.int64)
        scales = np.flatnonzero((model.group == group) & (model.kind == Kind.SCALE))
        return cls(cells, model.parameter[cells], model.left[scales], scales, model.parameter[scales])


def _require_same_answers(samples: Sequence[OrdinalSample]) -> None:
    """Refuse groups in which nobody gave an answer that others gave."""
    for column, answers in enumerate(zip(*(sample.answers for sample in samples), strict=True)):
        everything = np.unique(np.concatenate(answers))
        missing = [np.setdiff1d(everything, own) for own in answers]
        group = int(np.argmax([len(absent) for absent in missing]))
        if len(missing[group]):
            raise AnalysisError(
                "empty_category",
                f"In group {group + 1} nobody gave the answer {missing[group][0]} to the item in column {column + 1}, "
                "which others gave. Join the answer with its neighbour in all groups, or leave the group out.",
                column=column,
                group=group,
                answer=float(missing[group][0]),
            )


@dataclass(frozen=True, eq=False)
class _Fitted:
    """One group's statistics as a model implies them (m,), and their derivatives by the parameters (m, q)."""

    implied: Implied
    scale: Floats
    statistics: Floats
    slopes: Floats

    @property
    def correlation(self) -> Floats:
        """Implied correlations (p, p)."""
        found = self.implied.covariance * np.outer(self.scale, self.scale)
        np.fill_diagonal(found, 1.0)
        return found


def _fitted(
    model: CovarianceModel, sample: OrdinalSample, place: _Place, group: int, values: Floats, *, theta: bool
) -> _Fitted:
    """Evaluate one group."""
    cells = model.by_group[group]
    implied = cells.implied(values)
    directions = cells.directions(implied)
    scale, by_scale = _inverse_deviations(cells, implied, directions) if theta else _scales(model, place, values)
    i, j = sample.pairs
    one, other = directions.one, directions.other
    covariances = directions.weight * (one[i] * other[j] + one[j] * other[i]) @ cells.indicator
    correlations = implied.covariance[i, j] * scale[i] * scale[j]
    thresholds = scale[sample.item] * (values[place.threshold_cells] - implied.means[sample.item])
    own = -(directions.means @ cells.indicator)[sample.item]
    free = place.threshold_parameters != FIXED
    own[np.flatnonzero(free), place.threshold_parameters[free]] += 1.0
    by_threshold = scale[sample.item, None] * own + thresholds[:, None] * by_scale[sample.item]
    by_correlation = (scale[i] * scale[j])[:, None] * covariances + correlations[:, None] * (by_scale[i] + by_scale[j])
    return _Fitted(
        implied,
        scale,
        np.concatenate([thresholds, correlations]),
        np.concatenate([by_threshold, by_correlation]),
    )


def _inverse_deviations(cells: GroupCells, implied: Implied, directions: Directions) -> tuple[Floats, Floats]:
    """Scales (p,) that make latent answers vary by 1, and their relative derivatives by the parameters (p, q)."""
    variances = np.diag(implied.covariance)
    if not (variances > 0).all():
        raise LinAlgError("an implied variance is not positive")
    by_variance = (directions.weight * directions.one * directions.other) @ cells.indicator
    return 1 / np.sqrt(variances), -by_variance / variances[:, None]


def _scales(model: CovarianceModel, place: _Place, values: Floats) -> tuple[Floats, Floats]:
    """Scales (p,) that are parameters, or 1, and their relative derivatives by the parameters (p, q)."""
    scale, relative = np.ones(model.items), np.zeros((model.items, model.parameters))
    scale[place.scale_items] = values[place.scale_cells]
    free = place.scale_parameters != FIXED
    items = place.scale_items[free]
    relative[items, place.scale_parameters[free]] = 1 / scale[items]
    return scale, relative


@dataclass(frozen=True, eq=False)
class WeightedLeastSquares:
    """Estimates by diagonally weighted least squares.

    ``x`` (q,), the parameters; ``iterations``. In the ``delta`` parameterisation residual variances are what the
    scales leave, in ``theta`` scales are what the variances leave: ``values`` holds both.
    """

    model: CovarianceModel
    samples: tuple[OrdinalSample, ...]
    parameterisation: Parameterisation
    x: Floats
    places: tuple[_Place, ...]
    groups: tuple[_Fitted, ...]
    iterations: int

    @classmethod
    def at(
        cls, model: CovarianceModel, samples: Sequence[OrdinalSample], parameterisation: Parameterisation, x: Floats
    ) -> Self:
        """Evaluate a model at parameters.

        Parameters
        ----------
        model : CovarianceModel
        samples : sequence of OrdinalSample
        parameterisation : {"delta", "theta"}
        x : (q,) array

        Returns
        -------
        WeightedLeastSquares

        Raises
        ------
        LinAlgError
            Where an implied variance is not positive.
        """
        places = tuple(_Place.of(model, sample, group) for group, sample in enumerate(samples))
        empty = cls(model, tuple(samples), parameterisation, x, places, (), 0)
        return empty.moved(x)

    def moved(self, x: Floats) -> Self:
        """Evaluate the model at other parameters.

        Parameters
        ----------
        x : (q,) array

        Returns
        -------
        WeightedLeastSquares

        Raises
        ------
        LinAlgError
            As ``at``.
        """
        values, theta = self.model.values(x), self.parameterisation == "theta"
        numbered = enumerate(zip(self.samples, self.places, strict=True))
        groups = (_fitted(self.model, sample, place, g, values, theta=theta) for g, (sample, place) in numbered)
        return replace(self, x=x, groups=tuple(groups))

    @cached_property
    def residuals(self) -> Floats:
        """What the model leaves of all groups' statistics (M,)."""
        pairs = zip(self.samples, self.groups, strict=True)
        return np.concatenate([sample.statistics - fitted.statistics for sample, fitted in pairs])

    @property
    def n(self) -> int:
        """Number of rows in all groups."""
        return sum(sample.n for sample in self.samples)

    @cached_property
    def shares(self) -> Floats:
        """Each group's share of the rows (G,)."""
        return np.array([sample.n for sample in self.samples]) / self.n

    @property
    def chi2(self) -> float:
        """The discrepancy in units of a chi-square, which it is not distributed as: see ``mean_variance_test``."""
        off = zip(self.samples, self.groups, strict=True)
        parts = ((s.n - 1) * s.weight @ (s.statistics - fitted.statistics) ** 2 for s, fitted in off)
        return float(sum(parts))

    @property
    def dof(self) -> int:
        """Statistics less parameters."""
        return sum(len(sample.statistics) for sample in self.samples) - self.model.parameters

    @cached_property
    def values(self) -> Floats:
        """Values of all cells (c,)."""
        return self.values_at(self.x)

    def values_at(self, x: Floats) -> Floats:
        """Values of all cells (c,) at other parameters, real or complex, those that follow from others included.

        Parameters
        ----------
        x : (q,) array
            Real or complex.

        Returns
        -------
        (c,) array
        """
        model = self.model
        values = np.array(model.values(x))
        for group, cells in enumerate(model.by_group):
            here = model.group == group
            variances = np.diag(cells.implied(values).covariance)
            scales, residuals = here & (model.kind == Kind.SCALE), here & model.residual_cells
            if self.parameterisation == "theta":
                values[scales] = 1 / np.sqrt(variances[model.left[scales]])
                continue
            scale = np.ones(model.items, dtype=values.dtype)
            scale[model.left[scales]] = values[scales]
            item = model.left[residuals]
            values[residuals] += 1 / scale[item] ** 2 - variances[item]
        return values

    @cached_property
    def slopes(self) -> Floats:
        """Derivatives of all groups' statistics by the parameters (M, q)."""
        return np.concatenate([fitted.slopes for fitted in self.groups])

    @cached_property
    def weight(self) -> Floats:
        """Weight of every statistic of all groups (M,)."""
        pairs = zip(self.shares, self.samples, strict=True)
        return np.concatenate([share * sample.weight for share, sample in pairs])

    @cached_property
    def inverse_information(self) -> Floats:
        """Inverse of the information per row that the weights promise (q, q)."""
        return np.asarray(np.linalg.inv(self.slopes.T @ (self.weight[:, None] * self.slopes)))

    @cached_property
    def spread_times(self) -> Floats:
        """Sampling covariance of all groups' statistics times n (M, M)."""
        pairs = zip(self.shares, self.samples, strict=True)
        return np.asarray(block_diag(*(sample.spread / share for share, sample in pairs)))

    @cached_property
    def covariance(self) -> Floats:
        """Covariances of the estimates (q, q), whatever the weights promise."""
        pull = (self.weight[:, None] * self.slopes) @ self.inverse_information
        # as lavaan does: G groups of n rows in all count as n - G
        return np.asarray(pull.T @ self.spread_times @ pull / (self.n - len(self.samples)))

    @cached_property
    def residual_spread(self) -> Floats:
        """The matrix (M, M) whose trace is the chi-square's mean, and whose square's trace is half its variance."""
        weighed = self.weight[:, None] * self.spread_times
        pulled = self.slopes @ (self.inverse_information @ (self.slopes.T @ weighed))
        return np.asarray(weighed - self.weight[:, None] * pulled)


def fit_wls(
    model: CovarianceModel,
    samples: Sequence[OrdinalSample],
    *,
    parameterisation: Parameterisation = "delta",
    start: Floats | None = None,
) -> WeightedLeastSquares:
    """Estimate a covariance model of ordinal items.

    Parameters
    ----------
    model : CovarianceModel
        With a threshold cell for each threshold; in the delta parameterisation scale cells where scales are not 1
        and no free residual variances.
    samples : sequence of G OrdinalSample
    parameterisation : {"delta", "theta"}
        Whether latent answers have variance 1 (their scale's inverse square), or their residuals have.
    start : (q,) array, optional

    Returns
    -------
    WeightedLeastSquares

    Raises
    ------
    AnalysisError
        ``not_identified``, ``no_convergence``, ``empty_category``, ``thresholds_differ``.

    References
    ----------
    Muthén (1984), doi:10.1007/BF02294210; Muthén, du Toit & Spisic (1997), robust inference using weighted least
    squares and quadratic estimating equations

    Notes
    -----
    Equals ``lavaan::cfa(ordered = , estimator = "WLSMV")``: estimates to 1e-4
    (where lavaan stops), errors to 1e-4 of themselves.
    """
    _require_same_answers(samples)
    if start is None:
        start = _start(model, samples)
    at = WeightedLeastSquares.at(model, samples, parameterisation, start)
    if at.dof < 0:
        message = f"The model has {-at.dof} more parameters than there are thresholds and correlations. Fix some."
        raise AnalysisError("not_identified", message, dof=at.dof)
    for iteration in range(MOST_ITERATIONS):
        better, gain = _better(at)
        if gain < CLOSE_ENOUGH:
            at = replace(better or at, iterations=iteration + 1)
            require_identified(at.slopes.T @ (at.weight[:, None] * at.slopes))
            return at
        if better is None:
            break
        at = better
    raise AnalysisError(
        "no_convergence",
        "No parameters could be found that fit the thresholds and correlations best. Simplify the model, join sparse "
        "categories, or collect more answers.",
        iterations=iteration + 1,
        gain=float(gain),
    )


def _start(model: CovarianceModel, samples: Sequence[OrdinalSample]) -> Floats:
    """Values to start from: thresholds as they are, the rest as for any other covariances."""
    value = model.value.copy()
    for group, sample in enumerate(samples):
        place = _Place.of(model, sample, group)
        chosen = np.isnan(value[place.threshold_cells])
        value[place.threshold_cells[chosen]] = sample.thresholds[chosen]
    covariances = [sample.correlation for sample in samples]
    return starting_values(replace(model, value=value), covariances, [np.zeros(model.items)] * len(samples))


def _better(at: WeightedLeastSquares) -> tuple[WeightedLeastSquares | None, float]:
    """Take a Gauss-Newton step, damped as much as it must be to gain; and what the undamped step would gain."""
    weighed = at.weight[:, None] * at.slopes
    slope, information = weighed.T @ at.residuals, weighed.T @ at.slopes
    value, first = float(at.weight @ at.residuals**2), np.inf
    for damping in DAMPINGS:
        step = _solved(information + damping * np.diag(np.diag(information)), slope)
        gain = float(step @ slope)
        first = first if damping else gain
        try:
            new = at.moved(at.x + step)
        except LinAlgError:
            continue
        if float(at.weight @ new.residuals**2) <= value - 1e-4 * gain + ROUNDING * max(1.0, value):
            return new, first
    return None, first


def _solved(information: Floats, slope: Floats) -> Floats:
    """Solve for a step, the shortest where some parameters cannot be told apart (as may be at the start)."""
    try:
        return np.asarray(cho_solve(cho_factor(information), slope))
    except LinAlgError:
        return np.asarray(np.linalg.lstsq(information, slope, rcond=1e-8)[0])
