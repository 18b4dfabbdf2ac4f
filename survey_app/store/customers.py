"""Finds one respondent by a key that a company knows: a panel's id, or the pseudonym of the exports."""

from __future__ import annotations

from sqlalchemy import or_, select

from survey_app.store.database import Transaction
from survey_app.store.tables import panel_entry, sitting


def pseudonym(tx: Transaction, study: str, key: str) -> str | None:
    """Return the pseudonym of the study's respondent with a key; None where nobody has it, or several have."""
    entered = select(panel_entry.c.sitting).where(panel_entry.c.study == study, panel_entry.c.uid == key)
    query = select(sitting.c.pseudonym).where(
        sitting.c.study == study, ~sitting.c.is_test, or_(sitting.c.pseudonym == key, sitting.c.id.in_(entered))
    )
    found = tx.execute(query.limit(2)).scalars().all()
    return found[0] if len(found) == 1 else None
