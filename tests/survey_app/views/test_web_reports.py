"""A brand's report as a page: who reads it through which door, what it carries and what it does not."""

import re

import pytest
from PIL import Image

from survey_app.results import analyses
from survey_app.results.analyses import ReportFile
from survey_app.views.visitors import EXTENSION
from tests.reports.findings_builder import full_findings
from tests.survey_app.views.people import browser_of, make_people, make_person, signed_in
from tests.survey_app.views.test_console import Visitor

PAGE = "/reports/coffee/aurora"


@pytest.fixture
def visitor(app):
    found = Visitor(app)
    found.put_findings(full_findings())
    return found


def test_the_signed_link_and_the_sign_in_lead_to_the_same_article(app, visitor):
    visitor.let_in("reports")
    owner = browser_of(app, "owner", make_people(app))
    pages = [visitor.get(f"{PAGE}/en").text, owner.get(f"{PAGE}/en").text]
    articles = [re.search(r"<article.*</article>", page, re.DOTALL)[0] for page in pages]

    assert articles[0] == articles[1]
    assert "Aurora" in articles[0]


def test_the_page_leads_to_its_pdf_and_back(visitor):
    page = visitor.let_in("reports").get(f"{PAGE}/en").text

    assert f'href="{PAGE}/en.pdf"' in page
    assert 'href="/reports/coffee"' in page
    assert f'href="{PAGE}/en"' in visitor.get("/reports/coffee").text


def test_the_page_is_in_the_language_of_the_report_whatever_the_console_speaks(visitor):
    page = visitor.let_in("reports").get(f"{PAGE}/en?lang=de").text

    assert '<html lang="en"' in page
    assert "Download as PDF" in page


def test_reports_are_listed_in_one_language_at_a_time(visitor):
    listed = visitor.let_in("reports").get("/reports/coffee?in=nowhere").text

    assert f'href="{PAGE}/en"' in listed
    assert f'href="{PAGE}/zh"' not in listed
    assert "Chinese" not in listed


def test_the_page_keeps_to_the_policy_of_the_site(visitor):
    response = visitor.let_in("reports").get(f"{PAGE}/en")

    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", response.text)
    assert response.headers["Cache-Control"] == "no-store"
    assert "unsafe" not in response.headers["Content-Security-Policy"]


@pytest.fixture
def theme(visitor):
    place = visitor.console.settings.instance / "theme.yaml"
    Image.new("RGB", (4, 2), "#7a1f5c").save(place.with_name("logo.png"))
    place.write_text('main: "#7a1f5c"\nlogo: logo.png\n', encoding="utf-8")
    return place


def test_the_page_wears_the_colours_and_the_logo_of_the_installation(visitor, theme):
    page = visitor.let_in("reports").get(f"{PAGE}/en").text
    sheet, logo = visitor.get(f"{PAGE}/theme.css"), visitor.get(f"{PAGE}/logo")

    assert f'href="{PAGE}/theme.css"' in page
    assert f'src="{PAGE}/logo"' in page
    assert "#7a1f5c" in re.search(r"<article.*</article>", page, re.DOTALL)[0]
    assert not re.search(r"<style|\sstyle=", page)
    assert (sheet.mimetype, "--own: #7a1f5c;" in sheet.text) == ("text/css", True)
    assert (logo.mimetype, logo.data) == ("image/png", theme.with_name("logo.png").read_bytes())
    cards = visitor.get(f"{PAGE}/en/cards").data
    theme.unlink()
    assert cards != visitor.get(f"{PAGE}/en/cards").data
    assert "theme.css" not in visitor.get(f"{PAGE}/en").text


def test_a_broken_theme_is_named_to_administrators_and_stops_nothing(app, visitor, theme, caplog):
    theme.with_name("logo.png").write_bytes(b"no picture")
    page = visitor.let_in("reports").get(f"{PAGE}/en")
    head = signed_in(app, make_person(app, "head", "administrator"))

    assert page.status_code == 200
    assert "theme.css" not in page.text
    assert visitor.get(f"{PAGE}/logo").status_code == 404
    assert "logo.png is no picture" in caplog.text
    assert "logo.png is no picture" in head.get("/reports/coffee").text
    assert "logo.png" not in visitor.get("/reports/coffee").text


@pytest.mark.parametrize("path", [f"{PAGE}/de", f"{PAGE}/xx", "/reports/coffee/nobody/en", "/reports/tea/aurora/en"])
def test_a_report_that_is_not_there_is_not_found(visitor, path):
    assert visitor.let_in("reports").let_in("reports", "tea").get(path).status_code == 404


def test_findings_of_another_version_make_no_page(app, visitor):
    output = analyses.output(app.extensions[EXTENSION].settings.instance, "coffee", "e" * 64)
    output.keep_findings(b"{}")
    folder = output.new_reports_folder()
    output.keep_reports(folder, [ReportFile("aurora", "en", "aurora_en.pdf")])
    analyses.ask(visitor.console.store, "coffee")
    visitor.end_job("done", output_digest="e" * 64)

    assert visitor.let_in("reports").get(f"{PAGE}/en").status_code == 404


@pytest.mark.parametrize(("document", "beginning"), [("cards", b"%PDF-"), ("workbook", b"PK"), ("json", b"{")])
def test_other_documents_on_a_brand_are_made_when_asked_for(visitor, document, beginning):
    page = visitor.let_in("reports").get("/reports/coffee").text
    made = visitor.get(f"{PAGE}/en/{document}")

    assert f'href="{PAGE}/en/{document}"' in page
    assert made.data.startswith(beginning)
    assert made.headers["Content-Disposition"].startswith("attachment; filename=")


@pytest.mark.parametrize("document", ["study", "category"])
def test_whoever_sees_the_study_gets_the_documents_on_all_of_it(visitor, document):
    path = f"/studies/coffee/documents/en/{document}"

    assert path not in visitor.let_in("reports").get("/reports/coffee").text
    assert path in visitor.let_in("researcher").get("/reports/coffee").text
    assert visitor.get(path).data.startswith(b"%PDF-")


def test_a_document_of_no_known_kind_is_not_found(visitor):
    visitor.let_in("researcher").let_in("reports")
    for path in (f"{PAGE}/en/study", f"{PAGE}/xx/cards", "/studies/coffee/documents/en/cards"):
        assert visitor.get(path).status_code == 404
