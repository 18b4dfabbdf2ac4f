"""Classification functions equal R's, gaps change little, and the items chosen are those that tell groups apart."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from analysis.numeric.discriminant import GroupMoments, likelihoods


@pytest.fixture(scope="module", params=["bfi25", "diabetes", "sim_arch"])
def case(request, shared):
    folder = shared / "oracle" / request.param
    found = json.loads((folder / "typing.json").read_text())
    functions = found["fisher_classification_functions"]
    items = functions["cols"][1:]
    table = pd.read_csv(folder / ("scaled.csv" if request.param == "diabetes" else "data.csv"))
    answers = table[items].dropna()
    labels = found.get("labels")
    if labels is None:
        names = [str(name) for name in found["lda"]["prior"]["names"]]
        labels = [names.index(str(c)) + 1 for c in pd.read_csv(folder / "data.csv")["class"]]
    x = answers.to_numpy(float)[: len(labels)]
    return x, np.array(labels) - 1, found


def test_classification_functions_equal_those_of_r(case):
    x, groups, found = case
    moments = GroupMoments.of(x, groups, int(groups.max()) + 1)
    constants, coefficients = moments.functions(np.arange(x.shape[1]))
    reference = np.array(found["fisher_classification_functions"]["values"])
    np.testing.assert_allclose(np.column_stack([constants, coefficients]), reference, atol=1e-6)


def test_posteriors_equal_those_of_r(case):
    x, groups, found = case
    constants, coefficients = GroupMoments.of(x, groups, int(groups.max()) + 1).functions(np.arange(x.shape[1]))
    reference = np.array(found["lda"]["posterior_first20"]["values"])
    np.testing.assert_allclose(likelihoods(constants + x[:20] @ coefficients.T), reference, atol=1e-8)
    accuracy = ((constants + x @ coefficients.T).argmax(1) == groups).mean()
    assert accuracy == pytest.approx(found["lda"]["resubstitution_accuracy"], abs=1e-12)


def planted(rng, n=3000, k=4, p=12, useful=5):
    means = np.zeros((k, p))
    means[:, :useful] = rng.normal(0, 1.3, (k, useful))
    groups = rng.integers(0, k, n)
    return means[groups] + rng.normal(size=(n, p)), groups, useful


def test_the_items_that_tell_groups_apart_are_chosen_first():
    for seed in range(5):
        x, groups, useful = planted(np.random.default_rng(seed))
        chosen = GroupMoments.of(x, groups, 4).chosen_items(5, answered=np.ones(x.shape, bool), fewest=1)
        assert set(chosen) == set(range(useful))


def test_answers_missing_at_random_change_the_functions_little():
    rng = np.random.default_rng(4)
    x, groups, _ = planted(rng, n=8000)
    holes = np.where(rng.random(x.shape) < 1 / 3, np.nan, x)
    items = np.arange(5)
    whole, gaps = (GroupMoments.of(v, groups, 4).functions(items) for v in (x, holes))
    labels, with_gaps = ((c + x[:, items] @ b.T).argmax(1) for c, b in (whole, gaps))
    assert (labels == with_gaps).mean() > 0.97


def test_more_items_never_confuse_more():
    x, groups, _ = planted(np.random.default_rng(6))
    moments = GroupMoments.of(x, groups, 4)
    path = moments.chosen_items(12, answered=np.ones(x.shape, bool), fewest=1)
    bounds = [moments.confusion_bound(path[: m + 1]) for m in range(12)]
    assert all(later <= earlier + 1e-12 for earlier, later in pairwise(bounds))


def test_likelihoods_of_far_scores_are_numbers():
    found = likelihoods(np.array([[1e4, 0.0], [-1e4, -1e4]]))
    np.testing.assert_allclose(found, [[1, 0], [0.5, 0.5]])


def test_items_that_nobody_answered_together_are_not_chosen_together():
    x, groups, _ = planted(np.random.default_rng(8), useful=12)
    shown = np.array([[True, True, False], [True, False, True], [False, True, True]])[np.arange(len(x)) % 3]
    answered = np.repeat(shown, 4, axis=1)
    chosen = GroupMoments.of(np.where(answered, x, np.nan), groups, 4).chosen_items(12, answered=answered, fewest=900)
    assert len(chosen) == 8
    assert answered[:, chosen].all(1).sum() >= 900


@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_an_item_answered_alike_throughout_each_group_is_the_best_and_one_answered_alike_by_all_the_worst(missing):
    rng = np.random.default_rng(4)
    groups = np.repeat([0, 1], 50)
    x = rng.normal(size=(100, 3)) + groups[:, None]
    x[:, 0], x[:, 1] = 2, groups
    x[rng.random(x.shape) < missing] = np.nan
    moments = GroupMoments.of(x, groups, 2)
    answered = ~np.isnan(x)
    assert list(moments.chosen_items(3, answered=answered, fewest=50)) == [1, 2, 0]
    constants, coefficients = moments.functions(np.array([1]))
    told = answered[:, 1]
    assert ((constants + x[told][:, [1]] @ coefficients.T).argmax(1) == groups[told]).all()
