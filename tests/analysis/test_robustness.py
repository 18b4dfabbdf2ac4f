import dataclasses

import numpy as np
import pytest

from analysis.archetypes import divide_persons
from analysis.compute import Compute
from analysis.factors import learn_solution
from analysis.numeric.resampling import PersonResamples
from analysis.robustness import check_robustness
from analysis.scenarios import ScenarioPlan, simulate_study
from tests.analysis.simulated import quick_plan

PLAN = quick_plan()


@pytest.fixture(scope="module")
def study():
    return simulate_study(ScenarioPlan(seed=4, persons=700, archetypes=3, separation=5.0, careless=0.0))


def checked(dataset, archetype):
    learning = divide_persons(dataset, rng=PLAN.stream("halves"))
    solution = learn_solution(dataset.items[learning], 6, starts=3, rng=PLAN.stream("factors"))
    resamples = PersonResamples.drawn(dataset.n_raters, 100, rng=PLAN.stream("resamples"))
    return check_robustness(dataset, solution, learning, archetype, plan=PLAN, resamples=resamples, compute=Compute())


@pytest.fixture(scope="module")
def found(study):
    return checked(study.dataset, study.truth.archetype)


def test_every_method_finds_groups_that_lie_far_apart(found):
    methods = {grouping.method for grouping in found.groupings}
    assert methods == {
        "ward",
        "kmeans",
        "mixture",
        "reduced_kmeans",
        "items",
        "person_centred",
        "within_country",
    }
    agreements = {(g.method, g.family): g.agreement for g in found.groupings}
    assert all(a.low <= a.value <= a.high for a in agreements.values())
    assert agreements["person_centred", None].value > 0.85
    assert agreements["mixture", "EEE"].value > 0.85
    assert min(a.value for a in agreements.values()) > 0.4


def test_scores_tell_more_of_an_outcome_than_archetypes_and_chance_segments_nothing(found):
    shares = {e.by: e.share.value for e in found.explained if e.outcome == "repurchase"}
    assert shares["scores"] > shares["archetypes"] > 0.02
    assert shares["demographic"] < 0.02
    assert {e.outcome for e in found.explained} >= {"satisfaction", "spend"}
    assert found.outcomes_from == "same_questionnaire"


def test_outcomes_are_those_of_the_test_half(study, found):
    learning = divide_persons(study.dataset, rng=PLAN.stream("halves"))
    assert {e.share.n for e in found.explained} == {int((~learning).sum())}


def test_one_country_without_outcomes_and_background_leaves_what_can_be_checked(study):
    measures = dataclasses.replace(study.measures, outcomes=(), background={})
    dataset = dataclasses.replace(study.dataset, measures=measures, ratings=study.dataset.ratings.assign(country=""))
    found = checked(dataset, study.truth.archetype)
    assert found.explained == ()
    assert "within_country" not in {grouping.method for grouping in found.groupings}


def test_groups_by_chance_agree_with_nothing(study):
    chance = np.random.default_rng(1).integers(0, 3, len(study.frame))
    assert all(abs(g.agreement.value) < 0.05 for g in checked(study.dataset, chance).groupings)
