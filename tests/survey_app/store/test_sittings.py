from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from survey_app.store import sittings
from survey_app.store.sittings import Beginnings, SavedPage

HOUR = timedelta(hours=1)


@pytest.fixture
def open_one(noon):
    def _open(tx, **choices):
        at_start = {"language": "en", "seed": 1, "draw": "{}", "now": noon}
        taken = {name: choices.pop(name) for name in at_start if name in choices}
        return sittings.create(tx, "coffee", 1, **(at_start | taken), beginnings=Beginnings(**choices))

    return _open


def test_ids_are_random_and_exports_never_show_them(published, open_one):
    with published.transaction() as tx:
        first, second = open_one(tx), open_one(tx)

    assert len({first.id, second.id, first.pseudonym, second.pseudonym}) == 4
    assert len(first.id) == 22
    assert set(first.pseudonym) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")


def test_a_sitting_reads_back_as_it_was_stored(published, open_one, noon):
    with published.transaction() as tx:
        opened = open_one(tx, seed=2**53 - 1, draw='{"brands":["b"]}', source="panel")
    with published.reading() as tx:
        assert sittings.find(tx, opened.id) == opened
        assert opened.started_at == noon
        assert opened.status == "started"


def test_a_code_is_found_in_its_own_study_and_tells_nothing_of_the_id(published, open_one):
    with published.transaction() as tx:
        one, other = open_one(tx), open_one(tx)
        assert sittings.find_by_code(tx, "coffee", one.code) == one
        assert sittings.find_by_code(tx, "tea", one.code) is None
    assert one.code != other.code
    assert len(one.code) == 12
    assert set(one.code) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")


def test_who_left_is_marked_and_nobody_else(published, open_one, noon):
    with published.transaction() as tx:
        never_answered, answered, ended = (open_one(tx) for _ in range(3))
        sittings.add_page(tx, SavedPage(answered.id, "p1", 1, "k1", {}, noon + 2 * HOUR))
        sittings.end(tx, ended.id, "complete", noon)
        assert sittings.time_out(tx, noon + HOUR) == 1
        statuses = [sittings.find(tx, one.id).status for one in (never_answered, answered, ended)]
        assert statuses == ["timed_out", "partial", "complete"]
        assert not sittings.find(tx, never_answered.id).is_finished


def test_a_sitting_of_an_unknown_study_is_refused(published, noon):
    with pytest.raises(IntegrityError), published.transaction() as tx:
        sittings.create(tx, "tea", 1, language="en", seed=1, draw="{}", now=noon)


def test_pages_are_added_never_overwritten(published, open_one, noon):
    with published.transaction() as tx:
        one = open_one(tx)
        sittings.add_page(tx, SavedPage(one.id, "p1", 1, "k1", {"a": 1}, noon))
        sittings.add_page(tx, SavedPage(one.id, "p1", 2, "k2", {"a": [2]}, noon + HOUR))
        visits = sittings.pages(tx, one.id)
        assert [(page.visit, page.payload) for page in visits] == [(1, {"a": 1}), (2, {"a": [2]})]
        assert sittings.find(tx, one.id).status == "partial"
        assert sittings.find(tx, one.id).saved_at == noon + HOUR


@pytest.mark.parametrize(("visit", "key"), [(1, "k2"), (2, "k1")])
def test_the_database_itself_refuses_a_second_row_for_a_visit_or_key(published, open_one, noon, visit, key):
    with published.transaction() as tx:
        one = open_one(tx)
        sittings.add_page(tx, SavedPage(one.id, "p1", 1, "k1", {}, noon))

    with pytest.raises(IntegrityError), published.transaction() as tx:
        sittings.add_page(tx, SavedPage(one.id, "p1", visit, key, {}, noon))


def test_a_draft_is_replaced_by_the_next_and_counts_until_its_page_is_saved(published, open_one, noon):
    with published.transaction() as tx:
        one = open_one(tx)
        assert sittings.draft_of(tx, one.id, "p1", after=None) is None
        sittings.keep_draft(tx, one.id, "p1", {"a": ["1"]}, noon)
        sittings.keep_draft(tx, one.id, "p1", {"a": ["2"]}, noon)
        assert sittings.draft_of(tx, one.id, "p1", after=None) == {"a": ["2"]}
        assert sittings.draft_of(tx, one.id, "p1", after=noon - HOUR) == {"a": ["2"]}
        assert sittings.draft_of(tx, one.id, "p1", after=noon + HOUR) is None
        sittings.end(tx, one.id, "complete", noon)
        assert sittings.draft_of(tx, one.id, "p1", after=None) is None


def test_a_sitting_ends_once(published, open_one, noon):
    with published.transaction() as tx:
        one = open_one(tx)
        assert sittings.end(tx, one.id, "complete", noon)
        assert not sittings.end(tx, one.id, "screened_out", noon + HOUR)
        ended = sittings.find(tx, one.id)
        assert (ended.status, ended.ended_at, ended.is_finished) == ("complete", noon, True)


def test_a_study_is_read_by_pseudonym_without_trial_runs(published, open_one, noon):
    with published.transaction() as tx:
        begun = [open_one(tx, is_test=n == 3) for n in range(5)]
        for one in begun[1:]:
            for visit in (1, 2):
                key = f"k{visit}"
                sittings.add_page(tx, SavedPage(one.id, "p1", visit, key, {"v": visit}, noon))
        sittings.end(tx, begun[1].id, "complete", noon)

        read = list(sittings.of_study(tx, "coffee"))
        assert [sitting.pseudonym for sitting, _ in read] == sorted(begun[n].pseudonym for n in (1, 2, 4))
        assert all([page.payload["v"] for page in pages] == [1, 2] for _, pages in read)
        assert all(page.sitting == sitting.id for sitting, pages in read for page in pages)

        everything = list(sittings.of_study(tx, "coffee", statuses=("started", "partial", "complete"), tests=True))
        assert sorted(len(pages) for _, pages in everything) == [0, 2, 2, 2, 2]
        counts = {status: n for status, n in sittings.count_by_status(tx, "coffee").items() if n}
        assert counts == {"started": 1, "partial": 2, "complete": 1}
