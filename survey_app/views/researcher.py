"""What a researcher sees of one study: field, data, analyses and results; nothing here changes an answer."""

from __future__ import annotations

import tempfile
from pathlib import Path

from flask import Blueprint, Response, abort, jsonify, redirect, send_file, url_for
from flask.typing import ResponseReturnValue

from instruments.catalogue import load_catalogue
from instruments.study_file import Study
from reports.wording import Wording
from survey_app import analyses
from survey_app.export import export_study
from survey_app.publishing import UnknownStudyError, published
from survey_app.store.field import FieldFigures, field_figures
from survey_app.store.jobs import Job
from survey_app.views import result_page, result_words
from survey_app.views.brand_manager import read_findings
from survey_app.views.visitors import console, page_interface, show

EXPORTS = {"answers.csv": "text/csv", "answers.study.yaml": "text/yaml", "answers.instrument.yaml": "text/yaml"}

researcher = Blueprint("researcher", __name__, url_prefix="/studies/<study>")


@researcher.get("")
def study_page(study: str) -> ResponseReturnValue:
    """Show how the fieldwork stands and what can be done with it."""
    described, figures = _study(study)
    jobs = analyses.of_study(console().store, study)
    return show(
        "study.html",
        study=study,
        title=described.file.title,
        described=described.file,
        figures=figures,
        jobs=jobs,
        under_way=next((job for job in jobs if job.state in analyses.UNDER_WAY), None),
        latest=_latest_job(study),
        exports=EXPORTS,
    )


@researcher.get("/data/<name>")
def data(study: str, name: str) -> ResponseReturnValue:
    """Send the answers, or a file that reads them, as they stand."""
    if name not in EXPORTS:
        abort(404)
    with tempfile.TemporaryDirectory(prefix="relata-") as folder:
        export_study(console().store, study, Path(folder) / "answers.csv")
        content = (Path(folder) / name).read_bytes()
    response = Response(content, mimetype=EXPORTS[name])
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


@researcher.post("/analyse")
def analyse(study: str) -> ResponseReturnValue:
    """Ask for an analysis; asking while one is under way leads to that one."""
    job = analyses.ask(console().store, study)
    return redirect(url_for(".job_page", study=study, job_id=job.id), 303)


@researcher.get("/jobs/<int:job_id>")
def job_page(study: str, job_id: int) -> ResponseReturnValue:
    """Show how far an analysis is, or how it ended."""
    job = _job(study, job_id)
    described, _ = _study(study)
    return show(
        "job.html",
        study=study,
        title=described.file.title,
        simulated=described.file.simulated,
        job=job,
        **_progress(job),
    )


@researcher.get("/jobs/<int:job_id>.json")
def job_state(study: str, job_id: int) -> ResponseReturnValue:
    """Tell a script how far an analysis is."""
    job = _job(study, job_id)
    return jsonify(state=job.state, fraction=job.fraction, **_progress(job))


@researcher.post("/jobs/<int:job_id>/cancel")
def cancel(study: str, job_id: int) -> ResponseReturnValue:
    """Ask for an analysis to stop."""
    analyses.cancel(console().store, _job(study, job_id))
    return redirect(url_for(".job_page", study=study, job_id=job_id), 303)


@researcher.get("/results")
def results(study: str) -> ResponseReturnValue:
    """Show the findings of the latest analysis."""
    described, figures = _study(study)
    latest = analyses.latest_output(console().store, console().settings.instance, study)
    if latest is None:
        return show("results.html", study=study, title=described.file.title, found=None)
    job, output = latest
    found = read_findings(output.findings)
    if found is None:
        return show("results.html", study=study, title=described.file.title, found=None, unreadable=True)
    return show(
        "results.html",
        study=study,
        title=found.study.title,
        found=found,
        page=result_page,
        words=result_words,
        catalogue=load_catalogue(),
        reports=output.report_files(),
        job=job,
        outdated=figures.last_answer is not None and figures.last_answer > job.queued_at,
    )


@researcher.get("/findings.json")
def findings(study: str) -> ResponseReturnValue:
    """Send the findings of the latest analysis."""
    latest = analyses.latest_output(console().store, console().settings.instance, study)
    if latest is None:
        abort(404)
    return send_file(latest[1].findings, mimetype="application/json", as_attachment=True, download_name="findings.json")


def _study(key: str) -> tuple[Study, FieldFigures]:
    with console().store.reading() as tx:
        try:
            study = published(tx, key).study
        except UnknownStudyError:
            abort(404)
        return study, field_figures(tx, key)


def _progress(job: Job) -> dict[str, str]:
    interface = page_interface()
    percent = interface.say("job.percent", percent=Wording(interface.language).percent(job.fraction))
    return {"percent": percent, "doing": result_words.doing(interface, job.doing)}


def _job(study: str, job_id: int) -> Job:
    return analyses.find(console().store, study, job_id) or abort(404)


def _latest_job(study: str) -> Job | None:
    latest = analyses.latest_output(console().store, console().settings.instance, study)
    return latest[0] if latest else None
