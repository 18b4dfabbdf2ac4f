"""Links to one brand's report that were handed out: for whom, until when, whether they may update its actions."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import insert, select, update

from survey_app.store.database import Transaction
from survey_app.store.tables import report_link

ID_BYTES = 8


@dataclass(frozen=True)
class ReportLink:
    """One link; `made_for` is the person it was made for, as whoever made it called them."""

    id: str
    study: str
    brand: str
    made_for: str
    may_update: bool
    expires_at: datetime
    made_by: str
    made_at: datetime
    withdrawn_at: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Say whether the link still opens the report."""
        return self.withdrawn_at is None and now < self.expires_at


def new_id() -> str:
    """Return the id of a new link."""
    return secrets.token_hex(ID_BYTES)


def add(tx: Transaction, link: ReportLink) -> None:
    """Keep a link."""
    tx.execute(insert(report_link).values(asdict(link)))


def find(tx: Transaction, link_id: str) -> ReportLink | None:
    """Return a link by its id."""
    row = tx.execute(select(report_link).where(report_link.c.id == link_id)).mappings().one_or_none()
    return None if row is None else ReportLink(**row)


def of_study(tx: Transaction, study: str) -> tuple[ReportLink, ...]:
    """Return the links of a study, newest first."""
    query = select(report_link).where(report_link.c.study == study)
    rows = tx.execute(query.order_by(report_link.c.made_at.desc(), report_link.c.id)).mappings()
    return tuple(ReportLink(**row) for row in rows)


def withdraw(tx: Transaction, study: str, link_id: str, now: datetime) -> None:
    """Let a link open nothing any more; it stays on the list."""
    which = (report_link.c.id == link_id) & (report_link.c.study == study) & report_link.c.withdrawn_at.is_(None)
    tx.execute(update(report_link).where(which).values(withdrawn_at=now))
