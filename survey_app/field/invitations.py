"""Inviting people by personal links, reminding those who have not finished, wording the letters; sends nothing."""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from survey_app.config import Settings
from survey_app.errors import RefusedError
from survey_app.field.mail import Letter
from survey_app.interface import Interface
from survey_app.interview.questionnaires import Questionnaire
from survey_app.store import Transaction, invitations, outbox
from survey_app.store.invitations import Invitation
from survey_app.store.outbox import Message

MOST_REMINDERS = 2
_EMAIL, _NAME, _LANGUAGE = "email", "name", "language"
_LONGEST_EMAIL, _LONGEST_NAME = 254, 100


class PeopleFileError(RefusedError):
    """A list of people that cannot be used; says in which line and what to do, `code` and `found` for other words."""

    def __init__(self, message: str, code: str = "", line: int = 0, found: str = "") -> None:
        super().__init__(message)
        self.code, self.line, self.found = code, line, found


@dataclass(frozen=True)
class Person:
    """One line of a list of people."""

    email: str
    name: str
    language: str


@dataclass(frozen=True)
class Invited:
    """How many letters were queued, and how many people had one already or want none."""

    queued: int
    left_out: int


def read_people(path: Path) -> tuple[Person, ...]:
    """Read a CSV file with the column `email`, and `name` and `language` where there are any."""
    try:
        return people_in(path.read_bytes(), str(path))
    except OSError as error:
        raise PeopleFileError(f"{path}: cannot be read ({error.strerror}). Check the path.") from None


def people_in(content: bytes, name: str) -> tuple[Person, ...]:
    """Read a list of people that somebody sent; `name` is what messages call it."""
    try:
        lines = io.StringIO(content.decode("utf-8-sig"), newline="")
        return tuple(_people(name, csv.DictReader(lines)))
    except (UnicodeDecodeError, csv.Error) as error:
        raise PeopleFileError(f"{name}: no CSV file in UTF-8 ({error}). Save it as CSV, UTF-8.", "no_csv") from None


def missing_settings(settings: Settings) -> tuple[str, ...]:
    """Return the settings that letters cannot do without and that are empty."""
    return tuple(name for name in ("public_address", "mail_sender") if not settings.text(name))


def invite(
    tx: Transaction,
    settings: Settings,
    study: str,
    questionnaire: Questionnaire,
    people: tuple[Person, ...],
    *,
    now: datetime,
) -> Invited:
    """Make a personal link for everybody who has none, and queue the letter with it."""
    queued = 0
    for person in people:
        language = questionnaire.language(person.language)
        mark = address_mark(settings, person.email)
        made = invitations.make(tx, study, mark, email=person.email, name=person.name, language=language, now=now)
        if made is not None:
            outbox.queue(tx, f"invitation:{made.token}", "invitation", study=study, about=made.token, now=now)
            queued += 1
    return Invited(queued, len(people) - queued)


def remind(tx: Transaction, study: str, *, after: timedelta, now: datetime) -> Invited:
    """Queue a reminder to everybody who has not finished and was last written to long enough ago."""
    waiting = invitations.waiting(tx, study, now - after, MOST_REMINDERS)
    for invited in waiting:
        number = invitations.remind(tx, invited, now)
        outbox.queue(tx, f"reminder:{invited.token}:{number}", "reminder", study=study, about=invited.token, now=now)
    return Invited(len(waiting), 0)


def letter(
    tx: Transaction,
    settings: Settings,
    questionnaire: Questionnaire,
    interfaces: Mapping[str, Interface],
    sent: Message,
) -> Letter | None:
    """Word a queued letter; None where nobody is to be written to any more."""
    invited = invitations.find(tx, sent.study, sent.about)
    address = invitations.address_of(tx, sent.about)
    if invited is None or address is None or not invitations.may_write(tx, invited):
        return None
    if sent.kind == "reminder" and not invitations.was_sent(tx, invited):
        return None
    interface, link = interfaces[invited.language], personal_link(settings, invited)
    say, language = interface.say, interface.language
    greeting = say("mail_greeting_named", name=address.name) if address.name else say("mail_greeting")
    title, contact = questionnaire.study.file.title, questionnaire.study.file.contact
    text = say(
        f"mail_{sent.kind}_text",
        greeting=greeting,
        title=title[language],
        link=link,
        contact=contact[language] if contact else "",
        never=f"{link}/never",
    )
    subject = say(f"mail_{sent.kind}_subject", title=title[language])
    return Letter(address.email, address.name, subject, text, f"{link}/never")


def personal_link(settings: Settings, invited: Invitation) -> str:
    """Return the address that lets one person in."""
    return f"{settings.text('public_address').rstrip('/')}/s/{invited.study}/{invited.token}"


def address_mark(settings: Settings, email: str) -> str:
    """Return what stands for an address where the address itself must not stand."""
    return hmac.new(settings.secret_key.encode(), email.strip().lower().encode(), hashlib.sha256).hexdigest()


def _people(path: str, rows: csv.DictReader[str]) -> Iterator[Person]:
    if _EMAIL not in (rows.fieldnames or ()):
        message = f"{path}:1: no column {_EMAIL!r}; the first line names the columns: email,name,language"
        raise PeopleFileError(message, "no_column")
    for row in rows:
        email = (row[_EMAIL] or "").strip()
        local, _, domain = email.rpartition("@")
        if not local or "." not in domain or not email.isascii() or len(email) > _LONGEST_EMAIL or " " in email:
            message = f"{path}:{rows.line_num}: {email!r} is no e-mail address; mend or delete the line"
            raise PeopleFileError(message, "no_address", rows.line_num, email[:_LONGEST_NAME])
        yield Person(email, (row.get(_NAME) or "").strip()[:_LONGEST_NAME], (row.get(_LANGUAGE) or "").strip())
