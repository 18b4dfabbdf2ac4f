import dataclasses

import numpy as np
import pytest

from analysis.dealbreakers import Experiences, find_dealbreakers, reversed_dealbreakers
from analysis.grouped import Grouped
from analysis.scenarios import ScenarioPlan, simulate_study
from tests.analysis.simulated import quick_plan

PLAN = quick_plan(wild_draws=199)


def studied(seed=3, **choices):
    """A simulated study with few rules, so that each is experienced often, and its true archetypes."""
    usual = {"persons": 1500, "brands": 6, "archetypes": 3, "careless": 0.0, "n_rules": 6, "dealbreaker": 1.2}
    study = simulate_study(ScenarioPlan(seed=seed, **(usual | choices)))
    dataset = study.dataset
    return (
        study,
        with_outcomes(dataset, "satisfaction"),
        Grouped(dataset.person_numbers % 2 == 1, study.truth.archetype),
    )


def with_outcomes(dataset, *keys):
    kept = tuple(outcome for outcome in dataset.measures.outcomes if outcome.key in keys)
    return dataclasses.replace(dataset, measures=dataclasses.replace(dataset.measures, outcomes=kept))


def answered_otherwise(dataset, **columns):
    return dataclasses.replace(dataset, ratings=dataset.ratings.assign(**columns))


def planted(study):
    return {(f"A{k + 1}", f"r{r:02d}") for k, r in zip(*np.nonzero(study.truth.dealbreakers), strict=True)}


def test_planted_dealbreakers_are_found_where_they_are():
    study, dataset, groups = studied(persons=4000)
    _, here, untested, _ = find_dealbreakers(dataset, groups, plan=PLAN)
    assert len(here) + len(untested) == 3 * 6
    worse = {(deal.archetype, deal.rule) for deal in here if deal.holds and deal.worse}
    where = {rule: {kind for kind, own in planted(study) if own == rule} for _, rule in planted(study)}
    of_one_alone = {(*kinds, rule) for rule, kinds in where.items() if len(kinds) == 1}
    assert of_one_alone
    assert of_one_alone <= worse <= planted(study)
    # what breaks it everywhere breaks it nowhere more
    assert not {rule for _, rule in worse} & {rule for rule, kinds in where.items() if len(kinds) == 3}


def test_drawing_together_keeps_the_direction_and_lessens_the_size():
    _, dataset, groups = studied()
    _, here, _, _ = find_dealbreakers(dataset, groups, plan=PLAN)
    assert all(abs(deal.pooled.value) <= abs(deal.difference.value) + 1e-9 for deal in here)
    assert all(deal.pooled.value * deal.difference.value >= 0 for deal in here)
    assert all(deal.difference.low <= deal.difference.value <= deal.difference.high for deal in here)


def test_what_goes_with_every_broken_rule_is_found_over_all():
    _, dataset, groups = studied(dealbreaker=0.0, violation=0.5, persons=3000)
    overall, here, _, _ = find_dealbreakers(dataset, groups, plan=PLAN)
    assert len(overall) == 6
    # half a standard deviation of one answer's noise; persons and rules not asked about add to the spread
    assert all(deal.holds and -0.6 < deal.difference.value < -0.15 for deal in overall)
    assert not any(deal.holds for deal in here)


def test_grumbling_persons_make_no_broken_rule_worse():
    _, dataset, groups = studied(dealbreaker=0.0, violation=0.0)
    rng = np.random.default_rng(1)
    grumbling = rng.standard_normal(dataset.n_raters)[dataset.person_numbers]
    chance = 1 / (1 + np.exp(1.0 - 1.5 * grumbling))[:, None]
    known = ~np.isnan(dataset.broken)
    broken = np.where(known, np.where(rng.random(known.shape) < chance, 2.0, 1.0), np.nan)
    satisfaction = np.clip(np.rint(3 - grumbling + 0.7 * rng.standard_normal(len(grumbling))), 1, 5)
    columns = {rule.experience: broken[:, i] - 1 for i, rule in enumerate(dataset.measures.rules)}
    sour = answered_otherwise(dataset, satisfaction=satisfaction, **columns)
    raw = [satisfaction[sour.broken[:, r] == 1].mean() - satisfaction[sour.broken[:, r] == 0].mean() for r in range(6)]
    overall, _, _, _ = find_dealbreakers(sour, groups, plan=PLAN)
    assert max(raw) < -0.5
    assert all(deal.difference.value > -0.35 for deal in overall)


@pytest.mark.parametrize("outcome", ["satisfaction", "wallet"])
def test_turning_an_outcome_round_turns_the_difference_and_not_what_is_worse(outcome):
    _, dataset, groups = studied()
    dataset = with_outcomes(
        simulate_study(
            ScenarioPlan(seed=3, persons=1500, brands=6, archetypes=3, careless=0.0, n_rules=6, dealbreaker=1.2)
        ).dataset,
        outcome,
    )
    measure = dataset.measures.outcomes[0]
    turned = answered_otherwise(dataset, **{outcome: measure.low + measure.high - dataset.ratings[outcome]})
    other = dataclasses.replace(measure, better="low")
    turned = dataclasses.replace(turned, measures=dataclasses.replace(turned.measures, outcomes=(other,)))
    one, two = (find_dealbreakers(study, groups, plan=PLAN) for study in (dataset, turned))
    for deals, others in zip(one[:2], two[:2], strict=True):
        assert [d.difference.value for d in deals] == pytest.approx([-d.difference.value for d in others], abs=1e-6)
        assert [d.p for d in deals] == pytest.approx([d.p for d in others], abs=1e-6)
    assert [d.worse for d in one[1]] == [d.worse for d in two[1]]


def test_other_outcomes_than_the_main_one_are_exploratory_and_in_families_of_their_own():
    study, dataset, groups = studied()
    both = with_outcomes(study.dataset, "satisfaction", "wallet")
    alone, together = (find_dealbreakers(d, groups, plan=PLAN) for d in (dataset, both))
    assert [d for d in together[1] if d.outcome == "satisfaction"] == list(alone[1])
    assert all(d.exploratory == (d.outcome == "wallet") for d in (*together[0], *together[1]))


def test_rare_cells_are_told_and_not_tested():
    _, dataset, groups = studied(persons=300)
    _, here, untested, caveats = find_dealbreakers(dataset, groups, plan=PLAN)
    assert untested
    experiences = Experiences.of(dataset, groups, 0)
    for cell in untested:
        k, r = int(cell.archetype[1:]) - 1, int(cell.rule[1:])
        answers = experiences.broken[experiences.archetype == k, r]
        assert (cell.n_kept, cell.n_broken) == ((answers == 0).sum(), (answers == 1).sum())
    assert all(min(deal.n_kept, deal.n_broken) >= PLAN.least_cell for deal in here)
    told = next(caveat for caveat in caveats if caveat.code == "rules_untested")
    assert told.numbers["untested"] == len(untested)


def test_few_brands_are_told_and_many_are_drawn():
    _, dataset, groups = studied(persons=600)
    assert "rules_few_brands" in [c.code for c in find_dealbreakers(dataset, groups, plan=PLAN)[3]]
    _, dataset, groups = studied(persons=600, brands=14)
    assert "rules_few_brands" not in [c.code for c in find_dealbreakers(dataset, groups, plan=PLAN)[3]]


def test_no_broken_rule_no_archetype_and_no_variety_are_no_failure():
    _, dataset, groups = studied(persons=300)
    kept = answered_otherwise(dataset, **{rule.experience: 0.0 for rule in dataset.measures.rules})
    overall, here, untested, caveats = find_dealbreakers(kept, groups, plan=PLAN)
    assert (overall, here) == ((), ())
    assert len(untested) == 3 * 6
    assert [caveat.code for caveat in caveats if caveat.code != "rules_few_brands"] == ["rules_none_broken"]
    same = answered_otherwise(dataset, satisfaction=3.0)
    for silent in (same, answered_otherwise(dataset, satisfaction=np.nan)):
        *nothing, caveats = find_dealbreakers(silent, groups, plan=PLAN)
        assert nothing == [(), (), ()]
        assert [caveat.code for caveat in caveats] == ["rules_without_outcome"]
    overall, here, untested, _ = find_dealbreakers(dataset, dataclasses.replace(groups, archetype=None), plan=PLAN)
    assert overall
    assert (here, untested) == ((), ())
    one = find_dealbreakers(dataset, dataclasses.replace(groups, archetype=0 * groups.archetype), plan=PLAN)
    assert one[1] == ()


def test_reversals_leave_exploratory_findings_out():
    _, dataset, groups = studied()
    _, here, _, _ = find_dealbreakers(dataset, groups, plan=PLAN)
    rule = here[0].rule
    one, other = [deal for deal in here if deal.rule == rule][:2]
    held = (dataclasses.replace(one, holds=True, worse=True), dataclasses.replace(other, holds=True, worse=False))
    assert [(r.more, r.less) for r in reversed_dealbreakers(held)] == [((one.archetype,), (other.archetype,))]
    assert reversed_dealbreakers([dataclasses.replace(deal, exploratory=True) for deal in held]) == ()
