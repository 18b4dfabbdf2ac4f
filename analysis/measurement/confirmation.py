"""A confirmatory factor model of the items, with errors, fit and modification indices as lavaan reports them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pydantic.dataclasses import dataclass

from analysis.errors import AnalysisError
from analysis.measurement.answers import Answers, whole_numbers
from analysis.measurement.parameters import (
    Confirmed,
    FitOfModel,
    Parameter,
    ScoreTest,
    describe_fit,
    list_parameters,
    name_tests,
)
from analysis.measurement.plan import Estimator, FactorModel, MeasurementPlan, Parameterisation
from analysis.measurement.tables import SHAPE, Number, frame_of, known
from analysis.numeric.arrays import Floats, Integers
from analysis.numeric.covariance import CovarianceModel, factor_model, with_means
from analysis.numeric.covariance_fit import model_fit
from analysis.numeric.covariance_ml import MaximumLikelihood, NormalSample, fit_ml
from analysis.numeric.covariance_ordinal import OrdinalSample, fit_wls, ordinal_model
from analysis.numeric.covariance_ordinal_fit import ordinal_fit
from analysis.numeric.covariance_robust import Rows, Unrestricted, robust_fit
from analysis.numeric.covariance_score import modification_indices
from analysis.numeric.covariance_scores import factor_scores

MOST_INDICES = 30


@dataclass(frozen=True, config=SHAPE)
class ConfirmationSection:
    """A confirmatory factor analysis. ``errors`` says what errors hold against: normal, robust, clustered."""

    estimator: Estimator
    errors: str
    n: int
    clusters: int
    iterations: int
    parameters: tuple[Parameter, ...]
    fit: FitOfModel
    modification: tuple[ScoreTest, ...]
    scores: tuple[tuple[Number, ...], ...] | None

    def to_frame(self) -> pd.DataFrame:
        """One row per parameter.

        Returns
        -------
        DataFrame
        """
        return frame_of(self.parameters)


def covariance_model(model: FactorModel, *, scaling: str | None = None) -> CovarianceModel:
    """Turn a factor model as people write it into cells, for one group and without means.

    Parameters
    ----------
    model : FactorModel
    scaling : {"marker", "unit"}, optional
        Instead of the model's own.

    Returns
    -------
    CovarianceModel
    """
    items, factors = model.items, list(model.factors)
    pattern = np.array([[item in model.factors[factor] for factor in factors] for item in items])
    if model.bifactor:
        pattern = np.column_stack([np.ones(len(items), dtype=bool), pattern])
    higher = np.array([[factor in loaded for loaded in model.second_order.values()] for factor in factors])
    chosen = scaling or model.scaling or ("unit" if model.bifactor else "marker")
    return factor_model(
        pattern,
        higher=higher if model.second_order else None,
        scaling="unit" if chosen == "unit" else "marker",
        orthogonal=model.orthogonal or model.bifactor is not None,
        residual_pairs=[(items.index(one), items.index(other)) for one, other in model.residuals],
    )


def confirm(answers: Answers, plan: MeasurementPlan, model: FactorModel) -> ConfirmationSection:
    """Estimate a confirmatory factor model on all rows together.

    Parameters
    ----------
    answers : Answers
        Rows of one person depend on each other: with persons, errors are clustered (ML becomes MLR, and means are part
        of the model). With weights ML becomes MLR, too; FIML and WLSMV do not use them.
    plan : MeasurementPlan
    model : FactorModel

    Returns
    -------
    ConfirmationSection

    Raises
    ------
    AnalysisError
        ``group_too_small``, ``constant_item``, ``collinear_items``, ``not_identified``, ``no_convergence``,
        ``fractional_code``.
    """
    estimator = effective_estimator(answers, plan, model)
    x, person, kept = usable_rows(answers, model, estimator)
    if estimator == "WLSMV":
        found: Confirmed = _weighted(covariance_model(model), x, person, model.parameterisation)
    else:
        found = _likely(covariance_model(model), x, person, _weights(answers, kept, estimator), estimator)
    scored = isinstance(found.estimate, MaximumLikelihood) and plan.rows
    return ConfirmationSection(
        estimator=estimator,
        errors="clustered by person"
        if person is not None
        else "normal"
        if found.robust is None and estimator != "WLSMV"
        else "robust",
        n=len(x),
        clusters=len(x) if person is None else int(person.max()) + 1,
        iterations=found.estimate.iterations,
        parameters=list_parameters(found, model, ("",)),
        fit=describe_fit(found.fit),
        modification=name_tests(modification_indices(found.estimate), model, ("",))[:MOST_INDICES],
        scores=_scores(found.estimate, x, kept) if scored and isinstance(found.estimate, MaximumLikelihood) else None,
    )


def effective_estimator(
    answers: Answers, plan: MeasurementPlan, model: FactorModel, *, weighted: bool = True
) -> Estimator:
    """Give the estimator that is used: ordinal where asked for, robust where rows are nested in persons or weighted.

    Parameters
    ----------
    answers : Answers
    plan : MeasurementPlan
    model : FactorModel
    weighted : bool
        Whether weights are used where there are some.

    Returns
    -------
    str
    """
    if plan.ordered or model.estimator == "WLSMV":
        return "WLSMV"
    if answers.person is None and (answers.weights is None or not weighted):
        return model.estimator
    return "FIML_MLR" if model.estimator.startswith("FIML") else "MLR"


def usable_rows(answers: Answers, model: FactorModel, estimator: Estimator) -> tuple[Floats, Integers | None, Integers]:
    """Pick the model's items and the rows that the estimator can use.

    Parameters
    ----------
    answers : Answers
    model : FactorModel
    estimator : str

    Returns
    -------
    x : (m, p) array
    person : (m,) array of int or None
        Numbered from 0.
    kept : (m,) array of int
        Their rows.

    Raises
    ------
    AnalysisError
        ``fractional_code``, ``group_too_small``.
    """
    x = answers.columns(model.items)
    if estimator == "WLSMV" and not whole_numbers(x):
        message = "Ordinal models need whole numbers as answers. Recode the items, or estimate with ML or MLR."
        raise AnalysisError("fractional_code", message)
    missing = np.isnan(x)
    left_out = missing.all(1) if estimator.startswith("FIML") else missing.any(1)
    kept = np.flatnonzero(~left_out)
    if len(kept) <= x.shape[1]:
        message = f"{len(kept)} rows can be used for a model of {x.shape[1]} items, more than {x.shape[1]} are needed."
        raise AnalysisError("group_too_small", f"{message} Collect more answers.", rows=len(kept), items=x.shape[1])
    person = None if answers.person is None else np.unique(answers.person[kept], return_inverse=True)[1]
    return x[kept], person, kept


def _weights(answers: Answers, kept: Integers, estimator: Estimator) -> Floats | None:
    """Weights of the rows that are used, 1 on average; full information and ordinal estimates do without."""
    if answers.weights is None or estimator != "MLR":
        return None
    weights = answers.weights[kept]
    return np.asarray(weights / weights.mean())


def _likely(
    cells: CovarianceModel, x: Floats, person: Integers | None, weights: Floats | None, estimator: Estimator
) -> Confirmed:
    """Estimate by maximum likelihood; incomplete rows need means, and rows of persons have them as in lavaan."""
    incomplete, robust = estimator.startswith("FIML"), estimator.endswith("MLR")
    cells = with_means(cells) if incomplete or person is not None else cells
    sample = NormalSample.of(x) if weights is None else _weighted_sample(x, weights)
    estimate = fit_ml(cells, (sample,), information="observed" if robust or incomplete else None)
    rows = Rows((x,), None if person is None else (person,), None if weights is None else (weights,))
    data = Unrestricted((sample,), rows, cells.has_means)
    of_rows = robust_fit(estimate, data) if robust else None
    return Confirmed(estimate, model_fit(estimate, data, of_rows), of_rows)


def _weighted_sample(x: Floats, weights: Floats) -> NormalSample:
    """Weighted moments of complete rows; every row counts as one row."""
    return NormalSample.from_moments(np.cov(x.T, aweights=weights, ddof=0), weights @ x / len(x), len(x))


def _weighted(
    cells: CovarianceModel, x: Floats, person: Integers | None, parameterisation: Parameterisation
) -> Confirmed:
    """Estimate by weighted least squares."""
    sample = OrdinalSample.of(x, person)
    model = ordinal_model(cells, np.bincount(sample.item, minlength=x.shape[1]).tolist(), parameterisation)
    estimate = fit_wls(model, (sample,), parameterisation=parameterisation)
    return Confirmed(estimate, ordinal_fit(estimate), None)


def _scores(estimate: MaximumLikelihood, x: Floats, kept: Integers) -> tuple[tuple[Number, ...], ...]:
    """Regression scores of the rows that were used, each after its row's number from 1."""
    scores = factor_scores(estimate, [x])[0]
    return tuple(
        (float(row + 1), *(known(value) for value in values)) for row, values in zip(kept, scores, strict=True)
    )
