"""The one gate of the console: who a visitor is, whether a route opens to them, what is written down about it."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path

from flask import Blueprint, Flask, Response, current_app, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError

from reports.wording import Wording
from survey_app.access import accounts
from survey_app.access.accounts import SignedIn
from survey_app.access.permissions import OF_LINK, RULES, Permission, Right, Rule, Visitor, of_brand_link
from survey_app.access.signed_links import OPEN, Grant, LinkError, from_this_machine, read_token
from survey_app.config import Settings
from survey_app.interface import Interface
from survey_app.store import Store, StoreUnavailableError, audit, report_links
from survey_app.store.accounts import Account
from survey_app.store.report_links import ReportLink
from survey_app.views import result_words

logger = logging.getLogger(__name__)

EXTENSION = "relata.console"
GRANTS, LANGUAGE, SIGNED_IN = "grants", "console_language", "signed_in"
READING = frozenset({"GET", "HEAD", "OPTIONS"})
LINK_HOLDER = "link"
MOST_GRANTS = 8
FORBIDDEN = 403
visitors = Blueprint("visitors", __name__)


@dataclass(frozen=True)
class Console:
    """What the pages of the console work with."""

    store: Store
    settings: Settings
    interfaces: Mapping[str, Interface]
    blueprints: frozenset[str]


def console() -> Console:
    """Return what `survey_app.console` joined to the application."""
    found: Console = current_app.extensions[EXTENSION]
    return found


def join(app: Flask) -> None:
    """Set up the gate for every route of the console's blueprints; one without a rule opens to nobody."""
    app.before_request(_admit)
    app.after_request(_write_down)
    app.after_request(keep_nowhere)


def visitor() -> Visitor:
    """Return who makes this request."""
    if "visitor" not in g:
        g.visitor, g.account = _known_by_session()
    found: Visitor = g.visitor
    return found


def own_account() -> Account:
    """Return the account of the person who makes this request; the gate has seen to it that there is one."""
    visitor()
    found: Account = g.account
    return found


def outward(endpoint: str, **values: str) -> str:
    """Return an address for letters: of the site as it is set, never of a Host that a stranger sent.

    Where nothing is set, whoever passes the letter on puts the site in front of the path.
    """
    settings = console().settings
    site = settings.text("public_address").rstrip("/")
    known = not site and (_from_this_machine() or bool(settings.text("trusted_hosts")))
    return site + url_for(endpoint, _external=known, **values)


def note(subject: str, *, actor: str | None = None) -> None:
    """Say what the audit log shall tell of this request."""
    g.subject = subject
    g.actor = actor


def may(permission: str, study: str | None = None, brand: str | None = None) -> bool:
    """Say whether this visitor may do something."""
    return visitor().may(Permission(permission), study, brand)


def begin_session(signed_in: SignedIn) -> None:
    """Give the browser a session that nobody held before it signed in."""
    language = session.get(LANGUAGE)
    session.clear()
    session.permanent = True
    session[SIGNED_IN] = signed_in.token
    if language:
        session[LANGUAGE] = language


def end_session() -> None:
    """End this browser's session."""
    accounts.sign_out(console().store, session.get(SIGNED_IN, ""))
    session.clear()


@visitors.get(f"{OPEN}<token>")
def open_link(token: str) -> ResponseReturnValue:
    """Keep what a link grants in the visitor's session and go on, so that the token leaves the address bar."""
    note("")
    try:
        grant = read_token(console().settings.secret_key, token)
    except LinkError as error:
        return closed("expired" if error.expired else "forged", 403)
    if grant.audience == "brand":
        return _open_brand_link(grant)
    if not _from_this_machine():
        return closed("elsewhere", 403)
    note(f"{grant.audience} {grant.study}", actor=LINK_HOLDER)
    _keep(grant)
    place = "researcher.study_page" if grant.audience == "researcher" else "brand_manager.reports_page"
    return redirect(url_for(place, study=grant.study), 303)


def _open_brand_link(grant: Grant) -> ResponseReturnValue:
    """Lead whoever holds the link to the report that it was made for."""
    link = _brand_link(grant)
    if link is None:
        return closed("expired", 403)
    note(f"{link.brand} {link.id}", actor=_holder(link))
    _keep(grant)
    return redirect(url_for("brand_manager.brand_page", study=link.study, brand=link.brand), 303)


def _keep(grant: Grant) -> None:
    """Put a grant into the session, in the place of one for the same."""
    same = (grant.study, grant.audience, grant.link)
    others = [other for other in granted() if (other.study, other.audience, other.link) != same]
    session[GRANTS] = [asdict(kept) for kept in (*others, grant)][-MOST_GRANTS:]


def _brand_link(grant: Grant) -> ReportLink | None:
    """Return what a link to a brand's report was made for; None where it was withdrawn."""
    with console().store.reading() as tx:
        link = report_links.find(tx, grant.link)
    return link if link and link.study == grant.study and link.holds(datetime.now(UTC)) else None


def _holder(link: ReportLink) -> str:
    return f"{LINK_HOLDER}: {link.made_for}"


def keep_nowhere(response: Response) -> Response:
    """Keep pages, data and reports out of caches; files would otherwise be kept as long as stylesheets."""
    if request.blueprint in console().blueprints:
        response.headers["Cache-Control"] = "no-store"
    return response


def granted() -> list[Grant]:
    """Return what this visitor's links have opened and time has not closed."""
    kept = [Grant(**grant) for grant in session.get(GRANTS, [])]
    return [grant for grant in kept if grant.holds(time.time())]


def closed(reason: str, status: int) -> ResponseReturnValue:
    """Show why a page does not open, and what to do."""
    return show("closed.html", reason=reason), status


def form_expired(_error: CSRFError) -> ResponseReturnValue:
    """Say that nothing was done because the request shows no token of our page."""
    return closed("csrf", 400)


def show(template: str, room: str = "researcher", /, **values: object) -> str:
    """Draw a page of the console in the visitor's language."""
    return show_in(page_interface(), template, room, **values)


def show_in(interface: Interface, template: str, room: str, /, **values: object) -> str:
    """Draw a page of the console in one language."""
    return render_template(
        f"{room}/{template}",
        t=interface.say,
        w=Wording(interface.language),
        asset=_asset,
        w_time=partial(result_words.moment, interface.language),
        interface=interface,
        interfaces=console().interfaces,
        visitor=visitor(),
        may=may,
        **values,
    )


def page_interface() -> Interface:
    """Return the texts in the language chosen here or before, else in the one the browser prefers."""
    known = console().interfaces
    asked = request.args.get("lang", "")
    if asked in known and asked != session.get(LANGUAGE):
        session[LANGUAGE] = asked
    wanted = (asked, session.get(LANGUAGE, ""), request.accept_languages.best_match(known))
    return known[next((str(language) for language in wanted if language in known), "en")]


def _admit() -> ResponseReturnValue | None:
    """Let a request through to its view, or answer it here."""
    if request.blueprint not in console().blueprints or request.endpoint is None:
        return None
    rule = RULES.rule(request.endpoint)
    if rule is None:
        return closed("no_right", 403)
    if rule.scope is not None:
        return _admit_program(rule)
    arguments = request.view_args or {}
    if visitor().may(rule.permission, arguments.get("study"), arguments.get("brand")):
        return None
    if visitor().account is not None:
        return closed("no_right", 403)
    return closed("no_grant" if _from_this_machine() else "elsewhere", 403)


def _admit_program(rule: Rule) -> ResponseReturnValue | None:
    """Let a program in by its token; a browser's session opens nothing here, so that no other site can use it."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    found = accounts.visitor_of_token(console().store, token.strip()) if kind.lower() == "bearer" else None
    g.visitor, g.account = found or Visitor(), None
    if found is None:
        return {"error": "unauthorized", "detail": "Send a token: Authorization: Bearer relata_…"}, 401
    arguments = request.view_args or {}
    allowed = rule.scope in (found.scopes or ()) and (
        "study" not in arguments or found.may(rule.permission, arguments["study"], arguments.get("brand"))
    )
    return None if allowed else ({"error": "forbidden", "detail": "This token does not open this."}, 403)


def _known_by_session() -> tuple[Visitor, Account | None]:
    token = session.get(SIGNED_IN)
    found = accounts.visitor_of_session(console().store, token) if token else None
    if found is not None:
        return found
    links = [link for grant in granted() if grant.audience == "brand" and (link := _brand_link(grant))]
    handed = [Right(link.study, of_brand_link(may_update=link.may_update), link.brand) for link in links]
    printed = [Right(each.study, OF_LINK[each.audience]) for each in granted() if each.audience in OF_LINK]
    rights = (*handed, *(printed if _from_this_machine() else ()))
    name = _holder(links[0]) if links else LINK_HOLDER if rights else ""
    return Visitor(name, rights=rights), None


def _write_down(response: Response) -> Response:
    """Add to the audit log what was done or asked for in vain; what cannot be written is at least in the log file."""
    if request.blueprint not in console().blueprints or request.endpoint is None:
        return response
    rule = RULES.rule(request.endpoint)
    looked = request.method in READING and not (rule and rule.logged) and response.status_code != FORBIDDEN
    actor = g.get("actor") or (g.visitor.name if "visitor" in g else "")
    if looked or not actor:
        return response
    arguments = request.view_args or {}
    told = [str(value) for name, value in arguments.items() if name not in {"study", "token"}]
    entry = audit.Entry(
        at=datetime.now(UTC),
        actor=actor[:254],
        action=request.endpoint,
        study=arguments.get("study"),
        subject=" ".join([*told, g.get("subject", "")]).strip(),
        outcome=response.status_code,
        address=request.remote_addr or "",
    )
    try:
        with console().store.transaction() as tx:
            audit.add(tx, entry)
    except StoreUnavailableError:
        logger.exception("Not in the audit log: %s", entry)
    return response


@cache
def _asset(name: str) -> str:
    """Return the address of a static file with a mark of its content, so that browsers may keep it until it changes."""
    content = Path(current_app.static_folder or "", name).read_bytes()
    return url_for("static", filename=name, v=hashlib.sha256(content).hexdigest()[:12])


def _from_this_machine() -> bool:
    return from_this_machine(request.remote_addr, request.host, request.headers.keys())
