"""Double clicks, lost answers, two windows, old pages: one set of answers, the latest acknowledged."""

import threading

import pytest
from werkzeug.serving import make_server

from survey_app.store import sittings
from survey_app.views.respondent import EXTENSION
from tests.survey_app.respondents import Browser, LiveBrowser, Page

TOGETHER = 8


@pytest.fixture(params=["sqlite", "postgresql"])
def live(request, make_app):
    """The application behind a real server, on both databases."""
    url = request.getfixturevalue("postgresql_url") if request.param == "postgresql" else ""
    app = make_app(database=url)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield app.extensions[EXTENSION].store, LiveBrowser(f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    thread.join()
    server.server_close()


def _together(action, count=TOGETHER):
    results, gate = [], threading.Barrier(count)

    def run():
        gate.wait()
        results.append(action())

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def _visits(store):
    with store.reading() as tx:
        return {
            (page.screen, page.visit)
            for _, pages in sittings.of_study(tx, "coffee", statuses=("started", "partial", "complete", "screened_out"))
            for page in pages
        }


def test_the_same_page_sent_by_many_at_once_is_saved_once_and_all_are_told_the_same(live):
    store, browser = live
    browser.open("/s/coffee")
    for answers, then in (({"q1": "1"}, "r?p=2"), ({"q1": "12", "q2": "1"}, "done")):
        page = Page(browser.open("/s/coffee/r")[2])
        told = _together(lambda page=page, answers=answers: browser.open("/s/coffee/r", page.fields | answers)[:2])
        assert told == [(303, f"/s/coffee/{then}")] * TOGETHER

    assert _visits(store) == {("welcome", 1), ("screener", 1)}
    assert browser.open("/s/coffee/r")[:2] == (303, "/s/coffee/done")
    with store.reading() as tx:
        assert sittings.count_by_status(tx, "coffee")["screened_out"] == 1


def test_different_answers_from_many_windows_at_once_are_one_visit_each(live):
    store, browser = live
    browser.open("/s/coffee")
    browser.open("/s/coffee/r", Page(browser.open("/s/coffee/r")[2]).fields | {"q1": "1"})
    pages = [Page(browser.open("/s/coffee/r")[2]) for _ in range(TOGETHER)]

    def send():
        number = len(pages)
        page = pages.pop()
        return browser.open("/s/coffee/r", page.fields | {"q1": str(30 + number), "q2": "1"})[:2]

    assert _together(send) == [(303, "/s/coffee/r?p=3")] * TOGETHER
    assert _visits(store) == {("welcome", 1), *(("screener", visit + 1) for visit in range(TOGETHER))}


def test_a_page_sent_again_because_the_answer_was_lost_changes_nothing(browser, stored):
    browser.enter()
    first = browser.answer(q1="1")
    browser.send(first, q1="40", q2="1")
    browser.answer(q1=["1"])
    late = browser.send(first, q1="40", q2="1")

    assert (late.status_code, late.headers["Location"]) == (303, "/s/coffee/r?p=4")
    assert len(stored(browser)[1]) == 3
    assert "You and Alba &amp; Sons" in browser.page().html


def test_an_old_page_with_other_answers_is_a_change_of_mind(browser, stored):
    browser.enter()
    first = browser.answer(q1="1")
    browser.send(first, q1="40", q2="1")
    for _ in range(3):
        browser.send(first, q1="41", q2="1")

    visits = [page.payload["age"] for page in stored(browser)[1] if page.screen == "screener"]
    assert visits == [40, 41]


def test_the_last_page_sent_again_leads_to_the_thanks(browser, stored):
    browser.enter()
    page = browser.answer(q1="1")
    told = [browser.send(page, q1="12", q2="1") for _ in range(3)]
    other = browser.send(page, q1="30", q2="1")

    assert {(answer.status_code, answer.headers["Location"]) for answer in (*told, other)} == {(303, "/s/coffee/done")}
    sitting, pages = stored(browser)
    assert (sitting.status, pages[-1].payload["age"], len(pages)) == ("screened_out", 12, 2)
    assert "Thank you" in browser.page().html


def test_a_page_drawn_before_its_choices_changed_is_shown_anew(browser, stored):
    browser.enter()
    browser.answer(q1="1")
    browser.answer(q1="40", q2="1")
    browser.answer(q1=["1", "2"])
    old = browser.page()
    browser.send(old, to="back")
    browser.answer(q1=["3"])
    told = browser.send(old, q1="1", q2="1")

    assert told.status_code == 303
    assert [page.screen for page in stored(browser)[1]] == ["welcome", "screener", "awareness", "awareness"]
    shown = browser.page().html
    assert "You and Cova" in shown
    assert "have changed what is asked here" in shown
    assert "have changed what is asked here" not in browser.page().html


def test_a_browsers_own_way_back_shows_the_page_before_and_changing_it_counts(browser, stored):
    browser.enter()
    browser.answer(q1="1")
    told = browser.send(browser.page(), q1="40", q2="1")
    assert told.headers["Location"] == "/s/coffee/r?p=3"
    before = Page(browser.client.get("/s/coffee/r?p=2").text)
    assert before.chosen == {"q1": "40", "q2": ["1"]}
    assert "Which do you know?" in browser.page().html
    assert browser.send(before, q1="41").headers["Location"] == "/s/coffee/r?p=3"
    assert [page.payload["age"] for page in stored(browser)[1] if page.screen == "screener"] == [40, 41]


@pytest.mark.parametrize("place", ["0", "-1", "4", "99999999999999999999", "x", "", "%ff"])
def test_a_place_that_the_way_does_not_have_leads_to_the_page_one_should_be_on(browser, place):
    browser.enter()
    browser.answer(q1="1")
    response = browser.client.get(f"/s/coffee/r?p={place}", follow_redirects=True)
    assert response.status_code == 200
    assert "How old are you?" in response.text


def test_what_is_kept_of_a_page_is_shown_again_and_counts_as_no_answer(browser, stored):
    browser.enter()
    page = browser.answer(q1="1")
    assert browser.send(page, to="draft", q1="4", q2="2").status_code == 204
    assert browser.page().chosen == {"q1": "4", "q2": ["2"]}
    assert len(stored(browser)[1]) == 1
    assert browser.send(page, to="draft", page_key="x").status_code == 409


@pytest.mark.parametrize(("late", "status"), [("draft", 409), ("back", 303), ("lang", 303)])
def test_what_was_typed_on_a_page_and_comes_after_it_was_sent_hides_nothing_of_it(browser, late, status):
    browser.enter()
    page = browser.answer(q1="1")
    browser.send(page, q1="40", q2="1")
    assert browser.send(page, to=late, q1="4", q2="2").status_code == status
    assert Page(browser.client.get("/s/coffee/r?p=2").text).chosen == {"q1": "40", "q2": ["1"]}


def test_a_change_that_was_taken_back_while_answers_got_lost_on_their_way_counts(browser, stored):
    browser.enter()
    page = browser.answer(q1="1")
    for age, seconds in (("40", 5.0), ("41", 9.5), ("40", 14.0)):
        browser.send(page, q1=age, q2="1", paradata=f"{seconds}|0|")
    assert [visit.payload["age"] for visit in stored(browser)[1][1:]] == [40, 41, 40]


def test_what_is_typed_on_a_page_that_was_gone_back_to_is_kept(browser):
    browser.enter()
    page = browser.answer(q1="1")
    browser.send(page, q1="40", q2="1")
    browser.send(page, q1="41", q2="1")
    browser.send(browser.page(), to="back")
    assert browser.send(browser.page(), to="draft", q1="5").status_code == 204
    assert browser.page().chosen == {"q1": "5", "q2": ["1"]}


def test_a_refused_page_is_still_there_after_a_reload(browser):
    browser.enter()
    page = browser.answer(q1="1")
    assert browser.send(page, q1="forty", q2="2").status_code == 422
    assert browser.page().chosen == {"q1": "forty", "q2": ["2"]}


def test_the_pages_script_is_told_where_to_go_on(browser):
    page = browser.enter()
    response = browser.client.post("/s/coffee/r", data=page.fields | {"q1": "1"}, headers={"Relata-Page": "1"})
    assert (response.status_code, response.headers["Relata-Next"]) == (204, "/s/coffee/r?p=2")


def test_two_windows_show_the_same_place(browser):
    browser.enter()
    browser.answer(q1="1")
    left, right = browser.page(), browser.page()
    browser.send(left, q1="40", q2="1")
    browser.send(right, q1="41", q2="2")

    assert "Which do you know?" in browser.page().html


def test_a_page_of_one_sitting_answers_no_other(app, browser, stored):
    other = Browser(app)
    foreign = other.enter()
    own = browser.enter()
    response = browser.client.post("/s/coffee/r", data=own.fields | {"page_key": foreign.fields["page_key"], "q1": "1"})

    assert response.status_code == 303
    assert stored(browser)[1] == stored(other)[1] == ()
