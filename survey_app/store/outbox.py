"""What is to be sent out, as rows written with what caused them: sent once, tried again, each try kept in a log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from survey_app.store.database import Transaction
from survey_app.store.tables import outbox, outbox_try

Kind = Literal["callback", "invitation", "reminder", "webhook"]
_LONGEST_OUTCOME = 200


@dataclass(frozen=True)
class Message:
    """One thing to send; `about` is a sitting, an invitation or nothing. No panel id and no address stands in it."""

    id: int
    key: str
    kind: Kind
    study: str
    about: str
    details: Mapping[str, Any]
    queued_at: datetime
    next_at: datetime | None
    tries: int
    sent_at: datetime | None


@dataclass(frozen=True)
class Try:
    """One try to send a message, and what came of it."""

    message: int
    number: int
    tried_at: datetime
    outcome: str


def queue(
    tx: Transaction,
    key: str,
    kind: Kind,
    *,
    study: str,
    about: str,
    now: datetime,
    details: Mapping[str, object] | None = None,
) -> bool:
    """Queue a message under a key; False where one with this key was queued before."""
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    once = dialect.insert(outbox).values(
        key=key, kind=kind, study=study, about=about, details=dict(details or {}), queued_at=now, next_at=now, tries=0
    )
    queued = once.on_conflict_do_nothing(index_elements=["key"]).returning(outbox.c.id)
    return tx.execute(queued).first() is not None


def claim(tx: Transaction, now: datetime, until: datetime) -> Message | None:
    """Take the message that has waited longest, so that no other worker sends it before `until`."""
    oldest = (
        select(outbox.c.id)
        .where(outbox.c.next_at <= now)
        .order_by(outbox.c.next_at)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    taken = update(outbox).where(outbox.c.id == oldest).values(tries=outbox.c.tries + 1, next_at=until)
    row = tx.execute(taken.returning(outbox)).mappings().one_or_none()
    return None if row is None else Message(**row)


def settle(
    tx: Transaction, message: Message, outcome: str, now: datetime, *, sent: bool, again: datetime | None
) -> None:
    """Write down what came of a try; the message is tried again at `again`, never where that is None.

    Nothing is written of a message that was forgotten meanwhile; another one may have its number by then.
    """
    here = select(outbox.c.id).where(outbox.c.id == message.id, outbox.c.key == message.key)
    if tx.execute(here.with_for_update()).first() is None:
        return
    values = {"next_at": again, "sent_at": now if sent else None}
    tx.execute(update(outbox).where(outbox.c.id == message.id, outbox.c.sent_at.is_(None)).values(values))
    row = {"message": message.id, "number": message.tries, "tried_at": now, "outcome": outcome[:_LONGEST_OUTCOME]}
    tx.execute(insert(outbox_try).values(row))


def postpone(tx: Transaction, begins: str, now: datetime, until: datetime) -> None:
    """Let all messages that are due wait whose keys begin so: where one could not be sent, the next cannot either."""
    due = outbox.c.key.startswith(begins, autoescape=True) & (outbox.c.next_at <= now)
    tx.execute(update(outbox).where(due).values(next_at=until))


def again(tx: Transaction, message_id: int, begins: str, now: datetime) -> bool:
    """Send a message once more that was sent or given up; False where there is none that has been settled."""
    settled = (
        (outbox.c.id == message_id) & outbox.c.key.startswith(begins, autoescape=True) & outbox.c.next_at.is_(None)
    )
    return tx.execute(update(outbox).where(settled).values(next_at=now, sent_at=None)).rowcount == 1


def drop(tx: Transaction, begins: str) -> None:
    """Forget all messages whose keys begin so, with their tries."""
    forget(tx, outbox.c.key.startswith(begins, autoescape=True))


def forget(tx: Transaction, where: ColumnElement[bool]) -> None:
    """Forget messages with their tries; one whose try is just being written down is waited for."""
    ids = select(outbox.c.id).where(where)
    tx.execute(ids.order_by(outbox.c.id).with_for_update())
    tx.execute(delete(outbox_try).where(outbox_try.c.message.in_(ids)))
    tx.execute(delete(outbox).where(where))


def find(tx: Transaction, key: str) -> Message | None:
    """Return the message under a key."""
    row = tx.execute(select(outbox).where(outbox.c.key == key)).mappings().one_or_none()
    return None if row is None else Message(**row)


def of_study(tx: Transaction, study: str) -> Sequence[Message]:
    """Return all messages of a study, the oldest first."""
    rows = tx.execute(select(outbox).where(outbox.c.study == study).order_by(outbox.c.id)).mappings()
    return [Message(**row) for row in rows]


def latest(tx: Transaction, begins: str, limit: int) -> Sequence[Message]:
    """Return the messages whose keys begin so, the newest first."""
    query = select(outbox).where(outbox.c.key.startswith(begins, autoescape=True))
    rows = tx.execute(query.order_by(outbox.c.id.desc()).limit(limit)).mappings()
    return [Message(**row) for row in rows]


def tries(tx: Transaction, message_id: int) -> Sequence[Try]:
    """Return the log of a message."""
    query = select(outbox_try).where(outbox_try.c.message == message_id).order_by(outbox_try.c.number)
    return [Try(**row) for row in tx.execute(query).mappings()]
