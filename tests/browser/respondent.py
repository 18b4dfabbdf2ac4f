"""A respondent who reads only what the page shows, and notes what was picked, in the words of the page."""

from dataclasses import dataclass

from playwright.sync_api import expect

AGE = "34"
REMARK = "They kept my table free = twice. 他们记得我。"


@dataclass(frozen=True)
class Noted:
    """One answer as a person would tell it: the heading above, the question, what was chosen or written."""

    section: str
    question: str
    answer: tuple[str, ...]


def fill_in(page):
    """Answer the page that is shown, each question another way; returns what was picked."""
    return [noted for card in page.locator("form#page .card").all() for noted in _answer(card)]


def send(page):
    """Send the page and wait for the next."""
    press(page, "next")


def press(page, button):
    """Press a button of the page and wait for what it leads to, loaded anew or put in its place by the script."""
    key = page.locator("input[name=page_key]").input_value()
    page.locator(f"button.{button}").click()
    expect(page.locator(f"input[name=page_key][value='{key}']")).to_have_count(0, timeout=30_000)
    page.wait_for_load_state()


def walk(page, at_each=lambda _: None):
    """Answer page after page until there is none to answer; returns everything that was picked."""
    noted = []
    while page.locator("form#page").count():
        at_each(page)
        noted += fill_in(page)
        send(page)
    return noted


def _answer(card):
    section = card.locator("xpath=ancestor::section/h2")
    heading = section.inner_text().strip() if section.count() else ""
    if card.locator("textarea").count():
        card.locator("textarea").fill(REMARK)
        return [Noted(heading, card.locator("label").inner_text(), (REMARK,))]
    if card.locator("input[type=text]").count():
        card.locator("input[type=text]").fill(AGE)
        return [Noted(heading, card.locator("label").inner_text(), (AGE,))]
    question = card.locator("legend").inner_text().strip() if card.locator("legend").count() else ""
    options = card.locator(".options label")
    # Which option is taken depends on the question's length, so that neighbours differ but every run is the same.
    texts = [text.strip() for text in options.all_inner_texts()]
    if card.locator("input[type=checkbox]").count() > 1:
        chosen = list(range(len(texts)))
    else:
        chosen = [len(question) % min(len(texts), 5)]
    for place in chosen:
        options.nth(place).click()
    return [Noted(heading, question, tuple(texts[place] for place in chosen))]
