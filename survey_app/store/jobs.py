"""Long work as rows: queued, leased to one worker at a time, and given to another when that one falls silent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Update, insert, select, update

from survey_app.store.database import Transaction
from survey_app.store.tables import job

State = Literal["queued", "running", "done", "refused", "cancelled", "broken"]
FinalState = Literal["done", "refused", "cancelled", "broken"]


class JobLostError(Exception):
    """The job is no longer this worker's: its lease ran out and another has it, or it has ended."""


@dataclass(frozen=True)
class Job:
    """One piece of long work, as it stood when it was read."""

    id: int
    kind: str
    args: dict[str, Any]
    state: State
    fraction: float
    doing: str
    tries: int
    worker: str | None
    queued_at: datetime
    heartbeat_at: datetime | None
    leased_until: datetime | None
    ended_at: datetime | None
    cancel_requested: bool
    result: Any
    error: str | None
    output_digest: str | None


def enqueue(tx: Transaction, kind: str, args: Mapping[str, object], now: datetime) -> Job:
    """Store a job for the next free worker."""
    values = {
        "kind": kind,
        "args": dict(args),
        "state": "queued",
        "fraction": 0.0,
        "doing": "",
        "tries": 0,
        "queued_at": now,
        "cancel_requested": False,
    }
    return Job(**tx.execute(insert(job).values(values).returning(job)).mappings().one())


def claim(tx: Transaction, worker: str, *, now: datetime, lease: timedelta, tries: int) -> Job | None:
    """Take the oldest job that waits or whose worker has fallen silent; after `tries` failures it is broken."""
    _bury_the_lost(tx, now=now, tries=tries)
    silent = (job.c.state == "running") & (job.c.leased_until < now)
    oldest = (
        select(job.c.id)
        .where((job.c.state == "queued") | silent)
        .order_by(job.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)  # PostgreSQL: two workers never wait for each other; SQLite has one writer
        .scalar_subquery()
    )
    taken = (
        update(job)
        .where(job.c.id == oldest)
        .values(
            state="running",
            worker=worker,
            tries=job.c.tries + 1,
            fraction=0.0,
            doing="",
            heartbeat_at=now,
            leased_until=now + lease,
        )
        .returning(job)
    )
    row = tx.execute(taken).mappings().one_or_none()
    return None if row is None else Job(**row)


def heartbeat(tx: Transaction, claimed: Job, *, fraction: float, doing: str, now: datetime, lease: timedelta) -> bool:
    """Renew the lease and tell how far the work is; True where someone has asked for it to stop."""
    values = {"fraction": fraction, "doing": doing, "heartbeat_at": now, "leased_until": now + lease}
    row = tx.execute(_held(claimed).values(values).returning(job.c.cancel_requested)).one_or_none()
    if row is None:
        raise JobLostError(claimed.id)
    return bool(row.cancel_requested)


def finish(
    tx: Transaction,
    claimed: Job,
    state: FinalState,
    *,
    now: datetime,
    result: object = None,
    error: str | None = None,
    output_digest: str | None = None,
) -> None:
    """End a job; raises JobLostError where another worker has it, whose outcome then counts."""
    values = {"state": state, "ended_at": now, "result": result, "error": error, "output_digest": output_digest}
    if state == "done":
        values["fraction"] = 1.0
    if tx.execute(_held(claimed).values(values)).rowcount == 0:
        raise JobLostError(claimed.id)


def request_cancel(tx: Transaction, job_id: int, now: datetime) -> None:
    """Ask for a job to stop: one that waits is cancelled at once, one that runs at its next heartbeat."""
    waiting = update(job).where(job.c.id == job_id, job.c.state == "queued")
    tx.execute(waiting.values(state="cancelled", ended_at=now, cancel_requested=True))
    running = update(job).where(job.c.id == job_id, job.c.state == "running")
    tx.execute(running.values(cancel_requested=True))


def find(tx: Transaction, job_id: int) -> Job | None:
    """Return a job as it stands."""
    row = tx.execute(select(job).where(job.c.id == job_id)).mappings().one_or_none()
    return None if row is None else Job(**row)


def latest(tx: Transaction, *, kind: str | None = None, study: str | None = None, limit: int = 50) -> tuple[Job, ...]:
    """Return the newest jobs first, of one kind or of all, of one study or of all."""
    query = select(job).order_by(job.c.id.desc()).limit(limit)
    if kind is not None:
        query = query.where(job.c.kind == kind)
    if study is not None:
        query = query.where(job.c.args["study"].as_string() == study)
    return tuple(Job(**row) for row in tx.execute(query).mappings())


def _bury_the_lost(tx: Transaction, *, now: datetime, tries: int) -> None:
    lost = update(job).where(job.c.state == "running", job.c.leased_until < now, job.c.tries >= tries)
    tx.execute(lost.values(state="broken", ended_at=now, error=f"its worker fell silent {tries} times"))


def _held(claimed: Job) -> Update:
    """Match the job only while this claim of it holds; each claim has a number of its own in `tries`."""
    return update(job).where(
        job.c.id == claimed.id,
        job.c.state == "running",
        job.c.worker == claimed.worker,
        job.c.tries == claimed.tries,
    )
