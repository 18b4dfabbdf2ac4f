import numpy as np
import pytest

from analysis.dataset import Dataset
from analysis.typology import (
    ambivalent_ratings,
    catalogue_distances,
    family_closeness,
    match_to_catalogue,
    named_dimensions,
    negative_ratings,
    positions,
)
from instruments.catalogue import DIMENSIONS
from instruments.measures import ScaleMeasure
from tests.analysis.simulated import INFO, Simulation

ALL = tuple(DIMENSIONS)


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


def test_every_relationship_is_nearest_to_its_own_position(catalogue):
    for entry in catalogue.relationships:
        place = np.array([entry.position.as_values()[name] for name in ALL])
        known = [name for name, value in zip(ALL, place, strict=True) if not np.isnan(value)]
        distance = catalogue_distances(place[~np.isnan(place)], catalogue, known)
        assert distance[catalogue.relationships.index(entry)] == 0
        assert distance.min() == 0


def test_distances_leave_out_what_is_not_known_of_a_relationship(catalogue):
    entry = next(e for e in catalogue.relationships if e.position.openness is None)
    i = catalogue.relationships.index(entry)
    place = np.array([entry.position.as_values()[name] for name in ALL])
    place[ALL.index("openness")] = 2.0
    assert catalogue_distances(place, catalogue, ALL)[i] == 0
    place[ALL.index("closeness")] += 1.0
    known = int((~np.isnan(list(entry.position.as_values().values()))).sum())
    assert catalogue_distances(place, catalogue, ALL)[i] == pytest.approx(np.sqrt(1 / known))


def test_support_is_the_share_of_resamples_in_which_an_entry_comes_first(catalogue):
    names = ("warm", "cold", "closeness", "strength", "power", "tone", "will")
    friends, enemies = (
        np.array([catalogue[key].position.as_values()[name] for name in names]) for key in ("best_friends", "strangers")
    )
    resampled = np.stack([friends, friends, friends, enemies, np.full(7, np.nan)])
    first, *others = match_to_catalogue(friends, resampled, catalogue, names)
    assert (first.relationship, first.distance, first.n_dimensions) == ("best_friends", 0, 7)
    assert first.support == 0.75
    assert len(others) == 2
    assert others[0].distance <= others[1].distance


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


def test_close_families_are_closer_than_distant_ones(catalogue):
    closeness = family_closeness(catalogue)
    assert closeness["distant"] < closeness["practical"] < closeness["friends"]
