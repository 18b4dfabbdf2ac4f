"""The typing tool of a study as files for other programs, one for each of them."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from analysis.findings import StudyFindings, TypingModel
from analysis.saving import load_findings
from instruments.model import Language
from reports import languages
from reports.spreadsheet import typing_workbook
from reports.typing_exports import typing_instrument, typing_javascript, typing_json, typing_python, typing_sql
from survey_app.errors import RefusedError

_WRITERS = {
    "model.json": typing_json,
    "function.py": typing_python,
    "function.js": typing_javascript,
    "query.sql": typing_sql,
    "questionnaire.yaml": typing_instrument,
}
_WORKBOOK = "workbook_"


class NoTypingToolError(RefusedError):
    """Findings from which no typing tool was made."""


def write_typing_files(findings: bytes, out: Path) -> list[Path]:
    """Write every export of the typing tool; names carry study, version and, where it is so, SIMULATED."""
    found = load_findings(findings)
    if found.typing_tool is None:
        message = "These findings hold no typing tool: there are no archetypes, or too few ratings to learn questions."
        raise NoTypingToolError(message)
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for kind in typing_kinds(found):
        name, content = typing_file(found.typing_tool.model, kind)
        path = out / name
        path.write_bytes(content)
        written.append(path)
    return written


def typing_kinds(found: StudyFindings) -> tuple[str, ...]:
    """Return which exports there are of a study's typing tool, none without one."""
    if found.typing_tool is None:
        return ()
    spoken = [language for language in languages() if language in found.study.languages] or languages()[:1]
    return (*_WRITERS, *(f"{_WORKBOOK}{language}.xlsx" for language in spoken))


def typing_file(model: TypingModel, kind: str) -> tuple[str, bytes]:
    """Return the name and the content of one export."""
    language = kind.removeprefix(_WORKBOOK).removesuffix(".xlsx")
    content = _WRITERS[kind](model).encode() if kind in _WRITERS else typing_workbook(model, cast("Language", language))
    return f"{_prefix(model)}_{kind}", content


def _prefix(model: TypingModel) -> str:
    """How the name of every file begins."""
    simulated = "SIMULATED_" if model.simulated else ""
    return f"{simulated}relata_{model.study}_typing_{model.version}"
