"""Covariance models: every fit of lavaan's that is on file, exact derivatives, planted truths, and named refusals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime

from analysis.errors import AnalysisError
from analysis.numeric.covariance import Kind, factor_model
from analysis.numeric.covariance_fit import model_fit
from analysis.numeric.covariance_ml import Likelihood, NormalSample, degrees_of_freedom, fit_ml
from analysis.numeric.covariance_robust import Rows, Unrestricted, robust_fit
from analysis.numeric.covariance_score import equality_tests, modification_indices
from analysis.numeric.covariance_standard import cell_errors, standardised, standardised_errors
from tests.analysis.numeric.parameter_table import Fit, Table

LEVELS = ["configural", "metric", "scalar", "strict", "means", "partial_scalar"]
INDICES = {
    "chi2": "chisq",
    "dof": "df",
    "p_value": "pvalue",
    "baseline_chi2": "baseline.chisq",
    "baseline_dof": "baseline.df",
    "cfi": "cfi",
    "tli": "tli",
    "rmsea": "rmsea",
    "rmsea_low": "rmsea.ci.lower",
    "rmsea_high": "rmsea.ci.upper",
    "p_close": "rmsea.pvalue",
}
CRITERIA = {
    "srmr": "srmr",
    "log_likelihood": "logl",
    "saturated_log_likelihood": "unrestricted.logl",
    "aic": "aic",
    "bic": "bic",
    "adjusted_bic": "bic2",
    "n": "ntotal",
    "parameters": "npar",
}
COMPLETE = [
    *[Fit("hs1939", "cfa", (kind,)) for kind in ("ML", "MLR", "ML_stdlv")],
    *[Fit("bfi25", "cfa", (kind,)) for kind in ("ML", "MLR", "ML_stdlv")],
    *[Fit("polidem", "cfa", (kind,)) for kind in ("ML", "MLR", "ML_stdlv")],
    *[Fit("conspiracy15", family, (kind,), listwise=15) for family in ("cfa_1f", "cfa_5f") for kind in ("ML", "MLR")],
    Fit("conspiracy15", "cfa_small_wlsmv", ("ML",), listwise=15),
    *[Fit("datcat", "cfa", (kind,)) for kind in ("ML", "MLR")],
    *[Fit("sim4c", "cfa_clean", (kind,), clean=True) for kind in ("ML", "MLR", "ML_stdlv")],
    Fit("ability16", "cfa_wlsmv", ("ML",), listwise=16),
    Fit("hs1939", "cfa_bifactor"),
    Fit("hs1939", "cfa_second_order"),
    Fit("polidem", "sem"),
    *[Fit("hs1939", "cfa_missing", (kind,), file="data_missing.csv") for kind in ("ML", "MLR", "ML_stdlv")],
]
GROUPED = [
    *[Fit("hs1939", "invariance_school", (kind, level), group="school") for kind in ("ML", "MLR") for level in LEVELS],
    *[Fit("datcat", "invariance_g", (kind, level), group="g") for kind in ("ML", "MLR") for level in LEVELS[:-1]],
    *[
        Fit("sim4c", "invariance_country_clean", (kind, level), group="country", clean=True)
        for kind in ("ML", "MLR")
        for level in LEVELS
    ],
    *[
        Fit("sim4c", "invariance_country_all_rows", (kind, level), group="country")
        for kind in ("ML", "MLR")
        for level in LEVELS[:-1]
    ],
    *[
        Fit("conspiracy15", "invariance_area", (kind, level), group="area", listwise=15, genders=True)
        for kind in ("ML", "MLR")
        for level in LEVELS[:-1]
    ],
    *[Fit("bfi25", "invariance_gender", (kind, level), group="gender") for kind in ("ML", "MLR") for level in LEVELS],
]
INCOMPLETE = [
    *[
        Fit("hs1939", "cfa_missing", (kind,), file="data_missing.csv", every_row=True)
        for kind in ("FIML_ML", "FIML_MLR")
    ],
    *[
        Fit("hs1939", "invariance_missing", (kind, level), group="school", file="data_missing.csv", every_row=True)
        for kind in ("ML", "MLR")
        for level in LEVELS[:-1]
    ],
    *[
        Fit("bfi25", "invariance_gender_fiml_10items", ("MLR", level), group="gender", every_row=True)
        for level in LEVELS[:3]
    ],
    Fit("satact", "fiml_one_factor", every_row=True),
    *[
        pytest.param(Fit("bfi25", "cfa", (kind,), every_row=True), marks=pytest.mark.slow)
        for kind in ("FIML_ML", "FIML_MLR")
    ],
]


def fitted(case, fit):
    """Fit exactly what R fitted; estimate, rows' summary, robust fit where R asked for it, R's results and table."""
    expected = fit.results(case)
    table = Table(expected["parameters"])
    rows = fit.rows(case, table, expected)
    samples = tuple(NormalSample.of(x) for x in rows)
    robust = expected["options"]["se"] != "standard"
    estimate = fit_ml(table.model, samples, information="observed" if robust else None)
    unrestricted = Unrestricted(samples, Rows(tuple(rows)), table.model.has_means)
    return estimate, unrestricted, robust_fit(estimate, unrestricted) if robust else None, expected, table


@pytest.mark.parametrize("fit", [*COMPLETE, *GROUPED, *INCOMPLETE], ids=str)
def test_maximum_likelihood_equals_lavaan(case, fit):
    estimate, unrestricted, robust, expected, table = fitted(case, fit)
    np.testing.assert_allclose(table.model.values(estimate.x), table.estimates, rtol=1e-4, atol=1e-4)
    errors = cell_errors(table.model, estimate.covariance if robust is None else robust.covariance)
    np.testing.assert_allclose(errors, table.errors, rtol=1e-3, atol=1e-12)
    found, theirs = model_fit(estimate, unrestricted, robust), expected["fit"]
    assert found.standard.chi2 <= theirs["chisq"] + 1e-4
    for ours, name in CRITERIA.items():
        assert getattr(found, ours) == pytest.approx(theirs[name], rel=1e-8, abs=1e-5), name
    for indices, suffix in ((found.standard, ""), (found.scaled, ".scaled"), (found.robust, ".robust")):
        names = {ours: f"{name}{suffix}" for ours, name in INDICES.items() if theirs.get(f"{name}{suffix}") is not None}
        for ours, name in names.items():
            tolerance = {"rel": 1e-6, "abs": 1e-4} if suffix == "" else {"rel": 1e-5, "abs": 1e-5}
            if indices is found.robust:
                tolerance = {"rel": 1e-4, "abs": 1e-5}
            assert getattr(indices, ours) == pytest.approx(theirs[name], **tolerance), name
    if robust is not None:
        np.testing.assert_allclose(found.scaling, theirs["chisq.scaling.factor"], rtol=1e-5)
        np.testing.assert_allclose(found.baseline_scaling, theirs["baseline.chisq.scaling.factor"], rtol=1e-5)
