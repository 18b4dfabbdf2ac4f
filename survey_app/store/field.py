"""Figures of a study's fieldwork: how many came, how far they went, which brands they rated; trial runs left out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from statistics import median

from sqlalchemy import ColumnElement, func, select

from survey_app.store.database import Transaction
from survey_app.store.sittings import Status, count_by_status
from survey_app.store.tables import assignment, sitting


@dataclass(frozen=True)
class FieldFigures:
    """Counts of sittings; languages, brands and minutes are of complete ones."""

    by_status: dict[Status, int]
    n_simulated: int
    by_language: dict[str, int]
    by_brand: dict[str, int]
    median_minutes: float | None
    last_answer: datetime | None

    @property
    def n_sittings(self) -> int:
        """How many sittings there are in all."""
        return sum(self.by_status.values())


def field_figures(tx: Transaction, study: str) -> FieldFigures:
    """Return the figures of a study as they stand."""
    here = (sitting.c.study == study) & ~sitting.c.is_test
    complete = here & (sitting.c.status == "complete")
    languages = select(sitting.c.language, func.count().label("n")).where(complete).group_by(sitting.c.language)
    brands = (
        select(assignment.c.brand, func.count().label("n"))
        .join(sitting, sitting.c.id == assignment.c.sitting)
        .where(complete)
        .group_by(assignment.c.brand)
    )
    return FieldFigures(
        by_status=count_by_status(tx, study),
        n_simulated=tx.execute(select(func.count()).where(here, sitting.c.is_simulated)).scalar_one(),
        by_language={row.language: row.n for row in tx.execute(languages)},
        by_brand={row.brand: row.n for row in tx.execute(brands)},
        median_minutes=_median_minutes(tx, complete),
        last_answer=tx.execute(select(func.max(sitting.c.saved_at)).where(here)).scalar_one(),
    )


def _median_minutes(tx: Transaction, complete: ColumnElement[bool]) -> float | None:
    """Return the median of the time from start to end; SQL has no median that all databases know."""
    query = select(sitting.c.started_at, sitting.c.ended_at).where(complete, sitting.c.ended_at.is_not(None))
    minutes = [(ended - started).total_seconds() / 60 for started, ended in tx.execute(query)]
    return median(minutes) if minutes else None
