"""Places in the cells of quotas: held by interviews under way, kept by complete ones, let go of by all others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, delete, func, insert, select, update

from survey_app.interview.quotas import Cell
from survey_app.store.database import Transaction
from survey_app.store.studies import lock_field
from survey_app.store.tables import quota_place


@dataclass(frozen=True)
class CellCounts:
    """How many places of a cell are kept by complete interviews, and held by those under way."""

    completes: int
    under_way: int


def hold(
    tx: Transaction, study: str, sitting_id: str, cells: Sequence[Cell], *, now: datetime, until: datetime
) -> bool:
    """Hold a place in each of the cells for a sitting, in place of those it held; False where one takes no more.

    Counting and holding are one: whoever comes next waits until this transaction ends. Where a cell is full nothing
    is held any more.
    """
    lock_field(tx, study)
    tx.execute(delete(quota_place).where(quota_place.c.sitting == sitting_id, ~quota_place.c.done))
    for cell in cells:
        found = counts(tx, study, cell, now)
        if not cell.takes(found.completes, found.under_way):
            return False
    rows = [
        {
            "sitting": sitting_id,
            "quota": cell.quota,
            "study": study,
            "cell": cell.number,
            "done": False,
            "expires_at": until,
        }
        for cell in cells
    ]
    if rows:
        tx.execute(insert(quota_place), rows)
    return True


def holds(tx: Transaction, sitting_id: str, cells: Sequence[Cell], now: datetime) -> bool:
    """Say whether a sitting still holds a place in each of the cells and in no other."""
    query = select(quota_place.c.quota, quota_place.c.cell).where(
        quota_place.c.sitting == sitting_id, quota_place.c.done | (quota_place.c.expires_at > now)
    )
    held = {(row.quota, row.cell) for row in tx.execute(query)}
    return held == {(cell.quota, cell.number) for cell in cells}


def settle(tx: Transaction, sitting_id: str, *, complete: bool) -> None:
    """Keep the places of a sitting that is complete for good, and let go of those of one that ended otherwise."""
    here = quota_place.c.sitting == sitting_id
    tx.execute(update(quota_place).where(here).values(done=True) if complete else delete(quota_place).where(here))


def counts(tx: Transaction, study: str, cell: Cell, now: datetime) -> CellCounts:
    """Count the places of one cell."""
    done = func.coalesce(func.sum(case((quota_place.c.done, 1), else_=0)), 0)
    under_way = func.coalesce(func.sum(case((~quota_place.c.done & (quota_place.c.expires_at > now), 1), else_=0)), 0)
    query = select(done, under_way).where(
        quota_place.c.study == study, quota_place.c.quota == cell.quota, quota_place.c.cell == cell.number
    )
    completes, waiting = tx.execute(query).one()
    return CellCounts(int(completes), int(waiting))
