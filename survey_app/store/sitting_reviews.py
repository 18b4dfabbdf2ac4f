"""What people decided about single sittings: accepted or rejected, with the reason; the answers stay as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select

from survey_app.store.database import Transaction
from survey_app.store.tables import sitting, sitting_review

VERDICTS = ("accepted", "rejected")


@dataclass(frozen=True)
class Review:
    """One decision."""

    verdict: str
    reason: str
    reviewer: str
    reviewed_at: datetime


def of_study(tx: Transaction, study: str, *, flagged: bool, skip: int, limit: int) -> tuple[Mapping[str, Any], ...]:
    """Return sittings with what was decided about them, the newest first; all of them, or those with a flag."""
    columns = (
        sitting.c.pseudonym,
        sitting.c.status,
        sitting.c.started_at,
        sitting.c.seconds,
        sitting.c.flags,
        sitting.c.source,
        sitting.c.is_simulated,
        sitting_review.c.verdict,
        sitting_review.c.reason,
        sitting_review.c.reviewer,
        sitting_review.c.reviewed_at,
    )
    query = select(*columns).outerjoin(sitting_review).where(sitting.c.study == study, ~sitting.c.is_test)
    if flagged:
        query = query.where(sitting.c.flags.is_not(None), sitting.c.flags != "")
    rows = tx.execute(query.order_by(sitting.c.saved_at.desc()).offset(skip).limit(limit)).mappings()
    return tuple(dict(row) for row in rows)


def review(tx: Transaction, study: str, pseudonym: str, given: Review) -> bool:
    """Store a decision in place of the one before; False where the study has no such sitting."""
    query = select(sitting.c.id).where(sitting.c.study == study, sitting.c.pseudonym == pseudonym)
    found = tx.execute(query).scalar_one_or_none()
    if found is None:
        return False
    tx.execute(delete(sitting_review).where(sitting_review.c.sitting == found))
    tx.execute(insert(sitting_review).values(sitting=found, **asdict(given)))
    return True


def rejected(tx: Transaction, study: str) -> frozenset[str]:
    """Return the pseudonyms of a study's rejected sittings."""
    query = (
        select(sitting.c.pseudonym)
        .join(sitting_review)
        .where(sitting.c.study == study, sitting_review.c.verdict == "rejected")
    )
    return frozenset(tx.execute(query).scalars())
