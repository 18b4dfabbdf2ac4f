"""The HTTP interface for programs: studies, answers, findings, typing; every refusal is JSON and says what to do."""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from flask import Blueprint, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from werkzeug.exceptions import HTTPException

from analysis.findings import StudyFindings
from survey_app import analyses
from survey_app.api_description import MOST_TYPED, describe
from survey_app.customers import TypedAnswers
from survey_app.customers import type_answers as told_by
from survey_app.export import export_study
from survey_app.publishing import UnknownStudyError, published
from survey_app.store import Store
from survey_app.store import studies as study_rows
from survey_app.store.webhooks import Webhook
from survey_app.views.visitors import console, may, note, visitor
from survey_app.web_reports import read_findings
from survey_app.webhooks import Delivery

LARGEST_ANSWER = 1e6

api = Blueprint("api", __name__, url_prefix="/api/v1")


class TypingRequest(BaseModel):
    """What is sent to be typed."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    answers: list[dict[str, float | None]] = Field(min_length=1, max_length=MOST_TYPED)


@api.get("/openapi.json")
def description() -> ResponseReturnValue:
    """Send the description of this interface."""
    return jsonify(describe(_program_version()))


@api.get("/studies")
def studies() -> ResponseReturnValue:
    """List the studies that the token's owner may see."""
    with console().store.reading() as tx:
        found = [published(tx, record.key) for record in study_rows.every(tx) if may("see", record.key)]
    return jsonify(
        [
            {
                "key": one.record.key,
                "version": one.record.version,
                "status": one.record.status,
                "title": dict(one.study.file.title),
                "languages": list(one.study.file.languages),
                "brands": [{"key": brand.key, "name": dict(brand.name)} for brand in one.study.file.brands],
                "simulated": one.study.file.simulated,
            }
            for one in found
        ]
    )


@api.get("/studies/<study>/answers")
def answers(study: str) -> ResponseReturnValue:
    """Send every answer, a line for each rating, as they stand now."""
    with console().store.reading() as tx:
        try:
            published(tx, study)
        except UnknownStudyError:
            abort(404)
    return Response(_lines(console().store, study), mimetype="application/x-ndjson")


@api.get("/studies/<study>/findings")
def findings(study: str) -> ResponseReturnValue:
    """Send the findings of the latest analysis."""
    latest = analyses.latest_output(console().store, console().settings.instance, study)
    if latest is None:
        abort(404)
    return Response(latest[1].findings.read_bytes(), mimetype="application/json")


@api.post("/studies/<study>/type")
def type_answers(study: str) -> ResponseReturnValue:
    """Tell archetypes from answers to the typing tool's questions."""
    if request.mimetype != "application/json":
        abort(415)
    try:
        sent = TypingRequest.model_validate_json(request.get_data())
    except ValidationError as error:
        where = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:5])
        return {"error": "unprocessable", "detail": where}, 422
    if any(value is not None and abs(value) > LARGEST_ANSWER for one in sent.answers for value in one.values()):
        return {"error": "unprocessable", "detail": "Answers lie between -1000000 and 1000000."}, 422
    latest = analyses.latest_output(console().store, console().settings.instance, study)
    found = read_findings(latest[1].findings) if latest else None
    if found is None or found.typing_tool is None:
        abort(404)
    model = found.typing_tool.model
    typed = [_typed(found, one) for one in told_by(model, sent.answers)]
    return jsonify(model=model.version, simulated=model.simulated, typed=typed)


@api.errorhandler(HTTPException)
def refused(error: HTTPException) -> ResponseReturnValue:
    """Say in JSON what went wrong."""
    name = (error.name or "error").lower().replace(" ", "_")
    return {"error": name, "detail": error.description or ""}, error.code or 500


def _typed(found: StudyFindings, told: TypedAnswers) -> dict[str, object]:
    labels = {kind.key: dict(kind.label) for kind in (found.archetypes.archetypes if found.archetypes else ())}
    rules = {rule.rule: dict(rule.short) for rule in (found.rules.rules if found.rules else ())}
    norms = [
        norm
        for norm in (found.rules.norms if found.rules else ())
        if norm.archetype == told.archetype and norm.holds and (norm.difference.value or 0) > 0
    ]
    return {
        "archetype": told.archetype,
        "label": labels.get(told.archetype or ""),
        "probabilities": told.probabilities,
        "unsure": told.unsure,
        "rules": [{"rule": norm.rule, "label": rules.get(norm.rule, {})} for norm in norms],
    }


def _lines(store: Store, study: str) -> Iterator[bytes]:
    """Give a line for each rating; what lies on the disk meanwhile goes with the last line, or with the reader."""
    with tempfile.TemporaryDirectory(prefix="relata-") as folder:
        table = Path(folder) / "answers.csv"
        export_study(store, study, table)
        with table.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                yield json.dumps(row, ensure_ascii=False).encode() + b"\n"


def _program_version() -> str:
    try:
        return version("relata")
    except PackageNotFoundError:  # the project's folder is used as it is, not installed
        return "0.1.0"
