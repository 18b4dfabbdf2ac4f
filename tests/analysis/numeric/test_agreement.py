"""Agreement and Cohen's kappa equal scikit-learn's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, cohen_kappa_score

from analysis.numeric.agreement import agreement


@given(st.integers(2, 6), st.integers(0, 1000))
def test_kappa_is_that_of_scikit_learn(k, seed):
    rng = np.random.default_rng(seed)
    one = rng.integers(0, k, 200)
    other = np.where(rng.random(200) < 0.6, one, rng.integers(0, k, 200))
    table = np.zeros((k, k))
    np.add.at(table, (one, other), 1)
    found = agreement(np.stack([table, table.T]))
    assert found.share == pytest.approx(accuracy_score(one, other))
    assert found.kappa == pytest.approx(cohen_kappa_score(one, other))


def test_nobody_and_one_class_only_have_no_kappa():
    found = agreement(np.array([[[0.0, 0.0], [0.0, 0.0]], [[5.0, 0.0], [0.0, 0.0]]]))
    assert np.isnan(found.kappa).all()
    assert np.isnan(found.share[0])
    assert found.share[1] == 1
