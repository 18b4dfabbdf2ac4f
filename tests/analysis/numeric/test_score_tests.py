import numpy as np
import pytest

from analysis.numeric.ordinal_regression import fit_cumulative_logit
from analysis.numeric.regression import fit_linear
from analysis.numeric.score_tests import effective_clusters, one_way_tests, score_contributions, two_way_tests


def ratings(seed, persons=120, brands=16, *, effect=0.0, brand_slopes=0.0):
    """Two ratings for each person; the first predictor's slope may differ between brands around the effect."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(persons), 2)
    brand = np.concatenate([rng.permutation(brands)[:2] for _ in range(persons)])
    x = rng.standard_normal((len(person), 3))
    slope = effect + brand_slopes * rng.standard_normal(brands)
    y = slope[brand] * x[:, 0] + 0.5 * x[:, 1] + rng.standard_normal(persons)[person] + rng.standard_normal(len(person))
    return y, x, person, brand


def contributions(y, x, column=0, penalty=0.0, *, ordinal=False):
    weights = np.full(x.shape[1], penalty)
    model = fit_cumulative_logit(np.digitize(y, [-1, 0, 1]), x, weights) if ordinal else fit_linear(y, x, weights)
    return score_contributions(model, np.array([column]), weights[[column]])


def test_the_estimate_of_a_linear_model_is_its_own_whatever_the_penalty_on_it():
    y, x, *_ = ratings(1, effect=0.4)
    free = contributions(y, x)
    assert free.estimate[0] == pytest.approx(np.linalg.lstsq(np.column_stack([np.ones(len(y)), x]), y)[0][1])
    model = fit_linear(y, x, np.array([5.0, 0.0, 0.0]))
    drawn = score_contributions(model, np.array([0]), np.array([5.0]))
    assert abs(model.parameters[1]) < abs(free.estimate[0])
    assert drawn.estimate == pytest.approx(free.estimate)
    assert drawn.score == pytest.approx(free.score)


@pytest.mark.parametrize("ordinal", [False, True])
def test_rows_contribute_the_whole_score_at_0_and_nothing_at_the_estimate(ordinal):
    found = contributions(*ratings(2, effect=0.4)[:2], ordinal=ordinal)
    assert found.at_zero.sum(0) == pytest.approx(found.score)
    assert found.at_estimate.sum(0) == pytest.approx([0.0], abs=1e-4)
    assert found.weight.sum(0) == pytest.approx(found.information)


def test_persons_as_clusters_have_the_sandwich_written_out():
    y, x, person, _ = ratings(3, effect=0.4)
    design = np.column_stack([np.ones(len(y)), x])
    bread = np.linalg.inv(design.T @ design)
    residuals = y - design @ bread @ design.T @ y
    sums = np.stack([design[person == p].T @ residuals[person == p] for p in np.unique(person)])
    expected = np.sqrt((bread @ sums.T @ sums @ bread)[1, 1])
    assert one_way_tests(contributions(y, x), person).error[0] == pytest.approx(expected)


def test_unrelated_rows_carry_the_information_of_their_number():
    assert effective_clusters(np.ones((50, 2))) == pytest.approx([50, 50])
    assert effective_clusters(np.array([[1.0], [0.0], [0.0]])) == pytest.approx([1])


@pytest.mark.parametrize("ordinal", [False, True])
def test_rejections_by_person_keep_their_level(ordinal):
    p = []
    for seed in range(300):
        y, x, person, _ = ratings(seed)
        p.append(one_way_tests(contributions(y, x, ordinal=ordinal), person).p_values[0])
    assert 0.02 <= np.mean(np.array(p) < 0.05) <= 0.085


@pytest.mark.parametrize("draws", [0, 199])
def test_slopes_that_differ_between_brands_are_no_finding(draws):
    alone, both = [], []
    for seed in range(200):
        y, x, person, brand = ratings(seed, persons=300, brand_slopes=0.4)
        found = contributions(y, x)
        alone.append(one_way_tests(found, person).p_values[0])
        rng = np.random.default_rng(seed)
        both.append(two_way_tests(found, person, brand, draws=draws, rng=rng).p_values[0])
    assert np.mean(np.array(alone) < 0.05) > 0.2
    assert np.mean(np.array(both) < 0.05) <= 0.09


def test_an_effect_is_found_by_both():
    y, x, person, brand = ratings(5, persons=300, effect=0.4)
    found = contributions(y, x)
    for tested in (
        one_way_tests(found, person),
        two_way_tests(found, person, brand, draws=999, rng=np.random.default_rng(1)),
    ):
        assert tested.p_values[0] < 0.01
        assert 0 < tested.low[0] < tested.estimate[0] < tested.high[0]


def test_both_ways_are_never_more_certain_than_persons_alone():
    for seed in range(10):
        y, x, person, brand = ratings(seed)
        found = contributions(y, x)
        alone = one_way_tests(found, person)
        both = two_way_tests(found, person, brand, draws=99, rng=np.random.default_rng(1))
        assert both.p_values[0] >= alone.p_values[0]
        assert both.low[0] <= alone.low[0] <= alone.high[0] <= both.high[0]


def test_a_predictor_that_never_varies_is_not_tested():
    y, x, person, _ = ratings(6)
    x = np.column_stack([np.zeros(len(x)), x])
    tested = one_way_tests(contributions(y, x, penalty=0.01), person)
    assert np.isnan(tested.p_values[0])
    assert np.isnan(tested.low[0])
