"""The first line of the playbook that holds is the strategy; the evidence is what it speaks of."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from analysis.findings import Estimate
from analysis.numeric.resampling import PersonResamples
from analysis.plan import AnalysisPlan
from analysis.strategy import choose_strategies
from instruments.catalogue import load_catalogue
from instruments.measures import RemedyMeasure, ValueMeasure
from instruments.playbook import library_playbook
from tests.analysis.simulated import Simulation

PLAN = AnalysisPlan()
ARCHETYPES = SimpleNamespace(
    structure="natural",
    archetypes=[
        SimpleNamespace(key="A1", matches=[SimpleNamespace(relationship="guest_and_attendant")]),
        SimpleNamespace(key="A2", matches=[]),
    ],
)


@pytest.fixture(scope="module")
def dataset():
    found = Simulation(seed=8, persons=600, brands=3).dataset()
    n = len(found.ratings)
    friends = {"current": ["friends"] * n, "desired": ["friends"] * n, "treated": ["friends"] * n}
    kept = {c: 0.0 for c in found.ratings if c.startswith("exp_")}
    warm = {f"warm_{j}": 1.0 if j == 1 else 7.0 for j in range(3)} | {
        f"cold_{j}": 7.0 if j == 1 else 1.0 for j in range(3)
    }
    return dataclasses.replace(found, ratings=found.ratings.assign(**friends, **kept, **warm))


def chosen(dataset, archetype=None, norms=(), playbook=None):
    resamples = PersonResamples.drawn(dataset.n_raters, 100, rng=np.random.default_rng(1))
    return choose_strategies(
        dataset,
        archetype,
        ARCHETYPES,
        SimpleNamespace(norms=norms),
        plan=PLAN,
        catalogue=load_catalogue(),
        playbook=playbook or library_playbook(),
        resamples=resamples,
    )


def changed(dataset, **columns):
    return dataclasses.replace(dataset, ratings=dataset.ratings.assign(**columns))


def test_what_is_as_wanted_is_bolstered(dataset):
    strategies, caveats = chosen(dataset)
    assert {choice.strategy for choice in strategies.choices} == {"bolster"}
    assert [choice.brand for choice in strategies.choices] == ["b0", "b1", "b2"]
    assert {choice.condition for choice in strategies.choices} == {""}
    assert [caveat.code for caveat in caveats] == ["rules_of_thumb"]


def test_broken_rules_are_repaired_first_where_they_were_broken(dataset):
    first = (dataset.ratings["brand"] == "b0").to_numpy()
    broken = {c: np.where(first, 1.0, 0.0) for c in dataset.ratings if c.startswith("exp_")}
    found = {choice.brand: choice for choice in chosen(changed(dataset, **broken))[0].choices}
    assert (found["b0"].strategy, found["b1"].strategy) == ("repair", "bolster")
    assert found["b0"].evidence["broken"].value == 1
    assert "broken >= 30" in found["b0"].condition


def test_what_is_wanted_otherwise_is_shifted(dataset):
    found = chosen(changed(dataset, desired="love", treated="distant"))[0].choices
    assert {choice.strategy for choice in found} == {"shift"}
    assert found[0].evidence["wants_other"].value == 1


def test_who_wants_nothing_and_feels_badly_is_released_with_a_human_eye(dataset):
    cold = {f"cold_{j}": 1.0 if j == 1 else 7.0 for j in range(3)} | {
        f"warm_{j}": 7.0 if j == 1 else 1.0 for j in range(3)
    }
    found = chosen(changed(dataset, desired="no_relationship", **cold))[0].choices
    assert {(choice.strategy, choice.human_review) for choice in found} == {("release", True)}
    assert "conflict_manager" in {role.role for role in found[0].roles}


def test_archetypes_have_strategies_of_their_own(dataset):
    archetype = np.random.default_rng(3).integers(0, 2, len(dataset.ratings))
    broken = {c: np.where(archetype == 1, 1.0, 0.0) for c in dataset.ratings if c.startswith("exp_")}
    found = {(c.brand, c.archetype): c for c in chosen(changed(dataset, **broken), archetype)[0].choices}
    assert found["b0", "A1"].strategy == "bolster"
    assert found["b0", "A2"].strategy == "repair"
    assert [role.role for role in found["b0", "A1"].roles] == ["personal_attendant"]
    assert found["b0", "A2"].roles == ()


def test_norms_are_the_rules_to_keep_and_their_family_says_who_owns_them(dataset):
    size = Estimate(0.6, 0.4, 0.8, 200)
    norm = SimpleNamespace(rule="r5", archetype="A1", holds=True, difference=size)
    archetype = np.zeros(len(dataset.ratings), dtype=int)
    found = next(c for c in chosen(dataset, archetype, norms=[norm])[0].choices if c.archetype == "A1")
    assert [(rule.rule, rule.reason) for rule in found.rules] == [("r5", "norm")]
    assert found.rules[0].owners == library_playbook().owners["care"]
    assert {rule.reason for rule in chosen(dataset)[0].choices[0].rules} == {"important"}


def test_the_remedy_is_the_one_most_wanted(dataset):
    labels = {"1": {"en": "An apology"}, "4": {"en": "Put it right"}}
    rng = np.random.default_rng(2)
    wanted = rng.choice(["1", "4", ""], len(dataset.ratings), p=[0.2, 0.5, 0.3])
    asked = dataclasses.replace(
        changed(dataset, remedy=wanted),
        measures=dataclasses.replace(dataset.measures, remedy=RemedyMeasure("remedy", labels)),
    )
    remedy = chosen(asked)[0].choices[0].remedy
    assert (remedy.code, remedy.label) == ("4", {"en": "Put it right"})
    assert remedy.share.low < 5 / 7 < remedy.share.high


def test_levels_of_satisfaction_add_up_and_each_has_an_action(dataset):
    levels = [level for level in chosen(dataset)[0].levels if level.brand == "b1"]
    assert [level.level for level in levels] == [1, 2, 3, 4, 5]
    assert sum(level.share.value for level in levels) == pytest.approx(1)
    assert all(level.action for level in levels)


def test_few_ratings_have_no_strategy_and_that_is_said(dataset):
    archetype = np.where(np.arange(len(dataset.ratings)) < 20, 1, 0)
    strategies, caveats = chosen(dataset, archetype)
    assert "A2" not in {choice.archetype for choice in strategies.choices}
    assert "no_strategy_for_few" in {caveat.code for caveat in caveats}


def test_another_playbook_chooses_otherwise(dataset):
    always = library_playbook().choose[-1].model_copy(update={"strategy": "shift"})
    other = library_playbook().model_copy(update={"choose": (always,)})
    assert {choice.strategy for choice in chosen(dataset, playbook=other)[0].choices} == {"shift"}


def test_the_satisfied_who_say_they_leave_are_those_of_the_upper_levels(dataset):
    primary = next(outcome for outcome in dataset.measures.outcomes if outcome.primary)
    high = np.random.default_rng(4).random(len(dataset.ratings)) < 0.5
    said = np.where(high, 0.25, 0.75)
    answers = {column: np.where(high, primary.high, primary.low) for column in primary.columns}
    stated = changed(dataset, **answers, stays=said)
    measures = dataclasses.replace(stated.measures, value={"leaving": ValueMeasure("stays", {})})
    told, _ = chosen(dataclasses.replace(stated, measures=measures))
    assert {round(share.value, 9) for share in told.satisfied_leaving.values()} == {0.25}
    first = told.levels[0].brand
    known = {level.level: level.leaving.value for level in told.levels if level.brand == first and level.leaving}
    assert [value for _, value in sorted(known.items())] == pytest.approx([0.75, 0.25])


def test_every_rule_has_its_owners(dataset):
    told, _ = chosen(dataset)
    assert set(told.owners) == {rule.key for rule in dataset.measures.rules}
