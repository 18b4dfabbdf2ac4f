"""One-time codes by time, as authenticator apps show them (RFC 6238: HMAC-SHA-1, 6 digits, 30 seconds)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from urllib.parse import quote

STEP_SECONDS = 30
DIGITS = 6
SECRET_BYTES = 20
# Clocks differ: the code before and the one after are taken too.
DRIFT = (0, -1, 1)


def new_secret() -> str:
    """Return a secret as authenticator apps read it."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def code_at(secret: str, step: int, digits: int = DIGITS) -> str:
    """Return the code of one step of 30 seconds since 1970."""
    digest = hmac.new(base64.b32decode(secret), step.to_bytes(8, "big"), hashlib.sha1).digest()
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**digits).zfill(digits)


def step_of(secret: str, code: str, now: float) -> int | None:
    """Return the step a code belongs to, near now; None for a wrong code."""
    digits = "".join(code.split())
    for drift in DRIFT:
        step = int(now) // STEP_SECONDS + drift
        if hmac.compare_digest(code_at(secret, step).encode(), digits.encode()):
            return step
    return None


def address(secret: str, account: str) -> str:
    """Return the address that sets up an authenticator app."""
    return f"otpauth://totp/Relata:{quote(account)}?secret={secret}&issuer=Relata"
