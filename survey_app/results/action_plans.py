"""What is agreed on after a report: taken on, brought up to date, handed to the next report; knows no Flask."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from reports.planned import FUNCTIONS, STATUSES
from survey_app.errors import WrongUseError
from survey_app.store import Store, action_plans
from survey_app.store.action_plans import Entry

LONGEST_TITLE, LONGEST_NOTE = 300, 2000
MOST_ACTIONS = 50


class RefusedActionError(WrongUseError):
    """What was said of an action cannot be kept; `field` tells where it is wrong."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


@dataclass(frozen=True)
class Said:
    """What somebody says of an action, as it was typed; `actor` is who says it."""

    title: str
    owner: str
    due: str
    status: str
    note: str
    actor: str


def plan_of(store: Store, study: str, brand: str) -> Sequence[Sequence[Entry]]:
    """Return the actions of a brand, each as its history, oldest entry first."""
    with store.reading() as tx:
        return tuple(action_plans.of_brand(tx, study, brand).values())


def take_on(store: Store, study: str, brand: str, said: Said) -> None:
    """Agree on a new action."""
    with store.transaction() as tx:
        if len(action_plans.of_brand(tx, study, brand)) >= MOST_ACTIONS:
            raise RefusedActionError("many")
        action_plans.add(tx, _entry(study, brand, action_plans.new_key(), said))


def bring_up_to_date(store: Store, study: str, brand: str, action: str, said: Said) -> bool:
    """Add what is new on an action; False where the brand has no such action. What was said before stays."""
    with store.transaction() as tx:
        history = action_plans.of_brand(tx, study, brand).get(action)
        if history is None:
            return False
        entry = _entry(study, brand, action, said)
        if _content(entry) != _content(history[-1]):
            action_plans.add(tx, entry)
    return True


def dumped(store: Store, *studies: str) -> bytes:
    """Return the actions of brands as they stand, for `plan_files.read_plans`; nothing where there are none."""
    plans: dict[str, list[dict[str, str | None]]] = {}
    with store.reading() as tx:
        for study in dict.fromkeys(studies):
            for brand, actions in action_plans.of_study(tx, study).items():
                plans.setdefault(brand, []).extend(_content(history[-1]) for history in actions.values())
    return json.dumps(plans, ensure_ascii=False, sort_keys=True).encode() if plans else b""


def _content(entry: Entry) -> dict[str, str | None]:
    due = entry.due.isoformat() if entry.due else None
    return {"title": entry.title, "owner": entry.owner, "due": due, "status": entry.status, "note": entry.note}


def _entry(study: str, brand: str, action: str, said: Said) -> Entry:
    """What was typed, as it is kept; whatever is wrong with it is refused."""
    title, note = (" ".join(text.split()) for text in (said.title, said.note))
    if not title or len(title) > LONGEST_TITLE:
        raise RefusedActionError("title")
    if len(note) > LONGEST_NOTE:
        raise RefusedActionError("note")
    owner, status = _one_of(said.owner, FUNCTIONS, "owner"), _one_of(said.status, STATUSES, "status")
    now = datetime.now(UTC)
    return Entry(study, brand, action, title, owner, _day(said.due), status, note, said.actor, now)


def _one_of(value: str, known: Sequence[str], field: str) -> str:
    if value not in known:
        raise RefusedActionError(field)
    return value


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise RefusedActionError("due") from None
