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
    *[Fit("bfi25", "cfa", (kind,), every_row=True) for kind in ("FIML_ML", "FIML_MLR")],
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


def cell_of(tests, table, lhs, op, rhs):
    """Place among score tests of the cell that R writes `lhs op rhs`."""
    number = {name: i for i, name in enumerate([*table.items, *table.factors])}
    kind = Kind.PATH if op == "=~" else Kind.COVARIANCE
    places = (
        {(number[rhs], number[lhs])} if kind == Kind.PATH else {(number[rhs], number[lhs]), (number[lhs], number[rhs])}
    )
    model = tests.model
    where = [(int(model.kind[c]), (int(model.left[c]), int(model.right[c]))) for c in tests.cell]
    return next(i for i, (k, place) in enumerate(where) if k == kind and place in places)


def assert_modification_indices(estimate, table, theirs):
    """Compare with the largest ones in R."""
    tests = modification_indices(estimate)
    compared = 0
    for lhs, op, rhs, index, change, standard in zip(
        *(theirs[name] for name in ("lhs", "op", "rhs", "mi", "epc", "sepc.all")), strict=True
    ):
        i = cell_of(tests, table, lhs, op, rhs)
        assert tests.statistic[i] == pytest.approx(index, rel=1e-3)
        assert tests.change[i] == pytest.approx(change, rel=1e-3)
        # lavaan takes the root of the size of a negative variance, here there is no standardised change then
        assert np.isnan(tests.standardised_change[i]) or tests.standardised_change[i] == pytest.approx(
            standard, rel=1e-3
        )
        compared += 1
    assert compared > 10
    assert np.all(np.diff(tests.statistic[np.isfinite(tests.statistic)]) <= 0)


@pytest.mark.parametrize(
    "fit",
    [
        *[Fit("hs1939", "cfa", (kind,)) for kind in ("ML", "MLR")],
        Fit("bfi25", "cfa", ("ML",)),
        Fit("conspiracy15", "cfa_5f", ("ML",), listwise=15),
        Fit("hs1939", "cfa_bifactor"),
        Fit("hs1939", "cfa_second_order"),
        Fit("sim4c", "cfa_clean", ("ML",), clean=True),
        Fit("hs1939", "cfa_missing", ("FIML_ML",), file="data_missing.csv", every_row=True),
    ],
    ids=str,
)
def test_standardised_solutions_and_modification_indices_equal_lavaan(case, fit):
    estimate, _, _, expected, table = fitted(case, fit)
    for standard, name in (("all", "std.all"), ("factors", "std.lv")):
        theirs = np.array(table.rows[name], dtype=float)
        ours = standardised(table.model, estimate.x, standard=standard)
        np.testing.assert_allclose(ours, theirs, atol=1e-4)
    assert_modification_indices(estimate, table, expected["modindices_top15"])


@pytest.mark.parametrize("level", ["metric", "scalar"])
@pytest.mark.parametrize(
    "name",
    [("hs1939", "invariance_school", "school", False), ("sim4c", "invariance_country_clean", "country", True)],
    ids=lambda name: name[0],
)
def test_tests_of_equalities_equal_lavaan(case, name, level):
    folder, family, group, clean = name
    estimate = fitted(case, Fit(folder, family, ("ML", level), group=group, clean=clean))[0]
    tests = equality_tests(estimate)
    theirs = np.array(Fit(folder, family, ("ML", f"score_tests_{level}")).results(case)["X2"], dtype=float)
    later = estimate.model.group[tests.cell] > 0
    # lavaan lists constraints item by item, ours follow the groups
    np.testing.assert_allclose(np.sort(tests.statistic[later]), np.sort(theirs), rtol=1e-3, atol=1e-6)


def simulated(rng, n=400, *, missing=0.0):
    """Rows of a second-order model with a residual covariance and means, and the model."""
    pattern = np.kron(np.eye(3, dtype=bool), np.ones((3, 1), dtype=bool))
    model = factor_model(pattern, higher=np.ones((3, 1), dtype=bool), residual_pairs=[(0, 4)], means=True)
    general = rng.normal(size=(n, 1))
    x = (0.6 * general + rng.normal(size=(n, 3))) @ pattern.T * rng.uniform(0.5, 1.5, 9) + rng.normal(size=(n, 9)) + 3
    x[rng.random(x.shape) < missing] = np.nan
    return x, model


@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_derivatives_are_exact(missing):
    rng = np.random.default_rng(1)
    x, model = simulated(rng, missing=missing)
    model = model.in_groups(2).equated(model.in_groups(2).loading_cells)
    samples = (NormalSample.of(x[:200]), NormalSample.of(x[200:]))
    at = fit_ml(model, samples).likelihood
    at = Likelihood.at(model, samples, at.x * rng.uniform(0.9, 1.1, model.parameters))
    numerical = approx_fprime(at.x, lambda z: Likelihood.at(model, samples, z).value, 1e-7)
    np.testing.assert_allclose(at.slope, numerical, atol=1e-5 * np.abs(numerical).max())
    steps = 1e-6 * np.eye(model.parameters)
    slopes = [[Likelihood.at(model, samples, at.x + sign * h).slope for sign in (1, -1)] for h in steps]
    second = np.array([(up - down) / 2e-6 for up, down in slopes])
    np.testing.assert_allclose(at.curvature("observed"), second, atol=1e-6 * np.abs(second).max())


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000))
def test_information_is_the_covariance_of_scores_when_rows_are_normal(seed):
    rng = np.random.default_rng(seed)
    x, model = simulated(rng, 20_000)
    sample = NormalSample.of(x)
    estimate = fit_ml(model, [sample])
    unrestricted = Unrestricted((sample,), Rows((x,)), means=True)
    robust = robust_fit(estimate, unrestricted)
    np.testing.assert_allclose(np.diag(robust.covariance), np.diag(estimate.covariance), rtol=0.15)
    assert robust.scaling == pytest.approx(1, abs=0.08)
    assert unrestricted.trace == pytest.approx(54, rel=0.03)


def test_rows_of_one_person_repeated_count_as_one_row():
    x, model = simulated(np.random.default_rng(3))
    n = len(x)
    twice = np.repeat(x, 2, axis=0)
    sample, of_twice = NormalSample.of(x), NormalSample.of(twice)
    single = robust_fit(fit_ml(model, [sample]), Unrestricted((sample,), Rows((x,)), means=True))
    persons = np.repeat(np.arange(n), 2)
    nested = robust_fit(fit_ml(model, [of_twice]), Unrestricted((of_twice,), Rows((twice,), (persons,)), means=True))
    np.testing.assert_allclose(nested.covariance * (n - 1) / n, single.covariance, rtol=1e-6, atol=1e-12)
    assert nested.scaling * (n - 1) / n == pytest.approx(2 * single.scaling, rel=1e-6)
    shuffled = np.random.default_rng(4).permutation(2 * n)
    rows = Rows((twice[shuffled],), (persons[shuffled],))
    again = robust_fit(fit_ml(model, [of_twice]), Unrestricted((of_twice,), rows, means=True))
    np.testing.assert_allclose(again.covariance, nested.covariance, rtol=1e-8, atol=1e-14)


def test_the_closed_form_of_the_trace_without_a_model_is_the_sum_it_stands_for():
    x, _ = simulated(np.random.default_rng(5))
    x = np.exp(x / 2)
    sample = NormalSample.of(x)
    persons = np.sort(np.random.default_rng(6).integers(0, 150, len(x)))
    persons = np.unique(persons, return_inverse=True)[1]
    for rows in (Rows((x,)), Rows((x,), (persons,))):
        for means in (True, False):
            unrestricted = Unrestricted((sample,), rows, means)
            summed = np.sum(unrestricted.products[0, 0] * unrestricted.inverse_information[0])
            assert unrestricted.trace == pytest.approx(summed, rel=1e-8)


def test_complete_rows_are_incomplete_rows_without_missing_answers():
    x, model = simulated(np.random.default_rng(7))
    last_but_one = np.vstack([x, np.full((1, 9), np.nan)])
    found = [fit_ml(model, [NormalSample.of(rows)], information="observed") for rows in (x, last_but_one)]
    np.testing.assert_allclose(found[0].x, found[1].x, atol=1e-6)
    np.testing.assert_allclose(found[0].covariance, found[1].covariance, rtol=1e-5, atol=1e-10)


def test_errors_of_standardised_solutions_do_not_depend_on_how_factors_are_scaled():
    rng = np.random.default_rng(8)
    x, _ = simulated(rng)
    pattern = np.kron(np.eye(3, dtype=bool), np.ones((3, 1), dtype=bool))
    found = []
    for scaling in ("marker", "unit"):
        model = factor_model(pattern, scaling=scaling)
        estimate = fit_ml(model, [NormalSample.of(x)])
        errors = standardised_errors(model, estimate.x, estimate.covariance)
        place = np.lexsort((model.right, model.left, model.kind))
        found.append((standardised(model, estimate.x)[place], errors[place]))
    np.testing.assert_allclose(found[0][0], found[1][0], atol=1e-6)
    np.testing.assert_allclose(found[0][1], found[1][1], atol=1e-6)


def test_a_planted_residual_covariance_is_the_largest_modification_index():
    rng = np.random.default_rng(9)
    x, _ = simulated(rng, 2000)
    shared = rng.normal(size=(2000, 1))
    x[:, [2, 7]] += 0.7 * shared
    estimate = fit_ml(factor_model(np.kron(np.eye(3, dtype=bool), np.ones((3, 1), dtype=bool))), [NormalSample.of(x)])
    tests = modification_indices(estimate)
    cell = tests.cell[0]
    assert (tests.model.left[cell], tests.model.right[cell]) == (7, 2)
    assert tests.change[0] == pytest.approx(0.49, abs=0.1)
    assert tests.p_value[0] < 1e-10


def test_degrees_of_freedom_count_moments_less_parameters():
    pattern = np.kron(np.eye(2, dtype=bool), np.ones((4, 1), dtype=bool))
    assert degrees_of_freedom(factor_model(pattern)) == 19
    assert degrees_of_freedom(factor_model(pattern, scaling="unit", orthogonal=True, means=True)) == 20
    assert degrees_of_freedom(factor_model(pattern, means=True).in_groups(3)) == 57


def refusal(code, model, *groups):
    with pytest.raises(AnalysisError) as refused:
        fit_ml(model, [NormalSample.of(x) for x in groups])
    assert refused.value.code == code
    return refused.value


def test_data_that_cannot_support_a_model_are_refused_by_name():
    rng = np.random.default_rng(10)
    x, _ = simulated(rng)
    pattern = np.kron(np.eye(3, dtype=bool), np.ones((3, 1), dtype=bool))
    model = factor_model(pattern, means=True)
    assert refusal("group_too_small", model.in_groups(2), x, x[:5]).numbers["rows"] == 5
    holes = x.copy()
    holes[rng.random(x.shape) < 0.1] = np.nan
    refusal("group_too_small", model, holes[:7])
    refusal("means_needed", factor_model(pattern), holes)
    flat = x.copy()
    flat[:, 4] = 2
    assert refusal("constant_item", model, flat).numbers["column"] == 4
    flat[:, 4] = flat[:, 1] + flat[:, 2]
    refusal("collinear_items", model, flat)
    two = factor_model(np.array([[True], [True]]))
    assert refusal("not_identified", two, x[:, :2]).numbers["dof"] == -1
    twice = factor_model(np.ones((9, 2), dtype=bool), scaling="unit")
    refusal("not_identified", twice, x)
    halves = factor_model(np.kron(np.eye(4, dtype=bool), np.ones((2, 1), dtype=bool)), orthogonal=True)
    refusal("not_identified", halves, x[:, :8])


def test_a_model_without_a_maximum_is_refused():
    # one factor cannot give three correlations of which one is negative
    correlation = np.array([[1, 0.4, 0.4], [0.4, 1, -0.3], [0.4, -0.3, 1]])
    with pytest.raises(AnalysisError) as refused:
        fit_ml(factor_model(np.ones((3, 1), dtype=bool)), [NormalSample.from_moments(correlation, np.zeros(3), 200)])
    assert refused.value.code == "no_convergence"


def test_improper_solutions_are_estimated_and_show():
    correlation = np.array([[1, 0.8, 0.8], [0.8, 1, 0.5], [0.8, 0.5, 1]])
    model = factor_model(np.ones((3, 1), dtype=bool), scaling="unit")
    estimate = fit_ml(model, [NormalSample.from_moments(correlation, np.zeros(3), 200)])
    assert estimate.x[0] == pytest.approx(np.sqrt(0.64 / 0.5), abs=1e-6)
    assert (estimate.x[3] < 0, estimate.x[4] > 0) == (True, True)
