"""Hostile or broken requests: refused with a page, nothing stored, never our mistake."""

import contextlib
import socket
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.serving import make_server

from survey_app.store import StoreUnavailableError
from survey_app.views.respondent import EXTENSION
from tests.survey_app.respondents import Browser, Page

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
POLICY = {
    "default-src": "'none'",
    "style-src": "'self'",
    "script-src": "'self'",
    "connect-src": "'self'",
    "img-src": "'self' data:",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
# Programs that show letters send this one, and have no page of ours before it.
WITHOUT_TOKEN = {"respondent.never_again"}


@pytest.mark.parametrize("address", ["/s/coffee", "/s/coffee/r", "/nothing", "/healthz"])
def test_every_answer_carries_the_headers(browser, address):
    response = browser.client.get(address)

    assert {name: response.headers[name] for name in HEADERS} == HEADERS
    policy = response.headers["Content-Security-Policy"]
    assert dict(part.split(maxsplit=1) for part in policy.split(";")) == POLICY


def test_cookies_cannot_be_read_by_scripts_or_sent_by_other_sites(browser, make_app):
    cookies = browser.client.get("/s/coffee").headers.getlist("Set-Cookie")
    assert len(cookies) == 2
    assert all("HttpOnly" in cookie and "SameSite=Lax" in cookie for cookie in cookies)

    secure = make_app(https=True).test_client().get("/s/coffee", base_url="https://localhost")
    cookies = secure.headers.getlist("Set-Cookie")
    assert sorted(cookie.partition("=")[0] for cookie in cookies) == ["__Host-r", "__Host-s"]
    assert all("Secure" in cookie and "Path=/" in cookie and "Domain" not in cookie for cookie in cookies)
    assert "Strict-Transport-Security" in secure.headers


FORMS = ["r", "draft", "back", "lang", "code", "withdraw"]


def test_every_form_of_the_interview_is_tried_without_our_token(app):
    ours = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("respondent.")]
    posted = {rule.rule for rule in ours if "POST" in rule.methods and rule.endpoint not in WITHOUT_TOKEN}
    assert posted == {f"/s/<study>/{to}" for to in FORMS}


@pytest.mark.parametrize("to", FORMS)
@pytest.mark.parametrize("token", [None, "", "forged"])
def test_a_form_without_our_token_is_refused_and_told_where_to_go_on(browser, stored, to, token):
    browser.enter()
    page = browser.answer(q1="1")
    before = stored(browser)
    fields = {name: value for name, value in page.fields.items() if name != "csrf_token"}
    answers = {"q1": "40", "q2": "1", "lang": "zh", "code": before[0].code, "sure": "1"}
    response = browser.client.post(f"/s/coffee/{to}", data=fields | answers | ({"csrf_token": token} if token else {}))

    assert response.status_code == 400
    assert 'href="/s/coffee/r"' in response.text
    assert stored(browser) == before
    assert browser.page().chosen == page.chosen


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_form_on_another_site_is_refused(browser, stored, site):
    page = browser.enter()
    response = browser.client.post("/s/coffee/r", data=page.fields | {"q1": "1"}, headers={"Sec-Fetch-Site": site})

    assert response.status_code == 400
    assert stored(browser)[1] == ()


@pytest.mark.parametrize("key", ["", "x", "0" * 32 + "." + "0" * 16 + "." + "0" * 16, "\0", "é" * 66, "a" * 100_000])
def test_a_forged_page_key_stores_nothing(browser, stored, key):
    page = browser.enter()
    response = browser.send(page, q1="1", page_key=key)

    assert response.status_code == 303
    assert stored(browser)[1] == ()


def test_a_page_key_cannot_be_turned_to_another_screen(browser, stored):
    first = browser.enter()
    browser.answer(q1="1")
    nonce, mark, content = first.fields["page_key"].split(".")
    forged = f"{nonce[::-1]}.{mark}.{content}"
    assert browser.send(browser.page(), page_key=forged, q1="1").status_code == 303
    assert len(stored(browser)[1]) == 1


def test_a_page_key_for_other_questions_of_the_screen_stores_nothing(browser, stored):
    page = browser.enter()
    nonce, mark, content = page.fields["page_key"].split(".")
    forged = f"{nonce}.{mark}.{content[::-1]}"
    assert browser.send(page, page_key=forged, q1="1").status_code == 303
    assert stored(browser)[1] == ()
    assert "have changed what is asked here" in browser.page().html


@pytest.mark.parametrize(
    "cookie", ["x", "." * 50, "A" * 22, "../../etc/passwd", "é", "\u2028", "'; DROP TABLE sitting;--"]
)
def test_a_forged_cookie_opens_nothing(app, cookie):
    client = app.test_client()
    client.set_cookie("r", cookie)

    assert client.get("/s/coffee/r").status_code == 404
    assert client.get("/s/coffee").status_code == 303


def test_an_oversized_page_is_refused_and_says_so(browser, stored):
    page = browser.enter()
    response = browser.send(page, q1="x" * 300_000)

    assert response.status_code == 413
    assert "too much for one page" in response.text
    assert stored(browser)[1] == ()


@pytest.mark.parametrize(
    "body",
    [b"\xff\xfe\x00", b"page_key=%ff%fe&q1=%00", b"q1=" + b"&q1=1" * 5000, b"=&=&=", b"%", b"\x00" * 1000],
)
def test_bytes_that_are_no_form_are_no_mistake_of_ours(browser, stored, body):
    page = browser.enter()
    token = page.fields["csrf_token"].encode()
    for kind in (
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        "text/plain",
    ):
        response = browser.client.post("/s/coffee/r", data=b"csrf_token=" + token + b"&" + body, content_type=kind)
        assert response.status_code < 500
    assert stored(browser)[1] == ()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    to=st.sampled_from(["r", "back", "lang"]),
    fields=st.dictionaries(
        st.sampled_from(["q1", "q2", "q3", "lang", "screen", "__proto__"]),
        st.lists(
            st.one_of(st.text(max_size=20), st.sampled_from(["1", "2", "-98", "secret_code_home", "9" * 30])),
            max_size=3,
        ),
    ),
)
def test_whatever_stands_in_the_fields_is_taken_or_refused(app, to, fields):
    browser = Browser(app)
    browser.enter()
    page = browser.answer(q1="1")
    try:
        response = browser.send(page, to=to, **fields)
    except UnicodeEncodeError:  # half a character cannot be sent at all
        return

    assert response.status_code in {303, 422}
    shown = browser.page()
    assert shown.choices.keys() <= {"q1", "q2"}


def test_another_browsers_sitting_cannot_be_guessed(app, browser):
    browser.enter()
    thief = app.test_client()
    thief.set_cookie("r", browser.sitting_id[:-1] + ("A" if browser.sitting_id[-1] != "A" else "B"))

    assert thief.get("/s/coffee/r").status_code == 404


def test_an_unknown_host_is_refused_where_hosts_are_named(make_app):
    client = make_app(trusted_hosts="survey.example, other.example").test_client()

    assert client.get("/s/coffee", base_url="http://evil.example").status_code == 400
    assert client.get("/s/coffee", base_url="http://survey.example").status_code == 303


class _Unavailable:
    """A store that cannot be reached."""

    @contextlib.contextmanager
    def transaction(self):
        raise StoreUnavailableError("database is locked")
        yield

    reading = glancing = transaction


@pytest.fixture
def cut_off(app, monkeypatch):
    """Take the database away from the application."""

    def _cut_off():
        store = app.extensions[EXTENSION].store
        monkeypatch.setattr(store, "transaction", _Unavailable().transaction)
        monkeypatch.setattr(store, "reading", _Unavailable().reading)
        monkeypatch.setattr(store, "glancing", _Unavailable().glancing)

    return _cut_off


def test_a_page_that_could_not_be_saved_says_so_and_can_be_sent_again(browser, stored, cut_off, monkeypatch):
    browser.enter()
    page = browser.answer(q1="1")
    cut_off()
    response = browser.send(page, q1="40", q2="2")
    offered = Page(response.text)

    assert response.status_code == 503
    assert "Not saved" in response.text
    monkeypatch.undo()
    again = browser.client.post("/s/coffee/r", data=offered.fields)
    assert again.status_code == 303
    assert stored(browser)[1][-1].payload == {"age": 40, "place": "secret_code_out"}


def test_a_page_that_cannot_be_read_says_so(browser, cut_off):
    browser.enter()
    cut_off()
    for address in ("/s/coffee/r", "/s/coffee", "/s/coffee/done", "/healthz"):
        response = browser.client.get(address)
        assert response.status_code == 503
        assert "cannot reach the answers" in response.text


def test_a_mistake_of_ours_shows_a_number_and_no_trace(browser, monkeypatch, caplog):
    browser.enter()
    monkeypatch.setattr("survey_app.views.respondent.find_standing", lambda *_: 1 / 0)
    response = browser.client.get("/s/coffee/r")

    assert response.status_code == 500
    number = response.text.partition("Reference number: ")[2][:8]
    assert number in caplog.text
    assert "ZeroDivisionError" in caplog.text
    assert "Zero" not in response.text


@pytest.mark.parametrize(
    "request_line",
    [
        b"GET /s/coffee HTTP/1.1\r\nHost: [::1\r\n\r\n",
        b"GET /s/coffee HTTP/1.1\r\nHost: a b\r\n\r\n",
        b"GET /s/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /s/coffee?lang=\xff&src=%f0%28 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /s/coffee/r HTTP/1.1\r\nHost: x\r\nCookie: r=\xff\xfe; s=\x01\r\n\r\n",
        b"GET /s/coffee HTTP/1.1\r\nHost: x\r\nAccept-Language: \xff;q=nan,*;q=x\r\n\r\n",
        b"POST /s/coffee/r HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /s/coffee/r HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Type: multipart/form-data\r\n\r\n12345",
    ],
)
def test_raw_bytes_on_the_wire(app, request_line):
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        with socket.create_connection(("127.0.0.1", server.server_port), timeout=10) as connection:
            connection.sendall(request_line)
            connection.shutdown(socket.SHUT_WR)
            status = connection.makefile("rb").readline().split()[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

    assert int(status) < 500
