"""Figures of a study's fieldwork, in a few looks at indexes however many sittings there are; trial runs left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select

from survey_app.interview.statuses import STATUSES, Status
from survey_app.store.database import Transaction
from survey_app.store.places import CellCounts
from survey_app.store.tables import brand_tally, quota_place, sitting

DAY, WEEK = timedelta(days=1), timedelta(days=7)
LEFT: tuple[Status, ...] = ("partial", "timed_out")


@dataclass(frozen=True)
class FieldFigures:
    """Counts of sittings; languages, brands, flags and minutes are of complete ones.

    `drop_off` counts those who have not finished by the last page they sent, `recent` completes of a day and a week.
    `by_origin` counts by source and country; both are empty where nobody knows.
    """

    by_status: Mapping[Status, int]
    n_simulated: int
    by_language: Mapping[str, int]
    by_brand: Mapping[str, int]
    median_minutes: float | None
    last_answer: datetime | None
    by_origin: Mapping[tuple[str, str], Mapping[Status, int]] = field(default_factory=dict)
    drop_off: Mapping[str, int] = field(default_factory=dict)
    flags: Mapping[str, int] = field(default_factory=dict)
    recent: tuple[int, int] = (0, 0)
    cells: Mapping[tuple[str, int], CellCounts] = field(default_factory=dict)

    @property
    def by_source(self) -> dict[str, Counter[Status]]:
        """Counts by source alone."""
        return self._together(0)

    @property
    def by_country(self) -> dict[str, Counter[Status]]:
        """Counts by country alone."""
        return self._together(1)

    def _together(self, part: int) -> dict[str, Counter[Status]]:
        counts: dict[str, Counter[Status]] = {}
        for origin, by_status in self.by_origin.items():
            counts.setdefault(origin[part], Counter()).update(by_status)
        return counts

    @property
    def n_sittings(self) -> int:
        """How many sittings there are in all."""
        return sum(self.by_status.values())


def field_figures(tx: Transaction, study: str, now: datetime) -> FieldFigures:
    """Return the figures of a study as they stand."""
    here = (sitting.c.study == study) & ~sitting.c.is_test
    by_status: Counter[Status] = Counter(dict.fromkeys(STATUSES, 0))
    by_language: Counter[str] = Counter()
    drop_off: Counter[str] = Counter()
    by_origin: dict[tuple[str, str], Counter[Status]] = {}
    n_simulated = 0
    for row in tx.execute(_grouped(here)):
        by_status[row.status] += row.n
        by_origin.setdefault((row.source or "", row.country or ""), Counter())[row.status] += row.n
        n_simulated += row.n if row.is_simulated else 0
        if row.status == "complete":
            by_language[row.language] += row.n
        elif row.status in LEFT and row.last_screen:
            drop_off[row.last_screen] += row.n
    return FieldFigures(
        by_status=by_status,
        n_simulated=n_simulated,
        by_language=by_language,
        by_brand=_by_brand(tx, study),
        median_minutes=_median_minutes(tx, here, by_status["complete"]),
        last_answer=tx.execute(select(func.max(sitting.c.saved_at)).where(here)).scalar_one(),
        by_origin=by_origin,
        drop_off=drop_off,
        flags=_flags(tx, here),
        recent=(_completes(tx, here, now - DAY), _completes(tx, here, now - WEEK)),
        cells=_cells(tx, study, now),
    )


def _grouped(here: ColumnElement[bool]) -> Select[Any]:
    # In the order of the index ix_sitting_field, which holds all of it.
    told = ("status", "source", "country", "language", "is_simulated", "last_screen")
    parts = [sitting.c[name] for name in told]
    return select(*parts, func.count().label("n")).where(here).group_by(*parts)


def _by_brand(tx: Transaction, study: str) -> dict[str, int]:
    query = (
        select(brand_tally.c.brand, func.sum(brand_tally.c.n).label("n"))
        .where(brand_tally.c.study == study, brand_tally.c.beside == "")
        .group_by(brand_tally.c.brand)
    )
    return {row.brand: int(row.n) for row in tx.execute(query)}


def _median_minutes(tx: Transaction, here: ColumnElement[bool], complete: int) -> float | None:
    """Return the median time from start to end: the middle of the index, or the mean of its two middles."""
    if not complete:
        return None
    middle = select(sitting.c.seconds).where(here, sitting.c.status == "complete").order_by(sitting.c.seconds)
    two = 1 if complete % 2 else 2
    found = tx.execute(middle.offset((complete - 1) // 2).limit(two)).scalars()
    seconds = [value for value in found if value is not None]
    return sum(seconds) / len(seconds) / 60 if seconds else None


def _completes(tx: Transaction, here: ColumnElement[bool], since: datetime) -> int:
    query = select(func.count()).where(here, sitting.c.status == "complete", sitting.c.saved_at > since)
    return tx.execute(query).scalar_one()


def _flags(tx: Transaction, here: ColumnElement[bool]) -> dict[str, int]:
    """Count the flags of complete sittings; one sitting may have several."""
    query = (
        select(sitting.c.flags, func.count().label("n"))
        .where(here, sitting.c.flags.is_not(None), sitting.c.flags != "")
        .group_by(sitting.c.flags)
    )
    counts: Counter[str] = Counter()
    for row in tx.execute(query):
        counts.update(dict.fromkeys(row.flags.split(), row.n))
    return counts


def _cells(tx: Transaction, study: str, now: datetime) -> dict[tuple[str, int], CellCounts]:
    held = ~quota_place.c.done & (quota_place.c.expires_at > now)
    query = (
        select(
            quota_place.c.quota,
            quota_place.c.cell,
            func.sum(case((quota_place.c.done, 1), else_=0)).label("completes"),
            func.sum(case((held, 1), else_=0)).label("under_way"),
        )
        .where(quota_place.c.study == study)
        .group_by(quota_place.c.quota, quota_place.c.cell)
    )
    return {(row.quota, row.cell): CellCounts(int(row.completes), int(row.under_way)) for row in tx.execute(query)}
