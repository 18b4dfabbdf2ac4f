import dataclasses

import numpy as np
import pytest

from analysis.grouped import Grouped
from analysis.membership_rules import find_membership_rules
from analysis.scenarios import ScenarioPlan, simulate_study
from tests.analysis.simulated import quick_plan


def studied(**choices):
    study = simulate_study(ScenarioPlan(**({"seed": 3, "persons": 800, "careless": 0.0} | choices)))
    return study.dataset, Grouped(study.dataset.person_numbers % 2 == 1, study.truth.archetype)


def applied(rules, dataset):
    """Archetype keys by reading the list as a person would."""
    scores = {scale.key: dataset.scale_scores[:, i] for i, scale in enumerate(dataset.measures.scales)}
    desired = dataset.ratings["desired"].to_numpy(dtype=str)
    told = np.full(len(desired), "", dtype=object)
    for rule in rules.rules:
        holds = told == ""
        for condition in rule.conditions:
            if condition.kind == "desired":
                holds &= (desired == condition.choice) == (condition.comparison == "is")
            else:
                holds &= (scores[condition.key] >= condition.threshold) == (condition.comparison == "at_least")
        told[holds] = rule.archetype
    return told


def test_rules_read_by_a_person_have_the_accuracy_that_is_told():
    dataset, groups = studied()
    rules, caveats = find_membership_rules(dataset, groups, plan=quick_plan())
    told, testing = applied(rules, dataset), groups.testing
    right = told == np.array([f"A{k + 1}" for k in groups.archetype])
    weights = dataset.weights
    assert "" not in told
    assert rules.accuracy.value == pytest.approx(weights[testing] @ right[testing] / weights[testing].sum())
    assert rules.accuracy.n == testing.sum()
    assert rules.accuracy.low > rules.baseline.high
    assert caveats == ()


def test_each_rule_has_its_own_coverage_and_precision_and_they_add_up():
    dataset, groups = studied()
    rules, _ = find_membership_rules(dataset, groups, plan=quick_plan())
    assert sum(rule.coverage.value for rule in rules.rules) == pytest.approx(1)
    hits = sum(rule.coverage.value * rule.precision.value for rule in rules.rules)
    assert hits == pytest.approx(rules.accuracy.value)
    assert all(rule.precision.low <= rule.precision.value <= rule.precision.high for rule in rules.rules)


def test_the_list_is_short_readable_and_its_thresholds_round():
    dataset, groups = studied()
    rules, _ = find_membership_rules(dataset, groups, plan=quick_plan())
    assert 4 <= len(rules.rules) <= 8
    assert {rule.archetype for rule in rules.rules} == {"A1", "A2", "A3", "A4"}
    conditions = [condition for rule in rules.rules for condition in rule.conditions]
    assert max(len(rule.conditions) for rule in rules.rules) <= 3
    assert rules.rules[-1].conditions == ()
    assert all(2 * c.threshold == round(2 * c.threshold) for c in conditions if c.threshold is not None)


def test_the_test_half_has_no_part_in_learning():
    dataset, groups = studied()
    rng = np.random.default_rng(1)
    shuffled = groups.archetype.copy()
    shuffled[groups.testing] = rng.permutation(shuffled[groups.testing])
    one, other = (
        find_membership_rules(dataset, dataclasses.replace(groups, archetype=a), plan=quick_plan())
        for a in (groups.archetype, shuffled)
    )
    assert [rule.conditions for rule in one[0].rules] == [rule.conditions for rule in other[0].rules]
    assert one[0].cross_validated == other[0].cross_validated
    assert other[0].accuracy.value < one[0].accuracy.value - 0.2
    assert [caveat.code for caveat in other[1]] == ["membership_weak"]


def test_a_desired_pick_that_tells_all_is_used():
    dataset, groups = studied(persons=400)
    ratings = dataset.ratings.assign(desired=np.array(["friends", "love", "practical", "distant"])[groups.archetype])
    rules, _ = find_membership_rules(dataclasses.replace(dataset, ratings=ratings), groups, plan=quick_plan())
    assert rules.accuracy.value == 1
    assert rules.accuracy.low < 1
    assert {c.kind for rule in rules.rules for c in rule.conditions} == {"desired"}


def test_one_archetype_none_and_too_few_ratings_have_no_rules():
    dataset, groups = studied(persons=400)
    for archetype in (None, 0 * groups.archetype):
        assert find_membership_rules(dataset, dataclasses.replace(groups, archetype=archetype), plan=quick_plan()) == (
            None,
            (),
        )
    few = dataset.keeping(np.arange(len(dataset.ratings)) < 60)
    assert find_membership_rules(few, Grouped(groups.testing[:60], groups.archetype[:60]), plan=quick_plan()) == (
        None,
        (),
    )
