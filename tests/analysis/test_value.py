"""Worth: nothing without the user's inputs, ranges with them, arithmetic that can be followed, exit counted once."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.numeric.resampling import PersonResamples
from analysis.plan import AnalysisPlan
from analysis.value import find_value
from instruments.measures import ValueMeasure
from tests.analysis.simulated import Simulation

INPUTS = {
    "currency": "EUR",
    "margin": [0.2, 0.4],
    "intent_factor": [0.3, 0.5],
    "customers": {"b0": 1000, "b1": 2000},
    "discount_rate": 0.1,
    "horizon_years": 3,
}


def plan(**more):
    return AnalysisPlan.from_choices({"value": INPUTS | more})


@pytest.fixture(scope="module")
def studied():
    dataset = Simulation(seed=6, persons=900).dataset()
    rng = np.random.default_rng(6)
    n = len(dataset.ratings)
    group = rng.integers(0, 2, n)
    any_broken = (np.nan_to_num(dataset.broken) == 1).any(1)
    leave = rng.random(n) < 0.1 + 0.1 * group + 0.2 * any_broken
    ratings = dataset.ratings.assign(spend=np.where(group == 1, 5.0, 2.0), going=np.where(leave, 5.0, 2.0))
    value = {
        "spend": ValueMeasure("spend", {"2": 100.0, "5": 300.0}),
        "leaving": ValueMeasure("going", {"2": 0.0, "5": 1.0}),
    }
    measures = dataclasses.replace(dataset.measures, value=value)
    return dataclasses.replace(dataset, ratings=ratings, measures=measures), group


def found(studied, chosen, archetype="own"):
    dataset, group = studied
    resamples = PersonResamples.drawn(dataset.n_raters, 200, rng=np.random.default_rng(1))
    groups = group if isinstance(archetype, str) else archetype
    return find_value(dataset, groups, np.ones(len(group), dtype=bool), plan=chosen, resamples=resamples)


def test_without_inputs_there_is_no_money(studied):
    value, caveats = found(studied, AnalysisPlan())
    assert [caveat.code for caveat in caveats] == ["no_value_inputs"]
    assert {a.yearly for a in value.archetypes} == {a.over_horizon for a in value.archetypes} == {None}
    assert {b.portfolio for b in value.brands} == {b.at_risk for b in value.brands} == {None}
    assert value.shifts == ()
    # what was asked is still told, and spend as an index
    poor, rich = (archetype.spend_index for archetype in value.archetypes)
    assert poor.high < 100 < rich.low


def test_a_year_is_spend_times_margin_over_the_ends_of_the_range(studied):
    yearly = found(studied, plan())[0].archetypes[1].yearly
    # everybody in this archetype spends 300
    assert yearly.central == pytest.approx(0.3 * 300)
    assert (yearly.low, yearly.high) == pytest.approx((0.2 * 300, 0.4 * 300))


def test_the_horizon_is_discounted_and_loses_those_who_leave(studied):
    kind = found(studied, plan())[0].archetypes[1]
    leaving = kind.stated["leaving"]
    middle = (leaving.low + leaving.high) / 2
    staying = (1 - 0.4 * middle) / 1.1
    assert kind.over_horizon.central == pytest.approx(90 * (1 + staying + staying**2))
    assert kind.over_horizon.low < kind.over_horizon.central < kind.over_horizon.high < 3 * kind.yearly.high


def test_a_customer_number_turns_worth_into_a_portfolio(studied):
    value, caveats = found(studied, plan())
    brands = {brand.brand: brand for brand in value.brands}
    spend = brands["b1"].stated["spend"]
    assert brands["b1"].portfolio.central == pytest.approx(2000 * 0.3 * (spend.low + spend.high) / 2)
    assert brands["b2"].portfolio is None
    assert "customers_unknown" in {caveat.code for caveat in caveats}


def test_avoidable_exit_is_what_was_planted_and_counted_once(studied):
    value = found(studied, plan())[0]
    planted = value.avoidable_exit.more_leaving
    assert planted.low < 0.2 < planted.high
    brand = next(b for b in value.brands if b.brand == "b0")
    exit_ = brand.avoidable_exit
    centre = [(e.low + e.high) / 2 for e in (exit_.broken, exit_.more_leaving, brand.stated["spend"])]
    assert brand.at_risk.central == pytest.approx(1000 * np.prod(centre) * 0.4)
    # never more than all that those with a broken rule spend
    assert brand.at_risk.high < 1000 * exit_.broken.high * brand.stated["spend"].high
    assert {effect.input for effect in brand.sensitivity} == {"intent_factor", "broken", "more_leaving", "spend"}


def test_moving_customers_needs_a_success_rate_and_is_at_most_the_difference(studied):
    assert found(studied, plan())[0].shifts == ()
    value = found(studied, plan(success_rate=[0.05, 0.1]))[0]
    (shift,) = value.shifts
    poor, rich = value.archetypes
    assert (shift.origin, shift.destination) == ("A1", "A2")
    assert shift.at_most.central == pytest.approx(0.075 * (rich.over_horizon.central - poor.over_horizon.central))
    assert shift.at_most.low >= 0


def test_contacts_cost(studied):
    dataset, group = studied
    value = dataset.measures.value | {"contacts": ValueMeasure("spend", {"2": 1.0, "5": 3.0})}
    costly = dataclasses.replace(dataset, measures=dataclasses.replace(dataset.measures, value=value))
    yearly = found((costly, group), plan(cost_per_contact=[4.0, 6.0]))[0].archetypes[1].yearly
    assert yearly.central == pytest.approx(90 - 3 * 5)


def test_without_archetypes_brands_still_have_worth(studied):
    value = found(studied, plan(), archetype=None)[0]
    assert value.archetypes == ()
    assert next(b for b in value.brands if b.brand == "b0").portfolio is not None


def test_where_nobody_broke_a_rule_nothing_is_at_risk(studied):
    dataset, group = studied
    kept = {c: 0.0 for c in dataset.ratings if c.startswith("exp_")}
    value = found((dataclasses.replace(dataset, ratings=dataset.ratings.assign(**kept)), group), plan())[0]
    assert value.avoidable_exit is None
    assert {brand.at_risk for brand in value.brands} == {None}


def test_a_study_that_asked_nothing_of_worth_has_none():
    dataset = Simulation(seed=6, persons=100).dataset()
    assert found((dataset, np.zeros(len(dataset.ratings), dtype=int)), plan()) == (None, ())


@pytest.mark.parametrize(
    "wrong", [{"margin": [0.4, 0.2]}, {"margin": [0.2, 1.4]}, {"discount_rate": -1.0}, {"customers": {"b0": -5}}]
)
def test_impossible_inputs_are_refused_with_their_name(wrong):
    with pytest.raises(AnalysisError, match=next(iter(wrong))):
        plan(**wrong)
