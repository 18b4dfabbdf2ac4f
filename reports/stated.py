"""What customers state of their worth, put into words role by role; selects and words, draws nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.subject import value_of

if TYPE_CHECKING:
    from analysis.findings import Estimate
    from instruments.model import ValueRole
    from reports.subject import Subject

ROLES: tuple[ValueRole, ...] = (
    "spend",
    "share_of_wallet",
    "price_premium",
    "recommendation",
    "contacts",
    "leaving",
)
_SHARES = {"share_of_wallet", "price_premium", "leaving"}


def stated_columns(subject: Subject, stated: dict[ValueRole, Estimate]) -> tuple[ValueRole, ...]:
    """The roles that are known and may be shown, in a fixed order."""
    return tuple(role for role in ROLES if role in stated and subject.shown(stated[role]))


def stated_value(subject: Subject, role: ValueRole, estimate: Estimate) -> str:
    """A stated figure: a share as a percentage, else a number."""
    words = subject.wording
    if not subject.shown(estimate):
        return words.say("number.none")
    if role in _SHARES:
        return words.percent(value_of(estimate))
    return words.number(value_of(estimate), 0 if role == "spend" else 1)


def stated_cell(subject: Subject, role: ValueRole, estimate: Estimate) -> str:
    """A stated figure with its interval in brackets."""
    words = subject.wording
    if not subject.shown(estimate):
        return words.say("number.none")
    digits = 0 if role == "spend" else 1
    interval = words.share_interval(estimate) if role in _SHARES else words.number_range(estimate, digits)
    return words.say("number.with_interval", value=stated_value(subject, role, estimate), interval=interval)
