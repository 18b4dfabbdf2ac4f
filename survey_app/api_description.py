"""The HTTP interface for programs in OpenAPI 3.1: what can be asked, what comes back; a test holds the pages to it."""

from __future__ import annotations

from typing import Any

from survey_app.permissions import SCOPES

MOST_TYPED = 1000
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
            "schemas": {"Study": _STUDY, "Error": _ERROR, "Typed": _TYPED},
        },
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
                "get": _operation(
                    "answers",
                    "Every answer, one JSON object a line for each rating, missing codes as in the exports",
                    {"application/x-ndjson": {"schema": {"type": "string"}}},
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
        },
    }


_STUDY_PARAMETER = {
    "name": "study",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": STUDY_KEY},
}


def _operation(
    name: str, summary: str, content: dict[str, Any], *, errors: tuple[int, ...] = (), security: list[Any] | None = None
) -> dict[str, Any]:
    refused = {str(status): {"description": "Refused", "content": _json(_ref("Error"))} for status in errors}
    operation = {
        "operationId": name,
        "summary": summary,
        "responses": {"200": {"description": "Done", "content": content}, **refused},
    }
    return operation if security is None else {**operation, "security": security}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}
