"""The map of relationships in a real browser: a picture without JavaScript, else moved by mouse, keys and buttons."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from analysis.saving import dump_findings
from survey_app.access.signed_links import sign_link
from survey_app.application import create_app
from survey_app.results import analyses
from survey_app.serving import listen
from survey_app.store import jobs
from survey_app.views.visitors import EXTENSION
from tests.browser.axe import violations
from tests.served import running
from tests.survey_app.small_study import publish_small_study
from tests.survey_app.views.test_results import whole_findings

pytestmark = pytest.mark.browser
ARCHETYPES = ".spot.archetype text"


@pytest.fixture(scope="module")
def link(tmp_path_factory):
    """The application with findings that have a map; the link that opens them."""
    app = create_app({"instance": tmp_path_factory.mktemp("map")})
    console = app.extensions[EXTENSION]
    publish_small_study(console.store)
    for letter in "ef":
        analyses.ask(console.store, "coffee")
        output = analyses.output(console.settings.instance, "coffee", letter * 64)
        output.keep_findings(dump_findings(whole_findings()))
        output.keep_reports(output.new_reports_folder(), [])
        with console.store.transaction() as tx:
            now = datetime.now(UTC)
            job = jobs.claim(tx, "w", now=now, lease=timedelta(minutes=1), tries=3)
            jobs.finish(tx, job, "done", now=now, output_digest=letter * 64)
    with running(listen(app, "127.0.0.1", 0)) as server:
        opened = sign_link(console.settings.secret_key, "researcher", "coffee")
        yield f"http://127.0.0.1:{server.port}{opened}"
    console.store.close()


def opened(context, link):
    """A page that shows the results."""
    page = context.new_page()
    page.goto(link)
    page.goto(f"{page.url}/results?lang=en")
    return page


def zoom(page):
    """How much larger than at first the map is."""
    return page.evaluate("document.querySelector('.sheet').transform.baseVal.consolidate()?.matrix.a ?? 1")


def test_the_map_is_moved_by_mouse_keys_and_buttons(chromium, link):
    context = chromium.new_context(viewport={"width": 768, "height": 900})
    page = opened(context, link)
    whole = page.get_by_role("button", name="Whole map")
    expect(whole).to_have_attribute("aria-disabled", "true")

    page.get_by_role("button", name="Zoom in").click()
    page.locator("#map svg").press("+")
    assert zoom(page) == pytest.approx(1.96)
    at = page.locator(ARCHETYPES).bounding_box()
    page.keyboard.press("ArrowLeft")
    assert page.locator(ARCHETYPES).bounding_box()["x"] > at["x"]
    size = page.locator(ARCHETYPES).bounding_box()["height"]
    page.keyboard.press("0")
    assert zoom(page) == 1
    assert page.locator(ARCHETYPES).bounding_box()["height"] == pytest.approx(size, rel=0.05)

    page.get_by_role("button", name="Archetypes").click()
    expect(page.locator(ARCHETYPES)).to_be_hidden()
    context.close()


def test_without_javascript_the_map_is_a_picture_with_a_table(chromium, link):
    context = chromium.new_context(java_script_enabled=False)
    page = opened(context, link)

    expect(page.locator(ARCHETYPES)).to_be_visible()
    expect(page.get_by_role("button", name="Zoom in")).to_be_hidden()
    page.get_by_text("All points as a table").click()
    expect(page.get_by_role("row", name='<script>alert("x")</script>').last).to_be_visible()
    context.close()


@pytest.mark.parametrize("path", ["results", "compare"])
def test_results_and_comparison_keep_nobody_out(chromium, link, path):
    context = chromium.new_context(viewport={"width": 768, "height": 900}, bypass_csp=True)
    page = opened(context, link)
    page.goto(page.url.replace("/results", f"/{path}"))

    assert violations(page) == []
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    context.close()
