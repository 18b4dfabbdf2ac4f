from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from survey_app.store import sittings
from survey_app.store.sittings import SavedPage

HOUR = timedelta(hours=1)


@pytest.fixture
def open_one(noon):
    def _open(tx, **choices):
        choices = {"language": "en", "seed": 1, "draw": "{}", "now": noon} | choices
        return sittings.create(tx, "coffee", 1, **choices)

    return _open


def test_ids_are_random_and_exports_never_show_them(published, open_one):
    with published.transaction() as tx:
        first, second = open_one(tx), open_one(tx)

    assert len({first.id, second.id, first.pseudonym, second.pseudonym}) == 4
    assert len(first.id) == 22
    assert set(first.pseudonym) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")


def test_a_sitting_reads_back_as_it_was_stored(published, open_one, noon):
    with published.transaction() as tx:
        opened = open_one(tx, seed=2**53 - 1, draw='{"brands":["b"]}', source="panel", source_uid="u1")
    with published.reading() as tx:
        assert sittings.find(tx, opened.id) == opened
        assert opened.started_at == noon
        assert opened.status == "started"


def test_a_panels_id_enters_once(published, open_one):
    with published.transaction() as tx:
        open_one(tx, source="panel", source_uid="u1")
        with pytest.raises(sittings.SourceTakenError):
            open_one(tx, source="panel", source_uid="u1")
        open_one(tx, source="other", source_uid="u1")
        open_one(tx, source="panel")
        open_one(tx, source="panel")


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


def _give(tx, sitting, brands, noon, expires):
    sittings.assign(
        tx,
        sitting.id,
        brands,
        draw=repr(brands),
        eligible=[["a", "b"]],
        fills={"a": 3},
        now=noon,
        expires=expires,
    )


def test_brands_are_numbered_on_from_those_there_are(published, open_one, noon):
    with published.transaction() as tx:
        one = open_one(tx)
        _give(tx, one, ("b", "a"), noon, noon + HOUR)
        _give(tx, one, ("c",), noon, noon + HOUR)
        _give(tx, one, (), noon, noon + HOUR)
        rows = sittings.assigned(tx, one.id)
        assert [(row.position, row.brand) for row in rows] == [(1, "b"), (2, "a"), (3, "c")]
        assert rows[0].eligible == [["a", "b"]]
        assert rows[0].fills == {"a": 3}


def test_fills_count_completes_and_those_under_way_until_their_hold_expires(published, open_one, noon):
    with published.transaction() as tx:
        complete, under_way, expired, out, trial = (open_one(tx, is_test=n == 4) for n in range(5))
        _give(tx, complete, ("a", "b"), noon, noon + HOUR)
        sittings.end(tx, complete.id, "complete", noon)
        _give(tx, under_way, ("a",), noon, noon + 3 * HOUR)
        _give(tx, expired, ("a", "c"), noon, noon + HOUR)
        _give(tx, out, ("d",), noon, noon + 3 * HOUR)
        sittings.end(tx, out.id, "screened_out", noon)
        _give(tx, trial, ("a",), noon, noon + 3 * HOUR)

        assert sittings.fills(tx, "coffee", noon + 2 * HOUR) == {"a": 2, "b": 1}
        assert sittings.fills(tx, "tea", noon) == {}


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
        counts = {"started": 1, "partial": 2, "complete": 1, "screened_out": 0}
        assert sittings.count_by_status(tx, "coffee") == counts
