import numpy as np
import pytest

from analysis.typology import catalogue_distances, family_closeness, match_to_catalogue
from instruments.catalogue import DIMENSIONS

ALL = tuple(DIMENSIONS)


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


def test_close_families_are_closer_than_distant_ones(catalogue):
    closeness = family_closeness(catalogue)
    assert closeness["distant"] < closeness["practical"] < closeness["friends"]
