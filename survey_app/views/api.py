"""The HTTP interface for programs: studies, answers, findings, typing, webhooks; every refusal is JSON and says why."""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NoReturn, TypeVar

from flask import Blueprint, Response, abort, jsonify, make_response, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from werkzeug.exceptions import HTTPException

from analysis.findings import StudyFindings
from instruments.answer_files import AnswerFileError
from instruments.answer_tables.codebook import describe_answers
from instruments.answer_tables.convert import Form
from instruments.study_file import Study
from survey_app.api_description import FILES, MOST_TYPED, describe
from survey_app.design.publishing import UnknownStudyError, published
from survey_app.errors import RefusedError
from survey_app.field import webhooks as hooks
from survey_app.field.outward_calls import address_fault
from survey_app.field.webhooks import Delivery
from survey_app.results import analyses
from survey_app.results.customers import TypedAnswers
from survey_app.results.customers import type_answers as told_by
from survey_app.results.export import export_answers, export_study
from survey_app.results.web_reports import read_findings
from survey_app.store import Transaction
from survey_app.store import studies as study_rows
from survey_app.store.webhooks import Webhook
from survey_app.views.answer_choices import Asked, ChoiceError, read_asked
from survey_app.views.sent_files import send_and_forget
from survey_app.views.visitors import console, may, note, visitor

Sent = TypeVar("Sent", bound=BaseModel)
LARGEST_ANSWER = 1e6
ADDRESS_FAULTS = {
    "https": "address: it has to begin with https://",
    "host": "address: this is no address of a server",
    "private": "address: it lies in a network that is not public",
}

api = Blueprint("api", __name__, url_prefix="/api/v1")


class TypingRequest(BaseModel):
    """What is sent to be typed."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    answers: list[dict[str, float | None]] = Field(min_length=1, max_length=MOST_TYPED)


class WebhookRequest(BaseModel):
    """Where a study's events are to be told, and which."""

    model_config = ConfigDict(extra="forbid", strict=True)

    address: str = Field(min_length=1, max_length=hooks.LONGEST_ADDRESS)
    events: list[hooks.Event] = Field(min_length=1, max_length=len(hooks.EVENTS))


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
    """Send answers as they stand now: a line for each rating, or a file; all of them, or those that are asked for."""
    with console().store.reading() as tx:
        described = _known(tx, study)
    try:
        asked = read_asked(request.args, described, lines=True)
    except ChoiceError as error:
        abort(400, str(error))
    note(asked.words)
    if asked.form is None:
        return _lines(study, asked)
    return _file(study, asked.form, asked)


@api.get("/studies/<study>/codebook")
def codebook(study: str) -> ResponseReturnValue:
    """Send what each column of the answers holds, in every language."""
    with console().store.reading() as tx:
        described = _known(tx, study)
    return Response(describe_answers(described).to_json(), mimetype="application/json")


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
    sent = _sent(TypingRequest)
    if any(value is not None and abs(value) > LARGEST_ANSWER for one in sent.answers for value in one.values()):
        _refuse("Answers lie between -1000000 and 1000000.")
    latest = analyses.latest_output(console().store, console().settings.instance, study)
    found = read_findings(latest[1].findings) if latest else None
    if found is None or found.typing_tool is None:
        abort(404)
    model = found.typing_tool.model
    typed = [_typed(found, one) for one in told_by(model, sent.answers)]
    return jsonify(model=model.version, simulated=model.simulated, typed=typed)


@api.get("/studies/<study>/webhooks")
def webhooks(study: str) -> ResponseReturnValue:
    """List a study's webhooks."""
    with console().store.reading() as tx:
        _known(tx, study)
        return jsonify([_hook(one) for one in hooks.of_study(tx, study)])


@api.post("/studies/<study>/webhooks")
def make_webhook(study: str) -> ResponseReturnValue:
    """Make a webhook; its secret stands in this answer and in no other."""
    with console().store.reading() as tx:
        _known(tx, study)
    sent = _sent(WebhookRequest)
    settings = console().settings
    fault = address_fault(sent.address, private_too=settings.flag("private_callbacks"))
    if fault:
        _refuse(ADDRESS_FAULTS[fault])
    note(f"{sent.address} {' '.join(sent.events)}")
    try:
        made, secret = hooks.make(
            console().store,
            settings.secret_key,
            study,
            address=sent.address,
            events=sent.events,
            by=visitor().name,
            now=datetime.now(UTC),
        )
    except hooks.TooManyError:
        _refuse(f"A study has {hooks.MOST_OF_STUDY} webhooks at most. Remove one first.")
    return {**_hook(made), "secret": secret}, 201


@api.delete("/studies/<study>/webhooks/<int:webhook>")
def remove_webhook(study: str, webhook: int) -> ResponseReturnValue:
    """Remove a webhook and its log."""
    with console().store.transaction() as tx:
        hooks.remove(tx, _found(tx, study, webhook))
    return "", 204


@api.post("/studies/<study>/webhooks/<int:webhook>/trial")
def try_webhook(study: str, webhook: int) -> ResponseReturnValue:
    """Send a trial."""
    with console().store.transaction() as tx:
        hooks.try_out(tx, _found(tx, study, webhook), datetime.now(UTC))
    return "", 202


@api.get("/studies/<study>/webhooks/<int:webhook>/deliveries")
def webhook_deliveries(study: str, webhook: int) -> ResponseReturnValue:
    """Tell what was sent lately, and every try."""
    with console().store.reading() as tx:
        return jsonify([_delivery(one) for one in hooks.log(tx, _found(tx, study, webhook))])


@api.post("/studies/<study>/webhooks/<int:webhook>/deliveries/<int:delivery>/again")
def send_webhook_again(study: str, webhook: int, delivery: int) -> ResponseReturnValue:
    """Send once more what was sent or given up."""
    with console().store.transaction() as tx:
        if not hooks.send_again(tx, _found(tx, study, webhook), delivery, datetime.now(UTC)):
            abort(404)
    return "", 202


@api.errorhandler(HTTPException)
def refused(error: HTTPException) -> ResponseReturnValue:
    """Say in JSON what went wrong."""
    name = (error.name or "error").lower().replace(" ", "_")
    return {"error": name, "detail": error.description or ""}, error.code or 500


def _sent(kind: type[Sent]) -> Sent:
    """Return what was sent, or answer what is wrong with it."""
    if request.mimetype != "application/json":
        abort(415)
    try:
        return kind.model_validate_json(request.get_data())
    except ValidationError as error:
        where = (f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:5])
        _refuse("; ".join(where))


def _refuse(detail: str) -> NoReturn:
    abort(make_response({"error": "unprocessable", "detail": detail}, 422))


def _known(tx: Transaction, study: str) -> Study:
    try:
        return published(tx, study).study
    except UnknownStudyError:
        abort(404)


def _found(tx: Transaction, study: str, webhook: int) -> Webhook:
    return hooks.find(tx, study, webhook) or abort(404)


def _hook(hook: Webhook) -> dict[str, object]:
    return {"id": hook.id, "address": hook.address, "events": hook.events, "made_at": hook.made_at.isoformat()}


def _delivery(one: Delivery) -> dict[str, object]:
    return {
        "id": one.id,
        "event_id": one.event_id,
        "event": one.event,
        "queued_at": one.queued_at.isoformat(),
        "state": one.state,
        "next_at": one.next_at.isoformat() if one.next_at else None,
        "tries": [{"at": try_.tried_at.isoformat(), "outcome": try_.outcome} for try_ in one.tries],
    }


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


def _file(study: str, form: Form, asked: Asked) -> ResponseReturnValue:
    """Send the table alone; what lies on the disk meanwhile goes when all has been sent."""
    folder = tempfile.TemporaryDirectory(prefix="relata-")
    out = Path(folder.name) / f"{study}.{form}"
    try:
        export_answers(
            console().store,
            study,
            out,
            form=form,
            shape=asked.shape,
            language=asked.language,
            scores=asked.scores,
            wanted=asked.wanted,
        )
    except (AnswerFileError, RefusedError) as error:
        folder.cleanup()
        abort(404, str(error))
    return send_and_forget(folder, out, FILES[form])


def _lines(study: str, asked: Asked) -> Response:
    """Send a line for each rating; what lies on the disk meanwhile goes when all has been sent, or nobody listens."""
    folder = tempfile.TemporaryDirectory(prefix="relata-")
    table, store = Path(folder.name) / "answers.csv", console().store
    try:
        rows = export_study(store, study, table, asked.wanted).rows
        if rows and asked.scores:
            export_answers(store, study, table, form="csv", scores=True, wanted=asked.wanted)
    except (AnswerFileError, RefusedError) as error:
        folder.cleanup()
        abort(404, str(error))

    def lines() -> Iterator[bytes]:
        yield from json_lines(table)
        folder.cleanup()

    response = Response(lines(), mimetype="application/x-ndjson")
    response.call_on_close(folder.cleanup)
    return response


def json_lines(table: Path) -> Iterator[bytes]:
    """Give a line of JSON for each row of a CSV file."""
    with table.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield json.dumps(row, ensure_ascii=False).encode() + b"\n"


def _program_version() -> str:
    try:
        return version("relata")
    except PackageNotFoundError:  # the project's folder is used as it is, not installed
        return "0.1.0"
