"""What a study tells other servers: signed, tried again when it fails, once when it arrives, and to nobody inside."""

import contextlib
import hashlib
import hmac
import http.server
import json
import socket
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from survey_app import jobs
from survey_app.config import read_settings
from survey_app.field import outward_calls, webhooks
from survey_app.field.deliveries import AGAIN_AFTER, NOT_WANTED, Deliveries
from survey_app.field.outward_calls import CallError, address_fault, call
from survey_app.interview.questionnaires import Questionnaires
from survey_app.interview.sitting import end_sitting, open_sitting
from survey_app.jobs import Outcome
from survey_app.results.analyses import KIND, ReportFile, output
from survey_app.store import erasure, open_store, sittings
from survey_app.store import jobs as job_rows
from survey_app.store.sittings import Beginnings
from tests.survey_app.small_study import publish_small_study

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SLOW, HANGS = 0.05, "hangs"


class Receiver(http.server.BaseHTTPRequestHandler):
    """The other server: keeps what it is sent, and answers what the test says."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers), body))
        answer = self.server.answers.pop(0) if self.server.answers else 200
        if answer == HANGS:
            while not self.server.over.wait(SLOW):  # a letter now and then, so that no single wait is long
                self.wfile.write(b"H")
                self.wfile.flush()
            return
        self.send_response(answer)
        self.end_headers()

    def handle(self):
        with contextlib.suppress(OSError):
            super().handle()

    def log_message(self, *_):
        pass


@pytest.fixture
def receiver():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.got, server.answers, server.over = [], [], threading.Event()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.over.set()
    server.shutdown()
    thread.join()
    server.server_close()


class Study:
    """The small study, a webhook of it, and a hand that ends interviews."""

    def __init__(self, instance, receiver, **overrides):
        self.settings = read_settings(instance, overrides)
        self.store = open_store(self.settings.database_url())
        publish_small_study(self.store)
        self.questionnaires = Questionnaires({"en", "zh"})
        self.address = f"http://127.0.0.1:{receiver.server_address[1]}/told?by=relata"
        self.deliveries = Deliveries(self.store, self.settings)

    def webhook(self, *events):
        made, secret = webhooks.make(
            self.store, self.settings.secret_key, "coffee", address=self.address, events=events, by="me", now=NOW
        )
        return made, secret

    def ended(self, event="complete", **beginnings):
        with self.store.transaction() as tx:
            questionnaire = self.questionnaires.get(tx, "coffee", 1)
            standing = open_sitting(
                tx, questionnaire.interview, "coffee", 1, language="en", now=NOW, beginnings=Beginnings(**beginnings)
            )
            return end_sitting(tx, standing.sitting, standing.way, event, NOW)

    def sent(self, now=NOW):
        """Send all that is due; returns how many messages were tried."""
        tried = 0
        while self.deliveries.deliver_one(now):
            tried += 1
        return tried

    def log(self, hook):
        with self.store.reading() as tx:
            return webhooks.log(tx, hook)


@pytest.fixture
def study(tmp_path, receiver):
    made = Study(tmp_path / "instance", receiver, private_callbacks="true")
    yield made
    made.store.close()


def checked(secret, headers, body):
    """What a receiver does by the documentation, in other words than ours."""
    parts = dict(part.split("=", 1) for part in headers["Relata-Signature"].split(","))
    wanted = hmac.new(secret.encode(), parts["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted, parts["v1"])


def test_an_event_is_posted_once_and_its_signature_can_be_checked(study, receiver):
    _, secret = study.webhook("complete", "screened_out")
    sitting = study.ended()
    study.ended("quota_full")
    assert study.sent() == 1
    assert study.sent(NOW + 100 * 24 * 60 * MINUTE) == 0

    ((path, headers, body),) = receiver.got
    assert path == "/told?by=relata"
    assert headers["Content-Type"] == "application/json"
    assert checked(secret, headers, body)
    assert not checked(secret, headers, body.replace(b"complete", b"complete "))
    assert not checked("whsec_other", headers, body)
    assert f"t={int(NOW.timestamp())}," in headers["Relata-Signature"]
    told = json.loads(body)
    assert told.pop("id") == headers["Relata-Event-Id"]
    assert told == {
        "event": "complete",
        "study": "coffee",
        "at": "2026-03-01T12:00:00+00:00",
        "simulated": False,
        "data": {
            "person": sitting.pseudonym,
            "version": 1,
            "status": "complete",
            "language": "en",
            "source": None,
            "test": False,
            "started_at": "2026-03-01T12:00:00+00:00",
            "ended_at": "2026-03-01T12:00:00+00:00",
        },
    }


def test_it_is_tried_again_after_growing_pauses_with_the_same_id_until_it_is_taken(study, receiver):
    hook, secret = study.webhook("complete")
    study.ended()
    receiver.answers = [500, 301, 500]
    now = NOW
    for wait in AGAIN_AFTER[:3]:
        assert study.sent(now) == 1
        assert study.sent(now + wait - timedelta(seconds=1)) == 0
        now += wait
    assert study.sent(now) == 1
    assert study.sent(now + 100 * 24 * 60 * MINUTE) == 0

    assert len({headers["Relata-Event-Id"] for _, headers, _ in receiver.got}) == 1
    assert len({body for *_, body in receiver.got}) == 1
    assert all(checked(secret, headers, body) for _, headers, body in receiver.got)
    (delivery,) = study.log(hook)
    assert (delivery.state, [one.outcome for one in delivery.tries]) == (
        "sent",
        ["HTTP 500", "HTTP 301", "HTTP 500", "HTTP 200"],
    )


def test_a_server_that_hangs_is_cut_off_and_tried_again(study, receiver, monkeypatch):
    monkeypatch.setattr(outward_calls, "SECONDS_IN_ALL", 0.3)
    hook, _ = study.webhook("complete")
    study.ended()
    receiver.answers = [HANGS]
    began = time.monotonic()
    assert study.sent() == 1
    assert time.monotonic() - began < outward_calls.SECONDS
    assert study.sent(NOW + AGAIN_AFTER[0]) == 1
    (delivery,) = study.log(hook)
    assert delivery.state == "sent"
    assert [one.outcome.partition(":")[0] for one in delivery.tries] == ["no answer", "HTTP 200"]


def test_nobody_at_the_address_is_a_failure_like_others(study):
    hook, _ = study.webhook("complete")
    study.address = "http://127.0.0.1:1/"
    nobody, _ = study.webhook("complete")
    study.ended()
    assert study.sent() == 2
    assert [one.state for one in (*study.log(hook), *study.log(nobody))] == ["sent", "waiting"]


def test_where_one_message_fails_the_next_to_the_same_address_waits(study, receiver):
    hook, _ = study.webhook("complete")
    for _ in range(5):
        study.ended()
    receiver.answers = [503]
    assert study.sent() == 1
    assert len(receiver.got) == 1
    assert study.sent(NOW + AGAIN_AFTER[0]) == 5
    assert {one.state for one in study.log(hook)} == {"sent"}


def test_after_many_tries_it_is_given_up_and_can_be_sent_again_by_hand(study, receiver):
    hook, _ = study.webhook("complete")
    study.ended()
    receiver.answers = [500] * (len(AGAIN_AFTER) + 1)
    now = NOW
    while study.sent(now):
        now += max(AGAIN_AFTER)
    (delivery,) = study.log(hook)
    assert (delivery.state, len(delivery.tries)) == ("given_up", len(AGAIN_AFTER) + 1)

    with study.store.transaction() as tx:
        assert webhooks.send_again(tx, hook, delivery.id, now)
        assert not webhooks.send_again(tx, hook, delivery.id, now)
    assert study.sent(now) == 1
    assert study.sent(now + max(AGAIN_AFTER)) == 0
    (delivery,) = study.log(hook)
    assert (delivery.state, delivery.tries[-1].outcome) == ("sent", "HTTP 200")


def test_a_message_that_was_sent_is_sent_again_once_with_its_old_id(study, receiver):
    hook, _ = study.webhook("complete")
    other, _ = study.webhook("screened_out")
    study.ended()
    study.sent()
    (delivery,) = study.log(hook)
    with study.store.transaction() as tx:
        assert not webhooks.send_again(tx, other, delivery.id, NOW)
        assert webhooks.send_again(tx, hook, delivery.id, NOW)
    assert study.sent() == 1
    assert study.sent(NOW + 100 * 24 * 60 * MINUTE) == 0
    assert len({headers["Relata-Event-Id"] for _, headers, _ in receiver.got}) == 1


def test_a_trial_goes_to_its_own_address_whatever_is_chosen(study, receiver):
    hook, secret = study.webhook("report_ready")
    study.webhook("complete")
    with study.store.transaction() as tx:
        webhooks.try_out(tx, hook, NOW)
        webhooks.try_out(tx, hook, NOW)
    assert study.sent() == 2
    assert [json.loads(body)["event"] for *_, body in receiver.got] == ["trial", "trial"]
    assert len({headers["Relata-Event-Id"] for _, headers, _ in receiver.got}) == 2
    assert checked(secret, *receiver.got[0][1:])


def test_a_study_that_closes_tells_it_once(study, receiver):
    study.webhook("study_closed")
    for minutes, status in enumerate(("closed", "closed", "live", "live", "closed")):
        with study.store.transaction() as tx:
            webhooks.open_or_close(tx, "coffee", status, NOW + minutes * MINUTE)
    study.sent(NOW + 9 * MINUTE)
    assert [json.loads(body)["event"] for *_, body in receiver.got] == ["study_closed", "study_closed"]


def test_an_analysis_tells_how_it_ended_and_which_reports_there_are(study, receiver):
    study.webhook("analysis_finished", "report_ready")
    place = output(study.settings.instance, "coffee", "d1")
    place.keep_findings(b"{}")
    place.keep_reports(place.new_reports_folder(), [ReportFile("alba", "en", "a.pdf")])
    with study.store.transaction() as tx:
        refused = job_rows.enqueue(tx, KIND, {"study": "coffee"}, NOW)
        done = job_rows.enqueue(tx, KIND, {"study": "coffee"}, NOW)
        named = job_rows.enqueue(tx, KIND, {"study": "coffee", "names": {}}, NOW)
        jobs.tell(tx, refused, Outcome("refused", error="too few"), study.settings)
        for job in (done, done, named):
            jobs.tell(tx, job, Outcome("done", output_digest="d1"), study.settings)
    study.sent(datetime.now(UTC) + MINUTE)
    told = [json.loads(body) for *_, body in receiver.got]
    reports = [{"brand": "alba", "language": "en"}]
    assert [one["data"] for one in told if one["event"] == "report_ready"] == [
        {"run": done.id, "reports": reports},
        {"run": named.id, "reports": reports},
    ]
    assert [one["data"] for one in told if one["event"] == "analysis_finished"] == [
        {"run": refused.id, "state": "refused"},
        {"run": done.id, "state": "done"},
    ]


def test_invented_respondents_are_told_to_nobody_and_their_analyses_are_marked(study, receiver):
    study.webhook("complete", "analysis_finished")
    study.ended(is_simulated=True)
    with study.store.transaction() as tx:
        webhooks.tell_analysis(tx, "coffee", 1, "done", NOW)
    assert study.sent() == 1
    assert json.loads(receiver.got[0][2])["simulated"] is True


def test_whoever_had_their_answers_erased_is_not_told_about(study, receiver):
    hook, _ = study.webhook("complete")
    erased, kept = study.ended(), study.ended()
    with study.store.transaction() as tx:
        assert erasure.withdraw(tx, "coffee", sittings.find(tx, erased.id).code, NOW, study.settings.secret_key)
    study.sent()
    assert [json.loads(body)["data"]["person"] for *_, body in receiver.got] == [kept.pseudonym]
    assert len(study.log(hook)) == 1


def test_a_webhook_that_was_removed_gets_nothing_more(study):
    hook, secret = study.webhook("complete")
    study.ended()
    with study.store.transaction() as tx:
        webhooks.remove(tx, hook)
    assert study.sent() == 0
    again, other = study.webhook("complete")
    assert study.log(again) == ()
    assert other != secret


def test_one_that_is_removed_while_it_is_sent_is_no_longer_wanted(study, receiver):
    hook, _ = study.webhook("complete")
    study.ended()
    with study.store.transaction() as tx:
        webhooks.webhooks.remove(tx, hook.id)
    assert study.sent() == 1
    assert receiver.got == []
    assert [one.outcome for one in study.log(hook)[0].tries] == [NOT_WANTED]


def test_the_secret_stands_nowhere_in_the_database(study):
    _, secret = study.webhook("complete")
    assert secret.removeprefix(webhooks.SECRET_PREFIX).encode() not in b"".join(
        path.read_bytes() for path in study.settings.instance.glob("relata.sqlite*")
    )


def test_nothing_inside_is_called_unless_the_instance_says_so(study, receiver):
    study.deliveries = Deliveries(study.store, read_settings(study.settings.instance))
    hook, _ = study.webhook("complete")
    study.ended()
    assert study.sent() == 1
    assert receiver.got == []
    assert [one.outcome for one in study.log(hook)[0].tries] == ["only https is called"]


def test_a_body_goes_to_no_name_that_leads_inside(monkeypatch):
    entries = [(2, 1, 6, "", ("169.254.169.254", 443))]
    monkeypatch.setattr(outward_calls.socket, "getaddrinfo", lambda *_, **__: entries)
    monkeypatch.setattr(outward_calls.socket, "create_connection", lambda *_: pytest.fail("it was called"))
    with pytest.raises(CallError, match="not public"):
        call("https://hook.example/x", body=b"{}")


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("https://hook.example/told?by=relata", None),
        ("https://hook.example:8443/", None),
        ("https://93.184.215.14/", None),
        ("http://hook.example/", "https"),
        ("ftp://hook.example/", "https"),
        ("javascript:alert(1)", "https"),
        ("", "https"),
        ("https://", "host"),
        ("https://[", "host"),
        ("https://hook.example:port/", "host"),
        ("https://user:password@hook.example/", "host"),
        ("https://hook.example/a b", "host"),
        ("https://hook.example/\r\nX: y", "host"),
        ("https://127.0.0.1/", "private"),
        ("https://[::1]/", "private"),
        ("https://169.254.169.254/latest/meta-data", "private"),
    ],
)
def test_an_address_says_early_what_is_wrong_with_it(address, fault):
    assert address_fault(address) == fault


def test_a_connection_that_was_cut_leaves_no_socket_behind(receiver, monkeypatch):
    made = []
    real = socket.create_connection

    def connect(*where):
        made.append(real(*where))
        return made[-1]

    monkeypatch.setattr(outward_calls.socket, "create_connection", connect)
    assert call(f"http://127.0.0.1:{receiver.server_address[1]}/", private_too=True, body=b"{}") == 200
    assert [one.fileno() for one in made] == [-1]
    assert not [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer) and thread.is_alive()]
