import dataclasses

import numpy as np
import pandas as pd
import pytest

from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from instruments.measures import RESERVED, Measures, OutcomeMeasure, PickMeasure, ScaleMeasure, ValueMeasure
from tests.analysis.simulated import INFO, Simulation

MEASURES = Measures(
    brand="brand",
    brands={"a": {"en": "A"}, "b": {"en": "B"}},
    scales=(ScaleMeasure("warm", {"en": "Warm"}, ("w1", "w2"), 1, 7, reversed=frozenset({"w2"})),),
    outcomes=(OutcomeMeasure("sat", {"en": "Sat"}, ("s",), 1, 5),),
    picks=PickMeasure(current_family="cur", as_wanted="ok", desired_family="des", treated_family="tre"),
    person="who",
    weight="w",
)


def table(*rows):
    columns = ["who", "brand", "w1", "w2", "s", "cur", "ok", "des", "tre", "w"]
    return pd.DataFrame(rows, columns=columns)


def made(*rows, measures=MEASURES, **more):
    return Dataset.from_frame(table(*rows).assign(**more), measures, INFO, sha256="0")


def test_reversed_items_are_turned_in_the_view_and_not_in_the_table():
    dataset = made(["p", "a", 6, 2, 3, "love", 1, -95, "love", 1])
    assert dataset.items.tolist() == [[6, 6]]
    assert dataset.ratings["w2"].tolist() == [2]
    assert dataset.scale_scores.tolist() == [[6]]


@pytest.mark.parametrize("code", [-99, -98, -97, -96, -95, -94, -93])
def test_every_missing_code_is_missing_in_numbers_and_in_picks(code):
    dataset = made(["p", "a", 6, code, code, str(code), 1, code, code, 1])
    assert np.isnan(dataset.items[0, 1])
    assert np.isnan(dataset.outcomes[0, 0])
    assert dataset.ratings[["current", "desired", "treated"]].to_numpy().tolist() == [["", "", ""]]


def test_desired_is_the_current_family_where_it_is_as_wanted_and_was_not_picked_again():
    dataset = made(
        ["p1", "a", 6, 2, 3, "love", 1, -95, "love", 1],
        ["p2", "a", 6, 2, 3, "love", 2, "friends", "love", 1],
        ["p3", "a", 6, 2, 3, "love", 1, "distant", "love", 1],
        ["p4", "a", 6, 2, 3, "none_fits", -99, -99, "love", 1],
    )
    assert dataset.ratings["desired"].tolist() == ["love", "friends", "distant", ""]


def test_a_person_without_ratings_is_a_person_and_no_rating():
    dataset = made(["p1", "", -94, -94, -94, -94, -94, -94, -94, 1], ["p2", "b", 1, 1, 1, "love", 1, -95, -95, 1])
    assert (len(dataset.persons), len(dataset.ratings), dataset.n_raters) == (2, 1, 1)


def test_the_names_of_a_ratings_own_columns_are_those_that_no_measured_column_may_have():
    dataset = made(["p", "a", 6, 2, 3, "love", 1, -95, "love", 1])
    assert set(dataset.ratings.columns) - {"w1", "w2", "s"} == RESERVED


def test_what_customers_are_worth_is_told_by_words_as_well_as_by_numbers():
    worth = {"frequency": ValueMeasure("visits", {"Weekly": 52, 3: 12}), "spend": ValueMeasure("paid")}
    rows = [[f"p{i}", "a", 6, 2, 3, "love", 1, -95, "love", 1] for i in range(4)]
    measures = dataclasses.replace(MEASURES, value=worth)
    dataset = made(*rows, measures=measures, visits=["Weekly", "3.0", -99, "-95"], paid=[12.5, -99, 0, 1])
    np.testing.assert_equal(dataset.value("frequency"), [52, 12, np.nan, np.nan])
    np.testing.assert_equal(dataset.value("spend"), [12.5, np.nan, 0, 1])
    np.testing.assert_equal(dataset.value("tenure"), np.full(4, np.nan))


def test_a_rating_weighs_its_persons_weight_times_its_selection_weight():
    rows = [["p1", "a", 1, 1, 1, "love", 1, -95, -95, 2.0], ["p2", "a", 1, 1, 1, "love", 1, -95, -95, 1.0]]
    dataset = made(*rows, _weight=[3.0, 2.0])
    assert dataset.weights == pytest.approx([1.5, 0.5])  # 6 and 2, relative to their mean


def test_the_selection_weight_counts_once_when_it_is_the_weight():
    frame = table(["p1", "a", 1, 1, 1, "love", 1, -95, -95, 1.0]).rename(columns={"w": "_weight"}).assign(_weight=3.0)
    measures = dataclasses.replace(MEASURES, weight="_weight")
    assert Dataset.from_frame(frame, measures, INFO, sha256="0").ratings["weight"].tolist() == [3.0]


def test_the_order_of_the_rows_changes_nothing():
    simulation = Simulation(persons=50)
    frame, measures = simulation.frame(), simulation.measures()
    one, other = (
        Dataset.from_frame(f, measures, INFO, sha256="0") for f in (frame, frame.sample(frac=1, random_state=3))
    )
    pd.testing.assert_frame_equal(one.ratings, other.ratings)
    pd.testing.assert_frame_equal(one.persons, other.persons)


def test_without_a_person_column_each_row_is_a_person_in_the_order_of_the_file():
    measures = dataclasses.replace(MEASURES, person=None)
    dataset = made(*[["x", "a", i % 7 + 1, 1, 1, "love", 1, -95, -95, 1] for i in range(12)], measures=measures)
    assert dataset.n_raters == 12
    assert dataset.ratings["w1"].tolist() == [i % 7 + 1 for i in range(12)]


def test_one_simulated_row_marks_the_study_as_simulated():
    frame = table(["p", "a", 1, 1, 1, "love", 1, -95, -95, 1]).assign(_simulated=1)
    info = dataclasses.replace(INFO, simulated=False)
    assert Dataset.from_frame(frame, MEASURES, info, sha256="0").info.simulated


def test_brands_written_as_numbers_are_the_brands_of_the_study():
    measures = dataclasses.replace(MEASURES, brands={"1": {"en": "One"}})
    assert made(["p", 1.0, 1, 1, 1, "love", 1, -95, -95, 1], measures=measures).ratings["brand"].tolist() == ["1"]


@pytest.mark.parametrize(
    ("rows", "drop", "code"),
    [
        ([["p", "a", 1, 1, 1, "love", 1, -95, -95, 1]], "w2", "missing_columns"),
        ([["p", "a", "six", 1, 1, "love", 1, -95, -95, 1]], None, "text_in_number_column"),
        ([["p", "a", np.inf, 1, 1, "love", 1, -95, -95, 1]], None, "text_in_number_column"),
        ([["p", "a", "-inf", 1, 1, "love", 1, -95, -95, 1]], None, "text_in_number_column"),
        ([["p", "a", 1, 1, 1, "love", 1, -95, -95, 1]] * 2, None, "rated_twice"),
        ([["p", "a", 1, 1, 1, "love", 1, -95, -95, -2.0]], None, "unusable_weight"),
        ([["p", "a", 1, 1, 1, "love", 1, -95, -95, 0]], None, "unusable_weight"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(rows, drop, code):
    frame = table(*rows).drop(columns=[drop] if drop else [])
    with pytest.raises(AnalysisError) as refusal:
        Dataset.from_frame(frame, MEASURES, INFO, sha256="0")
    assert refusal.value.code == code
