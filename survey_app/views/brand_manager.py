"""What a brand manager sees: the reports of a study by brand and language, as web page and as PDF."""

from __future__ import annotations

from flask import Blueprint, abort, send_file
from flask.typing import ResponseReturnValue

from survey_app import analyses
from survey_app.analyses import Output
from survey_app.views.visitors import console, may, show, show_in
from survey_app.web_reports import brand_article, read_findings

brand_manager = Blueprint("brand_manager", __name__, url_prefix="/reports/<study>")


@brand_manager.get("")
def reports_page(study: str) -> ResponseReturnValue:
    """List the brands and the languages of their reports."""
    latest = analyses.latest_output(console().store, console().settings.instance, study)
    if latest is None:
        return show("reports.html", study=study, title=None, found=None)
    job, output = latest
    found = read_findings(output.findings)
    if found is None:
        return show("reports.html", study=study, title=None, found=None, unreadable=True)
    brands = [brand for brand in found.brands if may("read_report", study, brand.key)]
    files = {brand.key: [file for file in output.report_files() if file.brand == brand.key] for brand in brands}
    return show("reports.html", study=study, title=found.study.title, found=found, brands=brands, files=files, job=job)


@brand_manager.get("/<brand>/<language>.pdf")
def report(study: str, brand: str, language: str) -> ResponseReturnValue:
    """Send one report, to be read in the browser."""
    path = _latest(study).report(brand, language)
    if path is None:
        abort(404)
    return send_file(path, mimetype="application/pdf", download_name=path.name)


@brand_manager.get("/<brand>/<language>")
def web_report(study: str, brand: str, language: str) -> ResponseReturnValue:
    """Show one report as a page, in its own language."""
    output = _latest(study)
    article = brand_article(output, brand, language)
    found = read_findings(output.findings)
    if article is None or found is None:
        abort(404)
    return show_in(
        console().interfaces[language],
        "report.html",
        "brand",
        study=study,
        found=found,
        article=article,
        brand=next(each for each in found.brands if each.key == brand),
        languages=[file.language for file in output.report_files() if file.brand == brand],
    )


def _latest(study: str) -> Output:
    """Return what the newest analysis left behind."""
    latest = analyses.latest_output(console().store, console().settings.instance, study)
    return latest[1] if latest else abort(404)
