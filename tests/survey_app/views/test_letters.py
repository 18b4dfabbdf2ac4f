"""The page of invitations: lists in, reminders planned, what went out, links taken back."""

import io
from datetime import timedelta

import pytest

from survey_app.access import accounts
from survey_app.field import deliveries
from survey_app.store import audit, invitations, outbox
from survey_app.views.visitors import EXTENSION
from tests.survey_app.views.people import make_people, signed_in

PAGE = "/studies/coffee/letters"
LIST = b"email,name,language\nana@example.org,Ana,en\nben@example.org,Ben,de\n"


@pytest.fixture
def site(make_app):
    """The application where letters can be sent; forms go without tokens here."""
    app = make_app(public_address="https://survey.example", mail_sender="survey@example.org")
    app.config["WTF_CSRF_ENABLED"] = False
    return app


@pytest.fixture
def editor(site):
    """The browser of somebody who may run the field."""
    return signed_in(site, make_people(site)["editor"])


def send_list(editor, content=LIST):
    return editor.post(PAGE, data={"people": (io.BytesIO(content), "people.csv")})


def letters(site):
    with site.extensions[EXTENSION].store.reading() as tx:
        return outbox.of_study(tx, "coffee")


def test_a_list_invites_everybody_once_and_the_log_names_no_address(site, editor):
    assert "No letters." in editor.get(PAGE).text
    told = editor.get(send_list(editor).headers["Location"]).text
    assert "Letters planned: 2." in told
    assert "ana@example.org" in told
    again = editor.get(send_list(editor, LIST + b"eve@example.org,,\n").headers["Location"]).text
    assert "Letters planned: 1. People left out: 2" in again
    assert [letter.kind for letter in letters(site)] == ["invitation"] * 3
    with site.extensions[EXTENSION].store.reading() as tx:
        logged = [entry for entry in audit.latest(tx, limit=20) if "letters" in entry.action]
    assert any("2 invited" in entry.subject for entry in logged)
    assert not any("example.org" in entry.subject for entry in logged)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"name\nAna\n", "no column “email”"),
        (b"email\nana@example.org\nnobody\n", "Line 3: “nobody” is no e-mail address"),
        (b"\xff\xfe", "no CSV file in UTF-8"),
    ],
)
def test_a_list_that_cannot_be_used_invites_nobody_and_says_where(site, editor, content, told):
    refused = send_list(editor, content)
    assert refused.status_code == 422
    assert told in refused.text
    assert letters(site) == []


def test_reminders_are_planned_for_a_day_and_once(site, editor):
    send_list(editor)
    today = accounts.now().date()
    planned = {"on": str(today + timedelta(days=7)), "after": "4"}
    assert "Letters planned: 2." in editor.get(editor.post(f"{PAGE}/reminders", data=planned).headers["Location"]).text
    due = [letter.next_at for letter in letters(site) if letter.kind == "reminder"]
    assert {(when.date(), when.hour) for when in due} == {(today + timedelta(days=7), 8)}
    assert "Planned" in editor.get(PAGE).text
    assert editor.post(f"{PAGE}/reminders", data=planned).headers["Location"].endswith("queued=0")
    for wrong in ({"on": str(today - timedelta(days=1))}, {"on": "soon"}, {"after": "0"}, {"after": "many"}):
        assert editor.post(f"{PAGE}/reminders", data=planned | wrong).status_code == 400


def test_what_could_not_be_sent_is_told_and_taken_back(site, editor, monkeypatch):
    send_list(editor)
    desk = site.extensions[EXTENSION]
    monkeypatch.setattr(deliveries, "sender", lambda _: (_ for _ in ()).throw(deliveries.MailError("mailbox unknown")))
    assert deliveries.Deliveries(desk.store, desk.settings).deliver_one()
    shown = editor.get(f"{PAGE}?not_sent=1").text
    assert "mailbox unknown" in shown
    assert shown.count("example.org</th>") == 1

    failed = next(letter for letter in letters(site) if letter.tries)
    assert editor.post(f"{PAGE}/{failed.id}/retract").status_code == 303
    assert [letter.id for letter in letters(site)] != []
    assert failed.id not in [letter.id for letter in letters(site)]
    assert site.test_client().get(f"/s/coffee/{failed.about}").status_code == 404
    assert editor.post(f"{PAGE}/{failed.id}/retract").status_code == 404


def test_a_link_that_was_used_stays(site, editor):
    send_list(editor)
    first, _ = letters(site)
    assert site.test_client().get(f"/s/coffee/{first.about}").status_code == 303
    assert "Link used" in editor.get(PAGE).text
    assert editor.post(f"{PAGE}/{first.id}/retract").status_code == 404
    with site.extensions[EXTENSION].store.reading() as tx:
        counts = invitations.counts(tx, "coffee")
    assert (counts.invited, counts.begun, counts.complete, counts.declined) == (2, 1, 0, 0)


def test_where_letters_cannot_be_sent_the_page_says_what_is_missing(app):
    app.config["WTF_CSRF_ENABLED"] = False
    client = signed_in(app, make_people(app)["editor"])
    shown = client.get(PAGE).text
    assert "public_address, mail_sender" in shown
    assert 'type="file"' not in shown
    assert send_list(client).status_code == 409
