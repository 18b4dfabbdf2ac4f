"""A confirmatory factor model by maximum likelihood from sums of complete rows; it has no robust errors."""

from __future__ import annotations

from analysis.errors import AnalysisError
from analysis.measurement.confirmation import MOST_INDICES, ConfirmationSection, covariance_model
from analysis.measurement.parameters import Confirmed, describe_fit, list_parameters, name_tests
from analysis.measurement.plan import FactorModel, MeasurementPlan
from analysis.measurement.pool import Pool
from analysis.numeric.covariance_fit import model_fit
from analysis.numeric.covariance_ml import NormalSample, fit_ml
from analysis.numeric.covariance_robust import Unrestricted
from analysis.numeric.covariance_score import modification_indices


def confirm_pool(pool: Pool, plan: MeasurementPlan, model: FactorModel) -> ConfirmationSection:
    """Estimate a confirmatory factor model from the moments of complete rows.

    Parameters
    ----------
    pool : Pool
        Every row answered every item of the model.
    plan : MeasurementPlan
    model : FactorModel
        Estimated by ML.

    Returns
    -------
    ConfirmationSection

    Raises
    ------
    AnalysisError
        ``rows_needed`` for other estimators, rows of persons, and incomplete rows; as ``confirmation.confirm``.

    Notes
    -----
    Equals ``lavaan::cfa(sample.cov = , sample.nobs = )`` as ``confirmation.confirm`` equals ``lavaan::cfa``.
    """
    own = pool.part(model.items)
    _require_sums_suffice(own, plan, model)
    n = own.moments.rows
    sample = NormalSample.from_moments(own.moments.covariance() * (1 - 1 / n), own.moments.means, n)
    estimate = fit_ml(covariance_model(model), (sample,))
    found = Confirmed(estimate, model_fit(estimate, Unrestricted((sample,), None, means=False)), None)
    return ConfirmationSection(
        estimator="ML",
        errors="normal",
        n=n,
        clusters=n,
        iterations=estimate.iterations,
        parameters=list_parameters(found, model, ("",)),
        fit=describe_fit(found.fit),
        modification=name_tests(modification_indices(estimate), model, ("",))[:MOST_INDICES],
        scores=None,
    )


def _require_sums_suffice(own: Pool, plan: MeasurementPlan, model: FactorModel) -> None:
    """Refuse what needs rows, and say which option does without."""
    if model.estimator != "ML" or plan.ordered:
        reason = "Robust, ordinal and incomplete-data estimates look at every row: take estimator ML"
    elif own.persons is not None or own.weighted:
        reason = "Errors clustered by person, and weights, look at every row: leave out persons and weights"
    elif int(own.moments.n_pairwise.min()) < own.used:
        reason = "Answers are missing: leave out rows with missing answers (listwise)"
    else:
        return
    raise AnalysisError("rows_needed", f"{reason}, or measure the table as a whole.")
