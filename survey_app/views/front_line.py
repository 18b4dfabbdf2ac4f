"""What somebody who serves customers sees: one customer at a time, by key, and nothing else."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from instruments.catalogue import load_catalogue
from survey_app.results import analyses, customers
from survey_app.results.web_reports import read_findings
from survey_app.views import result_page, result_words
from survey_app.views.visitors import console, note, show

LONGEST_KEY = 128

front_line = Blueprint("front_line", __name__, url_prefix="/customers/<study>")


@front_line.route("", methods=["GET", "POST"])
def customer(study: str) -> ResponseReturnValue:
    """Look one customer up; the key is sent, never put into an address."""
    key = request.form.get("key", "").strip()[:LONGEST_KEY]
    latest = analyses.latest_output(console().store, console().settings.instance, study)
    found = read_findings(latest[1].findings) if latest else None
    known = None
    if found is not None and key:
        note(key)
        with console().store.reading() as tx:
            known = customers.find(tx, study, key, found)
    return show(
        "customer.html",
        study=study,
        title=found.study.title if found else None,
        found=found,
        key=key,
        known=known,
        words=result_words,
        page=result_page,
        catalogue=load_catalogue(),
    )
