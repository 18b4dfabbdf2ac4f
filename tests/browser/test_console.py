"""A researcher's browser follows an analysis to its end without reloading by hand."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from survey_app.access import accounts
from survey_app.access.signed_links import sign_link
from survey_app.application import create_app
from survey_app.serving import listen
from survey_app.store import jobs
from survey_app.views.visitors import EXTENSION
from tests.browser.axe import violations
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
    with running(listen(app, "127.0.0.1", 0)) as server:
        yield found.store, f"http://127.0.0.1:{server.port}{link}"
    found.store.close()


@pytest.fixture
def page(chromium):
    """A page with a memory of its own, in the browser that all tests of a process share."""
    context = chromium.new_context(bypass_csp=True)
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


# Pages that the journey does not pass, each as an administrator sees it.
PAGES = (
    "/sign-in",
    "/forgotten",
    "/account",
    "/people",
    "/people/audit",
    "/studies",
    "/studies/new",
    "/studies/coffee",
    "/studies/coffee/sittings?all=1",
    "/studies/coffee/plan",
    "/studies/coffee/people",
    "/studies/coffee/letters",
    "/studies/coffee/design",
    "/studies/coffee/design/modules",
    "/studies/coffee/design/texts",
    "/studies/coffee/design/field",
    "/studies/coffee/design/preview?fill=1",
    "/studies/coffee/results",
    "/reports/coffee",
    "/customers/coffee",
    "/studies/nowhere/design",
)


def sign_in(page, store, origin):
    """An administrator signs in."""
    opened = accounts.set_up(store, accounts.set_up_token(store), "ada@example.org", "Ada", "three words in a row")
    page.goto(f"{origin}/sign-in")
    page.get_by_label("E-mail address").fill(opened.account.email)
    page.get_by_label("Password", exact=True).fill("three words in a row")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Studies")).to_be_visible()


@pytest.mark.parametrize("width", [768, pytest.param(1280, marks=pytest.mark.slow)])
def test_every_page_is_open_to_everybody_and_as_wide_as_the_window(console, page, width):
    store, link = console
    origin = link.partition("/open/")[0]
    page.set_viewport_size({"width": width, "height": 900})
    sign_in(page, store, origin)

    found = {}
    for path in PAGES:
        page.goto(f"{origin}{path}")
        wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        found[path] = [*violations(page), *(["wider than the window"] if wide else [])]
    assert {path: told for path, told in found.items() if told} == {}


def test_a_text_is_translated_by_keyboard_without_leaving_the_page(console, page):
    store, link = console
    origin = link.partition("/open/")[0]
    sign_in(page, store, origin)
    page.goto(f"{origin}/studies/coffee/design/texts?language=zh&part=scales")
    page.evaluate("window.sameDocument = true")
    words = page.get_by_label("Chinese: scales › warm › warm1")
    words.fill("<b>真的</b>")
    words.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("the placeholder ${brand} is missing")).to_be_visible()
    expect(words).to_have_value("<b>真的</b>")

    words.fill("<b>${brand}</b>")
    words.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 reviewed", exact=True)).to_be_visible()
    expect(words).to_be_focused()
    assert page.evaluate("window.sameDocument")
    assert violations(page) == []
    page.reload()
    expect(words).to_have_value("<b>${brand}</b>")


def test_a_problem_leads_to_its_line(console, page):
    store, link = console
    origin = link.partition("/open/")[0]
    sign_in(page, store, origin)
    page.goto(f"{origin}/studies/coffee/design")
    page.get_by_role("link", name="study file, line 1").first.click()
    selected = "text => text.value.slice(text.selectionStart, text.selectionEnd)"
    assert page.locator("#study_text").evaluate(selected) == "format: 1"
