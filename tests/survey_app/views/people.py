"""Everybody who may come to the console's doors, made ready to knock."""

from datetime import UTC, datetime

from survey_app.access import accounts
from survey_app.access.signed_links import sign_link
from survey_app.store import accounts as rows
from survey_app.store.accounts import StudyRight
from survey_app.views.visitors import EXTENSION, SIGNED_IN

# Who there is: role, then rights as (study, level, brand).
PEOPLE = {
    "administrator": ("administrator", ()),
    "owner": ("researcher", (("coffee", "owner", ""),)),
    "editor": ("researcher", (("coffee", "editor", ""),)),
    "viewer": ("researcher", (("coffee", "viewer", ""),)),
    "stranger": ("researcher", (("tea", "owner", ""),)),
    "brand_manager": ("brand_manager", (("coffee", "brand_manager", "alba"),)),
    "other_brand": ("brand_manager", (("coffee", "brand_manager", "brio"), ("tea", "brand_manager", "alba"))),
    "front_line": ("front_line", (("coffee", "front_line", ""),)),
}
LINKS = ("researcher_link", "reports_link")
ACTORS = (*PEOPLE, *LINKS, "nobody")


def make_person(app, name, role, rights=(), *, active=True):
    """Store an account with rights in studies; its password is set elsewhere where a test needs one."""
    store = app.extensions[EXTENSION].store
    with store.transaction() as tx:
        account = rows.create(tx, f"{name}@example.org", name, role, datetime.now(UTC))
        if active:
            rows.change(tx, account.id, status="active")
        for study, level, brand in rights:
            rows.give_right(tx, StudyRight(account.id, study, brand, level))
    return account


def make_people(app):
    """Store everybody; returns their accounts by name."""
    return {name: make_person(app, name, role, rights) for name, (role, rights) in PEOPLE.items()}


def signed_in(app, account):
    """Return a browser in which somebody has signed in."""
    client, store = app.test_client(), app.extensions[EXTENSION].store
    token = f"session of {account.email}, opened {datetime.now(UTC).isoformat()}"
    with store.transaction() as tx:
        rows.open_session(tx, accounts.digest(token), account.id, datetime.now(UTC))
    with client.session_transaction() as session:
        session[SIGNED_IN] = token
    return client


def browser_of(app, actor, people):
    """Return the browser of one of the actors."""
    if actor in people:
        return signed_in(app, people[actor])
    client = app.test_client()
    if actor in LINKS:
        key = app.extensions[EXTENSION].settings.secret_key
        assert client.get(sign_link(key, actor.removesuffix("_link"), "coffee")).status_code == 303
    return client
