"""The doors of the console: set-up, signing in and out, passwords, second factor and the tokens of one's programs."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

from flask import Blueprint, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from survey_app.access import accounts, one_time_codes
from survey_app.access.accounts import SignedIn
from survey_app.access.rate_limit import Limit
from survey_app.field.outbox import leave_message
from survey_app.store import Transaction
from survey_app.store import accounts as rows
from survey_app.store.accounts import Account
from survey_app.views import known_browsers
from survey_app.views.account_forms import ForgottenForm, PasswordForm, SetUpForm, SignInForm, TokenForm, problems
from survey_app.views.respondent import desk
from survey_app.views.visitors import (
    begin_session,
    closed,
    console,
    end_session,
    note,
    outward,
    own_account,
    show,
    visitor,
)

NEW_SECRET = "new_second_factor"  # noqa: S105 - the name of a field
REFUSED, TOO_MANY = 422, 429
HOUR = 3600
LINKS_OF_ADDRESS = Limit("forgotten", 10, HOUR, spares_loopback=True)
LINKS_OF_ACCOUNT = Limit("links", 3, 24 * HOUR, of_addresses=False)

accounts_pages = Blueprint("accounts", __name__)


@accounts_pages.get("/")
def home() -> ResponseReturnValue:
    """Lead on to one's studies, to signing in, or to what opens the set-up."""
    if visitor().account is not None:
        return redirect(url_for("studies.studies_page"), 303)
    with console().store.reading() as tx:
        ready = rows.has_administrator(tx)
    return redirect(url_for(".sign_in"), 303) if ready else closed("not_set_up", 200)


@accounts_pages.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    """Open a session for somebody who shows password and code."""
    form = SignInForm(request.form)
    going = _going(request.values.get("next", ""))
    if request.method == "GET":
        return show("sign_in.html", "accounts", form=form, going=going, problems={})
    note("", actor=accounts.email_of(form.email.data or "")[:254] or "nobody")
    if not form.validate():
        return show("sign_in.html", "accounts", form=form, going=going, problems=problems(form)), REFUSED
    opened = accounts.sign_in(
        console().store,
        form.email.data,
        form.password.data,
        form.code.data or "",
        request.remote_addr or "",
        browser=known_browsers.mark_of(accounts.email_of(form.email.data)),
    )
    if isinstance(opened, str):
        status = TOO_MANY if opened == "locked" else REFUSED
        return show("sign_in.html", "accounts", form=form, going=going, problems={}, refused=opened), status
    _begin(opened)
    return redirect(going or url_for("studies.studies_page"), 303)


@accounts_pages.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End this session."""
    note("", actor=visitor().name)
    end_session()
    return redirect(url_for(".sign_in"), 303)


@accounts_pages.post("/sign-out-everywhere")
def sign_out_everywhere() -> ResponseReturnValue:
    """End every session of this person."""
    note("", actor=visitor().name)
    accounts.sign_out_everywhere(console().store, own_account().id)
    end_session()
    return redirect(url_for(".sign_in"), 303)


@accounts_pages.route("/set-up/<token>", methods=["GET", "POST"])
def set_up(token: str) -> ResponseReturnValue:
    """Make the first administrator, for whoever holds the link that `serve` printed."""
    with console().store.reading() as tx:
        if not accounts.may_set_up(tx, token):
            return closed("used_link", 403)
    form = SetUpForm(request.form)
    wrong: dict[str, str] = {}
    if request.method == "POST":
        email = accounts.email_of(form.email.data or "")
        note("", actor=email or "nobody")
        wrong = _wrong(form, email)
        if not wrong:
            opened = accounts.set_up(console().store, token, email, form.name.data, form.password.data)
            if opened is None:
                return closed("used_link", 403)
            _begin(opened)
            return redirect(url_for("studies.studies_page"), 303)
    page = show("set_up.html", "accounts", form=form, problems=wrong)
    return (page, REFUSED) if wrong else page


@accounts_pages.route("/password/<token>", methods=["GET", "POST"])
def password_link(token: str) -> ResponseReturnValue:
    """Let the person whom a link was made for choose a password."""
    with console().store.reading() as tx:
        account = accounts.account_of_link(tx, token)
    if account is None:
        return closed("used_link", 403)
    form = PasswordForm(request.form)
    wrong: dict[str, str] = {}
    if request.method == "POST":
        note("", actor=account.email)
        wrong = _wrong(form, account.email)
        if not wrong:
            opened = accounts.choose_password(console().store, token, form.password.data)
            if opened == "used_up":
                return closed("used_link", 403)
            if isinstance(opened, str):
                return redirect(url_for(".sign_in"), 303)
            _begin(opened)
            return redirect(url_for("studies.studies_page"), 303)
    page = show("password.html", "accounts", form=form, problems=wrong, account=account)
    return (page, REFUSED) if wrong else page


@accounts_pages.route("/forgotten", methods=["GET", "POST"])
def forgotten() -> ResponseReturnValue:
    """Leave a link for a new password in the outbox; the answer is the same whether there is such an account or not."""
    form = ForgottenForm(request.form)
    if request.method == "GET":
        return show("forgotten.html", "accounts", form=form, problems={}, sent=False)
    note("", actor=accounts.email_of(form.email.data or "")[:254] or "nobody")
    if not form.validate():
        return show("forgotten.html", "accounts", form=form, problems=problems(form), sent=False), REFUSED
    with console().store.transaction() as tx:
        if not desk().limits.allows(tx, LINKS_OF_ADDRESS, request.remote_addr, time.time()):
            return show("forgotten.html", "accounts", form=form, problems={}, sent=False, refused=True), TOO_MANY
        account = rows.find_by_email(tx, accounts.email_of(form.email.data))
        token = accounts.make_link(tx, "password", account.id) if account and _may_have_link(tx, account) else None
    if account and token:
        link = outward("accounts.password_link", token=token)
        leave_message(console().settings.instance, account.email, link)
    return show("forgotten.html", "accounts", form=form, problems={}, sent=True)


@accounts_pages.get("/account")
def own_account_page() -> ResponseReturnValue:
    """Show what one can change about one's own account."""
    return _own()


@accounts_pages.post("/account/password")
def change_password() -> ResponseReturnValue:
    """Replace one's password; every other session ends."""
    form = PasswordForm(request.form)
    account = own_account()
    wrong = _wrong(form, account.email)
    opened = (
        None if wrong else accounts.change_password(console().store, account, form.old.data or "", form.password.data)
    )
    if opened is None or isinstance(opened, str):
        status = TOO_MANY if opened == "locked" else REFUSED
        return _own(problems=wrong or {"old": opened}), status
    _begin(opened)
    return redirect(url_for(".own_account_page", done="password"), 303)


@accounts_pages.post("/account/second-factor")
def second_factor() -> ResponseReturnValue:
    """Turn one-time codes on or off, with a code of the app as proof."""
    account = own_account()
    secret = None if account.totp_secret else session.get(NEW_SECRET)
    code = request.form.get("code", "")
    if (secret or account.totp_secret) and accounts.set_second_factor(console().store, account, secret, code):
        session.pop(NEW_SECRET, None)
        return redirect(url_for(".own_account_page", done="second_factor"), 303)
    return _own(problems={"code": "wrong"}), REFUSED


@accounts_pages.post("/account/tokens")
def make_token() -> ResponseReturnValue:
    """Make a token and show it, this once."""
    form = TokenForm(request.form)
    if not form.validate():
        return _own(problems=problems(form)), REFUSED
    note(f"{form.token_name.data}: {' '.join(form.scopes.data)}")
    made = accounts.make_token(console().store, own_account().id, form.token_name.data, form.scopes.data)
    return _own(made=made)


@accounts_pages.post("/account/tokens/<int:token_id>/revoke")
def revoke_token(token_id: int) -> ResponseReturnValue:
    """Make one of one's tokens useless."""
    with console().store.transaction() as tx:
        rows.revoke_token(tx, own_account().id, token_id, accounts.now())
    return redirect(url_for(".own_account_page"), 303)


def _own(**values: object) -> str:
    account = own_account()
    if not account.totp_secret and NEW_SECRET not in session:
        session[NEW_SECRET] = one_time_codes.new_secret()
    with console().store.reading() as tx:
        tokens = rows.tokens_of(tx, account.id)
    new_secret = "" if account.totp_secret else session[NEW_SECRET]
    return show(
        "own.html",
        "accounts",
        **{"problems": {}, "made": None} | values,
        account=account,
        tokens=tokens,
        new_secret=new_secret,
        otpauth=one_time_codes.address(new_secret, account.email) if new_secret else "",
        done=request.args.get("done", ""),
        password_form=PasswordForm(),
        token_form=TokenForm(),
    )


def _begin(opened: SignedIn) -> None:
    """Begin a session in a browser that is known from now on."""
    begin_session(opened)
    known_browsers.remember(opened.account.email)


def _may_have_link(tx: Transaction, account: Account) -> bool:
    """Say whether somebody may be sent one more link: the last of a day stays good, whoever goes on asking."""
    few = desk().limits.allows(tx, LINKS_OF_ACCOUNT, account.email, time.time())
    return few and account.status == "active"


def _wrong(form: SetUpForm | PasswordForm, email: str) -> dict[str, str]:
    """Return what is wrong with a form that chooses a password."""
    if not form.validate():
        return problems(form)
    fault = accounts.password_fault(form.password.data, email)
    return {"password": f"password_{fault}"} if fault else {}


def _going(target: str) -> str:
    """Return a path on this very site to go on to, "" for anything else."""
    try:
        parts = urlsplit(target)
    except ValueError:  # such as //[
        return ""
    here = target.startswith("/") and not target.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme
    return target if here and "\\" not in target else ""
