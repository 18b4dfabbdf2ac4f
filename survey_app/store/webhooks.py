"""Where a study's events are told, as rows; secrets are stored nowhere, and nothing is sent from here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select

from survey_app.store.database import Transaction
from survey_app.store.tables import webhook


@dataclass(frozen=True)
class Webhook:
    """One address that is told of a study's events; `nonce` is what its secret is made of, with the instance's key."""

    id: int
    study: str
    address: str
    events: list[str]
    nonce: str
    made_by: str
    made_at: datetime


def add(
    tx: Transaction, study: str, *, address: str, events: list[str], nonce: str, made_by: str, now: datetime
) -> Webhook:
    """Store a webhook."""
    values = {
        "study": study,
        "address": address,
        "events": events,
        "nonce": nonce,
        "made_by": made_by,
        "made_at": now,
    }
    return Webhook(**tx.execute(insert(webhook).values(values).returning(webhook)).mappings().one())


def find(tx: Transaction, webhook_id: int) -> Webhook | None:
    """Return a webhook."""
    row = tx.execute(select(webhook).where(webhook.c.id == webhook_id)).mappings().one_or_none()
    return None if row is None else Webhook(**row)


def of_study(tx: Transaction, study: str) -> tuple[Webhook, ...]:
    """Return a study's webhooks, the oldest first."""
    rows = tx.execute(select(webhook).where(webhook.c.study == study).order_by(webhook.c.id)).mappings()
    return tuple(Webhook(**row) for row in rows)


def remove(tx: Transaction, webhook_id: int) -> None:
    """Forget a webhook."""
    tx.execute(delete(webhook).where(webhook.c.id == webhook_id))
