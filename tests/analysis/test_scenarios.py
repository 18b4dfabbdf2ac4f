import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from analysis.plan import AnalysisPlan
from analysis.scenarios import PICKS, SEPARATIONS, ScenarioPlan, simulate_study
from analysis.screening import screen
from instruments.catalogue import load_catalogue


@pytest.fixture(scope="module")
def study():
    return simulate_study(ScenarioPlan(seed=5, persons=1500, archetypes=4, separation=3.5))


@pytest.fixture(scope="module")
def kept(study):
    return screen(study.dataset, plan=AnalysisPlan()).kept


def test_equal_plans_give_equal_answers_and_another_seed_others():
    one, again, other = (simulate_study(ScenarioPlan(seed=seed, persons=80)).frame for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(one, again)
    assert not one.equals(other)


def test_answers_are_labelled_as_simulated(study):
    assert study.dataset.info.simulated
    assert (study.frame["_simulated"] == 1).all()


def test_truth_stands_in_the_order_of_the_dataset_and_of_what_screening_leaves(study, kept):
    assert study.rows_of(study.dataset).tolist() == list(range(len(study.frame)))
    rows = study.rows_of(kept)
    assert study.frame["_person"].to_numpy()[rows].tolist() == kept.ratings["person"].tolist()
    assert study.frame["brand"].to_numpy()[rows].tolist() == kept.ratings["brand"].tolist()


def test_a_fifth_answers_carelessly_and_screening_finds_most_of_them(study, kept):
    rows = study.rows_of(kept)
    assert study.truth.careless.mean() == pytest.approx(0.2, abs=0.03)
    assert study.truth.careless[rows].mean() < 0.06
    assert (~study.truth.careless[rows]).sum() > 0.97 * (~study.truth.careless).sum()


def test_sixteen_of_twenty_four_items_are_asked_in_either_design():
    for planned in ("sets", "random"):
        items = simulate_study(ScenarioPlan(persons=60, planned=planned)).dataset.items
        assert set((~np.isnan(items)).sum(1)) == {16}


@pytest.mark.parametrize("archetypes", [3, 7])
def test_separations_give_the_oracle_about_the_index_they_are_named_after(archetypes):
    # a study's own places move the index by .05 or so, and screening has become better since they were set
    found = []
    for wanted in SEPARATIONS:
        study = simulate_study(ScenarioPlan.overlapping(2, archetypes, oracle=wanted, persons=500))
        rows = study.rows_of(screen(study.dataset, plan=AnalysisPlan()).kept)
        found.append(adjusted_rand_score(study.truth.archetype[rows], study.oracle[rows]))
    assert found[0] + 0.1 < found[1]
    assert all(abs(index - wanted) < 0.2 for index, wanted in zip(found, SEPARATIONS, strict=True))


def test_importances_differ_by_the_planted_norms(study, kept):
    rows = study.rows_of(kept)
    norms, archetype = study.truth.norms, study.truth.archetype[rows]
    planted, found = [], []
    for a in range(4):
        inside = archetype == a
        z = kept.importances / np.nanstd(kept.importances, axis=0)
        found.append(np.nanmean(z[inside], axis=0) - np.nanmean(z[~inside], axis=0))
        others = study.truth.shares * (np.arange(4) != a)
        planted.append(norms[a] - others @ norms / others.sum())
    slope = np.polyfit(np.ravel(planted), np.ravel(found), 1)[0]
    assert slope == pytest.approx(0.85, abs=0.12)  # people differ in how demanding they are, and answers are rounded


def test_outcomes_are_worse_where_rules_are_broken_and_worst_for_dealbreakers(study):
    truth, honest = study.truth, ~study.truth.careless
    satisfaction = study.dataset.outcomes[:, 0]
    own = np.where(truth.dealbreakers[truth.archetype] < 0, truth.broken, np.nan)
    elsewhere = np.where(truth.dealbreakers[truth.archetype] < 0, np.nan, truth.broken)
    costs = []
    for broken in (own, elsewhere):
        loss = [
            satisfaction[honest & (column == 1)].mean() - satisfaction[honest & (column == 0)].mean()
            for column in broken.T
            if (~np.isnan(column)).sum() > 100
        ]
        costs.append(np.mean(loss))
    assert costs[0] < costs[1] < 0


def test_structureless_studies_have_one_kind_of_rating_and_skewed_ones_pile_up_at_the_low_end():
    plain, skewed = (simulate_study(ScenarioPlan.structureless(3, skewed=skewed)) for skewed in (False, True))
    for study in (plain, skewed):
        assert set(study.truth.archetype) == {0}
        assert not study.truth.norms.any()
        assert not study.truth.dealbreakers.any()
    lowest = [np.nanmean(study.dataset.items[~study.truth.careless] == 1) for study in (plain, skewed)]
    assert lowest[1] > 2 * lowest[0]


def test_picks_name_relationships_of_the_catalogue():
    catalogue = load_catalogue()
    for current, family, desired, desired_family in PICKS:
        assert (catalogue[current].family, catalogue[desired].family) == (family, desired_family)


def test_persons_and_brands_have_effects_of_their_own(study):
    truth, honest = study.truth, ~study.truth.careless
    apart = truth.level - truth.centres[truth.archetype]
    first, second = apart[0::2], apart[1::2]
    assert np.corrcoef(first.ravel(), second.ravel())[0, 1] == pytest.approx(0.2, abs=0.05)
    by_brand = pd.DataFrame(apart[honest]).groupby(truth.brand_of[honest]).mean()
    assert by_brand.std().mean() > 0.12
