"""Signs of careless answering that show while a sitting is under way: pure; flags, and drops nobody.

Each is weak by itself: people who know the questions are quick, and some do agree with everything. A study's file
says from how many flags on a sitting ends as `quality_fail`; unless it does, flags are only kept with the answers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median

from instruments.fieldwork import QualityFlag
from instruments.model import Code, Instrument
from survey_app.store.sittings import SavedPage, latest_visits, seconds_spent

# Nobody reads an item and answers it in less, at the median of pages with at least so many items.
SECONDS_PER_ITEM = 1.0
FEWEST_ITEMS = 5
# One answer to so many items of a page is a straight line where some of them are turned round.
FEWEST_IN_LINE = 8


@dataclass(frozen=True)
class Watched:
    """What of a questionnaire tells careless answering: items with a stated answer, and items that are turned round."""

    attention: Mapping[str, Code] = field(default_factory=dict)
    turned: frozenset[str] = frozenset()

    @classmethod
    def of(cls, instrument: Instrument) -> Watched:
        """Read what a questionnaire gives to watch."""
        asked = {item.name: item.attention for item in instrument.items() if item.attention is not None}
        items = (item for scale in instrument.scales.values() for item in scale.items)
        return cls(asked, frozenset(item.name for item in items if item.reversed))


def flags(watched: Watched, pages: Sequence[SavedPage], started_at: datetime) -> tuple[QualityFlag, ...]:
    """Return the flags of a sitting from all visits of its pages, the oldest first."""
    latest = latest_visits(pages).values()
    found: tuple[tuple[QualityFlag, bool], ...] = (
        ("speeding", _sped(pages, started_at)),
        ("straight_lining", _in_line(watched, latest)),
        ("attention", _inattentive(watched, latest)),
    )
    return tuple(flag for flag, there in found if there)


def _sped(pages: Sequence[SavedPage], started_at: datetime) -> bool:
    paces = [
        seconds / len(page.payload)
        for page, seconds in seconds_spent(pages, started_at)
        if page.visit == 1 and len(page.payload) >= FEWEST_ITEMS
    ]
    return bool(paces) and median(paces) < SECONDS_PER_ITEM


def _in_line(watched: Watched, pages: Collection[SavedPage]) -> bool:
    """Say whether every page that could show a straight line does."""
    lines = []
    for page in pages:
        given = {_name(variable): answer for variable, answer in page.payload.items() if isinstance(answer, int)}
        if len(given) >= FEWEST_IN_LINE and not watched.turned.isdisjoint(given):
            lines.append(len(set(given.values())) == 1)
    return bool(lines) and all(lines)


def _inattentive(watched: Watched, pages: Collection[SavedPage]) -> bool:
    """Say whether an item that states its own answer was answered otherwise."""
    return any(
        watched.attention.get(_name(variable), answer) != answer
        for page in pages
        for variable, answer in page.payload.items()
    )


def _name(variable: str) -> str:
    return variable.partition("@")[0]
