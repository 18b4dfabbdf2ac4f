"""The ids by which panels know their respondents: each enters a study once; kept apart from answers, and emptied.

Of an id that was erased a mark is left, made with the instance's key, so that it enters no second time.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from survey_app.store.database import Transaction
from survey_app.store.tables import panel_entry, spent_id

_OF_SITTING = select(panel_entry).where(panel_entry.c.sitting == bindparam("which"))


@dataclass(frozen=True)
class PanelEntry:
    """Who came from a source under which id, and the further parameters that go back with the id."""

    study: str
    source: str
    uid: str
    sitting: str
    kept: Mapping[str, str]


def enter(tx: Transaction, entry: PanelEntry, secret_key: str) -> bool:
    """Note that an id has entered; False where it has been here before, whoever else tries at the same moment."""
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    once = dialect.insert(panel_entry).values(
        study=entry.study, source=entry.source, uid=entry.uid, sitting=entry.sitting, kept=dict(entry.kept)
    )
    if tx.execute(once.on_conflict_do_nothing().returning(panel_entry.c.uid)).first() is None:
        return False
    # Looked up only now: an id that is just being erased keeps the row above waiting until its mark is there.
    mark = _mark(secret_key, entry.study, entry.source, entry.uid)
    spent = select(spent_id.c.mark).where(spent_id.c.study == entry.study, spent_id.c.mark == mark)
    return tx.execute(spent).first() is None


def find(tx: Transaction, study: str, source: str, uid: str) -> PanelEntry | None:
    """Return the entry under an id."""
    query = select(panel_entry).where(
        panel_entry.c.study == study, panel_entry.c.source == source, panel_entry.c.uid == uid
    )
    row = tx.execute(query).mappings().one_or_none()
    return None if row is None else PanelEntry(**row)


def of_sitting(tx: Transaction, sitting_id: str) -> PanelEntry | None:
    """Return under which id a sitting entered; None for those of no panel, and after ids were emptied."""
    row = tx.execute(_OF_SITTING, {"which": sitting_id}).mappings().one_or_none()
    return None if row is None else PanelEntry(**row)


def empty(tx: Transaction, study: str, secret_key: str) -> int:
    """Erase all ids of a study but for their marks; returns how many there were."""
    return _erase(tx, panel_entry.c.study == study, secret_key)


def forget(tx: Transaction, sitting_id: str, secret_key: str) -> None:
    """Erase the id under which a sitting entered, but for its mark."""
    _erase(tx, panel_entry.c.sitting == sitting_id, secret_key)


def _erase(tx: Transaction, where: ColumnElement[bool], secret_key: str) -> int:
    gone = delete(panel_entry).where(where).returning(panel_entry.c.study, panel_entry.c.source, panel_entry.c.uid)
    marks = [{"study": study, "mark": _mark(secret_key, study, *known)} for study, *known in tx.execute(gone)]
    if marks:
        dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
        tx.execute(dialect.insert(spent_id).on_conflict_do_nothing(), marks)
    return len(marks)


def _mark(secret_key: str, study: str, source: str, uid: str) -> str:
    """Return what stands for an id where the id itself must not stand; differs from study to study."""
    return hmac.new(secret_key.encode(), f"panel id {study} {source} {uid}".encode(), hashlib.sha256).hexdigest()
