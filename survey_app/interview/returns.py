"""Leads respondents back to where they came from: the exit of their source, and the call that tells its server."""

from __future__ import annotations

from datetime import datetime

from survey_app.interview.field_rules import FieldRules
from survey_app.interview.sources import SecretOf, callback_address, exit_address
from survey_app.store import Transaction, outbox, panel
from survey_app.store.sittings import Sitting

OUTCOMES_TOLD = ("complete", "screened_out", "quota_full", "quality_fail")


def way_back(tx: Transaction, rules: FieldRules, sitting: Sitting, secret_of: SecretOf) -> str | None:
    """Return the address of the exit of a finished sitting; the same however often it is asked for."""
    source = rules.sources.get(sitting.source or "open")
    if source is None or not sitting.is_finished:
        return None
    entry = panel.of_sitting(tx, sitting.id)
    if entry is None:
        return exit_address(source, sitting.status, "", {}, secret_of) if source.id is None else None
    return exit_address(source, sitting.status, entry.uid, entry.kept, secret_of)


def queue_call(tx: Transaction, rules: FieldRules, sitting: Sitting, now: datetime) -> None:
    """Queue the call to the panel's server, once for each sitting, in the transaction that ended it."""
    source = rules.sources.get(sitting.source or "open")
    if source is not None and source.callback is not None and sitting.status in OUTCOMES_TOLD:
        outbox.queue(tx, f"callback:{sitting.id}", "callback", study=sitting.study, about=sitting.id, now=now)


def call_address(tx: Transaction, rules: FieldRules, sitting: Sitting, secret_of: SecretOf) -> str | None:
    """Return the address of the call; None where the panel's ids have been erased meanwhile."""
    entry = panel.of_sitting(tx, sitting.id)
    source = rules.sources.get(sitting.source or "open")
    if entry is None or source is None:
        return None
    return callback_address(source, sitting.status, entry.uid, entry.kept, secret_of)
