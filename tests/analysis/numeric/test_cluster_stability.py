import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from analysis.numeric.cluster_stability import bootstrap_stability
from analysis.numeric.clustering import best_kmeans

PERSON = np.repeat(np.arange(150), 2)


def test_groups_far_apart_come_back_in_every_resample_and_merged_ones_do_not():
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 3, 300)
    points = 6 * np.eye(3)[labels] + rng.standard_normal((300, 3))
    found = bootstrap_stability(points, PERSON, labels, 3, resamples=30, starts=5, rng=rng)
    assert found.adjusted_rand.shape == (30,)
    assert found.jaccard.shape == (30, 3)
    assert found.jaccard.mean() > 0.95
    one_cloud = rng.standard_normal((300, 3))
    drawn = best_kmeans(one_cloud, 4, starts=10, rng=rng)
    blurred = bootstrap_stability(one_cloud, PERSON, drawn.labels, 4, resamples=30, starts=5, rng=rng)
    assert blurred.jaccard.mean() < 0.75
    assert blurred.adjusted_rand.mean() < 0.75


def test_a_cluster_that_is_not_there_has_the_lowest_similarity():
    rng = np.random.default_rng(2)
    labels = np.repeat([0, 1], 150)
    points = 8.0 * labels[:, None] + rng.standard_normal((300, 2))
    wrong = np.where((labels == 0) & (rng.random(300) < 0.5), 2, labels)
    found = bootstrap_stability(points, PERSON, wrong, 3, resamples=30, starts=5, rng=rng).jaccard.mean(0)
    assert found[1] > max(found[0], found[2]) + 0.1


def test_the_index_is_that_of_the_persons_drawn():
    # with one resample and one obvious partition, both similarities are exactly 1
    points = np.repeat([[0.0], [10.0]], 150, axis=0)
    labels = np.repeat([0, 1], 150)
    found = bootstrap_stability(points, PERSON, labels, 2, resamples=1, starts=3, rng=np.random.default_rng(3))
    assert found.adjusted_rand == pytest.approx([1.0])
    assert adjusted_rand_score(labels, labels) == found.adjusted_rand[0]
