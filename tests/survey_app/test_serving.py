"""The server that is really used: requests take turns, slow clients delay nobody, and local links stay local."""

import socket
from contextlib import ExitStack
from http.client import HTTPConnection
from threading import Event, Lock, Semaphore, Thread

import pytest

from survey_app import serving
from survey_app.access.signed_links import sign_link
from survey_app.application import create_app
from survey_app.serving import listen
from survey_app.store import TRANSACTIONS_AT_ONCE
from survey_app.views.visitors import EXTENSION
from tests.served import running
from tests.survey_app.small_study import publish_small_study

PATIENCE = 30


@pytest.fixture
def served(tmp_path):
    app = create_app({"instance": tmp_path})
    found = app.extensions[EXTENSION]
    publish_small_study(found.store)
    with running(listen(app, "127.0.0.1", 0)) as server:
        yield server.port, sign_link(found.settings.secret_key, "reports", "coffee")
    found.store.close()


def status(served, **headers):
    port, path = served
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    found = connection.getresponse().status
    connection.close()
    return found


def test_a_signed_link_opens_on_this_machine(served):
    assert status(served) == 303


@pytest.mark.parametrize("header", ["X_Forwarded_For", "X_Forwarded_Host", "Forwarded", "X_Real_IP", "Via"])
def test_a_signed_link_stays_shut_behind_a_proxy(served, header):
    assert status(served, **{header: "203.0.113.7"}) in {403, 404}


HEAD = b"POST /s/coffee/r HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"


@pytest.mark.parametrize("begun", [HEAD, HEAD + b"Content-Length: 100\r\n\r\nage=4"])
def test_clients_that_send_half_a_request_delay_nobody(served, monkeypatch, begun):
    monkeypatch.setattr(serving.WebServer, "timeout", 10 * PATIENCE)
    with ExitStack() as held:
        for _ in range(3 * TRANSACTIONS_AT_ONCE):
            client = held.enter_context(socket.create_connection(("127.0.0.1", served[0]), PATIENCE))
            client.sendall(begun)
        assert status(served) == 303


def test_a_form_that_breaks_off_is_not_read(caplog):
    asked = []
    server = listen(lambda environ, _: asked.append(environ) or [b""], "127.0.0.1", 0)
    with running(server), socket.create_connection(("127.0.0.1", server.port), PATIENCE) as client:
        client.sendall(HEAD + b"Content-Length: 100\r\n\r\nage=4")
        client.shutdown(socket.SHUT_WR)
        assert client.recv(12) == b""
    assert (asked, caplog.records) == ([], [])


@pytest.mark.parametrize(
    ("header", "answer"),
    [
        (b"Transfer-Encoding: chunked\r\nContent-Length: 4", b"411"),
        (b"Transfer-Encoding: chunked", b"411"),
        (b"Content-Length: -1", b"400"),
        (b"Content-Length: +1", b"400"),
        (b"Content-Length: 1_0", b"400"),
    ],
)
def test_what_may_be_read_in_two_ways_is_refused_and_ends_the_connection(served, header, answer):
    with socket.create_connection(("127.0.0.1", served[0]), PATIENCE) as client:
        client.sendall(HEAD + header + b"\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        with client.makefile("rb") as read:
            told = read.read()
    assert told.startswith(b"HTTP/1.1 " + answer)
    assert told.count(b"HTTP/1.1") == 1


class Slow:
    """An application whose requests last until they are told to end, and which counts those under way."""

    def __init__(self):
        self.lock, self.under_way, self.most, self.begun = Lock(), 0, 0, Semaphore(0)
        self.may_end = Event()

    def __call__(self, _environ, _start_response):
        with self.lock:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
        self.begun.release()
        self.may_end.wait(PATIENCE)
        with self.lock:
            self.under_way -= 1
        return [b""]


def asked_at_once(app, times):
    threads = [Thread(target=app, args=({}, None)) for _ in range(times)]
    for thread in threads:
        thread.start()
    return threads


def test_one_request_works_after_another(monkeypatch):
    monkeypatch.setattr(serving, "LONGEST_WAIT_FOR_TURN", PATIENCE)
    slow = Slow()
    threads = asked_at_once(serving.InTurn(slow), 6)
    slow.begun.acquire(timeout=PATIENCE)
    slow.may_end.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert slow.most == 1
    assert all(slow.begun.acquire(blocking=False) for _ in threads[1:])


def test_a_request_that_does_not_end_keeps_nobody_out():
    slow = Slow()
    threads = asked_at_once(serving.InTurn(slow), 3)
    for _ in threads:
        assert slow.begun.acquire(timeout=PATIENCE), "a request was never answered while another was under way"
    assert slow.most == 3
    slow.may_end.set()
    for thread in threads:
        thread.join(PATIENCE)
