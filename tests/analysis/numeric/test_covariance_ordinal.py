"""Covariance models of ordinal items: every WLSMV fit of lavaan's that is on file, planted truths, named refusals."""

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.numeric.covariance import Kind, factor_model
from analysis.numeric.covariance_ordinal import OrdinalSample, fit_wls
from analysis.numeric.covariance_ordinal_fit import ordinal_fit, shifted_test
from analysis.numeric.covariance_standard import cell_errors, standardising_factors
from tests.analysis.numeric.parameter_table import Fit, Table
from tests.analysis.numeric.test_covariance import INDICES, assert_modification_indices

BOTH = ("WLSMV", "WLSMV_theta")
LEVELS = ["configural", "thresholds", "thresholds_loadings", "thresholds_loadings_intercepts"]
FITS = [
    *[Fit("datcat", "cfa", (kind,)) for kind in BOTH],
    *[Fit("bfi25", "cfa", (kind,)) for kind in BOTH],
    *[Fit("conspiracy15", family, (kind,), listwise=15) for family in ("cfa_1f", "cfa_5f") for kind in BOTH],
    *[Fit("conspiracy15", "cfa_small_wlsmv", (kind,), listwise=15) for kind in BOTH],
    *[Fit("sim4c", "cfa_clean", (kind,), clean=True) for kind in BOTH],
    *[Fit("ability16", "cfa_wlsmv", (kind,), listwise=16) for kind in BOTH],
    *[
        Fit("datcat", f"invariance_g_ordinal{theta}", ("levels", level), group="g")
        for theta in ("", "_theta")
        for level in LEVELS
    ],
    *[
        Fit("sim4c", f"invariance_country_ordinal{theta}_clean", ("levels", level), group="country", clean=True)
        for theta in ("", "_theta")
        for level in LEVELS
    ],
    *[
        Fit("conspiracy15", "invariance_gender_ordinal", ("levels", level), group="gender", listwise=15, genders=True)
        for level in LEVELS
    ],
    *[Fit("bfi25", "invariance_gender_ordinal", ("levels", level), group="gender") for level in LEVELS],
    *[
        Fit("datcat", f"invariance_g_ordinal{theta}", ("lavaan_group_equal", level), group="g")
        for theta in ("", "_theta")
        for level in ("configural", "loadings_thresholds")
    ],
]


@pytest.mark.parametrize("fit", FITS, ids=str)
def test_weighted_least_squares_equals_lavaan(case, fit):
    expected = fit.results(case)
    table = Table(expected["parameters"])
    samples = [OrdinalSample.of(x) for x in fit.rows(case, table, expected)]
    parameterisation = expected["options"]["parameterization"]
    estimate = fit_wls(table.model, samples, parameterisation=parameterisation)
    np.testing.assert_allclose(estimate.values, table.estimates, rtol=1e-4, atol=1e-4)
    errors = cell_errors(table.model, estimate.covariance)
    # lavaan stops earlier: single loadings are up to 6e-5 away, its discrepancy is smaller by rounding at most
    np.testing.assert_allclose(errors, table.errors, rtol=1e-4, atol=1e-12)
    found, theirs = ordinal_fit(estimate), expected["fit"]
    assert found.standard.chi2 <= theirs["chisq"] * (1 + 1e-7)
    assert found.srmr == pytest.approx(theirs["srmr"], abs=1e-6)
    assert found.scaling == pytest.approx(theirs["chisq.scaling.factor"], rel=1e-6)
    for indices, suffix in ((found.standard, ""), (found.scaled, ".scaled"), (found.robust, ".robust")):
        names = {ours: f"{name}{suffix}" for ours, name in INDICES.items() if theirs.get(f"{name}{suffix}") is not None}
        for ours, name in names.items():
            assert getattr(indices, ours) == pytest.approx(theirs[name], rel=1e-6, abs=5e-6), name
    if theirs.get("cfi.robust") is None:
        assert found.robust is None


@pytest.mark.parametrize(
    "fit",
    [
        Fit("datcat", "cfa", ("WLSMV",)),
        Fit("bfi25", "cfa", ("WLSMV",)),
        Fit("sim4c", "cfa_clean", ("WLSMV",), clean=True),
        Fit("conspiracy15", "cfa_5f", ("WLSMV",), listwise=15),
    ],
    ids=str,
)
def test_standardised_solutions_and_modification_indices_equal_lavaan(case, fit):
    expected = fit.results(case)
    table = Table(expected["parameters"])
    estimate = fit_wls(table.model, [OrdinalSample.of(x) for x in fit.rows(case, table, expected)])
    factors = standardising_factors(table.model, estimate.values)
    theirs = np.array(table.rows["std.all"], dtype=float)
    level = table.model.kind != Kind.SCALE
    np.testing.assert_allclose((factors * estimate.values)[level], theirs[level], atol=1e-4)
    assert_modification_indices(estimate, table, expected["modindices_top15"])


@pytest.mark.parametrize("kind", ["WLSMV"])
def test_statistics_and_their_sampling_covariance_equal_lavaan(case, kind):
    fit = Fit("datcat", "cfa", (kind,))
    expected = fit.results(case)
    table = Table(expected["parameters"])
    sample = OrdinalSample.of(fit.rows(case, table, expected)[0])
    reference = case("datcat").results("cfa")[kind]
    np.testing.assert_allclose(sample.thresholds, reference["sampstat_th"], atol=1e-9)
    np.testing.assert_allclose(sample.correlation, reference["sampstat_cov"], atol=1e-6)
    np.testing.assert_allclose(sample.spread, reference["gamma"], rtol=1e-3, atol=1e-4)


def answers(rng, n=1500, *, shift=0.0):
    """Simulated five-point answers to eight items of two correlated factors."""
    factors = rng.multivariate_normal([0, 0], [[1, 0.4], [0.4, 1]], size=n)
    loadings = np.kron(np.eye(2), np.linspace(0.55, 0.85, 4)[:, None])
    latent = factors @ loadings.T + rng.normal(size=(n, 8)) * np.sqrt(1 - (loadings**2).sum(1)) + shift
    return np.digitize(latent, [-1.4, -0.5, 0.4, 1.3]) + 1.0, loadings


def ordinal_model(thresholds=4, scaling="unit"):
    """The model of `answers`, delta parameterisation."""
    model = factor_model(np.kron(np.eye(2, dtype=bool), np.ones((4, 1), dtype=bool)), scaling=scaling)
    cells = [(Kind.THRESHOLD, item, k, True, np.nan) for item in range(8) for k in range(thresholds)]
    model = model.with_cells(cells)
    return model.fixed(model.residual_cells, 0.0)


def test_a_planted_model_is_found_and_not_rejected():
    rng = np.random.default_rng(1)
    statistics = []
    for _ in range(60):
        x, loadings = answers(rng)
        estimate = fit_wls(ordinal_model(), [OrdinalSample.of(x)])
        errors = cell_errors(estimate.model, estimate.covariance)
        free = estimate.model.loading_cells
        statistics.append(
            [shifted_test(estimate).tested.chi2, *((estimate.values[free] - loadings[loadings > 0]) / errors[free])]
        )
    statistics = np.array(statistics)
    assert statistics[:, 0].mean() == pytest.approx(19, abs=4 * np.sqrt(38 / 60))
    assert np.abs(statistics[:, 1:].mean(0)).max() < 4 / np.sqrt(60)
    np.testing.assert_allclose(statistics[:, 1:].std(), 1, atol=0.12)


@pytest.mark.parametrize("parameterisation", ["delta", "theta"])
def test_derivatives_are_exact(parameterisation):
    rng = np.random.default_rng(2)
    samples = [OrdinalSample.of(answers(rng, 400)[0]), OrdinalSample.of(answers(rng, 400, shift=0.3)[0])]
    model = ordinal_model().in_groups(2)
    scales = [(Kind.SCALE, item, item, False, 1.0) for item in range(8)]
    means = [(Kind.MEAN, item, item, True, np.nan) for item in range(8)]
    model = model.with_cells([*scales, *means])
    later = model.group > 0
    model = model.fixed((model.kind == Kind.MEAN) & ~later, 0.0).equated(model.kind == Kind.THRESHOLD)
    if parameterisation == "delta":
        model = model.freed((model.kind == Kind.SCALE) & later)
    else:
        model = model.fixed(model.residual_cells, 1.0).freed(model.residual_cells & later)
    estimate = fit_wls(model, samples, parameterisation=parameterisation)

    def statistics(x):
        return np.concatenate([fitted.statistics for fitted in estimate.moved(x).groups])

    x = estimate.x * rng.uniform(0.95, 1.05, model.parameters)
    steps = 1e-6 * np.eye(model.parameters)
    numerical = np.array([(statistics(x + h) - statistics(x - h)) / 2e-6 for h in steps]).T
    np.testing.assert_allclose(estimate.moved(x).slopes, numerical, atol=1e-7)
    again = fit_wls(model, samples, parameterisation=parameterisation, start=x)
    assert again.chi2 == pytest.approx(estimate.chi2, rel=1e-8)


def test_parameterisations_say_the_same():
    x, _ = answers(np.random.default_rng(3))
    sample = OrdinalSample.of(x)
    delta = fit_wls(ordinal_model(), [sample])
    model = ordinal_model()
    theta = fit_wls(model.fixed(model.residual_cells, 1.0), [sample], parameterisation="theta")
    assert theta.chi2 == pytest.approx(delta.chi2, rel=1e-8)
    assert shifted_test(theta).tested.chi2 == pytest.approx(shifted_test(delta).tested.chi2, rel=1e-6)
    loading = model.loading_cells
    np.testing.assert_allclose(theta.values[loading] * theta.groups[0].scale, delta.values[loading], atol=1e-6)


def test_answers_that_cannot_support_a_model_are_refused_by_name():
    x, _ = answers(np.random.default_rng(4))
    with pytest.raises(AnalysisError) as refused:
        OrdinalSample.of(x[:5])
    assert (refused.value.code, refused.value.numbers["rows"]) == ("group_too_small", 5)
    other = x.copy()
    other[other[:, 2] == 5, 2] = 4
    with pytest.raises(AnalysisError) as refused:
        fit_wls(ordinal_model().in_groups(2), [OrdinalSample.of(x), OrdinalSample.of(other)])
    assert refused.value.code == "empty_category"
    assert refused.value.numbers == {"column": 2, "group": 1, "answer": 5}
    with pytest.raises(AnalysisError) as refused:
        fit_wls(ordinal_model(thresholds=5), [OrdinalSample.of(x)])
    assert (refused.value.code, refused.value.numbers["column"]) == ("thresholds_differ", 0)
    free = ordinal_model()
    free = free.freed(free.factor_variance_cells)
    with pytest.raises(AnalysisError) as refused:
        fit_wls(free, [OrdinalSample.of(x)])
    assert refused.value.code == "not_identified"
