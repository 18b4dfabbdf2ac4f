"""Parameters, tests and fit of an estimated covariance model under their names; it estimates nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from pydantic.dataclasses import dataclass
from scipy import stats

from analysis.measurement.plan import FactorModel
from analysis.measurement.tables import SHAPE, Number, known, same_fields
from analysis.numeric.arrays import Floats
from analysis.numeric.covariance import FIXED, CovarianceModel, Kind
from analysis.numeric.covariance_fit import ModelFit
from analysis.numeric.covariance_ml import MaximumLikelihood
from analysis.numeric.covariance_ordinal import WeightedLeastSquares
from analysis.numeric.covariance_robust import RobustFit
from analysis.numeric.covariance_score import ScoreTests
from analysis.numeric.covariance_standard import cell_errors, standardised_errors, standardising_factors
from analysis.numeric.fit_indices import FitIndices

_OPERATORS = {Kind.PATH: "=~", Kind.COVARIANCE: "~~", Kind.MEAN: "~1", Kind.THRESHOLD: "|", Kind.SCALE: "~*~"}


@dataclass(frozen=True, config=SHAPE)
class Parameter:
    """One parameter, named as lavaan does: ``left`` ``op`` ``right``.

    Operators: ``=~`` loading, ``~~`` (co)variance, ``~1`` intercept or mean, ``|`` threshold, ``~*~`` scale.
    ``equal`` numbers parameters that are the same; ``std_all`` and ``std_lv`` as in lavaan, ``std_error`` of
    ``std_all``. Fixed parameters have no error.
    """

    left: str
    op: str
    right: str
    group: str
    free: bool
    equal: int
    estimate: Number
    error: Number
    z: Number
    p_value: Number
    std_lv: Number
    std_all: Number
    std_error: Number


@dataclass(frozen=True, config=SHAPE)
class Indices:
    """One set of fit indices; ``rmsea_low`` and ``rmsea_high`` bound 90 %, ``p_close`` is for RMSEA at most .05."""

    chi2: Number
    dof: Number
    p_value: Number
    baseline_chi2: Number
    baseline_dof: Number
    cfi: Number
    tli: Number
    rmsea: Number
    rmsea_low: Number
    rmsea_high: Number
    p_close: Number


@dataclass(frozen=True, config=SHAPE)
class FitOfModel:
    """Fit as ``lavaan::fitMeasures`` reports it: standard, ``.scaled`` and ``.robust``.

    ``scaling`` is ``chisq.scaling.factor``; log-likelihoods and criteria exist for maximum likelihood only.
    """

    n: int
    parameters: int
    standard: Indices
    scaled: Indices | None
    robust: Indices | None
    scaling: Number
    baseline_scaling: Number
    srmr: Number
    log_likelihood: Number
    saturated_log_likelihood: Number
    aic: Number
    bic: Number
    adjusted_bic: Number


@dataclass(frozen=True, config=SHAPE)
class ScoreTest:
    """What freeing one parameter would gain: ``statistic`` with 1 degree of freedom, and its expected change."""

    left: str
    op: str
    right: str
    group: str
    statistic: Number
    p_value: Number
    change: Number
    standardised_change: Number


@dataclasses.dataclass(frozen=True, eq=False)
class Confirmed:
    """An estimated model as arrays."""

    estimate: MaximumLikelihood | WeightedLeastSquares
    fit: ModelFit
    robust: RobustFit | None

    @property
    def covariance(self) -> Floats:
        """Covariances of the estimates (q, q), robust where they are."""
        return self.estimate.covariance if self.robust is None else self.robust.covariance


def list_parameters(found: Confirmed, model: FactorModel, groups: Sequence[str]) -> tuple[Parameter, ...]:
    """Name every cell of an estimated model.

    Parameters
    ----------
    found : Confirmed
    model : FactorModel
    groups : sequence of str
        Names of the groups; one empty name for a single group.

    Returns
    -------
    tuple of Parameter
        Loadings with the factor on the left, as lavaan writes them.
    """
    cells, estimate = found.estimate.model, found.estimate
    values = _values(estimate)
    errors = cell_errors(cells, found.covariance)
    with np.errstate(invalid="ignore"):
        by_all, by_factors = (values * standardising_factors(cells, values, how) for how in ("all", "factors"))
    std_errors = _standard_errors(found)
    rows = []
    for c, (left, op, right) in enumerate(_names(cells, model)):
        free = bool(cells.parameter[c] != FIXED)
        z = values[c] / errors[c] if errors[c] > 0 else np.nan
        rows.append(
            Parameter(
                left=left,
                op=op,
                right=right,
                group=groups[int(cells.group[c])],
                free=free,
                equal=int(cells.parameter[c]) + 1,
                estimate=known(values[c]),
                error=known(errors[c]) if free else None,
                z=known(z),
                p_value=known(2 * stats.norm.sf(abs(z))),
                std_lv=known(by_factors[c]),
                std_all=known(by_all[c]),
                std_error=known(std_errors[c]),
            )
        )
    return tuple(rows)


def name_tests(found: ScoreTests, model: FactorModel, groups: Sequence[str]) -> tuple[ScoreTest, ...]:
    """Name the cells of score tests.

    Parameters
    ----------
    found : ScoreTests
    model : FactorModel
    groups : sequence of str

    Returns
    -------
    tuple of ScoreTest
        Those that say something new.
    """
    names = _names(found.model, model)
    tests = zip(found.cell, found.statistic, found.p_value, found.change, found.standardised_change, strict=True)
    return tuple(
        ScoreTest(
            left=names[cell][0],
            op=names[cell][1],
            right=names[cell][2],
            group=groups[int(found.model.group[cell])],
            statistic=known(statistic),
            p_value=known(p),
            change=known(change),
            standardised_change=known(standard),
        )
        for cell, statistic, p, change, standard in tests
        if np.isfinite(statistic)
    )


def describe_fit(fit: ModelFit) -> FitOfModel:
    """Put a fit into the section's words.

    Parameters
    ----------
    fit : ModelFit

    Returns
    -------
    FitOfModel
    """
    return FitOfModel(
        n=fit.n,
        parameters=fit.parameters,
        standard=_indices(fit.standard),
        scaled=None if fit.scaled is None else _indices(fit.scaled),
        robust=None if fit.robust is None else _indices(fit.robust),
        scaling=known(fit.scaling),
        baseline_scaling=known(fit.baseline_scaling),
        srmr=known(fit.srmr),
        log_likelihood=known(fit.log_likelihood),
        saturated_log_likelihood=known(fit.saturated_log_likelihood),
        aic=known(fit.aic),
        bic=known(fit.bic),
        adjusted_bic=known(fit.adjusted_bic),
    )


def cell_name(kind: Kind, left: int, right: int, variables: Sequence[str]) -> tuple[str, str, str]:
    """Name a cell of a covariance model as lavaan does.

    Parameters
    ----------
    kind : Kind
    left, right : int
        Where it stands.
    variables : sequence of str
        Items, then factors.

    Returns
    -------
    tuple of str
        Left side, operator, right side.
    """
    ends = variables[left], _OPERATORS[kind]
    if kind == Kind.PATH:
        return variables[right], _OPERATORS[kind], variables[left]
    if kind == Kind.THRESHOLD:
        return *ends, f"t{right + 1}"
    if kind == Kind.COVARIANCE:
        return variables[min(left, right)], _OPERATORS[kind], variables[max(left, right)]
    return *ends, "" if kind == Kind.MEAN else variables[right]


def _indices(found: FitIndices) -> Indices:
    """One set of indices."""
    return Indices(**{name: known(value) for name, value in same_fields(found).items()})


def _names(cells: CovarianceModel, model: FactorModel) -> list[tuple[str, str, str]]:
    """Left side, operator and right side of each cell."""
    variables = (*model.items, *model.factor_names)
    places = zip(cells.kind, cells.left, cells.right, strict=True)
    return [cell_name(Kind(kind), int(left), int(right), variables) for kind, left, right in places]


def _values(estimate: MaximumLikelihood | WeightedLeastSquares) -> Floats:
    """Value of every cell (c,); weighted least squares works some out from others."""
    if isinstance(estimate, WeightedLeastSquares):
        return estimate.values
    return estimate.model.values(estimate.x)


def _standard_errors(found: Confirmed) -> Floats:
    """Errors of the standardised solution."""
    estimate = found.estimate
    values_at = estimate.values_at if isinstance(estimate, WeightedLeastSquares) else None
    with np.errstate(invalid="ignore"):
        return standardised_errors(estimate.model, estimate.x, found.covariance, values_at=values_at)
