"""A person who has only the address: a study made, previewed, published, answered, watched, analysed and read."""

import threading

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from survey_app.access.accounts import set_up_token
from survey_app.application import create_app
from survey_app.serving import listen
from survey_app.views.visitors import EXTENSION
from survey_app.worker import Stop, work
from tests.browser.axe import violations
from tests.browser.respondent import walk
from tests.served import running

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PASSWORD = "three words in a row"  # noqa: S105 - opens nothing outside this test
RESPONDENTS = 3
SIMULATED = "160"
SOON, LONG_ENOUGH = 30_000, 600_000
MOST_TABS = 150


class Mouse:
    """Somebody who points and clicks."""

    def press(self, page, role, name):
        page.get_by_role(role, name=name, exact=True).first.click()

    def write(self, page, label, text):
        page.get_by_label(label, exact=True).fill(text)


class Keyboard:
    """Somebody who goes from one thing to the next with the tabulator key."""

    def press(self, page, role, name):
        self._reach(page, page.get_by_role(role, name=name, exact=True).first)
        page.keyboard.press("Enter")

    def write(self, page, label, text):
        self._reach(page, page.get_by_label(label, exact=True))
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.insert_text(text)

    def _reach(self, page, wanted):
        expect(wanted).to_be_visible()
        handle = wanted.element_handle()
        for _ in range(MOST_TABS):
            if page.evaluate("wanted => wanted === document.activeElement", handle):
                return
            page.keyboard.press("Tab")
        pytest.fail(f"{wanted} cannot be reached with the tabulator key")


@pytest.fixture(autouse=True)
def patience():
    """A machine that does other things besides may take a while for a page."""
    expect.set_options(timeout=SOON)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture
def instance(tmp_path):
    """A new instance, served with one worker; what is printed at its first start."""
    app = create_app({"instance": tmp_path})
    found, stop = app.extensions[EXTENSION], Stop()
    worker = threading.Thread(target=work, args=(found.store, found.settings), kwargs={"stop": stop})
    worker.start()
    with running(listen(app, "127.0.0.1", 0)) as server:
        origin = f"http://127.0.0.1:{server.port}"
        yield origin, f"{origin}/set-up/{set_up_token(found.store)}"
    stop.asked = True
    worker.join()
    found.store.close()


def looked_at(page):
    """Look at a page as an accessibility checker does."""
    assert violations(page) == [], page.url


@pytest.mark.parametrize("hand", [Mouse(), Keyboard()], ids=["mouse", "keyboard"])
def test_from_an_address_to_a_brands_report(instance, chromium, tmp_path, hand):
    origin, set_up = instance
    context = chromium.new_context(locale="en-GB", accept_downloads=True, bypass_csp=True)
    page = context.new_page()
    page.goto(set_up)
    looked_at(page)
    for label, text in (("Name", "Ada"), ("E-mail address", "ada@example.org"), ("Password", PASSWORD)):
        hand.write(page, label, text)
    hand.press(page, "button", "Create the account")
    expect(page.get_by_role("heading", name="Studies")).to_be_visible()
    looked_at(page)

    hand.press(page, "link", "New study")
    hand.write(page, "Title", "Tea houses")
    hand.write(page, "Key", "tea")
    hand.write(page, "Brands", "Alderleaf\nBrookmint\nCaravan & Sons")
    looked_at(page)
    hand.press(page, "button", "Create the study")
    expect(page.get_by_text("nobody can answer")).to_be_visible()
    looked_at(page)

    hand.press(page, "link", "Preview")
    expect(page.frame_locator("iframe.phone").get_by_text("Page 1 of")).to_be_visible()
    looked_at(page)
    hand.press(page, "link", "Study and files")
    hand.press(page, "button", "Publish")
    expect(page.get_by_text("Published.")).to_be_visible()

    for _ in range(RESPONDENTS):
        respondent = chromium.new_context(locale="en-GB").new_page()
        respondent.goto(f"{origin}/s/tea")
        walk(respondent)
        respondent.context.close()
    hand.press(page, "link", "Field")
    expect(page.locator("#live .figure .value").first).to_have_text(str(RESPONDENTS))
    looked_at(page)

    hand.press(page, "link", "Questionnaire")
    hand.write(page, "How many", SIMULATED)
    hand.press(page, "button", "Add simulated answers")
    expect(page.get_by_text("The simulated answers are there.")).to_be_visible(timeout=LONG_ENOUGH)
    looked_at(page)
    hand.press(page, "link", "Back to the study")
    expect(page.get_by_text("respondents are invented")).to_be_visible()
    hand.press(page, "button", "Analyse the answers")
    expect(page.get_by_text("The findings and the reports are ready.")).to_be_visible(timeout=LONG_ENOUGH)
    hand.press(page, "link", "Open the results")
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    looked_at(page)

    hand.press(page, "link", "Brand reports")
    expect(page.get_by_role("heading", name="Brand reports")).to_be_visible()
    looked_at(page)
    link = page.get_by_role("link", name="Alderleaf, English, PDF")
    report = tmp_path / "report.pdf"
    report.write_bytes(context.request.get(f"{origin}{link.get_attribute('href')}").body())
    assert "Alderleaf" in "".join(part.extract_text() for part in PdfReader(report).pages)
    context.close()
