"""When a field will be done, going on as it does: pure; a guess from two paces, told as a range."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from instruments.study_file import StudyFile
from survey_app.interview.quotas import SOURCE
from survey_app.store.places import CellCounts

DAYS_OF_A_WEEK = 7
# Beyond a year a pace says nothing any more.
LONGEST_DAYS = 365


@dataclass(frozen=True)
class Forecast:
    """How many completes are wanted in all, how many are missing, and in how many days, quick and slow."""

    wanted: int
    missing: int
    soonest: int | None
    latest: int | None


def wanted(file: StudyFile) -> int | None:
    """Return how many completes a study's quotas or sources add up to; None where nothing limits them."""
    totals = [sum(cell.limit for cell in quota.cells) for quota in file.quotas]
    limits = [source.limit for source in file.sources.values()]
    if limits and all(limit is not None for limit in limits):
        totals.append(sum(limit for limit in limits if limit is not None))
    return min(totals, default=None)


def forecast(file: StudyFile, completes: int, recent: tuple[int, int]) -> Forecast | None:
    """Guess the end from the completes of the last day and the last week; None where no number is wanted."""
    total = wanted(file)
    if total is None:
        return None
    missing = max(total - completes, 0)
    paces = sorted(pace for pace in (recent[0], recent[1] / DAYS_OF_A_WEEK) if pace > 0)
    days = [ceil(missing / pace) for pace in paces]
    known = [day for day in days if day <= LONGEST_DAYS]
    return Forecast(total, missing, min(known, default=None), max(known, default=None))


def cell_rows(file: StudyFile, counts: Mapping[tuple[str, int], CellCounts]) -> list[tuple[str, str, int, CellCounts]]:
    """Return every cell of a study's quotas and limits: its quota, its place in words of the file, limit and counts."""
    nothing = CellCounts(0, 0)
    rows = [
        (quota.key, _condition(cell.values), cell.limit, counts.get((quota.key, number), nothing))
        for quota in file.quotas
        for number, cell in enumerate(quota.cells)
    ]
    for key, source in file.sources.items():
        if source.limit is not None:
            rows.append((SOURCE.rstrip(":"), key, source.limit, counts.get((f"{SOURCE}{key}", 0), nothing)))
    return rows


def _condition(values: Mapping[str, object]) -> str:
    return ", ".join(
        f"{name} {value[0]}–{value[-1]}" if isinstance(value, (list, tuple)) else f"{name} {value}"
        for name, value in values.items()
    )
