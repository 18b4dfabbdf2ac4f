"""What an administrator does: people invited, their roles, new links for them, and the audit log of everybody."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from survey_app.access import accounts
from survey_app.access.permissions import ROLES
from survey_app.field.outbox import leave_message
from survey_app.results.table_files import Cell, csv_lines
from survey_app.store import accounts as rows
from survey_app.store import audit
from survey_app.store.accounts import Account, EmailTakenError
from survey_app.views.account_forms import InviteForm, problems
from survey_app.views.visitors import console, note, outward, own_account, show

ENTRIES_SHOWN = 200
REFUSED = 422
AUDIT_COLUMNS = ("at", "actor", "action", "study", "subject", "outcome", "address")

people = Blueprint("people", __name__, url_prefix="/people")


@people.get("")
def people_page() -> ResponseReturnValue:
    """List everybody."""
    return _page(InviteForm())


@people.post("/invite")
def invite() -> ResponseReturnValue:
    """Make an account and show the link by which its person chooses a password."""
    form = InviteForm(request.form)
    note(f"{form.email.data} {form.role.data}")
    if not form.validate():
        return _page(form, wrong=problems(form)), REFUSED
    try:
        token = accounts.invite(console().store, form.email.data, form.name.data, form.role.data)
    except EmailTakenError:
        return _page(form, wrong={"email": "taken"}), REFUSED
    return _page(InviteForm(), link=_link(accounts.email_of(form.email.data), token), link_for=form.email.data)


@people.post("/<int:account_id>")
def change_person(account_id: int) -> ResponseReturnValue:
    """Give somebody another role, close their account or open it again; nobody can do that to themselves."""
    account = _account(account_id)
    role, status = request.form.get("role", account.role), request.form.get("status", "")
    note(f"{account.email} {role} {status}")
    if account.id == own_account().id or role not in ROLES:
        abort(400)
    values: dict[str, str] = {"role": role}
    if status == "disabled":
        values["status"] = "disabled"
    elif status == "active":
        values["status"] = "active" if account.password_hash else "invited"
    with console().store.transaction() as tx:
        rows.change(tx, account.id, **values)
        rows.end_sessions(tx, account.id)
    return redirect(url_for(".people_page"), 303)


@people.post("/<int:account_id>/link")
def link_for(account_id: int) -> ResponseReturnValue:
    """Show a new link by which somebody chooses a password."""
    account = _account(account_id)
    note(account.email)
    with console().store.transaction() as tx:
        token = accounts.make_link(tx, "password", account.id)
    return _page(InviteForm(), link=_link(account.email, token), link_for=account.email)


@people.get("/audit")
def audit_page() -> ResponseReturnValue:
    """Show the newest entries of the audit log."""
    with console().store.reading() as tx:
        entries = audit.latest(tx, limit=ENTRIES_SHOWN)
    return show("audit.html", "accounts", entries=entries)


@people.get("/audit.csv")
def audit_file() -> ResponseReturnValue:
    """Send the whole audit log."""

    def entries() -> Iterator[list[Cell]]:
        with store.reading() as tx:
            for entry in audit.every(tx):
                yield [str(getattr(entry, name) or "") for name in AUDIT_COLUMNS]

    store = console().store
    response = Response(csv_lines(AUDIT_COLUMNS, entries()), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename="audit.csv")
    return response


def _link(email: str, token: str) -> str:
    link = outward("accounts.password_link", token=token)
    leave_message(console().settings.instance, email, link)
    return link


def _account(account_id: int) -> Account:
    with console().store.reading() as tx:
        return rows.find(tx, account_id) or abort(404)


def _page(form: InviteForm, *, wrong: dict[str, str] | None = None, link: str = "", link_for: str = "") -> str:
    with console().store.reading() as tx:
        everybody = rows.every(tx)
    return show(
        "people.html",
        "accounts",
        form=form,
        problems=wrong or {},
        everybody=everybody,
        roles=ROLES,
        link=link,
        link_for=link_for,
        own_id=own_account().id,
    )
