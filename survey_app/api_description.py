"""The HTTP interface for programs in OpenAPI 3.1: what can be asked, what comes back; a test holds the pages to it."""

from __future__ import annotations

from typing import Any

from survey_app.access.permissions import SCOPES
from survey_app.field.webhooks import EVENT_HEADER, EVENTS, LONGEST_ADDRESS, SIGNATURE_HEADER, TRIAL
from survey_app.results.answer_filters import ANSWERED

MOST_TYPED = 1000
FILES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "sav": "application/x-spss-sav",
    "dta": "application/x-stata",
    "parquet": "application/vnd.apache.parquet",
}
STUDY_KEY = r"^[a-z][a-z0-9_]{0,31}$"

_TEXTS = {"type": "object", "additionalProperties": {"type": "string"}, "description": "By language."}
_STUDY: dict[str, Any] = {
    "type": "object",
    "required": ["key", "version", "status", "title", "languages", "brands", "simulated"],
    "additionalProperties": False,
    "properties": {
        "key": {"type": "string", "pattern": STUDY_KEY},
        "version": {"type": "integer", "minimum": 1},
        "status": {"enum": ["live", "closed"]},
        "title": _TEXTS,
        "languages": {"type": "array", "items": {"type": "string"}},
        "brands": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["key", "name"],
                "properties": {"key": {"type": "string"}, "name": _TEXTS},
            },
        },
        "simulated": {"type": "boolean", "description": "Every respondent of this study is invented."},
    },
}
_ERROR: dict[str, Any] = {
    "type": "object",
    "required": ["error", "detail"],
    "properties": {"error": {"type": "string"}, "detail": {"type": "string"}},
}
_TYPED: dict[str, Any] = {
    "type": "object",
    "required": ["archetype", "label", "probabilities", "unsure", "rules"],
    "properties": {
        "archetype": {"type": ["string", "null"], "description": "null where a question was not answered."},
        "label": {"anyOf": [_TEXTS, {"type": "null"}]},
        "probabilities": {"type": "object", "additionalProperties": {"type": "number", "minimum": 0, "maximum": 1}},
        "unsure": {"type": "boolean"},
        "rules": {
            "type": "array",
            "description": "Rules that matter more in this archetype than elsewhere.",
            "items": {
                "type": "object",
                "required": ["rule", "label"],
                "properties": {"rule": {"type": "string"}, "label": _TEXTS},
            },
        },
    },
}
_TYPING_REQUEST: dict[str, Any] = {
    "type": "object",
    "required": ["answers"],
    "additionalProperties": False,
    "properties": {
        "answers": {
            "type": "array",
            "minItems": 1,
            "maxItems": MOST_TYPED,
            "items": {
                "type": "object",
                "additionalProperties": {"type": ["number", "null"], "minimum": -1e6, "maximum": 1e6},
                "description": "Answers by item of the typing tool; others are not looked at.",
            },
        }
    },
}
_ADDRESS = {"type": "string", "minLength": 1, "maxLength": LONGEST_ADDRESS, "description": "Begins with https://."}
_EVENTS = {
    "type": "array",
    "minItems": 1,
    "maxItems": len(EVENTS),
    "items": {"type": "string", "enum": list(EVENTS)},
}
_MOMENT = {"type": "string", "format": "date-time"}
_WEBHOOK: dict[str, Any] = {
    "type": "object",
    "required": ["id", "address", "events", "made_at"],
    "properties": {
        "id": {"type": "integer"},
        "address": _ADDRESS,
        "events": _EVENTS,
        "made_at": _MOMENT,
        "secret": {"type": "string", "description": "Stands only in the answer to making the webhook."},
    },
}
_DELIVERY: dict[str, Any] = {
    "type": "object",
    "required": ["id", "event_id", "event", "queued_at", "state", "next_at", "tries"],
    "properties": {
        "id": {"type": "integer"},
        "event_id": {"type": "string", "description": "The same however often it is sent."},
        "event": {"enum": [*EVENTS, TRIAL]},
        "queued_at": _MOMENT,
        "state": {"enum": ["sent", "waiting", "given_up"]},
        "next_at": {"anyOf": [_MOMENT, {"type": "null"}]},
        "tries": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["at", "outcome"],
                "properties": {"at": _MOMENT, "outcome": {"type": "string"}},
            },
        },
    },
}
_WEBHOOK_REQUEST: dict[str, Any] = {
    "type": "object",
    "required": ["address", "events"],
    "additionalProperties": False,
    "properties": {"address": _ADDRESS, "events": _EVENTS},
}
_TOLD: dict[str, Any] = {
    "type": "object",
    "required": ["id", "event", "study", "at", "simulated", "data"],
    "properties": {
        "id": {"type": "string", "description": "Of the event; whoever keeps it does nothing twice."},
        "event": {"enum": [*EVENTS, TRIAL]},
        "study": {"type": "string"},
        "at": _MOMENT,
        "simulated": {"type": "boolean", "description": "Whether invented respondents are in it."},
        "data": {
            "type": "object",
            "description": "complete, screened_out, quota_full: person, version, status, language, source, test, "
            "started_at, ended_at; study_closed: version; analysis_finished: run, state; report_ready: run, reports.",
        },
    },
}
_SIGNATURE = (
    "`t=SECONDS,v1=DIGITS`: seconds since 1970 when it was sent, and the hexadecimal HMAC-SHA256, under the webhook's "
    "secret, of these seconds, a full stop and the body byte for byte."
)


def describe(version: str) -> dict[str, Any]:
    """Return the description."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Relata", "version": version, "license": {"name": "MIT", "identifier": "MIT"}},
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}],
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": f"Made on the page “Your account”; scopes: {', '.join(SCOPES)}.",
                }
            },
            "schemas": {
                "Study": _STUDY,
                "Error": _ERROR,
                "Typed": _TYPED,
                "Webhook": _WEBHOOK,
                "Delivery": _DELIVERY,
                "Told": _TOLD,
            },
        },
        "webhooks": {"event": {"post": _told()}},
        "paths": {
            "/openapi.json": {
                "get": _operation("description", "This description", _json({"type": "object"}), security=[]),
            },
            "/studies": {
                "get": _operation(
                    "studies",
                    "The studies that may be asked about",
                    _json({"type": "array", "items": _ref("Study")}),
                    errors=(401, 403),
                ),
            },
            "/studies/{study}/answers": {
                "parameters": [_STUDY_PARAMETER],
                "get": {
                    **_operation(
                        "answers",
                        "Answers, one JSON object a line for each rating, or as a file, with their missing codes",
                        {kind: {"schema": {"type": "string"}} for kind in ("application/x-ndjson", *FILES.values())},
                        errors=(400, 401, 403, 404),
                    ),
                    "parameters": _answer_parameters(),
                },
            },
            "/studies/{study}/codebook": {
                "parameters": [_STUDY_PARAMETER],
                "get": _operation(
                    "codebook",
                    "What each column of the answers holds, in every language",
                    _json({"type": "object", "required": ["study", "columns"]}),
                    errors=(401, 403, 404),
                ),
            },
            "/studies/{study}/findings": {
                "parameters": [_STUDY_PARAMETER],
                "get": _operation(
                    "findings",
                    "The findings of the latest analysis",
                    _json({"type": "object", "required": ["schema_version", "study", "manifest"]}),
                    errors=(401, 403, 404),
                ),
            },
            "/studies/{study}/type": {
                "parameters": [_STUDY_PARAMETER],
                "post": {
                    **_operation(
                        "type_answers",
                        "Archetypes of ratings from answers to the typing tool, in the order they were sent",
                        _json(
                            {
                                "type": "object",
                                "required": ["model", "simulated", "typed"],
                                "properties": {
                                    "model": {"type": "string"},
                                    "simulated": {"type": "boolean"},
                                    "typed": {"type": "array", "items": _ref("Typed")},
                                },
                            }
                        ),
                        errors=(400, 401, 403, 404, 413, 415, 422),
                    ),
                    "requestBody": {"required": True, "content": _json(_TYPING_REQUEST)},
                },
            },
            **_webhook_paths(),
        },
    }


def _webhook_paths() -> dict[str, Any]:
    refused = (401, 403, 404)
    return {
        "/studies/{study}/webhooks": {
            "parameters": [_STUDY_PARAMETER],
            "get": _operation(
                "webhooks", "A study's webhooks", _json({"type": "array", "items": _ref("Webhook")}), errors=refused
            ),
            "post": {
                **_operation(
                    "make_webhook",
                    "Make a webhook; its secret stands in this answer only",
                    _json(_ref("Webhook")),
                    errors=(400, 401, 403, 404, 413, 415, 422),
                    done="201",
                ),
                "requestBody": {"required": True, "content": _json(_WEBHOOK_REQUEST)},
            },
        },
        "/studies/{study}/webhooks/{webhook}": {
            "parameters": [_STUDY_PARAMETER, _number("webhook")],
            "delete": _operation("remove_webhook", "Remove a webhook and its log", errors=refused, done="204"),
        },
        "/studies/{study}/webhooks/{webhook}/trial": {
            "parameters": [_STUDY_PARAMETER, _number("webhook")],
            "post": _operation("try_webhook", "Send a trial", errors=refused, done="202"),
        },
        "/studies/{study}/webhooks/{webhook}/deliveries": {
            "parameters": [_STUDY_PARAMETER, _number("webhook")],
            "get": _operation(
                "webhook_deliveries",
                "What was sent lately or is to be sent, the newest first, with every try",
                _json({"type": "array", "items": _ref("Delivery")}),
                errors=refused,
            ),
        },
        "/studies/{study}/webhooks/{webhook}/deliveries/{delivery}/again": {
            "parameters": [_STUDY_PARAMETER, _number("webhook"), _number("delivery")],
            "post": _operation(
                "send_webhook_again", "Send once more what was sent or given up", errors=refused, done="202"
            ),
        },
    }


def _answer_parameters() -> list[dict[str, Any]]:
    several, day = {"type": "array", "items": {"type": "string"}}, {"type": "string", "format": "date"}
    return [
        _query("form", {"enum": ["ndjson", *FILES]}, "Lines of JSON unless named."),
        _query("shape", {"enum": ["long", "wide"]}, "Of a file: a row for each rating, or for each person."),
        _query("language", {"type": "string"}, "Of the labels in a file; the study's first unless named."),
        _query("scores", {"enum": ["1"]}, "With the scores of scales as last columns, score_KEY: means of answers."),
        _query("status", {"type": "array", "items": {"enum": list(ANSWERED)}}, "Only interviews that ended so."),
        _query("sound", {"enum": ["1"]}, "Without whoever failed the rules of quality or was rejected in review."),
        _query("since", day, "Interviews begun on this day (UTC) or later."),
        _query("until", day, "Interviews begun on this day (UTC) or earlier."),
        _query("brand", several, "Ratings of these brands only."),
        _query("country", several, "Persons of these countries only."),
        _query("answered_in", several, "Answered in these languages only."),
        _query("source", several, "Come from these sources only; `open` is the open link."),
    ]


def _query(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


def _told() -> dict[str, Any]:
    """What a webhook is sent."""
    return {
        "operationId": "event",
        "summary": "An event of a study; any answer from 200 to 299 counts as received, else it is sent again",
        "parameters": [
            {
                "name": SIGNATURE_HEADER,
                "in": "header",
                "required": True,
                "description": _SIGNATURE,
                "schema": {"type": "string"},
            },
            {"name": EVENT_HEADER, "in": "header", "required": True, "schema": {"type": "string"}},
        ],
        "requestBody": {"required": True, "content": _json(_ref("Told"))},
        "responses": {"200": {"description": "Received"}},
    }


def _number(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "integer", "minimum": 0}}


_STUDY_PARAMETER = {
    "name": "study",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": STUDY_KEY},
}


def _operation(
    name: str,
    summary: str,
    content: dict[str, Any] | None = None,
    *,
    errors: tuple[int, ...] = (),
    security: list[Any] | None = None,
    done: str = "200",
) -> dict[str, Any]:
    refused = {str(status): {"description": "Refused", "content": _json(_ref("Error"))} for status in errors}
    answered = {"description": "Done", **({"content": content} if content else {})}
    operation = {"operationId": name, "summary": summary, "responses": {done: answered, **refused}}
    return operation if security is None else {**operation, "security": security}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}
