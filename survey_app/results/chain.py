"""The chain from answers to reports, with its files: the command line and the jobs both run this; knows no Flask."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

from analysis.compute import Compute
from analysis.dataset import Dataset
from analysis.findings import StudyInfo
from analysis.plan import AnalysisPlan
from analysis.quoting import AgreedText
from analysis.saving import dump_findings, load_findings
from analysis.study import analyse
from analysis.typing_tool import versioned
from instruments.answer_files import read_answers
from instruments.catalogue import load_catalogue, read_catalogue
from instruments.model import Texts
from instruments.playbook import load_playbook
from instruments.study_file import Study, load_study
from reports.theme import Theme
from survey_app.results.report_files import Source, WrittenReport, make_documents

Progress = Callable[[float, str], None]


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


Names = Mapping[str, Mapping[str, Mapping[str, str]]]
"""What `archetypes` and `rules` are to be called: by their kind, key and language."""


def with_names(findings: bytes, names: Names) -> bytes:
    """Return findings whose archetypes and rules are called otherwise; every figure stays."""
    found = load_findings(findings)
    kinds, rules = names.get("archetypes", {}), names.get("rules", {})
    if found.archetypes is not None:
        called = tuple(
            replace(kind, label=_called(kind.label, kinds.get(kind.key))) for kind in found.archetypes.archetypes
        )
        found = replace(found, archetypes=replace(found.archetypes, archetypes=called))
    if found.typing_tool is not None:
        model = found.typing_tool.model
        labels = tuple(
            _called(label, kinds.get(key)) for key, label in zip(model.archetypes, model.labels, strict=True)
        )
        # Another name is another version: a file that says otherwise must not pass for the same tool.
        found = replace(found, typing_tool=replace(found.typing_tool, model=versioned(replace(model, labels=labels))))
    if found.rules is not None:
        short = tuple(replace(rule, short=_called(rule.short, rules.get(rule.rule))) for rule in found.rules.rules)
        found = replace(found, rules=replace(found.rules, rules=short))
    return dump_findings(found)


def _called(before: Texts, now: Mapping[str, str] | None) -> Texts:
    return {**before, **cast("Texts", now or {})}


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
    findings: bytes,
    out: Path,
    progress: Progress,
    *,
    brands: Sequence[str] = (),
    languages: Sequence[str] = (),
    plans: bytes = b"",
    before: bytes = b"",
    agreed: tuple[AgreedText, ...] = (),
    theme: Theme | None = None,
) -> list[WrittenReport]:
    """Write one PDF for each brand and language; all brands, and those of the study's languages, unless named.

    `plans` are the actions agreed on since the report before, `before` the findings of that wave, `agreed` open answers
    that may be quoted, `theme` the look. One that cannot be made is logged and left out; it does not cost the others
    theirs.
    """
    source = Source(findings, before or None, theme, plans=plans, agreed=agreed)
    return list(make_documents(source, out, progress, brands=brands, languages=languages).written)
