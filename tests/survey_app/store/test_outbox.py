"""A message is queued once under its key, held by one worker at a time, and its tries are written down."""

import threading
from datetime import timedelta

from survey_app.store import outbox

MINUTE = timedelta(minutes=1)


def queue(tx, key, noon):
    return outbox.queue(tx, key, "callback", study="coffee", about="x", now=noon)


def test_a_key_is_queued_once(published, noon):
    with published.transaction() as tx:
        assert [queue(tx, key, noon) for key in ("a", "a", "b")] == [True, False, True]
        assert [message.key for message in outbox.of_study(tx, "coffee")] == ["a", "b"]


def test_who_takes_a_message_has_it_alone_for_a_while(published, noon):
    with published.transaction() as tx:
        queue(tx, "a", noon)
        taken = outbox.claim(tx, noon, noon + 5 * MINUTE)
        assert (taken.key, taken.tries) == ("a", 1)
        assert outbox.claim(tx, noon + MINUTE, noon + 9 * MINUTE) is None
        assert outbox.claim(tx, noon + 6 * MINUTE, noon + 9 * MINUTE).tries == 2


def test_what_was_sent_is_not_taken_again_and_its_log_stays(published, noon):
    with published.transaction() as tx:
        queue(tx, "a", noon)
        first = outbox.claim(tx, noon, noon + MINUTE)
        outbox.settle(tx, first, "HTTP 500", noon, sent=False, again=noon + 2 * MINUTE)
        second = outbox.claim(tx, noon + 2 * MINUTE, noon + 3 * MINUTE)
        outbox.settle(tx, second, "x" * 1000, noon + 2 * MINUTE, sent=True, again=None)
        assert outbox.claim(tx, noon + 1000 * MINUTE, noon + 1001 * MINUTE) is None
        found = outbox.find(tx, "a")
        assert (found.sent_at, found.next_at) == (noon + 2 * MINUTE, None)
        assert [(one.number, one.outcome[:8]) for one in outbox.tries(tx, found.id)] == [(1, "HTTP 500"), (2, "x" * 8)]


def test_who_forgets_a_message_waits_for_the_try_that_is_being_written_down(published, noon):
    def forget():
        with published.transaction() as tx:
            outbox.drop(tx, "a")
        forgotten.append(True)

    with published.transaction() as tx:
        queue(tx, "a", noon)
        taken = outbox.claim(tx, noon, noon + MINUTE)
    forgotten, thread = [], threading.Thread(target=forget)
    with published.transaction() as tx:
        outbox.settle(tx, taken, "HTTP 200", noon, sent=True, again=None)
        thread.start()
        thread.join(0.5)
        assert not forgotten
    thread.join()
    with published.reading() as tx:
        assert (forgotten, outbox.find(tx, "a"), outbox.tries(tx, taken.id)) == ([True], None, [])


def test_a_message_that_is_gone_is_not_mixed_up_with_the_next(published, noon):
    with published.transaction() as tx:
        queue(tx, "a", noon)
        taken = outbox.claim(tx, noon, noon + MINUTE)
        outbox.drop(tx, "a")
        queue(tx, "b", noon)
        outbox.settle(tx, taken, "HTTP 200", noon, sent=True, again=None)
        other = outbox.find(tx, "b")
        assert (other.next_at, outbox.tries(tx, taken.id), outbox.tries(tx, other.id)) == (noon, [], [])
