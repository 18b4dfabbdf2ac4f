"""One personal link for each address and study; who declines is written to no more, and their address is gone."""

from datetime import timedelta

import pytest

from survey_app.store import invitations, outbox, sittings

DAY = timedelta(days=1)


@pytest.fixture
def invite(noon):
    def _invite(tx, mark="m1", study="coffee"):
        made = invitations.make(tx, study, mark, email=f"{mark}@x.example", name="N", language="en", now=noon)
        if made is not None:
            outbox.queue(tx, f"invitation:{made.token}", "invitation", study=study, about=made.token, now=noon)
        return made

    return _invite


def test_an_address_is_invited_once_to_each_study(published, invite):
    with published.transaction() as tx:
        first = invite(tx)
        assert invite(tx) is None
        assert invite(tx, study="tea") is not None
        assert invitations.find(tx, "coffee", first.token) == first
        assert invitations.find(tx, "tea", first.token) is None
        assert invitations.address_of(tx, first.token).email == "m1@x.example"


def test_who_declines_once_is_invited_to_nothing_more(published, invite, noon):
    with published.transaction() as tx:
        first, elsewhere = invite(tx), invite(tx, study="tea")
        for _ in range(2):
            invitations.decline(tx, first, noon)
        assert invitations.address_of(tx, first.token) is None
        assert invitations.address_of(tx, elsewhere.token) is None
        assert not invitations.may_write(tx, elsewhere)
        assert invite(tx, study="water") is None
        assert invitations.waiting(tx, "tea", noon + DAY, 2) == []


def test_only_who_has_not_finished_waits_for_a_reminder(published, invite, noon):
    with published.transaction() as tx:
        silent, begun, done = (invite(tx, mark) for mark in ("m1", "m2", "m3"))
        for invited, status in ((begun, None), (done, "complete")):
            one = sittings.create(tx, "coffee", 1, language="en", seed=1, draw="{}", now=noon)
            invitations.begin(tx, invited, one.id)
            if status:
                sittings.end(tx, one.id, status, noon)
        waiting = invitations.waiting(tx, "coffee", noon + DAY, 2)
        assert {one.token for one in waiting} == {silent.token, begun.token}
        assert invitations.waiting(tx, "coffee", noon, 2) == []
        assert [invitations.may_write(tx, invitations.find(tx, "coffee", one.token)) for one in (silent, done)] == [
            True,
            False,
        ]
        assert invitations.remind(tx, silent, noon + DAY) == 1
        assert invitations.empty_addresses(tx, "coffee") == 3


def test_letters_are_listed_with_what_became_of_them_and_taken_back_with_their_link(published, noon):
    with published.transaction() as tx:
        ana, ben = (
            invitations.make(tx, "coffee", mark, email=f"{mark}@example.org", name="", language="en", now=noon)
            for mark in ("ana", "ben")
        )
        for made in (ana, ben):
            outbox.queue(tx, f"invitation:{made.token}", "invitation", study="coffee", about=made.token, now=noon)
        first = outbox.claim(tx, noon, noon)
        outbox.settle(tx, first, "mailbox unknown", noon, sent=False, again=None)

    with published.transaction() as tx:
        listed = invitations.letters(tx, "coffee", not_sent=False, skip=0, limit=9)
        assert [(one.email, one.state, one.outcome, one.begun) for one in listed] == [
            ("ben@example.org", "waiting", None, False),
            ("ana@example.org", "not_sent", "mailbox unknown", False),
        ]
        wrong = invitations.letters(tx, "coffee", not_sent=True, skip=0, limit=9)
        assert [one.id for one in wrong] == [first.id]
        assert not invitations.retract(tx, "tea", first.id)
        assert invitations.retract(tx, "coffee", first.id)
        assert invitations.counts(tx, "coffee") == invitations.Counts(1, 0, 0, 0)
        assert invitations.find(tx, "coffee", ana.token) is None
        assert invitations.address_of(tx, ana.token) is None
