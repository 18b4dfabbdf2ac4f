"""Respondents who go on while a server is killed again and again, and what must be stored for them."""

import csv
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from survey_app.results.export import export_study
from survey_app.store import sittings
from tests.survey_app.respondents import LiveBrowser, Page

PROJECT = Path(__file__).resolve().parents[1]
SERVER = """
import sys
from survey_app.application import create_app
from survey_app.serving import listen
app = create_app({"instance": sys.argv[1], "database": sys.argv[2]})
server = listen(app, "127.0.0.1", int(sys.argv[3]))
print(server.port, flush=True)
server.serve()
"""
GONE = (OSError, http.client.HTTPException)
PATIENCE = 120


class Server:
    """A server in a process of its own, on the same port after every start."""

    def __init__(self, instance, database):
        self.where, self.port = (str(instance), database), free_port()
        self.start()

    @property
    def origin(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        command = [sys.executable, "-c", SERVER, *self.where, str(self.port)]
        self.process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)
        if not self.process.stdout.readline():
            self.kill()
            raise AssertionError("the server did not start")

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class CrashingDatabase:
    """PostgreSQL behind a web server that goes on: where one of its processes is killed it ends all, and recovers."""

    def __init__(self, url, origin):
        self.address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self.origin = origin

    def kill(self):
        connection = psycopg.connect(self.address)
        os.kill(connection.info.backend_pid, signal.SIGKILL)
        connection.close()

    def start(self):
        """Wait until it has recovered, which it does by itself."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                psycopg.connect(self.address).close()
            except psycopg.OperationalError:
                time.sleep(0.02)
            else:
                return
        raise AssertionError("the database did not recover")


def free_port():
    """A port nobody listens on; one that was named may be listened on again at once."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@dataclass
class Interview:
    """What one respondent gave and was acknowledged: the page after it was shown."""

    number: int
    browser: LiveBrowser
    acknowledged: list = field(default_factory=list)
    complete: bool = False

    def go_on(self, stop):
        """Answer to the end; a page that gets no answer is sent again, as it was, until one comes."""
        patiently(stop, lambda: self.browser.open("/s/coffee"))
        shown = patiently(stop, lambda: self.browser.open("/s/coffee/r"))
        while shown and shown[0] == http.client.OK:
            page = Page(shown[2])
            answers = page.fields | self.answers(page)
            if not patiently(stop, lambda answers=answers: self.browser.open("/s/coffee/r", answers)):
                return
            shown = patiently(stop, lambda: self.browser.open("/s/coffee/r"))
            if shown:
                self.acknowledged.append(page.fields["page_key"])
        self.complete = bool(shown)

    def answers(self, page):
        chosen = {name: values[0] for name, values in page.choices.items()}
        return dict.fromkeys(page.chosen, str(20 + self.number % 60)) | chosen


def patiently(stop, ask):
    """Ask until there is an answer that is not a refusal to save; None once it is time to stop."""
    until = time.monotonic() + PATIENCE
    while not stop.is_set() and time.monotonic() < until:
        try:
            told = ask()
        except GONE:
            told = None
        if told and told[0] < http.client.INTERNAL_SERVER_ERROR:
            return told
        time.sleep(0.1)
    return None


class Crowd:
    """Respondents who answer one questionnaire after the other until they are told to stop."""

    def __init__(self, server, size):
        self.server, self.stop, self.interviews = server, threading.Event(), []
        self.threads = [threading.Thread(target=self._answer) for _ in range(size)]
        for thread in self.threads:
            thread.start()

    def _answer(self):
        while not self.stop.is_set():
            interview = Interview(len(self.interviews), LiveBrowser(self.server.origin))
            self.interviews.append(interview)
            interview.go_on(self.stop)

    @property
    def acknowledged(self):
        return sum(len(interview.acknowledged) for interview in self.interviews)

    def wait_for(self, more):
        """Wait until so many more pages are acknowledged."""
        enough, until = self.acknowledged + more, time.monotonic() + PATIENCE
        while self.acknowledged < enough:
            assert time.monotonic() < until, "nobody gets on"
            time.sleep(0.02)

    def end(self):
        self.stop.set()
        for thread in self.threads:
            thread.join()


def kill_again_and_again(server, size, kills, pages):
    """Kill a server, of pages or of data, each time so many pages were acknowledged since; returns all interviews."""
    crowd = Crowd(server, size)
    try:
        for _ in range(kills):
            crowd.wait_for(pages)
            server.kill()
            server.start()
        crowd.wait_for(pages)
    finally:
        crowd.end()
    return crowd.interviews


def lost_or_doubled(store, interviews, folder):
    """Sentences about pages that were acknowledged and are not in the export, and about what stands there twice."""
    rows = _rows(store, folder)
    wrong = [f"{key} twice" for key in _doubled((row["_person"], row["brand"]) for row in rows)]
    by_person = {}
    for row in rows:
        by_person.setdefault(row["_person"], []).append(row)
    for interview in interviews:
        if interview.acknowledged:
            wrong += _missing(store, interview, by_person)
    return wrong


def _rows(store, folder):
    exported = export_study(store, "coffee", folder / "answers.csv")
    with exported.answers.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _missing(store, interview, by_person):
    with store.reading() as tx:
        sitting = sittings.find(tx, interview.browser.sitting_id)
        saved = {page.page_key: page for page in sittings.pages(tx, sitting.id)}
    name = f"interview {interview.number}"
    wrong = [f"{name}: a page was lost" for key in interview.acknowledged if key not in saved]
    if len({(page.screen, page.visit) for page in saved.values()}) != len({page.screen for page in saved.values()}):
        wrong.append(f"{name}: a page stands there twice")
    rows = by_person.get(sitting.pseudonym, [])
    given = {variable: value for page in saved.values() for variable, value in page.payload.items()}
    if "age" in given and {row["age"] for row in rows} != {str(given["age"])}:
        wrong.append(f"{name}: the age is not in the export")
    about = {variable.partition("@")[2] for variable in given if "@" in variable}
    if about != {row["brand"] for row in rows if row["brand"]} or not rows:
        wrong.append(f"{name}: ratings are not in the export")
    if interview.complete and {row["_status"] for row in rows} != {"complete"}:
        wrong.append(f"{name}: thanked and not complete")
    return wrong


def _doubled(keys):
    seen = set()
    return [key for key in keys if key in seen or seen.add(key)]
