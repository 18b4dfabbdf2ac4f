"""Signing in: passwords, codes, links and tokens judged; what is stored is hashed; knows no Flask."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Literal, cast

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from survey_app.access import one_time_codes
from survey_app.access.permissions import OF_LEVEL, SCOPES, Level, Right, Role, Scope, Visitor
from survey_app.store import Store, Transaction, accounts
from survey_app.store.accounts import ANY_BRAND, Account, Purpose

TOKEN_BYTES = 32
SESSION_AGE = timedelta(days=7)
SESSION_IDLE = timedelta(hours=12)
# A session's row is written at most this often, so that reading pages does not queue for the database.
SESSION_NOTED = timedelta(minutes=5)
LINK_AGE: dict[Purpose, timedelta] = {"set_up": timedelta(days=1), "password": timedelta(days=3)}
ATTEMPTS_KEPT = timedelta(minutes=15)
ATTEMPTS_OF_ACCOUNT, ATTEMPTS_OF_ADDRESS = 5, 30
SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 200
API_PREFIX = "relata_"

Refusal = Literal["wrong", "code", "locked"]
PasswordFault = Literal["short", "long", "known"]


@dataclass(frozen=True)
class SignedIn:
    """A session that was opened: the token for the browser, and whose it is."""

    token: str
    account: Account


@cache
def _hasher() -> PasswordHasher:
    """Argon2id with the parameters that RFC 9106 recommends where memory is limited."""
    return PasswordHasher()


@cache
def _nobodys_hash() -> str:
    """A hash to check against where there is no account, so that the answer takes as long."""
    return _hasher().hash(secrets.token_hex(TOKEN_BYTES))


def digest(secret: str) -> str:
    """Return what is stored of a random secret; it is long enough to need no salt."""
    return hashlib.sha256(secret.encode()).hexdigest()


def email_of(written: str) -> str:
    """Return an address as it is stored and looked for."""
    return written.strip().lower()


def password_fault(password: str, email: str) -> PasswordFault | None:
    """Return what is wrong with a password that somebody chooses."""
    if len(password) < SHORTEST_PASSWORD:
        return "short"
    if len(password) > LONGEST_PASSWORD:
        return "long"
    plain = password.lower()
    same = len(set(plain)) <= SHORTEST_PASSWORD // 3
    return "known" if same or plain in email or email.partition("@")[0] == plain else None


def sign_in(
    store: Store, email: str, password: str, code: str, address: str, *, browser: str | None = None
) -> SignedIn | Refusal:
    """Open a session; a wrong address, a wrong password and a disabled account are one and the same answer.

    `browser` is the mark of one in which this person signed in before. It has attempts of its own, so that strangers
    who guess wrongly on purpose do not lock anybody out of their own browser.
    """
    now = datetime.now(UTC)
    known_as = digest(email_of(email)) if browser is None else digest(f"{email_of(email)} {browser}")
    with store.transaction() as tx:
        account = accounts.find_by_email(tx, email_of(email))
        if not _may_try(tx, known_as, "" if browser else address, now):
            return "locked"
    # Outside any transaction: the check is slow on purpose, and no writer shall wait for it.
    right = _verified(account, password)
    with store.transaction() as tx:
        refused = None if right and account else "wrong"
        if account and not refused and account.totp_secret:
            refused = _refused_code(tx, account, code)
        if refused or account is None:
            return cast("Refusal", refused)
        accounts.forget_attempts(tx, email_hash=known_as)
        return SignedIn(_open_session(tx, account, now), account)


def _may_try(tx: Transaction, known_as: str, address: str, now: datetime) -> bool:
    """Count one more try before it is judged, for a hundred at once are a hundred; False where there were too many."""
    accounts.forget_attempts(tx, before=now - ATTEMPTS_KEPT)
    of_account, of_address = accounts.attempts(tx, known_as, address, now - ATTEMPTS_KEPT)
    if of_account >= ATTEMPTS_OF_ACCOUNT or (address and of_address >= ATTEMPTS_OF_ADDRESS):
        return False
    accounts.note_attempt(tx, known_as, address, now)
    return True


def _inside(email: str) -> str:
    """Where the tries of somebody who has signed in are counted: those of strangers at the door are not theirs."""
    return digest(f"{email} inside")


def _verified(account: Account | None, password: str) -> bool:
    stored = account.password_hash if account and account.status == "active" else None
    try:
        matches = _hasher().verify(stored or _nobodys_hash(), password[: LONGEST_PASSWORD + 1])
    except (VerificationError, InvalidHashError):
        return False
    return matches and stored is not None


def _refused_code(tx: Transaction, account: Account, code: str) -> Refusal | None:
    step = one_time_codes.step_of(account.totp_secret or "", code, time.time())
    return None if step is not None and accounts.use_code(tx, account.id, step) else "code"


def _open_session(tx: Transaction, account: Account, now: datetime) -> str:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    accounts.open_session(tx, digest(token), account.id, now)
    return token


def visitor_of_session(store: Store, token: str) -> tuple[Visitor, Account] | None:
    """Return who signed in under a session's token."""
    now = datetime.now(UTC)
    with store.reading() as tx:
        found = accounts.session_account(
            tx, digest(token), begun_after=now - SESSION_AGE, seen_after=now - SESSION_IDLE
        )
        visitor = None if found is None else _visitor(tx, found[0])
    if found is None or visitor is None:
        return None
    if now - found[1] > SESSION_NOTED:
        with store.transaction() as tx:
            accounts.touch_session(tx, digest(token), now)
    return visitor, found[0]


def visitor_of_token(store: Store, token: str) -> Visitor | None:
    """Return the program that a token stands for, with the rights of the person who made it."""
    now = datetime.now(UTC)
    with store.reading() as tx:
        found = accounts.token_account(tx, digest(token))
        if found is None:
            return None
        visitor = _visitor(tx, found[0], found[1])
    if found[1].used_at is None or now - found[1].used_at > SESSION_NOTED:
        with store.transaction() as tx:
            accounts.touch_token(tx, found[1].id, now)
    return visitor


def _visitor(tx: Transaction, account: Account, token: accounts.ApiToken | None = None) -> Visitor:
    rights = (
        Right(right.study, OF_LEVEL[cast("Level", right.level)], right.brand or None)
        for right in accounts.rights_of(tx, account.id)
    )
    name = account.email if token is None else f"{account.email} / {token.name}"
    scopes = None if token is None else frozenset(cast("Scope", scope) for scope in token.scopes)
    return Visitor(name, account.id, cast("Role", account.role), tuple(rights), scopes)


def sign_out(store: Store, token: str) -> None:
    """End a session."""
    with store.transaction() as tx:
        accounts.end_session(tx, digest(token))


def sign_out_everywhere(store: Store, account: int) -> None:
    """End every session of a person."""
    with store.transaction() as tx:
        accounts.end_sessions(tx, account)


def make_link(tx: Transaction, purpose: Purpose, account: int | None) -> str:
    """Return the token of a new link; the one before it opens nothing from now on."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    accounts.keep_link(tx, digest(token), purpose, account, datetime.now(UTC) + LINK_AGE[purpose])
    return token


def set_up_token(store: Store) -> str | None:
    """Return a token that makes the first administrator; None where there is one."""
    with store.transaction() as tx:
        return None if accounts.has_administrator(tx) else make_link(tx, "set_up", None)


def may_set_up(tx: Transaction, token: str) -> bool:
    """Say whether a token makes the first administrator."""
    found = accounts.find_link(tx, digest(token), "set_up", datetime.now(UTC))
    return found is not None and not accounts.has_administrator(tx)


def set_up(store: Store, token: str, email: str, name: str, password: str) -> SignedIn | None:
    """Make the first administrator and sign them in; None where the token is used up."""
    hashed, now = _hasher().hash(password), datetime.now(UTC)
    with store.transaction() as tx:
        if not may_set_up(tx, token) or not accounts.use_link(tx, digest(token)):
            return None
        account = accounts.create(tx, email_of(email), name, "administrator", now)
        accounts.change(tx, account.id, password_hash=hashed, status="active")
        return SignedIn(_open_session(tx, account, now), account)


def account_of_link(tx: Transaction, token: str) -> Account | None:
    """Return who may choose a password through a link."""
    found = accounts.find_link(tx, digest(token), "password", datetime.now(UTC))
    account = accounts.find(tx, found["account"]) if found else None
    return account if account and account.status != "disabled" else None


def choose_password(store: Store, token: str, password: str) -> SignedIn | Literal["used_up", "sign_in"]:
    """Set the password that a link is for and end every session; whoever has a second factor still shows it."""
    hashed, now = _hasher().hash(password), datetime.now(UTC)
    with store.transaction() as tx:
        account = account_of_link(tx, token)
        if account is None or not accounts.use_link(tx, digest(token)):
            return "used_up"
        accounts.change(tx, account.id, password_hash=hashed, status="active")
        _shut_other_doors(tx, account.id, now)
        accounts.forget_attempts(tx, email_hash=digest(account.email))
        return "sign_in" if account.totp_secret else SignedIn(_open_session(tx, account, now), account)


def change_password(store: Store, account: Account, old: str, new: str) -> SignedIn | Literal["wrong", "locked"]:
    """Replace a password, end every session and open a new one; the old one cannot be guessed at for ever."""
    with store.transaction() as tx:
        if not _may_try(tx, _inside(account.email), "", datetime.now(UTC)):
            return "locked"
    if not _verified(account, old):
        return "wrong"
    hashed, now = _hasher().hash(new), datetime.now(UTC)
    with store.transaction() as tx:
        accounts.change(tx, account.id, password_hash=hashed)
        accounts.forget_attempts(tx, email_hash=_inside(account.email))
        _shut_other_doors(tx, account.id, now)
        return SignedIn(_open_session(tx, account, now), account)


def _shut_other_doors(tx: Transaction, account_id: int, now: datetime) -> None:
    """End sessions, links and tokens: whoever had the old password may have made some."""
    accounts.end_sessions(tx, account_id)
    accounts.drop_links(tx, account_id)
    accounts.revoke_tokens(tx, account_id, now)


def set_second_factor(store: Store, account: Account, secret: str | None, code: str) -> bool:
    """Turn one-time codes on with a new secret, or off; a valid code is needed for both."""
    step = one_time_codes.step_of(secret or account.totp_secret or "", code, time.time())
    with store.transaction() as tx:
        if not _may_try(tx, _inside(account.email), "", datetime.now(UTC)):
            return False
        if step is None or (secret is None and not accounts.use_code(tx, account.id, step)):
            return False
        accounts.forget_attempts(tx, email_hash=_inside(account.email))
        accounts.change(tx, account.id, totp_secret=secret, totp_last=step if secret else None)
    return True


def invite(store: Store, email: str, name: str, role: Role) -> str:
    """Make an account and return the token by which its person chooses a password; raises EmailTakenError."""
    with store.transaction() as tx:
        account = accounts.create(tx, email_of(email), name, role, datetime.now(UTC))
        return make_link(tx, "password", account.id)


def make_token(store: Store, account: int, name: str, scopes: Sequence[str]) -> str:
    """Return a new token for programs; it is shown once and stored hashed."""
    token = API_PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    with store.transaction() as tx:
        kept: list[str] = [scope for scope in SCOPES if scope in scopes]
        accounts.keep_token(tx, digest(token), account_id=account, name=name, scopes=kept, now=datetime.now(UTC))
    return token


def may_be_given(level: str, brand: str) -> bool:
    """Say whether a right makes sense: a brand manager's names a brand, no other does."""
    return level in OF_LEVEL and (level == "brand_manager") == (brand != ANY_BRAND)


def now() -> datetime:
    """Return this moment."""
    return datetime.now(UTC)
