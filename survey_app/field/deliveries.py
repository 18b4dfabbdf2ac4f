"""Sends what lies in the outbox: calls, webhooks and letters; each try is logged, the next comes later."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from survey_app.config import Settings, SettingsError
from survey_app.field import webhooks
from survey_app.field.invitations import letter
from survey_app.field.mail import MailError, RefusedLetterError, compose, sender
from survey_app.field.outward_calls import CallError, call
from survey_app.interface import load_interfaces
from survey_app.interview.questionnaires import Questionnaires
from survey_app.interview.returns import call_address
from survey_app.store import Store, outbox, sittings, studies
from survey_app.store.outbox import Message

logger = logging.getLogger(__name__)

# Whoever takes a message has it for so long; a worker that dies in between leaves it to the next.
HELD = timedelta(minutes=5)
AGAIN_AFTER = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 720, 1440))
_DONE = range(200, 300)
SENT, NOT_WANTED = "sent", "no longer wanted"


@dataclass(frozen=True)
class Outcome:
    """What came of a try: whether it is done with, and words for the log."""

    done: bool
    sent: bool
    words: str


class Deliveries:
    """The outbox of one instance, and what sending from it takes."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store, self._settings = store, settings
        self._interfaces = load_interfaces()
        self._questionnaires = Questionnaires(self._interfaces)

    def deliver_one(self, now: datetime | None = None) -> bool:
        """Send the message that has waited longest; False where none is due."""
        now = now or datetime.now(UTC)
        with self._store.transaction() as tx:
            message = outbox.claim(tx, now, now + HELD)
        if message is None:
            return False
        outcome = self._try(message, now)
        tried = message.tries <= len(AGAIN_AFTER) and not outcome.done
        again = now + AGAIN_AFTER[message.tries - 1] if tried else None
        with self._store.transaction() as tx:
            outbox.settle(tx, message, outcome.words, now, sent=outcome.sent, again=again)
            if message.kind == "webhook" and not outcome.done:
                webhooks.wait(tx, message, now, now + AGAIN_AFTER[0])
        if not outcome.sent:
            logger.warning("Message %s, try %s: %s", message.id, message.tries, outcome.words)
        return True

    def _try(self, message: Message, now: datetime) -> Outcome:
        try:
            if message.kind == "webhook":
                return self._post(message, now)
            return self._call(message) if message.kind == "callback" else self._write(message, now)
        except RefusedLetterError as error:
            return Outcome(done=True, sent=False, words=str(error))
        except (CallError, MailError, SettingsError) as error:
            return Outcome(done=False, sent=False, words=str(error))
        except Exception as error:
            logger.exception("Message %s cannot be sent", message.id)
            return Outcome(done=False, sent=False, words=f"our mistake: {type(error).__name__}")

    def _call(self, message: Message) -> Outcome:
        with self._store.reading() as tx:
            sitting = sittings.find(tx, message.about)
            address = None
            if sitting is not None:
                rules = self._questionnaires.get(tx, sitting.study, sitting.study_version).rules
                address = call_address(tx, rules, sitting, self._settings.signing_secret)
        if address is None:
            return Outcome(done=True, sent=False, words=NOT_WANTED)
        status = call(address, private_too=self._settings.flag("private_callbacks"))
        return Outcome(done=status in _DONE, sent=status in _DONE, words=f"HTTP {status}")

    def _post(self, message: Message, now: datetime) -> Outcome:
        with self._store.reading() as tx:
            hook = webhooks.find(tx, message.study, message.details["webhook"])
            content = webhooks.body(tx, message)
        if hook is None or content is None:
            return Outcome(done=True, sent=False, words=NOT_WANTED)
        secret = webhooks.secret_of(self._settings.secret_key, hook)
        status = call(
            hook.address,
            private_too=self._settings.flag("private_callbacks"),
            body=content,
            headers=webhooks.headers(secret, message, content, now),
        )
        return Outcome(done=status in _DONE, sent=status in _DONE, words=f"HTTP {status}")

    def _write(self, message: Message, now: datetime) -> Outcome:
        with self._store.reading() as tx:
            current = studies.current(tx, message.study)
            found = None
            if current is not None and current[1] == "live":
                questionnaire = self._questionnaires.get(tx, message.study, current[0])
                found = letter(tx, self._settings, questionnaire, self._interfaces, message)
        if found is None:
            return Outcome(done=True, sent=False, words=NOT_WANTED)
        send = sender(self._settings)
        send(compose(found, self._settings.text("mail_sender"), message.key, now), message.key)
        return Outcome(done=True, sent=True, words=SENT)
