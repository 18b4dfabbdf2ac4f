"""Makes the documents of a study as files, on all cores; one that fails does not stop the others; knows no Flask."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import product
from pathlib import Path
from typing import Literal, get_args

from analysis.compute import Compute
from analysis.findings import StudyFindings
from analysis.quoting import AgreedText, quotes
from analysis.saving import load_findings
from instruments.catalogue import load_catalogue
from instruments.model import Language
from reports import (
    brand_report_filename,
    cards_filename,
    category_report_filename,
    compose_brand_report,
    compose_cards,
    compose_category_report,
    compose_study_report,
    document_json,
    document_workbook,
    render_pdf,
    study_report_filename,
)
from reports import languages as report_languages
from reports.theme import Theme
from survey_app.errors import WrongUseError
from survey_app.results.plan_files import read_plans

Progress = Callable[[float, str], None]
Kind = Literal["brand", "cards", "workbook", "json", "study", "category"]

KINDS: tuple[Kind, ...] = get_args(Kind)
OF_BRANDS: tuple[Kind, ...] = ("brand", "cards", "workbook", "json")
OF_STUDY: tuple[Kind, ...] = ("study", "category")
_FEW = 4
"""So many documents are made sooner here than other processes are started."""

logger = logging.getLogger(__name__)


class UnknownBrandError(WrongUseError):
    """A report was asked for a brand that the findings do not hold."""


@dataclass(frozen=True)
class Wanted:
    """A document to be made; `brand` is empty for those on the whole study."""

    kind: Kind
    brand: str
    language: Language


@dataclass(frozen=True)
class WrittenReport:
    """One document in one language."""

    brand: str
    language: str
    path: Path


@dataclass(frozen=True)
class FailedReport:
    """A document that could not be made, and why, for those who mend the program."""

    wanted: Wanted
    reason: str


@dataclass(frozen=True)
class MadeReports:
    """What was written and what could not be made."""

    written: tuple[WrittenReport, ...]
    failed: tuple[FailedReport, ...]


@dataclass(frozen=True)
class Source:
    """What documents are made from: findings as they were saved, those of the wave before, theme, agreed actions."""

    findings: bytes
    before: bytes | None = None
    theme: Theme | None = None
    plans: bytes = b""
    agreed: tuple[AgreedText, ...] = ()
    """Open answers that a researcher agreed to have quoted."""


def make_documents(
    source: Source,
    out: Path,
    progress: Progress,
    *,
    kinds: Sequence[Kind] = ("brand",),
    brands: Sequence[str] = (),
    languages: Sequence[str] = (),
    compute: Compute | None = None,
) -> MadeReports:
    """Write documents of all kinds asked for; all brands, and the study's languages, unless named.

    What `progress` raises ends the work; files already written stay.
    """
    wanted = _wanted(_loaded(source.findings), kinds, brands, languages)
    out.mkdir(parents=True, exist_ok=True)
    workers = (compute or Compute.everywhere()) if len(wanted) > _FEW else Compute()
    progress(0.0, f"{len(wanted)} reports")
    results = workers.copied(
        partial(_attempt, source, str(out)),
        wanted,
        done=lambda n: progress(n / len(wanted), f"report {n} of {len(wanted)}"),
    )
    failed = tuple(each for each in results if isinstance(each, FailedReport))
    for each in failed:
        logger.error("The %s of %s (%s) could not be made:\n%s", *_named(each.wanted), each.reason)
    progress(1.0, "reports written")
    return MadeReports(tuple(each for each in results if isinstance(each, WrittenReport)), failed)


def _named(wanted: Wanted) -> tuple[str, str, str]:
    return wanted.kind, wanted.brand or "the study", wanted.language


def _wanted(
    findings: StudyFindings, kinds: Sequence[Kind], brands: Sequence[str], languages: Sequence[str]
) -> list[Wanted]:
    known = [brand.key for brand in findings.brands]
    unknown = [brand for brand in brands if brand not in known]
    if unknown:
        raise UnknownBrandError(f"no brand {', '.join(unknown)} in these findings; there are {', '.join(known)}")
    asked_for = languages or findings.study.languages
    spoken = [language for language in report_languages() if language in asked_for] or list(report_languages()[:1])
    of_brands = product((kind for kind in kinds if kind in OF_BRANDS), brands or known, spoken)
    of_study = product((kind for kind in kinds if kind in OF_STUDY), ("",), spoken)
    return [Wanted(*each) for each in (*of_brands, *of_study)]


def _attempt(source: Source, out: str, wanted: Wanted) -> WrittenReport | FailedReport:
    """Make one document; whatever goes wrong is this document's own affair."""
    try:
        name, content = made_document(source, wanted)
        path = Path(out) / name
        path.write_bytes(content)
    except Exception:  # noqa: BLE001 - one broken brand must not cost the others their reports
        return FailedReport(wanted, traceback.format_exc())
    return WrittenReport(wanted.brand, wanted.language, path)


def made_document(source: Source, wanted: Wanted) -> tuple[str, bytes]:
    """Name and content of one file."""
    findings, catalogue, language = _loaded(source.findings), load_catalogue(), wanted.language
    if wanted.kind == "study":
        report = compose_study_report(findings, language, catalogue)
        return study_report_filename(findings, language), render_pdf(report, source.theme)
    if wanted.kind == "category":
        report = compose_category_report(findings, language, catalogue)
        return category_report_filename(findings, language), render_pdf(report, source.theme)
    if wanted.kind == "cards":
        report = compose_cards(findings, wanted.brand, language, catalogue)
        return cards_filename(findings, wanted.brand, language), render_pdf(report, source.theme)
    before = _loaded(source.before) if source.before else None
    planned = read_plans(source.plans).get(wanted.brand, ())
    said = quotes(source.agreed, findings.archetypes.memberships if findings.archetypes else ())
    report = compose_brand_report(findings, wanted.brand, language, catalogue, before, planned=planned, quotes=said)
    name = brand_report_filename(findings, wanted.brand, language)
    if wanted.kind == "workbook":
        return name.removesuffix("pdf") + "xlsx", document_workbook(report)
    if wanted.kind == "json":
        return name.removesuffix("pdf") + "json", document_json(report)
    return name, render_pdf(report, source.theme)


@lru_cache(maxsize=2)
def _loaded(findings: bytes) -> StudyFindings:
    return load_findings(findings)
