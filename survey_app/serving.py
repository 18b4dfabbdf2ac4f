"""Serving: the web application in this process, one worker beside it, and the links that matter, printed."""

from __future__ import annotations

import errno
import io
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from cheroot import wsgi
from cheroot.server import HTTPConnection, HTTPRequest

from survey_app.access.accounts import set_up_token
from survey_app.access.signed_links import sign_link
from survey_app.application import create_app
from survey_app.config import Settings, read_settings
from survey_app.errors import WrongUseError
from survey_app.store import TRANSACTIONS_AT_ONCE, open_store, studies

RUN = Path(__file__).resolve().parent.parent / "run.py"
LOOPBACK = "127.0.0.1"
EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 - names what was asked for, binds nothing
# Most of them wait for clients that are slow to send.
THREADS = 96
CONNECTIONS = 1000
LONGEST_HEADERS = 65_536
SECONDS_TO_STOP = 10
LONGEST_WAIT_FOR_TURN = 0.1
# Answers are far shorter; a file that a researcher sends may be longer, and is read where it is wanted.
READ_BEFOREHAND = 262_144


class AddressTakenError(WrongUseError):
    """The address cannot be listened on; the sentence says what to do."""


def serve_application(instance: Path, host: str, port: int, say: Callable[[str], None]) -> None:
    """Serve until interrupted; prints three links for each study, and one more until somebody administers."""
    app = create_app({"instance": instance})
    server = listen(app, host, port)
    shown = LOOPBACK if host in EVERYWHERE else host
    say(links(read_settings(instance), f"http://{shown}:{server.port}"))
    say(set_up_link(read_settings(instance), f"http://{shown}:{server.port}"))
    say("Press Ctrl+C to stop.")
    signal.signal(signal.SIGTERM, _interrupt)
    with _worker(instance):
        try:
            server.serve()
        except KeyboardInterrupt:
            pass  # this is how serving ends
        finally:
            server.stop()


class InTurn:
    """Lets one request work after another: threads that wrest the interpreter from each other cost a quarter.

    Nobody waits long for a turn, so that a slow page, database or upload delays the others and never stops them.
    What a form says is there before its turn comes, so that a slow client delays nobody.
    """

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self._turn = threading.Lock()
        self._at_work = threading.BoundedSemaphore(TRANSACTIONS_AT_ONCE)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request when it is its turn, or when it has waited long enough."""
        _read_form(environ)
        with self._at_work:
            in_turn = self._turn.acquire(timeout=LONGEST_WAIT_FOR_TURN)
            try:
                return self._app(environ, start_response)
            finally:
                if in_turn:
                    self._turn.release()


def _read_form(environ: WSGIEnvironment) -> None:
    """Wait for the whole of a short body; one that breaks off would be read as a form with other answers."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if 0 < length <= READ_BEFOREHAND:
        body = environ["wsgi.input"].read(length)
        if len(body) < length:
            raise ConnectionResetError(errno.ECONNRESET, "the request breaks off")
        environ["wsgi.input"] = io.BytesIO(body)


class OfKnownLength(HTTPRequest):
    """A request that says how long it is: browsers do, and whoever does not may mean it to be read in two ways."""

    def read_request_headers(self) -> bool:
        """Read the headers; False where the request has been refused."""
        if not super().read_request_headers():  # type: ignore[no-untyped-call]
            return False
        refused = "411 Length Required" if b"Transfer-Encoding" in self.inheaders else ""
        if not self.inheaders.get(b"Content-Length", b"0").isdigit():
            refused = "400 Bad Request"
        if refused:
            self.simple_response(refused)
        return not refused


class Connection(HTTPConnection):
    """A connection that takes only such requests."""

    RequestHandlerClass = OfKnownLength


class WebServer(wsgi.Server):
    """Answers requests in threads; connections that wait for a person take none."""

    ConnectionClass = Connection
    keep_alive_conn_limit = CONNECTIONS
    max_request_header_size = LONGEST_HEADERS

    def __init__(self, app: WSGIApplication, host: str, port: int) -> None:
        in_turn = InTurn(app)
        super().__init__(
            (host, port), in_turn, numthreads=THREADS, server_name="relata", request_queue_size=CONNECTIONS
        )

    @property
    def port(self) -> int:
        """The port that is listened on, also where any free one was asked for."""
        return int(self.bind_addr[1])


def listen(app: WSGIApplication, host: str, port: int) -> WebServer:
    """Return a server that listens and is ready to serve; raises AddressTakenError where that cannot be."""
    server = WebServer(app, host, port)
    try:
        server.prepare()
    except OSError as error:
        message = f"{host}:{port} cannot be listened on ({error}); name another with --port, 0 for any free one"
        raise AddressTakenError(message) from None
    return server


def links(settings: Settings, origin: str) -> str:
    """Word the three links of every published study; the signed ones are good on this machine only, for a day."""
    store = open_store(settings.database_url())
    with store.reading() as tx:
        keys = [record.key for record in studies.every(tx)]
    store.close()
    if not keys:
        return f"{origin} serves no study yet: name study files, as in `run.py serve my_study.yaml`."
    return "\n".join(line for key in keys for line in _study_links(settings, origin, key))


def set_up_link(settings: Settings, origin: str) -> str:
    """Word the link that makes the first account, or where to sign in once there is one."""
    store = open_store(settings.database_url())
    token = set_up_token(store)
    store.close()
    if token is None:
        return f"Sign in at {origin}/sign-in"
    what_for = "Set up accounts, to make studies and to work from other machines (opens once, within a day):"
    return f"{what_for}\n  {origin}/set-up/{token}"


def _study_links(settings: Settings, origin: str, key: str) -> list[str]:
    researcher = sign_link(settings.secret_key, "researcher", key)
    reports = sign_link(settings.secret_key, "reports", key)
    return [
        f"Study {key}",
        f"  answer the questionnaire            {origin}/s/{key}",
        f"  researcher's view, read-only        {origin}{researcher}",
        f"  brand reports                       {origin}{reports}",
        "  The last two open on this machine only, for 24 hours.",
    ]


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


@contextmanager
def _worker(instance: Path) -> Iterator[None]:
    """One worker process for as long as the application serves."""
    worker = subprocess.Popen([sys.executable, str(RUN), "work", "--instance", str(instance)])  # noqa: S603 - our own file
    try:
        yield
    finally:
        worker.terminate()
        try:
            worker.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()
