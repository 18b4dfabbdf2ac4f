"""Answers of simulated respondents to a study file, without an instance: a database that is thrown away, an export."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from survey_app.export import ExportedStudy, export_study
from survey_app.publishing import publish_study
from survey_app.simulated_answers import simulate
from survey_app.store import open_store

FIRST_START = datetime(2026, 1, 12, 9, tzinfo=UTC)
"""Always the same, so that the same study gives the same file."""


def simulate_study(file: Path, respondents: int, out: Path) -> ExportedStudy:
    """Let simulated respondents answer a study and export what they answered, each marked as simulated."""
    with tempfile.TemporaryDirectory(prefix="relata-") as folder:
        store = open_store(f"sqlite:///{Path(folder) / 'simulated.sqlite'}")
        try:
            study = publish_study(store, file)
            simulate(store, study.key, respondents, lambda _: None, first_start=FIRST_START)
            return export_study(store, study.key, out)
        finally:
            store.close()
