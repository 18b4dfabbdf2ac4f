"""The mark of a browser in which somebody has signed in: it opens nothing, it only keeps strangers' guesses apart."""

from __future__ import annotations

import secrets

from flask import Response, after_this_request, current_app, request
from itsdangerous import BadSignature, URLSafeSerializer

from survey_app.access.accounts import digest

COOKIE, SALT = "known", "relata.known-browser.1"
_MARK_BYTES = 16
_DAYS = 400
_SECONDS_A_DAY = 86_400


def mark_of(email: str) -> str | None:
    """Return the mark of this browser, where this very person has signed in in it."""
    try:
        whose, mark = _serializer().loads(request.cookies.get(_name(), ""))
    except (BadSignature, TypeError, ValueError):
        return None
    return str(mark) if whose == digest(email) else None


def remember(email: str) -> None:
    """Mark this browser, anew each time, with the answer to this request."""
    https = bool(current_app.config["SESSION_COOKIE_SECURE"])
    value = _serializer().dumps([digest(email), secrets.token_hex(_MARK_BYTES)])

    @after_this_request
    def mark(response: Response) -> Response:
        response.set_cookie(_name(), value, max_age=_DAYS * _SECONDS_A_DAY, secure=https, httponly=True, samesite="Lax")
        return response


def _name() -> str:
    return f"__Host-{COOKIE}" if current_app.config["SESSION_COOKIE_SECURE"] else COOKIE


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.config["SECRET_KEY"]), salt=SALT)
