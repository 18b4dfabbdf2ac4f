"""Webhooks: which events a study tells to other servers, what is said and how it is signed; calls nobody itself.

The body is JSON. The header `Relata-Signature` is `t=SECONDS,v1=DIGITS`: seconds since 1970 when it was sent, and the
hexadecimal HMAC-SHA256, under the webhook's secret, of these seconds, a full stop and the body byte for byte. An event
keeps its `id`, which the header `Relata-Event-Id` repeats, however often it is sent.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from survey_app.design.publishing import published
from survey_app.store import Store, Transaction, outbox, sittings, studies, webhooks
from survey_app.store.outbox import Message, Try
from survey_app.store.sittings import Sitting
from survey_app.store.studies import Status
from survey_app.store.webhooks import Webhook

Event = Literal["complete", "screened_out", "quota_full", "study_closed", "analysis_finished", "report_ready"]
EVENTS: tuple[Event, ...] = get_args(Event)
TRIAL = "trial"
SIGNATURE_HEADER, EVENT_HEADER = "Relata-Signature", "Relata-Event-Id"
SECRET_PREFIX = "whsec_"  # noqa: S105 - what every secret begins with
MOST_OF_STUDY, LONGEST_ADDRESS, LOG_LENGTH = 10, 500, 50
_NONCE_BYTES, _ID_LENGTH = 16, 32


class TooManyError(Exception):
    """A study has as many webhooks as it may have."""


@dataclass(frozen=True)
class Delivery:
    """One message of a webhook as its log shows it, with the tries made so far, the first one first."""

    id: int
    event_id: str
    event: str
    queued_at: datetime
    state: Literal["sent", "waiting", "given_up"]
    next_at: datetime | None
    tries: Sequence[Try]


def make(
    store: Store, secret_key: str, study: str, *, address: str, events: Sequence[str], by: str, now: datetime
) -> tuple[Webhook, str]:
    """Store a webhook and return it with its secret, which cannot be asked for again; raises TooManyError."""
    chosen: list[str] = [event for event in EVENTS if event in events]
    nonce = secrets.token_hex(_NONCE_BYTES)
    with store.transaction() as tx:
        if len(webhooks.of_study(tx, study)) >= MOST_OF_STUDY:
            raise TooManyError(study)
        made = webhooks.add(tx, study, address=address, events=chosen, nonce=nonce, made_by=by[:254], now=now)
    return made, secret_of(secret_key, made)


def remove(tx: Transaction, hook: Webhook) -> None:
    """Forget a webhook, and what was still to be sent to it."""
    outbox.drop(tx, _begins(hook.id))
    webhooks.remove(tx, hook.id)


def secret_of(secret_key: str, hook: Webhook) -> str:
    """Return the secret that signs for a webhook; who has the database alone cannot make it."""
    message = f"webhook {hook.id} {hook.nonce}".encode()
    return f"{SECRET_PREFIX}{hmac.new(secret_key.encode(), message, hashlib.sha256).hexdigest()}"


def tell_sitting(tx: Transaction, sitting: Sitting, now: datetime) -> None:
    """Tell how a sitting ended, once; invented respondents are told to nobody."""
    if sitting.status in EVENTS and not sitting.is_simulated:
        _tell(tx, sitting.study, sitting.status, sitting.id, now, about=sitting.id)


def open_or_close(tx: Transaction, study: str, status: Status, now: datetime) -> None:
    """Open a study to respondents or close it, and tell where it was open before."""
    before = studies.current(tx, study)
    studies.set_status(tx, study, status)
    if status == "closed" and before is not None and before[1] == "live":
        _tell(tx, study, "study_closed", now.isoformat(), now, facts={"version": before[0]})


def tell_analysis(tx: Transaction, study: str, run: int, state: str, now: datetime) -> None:
    """Tell how an analysis ended."""
    _tell(tx, study, "analysis_finished", f"run {run}", now, facts={"run": run, "state": state})


def tell_reports(tx: Transaction, study: str, run: int, reports: Sequence[Mapping[str, str]], now: datetime) -> None:
    """Tell which reports there are now, by brand and language."""
    _tell(tx, study, "report_ready", f"run {run}", now, facts={"run": run, "reports": list(reports)})


def try_out(tx: Transaction, hook: Webhook, now: datetime) -> None:
    """Send a trial that says nothing but that it is one."""
    _queue(tx, hook, TRIAL, secrets.token_hex(_NONCE_BYTES), now)


def send_again(tx: Transaction, hook: Webhook, message_id: int, now: datetime) -> bool:
    """Send a message of this webhook again under its old id; False where it is not there or still to be sent."""
    return outbox.again(tx, message_id, _begins(hook.id), now)


def wait(tx: Transaction, message: Message, now: datetime, until: datetime) -> None:
    """Let what is due for the same address wait as well, so that one that hangs holds nothing else up."""
    outbox.postpone(tx, _begins(message.details["webhook"]), now, until)


def find(tx: Transaction, study: str, webhook_id: int) -> Webhook | None:
    """Return a webhook of this study; those of others are not found."""
    found = webhooks.find(tx, webhook_id)
    return found if found and found.study == study else None


def of_study(tx: Transaction, study: str) -> tuple[Webhook, ...]:
    """Return a study's webhooks, the oldest first."""
    return webhooks.of_study(tx, study)


def log(tx: Transaction, hook: Webhook) -> tuple[Delivery, ...]:
    """Return what was sent to a webhook lately or is to be sent, the newest first."""
    return tuple(
        Delivery(
            message.id,
            _event_id(message),
            message.details["event"],
            message.queued_at,
            "sent" if message.sent_at else "waiting" if message.next_at else "given_up",
            message.next_at,
            outbox.tries(tx, message.id),
        )
        for message in outbox.latest(tx, _begins(hook.id), LOG_LENGTH)
    )


def body(tx: Transaction, message: Message) -> bytes | None:
    """Return what is said, the same however often it is asked for; None where the respondent has been erased."""
    details = message.details
    sitting = sittings.find(tx, message.about) if message.about else None
    if message.about and sitting is None:
        return None
    told = {
        "id": _event_id(message),
        "event": details["event"],
        "study": message.study,
        "at": message.queued_at.isoformat(timespec="seconds"),
        "simulated": details["simulated"],
        "data": _facts(sitting) if sitting else details["facts"],
    }
    return json.dumps(told, ensure_ascii=False).encode()


def headers(secret: str, message: Message, content: bytes, now: datetime) -> dict[str, str]:
    """Return the headers of a call, the signature among them."""
    return {
        "Content-Type": "application/json",
        SIGNATURE_HEADER: signature(secret, int(now.timestamp()), content),
        EVENT_HEADER: _event_id(message),
    }


def signature(secret: str, seconds: int, content: bytes) -> str:
    """Return the signature of a body that is sent at a moment, in seconds since 1970."""
    signed = hmac.new(secret.encode(), f"{seconds}.".encode() + content, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={signed}"


def _tell(
    tx: Transaction,
    study: str,
    event: str,
    occasion: str,
    now: datetime,
    *,
    about: str = "",
    facts: Mapping[str, object] | None = None,
) -> None:
    for hook in webhooks.of_study(tx, study):
        if event in hook.events:
            _queue(tx, hook, event, occasion, now, about=about, facts=facts)


def _queue(
    tx: Transaction,
    hook: Webhook,
    event: str,
    occasion: str,
    now: datetime,
    *,
    about: str = "",
    facts: Mapping[str, object] | None = None,
) -> None:
    """Queue a message under a key of the event and its occasion: the same one again is no other message."""
    known_as = hashlib.sha256(f"{hook.study} {event} {occasion}".encode()).hexdigest()[:_ID_LENGTH]
    invented = published(tx, hook.study).study.file.simulated
    if not about:
        invented = invented or sittings.count_simulated(tx, hook.study) > 0
    details = {"webhook": hook.id, "event": event, "simulated": invented, "facts": dict(facts or {})}
    key = f"{_begins(hook.id)}{known_as}"
    outbox.queue(tx, key, "webhook", study=hook.study, about=about, now=now, details=details)


def _facts(sitting: Sitting) -> dict[str, object]:
    return {
        "person": sitting.pseudonym,
        "version": sitting.study_version,
        "status": sitting.status,
        "language": sitting.language,
        "source": sitting.source,
        "test": sitting.is_test,
        "started_at": sitting.started_at.isoformat(timespec="seconds"),
        "ended_at": sitting.ended_at.isoformat(timespec="seconds") if sitting.ended_at else None,
    }


def _event_id(message: Message) -> str:
    return message.key.rpartition(":")[2]


def _begins(webhook_id: int) -> str:
    return f"webhook:{webhook_id}:"
