"""Scores on the factors of a confirmatory model: lavaan's, and what each method promises."""

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.numeric.covariance import factor_model
from analysis.numeric.covariance_ml import NormalSample, fit_ml
from analysis.numeric.covariance_scores import factor_scores
from tests.analysis.numeric.parameter_table import Fit, Table

FITS = [
    Fit("hs1939", "cfa", ("ML",)),
    Fit("bfi25", "cfa", ("ML",)),
    Fit("sim4c", "cfa_clean", ("ML",), clean=True),
    Fit("polidem", "cfa", ("ML",)),
]


@pytest.mark.parametrize("fit", FITS, ids=str)
@pytest.mark.parametrize("method", ["regression", "bartlett"])
def test_scores_equal_lavaan(case, fit, method):
    expected = fit.results(case)
    table = Table(expected["parameters"])
    rows = fit.rows(case, table, expected)
    estimate = fit_ml(table.model, [NormalSample.of(x) for x in rows])
    theirs = case(fit.name).results(fit.family)["ML"][f"scores_{method}_first100"]
    (scores,) = factor_scores(estimate, rows, method=method)
    np.testing.assert_allclose(scores[: len(theirs)], theirs, atol=1e-3)
    assert np.corrcoef(scores[: len(theirs), 0], theirs[:, 0])[0, 1] > 0.99999


def simulated(rng, n=2000):
    """Rows of two correlated factors with means, the factors and the model."""
    factors = rng.multivariate_normal([1, -1], [[1, 0.5], [0.5, 1]], size=n)
    loadings = np.kron(np.eye(2), np.array([[1.0], [0.8], [0.6], [0.7]]))
    model = factor_model(loadings > 0, means=True)
    return factors @ loadings.T + 0.6 * rng.normal(size=(n, 8)), factors, model


def slope(one, other):
    """Slope of the regression of each column on the same column."""
    return [np.cov(a, b)[0, 1] / a.var(ddof=1) for a, b in zip(one.T, other.T, strict=True)]


def test_each_method_keeps_its_promise_also_where_answers_are_missing():
    rng = np.random.default_rng(1)
    x, factors, model = simulated(rng, 8000)
    x[rng.random(x.shape) < 0.25] = np.nan
    known = (~np.isnan(x[:, :4])).any(1) & (~np.isnan(x[:, 4:])).any(1)
    estimate = fit_ml(model, [NormalSample.of(x[known])])
    best, unbiased = (factor_scores(estimate, [x[known]], method=m)[0] for m in ("regression", "bartlett"))
    np.testing.assert_allclose(slope(factors[known], unbiased), 1, atol=0.06)
    np.testing.assert_allclose(slope(best, factors[known]), 1, atol=0.06)
    assert ((best - factors[known] + [1, -1]) ** 2).mean() < ((unbiased - factors[known] + [1, -1]) ** 2).mean()


def test_rows_without_answers_have_no_scores_and_factors_without_answers_no_bartlett_scores():
    x, _, model = simulated(np.random.default_rng(2), 300)
    estimate = fit_ml(model, [NormalSample.of(x)])
    empty = np.vstack([x[:2], np.full((1, 8), np.nan)])
    (scores,) = factor_scores(estimate, [empty])
    assert np.isnan(scores).all(1).tolist() == [False, False, True]
    with pytest.raises(AnalysisError) as refused:
        factor_scores(estimate, [np.where(np.arange(8) < 4, x, np.nan)], method="bartlett")
    assert refused.value.code == "undetermined_scores"
