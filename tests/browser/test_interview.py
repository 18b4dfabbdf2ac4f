"""A whole questionnaire in Chromium at phone width, and every answer found again in the export, word for code."""

import csv

import pytest
from playwright.sync_api import expect

from instruments.measures import MISSING_CODES
from survey_app.design.publishing import interview_of, published
from survey_app.results.export import export_study
from tests.browser.conftest import PHONE
from tests.browser.respondent import AGE, REMARK, fill_in, press, send, walk

pytestmark = pytest.mark.browser

THANKS = {"en": "Thank you", "zh": "谢谢", "de": "Vielen Dank", "es": "Gracias"}


def rows_of(site, folder):
    exported = export_study(site.store, "demo", folder / "answers.csv")
    with exported.answers.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def interview_of_demo(site):
    with site.store.reading() as tx:
        return interview_of(published(tx, "demo").study)


def expected_cells(site, language, noted):
    """What the export must hold for what was picked: brand, variable and codes, found by the words of the page."""
    interview = interview_of_demo(site)
    names = {brand.key: brand.name[language] for brand in interview.brands}
    about = ""
    for note in noted:
        # Not every question names its brand; the last one that was named is meant.
        about = next((key for key, name in names.items() if name in f"{note.section} {note.question}"), about)
        for variable in interview.variables():
            brand = about if variable.level == "rating" else ""
            codes = {_said(choice, language, names.get(brand, "")): choice.code for choice in variable.choices}
            asked = variable.label[language].replace("${brand}", names.get(brand, "")).strip()
            if asked == note.question and set(note.answer) <= set(codes):
                yield brand, variable, [codes[answer] for answer in note.answer]


def _said(choice, language, brand):
    return choice.label[language].replace("${brand}", brand).strip()


SLOW = pytest.mark.slow


@pytest.mark.parametrize("language", ["zh", *(pytest.param(name, marks=SLOW) for name in ("en", "de", "es"))])
def test_a_whole_questionnaire_on_a_phone_is_found_in_the_export(site, phone, language, tmp_path):
    phone.goto(f"{site.origin}/s/demo?lang={language}")
    widths = []
    noted = walk(phone, at_each=lambda page: widths.append(page.evaluate("document.documentElement.scrollWidth")))
    assert max(widths) <= PHONE["width"]
    assert THANKS[language] in phone.locator("main").inner_text()
    rows = rows_of(site, tmp_path)
    assert {row["_status"] for row in rows} == {"complete"}
    assert {row["_lang"] for row in rows} == {language}
    assert {row["age"] for row in rows} == {AGE}
    assert {row["own_words"] for row in rows} == {REMARK}
    by_brand = {row["brand"]: row for row in rows}
    assert_planned_missingness(site, rows)
    checked = 0
    for brand, variable, codes in expected_cells(site, language, noted):
        row = by_brand[brand] if brand else rows[0]
        if variable.type == "select_multiple":
            assert all(row[f"{variable.name}_{code}"] == "1" for code in codes), variable.name
        else:
            assert row[variable.name] == str(codes[0]), (brand, variable.name)
        checked += 1
    answered = sum(_is_answered(row, variable) for row in rows for variable in _single(site))
    assert checked >= answered - len(rows) * len(("age", "own_words", "consent"))


def assert_planned_missingness(site, rows):
    """Two of three sets of statements and eight rules for each brand; twelve importances about one of them."""
    scales = [variable.name for variable in _single(site) if variable.kind == "scale"]
    rules = [name.removeprefix("exp_") for name in rows[0] if name.startswith("exp_")]
    for row in rows:
        assert sum(int(row[name]) > 0 for name in scales) == 16
        assert sum(int(row[f"exp_{rule}"]) > 0 for rule in rules) == 8
    [about] = [row for row in rows if any(int(row[f"imp_{rule}"]) > 0 for rule in rules)]
    important = [rule for rule in rules if int(about[f"imp_{rule}"]) > 0]
    assert len(important) == 12
    assert sum(int(about[f"exp_{rule}"]) > 0 for rule in important) == 4


def _single(site):
    return [v for v in interview_of_demo(site).variables() if v.level == "rating"]


def _is_answered(row, variable):
    return row[variable.name] not in {str(code) for code in MISSING_CODES}


def test_a_wrong_answer_returns_the_page_with_a_message_at_the_item_and_keeps_the_rest(site, phone):
    phone.goto(f"{site.origin}/s/demo?lang=en")
    fill_in(phone)
    send(phone)
    phone.locator(".options label").first.click()
    phone.locator("input[type=text]").fill("old enough")
    send(phone)
    wrong = phone.locator(".card.wrong")
    assert wrong.count() == 1
    assert wrong.locator("input[type=text]").input_value() == "old enough"
    assert wrong.locator(".problem").inner_text().strip()
    assert phone.locator(".options input:checked").count() == 1
    phone.locator(".summary a").first.click()
    assert phone.url.partition("#")[2] == wrong.locator("input").get_attribute("id")


def test_reload_back_and_a_double_click_lose_and_duplicate_nothing(site, phone, tmp_path):
    phone.goto(f"{site.origin}/s/demo?lang=en")
    fill_in(phone)
    phone.locator("button.next").dblclick()
    expect(phone.locator("input[type=text]")).to_be_visible()
    phone.wait_for_load_state("networkidle")
    phone.reload()
    phone.locator(".options label").nth(1).click()
    phone.locator("input[type=text]").fill("41")
    send(phone)
    press(phone, "back")
    assert phone.locator("input[type=text]").input_value() == "41"
    phone.locator("input[type=text]").fill("42")
    send(phone)
    phone.go_back()
    phone.reload()
    walk(phone)
    rows = rows_of(site, tmp_path)
    assert len({row["_person"] for row in rows}) == 1
    assert len(rows) == len({row["brand"] for row in rows})
    assert {row["age"] for row in rows} <= {AGE, "42"}
