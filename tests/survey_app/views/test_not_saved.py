"""The disk is full or the database locked while people answer: they are told, and lose nothing once it can save."""

import hashlib
import hmac
import http.client
import re
import resource
import sqlite3
import sys
from urllib.parse import urljoin

import pytest

from survey_app.config import read_settings
from survey_app.store import database, open_store, sittings
from survey_app.store import panel as panels
from survey_app.views.respondent import EXTENSION
from tests.killed_server import Server
from tests.survey_app.respondents import Browser, LiveBrowser, Page
from tests.survey_app.small_study import publish_small_study

SHARED = "shared"
SEE_OTHER, UNAVAILABLE = http.client.SEE_OTHER, http.client.SERVICE_UNAVAILABLE
NO_ROOM, ROOM = (0, resource.RLIM_INFINITY), (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


@pytest.fixture
def server(tmp_path):
    """A server in a process of its own on the small study, on SQLite."""
    store = open_store(read_settings(tmp_path).database_url())
    publish_small_study(store)
    store.close()
    running = Server(tmp_path, "")
    yield running
    running.kill()


def payloads(instance, sitting_id):
    """What is stored of a sitting, page by page."""
    store = open_store(read_settings(instance).database_url())
    with store.reading() as tx:
        found = [page.payload for page in sittings.pages(tx, sitting_id)]
    store.close()
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets one process limit another")
def test_while_no_file_can_grow_pages_are_not_saved_and_can_be_sent_again(server, tmp_path):
    respondent = LiveBrowser(server.origin)
    respondent.open("/s/coffee")
    consent = Page(respondent.open("/s/coffee/r")[2])
    assert respondent.open("/s/coffee/r", consent.fields | {"q1": "1"})[0] == SEE_OTHER
    page = Page(respondent.open("/s/coffee/r")[2])

    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, NO_ROOM)
    status, _, refused = respondent.open("/s/coffee/r", page.fields | {"q1": "40", "q2": "1"})
    assert (status, "Not saved" in refused) == (UNAVAILABLE, True)
    status, _, refused = respondent.open("/s/coffee/r", Page(refused).fields)
    assert (status, "Not saved" in refused) == (UNAVAILABLE, True)
    assert LiveBrowser(server.origin).open("/s/coffee")[0] == UNAVAILABLE
    assert Page(respondent.open("/s/coffee/r")[2]).choices == page.choices
    assert len(payloads(tmp_path, respondent.sitting_id)) == 1

    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, ROOM)
    assert respondent.open("/s/coffee/r", Page(refused).fields)[0] == SEE_OTHER
    consented, told = payloads(tmp_path, respondent.sitting_id)
    assert set(consented.values()) == {1}
    assert told["age"] == 40


def test_while_somebody_else_writes_pages_are_not_saved_and_can_be_sent_again(make_app, tmp_path, monkeypatch):
    monkeypatch.setattr(database, "BUSY_SECONDS", 0)
    browser = Browser(make_app())
    page = browser.enter()
    other = sqlite3.connect(tmp_path / "instance" / "relata.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    refused = browser.send(page, q1="1")
    assert refused.status_code == UNAVAILABLE
    assert "Not saved" in refused.text
    assert browser.page().choices == page.choices

    other.execute("ROLLBACK")
    other.close()
    assert browser.client.post("/s/coffee/r", data=Page(refused.text).fields).status_code == SEE_OTHER
    assert [set(kept.values()) for kept in payloads(tmp_path / "instance", browser.sitting_id)] == [{1}]


def test_who_comes_in_meanwhile_tries_again_by_the_very_link_a_panel_signed(make_app, tmp_path, monkeypatch):
    monkeypatch.setattr(database, "BUSY_SECONDS", 0)
    panel = "{label: {en: A, zh: A}, kind: panel, id: rid, signature: {kind: hmac_sha256, parameter: sig, secret: S}}"
    app = make_app(field=f"sources:\n  a: {panel}\n", signing_secret_s=SHARED)
    query = "src=a&note=a%20b&x=&rid=9&note=d"
    link = f"/s/coffee?{query}&sig={hmac.new(SHARED.encode(), query.encode(), hashlib.sha256).hexdigest()}"
    browser = Browser(app)
    other = sqlite3.connect(tmp_path / "instance" / "relata.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    refused = browser.client.get(link)
    other.execute("ROLLBACK")
    other.close()
    assert (refused.status_code, "<form" in refused.text) == (UNAVAILABLE, False)
    again = urljoin(link, re.search(r'<a href="([^"]*)">Try again</a>', refused.text)[1])
    assert browser.client.get(again).status_code == SEE_OTHER
    with app.extensions[EXTENSION].store.reading() as tx:
        assert panels.of_sitting(tx, browser.sitting_id).uid == "9"
