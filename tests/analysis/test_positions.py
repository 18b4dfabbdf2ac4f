import numpy as np
import pytest

from analysis.dataset import Dataset
from analysis.positions import ambivalent_ratings, named_dimensions, negative_ratings, positions
from instruments.measures import ScaleMeasure
from tests.analysis.simulated import INFO, Simulation


def scale(key, dimension, low=1, high=7):
    return ScaleMeasure(key, {"en": key}, (key,), low, high, dimension=dimension)


def test_scales_map_linearly_onto_their_dimensions():
    scales = (scale("w", "warm"), scale("p", "power", 0, 10))
    found = positions(np.array([[1.0, 0.0], [7.0, 10.0], [4.0, 5.0]]), scales)
    assert found == pytest.approx(np.array([[0, -2], [2, 2], [1, 0]]))


def test_two_scales_of_one_dimension_are_averaged_and_others_ignored():
    scales = (scale("a", "warm"), scale("b", "warm"), scale("c", None))
    assert named_dimensions(scales) == ("warm",)
    assert positions(np.array([1.0, 7.0, 3.0]), scales) == pytest.approx([1.0])


def test_negative_is_colder_than_warm_or_picked_as_troubled():
    dataset = Simulation(persons=60).dataset()
    place = positions(dataset.scale_scores, dataset.measures.scales)
    picked = (dataset.ratings["current"] == "troubled").to_numpy()
    expected = (place[:, 1] > place[:, 0]) | picked
    assert (negative_ratings(dataset) == expected).all()


def test_feelings_in_the_middle_are_not_ambivalent_and_strong_ones_on_both_sides_are():
    simulation = Simulation(persons=60)
    frame = simulation.frame()
    for code, expected in ((4, 0.0), (7, 1.0)):
        for name in ("warm", "cold"):
            for j in range(3):
                frame[f"{name}_{j}"] = 8 - code if j == 1 else code
        dataset = Dataset.from_frame(frame, simulation.measures(), INFO, sha256="0")
        assert (ambivalent_ratings(dataset, above=1.0) == expected).all()
