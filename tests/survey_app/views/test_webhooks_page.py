"""The page of webhooks, and the same through the interface: made, tried, sent again, removed; secrets shown once."""

import re

import pytest

from survey_app.access import accounts
from survey_app.field import webhooks
from survey_app.field.deliveries import Deliveries
from survey_app.store import audit
from survey_app.views.visitors import EXTENSION
from tests.survey_app.views.people import make_person, signed_in

PAGE = "/studies/coffee/webhooks"
FORM = {"address": "https://hook.example/x", "events": ["complete", "report_ready"]}
HOSTILE = 'https://hook.example/"><script>alert(1)</script>'


@pytest.fixture
def editor(app):
    app.config["WTF_CSRF_ENABLED"] = False
    return make_person(app, "eda", "researcher", [("coffee", "editor", ""), ("tea", "editor", "")])


@pytest.fixture
def client(app, editor):
    return signed_in(app, editor)


def test_a_secret_is_shown_once_and_what_was_sent_is_listed(app, client):
    desk = app.extensions[EXTENSION]
    (secret,) = re.findall(r"whsec_[0-9a-f]{64}", client.post(PAGE, data=FORM).text)
    assert "whsec_" not in client.get(PAGE).text
    with desk.store.reading() as tx:
        (hook,) = webhooks.of_study(tx, "coffee")
        entries = audit.latest(tx, limit=5)
    assert hook.events == FORM["events"]
    assert secret == webhooks.secret_of(desk.settings.secret_key, hook)
    assert [(one.action, one.subject) for one in entries] == [
        ("webhooks.make", "https://hook.example/x complete report_ready")
    ]

    assert client.post(f"{PAGE}/{hook.id}/trial").status_code == 303
    assert "Waiting" in client.get(PAGE).text
    with desk.store.transaction() as tx:
        message = webhooks.outbox.claim(tx, accounts.now(), accounts.now())
        webhooks.outbox.settle(tx, message, "HTTP 410", accounts.now(), sent=False, again=None)
    page = client.get(PAGE).text
    assert "Not delivered" in page
    assert "HTTP 410" in page
    assert client.post(f"{PAGE}/{hook.id}/deliveries/{message.id}/again").status_code == 303
    assert client.post(f"{PAGE}/{hook.id}/deliveries/{message.id}/again").status_code == 404
    assert client.post(f"{PAGE}/{hook.id}/remove").status_code == 303
    assert "hook.example" not in client.get(PAGE).text
    assert not Deliveries(desk.store, desk.settings).deliver_one()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"address": "http://hook.example/"}, "begin with https://"),
        ({"address": "https://10.0.0.1/"}, "not public"),
        ({"address": "https://me:word@hook.example/"}, "no address of a server"),
        ({"address": ""}, "fill this in"),
        ({"address": "https://hook.example/" + "x" * 500}, "too long"),
        ({"events": []}, "fill this in"),
        ({"events": ["everything"]}, "fill this in"),
    ],
)
def test_what_cannot_be_is_refused_with_words(client, changed, said):
    answer = client.post(PAGE, data=FORM | changed)
    assert answer.status_code == 422
    assert said in answer.text


def test_no_address_runs_as_a_script_and_there_are_ten_at_most(client):
    page = client.post(PAGE, data=FORM | {"address": HOSTILE}).text
    assert "<script>alert" not in page
    told = [client.post(PAGE, data=FORM).status_code for _ in range(webhooks.MOST_OF_STUDY)]
    assert told == [200] * (webhooks.MOST_OF_STUDY - 1) + [422]


def test_a_webhook_is_reached_through_its_own_study_only(app, client):
    client.post(PAGE, data=FORM)
    with app.extensions[EXTENSION].store.reading() as tx:
        (hook,) = webhooks.of_study(tx, "coffee")
    assert client.post(f"/studies/tea/webhooks/{hook.id}/remove").status_code == 404
    assert client.post(f"/studies/tea/webhooks/{hook.id}/trial").status_code == 404


def test_programs_make_try_and_remove_webhooks(app, editor):
    store = app.extensions[EXTENSION].store
    key = accounts.make_token(store, editor.id, "test", ["webhooks"])

    def ask(method, path="", **how):
        headers = {"Authorization": f"Bearer {key}"}
        return app.test_client().open(f"/api/v1{PAGE}{path}", method=method, headers=headers, **how)

    made = ask("POST", json=FORM)
    assert made.status_code == 201
    assert made.json["secret"].startswith("whsec_")
    (listed,) = ask("GET").json
    assert listed == {name: value for name, value in made.json.items() if name != "secret"}
    assert ask("POST", f"/{listed['id']}/trial").status_code == 202
    (delivery,) = ask("GET", f"/{listed['id']}/deliveries").json
    assert (delivery["event"], delivery["state"], delivery["tries"]) == ("trial", "waiting", [])
    assert ask("POST", json=FORM | {"address": "https://127.0.0.1/"}).status_code == 422
    assert ask("POST", json=FORM | {"events": ["all"]}).status_code == 422
    assert ask("DELETE", f"/{listed['id']}").status_code == 204
    assert ask("DELETE", f"/{listed['id']}").status_code == 404
