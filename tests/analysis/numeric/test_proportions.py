import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.numeric.proportions import clustered_share, effective_clusters, unanimous_interval


def test_unrelated_rows_have_wilsons_interval():
    values = np.repeat([1.0, 0.0], [37, 63])
    share, low, high = clustered_share(values, np.ones(100), np.arange(100))
    expected = stats.binomtest(37, 100).proportion_ci(method="wilson")
    # the variance of a sample of 99 free rows
    assert (share, low, high) == pytest.approx((0.37, expected.low, expected.high), abs=1e-3)


def test_rows_that_repeat_each_other_count_once():
    values = np.repeat([1.0, 0.0], [37, 63])
    once = clustered_share(values, np.ones(100), np.arange(100))
    twice = clustered_share(np.tile(values, 2), np.ones(200), np.tile(np.arange(100), 2))
    assert twice == pytest.approx(once)


@given(
    st.lists(st.tuples(st.booleans(), st.floats(0.1, 3), st.integers(0, 6)), min_size=1, max_size=40),
)
def test_an_interval_holds_its_share_and_is_never_empty(rows):
    values, weights, cluster = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    share, low, high = clustered_share(values, weights, cluster.astype(int))
    assert 0 <= low <= share <= high <= 1
    assert low < high


def test_a_share_of_1_is_no_certainty():
    _, low, high = clustered_share(np.ones(20), np.ones(20), np.repeat(np.arange(10), 2))
    assert high == 1
    assert low == pytest.approx(stats.binomtest(10, 10).proportion_ci(method="exact").low)


@pytest.mark.parametrize(
    ("share", "n", "end"),
    # binom.test(0, n)$conf.int[2] and binom.test(n, n)$conf.int[1] in R
    [(0.0, 30, 0.115703308222028), (0.0, 1, 0.975), (1.0, 30, 0.884296691777972), (1.0, 202, 0.981903956408159)],
)
def test_where_all_agree_the_interval_is_that_of_the_exact_test(share, n, end):
    low, high = unanimous_interval(share, n)
    assert share in (low, high)
    assert (low if share else high) == pytest.approx(end, abs=1e-12)


def test_ratings_of_a_person_who_says_the_same_count_once():
    assert effective_clusters(np.ones(60), np.repeat(np.arange(30), 2)) == pytest.approx(30)
    # one of three persons stands for as many as the others do together
    assert effective_clusters(np.array([2.0, 1.0, 1.0]), np.arange(3)) == pytest.approx(16 / 6)
