"""What a brand manager sees: the reports of a study by brand and language, as PDF."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from flask import Blueprint, abort, send_file
from flask.typing import ResponseReturnValue

from analysis.errors import AnalysisError
from analysis.findings import StudyFindings
from analysis.saving import load_findings
from survey_app import analyses
from survey_app.views.visitors import console, may, show

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
    latest = analyses.latest_output(console().store, console().settings.instance, study)
    path = latest[1].report(brand, language) if latest else None
    if path is None:
        abort(404)
    return send_file(path, mimetype="application/pdf", download_name=path.name)


@lru_cache(maxsize=8)
def read_findings(path: Path) -> StudyFindings | None:
    """Read findings once: what is stored under a digest never changes; None where another version wrote them."""
    try:
        return load_findings(path.read_bytes())
    except AnalysisError:
        return None
