"""The kinds of long work there are, what each of them does and how it may end; knows no Flask and no leases."""

from __future__ import annotations

import csv
import hashlib
import json
import logging
import secrets
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from analysis.errors import AnalysisError
from analysis.saving import load_findings
from instruments.answer_files import AnswerFileError
from reports.theme import Theme
from survey_app.config import Settings
from survey_app.design.designs import changed
from survey_app.design.simulated_answers import BETWEEN_STARTS
from survey_app.design.simulated_answers import simulate as answer_as_simulated
from survey_app.field import webhooks
from survey_app.results import action_plans, analyses, chain, verbatims
from survey_app.results.analyses import Output, ReportFile
from survey_app.results.export import export_study
from survey_app.results.themes import own_theme, theme_digest
from survey_app.results.wave_files import compare_wave_files
from survey_app.store import Store, StoreUnavailableError, Transaction, sitting_reviews
from survey_app.store.jobs import FinalState, Job, JobLostError

logger = logging.getLogger(__name__)

Progress = Callable[[float, str], None]


class CancelledError(Exception):
    """Someone has asked for the job to stop; raised by `progress`."""


class StoppedError(Exception):
    """The worker has to go; the job is to be done by another. Raised by `progress`."""


@dataclass(frozen=True)
class Outcome:
    """How a job ended; `error` is for the person who asked for it."""

    state: FinalState
    result: dict[str, Any] = field(default_factory=dict)
    error: str | None = None
    output_digest: str | None = None


def run(kind: str, args: Mapping[str, Any], store: Store, settings: Settings, progress: Progress) -> Outcome:
    """Do a job to its end; only what hands it to another worker is raised."""
    try:
        return KINDS[kind](args, store, settings, progress)
    except CancelledError:
        return Outcome("cancelled")
    except (AnalysisError, AnswerFileError) as error:
        return Outcome("refused", error=str(error))
    except (JobLostError, StoppedError, StoreUnavailableError):
        raise
    except Exception:
        reference = secrets.token_hex(4)
        logger.exception("Job of kind %s broke; reference %s", kind, reference)
        return Outcome("broken", error=reference)


def tell(tx: Transaction, job: Job, outcome: Outcome, settings: Settings) -> None:
    """Tell the study's webhooks how an analysis ended and which reports there are now."""
    if job.kind != analyses.KIND:
        return
    study, now = job.args["study"], datetime.now(UTC)
    if "names" not in job.args:
        webhooks.tell_analysis(tx, study, job.id, outcome.state, now)
    if outcome.output_digest:
        output = analyses.output(settings.instance, study, outcome.output_digest)
        reports = [{"brand": one.brand, "language": one.language} for one in output.report_files()]
        webhooks.tell_reports(tx, study, job.id, reports, now)


def analyse(args: Mapping[str, Any], store: Store, settings: Settings, progress: Progress) -> Outcome:
    """Export a study's answers, analyse them and write the reports, unless all that is there already."""
    if "names" in args:
        return rename(args, store, settings, progress)
    study = args["study"]
    progress(0.0, "exporting answers")
    with tempfile.TemporaryDirectory(prefix="relata-") as folder:
        exported = export_study(store, study, Path(folder) / "answers.csv")
        _leave_out_rejected(store, study, exported.answers)
        if "plan" in args:
            text = exported.study.read_text(encoding="utf-8")
            exported.study.write_text(changed(text, {"plan": args["plan"]}), encoding="utf-8")
        digest = analyses.output_digest(path for path in Path(folder).rglob("*") if path.is_file())
        output = analyses.output(settings.instance, study, digest)
        if not output.findings.exists():
            step = _part(progress, 0.05, 0.8)
            output.keep_findings(chain.analyse_study(exported.answers, exported.study, step))
    theme = own_theme(settings.instance)
    told = (*_since_last_wave(store, settings, study), _quotations(store, study))
    output = output.beside(*told, theme_digest(theme))
    if not output.reports.exists():
        _write_reports(output, theme, _part(progress, 0.8, 1.0))
    return Outcome("done", {"study": study}, output_digest=output.folder.name)


def rename(args: Mapping[str, Any], store: Store, settings: Settings, progress: Progress) -> Outcome:
    """Write the reports of an analysis with other names for its archetypes and rules; every figure stays."""
    study, names = args["study"], args["names"]
    before = analyses.output(settings.instance, study, args["digest"])
    whole = hashlib.sha256(json.dumps([args["digest"], names], sort_keys=True).encode())
    output = analyses.output(settings.instance, study, whole.hexdigest())
    if not output.findings.exists():
        output.keep_findings(chain.with_names(before.findings.read_bytes(), names))
    theme = own_theme(settings.instance)
    told = (*_since_last_wave(store, settings, study), _quotations(store, study))
    output = output.beside(*told, theme_digest(theme))
    if not output.reports.exists():
        _write_reports(output, theme, progress)
    return Outcome("done", {"study": study}, output_digest=output.folder.name)


def _since_last_wave(store: Store, settings: Settings, study: str) -> tuple[bytes, bytes]:
    """Return the actions that reports tell of, and the findings of the earlier wave that the study was held against."""
    earlier = analyses.earlier_wave(store, settings.instance, study)
    if earlier is None:
        return action_plans.dumped(store, study), b""
    plans = action_plans.dumped(store, earlier.folder.parent.name, study)
    before = earlier.findings.read_bytes()
    try:
        load_findings(before)
    except AnalysisError:  # another version of the program wrote them
        before = b""
    return plans, before


def _quotations(store: Store, study: str) -> bytes:
    """Return the open answers that reports may quote."""
    return verbatims.dumped(verbatims.agreed_texts(store, study))


def _leave_out_rejected(store: Store, study: str, answers: Path) -> None:
    """Take the rows of persons out whose sitting was rejected in review."""
    with store.reading() as tx:
        rejected = sitting_reviews.rejected(tx, study)
    if not rejected:
        return
    with answers.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        kept = [row for row in rows if row["_person"] not in rejected]
        columns = rows.fieldnames or ()
    with answers.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, columns, lineterminator="\n")
        table.writeheader()
        table.writerows(kept)


def simulate(args: Mapping[str, Any], store: Store, settings: Settings, progress: Progress) -> Outcome:  # noqa: ARG001 - as every kind
    """Let as many more invented respondents answer as were asked for; begun again, it goes on where it was."""
    study, target = args["study"], int(args["until"])
    began = datetime.now(UTC) - target * BETWEEN_STARTS
    answer_as_simulated(
        store, study, target, lambda share: progress(share, "simulated respondents answer"), first_start=began
    )
    return Outcome("done", {"study": study})


def compare_waves(args: Mapping[str, Any], store: Store, settings: Settings, progress: Progress) -> Outcome:
    """Hold a study's answers against the findings of an earlier wave, unless that is there already."""
    study = args["study"]
    earlier = analyses.output(settings.instance, args["earlier_study"], args["earlier"]).findings.read_bytes()
    progress(0.0, "exporting answers")
    with tempfile.TemporaryDirectory(prefix="relata-") as folder:
        exported = export_study(store, study, Path(folder) / "answers.csv")
        _leave_out_rejected(store, study, exported.answers)
        files = analyses.output_digest(path for path in Path(folder).rglob("*") if path.is_file())
        digest = hashlib.sha256(earlier + files.encode()).hexdigest()
        kept = analyses.waves_file(settings.instance, study, digest)
        if not kept.exists():
            step = _part(progress, 0.05, 1.0)
            _, written = compare_wave_files(earlier, exported.answers, study=exported.study, progress=step)
            kept.parent.mkdir(parents=True, exist_ok=True)
            draft = kept.with_suffix(f".{secrets.token_hex(4)}.part")
            draft.write_bytes(written)
            draft.replace(kept)
    return Outcome("done", {"study": study}, output_digest=digest)


KINDS: dict[str, Callable[[Mapping[str, Any], Store, Settings, Progress], Outcome]] = {
    analyses.KIND: analyse,
    analyses.SIMULATION: simulate,
    analyses.WAVES: compare_waves,
}


def _write_reports(output: Output, theme: Theme | None, progress: Progress) -> None:
    folder = output.new_reports_folder()
    try:
        plans, before = (place.read_bytes() if place.exists() else b"" for place in (output.plans, output.before))
        said = verbatims.read_agreed(output.quotations)
        written = chain.write_reports(
            output.findings.read_bytes(), folder, progress, plans=plans, before=before, agreed=said, theme=theme
        )
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    output.keep_reports(folder, [ReportFile(report.brand, report.language, report.path.name) for report in written])


def _part(progress: Progress, start: float, end: float) -> Progress:
    """Return the progress of a step that is only part of the way."""
    return lambda fraction, doing: progress(start + (end - start) * fraction, doing)
