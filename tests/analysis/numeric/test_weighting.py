"""Raking: margins met, the known form of its solution, caps kept, and honest reports where targets cannot be met."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import AnalysisError
from analysis.numeric.weighting import UNKNOWN, design_effect, effective_n, empty_joint_cells, rake

TARGETS = (np.array([0.5, 0.5]), np.array([0.2, 0.3, 0.5]))


def sample(seed, rows=400):
    """Simulated sample in which both margins and their relation are off."""
    rng = np.random.default_rng(seed)
    first = (rng.random(rows) < 0.3).astype(int)
    second = np.where(rng.random(rows) < 0.3, first, rng.integers(0, 3, rows))
    return np.column_stack([first, second])


def shares(categories, weights, margin):
    return np.bincount(categories[:, margin], weights=weights) / weights.sum()


@given(seed=st.integers(0, 10_000), start=st.booleans())
def test_margins_are_met_by_factors_of_the_margins_alone(seed, start):
    categories = sample(seed)
    first = np.random.default_rng(seed).uniform(0.5, 2, 400) if start else None
    found = rake(categories, TARGETS, weights=first)
    assert found.met
    for margin, target in enumerate(TARGETS):
        np.testing.assert_allclose(shares(categories, found.weights, margin), target, atol=1e-6)
    assert found.weights.mean() == pytest.approx(1)
    # the raked weights are the starting ones times a factor per category: their logarithms add up
    design = np.column_stack([np.eye(2)[categories[:, 0]], np.eye(3)[categories[:, 1]]])
    logs = np.log(found.weights / (1 if first is None else first))
    fitted = design @ np.linalg.lstsq(design, logs)[0]
    np.testing.assert_allclose(fitted, logs, atol=1e-9)


def test_a_sample_that_already_fits_keeps_its_weights():
    categories = np.array([[0, 0], [0, 1], [1, 0], [1, 1]] * 5)
    found = rake(categories, (np.array([0.5, 0.5]), np.array([0.5, 0.5])))
    assert found.rounds == 0
    np.testing.assert_array_equal(found.weights, 1)


@given(seed=st.integers(0, 10_000))
def test_caps_hold_and_targets_are_met_where_they_allow_it(seed):
    categories = sample(seed)
    free = rake(categories, TARGETS)
    low, high = np.quantile(free.weights, [0.05, 0.95]) * [0.9, 1.1]
    found = rake(categories, TARGETS, caps=(min(low, 0.9), max(high, 1.1)))
    assert found.weights.min() >= min(low, 0.9) - 1e-12
    assert found.weights.max() <= max(high, 1.1) + 1e-12
    if found.met:
        np.testing.assert_allclose(shares(categories, found.weights, 1), TARGETS[1], atol=1e-5)


def test_caps_that_forbid_the_targets_are_reported():
    categories = np.array([[0]] * 90 + [[1]] * 10)
    found = rake(categories, (np.array([0.1, 0.9]),), caps=(0.5, 2.0))
    assert not found.met
    assert found.largest_miss > 0.3
    assert found.capped.all()
    assert (found.weights[:90].max(), found.weights[90:].min()) == (0.5, 2.0)


def test_a_category_nobody_belongs_to_is_named_and_the_others_keep_their_proportions():
    categories = sample(3)
    targets = (np.array([0.4, 0.4, 0.2]), TARGETS[1])
    found = rake(categories, targets)
    assert found.empty == ((0, 2),)
    np.testing.assert_allclose(shares(categories, found.weights, 0), [0.5, 0.5], atol=1e-6)


def test_rows_of_unknown_category_leave_a_margin_alone():
    categories = sample(4)
    categories[:50, 0] = UNKNOWN
    found = rake(categories, TARGETS)
    known = categories[:, 0] != UNKNOWN
    np.testing.assert_allclose(shares(categories[known], found.weights[known], 0), TARGETS[0], atol=1e-6)
    np.testing.assert_allclose(shares(categories, found.weights, 1), TARGETS[1], atol=1e-6)


def test_what_weights_cost():
    weights = np.array([1.0, 1.0, 2.0])
    assert effective_n(weights) == pytest.approx(16 / 6)
    assert design_effect(weights) == pytest.approx(3 * 6 / 16)
    assert design_effect(np.full(10, 3.0)) == pytest.approx(1)
    person = np.repeat(np.arange(5), 4)
    assert design_effect(np.ones(20), cluster=person, intraclass=0.5) == pytest.approx(1 + 3 * 0.5)


@pytest.mark.parametrize(
    ("choices", "code"),
    [
        ({"targets": (np.array([0.5, 0.6]), TARGETS[1])}, "impossible_targets"),
        ({"targets": (np.array([1.0, 0.0]), TARGETS[1])}, "impossible_targets"),
        ({"targets": (np.array([1.0]), TARGETS[1])}, "impossible_targets"),
        ({"weights": np.zeros(400)}, "unusable_weight"),
        ({"caps": (1.2, 3.0)}, "impossible_caps"),
    ],
)
def test_impossible_demands_are_refused(choices, code):
    with pytest.raises(AnalysisError) as refused:
        rake(sample(5), **{"targets": TARGETS, **choices})
    assert refused.value.code == code


def test_combinations_that_nobody_has_are_found():
    categories = np.array([[0, 0], [0, 1], [1, 0], [1, UNKNOWN], [1, 2]])
    found = empty_joint_cells(categories, TARGETS)
    assert [(cell.margins, cell.categories) for cell in found] == [((0, 1), (0, 2)), ((0, 1), (1, 1))]
    assert [cell.expected for cell in found] == pytest.approx([0.25, 0.15])
    # a category that is empty on its own is not told again with every other
    assert [cell.categories for cell in empty_joint_cells(categories[categories[:, 1] != 2], TARGETS)] == [(1, 1)]
