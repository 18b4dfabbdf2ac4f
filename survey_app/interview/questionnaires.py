"""Published studies made ready to be asked; each version is made once in a process, since it never changes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from instruments.interview import Interview
from instruments.model import Instrument
from instruments.study_file import Study
from survey_app.design.publishing import interview_of, published
from survey_app.interface import InterfaceError
from survey_app.interview.field_rules import FieldRules
from survey_app.store import Transaction


@dataclass(frozen=True)
class Questionnaire:
    """One version of a study, its instrument and the interview about its brands."""

    version: int
    study: Study
    instrument: Instrument
    interview: Interview
    rules: FieldRules
    languages: tuple[str, ...]
    """The study's languages, its own first, as far as the frame around the questions has words in them."""

    def language(self, *wanted: str | None) -> str:
        """Return the first of the wanted languages that the questionnaire speaks, else its own."""
        return next((language for language in wanted if language in self.languages), self.languages[0])


class Questionnaires:
    """The published studies of one store, in the languages that the frame around the questions speaks."""

    def __init__(self, frame_languages: Collection[str]) -> None:
        self._frame_languages = frame_languages
        self._made: dict[tuple[str, int], Questionnaire] = {}

    def get(self, tx: Transaction, key: str, version: int) -> Questionnaire:
        """Return one version of a published study."""
        if (key, version) not in self._made:
            self._made[key, version] = self._make(tx, key, version)
        return self._made[key, version]

    def _make(self, tx: Transaction, key: str, version: int) -> Questionnaire:
        study = published(tx, key, version).study
        languages = tuple(language for language in study.file.languages if language in self._frame_languages)
        if not languages:
            raise InterfaceError(
                f"study {key!r} speaks {', '.join(study.file.languages)}; translations/ has none of these"
            )
        return Questionnaire(
            version, study, study.require_instrument(), interview_of(study), FieldRules.of(study), languages
        )
