"""What people did: entries are added and read, never changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import insert, select

from survey_app.store.database import Transaction
from survey_app.store.tables import audit_entry


@dataclass(frozen=True)
class Entry:
    """One action: who, what, about which study and thing, how it was answered (HTTP status), and from where."""

    at: datetime
    actor: str
    action: str
    study: str | None
    subject: str
    outcome: int
    address: str


def add(tx: Transaction, entry: Entry) -> None:
    """Add an entry."""
    tx.execute(insert(audit_entry).values(asdict(entry)))


def latest(tx: Transaction, *, limit: int, study: str | None = None) -> tuple[Entry, ...]:
    """Return the newest entries first."""
    query = select(*_COLUMNS).order_by(audit_entry.c.id.desc()).limit(limit)
    if study is not None:
        query = query.where(audit_entry.c.study == study)
    return tuple(Entry(**row) for row in tx.execute(query).mappings())


def every(tx: Transaction) -> Iterator[Entry]:
    """Give all entries, the oldest first."""
    query = select(*_COLUMNS).order_by(audit_entry.c.id).execution_options(yield_per=1000)
    for row in tx.execute(query).mappings():
        yield Entry(**row)


_COLUMNS = tuple(column for column in audit_entry.c if column.name != "id")
