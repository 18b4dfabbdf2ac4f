"""Real worker processes on a real database: leases, kill -9, cancelling, stopping."""

import multiprocessing
import os
import signal
import time
from datetime import UTC, datetime

import pytest

from survey_app.config import read_settings
from survey_app.store import jobs as rows
from survey_app.store import open_store
from tests.survey_app.waiting_jobs import run_worker

SECONDS = 240
# Each worker is a process of its own; the packages they share are imported once.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.survey_app.waiting_jobs"])


@pytest.fixture
def instance(tmp_path):
    """An instance whose workers are started as processes of their own; what still runs at the end is killed."""
    made = Instance(tmp_path)
    yield made
    made.close()


class Instance:
    def __init__(self, folder):
        self.folder = folder
        self.store = open_store(read_settings(folder, {}, {}).database_url())
        self.workers = []

    def start_worker(self, *, lease=60, once=False):
        worker = PROCESSES.Process(target=run_worker, args=(self.folder, lease), kwargs={"once": once})
        worker.start()
        self.workers.append(worker)
        return worker

    def enqueue(self, kind, **args):
        with self.store.transaction() as tx:
            return rows.enqueue(tx, kind, args, datetime.now(UTC)).id

    def job(self, job_id):
        with self.store.reading() as tx:
            return rows.find(tx, job_id)

    def cancel(self, job_id):
        with self.store.transaction() as tx:
            rows.request_cancel(tx, job_id, datetime.now(UTC))

    def times_begun(self):
        begun = self.folder / "begun"
        return begun.read_text().count("begun") if begun.exists() else 0

    def let_end(self):
        (self.folder / "may_end").touch()

    def close(self):
        for worker in self.workers:
            worker.kill()
            worker.join()
            worker.close()
        self.store.close()


def until(condition):
    """Wait for another process; the limit only ends a test that has failed."""
    limit = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < limit, "nothing happened"
        time.sleep(0.02)


def test_a_worker_does_what_waits_and_tells_how_far_it_is(instance):
    job_id = instance.enqueue("wait")
    instance.start_worker(lease=2)
    until(lambda: instance.job(job_id).doing == "waiting")

    running = instance.job(job_id)
    instance.let_end()
    until(lambda: instance.job(job_id).state == "done")

    assert (running.state, running.fraction, running.tries) == ("running", 0.5, 1)
    done = instance.job(job_id)
    assert (done.fraction, done.result, done.output_digest) == (1.0, {"waited": True}, "d" * 64)


def test_a_job_whose_worker_is_killed_is_finished_by_another(instance):
    job_id = instance.enqueue("wait")
    killed = instance.start_worker(lease=1)
    until(lambda: instance.times_begun() == 1)

    killed.kill()
    killed.join()
    instance.start_worker(lease=1)
    until(lambda: instance.times_begun() == 2)
    instance.let_end()
    until(lambda: instance.job(job_id).state == "done")

    assert instance.job(job_id).tries == 2


def test_a_long_step_without_progress_keeps_its_lease(instance):
    job_id = instance.enqueue("sleep", seconds=3)
    instance.start_worker(lease=1)
    instance.start_worker(lease=1)

    until(lambda: instance.job(job_id).state == "done")

    assert instance.job(job_id).tries == 1


def test_a_running_job_is_cancelled_at_its_next_step(instance):
    job_id = instance.enqueue("wait")
    instance.start_worker(lease=2)
    until(lambda: instance.times_begun() == 1)

    instance.cancel(job_id)
    until(lambda: instance.job(job_id).state == "cancelled")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_worker_gives_its_job_back_at_once(instance, number):
    job_id = instance.enqueue("wait")
    stopped = instance.start_worker(lease=600)
    until(lambda: instance.times_begun() == 1)

    os.kill(stopped.pid, number)
    stopped.join(SECONDS)
    instance.let_end()
    instance.start_worker(lease=600, once=True).join(SECONDS)

    assert stopped.exitcode == 0
    assert instance.job(job_id).state == "done"


def test_an_unknown_kind_breaks_its_job_and_not_the_worker(instance):
    unknown, known = instance.enqueue("knit"), instance.enqueue("wait")
    instance.let_end()

    worker = instance.start_worker(once=True)
    worker.join(SECONDS)

    assert worker.exitcode == 0
    assert (instance.job(unknown).state, instance.job(known).state) == ("broken", "done")
