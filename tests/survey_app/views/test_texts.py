"""Texts side by side: each saved in its file, its standing kept, others' work never lost, markup shown as text."""

import io
import re
from html import unescape

import pytest

from instruments.translation.texts import texts_in
from survey_app.store import designs as rows
from survey_app.views.visitors import EXTENSION
from tests.survey_app.small_study import INSTRUMENT, STUDY
from tests.survey_app.views.people import make_person, signed_in

PAGE = "/studies/tea/design/texts"
HOSTILE = '<script>alert("x")</script>'
WARM1 = "scales.warm.items[warm1].label"
MODULE = "include: [warmth_competence]\n"


@pytest.fixture
def writer(app):
    """The browser of a researcher who has sent the small study, with a comment in each file."""
    app.config["WTF_CSRF_ENABLED"] = False
    browser = signed_in(app, make_person(app, "rae", "researcher"))
    send(browser, STUDY, INSTRUMENT)
    return browser


def send(browser, study, questionnaire):
    study = study.replace("study: coffee", "# kept\nstudy: tea") + "retention: 2031-01-01\n"
    files = {
        "study_file": (io.BytesIO(study.encode()), "s.yaml"),
        "questionnaire_file": (io.BytesIO(f"# kept too\n{questionnaire}".encode()), "q.yaml"),
    }
    assert browser.post("/studies/upload", data=files).status_code == 303


@pytest.fixture
def draft(app):
    def now():
        with app.extensions[EXTENSION].store.reading() as tx:
            return rows.find(tx, "tea")

    return now


def form_of(page, place):
    """The hidden fields of a text's form, and how far its translation is."""
    forms = re.findall(r'<form class="text.*?</form>', page, re.DOTALL)
    form = next(form for form in forms if f'value="{place}"' in form)
    fields = {name: unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form)}
    standing = re.search(r"tag standing (\w+)", form)
    return {name: fields[name] for name in ("kind", "place", "language", "seen")}, standing and standing[1]


def change(browser, place, text, *, language="zh", status="", expected=303):
    fields, _ = form_of(browser.get(f"{PAGE}?language={language}&search={place}").text, place)
    answer = browser.post(PAGE, data={**fields, "text": text, "status": status})
    assert answer.status_code == expected
    return answer


def standing(browser, place, language="zh"):
    return form_of(browser.get(f"{PAGE}?language={language}&search={place}").text, place)[1]


def said(draft, place, kind="questionnaire"):
    content = draft.study_text if kind == "study" else draft.instrument_text
    return next(text.texts for text in texts_in(content, kind).texts if text.place == place)


def test_a_text_is_saved_in_its_file_and_nothing_else_changes(writer, draft):
    before = draft()
    change(writer, WARM1, "${brand}我很喜欢。")
    change(writer, "brands[alba].name", HOSTILE)

    after = draft()
    assert said(after, WARM1) == {"en": "I like ${brand}.", "zh": "${brand}我很喜欢。"}
    assert after.instrument_text == before.instrument_text.replace('"我喜欢${brand}。"', '"${brand}我很喜欢。"')
    assert said(after, "brands[alba].name", "study")["zh"] == HOSTILE
    assert "# kept" in after.study_text
    page = writer.get(f"{PAGE}?part=brands").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_a_status_is_given_and_falls_when_the_source_changes(writer, draft):
    change(writer, WARM1, "我喜欢${brand}。", status="reviewed")
    assert standing(writer, WARM1) == "reviewed"
    assert "rae@example.org" in draft().instrument_records

    change(writer, WARM1, "I am fond of ${brand}.", language="en")
    change(writer, "title", "Coffee and tea", language="en")
    assert standing(writer, WARM1) == "stale"
    assert standing(writer, "title") == "stale"  # nobody had looked at it, and still it is older than its source
    assert writer.get(f"{PAGE}?show=stale").text.count('<form class="text') == 2

    change(writer, WARM1, "我喜欢${brand}。")
    assert standing(writer, WARM1) == "draft"


REFUSED = (
    ("  ", "fill this in"),
    ("我喜欢它。", "${brand} is missing"),
    ("x\x07", "control character"),
    ("x" * 10_001, "10,000"),
)


def test_what_cannot_be_saved_is_told_beside_the_text_and_not_lost(writer, draft):
    before = draft()
    for text, reason in REFUSED:
        page = change(writer, WARM1, text, expected=422).text
        assert reason in unescape(page)
        assert text.strip() in page
    assert draft() == before


def test_two_people_change_different_texts_but_not_the_same_unseen(writer, draft):
    page = writer.get(PAGE).text
    first, second = form_of(page, WARM1)[0], form_of(page, "title")[0]
    assert writer.post(PAGE, data={**first, "text": "喜欢${brand}。"}).status_code == 303
    assert writer.post(PAGE, data={**second, "text": "人和茶"}).status_code == 303

    refused = writer.post(PAGE, data={**first, "text": "爱${brand}。"})
    assert refused.status_code == 409
    assert "爱${brand}。" in refused.text
    assert said(draft(), WARM1)["zh"] == "喜欢${brand}。"
    again = form_of(refused.text, WARM1)[0]
    assert writer.post(PAGE, data={**again, "text": "爱${brand}。"}).status_code == 303


def test_a_script_gets_the_text_alone(writer):
    fields, _ = form_of(writer.get(PAGE).text, WARM1)
    sent = {**fields, "text": f"{HOSTILE}${{brand}}", "status": "reviewed"}
    answer = writer.post(PAGE, data=sent, headers={"Accept": "application/json"})

    assert answer.json["row"].count("<form") == 1
    assert "<script>alert" not in answer.json["row"]
    assert "1 reviewed" in answer.json["counts"]
    refused = writer.post(PAGE, data=sent, headers={"Accept": "application/json"})
    assert refused.status_code == 409
    assert "Somebody else" in refused.json["row"]


def test_a_text_that_is_not_there_is_refused(writer, draft):
    before = draft()
    fields, _ = form_of(writer.get(PAGE).text, WARM1)
    for unknown in ({"kind": "nothing"}, {"place": "x"}, {"language": "fr"}, {"seen": ""}):
        assert writer.post(PAGE, data={**fields, "text": "${brand}", **unknown}).status_code in {409, 422}
    assert draft() == before


def test_texts_of_modules_are_shown_and_become_ones_own_when_they_are_written_out(app, draft):
    app.config["WTF_CSRF_ENABLED"] = False
    browser = signed_in(app, make_person(app, "rae", "researcher"))
    with_module = INSTRUMENT.replace("lists:\n", f"{MODULE}lists:\n", 1).replace(
        "scales: [warm]", "scales: [warm, biaf_intentions]"
    )
    send(browser, STUDY, with_module)
    page = browser.get(f"{PAGE}?module=warmth_competence").text
    place = re.search(r'value="(scales\.biaf_intentions\.items\[\w+\]\.label)"', page)[1]
    fields, _ = form_of(page, place)
    assert browser.post(PAGE, data={**fields, "text": "x"}).status_code == 422

    assert browser.post(f"{PAGE}/modules").status_code == 303
    assert "include:" not in draft().instrument_text
    source = said(draft(), place)["en"]
    change(browser, place, f"{source} 真的")
    assert said(draft(), place)["zh"] == f"{source} 真的"


def test_a_study_is_put_into_one_more_language(writer, draft):
    before = draft()
    assert writer.post(f"{PAGE}/languages", data={"add": "fr"}).status_code == 400
    assert (
        writer.post(f"{PAGE}/languages", data={"add": "de"}).headers["Location"].endswith("?language=de&show=missing")
    )
    added = draft()
    assert added.study_text == before.study_text.replace("[en, zh]", "[en, zh, de]")
    assert added.instrument_text == before.instrument_text.replace("[en, zh]", "[en, zh, de]")

    change(writer, "title", "Kaffee", language="de")
    assert "Kaffee" in f"{said(draft(), 'title', 'study')}{said(draft(), 'title')}"
    assert standing(writer, WARM1, "de") == "missing"


def test_what_is_known_of_translations_is_a_file_to_take_away_and_bring_back(writer, draft):
    change(writer, WARM1, "我喜欢${brand}。", status="reviewed")
    kept = writer.get("/studies/tea/design/questionnaire-translations.yaml")
    assert kept.headers["Content-Disposition"] == "attachment; filename=tea.questionnaire.translation.yml"
    assert writer.get("/studies/tea/design/study-translations.yaml").status_code == 404
    change(writer, WARM1, "我很喜欢${brand}。")
    change(writer, WARM1, "我喜欢${brand}。")
    assert standing(writer, WARM1) == "draft"

    for content, status in ((kept.data, 303), (b"format: 1\n", 422)):
        form = {
            "revision": str(draft().revision),
            "study_text": draft().study_text,
            "instrument_records_file": (io.BytesIO(content), "x.yml"),
        }
        assert writer.post("/studies/tea/design/files", data=form).status_code == status
    assert standing(writer, WARM1) == "reviewed"


def test_files_that_cannot_be_read_are_told(writer):
    sent = {"revision": "1", "study_text": "study: tea\ntitle: {en: A}\n"}
    assert writer.post("/studies/tea/design/files", data=sent).status_code == 303
    page = writer.get(PAGE)
    assert page.status_code == 200
    assert "names no languages" in page.text


def test_a_text_is_named_in_words_and_the_page_names_its_study(writer):
    page = writer.get(f"{PAGE}?language=zh").text
    named = re.findall(r"<strong>([^<]*›[^<]*)</strong>", page)
    assert {"brands › alba", "scales › warm › warm1"} <= set(named)
    assert re.search(r'<p class="study">.*Coffee', page)
