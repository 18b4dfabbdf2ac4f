"""What becomes of a sitting: its statuses, and the one table that says which follows from what; stores nothing."""

from __future__ import annotations

from typing import Literal, get_args

Status = Literal[
    "started",
    "partial",
    "complete",
    "screened_out",
    "quota_full",
    "quality_fail",
    "timed_out",
    "duplicate",
]
Event = Literal["saved", "complete", "screened_out", "quota_full", "quality_fail", "left", "seen_before"]

STATUSES: tuple[Status, ...] = get_args(Status)
# Somebody who left may come back by link or code and goes on; what was answered is there.
UNFINISHED: tuple[Status, ...] = ("started", "partial", "timed_out")
FINISHED: tuple[Status, ...] = tuple(status for status in STATUSES if status not in UNFINISHED)

_AFTER: dict[Event, Status] = {
    "saved": "partial",
    "complete": "complete",
    "screened_out": "screened_out",
    "quota_full": "quota_full",
    "quality_fail": "quality_fail",
    "left": "timed_out",
    "seen_before": "duplicate",
}


class NoSuchTurnError(ValueError):
    """An event that cannot happen to a sitting of this status: a mistake of ours."""


def after(status: Status, event: Event) -> Status:
    """Return the status that follows; a finished sitting stays as it is, however often its end is reported."""
    if status in FINISHED:
        return status
    if event == "seen_before" and status != "started":
        raise NoSuchTurnError(f"a sitting that is {status!r} has been let in already")
    return _AFTER[event]
