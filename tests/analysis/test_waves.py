"""Planted stability, change and drift come back; without drift there is hardly a warning."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.frozen import FrozenModel
from analysis.saving import dump_waves
from analysis.waves import compare_waves
from tests.analysis.simulated import Simulation, quick_plan

PLAN = quick_plan(resamples=200, loading_resamples=0, wild_draws=499)
DRIFT = {"items_drifted", "factors_drifted", "far_from_archetypes", "archetype_shares_drifted", "typing_drifted"}


@pytest.fixture(scope="module")
def wave(simulation, findings, dataset):
    """Four in five ratings stay in their group, nothing else changes, and one person in ten does not return."""
    later = simulation.later_dataset(stay=0.8, returning=0.9)
    return later, compare_waves(findings, later, plan=PLAN, earlier_answers=dataset)


def codes(found):
    return {caveat.code for caveat in found.caveats}


def changed(dataset, columns, change):
    """The same answers with some columns changed wherever they were answered."""
    return dataclasses.replace(
        dataset, ratings=dataset.ratings.assign(**{c: change(dataset.ratings[c]) for c in columns})
    )


def test_planted_stability_comes_back(simulation, wave):
    _, found = wave
    planted = (simulation.truth["group"] == simulation.truth["later_group"]).mean()
    assert found.n_both_ratings == found.n_ratings
    assert 0.85 < found.n_both_persons / 700 < 0.95
    # typing is not free of error, so a little less than what truly stayed
    assert planted - 0.07 < found.retest.value < planted + 0.02
    assert found.retyping.agreement.low < found.retest.value < found.retyping.agreement.high
    assert found.retyping.kappa.value == pytest.approx((found.retest.value - 0.25) / 0.75, abs=0.03)


def test_rows_of_the_transition_matrix_are_whole_and_their_diagonal_is_who_stayed(wave):
    _, found = wave
    rows = {}
    for change in found.retyping.changes:
        rows.setdefault(change.origin, []).append(change)
    assert len(rows) == 4
    for origin, changes in rows.items():
        assert sum(change.share.value for change in changes) == pytest.approx(1)
        stayed = next(change for change in changes if change.target == origin)
        assert stayed.share.value == max(change.share.value for change in changes)
        assert stayed.share.n == changes[0].share.n
    assert sum(changes[0].share.n for changes in rows.values()) == found.n_both_ratings


def test_no_change_at_all_is_nearly_full_agreement(simulation, findings):
    found = compare_waves(findings, simulation.later_dataset(stay=1.0, steady=1.0), plan=PLAN)
    assert found.retest.value > 0.95
    assert found.retyping.kappa.low > 0.9


def test_a_wave_of_the_same_answers_is_the_same_wave(findings, dataset):
    found = compare_waves(findings, dataset, plan=PLAN)
    assert found.retest.value == 1
    assert found.picks.agreement.value == 1
    # no spread among resamples is no certainty: the interval is the exact one for so many persons
    for share in (
        found.retyping.agreement,
        found.picks.agreement,
        *(change.share for change in found.retyping.changes),
    ):
        assert share.low < share.high
    assert all(item.shift.value == pytest.approx(0) for item in found.drift.items)
    assert all(item.spread.value == pytest.approx(1) for item in found.drift.items)
    assert all(change.change.value == pytest.approx(0) for change in found.drift.shares)
    assert found.drift.stability_index.value == pytest.approx(0, abs=1e-9)
    assert found.drift.far.value == pytest.approx(0.05, abs=0.005)


@pytest.mark.parametrize("seed", range(8))
def test_without_drift_there_is_no_warning(simulation, findings, seed):
    later = simulation.later_dataset(seed=100 + seed, stay=0.9, returning=0.5)
    found = compare_waves(findings, later, plan=PLAN)
    assert not codes(found) & DRIFT


def test_items_that_moved_are_named_and_no_others(simulation, findings):
    later = simulation.later_dataset(shift=0.6)
    found = compare_waves(findings, later, plan=PLAN)
    drifted = {item.item for item in found.drift.items if item.drifted}
    assert drifted == {f"{name}_{j}" for name in ("warm", "cold", "closeness", "strength") for j in range(3)}
    assert "items_drifted" in codes(found)
    shift = next(item.shift for item in found.drift.items if item.item == "closeness_0")
    assert shift.low < 0.6 / 1.8 + 0.15
    assert shift.value == pytest.approx(0.4, abs=0.15)


def test_a_wider_spread_is_drift_without_a_shift(simulation, findings):
    later = changed(simulation.later_dataset(), ["warm_0"], lambda a: (1 + 6 * (a > 4)).where(a.notna()))
    found = compare_waves(findings, later, plan=PLAN)
    item = next(item for item in found.drift.items if item.item == "warm_0")
    assert item.drifted
    assert item.spread.low > 1.25


def test_an_item_that_everybody_answers_alike_is_drift_and_no_failure(simulation, findings):
    later = changed(simulation.later_dataset(), ["tone_2"], lambda a: a.where(a.isna(), 4.0))
    found = compare_waves(findings, later, plan=PLAN)
    assert [item.item for item in found.drift.items if item.drifted] == ["tone_2"]
    assert len(found.drift.factors) == len(findings.factors.factors)


def test_other_factors_are_noticed(simulation, findings):
    rng = np.random.default_rng(5)
    later = simulation.later_dataset()
    columns = [column for column in later.item_columns if column.startswith(("tone", "will", "openness", "power"))]
    noise = changed(later, columns, lambda a: a.where(a.isna(), rng.permutation(np.resize(a.dropna(), len(a)))))
    found = compare_waves(findings, noise, plan=PLAN.model_copy(update={"loading_resamples": 10}))
    assert all(f.congruence.low < f.congruence.value + 0.05 < 1.05 for f in found.drift.factors)
    assert "factors_drifted" in codes(found)
    assert min(factor.congruence.value for factor in found.drift.factors) < PLAN.least_congruence


def test_a_relationship_that_the_archetypes_do_not_know_is_noticed(simulation, findings):
    later = simulation.later_dataset()
    new = np.arange(len(later.ratings)) % 4 == 0
    answers = {c: later.ratings[c].mask(new & later.ratings[c].notna(), 7.0) for c in later.item_columns}
    strange = dataclasses.replace(later, ratings=later.ratings.assign(**answers))
    found = compare_waves(findings, strange, plan=PLAN.model_copy(update={"same_answers": 1.0, "exclude_flags": 9}))
    assert found.drift.far.value > 0.15
    assert "far_from_archetypes" in codes(found)


def test_other_shares_are_noticed(simulation, findings):
    later = simulation.later_dataset()
    model = FrozenModel.of(findings)
    archetype = model.chances(model.solution.scored(model.items_of(later))).argmax(1)
    fewer = (archetype != 0) | (np.arange(len(archetype)) % 4 == 0)
    found = compare_waves(findings, later.keeping(fewer), plan=PLAN)
    assert "archetype_shares_drifted" in codes(found)
    assert found.drift.shares[0].change.high < 0


def test_questions_that_lost_their_meaning_are_noticed(simulation, findings):
    later = simulation.later_dataset()
    questions = [question.item for question in findings.typing_tool.model.questions[:2]]
    rng = np.random.default_rng(1)
    noise = changed(later, questions, lambda a: a.where(a.isna(), rng.integers(1, 8, len(a)).astype(float)))
    found = compare_waves(findings, noise, plan=PLAN)
    assert found.drift.typing.value < found.drift.typing_earlier.value - 0.05
    assert "typing_drifted" in codes(found)


def test_wanting_that_came_true_is_told_from_what_happens_anyway(findings, simulation):
    """Half of those who wanted love have it later, and a tenth of the others."""
    later, rng = simulation.later_dataset(), np.random.default_rng(3)
    wanted = np.where(rng.random(len(findings.typology.ratings)) < 0.4, "love", "friends")
    ratings = tuple(
        dataclasses.replace(rating, current_family="friends", desired_family=str(want))
        for rating, want in zip(findings.typology.ratings, wanted, strict=True)
    )
    planned = dataclasses.replace(findings, typology=dataclasses.replace(findings.typology, ratings=ratings))
    by_rating = {(r.person, r.brand): r.desired_family for r in ratings}
    keys = zip(later.ratings["person"], later.ratings["brand"], strict=True)
    wants = np.array([by_rating[key] == "love" for key in keys])
    has = np.where(rng.random(len(wants)) < np.where(wants, 0.5, 0.1), "love", "friends")
    found = compare_waves(
        planned, dataclasses.replace(later, ratings=later.ratings.assign(current=has)), plan=PLAN
    ).wanting
    assert found.got.value == pytest.approx(0.5, abs=0.06)
    assert found.others.value == pytest.approx(0.1, abs=0.03)
    assert found.difference.low < 0.4 < found.difference.high
    assert found.got.value + found.stayed.value == pytest.approx(1)
    assert [(path.current, path.wanted) for path in found.paths] == [("friends", "love")]
    assert found.paths[0].difference.value == pytest.approx(found.difference.value)


def with_background(later, **columns):
    """A later wave with what customers are otherwise segmented by."""
    measures = dataclasses.replace(later.measures, background={"demographic": ("age",), "behavioural": ("visits",)})
    return dataclasses.replace(later, ratings=later.ratings.assign(**columns), measures=measures)


def test_superiority_is_claimed_where_it_is_planted_and_not_where_it_is_not(simulation, findings):
    later, rng = simulation.later_dataset(stay=1.0), np.random.default_rng(2)
    memberships = {(m.person, m.brand): int(m.archetype[1:]) for m in findings.archetypes.memberships}
    keys = zip(later.ratings["person"], later.ratings["brand"], strict=True)
    archetype = np.array([memberships[key] for key in keys])
    visits = rng.integers(1, 5, len(archetype))
    told = 3 + 0.9 * (archetype - 2.5) + 0.5 * rng.standard_normal(len(archetype))
    planted = with_background(
        later,
        age=[str(age) for age in rng.integers(20, 70, len(archetype))],
        visits=[str(visit) for visit in visits],
        sat=np.clip(np.rint(told), 1, 5),
        leave=visits.astype(float),
    )
    found = compare_waves(findings, planted, plan=PLAN)
    by = {(p.outcome, p.by): p for p in found.predictions}
    assert by["satisfaction", "archetypes"].share.value > 0.6
    assert by["satisfaction", "archetypes"].superior is None
    assert by["satisfaction", "demographic"].superior
    assert by["satisfaction", "behavioural"].superior
    assert by["satisfaction", "demographic"].segments == 4
    assert by["leaving", "behavioural"].share.value > 0.9
    assert by["leaving", "behavioural"].superior is False
    assert by["leaving", "demographic"].superior is False
    assert "segmentations_from_later" in codes(found)


def test_rules_broken_earlier_are_held_against_later_outcomes(findings, dataset, wave):
    later, plain = wave
    broken = {
        (person, brand): code
        for person, brand, code in zip(
            dataset.ratings["person"], dataset.ratings["brand"], dataset.ratings["exp_r2"], strict=True
        )
    }
    keys = zip(later.ratings["person"], later.ratings["brand"], strict=True)
    hurt = np.array([broken[key] == 1 for key in keys])
    sat = later.ratings["sat"].where(~hurt, np.maximum(later.ratings["sat"] - 1, 1))
    planted = dataclasses.replace(later, ratings=later.ratings.assign(sat=sat))
    found = compare_waves(findings, planted, plan=PLAN, earlier_answers=dataset)
    assert [(d.rule, d.outcome) for d in found.dealbreakers if d.holds] == [("r2", "satisfaction")]
    assert not any(d.holds for d in plain.dealbreakers)
    assert compare_waves(findings, later, plan=PLAN).dealbreakers == ()


def test_other_answers_than_those_behind_the_findings_are_refused(findings, dataset, wave):
    other = dataclasses.replace(dataset, sha256="2" * 64)
    with pytest.raises(AnalysisError) as refusal:
        compare_waves(findings, wave[0], plan=PLAN, earlier_answers=other)
    assert refusal.value.code == "other_answers"


def test_new_persons_leave_drift_and_nothing_else(findings):
    fresh = Simulation(seed=9, persons=300).dataset()
    renamed = fresh.ratings.assign(person="new " + fresh.ratings["person"])
    persons = fresh.persons.set_axis("new " + fresh.persons.index)
    found = compare_waves(findings, dataclasses.replace(fresh, ratings=renamed, persons=persons), plan=PLAN)
    assert found.n_both_ratings == 0
    assert found.retyping is found.picks is found.wanting is found.retest is None
    assert found.predictions == ()
    assert "no_same_persons" in codes(found)
    assert len(found.drift.items) == 24


def test_rows_without_a_person_column_are_never_taken_for_the_same_person(findings, simulation):
    later = simulation.later_dataset()
    nameless = dataclasses.replace(later, measures=dataclasses.replace(later.measures, person=None))
    assert compare_waves(findings, nameless, plan=PLAN).n_both_ratings == 0


def test_without_archetypes_items_factors_and_picks_are_compared(findings, simulation):
    none = dataclasses.replace(
        findings, typing_tool=None, archetypes=dataclasses.replace(findings.archetypes, structure="none")
    )
    found = compare_waves(none, simulation.later_dataset(), plan=PLAN)
    assert found.retyping is None
    assert found.drift.far is found.drift.stability_index is found.drift.typing is None
    assert found.drift.shares == ()
    assert found.picks.agreement.value > 0.3
    assert {p.by for p in found.predictions} == {"scores"}
    assert "no_earlier_archetypes" in codes(found)


def test_nobody_wanted_another_family(findings, simulation):
    content = tuple(dataclasses.replace(r, desired_family=r.current_family) for r in findings.typology.ratings)
    same = dataclasses.replace(findings, typology=dataclasses.replace(findings.typology, ratings=content))
    found = compare_waves(same, simulation.later_dataset(), plan=PLAN)
    assert found.wanting is None
    assert "nobody_wanted_another" in codes(found)


def test_items_that_were_not_asked_again_are_named(findings, simulation):
    later = simulation.later_dataset()
    scales = (dataclasses.replace(later.measures.scales[0], columns=("warm_0", "warm_1")), *later.measures.scales[1:])
    found = compare_waves(
        findings, dataclasses.replace(later, measures=dataclasses.replace(later.measures, scales=scales)), plan=PLAN
    )
    caveat = next(caveat for caveat in found.caveats if caveat.code == "items_not_asked_again")
    assert caveat.numbers["items"] == "warm_2"
    assert len(found.drift.items) == 23
    assert found.retest.value > 0.6


def test_too_few_persons_are_refused_in_a_sentence(findings, simulation):
    later = simulation.later_dataset()
    with pytest.raises(AnalysisError, match="Collect more answers") as refusal:
        compare_waves(findings, later.keeping(np.arange(len(later.ratings)) < 40), plan=PLAN)
    assert refusal.value.code == "too_few_persons"


def test_the_comparison_is_canonical_json_and_labelled_as_simulated(wave):
    data = dump_waves(wave[1])
    content = json.loads(data)
    assert list(content) == sorted(content)
    assert content["simulated"] is True
    assert "simulated" in codes(wave[1])
