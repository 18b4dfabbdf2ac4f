"""The scales that make an outcome are its drivers; what-if moves ratings as the model says."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.cluster import KMeans

from analysis.drivers import find_drivers, move_perceptions
from analysis.factors import learn_solution
from analysis.numeric.resampling import PersonResamples
from tests.analysis.simulated import Simulation, quick_plan

PLAN = quick_plan()


@pytest.fixture(scope="module")
def studied():
    dataset = Simulation(separation=0.6, seed=4, persons=600).dataset()
    solution = learn_solution(dataset.items, 4, starts=1, rng=PLAN.stream("factors"))
    centroids = KMeans(4, n_init=10, random_state=1).fit(solution.scored(dataset.items)).cluster_centers_
    groups = [SimpleNamespace(key=f"A{i + 1}", centroid=tuple(c)) for i, c in enumerate(centroids.tolist())]
    resamples = PersonResamples.drawn(dataset.n_raters, 200, rng=np.random.default_rng(1))
    # round groups of equal size: who is nearest belongs
    within = tuple(map(tuple, np.eye(centroids.shape[1]).tolist()))
    found = SimpleNamespace(
        structure="natural", k=4, archetypes=groups, proportions=(0.25,) * 4, covariances=(within,) * 4
    )
    return dataset, solution, found, resamples


def found(studied, dataset=None, archetypes=None):
    own, solution, groups, resamples = studied
    return find_drivers(dataset or own, solution, archetypes or groups, plan=PLAN, resamples=resamples)


def test_the_scale_that_makes_an_outcome_drives_it(studied):
    dataset = studied[0]
    scores = dict(zip([s.key for s in dataset.measures.scales], dataset.scale_scores.T, strict=True))
    made = np.nan_to_num(scores["strength"], nan=4.0) - 0.5 * np.nan_to_num(scores["cold"], nan=4.0)
    noisy = np.clip(np.rint(3 + made / 2 + 0.3 * np.random.default_rng(1).standard_normal(len(made))), 1, 5)
    drivers = found(studied, dataclasses.replace(dataset, ratings=dataset.ratings.assign(sat=noisy))).outcomes
    satisfaction, leaving = drivers
    assert [driver.scale for driver in satisfaction.drivers[:2]] == ["strength", "cold"]
    assert satisfaction.drivers[0].weight.low > satisfaction.drivers[2].weight.high
    assert satisfaction.drivers[0].direction.low > 0 > satisfaction.drivers[1].direction.high
    assert sum(driver.share.value for driver in satisfaction.drivers) == pytest.approx(1)
    assert sum(driver.weight.value for driver in satisfaction.drivers) == pytest.approx(satisfaction.r_squared.value)
    # nothing makes this outcome
    assert leaving.r_squared.value < 0.05


def test_moving_a_perception_moves_ratings_towards_those_who_have_it(studied):
    dataset, solution, groups, _ = studied
    up = move_perceptions(dataset, solution, groups, {"warm": 2.0})
    assert sum(up.shares.values()) == pytest.approx(1)
    assert sum(up.changes.values()) == pytest.approx(0, abs=1e-12)
    assert up.moved >= sum(abs(change) for change in up.changes.values()) / 2 - 1e-12
    warm = [s.key for s in dataset.measures.scales].index("warm")
    labels = np.array(
        [((solution.scored(dataset.items) - np.array(g.centroid)) ** 2).sum(1) for g in groups.archetypes]
    ).argmin(0)
    warmth = [np.nanmean(dataset.scale_scores[labels == i, warm]) for i in range(4)]
    assert up.changes[f"A{int(np.argmin(warmth)) + 1}"] < 0 < up.changes[f"A{int(np.argmax(warmth)) + 1}"]


def test_moving_nothing_moves_nobody(studied):
    dataset, solution, groups, _ = studied
    assert move_perceptions(dataset, solution, groups, {"warm": 0.0}).moved == 0


def test_without_archetypes_there_is_no_what_if(studied):
    assert found(studied, archetypes=SimpleNamespace(structure="none", archetypes=[])).what_if == ()


def test_an_outcome_that_never_varies_has_no_drivers(studied):
    dataset = studied[0]
    constant = dataclasses.replace(dataset, ratings=dataset.ratings.assign(sat=3.0))
    assert [drivers.outcome for drivers in found(studied, constant).outcomes] == ["leaving"]
