import csv

import numpy as np
import pytest

from analysis.numeric.scaling import classical_scaling


def apart(points, others):
    return np.sqrt(((points[:, None] - others) ** 2).sum(-1))


def test_equals_cmdscale(case):
    wish = case("wish")
    with (wish.folder / "similarity.csv").open(newline="") as lines:
        similarity = np.array([[float(cell) for cell in row[1:]] for row in list(csv.reader(lines))[1:]])
    dissimilarity = 7 - similarity
    np.fill_diagonal(dissimilarity, 0)
    reference = wish.results("mds")
    found = classical_scaling(dissimilarity)
    sign = np.sign((found.points * reference["classical_points"]).sum(0))
    assert found.points * sign == pytest.approx(reference["classical_points"], abs=1e-8)
    assert found.eigenvalues == pytest.approx(reference["eigenvalues"], abs=1e-8)


def test_points_of_a_plane_and_further_ones_keep_their_distances():
    rng = np.random.default_rng(1)
    points, others = rng.standard_normal((9, 2)), rng.standard_normal((4, 2))
    found = classical_scaling(apart(points, points))
    assert apart(found.points, found.points) == pytest.approx(apart(points, points))
    assert found.explained == pytest.approx(1)
    assert found.stress(apart(points, points)) == pytest.approx(0, abs=1e-8)
    assert apart(found.placed(apart(others, points)), found.points) == pytest.approx(apart(others, points))


def test_what_a_plane_cannot_hold_shows_as_stress():
    points = np.random.default_rng(2).standard_normal((12, 6))
    found = classical_scaling(apart(points, points))
    assert 0 < found.explained < 0.9
    assert found.stress(apart(points, points)) > 0.1


def test_objects_on_a_line_need_one_dimension():
    places = np.arange(4.0)[:, None]
    assert classical_scaling(apart(places, places)).points.shape == (4, 1)
