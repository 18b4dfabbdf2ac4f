import dataclasses

import numpy as np
import pytest

from analysis.numeric.resampling import PersonResamples
from analysis.rules import Grouped, find_dealbreakers, find_norms, overview
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


def test_planted_norms_are_found_in_their_archetype_with_their_size():
    dataset, groups = studied(norm=1.0)
    norms = {(norm.rule, norm.archetype): norm for norm in find_norms(dataset, groups, plan=quick_plan())}
    assert len(norms) == 12 * 4
    for k in range(4):
        planted = norms[f"r{k}", f"A{k + 1}"]
        assert planted.holds
        assert planted.q <= 0.05
        # one point is about 0.9 of a standard deviation of importance
        assert 0.4 < planted.difference.value < 1.3
    false = [key for key, norm in norms.items() if norm.holds and int(key[0][1:]) >= 4]
    assert len(false) <= 1


def test_nothing_planted_gives_next_to_nothing():
    found = []
    for seed in range(8):
        dataset, groups = studied(seed=seed, persons=300)
        found.append(sum(norm.holds for norm in find_norms(dataset, groups, plan=quick_plan())))
        found.append(sum(d.holds and d.rule != "r0" for d in find_dealbreakers(dataset, groups, plan=quick_plan())))
    assert sum(found) <= 3


def test_people_to_whom_everything_matters_make_no_norm():
    dataset, groups = studied()
    # everybody in the first group gives a point more to every rule
    raised = dataset.ratings.copy()
    columns = [f"imp_r{i}" for i in range(12)]
    raised.loc[groups.archetype == 0, columns] += 1
    norms = find_norms(dataclasses.replace(dataset, ratings=raised), groups, plan=quick_plan())
    assert not any(norm.holds for norm in norms)


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


def test_without_archetypes_there_are_no_norms_and_dealbreakers_are_those_of_one_group():
    dataset, groups = studied(dealbreaker=0.8)
    nobody, everybody = (dataclasses.replace(groups, archetype=a) for a in (None, np.zeros_like(groups.archetype)))
    assert find_norms(dataset, nobody, plan=quick_plan()) == ()
    found, expected = (find_dealbreakers(dataset, one, plan=quick_plan()) for one in (nobody, everybody))
    assert found == expected
    assert ("r0", "satisfaction") in [(d.rule, d.outcome) for d in found if d.holds]


def test_a_planted_dealbreaker_is_found_and_its_sign_says_worse():
    dataset, groups = studied(dealbreaker=0.8)
    found = find_dealbreakers(dataset, groups, plan=quick_plan())
    assert len(found) == 12 * 2
    holding = [(d.rule, d.outcome) for d in found if d.holds]
    assert ("r0", "satisfaction") in holding
    assert len(holding) <= 2
    planted = next(d for d in found if (d.rule, d.outcome) == ("r0", "satisfaction"))
    assert -1.5 < planted.difference.value < -0.4
    assert planted.difference.low < planted.difference.value < planted.difference.high < 0


def test_outcomes_are_turned_so_that_less_is_worse():
    dataset, groups = studied(dealbreaker=0.8)
    turned = dataset.ratings.assign(leave=6 - dataset.ratings["sat"])
    both = find_dealbreakers(dataclasses.replace(dataset, ratings=turned), groups, plan=quick_plan())
    one, other = ([d.difference.value for d in both if d.outcome == key] for key in ("satisfaction", "leaving"))
    assert one == pytest.approx(other)


def test_rules_that_never_arose_are_in_no_base():
    dataset, _ = studied(persons=100)
    resamples = PersonResamples.drawn(dataset.n_raters, 100, rng=np.random.default_rng(1))
    for i, rule in enumerate(overview(dataset, resamples=resamples)):
        kept_or_broken = dataset.broken[:, i]
        there = ~np.isnan(kept_or_broken)
        assert rule.broken.n == there.sum()
        weights = dataset.weights[there]
        assert rule.broken.value == pytest.approx(weights @ kept_or_broken[there] / weights.sum())
