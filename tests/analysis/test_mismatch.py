"""Wanted against given treatment: signed, beyond measurement error only, and what goes with it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from analysis.mismatch import find_mismatch, treatments
from analysis.numeric.resampling import PersonResamples
from analysis.plan import AnalysisPlan
from instruments.catalogue import load_catalogue
from tests.analysis.simulated import Simulation

PLAN = AnalysisPlan()
FAMILIES = ("distant", "practical", "friends", "love", "unequal", "troubled")


def with_picks(persons=600, seed=3, **columns):
    """Simulated ratings with picks of our own; `columns` are arrays of families, one for each rating."""
    dataset = Simulation(seed=seed, persons=persons).dataset()
    return dataclasses.replace(dataset, ratings=dataset.ratings.assign(**columns))


def random_picks(dataset, rng, chances=None):
    return rng.choice(FAMILIES, len(dataset.ratings), p=chances)


def found(dataset, plan=PLAN):
    resamples = PersonResamples.drawn(dataset.n_raters, 200, rng=np.random.default_rng(1))
    return find_mismatch(dataset, plan=plan, catalogue=load_catalogue(), resamples=resamples)


@pytest.fixture(scope="module")
def mixed():
    dataset = Simulation(seed=3, persons=600).dataset()
    rng = np.random.default_rng(2)
    columns = {name: random_picks(dataset, rng) for name in ("current", "desired", "treated")}
    return dataclasses.replace(dataset, ratings=dataset.ratings.assign(**columns))


def test_the_sign_says_whether_more_or_less_is_wanted():
    n = len(Simulation(persons=600).dataset().ratings)
    dataset = with_picks(
        current=["practical"] * n, desired=["love"] * n, treated=np.where(np.arange(n) % 4 == 0, "love", "distant")
    )
    plan = PLAN.model_copy(update={"mismatch_errors": 0.0})
    closeness = found(dataset, plan)[0].dimensions[0]
    assert closeness.dimension == "closeness"
    overall = closeness.shares[0]
    assert overall.brand is None
    assert overall.mean.value > 0
    assert overall.more_wanted.value == pytest.approx(1 - overall.fulfilled.value)
    assert overall.fulfilled.value == pytest.approx(0.25, abs=0.02)
    assert overall.less_wanted.value == 0


def test_shares_add_up_and_brands_average_to_all(mixed):
    for on in found(mixed)[0].dimensions:
        for shares in on.shares:
            parts = (shares.more_wanted, shares.less_wanted, shares.fulfilled)
            assert sum(part.value for part in parts) == pytest.approx(1)
        assert [shares.brand for shares in on.shares] == [None, *mixed.brands_rated]
        overall, *brands = on.shares
        assert min(b.mean.value for b in brands) < overall.mean.value < max(b.mean.value for b in brands)


def test_more_measurement_error_leaves_more_fulfilled(mixed):
    catalogue = load_catalogue()
    shares = []
    for errors in (0.0, 1.0, 2.0):
        plan = PLAN.model_copy(update={"mismatch_errors": errors})
        closeness = treatments(mixed, plan=plan, catalogue=catalogue)[0]
        shares.append(float(np.nanmean(closeness.kinds[:, 2])))
    assert shares[0] < shares[1] <= shares[2]


def test_error_is_small_where_picks_follow_the_scales_and_large_where_they_do_not(mixed):
    catalogue = load_catalogue()
    level = mixed.scale_scores[:, [s.key for s in mixed.measures.scales].index("closeness")]
    by_scale = np.where(level > np.nanmedian(level), "love", "distant")
    follows = dataclasses.replace(mixed, ratings=mixed.ratings.assign(current=by_scale))
    errors = [treatments(d, plan=PLAN, catalogue=catalogue)[0].error for d in (follows, mixed)]
    assert errors[0] < errors[1]


def test_error_is_in_the_picks_own_metric(mixed):
    # picks at random are nothing but error, and err by no more than they differ
    for treatment in treatments(mixed, plan=PLAN, catalogue=load_catalogue()):
        assert treatment.error == pytest.approx(np.sqrt(2) * np.nanstd(treatment.desired), rel=0.1)


def test_satisfaction_that_falls_with_mismatch_is_found():
    dataset = Simulation(seed=5, persons=900).dataset()
    rng = np.random.default_rng(5)
    desired, treated = random_picks(dataset, rng), random_picks(dataset, rng)
    ratings = dataset.ratings.assign(current=desired, desired=desired, treated=treated)
    dataset = dataclasses.replace(dataset, ratings=ratings)
    gap = treatments(dataset, plan=PLAN, catalogue=load_catalogue())[0].gap
    satisfaction = np.clip(np.rint(4.5 - 0.5 * gap**2 + 0.5 * rng.standard_normal(len(gap))), 1, 5)
    dataset = dataclasses.replace(dataset, ratings=ratings.assign(sat=satisfaction))
    surfaces = {surface.outcome: surface for surface in found(dataset)[0].dimensions[0].surfaces}
    assert surfaces["satisfaction"].disagreement_curvature.high < 0
    assert surfaces["leaving"].disagreement_curvature.low < 0 < surfaces["leaving"].disagreement_curvature.high


def test_triples_count_every_rating_once(mixed):
    triples = [triple for triple in found(mixed)[0].triples if triple.brand is None]
    assert sum(triple.n for triple in triples) == len(mixed.ratings)
    assert sum(triple.share for triple in triples) == pytest.approx(1)
    assert sum(t.n for t in found(mixed)[0].triples if t.brand == "b0") == (mixed.ratings["brand"] == "b0").sum()


def test_where_everybody_is_treated_as_wanted_that_is_said():
    n = len(Simulation(persons=600).dataset().ratings)
    dataset = with_picks(current=["love"] * n, desired=["love"] * n, treated=["love"] * n)
    mismatch, caveats = found(dataset)
    assert "nobody_wants_other_treatment" in {caveat.code for caveat in caveats}
    assert mismatch.dimensions[0].shares[0].fulfilled.value == 1
    assert mismatch.dimensions[0].surfaces == ()


@pytest.mark.parametrize(("desired", "said"), [("love", True), ("friends", False), ("", False)])
def test_where_everybody_wants_the_relationship_they_have_that_is_said(desired, said):
    n = len(Simulation(persons=600).dataset().ratings)
    half = n // 2
    wanted = [desired] * half + ["love"] * (n - half) if desired else [""] * n
    caveats = found(with_picks(current=["love"] * n, desired=wanted, treated=["practical"] * n))[1]
    assert ("nobody_wants_another_relationship" in {caveat.code for caveat in caveats}) == said


def test_without_scales_for_a_dimension_the_error_is_unknown():
    dataset = Simulation(seed=3, persons=300, dimensions=False).dataset()
    rng = np.random.default_rng(2)
    columns = {name: random_picks(dataset, rng) for name in ("current", "desired", "treated")}
    mismatch, caveats = found(dataclasses.replace(dataset, ratings=dataset.ratings.assign(**columns)))
    assert {on.error for on in mismatch.dimensions} == {None}
    assert "mismatch_without_error" in {caveat.code for caveat in caveats}


def test_where_treatment_was_not_asked_there_is_nothing():
    n = len(Simulation(persons=100).dataset().ratings)
    assert found(with_picks(persons=100, treated=[""] * n)) == (None, ())


def test_close_families_are_closer_than_distant_ones():
    plan = PLAN.model_copy(update={"mismatch_errors": 0.0})
    n = len(Simulation(persons=60).dataset().ratings)
    pairs = [("distant", "practical"), ("practical", "friends")]
    for far, near in pairs:
        dataset = with_picks(persons=60, current=[far] * n, desired=[near] * n, treated=[far] * n)
        closeness = treatments(dataset, plan=plan, catalogue=load_catalogue())[0]
        assert (closeness.gap > 0).all()
