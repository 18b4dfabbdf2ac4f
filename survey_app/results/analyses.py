"""Analyses as the console sees them: asked for, followed, and what they leave in the instance folder; computes none."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import ModuleType

import analysis
import instruments
import reports
from survey_app.store import Store, jobs, sittings
from survey_app.store.jobs import Job

KIND, SIMULATION, WAVES = "analyse", "simulate", "waves"
PACKAGES = (instruments, analysis, reports)
UNDER_WAY = ("queued", "running")
# Nobody looks further back than this.
LOOK_BACK = 200


@dataclass(frozen=True)
class ReportFile:
    """One brand's report in one language and the name of its PDF."""

    brand: str
    language: str
    name: str


@dataclass(frozen=True)
class Output:
    """The folder of one analysis; its name is the digest of everything the analysis depends on."""

    folder: Path

    @property
    def findings(self) -> Path:
        """Where the findings are."""
        return self.folder / "findings.json"

    @property
    def reports(self) -> Path:
        """Where the PDFs are; the folder appears when all of them are written."""
        return self.folder / "reports"

    @property
    def plans(self) -> Path:
        """Where the actions are that its reports tell of, if there are any."""
        return self.folder / "actions.json"

    @property
    def before(self) -> Path:
        """Where the findings of the wave before are that its reports tell of, if there are any."""
        return self.folder / "before.json"

    @property
    def quotations(self) -> Path:
        """Where the open answers are that its reports may quote, if there are any."""
        return self.folder / "quotations.json"

    @property
    def is_complete(self) -> bool:
        """Say whether the analysis and its reports are there."""
        return self.findings.exists() and self.reports.exists()

    def keep_findings(self, content: bytes) -> None:
        """Write the findings whole or not at all: another worker may be at the same work."""
        self._keep(self.findings, content)

    def beside(self, plans: bytes, before: bytes, quotations: bytes = b"", look: bytes = b"") -> Output:
        """Return the same analysis beside agreed actions, an earlier wave and quotations, of which its reports tell.

        `look` is the digest of the theme they are made in. Where there is none of all this, it is this one.
        """
        if not plans and not before and not quotations and not look:
            return self
        told = (
            self.folder.name.encode(),
            plans,
            hashlib.sha256(before).digest(),
            quotations,
            *([look] if look else []),
        )
        other = Output(self.folder.parent / hashlib.sha256(b"\n".join(told)).hexdigest())
        if not other.findings.exists():
            for place, content in (
                (other.plans, plans),
                (other.before, before),
                (other.quotations, quotations),
            ):
                if content:
                    other._keep(place, content)
            other.keep_findings(self.findings.read_bytes())
        return other

    def _keep(self, place: Path, content: bytes) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        draft = self.folder / f"{place.stem}.{secrets.token_hex(4)}.part"
        draft.write_bytes(content)
        draft.replace(place)

    def forget_reports(self) -> None:
        """Remove the reports and what they quote; the findings stay."""
        shutil.rmtree(self.reports, ignore_errors=True)
        self.quotations.unlink(missing_ok=True)

    def new_reports_folder(self) -> Path:
        """Make a folder in which reports can be written one by one."""
        folder = self.folder / f"reports.{secrets.token_hex(4)}.part"
        folder.mkdir(parents=True)
        return folder

    def keep_reports(self, folder: Path, files: Sequence[ReportFile]) -> None:
        """Put a folder of reports in its place; if another worker was first, its equal reports stay."""
        (folder / "index.json").write_text(json.dumps([asdict(file) for file in files]), encoding="utf-8")
        try:
            folder.rename(self.reports)
        except OSError:
            if not self.reports.exists():
                raise
            shutil.rmtree(folder)

    def report_files(self) -> tuple[ReportFile, ...]:
        """Return what reports there are, in the order of the study's brands."""
        rows = json.loads((self.reports / "index.json").read_text(encoding="utf-8"))
        return tuple(ReportFile(**row) for row in rows)

    def report(self, brand: str, language: str) -> Path | None:
        """Return the PDF of a brand in a language; None where there is none."""
        names = {(file.brand, file.language): file.name for file in self.report_files()}
        name = names.get((brand, language))
        return None if name is None else self.reports / name


def output(instance: Path, study: str, digest: str) -> Output:
    """Return the place of an analysis."""
    return Output(instance / "outputs" / study / digest)


def output_digest(files: Iterable[Path]) -> str:
    """Return the name of an analysis: the digest of its data, its plan and this version of the program."""
    whole = hashlib.sha256(_program_digest(PACKAGES).encode())
    for path in sorted(files):
        whole.update(f"\n{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}".encode())
    return whole.hexdigest()


def ask(store: Store, study: str, *, plan: Mapping[str, object] | None = None) -> Job:
    """Return the study's analysis that waits or runs; where there is none, queue one, with other choices if any."""
    with store.transaction() as tx:
        latest = jobs.latest(tx, kind=KIND, study=study, limit=LOOK_BACK)
        asked = next((job for job in latest if job.state in UNDER_WAY), None)
        args = {"study": study} if plan is None else {"study": study, "plan": dict(plan)}
        return asked or jobs.enqueue(tx, KIND, args, datetime.now(UTC))


def ask_renamed(store: Store, study: str, digest: str, names: Mapping[str, Mapping[str, Mapping[str, str]]]) -> Job:
    """Queue the reports of an analysis anew, its archetypes and rules called otherwise: by kind, key and language."""
    with store.transaction() as tx:
        args = {"study": study, "digest": digest, "names": names}
        return jobs.enqueue(tx, KIND, args, datetime.now(UTC))


def ask_simulated(store: Store, study: str, respondents: int) -> Job:
    """Queue answers of so many more invented respondents."""
    with store.transaction() as tx:
        until = sittings.count_simulated(tx, study) + respondents
        return jobs.enqueue(tx, SIMULATION, {"study": study, "until": until}, datetime.now(UTC))


def find(store: Store, study: str, job_id: int) -> Job | None:
    """Return a job of this study; those of others are not found."""
    with store.reading() as tx:
        job = jobs.find(tx, job_id)
    return job if job and job.args.get("study") == study else None


@dataclass(frozen=True)
class Run:
    """An analysis that is done and what it left."""

    study: str
    job: Job
    output: Output


def finished_runs(store: Store, instance: Path, study: str) -> tuple[Run, ...]:
    """Return the analyses of a study whose findings are still there, newest first, equal ones once."""
    found: dict[str, Run] = {}
    for job in of_study(store, study):
        if job.state == "done" and job.output_digest and job.output_digest not in found:
            left = output(instance, study, job.output_digest)
            if left.is_complete:
                found[job.output_digest] = Run(study, job, left)
    return tuple(found.values())


def ask_waves(store: Store, study: str, earlier: Run) -> Job:
    """Return the comparison of a study's answers with an earlier wave that waits or runs; else queue one."""
    with store.transaction() as tx:
        wanted = {"study": study, "earlier_study": earlier.study, "earlier": earlier.output.folder.name}
        latest = jobs.latest(tx, kind=WAVES, study=study, limit=LOOK_BACK)
        asked = next((job for job in latest if job.state in UNDER_WAY and job.args == wanted), None)
        return asked or jobs.enqueue(tx, WAVES, wanted, datetime.now(UTC))


def latest_waves(store: Store, study: str, earlier: Run) -> Job | None:
    """Return the newest comparison of a study's answers with an earlier wave, however it ended."""
    with store.reading() as tx:
        latest = jobs.latest(tx, kind=WAVES, study=study, limit=LOOK_BACK)
    about = (earlier.study, earlier.output.folder.name)
    return next((job for job in latest if (job.args["earlier_study"], job.args["earlier"]) == about), None)


def earlier_wave(store: Store, instance: Path, study: str) -> Output | None:
    """Return the earlier wave that a study was last held against."""
    with store.reading() as tx:
        latest = jobs.latest(tx, kind=WAVES, study=study, limit=LOOK_BACK)
    for job in latest:
        found = output(instance, job.args["earlier_study"], job.args["earlier"])
        if job.state == "done" and found.findings.exists():
            return found
    return None


def waves_file(instance: Path, study: str, digest: str) -> Path:
    """Return where the comparison of two waves is kept."""
    return instance / "outputs" / study / f"waves_{digest}.json"


def cancel(store: Store, job: Job) -> None:
    """Ask for an analysis to stop."""
    with store.transaction() as tx:
        jobs.request_cancel(tx, job.id, datetime.now(UTC))


def of_study(store: Store, study: str) -> tuple[Job, ...]:
    """Return the latest analyses of a study, newest first."""
    with store.reading() as tx:
        return jobs.latest(tx, kind=KIND, study=study, limit=LOOK_BACK)


def latest_output(store: Store, instance: Path, study: str) -> tuple[Job, Output] | None:
    """Return the newest analysis whose findings are still there."""
    for job in of_study(store, study):
        if job.state == "done" and job.output_digest:
            found = output(instance, study, job.output_digest)
            if found.is_complete:
                return job, found
    return None


@cache
def _program_digest(packages: tuple[ModuleType, ...]) -> str:
    """Return the digest of the code that turns answers into reports: a changed program is another version.

    Computed once, since a process goes on with the code it has when the files change.
    """
    whole = hashlib.sha256()
    for package in packages:
        room = Path(str(package.__file__)).parent
        for path in sorted(room.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                name = os.fspath(path.relative_to(room.parent))
                whole.update(f"{name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()
