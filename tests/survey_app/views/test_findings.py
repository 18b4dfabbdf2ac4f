"""What the checks find stands beside the question it concerns, on the page of the study and in the preview."""

import io
import re
from dataclasses import replace
from html import unescape

import pytest

from survey_app.store import designs as rows
from survey_app.views.visitors import EXTENSION
from tests.survey_app.small_study import INSTRUMENT, STUDY
from tests.survey_app.views.people import make_person, signed_in
from tests.survey_app.views.test_texts import WARM1, change

DESIGN = "/studies/tea/design"
KEPT = STUDY.replace("study: coffee", "study: tea") + "retention: 2031-01-01\n"


@pytest.fixture
def send(app):
    """A researcher's browser sends a study; it is returned."""
    app.config["WTF_CSRF_ENABLED"] = False
    browser = signed_in(app, make_person(app, "rae", "researcher"))

    def sent(study=KEPT, questionnaire=INSTRUMENT):
        files = {
            "study_file": (io.BytesIO(study.encode()), "s.yaml"),
            "questionnaire_file": (io.BytesIO(questionnaire.encode()), "q.yaml"),
        }
        assert browser.post("/studies/upload", data=files).status_code == 303
        return browser

    return sent


@pytest.fixture
def store_of_tea(app):
    """Puts another questionnaire into the draft."""

    def put(questionnaire):
        with app.extensions[EXTENSION].store.transaction() as tx:
            draft = rows.find(tx, "tea")
            assert rows.save(tx, replace(draft, instrument_text=questionnaire))

    return put


def question(page, label):
    """What stands in the list of questions from one label to the next question."""
    asked = re.findall(r'<li id="q-.*?(?=<li id="q-|</ol>)', page, re.DOTALL)
    return unescape(next(one for one in asked if label in one))


def test_each_problem_stands_at_its_question_with_its_remedy_and_a_way_there(send):
    broken = (
        INSTRUMENT.replace("max: 120", "max: 120\n        relevant: ago > 3")  # at a question
        .replace('"我喜欢${brand}。"', '"我喜欢${Brand}。"')  # at a statement of a scale
        .replace('"我会想念${brand}。"', '""')
        .replace("{en: At home, zh: 在家}", "{en: At home}")  # at a choice of a list
        .replace("title: {en: Welcome, zh: 欢迎}", "title: {en: <b>Welcome</b>}")  # at a page
    )
    page = send(questionnaire=broken).get(DESIGN).text

    assert "'ago'" in question(page, "How old are you?")
    assert "unknown placeholder '${Brand}'" in question(page, "Do you agree?")
    assert "the Chinese text is missing" in question(page, "Do you agree?")
    assert "the Chinese text is missing" in question(page, "Where do you drink it?")
    assert "add 'zh:'" in question(page, "Where do you drink it?")
    assert "found" not in question(page, "Anything else?")
    assert "<b>Welcome" not in page
    top = unescape(page.partition('id="questions"')[0])
    assert "To be mended before it can be published: 5" in top
    assert 'href="#p-0"' in top
    line = broken[: broken.index("ago > 3")].count("\n") + 1
    assert f'data-line="{line}"' in question(page, "How old are you?")


def test_what_is_wrong_with_the_study_itself_leads_to_its_form(send):
    quota = "quotas: [{key: q, by: [place], cells: [{is: {place: nowhere}, limit: 1}]}]\n"
    page = send(study=KEPT + quota).get(DESIGN).text

    assert f'href="{DESIGN}/field#quotas"' in page.partition('id="questions"')[0]


def test_stale_translations_are_counted_and_shown_at_their_question_and_in_the_preview(send):
    browser = send()
    change(browser, WARM1, "I am fond of ${brand}.", language="en")
    page = browser.get(DESIGN).text

    assert "Translations to look at again: 1" in page
    assert "older than its source" in question(page, "Do you agree?")
    link = re.search(r'href="([^"]*texts\?language=zh[^"]*)"', question(page, "Do you agree?"))[1]
    assert "我喜欢${brand}。" in browser.get(link).text.replace("<mark>", "").replace("</mark>", "")
    preview = browser.get(f"{DESIGN}/preview?to=statements").text
    assert "Found on this page: 1" in preview
    assert "Found on this page" not in browser.get(f"{DESIGN}/preview?page=1").text

    change(browser, WARM1, "我喜欢${brand}。")
    assert "Translations to look at again" not in browser.get(DESIGN).text


def test_a_draft_that_cannot_be_published_yet_is_previewed_all_the_same(send):
    browser = send(study=KEPT.replace("retention: 2031-01-01\n", ""))

    assert "nothing says when answers are erased" in browser.get(DESIGN).text
    assert browser.get(f"{DESIGN}/preview").status_code == 200
    assert browser.get(f"{DESIGN}/preview/1").status_code == 200
    assert browser.post(f"{DESIGN}/publish").status_code == 422


def test_the_questionnaire_is_changed_on_the_page(send):
    browser = send()
    form = {"revision": "1", "study_text": KEPT, "instrument_text": INSTRUMENT.replace("Elsewhere", "Out")}

    assert browser.post(f"{DESIGN}/files", data=form).status_code == 303
    assert "Out" in browser.get(f"{DESIGN}/questionnaire.yaml").text


def test_what_is_sound_is_previewed_beside_what_is_not(send):
    wrong = INSTRUMENT.replace("list: places", "list: plages").replace("age < 18", "agge < 18")
    browser = send(questionnaire=wrong)

    page = unescape(browser.get(f"{DESIGN}/preview?to=screener").text)
    assert "published: 2" in page
    assert "did you mean 'places'?" in page
    link = re.search(r'href="[^"]*/design#(q-[\d-]+)">Where do you drink it\?', page)[1]
    assert f'id="{link}"' in browser.get(DESIGN).text
    drawn = browser.get(f"{DESIGN}/preview/2").text
    assert "How old are you?" in drawn
    assert "Where do you drink it?" not in drawn


def test_of_a_file_that_cannot_be_read_nothing_is_shown_but_why(send, store_of_tea):
    browser = send()
    store_of_tea("questionnaire: [")
    page = browser.get(f"{DESIGN}/preview").text
    assert "not valid YAML" in page
    assert "<iframe" not in page
    assert browser.get(f"{DESIGN}/preview/1").status_code == 404


def test_the_published_version_stands_in_for_a_draft_that_cannot_be_read(send, store_of_tea):
    browser = send()
    assert browser.post(f"{DESIGN}/publish").status_code == 303
    store_of_tea("questionnaire: [")
    assert "this is the published version" in browser.get(f"{DESIGN}/preview").text
    assert browser.get(f"{DESIGN}/preview/1").status_code == 200
