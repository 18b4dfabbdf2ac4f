"""Findings to bytes and back, canonical and versioned; where the bytes are kept is the caller's business."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from analysis.errors import AnalysisError
from analysis.findings import StudyFindings, WaveFindings

SCHEMA_VERSION = 1

_ADAPTER, _WAVES = TypeAdapter(StudyFindings), TypeAdapter(WaveFindings)
Findings = TypeVar("Findings", StudyFindings, WaveFindings)


def dump_findings(findings: StudyFindings) -> bytes:
    """Write findings as canonical JSON.

    Parameters
    ----------
    findings : StudyFindings

    Returns
    -------
    bytes
        UTF-8, keys sorted, numbers in the shortest form that reads back as the same number, one newline at
        the end. Equal findings give equal bytes.
    """
    return _canonical(dataclasses.asdict(findings), "findings")


def dump_waves(findings: WaveFindings) -> bytes:
    """Write what a later wave says as canonical JSON.

    Parameters
    ----------
    findings : WaveFindings

    Returns
    -------
    bytes
        As ``dump_findings``.
    """
    return _canonical(dataclasses.asdict(findings), "waves")


def load_findings(data: bytes) -> StudyFindings:
    """Read findings.

    Parameters
    ----------
    data : bytes
        As ``dump_findings`` wrote them.

    Returns
    -------
    StudyFindings

    Raises
    ------
    AnalysisError
        ``not_findings`` when the bytes are something else, ``other_version`` when another version of the
        program wrote them.
    """
    return _read(data, _ADAPTER)


def load_waves(data: bytes) -> WaveFindings:
    """Read what a later wave says.

    Parameters
    ----------
    data : bytes
        As ``dump_waves`` wrote them.

    Returns
    -------
    WaveFindings

    Raises
    ------
    AnalysisError
        As ``load_findings``.
    """
    return _read(data, _WAVES)


def _read(data: bytes, adapter: TypeAdapter[Findings]) -> Findings:
    """The one way to read what was written."""
    try:
        content = json.loads(data)
    except ValueError:
        message = "This is not a findings file: it is not JSON. Give the file that the analysis wrote."
        raise AnalysisError("not_findings", message) from None
    found = content.get("schema_version") if isinstance(content, dict) else None
    if found is None:
        message = "This is not a findings file: it has no schema_version. Give the file that the analysis wrote."
        raise AnalysisError("not_findings", message)
    if found != SCHEMA_VERSION:
        message = f"These findings have version {found}, this program reads version {SCHEMA_VERSION}. Analyse again."
        raise AnalysisError("other_version", message, needed=SCHEMA_VERSION)
    try:
        return adapter.validate_python(content)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        message = f"This findings file is damaged, or of another version of this program, at {where}. Analyse again."
        raise AnalysisError("not_findings", message) from None


def _canonical(content: dict[str, object], name: str) -> bytes:
    """The one way to write some content as JSON."""
    checked = _checked(content, name)
    text = json.dumps(checked, ensure_ascii=False, sort_keys=True, allow_nan=False, separators=(",", ":"))
    return text.encode() + b"\n"


def _checked(value: object, place: str) -> object:
    """The value itself; a number that JSON cannot hold is a mistake of ours and named by its place."""
    if isinstance(value, float) and not math.isfinite(value):
        message = f"{place} is {value}"
        raise ValueError(message)
    if isinstance(value, dict):
        return {key: _checked(item, f"{place}.{key}") for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_checked(item, f"{place}[{i}]") for i, item in enumerate(value)]
    return value
