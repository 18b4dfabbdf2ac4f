"""The server that is really used: what opens on this machine only stays shut when a proxy stands between."""

from http.client import HTTPConnection

import pytest

from survey_app.access.signed_links import sign_link
from survey_app.application import create_app
from survey_app.serving import listen
from survey_app.views.visitors import EXTENSION
from tests.served import running
from tests.survey_app.small_study import publish_small_study


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
    connection = HTTPConnection("127.0.0.1", port)
    connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    found = connection.getresponse().status
    connection.close()
    return found


def test_a_signed_link_opens_on_this_machine(served):
    assert status(served) == 303


@pytest.mark.parametrize("header", ["X_Forwarded_For", "X_Forwarded_Host", "Forwarded", "X_Real_IP", "Via"])
def test_a_signed_link_stays_shut_behind_a_proxy(served, header):
    assert status(served, **{header: "203.0.113.7"}) in {403, 404}
