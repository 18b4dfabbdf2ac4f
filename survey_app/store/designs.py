"""Studies that are being written: one draft each, saved whole; nobody overwrites what somebody else has saved since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from survey_app.store.database import Transaction
from survey_app.store.tables import design


@dataclass(frozen=True)
class Design:
    """The texts of a study's two files as they were last saved, and what is known of the translations in each."""

    study: str
    study_text: str
    instrument_text: str
    revision: int
    saved_at: datetime
    saved_by: str
    study_records: str = ""
    instrument_records: str = ""


class DesignTakenError(Exception):
    """A study of this key is being written already."""


def create(tx: Transaction, study: str, study_text: str, instrument_text: str, *, by: str, now: datetime) -> None:
    """Store a new draft; raises DesignTakenError."""
    values = {"study": study, "study_text": study_text, "instrument_text": instrument_text, "revision": 1}
    try:
        with tx.begin_nested():
            tx.execute(insert(design).values(**values, saved_at=now, saved_by=by))
    except IntegrityError as error:
        raise DesignTakenError(study) from error


def find(tx: Transaction, study: str) -> Design | None:
    """Return the draft of a study."""
    row = tx.execute(select(design).where(design.c.study == study)).mappings().one_or_none()
    return None if row is None else Design(**row)


def every(tx: Transaction) -> tuple[Design, ...]:
    """Return all drafts by key."""
    return tuple(Design(**row) for row in tx.execute(select(design).order_by(design.c.study)).mappings())


def save(tx: Transaction, changed: Design) -> bool:
    """Save a draft that was read as `changed.revision`; False where it has been saved by somebody since."""
    query = update(design).where(design.c.study == changed.study, design.c.revision == changed.revision)
    values = {
        "study_text": changed.study_text,
        "instrument_text": changed.instrument_text,
        "study_records": changed.study_records,
        "instrument_records": changed.instrument_records,
        "revision": changed.revision + 1,
        "saved_at": changed.saved_at,
        "saved_by": changed.saved_by,
    }
    return tx.execute(query.values(values)).rowcount == 1
