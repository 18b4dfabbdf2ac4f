"""A brand manager reads a report in a real browser, on a phone and at a desk, and says what became of an action."""

import pytest
from playwright.sync_api import expect

from survey_app.access.signed_links import sign_link
from survey_app.application import create_app
from survey_app.serving import listen
from survey_app.views.visitors import EXTENSION
from tests.browser.axe import violations
from tests.reports.findings_builder import full_findings
from tests.served import running
from tests.survey_app.small_study import publish_small_study
from tests.survey_app.views.test_console import Visitor

pytestmark = pytest.mark.browser


@pytest.fixture
def site(tmp_path):
    """The application served on a free port, with a report on one brand in it."""
    app = create_app({"instance": tmp_path})
    found = app.extensions[EXTENSION]
    publish_small_study(found.store)
    Visitor(app).put_findings(full_findings())
    with running(listen(app, "127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.port}", found.settings.secret_key
    found.store.close()


@pytest.fixture
def page(chromium):
    context = chromium.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def studied(chromium):
    """A page that lets itself be asked by axe."""
    context = chromium.new_context(bypass_csp=True)
    yield context.new_page()
    context.close()


def test_the_report_is_read_on_every_width_by_everybody(site, studied):
    origin, secret = site
    studied.goto(origin + sign_link(secret, "reports", "coffee"))
    studied.goto(f"{origin}/reports/coffee/aurora/en")
    for width in (1280, 768, 360):
        studied.set_viewport_size({"width": width, "height": 800})
        assert studied.evaluate("document.documentElement.scrollWidth") == width
    expect(studied.get_by_role("img").first).to_be_visible()
    studied.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")

    assert violations(studied) == []
    assert studied.evaluate("document.documentElement.scrollWidth") == 360


def test_an_action_is_taken_on_and_finished_with_the_keyboard(site, page):
    origin, secret = site
    refused = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(origin + sign_link(secret, "researcher", "coffee"))
    page.goto(f"{origin}/reports/coffee/aurora/en")
    page.get_by_role("link", name="Actions agreed on").press("Enter")
    page.get_by_role("button", name="Take on").first.press("Enter")
    page.get_by_text("Update").first.press("Enter")
    page.get_by_label("Status").first.select_option("done")
    page.get_by_label("Note").first.fill("since May <b>everywhere</b>")
    page.get_by_role("button", name="Save").first.press("Enter")

    agreed = page.locator("#agreed")
    expect(agreed.get_by_text("since May <b>everywhere</b>").first).to_be_visible()
    expect(agreed.get_by_text("All 2 entries")).to_be_visible()
    assert refused == []
