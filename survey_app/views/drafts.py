"""The draft that a page of a study works on; changes none."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

from flask import abort

from survey_app.design import designs
from survey_app.store import designs as rows
from survey_app.store import studies
from survey_app.store.designs import Design, DesignTakenError
from survey_app.views.visitors import console, visitor


def draft_of(study: str) -> Design:
    """Return the draft of a study; that of one that came from a file begins as its latest version."""
    with console().store.reading() as tx:
        found = rows.find(tx, study)
        latest = studies.find(tx, study)
    if found is not None:
        return found
    if latest is None:
        abort(404)
    _, study_text, _ = designs.adopted(study, latest.study_text, latest.instrument_text)
    with console().store.transaction() as tx, suppress(DesignTakenError):
        rows.create(tx, study, study_text, latest.instrument_text, by=visitor().name, now=datetime.now(UTC))
    with console().store.reading() as tx:
        return rows.find(tx, study) or abort(404)
