"""The page of open answers: what it shows, what is decided there, sheets out and in, and reports that quote."""

import csv
import dataclasses
import io
import re
import zipfile
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner
from pypdf import PdfReader
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from analysis.findings import Membership
from analysis.saving import dump_findings
from survey_app import jobs
from survey_app.cli import main
from survey_app.results import analyses, verbatims
from survey_app.store import audit, erasure, sittings
from survey_app.store import verbatims as rows
from survey_app.store.sittings import Beginnings, SavedPage
from survey_app.store.verbatims import Mark, Place
from survey_app.views.visitors import EXTENSION
from tests.reports.findings_builder import full_findings
from tests.survey_app.respondents import Browser
from tests.survey_app.small_findings import small_findings
from tests.survey_app.test_jobs import Chain
from tests.survey_app.views.people import make_people, signed_in
from tests.survey_app.views.test_console import Visitor

PAGE = "/studies/coffee/verbatims"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def site(app):
    app.config["WTF_CSRF_ENABLED"] = False
    return app


@pytest.fixture
def store(site):
    return site.extensions[EXTENSION].store


@pytest.fixture
def people(site):
    return make_people(site)


@pytest.fixture
def editor(site, people):
    return signed_in(site, people["editor"])


@pytest.fixture
def write(store):
    """Put an open answer into the store."""

    def _write(person, text, language="en", *, simulated=False, visits=1):
        beginnings = Beginnings(pseudonym=person, is_simulated=simulated)
        with store.transaction() as tx:
            one = sittings.create(tx, "coffee", 1, language=language, seed=1, draw="", now=NOON, beginnings=beginnings)
            for visit in range(1, visits + 1):
                said = text if visit == visits else "as it was first"
                saved = SavedPage(one.id, "words", visit, f"{one.id}{visit}", {"words": said}, NOON)
                sittings.add_page(tx, saved)
            sittings.end(tx, one.id, "complete", NOON)
        return one

    return _write


def decide(editor, key, **said):
    seen = re.search(
        rf'value="{re.escape(key)}"><input[^>]*><input type="hidden" name="seen" value="([^"]*)"', page(editor)
    )
    return editor.post(PAGE, data={"answer": key, "seen": seen[1] if seen else "", **said})


def page(browser, query=""):
    return browser.get(f"{PAGE}{query}").text


def marks(store):
    with store.reading() as tx:
        return {place.question: mark for place, mark in rows.marks(tx, "coffee").items()}


def sheet(browser, query=""):
    return list(csv.DictReader(io.StringIO(browser.get(f"{PAGE}/sheet.csv{query}").text.removeprefix("\ufeff"))))


def send(editor, content, name="sheet.csv"):
    # Encoded here: the client would put a long form into a file that nobody closes.
    boundary, form = encode_multipart({"sheet": FileStorage(io.BytesIO(content), name)})
    return editor.post(f"{PAGE}/sheet", data=form, content_type=f'multipart/form-data; boundary="{boundary}"')


def as_csv(*lines):
    text = io.StringIO()
    csv.writer(text).writerows(lines)
    return text.getvalue().encode()


def test_answers_are_listed_without_what_identifies_people_and_invented_ones_are_labelled(editor, write):
    write("ANA", "Mr. Smith was kind", visits=2)
    write("BEN", "店员很热情", "zh", simulated=True)
    write("EVE", -99)
    shown = page(editor)
    assert "[name] was kind" in shown
    assert "Smith" not in shown
    assert "as it was first" not in shown
    assert "EVE" not in shown
    assert "1 of 2 answers come from invented respondents" in shown
    assert shown.count(">SIMULATED</span>") == 1
    assert "1 of 2" not in page(editor, "?lang=zh")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?language=zh", ["BEN"]),
        ("?search=KIND", ["ANA"]),
        ("?search=smith", []),
        ("?search=[name]", ["ANA"]),
        ("?standing=yes", ["BEN"]),
        ("?standing=new", ["ANA"]),
        ("?code=staff", ["BEN"]),
        ("?archetype=a1", ["ANA"]),
        ("?brand=alba", ["ANA"]),
        ("?question=words", ["ANA", "BEN"]),
        ("?page=7", ["ANA", "BEN"]),
    ],
)
def test_a_filter_finds_what_it_says(site, editor, write, query, found):
    write("ANA", "Mr. Smith was kind")
    write("BEN", "店员很热情", "zh")
    decide(editor, "BEN.words", quotable="yes", new_code="staff")
    known = small_findings()
    of_ana = (Membership("ANA", "alba", "a1", 0.6, (1.1, -0.9, 0.3)),)
    archetypes = dataclasses.replace(known.archetypes, memberships=of_ana)
    Visitor(site).put_findings(dataclasses.replace(known, archetypes=archetypes))
    assert re.findall(r'<article [^>]*id="(\w+)\.words"', page(editor, query)) == found
    assert [row["person"] for row in sheet(editor, query)] == found


def test_what_is_decided_is_kept_shown_and_logged_and_viewers_only_read(site, editor, people, store, write):
    write("ANA", "Mr. Smith was kind")
    sent = decide(editor, "ANA.words", quotable="yes", new_code=" old  friend ", quotation="They were\nkind", next="X")
    assert sent.status_code == 303
    assert sent.headers["Location"].endswith("#X")
    kept = marks(store)["words"]
    assert (kept.quotable, kept.codes, kept.quotation) == ("yes", ("old friend",), "They were kind")
    viewer = signed_in(site, people["viewer"])
    shown = page(viewer)
    assert "They were kind" in shown
    assert "old friend" in shown
    assert 'name="quotable"' not in shown
    assert viewer.post(PAGE, data={"answer": "ANA.words", "quotable": "no"}).status_code == 403
    with store.reading() as tx:
        logged = [(entry.action, entry.subject) for entry in audit.latest(tx, limit=9)]
    assert ("verbatims.mark", "ANA.words yes") in logged


def test_a_decision_takes_the_place_of_none_that_nobody_saw(editor, store, write):
    write("ANA", "Too dear")
    assert decide(editor, "ANA.words", quotable="yes").status_code == 303
    late = editor.post(PAGE, data={"answer": "ANA.words", "seen": "", "quotable": "no", "quotation": "my words"})
    assert late.status_code == 409
    assert "decided about this answer meanwhile" in late.text
    assert "my words" in late.text
    assert marks(store)["words"].quotable == "yes"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"quotable": "perhaps"}, "Write yes or no"),
        ({"new_code": "x" * 61}, "at most 60 characters"),
        ({"new_code": "a;b"}, "no comma or semicolon"),
        ({"quotation": "x" * 601}, "at most 600"),
        ({"about": "nobody"}, "no such brand"),
    ],
)
def test_what_cannot_be_kept_is_refused_beside_the_answer(editor, store, write, said, told):
    write("ANA", "Too dear")
    answer = decide(editor, "ANA.words", **said)
    assert answer.status_code == 422
    assert told in answer.text
    assert marks(store) == {}
    assert decide(editor, "EVE.words", quotable="yes").status_code == 404


def test_codes_are_a_list_of_the_study_with_counts(editor, store, write):
    write("ANA", "Too dear")
    editor.post(f"{PAGE}/codes", data={"code": "price"})
    decide(editor, "ANA.words", code="price", new_code="service")
    assert "price (1)" in page(editor)
    assert editor.post(f"{PAGE}/codes", data={"code": "a,b"}).status_code == 422
    editor.post(f"{PAGE}/codes/remove", data={"code": "price"})
    assert marks(store)["words"].codes == ("service",)
    assert "price" not in page(editor)


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_sheet_goes_out_and_comes_back_the_same_and_runs_no_formula(editor, store, write, ending):
    write("ANA", "=HYPERLINK(1)", simulated=True)
    write("BEN", "Never again")
    decide(editor, "ANA.words", quotable="yes", new_code="=code", quotation="=quote")
    decide(editor, "BEN.words", quotable="no")
    before = marks(store)
    (first, second) = sheet(editor)
    assert (first["text"], first["codes"], first["quotation"]) == ("'=HYPERLINK(1)", "'=code", "'=quote")
    assert (first["simulated"], second["simulated"]) == ("yes", "")
    assert (second["quote"], second["codes"]) == ("no", "'-")
    sent = editor.get(f"{PAGE}/sheet.{ending}")
    if ending == "xlsx":
        with zipfile.ZipFile(io.BytesIO(sent.data)) as book:
            assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
    assert "changed=0" in send(editor, sent.data, f"sheet.{ending}").headers["Location"]
    assert marks(store) == before


def test_a_coded_sheet_is_taken_over_and_what_it_leaves_out_stays(editor, store, write):
    write("ANA", "Too dear")
    decide(editor, "ANA.words", quotable="yes", quotation="Dear")
    told = send(editor, as_csv(("codes", "key"), ("price; service", "ANA.words")))
    assert "changed=1" in told.headers["Location"]
    kept = marks(store)["words"]
    assert (kept.quotable, kept.codes, kept.quotation) == ("yes", ("price", "service"), "Dear")
    send(editor, b"key;codes;quote;quotation\nANA.words;;;\n")
    assert marks(store) == {}


def bomb():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b" " * 101_000_000)
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "No file was chosen"),
        (b"\x89PNG\xff\xff", "cannot be read"),
        (b"PK\x03\x04 cut off", "cannot be read"),
        (b"name,codes\nANA,price\n", "no column key"),
        (b"key,text\nANA.words,x\n", "decides nothing"),
        (b"key,codes\nANA.words,price\nEVE.words,price\n", "Row 3: No answer has this key"),
        (b"key,codes\nANA.words,price\nANA.words,taste\n", "Row 3: This answer stands in the sheet twice"),
        (b"key,quote\nBEN.words,yes\nANA.words,perhaps\n", "Row 3: Write yes or no"),
        (b"key,codes\nBEN.words,price\nANA.words," + b"x" * 61 + b"\n", "Row 3: A code has at most 60"),
        (b"key,quotation\nBEN.words,Dear\nANA.words," + b"x" * 601 + b"\n", "Row 3: A quotation has at most 600"),
        (b"key,quote,brand\nBEN.words,yes,alba\nANA.words,yes,nobody\n", "Row 3: The study has no such brand"),
        (b"key,codes\nBEN.words," + ";".join(f"c{i}" for i in range(101)).encode() + b"\n", "at most 100 codes"),
        (bomb, "cannot be read"),
        (lambda: b"key,codes\n" + b"x" * (16 * 1024 * 1024), "larger than 16 MB"),
    ],
)
def test_a_sheet_that_cannot_be_used_changes_nothing_and_says_where_and_what_to_do(editor, store, write, content, told):
    write("ANA", "Too dear")
    write("BEN", "Never again")
    refused = send(editor, content() if callable(content) else content)
    assert refused.status_code == 422
    assert told in " ".join(refused.text.split())
    assert marks(store) == {}
    with store.reading() as tx:
        assert rows.codes(tx, "coffee") == ()


@pytest.fixture
def quoted(site, store):
    """Somebody answered, was chosen for quoting, and findings know the relationship; returns sitting and findings."""
    browser = Browser(site)
    browser.go_to_statements()
    for _ in range(2):
        browser.answer(q1="3", q2="1")
    browser.answer(q1="Ms. Lee knew my order by heart")
    with store.transaction() as tx:
        one = sittings.find(tx, browser.sitting_id)
        decided = Mark("yes", (), "They knew my order by heart", "aurora", "ana", NOON)
        rows.put(tx, {Place(one.id, "words", ""): decided})
    known = full_findings(simulated=True)
    kind = known.archetypes.archetypes[0].key
    memberships = (Membership(one.pseudonym, "aurora", kind, 0.9, (1.0,) * 3),)
    archetypes = dataclasses.replace(known.archetypes, memberships=memberships)
    study = dataclasses.replace(known.study, key="coffee")
    return one, dataclasses.replace(known, archetypes=archetypes, study=study)


def test_what_somebody_left_the_way_of_is_not_quoted(store, quoted):
    one, _ = quoted
    assert len(verbatims.agreed_texts(store, "coffee")) == 1
    too_young = {"age": 12, "place": "secret_code_home"}
    with store.transaction() as tx:
        sittings.add_page(tx, SavedPage(one.id, "screener", 2, "young", too_young, datetime.now(UTC)))
    assert verbatims.agreed_texts(store, "coffee") == ()


def test_what_is_chosen_stands_in_a_report_from_the_command_line(site, quoted, tmp_path):
    _, known = quoted
    (tmp_path / "findings.json").write_bytes(dump_findings(known))
    instance = site.extensions[EXTENSION].settings.instance
    chosen = ["--brand", "aurora", "--lang", "en", "--instance", str(instance), "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(main, ["report", str(tmp_path / "findings.json"), *chosen])
    assert done.exit_code == 0, done.output
    (pdf,) = (tmp_path / "out").glob("*.pdf")
    text = " ".join(" ".join(sheet.extract_text() for sheet in PdfReader(pdf).pages).split())
    assert "They knew my order by heart" in text
    assert "Ms. Lee" not in text


def test_reports_made_in_the_console_quote_it_and_lose_it_when_it_is_erased(site, store, editor, quoted, monkeypatch):
    one, known = quoted
    told = []

    class Quoting(Chain):
        def write_reports(self, findings, out, progress, **given):
            told.append(given["agreed"])
            return super().write_reports(findings, out, progress, **given)

        def with_names(self, findings, _names):
            return findings

    monkeypatch.setattr(jobs, "chain", Quoting())
    Visitor(site).put_findings(known)
    settings = site.extensions[EXTENSION].settings
    asked = editor.post(f"{PAGE}/reports")
    job = analyses.find(store, "coffee", int(asked.headers["Location"].rpartition("/")[2]))
    done = jobs.run(job.kind, job.args, store, settings, lambda *_: None)
    output = analyses.output(settings.instance, "coffee", done.output_digest)
    assert [said.text for said in told[0]] == ["They knew my order by heart"]
    assert verbatims.read_agreed(output.quotations) == told[0]

    assert verbatims.take_back(store, settings.instance) == 0
    Visitor(site).end_job("done", output_digest=done.output_digest)
    with store.transaction() as tx:
        assert erasure.withdraw(tx, "coffee", one.code, NOON, settings.secret_key)
    assert verbatims.take_back(store, settings.instance) == 1
    assert not output.is_complete
    assert b"order by heart" not in b"".join(path.read_bytes() for path in output.folder.rglob("*") if path.is_file())
    again = analyses.of_study(store, "coffee")[0]
    jobs.run(again.kind, again.args, store, settings, lambda *_: None)
    assert told[1:] == [()]
