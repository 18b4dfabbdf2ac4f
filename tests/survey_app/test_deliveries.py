"""What lies in the outbox is sent once, tried again when it fails, and goes to nobody who must not be reached."""

import http.server
import smtplib
import threading
import time
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest

from survey_app import worker
from survey_app.config import read_settings
from survey_app.field import deliveries as sending
from survey_app.field import invitations, mail, outward_calls, webhooks
from survey_app.field.deliveries import AGAIN_AFTER, NOT_WANTED, Deliveries
from survey_app.field.invitations import PeopleFileError, Person, read_people
from survey_app.field.mail import Letter, MailError
from survey_app.field.outward_calls import CallError, call
from survey_app.interview.questionnaires import Questionnaires
from survey_app.interview.sitting import end_sitting, open_sitting
from survey_app.store import erasure, open_store, outbox, panel, sittings, studies
from survey_app.store import invitations as rows
from survey_app.store.panel import PanelEntry
from survey_app.store.sittings import Beginnings
from survey_app.worker import Stop, work
from tests.served import answering
from tests.survey_app.small_study import publish_small_study

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY = "key"
DAY = timedelta(days=1)


class Server(http.server.BaseHTTPRequestHandler):
    """A panel's server: remembers what it was asked for, and answers what the test says."""

    def do_GET(self):
        self.server.asked.append(self.path)
        self.send_response(self.server.answers.pop(0) if self.server.answers else 200)
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def panel_server():
    with answering(Server) as server:
        server.asked, server.answers = [], []
        yield server


@pytest.fixture
def begin(tmp_path):
    """Make an instance with the small study in it; gives its settings, store and questionnaire."""
    opened = []

    def _begin(field="", **overrides):
        settings = read_settings(
            tmp_path / "instance",
            {"public_address": "https://s.example/", "mail_sender": "field@s.example", **overrides},
        )
        store = open_store(settings.database_url())
        opened.append(store)
        publish_small_study(store, field=field)
        with store.reading() as tx:
            questionnaire = Questionnaires({"en", "zh"}).get(tx, "coffee", 1)
        return settings, store, questionnaire

    yield _begin
    for store in opened:
        store.close()


def completed(store, questionnaire, uid="u 1"):
    """A panel's respondent whose interview ends."""
    with store.transaction() as tx:
        standing = open_sitting(
            tx,
            questionnaire.interview,
            "coffee",
            1,
            language="en",
            rules=questionnaire.rules,
            now=NOW,
            beginnings=Beginnings(source="panel_a"),
        )
        panel.enter(tx, PanelEntry("coffee", "panel_a", uid, standing.sitting.id, {}), KEY)
        end_sitting(tx, standing.sitting, standing.way, "complete", NOW)
    return standing.sitting


def panel_field(server):
    port = server.server_address[1]
    return (
        "sources:\n  panel_a: {label: {en: A, zh: A}, kind: panel, id: psid, "
        f'callback: "http://127.0.0.1:{port}/s2s?id={{id}}&status={{status}}"}}\n'
    )


def log_of(store):
    with store.reading() as tx:
        return [
            (message.sent_at is not None, [one.outcome for one in outbox.tries(tx, message.id)])
            for message in outbox.of_study(tx, "coffee")
        ]


def test_a_call_is_made_once_and_tried_again_until_it_is_taken(begin, panel_server):
    settings, store, questionnaire = begin(panel_field(panel_server), private_callbacks="true")
    completed(store, questionnaire)
    panel_server.answers = [500, 302]
    deliveries, now = Deliveries(store, settings), NOW
    for wait in AGAIN_AFTER[:2]:
        assert deliveries.deliver_one(now)
        assert not deliveries.deliver_one(now + wait - timedelta(seconds=1))
        now += wait
    assert deliveries.deliver_one(now)
    assert not deliveries.deliver_one(now + 100 * DAY)
    assert panel_server.asked == ["/s2s?id=u%201&status=complete"] * 3
    assert log_of(store) == [(True, ["HTTP 500", "HTTP 302", "HTTP 200"])]


def test_after_many_tries_a_call_is_given_up_and_its_log_stays(begin, panel_server):
    settings, store, questionnaire = begin(panel_field(panel_server), private_callbacks="true")
    completed(store, questionnaire)
    panel_server.answers = [503] * 20
    deliveries, now = Deliveries(store, settings), NOW
    while deliveries.deliver_one(now):
        now += max(AGAIN_AFTER)
    assert log_of(store) == [(False, ["HTTP 503"] * (len(AGAIN_AFTER) + 1))]


def test_a_worker_that_dies_while_sending_leaves_the_message_to_the_next(begin):
    _, store, questionnaire = begin(
        "sources:\n  panel_a: {label: {en: A, zh: A}, kind: panel, id: psid, callback: 'https://x.example/{id}'}\n"
    )
    completed(store, questionnaire)
    with store.transaction() as tx:
        assert outbox.claim(tx, NOW, NOW + timedelta(minutes=5)) is not None
    with store.transaction() as tx:
        assert outbox.claim(tx, NOW + timedelta(minutes=4), NOW + DAY) is None
        assert outbox.claim(tx, NOW + timedelta(minutes=6), NOW + DAY).tries == 2


def test_nothing_private_is_called_unless_the_instance_says_so(begin, panel_server):
    settings, store, questionnaire = begin(panel_field(panel_server))
    completed(store, questionnaire)
    assert Deliveries(store, settings).deliver_one(NOW)
    assert panel_server.asked == []
    assert log_of(store) == [(False, ["only https is called"])]


INSIDE = (
    *("127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1"),  # noqa: S104
    *("::1", "fe80::1%eth0", "fd00::1", "::ffff:127.0.0.1", "64:ff9b:1::1", "64:ff9b::7f00:1"),
    *("2002:7f00:1::", "2001:0:1::1"),
)


@pytest.mark.parametrize("found", INSIDE)
def test_a_name_that_leads_inside_is_not_called(monkeypatch, found):
    public = "93.184.215.14"
    for addresses in ([found], [public, found]):
        entries = [(2, 1, 6, "", (address, 443)) for address in addresses]
        monkeypatch.setattr(outward_calls.socket, "getaddrinfo", lambda *_, _found=entries, **__: _found)
        monkeypatch.setattr(outward_calls.socket, "create_connection", lambda *_: pytest.fail("it was called"))
        with pytest.raises(CallError, match="not public"):
            call("https://panel.example/x")


def test_the_address_that_was_looked_at_is_the_one_that_is_called(monkeypatch):
    called = []

    def connect(address, *_):
        called.append(address)
        raise OSError

    entries = [(2, 1, 6, "", ("93.184.215.14", 443))]
    monkeypatch.setattr(outward_calls.socket, "getaddrinfo", lambda *_, **__: entries)
    monkeypatch.setattr(outward_calls.socket, "create_connection", connect)
    with pytest.raises(CallError, match="no answer"):
        call("https://panel.example/x")
    assert called == [("93.184.215.14", 443)]


@pytest.mark.parametrize("address", ["http://panel.example/", "ftp://panel.example/", "file:///etc/passwd", "//x", ""])
def test_only_https_is_called(address):
    with pytest.raises(CallError, match="only https"):
        call(address)


def test_nobody_is_called_about_after_the_ids_were_emptied(begin, panel_server):
    settings, store, questionnaire = begin(panel_field(panel_server), private_callbacks="true")
    completed(store, questionnaire)
    with store.transaction() as tx:
        panel.empty(tx, "coffee", KEY)
    assert Deliveries(store, settings).deliver_one(NOW)
    assert panel_server.asked == []
    assert log_of(store) == [(False, [NOT_WANTED])]


def test_what_is_forgotten_while_it_is_sent_stays_forgotten_and_stops_nothing(begin, url_with_tables, monkeypatch):
    settings, store, questionnaire = begin(
        "sources:\n  panel_a: {label: {en: A, zh: A}, kind: panel, id: psid, callback: 'https://x.example/{id}'}\n",
        database=url_with_tables,
    )
    left = completed(store, questionnaire)
    invite(settings, store, questionnaire, PEOPLE[1:])
    hook, _ = webhooks.make(
        store, settings.secret_key, "coffee", address="https://w.example/", events=["complete"], by="ana", now=NOW
    )
    with store.transaction() as tx:
        webhooks.try_out(tx, hook, NOW)
    forgotten = []

    def forget(called, *_, **__):
        """What people do while the other server takes its time."""
        with store.transaction() as tx:
            if called == hook.address:
                webhooks.remove(tx, hook)
            elif called == "https://x.example/u%201":
                assert erasure.withdraw(tx, "coffee", left.code, NOW, KEY)
            else:
                [letter] = [one.id for one in outbox.of_study(tx, "coffee") if one.kind == "invitation"]
                assert rows.retract(tx, "coffee", letter)
        forgotten.append(called)
        return 200

    monkeypatch.setattr(sending, "call", forget)
    monkeypatch.setattr(sending, "sender", lambda _: forget)
    deliver_all(settings, store)
    assert (len(forgotten), log_of(store)) == (3, [])


def test_the_worker_goes_on_after_whatever_goes_wrong_and_logs_it(begin, url_with_tables, monkeypatch, caplog):
    settings, store, questionnaire = begin("retention: 2026-02-01\n", database=url_with_tables)
    completed(store, questionnaire)
    with store.transaction() as tx:
        texts = {"instrument_text": "", "digest": "x", "instrument_digest": "x", "now": NOW}
        studies.publish(tx, "a_broken_one", study_text="[", **texts)
        for key in ("1", "2"):
            outbox.queue(tx, key, "callback", study="tea", about="nobody", now=NOW)
    settle, tried = outbox.settle, []

    def break_once(tx, message, *args, **kwargs):
        tried.append(message.key)
        if len(tried) == 1:
            raise KeyError(message.key)
        settle(tx, message, *args, **kwargs)

    monkeypatch.setattr(sending.outbox, "settle", break_once)
    monkeypatch.setattr(worker.retention, "mark_those_who_left", lambda *_: {}["left"])
    monkeypatch.setattr(worker, "SECONDS_AFTER_FAULT", 0)
    stop = Stop()

    def stop_when_done():
        limit = time.monotonic() + 60
        while not (len(tried) == 2 and erased(store)) and time.monotonic() < limit:
            time.sleep(0.02)
        stop.asked = True

    watching = threading.Thread(target=stop_when_done)
    watching.start()
    work(store, settings, stop=stop)
    watching.join()
    assert sorted(tried) == ["1", "2"]
    assert erased(store)
    traced = [record.getMessage() for record in caplog.records if record.exc_info]
    assert [any(word in said for said in traced) for word in ("message", "left", "a_broken_one")] == [True] * 3


def erased(store):
    with store.reading() as tx:
        return sittings.count_begun(tx, "coffee") == 0


# Letters

PEOPLE = (Person("ana@example.org", "Ana 王", "zh"), Person("ben@example.org", "", "en"))


def invite(settings, store, questionnaire, people=PEOPLE, now=NOW):
    with store.transaction() as tx:
        return invitations.invite(tx, settings, "coffee", questionnaire, people, now=now)


def remind(store, now):
    with store.transaction() as tx:
        return invitations.remind(tx, "coffee", after=4 * DAY, now=now).queued


def deliver_all(settings, store, now=NOW):
    deliveries = Deliveries(store, settings)
    while deliveries.deliver_one(now):
        pass


def letters(settings):
    files = sorted((settings.instance / mail.FOLDER).glob("*.eml"))
    return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]


def test_letters_lie_as_files_in_the_language_of_each_person(begin):
    settings, store, questionnaire = begin('contact: {en: "The Institute", zh: "研究所"}\n')
    assert invite(settings, store, questionnaire).queued == 2
    deliver_all(settings, store)
    by_address = {str(letter["To"]): letter for letter in letters(settings)}
    ana = by_address["Ana 王 <ana@example.org>"]
    ben = by_address["ben@example.org"]
    assert (ana["Subject"], ben["Subject"]) == ("想听听您的意见：咖啡", "Your opinion: Coffee")
    text = ben.get_content()
    link = next(line for line in text.splitlines() if line.startswith("https://s.example/s/coffee/"))
    assert len(link.rpartition("/")[2]) == 22
    assert ben["List-Unsubscribe"] == f"<{link}/never>"
    assert "The Institute" in text
    assert "{" not in text + ana.get_content()


def test_the_worker_sends_what_is_due(begin):
    settings, store, questionnaire = begin()
    invite(settings, store, questionnaire)
    work(store, settings, once=True)
    assert len(letters(settings)) == 2


def test_a_worker_that_stays_sends_beside_its_jobs_and_stops_when_told(begin):
    settings, store, questionnaire = begin()
    invite(settings, store, questionnaire)
    stop = Stop()
    thread = threading.Thread(target=work, args=(store, settings), kwargs={"stop": stop})
    thread.start()
    waited = threading.Event()
    while len(log_of(store)[0][1]) + len(log_of(store)[1][1]) < 2:
        waited.wait(0.05)
    stop.asked = True
    thread.join(60)
    assert not thread.is_alive()
    assert len(letters(settings)) == 2


def test_nobody_is_invited_twice_and_no_letter_is_sent_twice(begin):
    settings, store, questionnaire = begin()
    invite(settings, store, questionnaire)
    other_spelling = (Person("ANA@example.org ", "", "en"), *PEOPLE)
    assert invite(settings, store, questionnaire, other_spelling).queued == 0
    deliver_all(settings, store)
    deliver_all(settings, store, NOW + 100 * DAY)
    assert len(letters(settings)) == 2
    assert log_of(store) == [(True, ["sent"])] * 2


def test_reminders_go_to_those_who_have_not_finished_two_times_at_most(begin):
    settings, store, questionnaire = begin()
    invite(settings, store, questionnaire)
    deliver_all(settings, store)
    with store.transaction() as tx:
        done = rows.find(tx, "coffee", outbox.of_study(tx, "coffee")[0].about)
        standing = open_sitting(tx, questionnaire.interview, "coffee", 1, language="en", now=NOW)
        rows.begin(tx, done, standing.sitting.id)
        end_sitting(tx, standing.sitting, standing.way, "complete", NOW)
    days = (1, 5, 6, 10, 15, 40)
    assert [remind(store, NOW + day * DAY) for day in days] == [0, 1, 0, 1, 0, 0]


class MailServer:
    """An SMTP server that refuses Ana for good and Ben for now."""

    def __init__(self, *_, **__):
        pass

    __enter__ = starttls = lambda self, **_: self

    def __exit__(self, *_):
        pass

    def send_message(self, message):
        [to] = message["To"].addresses
        codes = {"ana@example.org": 550, "ben@example.org": 451}
        if to.addr_spec in codes:
            raise smtplib.SMTPRecipientsRefused({to.addr_spec: (codes[to.addr_spec], b"no such user")})


def test_nobody_is_reminded_of_a_letter_that_was_never_taken(begin, url_with_tables, monkeypatch):
    settings, store, questionnaire = begin(database=url_with_tables, mail_server="mail.example")
    monkeypatch.setattr(mail.smtplib, "SMTP", MailServer)
    eve = Person("eve@example.org", "", "en")
    invite(settings, store, questionnaire, (*PEOPLE, eve))
    deliver_all(settings, store)
    assert log_of(store) == [(False, ["refused for good: 550"]), (False, ["not taken: 451"]), (True, ["sent"])]
    assert remind(store, NOW + 5 * DAY) == 2

    deliver_all(settings, store, NOW + 6 * DAY)
    with store.reading() as tx:
        reminders = [outbox.tries(tx, one.id)[0].outcome for one in outbox.of_study(tx, "coffee")[3:]]
    assert sorted(reminders) == [NOT_WANTED, "sent"]


def test_nobody_is_counted_as_reminded_after_addresses_were_emptied(begin):
    settings, store, questionnaire = begin()
    invite(settings, store, questionnaire)
    deliver_all(settings, store)
    with store.transaction() as tx:
        rows.empty_addresses(tx, "coffee")
    assert remind(store, NOW + 5 * DAY) == 0


def test_who_asked_never_to_be_written_to_is_not_in_any_study(begin):
    settings, store, questionnaire = begin()
    invite(settings, store, questionnaire)
    with store.transaction() as tx:
        for message in outbox.of_study(tx, "coffee"):
            invited = rows.find(tx, "coffee", message.about)
            if rows.address_of(tx, invited.token).email == "ana@example.org":
                rows.decline(tx, invited, NOW)
    deliver_all(settings, store)
    assert [str(letter["To"]) for letter in letters(settings)] == ["ben@example.org"]
    assert remind(store, NOW + 10 * DAY) == 1
    with store.transaction() as tx:
        mark = invitations.address_mark(settings, "Ana@Example.org")
        assert rows.make(tx, "tea", mark, email="ana@example.org", name="", language="en", now=NOW) is None


def test_a_name_cannot_add_a_header_to_its_letter():
    letter = Letter("a@b.example", "X\r\nBcc: all@b.example", "S\nBcc: all@b.example", "t", "https://s.example/never")
    made = mail.compose(letter, "f@s.example", "invitation:1", NOW)
    assert made["Bcc"] is None
    assert (made["Date"], made["Message-ID"]) == ("Sun, 01 Mar 2026 12:00:00 +0000", "<invitation.1@s.example>")
    with pytest.raises(MailError):
        mail.compose(Letter("a\n@b.example", "", "S", "t", "https://s.example/n"), "f@s.example", "k:1", NOW)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("mail,name\na@b.example,A\n", ":1: no column 'email'"),
        ("email\na@b.example\nnobody\n", ":3: 'nobody' is no e-mail address"),
        ("email\na b@c.example\n", ":2: 'a b@c.example' is no e-mail address"),
        ("email,name\n\xe9\n", "no CSV file in UTF-8"),
    ],
)
def test_a_list_that_cannot_be_used_says_where(tmp_path, content, said):
    path = tmp_path / "people.csv"
    path.write_text(content, encoding="latin-1")
    with pytest.raises(PeopleFileError, match=said):
        read_people(path)


def test_a_list_from_a_spreadsheet_is_read(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("\ufeffname,email,language\nAna, a@b.example ,zh\n,c@d.example,\n", encoding="utf-8")
    assert read_people(path) == (Person("a@b.example", "Ana", "zh"), Person("c@d.example", "", ""))
