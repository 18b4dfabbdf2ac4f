from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.numeric.skewness import l_skewness, skewed_alike


def test_l_skewness_is_that_of_all_triples():
    column = np.random.default_rng(1).exponential(size=9)
    pairs = np.array([sorted(pair) for pair in combinations(column, 2)])
    triples = np.array([sorted(triple) for triple in combinations(column, 3)])
    expected = (triples @ [1, -2, 1]).mean() / 3 / ((pairs @ [-1, 1]).mean() / 2)
    assert l_skewness(column[:, None]) == pytest.approx([expected])


@pytest.mark.parametrize(
    ("distribution", "expected"), [(stats.expon, 1 / 3), (stats.uniform, 0), (stats.norm, 0), (stats.gumbel_r, 0.1699)]
)
def test_l_skewness_of_known_distributions(distribution, expected):
    values = distribution.ppf((np.arange(4000) + 0.5) / 4000)
    assert l_skewness(values[:, None]) == pytest.approx([expected], abs=0.002)


def test_a_constant_column_is_not_skewed():
    assert l_skewness(np.ones((20, 1))) == pytest.approx([0])


@given(st.integers(0, 10_000), st.floats(-0.3, 0.3), st.floats(-0.3, 0.3))
def test_scores_become_as_skewed_as_wanted_and_keep_their_order(seed, first, second):
    scores = np.random.default_rng(seed).standard_normal((300, 2)) @ np.array([[1.0, 0.6], [0.0, 0.8]])
    bent = skewed_alike(scores, np.array([first, second]))
    assert l_skewness(bent) == pytest.approx([first, second], abs=1e-3)
    assert (bent.argsort(0) == scores.argsort(0)).all()
    assert bent.mean(0) == pytest.approx(np.zeros(2), abs=1e-9)
    assert bent.std(0) == pytest.approx(np.ones(2))


def test_scores_as_skewed_as_wanted_are_left_alone():
    scores = np.random.default_rng(2).lognormal(0, 0.4, (500, 1))
    standard = (scores - scores.mean(0)) / scores.std(0)
    assert skewed_alike(scores, l_skewness(scores)) == pytest.approx(standard, abs=1e-2)


def test_what_cannot_be_had_is_come_near_to():
    scores = np.random.default_rng(3).standard_normal((200, 1))
    assert 0.5 < l_skewness(skewed_alike(scores, np.array([0.99])))[0] < 0.99
    assert -0.99 < l_skewness(skewed_alike(scores, np.array([-0.99])))[0] < -0.5


def test_two_groups_do_not_come_from_bending_one():
    # symmetric scores with two peaks ask for no bend: nothing of their valley is carried over
    rng = np.random.default_rng(4)
    two = np.concatenate([rng.normal(-3, 1, 400), rng.normal(3, 1, 400)])[:, None]
    bent = skewed_alike(rng.standard_normal((800, 1)), l_skewness(two))
    assert stats.kurtosis(two)[0] < -1.2
    assert stats.kurtosis(bent)[0] == pytest.approx(0, abs=0.5)
