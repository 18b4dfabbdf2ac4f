"""The process that does long work: claims a job, keeps its lease while it runs, says how it ended; knows no Flask."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import signal
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import FrameType

from survey_app import jobs
from survey_app.config import Settings
from survey_app.field import retention
from survey_app.field.deliveries import Deliveries
from survey_app.jobs import CancelledError, StoppedError
from survey_app.results import verbatims
from survey_app.store import Store, StoreUnavailableError
from survey_app.store import jobs as rows
from survey_app.store.jobs import Job, JobLostError

logger = logging.getLogger(__name__)

IDLE_SECONDS = 0.5
BEAT_SECONDS = 1.0
BEATS_PER_LEASE = 4
UPKEEP_SECONDS = 3600
SECONDS_TO_SEND = 30
SECONDS_AFTER_FAULT = 5


@dataclass
class Stop:
    """Whether the worker is to go. A plain flag: a signal may come while a lock of `threading` is held."""

    asked: bool = False


def work(store: Store, settings: Settings, *, once: bool = False, stop: Stop | None = None) -> None:
    """Do jobs until told to stop by SIGTERM or SIGINT; `once` ends when no job waits."""
    stop = stop or Stop()
    worker = f"{socket.gethostname()[:40]}.{os.getpid()}.{secrets.token_hex(4)}"
    with _signals_set(stop), _delivering(store, settings, stop, once=once):
        while not stop.asked:
            job = _claim(store, settings, worker)
            if job is not None:
                _do(job, store, settings, stop)
            elif once:
                return
            else:
                time.sleep(IDLE_SECONDS)


@contextlib.contextmanager
def _delivering(store: Store, settings: Settings, stop: Stop, *, once: bool) -> Iterator[None]:
    """Send what is to be sent beside the jobs, which may take long; `once` sends what is due and no more."""
    deliveries = Deliveries(store, settings)
    if once:
        _deliver_due(deliveries, stop)
        yield
        return
    over = Stop()
    thread = threading.Thread(target=_deliver, args=(deliveries, store, settings, over), name="deliveries", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.asked = True
        thread.join(SECONDS_TO_SEND)


def _deliver(deliveries: Deliveries, store: Store, settings: Settings, stop: Stop) -> None:
    """Send, and look once an hour for what is over."""
    looked = float("-inf")
    while not stop.asked:
        _deliver_due(deliveries, stop)
        if time.monotonic() - looked > UPKEEP_SECONDS:
            looked = time.monotonic()
            _keep_up(store, settings)
        time.sleep(IDLE_SECONDS)


def _deliver_due(deliveries: Deliveries, stop: Stop) -> None:
    with _going_on("A message could not be sent"):
        while not stop.asked and deliveries.deliver_one():
            pass


def _keep_up(store: Store, settings: Settings) -> None:
    with _going_on("Who left is looked for later"):
        retention.mark_those_who_left(store, settings)
    with _going_on("What is past its day is looked for later"):
        for gone in retention.purge(store, settings):
            logger.warning("Answers to study %s were past their day and are erased", gone.study)
    with _going_on("Reports that quote erased answers are looked for later"):
        verbatims.take_back(store, settings.instance)


@contextlib.contextmanager
def _going_on(failed: str) -> Iterator[None]:
    """Go on after whatever went wrong: the thread that sends and erases is started once and must not end before us."""
    try:
        yield
    except StoreUnavailableError as error:
        logger.warning("%s: %s", failed, error)
    except Exception:
        logger.exception(failed)
        time.sleep(SECONDS_AFTER_FAULT)


def _claim(store: Store, settings: Settings, worker: str) -> Job | None:
    try:
        with store.transaction() as tx:
            return rows.claim(tx, worker, now=_now(), lease=_lease(settings), tries=settings.number("job_tries"))
    except StoreUnavailableError as error:
        logger.warning("No job can be claimed: %s", error)
        return None


def _do(job: Job, store: Store, settings: Settings, stop: Stop) -> None:
    """Run a job under its lease. What goes wrong here is only the lease: the job itself ends in an `Outcome`."""
    held = HeldJob(job, store, _lease(settings), stop)
    try:
        with held.beating():
            outcome = jobs.run(job.kind, job.args, store, settings, held.progress)
        with store.transaction() as tx:
            rows.finish(
                tx,
                job,
                outcome.state,
                now=_now(),
                result=outcome.result,
                error=outcome.error,
                output_digest=outcome.output_digest,
            )
            jobs.tell(tx, job, outcome, settings)
    except StoppedError:
        held.give_back()
    except JobLostError:
        logger.warning("Job %s was given to another worker", job.id)
    except StoreUnavailableError as error:
        logger.warning("Job %s is left until its lease runs out: %s", job.id, error)


class HeldJob:
    """A claimed job whose lease a thread renews, so that a long step without progress does not lose it."""

    def __init__(self, job: Job, store: Store, lease: timedelta, stop: Stop) -> None:
        self._job, self._store, self._lease, self._stop = job, store, lease, stop
        self._fraction, self._doing = 0.0, ""
        self._cancelled = self._lost = False
        self._ended = threading.Event()

    def progress(self, fraction: float, doing: str) -> None:
        """Note how far the work is; raises where it must not go on."""
        self._fraction, self._doing = fraction, doing
        if self._lost:
            raise JobLostError(self._job.id)
        if self._cancelled:
            raise CancelledError
        if self._stop.asked:
            raise StoppedError

    @contextlib.contextmanager
    def beating(self) -> Iterator[None]:
        """Renew the lease in the background while the block runs."""
        thread = threading.Thread(target=self._beat, name=f"heartbeat of job {self._job.id}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join()

    def give_back(self) -> None:
        """End the lease now, so that another worker need not wait for it to run out."""
        with contextlib.suppress(JobLostError, StoreUnavailableError):
            self._renew(timedelta(0))

    def _beat(self) -> None:
        interval = min(BEAT_SECONDS, self._lease.total_seconds() / BEATS_PER_LEASE)
        while not self._ended.wait(interval) and not self._lost:
            try:
                self._cancelled = self._renew(self._lease)
            except JobLostError:
                self._lost = True
            except StoreUnavailableError as error:  # the next beat may get through before the lease runs out
                logger.warning("The lease of job %s was not renewed: %s", self._job.id, error)

    def _renew(self, lease: timedelta) -> bool:
        with self._store.transaction() as tx:
            return rows.heartbeat(tx, self._job, fraction=self._fraction, doing=self._doing, now=_now(), lease=lease)


@contextlib.contextmanager
def _signals_set(stop: Stop) -> Iterator[None]:
    """Let SIGTERM and SIGINT ask for the end; only the main thread of a process may say what signals do."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.asked = True

    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _lease(settings: Settings) -> timedelta:
    return timedelta(seconds=settings.number("lease_seconds"))


def _now() -> datetime:
    return datetime.now(UTC)
