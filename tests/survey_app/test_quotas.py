from hypothesis import given
from hypothesis import strategies as st

from instruments.fieldwork import Quota, Source
from survey_app.interview.quotas import Cell, cells_of

BY_AGE = Quota.model_validate(
    {
        "key": "age_by_gender",
        "by": ["age", "gender"],
        "margin": 2,
        "cells": [
            {"is": {"age": [18, 34], "gender": "f"}, "limit": 10},
            {"is": {"age": [35, 99], "gender": "f"}, "limit": 20},
        ],
    }
)
BY_COUNTRY = Quota.model_validate(
    {"key": "country", "by": ["country"], "cells": [{"is": {"country": "de"}, "limit": 5}]}
)
SOURCES = {
    "panel": Source.model_validate({"label": {"en": "P"}, "kind": "panel", "id": "id", "limit": 3}),
    "open": Source.model_validate({"label": {"en": "O"}, "kind": "open"}),
}


def test_cells_are_those_of_everything_known():
    known = {"age": 40, "gender": "f", "country": "de", "source": "panel"}
    assert cells_of([BY_AGE, BY_COUNTRY], SOURCES, known) == (
        Cell("source:panel", 0, 3),
        Cell("age_by_gender", 1, 20, 2),
        Cell("country", 0, 5),
    )


def test_who_is_in_no_cell_or_not_yet_known_is_not_counted():
    assert cells_of([BY_AGE], SOURCES, {"age": 40}) == ()
    assert cells_of([BY_AGE], SOURCES, {"age": 40, "gender": "m", "source": "open"}) == ()
    assert cells_of([BY_AGE], SOURCES, {"age": -99, "gender": "f"}) == ()


STEPS = st.lists(st.sampled_from(["come", "complete", "leave"]), max_size=80)


@given(STEPS, st.integers(0, 6), st.integers(0, 3))
def test_completes_never_exceed_limit_and_margin_and_nobody_begins_once_the_limit_is_reached(steps, limit, margin):
    cell, completes, under_way = Cell("q", 0, limit, margin), 0, 0
    for step in steps:
        if step == "come":
            taken = cell.takes(completes, under_way)
            assert not (taken and completes >= limit)
            under_way += taken
        elif under_way:
            under_way -= 1
            completes += step == "complete"
    assert completes <= limit + margin
    assert completes + under_way <= max(limit + margin, completes)


def test_the_margin_lets_the_cell_fill_although_some_leave():
    assert Cell("q", 0, 10, 2).takes(8, 3)
    assert not Cell("q", 0, 10, 2).takes(8, 4)
    assert not Cell("q", 0, 10).takes(8, 2)
    assert not Cell("q", 0, 10, 2).takes(10, 0)
