"""What a study has to expect in the field, in words for `run.py check`: length, reading, ways through, sizes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from instruments.consistency.outline import Outline
from instruments.loader import find_instrument
from instruments.model import Instrument, Loop
from instruments.modules import with_modules
from instruments.planner import plan_field, ratings_for_margin
from instruments.reading_level import ReadingLevel, reading_level
from instruments.study_file import Study, load_study
from instruments.yaml_file import Problem, read_yaml
from reports.wording import Wording
from survey_app.design.rehearsal import Rehearsal, rehearse

MARGINS = (0.05, 0.075, 0.1)
"""Margins of a brand's share that the plan is made for."""
WHOLE_POINTS = (0.05, 0.1)
UNEVEN = 2.0
"""A brand with so many times fewer ratings than the middle one is told of."""


@dataclass(frozen=True)
class Outlook:
    """Lines for people, and what is no mistake and still worth a thought, each with its place."""

    lines: tuple[str, ...]
    notices: tuple[Problem, ...]
    problems: tuple[Problem, ...]


def look_ahead(path: Path, respondents: int) -> Outlook:
    """Play a sound study through and tell what to expect; nothing for a study without a questionnaire."""
    study = load_study(path)
    if study.instrument is None:
        return Outlook((), (), ())
    rehearsal = rehearse(study, respondents)
    teller = _Teller(path, study, rehearsal)
    return Outlook(tuple(teller.lines()), tuple(teller.notices()), tuple(teller.problems()))


class _Teller:
    """Puts one rehearsal into words."""

    def __init__(self, path: Path, study: Study, rehearsal: Rehearsal) -> None:
        self.study, self.rehearsal = study, rehearsal
        self.words = Wording("en")
        self.instrument: Instrument = study.require_instrument()
        questionnaire = find_instrument(study.file.instrument or "", path)
        self.outline = Outline(with_modules(read_yaml(questionnaire)))
        self.file = read_yaml(path)
        self.levels = [level for name in study.file.languages if (level := reading_level(self.instrument, name))]

    def lines(self) -> Iterator[str]:
        yield from self._played()
        yield from self._minutes()
        yield from (f"reading     {self._level(level)}" for level in self.levels)
        if drafts := [language for language in self.study.file.languages if language in self.instrument.drafts]:
            yield f"drafts      {', '.join(drafts)}: read these translations in interviews before the field"
        yield from self._balance()
        yield from self._plan()

    def problems(self) -> Iterator[Problem]:
        """Pages where a respondent cannot go on."""
        for page, why in self.rehearsal.stuck.items():
            yield self._at_page(page, f"simulated respondents could not go on here: {why}", "look at its questions")

    def notices(self) -> Iterator[Problem]:
        for page in self.rehearsal.never:
            message = f"none of {self.words.whole(self.rehearsal.respondents)} simulated respondents came here"
            yield self._at_page(page, message, "see whether its condition is meant so")
        for level in self.levels:
            if level.is_hard:
                message = f"the texts in '{level.language}' are hard to read; the longest sentence: {level.longest}"
                yield self.file.problem(("languages",), message, "shorten sentences and long words", at_key=True)
        yield from self._seldom()

    def _at_page(self, page: str, message: str, remedy: str) -> Problem:
        for spot in self.outline.pages:
            if spot.at["page"].text == page:
                return self.outline.problem(spot.at, message, remedy, at_key=True)
        return self.outline.file.problem((), f"{page}: {message}", remedy)

    def _seldom(self) -> Iterator[Problem]:
        ratings = sorted(self.rehearsal.brands.values())
        middle = ratings[len(ratings) // 2]
        for at, brand in enumerate(self.study.file.brands):
            count = self.rehearsal.brands[brand.key]
            if count * UNEVEN < middle * min(brand.boost, 1.0):
                message = f"'{brand.key}' got {count} ratings, the brand in the middle {middle}"
                yield self.file.problem(("brands", at), message, "more countries, or ask more people who know it")

    def _played(self) -> Iterator[str]:
        ended = self.rehearsal.statuses.most_common()
        told = ", ".join(f"{self.words.whole(count)} {status.replace('_', ' ')}" for status, count in ended)
        yield f"played      {self.words.whole(self.rehearsal.respondents)} simulated respondents: {told}"

    def _minutes(self) -> Iterator[str]:
        for language in self.study.file.languages:
            if spread := self.rehearsal.spread(language):
                low, middle, high = (self.words.number(value, 1) for value in spread)
                yield f"minutes     {language}: {middle} on a phone, estimated; one in ten under {low}, one over {high}"

    def _level(self, level: ReadingLevel) -> str:
        if level.lix is None:
            return f"{level.language}: {self.words.number(level.per_sentence, 1)} characters per sentence"
        lix, words = self.words.number(level.lix, 0), self.words.number(level.per_sentence, 1)
        return f"{level.language}: LIX {lix} (under 40 easy, from 55 hard), {words} words per sentence"

    def _balance(self) -> Iterator[str]:
        ratings = sorted(self.rehearsal.brands.values())
        middle = ratings[len(ratings) // 2]
        given = self.rehearsal.given
        told = ", ".join(f"{self.words.whole(given[n])} rated {n}" for n in sorted(given))
        yield f"brands      {len(ratings)}: {ratings[0]} to {ratings[-1]} ratings, {middle} in the middle; {told}"
        if sets := self.rehearsal.sets.values():
            yield f"sets        {len(sets)} choices of sets, each shown to {min(sets)} to {max(sets)} persons"

    def _plan(self) -> Iterator[str]:
        completes = self.rehearsal.statuses["complete"]
        ratings = sum(self.rehearsal.brands.values())
        if not any(isinstance(entry, Loop) for entry in self.instrument.pages) or not ratings or not completes:
            return
        rated = {n: count for n, count in self.rehearsal.given.items() if n}
        per_person = ratings / sum(rated.values())
        reaching = min(1.0, sum(rated.values()) / completes)
        for margin in MARGINS:
            plan = plan_field(len(self.study.file.brands), per_person, margin=margin, reaching=reaching)
            points = self.words.number(100 * margin, 0 if margin in WHOLE_POINTS else 1)
            plain = self.words.whole(ratings_for_margin(margin))
            found = self.words.number(plan.archetype_difference, 2)
            yield (
                f"plan        ±{points} points for each brand: {self.words.whole(plan.ratings_per_brand)} ratings "
                f"({plain} without weights), {self.words.whole(plan.completes)} completes; "
                f"finds an archetype that differs by {found} SD"
            )
