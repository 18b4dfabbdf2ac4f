"""Actions that were agreed on after a report: what is said of each is added to what was said before, never changed."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import insert, select

from survey_app.store.database import Transaction
from survey_app.store.tables import action_entry

KEY_BYTES = 8


@dataclass(frozen=True)
class Entry:
    """What somebody said of an action at one time; the newest entry is how it stands."""

    study: str
    brand: str
    action: str
    title: str
    owner: str
    due: date | None
    status: str
    note: str
    actor: str
    at: datetime


def new_key() -> str:
    """Return the key of an action that nobody has agreed on before."""
    return secrets.token_hex(KEY_BYTES)


def add(tx: Transaction, entry: Entry) -> None:
    """Add an entry."""
    due = entry.due.isoformat() if entry.due else None
    tx.execute(insert(action_entry).values(asdict(entry) | {"due": due}))


def of_brand(tx: Transaction, study: str, brand: str) -> dict[str, tuple[Entry, ...]]:
    """Return the entries on each action of a brand, oldest first; actions in the order they were agreed on."""
    return _by_action(tx, study, brand).get(brand, {})


def of_study(tx: Transaction, study: str) -> dict[str, dict[str, tuple[Entry, ...]]]:
    """Return the same for every brand that has actions."""
    return _by_action(tx, study, None)


def _by_action(tx: Transaction, study: str, brand: str | None) -> dict[str, dict[str, tuple[Entry, ...]]]:
    query = select(*_COLUMNS).where(action_entry.c.study == study).order_by(action_entry.c.id)
    if brand is not None:
        query = query.where(action_entry.c.brand == brand)
    found: dict[str, dict[str, tuple[Entry, ...]]] = {}
    for row in tx.execute(query).mappings():
        entry = Entry(**{**row, "due": date.fromisoformat(row["due"]) if row["due"] else None})
        actions = found.setdefault(entry.brand, {})
        actions[entry.action] = (*actions.get(entry.action, ()), entry)
    return found


_COLUMNS = tuple(column for column in action_entry.c if column.name != "id")
