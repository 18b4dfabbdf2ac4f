"""Erasing: one person's answers and all that hangs on them, or a whole study's; what is gone cannot be brought back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, delete, insert, select, update

from survey_app.store import draws, panel, sittings, studies
from survey_app.store import outbox as messages
from survey_app.store.database import Transaction
from survey_app.store.tables import (
    address,
    answer_page,
    assignment,
    draft,
    invitation,
    outbox,
    panel_entry,
    quota_place,
    sitting,
    sitting_event,
    sitting_review,
    spent_id,
    verbatim_code,
    verbatim_mark,
    withdrawal,
)

_ABOUT_SITTINGS = (
    answer_page,
    draft,
    assignment,
    quota_place,
    panel_entry,
    sitting_event,
    sitting_review,
    verbatim_mark,
)


@dataclass(frozen=True)
class Erased:
    """How much there was of a study that was erased."""

    sittings: int
    panel_ids: int
    addresses: int


def withdraw(tx: Transaction, study: str, code: str, now: datetime, secret_key: str) -> bool:
    """Erase the sitting with this code; False where there is none.

    The day and the study are remembered, and of a panel's id the mark that lets nobody in under it again.
    """
    found = sittings.find_by_code(tx, study, code)
    if found is None:
        return False
    # Before the id: whoever is entering under it holds this lock and waits for the id.
    studies.lock_field(tx, study)
    _forget_invited(tx, invitation.c.sitting == found.id, now)
    panel.forget(tx, found.id, secret_key)
    _erase(tx, select(sitting.c.id).where(sitting.c.id == found.id))
    tx.execute(insert(withdrawal).values(study=study, day=now.date().isoformat()))
    draws.recount(tx, study)
    return True


def erase_study(tx: Transaction, study: str, now: datetime) -> Erased:
    """Erase all answers, ids and addresses of a study."""
    everybody = select(sitting.c.id).where(sitting.c.study == study)
    # Pages under way are waited for, and so is who is entering: a new sitting holds its study's row.
    studies.lock(tx, study)
    tx.execute(everybody.order_by(sitting.c.id).with_for_update())
    addresses = _forget_invited(tx, invitation.c.study == study, now)
    panel_ids = tx.execute(delete(panel_entry).where(panel_entry.c.study == study)).rowcount
    erased = Erased(_erase(tx, everybody), panel_ids, addresses)
    messages.forget(tx, outbox.c.study == study)
    tx.execute(delete(spent_id).where(spent_id.c.study == study))
    tx.execute(delete(verbatim_code).where(verbatim_code.c.study == study))
    draws.recount(tx, study)
    return erased


def withdrawn(tx: Transaction, study: str) -> int:
    """Count the persons who had their answers erased."""
    return len(tx.execute(select(withdrawal.c.id).where(withdrawal.c.study == study)).all())


def _erase(tx: Transaction, ids: Select[tuple[str]]) -> int:
    messages.forget(tx, outbox.c.about.in_(ids))
    for table in _ABOUT_SITTINGS:
        tx.execute(delete(table).where(table.c.sitting.in_(ids)))
    return tx.execute(delete(sitting).where(sitting.c.id.in_(ids))).rowcount


def _forget_invited(tx: Transaction, where: ColumnElement[bool], now: datetime) -> int:
    """Let the links open nothing more and forget where they went; nobody is reminded of what they took back.

    Returns how many addresses there were.
    """
    tokens = select(invitation.c.token).where(where)
    forgotten = tx.execute(delete(address).where(address.c.invitation.in_(tokens))).rowcount
    tx.execute(update(invitation).where(where).values(sitting=None, declined_at=now))
    return forgotten
