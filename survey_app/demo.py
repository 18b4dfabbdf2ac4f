"""The demonstration: a study of invented brands, answered by simulated respondents, analysed and reported."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from survey_app import jobs
from survey_app.config import Settings, read_settings
from survey_app.design.publishing import publish_study
from survey_app.design.simulated_answers import simulate
from survey_app.errors import RefusedError, WrongUseError
from survey_app.results import analyses
from survey_app.results.export import ExportedStudy, export_study
from survey_app.store import Store, open_store
from survey_app.store import jobs as rows

STUDY = Path(__file__).resolve().parent.parent / "instruments" / "studies" / "demo.yaml"
FIRST_START = datetime(2026, 1, 12, 9, tzinfo=UTC)
LEASE = timedelta(hours=1)

Progress = Callable[[float, str], None]


class DemoFolderError(WrongUseError):
    """The folder asked for holds something else; the sentence says what to do."""


class DemoFailedError(RefusedError):
    """The demonstration could not be analysed; the sentence says why."""


@dataclass(frozen=True)
class MadeDemo:
    """Where everything of the demonstration is."""

    answers: Path
    findings: Path
    reports: tuple[Path, ...]

    def summary(self) -> str:
        """Say what there is, for a person who runs it for the first time."""
        return "\n".join(
            [
                "Invented brands, answered by SIMULATED respondents:",
                f"  answers    {self.answers}",
                f"  findings   {self.findings}",
                *(f"  report     {path}" for path in self.reports),
            ]
        )


def make_demo(out: Path, respondents: int, language: str, progress: Progress) -> MadeDemo:
    """Make the demonstration in a folder, or what is missing of it; it doubles as the instance that is served.

    Raises DemoFolderError where the folder holds something else.
    """
    if out.exists() and any(out.iterdir()) and not (out / "relata.sqlite").exists():
        raise DemoFolderError(f"{out} holds something else; name an empty folder with --out")
    settings = read_settings(out)
    store = open_store(settings.database_url())
    try:
        study = publish_study(store, STUDY)
        answering = "simulated respondents answer"
        simulate(
            store, study.key, respondents, lambda share: progress(0.25 * share, answering), first_start=FIRST_START
        )
        exported = export_study(store, study.key, out / "answers.csv")
        output = _analyse(store, settings, study.key, lambda share, doing: progress(0.25 + 0.75 * share, doing))
        progress(1.0, "done")
        return _collect(exported, output, out, language)
    finally:
        store.close()


def _analyse(store: Store, settings: Settings, key: str, progress: Progress) -> analyses.Output:
    """Do here what the worker would do, so that progress is seen; the console finds it as any other analysis."""
    asked = analyses.ask(store, key)
    with store.transaction() as tx:
        job = rows.claim(tx, "demonstration", now=datetime.now(UTC), lease=LEASE, tries=settings.number("job_tries"))
    if job is None or job.id != asked.id:
        raise DemoFailedError("another worker is at this demonstration; wait for it to end, or name another --out")
    outcome = jobs.run(job.kind, job.args, store, settings, progress)
    with store.transaction() as tx:
        rows.finish(
            tx,
            job,
            outcome.state,
            now=datetime.now(UTC),
            result=outcome.result,
            error=outcome.error,
            output_digest=outcome.output_digest,
        )
    if outcome.state != "done" or outcome.output_digest is None:
        raise DemoFailedError(f"the analysis ended {outcome.state}: {outcome.error}")
    return analyses.output(settings.instance, key, outcome.output_digest)


def _collect(exported: ExportedStudy, output: analyses.Output, out: Path, language: str) -> MadeDemo:
    """Copy the findings and one language's reports to where a person looks for them."""
    findings = Path(shutil.copyfile(output.findings, out / "findings.json"))
    folder = out / "reports"
    folder.mkdir(exist_ok=True)
    wanted = [file.name for file in output.report_files() if file.language == language]
    reports = [Path(shutil.copyfile(output.reports / name, folder / name)) for name in wanted]
    return MadeDemo(exported.answers, findings, tuple(reports))
