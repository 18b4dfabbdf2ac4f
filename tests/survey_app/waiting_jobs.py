"""What a worker process of the tests runs: the real worker, with kinds of jobs that end when a file says so."""

import time

from survey_app import jobs, worker
from survey_app.config import read_settings
from survey_app.jobs import Outcome
from survey_app.store import open_store


def run_worker(instance, lease_seconds, *, once):
    """Work as `run.py work` does."""
    settings = read_settings(instance, {"lease_seconds": lease_seconds}, {})
    jobs.KINDS.update(wait=wait, sleep=sleep)
    worker.work(open_store(settings.database_url()), settings, once=once)


def wait(_args, _store, settings, progress):
    """Tell that it has begun, and go on until the test lets it end."""
    with (settings.instance / "begun").open("a") as file:
        file.write("begun ")
    while not (settings.instance / "may_end").exists():
        progress(0.5, "waiting")
        time.sleep(0.02)
    return Outcome("done", {"waited": True}, output_digest="d" * 64)


def sleep(args, _store, _settings, progress):
    """Be silent for longer than a lease lasts."""
    time.sleep(args["seconds"])
    progress(0.9, "awake")
    return Outcome("done")
