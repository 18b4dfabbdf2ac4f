"""Fills are what a count of all assignments would give, whatever has happened to the sittings."""

from collections import Counter
from datetime import timedelta
from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from survey_app.store import draws, sittings
from survey_app.store.sittings import Beginnings

HOUR = timedelta(hours=1)
BRANDS = ("a", "b", "c", "d")


@pytest.fixture
def open_one(noon):
    def _open(tx, *, is_test=False):
        begun = {"language": "en", "seed": 1, "draw": "{}", "now": noon, "beginnings": Beginnings(is_test=is_test)}
        return sittings.create(tx, "coffee", 1, **begun)

    return _open


def give(tx, sitting, brands, noon, expires, *, after=0):
    draws.assign(
        tx,
        "coffee",
        sitting.id,
        brands,
        after=after,
        draw=repr(brands),
        eligible=[["a", "b"]],
        fills={"a": 3},
        now=noon,
        expires=expires,
        counts=not sitting.is_test,
    )


def test_brands_are_numbered_on_from_those_there_are(published, open_one, noon):
    with published.transaction() as tx:
        one = open_one(tx)
        give(tx, one, ("b", "a"), noon, noon + HOUR)
        give(tx, one, ("c",), noon, noon + HOUR, after=2)
        give(tx, one, (), noon, noon + HOUR, after=3)
        rows = sittings.assigned(tx, one.id)
        assert [(row.position, row.brand) for row in rows] == [(1, "b"), (2, "a"), (3, "c")]
        assert rows[0].eligible == [["a", "b"]]
        assert rows[0].fills == {"a": 3}


def test_fills_count_completes_and_those_under_way_until_their_hold_expires(published, open_one, noon):
    with published.transaction() as tx:
        complete, under_way, expired, out, trial = (open_one(tx, is_test=n == 4) for n in range(5))
        give(tx, complete, ("a", "b"), noon, noon + HOUR)
        draws.settle(tx, "coffee", complete.id, complete=True)
        give(tx, under_way, ("a",), noon, noon + 3 * HOUR)
        give(tx, expired, ("a", "c"), noon, noon + HOUR)
        give(tx, out, ("d",), noon, noon + 3 * HOUR)
        draws.settle(tx, "coffee", out.id, complete=False)
        give(tx, trial, ("a",), noon, noon + 3 * HOUR)
        draws.settle(tx, "coffee", trial.id, complete=True)

        found = draws.fills(tx, "coffee", noon + 2 * HOUR, BRANDS)
        assert found.brands == {"a": 2, "b": 1}
        assert found.pairs == {("a", "b"): 1}
        assert found.places == {("a", 1): 2, ("b", 2): 1}
        assert draws.fills(tx, "tea", noon, BRANDS).brands == {}
        assert draws.fills(tx, "coffee", noon, ["b"]).brands == {"b": 1}


def test_a_complete_sitting_counts_once_even_after_its_hold_expired(published, open_one, noon):
    with published.transaction() as tx:
        late = open_one(tx)
        give(tx, late, ("a",), noon, noon + HOUR)
        assert draws.fills(tx, "coffee", noon + 2 * HOUR, BRANDS).brands == {}
        for _ in range(2):
            draws.settle(tx, "coffee", late.id, complete=True)
        assert draws.fills(tx, "coffee", noon + 2 * HOUR, BRANDS).brands == {"a": 1}


GIVEN = st.tuples(st.lists(st.sampled_from(BRANDS), min_size=1, max_size=3, unique=True), st.sampled_from("cor"))


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(GIVEN, max_size=12))
def test_the_tally_is_what_counting_would_give(published, open_one, noon, given):
    with published.transaction() as tx:
        wanted, pairs = Counter(), Counter()
        for brands, fate in given:
            one = open_one(tx)
            give(tx, one, brands, noon, noon + HOUR)
            if fate != "o":
                draws.settle(tx, "coffee", one.id, complete=fate == "c")
            if fate != "r":
                wanted.update(brands)
                pairs.update(combinations(sorted(brands), 2))
        first = draws.fills(tx, "coffee", noon, BRANDS)
        draws.recount(tx, "coffee")
        again = draws.fills(tx, "coffee", noon, BRANDS)
        assert first == again
        assert (first.brands, first.pairs) == (wanted, pairs)
        for sitting in {row.sitting for row in tx.execute(draws.assignment.select())}:
            tx.execute(draws.assignment.delete().where(draws.assignment.c.sitting == sitting))
        draws.recount(tx, "coffee")
        assert draws.fills(tx, "coffee", noon, BRANDS).brands == {}
