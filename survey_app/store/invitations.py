"""Personal links: whom they were made for stands apart, can be emptied, and outlives nothing but a mark of itself."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, case, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from survey_app.interview.statuses import UNFINISHED
from survey_app.store import outbox as messages
from survey_app.store.database import Transaction
from survey_app.store.tables import address, invitation, never_again, outbox, outbox_try, sitting

TOKEN_BYTES = 16
LETTERS = ("invitation", "reminder")
_IS_INVITATION = outbox.c.kind == "invitation"
_GIVEN_UP = outbox.c.sent_at.is_(None) & outbox.c.next_at.is_(None)


@dataclass(frozen=True)
class Invitation:
    """A personal link; `address_mark` tells equal addresses from others, and nobody the address."""

    token: str
    study: str
    address_mark: str
    language: str
    sitting: str | None
    invited_at: datetime
    reminded: int
    reminded_at: datetime | None
    declined_at: datetime | None


@dataclass(frozen=True)
class Address:
    """Where an invitation goes; it stands in no export."""

    invitation: str
    email: str
    name: str


@dataclass(frozen=True)
class Counts:
    """How many personal links of a study were made and used, and how many people want no letters."""

    invited: int
    begun: int
    complete: int
    declined: int


@dataclass(frozen=True)
class SentLetter:
    """One letter with a personal link and what became of it; `email` is None after addresses were emptied."""

    id: int
    kind: Literal["invitation", "reminder"]
    email: str | None
    queued_at: datetime
    next_at: datetime | None
    sent_at: datetime | None
    tries: int
    outcome: str | None
    begun: bool

    @property
    def state(self) -> Literal["sent", "not_sent", "waiting"]:
        """Whether it has gone out, never will, or waits for its time or for another try."""
        if self.sent_at is not None:
            return "sent"
        return "not_sent" if self.next_at is None else "waiting"


def make(
    tx: Transaction, study: str, address_mark: str, *, email: str, name: str, language: str, now: datetime
) -> Invitation | None:
    """Make somebody's personal link; None where there is one, or they asked never to be written to again."""
    if tx.execute(select(never_again.c.asked_at).where(never_again.c.address_mark == address_mark)).first():
        return None
    made = Invitation(secrets.token_urlsafe(TOKEN_BYTES), study, address_mark, language, None, now, 0, None, None)
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    once = dialect.insert(invitation).values(vars(made))
    new = once.on_conflict_do_nothing(index_elements=["study", "address_mark"]).returning(invitation.c.token)
    if tx.execute(new).first() is None:
        return None
    tx.execute(insert(address).values(invitation=made.token, email=email, name=name))
    return made


def find(tx: Transaction, study: str, token: str, *, lock: bool = False) -> Invitation | None:
    """Return a study's invitation; `lock` keeps others from using it until the transaction ends."""
    query = select(invitation).where(invitation.c.token == token, invitation.c.study == study)
    row = tx.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    return None if row is None else Invitation(**row)


def address_of(tx: Transaction, token: str) -> Address | None:
    """Return where an invitation goes; None after addresses were emptied."""
    row = tx.execute(select(address).where(address.c.invitation == token)).mappings().one_or_none()
    return None if row is None else Address(**row)


def begin(tx: Transaction, invited: Invitation, sitting_id: str) -> None:
    """Join the link to the sitting that was begun by it."""
    tx.execute(update(invitation).where(invitation.c.token == invited.token).values(sitting=sitting_id))


def waiting(tx: Transaction, study: str, before: datetime, most: int) -> Sequence[Invitation]:
    """Return whom to remind: not finished, not declined, last written to before a moment, less than `most` times.

    Whoever's invitation was given up or whose address was emptied is not among them.
    """
    last = invitation.c.reminded_at.is_(None) & (invitation.c.invited_at < before)
    last |= invitation.c.reminded_at < before
    query = (
        select(invitation)
        .outerjoin(sitting, sitting.c.id == invitation.c.sitting)
        .where(invitation.c.study == study, invitation.c.declined_at.is_(None), invitation.c.reminded < most, last)
        .where(sitting.c.status.is_(None) | sitting.c.status.in_(UNFINISHED))
        .where(invitation.c.address_mark.not_in(select(never_again.c.address_mark)))
        .where(invitation.c.token.in_(select(address.c.invitation)))
        .where(invitation.c.token.in_(select(outbox.c.about).where(_IS_INVITATION, ~_GIVEN_UP)))
        .order_by(invitation.c.token)
    )
    return [Invitation(**row) for row in tx.execute(query).mappings()]


def remind(tx: Transaction, invited: Invitation, now: datetime) -> int:
    """Count one more reminder; returns its number."""
    here = update(invitation).where(invitation.c.token == invited.token)
    tx.execute(here.values(reminded=invited.reminded + 1, reminded_at=now))
    return invited.reminded + 1


def decline(tx: Transaction, invited: Invitation, now: datetime) -> None:
    """Write to this address never again, in no study, and forget the address."""
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    mark = dialect.insert(never_again).values(address_mark=invited.address_mark, asked_at=now)
    tx.execute(mark.on_conflict_do_nothing())
    tx.execute(update(invitation).where(invitation.c.token == invited.token).values(declined_at=now))
    tokens = select(invitation.c.token).where(invitation.c.address_mark == invited.address_mark)
    tx.execute(delete(address).where(address.c.invitation.in_(tokens)))


def was_sent(tx: Transaction, invited: Invitation) -> bool:
    """Say whether the letter with the link has gone out, so that somebody can be reminded of it."""
    query = select(outbox.c.id).where(_IS_INVITATION, outbox.c.about == invited.token, outbox.c.sent_at.is_not(None))
    return tx.execute(query).first() is not None


def may_write(tx: Transaction, invited: Invitation) -> bool:
    """Say whether somebody may still be written to: they have neither finished nor declined."""
    if tx.execute(select(never_again.c.asked_at).where(never_again.c.address_mark == invited.address_mark)).first():
        return False
    query = select(sitting.c.status).where(sitting.c.id == invited.sitting)
    status = tx.execute(query).scalar_one_or_none()
    return status is None or status in UNFINISHED


def empty_addresses(tx: Transaction, study: str) -> int:
    """Erase all addresses of a study; returns how many there were."""
    tokens = select(invitation.c.token).where(invitation.c.study == study)
    return tx.execute(delete(address).where(address.c.invitation.in_(tokens))).rowcount


def counts(tx: Transaction, study: str) -> Counts:
    """Count the personal links of a study."""
    complete = func.coalesce(func.sum(case((sitting.c.status == "complete", 1), else_=0)), 0)
    query = (
        select(func.count(), func.count(invitation.c.sitting), complete, func.count(invitation.c.declined_at))
        .select_from(invitation)
        .outerjoin(sitting, sitting.c.id == invitation.c.sitting)
        .where(invitation.c.study == study)
    )
    return Counts(*(int(n) for n in tx.execute(query).one()))


def letters(tx: Transaction, study: str, *, not_sent: bool, skip: int, limit: int) -> Sequence[SentLetter]:
    """Return letters of a study with what came of their last try, the newest first."""
    last = (
        select(outbox_try.c.outcome)
        .where(outbox_try.c.message == outbox.c.id)
        .order_by(outbox_try.c.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    columns = (outbox.c.id, outbox.c.kind, address.c.email, outbox.c.queued_at, outbox.c.next_at, outbox.c.sent_at)
    query = (
        select(*columns, outbox.c.tries, last.label("outcome"), invitation.c.sitting.is_not(None).label("begun"))
        .join(invitation, invitation.c.token == outbox.c.about)
        .outerjoin(address, address.c.invitation == invitation.c.token)
        .where(outbox.c.study == study, outbox.c.kind.in_(LETTERS), *(_gone_wrong() if not_sent else ()))
        .order_by(outbox.c.id.desc())
        .offset(skip)
        .limit(limit)
    )
    return [SentLetter(**row) for row in tx.execute(query).mappings()]


def retract(tx: Transaction, study: str, letter: int) -> bool:
    """Forget the personal link of a letter, with its address and letters; False where there is none, or it was used."""
    about = select(outbox.c.about).where(outbox.c.id == letter, outbox.c.kind.in_(LETTERS)).scalar_subquery()
    here = (invitation.c.token == about) & (invitation.c.study == study)
    token = tx.execute(
        select(invitation.c.token).where(here, invitation.c.sitting.is_(None)).with_for_update()
    ).scalar_one_or_none()
    if token is None:
        return False
    messages.forget(tx, outbox.c.about == token)
    tx.execute(delete(address).where(address.c.invitation == token))
    tx.execute(delete(invitation).where(invitation.c.token == token))
    return True


def _gone_wrong() -> tuple[ColumnElement[bool], ...]:
    return outbox.c.sent_at.is_(None), outbox.c.tries > 0
