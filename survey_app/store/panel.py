"""The ids by which panels know their respondents: each enters a study once; kept apart from answers, and emptied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from survey_app.store.database import Transaction
from survey_app.store.tables import panel_entry

_OF_SITTING = select(panel_entry).where(panel_entry.c.sitting == bindparam("which"))


@dataclass(frozen=True)
class PanelEntry:
    """Who came from a source under which id, and the further parameters that go back with the id."""

    study: str
    source: str
    uid: str
    sitting: str
    kept: Mapping[str, str]


def enter(tx: Transaction, entry: PanelEntry) -> bool:
    """Note that an id has entered; False where it has been here before, whoever else tries at the same moment."""
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    once = dialect.insert(panel_entry).values(
        study=entry.study, source=entry.source, uid=entry.uid, sitting=entry.sitting, kept=dict(entry.kept)
    )
    return tx.execute(once.on_conflict_do_nothing().returning(panel_entry.c.uid)).first() is not None


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


def empty(tx: Transaction, study: str) -> int:
    """Erase all ids of a study; returns how many there were."""
    return tx.execute(delete(panel_entry).where(panel_entry.c.study == study)).rowcount
