import dataclasses

import numpy as np
import pytest

from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.numeric.weighting import effective_n
from analysis.plan import AnalysisPlan
from analysis.weighting import weight_persons
from tests.analysis.simulated import INFO, Simulation

PERSON = "_person"
FEMALE, YOUNG = 0.5, 0.3


@pytest.fixture(scope="module")
def sample():
    """Two in three are women, half are young; the last ten do not say."""
    simulation = Simulation(persons=300)
    frame, rng = simulation.frame(), np.random.default_rng(5)
    persons = frame[PERSON].unique()
    facts = {
        "gender": dict(zip(persons, rng.choice(["f", "m"], len(persons), p=[2 / 3, 1 / 3]), strict=True)),
        "age": dict(zip(persons, rng.choice(["young", "old"], len(persons)), strict=True)),
    }
    facts["gender"] |= dict.fromkeys(persons[-10:], -97)
    for name, of in facts.items():
        frame[name] = frame[PERSON].map(of)
    measures = dataclasses.replace(simulation.measures(), background={"demographic": ("gender", "age")})
    return frame, measures


def dataset_of(sample, weight=None):
    frame, measures = sample
    if weight is not None:
        frame, measures = frame.assign(w=weight), dataclasses.replace(measures, weight="w")
    return Dataset.from_frame(frame, measures, INFO, sha256="0" * 64)


def plan_of(caps=None, **margins):
    named = [{"columns": name.split("_and_"), "shares": shares} for name, shares in margins.items()]
    return AnalysisPlan.from_choices({"population": {"margins": named} | ({"caps": caps} if caps else {})})


POPULATION = {"gender": {"f": FEMALE, "m": 1 - FEMALE}, "age": {"young": YOUNG, "old": 1 - YOUNG}}


def test_weighted_shares_are_those_of_the_population_and_ratings_follow_their_persons(sample):
    before = dataset_of(sample)
    after, weighting, caveats = weight_persons(before, plan=plan_of(**POPULATION))
    facts = after.ratings.groupby("person").first()
    weights = after.persons["weight"]
    said = facts["gender"] != ""
    assert weights[said & (facts["gender"] == "f")].sum() / weights[said].sum() == pytest.approx(FEMALE, abs=1e-6)
    assert weights[facts["age"] == "young"].sum() / weights.sum() == pytest.approx(YOUNG, abs=1e-6)
    assert np.allclose(
        (after.ratings["weight"] / before.ratings["weight"]).to_numpy(),
        (weights / before.persons["weight"]).loc[after.ratings["person"]].to_numpy(),
    )
    assert (weighting.met, weighting.raked, weighting.rows) == (True, True, 300)
    assert weighting.effective_n == pytest.approx(effective_n(weights.to_numpy()))
    assert [row.target for row in weighting.categories] == [FEMALE, 1 - FEMALE, YOUNG, 1 - YOUNG]
    assert caveats == ()


def test_without_a_population_weights_stay_and_their_cost_is_told(sample):
    frame, _ = sample
    heavy = np.where(frame[PERSON].isin(frame[PERSON].unique()[:10]), 60.0, 1.0)
    before = dataset_of(sample, heavy)
    after, weighting, caveats = weight_persons(before, plan=AnalysisPlan())
    assert after is before
    assert not weighting.raked
    assert weighting.design_effect > 2
    assert [caveat.code for caveat in caveats] == ["costly_weights"]


def test_caps_that_forbid_a_target_and_empty_categories_are_told(sample):
    margins = {"gender": {"f": 0.05, "m": 0.9, "x": 0.05}, "age": {"young": 0.5, "old": 0.5}}
    _, weighting, caveats = weight_persons(dataset_of(sample), plan=plan_of(caps=[0.5, 1.5], **margins))
    assert weighting.met is False
    assert weighting.largest > 1
    assert {caveat.code for caveat in caveats} == {"population_missed", "empty_categories"}


def test_a_starting_weight_counts(sample):
    frame, _ = sample
    start = np.where(frame["age"] == "young", 3.0, 1.0)
    plan = plan_of(gender=POPULATION["gender"])
    plain, _, _ = weight_persons(dataset_of(sample), plan=plan)
    started, _, _ = weight_persons(dataset_of(sample, start), plan=plan)
    young = dataset_of(sample).ratings.groupby("person")["age"].first() == "young"
    assert started.persons["weight"][young].mean() > 2 * started.persons["weight"][~young].mean()
    assert plain.persons["weight"][young].mean() < 1.2 * plain.persons["weight"][~young].mean()


@pytest.mark.parametrize(
    ("margins", "code"),
    [({"income": {"low": 0.5, "high": 0.5}}, "unknown_margin"), ({"gender": {"f": 1.0}}, "unknown_category")],
)
def test_a_population_of_something_else_is_refused_by_name(sample, margins, code):
    with pytest.raises(AnalysisError) as refused:
        weight_persons(dataset_of(sample), plan=plan_of(**margins))
    assert refused.value.code == code
    assert next(iter(margins)) in str(refused.value)
