"""What can be taken along from a study's results: pictures and the exports of the typing tool; computes nothing."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue

from analysis.findings import StudyFindings
from reports.pictures import png, svg
from survey_app.results import analyses
from survey_app.results.figures import figure
from survey_app.results.typing_files import typing_file, typing_kinds
from survey_app.results.web_reports import read_findings
from survey_app.views import result_words
from survey_app.views.visitors import console, note, page_interface

TYPES = {
    "json": "application/json",
    "py": "text/x-python",
    "js": "text/javascript",
    "sql": "application/sql",
    "yaml": "text/yaml",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

results = Blueprint("results", __name__, url_prefix="/studies/<study>/results")


@results.get("/pictures/<name>.<ending>")
def picture(study: str, name: str, ending: str) -> ResponseReturnValue:
    """Send one drawing as a file, SVG or PNG."""
    found, brand = latest_findings(study), request.args.get("brand", "")
    said = result_words.on_figure(page_interface(), found)
    drawn = figure(found, name, said, brand)
    if drawn is None or ending not in {"svg", "png"}:
        abort(404)
    note(brand)
    if ending == "svg":
        response = Response(svg(drawn), mimetype="image/svg+xml")
    else:
        response = Response(png(drawn, said.pen.setter), mimetype="image/png")
    labelled = "_".join(filter(None, (simulated_mark(found), study, name, brand)))
    response.headers.set("Content-Disposition", "attachment", filename=f"{labelled}.{ending}")
    return response


@results.get("/typing/<kind>")
def typing_export(study: str, kind: str) -> ResponseReturnValue:
    """Send the typing tool as a file for another program."""
    found = latest_findings(study)
    if found.typing_tool is None or kind not in typing_kinds(found):
        abort(404)
    name, content = typing_file(found.typing_tool.model, kind)
    response = Response(content, mimetype=TYPES[kind.rpartition(".")[2]])
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def latest_findings(study: str) -> StudyFindings:
    """Return the findings of a study's latest analysis; without any there is no such page."""
    latest = analyses.latest_output(console().store, console().settings.instance, study)
    found = read_findings(latest[1].findings) if latest else None
    return found or abort(404)


def simulated_mark(found: StudyFindings) -> str:
    """Return how the name of a file begins whose figures nobody gave."""
    return "SIMULATED" if found.study.simulated else ""
