"""People who sign in, their rights, sessions, links and tokens; secrets come here hashed, and this judges none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from survey_app.store.database import Transaction
from survey_app.store.tables import (
    account,
    account_link,
    account_session,
    api_token,
    sign_in_attempt,
    study_right,
)

Status = Literal["invited", "active", "disabled"]
Purpose = Literal["set_up", "password"]
ANY_BRAND = ""


class EmailTakenError(Exception):
    """Somebody with this address has an account."""


@dataclass(frozen=True)
class Account:
    """One person."""

    id: int
    email: str
    name: str
    role: str
    status: Status
    password_hash: str | None
    totp_secret: str | None
    totp_last: int | None
    created_at: datetime


@dataclass(frozen=True)
class StudyRight:
    """What one person may do in one study; `brand` is empty where it is not about one brand."""

    account: int
    study: str
    brand: str
    level: str


@dataclass(frozen=True)
class ApiToken:
    """A program's way in, without the secret itself."""

    id: int
    account: int
    name: str
    scopes: list[str]
    created_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


def create(tx: Transaction, email: str, name: str, role: str, now: datetime) -> Account:
    """Store a person who has no password yet; raises EmailTakenError."""
    values = {"email": email, "name": name, "role": role, "status": "invited", "created_at": now}
    try:
        with tx.begin_nested():
            row = tx.execute(insert(account).values(values).returning(account)).mappings().one()
    except IntegrityError as error:
        raise EmailTakenError(email) from error
    return Account(**row)


def find(tx: Transaction, account_id: int) -> Account | None:
    """Return a person."""
    row = tx.execute(select(account).where(account.c.id == account_id)).mappings().one_or_none()
    return None if row is None else Account(**row)


def find_by_email(tx: Transaction, email: str) -> Account | None:
    """Return the person with an address, which is in small letters."""
    row = tx.execute(select(account).where(account.c.email == email)).mappings().one_or_none()
    return None if row is None else Account(**row)


def every(tx: Transaction) -> tuple[Account, ...]:
    """Return everybody by name."""
    rows = tx.execute(select(account).order_by(func.lower(account.c.name), account.c.id)).mappings()
    return tuple(Account(**row) for row in rows)


def has_administrator(tx: Transaction) -> bool:
    """Say whether somebody can administer already."""
    query = select(func.count()).where(account.c.role == "administrator", account.c.status == "active")
    return tx.execute(query).scalar_one() > 0


def change(tx: Transaction, account_id: int, **values: object) -> None:
    """Write new values of a person's row."""
    tx.execute(update(account).where(account.c.id == account_id).values(**values))


def use_code(tx: Transaction, account_id: int, step: int) -> bool:
    """Note the step of a one-time code; False where this or a later one was used, so that a code serves once."""
    unused = account.c.totp_last.is_(None) | (account.c.totp_last < step)
    query = update(account).where(account.c.id == account_id, unused).values(totp_last=step)
    return tx.execute(query).rowcount == 1


def rights_of(tx: Transaction, account_id: int) -> tuple[StudyRight, ...]:
    """Return what a person may do."""
    rows = tx.execute(select(study_right).where(study_right.c.account == account_id)).mappings()
    return tuple(StudyRight(**row) for row in rows)


def rights_in(tx: Transaction, study: str) -> tuple[tuple[Account, StudyRight], ...]:
    """Return who may do what in a study."""
    query = select(study_right, account).join(account).where(study_right.c.study == study)
    rows = tx.execute(query.order_by(func.lower(account.c.name), study_right.c.brand)).mappings()
    return tuple(
        (
            Account(**{column.name: row[column] for column in account.c}),
            StudyRight(**{column.name: row[column] for column in study_right.c}),
        )
        for row in rows
    )


def give_right(tx: Transaction, right: StudyRight) -> None:
    """Give a person a right in a study, in place of the one they had there for the brand."""
    take_right(tx, right.account, right.study, right.brand)
    tx.execute(
        insert(study_right).values(account=right.account, study=right.study, brand=right.brand, level=right.level)
    )


def take_right(tx: Transaction, account_id: int, study: str, brand: str) -> None:
    """Take a right away."""
    here = (study_right.c.account == account_id) & (study_right.c.study == study) & (study_right.c.brand == brand)
    tx.execute(delete(study_right).where(here))


def open_session(tx: Transaction, token_hash: str, account_id: int, now: datetime) -> None:
    """Store that a browser has signed in."""
    tx.execute(insert(account_session).values(token_hash=token_hash, account=account_id, created_at=now, seen_at=now))


def session_account(
    tx: Transaction, token_hash: str, *, begun_after: datetime, seen_after: datetime
) -> tuple[Account, datetime] | None:
    """Return who signed in under a session that is young and used enough, and when it was last seen."""
    query = (
        select(account, account_session.c.seen_at)
        .join(account_session)
        .where(
            account_session.c.token_hash == token_hash,
            account_session.c.created_at > begun_after,
            account_session.c.seen_at > seen_after,
            account.c.status == "active",
        )
    )
    row = tx.execute(query).mappings().one_or_none()
    if row is None:
        return None
    return Account(**{column.name: row[column] for column in account.c}), row["seen_at"]


def touch_session(tx: Transaction, token_hash: str, now: datetime) -> None:
    """Note that a session is in use."""
    tx.execute(update(account_session).where(account_session.c.token_hash == token_hash).values(seen_at=now))


def end_session(tx: Transaction, token_hash: str) -> None:
    """End one session."""
    tx.execute(delete(account_session).where(account_session.c.token_hash == token_hash))


def end_sessions(tx: Transaction, account_id: int) -> None:
    """End every session of a person."""
    tx.execute(delete(account_session).where(account_session.c.account == account_id))


def keep_link(tx: Transaction, token_hash: str, purpose: Purpose, account_id: int | None, expires: datetime) -> None:
    """Store a link in place of those made before for the same purpose and person."""
    same = account_link.c.account.is_(None) if account_id is None else account_link.c.account == account_id
    tx.execute(delete(account_link).where(account_link.c.purpose == purpose, same))
    values = {"token_hash": token_hash, "purpose": purpose, "account": account_id, "expires_at": expires}
    tx.execute(insert(account_link).values(values))


def find_link(tx: Transaction, token_hash: str, purpose: Purpose, now: datetime) -> Mapping[str, Any] | None:
    """Return a link that has not expired."""
    query = select(account_link).where(
        account_link.c.token_hash == token_hash, account_link.c.purpose == purpose, account_link.c.expires_at > now
    )
    row = tx.execute(query).mappings().one_or_none()
    return None if row is None else dict(row)


def drop_links(tx: Transaction, account_id: int) -> None:
    """Void every link of an account."""
    tx.execute(delete(account_link).where(account_link.c.account == account_id))


def use_link(tx: Transaction, token_hash: str) -> bool:
    """Use a link up; False where somebody was quicker."""
    return tx.execute(delete(account_link).where(account_link.c.token_hash == token_hash)).rowcount == 1


def note_attempt(tx: Transaction, email_hash: str, address: str, now: datetime) -> None:
    """Store that signing in failed."""
    tx.execute(insert(sign_in_attempt).values(email_hash=email_hash, address=address, tried_at=now))


def attempts(tx: Transaction, email_hash: str, address: str, since: datetime) -> tuple[int, int]:
    """Count failed attempts since a moment, for an account and from an address."""
    recent = sign_in_attempt.c.tried_at > since
    by_email = select(func.count()).where(sign_in_attempt.c.email_hash == email_hash, recent)
    by_address = select(func.count()).where(sign_in_attempt.c.address == address, recent)
    return tx.execute(by_email).scalar_one(), tx.execute(by_address).scalar_one()


def forget_attempts(tx: Transaction, *, email_hash: str | None = None, before: datetime | None = None) -> None:
    """Drop the failed attempts of an account that has signed in, or all old ones."""
    if email_hash is not None:
        tx.execute(delete(sign_in_attempt).where(sign_in_attempt.c.email_hash == email_hash))
    if before is not None:
        tx.execute(delete(sign_in_attempt).where(sign_in_attempt.c.tried_at < before))


def keep_token(
    tx: Transaction, token_hash: str, *, account_id: int, name: str, scopes: list[str], now: datetime
) -> None:
    """Store a program's token."""
    values = {"token_hash": token_hash, "account": account_id, "name": name, "scopes": scopes, "created_at": now}
    tx.execute(insert(api_token).values(values))


def tokens_of(tx: Transaction, account_id: int) -> tuple[ApiToken, ...]:
    """Return a person's tokens, the newest first."""
    query = select(api_token).where(api_token.c.account == account_id).order_by(api_token.c.id.desc())
    return tuple(_token(dict(row)) for row in tx.execute(query).mappings())


def token_account(tx: Transaction, token_hash: str) -> tuple[Account, ApiToken] | None:
    """Return whose token it is, unless it was revoked or its owner is not active."""
    query = (
        select(api_token, account)
        .join(account)
        .where(api_token.c.token_hash == token_hash, api_token.c.revoked_at.is_(None), account.c.status == "active")
    )
    row = tx.execute(query).mappings().one_or_none()
    if row is None:
        return None
    found = Account(**{column.name: row[column] for column in account.c})
    return found, _token({column.name: row[column] for column in api_token.c})


def touch_token(tx: Transaction, token_id: int, now: datetime) -> None:
    """Note that a token is in use."""
    tx.execute(update(api_token).where(api_token.c.id == token_id).values(used_at=now))


def revoke_token(tx: Transaction, account_id: int, token_id: int, now: datetime) -> bool:
    """Revoke a person's own token; False where they have no such one."""
    query = update(api_token).where(api_token.c.id == token_id, api_token.c.account == account_id)
    return tx.execute(query.values(revoked_at=now)).rowcount == 1


def revoke_tokens(tx: Transaction, account_id: int, now: datetime) -> None:
    """Revoke every token of an account that was not revoked before."""
    here = (api_token.c.account == account_id) & api_token.c.revoked_at.is_(None)
    tx.execute(update(api_token).where(here).values(revoked_at=now))


def _token(row: Mapping[str, Any]) -> ApiToken:
    return ApiToken(**{name: value for name, value in row.items() if name != "token_hash"})
