"""Composes the report on one brand: what is said and in which order; draws nothing, computes nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reports.action_plan import plan_section
from reports.answer import answer_section
from reports.breaches import rules_section
from reports.content import Paragraph, Section
from reports.documents import answers_fact, base_value, bound, filename, study_facts
from reports.feelings import feelings_section
from reports.ladder import ladder_section
from reports.methods import methods_section
from reports.personas import persona_sections
from reports.recognition import recognition_section
from reports.recovery import recovery_section
from reports.standing import map_section, portfolio_section
from reports.subject import BrandMissingError, Subject
from reports.wishes import flow_section
from reports.wording import Wording, read_texts
from reports.worth import worth_section

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analysis.findings import BrandFindings, StudyFindings
    from analysis.quoting import Quote
    from instruments.catalogue import Catalogue
    from instruments.model import Language
    from reports.content import Report
    from reports.planned import PlannedAction


def compose_brand_report(
    findings: StudyFindings,
    brand_key: str,
    language: Language,
    catalogue: Catalogue,
    before: StudyFindings | None = None,
    *,
    planned: Sequence[PlannedAction] = (),
    quotes: Sequence[Quote] = (),
) -> Report:
    """Everything the report on one brand says, in one language.

    `before` are the findings of the wave before, `planned` the actions that were agreed on since, `quotes` what may be
    quoted of open answers, about any brand.
    """
    read_texts(language)
    subject = brand_subject(findings, brand_key, Wording(language), catalogue, before)
    own = tuple(quote for quote in quotes if quote.brand == brand_key)
    subject = replace(subject, planned=tuple(planned), quotes=own)
    sections = _suppressed_sections(subject) if subject.brand.suppressed else _sections(subject)
    return bound(subject, "brand", subject.wording.label(subject.brand.name), _facts(subject), sections, key=brand_key)


def brand_report_filename(findings: StudyFindings, brand_key: str, language: Language) -> str:
    """Name of the file a brand's report is saved under."""
    return filename(findings, "", language, ending="pdf", brand=brand_key)


def brand_subject(
    findings: StudyFindings,
    key: str,
    wording: Wording,
    catalogue: Catalogue,
    before: StudyFindings | None = None,
) -> Subject:
    """One brand of the findings, and the same in those of the wave before."""
    brand = _find(findings, key)
    if brand is None:
        raise BrandMissingError(key, (brand.key for brand in findings.brands))
    earlier = _find(before, key) if before else None
    told = earlier if earlier is not None and not earlier.suppressed else None
    return Subject(findings, catalogue, wording, brand, told)


def _find(findings: StudyFindings, key: str) -> BrandFindings | None:
    return next((brand for brand in findings.brands if brand.key == key), None)


def _sections(subject: Subject) -> Iterable[Section]:
    yield answer_section(subject)
    yield portfolio_section(subject)
    yield map_section(subject)
    yield flow_section(subject)
    yield from persona_sections(subject)
    yield rules_section(subject)
    yield recovery_section(subject)
    yield feelings_section(subject)
    yield ladder_section(subject)
    yield worth_section(subject)
    yield plan_section(subject)
    yield recognition_section(subject)
    yield methods_section(subject)


def _suppressed_sections(subject: Subject) -> Iterable[Section]:
    words = subject.wording
    least = words.whole(subject.threshold("suppress_below"))
    blocks = (
        Paragraph(words.count("suppressed.why", subject.brand.n_ratings, brand=subject.name, least=least)),
        Paragraph(words.say("suppressed.next", brand=subject.name)),
    )
    headline = words.say("suppressed.headline", brand=subject.name)
    yield Section("suppressed", words.say("suppressed.title"), headline, blocks)
    yield methods_section(subject)


def _facts(subject: Subject) -> Iterable[tuple[str, str]]:
    words, brand = subject.wording, subject.brand
    yield from study_facts(subject)
    yield words.say("cover.base"), base_value(subject, brand.n_ratings, brand.n_persons)
    others = words.count("number.brands", len(subject.findings.brands) - 1)
    yield words.say("cover.compared"), words.say("cover.compared_alone") if subject.alone else others
    yield answers_fact(subject)
