"""Inverses, refusals and smoothing of correlation matrices."""

import pickle

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.numeric.correlations import inverted, smoothed, squared_multiple_correlations

CONTRADICTORY = np.array([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]])


@pytest.mark.parametrize("name", ["harman74", "harman23", "sim4c"])
def test_squared_multiple_correlations_equal_r(case, name):
    expected = case(name).results("factorability")
    np.testing.assert_allclose(squared_multiple_correlations(expected["R"]), expected["smc"], atol=1e-12)


def test_a_repeated_item_is_named():
    r = np.array([[1, 0.3, 0.5, 0.3], [0.3, 1, 0.2, 1], [0.5, 0.2, 1, 0.2], [0.3, 1, 0.2, 1]])
    with pytest.raises(AnalysisError) as refused:
        inverted(r)
    assert refused.value.code == "collinear_items"
    assert {refused.value.numbers["column"], refused.value.numbers["other_column"]} == {1, 3}


def test_contradictory_correlations_are_refused_and_can_be_smoothed():
    with pytest.raises(AnalysisError) as refused:
        inverted(CONTRADICTORY)
    assert refused.value.code == "not_positive_definite"
    repaired = smoothed(CONTRADICTORY)
    assert np.linalg.eigvalsh(repaired)[0] > 0
    np.testing.assert_array_equal(np.diag(repaired), 1)
    # cor.smooth: the eigenvalues 1.9, 1.9, -0.8 become 1.9, 1.9, 1e-10, so every |r| becomes one half
    np.testing.assert_allclose(np.abs(repaired[np.tril_indices(3, -1)]), 0.5, atol=1e-9)


def test_smoothing_leaves_a_proper_matrix_alone(case):
    r = case("harman74").results("factorability")["R"]
    np.testing.assert_array_equal(smoothed(r), r)


def test_a_refusal_survives_the_way_between_processes():
    error = AnalysisError("constant_item", "All answers are the same.", column=3)
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert (copy.code, str(copy), copy.numbers) == ("constant_item", "All answers are the same.", {"column": 3})
