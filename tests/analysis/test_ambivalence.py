"""Warm and cold apart, negative and ambivalent shares on each base, and what is said where a base cannot be told."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.ambivalence import describe_feelings
from analysis.dataset import Dataset
from analysis.plan import AnalysisPlan
from analysis.positions import ambivalent_ratings, feelings, negative_ratings
from instruments.measures import Measures, PickMeasure, ScaleMeasure, ValueMeasure
from tests.analysis.simulated import INFO, Simulation, quick_plan

PLAN = quick_plan(resamples=100)
# Uses a year of five kinds of users; the colder, the seldomer.
FREQUENCIES = np.array([0.0, 2.0, 6.0, 24.0, 100.0])


def with_use(dataset, frequency=None):
    """The same ratings with use asked: whether ever, and how often a year."""
    measures = dataclasses.replace(dataset.measures, used={key: f"used_{key}" for key in dataset.measures.brands})
    columns = {f"used_{key}": 1.0 for key in dataset.measures.brands}
    if frequency is not None:
        measures = dataclasses.replace(measures, value={"frequency": ValueMeasure("often")})
        columns["often"] = frequency
    return dataclasses.replace(dataset, ratings=dataset.ratings.assign(**columns), measures=measures)


@pytest.fixture(scope="module")
def plain():
    return Simulation(persons=800, per_person=2).dataset()


@pytest.fixture(scope="module")
def split(plain):
    """Users and non-users: the coldest two in five ratings are by persons who never used the brand."""
    warm, cold = feelings(plain)
    order = np.argsort(np.argsort(warm - cold))
    frequency = FREQUENCIES[np.clip((order * 5) // len(order), 0, 4)]
    dataset = with_use(plain, frequency)
    never = order < 0.2 * len(order)
    return dataset.keeping(~never), dataset.keeping(never)


def group(found, base, brand=None, archetype=None):
    return next(g.feelings for g in found.groups if (g.base, g.brand, g.archetype) == (base, brand, archetype))


def test_bases_widen_from_current_users_to_all_who_know_the_brand(split):
    users, non_users = split
    found, caveats = describe_feelings(users, non_users, None, plan=PLAN)
    assert found.headline == "ever_used"
    assert found.bases == ("aware", "ever_used", "current")
    assert caveats == ()
    sizes = [group(found, base).n_ratings for base in found.bases]
    assert sizes == [1600, 1280, int((users.value("frequency") > 0).sum())]
    # those who have never used it were made the coldest
    assert group(found, "aware").negative.value > group(found, "ever_used").negative.value + 0.1
    assert group(found, "aware").warm.value < group(found, "ever_used").warm.value


def test_the_headline_base_is_the_mean_of_the_users_alone(split):
    users, non_users = split
    found, _ = describe_feelings(users, non_users, None, plan=PLAN)
    told = group(found, "ever_used")
    warm, cold = feelings(users)
    assert told.warm.value == pytest.approx(np.average(warm, weights=users.weights))
    assert told.cold.value == pytest.approx(np.average(cold, weights=users.weights))
    assert told.negative.value == pytest.approx(np.average(negative_ratings(users), weights=users.weights))
    assert told.negative.low < told.negative.value < told.negative.high
    assert told.n_persons == users.n_raters


def test_brands_make_up_the_whole(split):
    found, _ = describe_feelings(*split, None, plan=PLAN)
    brands = [g.feelings for g in found.groups if g.base == "aware" and g.brand is not None]
    assert sum(brand.n_ratings for brand in brands) == group(found, "aware").n_ratings


def test_negative_shares_fall_with_use_as_they_were_made_to(split):
    found, _ = describe_feelings(*split, None, plan=PLAN)
    assert [(band.least, band.below) for band in found.by_use] == [
        (None, None),
        (1.0, 4.0),
        (4.0, 12.0),
        (12.0, 52.0),
        (52.0, None),
    ]
    shares = [band.feelings.negative.value for band in found.by_use]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 0.8
    assert shares[-1] < 0.1


def test_archetypes_stand_on_users_only(split):
    users, non_users = split
    warm, cold = feelings(users)
    archetype = (cold > warm).astype(np.int64)
    found, _ = describe_feelings(users, non_users, archetype, plan=PLAN)
    assert {g.base for g in found.groups if g.archetype} == {"ever_used", "current"}
    assert group(found, "ever_used", archetype="A2").negative.value == 1
    assert group(found, "ever_used", archetype="A1").n_ratings == int((archetype == 0).sum())


def test_ambivalence_is_told_apart_from_indifference(plain):
    """Warm and cold both high is ambivalent; both low has the same difference and is not."""
    names = {scale.key: scale.columns for scale in plain.measures.scales}

    def felt(answer):
        columns = {
            column: float(answer if j != 1 else 8 - answer)
            for name in ("warm", "cold")
            for j, column in enumerate(names[name])
        }
        return dataclasses.replace(plain, ratings=plain.ratings.assign(**columns, current=""))

    torn, indifferent = (
        describe_feelings(felt(answer), plain.keeping(np.zeros(1600, dtype=bool)), None, plan=PLAN)[0]
        for answer in (7, 1)
    )
    assert group(torn, "ever_used").griffin.value == pytest.approx(2)
    assert group(torn, "ever_used").ambivalent.value == 1
    assert group(indifferent, "ever_used").griffin.value == pytest.approx(0)
    assert group(indifferent, "ever_used").ambivalent.value == 0
    assert group(torn, "ever_used").negative.value == group(indifferent, "ever_used").negative.value == 0


@given(st.floats(0, 2))
def test_a_lower_cut_never_makes_fewer_ratings_ambivalent(plain, above):
    lower, higher = (np.nanmean(ambivalent_ratings(plain, above=cut)) for cut in (above / 2, above))
    assert lower >= higher


def test_the_cut_decides_who_is_ambivalent(plain):
    shares = [np.nanmean(ambivalent_ratings(plain, above=cut)) for cut in (0.0, 1.0, 2.0)]
    assert shares == sorted(set(shares), reverse=True)


def test_without_warm_and_cold_only_relationships_gone_wrong_are_told():
    dataset = Simulation(persons=100, dimensions=False).dataset()
    found, caveats = describe_feelings(dataset, dataset.keeping(np.zeros(200, dtype=bool)), None, plan=PLAN)
    told = group(found, "ever_used")
    assert told.warm is told.cold is told.ambivalent is told.griffin is None
    assert 0 < told.negative.value < 1
    assert {caveat.code for caveat in caveats} == {"no_warm_and_cold", "use_not_asked", "current_use_unknown"}
    assert found.by_use == ()


def test_without_any_measure_there_is_a_sentence_and_no_figure():
    simulation = Simulation(persons=60, dimensions=False)
    measures = dataclasses.replace(simulation.measures(), picks=PickMeasure())
    ratings = simulation.dataset().ratings.assign(current="")
    dataset = dataclasses.replace(simulation.dataset(), measures=measures, ratings=ratings)
    found, caveats = describe_feelings(dataset, dataset.keeping(np.zeros(120, dtype=bool)), None, plan=PLAN)
    assert found is None
    assert [caveat.code for caveat in caveats] == ["no_feelings"]


def test_few_ratings_are_counted_and_nothing_else(split):
    users, non_users = split
    plan = AnalysisPlan(resamples=100, suppress_below=2000, small_below=2000)
    found, _ = describe_feelings(users, non_users, None, plan=plan)
    assert all(g.feelings.n_ratings > 0 for g in found.groups)
    assert all(g.feelings.negative is None and g.feelings.warm is None for g in found.groups)


def test_one_person_may_have_used_one_brand_and_not_another(plain):
    dataset = with_use(plain)
    first = ~dataset.ratings["person"].duplicated().to_numpy()
    found, caveats = describe_feelings(dataset.keeping(first), dataset.keeping(~first), None, plan=PLAN)
    assert group(found, "aware").n_persons == 800
    assert group(found, "aware").n_ratings == 1600
    assert [caveat.code for caveat in caveats] == ["current_use_unknown"]


def test_bands_of_usage_must_climb():
    with pytest.raises(ValueError, match="must be above 0 and climb"):
        AnalysisPlan(usage_bands=(12, 4))


def test_the_share_of_customers_who_dislike_a_chain_falls_with_their_visits(shared):
    """Published answers of 1453 Australians: 88 % of those who never go dislike it, 6 % of those who go weekly."""
    path = shared / "data" / "mcdonalds_msa.csv"
    if not path.is_file():
        pytest.skip(f"{path} is absent")
    visits = {"Never": 0, "Once a year": 1, "Every three months": 4, "Once a month": 12, "Once a week": 52}
    visits["More than once a week"] = 104
    table = pd.read_csv(path).replace({"Like": {"I hate it!-5": -5, "I love it!+5": 5}})
    frame = table.assign(often=table["VisitFrequency"].map(visits), brand="chain")[["Like", "often", "brand"]]
    frame["Like"] = frame["Like"].astype(float)
    measures = Measures(
        brand="brand",
        brands={"chain": {"en": "The chain"}},
        scales=(
            ScaleMeasure("liking", {"en": "Liking"}, ("Like",), -5, 5, dimension="warm"),
            ScaleMeasure("disliking", {"en": "Disliking"}, ("Like",), -5, 5, frozenset({"Like"}), dimension="cold"),
        ),
        value={"frequency": ValueMeasure("often")},
    )
    info = dataclasses.replace(INFO, simulated=False)
    dataset = Dataset.from_frame(frame, measures, info, sha256="0" * 64)
    found, _ = describe_feelings(dataset, dataset.keeping(np.zeros(len(frame), dtype=bool)), None, plan=PLAN)
    assert group(found, "ever_used").negative.value == pytest.approx(0.28, abs=0.005)
    shares = [band.feelings.negative.value for band in found.by_use]
    assert shares == pytest.approx([0.88, 0.62, 0.27, 0.08, 0.06], abs=0.006)
