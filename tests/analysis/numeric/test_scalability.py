"""Loevinger's H: R's values and what its definition says."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import AnalysisError
from analysis.numeric.contingency import Contingency
from analysis.numeric.scalability import scalability


@pytest.mark.parametrize(
    ("name", "family", "items"),
    [
        ("ability16", "loevinger", slice(None)),
        ("conspiracy15", "loevinger", slice(None)),
        ("acl_communality", "loevinger_1_10", slice(0, 10)),
        ("acl_communality", "loevinger_11_20", slice(10, 20)),
    ],
)
def test_coefficients_equal_r(case, name, family, items):
    expected = case(name).results(family)
    x = pd.read_csv(case(name).folder / "data.csv").select_dtypes("number").to_numpy(float)
    x = x[~np.isnan(x).any(1)][:, items]
    found = scalability(Contingency.of(x))
    np.testing.assert_allclose(found.pairs, expected["Hij"], atol=1e-9)
    np.testing.assert_allclose(found.items, expected["Hi"], atol=1e-9)
    assert found.scale == pytest.approx(expected["H"], abs=1e-9)


@given(seed=st.integers(0, 10_000), missing=st.sampled_from([0.0, 0.2]))
def test_each_pair_is_its_covariance_over_that_of_its_sorted_answers(seed, missing):
    rng = np.random.default_rng(seed)
    x = rng.choice([1, 2, 4, 7], size=(60, 3)) + rng.integers(0, 2, (60, 1)).astype(float)
    x[rng.random(x.shape) < missing] = np.nan
    found = scalability(Contingency.of(x))
    both = x[~np.isnan(x[:, [0, 2]]).any(1)][:, [0, 2]]
    sorted_alike = np.sort(both, axis=0)
    expected = np.cov(both.T)[0, 1] / np.cov(sorted_alike.T)[0, 1]
    assert found.pairs[0, 2] == pytest.approx(expected, abs=1e-10)


def test_a_perfect_scale_has_one():
    steps = np.tril(np.ones((6, 5)), -1)
    assert scalability(Contingency.of(np.repeat(steps, 4, axis=0))).scale == pytest.approx(1.0)


def test_a_constant_item_is_refused():
    with pytest.raises(AnalysisError) as refused:
        scalability(Contingency.of(np.column_stack([np.ones(9), np.tile([1, 2, 3], 3)])))
    assert refused.value.code == "constant_item"
