"""How often something was tried in a stretch of time, counted for all processes together; old counts are dropped."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from survey_app.store.database import Transaction
from survey_app.store.tables import attempt


def count(tx: Transaction, mark: str, stretch: int) -> int:
    """Count one more attempt; returns how many there were in this stretch, this one included."""
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    one = dialect.insert(attempt).values(mark=mark, stretch=stretch, n=1)
    counted = one.on_conflict_do_update(index_elements=["mark", "stretch"], set_={"n": attempt.c.n + 1})
    return int(tx.execute(counted.returning(attempt.c.n)).scalar_one())


def counted(tx: Transaction, mark: str, stretch: int) -> int:
    """Return how many attempts there were in this stretch."""
    query = select(attempt.c.n).where(attempt.c.mark == mark, attempt.c.stretch == stretch)
    return tx.execute(query).scalar_one_or_none() or 0


def drop(tx: Transaction, kind: str, before: int) -> None:
    """Forget the attempts of one kind in stretches that are over."""
    tx.execute(delete(attempt).where(attempt.c.mark.startswith(f"{kind}:"), attempt.c.stretch < before))
