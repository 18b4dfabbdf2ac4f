"""Lets visitors with a signed link in, and frames every page that needs one: who may see it, language, headers."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path

from flask import Blueprint, Response, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from reports.wording import Wording
from survey_app.config import Settings
from survey_app.interface import Interface
from survey_app.signed_links import OPEN, Audience, Grant, LinkError, from_this_machine, read_token
from survey_app.store import Store
from survey_app.views import result_words

EXTENSION = "relata.console"
GRANTS, LANGUAGE = "grants", "console_language"
visitors = Blueprint("visitors", __name__)


@dataclass(frozen=True)
class Console:
    """What the pages of the console work with."""

    store: Store
    settings: Settings
    interfaces: Mapping[str, Interface]


def console() -> Console:
    """Return what `survey_app.console` joined to the application."""
    found: Console = current_app.extensions[EXTENSION]
    return found


@visitors.get(f"{OPEN}<token>")
def open_link(token: str) -> ResponseReturnValue:
    """Keep what a link grants in the visitor's session and go on, so that the token leaves the address bar."""
    if not _from_this_machine():
        return closed("elsewhere", 403)
    try:
        grant = read_token(console().settings.secret_key, token)
    except LinkError as error:
        return closed("expired" if error.expired else "forged", 403)
    others = [other for other in granted() if (other.study, other.audience) != (grant.study, grant.audience)]
    session[GRANTS] = [asdict(kept) for kept in (*others, grant)]
    place = "researcher.study_page" if grant.audience == "researcher" else "brand_manager.reports_page"
    return redirect(url_for(place, study=grant.study), 303)


@visitors.after_request
def keep_nowhere(response: Response) -> Response:
    """Keep pages, data and reports out of caches; files would otherwise be kept as long as stylesheets."""
    response.headers["Cache-Control"] = "no-store"
    return response


def only_for(*audiences: Audience) -> Callable[[], ResponseReturnValue | None]:
    """Return a check to run before each view of a blueprint: this machine, and a grant for the study asked for."""

    def refuse() -> ResponseReturnValue | None:
        if not _from_this_machine():
            return closed("elsewhere", 403)
        study = (request.view_args or {}).get("study")
        if any(grant.study == study and grant.audience in audiences for grant in granted()):
            return None
        return closed("no_grant", 403)

    return refuse


def granted() -> list[Grant]:
    """Return what this visitor's links have opened and time has not closed."""
    kept = [Grant(**grant) for grant in session.get(GRANTS, [])]
    return [grant for grant in kept if grant.holds(time.time())]


def closed(reason: str, status: int) -> ResponseReturnValue:
    """Show why a page does not open, and what to do."""
    return show("closed.html", reason=reason), status


def show(template: str, **values: object) -> str:
    """Draw a page of the console in the visitor's language."""
    interface = page_interface()
    return render_template(
        f"researcher/{template}",
        t=interface.say,
        w=Wording(interface.language),
        asset=_asset,
        w_time=partial(result_words.moment, interface.language),
        interface=interface,
        interfaces=console().interfaces,
        audiences={grant.audience for grant in granted() if grant.study == (request.view_args or {}).get("study")},
        **values,
    )


def page_interface() -> Interface:
    """Return the texts in the language chosen here or before, else in the one the browser prefers."""
    known = console().interfaces
    asked = request.args.get("lang", "")
    if asked in known and _from_this_machine():
        session[LANGUAGE] = asked
    wanted = (asked, session.get(LANGUAGE, ""), request.accept_languages.best_match(known))
    return known[next((str(language) for language in wanted if language in known), "en")]


@cache
def _asset(name: str) -> str:
    """Return the address of a static file with a mark of its content, so that browsers may keep it until it changes."""
    content = Path(current_app.static_folder or "", name).read_bytes()
    return url_for("static", filename=name, v=hashlib.sha256(content).hexdigest()[:12])


def _from_this_machine() -> bool:
    return from_this_machine(request.remote_addr, request.host, request.headers.keys())
