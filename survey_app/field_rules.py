"""What a study's file says about who may go on, ready to be asked page by page; pure: knows no store and no Flask."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from instruments.fieldwork import Quota, Source
from instruments.logic import Answer, Expression, parse
from instruments.study_file import Study
from survey_app.quotas import Cell, cells_of

COUNTRY, LANGUAGE, SOURCE = "country", "language", "source"


@dataclass(frozen=True)
class FieldRules:
    """Who is screened out, which quotas there are, how much more often brands are wanted, what is consented to."""

    eligibility: Expression | None = None
    quotas: tuple[Quota, ...] = ()
    sources: Mapping[str, Source] = field(default_factory=dict)
    boosts: Mapping[str, float] = field(default_factory=dict)
    country_question: str | None = None
    consent_questions: frozenset[str] = frozenset()
    consent_version: str = ""

    @classmethod
    def of(cls, study: Study) -> FieldRules:
        """Read the rules of a study that has a questionnaire."""
        file, instrument = study.file, study.require_instrument()
        items = instrument.items()
        return cls(
            eligibility=parse(file.eligibility) if file.eligibility else None,
            quotas=file.quotas,
            sources=file.sources,
            boosts={brand.key: brand.boost for brand in file.brands if brand.boost != 1.0},
            country_question=instrument.person.get(COUNTRY),
            consent_questions=frozenset(item.name for item in items if item.type == "consent"),
            consent_version=file.consent.version if file.consent else f"{instrument.instrument} {instrument.version}",
        )

    def known(
        self, answers: Mapping[str, Answer], *, language: str, source: str | None, country: str | None
    ) -> dict[str, Answer]:
        """Return everything that rules may ask for: answers, and what was known when the respondent came."""
        told = answers.get(self.country_question or COUNTRY, country)
        at_entry = {COUNTRY: told, LANGUAGE: language, SOURCE: source or "open"}
        return {**{name: value for name, value in at_entry.items() if value is not None}, **answers}

    def screens_out(self, known: Mapping[str, Answer], *, all_asked: bool) -> bool:
        """Say whether somebody is not eligible; before `all_asked`, only where all is known that decides it."""
        if self.eligibility is None or not (all_asked or self.eligibility.names <= known.keys()):
            return False
        return not self.eligibility.evaluate(known)

    def cells(self, known: Mapping[str, Answer]) -> tuple[Cell, ...]:
        """Return the cells of quotas that somebody is known to belong to."""
        return cells_of(self.quotas, self.sources, known)

    @property
    def counts_anything(self) -> bool:
        """Whether there is any quota or limit."""
        return bool(self.quotas) or any(source.limit is not None for source in self.sources.values())

    def decides(self, answered: Collection[str]) -> bool:
        """Say whether these answers may change the cells somebody belongs to."""
        names = {name for quota in self.quotas for name in quota.by}
        if COUNTRY in names and self.country_question:
            names.add(self.country_question)
        return not names.isdisjoint(answered)
