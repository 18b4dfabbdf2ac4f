import dataclasses

import numpy as np
import pandas as pd
import pytest

from analysis.careless import signs_of_carelessness
from analysis.dataset import Dataset
from analysis.findings import Estimate
from analysis.numeric.resampling import PersonResamples
from analysis.screening import describe_screening, ratings_by_non_users, response_styles, screen
from instruments.measures import NOT_IN_SUBSET, Measures, ScaleMeasure
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
    found = screen(Dataset.from_frame(frame, chosen, INFO, sha256="0"), plan=quick_plan())
    return found.kept, found.steps, found.flags


def answer(frame, rows, make):
    for column in items(frame):
        given = frame.loc[rows, column].to_numpy()
        frame.loc[rows, column] = np.where(given == NOT_IN_SUBSET, given, make(len(given)))


def test_nobody_is_left_out_of_careful_answers(frame, simulation):
    kept, steps, _ = screened(frame, simulation)
    assert kept.n_raters == 200
    assert [step.code for step in steps] == ["everyone"]


def test_ratings_that_weigh_nothing_are_left_out_and_counted(frame, simulation):
    frame.loc[frame["brand"] == "b0", "_weight"] = 0
    kept, steps, _ = screened(frame, simulation)
    assert "b0" not in kept.brands_rated
    assert (steps[-1].code, steps[-1].n_ratings) == ("no_weight", (frame["brand"] != "b0").sum())


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


@pytest.mark.parametrize(("careless", "told"), [(0, []), (90, []), (120, [("many_careless", 120, 200)])])
def test_when_most_are_left_out_for_careless_answers_it_is_told(frame, simulation, careless, told):
    rows = frame["_person"].isin([f"p{i:05d}" for i in range(careless)])
    frame.loc[rows, "instructed"] = 1
    answer(frame, rows, lambda n: np.full(n, 6))
    found = screen(Dataset.from_frame(frame, simulation.measures(), INFO, sha256="0"), plan=quick_plan())
    assert [(c.code, c.numbers["left_out"], c.numbers["checked"]) for c in found.caveats] == told


def test_two_indices_of_one_kind_count_once(frame, simulation):
    # all items keyed alike, so that one answer throughout may be meant
    keyed = [column for column in frame if column.endswith("_1") and column in items(frame)]
    frame[keyed] = frame[keyed].where(frame[keyed] == NOT_IN_SUBSET, 8 - frame[keyed])
    answer(frame, frame["_person"].isin(BAD), lambda n: np.full(n, 6))
    scales = tuple(dataclasses.replace(scale, reversed=frozenset()) for scale in simulation.measures().scales)
    kept, _, flags = screened(frame, simulation, attention={}, seconds=None, scales=scales)
    assert {"longest_run", "variability"} <= {flag.index for flag in flags if flag.n_flagged == 20}
    assert kept.n_raters == 200


def test_random_answers_are_inconsistent_and_careful_ones_are_not(frame, simulation):
    rng = np.random.default_rng(5)
    answer(frame, frame["_person"].isin(BAD), lambda n: rng.integers(1, 8, n))
    dataset = Dataset.from_frame(frame, simulation.measures(), INFO, sha256="0")
    signs = {index.name: index.flagged for index in signs_of_carelessness(dataset, plan=quick_plan()).indices}
    assert signs["even_odd"][:20].mean() > 0.25
    assert signs["even_odd"][20:].mean() < 0.02
    assert signs["random_answers"][:20].mean() > 0.8
    assert signs["random_answers"][20:].mean() < 0.02
    kept, _, _ = screened(frame, simulation, attention={}, seconds=None)
    assert 180 <= kept.n_raters <= 195
    assert set(kept.persons.index) >= set(frame["_person"]) - set(BAD)


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


def test_whoever_failed_the_rule_of_quality_in_the_field_is_left_out(frame, simulation):
    frame["_status"] = "complete"
    frame.loc[frame["_person"].isin(BAD), "_status"] = "quality_fail"
    kept, steps, _ = screened(frame, simulation)
    assert [(s.code, s.n_persons) for s in steps] == [("everyone", 200), ("quality_fail", 180)]
    assert not set(kept.persons.index) & set(BAD)


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
    assert "entry_stretch" not in {flag.index for flag in flags}


def non_users(frame, simulation, **measures):
    chosen = dataclasses.replace(simulation.measures(), **measures)
    dataset = Dataset.from_frame(frame, chosen, INFO, sha256="0")
    kept = screen(dataset, plan=quick_plan()).kept
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


def described(frame, simulation, **choices):
    plan = quick_plan(**choices)
    found = screen(Dataset.from_frame(frame, simulation.measures(), INFO, sha256="0"), plan=plan)
    resamples = PersonResamples.drawn(found.kept.n_raters, 100, rng=np.random.default_rng(1))
    return found, describe_screening(found, resamples, None, plan=plan)


def test_flags_are_columns_of_persons(frame, simulation):
    rows = frame["_person"].isin(BAD)
    frame.loc[rows, "_seconds"], frame.loc[rows, "instructed"] = 5.0, 1
    found, _ = described(frame, simulation)
    table = found.to_frame()
    assert list(table.index) == sorted(set(frame["_person"]))
    assert table.loc[BAD, ["seconds_per_item_flagged", "attention_flagged", "left_out"]].to_numpy().all()
    assert (table.loc[BAD, "kinds_flagged"] >= 2).all()
    assert table["left_out"].sum() == 20
    assert set(found.kept.persons.index) == set(table.index[~table["left_out"]])


def test_copied_answers_are_found_and_common_ones_are_not(frame, simulation):
    cells = items(frame)
    first = frame[frame["_person"] == "p00100"].iloc[0]
    for person in BAD[:3]:
        frame.loc[frame.index[frame["_person"] == person][0], cells] = first[cells].to_numpy()
    _, found = described(frame, simulation)
    copies = next(index for index in found.indices if index.index == "same_as_another")
    assert (copies.kind, copies.n_flagged) == ("pattern", 4)


def test_mahalanobis_is_shown_and_excludes_nobody(frame, simulation):
    # high on what everybody else takes for opposites, at the ends of the scale, and in a hurry
    rows = frame["_person"].isin(BAD[:3])
    for name in ("warm", "cold", "closeness", "strength", "power", "tone", "will", "openness"):
        for j, code in enumerate((7, 1, 7)):
            shown = rows & (frame[f"{name}_{j}"] != NOT_IN_SUBSET)
            frame.loc[shown, f"{name}_{j}"] = code
    frame.loc[rows, "_seconds"] = 5.0
    found, told = described(frame, simulation, beyond=0.02)
    distance = next(index for index in told.indices if index.kind == "distance")
    assert not distance.excludes
    table = found.to_frame().loc[BAD[:3]]
    assert table[["mahalanobis_flagged", "seconds_per_item_flagged"]].to_numpy().all()
    assert found.kept.n_raters == 200
    assert "mahalanobis" not in {flag.index for flag in found.flags}


def test_a_stretch_of_filler_is_found_by_order_of_entry(simulation):
    frame = simulation.frame()
    rng = np.random.default_rng(4)
    order = pd.Series(rng.permutation(200), index=sorted(set(frame["_person"])))
    minutes = frame["_person"].map(order)
    frame["_started_at"] = (pd.Timestamp("2026-01-01", tz="UTC") + pd.to_timedelta(minutes, unit="min")).map(
        lambda time: time.isoformat()
    )
    late = minutes >= 120
    for column in items(frame):
        given = frame.loc[late, column].to_numpy()
        frame.loc[late, column] = np.where(given == NOT_IN_SUBSET, given, rng.integers(1, 8, len(given)))
    found, told = described(frame, simulation)
    filler = order[order >= 120].index
    table = found.to_frame()
    assert table.loc[filler, "left_out"].mean() > 0.9
    assert table["left_out"].drop(filler).mean() < 0.02
    assert told.entry_order == "known"
    assert [block.first for block in told.blocks[1:]] == [block.last + 1 for block in told.blocks[:-1]]
    assert told.blocks[-1].last == 200
    for block in told.blocks:
        middle = (block.first + block.last) / 2
        assert block.flagged == (middle > 120)
        assert block.correlation.low < block.correlation.value < block.correlation.high
        assert block.alpha_median > 0.7 or block.flagged
    assert sum(told.by_kinds) == 200


def test_without_times_or_rows_of_persons_nothing_is_said_of_order(frame, simulation):
    _, told = described(frame, simulation)
    assert (told.entry_order, told.blocks) == ("unknown", ())


def test_response_styles_are_told_apart_by_country_and_language(frame, simulation):
    german = frame["country"] == "de"
    for column in items(frame):
        given = frame.loc[german, column].to_numpy()
        frame.loc[german, column] = np.where(given == NOT_IN_SUBSET, given, np.where(given > 4, 7, 4))
    dataset = Dataset.from_frame(frame, simulation.measures(), INFO, sha256="0")
    resamples = PersonResamples.drawn(dataset.n_raters, 200, rng=np.random.default_rng(1))
    styles = {(style.grouping, style.group): style for style in response_styles(dataset, resamples)}
    assert set(styles) == {("country", "cn"), ("country", "de"), ("language", "en")}
    de, cn = styles["country", "de"], styles["country", "cn"]
    assert de.extreme.low > cn.extreme.high
    assert de.acquiescence.low > cn.acquiescence.high
    assert de.extreme.value + de.midpoint.value == pytest.approx(1)
    assert de.acquiescence.value == pytest.approx(de.extreme.value)
    assert isinstance(cn.midpoint, Estimate)
    assert cn.midpoint.n + de.midpoint.n == styles["language", "en"].midpoint.n == 400


@pytest.fixture
def luxury(shared):
    """Answers to seven scales, of which all but the first rows are filler; one brand, a row is a person."""
    path = shared / "data" / "sustainable_luxury_vn.csv"
    if not path.is_file():
        pytest.skip(f"{path} is absent")
    frame = pd.read_csv(path)
    keys = frame.columns.str.replace(r"_?[0-9]+$", "", regex=True)
    scales = tuple(ScaleMeasure(key, {"en": key}, tuple(frame.columns[keys == key]), 1, 7) for key in keys.unique())
    measures = Measures(brand="brand", brands={"luxury": {"en": "Luxury"}}, scales=scales)
    info = dataclasses.replace(INFO, simulated=False)
    return Dataset.from_frame(frame.assign(brand="luxury"), measures, info, sha256="0")


def test_filler_in_a_real_file_is_found_and_real_answers_are_kept(luxury):
    found = screen(luxury, plan=quick_plan())
    left_out = found.to_frame()["left_out"].to_numpy()
    # Rows 125-369 are known to be filler. Where answers cease to hang together the data themselves say: after row 73.
    assert left_out[124:].mean() > 0.99
    assert left_out[:73].mean() < 0.03
    first, second = found.signs.stretches
    assert (len(first.persons), len(second.persons)) == (73, 296)
    told = describe_screening(
        found, PersonResamples.drawn(found.kept.n_raters, 100, rng=np.random.default_rng(1)), None, plan=quick_plan()
    )
    assert [block.flagged for block in told.blocks] == [False] + [True] * (len(told.blocks) - 1)
    assert told.blocks[0].alpha_low > 0.7
    assert max(block.alpha_median for block in told.blocks[1:]) < 0.3


def test_the_finding_does_not_hang_on_where_the_filler_stands(luxury):
    # the same rows in the opposite order
    turned = dataclasses.replace(
        luxury, persons=luxury.persons.assign(entered=-luxury.persons["entered"].to_numpy(dtype=float))
    )
    left_out = screen(turned, plan=quick_plan()).to_frame()["left_out"].to_numpy()
    assert left_out[124:].mean() > 0.99
    assert left_out[:73].mean() < 0.03


def test_times_of_the_export_put_persons_in_order_and_rows_do_where_each_is_a_person(frame, simulation):
    times = {
        person: f"2026-01-{1 + i % 28:02d}T10:00:00+00:00" for i, person in enumerate(sorted(set(frame["_person"])))
    }
    timed = frame.assign(_started_at=frame["_person"].map(times))
    entered = Dataset.from_frame(timed, simulation.measures(), INFO, sha256="0").persons["entered"]
    assert entered["p00029"] - entered["p00028"] == 24 * 3600
    assert entered["p00028"] == entered["p00000"]
    rows = dataclasses.replace(simulation.measures(), person=None)
    assert Dataset.from_frame(frame, rows, INFO, sha256="0").persons["entered"].tolist() == list(range(400))
    assert Dataset.from_frame(frame, simulation.measures(), INFO, sha256="0").persons["entered"].isna().all()


def test_yes_and_no_are_not_taken_for_random_answers(frame, simulation):
    answered = frame[items(frame)] != NOT_IN_SUBSET
    frame[items(frame)] = frame[items(frame)].where(~answered, (frame[items(frame)] > 4).astype(int) * 6 + 1)
    found = screen(Dataset.from_frame(frame, simulation.measures(), INFO, sha256="0"), plan=quick_plan())
    assert "random_answers" not in {flag.index for flag in found.flags}
