"""Ladders of invariance: levels, differences and changes as in R, planted differences found, named refusals."""

import json

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.numeric.covariance import Kind, factor_model
from analysis.numeric.invariance import LEVELS, invariance_ladder, summed_rows
from analysis.numeric.invariance_ordinal import (
    ORDINAL_LEVELS,
    ordinal_invariance_ladder,
    ordinal_rung,
    ordinal_samples,
)
from analysis.numeric.invariance_ordinal_partial import ordinal_partial_invariance
from analysis.numeric.invariance_partial import partial_invariance
from analysis.numeric.invariance_repeated import RepeatedRung, one_rating_each, repeated_ladders
from tests.analysis.numeric.parameter_table import Fit, Table

CONTINUOUS = [
    Fit("hs1939", "invariance_school", group="school"),
    Fit("datcat", "invariance_g", group="g"),
    Fit("sim4c", "invariance_country_clean", group="country", clean=True),
    Fit("sim4c", "invariance_country_all_rows", group="country"),
    Fit("conspiracy15", "invariance_area", group="area", listwise=15, genders=True),
    Fit("bfi25", "invariance_gender", group="gender"),
    Fit("hs1939", "invariance_missing", group="school", file="data_missing.csv", every_row=True),
]
ORDINAL = [
    *[Fit("datcat", f"invariance_g_ordinal{theta}", group="g") for theta in ("", "_theta")],
    *[Fit("sim4c", f"invariance_country_ordinal{t}_clean", group="country", clean=True) for t in ("", "_theta")],
    Fit("conspiracy15", "invariance_gender_ordinal", group="gender", listwise=15, genders=True),
    Fit("bfi25", "invariance_gender_ordinal", group="gender"),
]
R_LEVELS = dict(
    zip(
        ORDINAL_LEVELS[:4],
        ["configural", "thresholds", "thresholds_loadings", "thresholds_loadings_intercepts"],
        strict=True,
    )
)
TWELVE = factor_model(np.kron(np.eye(3, dtype=bool), np.ones((4, 1), dtype=bool)), scaling="unit")


def pattern_of(table):
    """Which item loads on which factor."""
    pattern = np.zeros((len(table.items), len(table.factors)), dtype=bool)
    model = table.model
    cells = model.loading_cells & (model.group == 0)
    pattern[model.left[cells], model.right[cells] - len(table.items)] = True
    return pattern


def changes(rung, fit):
    """Differences of indices as R reports them."""
    return [rung.fit.standard.cfi - fit.standard.cfi, rung.fit.standard.rmsea - fit.standard.rmsea, rung.srmr_change]


@pytest.mark.parametrize("robust", [False, True])
@pytest.mark.parametrize("fit", CONTINUOUS, ids=str)
def test_ladders_equal_lavaan(case, fit, robust):
    expected = fit.results(case)["MLR" if robust else "ML"]
    table = Table(expected["configural"]["parameters"])
    rows = fit.rows(case, table, expected["configural"])
    levels = LEVELS[:4] if fit.group == "area" else LEVELS
    ladder = invariance_ladder(factor_model(pattern_of(table)), rows, levels=levels, robust=robust)
    for before, rung in zip((None, *ladder), ladder, strict=False):
        theirs = expected[rung.level]["fit"]
        assert rung.fit.standard.dof == theirs["df"]
        assert rung.fit.standard.chi2 == pytest.approx(theirs["chisq"], rel=1e-6)
        if before is None:
            continue
        difference = expected["comparisons"][f"{rung.level} vs {before.level}"]
        assert rung.difference.statistic == pytest.approx(difference["lrt"]["Chisq.diff"][1], rel=1e-3)
        assert rung.difference.dof == difference["lrt"]["Df.diff"][1]
        assert rung.difference.p_value == pytest.approx(difference["lrt"]["Pr..Chisq."][1], rel=1e-2, abs=1e-8)
        deltas = [difference[f"delta_{name}"] for name in ("cfi", "rmsea", "srmr")]
        np.testing.assert_allclose(changes(rung, before.fit), deltas, atol=1e-5)
        if rung.fit.robust:
            deltas = [difference["delta_cfi.robust"], difference["delta_rmsea.robust"]]
            np.testing.assert_allclose([rung.cfi_change, rung.rmsea_change], deltas, atol=1e-4)


@pytest.mark.parametrize("fit", ORDINAL, ids=str)
def test_ordinal_ladders_equal_lavaan_with_the_models_of_semtools(case, fit):
    expected = fit.results(case)
    table = Table(expected["levels"]["configural"]["parameters"])
    rows = fit.rows(case, table, expected["levels"]["configural"])
    model = factor_model(pattern_of(table), scaling="unit")
    ladder = ordinal_invariance_ladder(
        model, rows, levels=ORDINAL_LEVELS[:4], parameterisation=expected["parameterization"]
    )
    for before, rung in zip((None, *ladder), ladder, strict=False):
        theirs = expected["levels"][R_LEVELS[rung.level]]["fit"]
        assert rung.fit.standard.dof == theirs["df"]
        assert rung.fit.standard.chi2 == pytest.approx(theirs["chisq"], rel=1e-6)
        assert rung.fit.scaled.chi2 == pytest.approx(theirs["chisq.scaled"], rel=1e-6)
        if before is None:
            continue
        difference = expected["comparisons"][f"{R_LEVELS[rung.level]} vs {R_LEVELS[before.level]}"]
        found = difference["lrt_satorra2000"]
        assert rung.difference.statistic == pytest.approx(found["Chisq.diff"][1], rel=1e-5)
        assert rung.difference.dof == found["Df.diff"][1]
        deltas = [difference[f"delta_{name}"] for name in ("cfi", "rmsea", "srmr")]
        np.testing.assert_allclose(changes(rung, before.fit), deltas, atol=1e-5)


@pytest.fixture
def countries(case):
    """Answers of the simulated countries, attentive respondents only, in R's order of groups."""
    fit = Fit("sim4c", "cfa_clean", ("WLSMV",), group="country", clean=True)
    table = Table(fit.results(case)["parameters"])
    return fit.rows(case, table, {"group_labels": ["AA", "BB", "CC", "DD"]})


def in_two(groups, columns):
    """Answers of which some items have two categories."""
    found = [x.copy() for x in groups]
    for x in found:
        x[:, columns] = x[:, columns] > 3
    return found


def assert_rungs_equal_r(rungs, expected):
    """Chi-squares, degrees of freedom and difference tests of levels, and all estimates, as R has them."""
    for rung, theirs in zip(rungs, expected["levels"], strict=True):
        assert rung.fit.standard.dof == theirs["fit"]["df"]
        assert rung.fit.standard.chi2 == pytest.approx(theirs["fit"]["chisq"], rel=1e-6)
        assert rung.fit.scaled.chi2 == pytest.approx(theirs["fit"]["chisq.scaled"], rel=1e-6)
        table = Table(theirs["parameters"])
        here = {(k, g, a, b): v for k, g, a, b, v in cells_of(rung.estimate.model, rung.estimate.values)}
        for kind, group, left, right, value in cells_of(table.model, table.estimates):
            assert here[kind, group, left, right] == pytest.approx(value, abs=1e-4)
    for rung, theirs in zip(rungs[1:], expected["differences"], strict=True):
        if rung.difference.dof == theirs["dof"]:
            assert rung.difference.statistic == pytest.approx(theirs["chi2"], rel=1e-5)
            assert rung.difference.p_value == pytest.approx(theirs["p"], abs=1e-6)


def cells_of(model, values):
    """Every cell with its value; covariances whichever way round they are written."""
    for kind, group, left, right, value in zip(model.kind, model.group, model.left, model.right, values, strict=True):
        ends = sorted((int(left), int(right))) if kind == Kind.COVARIANCE else (int(left), int(right))
        yield int(kind), int(group), *ends, value


def test_equal_uniquenesses_equal_lavaan_with_the_models_of_semtools(case, countries):
    expected = json.loads((case("sim4c").folder / "invariance_ordinal_strict.json").read_text())
    levels = ("intercepts", "uniquenesses")
    assert_rungs_equal_r(
        ordinal_invariance_ladder(TWELVE, countries, levels=levels, parameterisation="theta"), expected
    )
    # the level is the same model, whatever the parameterisation of those before
    delta = ordinal_invariance_ladder(TWELVE, countries, levels=levels)[1]
    assert delta.difference.statistic == pytest.approx(expected["differences"][0]["chi2"], rel=1e-5)


def test_partial_models_of_ordinal_items_equal_lavaan(case, countries):
    expected = json.loads((case("sim4c").folder / "invariance_ordinal_partial.json").read_text())
    samples = ordinal_samples(countries)
    free = [(Kind.MEAN, group, item, item) for group in (1, 2, 3) for item in (8, 9)]
    loadings = ordinal_rung(TWELVE, samples, "loadings", None)
    assert_rungs_equal_r([loadings, ordinal_rung(TWELVE, samples, "intercepts", loadings, free=free)], expected)


def test_items_of_two_answers_are_compared_as_in_semtools_where_they_can_be(case, countries):
    expected = json.loads((case("sim4c").folder / "invariance_ordinal_binary.json").read_text())
    levels = ("configural", "thresholds", "intercepts")
    ladder = ordinal_invariance_ladder(TWELVE, in_two(countries, slice(6)), levels=levels)
    assert_rungs_equal_r(ladder, expected)


def test_loadings_of_two_answers_alone_say_nothing(countries):
    mixed = ordinal_invariance_ladder(TWELVE, in_two(countries, slice(6)), levels=ORDINAL_LEVELS[:3])
    # six items of five answers: three loadings each in three groups, less the factors' variances
    assert mixed[2].difference.dof == 6 * 3 - 2 * 3
    every = ordinal_invariance_ladder(TWELVE, in_two(countries, slice(12)), levels=ORDINAL_LEVELS[:3])
    assert [rung.difference for rung in every] == [None, None, None]
    assert every[2].fit.standard.chi2 == pytest.approx(every[0].fit.standard.chi2, rel=1e-8)


@pytest.mark.parametrize(
    ("level", "place"), [("loadings", (Kind.PATH, 2, 4, 13)), ("intercepts", (Kind.MEAN, 3, 8, 8))]
)
def test_partial_invariance_of_ordinal_items_finds_what_was_planted_in_the_simulated_countries(countries, level, place):
    rung, releases = ordinal_partial_invariance(TWELVE, ordinal_samples(countries), level=level)
    assert [release.place for release in releases] == [place]
    assert rung.difference.p_value == releases[0].p_value > 0.05


def test_an_item_whose_thresholds_differ_has_a_scale_of_its_own_in_that_group():
    rng = np.random.default_rng(13)
    codes = [np.digitize(x, [-1.2, -0.4, 0.4, 1.2]).astype(float) for x in groups_of(rng, [900, 900])]
    moved = codes[1].copy()
    # one item's wording splits answers elsewhere in the second group
    moved[:, 4] = np.digitize(groups_of(np.random.default_rng(14), [900])[0][:, 4], [-0.1, 0.0, 0.1, 1.8])
    factors = groups_of(np.random.default_rng(14), [900])[0]
    others = np.digitize(factors, [-1.2, -0.4, 0.4, 1.2]).astype(float)
    others[:, 4] = moved[:, 4]
    samples = ordinal_samples([codes[0], others])
    rung, releases = ordinal_partial_invariance(NINE, samples, level="thresholds")
    assert [release.place for release in releases] == [(Kind.THRESHOLD, 1, 4, 0)]
    model = rung.estimate.model
    own = (model.group == 1) & (model.left == 4)
    assert (rung.estimate.values[own & (model.kind == Kind.SCALE)] == 1).all()
    assert (rung.estimate.values[own & model.intercept_cells] == 0).all()


def test_enough_ordinal_items_stay_equal_however_bad_the_level():
    rng = np.random.default_rng(15)
    groups = groups_of(rng, [500, 500])
    groups[1] = groups[1] + np.array([1.5, -1.5, 0.9, 1.5, -1.5, 0.9, 1.5, -1.5, 0.9])
    codes = [np.digitize(x, [-0.8, 0.8]).astype(float) for x in groups]
    rung, releases = ordinal_partial_invariance(NINE, ordinal_samples(codes), level="intercepts")
    assert rung.difference.p_value < 0.05
    assert len(releases) == 3
    assert {release.left // 3 for release in releases} == {0, 1, 2}


def groups_of(rng, sizes, *, strange_loading=None, strange_intercept=None):
    """Simulated answers of groups to nine items of three factors; one item differs in the last group."""
    found = []
    for number, n in enumerate(sizes):
        loadings = np.kron(np.eye(3), np.full((3, 1), 0.7))
        intercepts = np.zeros(9)
        if number == len(sizes) - 1:
            if strange_loading is not None:
                loadings[strange_loading] *= 0.4
            if strange_intercept is not None:
                intercepts[strange_intercept] += 0.5
        factors = rng.multivariate_normal(np.full(3, 0.2 * number), 0.6 * np.eye(3) + 0.4, size=n)
        found.append(intercepts + factors @ loadings.T + 0.6 * rng.normal(size=(n, 9)))
    return found


NINE = factor_model(np.kron(np.eye(3, dtype=bool), np.ones((3, 1), dtype=bool)), scaling="unit")


def test_invariant_groups_hold_every_level_that_was_planted():
    ladder = invariance_ladder(NINE, groups_of(np.random.default_rng(1), [600, 600, 600]))
    assert [rung.level for rung in ladder] == ["configural", "metric", "scalar", "strict"]
    assert [rung.within_cutoffs for rung in ladder] == [None, True, True, True]
    assert all(rung.difference.p_value > 0.001 for rung in ladder[1:])


def test_means_of_factors_are_recovered_at_the_scalar_level():
    scalar = invariance_ladder(NINE, groups_of(np.random.default_rng(2), [3000, 3000, 3000]))[2]
    model = scalar.estimate.model
    means = model.values(scalar.estimate.x)[model.factor_mean_cells].reshape(3, 3)
    np.testing.assert_allclose(means, [[0] * 3, [0.2] * 3, [0.4] * 3], atol=0.08)


def test_partial_invariance_releases_the_planted_cells_and_no_other():
    groups = groups_of(np.random.default_rng(3), [800, 800, 800], strange_loading=4)
    rung, releases = partial_invariance(NINE, summed_rows(groups), level="metric")
    assert [(r.kind, r.group, r.left) for r in releases] == [(Kind.PATH, 2, 4)]
    assert rung.cfi_change >= -0.01
    assert releases[0].cfi_change == rung.cfi_change
    groups = groups_of(np.random.default_rng(4), [800, 800, 800], strange_intercept=7)
    rung, releases = partial_invariance(NINE, summed_rows(groups), level="scalar", robust=True)
    assert (Kind.MEAN, 2, 7) in [(r.kind, r.group, r.left) for r in releases]
    assert len(releases) <= 2
    assert partial_invariance(NINE, summed_rows(groups), level="metric")[1] == ()


@pytest.mark.slow
def test_partial_invariance_of_incomplete_and_nested_rows_finds_the_planted_cell():
    rng = np.random.default_rng(16)
    groups = groups_of(rng, [600, 600], strange_intercept=7)
    for x in groups:
        x[rng.random(x.shape) < 0.1] = np.nan
    persons = [np.arange(600) // 2, 300 + np.arange(600) // 2]
    rung, releases = partial_invariance(NINE, summed_rows(groups, persons), level="scalar", robust=True)
    assert [release.place for release in releases] == [(Kind.MEAN, 1, 7, 7)]
    assert rung.within_cutoffs
    assert (releases[0].rmsea_change, releases[0].srmr_change) == (rung.rmsea_change, rung.srmr_change)


def test_partial_invariance_finds_what_was_planted_in_the_simulated_countries(case):
    fit = Fit("sim4c", "invariance_country_clean", ("ML", "configural"), group="country", clean=True)
    expected = fit.results(case)
    table = Table(expected["parameters"])
    rows = fit.rows(case, table, expected)
    model = factor_model(pattern_of(table), scaling="unit")
    _, releases = partial_invariance(model, summed_rows(rows), level="scalar")
    places = [(r.kind, expected["group_labels"][r.group], table.items[r.left]) for r in releases]
    # the item whose thresholds are lower in one country (and, if any, the one whose loading is smaller in another)
    assert places[0] == (Kind.MEAN, "DD", "q09")
    assert set(places) <= {(Kind.MEAN, "DD", "q09"), (Kind.PATH, "CC", "q05"), (Kind.MEAN, "CC", "q05")}


def test_enough_cells_stay_equal_however_bad_the_level():
    rng = np.random.default_rng(5)
    groups = [rng.normal(size=(400, 9)) + group * rng.normal(size=9) + rng.normal(size=(400, 1)) for group in range(3)]
    model = factor_model(np.ones((9, 1), dtype=bool), scaling="unit")
    rung, releases = partial_invariance(model, summed_rows(groups), level="scalar", fewest_equal=3)
    assert rung.cfi_change < -0.01
    for group in range(3):
        assert sum(r.kind == Kind.MEAN and r.group == group for r in releases) <= 6


def test_persons_who_rate_in_several_groups_count_once():
    rng = np.random.default_rng(6)
    groups = groups_of(rng, [500, 500])
    persons = [np.arange(500), np.arange(500)]
    apart = [np.arange(500), np.arange(500) + 500]
    together, separate = (
        invariance_ladder(NINE, groups, levels=("configural", "metric"), robust=True, persons=own)
        for own in (persons, apart)
    )
    # independent rows: whoever gave them, tests agree but for chance
    assert together[1].difference.statistic == pytest.approx(separate[1].difference.statistic, rel=0.35)
    rows = invariance_ladder(NINE, groups, levels=("configural", "metric"), robust=True)
    assert separate[1].fit.scaling == pytest.approx(rows[1].fit.scaling * 500 / 499, rel=1e-9)


def test_second_order_factors_climb_the_ladder_with_the_means_of_the_highest_alone():
    groups = groups_of(np.random.default_rng(9), [900, 900])
    model = factor_model(
        np.kron(np.eye(3, dtype=bool), np.ones((3, 1), dtype=bool)), higher=np.ones((3, 1), dtype=bool)
    )
    scalar = invariance_ladder(model, groups, levels=("configural", "metric", "scalar"))[2]
    found = scalar.estimate.model
    means = found.values(scalar.estimate.x)[found.factor_mean_cells].reshape(2, 4)
    assert (means[0] == 0).all()
    assert (means[1, :3] == 0).all()
    assert means[1, 3] == pytest.approx(0.14, abs=0.06)


def test_every_rating_of_a_person_is_drawn_as_often_as_any_other():
    persons = np.array([3, 3, 3, 5, 5, 9])
    rng = np.random.default_rng(10)
    drawn = np.array([one_rating_each(persons, rng) for _ in range(6000)])
    assert (persons[drawn] == [3, 5, 9]).all()
    counts = np.bincount(drawn.ravel(), minlength=6) / 6000
    np.testing.assert_allclose(counts, [1 / 3] * 3 + [1 / 2] * 2 + [1], atol=0.03)


def brands(rng, n, brands_each, *, strange=0.0):
    """Simulated ratings of three brands by persons with styles of their own; one intercept differs in a brand."""
    persons = np.repeat(np.arange(n), brands_each)
    brand = np.concatenate([rng.choice(3, brands_each, replace=False) for _ in range(n)])
    style = np.repeat(rng.normal(size=(n, 3)), brands_each, axis=0)
    factors = style + rng.normal(size=(len(persons), 3))
    x = factors @ np.kron(np.eye(3), np.full((3, 1), 0.7)).T + 0.6 * rng.normal(size=(len(persons), 9))
    x[brand == 2, 4] += strange
    return x, brand, persons


@pytest.mark.parametrize("draws", [4, pytest.param(8, marks=pytest.mark.slow)])
def test_repeated_draws_find_planted_differences_and_no_others(draws):
    rng = np.random.default_rng(11)
    levels = ("configural", "metric", "scalar")

    def ladder(groups):
        return invariance_ladder(NINE, groups, levels=levels)

    metric, scalar = repeated_ladders(ladder, *brands(rng, 900, 2), draws=draws, rng=rng)
    assert (metric.level, scalar.level) == ("metric", "scalar")
    assert min(metric.p_value, scalar.p_value) > 0.01
    assert scalar.share_within_cutoffs == 1
    assert len(scalar.p_values) == draws
    metric, scalar = repeated_ladders(ladder, *brands(rng, 900, 2, strange=0.6), draws=draws, rng=rng)
    assert metric.p_value > 0.01
    assert scalar.p_value < 0.001
    assert scalar.cfi_change < -0.005
    assert scalar.failed == 0


def test_draws_without_a_test_do_not_spoil_the_others():
    known, none = np.array([0.01, 0.02, np.nan, 0.04]), np.full(2, np.nan)
    nothing = dict.fromkeys(("cfi_changes", "rmsea_changes", "srmr_changes", "within_cutoffs"), np.zeros(4))
    assert RepeatedRung("metric", known, failed=0, **nothing).p_value == pytest.approx(0.04)
    assert np.isnan(RepeatedRung("metric", none, failed=0, **nothing).p_value)


def test_draws_that_cannot_be_estimated_are_counted_and_all_of_them_refused():
    rng = np.random.default_rng(12)
    x, brand, persons = brands(rng, 60, 1)

    def moody(groups):
        if rng.random() < 0.5:
            raise AnalysisError("no_convergence", "It did not.")
        return invariance_ladder(NINE, groups, levels=("configural", "metric"))

    assert 0 < repeated_ladders(moody, x, brand, persons, draws=12, rng=rng)[0].failed < 12
    with pytest.raises(AnalysisError) as refused:
        repeated_ladders(
            lambda groups: invariance_ladder(NINE, groups), x[:12], brand[:12], persons[:12], draws=2, rng=rng
        )
    assert refused.value.code == "group_too_small"


def test_groups_that_cannot_be_compared_are_refused_by_name():
    groups = groups_of(np.random.default_rng(7), [300, 5])
    with pytest.raises(AnalysisError) as refused:
        invariance_ladder(NINE, groups)
    assert (refused.value.code, refused.value.numbers["rows"]) == ("group_too_small", 5)
    codes = [np.digitize(x, [-1, 0, 1]) for x in groups_of(np.random.default_rng(8), [300, 300])]
    with pytest.raises(AnalysisError) as refused:
        ordinal_invariance_ladder(NINE, [codes[0], np.minimum(codes[1], 2)])
    assert refused.value.code == "empty_category"
    with pytest.raises(AnalysisError) as refused:
        invariance_ladder(NINE, [groups[0], groups[0] + 1], levels=("metric", "configural"))
    assert refused.value.code == "not_nested"
