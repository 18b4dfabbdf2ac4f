"""The questionnaire as a browser meets it."""

import re

import pytest

from survey_app.store import panel, sittings, studies
from survey_app.views.respondent import EXTENSION
from tests.survey_app.respondents import Browser, Page


def test_a_whole_interview(browser, stored):
    browser.go_to_statements()
    for _ in range(2):
        browser.answer(q1="3", q2="1")
    thanks = browser.answer(q1="Kaffee, 咖啡 & more")

    sitting, pages = stored(browser)
    assert "Thank you" in thanks.html
    assert sitting.status == "complete"
    assert [page.screen.partition("@")[0] for page in pages] == [
        "welcome",
        "screener",
        "awareness",
        "statements",
        "statements",
        "words",
    ]
    answers = {name: value for page in pages for name, value in page.payload.items()}
    assert (answers["age"], answers["place"], answers["words"]) == (40, "secret_code_home", "Kaffee, 咖啡 & more")
    assert sorted(answers["aware"]) == ["alba", "brio"]
    assert sorted(value for name, value in answers.items() if name.startswith("warm")) == [1, 1, 3, 3]


def test_being_screened_out_is_said_kindly(browser, stored):
    browser.enter()
    browser.answer(q1="1")
    page = browser.answer(q1="12", q2="1")

    assert "Thank you for your interest" in page.html
    assert stored(browser)[0].status == "screened_out"


def entered_as(app, sitting):
    with app.extensions[EXTENSION].store.reading() as tx:
        entry = panel.of_sitting(tx, sitting.id)
    return entry and entry.uid


def test_what_stands_in_the_address_is_read_once(app, browser, stored):
    response = browser.client.get("/s/coffee?lang=zh&src=panel-7&uid=abc")

    assert response.status_code == 303
    assert response.headers["Location"] == "/s/coffee/r"
    sitting, _ = stored(browser)
    assert (sitting.language, sitting.source, entered_as(app, sitting)) == ("zh", "panel-7", "abc")
    browser.answer(q1="1")
    other = Browser(app).client.get("/s/coffee?src=panel-7&uid=abc")
    assert other.status_code == 409
    assert "This link has been used" in other.text


@pytest.mark.parametrize("query", ["?src=a%20b&uid=1", "?uid=1", "?src=&uid=", "?src=x&uid=%00", f"?src={'a' * 65}"])
def test_an_odd_source_is_left_aside(app, browser, stored, query):
    browser.enter(query)
    assert entered_as(app, stored(browser)[0]) is None


@pytest.mark.parametrize(
    ("header", "language"), [("zh-CN,zh;q=0.9", "zh"), ("fr", "en"), ("de,zh;q=0.5,en;q=0.1", "zh"), ("", "en")]
)
def test_the_browsers_language_is_spoken_where_it_can_be(browser, stored, header, language):
    browser.client.get("/s/coffee", headers={"Accept-Language": header})
    assert stored(browser)[0].language == language


def test_opening_the_link_again_goes_on_where_one_was(app, browser):
    browser.enter()
    browser.answer(q1="1")
    page = browser.enter("?lang=zh")

    assert "关于您" in page.html
    with app.extensions[EXTENSION].store.reading() as tx:
        assert sum(sittings.count_by_status(tx, "coffee").values()) == 1


def test_programs_that_look_at_links_are_no_respondents(app, browser):
    assert browser.client.head("/s/coffee").status_code == 200
    with app.extensions[EXTENSION].store.reading() as tx:
        assert sum(sittings.count_by_status(tx, "coffee").values()) == 0


def test_a_wrong_page_comes_back_with_messages_at_the_items_and_answers_kept(browser, stored):
    browser.enter()
    page = browser.answer(q1="1")
    response = browser.send(page, q1="forty", q2="2")
    again = Page(response.text)

    assert response.status_code == 422
    assert again.chosen == {"q1": "forty", "q2": ["2"]}
    assert 'href="#q1-1"' in response.text
    assert re.search(r'id="q1-1"[^>]*aria-describedby="q1-hint q1-problem" aria-invalid="true"', response.text)
    assert re.search(r'id="q1-problem">Please write a whole number', response.text)
    assert "q2-problem" not in response.text
    assert len(stored(browser)[1]) == 1


def test_every_refusal_is_worded_in_every_language(browser):
    browser.enter("?lang=zh")
    page = browser.answer(q1="1")
    text = browser.send(page, q1="500", q2="99").text

    assert "请填写1到120之间的数字" in text
    assert "请从所列选项中选择" in text


def test_back_shows_the_answers_and_keeps_what_was_typed_on_the_page_left(browser):
    browser.enter()
    browser.answer(q1="1")
    page = browser.answer(q1="40", q2="2")
    response = browser.send(page, to="back", q1=["1", "3"])

    assert response.status_code == 303
    assert browser.page().chosen == {"q1": "40", "q2": ["2"]}
    assert browser.answer(q1="41", q2="1").chosen == {"q1": ["1", "3"]}


def test_pressing_back_twice_on_one_page_goes_back_one_page(browser):
    browser.enter()
    browser.answer(q1="1")
    page = browser.answer(q1="40", q2="2")
    for _ in range(2):
        browser.send(page, to="back")

    assert "How old are you?" in browser.page().html


def test_the_first_page_has_no_way_back_and_the_others_do(browser):
    first = browser.enter()
    second = browser.answer(q1="1")

    assert "/s/coffee/back" not in first.html
    assert "/s/coffee/back" in second.html


def test_another_language_keeps_the_place_and_what_was_typed(browser, stored):
    browser.enter()
    page = browser.answer(q1="1")
    response = browser.send(page, to="lang", lang="zh", q1="4", q2="2")
    chinese = browser.page()

    assert response.status_code == 303
    assert '<html lang="zh-Hans" dir="ltr">' in chinese.html
    assert "您多大？" in chinese.html
    assert chinese.chosen == {"q1": "4", "q2": ["2"]}
    assert len(stored(browser)[1]) == 1
    browser.send(chinese, to="lang", lang="klingon")
    assert stored(browser)[0].language == "zh"


def test_the_end_can_be_read_again_and_in_another_language(browser):
    browser.enter()
    browser.answer(q1="1")
    browser.answer(q1="12", q2="1")
    done = browser.page()
    browser.send(done, to="lang", lang="zh")

    assert "感谢您的关注" in browser.client.get("/s/coffee/done").text
    assert browser.client.get("/s/coffee").headers["Location"] == "/s/coffee/r"
    assert browser.client.get("/s/coffee/r").headers["Location"] == "/s/coffee/done"


def languages_noted(app):
    with app.extensions[EXTENSION].store.reading() as tx:
        return list(sittings.languages_of(tx, "coffee").values())


def test_reading_the_end_in_another_language_changes_nothing_of_the_answers(app, browser, stored):
    browser.enter("?lang=en")
    browser.answer(q1="1")
    browser.answer(q1="12", q2="1")
    for language, thanks in (("zh", "感谢您的关注"), ("en", "Thank you for your interest")):
        browser.send(browser.page(), to="lang", lang=language)
        assert thanks in browser.page().html
        assert f'value="{language}"' not in browser.page().html
    browser.client.get("/s/coffee?lang=zh")
    assert "感谢您的关注" in browser.page().html
    assert stored(browser)[0].language == "en"
    assert languages_noted(app) == []


def test_another_language_by_the_link_is_noted_like_one_that_was_switched_to(app, browser, stored):
    browser.enter("?lang=en")
    for language in ("zh", "zh", "en"):
        browser.client.get(f"/s/coffee?lang={language}")
        assert stored(browser)[0].language == language
    assert languages_noted(app) == [["zh", "en"]]


def test_the_end_is_not_shown_before_it_is_reached(browser):
    browser.enter()
    assert browser.client.get("/s/coffee/done").headers["Location"] == "/s/coffee/r"


def test_only_a_demonstration_can_be_begun_again(make_app):
    for simulated in (False, True):
        browser = Browser(make_app(simulated=simulated))
        browser.enter()
        browser.answer(q1="1")
        browser.answer(q1="12", q2="1")
        begun = browser.client.get("/s/coffee?again=1", follow_redirects=True).text
        assert ("Taking part is voluntary." in begun) is simulated
        assert ("Demonstration with simulated respondents" in begun) is simulated


def test_a_page_names_no_item_and_no_code(browser):
    pages = [browser.enter().html, browser.answer(q1="1").html, browser.answer(q1="40", q2="1").html]
    pages += [browser.answer(q1=["1", "2"]).html, browser.answer(q1="3", q2="1").html]

    for name in ("screener", "secret_code", 'aware"', "alba", "warm1", "statements", "-98"):
        assert not any(name in html for html in pages), name


def test_the_first_page_is_light(browser):
    page = browser.enter()
    linked = re.findall(r'<(?:link|script|img)[^>]+(?:href|src)="(/[^"]+)"', page.html)
    bodies = [browser.client.get(address, buffered=True).data for address in linked]

    assert len(linked) <= 2  # with the page itself three requests
    assert len(page.html.encode()) + sum(len(body) for body in bodies) <= 60_000


def test_no_script_and_no_style_stands_in_the_page(browser):
    html = browser.go_to_statements().html

    assert all(re.match(r'<script src="/static/', script) for script in re.findall("<script[^>]*>", html))
    assert not re.search(r'\sstyle="|<style|\son\w+="', html)


def test_enter_in_a_text_field_sends_nothing(browser):
    html = browser.enter().html
    first_button = re.search(r"<button[^>]*>", html)[0]

    assert "disabled" in first_button
    assert 'form="page"' in first_button


def test_every_question_has_a_legend_and_every_control_a_label(browser):
    html = browser.go_to_statements().html

    assert html.count("<fieldset") == html.count("<legend") == 2
    for identifier in re.findall(r'<input type="radio" id="([^"]+)"', html):
        assert f'<label for="{identifier}">' in html


def test_a_closed_study_takes_no_new_sitting_and_lets_others_finish(app, browser):
    browser.enter()
    with app.extensions[EXTENSION].store.transaction() as tx:
        studies.set_status(tx, "coffee", "closed")

    assert "How old are you?" in browser.answer(q1="1").html
    late = Browser(app).client.get("/s/coffee")
    assert (late.status_code, late.headers.getlist("Set-Cookie")) == (410, [])
    assert "This study has ended" in late.text


@pytest.mark.parametrize("address", ["/s/tea", "/s/NO", "/s/%00", "/s/%ff%fe", "/s/a'b", "/nothing", "/s/coffee/x"])
def test_an_unknown_address_is_not_found(browser, address):
    response = browser.client.get(address)

    assert response.status_code == 404
    assert re.search(r"Reference number: [0-9A-F]{8}", response.text)


@pytest.mark.parametrize("address", ["/s/coffee/r", "/s/coffee/done"])
def test_without_a_sitting_the_way_in_is_shown(browser, address):
    response = browser.client.get(address)

    assert response.status_code == 404
    assert 'href="/s/coffee"' in response.text


def test_two_studies_in_one_browser_do_not_lose_each_other(app, browser):
    store = app.extensions[EXTENSION].store
    with store.transaction() as tx:
        coffee = studies.find(tx, "coffee")
        texts = {"study_text": coffee.study_text.replace("study: coffee", "study: tea"), "digest": "tea"}
        studies.publish(
            tx, "tea", instrument_text=coffee.instrument_text, instrument_digest="x", now=coffee.published_at, **texts
        )
    browser.enter()
    browser.answer(q1="1")
    browser.client.get("/s/tea")

    assert "How old are you?" in browser.page().html
    assert "Taking part" in browser.client.get("/s/tea/r").text
