"""Published studies: the texts of their files, kept for as long as answers refer to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import bindparam, func, insert, select, update

from survey_app.store.database import Transaction
from survey_app.store.tables import study

Status = Literal["live", "closed"]
# Sets our locks apart from those of others in the same database; any number will do.
FIELD_LOCK = 1_730_591
_CURRENT = (
    select(study.c.version, study.c.status)
    .where(study.c.key == bindparam("which"))
    .order_by(study.c.version.desc())
    .limit(1)
)


@dataclass(frozen=True)
class StudyRecord:
    """One published version of a study; a changed file is another version, never a changed row."""

    key: str
    version: int
    study_text: str
    instrument_text: str
    digest: str
    instrument_digest: str
    status: Status
    published_at: datetime


def publish(
    tx: Transaction,
    key: str,
    *,
    study_text: str,
    instrument_text: str,
    digest: str,
    instrument_digest: str,
    now: datetime,
) -> StudyRecord:
    """Return the study's latest version if it is this very one, else store this as the next."""
    latest = find(tx, key)
    if latest is not None and latest.digest == digest:
        return latest
    values = {
        "key": key,
        "version": 1 if latest is None else latest.version + 1,
        "study_text": study_text,
        "instrument_text": instrument_text,
        "digest": digest,
        "instrument_digest": instrument_digest,
        "status": "live",
        "published_at": now,
    }
    return StudyRecord(**tx.execute(insert(study).values(values).returning(study)).mappings().one())


def find(tx: Transaction, key: str, version: int | None = None) -> StudyRecord | None:
    """Return a study's version, the latest where none is named."""
    query = select(study).where(study.c.key == key).order_by(study.c.version.desc()).limit(1)
    if version is not None:
        query = query.where(study.c.version == version)
    row = tx.execute(query).mappings().one_or_none()
    return None if row is None else StudyRecord(**row)


def every(tx: Transaction) -> tuple[StudyRecord, ...]:
    """Return the latest version of every study, by key."""
    rows = tx.execute(select(study).order_by(study.c.key, study.c.version)).mappings()
    return tuple({row["key"]: StudyRecord(**row) for row in rows}.values())


def set_status(tx: Transaction, key: str, status: Status) -> None:
    """Open or close a study to respondents, in all its versions."""
    tx.execute(update(study).where(study.c.key == key).values(status=status))


def current(tx: Transaction, key: str) -> tuple[int, Status] | None:
    """Return the number of a study's latest version and its status, without its texts."""
    row = tx.execute(_CURRENT, {"which": key}).one_or_none()
    return None if row is None else (row.version, row.status)


def lock(tx: Transaction, key: str) -> None:
    """Let no sitting of a study begin until this transaction ends, and wait for those just beginning."""
    tx.execute(select(study.c.version).where(study.c.key == key).with_for_update())


def lock_field(tx: Transaction, key: str) -> None:
    """Keep others who count a study's field waiting until this transaction ends.

    A writer of SQLite is alone anyway. On PostgreSQL this waits; the study's row itself stays free, so that sittings
    may begin meanwhile.
    """
    if tx.dialect.name == "postgresql":
        tx.execute(select(func.pg_advisory_xact_lock(FIELD_LOCK, func.hashtext(key))))
