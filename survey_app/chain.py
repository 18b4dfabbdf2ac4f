"""The chain from answers to reports, with its files: the command line and the jobs both run this; knows no Flask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.compute import Compute
from analysis.dataset import Dataset
from analysis.findings import StudyInfo
from analysis.plan import AnalysisPlan
from analysis.saving import dump_findings, load_findings
from analysis.study import analyse
from instruments.answer_files import read_answers
from instruments.catalogue import load_catalogue, read_catalogue
from instruments.playbook import load_playbook
from instruments.study_file import Study, load_study
from reports import brand_report_filename, compose_brand_report, render_pdf
from reports import languages as report_languages
from survey_app.errors import WrongUseError

Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class WrittenReport:
    """One brand's report in one language."""

    brand: str
    language: str
    path: Path


class UnknownBrandError(WrongUseError):
    """A report was asked for a brand that the findings do not hold."""


def analyse_study(
    answers: Path, study: Path, progress: Progress, *, playbook: Path | None = None, catalogue: Path | None = None
) -> bytes:
    """Read the answers to a study and analyse them; returns the findings as canonical JSON.

    Strategies are chosen by the rules of thumb in `playbook`, and relationships lie where `catalogue` says: those of
    the toolkit unless one is named.
    """
    rules_of_thumb = load_playbook(playbook) if playbook else None
    progress(0.0, "reading answers")
    dataset, plan = read_dataset(answers, study)
    relationships, everywhere = read_catalogue(catalogue) if catalogue else load_catalogue(), Compute.everywhere()
    return dump_findings(analyse(dataset, plan, relationships, progress, everywhere, playbook=rules_of_thumb))


def read_dataset(answers: Path, study: Path) -> tuple[Dataset, AnalysisPlan]:
    """Read the answers to a study as a Dataset, and the plan that the study states."""
    described = load_study(study)
    plan = AnalysisPlan.from_choices(described.file.plan)
    table = read_answers(answers, described)
    return Dataset.from_frame(table.frame, described.measures, _info(described), sha256=table.sha256), plan


def summarise(findings: bytes) -> dict[str, object]:
    """What a person wants to hear when an analysis ends."""
    found = load_findings(findings)
    groups = found.archetypes
    return {
        "persons": found.sample.n_persons,
        "ratings": found.sample.n_ratings,
        "brands": len(found.brands),
        "factors": len(found.factors.factors) if found.factors else 0,
        "archetypes": groups.k if groups else 0,
        "structure": groups.structure if groups else "none",
        "simulated": found.study.simulated,
    }


def _info(study: Study) -> StudyInfo:
    instrument = study.instrument
    return StudyInfo(
        key=study.file.study,
        title=study.file.title,
        simulated=study.file.simulated,
        languages=study.file.languages,
        category=study.file.category,
        instrument=instrument.instrument if instrument else None,
        instrument_version=instrument.version if instrument else None,
        instrument_digest=study.instrument_digest,
    )


def write_reports(
    findings: bytes, out: Path, progress: Progress, *, brands: Sequence[str] = (), languages: Sequence[str] = ()
) -> list[WrittenReport]:
    """Write one PDF for each brand and language; all brands, and those of the study's languages, unless named."""
    found = load_findings(findings)
    known = [brand.key for brand in found.brands]
    unknown = [brand for brand in brands if brand not in known]
    if unknown:
        raise UnknownBrandError(f"no brand {', '.join(unknown)} in these findings; there are {', '.join(known)}")
    asked_for = languages or found.study.languages
    spoken = [language for language in report_languages() if language in asked_for] or report_languages()[:1]
    wanted = [(brand, language) for brand in brands or known for language in spoken]
    out.mkdir(parents=True, exist_ok=True)
    catalogue = load_catalogue()
    written = []
    for done, (brand, language) in enumerate(wanted):
        progress(done / len(wanted), f"report {done + 1} of {len(wanted)}: {brand} ({language})")
        path = out / brand_report_filename(found, brand, language)
        path.write_bytes(render_pdf(compose_brand_report(found, brand, language, catalogue)))
        written.append(WrittenReport(brand, language, path))
    progress(1.0, "reports written")
    return written
