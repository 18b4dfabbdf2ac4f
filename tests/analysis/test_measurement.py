"""Measurement of a set of items: R's numbers under their names, what data refuse, and equal results for equal plans."""

import json

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from analysis.errors import AnalysisError
from analysis.measurement import FactorModel, MeasurementPlan, measure
from tests.analysis.numeric.conftest import REFERENCE, Case

ITEMS = tuple(f"q{i:02d}" for i in range(1, 13))
FACTORS = {"f1": ITEMS[:4], "f2": ITEMS[4:8], "f3": ITEMS[8:]}
QUICK = {"draws": 200, "permutations": 20, "resamples": 0, "repeated_draws": 3}


@pytest.fixture(scope="module")
def sim4c():
    return Case(REFERENCE / "sim4c")


@pytest.fixture(scope="module")
def answers(sim4c):
    return pd.read_csv(sim4c.folder / "data.csv")


@pytest.fixture(scope="module")
def clean(answers):
    """The respondents who were simulated as careful."""
    return answers[answers["truth_careless"] == "none"]


@pytest.fixture(scope="module")
def found(answers):
    return measure(answers, MeasurementPlan(items=ITEMS, factors=3, rows=True, synonyms_above=0.3, **QUICK))


@pytest.fixture(scope="module")
def ordinal(answers):
    return measure(answers, MeasurementPlan(items=ITEMS, factors=3, matrix="polychoric", **QUICK))


def matched(ours, theirs):
    """Columns of ours in the order and direction of theirs."""
    agreement = ours.T @ theirs / np.outer(np.linalg.norm(ours, axis=0), np.linalg.norm(theirs, axis=0))
    order = np.abs(agreement).argmax(0)
    return ours[:, order] * np.sign(agreement[order, np.arange(len(order))])


def test_items_equal_r(sim4c, found):
    table = found.items.to_frame()
    names = {"mean": "mean", "sd": "sd", "median_deviation": "mad", "trimmed_mean": "trimmed_mean_10", "error": "se",
             "skew": "skew_type3", "kurtosis": "kurtosis_type3", "floor": "floor_share", "ceiling": "ceiling_share",
             "median": "median"}  # fmt: skip
    for theirs in json.loads((sim4c.folder / "items.json").read_text())["items"]:
        ours = table.loc[theirs["item"]]
        for name, key in names.items():
            assert ours[name] == pytest.approx(theirs[key], abs=1e-9), name
        assert ours["counts"] == theirs["counts"]
    mardia = sim4c.results("items")["mardia"]
    assert found.normality.skewness == pytest.approx(mardia["b1p"], abs=1e-8)
    assert found.normality.kurtosis_z == pytest.approx(mardia["kurtosis_z"], rel=1e-8)


@pytest.mark.parametrize("kind", ["pearson", "polychoric"])
def test_correlations_and_adequacy_equal_r(sim4c, found, ordinal, kind):
    ours = found if kind == "pearson" else ordinal
    theirs = sim4c.results("factorability")
    if kind == "polychoric":
        theirs = sim4c.results("polychoric")["factorability_on_tight_polychoric"]
    tolerance = 1e-9 if kind == "pearson" else 1e-7
    np.testing.assert_allclose(ours.correlations.to_frame(), theirs["R"], atol=tolerance)
    np.testing.assert_allclose(ours.correlations.eigenvalues, theirs["eigenvalues"], atol=tolerance)
    assert ours.correlations.determinant == pytest.approx(theirs["determinant"], rel=1e-6)
    assert ours.adequacy.kmo == pytest.approx(theirs["kmo_overall"], abs=tolerance)
    np.testing.assert_allclose([item.msa for item in ours.adequacy.items], theirs["msa"], atol=tolerance)
    np.testing.assert_allclose([item.smc for item in ours.adequacy.items], theirs["smc"], atol=tolerance)
    assert ours.adequacy.bartlett_chi2 == pytest.approx(theirs["bartlett"]["chisq"], rel=1e-6)


def test_thresholds_equal_r(sim4c, ordinal):
    theirs = sim4c.results("polychoric")["tight_two_step"]
    for item in ordinal.correlations.thresholds:
        np.testing.assert_allclose(item.thresholds, theirs["thresholds"][item.item], atol=1e-9)
    assert ordinal.correlations.smallest_eigenvalue == pytest.approx(theirs["smallest_eigenvalue"], abs=1e-7)


def test_retention_equals_r_and_kaiser_is_one_of_many(sim4c, found):
    theirs = sim4c.results("nfactors")
    suggested = {criterion.criterion: criterion.suggested for criterion in found.retention.criteria}
    assert suggested["map"] == theirs["map"]["suggest_sq"]
    assert suggested["map_fourth"] == theirs["map"]["suggest_4"]
    assert suggested["empirical_kaiser"] == theirs["ekc"]["suggest"]
    assert suggested["kaiser"] == theirs["kaiser"]
    assert len(suggested) > 7
    np.testing.assert_allclose(found.retention.map_squared[:11], theirs["map"]["map_sq"], atol=1e-8)


def test_without_a_number_parallel_analysis_decides(answers):
    found = measure(answers, MeasurementPlan(items=ITEMS, **QUICK))
    assert found.retention.used == len(found.efa.factors) == 3


@pytest.mark.parametrize("method", ["minres", "ml"])
@pytest.mark.parametrize(
    ("rotation", "key"),
    [
        ({"rotation": "oblimin"}, "oblimin_gam0"),
        ({"rotation": "quartimin"}, "oblimin_gam0"),
        ({"rotation": "oblimin", "kaiser": True}, "oblimin_gam0_kaiser_normalised"),
        ({"rotation": "varimax"}, "varimax_kaiser"),
        ({"rotation": "promax"}, "promax_m4_on_kaiser_varimax"),
        ({"rotation": "geomin"}, "geominQ_delta01"),
        ({"rotation": "none"}, "unrotated"),
    ],
)
def test_loadings_equal_r(sim4c, answers, method, rotation, key):
    plan = MeasurementPlan(items=ITEMS, factors=3, method=method, **rotation, **QUICK)
    ours = measure(answers, plan).efa
    theirs = sim4c.results("efa")[f"{method}_k3"]["tight"]
    expected = theirs[key]["loadings"] if isinstance(theirs[key], dict) else theirs[key]
    np.testing.assert_allclose(matched(ours.pattern.to_frame().to_numpy(), expected), expected, atol=1e-5)
    np.testing.assert_allclose([item.uniqueness for item in ours.items], theirs["uniquenesses"], atol=1e-6)
    for name, value in {"rmsea": "rmsea", "bic": "bic", "cfi": "cfi", "rmsr": "rmsr", "chi2": "chisq"}.items():
        assert getattr(ours.fit, name) == pytest.approx(theirs["fit"][value], rel=1e-6, abs=1e-6), name


def test_the_fit_of_psych_and_the_second_engine_stand_beside_ours(sim4c, found):
    theirs = json.loads((sim4c.folder / "efa.json").read_text())["minres_k3"]["psych"]["oblimin"]
    assert found.efa.fit_psych.rmsea == pytest.approx(theirs["rmsea"]["values"][0], abs=1e-4)
    assert found.efa.fit_psych.rmsea_high == pytest.approx(theirs["rmsea"]["values"][2], abs=1e-4)
    assert found.efa.fit_psych.tli == pytest.approx(theirs["tli"], abs=1e-4)
    assert found.efa.fit.tli != pytest.approx(theirs["tli"], abs=1e-5)
    assert max(found.efa.engine_agreement.values()) < 1e-2
    np.testing.assert_allclose(sorted(found.scores[0].determinacy), sorted(theirs["r2_scores"]), atol=1e-3)


def test_reliability_equals_r(sim4c, answers):
    found = measure(answers, MeasurementPlan(items=ITEMS, model=FactorModel(factors=FACTORS), factors=3, **QUICK))
    for scale in found.reliability.scales[1:]:
        theirs = sim4c.results("reliability")[scale.scale]
        assert scale.alpha.raw == pytest.approx(theirs["psych_alpha_total"]["raw_alpha"], abs=1e-9)
        assert scale.alpha.standardised == pytest.approx(theirs["psych_alpha_total"]["std.alpha"], abs=1e-9)
        assert scale.alpha.feldt_low == pytest.approx(theirs["feldt_95"]["lower"], abs=1e-9)
        assert scale.alpha.duhachek_low == pytest.approx(theirs["duhachek_95"]["lower"], abs=1e-4)
        table = scale.to_frame()
        np.testing.assert_allclose(table["item_rest"], theirs["item_stats"]["table"]["r.drop"], atol=1e-9)
        np.testing.assert_allclose(
            table["alpha_if_dropped"], theirs["alpha_if_dropped"]["table"]["raw_alpha"], atol=1e-9
        )
        assert scale.omega.total == pytest.approx(theirs["cfa_omega_ML"]["omega"], abs=1e-5)
        assert scale.omega.error == pytest.approx(theirs["cfa_omega_ML"]["se_delta"], rel=1e-3)
        assert scale.omega.robust_error == pytest.approx(theirs["cfa_omega_MLR"]["se_delta"], rel=1e-3)
        assert scale.omega.average_variance_extracted == pytest.approx(theirs["AVE"], abs=1e-5)
        assert scale.ordinal.alpha == pytest.approx(theirs["ordinal_alpha_polychoric"], abs=1e-7)
        assert scale.ordinal.omega_categorical == pytest.approx(theirs["ordinal_omega_ordscale"], abs=1e-5)
    assert found.reliability.htmt.to_frame().loc["f1", "f2"] < 0.85


def test_careless_indices_equal_r_row_by_row(sim4c, answers):
    plan = MeasurementPlan(items=ITEMS, rows=True, synonyms_above=0.3, model=FactorModel(factors=FACTORS), **QUICK)
    ours = {index.index: index for index in measure(answers, plan).carelessness.indices}
    theirs = json.loads((sim4c.folder / "careless.json").read_text())
    names = {"longest_run": "longstring", "mean_run": "averagestring", "variability": "irv",
             "mahalanobis": "mahalanobis_complete_cases", "mahalanobis_p": "mahalanobis_p",
             "person_total": "person_total_correlation", "even_odd": "evenodd_raw_r"}  # fmt: skip
    for name, key in names.items():
        expected = np.array(theirs[key], dtype=float)
        np.testing.assert_allclose(np.array(ours[name].rows, dtype=float), expected, atol=1e-9, err_msg=name)
    careless = np.array(theirs["evenodd_careless_sign"], dtype=float)
    np.testing.assert_allclose(-np.array(ours["even_odd_stepped_up"].rows, dtype=float), careless, atol=1e-9)


INDICES = {"chi2": "chisq", "dof": "df", "p_value": "pvalue", "cfi": "cfi", "tli": "tli", "rmsea": "rmsea",
           "rmsea_low": "rmsea.ci.lower", "rmsea_high": "rmsea.ci.upper"}  # fmt: skip


def assert_equals_lavaan(section, theirs):
    """Estimates, errors, standardised solution and fit of one confirmatory model."""
    ours = {(p.left, p.op, p.right): p for p in section.parameters}
    table = theirs["parameters"]
    columns = [table[name] for name in ("lhs", "op", "rhs", "est", "se", "std.all")]
    compared = 0
    for lhs, op, rhs, estimate, error, standard in zip(*columns, strict=True):
        parameter = ours.get((lhs, op, rhs)) or ours.get((rhs, op, lhs))
        if parameter is None:  # lavaan lists what a model fixes at 0 or 1 as well
            assert error in (0, None)
            continue
        compared += 1
        assert parameter.estimate == pytest.approx(estimate, abs=1e-4)
        assert (parameter.error or 0.0) == pytest.approx(error, rel=1e-3, abs=1e-12)
        if parameter.std_all is not None and op != "~1":
            assert parameter.std_all == pytest.approx(standard, abs=1e-4)
    assert compared == len(ours)
    for part, suffix in ((section.fit.standard, ""), (section.fit.scaled, ".scaled"), (section.fit.robust, ".robust")):
        for name, key in INDICES.items():
            value = theirs["fit"].get(key + suffix)
            if value is not None:
                tolerance = {"rel": 1e-6, "abs": 1e-5} if not suffix else {"rel": 1e-3, "abs": 1e-5}
                assert getattr(part, name) == pytest.approx(value, **tolerance), key + suffix
    assert section.fit.srmr == pytest.approx(theirs["fit"]["srmr"], abs=1e-5)


@pytest.mark.parametrize("estimator", ["ML", "MLR", "WLSMV"])
def test_confirmatory_models_equal_lavaan(sim4c, clean, estimator):
    model = FactorModel(factors=FACTORS, estimator=estimator)
    ours = measure(clean, MeasurementPlan(items=ITEMS, factors=3, model=model, **QUICK)).cfa
    theirs = json.loads((sim4c.folder / "cfa_clean.json").read_text())[estimator]
    assert_equals_lavaan(ours, theirs)
    if "modindices_top15" in theirs:
        first = theirs["modindices_top15"]
        assert ours.modification[0].statistic == pytest.approx(first["mi"][0], rel=1e-3)
        assert (ours.modification[0].left, ours.modification[0].right) == (first["lhs"][0], first["rhs"][0])


@pytest.mark.parametrize("estimator", ["ML", "MLR"])
def test_invariance_equals_lavaan(sim4c, clean, estimator):
    model = FactorModel(factors=FACTORS, estimator=estimator)
    found = measure(clean, MeasurementPlan(items=ITEMS, factors=3, model=model, group="country", **QUICK))
    theirs = json.loads((sim4c.folder / "invariance_country_clean.json").read_text())
    assert found.invariance.groups == theirs["n_by_group"]
    for before, step in zip((None, *found.invariance.steps), found.invariance.steps, strict=False):
        assert step.fit.standard.chi2 == pytest.approx(theirs[estimator][step.level]["fit"]["chisq"], rel=1e-6)
        if before is not None:
            difference = theirs[estimator]["comparisons"][f"{step.level} vs {before.level}"]["lrt"]
            assert step.difference_chi2 == pytest.approx(difference["Chisq.diff"][1], rel=1e-3)
            assert step.difference_dof == difference["Df.diff"][1]
    # planted: a loading of q05 in CC, an intercept of q09 in DD
    assert found.invariance.reached == "metric"
    assert "scalar" in found.invariance.verdict
    assert ("q09", "DD") in {(released.left, released.group) for released in found.invariance.partial.released}
    weakest = {factor.items[int(np.argmin(factor.intercept_r2))] for factor in found.invariance.alignment}
    assert "q09" in weakest


def test_ordinal_invariance_equals_lavaan_and_borrows_no_cutoffs(sim4c, clean):
    plan = MeasurementPlan(items=ITEMS, factors=3, model=FactorModel(factors=FACTORS), ordered=True, group="country",
                           **QUICK)  # fmt: skip
    found = measure(clean, plan).invariance
    theirs = json.loads((sim4c.folder / "invariance_country_ordinal_clean.json").read_text())
    names = ["configural", "thresholds", "thresholds_loadings", "thresholds_loadings_intercepts"]
    for step, level in zip(found.steps, names, strict=False):
        fit = theirs["levels"][level]["fit"]
        assert step.fit.scaled.chi2 == pytest.approx(fit["chisq.scaled"], rel=1e-6)
        assert step.within_cutoffs is None
    assert "not applied to ordinal models" in found.verdict


def nested(seed=1, persons=200):
    """Simulated ratings, three for each person, two factors of four items."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(persons), 3)
    factors = rng.normal(size=(persons, 2))[person] + rng.normal(size=(len(person), 2))
    x = np.repeat(factors, 4, axis=1) + rng.normal(size=(len(person), 8))
    frame = pd.DataFrame(x, columns=[f"i{j}" for j in range(8)])
    return frame.assign(person=person, brand=np.tile(["a", "b", "c"], persons), weight=rng.uniform(0.5, 2, len(x)))


NESTED = tuple(f"i{j}" for j in range(8))
TWO = FactorModel(factors={"one": NESTED[:4], "two": NESTED[4:]})


def test_ratings_of_a_person_do_not_count_as_independent():
    frame = nested()
    plan = MeasurementPlan(items=NESTED, factors=2, person="person", group="brand", model=TWO, **QUICK)
    found = measure(frame, plan)
    assert found.rows.independent == found.adequacy.n == 200
    assert (found.cfa.estimator, found.cfa.errors, found.cfa.clusters) == ("MLR", "clustered by person", 200)
    assert {remark.code for remark in found.remarks} == {"clustered", "not_ordinal", "without_efa"}
    by_person = found.levels[0]
    assert (by_person.column, by_person.clusters) == ("person", 200)
    # the variance is 1 between and 2 within persons
    assert by_person.to_frame()["icc"].mean() == pytest.approx(1 / 3, abs=0.08)
    assert by_person.within.efa is not None
    assert len(found.invariance.repeated) == 4
    plain = measure(frame, MeasurementPlan(items=NESTED, factors=2, **QUICK))
    assert plain.rows.independent == 600
    assert plain.adequacy.bartlett_chi2 > found.adequacy.bartlett_chi2


def test_weights_count_as_numbers_of_rows():
    frame = nested().assign(weight=np.tile([1, 2], 300))
    weighted = measure(frame, MeasurementPlan(items=NESTED, factors=2, weight="weight", **QUICK))
    repeated = measure(
        frame.loc[frame.index.repeat(frame["weight"])], MeasurementPlan(items=NESTED, factors=2, **QUICK)
    )
    np.testing.assert_allclose(weighted.correlations.to_frame(), repeated.correlations.to_frame(), atol=1e-12)
    np.testing.assert_allclose(weighted.efa.pattern.to_frame(), repeated.efa.pattern.to_frame(), atol=1e-6)
    assert weighted.items.items[0].weighted_mean == pytest.approx(repeated.items.items[0].mean, abs=1e-12)
    assert weighted.rows.independent < 600
    assert "weights_not_used" in {remark.code for remark in weighted.remarks}


def test_reversed_items_are_turned_round():
    frame = (3 + nested()[list(NESTED)]).clip(1, 5).round()
    against = frame.assign(i0=6 - frame["i0"])
    ends = {"lowest": 1, "highest": 5, "factors": 2, **QUICK}
    one = measure(frame, MeasurementPlan(items=NESTED, **ends))
    other = measure(against, MeasurementPlan(items=NESTED, reverse=("i0",), **ends))
    assert one.reliability.scales[0].alpha == other.reliability.scales[0].alpha
    np.testing.assert_allclose(one.efa.pattern.to_frame(), other.efa.pattern.to_frame())


def test_equal_plans_give_equal_results_and_other_seeds_other_draws():
    frame = nested()
    plan = MeasurementPlan(items=NESTED, factors=2, **QUICK | {"resamples": 10})
    assert measure(frame, plan).to_json() == measure(frame, plan).to_json()
    other = measure(frame, plan.model_copy(update={"seed": 5}))
    assert other.retention.parallel[0].mean != measure(frame, plan).retention.parallel[0].mean
    assert other.efa.intervals.resamples == 10


def test_intervals_hold_the_loadings():
    found = measure(nested(), MeasurementPlan(items=NESTED, factors=2, **QUICK | {"resamples": 60}))
    low, pattern, high = (
        part.to_frame().to_numpy() for part in (found.efa.intervals.low, found.efa.pattern, found.efa.intervals.high)
    )
    assert ((low <= pattern) & (pattern <= high)).mean() > 0.9
    assert min(found.efa.intervals.congruence) > 0.95


@pytest.mark.parametrize("matrix", ["pearson", "spearman", "mixed"])
def test_kinds_of_correlation_of_continuous_items_equal_pandas(matrix):
    frame = nested()
    frame.loc[::7, "i3"] = np.nan
    found = measure(frame, MeasurementPlan(items=NESTED, matrix=matrix, factors=2, **QUICK))
    kind = "spearman" if matrix == "spearman" else "pearson"
    np.testing.assert_allclose(found.correlations.to_frame(), frame[list(NESTED)].corr(method=kind), atol=1e-9)


def refusals(found):
    """Sections that the data refused, by code."""
    gathered = {}
    for remark in found.remarks:
        if remark.refused:
            gathered.setdefault(remark.code, set()).add(remark.section)
    return gathered


def spoilt(**columns):
    """Simulated ratings with some columns replaced."""
    return nested().assign(**columns)


BAD = {
    "constant item": (spoilt(i2=3.0), {}, "constant_item", "i2"),
    "constant item, groups and persons": (
        spoilt(i2=3.0),
        {"group": "brand", "person": "person"},
        "constant_item",
        "i2",
    ),
    "collinear items": (spoilt(i2=nested()["i0"] + nested()["i1"]), {}, "collinear_items", "i2"),
    "fewer rows than items": (nested()[:7], {}, "too_few_rows", "7 independent rows for 8 items"),
    "all-missing pair": (
        spoilt(
            i2=nested()["i2"].where(nested()["brand"] == "a"), i3=nested()["i3"].where(nested()["brand"] == "b")
        ),
        {},
        "pair_never_observed",
        "i2",
    ),
    "non-integer ordinal codes": (nested(), {"matrix": "polychoric"}, "fractional_code", "i0"),
    "non-integer codes in an ordinal model": (nested(), {"model": TWO, "ordered": True}, "fractional_code", "ML"),
    "a group with 5 rows": (
        spoilt(brand=["tiny"] * 5 + ["a", "b"] * 297 + ["a"]),
        {"group": "brand", "model": TWO},
        "group_too_small",
        "'tiny' has 5 usable rows",
    ),
    "3 factors of 4 items": (nested(), {"items": NESTED[:4], "factors": 3}, "too_many_factors", "4 items"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_named_and_what_is_left_is_measured(name):
    frame, choices, code, words = BAD[name]
    found = measure(frame, MeasurementPlan(**({"items": NESTED} | QUICK | choices)))
    assert code in refusals(found)
    told = [remark.message for remark in found.remarks if remark.code == code]
    assert any(words in message for message in told), told
    assert found.items is not None
    content = json.loads(found.to_json())
    asked = {
        "items",
        "normality",
        "correlations",
        "adequacy",
        "retention",
        "efa",
        "scores",
        "reliability",
        "carelessness",
    }
    asked |= {"cfa"} if "model" in choices else set()
    asked |= {"invariance"} if "group" in choices else set()
    silent = {s for s in asked if content[s] is None} - set.union(*refusals(found).values())
    assert silent == set()


@pytest.mark.parametrize(
    ("choices", "code"),
    [
        ({"items": ("i0", "i9")}, "unknown_column"),
        ({"items": ("i0", "i0", "i1")}, "item_named_twice"),
        ({"group": "brnd"}, "unknown_column"),
        ({"items": NESTED[:3], "model": TWO}, "unknown_item"),
        ({"items": ("i0", "brand")}, "not_a_number"),
        ({"weight": "i0"}, "unusable_weight"),
    ],
)
def test_what_makes_everything_impossible_is_refused_at_once(choices, code):
    with pytest.raises(AnalysisError) as refused:
        measure(nested(), MeasurementPlan(**({"items": NESTED} | choices)))
    assert refused.value.code == code


def test_correlations_that_contradict_each_other_are_repaired_on_request_only():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(rng.normal(size=(60, 6)) * 0.4 + rng.normal(size=(60, 1)), columns=list("abcdef"))
    frame = frame.mask(rng.random(frame.shape) < 0.6)
    plan = MeasurementPlan(items=tuple("abcdef"), factors=1, **QUICK)
    plain, repaired = measure(frame, plan), measure(frame, plan.model_copy(update={"smooth": True}))
    assert plain.correlations.smallest_eigenvalue < 0
    assert plain.efa is None
    assert "not_positive_definite" in refusals(plain)
    assert repaired.correlations.smoothed
    assert min(repaired.correlations.eigenvalues) > 0
    assert repaired.efa is not None


@pytest.mark.parametrize(
    "model",
    [
        {"factors": {"f": ["a", "b"]}, "second_order": {"g": ["h"]}},
        {"factors": {"f": ["a", "b"]}, "bifactor": "g", "second_order": {"h": ["f"]}},
        {"factors": {"a": ["a", "b"]}},
        {"factors": {"f": ["a", "b"]}, "residuals": [["a", "c"]]},
        {"factors": {}},
    ],
)
def test_models_that_contradict_themselves_are_refused(model):
    with pytest.raises(ValidationError):
        FactorModel(**model)
