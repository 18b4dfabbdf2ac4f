"""Letters: put together as others read them, and handed to an SMTP server or laid down as files; decides nothing."""

from __future__ import annotations

import os
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path

from survey_app.config import Settings

FOLDER = "mail"
SECONDS = 30
ENCRYPTED_PORT = 465
# Answers of a mail server from here on say that trying again will not help.
PERMANENT = 500

Send = Callable[[EmailMessage, str], None]
"""Takes a letter and the key it is known by; a second letter under one key is the same letter."""


class MailError(Exception):
    """A letter that was not taken; the words are for a log and name nobody."""


class RefusedLetterError(MailError):
    """A letter that the mail server will never take for this address."""


@dataclass(frozen=True)
class Letter:
    """What one letter says and to whom; `never` is the link that ends all further ones."""

    email: str
    name: str
    subject: str
    text: str
    never: str


def sender(settings: Settings) -> Send:
    """Return how this instance sends: by its SMTP server, or into the folder `mail`."""
    if settings.text("mail_server"):
        return lambda message, _key: _by_smtp(settings, message)
    folder = settings.instance / FOLDER
    return lambda message, key: _into_folder(folder, message, key)


def compose(letter: Letter, from_address: str, key: str, now: datetime) -> EmailMessage:
    """Put a letter together; no line of it can be made into another header."""
    message = EmailMessage()
    local, _, domain = letter.email.rpartition("@")
    try:
        message["To"] = Address(_one_line(letter.name), local, domain)
    except ValueError as error:
        raise MailError("the address cannot be written to") from error
    message["From"] = from_address
    message["Subject"] = _one_line(letter.subject)
    message["Date"] = now
    message["Message-ID"] = f"<{key.replace(':', '.')}@{from_address.rpartition('@')[2].rstrip('> ')}>"
    message["List-Unsubscribe"] = f"<{letter.never}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    return message


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _into_folder(folder: Path, message: EmailMessage, key: str) -> None:
    """Write a letter to a file that only the owner of the instance reads; the same letter is the same file."""
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{key.replace(':', '_')}.eml"
    draft = path.with_suffix(".part")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(message.as_bytes())
    draft.replace(path)


def _by_smtp(settings: Settings, message: EmailMessage) -> None:
    host, port, context = settings.text("mail_server"), settings.number("mail_port"), ssl.create_default_context()
    try:
        with (
            smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=context)
            if port == ENCRYPTED_PORT
            else smtplib.SMTP(host, port, timeout=SECONDS)
        ) as server:
            if port != ENCRYPTED_PORT:
                server.starttls(context=context)
            if settings.text("mail_user"):
                server.login(settings.text("mail_user"), settings.text("mail_password"))
            server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        [(code, _)] = error.recipients.values()
        if code >= PERMANENT:
            raise RefusedLetterError(f"refused for good: {code}") from error
        raise MailError(f"not taken: {code}") from error
    except (OSError, smtplib.SMTPException) as error:
        raise MailError(f"not taken: {type(error).__name__}") from error
