"""What a model would gain from single changes: modification indices and tests of equalities; it changes no model."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from analysis.numeric.arrays import Booleans, Floats, Integers
from analysis.numeric.covariance import FIXED, Cell, CovarianceModel, Kind
from analysis.numeric.covariance_ml import Likelihood, MaximumLikelihood
from analysis.numeric.covariance_ordinal import WeightedLeastSquares
from analysis.numeric.covariance_standard import standardising_factors

_NOTHING_NEW = 1e-10


@dataclass(frozen=True, eq=False)
class ScoreTests:
    """Tests of m cells that could be free, each by itself.

    ``model`` holds the cells, ``cell`` (m,) their numbers in it; ``statistic`` (m,) is the expected drop of the
    chi-square, with one degree of freedom; ``change`` (m,) the expected change of the cell, ``standardised_change``
    the same in standard deviations. NaN where freeing a cell would only say the same in other words.
    """

    model: CovarianceModel
    cell: Integers
    statistic: Floats
    change: Floats
    standardised_change: Floats

    @property
    def p_value(self) -> Floats:
        """Chance of a statistic as large when the cell is right as it is (m,)."""
        return np.asarray(special.chdtrc(1, self.statistic))


def modification_indices(estimate: MaximumLikelihood | WeightedLeastSquares) -> ScoreTests:
    """Test every loading, residual covariance and factor covariance that the model leaves out.

    Parameters
    ----------
    estimate : MaximumLikelihood or WeightedLeastSquares

    Returns
    -------
    ScoreTests
        In order of the statistic, largest first. By weighted least squares it is the drop of the discrepancy,
        which is not distributed as a chi-square: compare statistics with each other.

    References
    ----------
    Sörbom (1989), doi:10.1007/BF02294623

    Notes
    -----
    Equals ``lavaan::modindices`` to 1e-3 of the statistic.
    """
    model = estimate.model.with_cells(list(_left_out(estimate.model)))
    model = model.fixed(np.arange(len(model.kind)) >= len(estimate.model.kind), 0.0)
    related = (model.kind == Kind.PATH) | ((model.kind == Kind.COVARIANCE) & (model.left != model.right))
    tests = _tests(estimate, model, related & (model.parameter == FIXED) & (model.value == 0))
    order = np.argsort(-np.nan_to_num(tests.statistic, nan=-1.0), kind="stable")
    chosen = {name: getattr(tests, name)[order] for name in ("cell", "statistic", "change", "standardised_change")}
    return replace(tests, **chosen)


def equality_tests(estimate: MaximumLikelihood) -> ScoreTests:
    """Test for every cell that is equal to one of an earlier group whether it had better be free.

    Parameters
    ----------
    estimate : MaximumLikelihood

    Returns
    -------
    ScoreTests
        In order of the cells.

    Notes
    -----
    Equals the univariate tests of ``lavaan::lavTestScore`` to 1e-3 of the statistic.
    """
    model = estimate.model
    _, first = np.unique(model.parameter, return_index=True)
    repeated = model.parameter != FIXED
    repeated[first] = False
    return _tests(estimate, model, repeated)


def cell_tests(estimate: MaximumLikelihood | WeightedLeastSquares, chosen: Booleans) -> ScoreTests:
    """Test for each of some cells that are fixed, or equal to others, whether it had better be free.

    Parameters
    ----------
    estimate : MaximumLikelihood or WeightedLeastSquares
        Of weighted least squares statistics are no chi-squares, but can be compared with each other.
    chosen : (c,) array of bool

    Returns
    -------
    ScoreTests
        In order of the cells.
    """
    return _tests(estimate, estimate.model, chosen)


def _left_out(model: CovarianceModel) -> Iterator[Cell]:
    """Cells that no group has: loadings, residual covariances, covariances of factors that nothing explains."""
    known = set(zip(model.kind.tolist(), model.left.tolist(), model.right.tolist(), strict=True))
    p, v = model.items, model.items + model.factors
    explained = {left for kind, left, _ in known if kind == Kind.PATH}
    apart = [factor for factor in range(p, v) if factor not in explained]
    pairs = [(Kind.PATH, item, factor) for factor in range(p, v) for item in range(p)]
    pairs += [(Kind.COVARIANCE, one, other) for one in range(p) for other in range(one)]
    pairs += [(Kind.COVARIANCE, one, other) for i, one in enumerate(apart) for other in apart[:i]]
    for kind, left, right in pairs:
        if (kind, left, right) not in known and (kind, right, left) not in known:
            yield kind, left, right, True, 0.0


def _tests(estimate: MaximumLikelihood | WeightedLeastSquares, model: CovarianceModel, chosen: Booleans) -> ScoreTests:
    """Test chosen cells of a model that is, with them, what was estimated."""
    wider = model.freed(chosen)
    values = model.values(estimate.x)
    x = np.zeros(wider.parameters)
    free = wider.parameter != FIXED
    x[wider.parameter[free]] = values[free]
    slope, information = _slope_and_information(estimate, wider, x)
    # what moved together before the change: parameters of the wider model by those of the estimated one
    before = np.zeros((wider.parameters, model.parameters))
    together = free & (model.parameter != FIXED)
    before[wider.parameter[together], model.parameter[together]] = 1.0
    new = wider.parameter[chosen]
    crossed = information[new] @ before
    known = np.linalg.solve(before.T @ information @ before, crossed.T)
    alone = np.diag(information)[new]
    left_over = alone - (crossed * known.T).sum(1)
    left_over = np.where(left_over > _NOTHING_NEW * alone, left_over, np.nan)
    change = -slope[new] / left_over
    statistic = estimate.n * slope[new] ** 2 / left_over
    with np.errstate(invalid="ignore"):
        factor = standardising_factors(model, _all_values(estimate, values))[chosen]
    return ScoreTests(model, np.flatnonzero(chosen), statistic, change, change * factor)


def _slope_and_information(
    estimate: MaximumLikelihood | WeightedLeastSquares, wider: CovarianceModel, x: Floats
) -> tuple[Floats, Floats]:
    """Derivatives (q,) of half of what was minimised, per row, by a wider model's parameters, and information."""
    if isinstance(estimate, MaximumLikelihood):
        at = Likelihood.at(wider, estimate.samples, x)
        return at.slope, at.curvature("expected")
    there = WeightedLeastSquares.at(wider, estimate.samples, estimate.parameterisation, x)
    # as lavaan does: in the slope, but not in the information, a group of n rows counts as n - 1
    rows = np.concatenate([np.full(len(sample.statistics), 1 - 1 / sample.n) for sample in estimate.samples])
    slope = -there.slopes.T @ (there.weight * rows * there.residuals)
    return slope, there.slopes.T @ (there.weight[:, None] * there.slopes)


def _all_values(estimate: MaximumLikelihood | WeightedLeastSquares, values: Floats) -> Floats:
    """Values of all cells of a model that begins with the estimated one's, derived residual variances included."""
    if isinstance(estimate, WeightedLeastSquares):
        values = values.copy()
        values[: len(estimate.values)] = estimate.values
    return values
