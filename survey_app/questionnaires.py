"""Published studies made ready to be asked; each version is made once in a process, since it never changes."""

from __future__ import annotations

from dataclasses import dataclass

from instruments.interview import Interview
from instruments.model import Instrument
from instruments.study_file import Study, parse_study
from survey_app.publishing import interview_of
from survey_app.store import Transaction, studies


@dataclass(frozen=True)
class Questionnaire:
    """One version of a study, its instrument and the interview about its brands."""

    version: int
    study: Study
    instrument: Instrument
    interview: Interview

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages the study speaks, its own first."""
        return self.study.file.languages

    def language(self, *wanted: str | None) -> str:
        """Return the first of the wanted languages that the study speaks, else its own."""
        return next((language for language in wanted if language in self.languages), self.languages[0])


class Questionnaires:
    """The published studies of one store."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, int], Questionnaire] = {}

    def get(self, tx: Transaction, key: str, version: int) -> Questionnaire:
        """Return one version of a published study."""
        if (key, version) not in self._made:
            self._made[key, version] = _make(tx, key, version)
        return self._made[key, version]


def _make(tx: Transaction, key: str, version: int) -> Questionnaire:
    record = studies.find(tx, key, version)
    if record is None:
        raise LookupError(f"no version {version} of study {key!r} is published")
    study = parse_study(record.study_text, record.instrument_text)
    return Questionnaire(version, study, study.require_instrument(), interview_of(study))
