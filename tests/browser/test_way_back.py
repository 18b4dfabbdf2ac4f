"""A panel's respondent is back on the panel's site after the last page, with JavaScript and without it."""

from http.server import BaseHTTPRequestHandler

import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.conftest import PHONE
from tests.browser.respondent import send
from tests.served import answering
from tests.survey_app.small_study import publish_small_study

pytestmark = pytest.mark.browser


class Panel(BaseHTTPRequestHandler):
    """The panel's site: it greets whoever comes and notes what it is told."""

    def do_GET(self):
        self.server.came.append((self.path, self.headers.get("Referer")))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"Welcome back")

    def log_message(self, *_):
        pass


@pytest.fixture
def panel():
    with answering(Panel) as server:
        server.came = []
        yield server


@pytest.fixture
def study(site, panel):
    exits = f'{{screened_out: "http://localhost:{panel.server_port}/screened_out?id={{id}}&n=1"}}'
    source = f"{{label: {{en: A, zh: A}}, kind: panel, id: psid, exits: {exits}}}"
    publish_small_study(site.store, field=f"sources:\n  a: {source}\n")
    return f"{site.origin}/s/coffee"


@pytest.fixture(params=[True, False], ids=["script", "no_script"])
def page(request, chromium):
    context = chromium.new_context(viewport=PHONE, java_script_enabled=request.param)
    yield context.new_page()
    context.close()


def screened_out(page, study):
    """Take part until the end; returns the code that the first page shows."""
    page.goto(f"{study}?src=a&psid=u1&lang=en")
    code = page.locator(".code").inner_text()
    page.locator("label[for=q1-1]").click()
    send(page)
    page.locator("#q1-1").fill("12")
    page.locator("label[for=q2-1]").click()
    page.locator("button.next").click()
    expect(page.locator("body")).to_have_text("Welcome back")
    return code


def came(panel):
    return [told for told in panel.came if "favicon" not in told[0]]


def test_the_last_page_leads_back_to_the_panel_which_learns_no_address_of_ours(page, study, panel):
    screened_out(page, study)
    assert came(panel) == [("/screened_out?id=u1&n=1", None)]


def test_the_code_of_a_finished_sitting_leads_back_too(page, study, panel):
    code = screened_out(page, study)
    page.context.clear_cookies()
    page.goto(f"{study}/code")
    page.locator("#code").fill(code)
    page.locator("button.next").click()
    expect(page.locator("body")).to_have_text("Welcome back")
    assert came(panel) == [("/screened_out?id=u1&n=1", None)] * 2


def test_who_is_not_led_on_follows_the_link(request, page, study, panel):
    screened_out(page, study)
    page.route("**/done", lambda route: route.fulfill(body=not_leading(route.fetch()), content_type="text/html"))
    page.goto(f"{study}/done")
    if "no_script" not in request.node.name:  # axe is a script
        assert violations(page) == []
    page.get_by_role("link", name="Go back now").click()
    expect(page.locator("body")).to_have_text("Welcome back")
    assert [path for path, _ in came(panel)] == ["/screened_out?id=u1&n=1"] * 2


def not_leading(response):
    return response.text().replace('http-equiv="refresh"', 'name="refresh"')
