"""One expression language: the page's script and Python judge alike, and questions come and go with the answers."""

from pathlib import Path

import numpy as np
import pytest

from instruments.live import as_tree
from instruments.logic import parse
from instruments.measures import MISSING_CODES
from survey_app import application
from survey_app.design.publishing import interview_of, publish_study, published
from survey_app.results.export import export_study
from survey_app.store import sittings
from tests.browser.conftest import PHONE
from tests.browser.respondent import send
from tests.live_questions import INSTRUMENT, STUDY

pytestmark = pytest.mark.browser

SCRIPT = Path(application.__file__).parent / "static" / "respondent.js"
NAMES = ("age", "drink", "kinds", "word", "price")
TEXTS = ("", "a", "b", "ab", "Z", "2026-03-01", "2026-11-30", "\uff5e", "😀", "é")
NUMBERS = ("-99", "-98", "-97.0", "-1", "0", "0.0", "1", "1.0", "2", "2.5", "18", "100")
JUDGE = """([cases]) => cases.map(([tree, values]) => holds(tree, (name) => values[name]))"""


class Writer:
    """Writes expressions and answers at random."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def one_of(self, values):
        return values[int(self.rng.integers(len(values)))]

    def operand(self):
        text = f"'{self.one_of(TEXTS)}'"
        return self.one_of((self.one_of(NAMES), self.one_of(NAMES), self.one_of(NUMBERS), text))

    def expression(self, depth=3):
        kind = int(self.rng.integers(6)) if depth else 5
        if kind in {0, 1}:
            word = (" and ", " or ")[kind]
            return "(" + word.join(self.expression(depth - 1) for _ in range(int(self.rng.integers(2, 4)))) + ")"
        if kind == 2:
            return f"not {self.expression(depth - 1)}"
        if kind == 3:
            return self.one_of(NAMES)
        return f"{self.operand()} {self.one_of(('==', '!=', '<', '<=', '>', '>=', 'in'))} {self.operand()}"

    def answer(self):
        single = (*MISSING_CODES, 0, 1, 2, 18, 2.5, -1, 1.0, *TEXTS)
        several = tuple(self.one_of((0, 1, 2, "a", "b")) for _ in range(int(self.rng.integers(4))))
        return self.one_of((self.one_of(single), self.one_of(single), self.one_of(single), several))

    def answers(self):
        return {name: self.answer() for name in NAMES if self.rng.random() < 0.8}


@pytest.mark.parametrize("number", [1_000, pytest.param(10_000, marks=pytest.mark.slow)])
def test_expressions_are_judged_alike_in_python_and_in_the_browser(chromium, number):
    writer = Writer(number)
    cases = [(parse(writer.expression()), writer.answers()) for _ in range(number)]
    expected = [expression.evaluate(answers) for expression, answers in cases]
    page = chromium.new_page()
    page.add_script_tag(path=SCRIPT)
    found = page.evaluate(JUDGE, [[(as_tree(expression), answers) for expression, answers in cases]])
    page.close()
    different = [
        (expression.text, answers)
        for (expression, answers), ours, theirs in zip(cases, expected, found, strict=True)
        if ours != theirs
    ]
    assert different == []
    assert 0.2 < np.mean(expected) < 0.8


@pytest.fixture
def live(site, tmp_path):
    """The address of a study with questions that come and go."""
    (tmp_path / "live.yaml").write_text(INSTRUMENT, encoding="utf-8")
    study = tmp_path / "live.study.yaml"
    study.write_text(STUDY, encoding="utf-8")
    publish_study(site.store, study)
    return f"{site.origin}/s/live?lang=en"


@pytest.fixture
def page(chromium):
    """A phone, with JavaScript."""
    context = chromium.new_context(viewport=PHONE)
    yield context.new_page()
    context.close()


def at_the_questions(page, live, before="3"):
    page.goto(live)
    page.locator("#q1-1").fill(before)
    send(page)


def _card(page, label):
    return page.locator(".card", has_text=label)


def test_questions_come_up_and_go_with_the_answers_before_them(page, live):
    at_the_questions(page, live)
    sugar, sweet = _card(page, "How sweet?"), _card(page, "Too sweet?")
    assert not sugar.is_visible()
    page.locator("label[for=q1-1]").click()
    assert sugar.is_visible()
    assert not sweet.is_visible()
    sugar.locator("input").fill("4")
    assert sweet.is_visible()
    page.locator("label[for=q1-2]").click()
    assert not sugar.is_visible()
    assert not sweet.is_visible()


def test_what_another_page_said_is_filled_in_and_no_code_is_told(page, live):
    at_the_questions(page, live, before="7")
    page.locator("label[for=q1-1]").click()
    assert not _card(page, "How sweet?").is_visible()
    html = page.content()
    assert not [name for name in ("hidden_", "sugar ", "before", "-98", "kinds") if name in html]


def test_what_came_up_is_saved_and_what_went_away_is_not(site, page, live, tmp_path):
    at_the_questions(page, live)
    page.locator("label[for=q1-1]").click()
    send(page)
    assert page.locator(".summary a").count() == 1
    _card(page, "How sweet?").locator("input").fill("4")
    _card(page, "Too sweet?").locator("input").fill("5")
    page.locator("label[for=q1-2]").click()
    send(page)
    assert "Thank you" in page.locator("main").inner_text()
    lines = export_study(site.store, "live", tmp_path / "answers.csv").answers.read_text(encoding="utf-8").splitlines()
    row = dict(zip(*(line.split(",") for line in lines), strict=True))
    assert (row["drink"], row["sugar"], row["sweet"]) == ("hidden_milk", "-95", "-95")


def test_each_question_has_its_own_seconds_though_others_came_up_before_it(site, page, live):
    at_the_questions(page, live)
    page.locator("label[for=q1-1]").click()
    _card(page, "How sweet?").locator("input").fill("2")
    page.wait_for_timeout(1_000)
    page.locator("#q6-1").fill("home")
    _card(page, "Who is there?").locator("input").fill("1")
    send(page)
    with site.store.reading() as tx:
        [(_, pages)] = sittings.of_study(tx, "live")
    items = {variable: (seconds, changes) for variable, seconds, changes in pages[-1].paradata["items"]}
    assert [*items] == ["drink", "kinds", "cups", "price", "last", "where", "sugar", "home"]
    assert [name for name, (_, changes) in items.items() if changes] == ["drink", "where", "sugar", "home"]
    assert items["sugar"][0] + 1 <= items["home"][0]


def test_without_the_script_the_server_brings_up_what_is_left(chromium, live):
    context = chromium.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    at_the_questions(page, live)
    page.locator("label[for=q1-1]").click()
    send(page)
    assert page.locator(".summary").count() == 0
    sugar = _card(page, "How sweet?")
    assert sugar.is_visible()
    sugar.locator("input").fill("4")
    send(page)
    _card(page, "Too sweet?").locator("input").fill("2")
    send(page)
    assert "Thank you" in page.locator("main").inner_text()
    context.close()


FILL = """(rows) => rows.map((row) => {
  const form = document.getElementById("page");
  for (const input of form.querySelectorAll("input:not([type=hidden]), textarea")) {
    if (/radio|checkbox/.test(input.type)) input.checked = (row[input.name] ?? []).includes(input.value);
    else input.value = (row[input.name] ?? [""])[0];
  }
  form.dispatchEvent(new Event("input"));
  return form.elements.live.value;
})"""


def test_whatever_is_answered_the_page_shows_what_the_server_would_ask(site, page, live):
    with site.store.reading() as tx:
        interview = interview_of(published(tx, "live").study)
    draw = interview.begin(1)
    asked = interview.screen("asks", draw, {"before": 3})
    at_the_questions(page, live)
    writer = Writer(2)
    rows = [_random_row(writer) for _ in range(400)]
    shown = page.evaluate(FILL, rows)
    assert len(set(shown)) >= 20
    for row, numbers in zip(rows, shown, strict=True):
        assert numbers == _asked_by_the_server(interview, asked, row)


def _random_row(writer):
    several = [str(place) for place in (1, 2, 3) if writer.rng.random() < 0.4]
    row = {
        "q1": [writer.one_of(("", "1", "2", "3", "4"))],
        "q2": writer.one_of((several, several, ["4"])),
        "q3": [writer.one_of(("", "0", "3", "12", "41", "x", "３"))],
        "q3x": writer.one_of(([], [], ["1"])),
        "q4": [writer.one_of(("", "2", "2,6", "14.5", "60", "2.555"))],
        "q5": [writer.one_of(("", "2026-02-28", "2026-03-01"))],
        "q6": [writer.one_of(("", "home", " home ", "zoo", "Home"))],
    }
    return row | {f"q{place}": [writer.one_of(("", "1", "4", "77"))] for place in range(7, 15)}


def _asked_by_the_server(interview, screen, row):
    """Numbers of the live questions whose conditions hold, as the judge of answers finds them one after the other."""
    numbers = []
    answers = {}
    codes = {"q1": 0, "q2": 1}
    for number, candidate in enumerate(screen.candidates, start=1):
        [asked] = candidate.block.asked
        if candidate.when and not candidate.when.evaluate({**screen.known, **screen.drawn, **answers}):
            continue
        if candidate.when:
            numbers.append(str(number))
        name = f"q{number}"
        sent = [value for value in row.get(name, []) if value]
        if name in codes:
            sent = [str(asked.choices[int(value) - 1].code) for value in sent]
        sent += [str(asked.reasons[0].code)] if row.get(f"{name}x") else []
        single = type(screen)("asks", "asks", None, None, (candidate.block,), {**screen.known, **answers}, screen.drawn)
        try:
            answers |= interview.accept(single, {asked.variable: sent})
        except ValueError:
            continue
    return " ".join(numbers)
