"""The plan of an analysis as a form: every choice with its default and meaning; asked for with other choices or not."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from survey_app.design import plan_choices
from survey_app.design.plan_choices import PlanError
from survey_app.design.plan_meanings import meanings
from survey_app.design.publishing import UnknownStudyError, published
from survey_app.results import analyses
from survey_app.views.visitors import console, note, page_interface, show

REFUSED = 422

plan = Blueprint("plan", __name__, url_prefix="/studies/<study>/plan")


@plan.get("")
def plan_page(study: str) -> ResponseReturnValue:
    """Show every choice, as the study's file states it."""
    return _page(study)


@plan.post("")
def analyse_with(study: str) -> ResponseReturnValue:
    """Ask for an analysis with these choices."""
    try:
        stated = plan_choices.read(request.form)
    except PlanError as error:
        return _page(study, dict(request.form), str(error)), REFUSED
    note(", ".join(f"{name}={value}" for name, value in stated.items())[:500])
    job = analyses.ask(console().store, study, plan=stated)
    return redirect(url_for("researcher.job_page", study=study, job_id=job.id), 303)


def _page(study: str, stated: dict[str, str] | None = None, refused: str = "") -> str:
    with console().store.reading() as tx:
        try:
            described = published(tx, study).study.file
        except UnknownStudyError:
            abort(404)
    return show(
        "plan.html",
        study=study,
        title=described.title,
        choices=plan_choices.choices(described.plan if stated is None else stated),
        meanings=meanings(page_interface().language),
        refused=refused,
        jobs=analyses.of_study(console().store, study),
    )
