"""What the page says is true: saved when it is stored, not yet when it is not; nothing is lost or sent twice."""

import pytest
from playwright.sync_api import expect

from survey_app.store import sittings
from tests.browser.conftest import PHONE
from tests.browser.respondent import press, send
from tests.survey_app.small_study import publish_small_study

pytestmark = pytest.mark.browser


@pytest.fixture
def context(site, chromium):
    """A phone's browser with the small study open on its second page."""
    publish_small_study(site.store)
    opened = chromium.new_context(viewport=PHONE)
    page = opened.new_page()
    page.goto(f"{site.origin}/s/coffee?lang=en")
    page.locator("label[for=q1-1]").click()
    send(page)
    yield opened
    opened.close()


@pytest.fixture
def page(context):
    """The second page: an age and a place."""
    return context.pages[0]


def visits(site, screen="screener"):
    with site.store.reading() as tx:
        told = sittings.of_study(tx, "coffee", statuses=("started", "partial", "complete", "screened_out"))
        return [page.payload for _, pages in told for page in pages if page.screen == screen]


def test_what_is_typed_is_saved_and_said_to_be_so_and_is_there_after_a_reload(page, context, site):
    page.locator("#q1-1").fill("41")
    expect(page.get_by_role("status").filter(has_text="Saved at")).to_be_visible()
    page.reload()
    expect(page.locator("#q1-1")).to_have_value("41")
    other = context.new_page()
    other.goto(f"{site.origin}/s/coffee/r")
    expect(other.locator("#q1-1")).to_have_value("41")
    assert visits(site) == []


def test_without_a_connection_the_page_says_so_and_saves_as_soon_as_there_is_one(page, context):
    context.set_offline(True)
    page.locator("#q1-1").fill("41")
    expect(page.locator(".unsaved")).to_contain_text("Not saved yet")
    assert "Saved" not in page.locator(".saved").inner_text()
    context.set_offline(False)
    expect(page.locator(".saved")).to_contain_text("Saved at", timeout=20_000)
    expect(page.locator(".unsaved")).to_be_empty()


def test_a_page_sent_without_a_connection_is_sent_once_when_it_is_back(page, context, site):
    page.locator("#q1-1").fill("41")
    page.locator("label[for=q2-1]").click()
    context.set_offline(True)
    page.locator("button.next").click()
    expect(page.locator(".unsaved")).to_contain_text("Not sent yet")
    page.locator("button.next").click()
    assert page.locator("#q1-1").input_value() == "41"
    context.set_offline(False)
    expect(page.locator("main")).to_contain_text("Which do you know?", timeout=20_000)
    assert visits(site) == [{"age": 41, "place": "secret_code_home"}]


def test_an_answer_that_got_lost_on_its_way_back_changes_nothing(page, site):
    lost = []

    def lose_once(route):
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    page.route("**/s/coffee/r*", lose_once)
    page.locator("#q1-1").fill("41")
    page.locator("label[for=q2-1]").click()
    page.locator("button.next").click()
    expect(page.locator("main")).to_contain_text("Which do you know?", timeout=20_000)
    assert lost == [204]
    assert len(visits(site)) == 1


def test_a_database_that_cannot_save_is_told_and_the_page_is_sent_again(page, site):
    refused = []

    def refuse_once(route):
        if refused:
            route.continue_()
        else:
            refused.append(True)
            route.fulfill(status=503, body="not now")

    page.route("**/s/coffee/r*", refuse_once)
    page.locator("#q1-1").fill("41")
    page.locator("label[for=q2-1]").click()
    page.locator("button.next").click()
    expect(page.locator("main")).to_contain_text("Which do you know?", timeout=20_000)
    assert len(visits(site)) == 1


def test_a_double_click_sends_once(page, site):
    page.locator("#q1-1").fill("41")
    page.locator("label[for=q2-1]").click()
    page.locator("button.next").dblclick()
    expect(page.locator("main")).to_contain_text("Which do you know?")
    assert len(visits(site)) == 1


def test_the_browsers_own_way_back_and_forward_go_through_the_pages(page, site):
    page.locator("#q1-1").fill("41")
    page.locator("label[for=q2-1]").click()
    send(page)
    page.go_back()
    expect(page.locator("#q1-1")).to_have_value("41")
    page.locator("#q1-1").fill("42")
    send(page)
    expect(page.locator("main")).to_contain_text("Which do you know?")
    assert [payload["age"] for payload in visits(site)] == [41, 42]


def test_another_language_keeps_what_was_typed_and_the_place(page, site):
    page.locator("#q1-1").fill("4")
    page.locator("label[for=q2-2]").click()
    key = page.locator("input[name=page_key]").input_value()
    page.locator(".languages button[value=zh]").click()
    expect(page.locator(f"input[name=page_key][value='{key}']")).to_have_count(0)
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    assert page.locator("#q1-1").input_value() == "4"
    assert page.locator("#q2-2").is_checked()
    assert visits(site) == []


def test_a_refused_page_keeps_its_answers_and_its_progress(page):
    page.locator("#q1-1").fill("forty")
    page.locator("label[for=q2-2]").click()
    send(page)
    assert page.locator(".summary a").count() == 1
    assert page.locator("#q1-1").input_value() == "forty"
    assert page.locator("#q2-2").is_checked()
    press(page, "back")
    expect(page.locator("h1")).to_have_text("Welcome")


def test_the_first_page_takes_three_requests_and_sixty_kilobytes_at_most(site, chromium):
    context = chromium.new_context(viewport=PHONE)
    page, bodies = context.new_page(), []
    page.on("response", lambda response: bodies.append(response) if response.status == 200 else None)
    page.goto(f"{site.origin}/s/demo?lang=zh", wait_until="networkidle")
    loaded = [response for response in bodies if not response.url.startswith("data:")]
    assert len(loaded) <= 3
    assert sum(len(response.body()) for response in loaded) <= 60_000
    context.close()
