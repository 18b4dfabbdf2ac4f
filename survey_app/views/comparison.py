"""Two finished analyses side by side, of one study or of two that are waves; an analysis is run elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from analysis.errors import AnalysisError
from analysis.findings import StudyFindings, WaveFindings
from analysis.run_comparison import compare_runs
from analysis.saving import load_waves
from instruments.catalogue import load_catalogue
from instruments.model import Texts
from survey_app.design.publishing import UnknownStudyError, published
from survey_app.results import analyses
from survey_app.results.analyses import Run
from survey_app.results.comparison_tables import comparison_sheets, wave_sheets
from survey_app.results.table_files import workbook_of
from survey_app.results.web_reports import read_findings
from survey_app.store import studies
from survey_app.store.jobs import Job
from survey_app.views import result_page, result_words
from survey_app.views.visitors import console, may, note, page_interface, show

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PAIR = ("first", "second")

comparison = Blueprint("comparison", __name__, url_prefix="/studies/<study>/compare")


@dataclass(frozen=True)
class Chosen:
    """The two analyses that were chosen, with their findings; the first is the earlier one of two waves."""

    first: Run
    second: Run
    before: StudyFindings
    after: StudyFindings


@comparison.get("")
def compare_page(study: str) -> ResponseReturnValue:
    """Show what differs between two analyses."""
    runs = _runs(study)
    found = _chosen(runs)
    if found is None:
        return show("compare.html", study=study, title=_title(study), runs=runs, chosen=None)
    job, waves = _waves(found)
    interface = page_interface()
    return show(
        "compare.html",
        study=study,
        title=found.after.study.title,
        runs=runs,
        chosen=found,
        compared=compare_runs(found.before, found.after),
        said=(result_words.on_figure(interface, found.before), result_words.on_figure(interface, found.after)),
        words=result_words,
        page=result_page,
        catalogue=load_catalogue(),
        wave_job=job,
        waves=waves,
    )


@comparison.get("/workbook.xlsx")
def compare_workbook(study: str) -> ResponseReturnValue:
    """Send what differs as a workbook."""
    found = _chosen(_runs(study)) or abort(404)
    note(f"{found.first.job.id} {found.second.job.id}")
    sheets = comparison_sheets(compare_runs(found.before, found.after), found.before, found.after)
    _, waves = _waves(found)
    sheets |= wave_sheets(waves) if waves else {}
    response = Response(workbook_of(sheets), mimetype=WORKBOOK)
    simulated = "SIMULATED_" if found.before.study.simulated or found.after.study.simulated else ""
    name = f"{simulated}{study}_{found.first.job.id}_{found.second.job.id}.xlsx"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


@comparison.post("/waves")
def ask_waves(study: str) -> ResponseReturnValue:
    """Ask for the answers of the second study to be held against the findings of the first."""
    found = _chosen(_runs(study)) or abort(404)
    if found.first.study == found.second.study or not may("analyse", found.second.study):
        abort(400)
    note(f"{found.first.study} {found.first.job.id}")
    job = analyses.ask_waves(console().store, found.second.study, found.first)
    return redirect(url_for("researcher.job_page", study=found.second.study, job_id=job.id), 303)


def _title(study: str) -> Texts | None:
    """Return the name of the study on whose page this is, so that it is not lost where nothing can be compared."""
    with console().store.reading() as tx:
        try:
            return published(tx, study).study.file.title
        except UnknownStudyError:
            return None


def _runs(study: str) -> tuple[Run, ...]:
    """Return the finished analyses of this study, then those of others that this visitor may see."""
    here = console()
    with here.store.reading() as tx:
        others = [record.key for record in studies.every(tx) if record.key != study and may("see", record.key)]
    return tuple(
        run for key in (study, *others) for run in analyses.finished_runs(here.store, here.settings.instance, key)
    )


def _chosen(runs: tuple[Run, ...]) -> Chosen | None:
    """Return the analyses asked for; where none is, the newest and the one before it."""
    by_id = {run.job.id: run for run in runs}
    newest = [*by_id][: len(PAIR)]
    asked = [request.values.get(name, place, int) for name, place in zip(PAIR, newest[::-1], strict=False)]
    if len(newest) < len(PAIR) or any(one not in by_id for one in asked):
        return None
    first, second = (by_id[one] for one in asked)
    before, after = read_findings(first.output.findings), read_findings(second.output.findings)
    return Chosen(first, second, before, after) if before and after else None


def _waves(found: Chosen) -> tuple[Job | None, WaveFindings | None]:
    """Return the newest comparison of these two as waves, and what it found."""
    if found.first.study == found.second.study:
        return None, None
    job = analyses.latest_waves(console().store, found.second.study, found.first)
    if job is None or not job.output_digest:
        return job, None
    place = analyses.waves_file(console().settings.instance, found.second.study, job.output_digest)
    try:
        return job, load_waves(place.read_bytes()) if place.exists() else None
    except AnalysisError:
        return job, None
