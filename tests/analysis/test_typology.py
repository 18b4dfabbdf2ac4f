import dataclasses

import numpy as np
import pytest

from analysis.dataset import Dataset
from analysis.numeric.resampling import PersonResamples
from analysis.positions import position_errors
from analysis.typology import (
    catalogue_distances,
    estimate_positions,
    find_typology,
    match_to_catalogue,
    place_ratings,
)
from instruments.catalogue import DIMENSIONS, CatalogueError, read_catalogue, write_catalogue
from tests.analysis.simulated import INFO, Simulation, quick_plan

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


HELD = ("best_friends", "basic_exchange", "adversaries", "brief_passion", "locked_in")


def typed_study(catalogue, *, noise=0.4, careful=1.0, moved=0.0, persons=250, columns=True):
    """Ratings at the positions of five relationships, which are also picked (by a share `careful` of ratings)."""
    simulation = Simulation(persons=persons, seed=3)
    frame, measures = simulation.frame(), simulation.measures()
    rng = np.random.default_rng(4)
    held = rng.integers(0, len(HELD), len(frame))
    places = np.array([list(catalogue[key].position.as_values().values()) for key in HELD])
    places = np.nan_to_num(places) + moved
    for i, (name, (low, high)) in enumerate(DIMENSIONS.items()):
        middle = 4 + 6 * ((places[held, i] - low) / (high - low) - 0.5)
        for j in range(3):
            answer = np.clip(np.rint(middle + noise * rng.standard_normal(len(frame))), 1, 7).astype(int)
            frame[f"{name}_{j}"] = 8 - answer if j == 1 else answer
    picked = np.where(rng.random(len(frame)) < careful, held, rng.permutation(held))
    frame["cur_rel"] = np.array(HELD)[picked]
    frame["cur_family"] = [catalogue[HELD[i]].family for i in picked]
    picks = dataclasses.replace(measures.picks, current_relationship="cur_rel") if columns else measures.picks
    dataset = Dataset.from_frame(frame, dataclasses.replace(measures, picks=picks), INFO, sha256="0" * 64)
    order = frame.assign(held=held).sort_values(["_person", "brand"], kind="stable")["held"].to_numpy()
    return dataset, order


def resamples_of(dataset):
    return PersonResamples.drawn(dataset.n_raters, 100, rng=np.random.default_rng(5))


def typology_of(dataset, archetype, catalogue, **given):
    reliabilities = dict.fromkeys(DIMENSIONS, 0.8)
    chosen = {"plan": quick_plan(), "catalogue": catalogue, "resamples": resamples_of(dataset)} | given
    return find_typology(dataset, archetype, reliabilities=reliabilities, **chosen)


def test_ratings_are_typed_as_the_relationship_they_were_made_from(catalogue):
    dataset, held = typed_study(catalogue)
    typology, caveats = typology_of(dataset, held, catalogue)
    nearest = [rating.nearest[0].relationship for rating in typology.ratings]
    assert np.mean(np.array(nearest) == np.array(HELD)[held]) > 0.95
    assert [caveat.code for caveat in caveats] == ["positions_coded_by_hand"]
    relationship, family = typology.agreement
    assert (relationship.level, family.level) == ("relationship", "family")
    assert relationship.first.value > 0.95
    assert relationship.kappa.low > 0.9
    assert relationship.among_three.value >= relationship.first.value
    assert relationship.first_by_chance == pytest.approx(1 / len(HELD), abs=0.03)
    assert relationship.first.n == len(dataset.ratings)


def test_picks_that_have_nothing_to_do_with_positions_agree_by_chance(catalogue):
    dataset, _ = typed_study(catalogue, careful=0.0)
    typology, _ = typology_of(dataset, None, catalogue)
    agreement = typology.agreement[0]
    assert agreement.kappa.low < 0 < agreement.kappa.high
    assert agreement.first.low < agreement.first_by_chance < agreement.first.high
    assert agreement.among_three.low < agreement.among_three_by_chance < agreement.among_three.high


def test_the_table_gives_each_archetype_the_relationships_of_its_ratings(catalogue):
    dataset, held = typed_study(catalogue, careful=0.8)
    typology, _ = typology_of(dataset, held, catalogue)
    for group, key in enumerate(HELD):
        rows = [s for s in typology.shares if s.archetype == f"A{group + 1}" and s.level == "relationship"]
        by_pick = {s.key: s.share for s in rows if s.by == "current"}
        assert sum(share.value for share in by_pick.values()) == pytest.approx(1)
        assert 0.6 < by_pick[key].low < by_pick[key].value < by_pick[key].high < 1
        assert by_pick[key].n == int((held == group).sum())
        assert max((s.share.value, s.key) for s in rows if s.by == "position")[1] == key
    assert {s.archetype for s in typology.shares} == {None, "A1", "A2", "A3", "A4", "A5"}


def test_confidence_falls_with_measurement_error(catalogue):
    dataset, _ = typed_study(catalogue)
    sure, unsure = (
        place_ratings(dataset, catalogue, dict.fromkeys(DIMENSIONS, alpha), plan=quick_plan()) for alpha in (0.95, 0.4)
    )
    assert (sure.ranked == unsure.ranked).all()
    assert sure.confidence[:, 0].mean() > unsure.confidence[:, 0].mean() + 0.1
    assert (sure.confidence.sum(1) <= 1 + 1e-9).all()
    perfect = place_ratings(dataset, catalogue, dict.fromkeys(DIMENSIONS, 1.0), plan=quick_plan())
    assert (perfect.confidence[:, 0] == 1).all()


def test_fewer_answered_items_mean_more_error_and_none_no_position():
    simulation = Simulation(persons=60)
    frame = simulation.frame()
    frame.loc[0, ["warm_0", "warm_1", "warm_2"]] = 4
    frame.loc[1, ["warm_0", "warm_1", "warm_2"]] = [4, -99, -99]
    frame.loc[2, ["warm_0", "warm_1", "warm_2"]] = -99
    frame.loc[[0, 1, 2], "_person"] = ["a0", "a1", "a2"]
    dataset = Dataset.from_frame(frame, simulation.measures(), INFO, sha256="0")
    three, one, none = position_errors(dataset, {"warm": 0.8})[:3, 0]
    assert one == pytest.approx(three * np.sqrt(3))
    assert np.isnan(none)


def test_the_map_puts_archetypes_beside_their_relationships(catalogue):
    dataset, held = typed_study(catalogue)
    drawn = typology_of(dataset, held, catalogue)[0].map
    spot = {(point.kind, point.key): np.array([point.x, point.y]) for point in drawn.points}
    assert len([kind for kind, _ in spot if kind == "relationship"]) == 29
    assert len([kind for kind, _ in spot if kind == "brand"]) == len(dataset.brands_rated)
    for group, key in enumerate(HELD):
        gap = np.linalg.norm(spot["archetype", f"A{group + 1}"] - spot["relationship", key])
        assert gap < 0.35
    assert 0.5 < drawn.explained < 1
    assert 0 < drawn.stress < 0.5


def test_what_the_data_do_not_hold_is_left_out(catalogue):
    bare = Simulation(persons=60, dimensions=False).dataset()
    typology, caveats = typology_of(bare, None, catalogue)
    assert (typology.dimensions, typology.map, typology.agreement, caveats) == ((), None, (), ())
    assert {(share.by, share.level) for share in typology.shares} == {("current", "family"), ("desired", "family")}
    simulation = Simulation(persons=60, dimensions=False)
    measures = dataclasses.replace(simulation.measures(), picks=type(simulation.measures().picks)())
    nothing = Dataset.from_frame(simulation.frame(), measures, INFO, sha256="0")
    assert typology_of(nothing, None, catalogue) == (None, ())


def test_positions_move_to_where_those_who_picked_them_are(catalogue):
    dataset, _ = typed_study(catalogue, moved=-0.3, noise=0.8)
    plan = quick_plan()
    revised = estimate_positions(dataset, catalogue, plan=plan, resamples=resamples_of(dataset))
    assert revised.revision.version == 1
    assert set(revised.revision.n) == set(HELD)
    for key in HELD:
        before, after = catalogue[key].position.closeness, revised[key].position.closeness
        n = revised.revision.n[key]
        assert n > 60
        if -1.5 < before < 1.8:
            assert after - before == pytest.approx(-0.3 * n / (n + plan.prior_ratings), abs=0.12)
            assert revised.revision.low[key]["closeness"] < after < revised.revision.high[key]["closeness"]
    assert revised["siblings"] == catalogue["siblings"]
    again = estimate_positions(dataset, revised, plan=plan, resamples=resamples_of(dataset))
    assert (again.revision.version, again.revision.base_sha256) == (2, revised.sha256)
    typology, caveats = typology_of(dataset, None, revised)
    assert (typology.catalogue_version, caveats) == (1, ())


def test_a_weightier_former_position_moves_less_and_unpicked_relationships_not_at_all(catalogue):
    dataset, _ = typed_study(catalogue, moved=-0.3)
    moves = []
    for prior in (0.0, 20.0, 1000.0):
        revised = estimate_positions(
            dataset, catalogue, plan=quick_plan(prior_ratings=prior), resamples=resamples_of(dataset)
        )
        moves.append(abs(revised["brief_passion"].position.closeness - catalogue["brief_passion"].position.closeness))
    assert moves[0] > moves[1] > moves[2]
    without, _ = typed_study(catalogue, columns=False)
    same = estimate_positions(without, catalogue, plan=quick_plan(), resamples=resamples_of(without))
    assert same.relationships == catalogue.relationships
    assert same.revision.n == {}


def test_a_revised_catalogue_survives_its_file(catalogue, tmp_path):
    dataset, _ = typed_study(catalogue)
    revised = estimate_positions(dataset, catalogue, plan=quick_plan(), resamples=resamples_of(dataset))
    write_catalogue(revised, tmp_path / "revised.yaml")
    again = read_catalogue(tmp_path / "revised.yaml")
    assert again == revised
    assert again.sha256 == revised.sha256 != catalogue.sha256


def test_a_spoilt_catalogue_is_refused_with_its_problems(catalogue, tmp_path):
    file = tmp_path / "spoilt.yaml"
    write_catalogue(catalogue, file)
    file.write_text(file.read_text(encoding="utf-8").replace("closeness: -2", "closeness: -7", 1), encoding="utf-8")
    with pytest.raises(CatalogueError) as caught:
        read_catalogue(file)
    assert "closeness" in str(caught.value)
