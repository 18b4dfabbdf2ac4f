"""What people agreed to do after the report before, and how far that is; the report quotes it and judges nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from datetime import date

Status = Literal["open", "in_work", "done", "dropped"]
Function = Literal["marketing", "service", "operations", "it", "hr", "finance", "legal"]

STATUSES: tuple[Status, ...] = get_args(Status)
FUNCTIONS: tuple[Function, ...] = get_args(Function)


@dataclass(frozen=True)
class PlannedAction:
    """An action in the words of those who took it on: who does it, by which day, how far it is, and a note."""

    title: str
    owner: Function
    due: date | None
    status: Status
    note: str = ""
