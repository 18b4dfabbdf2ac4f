"""Golden questions tell archetypes about as well as they say, on persons who had no part in choosing them."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from analysis.compute import Compute
from analysis.factors import learn_solution
from analysis.numeric.resampling import PersonResamples
from analysis.typing_tool import _Material, make_typing_tool, typed
from tests.analysis.simulated import Simulation, quick_plan


def grouped(labels, structure="natural"):
    """Archetypes as far as typing looks at them."""
    archetypes = [SimpleNamespace(key=f"A{a + 1}", label={"en": f"Kind {a + 1}"}) for a in range(labels.max() + 1)]
    memberships = [SimpleNamespace(archetype=f"A{label + 1}") for label in labels]
    return SimpleNamespace(structure=structure, archetypes=archetypes, memberships=memberships, family="EEI")


def made(dataset, *, plan=None, k=4, workers=1, structure="natural"):
    """A typing tool for the clusters of all ratings, and those clusters."""
    plan = plan or quick_plan()
    solution = learn_solution(dataset.items, 4, starts=1, rng=plan.stream("factors"))
    labels = KMeans(k, n_init=10, random_state=1).fit(solution.scored(dataset.items)).labels_
    resamples = PersonResamples.drawn(dataset.n_raters, 200, rng=plan.stream("resamples"))
    tool, caveats = make_typing_tool(
        dataset, solution, grouped(labels, structure), plan=plan, resamples=resamples, compute=Compute(workers)
    )
    return tool, caveats, labels, solution


@pytest.fixture(scope="module")
def simulation():
    return Simulation(separation=0.6)


@pytest.fixture(scope="module")
def found(simulation):
    return made(simulation.dataset())


def raw_answers(model, dataset):
    return dataset.ratings[[question.item for question in model.questions]].to_numpy(dtype=float)


def test_accuracy_lies_between_guessing_and_certainty(found):
    tool = found[0]
    assert tool.majority.value + 0.2 < tool.accuracy.value < 1
    assert tool.relearned.value > 0.8
    assert tool.accuracy.low < tool.accuracy.value < tool.accuracy.high
    assert tool.accuracy_when_sure.value > tool.accuracy.value
    assert tool.kappa.value < tool.accuracy.value
    assert 4 <= len(tool.model.questions) <= 10
    # only ratings that answered all chosen questions can be judged, by design a third
    assert tool.accuracy.n == sum(map(sum, tool.confusion)) < 700
    assert [caveat.code for caveat in found[1]] == ["typing_on_complete_answers"]


def test_new_persons_are_typed_as_well_as_the_tool_says(found):
    tool, _, labels, solution = found
    fresh = Simulation(separation=0.6, seed=99, persons=3000).dataset()
    centroids = np.stack(
        [solution.scored(Simulation(separation=0.6).dataset().items)[labels == a].mean(0) for a in range(4)]
    )
    scores = solution.scored(fresh.items)
    belongs = ((scores[:, None] - centroids) ** 2).sum(-1).argmin(1)
    archetype, unsure = typed(tool.model, raw_answers(tool.model, fresh))
    told = archetype >= 0
    accuracy = (archetype == belongs)[told].mean()
    assert tool.accuracy.low - 0.03 < accuracy < tool.accuracy.high + 0.03
    assert (archetype == belongs)[told & ~unsure].mean() > accuracy


def test_stated_probabilities_are_those_that_come_true(found):
    tool = found[0]
    assert tool.calibration_error < 0.06
    assert sum(band.n for band in tool.calibration) == tool.accuracy.n


def test_answers_to_reversed_items_are_taken_as_they_were_given(found, simulation):
    model, dataset = found[0].model, simulation.dataset()
    assert any(question.item.endswith("_1") for question in model.questions)
    whole = ~np.isnan(raw_answers(model, dataset)).any(1)
    archetype, _ = typed(model, raw_answers(model, dataset)[whole])
    assert adjusted_rand_score(found[2][whole], archetype) > 0.5


@pytest.mark.slow
def test_the_number_of_workers_changes_nothing(simulation):
    small = dataclasses.replace(simulation, persons=300)
    assert made(small.dataset())[0] == made(small.dataset(), workers=2)[0]


def test_the_version_changes_with_the_model(found):
    other = made(Simulation(separation=0.6, seed=2).dataset())[0]
    assert other.model.version != found[0].model.version


def test_clusters_of_structureless_answers_are_not_told_better_than_they_are():
    dataset = Simulation(separation=0.0, persons=400).dataset()
    tool, _, labels, solution = made(dataset, k=3)
    fresh = Simulation(separation=0.0, persons=3000, seed=5).dataset()
    centroids = np.stack([solution.scored(dataset.items)[labels == a].mean(0) for a in range(3)])
    belongs = ((solution.scored(fresh.items)[:, None] - centroids) ** 2).sum(-1).argmin(1)
    archetype, _ = typed(tool.model, raw_answers(tool.model, fresh))
    told = archetype >= 0
    assert tool.accuracy.value < (archetype == belongs)[told].mean() + 0.08
    assert tool.relearned.value < 1


def test_without_archetypes_there_is_no_tool(simulation):
    small = dataclasses.replace(simulation, persons=100)
    assert made(small.dataset(), structure="none")[:2] == (None, ())


def test_an_archetype_of_few_ratings_is_a_caveat(simulation):
    small = dataclasses.replace(simulation, persons=60)
    tool, caveats, *_ = made(small.dataset())
    assert tool is None
    assert [caveat.code for caveat in caveats] == ["no_typing_tool"]


def test_a_group_that_shrinks_to_a_few_in_a_fold_leaves_the_others_their_functions():
    rng = np.random.default_rng(3)
    groups = np.repeat([0, 1, 2], [200, 10, 200])
    items = rng.normal(size=(410, 6)) + 2 * groups[:, None]
    last = _Material(items, np.arange(410), groups, 3, "EEI").path(quick_plan())[-1]
    scores = last.scores(items)
    assert np.isneginf(scores[:, 1]).all()
    assert (scores.argmax(1) == groups)[groups != 1].mean() > 0.99
