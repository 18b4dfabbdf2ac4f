"""Documents beside the reports, made when they are asked for: cards, workbooks, JSON, and those on the whole study."""

from __future__ import annotations

from io import BytesIO
from typing import cast

from flask import Blueprint, abort, send_file
from flask.typing import ResponseReturnValue

from instruments.model import Language
from survey_app.results import analyses
from survey_app.results.report_files import OF_BRANDS, OF_STUDY, Kind, Source, Wanted, made_document
from survey_app.results.themes import own_theme
from survey_app.results.verbatims import read_agreed
from survey_app.results.web_reports import read_findings
from survey_app.views.visitors import console

report_documents = Blueprint("report_documents", __name__)


@report_documents.get("/reports/<study>/<brand>/<language>/<document>")
def of_brand(study: str, brand: str, language: str, document: str) -> ResponseReturnValue:
    """Send a document on one brand."""
    return _sent(study, brand, language, document) if document in OF_BRANDS else abort(404)


@report_documents.get("/studies/<study>/documents/<language>/<document>")
def of_study(study: str, language: str, document: str) -> ResponseReturnValue:
    """Send a document on all brands of a study."""
    return _sent(study, "", language, document) if document in OF_STUDY else abort(404)


def _sent(study: str, brand: str, language: str, document: str) -> ResponseReturnValue:
    """Make a document from what the newest analysis left behind, in a language that it has reports in."""
    latest = analyses.latest_output(console().store, console().settings.instance, study)
    output = latest[1] if latest else abort(404)
    known = any(file.language == language and brand in {"", file.brand} for file in output.report_files())
    if not known or read_findings(output.findings) is None:
        abort(404)
    before, plans = (place.read_bytes() if place.exists() else b"" for place in (output.before, output.plans))
    said = read_agreed(output.quotations)
    source = Source(
        output.findings.read_bytes(),
        before or None,
        own_theme(console().settings.instance),
        plans=plans,
        agreed=said,
    )
    name, content = made_document(source, Wanted(cast("Kind", document), brand, cast("Language", language)))
    return send_file(BytesIO(content), as_attachment=True, download_name=name)
