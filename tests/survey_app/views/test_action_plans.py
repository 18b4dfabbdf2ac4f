"""What is agreed on after a report: who may say it, that nothing said is lost, and that the next report tells it."""

import re

import pytest

from survey_app.results import action_plans, analyses
from survey_app.results.web_reports import web_report
from survey_app.store import audit
from tests.reports.findings_builder import full_findings
from tests.survey_app.views.people import make_person, signed_in
from tests.survey_app.views.test_console import ELSEWHERE, Visitor

PAGE, LINKS = "/reports/coffee/aurora/en", "/studies/coffee/links"
SAID = {"title": "Explain decisions", "owner": "service", "due": "2027-01-31", "status": "open", "note": "weekly"}


class Person(Visitor):
    """A browser in which somebody may have signed in, near or far."""

    def __init__(self, app, account=None, how=None):
        super().__init__(app)
        self.how = how or {}
        if account:
            self.client = signed_in(app, account)

    def get(self, path, **how):
        return super().get(path, **self.how, **how)

    def send(self, path, page=PAGE, **fields):
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get(page).text)
        given = {"csrf_token": token[1] if token else "", **fields}
        return self.client.post(path, data=given, **self.how)

    def plan(self):
        return action_plans.plan_of(self.console.store, "coffee", "aurora")


@pytest.fixture
def ready(app):
    Visitor(app).put_findings(full_findings())
    return app


@pytest.fixture
def owner(ready):
    return Person(ready, make_person(ready, "owner", "researcher", [("coffee", "owner", "")]))


@pytest.fixture
def manager(ready):
    return Person(ready, make_person(ready, "manager", "brand_manager", [("coffee", "brand_manager", "aurora")]))


def test_an_action_is_taken_on_and_brought_up_to_date_and_nothing_said_is_lost(manager, owner):
    assert manager.send(f"{PAGE}/actions", **SAID).status_code == 303
    key = manager.plan()[0][0].action
    owner.send(f"{PAGE}/actions/{key}", **{**SAID, "status": "done", "note": "since May"})
    owner.send(f"{PAGE}/actions/{key}", **{**SAID, "status": "done", "note": "since May"})

    (history,) = manager.plan()
    assert [(entry.status, entry.actor) for entry in history] == [
        ("open", "manager@example.org"),
        ("done", "owner@example.org"),
    ]
    page = manager.get(PAGE).text
    assert "since May" in page
    assert "All 2 entries" in page
    with manager.console.store.reading() as tx:
        told = [entry for entry in audit.latest(tx, limit=50) if entry.action.startswith("brand_manager.")]
    assert {"open: Explain decisions", "done: Explain decisions"} <= {
        " ".join(entry.subject.split()[-3:]) for entry in told
    }


def test_the_next_report_tells_how_the_actions_stand_in_its_language(manager):
    manager.send(f"{PAGE}/actions", **{**SAID, "status": "in_work"})
    store, instance = manager.console.store, manager.console.settings.instance
    first = analyses.latest_output(store, instance, "coffee")[1]
    later = first.beside(action_plans.dumped(store, "coffee"), b"")
    later.keep_reports(later.new_reports_folder(), first.report_files())

    assert later.findings.read_bytes() == first.findings.read_bytes()
    assert later.folder != first.folder
    assert later == first.beside(action_plans.dumped(store, "coffee"), b"")
    assert first == first.beside(b"", b"")
    article = web_report(later, "aurora", "en").article
    assert "Status of last wave’s actions" in article
    assert "Jan 31, 2027" in article
    assert "in work" in article
    assert "Status of last wave’s actions" not in web_report(first, "aurora", "en").article


def test_the_actions_of_the_wave_that_a_study_was_held_against_are_told_too(manager, owner):
    manager.send(f"{PAGE}/actions", **SAID)
    store, instance = manager.console.store, manager.console.settings.instance
    (run,) = analyses.finished_runs(store, instance, "coffee")
    assert analyses.earlier_wave(store, instance, "tea") is None
    analyses.ask_waves(store, "tea", run)
    owner.end_job("done", output_digest="a" * 64)

    earlier = analyses.earlier_wave(store, instance, "tea")
    assert earlier == run.output
    later = earlier.beside(action_plans.dumped(store, "coffee", "tea"), earlier.findings.read_bytes())
    later.keep_reports(later.new_reports_folder(), earlier.report_files())
    article = web_report(later, "aurora", "en").article
    assert "Explain decisions" in article
    assert "This wave" in article


def test_the_proposals_of_the_report_can_be_taken_on(manager):
    page = manager.get(PAGE).text
    title = re.search(r'name="title" value="([^"]+)"', page)[1].replace("&#34;", '"')
    manager.send(f"{PAGE}/actions", title=title, owner="it", status="open")

    assert manager.plan()[0][0].title == title
    assert f'name="title" value="{title}"' not in manager.get(PAGE).text


def test_what_is_typed_is_shown_as_text(manager):
    said = "<b>\"&'</textarea><script>alert(1)</script>"
    manager.send(f"{PAGE}/actions", **{**SAID, "title": said, "note": said})
    page = manager.get(PAGE).text

    assert "<script" not in page
    assert "<b>" not in page
    assert page.count("&lt;b&gt;&#34;&amp;&#39;&lt;/textarea&gt;&lt;script&gt;") >= 4


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("title", " ", "at most 300"),
        ("title", "x" * 301, "at most 300"),
        ("note", "x" * 2001, "longer than 2000"),
        ("owner", "nobody", "owner from the list"),
        ("status", "late", "status from the list"),
        ("due", "tomorrow", "year-month-day"),
    ],
)
def test_what_cannot_be_kept_is_said_beside_what_was_typed(manager, field, value, told):
    answer = manager.send(f"{PAGE}/actions", **{**SAID, field: value})

    assert answer.status_code == 422
    assert told in answer.text
    assert "weekly" in answer.text or field == "note"
    assert manager.plan() == ()


def test_nothing_is_written_about_a_report_that_is_not_there(owner):
    paths = ["/reports/coffee/nobody/en/actions", f"{PAGE}/actions/{'0' * 16}"]

    assert [owner.send(path, **SAID).status_code for path in paths] == [404, 404]


def make_link(owner, **chosen):
    given = {"made_for": "Ms Li", "brand": "alba", "days": "7", "may": "read", **chosen}
    answer = owner.send(LINKS, LINKS, **given)
    found = re.search(r"<code>([^<]*)</code>", answer.text)
    return answer, found and re.sub(r"^https?://[^/]+", "", found[1])


def test_what_a_link_may_do_is_chosen_when_it_is_made(owner):
    undecided, path = make_link(owner, may="")

    assert undecided.status_code == 422
    assert path is None
    assert 'name="may" value="read" required' in undecided.text
    assert "checked" not in undecided.text


@pytest.mark.parametrize(("may", "status"), [("read", 403), ("update", 404)])
def test_a_link_opens_its_brand_from_anywhere_and_no_more(ready, owner, may, status):
    _, path = make_link(owner, may=may)
    ready.config["WTF_CSRF_ENABLED"] = False
    far = Person(ready, how=ELSEWHERE)
    opened = far.get(path)

    assert opened.headers["Location"] == "/reports/coffee/alba"
    assert far.get("/reports/coffee").status_code == 200
    assert {far.get(other).status_code for other in ("/reports/coffee/aurora/en", "/studies/coffee", LINKS)} == {403}
    # The link lets its holder write or it does not; that there is no report on this brand is another matter.
    assert far.send("/reports/coffee/alba/en/actions", "/reports/coffee", **SAID).status_code == status


def test_a_withdrawn_link_opens_nothing_any_more_nor_does_what_it_opened(ready, owner):
    _, path = make_link(owner)
    far = Person(ready, how=ELSEWHERE)
    far.get(path)
    link = re.search(rf"{LINKS}/(\w+)/withdraw", owner.get(LINKS).text)[1]
    assert owner.send(f"{LINKS}/{link}/withdraw", LINKS).status_code == 303

    assert far.get("/reports/coffee").status_code == 403
    assert Person(ready, how=ELSEWHERE).get(path).status_code == 403
    assert "withdrawn" in owner.get(LINKS).text
