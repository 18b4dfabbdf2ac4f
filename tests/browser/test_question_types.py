"""Sliders, ranks, sums and best-worst sets in Chromium: by keyboard, at phone width, and a slider that is let be."""

import pytest

from survey_app.design.publishing import publish_study
from tests.browser.conftest import PHONE
from tests.browser.respondent import send
from tests.question_types import INSTRUMENT, STUDY

pytestmark = pytest.mark.browser


@pytest.fixture
def page(site, chromium, tmp_path):
    """A phone, with JavaScript, on the first page."""
    (tmp_path / "types.yaml").write_text(INSTRUMENT, encoding="utf-8")
    study = tmp_path / "types.study.yaml"
    study.write_text(STUDY.replace("instrument: types", "instrument: types.yaml"), encoding="utf-8")
    publish_study(site.store, study)
    context = chromium.new_context(viewport=PHONE)
    shown = context.new_page()
    shown.goto(f"{site.origin}/s/types?lang=en")
    yield shown
    context.close()


def test_the_keyboard_answers_every_type(page):
    slider, number = page.locator("input.slider"), page.locator("#q1-1")
    assert slider.is_visible()
    assert number.input_value() == ""
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert number.input_value() == "55"
    number.fill("35")
    assert slider.input_value() == "35"
    page.locator("#q2-1").fill("2.4")
    page.locator("#q3x-1").focus()
    page.keyboard.press("Space")
    send(page)
    for rank, choice in enumerate(page.locator("select").all()[:3], start=1):
        choice.focus()
        page.keyboard.type(str(rank))
    page.locator(".row input").first.fill("100")
    send(page)
    for block in page.locator(".extremes").all():
        for place in (0, 3):
            block.locator("input").nth(place).focus()
            page.keyboard.press("Space")
    send(page)
    assert "Thank you" in page.locator("main").inner_text()


def test_a_slider_that_is_let_be_is_no_answer(page):
    page.locator("#q2-1").fill("2.4")
    send(page)
    assert page.locator(".card.wrong").first.locator("input.slider").count() == 1


def test_every_page_fits_a_phone_and_every_target_a_thumb(page):
    for _ in range(3):
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        targets = page.locator("main label:has(input), main select, main button, main input:not([type=hidden])")
        for target in targets.all():
            box = target.bounding_box()
            inside = target.evaluate("node => node.matches('label input')")
            assert inside or min(box["width"], box["height"]) >= 44, target.evaluate("node => node.outerHTML")
        if page.locator("#q1-1.number").count():
            page.locator("#q1-1").fill("35")
            page.locator("#q2-1").fill("2.4")
            page.locator("#q3x-1").check()
        elif page.locator("select").count():
            page.locator("fieldset:has(select) input").first.check()
            page.locator(".row input").first.fill("100")
        else:
            return
        send(page)
