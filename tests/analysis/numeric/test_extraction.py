"""Extraction: R's converged optimum, exact derivatives, planted factors, and honest flags."""

from functools import partial

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from analysis.errors import AnalysisError
from analysis.numeric.arrangement import Arrangement
from analysis.numeric.extraction import (
    _MaximumLikelihood,
    _MinimumResiduals,
    degrees_of_freedom,
    extract,
    fit,
)

CASES = [
    *[("harman74", "efa", "factorability", k) for k in (1, 4, 5)],
    ("harman23", "efa", "factorability", 2),
    ("sim4c", "efa", "factorability", 3),
    ("bfi25", "efa_listwise", "factorability_listwise", 5),
    ("bfi25", "efa_listwise", "factorability_listwise", 6),
    ("thurstone9", "efa", "factorability", 3),
    ("hs1939", "efa", "factorability", 3),
    ("pvq40", "efa", "factorability", 4),
    ("ability16", "efa", "factorability", 4),
]


@pytest.mark.parametrize("method", ["minres", "ml"])
@pytest.mark.parametrize("solution", CASES)
def test_extraction_and_fit_equal_the_converged_optimum_of_r(case, solution, method):
    name, family, source, k = solution
    source, expected = case(name).results(source), case(name).results(family)[f"{method}_k{k}"]["tight"]
    found = extract(source["R"], k, method=method)
    assert found.objective <= expected["objective"] * (1 + 1e-9)
    assert found.heywood.sum() == expected["n_heywood_at_bound"]
    assert found.gradient < 1e-9
    fitted = fit(source["R"], found.loadings, found.uniquenesses, source["n"])
    for ours, theirs in {"rmsea": "rmsea", "tli": "tli", "cfi": "cfi", "bic": "bic", "rmsr": "rmsr"}.items():
        assert getattr(fitted, ours) == pytest.approx(expected["fit"][theirs], rel=1e-6, abs=1e-6)
    assert fitted.chi2 == pytest.approx(expected["fit"]["chisq"], rel=1e-6)
    assert fitted.p_value == pytest.approx(expected["fit"]["p_value"], rel=1e-4)
    assert fitted.null_chi2 == pytest.approx(expected["fit"]["null_chisq"], rel=1e-9)
    assert fitted.largest_residual == pytest.approx(expected["fit"]["max_abs_residual"], abs=1e-6)
    if not found.heywood.any():
        np.testing.assert_allclose(found.uniquenesses, expected["uniquenesses"], atol=1e-6)
        np.testing.assert_allclose(found.communalities, expected["communality"], atol=1e-6)
        loadings = Arrangement.towards(found.loadings, expected["unrotated"]).columns(found.loadings)
        np.testing.assert_allclose(loadings, expected["unrotated"], atol=1e-6)


@pytest.mark.parametrize("method", ["minres", "ml"])
@pytest.mark.parametrize(("name", "k"), [("harman74", 4), ("harman23", 2), ("sim4c", 3), ("thurstone9", 3)])
def test_psych_convention_equals_psych(case, name, k, method):
    source = case(name).results("factorability")
    expected = case(name).results("efa")[f"{method}_k{k}"]["psych"]["none"]
    found = extract(source["R"], k, method=method)
    fitted = fit(source["R"], found.loadings, found.uniquenesses, source["n"], convention="psych")
    assert fitted.tli == pytest.approx(expected["tli"], abs=1e-4)
    assert fitted.bic == pytest.approx(expected["bic"], rel=1e-4)
    ours = [fitted.rmsea, fitted.rmsea_low, fitted.rmsea_high]
    np.testing.assert_allclose(ours, np.asarray(expected["rmsea"])[:3], atol=1e-4)


@pytest.mark.parametrize("criterion", [_MinimumResiduals, _MaximumLikelihood])
def test_derivatives_are_exact(case, criterion):
    at = partial(criterion.at, case("harman23").results("factorability")["R"], 2)
    psi = np.random.default_rng(1).uniform(0.2, 0.8, 8)
    numerical = approx_fprime(psi, lambda z: at(z).value, 1e-7)
    np.testing.assert_allclose(at(psi).gradient, numerical, atol=1e-5 * np.abs(numerical).max())
    second = np.array([(at(psi + h).gradient - at(psi - h).gradient) / 2e-6 for h in 1e-6 * np.eye(8)])
    np.testing.assert_allclose(at(psi).curvature, second, atol=1e-6 * np.abs(second).max())


@pytest.mark.parametrize("method", ["minres", "ml"])
def test_a_matrix_made_from_factors_gives_them_back(method):
    rng = np.random.default_rng(2)
    loadings = np.kron(np.eye(3), np.ones((5, 1))) * rng.uniform(0.5, 0.8, (15, 3))
    psi = 1 - (loadings**2).sum(1)
    r = loadings @ loadings.T + np.diag(psi)
    found = extract(r, 3, method=method)
    np.testing.assert_allclose(found.uniquenesses, psi, atol=1e-6)
    np.testing.assert_allclose(found.loadings @ found.loadings.T, loadings @ loadings.T, atol=1e-6)
    fitted = fit(r, found.loadings, found.uniquenesses, 500)
    assert fitted.rmsea == fitted.rmsea_low == fitted.rmsea_high == 0
    assert fitted.cfi == 1
    assert fitted.srmr < 1e-7


def test_improper_solutions_are_flagged_where_they_are():
    loadings = np.array([0.995, 0.8, 0.7, 0.6, 0.5])
    r = np.outer(loadings, loadings)
    r[0, 1:] *= 1.15
    r[1:, 0] *= 1.15
    np.fill_diagonal(r, 1)
    found = extract(np.clip(r, -1, 1) * 0.9 + 0.1 * np.eye(5), 1)
    assert found.heywood.tolist() == [True, False, False, False, False]


def test_saturated_models_have_no_index_that_needs_degrees_of_freedom():
    r = np.array([[1, 0.42, 0.35], [0.42, 1, 0.3], [0.35, 0.3, 1]])
    found = extract(r, 1)
    fitted = fit(r, found.loadings, found.uniquenesses, 100)
    assert fitted.dof == 0
    assert np.isnan([fitted.rmsea, fitted.rmsea_low, fitted.tli, fitted.p_value]).all()
    assert fitted.rmsr < 1e-8


@pytest.mark.parametrize(("p", "k"), [(2, 1), (5, 3), (5, 0), (6, 6)])
def test_more_factors_than_items_allow_are_refused(p, k):
    with pytest.raises(AnalysisError) as refused:
        extract(np.eye(p) * 0.5 + 0.5, k)
    assert refused.value.code == "too_many_factors"
    most = refused.value.numbers["most"]
    assert most == 0 or degrees_of_freedom(p, most) >= 0 > degrees_of_freedom(p, most + 1)


@pytest.mark.parametrize(("name", "k"), [("harman74", 4), ("harman23", 2), ("sim4c", 3), ("thurstone9", 3)])
def test_principal_axes_end_where_minimum_residuals_do(case, name, k):
    r = case(name).results("factorability")["R"]
    found = extract(r, k, method="principal_axis")
    expected = case(name).results("efa")[f"minres_k{k}"]["tight"]["uniquenesses"]
    np.testing.assert_allclose(found.uniquenesses, expected, atol=1e-6)
    assert found.gradient < 1e-7
