"""Contingency tables: the same as counting, additive to the bit, and refusing what is not ordinal."""

from functools import reduce
from itertools import pairwise
from operator import add

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import AnalysisError
from analysis.numeric import contingency
from analysis.numeric.contingency import Contingency
from analysis.numeric.moments import Moments


def answers(seed, rows=80, items=4, missing=0.2, lowest=1):
    """Simulated answers on scales of different length, some missing."""
    rng = np.random.default_rng(seed)
    latent = rng.normal(size=(rows, 1)) + rng.normal(size=(rows, items))
    x = np.clip(np.rint(3 + latent), 1, 3 + np.arange(items) % 3) - 1 + lowest
    x[rng.random(x.shape) < missing] = np.nan
    return x


def table(tables, i, j):
    """One pair's table, as a frame would give it."""
    return tables.pair_counts()[list(zip(*tables.pairs, strict=True)).index((i, j))]


@pytest.mark.parametrize("missing", [0.0, 0.3])
@pytest.mark.parametrize("lowest", [-2, 0, 1])
def test_tables_equal_counting(missing, lowest):
    x = answers(1, rows=400, missing=missing, lowest=lowest)
    tables, frame = Contingency.of(x), pd.DataFrame(x)
    for i, j in zip(*tables.pairs, strict=True):
        expected = pd.crosstab(frame[i], frame[j]).to_numpy()
        found = table(tables, i, j)
        np.testing.assert_array_equal(found[: expected.shape[0], : expected.shape[1]], expected)
        assert found.sum() == expected.sum() == tables.n_pairwise[i, j]
        assert tables.observed[i].tolist() == sorted(frame[i].dropna().unique())


def test_weighted_tables_equal_weighted_counting():
    x, weights = answers(2), np.random.default_rng(2).uniform(0, 3, 80)
    weights[:5] = 0
    tables = Contingency.of(x, weights)
    row, column = (np.flatnonzero(x[:, i] == 2) for i in (2, 0))
    both = np.intersect1d(row, column)
    pair = list(zip(*tables.pairs, strict=True)).index((2, 0))
    assert tables.pair_weights()[pair][1, 1] == pytest.approx(weights[both].sum(), rel=1e-12)
    assert tables.pair_counts()[pair][1, 1] == (weights[both] > 0).sum()
    assert tables.effective_rows == pytest.approx(weights.sum() ** 2 / (weights**2).sum())


@given(seed=st.integers(0, 10_000), cuts=st.lists(st.integers(0, 80), max_size=4))
def test_parts_add_up_to_the_bit_whatever_answers_they_hold(seed, cuts):
    x = answers(seed)
    x = x[np.argsort(np.nan_to_num(x[:, 1]))]  # parts that lack answers others have
    whole, bounds = Contingency.of(x), [0, *sorted(cuts), 80]
    total = reduce(add, (Contingency.of(x[a:b]) for a, b in pairwise(bounds)))
    assert total.counts.tobytes() == whole.counts.tobytes()
    assert total.weights.tobytes() == whole.weights.tobytes()
    assert total.low.tolist() == whole.low.tolist()


def test_blocks_of_rows_and_the_type_of_the_array_make_no_difference(monkeypatch):
    x = answers(3, rows=500, missing=0.0)
    whole = Contingency.of(x)
    monkeypatch.setattr(contingency, "_BLOCK", 64)
    for same in (Contingency.of(x), Contingency.of(x.astype(np.int8)), Contingency.of(x.astype(np.float32))):
        assert same.counts.tobytes() == whole.counts.tobytes()


@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_rank_correlations_equal_pandas(missing):
    x = answers(4, rows=300, missing=missing)
    expected = pd.DataFrame(x).corr(method="spearman")
    np.testing.assert_allclose(Contingency.of(x).spearman(), expected, atol=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
def test_tables_hold_the_moments_of_their_rows(weighted):
    x, weights = answers(5), np.random.default_rng(5).uniform(0, 2, 80) if weighted else None
    found, expected = Contingency.of(x, weights).moments(), Moments.of(x, weights)
    np.testing.assert_array_equal(found.n_pairwise, expected.n_pairwise)
    np.testing.assert_allclose(found.means, expected.means, rtol=1e-12)
    np.testing.assert_allclose(found.covariance(), expected.covariance(), rtol=1e-9, atol=1e-12)
    assert found.effective_rows == pytest.approx(expected.effective_rows)
    if not weighted:
        same = found.rebased(expected.origin)
        assert same.products.tobytes() == expected.products.tobytes()


def spoiled(column, values):
    x = answers(6, rows=20, missing=0.0)
    x[:, column] = values
    return x


def same_beside():
    """Item 2 varies, but not in the rows where item 0 was answered."""
    x = answers(9, rows=40, missing=0.0)
    x[:, 2] = np.r_[np.full(20, 2.0), np.tile([1.0, 3.0], 10)]
    x[20:, 0] = np.nan
    return x


def apart():
    x = answers(7, rows=20, missing=0.0)
    x[:10, 1], x[10:, 3] = np.nan, np.nan
    return x


@pytest.mark.parametrize(
    ("x", "code", "numbers"),
    [
        (spoiled(2, 2.5), "fractional_code", {"column": 2, "answer": 2.5}),
        (spoiled(1, np.inf), "fractional_code", {"column": 1}),
        (spoiled(1, 1e6), "fractional_code", {"column": 1}),
        (spoiled(3, np.r_[99, np.ones(19)]), "too_many_categories", {"column": 3, "categories": 99}),
        (spoiled(0, 4), "constant_item", {"column": 0, "other_column": 0}),
        (same_beside(), "constant_item", {"column": 2, "other_column": 0}),
        (apart(), "pair_never_observed", {"column": 1, "other_column": 3}),
        (spoiled(1, np.nan), "pair_never_observed", {"other_column": 1}),
    ],
)
def test_unusable_answers_are_refused_by_name(x, code, numbers):
    with pytest.raises(AnalysisError) as refused:
        Contingency.of(x).spearman()
    assert refused.value.code == code
    assert numbers.items() <= refused.value.numbers.items()


def test_a_missing_code_that_only_one_part_holds_is_refused_when_parts_meet():
    with pytest.raises(AnalysisError) as refused:
        Contingency.of(spoiled(3, 1)) + Contingency.of(spoiled(3, 99))
    assert refused.value.code == "too_many_categories"


@pytest.mark.parametrize("weight", [-1.0, np.nan, np.inf])
def test_unusable_weights_are_refused(weight):
    with pytest.raises(AnalysisError) as refused:
        Contingency.of(answers(8, rows=5), np.full(5, weight))
    assert refused.value.code == "unusable_weight"
