"""Keys that a page carries in its form: for which sitting and screen it was drawn, so that it answers no other.

A key is a random part, a mark of the screen and a mark of its questions and choices, the marks made with the secret
key: a reader of the page learns no name from it, and a page drawn before the questions changed is told from one after.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable

from instruments.screens import Screen

NONCE_BYTES = 16
MARK_LENGTH = 16
_SHAPE = re.compile(rf"[0-9a-f]{{{2 * NONCE_BYTES}}}\.[0-9a-f]{{{MARK_LENGTH}}}\.[0-9a-f]{{{MARK_LENGTH}}}")


def issue(secret_key: str, sitting_id: str, screen: Screen) -> str:
    """Return a new key for one drawing of a screen."""
    nonce = secrets.token_hex(NONCE_BYTES)
    mark = _mark(secret_key, sitting_id, nonce, screen.key)
    return f"{nonce}.{mark}.{_mark(secret_key, sitting_id, nonce, *_content(screen))}"


def screen_of(secret_key: str, sitting_id: str, page_key: str, screens: Iterable[str]) -> str | None:
    """Return which of the screens a key was issued for, None for a forged key or another sitting's."""
    if not _SHAPE.fullmatch(page_key):
        return None
    nonce, mark, _ = page_key.split(".")
    for screen in screens:
        if hmac.compare_digest(mark, _mark(secret_key, sitting_id, nonce, screen)):
            return screen
    return None


def shows(secret_key: str, sitting_id: str, page_key: str, screen: Screen) -> bool:
    """Say whether the screen still has the questions and choices it had when the key was issued."""
    nonce, _, mark = page_key.split(".")
    return hmac.compare_digest(mark, _mark(secret_key, sitting_id, nonce, *_content(screen)))


def _content(screen: Screen) -> Iterable[str]:
    return (asked.shape for asked in screen.with_candidates().asked)


def _mark(secret_key: str, *parts: str) -> str:
    message = "\0".join(parts).encode()
    return hmac.digest(secret_key.encode(), message, hashlib.sha256).hex()[:MARK_LENGTH]
