import dataclasses

import numpy as np
import pytest

from analysis.dataset import Dataset
from analysis.screening import careless_indices, ratings_by_non_users, screen
from instruments.measures import NOT_IN_SUBSET
from tests.analysis.simulated import INFO, Simulation, quick_plan

BAD = [f"p{i:05d}" for i in range(20)]


@pytest.fixture
def simulation():
    return Simulation(persons=200)


@pytest.fixture
def frame(simulation):
    return simulation.frame()


def items(frame):
    return [column for column in frame if column[-2:] in ("_0", "_1", "_2")]


def screened(frame, simulation, **measures):
    chosen = dataclasses.replace(simulation.measures(), **measures)
    return screen(Dataset.from_frame(frame, chosen, INFO, sha256="0"), plan=quick_plan())


def answer(frame, rows, make):
    for column in items(frame):
        given = frame.loc[rows, column].to_numpy()
        frame.loc[rows, column] = np.where(given == NOT_IN_SUBSET, given, make(len(given)))


def test_nobody_is_left_out_of_careful_answers(frame, simulation):
    kept, steps, _ = screened(frame, simulation)
    assert kept.n_raters == 200
    assert [step.code for step in steps] == ["everyone"]


def test_one_kind_of_flag_does_not_exclude_and_two_kinds_do(frame, simulation):
    rows = frame["_person"].isin(BAD)
    frame.loc[rows, "_seconds"] = 5.0
    kept, _, flags = screened(frame, simulation)
    assert kept.n_raters == 200
    assert next(flag.n_flagged for flag in flags if flag.kind == "time") == 20
    answer(frame, rows, lambda n: np.full(n, 6))
    kept, steps, _ = screened(frame, simulation)
    assert set(BAD).isdisjoint(kept.persons.index)
    assert (steps[-1].code, steps[-1].n_persons) == ("careless", 180)


def test_two_indices_of_one_kind_count_once(frame, simulation):
    rng = np.random.default_rng(5)
    answer(frame, frame["_person"].isin(BAD), lambda n: rng.integers(1, 8, n))
    kept, _, flags = screened(frame, simulation, attention={}, seconds=None)
    assert sum(flag.n_flagged for flag in flags if flag.kind == "consistency") > 5
    assert kept.n_raters == 200


def test_random_answers_are_inconsistent_and_careful_ones_are_not(frame, simulation):
    rng = np.random.default_rng(5)
    answer(frame, frame["_person"].isin(BAD), lambda n: rng.integers(1, 8, n))
    dataset = Dataset.from_frame(frame, simulation.measures(), INFO, sha256="0")
    even_odd = next(i for i in careless_indices(dataset, plan=quick_plan()) if i.name == "even_odd")
    assert even_odd.flagged[:20].mean() > 0.25
    assert even_odd.flagged[20:].mean() < 0.02


def test_one_answer_throughout_counts_only_beside_reversed_items(frame, simulation):
    answer(frame, frame["_person"].isin(BAD), lambda n: np.full(n, 6))
    forward = [dataclasses.replace(scale, reversed=frozenset()) for scale in simulation.measures().scales]
    for scales, flagged in ((simulation.measures().scales, 20), (tuple(forward), None)):
        _, _, flags = screened(frame, simulation, scales=scales)
        assert next((f.n_flagged for f in flags if f.index == "straight_lining"), None) == flagged


def test_extreme_but_consistent_people_stay(frame, simulation):
    # love and hate at once: far from everybody, and no flag at all
    rows = frame["_person"].isin(BAD)
    for name in ("warm", "cold"):
        for j, code in enumerate((7, 1, 7)):
            shown = rows & (frame[f"{name}_{j}"] != NOT_IN_SUBSET)
            frame.loc[shown, f"{name}_{j}"] = code
    assert screened(frame, simulation)[0].n_raters == 200


def test_the_flow_counts_who_is_left_and_tells_what_those_left_out_were_like(frame, simulation):
    rows = frame["_person"].isin(BAD)
    frame.loc[rows, "_test"] = 1
    frame["_test"] = frame["_test"].fillna(0)
    frame.loc[rows, "cur_family"] = "troubled"
    _, steps, _ = screened(frame, simulation)
    assert [(s.code, s.n_persons, s.n_ratings) for s in steps] == [("everyone", 200, 400), ("test_sittings", 180, 360)]
    assert steps[1].share_negative == 1.0


def test_ratings_of_brands_never_used_and_unfinished_ones_are_left_out(frame, simulation):
    frame["used_b0"] = (~frame["_person"].isin(BAD)).astype(int)
    never = int((frame["_person"].isin(BAD) & (frame["brand"] == "b0")).sum())
    unfinished = frame.index[frame["brand"] == "b1"][:3]
    frame.loc[unfinished, items(frame)[:20]] = -94
    kept, steps, _ = screened(frame, simulation, used={"b0": "used_b0"})
    assert [step.code for step in steps] == ["everyone", "never_used", "unfinished"]
    assert len(kept.ratings) == 400 - never - 3


def test_what_was_not_recorded_is_not_flagged(frame, simulation):
    _, _, flags = screened(frame, simulation, attention={}, seconds=None)
    assert {flag.kind for flag in flags} == {"pattern", "consistency"}


def non_users(frame, simulation, **measures):
    chosen = dataclasses.replace(simulation.measures(), **measures)
    dataset = Dataset.from_frame(frame, chosen, INFO, sha256="0")
    kept, _, _ = screen(dataset, plan=quick_plan())
    outside = ratings_by_non_users(dataset, kept, plan=quick_plan())
    return kept, [tuple(pair) for pair in outside.ratings[["person", "brand"]].to_numpy()]


def test_ratings_left_out_for_never_use_alone_are_found_again(frame, simulation):
    for brand in ("b0", "b1"):
        frame[f"used_{brand}"] = (~frame["_person"].isin(BAD)).astype(int)
    used = {"b0": "used_b0", "b1": "used_b1"}
    never = frame[frame["_person"].isin(BAD) & frame["brand"].isin(used)]
    pairs = sorted(zip(never["_person"], never["brand"], strict=True))
    assert never["_person"].duplicated().any()  # somebody has no rating but of brands never used
    unfinished, tried = never.index[0], never.index[-1]
    frame.loc[unfinished, items(frame)[:20]] = -94
    frame["_test"] = 0
    frame.loc[frame["_person"] == frame.loc[tried, "_person"], "_test"] = 1
    wanted = [pair for pair in pairs if pair[0] != frame.loc[tried, "_person"]]
    wanted.remove((frame.loc[unfinished, "_person"], frame.loc[unfinished, "brand"]))
    kept, found = non_users(frame, simulation, used=used)
    assert found == wanted
    assert not set(found) & {tuple(pair) for pair in kept.ratings[["person", "brand"]].to_numpy()}


def test_careless_non_users_are_in_nothing(frame, simulation):
    rows = frame["_person"].isin(BAD)
    used = {f"b{i}": f"used_b{i}" for i in range(5)}
    for i, column in enumerate(used.values()):
        # the first ten have used nothing that they rate, the others all but the first brand
        frame[column] = (~frame["_person"].isin(BAD[:10] if i else BAD)).astype(int)
    _, careful = non_users(frame, simulation, used=used)
    assert {person for person, _ in careful} >= set(BAD[:10])
    frame.loc[rows, "_seconds"] = 5.0
    answer(frame, rows, lambda n: np.full(n, 6))
    kept, found = non_users(frame, simulation, used=used)
    assert found == []
    assert set(BAD).isdisjoint(kept.persons.index)


def test_who_has_used_everything_or_was_not_asked_leaves_no_non_users(frame, simulation):
    assert non_users(frame, simulation)[1] == []
    frame["used_b0"] = 1
    assert non_users(frame, simulation, used={"b0": "used_b0"})[1] == []
