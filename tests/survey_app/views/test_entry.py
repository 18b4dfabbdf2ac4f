"""Coming in and being led back: panels, personal links, codes, limits; each id once, each end the same again."""

import hashlib
import hmac
import html
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from survey_app.field import invitations
from survey_app.field.invitations import Person
from survey_app.store import erasure, outbox, panel, sittings
from survey_app.store import invitations as invitation_rows
from survey_app.views.respondent import EXTENSION
from tests.survey_app.respondents import Browser, Page

SOURCES = """\
countries: [de, es]
sources:
  panel_a:
    label: {en: A, zh: A}
    kind: panel
    id: psid
    keep: [pid, place]
    exits:
      complete: "https://panel.example/c?id={id}&pid={pid}"
      screened_out: "https://panel.example/s?id={id}"
      quota_full: "https://panel.example/f?id={id}"
    callback: "https://panel.example/s2s?id={id}&status={status}"
    limit: 2
  panel_b:
    label: {en: B, zh: B}
    kind: panel
    id: rid
    signature: {kind: hmac_sha256, parameter: sig, secret: PANEL_B}
    exits: {complete: "https://b.example/c?rid={id}"}
"""
A = "/s/coffee?src=panel_a&pid=7&psid="
SHARED = "shared"
STRANGER = {"REMOTE_ADDR": "203.0.113.9"}


@pytest.fixture
def site(make_app):
    return make_app(field=SOURCES, signing_secret_panel_b=SHARED, public_address="https://survey.example")


@pytest.fixture
def reading(site):
    def _reading(look):
        with site.extensions[EXTENSION].store.reading() as tx:
            return look(tx)

    return _reading


def counts(reading):
    return {status: n for status, n in reading(lambda tx: sittings.count_by_status(tx, "coffee")).items() if n}


def finish(browser, age="40"):
    if age == "40":
        finish_but_one(browser)
        return browser.send(browser.page(), q1="fine")
    browser.answer(q1="1")
    return browser.send(browser.page(), q1=age, q2="1")


def finish_but_one(browser):
    browser.answer(q1="1")
    browser.answer(q1="40", q2="1")
    browser.answer(q1=["1"])
    browser.answer(q1="3", q2="1")


def signed_entry(uid):
    query = f"src=panel_b&rid={uid}"
    return f"/s/coffee?{query}&sig={hmac.new(SHARED.encode(), query.encode(), hashlib.sha256).hexdigest()}"


def led_to(browser):
    """Where the end leads on to by itself, None where it does not; its link leads there too."""
    response = browser.client.get("/s/coffee/done")
    assert response.status_code == 200
    addresses = re.findall(
        r'<meta http-equiv="refresh" content="0;url=([^"]*)">|<a href="(https:[^"]*)">', response.text
    )
    by_itself, by_link = [[html.unescape(found[at]) for found in addresses if found[at]] for at in (0, 1)]
    assert by_itself == by_link
    return by_itself[0] if by_itself else None


def test_a_panels_respondent_is_led_back_as_often_as_asked(site, reading):
    browser = Browser(site)
    browser.client.get(f"{A}u1")
    finish(browser)
    assert [led_to(browser) for _ in range(2)] == ["https://panel.example/c?id=u1&pid=7"] * 2
    messages = reading(lambda tx: outbox.of_study(tx, "coffee"))
    assert [(one.kind, one.about) for one in messages] == [("callback", browser.sitting_id)]
    assert "u1" not in str(messages)


def test_who_is_screened_out_goes_to_another_exit(site):
    browser = Browser(site)
    browser.client.get(f"{A}u1")
    finish(browser, age="12")
    assert led_to(browser) == "https://panel.example/s?id=u1"


def test_an_id_enters_once_and_the_same_browser_goes_on(site, reading):
    browser, other = Browser(site), Browser(site)
    browser.client.get(f"{A}u1")
    browser.answer(q1="1")
    assert browser.client.get(f"{A}u1").status_code == 303
    assert len(reading(lambda tx: sittings.pages(tx, browser.sitting_id))) == 1

    refused = other.client.get(f"{A}u1")
    assert (refused.status_code, "This link has been used" in refused.text) == (409, True)
    assert 'href="/s/coffee/code"' in refused.text
    assert other.client.get_cookie("r") is None
    assert counts(reading) == {"partial": 1, "duplicate": 1}


def test_a_browser_without_cookies_is_not_asked_to_begin_without_its_panel(site):
    lost = site.test_client(use_cookies=False).get(f"{A}u1", follow_redirects=True)
    assert lost.status_code == 404
    assert re.findall(r'<a href="(/s/[^"]*)"', lost.text) == ["/s/coffee/code"]


def test_whose_first_answer_was_lost_gets_the_same_sitting_again(site, reading):
    lost, again = Browser(site), Browser(site)
    lost.client.get(f"{A}u1")
    assert again.enter("?src=panel_a&pid=7&psid=u1").choices["q1"] == ["1"]
    assert again.sitting_id == lost.sitting_id
    assert counts(reading) == {"started": 1}


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_eight_entries_at_once_under_one_id_are_one_sitting(request, make_app, database):
    url = request.getfixturevalue("postgresql_url") if database == "postgresql" else ""
    site = make_app(field=SOURCES, database=url)
    browsers, gate = [Browser(site) for _ in range(8)], threading.Barrier(8)

    def enter(browser):
        gate.wait()
        return browser.client.get(f"{A}u1").status_code

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(enter, browsers)) == [303] * 8
    assert len({browser.sitting_id for browser in browsers}) == 1
    with site.extensions[EXTENSION].store.reading() as tx:
        assert sum(sittings.count_by_status(tx, "coffee").values()) == 1


def test_a_signed_id_goes_on_in_any_browser_until_it_has_finished(site, reading):
    browser, other, late = Browser(site), Browser(site), Browser(site)
    browser.client.get(signed_entry("9"))
    finish_but_one(browser)
    assert other.client.get(signed_entry("9")).status_code == 303
    assert other.sitting_id == browser.sitting_id
    other.send(other.page(), q1="fine")
    assert late.client.get(signed_entry("9")).headers["Location"].startswith("https://b.example/c?rid=9&sig=")
    assert late.client.get_cookie("r") is None
    assert counts(reading) == {"complete": 1, "duplicate": 1}


def test_two_members_of_a_panel_share_a_browser(site, reading):
    browser = Browser(site)
    browser.client.get(f"{A}u1")
    first = browser.sitting_id
    browser.answer(q1="1")
    browser.client.get(f"{A}u2")
    assert browser.client.get(f"{A}u1").status_code == 303
    assert browser.sitting_id.split(".")[-1] == first
    assert "How old are you?" in browser.page().html
    assert counts(reading) == {"started": 1, "partial": 1}


def test_who_comes_back_elsewhere_after_the_end_is_led_to_the_same_exit(site, reading):
    browser, other = Browser(site), Browser(site)
    browser.client.get(f"{A}u1")
    finish(browser)
    again = other.client.get(f"{A}u1")
    assert (again.status_code, again.headers["Location"]) == (303, "https://panel.example/c?id=u1&pid=7")
    assert counts(reading) == {"complete": 1, "duplicate": 1}
    assert len(reading(lambda tx: outbox.of_study(tx, "coffee"))) == 1


def test_another_member_of_the_panel_in_the_same_browser_begins_anew(site, reading):
    browser = Browser(site)
    browser.client.get(f"{A}u1")
    first = browser.sitting_id
    browser.client.get(f"{A}u2")
    assert browser.sitting_id.split(".")[-1] != first
    assert counts(reading) == {"started": 2}


def test_a_sources_limit_counts_those_under_way(site, reading):
    for name in ("u1", "u2"):
        Browser(site).client.get(f"{A}{name}")
    third = Browser(site)
    third.client.get(f"{A}u3")
    assert led_to(third) == "https://panel.example/f?id=u3"
    assert counts(reading) == {"started": 2, "quota_full": 1}


def test_only_the_panels_signature_lets_in_and_the_exit_is_signed(site, reading):
    signature = hmac.new(SHARED.encode(), b"src=panel_b&rid=9", hashlib.sha256).hexdigest()
    forged = Browser(site).client.get(f"/s/coffee?src=panel_b&rid=8&sig={signature}")
    assert (forged.status_code, "This link does not fit" in forged.text) == (403, True)
    assert counts(reading) == {}

    browser = Browser(site)
    assert browser.client.get(f"/s/coffee?src=panel_b&rid=9&sig={signature}").status_code == 303
    finish(browser)
    back = "https://b.example/c?rid=9"
    assert led_to(browser) == f"{back}&sig={hmac.new(b'shared', back.encode(), hashlib.sha256).hexdigest()}"


def test_a_link_without_its_id_says_so(site, reading):
    response = Browser(site).client.get("/s/coffee?src=panel_a")
    assert (response.status_code, "This link is incomplete" in response.text) == (403, True)
    assert counts(reading) == {}


def test_a_study_closes_its_open_entry_by_a_limit(make_app):
    site = make_app(field=f"{SOURCES}  open: {{label: {{en: Open, zh: 其他}}, kind: open, limit: 0}}\n")
    assert "Enough people like you" in Browser(site).client.get("/s/coffee?psid=u1", follow_redirects=True).text
    panelist = Browser(site)
    panelist.client.get(f"{A}u1")
    assert "q1" in panelist.page().choices


def test_only_what_the_study_names_is_taken_from_a_link(site):
    browser = Browser(site)
    browser.client.get(f"{A}u1&place=secret_code_home&age=40&warm1=3")
    browser.answer(q1="1")
    asked = browser.page()
    assert asked.fields.keys() | asked.choices.keys() >= {"q1"}
    assert "q2" not in asked.choices  # the place is known, the age is asked all the same
    assert "How old are you?" in asked.html


def test_ids_stand_apart_and_can_be_emptied(site, reading):
    browser = Browser(site)
    browser.client.get(f"{A}u1")
    finish(browser)
    with site.extensions[EXTENSION].store.transaction() as tx:
        assert panel.empty(tx, "coffee", "key") == 1
    assert led_to(browser) is None
    assert counts(reading) == {"complete": 1}


def test_the_class_of_device_is_kept_and_no_more(site, reading):
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile/15E148"
    browser = Browser(site)
    browser.client.get("/s/coffee", headers={"User-Agent": agent}, environ_overrides=STRANGER)
    sitting = reading(lambda tx: sittings.find(tx, browser.sitting_id))
    assert sitting.device == "phone"
    database = site.extensions[EXTENSION].settings.database_url().removeprefix("sqlite:///")
    content = b"".join(Path(f"{database}{part}").read_bytes() for part in ("", "-wal"))
    assert b"iPhone" not in content
    assert b"203.0.113.9" not in content


def test_consent_is_kept_with_version_language_and_time(site, reading):
    browser = Browser(site)
    browser.client.get("/s/coffee?lang=zh")
    before = datetime.now(UTC)
    browser.answer(q1="1")
    sitting = reading(lambda tx: sittings.find(tx, browser.sitting_id))
    assert (sitting.consent_version, sitting.consent_language) == ("small 1", "zh")
    assert before <= sitting.consent_at <= datetime.now(UTC)


def test_the_whole_way_on_postgresql(make_app, postgresql_url):
    site = make_app(field=SOURCES, database=postgresql_url)
    browser, other = Browser(site), Browser(site)
    browser.client.get(f"{A}u1", environ_overrides=STRANGER)
    code = code_on(browser.page())
    assert other.client.get(f"{A}u1").status_code == 303
    assert other.sitting_id == browser.sitting_id
    finish_but_one(browser)
    assert Browser(site).client.get(f"{A}u1").status_code == 409
    browser.send(browser.page(), q1="fine")
    assert led_to(browser) == "https://panel.example/c?id=u1&pid=7"
    assert send_code(other, "code", "0" * 12).status_code == 422
    assert send_code(other, "withdraw", code, sure="1").status_code == 200
    with site.extensions[EXTENSION].store.reading() as tx:
        found = {status: n for status, n in sittings.count_by_status(tx, "coffee").items() if n}
        assert (found, erasure.withdrawn(tx, "coffee")) == ({"duplicate": 1}, 1)


# Personal links


@pytest.fixture
def invited(site):
    desk = site.extensions[EXTENSION]
    with desk.store.transaction() as tx:
        questionnaire = desk.questionnaires.get(tx, "coffee", 1)
        people = (Person("Ana@Example.org", "Ana", "zh"), Person("ben@example.org", "", "en"))
        now = datetime.now(UTC)
        assert invitations.invite(tx, desk.settings, "coffee", questionnaire, people, now=now).queued == 2
        again = invitations.invite(tx, desk.settings, "coffee", questionnaire, people[:1], now=now)
        assert (again.queued, again.left_out) == (0, 1)
        return {invitation_rows.address_of(tx, one.about).email: one.about for one in outbox.of_study(tx, "coffee")}


def test_a_personal_link_is_one_sitting_on_every_device(site, reading, invited):
    link = f"/s/coffee/{invited['Ana@Example.org']}"
    phone, desktop = Browser(site), Browser(site)
    assert phone.client.get(link).headers["Location"].startswith("/s/coffee/r")
    phone.answer(q1="1")
    desktop.client.get(link)
    assert desktop.sitting_id == phone.sitting_id
    assert "关于您" in desktop.page().html
    finished = reading(lambda tx: sittings.find(tx, phone.sitting_id))
    assert (finished.source, finished.language) == ("personal", "zh")


def test_a_finished_personal_link_shows_its_thanks(site, invited):
    link = f"/s/coffee/{invited['ben@example.org']}"
    browser = Browser(site)
    browser.client.get(link)
    finish(browser)
    elsewhere = Browser(site).client.get(link, follow_redirects=True)
    assert "Thank you" in elsewhere.text


@pytest.mark.parametrize("token", ["A" * 22, "x" * 22])
def test_a_link_that_was_never_made_opens_nothing(site, invited, token):  # noqa: ARG001 - some were made
    assert Browser(site).client.get(f"/s/coffee/{token}").status_code == 404


def test_a_program_that_looks_at_a_personal_link_begins_nothing(site, reading, invited):
    token = invited["Ana@Example.org"]
    assert Browser(site).client.head(f"/s/coffee/{token}").status_code == 200
    assert reading(lambda tx: invitation_rows.find(tx, "coffee", token)).sitting is None


def test_what_stands_in_an_address_is_never_asked_of_a_database_that_cannot_take_it(make_app, postgresql_url):
    client = make_app(database=postgresql_url).test_client()
    nothing = "%00" * 22
    for path in (nothing, f"{nothing}/never", "?src=%00&uid=%00", "?lang=%00", "?country=%00"):
        assert client.get(f"/s/coffee{'' if path[0] == '?' else '/'}{path}").status_code in {303, 404}
    assert client.post("/s/coffee/code", data={"code": "\0" * 12}).status_code == 400


def test_looking_at_the_link_of_a_mail_unsubscribes_nobody(site, reading, invited):
    token = invited["ben@example.org"]
    link = f"/s/coffee/{token}/never"
    client = Browser(site).client
    assert "Do not write to me again" in client.get(link).text
    assert reading(lambda tx: invitation_rows.address_of(tx, token)) is not None

    done = client.post(link, data={"List-Unsubscribe": "One-Click"})
    assert (done.status_code, "erased" in done.text) == (200, True)
    assert reading(lambda tx: invitation_rows.address_of(tx, token)) is None
    assert client.get(f"/s/coffee/{token}").status_code == 410


# Codes


def code_on(page):
    return re.search(r'class="code">([0-9A-Z-]{14})<', page.html)[1]


def send_code(browser, to, code, **more):
    page = Page(browser.client.get(f"/s/coffee/{to}").text)
    return browser.client.post(f"/s/coffee/{to}", data=page.fields | {"code": code} | more)


def test_a_code_goes_on_in_another_browser(site):
    browser, other = Browser(site), Browser(site)
    code = code_on(browser.enter())
    browser.answer(q1="1")
    went_on = send_code(other, "code", f" {code.lower().replace('-', ' ').replace('0', 'o')} ")
    assert went_on.status_code == 303
    assert other.sitting_id == browser.sitting_id


def test_everything_under_a_code_is_erased_and_counted_no_more(site, reading):
    browser = Browser(site)
    browser.client.get(f"{A}u1")
    code = code_on(browser.page())
    sitting_id = browser.sitting_id
    finish(browser)
    with site.extensions[EXTENSION].store.reading() as tx:
        tables = [table for table in erasure._ABOUT_SITTINGS if table.name != "sitting_review"]  # noqa: SLF001
        filled = {table.name for table in tables if tx.execute(table.select()).first()}
    assert filled >= {"answer_page", "assignment", "panel_entry", "quota_place"}

    unsure = send_code(browser, "withdraw", code)
    assert (unsure.status_code, counts(reading)) == (422, {"complete": 1})
    done = send_code(browser, "withdraw", code, sure="1")
    unknown = send_code(browser, "withdraw", "0" * 12, sure="1")
    assert (done.status_code, unknown.status_code) == (200, 200)
    assert done.text == unknown.text  # nobody learns from it whether a code exists

    with site.extensions[EXTENSION].store.reading() as tx:
        assert not any(tx.execute(table.select()).first() for table in tables)
        assert sittings.find(tx, sitting_id) is None
        assert erasure.withdrawn(tx, "coffee") == 1
        assert outbox.of_study(tx, "coffee") == []
    assert browser.client.get("/s/coffee/r").status_code == 404

    again = Browser(site).client.get(f"{A}u1")
    assert (again.status_code, "This link has been used" in again.text) == (409, True)
    assert counts(reading) == {}


def test_a_page_that_comes_while_its_answers_are_erased_finds_none(make_app, url_with_tables):
    site = make_app(database=url_with_tables)
    browser, sent = Browser(site), []
    page = browser.enter()
    code = code_on(page).replace("-", "")
    thread = threading.Thread(target=lambda: sent.append(browser.send(page, q1="1")))
    with site.extensions[EXTENSION].store.transaction() as tx:
        assert erasure.withdraw(tx, "coffee", code, datetime.now(UTC), "key")
        thread.start()
        thread.join(0.5)
        assert not sent
    thread.join()
    assert (sent[0].status_code, "There is no questionnaire here" in sent[0].text) == (404, True)


def test_links_and_codes_that_are_right_are_never_too_many(make_app):
    site = make_app(codes_per_hour=1)
    desk = site.extensions[EXTENSION]
    with desk.store.transaction() as tx:
        questionnaire = desk.questionnaires.get(tx, "coffee", 1)
        people = tuple(Person(f"p{at}@example.org", "", "en") for at in range(4))
        invitations.invite(tx, desk.settings, "coffee", questionnaire, people, now=datetime.now(UTC))
        tokens = [one.about for one in outbox.of_study(tx, "coffee")]
    browsers = [Browser(site) for _ in tokens]
    for browser, token in zip(browsers, tokens, strict=True):
        assert browser.client.get(f"/s/coffee/{token}").status_code == 303
        assert send_code(Browser(site), "code", code_on(browser.page())).status_code == 303


# Limits


@pytest.mark.parametrize(("allowed", "refused"), [("2", True), ("0", False)])
def test_entries_from_one_address_are_limited(make_app, allowed, refused):
    site = make_app(entries_per_minute=allowed)
    answers = [Browser(site).client.get("/s/coffee", environ_overrides=STRANGER).status_code for _ in range(5)]
    assert (answers.count(429) >= 1) == refused
    assert answers[:2] == [303, 303]
    assert Browser(site).client.get("/s/coffee", environ_overrides={"REMOTE_ADDR": "203.0.113.10"}).status_code == 303


@pytest.mark.parametrize(("allowed", "refused"), [("3", True), ("0", False)])
def test_guessing_codes_is_limited_over_processes(make_app, allowed, refused):
    seen = []
    for _ in range(2):  # another process has counts of its own, and the same store
        site = make_app(codes_per_hour=allowed)
        seen += [send_code(Browser(site), "code", f"{at:012d}").status_code for at in range(2)]
    assert seen == ([422, 422, 422, 429] if refused else [422] * 4)


def test_a_limit_for_guessing_holds_for_links_too(make_app):
    answers = []
    for _ in range(2):
        site = make_app(codes_per_hour=3)
        answers += [Browser(site).client.get(f"/s/coffee/{at:022d}").status_code for at in range(2)]
    assert answers == [404, 404, 404, 429]
