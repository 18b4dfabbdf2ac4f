"""Plays a study through with simulated respondents, in memory, before anybody is asked; keeps no answers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from statistics import quantiles

from analysis.simulate import Population, SimulatedRespondent
from instruments.catalogue import load_catalogue
from instruments.interview import AnswerError, Assign, Course, Interview, Screen
from instruments.length import Stopwatch
from instruments.model import Language, Loop
from instruments.study_file import Study
from survey_app.interview.assignment import Balance, choose_brands

SEED = 20262
TIMED = 4
"""Two of so many respondents are timed; that is enough for a distribution."""
MOST_SCREENS = 2_000
"""More screens than any questionnaire has: whoever sees so many goes round in a circle."""


@dataclass
class Rehearsal:
    """What happened to the simulated respondents of one study.

    Parameters
    ----------
    respondents : int
        How many there were.
    statuses : Counter
        How their interviews ended.
    pages : Counter
        How many of them were shown each page.
    never : tuple of str
        Pages that nobody was shown.
    brands : dict of str to int
        Ratings of each brand, also of those without any.
    given : Counter
        Persons by number of brands rated.
    sets : Counter
        Persons shown each choice of sets.
    minutes : dict of str to list of float
        Estimated minutes of those who finished, by language.
    stuck : dict of str to str
        Pages on which somebody could not go on, and why.
    """

    respondents: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    pages: Counter[str] = field(default_factory=Counter)
    never: tuple[str, ...] = ()
    brands: dict[str, int] = field(default_factory=dict)
    given: Counter[int] = field(default_factory=Counter)
    sets: Counter[str] = field(default_factory=Counter)
    minutes: dict[Language, list[float]] = field(default_factory=dict)
    stuck: dict[str, str] = field(default_factory=dict)

    def spread(self, language: Language) -> tuple[float, float, float] | None:
        """Return the 10th percentile, median and 90th percentile of minutes; None with fewer than two persons."""
        minutes = self.minutes.get(language, [])
        if len(minutes) < 2:  # noqa: PLR2004 - one person has no spread
            return None
        tenths = quantiles(minutes, n=10, method="inclusive")
        return tenths[0], tenths[4], tenths[8]


def rehearse(study: Study, respondents: int) -> Rehearsal:
    """Let simulated respondents answer, every second one without any plan so that rare ways are found as well."""
    instrument = study.require_instrument()
    interview = Interview(instrument, study.file.brands, load_catalogue())
    population = Population(instrument, study.file.brands, load_catalogue(), SEED)
    found = Rehearsal(respondents, brands=dict.fromkeys((brand.key for brand in study.file.brands), 0))
    boosts = {brand.key: brand.boost for brand in study.file.brands if brand.boost != 1}
    languages = study.file.languages
    for number in range(respondents):
        respondent = population.respondent(number)
        respondent.language = languages[number % len(languages)]
        turn = number // len(languages)
        respondent.careless = turn % 2 == 1
        known = {"language": respondent.language, "source": "open"}
        course = interview.course(interview.begin(SEED + number, number, known))
        watch = Stopwatch(respondent.language) if turn % TIMED < 2 else None  # noqa: PLR2004 - one of each kind
        _sit(course, respondent, found, Balance(boosts=boosts), watch)
    found.never = tuple(name for name in _page_names(interview) if not found.pages[name])
    return found


def _page_names(interview: Interview) -> list[str]:
    offers = [entry.offer.name for entry in interview.instrument.pages if isinstance(entry, Loop) and entry.offer]
    return [page.page for page in interview.instrument.all_pages()] + offers


def _sit(
    course: Course, respondent: SimulatedRespondent, found: Rehearsal, balance: Balance, watch: Stopwatch | None
) -> None:
    """One interview from the first screen to the end."""
    seconds = 0.0
    for step in course:
        if isinstance(step, Assign):
            chosen = choose_brands(
                step.tiers, found.brands, step.n, course.draw.seed, balance=balance, given=course.draw.brands
            )
            found.brands.update({brand: found.brands[brand] + 1 for brand in chosen})
            course.assign(chosen)
            continue
        seconds += watch.seconds(step) if watch else 0.0
        if not _answer(course, respondent, step, found):
            found.statuses["stuck"] += 1
            return
    found.pages.update({key.partition("@")[0] for key in course.visited})
    found.statuses[course.end.status] += 1
    found.given[len(course.draw.brands)] += 1
    if course.draw.sets:
        found.sets[" ".join(course.draw.sets)] += 1
    if watch and course.end.status == "complete":
        found.minutes.setdefault(respondent.language, []).append(seconds / 60)


def _answer(course: Course, respondent: SimulatedRespondent, screen: Screen, found: Rehearsal) -> bool:
    """Answer a screen; False where that is not possible."""
    if len(course.visited) > MOST_SCREENS:
        found.stuck[screen.page] = "the same screens come again and again"
        return False
    try:
        # Whoever is asked once more leaves it open once more.
        course.answer(screen, respondent.answer(screen), [asked.variable for asked in screen.asked])
    except AnswerError as error:
        found.stuck[screen.page] = str(error)
        return False
    return True
