"""What every answer of the server carries so that browsers guard it, and what every request must show."""

from __future__ import annotations

from flask import Flask, Response, abort, request

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


def join(app: Flask, settings: Settings) -> None:
    """Guard every request and every answer of the application."""
    headers = dict(HEADERS)
    if settings.flag("https"):
        headers["Strict-Transport-Security"] = f"max-age={ONE_YEAR}"

    def add_headers(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    app.before_request(_refuse_other_sites)
    app.after_request(add_headers)


def _refuse_other_sites() -> None:
    """Refuse what a page of another site sends: the form's token says so too, this is the second lock."""
    if request.method == "POST" and request.headers.get("Sec-Fetch-Site", "none") not in {"same-origin", "none"}:
        abort(400)
