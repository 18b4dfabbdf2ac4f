"""What every document of a study has: its cover, what stands on each page, and what the file says of itself."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from reports.content import Cover, DocumentInfo, Furniture, Paragraph, Report

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.findings import StudyFindings
    from instruments.model import Language
    from reports.content import Section
    from reports.subject import StudySubject

_DIGEST_SHOWN = 12


def bound(
    subject: StudySubject,
    kind: str,
    about: str,
    facts: Iterable[tuple[str, str]],
    sections: Iterable[Section],
    *,
    key: str,
) -> Report:
    """Sections with a cover as one document; `kind` is its kind ("brand"), `about` whose name stands on the cover."""
    title = subject.wording.say(f"document.{kind}.title", name=subject.wording.shortened(about))
    return Report(
        subject.wording.language,
        _info(subject, title, key),
        _furniture(subject, subject.wording.say(f"document.{kind}.kind") if about == _study_title(subject) else title),
        _cover(subject, kind, about, facts),
        tuple(_shortened(section) for section in sections),
    )


def filename(findings: StudyFindings, kind: str, language: Language, *, ending: str, brand: str = "") -> str:
    """Name that a document of a study is saved under; it tells invented answers and holds no path."""
    parts = [*(["SIMULATED"] if findings.study.simulated else []), "relata", findings.study.key]
    parts += [part for part in (brand, kind, language) if part]
    return "_".join(re.sub(r"[^A-Za-z0-9._-]+", "-", part) for part in parts) + f".{ending}"


def study_facts(subject: StudySubject) -> Iterable[tuple[str, str]]:
    """Which study it is, of which category and countries."""
    words, study = subject.wording, subject.findings.study
    yield words.say("cover.study"), words.titled(study.title)
    if study.category is not None:
        yield words.say("cover.category"), words.titled(study.category)
    countries = subject.findings.sample.by_country
    if countries:
        parts = [
            words.say("methods.study.part", name=words.territory(name), n=words.whole(n))
            for name, n in countries.items()
        ]
        yield words.say("cover.countries"), words.listed(parts)


def answers_fact(subject: StudySubject) -> tuple[str, str]:
    """Whether people answered, or nobody did."""
    kind = "simulated" if subject.findings.study.simulated else "real"
    return subject.wording.say("cover.answers"), subject.wording.say(f"cover.answers_{kind}")


def base_value(subject: StudySubject, n_ratings: int, n_persons: int) -> str:
    """How many relationships, told by how many persons, and who counts."""
    words, feelings = subject.wording, subject.findings.feelings
    relationships, persons = words.count("number.relationships", n_ratings), words.count("number.persons", n_persons)
    base = words.say("cover.base_value", relationships=relationships, persons=persons)
    if feelings is None:
        return base
    return words.say("cover.base_defined", base=base, who=words.say(f"cover.base_of.{feelings.headline}"))


def _shortened(section: Section) -> Section:
    """A section that has nothing but a remark needs no headline and no page of its own."""
    brief = all(isinstance(block, Paragraph) and block.style == "absent" for block in section.blocks)
    return replace(section, brief=True, headline=section.title) if brief else section


def _info(subject: StudySubject, title: str, key: str) -> DocumentInfo:
    words, study, manifest = subject.wording, subject.findings.study, subject.findings.manifest
    keywords = [study.key, *([key] if key else []), manifest.program, manifest.data_sha256]
    return DocumentInfo(
        title=words.say("document.simulated_title", title=title) if study.simulated else title,
        author=words.say("document.author"),
        subject=words.say("document.subject", study=words.titled(study.title), data=manifest.data_sha256),
        keywords=(*keywords, "SIMULATED") if study.simulated else tuple(keywords),
    )


def _furniture(subject: StudySubject, title: str) -> Furniture:
    words, study, manifest = subject.wording, subject.findings.study, subject.findings.manifest
    return Furniture(
        header=title,
        header_right=_study_title(subject),
        footer=words.say("document.footer", program=manifest.program, data=manifest.data_sha256[:_DIGEST_SHOWN]),
        page=words.say("document.page", page="{page}", pages="{pages}"),
        simulated=words.say("document.simulated") if study.simulated else None,
    )


def _study_title(subject: StudySubject) -> str:
    return subject.wording.titled(subject.findings.study.title)


def _cover(subject: StudySubject, kind: str, about: str, facts: Iterable[tuple[str, str]]) -> Cover:
    words, manifest = subject.wording, subject.findings.manifest
    reading = {
        "small": words.whole(subject.threshold("small_below")),
        "suppress": words.whole(subject.threshold("suppress_below")),
    }
    return Cover(
        kind=words.say(f"document.{kind}.kind"),
        brand=about,
        study=_study_title(subject),
        facts=tuple(facts),
        contents=words.say("cover.contents"),
        colophon=(
            words.say("cover.colophon.reading", **reading),
            words.say("cover.colophon.run", program=manifest.program, seed=str(manifest.plan["seed"])),
            words.say("cover.colophon.data", data=manifest.data_sha256),
        ),
    )
