import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score

from analysis.numeric.clustering import (
    PersonHalves,
    adjusted_rand,
    batch_kmeans,
    best_kmeans,
    contingency,
    distances,
    nearest,
    predict_halves,
    silhouettes,
)


def blobs(k=4, n=400, spread=0.3, seed=1):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, k, n)
    return 4 * np.eye(5)[labels] + spread * rng.standard_normal((n, 5))


def test_many_problems_at_once_give_what_scikit_learn_gives_one_by_one():
    tables = np.stack([blobs(seed=seed) for seed in range(3)])
    present = np.ones(tables.shape[:2], dtype=bool)
    found = batch_kmeans(tables, present, 4, starts=10, rng=np.random.default_rng(1))
    for points, centroids in zip(tables, found, strict=True):
        best = KMeans(4, n_init=10, random_state=0).fit(points).inertia_
        assert (distances(points, centroids).min(1) ** 2).sum() == pytest.approx(best, rel=1e-4)


def test_rows_that_fill_up_a_table_do_not_move_its_centroids():
    points = blobs()
    padded = np.concatenate([points, np.full((100, 5), 50.0)])[None]
    present = (np.arange(500) < 400)[None]
    found = batch_kmeans(padded, present, 4, starts=10, rng=np.random.default_rng(1))[0]
    assert np.abs(found).max() < 6


@given(seed=st.integers(0, 50), ratings=st.integers(1, 3), persons=st.integers(4, 31))
def test_halves_share_no_person_and_leave_none_out(seed, ratings, persons):
    person = np.repeat(np.arange(persons), ratings)
    halves = PersonHalves.drawn(person, 3, rng=np.random.default_rng(seed))
    for first in range(0, 6, 2):
        one, other = (set(person[halves.rows[i][halves.present[i]]]) for i in (first, first + 1))
        assert not one & other
        assert one | other == set(person)


def test_separate_groups_are_predicted_perfectly_and_their_number_stands_out():
    points, person = blobs(), np.repeat(np.arange(200), 2)
    halves = PersonHalves.drawn(person, 5, rng=np.random.default_rng(1))
    strengths = [predict_halves(points, halves, k, starts=5, rng=np.random.default_rng(2)).strength for k in (3, 4, 5)]
    assert strengths[1] == 1.0
    assert max(strengths[0], strengths[2]) < 0.9


def test_prediction_strength_by_hand():
    # two people per half; the second half's centroids split the first half's second cluster
    points = np.array([[0.0], [0.1], [10.0], [10.2], [0.0], [9.9]])
    halves = PersonHalves(np.array([[0, 1, 2, 3], [4, 5, 4, 4]]), np.array([[True] * 4, [True, True, False, False]]))
    found = predict_halves(points, halves, 2, starts=5, rng=np.random.default_rng(0)).strength
    # first half: both pairs kept together (1); second half: clusters of one keep nothing together (0)
    assert found == pytest.approx(0.5)


def test_nearest_is_the_smallest_distance():
    rng = np.random.default_rng(1)
    points, centroids = rng.standard_normal((50, 3)), rng.standard_normal((4, 3))
    assert (nearest(points, centroids) == distances(points, centroids).argmin(1)).all()


def test_one_table_from_many_starts_is_as_good_as_scikit_learn():
    points = np.random.default_rng(5).standard_normal((600, 4))
    found = best_kmeans(points, 5, starts=60, rng=np.random.default_rng(1))
    best = KMeans(5, n_init=10, random_state=0).fit(points).inertia_
    assert found.dispersion <= best * (1 + 1e-6)
    assert found.dispersion == pytest.approx((distances(points, found.centroids).min(1) ** 2).sum())


def test_silhouettes_are_those_of_scikit_learn():
    points = blobs(spread=2.0)
    labels = [best_kmeans(points, k, starts=5, rng=np.random.default_rng(k)).labels for k in (2, 4)]
    expected = [silhouette_score(points, one) for one in labels]
    assert silhouettes(points, labels) == pytest.approx(expected, abs=1e-5)


@given(seed=st.integers(0, 100), k=st.integers(1, 5))
def test_the_rand_index_of_a_table_is_that_of_scikit_learn(seed, k):
    first, second = np.random.default_rng(seed).integers(0, k, (2, 60))
    assert adjusted_rand(contingency(first, second, k)) == pytest.approx(adjusted_rand_score(first, second))


def test_rows_counted_twice_move_centroids_as_two_rows():
    points = blobs(k=2, n=60)
    twice = np.ones((1, 60))
    twice[0, :10] = 2
    weighted = batch_kmeans(points[None], twice, 2, starts=5, rng=np.random.default_rng(1))[0]
    repeated = KMeans(2, n_init=10, random_state=0).fit(np.concatenate([points, points[:10]])).cluster_centers_
    assert np.sort(weighted, axis=0) == pytest.approx(np.sort(repeated, axis=0), abs=1e-4)
