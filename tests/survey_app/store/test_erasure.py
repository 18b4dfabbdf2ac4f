"""What is erased is gone from every table, on both databases; others keep theirs, and counts are made anew."""

import threading
from datetime import timedelta

import pytest

from survey_app.interview.quotas import Cell
from survey_app.store import draws, erasure, invitations, outbox, panel, places, sittings, verbatims
from survey_app.store.panel import PanelEntry
from survey_app.store.sittings import SavedPage
from survey_app.store.tables import metadata
from survey_app.store.verbatims import Mark, Place

HOUR = timedelta(hours=1)
KEY = "key"


@pytest.fixture
def sit(noon):
    """A complete sitting with something in every table of the field."""

    def _sit(tx, uid):
        one = sittings.create(tx, "coffee", 1, language="en", seed=1, draw="{}", now=noon)
        panel.enter(tx, PanelEntry("coffee", "p", uid, one.id, {}), KEY)
        places.hold(tx, "coffee", one.id, [Cell("q", 0, 9)], now=noon, until=noon + HOUR)
        shared = {"draw": "{}", "eligible": [["a"]], "fills": {}, "now": noon, "expires": noon + HOUR}
        draws.assign(tx, "coffee", one.id, ["a"], after=0, **shared)
        sittings.add_page(tx, SavedPage(one.id, "s", 1, "k", {"x": 1}, noon))
        sittings.note(tx, one.id, "language", "de", noon)
        decided = Mark("yes", ("price",), "Too dear", "", "ana", noon)
        verbatims.put(tx, {Place(one.id, "words", ""): decided})
        verbatims.add_codes(tx, "coffee", ["price"])
        draws.settle(tx, "coffee", one.id, complete=True)
        places.settle(tx, one.id, complete=True)
        invited = invitations.make(tx, "coffee", uid, email="a@b.example", name="", language="en", now=noon)
        invitations.begin(tx, invited, one.id)
        outbox.queue(tx, f"callback:{one.id}", "callback", study="coffee", about=one.id, now=noon)
        message = outbox.claim(tx, noon, noon + HOUR)
        outbox.settle(tx, message, "HTTP 200", noon, sent=True, again=None)
        return one, invited

    return _sit


def left(tx):
    return {table.name for table in metadata.sorted_tables if tx.execute(table.select()).first()}


def test_one_person_is_erased_and_the_other_stays(published, sit, noon):
    with published.transaction() as tx:
        (one, invited), (other, _) = sit(tx, "u1"), sit(tx, "u2")
        assert erasure.withdraw(tx, "coffee", one.code, noon, KEY)
        assert not erasure.withdraw(tx, "coffee", one.code, noon, KEY)
        assert not erasure.withdraw(tx, "tea", other.code, noon, KEY)
        assert sittings.find(tx, one.id) is None
        assert {place.sitting for place in verbatims.marks(tx, "coffee")} == {other.id}
        assert [found.id for found, _ in sittings.of_study(tx, "coffee")] == [other.id]
        assert draws.fills(tx, "coffee", noon, ["a"]).brands == {"a": 1}
        assert places.counts(tx, "coffee", Cell("q", 0, 9), noon).completes == 1
        assert invitations.address_of(tx, invited.token) is None
        assert invited.token not in {found.token for found in invitations.waiting(tx, "coffee", noon + HOUR, 2)}
        assert panel.find(tx, "coffee", "p", "u1") is None
        assert erasure.withdrawn(tx, "coffee") == 1


def test_of_a_study_only_its_texts_are_left(published, sit, noon):
    with published.transaction() as tx:
        one, _ = sit(tx, "u1")
        panel.empty(tx, "coffee", KEY)
        panel.enter(tx, PanelEntry("coffee", "p", "u2", one.id, {}), KEY)
        assert left(tx) >= {
            "answer_page",
            "assignment",
            "brand_tally",
            "quota_place",
            "outbox",
            "outbox_try",
            "address",
            "verbatim_mark",
            "verbatim_code",
            "spent_id",
        }
        assert erasure.erase_study(tx, "coffee", noon) == erasure.Erased(1, 1, 1)
        assert left(tx) == {"study", "invitation"}


@pytest.mark.parametrize("erase", ["a person", "a study"])
def test_who_erases_waits_for_a_page_and_an_entry_under_way(published, sit, noon, erase):
    def _erase():
        with published.transaction() as tx:
            if erase == "a person":
                erased.append(erasure.withdraw(tx, "coffee", one.code, noon, KEY))
            else:
                erased.append(erasure.erase_study(tx, "coffee", noon).sittings)

    with published.transaction() as tx:
        one, _ = sit(tx, "u1")
    erased, thread = [], threading.Thread(target=_erase)
    with published.transaction() as tx:
        sittings.find(tx, one.id, lock=True)
        sittings.keep_draft(tx, one.id, "s", {"x": ["2"]}, noon)
        other = sittings.create(tx, "coffee", 1, language="en", seed=1, draw="{}", now=noon)
        thread.start()
        thread.join(0.5)
        assert not erased
        panel.enter(tx, PanelEntry("coffee", "p", "u2", other.id, {}), KEY)
    thread.join()
    with published.reading() as tx:
        assert erased == [True if erase == "a person" else 2]
        assert sittings.find(tx, one.id) is None
        assert "draft" not in left(tx)
