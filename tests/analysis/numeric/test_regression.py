import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.numeric.regression import clustered_coefficient, false_discovery_rates


def data(seed, clusters=40, size=3, effect=0.0):
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(clusters), size)
    group = (rng.random(clusters) < 0.4)[cluster].astype(float)
    other = rng.standard_normal(clusters * size)
    y = effect * group + 0.5 * other + rng.standard_normal(clusters)[cluster] + rng.standard_normal(clusters * size)
    return y, np.column_stack([np.ones(len(y)), group, other]), cluster


def test_it_is_the_sandwich_written_out():
    y, x, cluster = data(1)
    found = clustered_coefficient(y, x, cluster, column=1)
    bread = np.linalg.inv(x.T @ x)
    beta = bread @ x.T @ y
    meat = sum(np.outer(s, s) for s in (x[cluster == c].T @ (y - x @ beta)[cluster == c] for c in range(40)))
    covariance = bread @ meat @ bread * (40 / 39) * (len(y) - 1) / (len(y) - 3)
    assert found.value == pytest.approx(beta[1])
    assert found.error == pytest.approx(np.sqrt(covariance[1, 1]))
    assert found.p_value == pytest.approx(2 * stats.t.sf(abs(found.value / found.error), 39))


def test_each_row_its_own_cluster_is_whites_estimate():
    y, x, _ = data(2)
    found = clustered_coefficient(y, x, np.arange(len(y)), column=1)
    bread = np.linalg.inv(x.T @ x)
    residuals = y - x @ bread @ x.T @ y
    covariance = bread @ (x.T * residuals**2) @ x @ bread * len(y) / (len(y) - 3)
    assert found.error == pytest.approx(np.sqrt(covariance[1, 1]))


def test_rejections_keep_their_level_when_rows_of_a_person_depend_on_each_other():
    p = [clustered_coefficient(*data(seed), column=1).p_value for seed in range(400)]
    assert 0.02 <= np.mean(np.array(p) < 0.05) <= 0.09


def test_a_predictor_that_others_determine_has_no_coefficient():
    y, x, cluster = data(3)
    assert clustered_coefficient(y, np.column_stack([x, x[:, 1]]), cluster, column=1) is None


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_false_discovery_rates_are_those_of_scipy(p):
    assert false_discovery_rates(np.array(p)) == pytest.approx(stats.false_discovery_control(p))


def test_what_was_not_tested_has_no_rate_and_does_not_count():
    rates = false_discovery_rates(np.array([0.01, np.nan, 0.04]))
    assert rates[[0, 2]] == pytest.approx(stats.false_discovery_control([0.01, 0.04]))
    assert np.isnan(rates[1])
