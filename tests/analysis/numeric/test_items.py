"""Item statistics and Mardia's tests: R's values, and refusals."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import AnalysisError
from analysis.numeric.items import item_statistics, item_statistics_of_counts, multivariate_normality

CASES = ["sim4c", "bfi25", "conspiracy15", "hs1939", "ability16", "pvq40"]
SAME = {
    "n": "n",
    "missing": "missing",
    "mean": "mean",
    "sd": "sd",
    "median": "median",
    "median_deviation": "mad",
    "trimmed_mean": "trimmed_mean_10",
    "low": "min",
    "high": "max",
    "error": "se",
    "floor": "floor_share",
    "ceiling": "ceiling_share",
}


@pytest.fixture(params=CASES)
def items(request, case):
    """Answers to the items that R described, rounded where R rounded them."""
    expected = json.loads((case(request.param).folder / "items.json").read_text())
    x = case(request.param).columns([item["item"] for item in expected["items"]])
    return (np.rint(x) if request.param == "hs1939" else x), expected


@pytest.mark.parametrize("moment_type", [1, 2, 3])
def test_item_statistics_equal_r(items, moment_type):
    x, expected = items
    found = item_statistics(x, lowest=expected["range"][0], highest=expected["range"][1], moment_type=moment_type)
    names = SAME | {"skew": f"skew_type{moment_type}", "kurtosis": f"kurtosis_type{moment_type}"}
    for ours, theirs in names.items():
        np.testing.assert_allclose(getattr(found, ours), [item[theirs] for item in expected["items"]], atol=1e-9)


def test_mardias_tests_equal_r(items):
    x, expected = items
    found, mardia = multivariate_normality(x), expected["mardia"]
    assert found.n == mardia["n"]
    for ours, theirs in (
        ("skewness", "b1p"),
        ("skewness_chi2", "skew_chi2"),
        ("skewness_chi2_small", "small_skew"),
        ("skewness_p", "p_skew"),
        ("kurtosis", "b2p"),
        ("kurtosis_z", "kurtosis_z"),
        ("kurtosis_p", "p_kurt"),
    ):
        assert getattr(found, ours) == pytest.approx(mardia[theirs], rel=1e-8, abs=1e-12)


def test_a_constant_item_has_no_shape_and_an_unanswered_one_is_refused():
    x = np.column_stack([np.full(9, 3.0), np.arange(9.0)])
    found = item_statistics(x, lowest=1, highest=5)
    assert np.isnan(found.skew).tolist() == [True, False]
    x[4:, 1] = np.nan
    x[3, 1] = np.nan
    with pytest.raises(AnalysisError) as refused:
        item_statistics(x, lowest=1, highest=5)
    assert (refused.value.code, refused.value.numbers["column"]) == ("too_few_rows", 1)


def test_fewer_rows_than_items_are_refused():
    with pytest.raises(AnalysisError) as refused:
        multivariate_normality(np.random.default_rng(1).normal(size=(4, 4)))
    assert refused.value.code == "too_few_rows"


@given(seed=st.integers(0, 10_000), rows=st.integers(4, 60), moment_type=st.sampled_from([1, 2, 3]))
def test_counts_say_as_much_as_rows(seed, rows, moment_type):
    rng = np.random.default_rng(seed)
    x = rng.integers(1, 6, (rows + 6, 3)).astype(float)
    x[:3, 0] = [1, 2, 2]  # no item is constant: shape has no meaning there
    x[4:6, 1] = np.nan
    ends = {"lowest": 1.0, "highest": 5.0, "moment_type": moment_type}
    counted = [np.unique(column[~np.isnan(column)], return_counts=True) for column in x.T]
    found = item_statistics_of_counts([a for a, _ in counted], [c for _, c in counted], len(x), **ends)
    for name, value in vars(item_statistics(x, **ends)).items():
        np.testing.assert_allclose(getattr(found, name), value, atol=1e-9, err_msg=name)


def test_too_few_counts_are_refused():
    with pytest.raises(AnalysisError, match="column 2 has 3 answers"):
        item_statistics_of_counts([np.array([1, 2])] * 2, [np.array([2, 2]), np.array([2, 1])], 9, lowest=1, highest=2)
