"""Pages for what goes wrong: every one says what happened to the answers, and carries a number to ask about."""

from __future__ import annotations

import logging
import secrets

from flask import Flask, g, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from survey_app.store import StoreUnavailableError
from survey_app.views.respondent import desk, respondent, unframed
from survey_app.views.visitors import LANGUAGE, SIGNED_IN

logger = logging.getLogger(__name__)

REFUSED, NOT_FOUND, TOO_LARGE, BROKEN, UNAVAILABLE = 400, 404, 413, 500, 503
RETRY_SECONDS = "5"


def join(app: Flask) -> None:
    """Give every request a reference number and every failure a page."""
    app.before_request(_number_request)
    app.register_error_handler(StoreUnavailableError, _unavailable)
    app.register_error_handler(CSRFError, _form_expired)
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(Exception, _broken)


def reference() -> str:
    """Return the number this request is known by in pages and logs."""
    if "reference" not in g:
        g.reference = secrets.token_hex(4).upper()
    return str(g.reference)


def _number_request() -> None:
    reference()


def _unavailable(error: StoreUnavailableError) -> ResponseReturnValue:
    """Say that nothing was saved, and offer to send the very same page again."""
    logger.error("%s: the database cannot be used now: %s", reference(), error)
    posted = request.method == "POST"
    key = "not_saved" if posted else "not_reached"
    fields = [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]
    page = _page("not_saved.html", key, fields=fields, posted=posted)
    return page, UNAVAILABLE, {"Retry-After": RETRY_SECONDS}


def _form_expired(error: CSRFError) -> ResponseReturnValue:
    logger.warning("%s: %s", reference(), error.description)
    return _page("message.html", "form_expired", **_way_on()), error.code or REFUSED


def _refused(error: HTTPException) -> ResponseReturnValue:
    code = error.code or BROKEN
    if code < REFUSED:  # a redirection is an answer, not a failure
        return error
    logger.info("%s: %s", reference(), error)
    key = {NOT_FOUND: "not_found", TOO_LARGE: "too_large"}.get(code, "bad_request" if code < BROKEN else "broken")
    return _page("message.html", key, **_way_on()), code


def _broken(error: Exception) -> ResponseReturnValue:
    logger.error("%s: %s %s", reference(), request.method, request.path, exc_info=error)
    return _page("message.html", "broken", **(_way_on() if _in_console() else {})), BROKEN


def _page(template: str, key: str, **values: object) -> str:
    return render_template(f"respondent/{template}", key=key, reference=reference(), **_frame(), **values)


def _frame() -> dict[str, object]:
    """Return the frame of a page, in the language of the console for whoever has signed in to it."""
    chosen = request.args.get("lang", session.get(LANGUAGE, "")) if _in_console() else ""
    interface = desk().interfaces.get(chosen)
    return {"t": interface.say, "interface": interface} if interface else unframed()


def _in_console() -> bool:
    return SIGNED_IN in session and request.blueprint != respondent.name


def _way_on() -> dict[str, str]:
    """Return a link back to the questionnaire or the studies, where the failure happened in one of them."""
    if _in_console():
        return {"link": url_for("studies.studies_page"), "link_text": "to_studies"}
    if request.blueprint != respondent.name or not request.view_args:
        return {}
    return {"link": url_for("respondent.page", **request.view_args), "link_text": "go_on"}
