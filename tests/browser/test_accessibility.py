"""Nobody is kept out: axe-core on every kind of page, the keyboard alone, high zoom, right to left."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from survey_app import application
from survey_app.design.publishing import publish_study
from survey_app.store import Store, StoreUnavailableError, invitations, sittings, studies
from survey_app.views import codes
from tests.browser.axe import violations
from tests.browser.conftest import PHONE
from tests.browser.respondent import fill_in, send, walk
from tests.question_types import INSTRUMENT, STUDY
from tests.survey_app.small_study import publish_small_study

pytestmark = pytest.mark.browser

DESKTOP = {"width": 1280, "height": 900}
# What a desktop of 1280 by 1024 shows at 400 % zoom.
ZOOMED = {"width": 320, "height": 256}
KIND = """() => [...document.querySelectorAll("main :is(fieldset, input, select, textarea, p, div)")].map((node) =>
  node.tagName + (node.type ?? "") + [...node.classList].filter((name) => name !== "wrong"))"""


IN_SIGHT = """(node) => {
  const box = node.getBoundingClientRect();
  const top = document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height / 2, 20));
  return node === top || node.contains(top) || (node.closest("label")?.contains(top) ?? false);
}"""


class Audit:
    """Looks at each kind of page once, on a phone and on a desktop."""

    def __init__(self):
        self.seen, self.wrong = set(), []

    def look(self, page, state=""):
        kind = (state, *sorted(set(page.evaluate(KIND))))
        if kind in self.seen:
            return False
        self.seen.add(kind)
        for size in (DESKTOP, PHONE):
            page.set_viewport_size(size)
            heading = page.locator("h1").inner_text()
            self.wrong += [f"{heading} {state} at {size['width']}: {found}" for found in violations(page)]
            if page.evaluate("document.documentElement.scrollWidth") > size["width"]:
                self.wrong.append(f"{heading} {state} at {size['width']}: wider than the screen")
        return True

    def look_also_when_refused(self, page):
        if self.look(page):
            send(page)
            if page.locator(".summary").count():
                self.look(page, "refused")


@pytest.fixture
def page(chromium):
    """A page of the width of a small phone, with JavaScript."""
    context = chromium.new_context(viewport=PHONE)
    shown = context.new_page()
    shown.set_default_timeout(60_000)
    yield shown
    context.close()


@pytest.fixture
def types(site, tmp_path):
    """The address of a study with every type of question that is not chosen from a list."""
    (tmp_path / "types.yaml").write_text(INSTRUMENT, encoding="utf-8")
    study = tmp_path / "types.study.yaml"
    study.write_text(STUDY.replace("instrument: types", "instrument: types.yaml"), encoding="utf-8")
    publish_study(site.store, study)
    return f"{site.origin}/s/types"


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh", "de", "es"])
def test_a_whole_interview_with_the_script_breaks_no_rule_in_any_language(site, page, language):
    audit = Audit()
    page.goto(f"{site.origin}/s/demo?lang={language}")
    walk(page, at_each=audit.look)
    audit.look(page)
    assert audit.wrong == []
    assert len(audit.seen) >= 8


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_type_of_question_breaks_no_rule_refused_or_not(page, types, language):
    audit = Audit()
    page.goto(f"{types}?lang={language}")
    for answers in ({"#q1-1": "35", "#q2-1": "2.4", "#q3-1": "2026-02-14"}, None, None):
        audit.look_also_when_refused(page)
        for field, answer in (answers or {}).items():
            page.locator(field).fill(answer)
        if page.locator("select").count():
            page.locator("fieldset:has(select) .reasons input").first.check()
            page.locator(".row input").first.fill("100")
        for block in page.locator(".extremes").all():
            block.locator("input").nth(0).check()
            block.locator("input").nth(3).check()
        send(page)
    audit.look(page)
    assert audit.wrong == []
    assert len(audit.seen) == 7


def test_pages_for_what_goes_wrong_break_no_rule(site, page):
    audit = Audit()
    publish_small_study(site.store)
    for address in ("/s/coffee/r", "/s/nothing", "/s/coffee/%00"):
        page.goto(site.origin + address)
        audit.look(page, address)
    for address in ("/s/coffee/code", "/s/coffee/withdraw"):
        page.goto(site.origin + address)
        audit.look(page, address)
        page.locator("button.next").click()
        page.wait_for_selector("#missing")
        audit.look(page, f"{address} refused")
    with site.store.transaction() as tx:
        studies.set_status(tx, "coffee", "closed")
    page.goto(f"{site.origin}/s/coffee")
    audit.look(page, "closed")
    assert audit.wrong == []


def test_pages_for_those_who_leave_or_are_refused_break_no_rule(site, page, monkeypatch):
    audit = Audit()
    publish_small_study(site.store)
    with site.store.transaction() as tx:
        link = invitations.make(
            tx, "coffee", "mark", email="a@example.org", name="A", language="en", now=datetime.now(UTC)
        )
    page.goto(f"{site.origin}/s/coffee/{link.token}/never")
    audit.look(page, "never again?")
    page.locator("main button").click()
    page.wait_for_selector("main button", state="detached")
    audit.look(page, "never again")
    page.goto(f"{site.origin}/s/coffee?lang=en")
    monkeypatch.setattr(Store, "transaction", out_of_reach)
    page.evaluate("document.querySelector('form#page').submit()")
    page.wait_for_selector("h1:has-text('not saved')")
    audit.look(page, "not saved")
    monkeypatch.undo()
    page.goto(f"{site.origin}/s/coffee/withdraw")
    with site.store.reading() as tx:
        code = next(sittings.of_study(tx, "coffee", statuses=("started",)))[0].code
    monkeypatch.setattr(codes, "may_try_code", lambda _tx: False)
    for state in ("too many", "withdrawn"):
        page.locator("input[name=code]").fill(code)
        page.locator("input[name=sure]").check()
        page.locator("button.next").click()
        page.wait_for_selector("input[name=code]", state="detached")
        audit.look(page, state)
        monkeypatch.undo()
        page.goto(f"{site.origin}/s/coffee/withdraw")
    assert {state for state, *_ in audit.seen} == {"never again?", "never again", "not saved", "too many", "withdrawn"}
    assert audit.wrong == []


def out_of_reach(_store):
    raise StoreUnavailableError


def test_axe_finds_a_planted_fault(site, page):
    page.goto(f"{site.origin}/s/demo?lang=en")
    page.evaluate("document.querySelector('label[for=q1-1]').replaceWith(document.querySelector('#q1-1'))")
    assert any(found.startswith("label") for found in violations(page))


def test_the_keyboard_alone_leads_from_the_first_page_to_the_thanks(site, page):
    publish_small_study(site.store)
    page.goto(f"{site.origin}/s/coffee?lang=en")
    while page.locator("form#page").count():
        key = page.locator("input[name=page_key]").input_value()
        _answer_by_keyboard(page)
        page.wait_for_selector(f"input[name=page_key][value='{key}']", state="detached")
        page.wait_for_load_state()
    assert "Thank you" in page.locator("main").inner_text()


def _answer_by_keyboard(page):
    for _ in range(40):
        page.keyboard.press("Tab")
        at = page.evaluate("[document.activeElement.type, document.activeElement.className]")
        if at == ["submit", "next"]:
            page.keyboard.press("Enter")
            return
        if at[0] == "radio":
            page.keyboard.press("2")
        elif at[0] == "checkbox":
            page.keyboard.press("Space")
        elif at[0] in {"text", "textarea"}:
            page.keyboard.type("40")
    raise AssertionError("the keyboard does not reach the button that goes on")


def test_at_400_percent_nothing_is_cut_off_and_nothing_hides_what_has_the_focus(site, page):
    page.set_viewport_size(ZOOMED)
    publish_small_study(site.store)
    page.goto(f"{site.origin}/s/coffee?lang=en")
    while page.locator("form#page").count():
        assert page.evaluate("document.documentElement.scrollWidth") <= ZOOMED["width"]
        for control in page.locator("form#page :is(input:not([type=hidden]), textarea, button:not([hidden]))").all():
            control.focus()
            assert control.evaluate(IN_SIGHT), control.evaluate("node => node.outerHTML")
        fill_in(page)
        send(page)


def test_a_refused_page_tells_so_first_and_leads_to_the_questions(site, page):
    publish_small_study(site.store)
    page.goto(f"{site.origin}/s/coffee?lang=en")
    send(page)
    assert page.evaluate("document.activeElement.className") == "summary"
    assert page.title().startswith("Please check")
    assert page.locator(".summary").get_attribute("role") == "alert"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "q1-1"


def test_nothing_moves_for_those_who_asked_for_stillness(site, chromium):
    context = chromium.new_context(viewport=PHONE, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{site.origin}/s/demo?lang=en")
    moving = "getComputedStyle(document.querySelector('.options label')).transitionDuration"
    assert page.evaluate(moving) == "0s"
    context.close()


def test_the_style_knows_no_left_and_no_right():
    style = Path(application.__file__).parent / "static" / "respondent.css"
    rules = re.sub(r"/\*.*?\*/", "", style.read_text(encoding="utf-8"), flags=re.DOTALL)
    physical = r"\b(?:left|right)\b|(?:margin|padding|border)-(?:top|bottom)|[^-](?:width|height):"
    assert re.findall(physical, rules) == []


def test_a_page_written_from_right_to_left_fits_as_well(site, page):
    page.goto(f"{site.origin}/s/demo?lang=en")
    for _ in range(3):
        page.evaluate("document.documentElement.dir = 'rtl'")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        label = page.locator(".options label").first
        box, control = label.bounding_box(), label.locator("input").bounding_box()
        assert control["x"] > box["x"] + box["width"] / 2
        page.evaluate("document.documentElement.dir = 'ltr'")
        fill_in(page)
        send(page)
