"""How long a questionnaire takes, estimated from its texts before anybody has answered it; measures nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from instruments.catalogue import load_catalogue
from instruments.model import ChoiceList, Instrument, Item, Language, Loop, Matrix, Page, Texts
from instruments.screens import Asked, Block, Screen
from instruments.terms import Terms

# Planning figures for a phone, not measurements: replace them once a pilot has been timed.
WORDS_PER_SECOND = 4.0  # silent reading of plain prose, about 240 words a minute
CHARACTERS_PER_SECOND = 6.4  # the same for Chinese, about 380 characters a minute
SECONDS_PER_ANSWER = 1.5  # deciding and touching one choice
SECONDS_PER_PAGE = 2.0  # sending a page and finding the top of the next
SECONDS_OF_WRITING = {  # two short sentences; two digits; a price; a slider set with care; a day found
    "text": 25.0,
    "integer": 3.0,
    "decimal": 4.0,
    "range": 3.0,
    "date": 6.0,
}
SECONDS_OF_WEIGHING = {"rank": 4.0, "constant_sum": 5.0}  # for each choice: compared with the others, then entered
SECONDS_OF_BRANDS = 3.0  # scanning a list of well-known names
MOST_SECONDS_OF_A_LIST = 20.0  # a long list is scanned for what one knows
CHOICES_FOUND = 8  # brands or families that a list holds
PART_OF_ANSWERS_READ = 0.5  # ordered answers are skimmed, and so are cards once met
PART_OF_CONDITIONAL_ASKED = 0.5  # without answers, a condition is as likely to hold as not
PART_OF_FURTHER_BRANDS = 0.8  # the second time the same pages go faster
P75_OF_MEDIAN = 1.25  # the 75th percentile of a log-normal with a standard deviation of a third: exp(0.67 / 3)

_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_WORD = re.compile(r"[^\s\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]+")


def estimate_minutes(instrument: Instrument, language: Language | None = None) -> tuple[float, float]:
    """Estimate how long the interview takes on a phone, with the first brands of its loop.

    Parameters
    ----------
    instrument : Instrument
        The questionnaire.
    language : str, optional
        The language it is read in; the first one it names if absent.

    Returns
    -------
    tuple of float
        Median and 75th percentile in minutes; estimates from the assumptions that this module names.
    """
    asked = Terms().applied_to(instrument)
    median = _Reader(asked, language or instrument.languages[0]).seconds() / 60
    return median, P75_OF_MEDIAN * median


class Stopwatch:
    """Estimates how long one respondent takes for the screens that they are shown, one after another.

    Parameters
    ----------
    language : str
        The language they read in.
    """

    def __init__(self, language: Language) -> None:
        self.language = language
        self._met: set[tuple[str, ...]] = set()

    def seconds(self, screen: Screen) -> float:
        """Estimate the time for the next screen.

        Parameters
        ----------
        screen : Screen
            The screen as this respondent sees it.

        Returns
        -------
        float
            Seconds, from the assumptions that this module names; answers met before are skimmed.
        """
        return SECONDS_PER_PAGE + sum(self._block(block) for block in screen.blocks)

    def _block(self, block: Block) -> float:
        seconds = self._texts(block.label, block.hint)
        if block.kind == "best_worst":
            return seconds + self._answers(block.asked[0]) + 2 * SECONDS_PER_ANSWER
        for asked in block.asked:
            seconds += self._texts(asked.label, asked.hint)
            if block.kind in SECONDS_OF_WEIGHING:
                seconds += SECONDS_OF_WEIGHING[block.kind]
            elif asked.type != "note":
                seconds += SECONDS_PER_ANSWER + SECONDS_OF_WRITING.get(asked.type, 0.0)
            if block.kind == "single":
                seconds += self._answers(asked)
        return seconds

    def _answers(self, asked: Asked) -> float:
        codes = tuple(str(choice.code) for choice in asked.choices)
        ordered = all(isinstance(choice.code, int) for choice in asked.choices)
        seconds = min(sum(self._texts(choice.label) for choice in asked.choices), MOST_SECONDS_OF_A_LIST)
        part = PART_OF_ANSWERS_READ if ordered or codes in self._met else 1.0
        self._met.add(codes)
        return part * seconds

    def _texts(self, *texts: Texts | None) -> float:
        return sum(reading_seconds(text.get(self.language, "")) for text in texts if text)


# Texts that name a brand differ for each of 200 brands.
@lru_cache(maxsize=65536)
def reading_seconds(text: str) -> float:
    """Estimate how long a text takes to read silently.

    Parameters
    ----------
    text : str
        A text in any language; Chinese is counted by characters.

    Returns
    -------
    float
        Seconds.
    """
    words, characters = len(_WORD.findall(text)), len(_CHINESE.findall(text))
    return words / WORDS_PER_SECOND + characters / CHARACTERS_PER_SECOND


class _Reader:
    """Somebody who reads every text once and skims what was met before."""

    def __init__(self, instrument: Instrument, language: Language) -> None:
        self.instrument = instrument
        self.language = language
        self.met: set[str] = set()

    def seconds(self) -> float:
        return sum(self._entry(entry) for entry in self.instrument.pages)

    def _entry(self, entry: Page | Loop) -> float:
        if isinstance(entry, Page):
            return self._page(entry)
        once = sum(self._page(page) for page in entry.pages)
        offer = self._item(entry.offer) + SECONDS_PER_PAGE if entry.offer else 0.0
        return once * (1 + PART_OF_FURTHER_BRANDS * (entry.at_most - 1)) + offer

    def _page(self, page: Page) -> float:
        questions = sum(self._question(question) for question in page.questions)
        return (questions + SECONDS_PER_PAGE) * _part_asked(page.relevant)

    def _question(self, question: Item | Matrix) -> float:
        asked = self._item(question) if isinstance(question, Item) else self._matrix(question)
        return asked * _part_asked(question.relevant)

    def _item(self, item: Item) -> float:
        seconds = self._reading(item.label) + (self._reading(item.hint) if item.hint else 0.0)
        if item.type == "note":
            return seconds
        answers = self._answers(item.list) if item.list else 0.0
        if item.type in SECONDS_OF_WEIGHING:
            return seconds + answers + SECONDS_OF_WEIGHING[item.type] * self._count(item.list)
        if item.type == "best_worst":
            read = answers * (item.show or 0) / self._count(item.list)
            return (seconds + read + 2 * SECONDS_PER_ANSWER) * (item.sets or 0)
        return seconds + answers + SECONDS_PER_ANSWER + SECONDS_OF_WRITING.get(item.type, 0.0)

    def _matrix(self, matrix: Matrix) -> float:
        rows = list(self._rows(matrix))
        shown = sum(part * (self._reading(label) + SECONDS_PER_ANSWER) for label, part in rows)
        return self._reading(matrix.label) + shown

    def _rows(self, matrix: Matrix) -> Iterator[tuple[Texts, float]]:
        """The rows, and how much of all respondents is shown each of them."""
        design, battery = self.instrument.planned_missing, self.instrument.rules
        part = design.show / len(design.sets) if design else 1.0
        for key in matrix.scales:
            yield from ((item.label, part if item.set else 1.0) for item in self.instrument.scales[key].items)
        if matrix.rules and battery:
            shown = battery.importance_shown if matrix.rules == "importance" else battery.experience_shown
            yield from ((rule.label, shown / len(battery.rules)) for rule in battery.rules)

    def _answers(self, name: str) -> float:
        answers = self.instrument.lists[name]
        seconds = sum(self._reading(choice.label) for choice in (*answers.choices, *answers.extra))
        skimmed = name in self.met or answers.source is None
        self.met.add(name)
        return (seconds + self._found(answers)) * (PART_OF_ANSWERS_READ if skimmed else 1.0)

    def _count(self, name: str | None) -> int:
        """How many choices there are; of brands and the catalogue's, a planning figure."""
        answers = self.instrument.lists[name or ""]
        return len(answers.choices) + len(answers.extra) + (CHOICES_FOUND if answers.source else 0)

    def _found(self, answers: ChoiceList) -> float:
        """Reading the choices that come from the study or the catalogue; of the descriptions, one family's."""
        if answers.source is None:
            return 0.0
        if answers.source == "brands":
            return SECONDS_OF_BRANDS
        catalogue = load_catalogue()
        if answers.source == "families":
            return sum(self._reading(family.card) for family in catalogue.families)
        return sum(self._reading(entry.card) for entry in catalogue.relationships) / len(catalogue.families)

    def _reading(self, texts: Texts) -> float:
        return reading_seconds(texts.get(self.language, "").replace("${brand}", "Brand"))


def _part_asked(relevant: str | None) -> float:
    return 1.0 if relevant is None else PART_OF_CONDITIONAL_ASKED
