"""The typing tool of a study as files for other programs, one for each of them."""

from __future__ import annotations

from pathlib import Path

from analysis.findings import TypingModel
from analysis.saving import load_findings
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


class NoTypingToolError(RefusedError):
    """Findings from which no typing tool was made."""


def write_typing_files(findings: bytes, out: Path) -> list[Path]:
    """Write every export of the typing tool; names carry study, version and, where it is so, SIMULATED."""
    found = load_findings(findings)
    if found.typing_tool is None:
        message = "These findings hold no typing tool: there are no archetypes, or too few ratings to learn questions."
        raise NoTypingToolError(message)
    model = found.typing_tool.model
    out.mkdir(parents=True, exist_ok=True)
    content = {name: writer(model).encode() for name, writer in _WRITERS.items()}
    spoken = [language for language in languages() if language in found.study.languages] or languages()[:1]
    content |= {f"workbook_{language}.xlsx": typing_workbook(model, language) for language in spoken}
    written = []
    for name, data in content.items():
        path = out / f"{_prefix(model)}_{name}"
        path.write_bytes(data)
        written.append(path)
    return written


def _prefix(model: TypingModel) -> str:
    """How the name of every file begins."""
    simulated = "SIMULATED_" if model.simulated else ""
    return f"{simulated}relata_{model.study}_typing_{model.version}"
