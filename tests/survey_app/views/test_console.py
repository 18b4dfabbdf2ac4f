"""The pages of researchers and brand managers: who may open them, what they show, and that nothing is run on a GET."""

import io
import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zipfile import ZipFile

import pytest
from sqlalchemy import update

from analysis.saving import dump_findings
from survey_app.access.signed_links import VALID_SECONDS, sign_link
from survey_app.jobs import run as run_job
from survey_app.results import analyses
from survey_app.results.analyses import ReportFile
from survey_app.store import draws, jobs, sittings
from survey_app.store.sittings import Beginnings
from survey_app.store.tables import sitting
from survey_app.views import visitors
from survey_app.views.visitors import EXTENSION
from tests.survey_app.small_findings import small_findings
from tests.survey_app.views.people import make_person, signed_in

HOSTILE = '<script>alert("x")</script>'
STUDY, REPORTS = "/studies/coffee", "/reports/coffee"
ELSEWHERE = {"environ_base": {"REMOTE_ADDR": "203.0.113.9"}}


class Visitor:
    """A browser on this machine, and the hand that prints links for it."""

    def __init__(self, app):
        self.console = app.extensions[EXTENSION]
        self.client = app.test_client()

    def link(self, audience, study="coffee", **when):
        return sign_link(self.console.settings.secret_key, audience, study, **when)

    def let_in(self, audience, study="coffee"):
        assert self.client.get(self.link(audience, study)).status_code == 303
        return self

    def get(self, path, **how):
        return self.client.get(path, buffered=True, **how)

    def press(self, page, path):
        token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', self.get(page).text)[1]
        return self.client.post(path, data={"csrf_token": token})

    def put_findings(self, found):
        """Leave findings as an analysis does."""
        analyses.ask(self.console.store, "coffee")
        output = analyses.output(self.console.settings.instance, "coffee", "f" * 64)
        output.keep_findings(dump_findings(found))
        folder = output.new_reports_folder()
        (folder / "aurora_en.pdf").write_bytes(b"%PDF-1.4 aurora")
        output.keep_reports(folder, [ReportFile("aurora", "en", "aurora_en.pdf")])
        self.end_job("done", output_digest="f" * 64)

    def end_job(self, state, **ending):
        now = datetime.now(UTC)
        with self.console.store.transaction() as tx:
            job = jobs.claim(tx, "w", now=now, lease=timedelta(minutes=1), tries=3)
            jobs.finish(tx, job, state, now=now, **ending)
        return job.id

    def put_sittings(self, *statuses, simulated=False, source=None, country=None):
        began = datetime(2026, 3, 1, 9, tzinfo=UTC)
        beginnings = Beginnings(is_simulated=simulated, source=source)
        with self.console.store.transaction() as tx:
            for status in statuses:
                made = sittings.create(
                    tx, "coffee", 1, language="zh", seed=1, draw="", now=began, country=country, beginnings=beginnings
                )
                if status != "started":
                    page = sittings.SavedPage(made.id, "screener", 1, made.id, {}, began)
                    sittings.add_page(tx, page)
                if status in {"complete", "screened_out"}:
                    given = {"draw": "", "eligible": [], "fills": {}, "now": began, "expires": began}
                    draws.assign(tx, "coffee", made.id, ("alba", "brio"), after=0, **given)
                    sittings.end(tx, made.id, status, began + timedelta(minutes=12))
                    draws.settle(tx, "coffee", made.id, complete=status == "complete")


@pytest.fixture
def visitor(app):
    return Visitor(app)


@pytest.fixture
def researcher(visitor):
    return visitor.let_in("researcher")


def test_a_link_lets_in_and_leaves_the_address_bar(visitor):
    opened = visitor.get(visitor.link("researcher"))

    assert opened.status_code == 303
    assert opened.headers["Location"] == STUDY
    cookie = opened.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert visitor.get(STUDY).status_code == 200


def test_a_link_for_one_study_opens_no_other(visitor):
    visitor.let_in("researcher", "tea").let_in("reports", "tea")

    assert {visitor.get(path).status_code for path in (STUDY, f"{STUDY}/results", REPORTS)} == {403}


def test_a_link_to_reports_leads_to_nothing_else(visitor):
    visitor.let_in("reports")
    visitor.put_findings(small_findings())

    assert STUDY not in visitor.get(REPORTS).text


def test_links_opened_one_after_the_other_keep_each_other(visitor):
    visitor.let_in("researcher").let_in("reports", "tea")

    assert visitor.get(STUDY).status_code == 200
    assert "还没有报告" in visitor.get("/reports/tea?lang=zh").text


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda v: v.link("researcher", now=time.time() - VALID_SECONDS - 1), "has expired"),
        (lambda v: v.link("researcher")[:-2], "does not open anything"),
        (lambda _: "/open/nonsense", "does not open anything"),
    ],
)
def test_a_spoilt_link_says_why_and_opens_nothing(visitor, spoil, reason):
    refused = visitor.get(spoil(visitor))

    assert refused.status_code == 403
    assert reason in refused.text
    assert visitor.get(STUDY).status_code == 403


@pytest.mark.parametrize(
    "how",
    [
        ELSEWHERE,
        {"headers": {"X-Forwarded-For": "127.0.0.1"}},
        {"headers": {"Forwarded": "for=127.0.0.1"}},
        {"headers": {"X-Real-IP": "127.0.0.1"}},
        {"headers": {"Host": "rebind.example"}},
    ],
)
def test_only_this_machine_may_open_a_link_or_use_what_it_opened(researcher, how):
    refused = [researcher.get(researcher.link("researcher"), **how), researcher.get(STUDY, **how)]

    assert [(page.status_code, "Set-Cookie" in page.headers) for page in refused] == [(403, False)] * 2
    assert all("only on the machine" in page.text for page in refused)


def test_what_a_link_opened_closes_when_its_time_is_over(researcher, monkeypatch):
    now = time.time()
    monkeypatch.setattr(visitors.time, "time", lambda: now + VALID_SECONDS + 1)

    assert researcher.get(STUDY).status_code == 403


def test_pages_and_files_are_kept_in_no_cache(researcher):
    researcher.put_findings(small_findings())

    for path in (STUDY, f"{STUDY}/results", f"{STUDY}/findings.json", f"{REPORTS}/aurora/en.pdf"):
        assert researcher.get(path).headers["Cache-Control"] == "no-store"


def test_the_field_in_numbers(researcher):
    researcher.put_sittings("complete", "complete", "partial", "started", "screened_out")

    text = re.sub(r"<[^>]+>|\s+", " ", researcher.get(STUDY).text)
    text = re.sub(r"\s+", " ", text)

    assert "Started 5" in text
    assert "Complete 2 40% of those who started" in text
    assert "Median time 12.0 min" in text
    assert "Alba &amp; Sons 2" in text
    assert "Chinese 2" in text
    assert "SIMULATED" not in text


def test_invented_respondents_are_labelled(researcher):
    researcher.put_sittings("complete")
    researcher.put_sittings("complete", simulated=True)

    assert "1 of 2 respondents are invented" in researcher.get(STUDY).text


def test_a_study_without_answers_has_pages_too(researcher):
    assert "No complete questionnaires yet" in researcher.get(STUDY).text
    assert "There are no results yet" in researcher.get(f"{STUDY}/results").text
    assert "There are no reports yet" in researcher.get(REPORTS).text
    assert researcher.get(f"{STUDY}/findings.json").status_code == 404
    assert researcher.get(f"{REPORTS}/aurora/en.pdf").status_code == 404


def test_asking_for_an_analysis_twice_leads_to_the_same_job(researcher):
    first = researcher.press(STUDY, f"{STUDY}/analyse")
    assert "An analysis is under way" in researcher.get(STUDY).text

    page = first.headers["Location"]
    again = researcher.press(page, f"{STUDY}/analyse")

    assert (first.status_code, again.headers["Location"]) == (303, page)
    assert len(analyses.of_study(researcher.console.store, "coffee")) == 1


@pytest.mark.parametrize("path", [f"{STUDY}/analyse", f"{STUDY}/jobs/1/cancel"])
def test_nothing_is_done_without_the_token_of_our_page(researcher, path):
    analyses.ask(researcher.console.store, "coffee")

    refused = researcher.client.post(path)

    assert refused.status_code == 400
    assert "Nothing was changed" in refused.text
    assert [job.state for job in analyses.of_study(researcher.console.store, "coffee")] == ["queued"]


def test_an_analysis_can_be_cancelled(researcher):
    job = analyses.ask(researcher.console.store, "coffee")
    page = f"{STUDY}/jobs/{job.id}"

    assert researcher.press(page, f"{page}/cancel").status_code == 303
    assert "The analysis was stopped" in researcher.get(page).text


def test_progress_is_shown_with_and_without_scripts(researcher):
    job = analyses.ask(researcher.console.store, "coffee")
    now = datetime.now(UTC)
    with researcher.console.store.transaction() as tx:
        claimed = jobs.claim(tx, "w", now=now, lease=timedelta(minutes=1), tries=3)
        jobs.heartbeat(tx, claimed, fraction=0.42, doing="report 2 of 6: x", now=now, lease=timedelta(minutes=1))
    page = f"{STUDY}/jobs/{job.id}"

    assert researcher.get(f"{page}.json?lang=zh").json == {
        "state": "running",
        "fraction": 0.42,
        "percent": "已完成 42%",
        "doing": "正在撰写报告：第 2 份，共 6 份",
    }
    shown = researcher.get(f"{page}?lang=en").text
    assert '<noscript><meta http-equiv="refresh"' in shown
    assert "writing report 2 of 6" in shown


@pytest.mark.parametrize("language", ["en", "zh", "de", "es"])
@pytest.mark.parametrize(
    ("state", "error", "shown"),
    [
        ("refused", f"41 persons {HOSTILE}", "41 persons &lt;script&gt;"),
        ("broken", "ab12cd34", "ab12cd34"),
        ("cancelled", None, ""),
        ("done", None, f"{STUDY}/results"),
    ],
)
def test_how_an_analysis_ended(researcher, language, state, error, shown):
    analyses.ask(researcher.console.store, "coffee")
    job_id = researcher.end_job(state, error=error)

    page = researcher.get(f"{STUDY}/jobs/{job_id}?lang={language}")

    assert page.status_code == 200
    assert shown in page.text
    assert "<script" not in page.text


def test_a_job_of_another_study_is_not_found(researcher):
    job = analyses.ask(researcher.console.store, "tea")

    assert researcher.get(f"{STUDY}/jobs/{job.id}").status_code == 404
    assert researcher.get(f"{STUDY}/jobs/{job.id}.json").status_code == 404


@pytest.mark.parametrize("language", ["en", "zh", "de", "es"])
@pytest.mark.parametrize("structure", ["natural", "constructed", "none"])
def test_results_show_the_findings(researcher, language, structure):
    researcher.put_findings(small_findings(structure=structure))

    page = researcher.get(f"{STUDY}/results?lang={language}").text

    words = {
        "en": ("SIMULATED", "Warm feeling", "Best friends"),
        "zh": ("模拟数据", "好感", "密友"),
        "de": ("SIMULIERT", "Beste Freunde", "0,"),
        "es": ("SIMULADO", "Mejores amigos", "0,"),
    }
    for word in (*words[language], "warm_1", "a" * 64, f"{REPORTS}/aurora/en.pdf"):
        assert word in page
    assert "${brand}" not in page


@pytest.mark.parametrize(("language", "said"), [("en", "another version of this program"), ("zh", "另一版本")])
def test_findings_of_another_version_ask_for_a_new_analysis(researcher, language, said):
    researcher.put_findings(small_findings())
    output = analyses.output(researcher.console.settings.instance, "coffee", "f" * 64)
    output.keep_findings(dump_findings(small_findings()).replace(b'"brands"', b'"labels"'))

    for page in (f"{STUDY}/results", REPORTS):
        answer = researcher.get(f"{page}?lang={language}")
        assert answer.status_code == 200
        assert said in answer.text


def test_reversed_items_are_marked_among_the_loadings(researcher):
    found = small_findings()
    researcher.put_findings(found)

    page = researcher.get(f"{STUDY}/results").text
    assert page.count("(R)</span> <code>") == sum(found.factors.item_reversed) == 1
    assert page.count("(R): reversed item") == 1


def test_those_who_never_used_a_brand_have_a_column_where_use_was_asked(researcher):
    researcher.put_findings(small_findings())

    page = researcher.get(f"{STUDY}/results").text

    assert "among those who never used it" in page
    assert re.search(r"62% <span[^>]*>48–76%; 47<", page)
    assert "too few answers; 12<" in page


def test_without_answers_on_use_there_is_no_such_column(researcher):
    found = small_findings()
    researcher.put_findings(replace(found, brands=tuple(replace(brand, non_users=None) for brand in found.brands)))

    assert "never used" not in researcher.get(f"{STUDY}/results").text


@pytest.mark.parametrize("language", ["en", "zh", "de", "es"])
def test_results_of_a_file_that_supports_little(researcher, language):
    bare = replace(
        small_findings(simulated=False),
        factors=None,
        archetypes=None,
        rules=None,
        outcomes=(),
        caveats=(),
        reliability=(),
    )
    researcher.put_findings(bare)

    page = researcher.get(f"{STUDY}/results?lang={language}")

    assert page.status_code == 200
    assert "SIMULATED" not in page.text


def test_a_hostile_brand_name_stays_text(researcher):
    researcher.put_findings(small_findings(hostile_name=HOSTILE))

    for path in (f"{STUDY}/results", REPORTS):
        page = researcher.get(path).text
        assert "&lt;script&gt;alert" in page
        assert "<script" not in page


def test_reports_are_listed_and_read_in_the_browser(visitor):
    visitor.put_findings(small_findings())
    visitor.let_in("reports")

    listed = visitor.get(REPORTS).text
    pdf = visitor.get(f"{REPORTS}/aurora/en.pdf")

    assert "SIMULATED" in listed
    assert "Too few answers for figures" in listed
    assert pdf.data == b"%PDF-1.4 aurora"
    assert pdf.mimetype == "application/pdf"
    assert "attachment" not in pdf.headers.get("Content-Disposition", "")
    assert visitor.get(f"{REPORTS}/aurora/zh.pdf").status_code == 404


def test_findings_and_data_are_sent_as_files(researcher, browser):
    researcher.put_findings(small_findings())
    browser.go_to_statements()

    found = researcher.get(f"{STUDY}/findings.json")
    answers = researcher.get(f"{STUDY}/data/answers.csv")
    study = researcher.get(f"{STUDY}/data/answers.study.yaml")

    assert found.json["study"]["key"] == "demo"
    assert answers.text.startswith("_person,_status,")
    assert len(answers.text.splitlines()) > 1
    assert "instrument: answers.instrument.yaml" in study.text
    assert {found.headers["Content-Disposition"], answers.headers["Content-Disposition"]} == {
        "attachment; filename=findings.json",
        "attachment; filename=answers.csv",
    }
    assert researcher.get(f"{STUDY}/data/relata.sqlite").status_code == 404


def test_the_field_page_tells_where_people_stop_and_who_was_careless(researcher):
    researcher.put_sittings("complete", "partial", "partial")
    with researcher.console.store.transaction() as tx:
        tx.execute(update(sitting).where(sitting.c.status == "complete").values(flags="speeding attention"))

    shown = re.sub(r"<[^>]+>|\s+", " ", researcher.get(f"{STUDY}/figures").text)
    shown = re.sub(r" +", " ", shown)

    assert "About you 2" in shown
    assert "too quick 1 100%" in shown
    assert "missed an instructed item 1 100%" in shown


def test_the_field_page_counts_by_source_and_country(researcher):
    researcher.put_sittings("complete")
    assert "All sources" not in researcher.get(f"{STUDY}/figures").text
    researcher.put_sittings("complete", "partial", "screened_out", source="panel", country="CN")
    researcher.put_sittings("complete", country="CN")
    researcher.put_sittings("started", country="DE")

    shown = re.sub(r"<[^>]+>|\s+", " ", researcher.get(f"{STUDY}/figures").text)
    shown = re.sub(r" +", " ", shown)

    assert "Country open link panel All sources not told 1 / 1 – 1 / 1" in shown
    assert "China 1 / 1 1 / 3 2 / 4 Germany 0 / 1 – 0 / 1" in shown


def test_a_paused_study_takes_nobody_new(app):
    client = signed_in(app, make_person(app, "ed", "researcher", [("coffee", "editor", "")]))
    page = client.get(STUDY).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    client.post(f"{STUDY}/status", data={"csrf_token": token, "status": "closed"})

    assert app.test_client().get("/s/coffee").status_code == 410
    assert "paused" in client.get(STUDY).text
    client.post(f"{STUDY}/status", data={"csrf_token": token, "status": "live"})
    assert app.test_client().get("/s/coffee").status_code == 303
    assert client.post(f"{STUDY}/status", data={"csrf_token": token, "status": "x"}).status_code == 400


def test_a_sitting_is_rejected_with_a_reason_and_stays(app, researcher):
    researcher.put_sittings("complete", "partial")
    app.config["WTF_CSRF_ENABLED"] = False
    client = signed_in(app, make_person(app, "ed", "researcher", [("coffee", "editor", "")]))
    pseudonym = re.search(r'<tr id="(\w+)"', client.get(f"{STUDY}/sittings?all=1").text)[1]
    path = f"{STUDY}/sittings/{pseudonym}"

    assert client.post(path, data={"verdict": "rejected"}).status_code == 400
    assert client.post(f"{STUDY}/sittings/NOBODY", data={"verdict": "accepted"}).status_code == 404
    assert client.post(path, data={"verdict": "rejected", "reason": HOSTILE}).status_code == 303
    shown = client.get(f"{STUDY}/sittings?all=1").text
    assert "Rejected" in shown
    assert "&lt;script&gt;alert" in shown
    assert "None." in client.get(f"{STUDY}/sittings").text


def test_results_are_taken_along_as_tables_and_drawings(researcher):
    researcher.put_findings(small_findings())
    page = researcher.get(f"{STUDY}/results").text

    for name, kind in (("loadings.csv", "text/csv"), ("retention.svg", "image/svg+xml"), ("loadings.xlsx", "sheet")):
        assert f"{STUDY}/results/{name}" in page
        sent = researcher.get(f"{STUDY}/results/{name}")
        assert (sent.status_code, kind in sent.mimetype) == (200, True)
    assert researcher.get(f"{STUDY}/results/nothing.csv").status_code == 404
    assert researcher.get(f"{STUDY}/results/loadings.exe").status_code == 404


def test_drawings_keep_their_place_before_they_arrive(researcher):
    researcher.put_findings(small_findings())
    page = researcher.get(f"{STUDY}/results").text
    kept = re.findall(r'results/retention\.svg[^>]* width="(\d+)" height="(\d+)"', page)
    drawn = researcher.get(f"{STUDY}/results/retention.svg").text
    sized = re.search(r'<svg[^>]* width="([\d.]+)" height="([\d.]+)"', drawn)
    assert [tuple(map(int, size)) for size in kept] == [tuple(int(float(side)) for side in sized.groups())]


def test_other_choices_are_analysed_and_impossible_ones_refused(app, researcher):
    app.config["WTF_CSRF_ENABLED"] = False

    assert "k_max" in researcher.get(f"{STUDY}/plan").text
    refused = researcher.client.post(f"{STUDY}/plan", data={"k_max": "1"})
    assert refused.status_code == 422
    assert "k_max" in refused.text
    researcher.client.post(f"{STUDY}/plan", data={"k_max": "6", "alpha": "0.05"})
    (job,) = analyses.of_study(researcher.console.store, "coffee")
    assert job.args == {"study": "coffee", "plan": {"k_max": 6}}


def test_archetypes_get_other_names_in_results_and_reports(app, researcher):
    app.config["WTF_CSRF_ENABLED"] = False
    found = small_findings()
    researcher.put_findings(found)
    kind = found.archetypes.archetypes[0]
    researcher.client.post(f"{STUDY}/names", data={f"archetypes.{kind.key}.en": HOSTILE})
    job = analyses.of_study(researcher.console.store, "coffee")[0]
    outcome = run_job(job.kind, job.args, researcher.console.store, researcher.console.settings, lambda *_: None)
    researcher.end_job(outcome.state, output_digest=outcome.output_digest)

    page = researcher.get(f"{STUDY}/results").text
    assert "&lt;script&gt;alert" in page
    assert kind.label["en"] not in page
    assert "<script>" not in page


def test_answers_are_packed_in_every_format(researcher):
    assert researcher.get(f"{STUDY}/answers.zip").status_code == 404
    job = analyses.ask_simulated(researcher.console.store, "coffee", 4)
    run_job(job.kind, job.args, researcher.console.store, researcher.console.settings, lambda *_: None)
    for form in ("csv", "xlsx", "sav", "dta", "parquet"):
        sent = researcher.get(f"{STUDY}/answers.zip?form={form}&shape=wide&language=zh")
        assert f"coffee.{form}" in ZipFile(io.BytesIO(sent.data)).namelist()
        sent.close()
    assert 'name="scores" value="1"' in researcher.get(STUDY).text
    sent = researcher.get(f"{STUDY}/answers.zip?form=csv&scores=1")
    assert ZipFile(io.BytesIO(sent.data)).read("coffee.csv").splitlines()[0].endswith(b",score_warm")
    sent.close()
    assert researcher.get(f"{STUDY}/answers.zip?form=exe").status_code == 400
