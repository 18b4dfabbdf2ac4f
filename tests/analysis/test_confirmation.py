"""Confirmatory models and comparisons of groups as researchers read them: every number as in R, verdicts in words."""

import json

import numpy as np
import pandas as pd
import pytest

from analysis.measurement.answers import pick_answers
from analysis.measurement.comparison import compare_groups
from analysis.measurement.confirmation import confirm
from analysis.measurement.consistency import assess_scales
from analysis.measurement.plan import FactorModel, MeasurementPlan
from analysis.measurement.remarks import Remarks
from tests.analysis.numeric.conftest import REFERENCE

ITEMS = tuple(f"q{i:02d}" for i in range(1, 13))
FACTORS = {"f1": ITEMS[:4], "f2": ITEMS[4:8], "f3": ITEMS[8:]}
INDICES = {
    "chi2": "chisq",
    "dof": "df",
    "p_value": "pvalue",
    "cfi": "cfi",
    "tli": "tli",
    "rmsea": "rmsea",
    "rmsea_low": "rmsea.ci.lower",
    "rmsea_high": "rmsea.ci.upper",
    "p_close": "rmsea.pvalue",
}


@pytest.fixture(scope="module")
def people():
    """Attentive respondents of the simulated countries; persons and weights by rule, as in R."""
    frame = pd.read_csv(REFERENCE / "sim4c" / "data.csv")
    frame = frame[frame["truth_careless"] == "none"].reset_index(drop=True)
    place = np.arange(len(frame))
    return frame.assign(person=place // 3, weight=0.5 + (place + 1) * 7 % 11 / 5)


def reference(family, name):
    """What R found."""
    return json.loads((REFERENCE / "sim4c" / f"{family}.json").read_text())[name]


def rows_of(table, columns, group_labels=None):
    """Numbers of a table from R by left side, operator, right side and group."""
    groups = [""] * len(table["lhs"])
    if group_labels:
        groups = [group_labels[number - 1] if number else "" for number in table["group"]]
    found = {}
    for lhs, op, rhs, group, *numbers in zip(
        table["lhs"], table["op"], table["rhs"], groups, *(table[name] for name in columns), strict=True
    ):
        found[lhs, op, rhs, group] = found[rhs, op, lhs, group] = numbers
    return found


def assert_parameters_equal(ours, theirs, group_labels=None):
    """Estimates, errors and standardised values, to the digits R stops at."""
    expected = rows_of(theirs["parameters"], ("est", "se", "std.lv", "std.all"), group_labels)
    standard = rows_of(theirs["standardised"], ("est.std", "se"))
    assert len(ours) >= 30
    for parameter in ours:
        place = parameter.left, parameter.op, parameter.right, parameter.group
        estimate, error, by_factors, by_all = expected[place]
        assert parameter.estimate == pytest.approx(estimate, abs=1e-5), place
        assert parameter.error is None or parameter.error == pytest.approx(error, rel=3e-5), place
        if parameter.op == "~*~":
            continue
        assert parameter.std_lv == pytest.approx(by_factors, abs=1e-5), place
        assert parameter.std_all == pytest.approx(by_all, abs=1e-5), place
        if not group_labels:
            assert parameter.std_error == pytest.approx(standard[*place[:3], ""][1], abs=1e-6), place


def assert_fit_equals(ours, theirs):
    """All versions of all indices."""
    for part, suffix in ((ours.standard, ""), (ours.scaled, ".scaled"), (ours.robust, ".robust")):
        for name, key in INDICES.items():
            if (value := theirs.get(key + suffix)) is not None:
                assert getattr(part, name) == pytest.approx(value, rel=2e-6, abs=2e-6), key + suffix
    assert ours.srmr == pytest.approx(theirs["srmr"], abs=1e-6)


@pytest.mark.parametrize(
    ("family", "name", "model", "columns"),
    [
        ("cfa_standardised", "ML", {}, {}),
        ("cfa_standardised", "delta", {"estimator": "WLSMV"}, {}),
        ("cfa_standardised", "theta", {"estimator": "WLSMV", "parameterisation": "theta"}, {}),
        ("cfa_higher", "MLR", {"estimator": "MLR", "second_order": {"g": ("f1", "f2", "f3")}}, {}),
        ("cfa_higher", "WLSMV", {"estimator": "WLSMV", "second_order": {"g": ("f1", "f2", "f3")}}, {}),
        ("cfa_higher", "bifactor", {"estimator": "MLR", "bifactor": "g"}, {}),
        ("cfa_nested", "cluster", {}, {"person": "person"}),
        ("cfa_nested", "weights_ML", {}, {"weight": "weight"}),
        ("cfa_nested", "weights_MLR", {"estimator": "MLR"}, {"weight": "weight"}),
        ("cfa_nested", "weights_cluster", {}, {"weight": "weight", "person": "person"}),
    ],
)
def test_confirmatory_models_equal_lavaan(people, family, name, model, columns):
    asked = FactorModel(factors=FACTORS, **model)
    plan = MeasurementPlan(items=ITEMS, model=asked, **columns)
    found = confirm(pick_answers(people, plan), plan, asked)
    theirs = reference(family, name)
    assert_parameters_equal(found.parameters, theirs)
    assert_fit_equals(found.fit, theirs["fit"])


def test_levels_of_rows_nested_in_persons_equal_lavaan(people):
    model = FactorModel(factors=FACTORS)
    frame = people.assign(person=people["country"] + people["person"].astype(str))
    plan = MeasurementPlan(items=ITEMS, model=model, person="person", group="country")
    found = compare_groups(pick_answers(frame, plan), plan, model, Remarks(ITEMS))
    theirs = reference("cfa_nested", "cluster_groups")
    metric = next(step for step in found.steps if step.level == "metric")
    assert_parameters_equal(metric.parameters, theirs, theirs["group_labels"])
    assert_fit_equals(metric.fit, theirs["fit"])


def test_ratios_of_traits_equal_semtools(people):
    model = FactorModel(factors=FACTORS)
    plan = MeasurementPlan(items=ITEMS, model=model)
    answers = pick_answers(people, plan)
    found = assess_scales(answers.pool, answers, plan, 3, Remarks(ITEMS)).htmt
    expected = reference("htmt", "pearson")
    ratios = np.array(found.values, dtype=float)
    below = np.tril_indices(3, -1)
    np.testing.assert_allclose(ratios[below], np.array([expected[name] for name in found.columns])[below], atol=1e-9)


def compared(frame, estimator="ML", **choices):
    """A comparison of countries, and what was remarked."""
    model = FactorModel(factors=FACTORS, estimator=estimator)
    plan = MeasurementPlan(items=ITEMS, model=model, group="country", **choices)
    remarks = Remarks(ITEMS)
    return compare_groups(pick_answers(frame, plan), plan, model, remarks), [remark.code for remark in remarks.found]


def test_means_are_compared_once_the_item_that_differs_is_free(people):
    found, _ = compared(people, "MLR")
    assert [(cell.left, cell.op, cell.group) for cell in found.partial.released] == [("q09", "~1", "DD")]
    assert found.partial.holds
    assert "once q09 ~1 in DD may differ" in found.verdict
    # simulated: factor means less those of the first country
    planted = {"BB": (0.3, -0.2, 0.1), "CC": (-0.25, 0.2, 0.35), "DD": (0.1, 0.4, -0.3)}
    for mean in found.latent_means:
        assert mean.low - 0.05 < planted[mean.group][int(mean.factor[1]) - 1] < mean.high + 0.05
        assert mean.d == pytest.approx(mean.mean, abs=0.05)
    assert len(found.latent_means) == 9
    largest = max(found.effects, key=lambda effect: effect.dmacs)
    assert (largest.item, largest.group) == ("q09", "DD")
    assert largest.dmacs > 0.5 > sorted(effect.dmacs for effect in found.effects)[-2]
    assert largest.difference == pytest.approx(largest.dmacs, abs=0.01)
    aligned = {factor.factor: factor for factor in found.alignment}
    assert aligned["f2"].differing_loadings == {"q05": ("CC",)}
    assert set(aligned["f1"].differing_loadings) | set(aligned["f1"].differing_intercepts) == set()
    assert all(factor.trustworthy for factor in found.alignment)


def test_means_of_groups_that_differ_in_too_much_are_not_compared(people):
    frame = people[people["country"].isin(["AA", "BB"])].copy()
    chosen = frame["country"] == "BB"
    # half of the items run the other way in one country
    frame.loc[chosen, list(ITEMS[::2])] = 6 - frame.loc[chosen, list(ITEMS[::2])]
    found, _ = compared(frame)
    assert found.latent_means == ()
    assert "No level of invariance holds" in found.verdict


def test_groups_that_are_the_same_reach_every_level(people):
    frame = people.assign(country=np.random.default_rng(1).choice(["north", "south"], len(people)))
    found, codes = compared(frame)
    assert (found.reached, found.partial, codes) == ("means", None, [])
    assert "the groups do not differ" in found.verdict
    assert max(abs(mean.d) for mean in found.latent_means) < 0.15


@pytest.mark.slow
def test_ordinal_items_differ_where_it_was_planted(people):
    found, codes = compared(people, "WLSMV")
    assert found.partial.level == "loadings"
    assert [(cell.right, cell.group) for cell in found.partial.released] == [("q05", "CC")]
    assert found.partial.difference_p > 0.05
    assert [step.level for step in found.steps] == [
        "configural",
        "thresholds",
        "loadings",
        "intercepts",
        "uniquenesses",
    ]
    assert codes == []


@pytest.mark.parametrize(
    ("countries", "reached"),
    [
        (("AA", "BB"), "uniquenesses"),
        pytest.param(("AA", "BB", "CC", "DD"), "configural", marks=pytest.mark.slow),
    ],
)
def test_two_answers_alone_leave_nothing_to_test(people, countries, reached):
    two = people[people["country"].isin(countries)].copy()
    two[list(ITEMS)] = (two[list(ITEMS)] > 3).astype(int)
    found, codes = compared(two, "WLSMV")
    assert {"two_answers", "nothing_to_test"} <= set(codes)
    assert [step.holds for step in found.steps[:3]] == [None, None, None]
    assert found.reached == reached
