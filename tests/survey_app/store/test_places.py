"""Places in quotas: counted and held as one, let go of by whoever ends otherwise or stays away too long."""

from datetime import timedelta

import pytest

from survey_app.interview.quotas import Cell
from survey_app.store import places, sittings

HOUR = timedelta(hours=1)
CELL, OTHER = Cell("q", 0, 2), Cell("q", 1, 2)


@pytest.fixture
def open_one(noon):
    def _open(tx):
        return sittings.create(tx, "coffee", 1, language="en", seed=1, draw="{}", now=noon).id

    return _open


def hold(tx, sitting, cells, now):
    return places.hold(tx, "coffee", sitting, cells, now=now, until=now + HOUR)


def counted(tx, cell, now):
    found = places.counts(tx, "coffee", cell, now)
    return found.completes, found.under_way


def test_places_run_out_and_come_back(published, open_one, noon):
    with published.transaction() as tx:
        first, second, third = (open_one(tx) for _ in range(3))
        assert hold(tx, first, [CELL], noon)
        assert hold(tx, second, [CELL], noon + HOUR / 2)
        assert not hold(tx, third, [CELL], noon + HOUR / 2)
        assert counted(tx, CELL, noon + HOUR / 2) == (0, 2)

        places.settle(tx, second, complete=True)
        assert counted(tx, CELL, noon + HOUR / 2) == (1, 1)
        # the first stays away too long: its place is free, and it has to ask for one again
        assert places.holds(tx, first, [CELL], noon + HOUR / 2)
        assert not places.holds(tx, first, [CELL], noon + 2 * HOUR)
        assert hold(tx, third, [CELL], noon + 2 * HOUR)
        assert not hold(tx, first, [CELL], noon + 2 * HOUR)
        places.settle(tx, third, complete=False)
        assert hold(tx, first, [CELL], noon + 2 * HOUR)


def test_a_changed_answer_changes_the_place(published, open_one, noon):
    with published.transaction() as tx:
        one = open_one(tx)
        assert hold(tx, one, [CELL], noon)
        assert not places.holds(tx, one, [OTHER], noon)
        assert hold(tx, one, [OTHER], noon)
        assert (counted(tx, CELL, noon), counted(tx, OTHER, noon)) == ((0, 0), (0, 1))


def test_where_one_cell_is_full_nothing_is_held(published, open_one, noon):
    with published.transaction() as tx:
        one = open_one(tx)
        full = Cell("r", 0, 0)
        assert not hold(tx, one, [CELL, full], noon)
        assert (counted(tx, CELL, noon), counted(tx, full, noon)) == ((0, 0), (0, 0))


def test_who_belongs_to_no_cell_needs_no_place(published, open_one, noon):
    with published.transaction() as tx:
        one = open_one(tx)
        assert places.holds(tx, one, [], noon)
        assert hold(tx, one, [], noon)
