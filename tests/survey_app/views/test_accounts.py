"""Signing in and out, links that open once, second factor, tokens, and the audit log."""

import re
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from survey_app.access import accounts
from survey_app.access.one_time_codes import STEP_SECONDS, code_at, new_secret
from survey_app.access.permissions import SCOPES
from survey_app.store import accounts as rows
from survey_app.store import audit
from survey_app.views.visitors import EXTENSION, SIGNED_IN
from tests.survey_app.views.people import make_person, signed_in

PASSWORD = "three words in a row"  # noqa: S105 - opens nothing outside this file
HOSTILE = '<script>alert("x")</script>'


@pytest.fixture
def doors(app):
    """The application without tokens in forms, and an administrator who knows a password."""
    app.config["WTF_CSRF_ENABLED"] = False
    return app


@pytest.fixture
def store(doors):
    return doors.extensions[EXTENSION].store


@pytest.fixture
def ada(store):
    token = accounts.set_up_token(store)
    return accounts.set_up(store, token, "ada@example.org", "Ada", PASSWORD).account


def sign_in(client, email="ada@example.org", password=PASSWORD, **more):
    return client.post("/sign-in", data={"email": email, "password": password, **more})


def entries(store):
    with store.reading() as tx:
        return [(entry.action, entry.actor, entry.subject, entry.outcome) for entry in audit.latest(tx, limit=50)]


def test_the_first_person_sets_up_and_nobody_after(doors, store):
    token, client = accounts.set_up_token(store), doors.test_client()
    form = {"name": "Ada", "email": " Ada@Example.org ", "password": PASSWORD}

    assert "prints a link" in client.get("/").text
    assert client.post(f"/set-up/{token}", data=form | {"password": "short"}).status_code == 422
    assert client.post(f"/set-up/{token}", data=form).headers["Location"] == "/studies"
    assert client.get("/people").status_code == 200
    assert client.post(f"/set-up/{token}", data=form).status_code == 403
    assert accounts.set_up_token(store) is None
    with store.reading() as tx:
        stored = rows.find_by_email(tx, "ada@example.org").password_hash
    assert stored.startswith("$argon2id$")


@pytest.mark.usefixtures("ada")
def test_signing_in_gives_a_session_of_its_own_and_out_ends_it(doors):
    client = doors.test_client()
    with client.session_transaction() as session:
        session[SIGNED_IN] = planted = "a session somebody else has put here"

    assert sign_in(client, "ADA@example.org").status_code == 303
    with client.session_transaction() as session:
        kept = session[SIGNED_IN]
    assert kept != planted
    assert client.post("/sign-out").status_code == 303
    with client.session_transaction() as session:
        session[SIGNED_IN] = kept
    assert client.get("/studies").status_code == 403


@pytest.mark.usefixtures("ada")
def test_nothing_of_the_session_before_signing_in_is_kept(doors):
    client = doors.test_client()
    with client.session_transaction() as session:
        session.update(dict.fromkeys(["csrf_token", "planted"], "by somebody who had this browser before"))

    assert sign_in(client, "ada@example.org").status_code == 303
    with client.session_transaction() as session:
        assert "by somebody who had this browser before" not in session.values()


def test_signing_out_everywhere_ends_other_browsers(doors, ada):
    here, there = signed_in(doors, ada), signed_in(doors, ada)

    assert there.get("/studies").status_code == 200
    here.post("/sign-out-everywhere")
    assert there.get("/studies").status_code == 403


@pytest.mark.usefixtures("ada")
def test_a_wrong_password_and_an_unknown_address_are_one_answer(doors):
    wrong, unknown = (sign_in(doors.test_client(), email, "x") for email in ("ada@example.org", "eve@example.org"))

    assert (wrong.status_code, unknown.status_code) == (422, 422)
    pages = [re.sub(r'name="csrf_token" value="[^"]+"', "", page.text) for page in (wrong, unknown)]
    assert pages[0].replace("ada@", "eve@") == pages[1]


def test_after_five_wrong_passwords_the_right_one_opens_nothing(doors, ada):
    client = doors.test_client()
    for _ in range(accounts.ATTEMPTS_OF_ACCOUNT):
        assert sign_in(client, ada.email, "wrong").status_code == 422

    assert sign_in(client).status_code == 429


def test_one_address_cannot_try_everybody(doors, store, ada, monkeypatch):
    monkeypatch.setattr(accounts, "ATTEMPTS_OF_ADDRESS", 3)
    client = doors.test_client()
    for number in range(3):
        sign_in(client, f"somebody{number}@example.org", "x")

    assert sign_in(client, ada.email).status_code == 429
    assert client.post("/sign-in", data={"email": ada.email, "password": PASSWORD}).status_code == 429
    assert isinstance(accounts.sign_in(store, ada.email, PASSWORD, "", "203.0.113.1"), accounts.SignedIn)


def test_many_wrong_passwords_at_once_are_as_many_tries(store, ada, monkeypatch):
    seen = []
    monkeypatch.setattr(accounts, "_verified", lambda *_: seen.append(tried(store)) or False)
    for _ in range(accounts.ATTEMPTS_OF_ACCOUNT):
        accounts.sign_in(store, ada.email, "x", "", "203.0.113.1")

    assert seen == [1, 2, 3, 4, 5], "each is counted before it is judged"


def tried(store, email="ada@example.org"):
    with store.reading() as tx:
        return rows.attempts(tx, accounts.digest(email), "", datetime(2020, 1, 1, tzinfo=UTC))[0]


@pytest.mark.usefixtures("ada")
def test_strangers_lock_nobody_out_of_their_own_browser(doors):
    own, stranger = doors.test_client(), doors.test_client()
    assert sign_in(own).status_code == 303
    own.post("/sign-out")
    for _ in range(accounts.ATTEMPTS_OF_ACCOUNT + 1):
        answer = sign_in(stranger, password="wrong")  # noqa: S106 - a wrong one
    assert answer.status_code == 429
    assert sign_in(doors.test_client()).status_code == 429

    assert sign_in(own).status_code == 303
    own.post("/sign-out")
    told = [sign_in(own, password="wrong").status_code for _ in range(accounts.ATTEMPTS_OF_ACCOUNT + 1)]  # noqa: S106
    assert told == [422] * accounts.ATTEMPTS_OF_ACCOUNT + [429], "whoever has the browser guesses no longer either"


def test_the_mark_of_a_browser_is_good_for_its_own_person_only(doors, store, ada):
    make_person(doors, "bo", "researcher")
    own = doors.test_client()
    sign_in(own)
    for _ in range(accounts.ATTEMPTS_OF_ACCOUNT):
        accounts.sign_in(store, "bo@example.org", "x", "", "203.0.113.1")
    assert sign_in(own, "bo@example.org", "x").status_code == 429
    forged = doors.test_client()
    forged.set_cookie("known", f'["{accounts.digest(ada.email)}","0"].x')
    for _ in range(accounts.ATTEMPTS_OF_ACCOUNT):
        sign_in(forged, password="wrong")  # noqa: S106 - a wrong one
    assert sign_in(forged).status_code == 429


@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x", "//[", "/\t/evil.example"]
)
@pytest.mark.usefixtures("ada")
def test_signing_in_leads_to_this_site_only(doors, target):
    assert sign_in(doors.test_client(), next=target).headers["Location"] == "/studies"
    assert sign_in(doors.test_client(), next="/people?x=1").headers["Location"] == "/people?x=1"


def test_a_one_time_code_serves_once(doors, store, ada):
    secret = new_secret()
    code = code_at(secret, int(time.time()) // STEP_SECONDS)
    with store.transaction() as tx:
        rows.change(tx, ada.id, totp_secret=secret)

    assert sign_in(doors.test_client()).status_code == 422
    assert sign_in(doors.test_client(), code=code).status_code == 303
    assert sign_in(doors.test_client(), code=code).status_code == 422


def test_the_second_factor_is_turned_on_with_a_code_as_proof(doors, ada, store):
    client = signed_in(doors, ada)
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", client.get("/account").text)[1]

    assert client.post("/account/second-factor", data={"code": "000000x"}).status_code == 422
    code = code_at(secret, int(time.time()) // STEP_SECONDS)
    assert client.post("/account/second-factor", data={"code": code}).status_code == 303
    with store.reading() as tx:
        assert rows.find(tx, ada.id).totp_secret == secret


def test_an_invitation_opens_once(doors, ada, store):
    client = signed_in(doors, ada)
    page = client.post(
        "/people/invite", data={"name": HOSTILE, "email": "bo@example.org", "role": "brand_manager"}
    ).text
    link = re.search(r"http://localhost(/password/[\w-]+)", page)[1]

    assert "&lt;script&gt;alert" in page
    assert "<script" not in page
    guest = doors.test_client()
    assert guest.post(link, data={"password": "bo@example"}).status_code == 422
    assert guest.post(link, data={"password": PASSWORD}).headers["Location"] == "/studies"
    assert guest.get("/studies").status_code == 200
    assert doors.test_client().post(link, data={"password": PASSWORD}).status_code == 403
    assert (
        client.post("/people/invite", data={"name": "B", "email": "BO@example.org", "role": "researcher"}).status_code
        == 422
    )
    (message,) = (doors.extensions[EXTENSION].settings.instance / "outbox").iterdir()
    assert link in message.read_text()
    assert message.stat().st_mode & 0o077 == 0
    assert ("people.invite", ada.email, "bo@example.org brand_manager", 200) in entries(store)


def test_a_forgotten_password_tells_nobody_who_has_an_account(doors, ada):
    answers = [doors.test_client().post("/forgotten", data={"email": email}).text for email in (ada.email, "x@x.org")]
    outbox = doors.extensions[EXTENSION].settings.instance / "outbox"

    assert answers[0] == answers[1]
    (message,) = outbox.iterdir()
    link = re.search(r"/password/[\w-]+", message.read_text())[0]
    assert doors.test_client().post(link, data={"password": "another row of words"}).status_code == 303
    assert sign_in(doors.test_client()).status_code == 422
    assert sign_in(doors.test_client(), ada.email, "another row of words").status_code == 303


def test_a_letter_never_holds_the_host_that_a_stranger_sent(doors, ada):
    strange = {"Host": "evil.example"}
    doors.test_client().post("/forgotten", data={"email": ada.email}, headers=strange)
    (message,) = (doors.extensions[EXTENSION].settings.instance / "outbox").iterdir()
    assert "evil.example" not in message.read_text()
    assert "/password/" in message.read_text()


def test_a_new_password_voids_links_and_tokens_made_before(doors, store, ada):
    with store.transaction() as tx:
        link = accounts.make_link(tx, "password", ada.id)
    client = signed_in(doors, ada)
    client.post("/account/tokens", data={"token_name": "script", "scopes": [SCOPES[0]]})
    change = {"old": PASSWORD, "password": "another row of words"}
    assert client.post("/account/password", data=change).status_code == 303
    assert doors.test_client().get(f"/password/{link}").status_code == 403
    with store.reading() as tx:
        (token,) = rows.tokens_of(tx, ada.id)
    assert token.revoked_at is not None


def test_codes_of_the_second_factor_cannot_be_tried_for_ever_and_serve_once(store, ada):
    secret = new_secret()
    step = int(time.time() // STEP_SECONDS)
    assert accounts.set_second_factor(store, ada, secret, code_at(secret, step))
    with store.reading() as tx:
        person = rows.find(tx, ada.id)
    assert not accounts.set_second_factor(store, person, None, code_at(secret, step))
    for wrong in range(5):
        accounts.set_second_factor(store, person, None, f"{wrong:06d}")
    assert not accounts.set_second_factor(store, person, None, code_at(secret, step + 1))


def test_the_present_password_cannot_be_guessed_at_for_ever_by_whoever_finds_a_session(doors, ada, store):
    client, form = signed_in(doors, ada), {"password": "four words in a row"}
    told = [client.post("/account/password", data=form | {"old": f"guess {n}"}).status_code for n in range(6)]

    assert told == [422] * 5 + [429]
    assert client.post("/account/password", data=form | {"old": PASSWORD}).status_code == 429
    assert isinstance(accounts.sign_in(store, ada.email, PASSWORD, "", "203.0.113.1"), accounts.SignedIn)


def test_asking_for_links_floods_nobody_and_leaves_the_last_one_good(doors, ada):
    stranger, outbox = doors.test_client(), Path(doors.instance_path, "outbox")
    told = {stranger.post("/forgotten", data={"email": ada.email}).status_code for _ in range(8)}

    assert told == {200}
    letters = [path.read_text(encoding="utf-8") for path in outbox.iterdir()]
    assert len(letters) == 3
    links = [re.search(r"/password/[\w-]+", letter)[0] for letter in letters]
    assert sorted(stranger.get(link).status_code for link in links) == [200, 403, 403]


def test_one_address_asks_for_few_links(doors, ada):
    stranger = doors.test_client()
    told = [
        stranger.post(
            "/forgotten", data={"email": f"p{n}@example.org"}, environ_base={"REMOTE_ADDR": "203.0.113.9"}
        ).status_code
        for n in range(11)
    ]
    assert told == [200] * 10 + [429]
    other = {"REMOTE_ADDR": "203.0.113.10"}
    assert stranger.post("/forgotten", data={"email": ada.email}, environ_base=other).status_code == 200


def test_a_new_password_ends_other_sessions(doors, ada):
    here, there = signed_in(doors, ada), signed_in(doors, ada)
    change = {"old": PASSWORD, "password": "another row of words"}

    assert here.post("/account/password", data=change | {"old": "x"}).status_code == 422
    assert here.post("/account/password", data=change).status_code == 303
    assert here.get("/studies").status_code == 200
    assert there.get("/studies").status_code == 403


def test_an_administrator_cannot_lock_themselves_out(doors, ada):
    client = signed_in(doors, ada)

    assert client.post(f"/people/{ada.id}", data={"status": "disabled"}).status_code == 400


def test_a_closed_account_can_be_opened_again(doors, ada, store):
    person, client = make_person(doors, "bo", "researcher"), signed_in(doors, ada)
    browser = signed_in(doors, person)
    client.post(f"/people/{person.id}", data={"status": "disabled"})

    assert browser.get("/studies").status_code == 403
    client.post(f"/people/{person.id}", data={"status": "active", "role": "front_line"})
    with store.reading() as tx:
        found = rows.find(tx, person.id)
    assert (found.status, found.role) == ("invited", "front_line")


def test_tokens_are_shown_once_stored_hashed_and_revoked(doors, ada, store):
    client = signed_in(doors, ada)
    page = client.post("/account/tokens", data={"token_name": "R", "scopes": ["answers", "typing"]}).text
    token = re.search(r"relata_[\w-]{43}", page)[0]

    assert token not in client.get("/account").text
    found = accounts.visitor_of_token(store, token)
    assert (found.role, found.scopes) == ("administrator", {"answers", "typing"})
    with store.reading() as tx:
        (kept,) = rows.tokens_of(tx, ada.id)
        assert rows.token_account(tx, token) is None
    client.post(f"/account/tokens/{kept.id}/revoke")
    assert accounts.visitor_of_token(store, token) is None


def test_a_study_is_shared_by_its_owner(doors, ada):
    bo = make_person(doors, "bo", "brand_manager")
    client = signed_in(doors, ada)
    for level, brand, status in (("brand_manager", "", 422), ("viewer", "alba", 422), ("brand_manager", "nobody", 422)):
        data = {"email": bo.email, "level": level, "brand": brand}
        assert client.post("/studies/coffee/people", data=data).status_code == status
    unknown = {"email": "x@example.org", "level": "viewer"}
    assert client.post("/studies/coffee/people", data=unknown).status_code == 422

    data = {"email": bo.email, "level": "brand_manager", "brand": "alba"}
    assert client.post("/studies/coffee/people", data=data).status_code == 303
    assert signed_in(doors, bo).get("/reports/coffee").status_code == 200
    client.post(f"/studies/coffee/people/{bo.id}/remove", data={"brand": "alba"})
    assert signed_in(doors, bo).get("/reports/coffee").status_code == 403


def test_the_audit_log_tells_what_was_done_and_what_was_refused(doors, ada, store):
    bo = make_person(doors, "bo", "front_line")
    signed_in(doors, bo).get("/studies/coffee")
    client = signed_in(doors, ada)
    client.get("/studies/coffee/data/answers.csv").close()
    sign_in(doors.test_client(), ada.email, "x")

    told = entries(store)
    assert ("researcher.study_page", bo.email, "", 403) in told
    assert ("researcher.data", ada.email, "answers.csv", 200) in told
    assert ("accounts.sign_in", ada.email, "", 422) in told
    assert "researcher.data" in client.get("/people/audit").text


def test_the_audit_file_runs_nothing_in_a_spreadsheet(doors, ada, store):
    with store.transaction() as tx:
        audit.add(tx, audit.Entry(datetime.now(UTC), '=cmd|"/c calc"!A1', "x", None, "@SUM(1)", 200, ""))

    lines = signed_in(doors, ada).get("/people/audit.csv").text.splitlines()
    assert any("\"'=cmd|" in line and "'@SUM(1)" in line for line in lines)


def test_whoever_has_signed_in_is_told_of_an_unknown_address_in_the_language_of_the_console(doors, ada):
    client = signed_in(doors, ada)
    client.get("/studies?lang=zh")

    page = client.get("/nowhere").text

    assert '<html lang="zh' in page
    assert 'href="/studies"' in page
