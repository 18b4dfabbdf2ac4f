"""Modules are ticked in and out: the file changes in those lines alone, and what it comes to is told before saving."""

import io
import re
from html import unescape

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from survey_app.design import library_shelf, picked_modules
from survey_app.design.listed_lines import FlowError
from survey_app.store import audit
from survey_app.store import designs as rows
from survey_app.store.designs import Design
from survey_app.views.visitors import EXTENSION
from tests.survey_app.small_study import INSTRUMENT, STUDY
from tests.survey_app.views.people import make_person, signed_in

PAGE = "/studies/tea/design/modules"
REMARKED = INSTRUMENT.replace("\npages:\n", "\n# My own pages\npages:\n").replace(
    "      - page: statements\n", "      # Our very own statements\n      - page: statements\n"
)
ALL = sorted(library_shelf.shelf())


@pytest.fixture
def store(app):
    return app.extensions[EXTENSION].store


@pytest.fixture
def writer(app):
    app.config["WTF_CSRF_ENABLED"] = False
    return signed_in(app, make_person(app, "rae", "researcher"))


@pytest.fixture
def send(writer):
    """The researcher's browser, after a questionnaire was sent."""

    def sent(questionnaire=REMARKED):
        study = STUDY.replace("study: coffee", "study: tea") + "retention: 2031-01-01\n"
        files = {
            "study_file": (io.BytesIO(study.encode()), "s.yaml"),
            "questionnaire_file": (io.BytesIO(questionnaire.encode()), "q.yaml"),
        }
        assert writer.post("/studies/upload", data=files).status_code == 303
        return writer

    return sent


def now(store):
    with store.reading() as tx:
        return rows.find(tx, "tea")


def saved(browser, store, *names):
    form = {"picked": [*names], "revision": now(store).revision}
    return browser.post(PAGE, data=form)


def draft(questionnaire=REMARKED):
    study = STUDY.replace("study: coffee", "study: tea") + "retention: 2031-01-01\n"
    return Design("tea", study, questionnaire, 1, None, "rae")


def test_the_library_is_told_of_with_length_source_and_how_far_each_language_is(send):
    page = unescape(send().get(PAGE).text)

    trust = page[page.index('id="pick-brand_trust"') :]
    trust = trust[: trust.index("</li>")]
    assert "items: 7 · about 0.5 min · about each brand" in trust
    assert "Chinese: draft" in trust
    assert "Delgado-Ballester" in trust
    assert "Good intentions" in trust
    assert "response_formats" not in page


def test_what_a_tick_comes_to_is_shown_and_saved_by_nobody(send, store):
    page = unescape(send().get(f"{PAGE}?look=1&picked=brand_trust").text)

    assert re.search(r"<del>.*?2</del> <ins>.*?9</ins>", page)
    assert "The check finds nothing new." in page
    assert "+include: [brand_trust]" in page
    assert now(store).instrument_text == REMARKED


def test_modules_are_saved_in_their_order_and_every_other_line_stays(send, store):
    browser = send()
    assert saved(browser, store, "brand_love", "brand_trust", "respondent_traits").status_code == 303

    text = now(store).instrument_text
    told = picked_modules.differences(REMARKED, text)
    assert told
    assert not [line for line in told if line.startswith("-")]
    assert text.index("page: statements") < text.index("page: brand_love") < text.index("page: brand_trust")
    assert text.index("page: words") < text.index("page: respondent_traits")
    assert picked_modules.outlook(now(store)).problems == ()
    with store.reading() as tx:
        entry = next(one for one in audit.latest(tx, limit=5) if one.action == "modules.save_modules")
    assert entry.subject == "brand_love brand_trust respondent_traits"


def test_a_module_moves_up_before_anything_is_saved(send):
    address = f"{PAGE}?look=1&picked=brand_love&picked=brand_trust&move=up+brand_trust"
    picked = re.findall(r'type="hidden" name="picked" value="(\w+)"', send().get(address).text)
    assert picked == ["brand_trust", "brand_love"]


def test_what_the_check_would_find_is_told_at_once(send, store):
    browser = send(REMARKED + "outcomes:\n  love: {item: out_recommend, label: {en: Recommends, zh: 推荐}}\n")
    assert saved(browser, store, "outcomes").status_code == 303

    page = unescape(browser.get(f"{PAGE}?look=1").text)
    assert "The check would find: 1" in page
    assert "out_recommend" in page[page.index("The check would find") :]


def test_somebody_elses_change_is_not_written_over(send, store):
    browser = send()
    old = now(store).revision
    assert saved(browser, store, "brand_love").status_code == 303
    refused = browser.post(PAGE, data={"picked": ["brand_trust"], "revision": old})

    assert refused.status_code == 409
    assert "brand_trust" not in now(store).instrument_text


def test_questions_written_out_are_the_questionnaires_own(send, store):
    own = '      - {name: love_fits, type: text, label: {en: "Why?", zh: "为什么？"}}\n'
    browser = send(REMARKED.replace("      - {name: words,", own + "      - {name: words,"))
    saved(browser, store, "brand_love")
    assert "include" in now(store).instrument_text

    scale = "  brand_love: {label: {en: L, zh: 爱}, list: agree, items: [{name: l1, label: {en: L, zh: 爱}}]}\n"
    out = REMARKED.replace("scales:\n", f"scales:\n{scale}", 1).replace("scales: [warm]", "scales: [warm, brand_love]")
    there = picked_modules.picked(draft(out))
    assert there["brand_love"].written_out


@pytest.mark.parametrize("word", ["include: [brand_love]\n", "include:\n  - brand_love # dear\n"])
def test_either_way_of_writing_a_list_is_kept(word):
    before = draft(REMARKED.replace("lists:\n", f"{word}lists:\n", 1))
    more = picked_modules.with_picked(before, ["brand_love", "brand_trust"])
    assert list(picked_modules.picked(more)) == ["brand_trust", "brand_love"]
    assert picked_modules.with_picked(more, ["brand_love"]).instrument_text == before.instrument_text
    assert picked_modules.with_picked(before, []).instrument_text == REMARKED


def test_a_scale_beside_others_leaves_its_matrix_alone():
    asked = REMARKED.replace("lists:\n", "include: [brand_love]\nlists:\n", 1)
    mixed = draft(asked.replace("scales: [warm]", "scales: [warm, brand_love]"))
    assert picked_modules.with_picked(mixed, []).instrument_text == REMARKED


def test_lists_in_brackets_are_told_of_and_not_touched(send):
    pages = "[{page: words, title: {en: W, zh: 话}, questions: [{name: w, type: text, label: {en: W, zh: 话}}]}]"
    flow = f"{INSTRUMENT[: INSTRUMENT.index('pages:')]}pages: {pages}\n"
    with pytest.raises(FlowError, match="pages"):
        picked_modules.with_picked(draft(flow), ["respondent_traits"])
    assert "stands in brackets" in send(flow).get(f"{PAGE}?look=1&picked=respondent_traits").text


def test_what_is_about_a_brand_needs_pages_about_brands(send):
    without = re.sub(r"  - loop: brand\n.*?(?=  - page: words)", "", INSTRUMENT, flags=re.DOTALL)
    page = send(without).get(f"{PAGE}?look=1&picked=brand_love").text
    assert "has no pages about brands" in page
    assert "include: [brand_love]" not in page


# Each example is a check of a whole questionnaire: there is no time to look for the smallest.
@settings(max_examples=6, phases=[Phase.generate])
@given(st.lists(st.sampled_from(ALL), unique=True, max_size=4), st.randoms())
def test_whatever_is_picked_can_be_asked_and_taken_back(names, random):
    picked = picked_modules.with_picked(draft(), names)
    assert picked_modules.outlook(picked).problems == ()
    turned = random.sample(names, len(names))
    again = picked_modules.with_picked(picked, turned)
    kept = [name for name in picked_modules.picked(again) if library_shelf.shelf()[name].about_brand]
    assert kept == [name for name in turned if library_shelf.shelf()[name].about_brand]
    assert picked_modules.with_picked(again, []).instrument_text == REMARKED
