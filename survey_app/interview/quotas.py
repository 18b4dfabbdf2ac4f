"""Which cells of quotas a respondent belongs to, and whether a cell takes one more: pure; counts and stores nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from instruments.fieldwork import Quota, Source
from instruments.logic import Answer

SOURCE = "source:"
"""How the limit of a source is told from the quotas of a study, whose keys hold no colon."""


@dataclass(frozen=True)
class Cell:
    """One cell: it takes `limit` completes, and `margin` more that were under way when the limit was reached."""

    quota: str
    number: int
    limit: int
    margin: int = 0

    def takes(self, completes: int, under_way: int) -> bool:
        """Say whether one more may go on, next to those complete and those under way without this one.

        Nobody begins once the limit is reached. Completes never exceed limit + margin, since completes and places
        held together never do.
        """
        return completes < self.limit and completes + under_way < self.limit + self.margin


def cells_of(quotas: Sequence[Quota], sources: Mapping[str, Source], known: Mapping[str, Answer]) -> tuple[Cell, ...]:
    """Return the cells that a person is known to belong to, in the order in which places are to be taken."""
    cells = []
    source = str(known.get("source", ""))
    limit = sources[source].limit if source in sources else None
    if limit is not None:
        cells.append(Cell(f"{SOURCE}{source}", 0, limit))
    for quota in quotas:
        number = quota.cell(known)
        if number is not None:
            cells.append(Cell(quota.key, number, quota.cells[number].limit, quota.margin))
    return tuple(cells)
