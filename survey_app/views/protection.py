"""What every answer of the server carries so that browsers guard it, and what every request must show."""

from __future__ import annotations

from flask import Flask, Response, abort, request
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer

from survey_app.config import Settings

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
ONE_YEAR = 31_536_000


class CookieSessions(SecureCookieSessionInterface):
    """Sessions in signed cookies, as Flask has them; what signs them is made once and not for each request."""

    def __init__(self) -> None:
        self._serializer: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return what signs and reads the cookie."""
        if self._serializer is None:
            self._serializer = super().get_signing_serializer(app)
        return self._serializer


def join(app: Flask, settings: Settings) -> None:
    """Guard every request and every answer of the application."""
    headers = dict(HEADERS)
    if settings.flag("https"):
        headers["Strict-Transport-Security"] = f"max-age={ONE_YEAR}"

    def add_headers(response: Response) -> Response:
        here = {name.lower() for name in response.headers.keys()}  # noqa: SIM118 - headers iterate over pairs
        response.headers.extend((name, value) for name, value in headers.items() if name.lower() not in here)
        if request.endpoint != "static" and "cache-control" not in here:
            response.headers.add("Cache-Control", "no-store")
        return response

    app.session_interface = CookieSessions()
    app.before_request(_refuse_other_sites)
    app.after_request(add_headers)


def _refuse_other_sites() -> None:
    """Refuse what a page of another site sends: the form's token says so too, this is the second lock."""
    if request.method == "POST" and request.headers.get("Sec-Fetch-Site", "none") not in {"same-origin", "none"}:
        abort(400)
