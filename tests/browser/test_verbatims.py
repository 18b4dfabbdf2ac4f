"""Open answers are decided about by keyboard, in a browser that runs no scripts, on a page that keeps nobody out."""

from datetime import UTC, datetime

import pytest

from survey_app.access.signed_links import sign_link
from survey_app.application import create_app
from survey_app.serving import listen
from survey_app.store import sittings, verbatims
from survey_app.store.sittings import Beginnings, SavedPage
from survey_app.views.visitors import EXTENSION
from tests.browser.axe import violations
from tests.served import running
from tests.survey_app.small_study import publish_small_study

pytestmark = pytest.mark.browser
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def console(tmp_path):
    """The application with two open answers, served on a free port."""
    app = create_app({"instance": tmp_path})
    found = app.extensions[EXTENSION]
    publish_small_study(found.store)
    with found.store.transaction() as tx:
        for person in ("ANA", "BEN"):
            known = Beginnings(pseudonym=person, is_simulated=True)
            one = sittings.create(tx, "coffee", 1, language="en", seed=1, draw="", now=NOON, beginnings=known)
            sittings.add_page(tx, SavedPage(one.id, "words", 1, person, {"words": f"{person} says no"}, NOON))
            sittings.end(tx, one.id, "complete", NOON)
    link = sign_link(found.settings.secret_key, "researcher", "coffee")
    with running(listen(app, "127.0.0.1", 0)) as server:
        yield found.store, f"http://127.0.0.1:{server.port}", link
    found.store.close()


def test_answers_are_decided_about_by_keyboard_without_scripts(chromium, console):
    store, origin, link = console
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{origin}{link}")
    page.goto(f"{origin}/studies/coffee/verbatims")
    page.locator("[id='ANA.words'] input[value=yes]").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("price")
    page.keyboard.press("Enter")
    page.get_by_role("status").wait_for()
    assert page.url.endswith("#BEN.words")
    context.close()
    with store.reading() as tx:
        (mark,) = verbatims.marks(tx, "coffee").values()
    assert (mark.quotable, mark.codes) == ("yes", ("price",))


def test_the_page_keeps_nobody_out_and_fits_the_window(chromium, console):
    _, origin, link = console
    context = chromium.new_context(bypass_csp=True)
    page = context.new_page()
    page.goto(f"{origin}{link}")
    page.goto(f"{origin}/studies/coffee/verbatims")
    for width in (1280, 768):
        page.set_viewport_size({"width": width, "height": 900})
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
