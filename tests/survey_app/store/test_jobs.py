import threading
from datetime import timedelta

import pytest

from survey_app.store import jobs

LEASE = timedelta(minutes=1)


def _claim(tx, now, worker="w1", tries=3):
    return jobs.claim(tx, worker, now=now, lease=LEASE, tries=tries)


def test_the_oldest_job_is_claimed_first_and_only_once(store, noon):
    with store.transaction() as tx:
        first = jobs.enqueue(tx, "analyse", {"study": "coffee"}, noon)
        second = jobs.enqueue(tx, "analyse", {"study": "tea"}, noon)
        claimed = _claim(tx, noon)
        assert (claimed.id, claimed.state, claimed.worker, claimed.tries) == (first.id, "running", "w1", 1)
        assert claimed.args == {"study": "coffee"}
        assert _claim(tx, noon, "w2").id == second.id
        assert _claim(tx, noon, "w3") is None


def test_workers_that_ask_at_the_same_moment_get_different_jobs(store, noon):
    with store.transaction() as tx:
        for _ in range(6):
            jobs.enqueue(tx, "analyse", {}, noon)
    claimed, together = [], threading.Barrier(8)

    def work(name):
        together.wait()
        with store.transaction() as tx:
            claimed.append(_claim(tx, noon, name))

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    taken = [job.id for job in claimed if job is not None]
    assert len(taken) == len(set(taken)) == 6
    assert claimed.count(None) == 2


def test_progress_is_seen_and_renews_the_lease(store, noon):
    with store.transaction() as tx:
        jobs.enqueue(tx, "analyse", {}, noon)
        claimed = _claim(tx, noon)
        later = noon + LEASE
        assert jobs.heartbeat(tx, claimed, fraction=0.4, doing="factors", now=later, lease=LEASE) is False
        seen = jobs.find(tx, claimed.id)
        assert (seen.fraction, seen.doing, seen.heartbeat_at) == (0.4, "factors", later)
        assert _claim(tx, later + LEASE / 2, "w2") is None


def test_a_silent_workers_job_is_run_again_and_the_late_one_is_turned_away(store, noon):
    with store.transaction() as tx:
        jobs.enqueue(tx, "analyse", {}, noon)
        silent = _claim(tx, noon)
        second = _claim(tx, noon + 2 * LEASE, "w2")
        assert (second.id, second.tries) == (silent.id, 2)
        with pytest.raises(jobs.JobLostError):
            jobs.heartbeat(tx, silent, fraction=0.9, doing="", now=noon, lease=LEASE)
        with pytest.raises(jobs.JobLostError):
            jobs.finish(tx, silent, "done", now=noon)
        jobs.finish(tx, second, "done", now=noon, result={"pdf": 4}, output_digest="abc")
        ended = jobs.find(tx, silent.id)
        assert (ended.state, ended.fraction, ended.result, ended.output_digest) == ("done", 1.0, {"pdf": 4}, "abc")


def test_a_claim_of_the_same_worker_again_is_another_claim(store, noon):
    with store.transaction() as tx:
        jobs.enqueue(tx, "analyse", {}, noon)
        silent = _claim(tx, noon)
        assert _claim(tx, noon + 2 * LEASE).id == silent.id
        with pytest.raises(jobs.JobLostError):
            jobs.finish(tx, silent, "done", now=noon)


def test_a_job_that_kills_every_worker_is_broken(store, noon):
    with store.transaction() as tx:
        jobs.enqueue(tx, "analyse", {}, noon)
        for attempt in range(3):
            assert _claim(tx, noon + attempt * 2 * LEASE).tries == attempt + 1
        assert _claim(tx, noon + 6 * LEASE) is None
        (broken,) = jobs.latest(tx)
        assert (broken.state, broken.error) == ("broken", "its worker fell silent 3 times")


def test_cancelling(store, noon):
    with store.transaction() as tx:
        running, waiting = (jobs.enqueue(tx, "analyse", {}, noon) for _ in range(2))
        claimed = _claim(tx, noon)
        for job in (running, waiting):
            jobs.request_cancel(tx, job.id, noon)
        assert jobs.find(tx, waiting.id).state == "cancelled"
        assert jobs.find(tx, running.id).state == "running"
        assert jobs.heartbeat(tx, claimed, fraction=0.5, doing="", now=noon, lease=LEASE) is True
        jobs.finish(tx, claimed, "cancelled", now=noon)
        jobs.request_cancel(tx, running.id, noon)
        assert {job.state for job in jobs.latest(tx)} == {"cancelled"}


def test_the_newest_jobs_are_listed_first(store, noon):
    with store.transaction() as tx:
        made = [jobs.enqueue(tx, kind, {}, noon).id for kind in ("analyse", "report", "analyse")]
        assert [job.id for job in jobs.latest(tx)] == made[::-1]
        assert [job.id for job in jobs.latest(tx, kind="analyse", limit=1)] == made[2:]
        assert jobs.find(tx, 999) is None
