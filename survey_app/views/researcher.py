"""What a researcher sees of one study: field, data, analyses and results; nothing here changes an answer."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import cast, get_args
from zipfile import ZIP_DEFLATED, ZipFile

from flask import Blueprint, Response, abort, jsonify, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue

from analysis.findings import StudyFindings
from instruments.answer_files import AnswerFileError
from instruments.catalogue import load_catalogue
from instruments.study_file import Study
from reports.pictures import screen_size, svg
from reports.wording import Wording
from survey_app.design.publishing import UnknownStudyError, published
from survey_app.errors import RefusedError
from survey_app.field import webhooks
from survey_app.field.forecast import cell_rows, forecast
from survey_app.results import analyses
from survey_app.results.answer_filters import ANSWERED
from survey_app.results.export import export_answers, export_study
from survey_app.results.figures import FIGURES, figure
from survey_app.results.map import listed_points, spots
from survey_app.results.table_files import csv_lines, workbook
from survey_app.results.tables import TABLES, result_table
from survey_app.results.typing_files import typing_kinds
from survey_app.results.web_reports import read_findings
from survey_app.store import sitting_reviews, studies
from survey_app.store.field import FieldFigures, field_figures
from survey_app.store.jobs import Job
from survey_app.store.studies import Status
from survey_app.views import result_page, result_words
from survey_app.views.answer_choices import ChoiceError, read_asked
from survey_app.views.sent_files import send_and_forget
from survey_app.views.visitors import closed, console, note, page_interface, show, visitor

REVIEWED_AT_ONCE, LONGEST_NAME = 50, 80
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EXPORTS = {"answers.csv": "text/csv", "answers.study.yaml": "text/yaml", "answers.instrument.yaml": "text/yaml"}

researcher = Blueprint("researcher", __name__, url_prefix="/studies/<study>")


@researcher.get("")
def study_page(study: str) -> ResponseReturnValue:
    """Show how the fieldwork stands and what can be done with it."""
    jobs = analyses.of_study(console().store, study)
    return show(
        "study.html",
        **_field(study),
        jobs=jobs,
        under_way=next((job for job in jobs if job.state in analyses.UNDER_WAY), None),
        latest=_latest_job(study),
        exports=EXPORTS,
        answered=ANSWERED,
    )


@researcher.get("/figures")
def figures_now(study: str) -> ResponseReturnValue:
    """Send the figures alone, for the page to put in place of those it shows."""
    return show("figures.html", **_field(study))


@researcher.post("/status")
def set_status(study: str) -> ResponseReturnValue:
    """Pause a study, so that nobody new begins, or open it again; whoever is under way may finish."""
    wanted = request.form.get("status", "")
    if wanted not in get_args(Status):
        abort(400)
    note(wanted)
    with console().store.transaction() as tx:
        webhooks.open_or_close(tx, study, cast("Status", wanted), datetime.now(UTC))
    return redirect(url_for(".study_page", study=study), 303)


@researcher.get("/sittings")
def sittings_page(study: str) -> ResponseReturnValue:
    """List sittings for review: how long they took, what was flagged, what somebody has decided about them."""
    described, figures = _study(study)
    flagged = "all" not in request.args
    at = max(request.args.get("from", 0, int), 0)
    with console().store.reading() as tx:
        rows = sitting_reviews.of_study(tx, study, flagged=flagged, skip=at, limit=REVIEWED_AT_ONCE)
    return show(
        "sittings.html",
        study=study,
        title=described.file.title,
        rows=rows,
        flagged=flagged,
        at=at,
        step=REVIEWED_AT_ONCE,
        median=figures.median_minutes,
    )


@researcher.post("/sittings/<pseudonym>")
def review(study: str, pseudonym: str) -> ResponseReturnValue:
    """Accept or reject a sitting, with the reason; its answers stay as they are."""
    verdict, reason = request.form.get("verdict", ""), " ".join(request.form.get("reason", "").split())[:500]
    note(f"{verdict}: {reason}")
    if verdict not in sitting_reviews.VERDICTS or (verdict == "rejected" and not reason):
        abort(400)
    given = sitting_reviews.Review(verdict, reason, visitor().name, datetime.now(UTC))
    with console().store.transaction() as tx:
        if not sitting_reviews.review(tx, study, pseudonym, given):
            abort(404)
    everybody = request.form.get("all") or None
    return redirect(url_for(".sittings_page", study=study, all=everybody, _anchor=pseudonym), 303)


@researcher.get("/data/<name>")
def data(study: str, name: str) -> ResponseReturnValue:
    """Send the answers, or a file that reads them, as they stand."""
    if name not in EXPORTS:
        abort(404)
    folder = tempfile.TemporaryDirectory(prefix="relata-")
    export_study(console().store, study, Path(folder.name) / "answers.csv")
    return send_and_forget(folder, Path(folder.name) / name, EXPORTS[name])


@researcher.get("/answers.zip")
def archive(study: str) -> ResponseReturnValue:
    """Send the answers in a format of one's own choice, with study files, codebook and reading scripts beside them."""
    described, _ = _study(study)
    try:
        asked = read_asked(request.args, described)
    except ChoiceError:
        abort(400)
    note(asked.words)
    with tempfile.TemporaryDirectory(prefix="relata-") as folder:
        out = Path(folder) / f"{study}.{asked.form}"
        try:
            export_answers(
                console().store,
                study,
                out,
                form=asked.form,
                shape=asked.shape,
                language=asked.language,
                scores=asked.scores,
                wanted=asked.wanted,
            )
        except (AnswerFileError, RefusedError):
            return closed("no_answers", 404)
        packed = tempfile.TemporaryFile(prefix="relata-")  # noqa: SIM115 - closed when it has been sent
        with ZipFile(packed, "w", ZIP_DEFLATED) as whole:
            for path in sorted(Path(folder).iterdir()):
                whole.write(path, path.name)
    packed.seek(0)
    return send_file(
        packed, mimetype="application/zip", as_attachment=True, download_name=f"{study}_{asked.form}_{asked.shape}.zip"
    )


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
    said = result_words.on_figure(page_interface(), found)
    held = found.typology.map if found.typology else None
    return show(
        "results.html",
        study=study,
        title=found.study.title,
        found=found,
        page=result_page,
        words=result_words,
        catalogue=load_catalogue(),
        tables={name for name in TABLES if result_table(found, name)},
        said=said,
        spots=spots(held, said.names, said.pen) if held and held.points else (),
        listed=listed_points(held) if held else (),
        drawings={name: screen_size(drawn) for name in FIGURES if (drawn := figure(found, name, said))},
        flowing={
            brand.key: screen_size(drawn)
            for brand in found.brands
            if (drawn := figure(found, "flows", said, brand.key))
        },
        exports=typing_kinds(found),
        reports=output.report_files(),
        job=job,
        outdated=figures.last_answer is not None and figures.last_answer > job.queued_at,
    )


@researcher.get("/results/<name>.<ending>")
def table(study: str, name: str, ending: str) -> ResponseReturnValue:
    """Send one table of the results with all its figures."""
    _, found = _latest(study)
    shown = result_table(found, name)
    if shown is None or ending not in {"csv", "xlsx"}:
        abort(404)
    if ending == "csv":
        response = Response(csv_lines(shown.columns, shown.rows), mimetype="text/csv")
    else:
        response = Response(workbook(name, shown.columns, shown.rows), mimetype=WORKBOOK)
    response.headers.set("Content-Disposition", "attachment", filename=f"{study}_{name}.{ending}")
    return response


@researcher.get("/results/<name>.svg")
def drawing(study: str, name: str) -> ResponseReturnValue:
    """Send one drawing of the results."""
    _, found = _latest(study)
    drawn = figure(found, name, result_words.on_figure(page_interface(), found), request.args.get("brand", ""))
    if drawn is None:
        abort(404)
    return Response(svg(drawn), mimetype="image/svg+xml")


@researcher.post("/names")
def rename(study: str) -> ResponseReturnValue:
    """Ask for the reports with other names for archetypes and rules; what is not named keeps its name."""
    digest, found = _latest(study)
    keys = {
        "archetypes": [kind.key for kind in (found.archetypes.archetypes if found.archetypes else ())],
        "rules": [rule.rule for rule in (found.rules.rules if found.rules else ())],
    }
    names = {
        sort: {key: texts for key in held if (texts := _names(f"{sort}.{key}", found.study.languages))}
        for sort, held in keys.items()
    }
    note(str(names)[:500])
    job = analyses.ask_renamed(console().store, study, digest, names)
    return redirect(url_for(".job_page", study=study, job_id=job.id), 303)


@researcher.get("/findings.json")
def findings(study: str) -> ResponseReturnValue:
    """Send the findings of the latest analysis."""
    latest = analyses.latest_output(console().store, console().settings.instance, study)
    if latest is None:
        abort(404)
    return send_file(latest[1].findings, mimetype="application/json", as_attachment=True, download_name="findings.json")


def _names(field: str, languages: Sequence[str]) -> dict[str, str]:
    """Return what somebody has written into the fields for a name, by language."""
    said = {one: " ".join(request.form.get(f"{field}.{one}", "").split())[:LONGEST_NAME] for one in languages}
    return {language: name for language, name in said.items() if name}


def _latest(study: str) -> tuple[str, StudyFindings]:
    """Return the latest findings and the name of their analysis."""
    latest = analyses.latest_output(console().store, console().settings.instance, study)
    found = read_findings(latest[1].findings) if latest else None
    if latest is None or found is None:
        abort(404)
    return latest[1].folder.name, found


def _study(key: str) -> tuple[Study, FieldFigures]:
    with console().store.reading() as tx:
        try:
            study = published(tx, key).study
        except UnknownStudyError:
            abort(404)
        return study, field_figures(tx, key, datetime.now(UTC))


def _field(key: str) -> dict[str, object]:
    """Return what the field's figures are drawn from."""
    study, figures = _study(key)
    with console().store.reading() as tx:
        now = studies.current(tx, key)
    pages = {page.page: page.title for page in study.require_instrument().all_pages()}
    left: Counter[str] = Counter()
    for screen, n in figures.drop_off.items():
        left[screen.partition("@")[0]] += n
    return {
        "study": key,
        "words": result_words,
        "title": study.file.title,
        "described": study.file,
        "figures": figures,
        "status": now[1] if now else "closed",
        "drop_off": [(title, left[page]) for page, title in pages.items() if left[page]],
        "cells": cell_rows(study.file, figures.cells),
        "forecast": forecast(study.file, figures.by_status["complete"], figures.recent),
    }


def _progress(job: Job) -> dict[str, str]:
    interface = page_interface()
    percent = interface.say("job.percent", percent=Wording(interface.language).percent(job.fraction))
    return {"percent": percent, "doing": result_words.doing(interface, job.doing)}


def _job(study: str, job_id: int) -> Job:
    return analyses.find(console().store, study, job_id) or abort(404)


def _latest_job(study: str) -> Job | None:
    latest = analyses.latest_output(console().store, console().settings.instance, study)
    return latest[0] if latest else None
