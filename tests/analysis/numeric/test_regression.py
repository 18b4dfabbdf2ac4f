import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.numeric.regression import (
    clustered_contrasts,
    false_discovery_rates,
    fit_linear,
    minimum_effect_p,
)


def data(seed, clusters=40, size=3, effect=0.0):
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(clusters), size)
    group = (rng.random(clusters) < 0.4)[cluster].astype(float)
    other = rng.standard_normal(clusters * size)
    y = effect * group + 0.5 * other + rng.standard_normal(clusters)[cluster] + rng.standard_normal(clusters * size)
    return y, group[:, None], other[:, None], cluster


def test_values_are_those_of_least_squares():
    y, group, other, cluster = data(1)
    found = clustered_contrasts(y, np.column_stack([group, group * other]), other, cluster)
    for i, column in enumerate((group, group * other)):
        x = np.column_stack([np.ones(len(y)), column, other])
        assert found.value[i] == pytest.approx(np.linalg.lstsq(x, y)[0][1])


def test_a_group_mean_against_0_has_the_t_interval():
    y = np.random.default_rng(2).standard_normal(30)
    everyone, nothing = np.ones((30, 1)), np.empty((30, 0))
    found = clustered_contrasts(y, everyone, nothing, np.arange(30), intercept=False)
    expected = stats.t.interval(0.95, 29, y.mean(), stats.sem(y))
    assert (found.low[0], found.high[0]) == pytest.approx(expected)


def test_two_groups_of_unrelated_rows_have_the_error_of_bell_and_mccaffrey():
    y, group, *_ = data(3, size=1)
    found = clustered_contrasts(y, group, np.empty((40, 0)), np.arange(40))
    one, other = y[group[:, 0] == 1], y[group[:, 0] == 0]
    # CR2 of a two-group design is Welch's; the leverages of the constant come in by n over n less 1
    residuals = np.concatenate([(part - part.mean()) / len(part) for part in (one, other)])
    assert found.error[0] ** 2 == pytest.approx(residuals @ residuals, rel=0.1)
    assert found.error[0] == pytest.approx(
        np.sqrt(one.var(ddof=1) / len(one) + other.var(ddof=1) / len(other)), rel=0.05
    )


def test_rejections_keep_their_level_when_rows_of_a_person_depend_on_each_other():
    p = [minimum_effect_p(clustered_contrasts(*data(seed)), least=0.0)[0] for seed in range(400)]
    assert 0.02 <= np.mean(np.array(p) < 0.05) <= 0.08


def test_a_small_group_is_not_taken_for_a_large_one():
    rng = np.random.default_rng(4)
    inside = (np.arange(200) < 6).astype(float)[:, None]
    p = [
        minimum_effect_p(
            clustered_contrasts(rng.standard_normal(200), inside, np.empty((200, 0)), np.arange(200)), least=0.0
        )[0]
        for _ in range(600)
    ]
    assert np.mean(np.array(p) < 0.05) <= 0.075


def test_a_difference_of_just_the_least_is_found_at_the_level_and_a_smaller_one_hardly_ever():
    found = {
        effect: np.mean(
            [
                minimum_effect_p(clustered_contrasts(*data(seed, 150, effect=effect)), least=0.5)[0] < 0.05
                for seed in range(300)
            ]
        )
        for effect in (0.0, 0.5, 1.5)
    }
    assert found[0.0] <= 0.02
    assert found[0.5] <= 0.08
    assert found[1.5] >= 0.8


@given(st.floats(-3, 3), st.floats(0, 2))
def test_a_minimum_effect_is_harder_to_find_than_any_effect(effect, least):
    contrasts = clustered_contrasts(*data(5, effect=effect))
    usual, stricter = (minimum_effect_p(contrasts, least=size)[0] for size in (0.0, least))
    assert 0 <= usual <= stricter + 1e-12 <= 1 + 1e-9
    expected = 2 * stats.t.sf(abs(contrasts.value / contrasts.error), contrasts.freedom)
    assert usual == pytest.approx(expected[0])


def test_a_predictor_that_others_determine_has_no_coefficient():
    y, group, other, cluster = data(3)
    assert np.isnan(clustered_contrasts(y, group, np.column_stack([other, group]), cluster).value[0])
    assert np.isnan(clustered_contrasts(y, np.zeros_like(group), other, cluster).value[0])


def test_an_outcome_that_does_not_vary_has_no_error():
    y, group, other, cluster = data(3)
    assert np.isnan(clustered_contrasts(np.ones_like(y), group, other, cluster).error[0])


def test_a_linear_model_is_least_squares_and_a_penalty_a_prior():
    y, group, other, _ = data(6)
    x = np.column_stack([group, other])
    free = fit_linear(y, x)
    assert free.parameters == pytest.approx(np.linalg.lstsq(np.column_stack([np.ones(len(y)), x]), y)[0])
    assert free.gradients.sum(0) == pytest.approx(np.zeros(3), abs=1e-8)
    penalty = np.array([0.0, 50.0])
    drawn = fit_linear(y, x, penalty)
    assert drawn.gradients.sum(0)[1:] == pytest.approx(penalty * drawn.parameters[1:])
    assert abs(drawn.parameters[2]) < abs(free.parameters[2])
    assert drawn.row_information(np.eye(3)).sum(0) == pytest.approx(np.diag(free.information))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_false_discovery_rates_are_those_of_scipy(p):
    assert false_discovery_rates(np.array(p)) == pytest.approx(stats.false_discovery_control(p))


def test_what_was_not_tested_has_no_rate_and_does_not_count():
    rates = false_discovery_rates(np.array([0.01, np.nan, 0.04]))
    assert rates[[0, 2]] == pytest.approx(stats.false_discovery_control([0.01, 0.04]))
    assert np.isnan(rates[1])
