"""Moments: the same as pandas on the whole table, and additive over its parts."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import AnalysisError
from analysis.numeric.contingency import Contingency
from analysis.numeric.moments import Moments


def answers(seed, rows=60, items=4, missing=0.2):
    """Simulated five-point answers, some missing."""
    rng = np.random.default_rng(seed)
    x = np.clip(np.rint(3 + rng.normal(size=(rows, 1)) + rng.normal(size=(rows, items))), 1, 5)
    x[rng.random(x.shape) < missing] = np.nan
    return x


@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_unweighted_moments_equal_pandas(missing):
    x = answers(1, rows=300, missing=missing)
    moments, frame = Moments.of(x), pd.DataFrame(x)
    np.testing.assert_allclose(moments.means, frame.mean(), rtol=1e-12)
    np.testing.assert_allclose(moments.covariance(), frame.cov(), rtol=1e-11)
    np.testing.assert_allclose(moments.correlation(), frame.corr(), atol=1e-12)
    present = frame.notna().to_numpy().astype(int)
    np.testing.assert_array_equal(moments.n_pairwise, present.T @ present)


@pytest.mark.parametrize(("name", "family"), [("sim4c", "factorability"), ("bfi25", "factorability_pairwise")])
def test_correlations_equal_r(case, name, family):
    reference = case(name)
    r = Moments.of(reference.columns(reference.items)).correlation()
    np.testing.assert_allclose(r, reference.results(family)["R"], atol=1e-12)


def test_whole_number_weights_act_like_repeated_rows_except_for_the_divisor():
    x, weights = answers(2), np.random.default_rng(2).integers(0, 4, 60).astype(float)
    weighted, repeated = Moments.of(x, weights), Moments.of(np.repeat(x, weights.astype(int), axis=0))
    np.testing.assert_allclose(weighted.correlation(), repeated.correlation(), atol=1e-12)
    np.testing.assert_allclose(weighted.means, repeated.means, rtol=1e-12)
    assert weighted.rows == np.count_nonzero(weights)


def test_scale_of_the_weights_does_not_matter():
    x, weights = answers(3), np.random.default_rng(3).uniform(0.2, 3, 60)
    one, thousand = Moments.of(x, weights), Moments.of(x, 1000 * weights)
    np.testing.assert_allclose(one.covariance(), thousand.covariance(), rtol=1e-11)
    assert one.effective_rows == pytest.approx(thousand.effective_rows)
    assert one.effective_rows < one.rows


@given(seed=st.integers(0, 10_000), cuts=st.lists(st.integers(0, 60), max_size=4), weighted=st.booleans())
def test_moments_of_parts_add_up_to_the_whole(seed, cuts, weighted):
    x = answers(seed)
    weights = np.random.default_rng(seed).uniform(0.2, 3, 60) if weighted else np.ones(60)
    bounds = [0, *sorted(cuts), 60]
    parts = [Moments.of(x[a:b], weights[a:b]) for a, b in pairwise(bounds)]
    total = sum(parts[1:], parts[0])
    whole = Moments.of(x, weights)
    np.testing.assert_array_equal(total.n_pairwise, whole.n_pairwise)
    np.testing.assert_allclose(total.means, whole.means, rtol=1e-12)
    np.testing.assert_allclose(total.covariance(), whole.covariance(), rtol=1e-9, atol=1e-12)


def test_whole_number_answers_give_the_same_bits_however_they_are_divided():
    x = answers(4, rows=500)
    whole = Moments.of(x)
    halves = (Moments.of(x[300:]) + Moments.of(x[:100]) + Moments.of(x[100:300])).rebased(whole.origin)
    for one, other in ((whole.sums, halves.sums), (whole.products, halves.products), (whole.squares, halves.squares)):
        assert one.tobytes() == other.tobytes()


def test_large_values_lose_no_digits():
    x = np.random.default_rng(5).normal(size=(200, 3))
    np.testing.assert_allclose(Moments.of(x + 1e9).correlation(), np.corrcoef(x.T), atol=1e-6)
    np.testing.assert_allclose(Moments.of(x + 1e6).correlation(), np.corrcoef(x.T), atol=1e-9)


def spoiled(column, values, rows=20):
    x = answers(6, rows=rows, missing=0.0)
    x[:, column] = values
    return x


def apart():
    x = answers(7, rows=20, missing=0.0)
    x[:10, 1], x[10:, 3] = np.nan, np.nan
    return x


@pytest.mark.parametrize(
    ("x", "code", "columns"),
    [
        (spoiled(2, 4.0), "constant_item", {"column": 2}),
        (apart(), "pair_never_observed", {"column": 1, "other_column": 3}),
        (spoiled(1, np.nan), "pair_never_observed", {"other_column": 1}),
        (answers(8, rows=2, missing=0.0), "too_few_rows", {"rows": 2}),
    ],
)
def test_unusable_answers_are_refused_by_name(x, code, columns):
    with pytest.raises(AnalysisError) as refused:
        Moments.of(x).correlation()
    assert refused.value.code == code
    assert columns.items() <= refused.value.numbers.items()


@pytest.mark.parametrize(
    ("x", "weights", "code"),
    [
        (spoiled(0, np.inf), np.ones(20), "infinite_answer"),
        (answers(9, rows=20), np.full(20, -1.0), "unusable_weight"),
        (answers(9, rows=20), np.full(20, np.nan), "unusable_weight"),
    ],
)
def test_spoiled_input_is_refused_before_it_is_summed(x, weights, code):
    with pytest.raises(AnalysisError) as refused:
        Moments.of(x, weights)
    assert refused.value.code == code


@given(seed=st.integers(0, 10_000), cuts=st.lists(st.integers(1, 59), max_size=5), order=st.randoms())
def test_blocks_partitions_in_any_order_and_the_whole_are_the_same(seed, cuts, order):
    x = answers(seed)
    blocks = np.split(x, sorted(cuts))
    shuffled = order.sample(blocks, len(blocks))
    whole, tables = Moments.of(x), Contingency.of(x)
    in_order, partitioned = Moments.of_chunks(blocks), sum(map(Moments.of, shuffled[1:]), Moments.of(shuffled[0]))
    for found in (in_order, partitioned):
        np.testing.assert_array_equal(found.n_pairwise, whole.n_pairwise)
        np.testing.assert_array_equal(found.rebased(whole.origin).products, whole.products)
        np.testing.assert_allclose(found.correlation(), whole.correlation(), atol=1e-12)
    for counted in (Contingency.of_chunks(blocks), Contingency.of_chunks(shuffled)):
        np.testing.assert_array_equal(counted.counts, tables.counts)
        np.testing.assert_allclose(counted.moments().covariance(), whole.covariance(), rtol=1e-12)


def test_weights_come_along_with_their_blocks():
    x, weights = answers(4), np.random.default_rng(4).uniform(0.2, 3, 60)
    blocks = list(zip(np.split(x, 3), np.split(weights, 3), strict=True))
    np.testing.assert_allclose(
        Moments.of_chunks(blocks).correlation(), Moments.of(x, weights).correlation(), atol=1e-12
    )
    np.testing.assert_allclose(Contingency.of_chunks(blocks).weights, Contingency.of(x, weights).weights, rtol=1e-12)
