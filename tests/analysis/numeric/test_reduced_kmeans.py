import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from analysis.numeric.reduced_kmeans import reduced_kmeans


def masked_groups(seed=1):
    """Three groups in two variables, beside four with much variance and no groups."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, 400)
    centres = np.array([[0, 3], [3, -2], [-3, -2]])
    noise = rng.standard_normal((400, 1)) * [1.5, 1.5, 1.5, 1.5] + 0.5 * rng.standard_normal((400, 4))
    return labels, np.column_stack([centres[labels] + 0.7 * rng.standard_normal((400, 2)), noise])


def test_groups_are_found_where_much_variance_lies_elsewhere():
    labels, x = masked_groups()
    found = reduced_kmeans(x, 3, 2, starts=5, rng=np.random.default_rng(2))
    assert found.loadings.T @ found.loadings == pytest.approx(np.eye(2), abs=1e-9)
    assert adjusted_rand_score(labels, found.assigned(x - x.mean(0))) > 0.95
    assert np.abs(found.loadings[2:]).max() < 0.2


def test_with_a_dimension_less_than_clusters_it_is_k_means():
    _, x = masked_groups(3)
    inertia = KMeans(3, n_init=20, random_state=0).fit(x).inertia_
    assert reduced_kmeans(x, 3, 2, starts=10, rng=np.random.default_rng(1)).loss == pytest.approx(inertia, rel=1e-6)


def test_the_loss_is_what_rows_lie_away_from_their_centroids_in_the_subspace():
    _, x = masked_groups(5)
    x = x - x.mean(0)
    found = reduced_kmeans(x, 4, 2, starts=3, rng=np.random.default_rng(1))
    residuals = x - (found.centroids @ found.loadings.T)[found.assigned(x)]
    assert (residuals**2).sum() == pytest.approx(found.loss, rel=1e-5)
