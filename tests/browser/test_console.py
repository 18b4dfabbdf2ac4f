"""A researcher's browser follows an analysis to its end without reloading by hand."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect
from waitress.server import create_server

from survey_app.application import create_app
from survey_app.signed_links import sign_link
from survey_app.store import jobs
from survey_app.views.visitors import EXTENSION
from tests.served import running
from tests.survey_app.small_study import publish_small_study

pytestmark = pytest.mark.browser
LEASE = timedelta(minutes=1)


@pytest.fixture
def console(tmp_path):
    """The application served on a free port, with the small study in it."""
    app = create_app({"instance": tmp_path})
    found = app.extensions[EXTENSION]
    publish_small_study(found.store)
    link = sign_link(found.settings.secret_key, "researcher", "coffee")
    with running(create_server(app, host="127.0.0.1", port=0, threads=4)) as server:
        yield found.store, f"http://127.0.0.1:{server.effective_port}{link}"
    found.store.close()


@pytest.fixture
def page(chromium):
    """A page with a memory of its own, in the browser that all tests of a process share."""
    context = chromium.new_context()
    yield context.new_page()
    context.close()


def test_an_analysis_is_followed_to_its_end(console, page):
    store, link = console
    page.goto(link)
    assert page.url.endswith("/studies/coffee")
    page.get_by_role("button", name="Analyse the answers").click()
    expect(page.get_by_text("Waiting")).to_be_visible()

    with store.transaction() as tx:
        job = jobs.claim(tx, "w", now=datetime.now(UTC), lease=LEASE, tries=3)
        jobs.heartbeat(tx, job, fraction=0.1, doing="factors", now=datetime.now(UTC), lease=LEASE)
    expect(page.get_by_text("10% done")).to_be_visible()
    page.evaluate("window.sameDocument = true")
    with store.transaction() as tx:
        jobs.heartbeat(tx, job, fraction=0.4, doing="null reference", now=datetime.now(UTC), lease=LEASE)
    expect(page.get_by_text("comparing with data without groups")).to_be_visible()
    assert page.evaluate("window.sameDocument")

    with store.transaction() as tx:
        jobs.finish(tx, job, "refused", now=datetime.now(UTC), error="41 persons are left, not 60.")
    expect(page.get_by_text("41 persons are left, not 60.")).to_be_visible()
