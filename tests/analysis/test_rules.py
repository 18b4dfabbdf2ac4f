import dataclasses

import numpy as np
import pytest

from analysis.findings import Estimate, Norm
from analysis.grouped import Grouped
from analysis.norms import find_norms, find_universal, reversed_norms
from analysis.numeric.resampling import PersonResamples
from analysis.rules import find_rules, overview
from tests.analysis.simulated import Simulation, quick_plan


def grouped(simulation, dataset):
    """The true groups, and every second person for testing."""
    frame = simulation.frame()
    truth = dict(zip(zip(frame["_person"], frame["brand"], strict=True), simulation.truth["group"], strict=True))
    keys = zip(dataset.ratings["person"], dataset.ratings["brand"], strict=True)
    return Grouped(dataset.person_numbers % 2 == 1, np.array([truth[key] for key in keys]))


def studied(**choices):
    simulation = Simulation(**choices)
    dataset = simulation.dataset()
    return dataset, grouped(simulation, dataset)


def answered_otherwise(dataset, **columns):
    return dataclasses.replace(dataset, ratings=dataset.ratings.assign(**columns))


def test_planted_norms_are_found_in_their_archetype_with_their_size():
    dataset, groups = studied(norm=1.0)
    norms = {(norm.rule, norm.archetype): norm for norm in find_norms(dataset, groups, plan=quick_plan())}
    assert len(norms) == 12 * 4
    for k in range(4):
        planted = norms[f"r{k}", f"A{k + 1}"]
        assert planted.holds
        assert planted.q <= 0.05
        # one point is about a standard deviation of importance within a group
        assert 0.4 < planted.difference.value < 1.4
    false = [key for key, norm in norms.items() if norm.holds and int(key[0][1:]) >= 4]
    assert len(false) <= 1


def test_a_difference_below_the_least_is_none():
    dataset, groups = studied(norm=1.0)
    strict, lax = (find_norms(dataset, groups, plan=quick_plan(least_norm=least)) for least in (3.0, 0.0))
    assert not any(norm.holds for norm in strict)
    assert all(norm.least == 3.0 for norm in strict)
    assert [norm.difference for norm in strict] == [norm.difference for norm in lax]
    assert all(one.p <= other.p for one, other in zip(lax, strict, strict=True))


def test_nothing_planted_gives_no_norms():
    held = []
    for seed in range(8):
        dataset, groups = studied(seed=seed, persons=300)
        held.append(sum(norm.holds for norm in find_norms(dataset, groups, plan=quick_plan())))
    assert sum(held) <= 1


def test_people_to_whom_everything_matters_make_no_norm():
    dataset, groups = studied()
    # everybody in the first group gives a point more to every rule
    raised = dataset.ratings.copy()
    columns = [f"imp_r{i}" for i in range(12)]
    raised.loc[groups.archetype == 0, columns] += 1
    norms = find_norms(dataclasses.replace(dataset, ratings=raised), groups, plan=quick_plan())
    assert not any(norm.holds for norm in norms)


def test_what_is_true_of_a_brand_is_no_norm_of_the_archetype_that_it_has_most_of():
    dataset, groups = studied(persons=1000)
    brand = dataset.ratings["brand"].to_numpy()
    lifted = answered_otherwise(dataset, imp_r0=dataset.ratings["imp_r0"] + 3.0 * (brand == "b1"))
    inside = groups.testing & ~np.isnan(lifted.importances[:, 0]) & (groups.archetype == 1)
    assert (brand[inside] == "b1").mean() > 0.25
    plan = quick_plan(least_norm=0.0)
    before, after = (
        next(n for n in find_norms(study, groups, plan=plan) if (n.rule, n.archetype) == ("r0", "A2"))
        for study in (dataset, lifted)
    )
    assert after.difference.value == pytest.approx(before.difference.value, abs=0.1)


def test_only_the_test_half_speaks():
    dataset, groups = studied(norm=1.0)
    shuffled = dataset.ratings.copy()
    columns = [f"imp_r{i}" for i in range(12)]
    rng = np.random.default_rng(1)
    rows = np.flatnonzero(~groups.testing)
    shuffled.loc[rows, columns] = shuffled.loc[rng.permutation(rows), columns].to_numpy()
    datasets = (dataset, dataclasses.replace(dataset, ratings=shuffled))
    one, other = (find_norms(d, groups, plan=quick_plan()) for d in datasets)
    assert [norm.p for norm in one] == pytest.approx([norm.p for norm in other])


def test_a_small_archetype_is_left_out():
    dataset, groups = studied(norm=1.0)
    few = np.where(groups.archetype == 3, 0, groups.archetype)
    few[np.flatnonzero(groups.testing)[:15]] = 3
    norms = find_norms(dataset, dataclasses.replace(groups, archetype=few), plan=quick_plan())
    assert {norm.archetype for norm in norms} == {"A1", "A2", "A3"}


def test_a_rule_that_matters_everywhere_is_near_universal_and_one_that_matters_in_half_is_not():
    dataset, groups = studied()
    asked = ~np.isnan(dataset.importances)
    top = np.where(asked[:, 0], 5.0, np.nan)
    half = np.where(asked[:, 1], np.where(groups.archetype < 2, 5.0, 2.0), np.nan)
    found = find_universal(answered_otherwise(dataset, imp_r0=top, imp_r1=half), groups, plan=quick_plan())
    assert [(rule.rule, rule.matters_in, rule.compared) for rule in found] == [("r0", ("A1", "A2", "A3", "A4"), 4)]


def test_reversals_need_both_directions_to_hold():
    def norm(rule, archetype, value, *, holds):
        return Norm(rule, archetype, Estimate(value, value - 0.1, value + 0.1, 50), 0.01, 0.02, holds)

    norms = (
        norm("a", "A1", 0.6, holds=True),
        norm("a", "A2", -0.5, holds=True),
        norm("a", "A3", -0.4, holds=False),
        norm("b", "A1", 0.6, holds=True),
        norm("b", "A2", -0.5, holds=False),
    )
    assert [(r.rule, r.more, r.less) for r in reversed_norms(norms)] == [("a", ("A1",), ("A2",))]


def test_without_archetypes_there_are_no_norms():
    dataset, groups = studied()
    nobody = dataclasses.replace(groups, archetype=None)
    assert find_norms(dataset, nobody, plan=quick_plan()) == ()
    assert find_universal(dataset, nobody, plan=quick_plan()) == ()


def test_a_study_without_rules_has_no_findings_on_rules():
    dataset, groups = studied(persons=100)
    without = dataclasses.replace(dataset, measures=dataclasses.replace(dataset.measures, rules=()))
    resamples = PersonResamples.drawn(without.n_raters, 100, rng=np.random.default_rng(1))
    assert find_rules(without, groups, plan=quick_plan(), resamples=resamples) == (None, ())


def test_rules_that_never_arose_are_in_no_base():
    dataset, _ = studied(persons=100)
    resamples = PersonResamples.drawn(dataset.n_raters, 100, rng=np.random.default_rng(1))
    for i, rule in enumerate(overview(dataset, resamples=resamples)):
        kept_or_broken = dataset.broken[:, i]
        there = ~np.isnan(kept_or_broken)
        assert rule.broken.n == there.sum()
        weights = dataset.weights[there]
        assert rule.broken.value == pytest.approx(weights @ kept_or_broken[there] / weights.sum())
