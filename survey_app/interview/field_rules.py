"""What a study's file says of its field, ready to be asked page by page; pure: knows no store and no Flask."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from instruments.fieldwork import OPEN, Quality, QualityFlag, Quota, Source
from instruments.logic import Answer
from instruments.study_file import Study
from survey_app.interview.quality import Watched
from survey_app.interview.quotas import Cell, cells_of

COUNTRY, LANGUAGE, SOURCE = "country", "language", "source"
LONGEST_COUNTRY = 32


@dataclass(frozen=True)
class FieldRules:
    """Which quotas and sources there are, how much more often brands are wanted, what is consented to."""

    quotas: tuple[Quota, ...] = ()
    sources: Mapping[str, Source] = field(default_factory=dict)
    boosts: Mapping[str, float] = field(default_factory=dict)
    country_question: str = COUNTRY
    consent_questions: frozenset[str] = frozenset()
    consent_version: str = ""
    watched: Watched = field(default_factory=Watched)
    quality: Quality | None = None

    @classmethod
    def of(cls, study: Study) -> FieldRules:
        """Read the rules of a study that has a questionnaire."""
        file, instrument = study.file, study.require_instrument()
        return cls(
            quotas=file.quotas,
            sources=file.sources,
            boosts={brand.key: brand.boost for brand in file.brands if brand.boost != 1.0},
            country_question=instrument.person.get(COUNTRY, COUNTRY),
            watched=Watched.of(instrument),
            quality=file.quality,
            consent_questions=frozenset(item.name for item in instrument.items() if item.type == "consent"),
            consent_version=file.consent.version if file.consent else f"{instrument.instrument} {instrument.version}",
        )

    def known(self, answers: Mapping[str, Answer], *, language: str, source: str | None) -> dict[str, Answer]:
        """Return everything that quotas may count by; `answers` hold what was known when the respondent came."""
        known = {**answers, LANGUAGE: language, SOURCE: source or OPEN}
        if self.country_question in answers:
            known[COUNTRY] = answers[self.country_question]
        return known

    def country(self, answers: Mapping[str, Answer]) -> str | None:
        """Return the country that some answers, or what was known when the respondent came, tell."""
        told = answers.get(self.country_question, answers.get(COUNTRY))
        refused = isinstance(told, int) and told < 0
        return None if told is None or refused else str(told)[:LONGEST_COUNTRY]

    def cells(self, known: Mapping[str, Answer]) -> tuple[Cell, ...]:
        """Return the cells of quotas that somebody is known to belong to."""
        return cells_of(self.quotas, self.sources, known)

    def fails(self, flags: Collection[QualityFlag]) -> bool:
        """Say whether these flags end a sitting as careless, which they do only where the study says so."""
        return self.quality is not None and len({*flags} & {*self.quality.flags}) >= self.quality.fail_from

    @property
    def counts_anything(self) -> bool:
        """Whether there is any quota or limit."""
        return bool(self.quotas) or any(source.limit is not None for source in self.sources.values())

    def decides(self, answered: Collection[str]) -> bool:
        """Say whether these answers may change the cells somebody belongs to."""
        names = {name for quota in self.quotas for name in quota.by}
        if COUNTRY in names:
            names.add(self.country_question)
        return not names.isdisjoint(answered)
