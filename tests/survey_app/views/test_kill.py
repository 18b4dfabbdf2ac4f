"""The server is killed while respondents send pages: what was acknowledged is stored, and everyone can go on."""

import http.client
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from survey_app.config import read_settings
from survey_app.store import open_store, sittings
from tests.survey_app.respondents import LiveBrowser, Page
from tests.survey_app.small_study import publish_small_study

PROJECT = Path(__file__).resolve().parents[3]
RESPONDENTS = 4
ACKNOWLEDGED_BEFORE = 24
SERVER = """
import sys
from waitress.server import create_server
from survey_app.application import create_app
app = create_app({"instance": sys.argv[1], "database": sys.argv[2]})
server = create_server(app, host="127.0.0.1", port=0, threads=8)
print(server.effective_port, flush=True)
server.run()
"""


class Server:
    """A server in a process of its own."""

    def __init__(self, *arguments):
        command = [sys.executable, "-c", SERVER, *map(str, arguments)]
        self.process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)
        self.origin = f"http://127.0.0.1:{int(self.process.stdout.readline())}"

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path):
    """Instance folder and database address, with the small study published."""
    url = request.getfixturevalue("postgresql_url") if request.param == "postgresql" else ""
    store = open_store(read_settings(tmp_path, {"database": url}).database_url())
    publish_small_study(store)
    yield tmp_path, url, store
    store.close()


@pytest.fixture
def start(place):
    """Start servers on the study; those that still run at the end are stopped."""
    started = []

    def _start():
        started.append(Server(*place[:2]))
        return started[-1]

    yield _start
    for server in started:
        if server.process.poll() is None:
            server.kill()


class Respondent:
    """Answers one questionnaire after the other, and keeps what was acknowledged, until the server is gone."""

    def __init__(self, origin, number, enough):
        self.browser, self.origin = LiveBrowser(origin), origin
        self.age, self.enough = str(30 + number), enough
        self.acknowledged = []

    def answer_until_the_end(self):
        try:
            while True:
                self.browser = LiveBrowser(self.origin)
                self.browser.open("/s/coffee")
                self.go_on()
        except (OSError, http.client.HTTPException):
            pass

    def go_on(self):
        status, _, html = self.browser.open("/s/coffee/r")
        while status == 200:
            page = Page(html)
            chosen = {name: values[0] for name, values in page.choices.items()}
            answers = dict.fromkeys(page.chosen, self.age) | chosen
            told, _, _ = self.browser.open("/s/coffee/r", page.fields | answers)
            assert told == 303
            self.acknowledged.append((self.browser.sitting_id, page.fields["page_key"]))
            self.enough()
            status, _, html = self.browser.open("/s/coffee/r")
        assert status == 303


def test_a_server_that_is_killed_loses_nothing_it_had_acknowledged(place, start):
    store, server, reached = place[2], start(), threading.Event()
    respondents = []

    def enough():
        if sum(len(respondent.acknowledged) for respondent in respondents) >= ACKNOWLEDGED_BEFORE:
            reached.set()

    respondents += [Respondent(server.origin, number, enough) for number in range(RESPONDENTS)]
    threads = [threading.Thread(target=respondent.answer_until_the_end) for respondent in respondents]
    for thread in threads:
        thread.start()
    assert reached.wait(120)
    server.kill()
    for thread in threads:
        thread.join()

    acknowledged = {pair for respondent in respondents for pair in respondent.acknowledged}
    with store.reading() as tx:
        saved = {(sitting, page.page_key): page for sitting, _ in acknowledged for page in sittings.pages(tx, sitting)}
    assert len(acknowledged) >= ACKNOWLEDGED_BEFORE
    assert acknowledged <= saved.keys()
    for respondent in respondents:
        ages = {saved[pair].payload.get("age") for pair in respondent.acknowledged} - {None}
        assert ages <= {int(respondent.age)}

    again = start()
    for respondent in respondents:
        respondent.browser.origin = again.origin
        respondent.browser.open("/s/coffee")
        respondent.go_on()
        with store.reading() as tx:
            assert sittings.find(tx, respondent.browser.sitting_id).status == "complete"
