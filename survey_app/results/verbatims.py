"""A study's open answers for researchers: listed, filtered, marked, and those agreed on handed to reports; no Flask.

Texts leave here without what identifies people. What somebody wrote and later left the way of is listed, but never
quoted.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path

from analysis.findings import Membership, StudyFindings
from analysis.quoting import AgreedText, TextOwners
from analysis.redaction import redacted
from instruments.interview import Draw
from instruments.model import Item, Loop, Texts
from instruments.study_file import Study
from survey_app.design.publishing import interview_of, published
from survey_app.errors import WrongUseError
from survey_app.interview.sitting import Way
from survey_app.results import analyses
from survey_app.results.answer_filters import ANSWERED
from survey_app.store import Store, StoreUnavailableError, Transaction, sittings, verbatims
from survey_app.store.verbatims import Mark, Place, SavedAnswers

logger = logging.getLogger(__name__)

LONGEST_CODE, LONGEST_QUOTATION = 60, 600
MOST_CODES = 100
# A sheet's cell holds several codes with these between them, and this alone says that none fits.
BETWEEN_CODES, NO_CODE = ";,", "-"
STANDINGS = ("new", "seen", "yes", "no")


class RefusedMarkError(WrongUseError):
    """What was decided about an answer cannot be kept; `fault` tells what is wrong."""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True)
class Question:
    """A question that is answered in one's own words, and the screens it stands on."""

    name: str
    label: Texts
    screens: tuple[tuple[str, str], ...]
    """Each with the brand it asks about, which is empty where the question is asked once."""


@dataclass(frozen=True)
class OpenAnswer:
    """One open answer with what was decided about it so far."""

    place: Place
    person: str
    language: str
    simulated: bool
    text: str
    mark: Mark | None = None

    @property
    def key(self) -> str:
        """What sheets and forms call it."""
        return f"{self.person}.{self.place.question}{f'@{self.place.brand}' if self.place.brand else ''}"

    @cached_property
    def shown(self) -> str:
        """Its text without what identifies people."""
        return redacted(self.text).text

    @property
    def about(self) -> str:
        """The brand it tells of, as far as the question or a researcher says."""
        return self.place.brand or (self.mark.about if self.mark else "")

    @property
    def standing(self) -> str:
        """Whether somebody has looked at it, and whether it may be quoted."""
        return "new" if self.mark is None else self.mark.quotable or "seen"

    @property
    def quoted(self) -> str:
        """Its words as reports quote them."""
        return (self.mark.quotation if self.mark else "") or self.shown


class Relationships:
    """What the latest findings know of whoever wrote an answer."""

    def __init__(self, memberships: Sequence[Membership] = ()) -> None:
        self._owners = TextOwners(memberships)
        self._rated: dict[str, list[str]] = {}
        for one in memberships:
            self._rated.setdefault(one.person, []).append(one.brand)

    @classmethod
    def of(cls, found: StudyFindings | None) -> Relationships:
        """Read them from findings; of none, nothing is known."""
        return cls(found.archetypes.memberships if found and found.archetypes else ())

    def brand(self, answer: OpenAnswer) -> str:
        """Return the brand that an answer is about; empty where nobody can tell."""
        return answer.about or self._owners.only_brand(answer.person) or ""

    def archetype(self, answer: OpenAnswer) -> str:
        """Return the archetype of the relationship it tells of; empty where nobody can tell."""
        return self._owners.archetype(answer.person, self.brand(answer) or None) or ""

    def rated(self, answer: OpenAnswer, brands: Sequence[str]) -> Sequence[str]:
        """Return the brands that an answer may be about: those its writer rated, all where nothing is known."""
        return self._rated.get(answer.person, brands)


@dataclass(frozen=True)
class Wanted:
    """Which answers are asked for; "" for all."""

    question: str = ""
    brand: str = ""
    language: str = ""
    archetype: str = ""
    standing: str = ""
    code: str = ""
    search: str = ""

    def takes(self, answer: OpenAnswer, known: Relationships) -> bool:
        """Say whether an answer is asked for; the search comes last, since it takes longest."""
        return (
            self.question in ("", answer.place.question)
            and self.language in ("", answer.language)
            and self.standing in ("", answer.standing)
            and (not self.code or (answer.mark is not None and self.code in answer.mark.codes))
            and (not self.brand or self.brand == known.brand(answer))
            and (not self.archetype or self.archetype == known.archetype(answer))
            and self._finds(answer)
        )

    def _finds(self, answer: OpenAnswer) -> bool:
        """Look into the text as it is shown: nobody finds out by searching what was taken out of it."""
        words = self.search.strip().casefold()
        return not words or (
            # marks like [name] stand in no text before it is redacted, which takes long
            ("[" in words or words in answer.text.casefold()) and words in answer.shown.casefold()
        )


def questions_of(study: Study) -> tuple[Question, ...]:
    """Return the questions of a study that are answered in one's own words."""
    brands = [brand.key for brand in study.file.brands]
    found = []
    for entry in study.require_instrument().pages:
        for page in entry.pages if isinstance(entry, Loop) else (entry,):
            loop = isinstance(entry, Loop)
            screens = tuple((f"{page.page}@{brand}", brand) for brand in brands) if loop else ((page.page, ""),)
            asked = (one for one in page.questions if isinstance(one, Item) and one.type == "text")
            found += [Question(one.name, one.label, screens) for one in asked]
    return tuple(found)


def open_answers(tx: Transaction, study: str, *, person: str | None = None) -> tuple[OpenAnswer, ...]:
    """Return the open answers of a study, or of one respondent, by pseudonym and in the order of the questionnaire.

    Questions that only an earlier version asked are no longer listed.
    """
    asked = questions_of(published(tx, study).study)
    on_screen: dict[str, list[tuple[Question, str]]] = {}
    for question in asked:
        for screen, brand in question.screens:
            on_screen.setdefault(screen, []).append((question, brand))
    marks = verbatims.marks(tx, study)
    found = []
    for saved in verbatims.saved_answers(tx, study, on_screen.keys(), ANSWERED, pseudonym=person):
        for question, brand in on_screen[saved.screen]:
            if (text := _text(saved, question.name, brand)) is not None:
                place = Place(saved.sitting, question.name, brand)
                known = saved.pseudonym, saved.language, saved.is_simulated
                found.append(OpenAnswer(place, *known, text, marks.get(place)))
    return tuple(found)


def _text(saved: SavedAnswers, question: str, brand: str) -> str | None:
    """What was written; None where nothing was, or a reason not to answer was chosen."""
    given = saved.payload.get(f"{question}@{brand}" if brand else question)
    return given.strip() or None if isinstance(given, str) else None


def code_counts(answers: Iterable[OpenAnswer]) -> Counter[str]:
    """Count the answers that have each code."""
    return Counter(code for answer in answers if answer.mark for code in answer.mark.codes)


def tidy_codes(names: Iterable[str]) -> tuple[str, ...]:
    """Return codes without blanks around them, each once, by name; what is no code is refused."""
    codes = sorted({" ".join(name.split()) for name in names} - {"", NO_CODE})
    if any(len(code) > LONGEST_CODE or set(code) & set(BETWEEN_CODES) for code in codes):
        raise RefusedMarkError("code")
    return tuple(codes)


def tidy_quotation(text: str) -> str:
    """Return a quotation in one line; one that is too long for a report is refused."""
    said = " ".join(text.split())
    if len(said) > LONGEST_QUOTATION:
        raise RefusedMarkError("quotation")
    return said


def says_more(before: Mark | None, now: Mark) -> bool:
    """Say whether a decision differs from the one before, whoever made it and when."""
    return before is None or replace(before, marked_by=now.marked_by, marked_at=now.marked_at) != now


def keep(tx: Transaction, study: str, decided: Mapping[Place, Mark]) -> None:
    """Store decisions, and put the codes they use on the study's list; too many codes are refused."""
    used = {code for mark in decided.values() for code in mark.codes}
    add_codes(tx, study, used)
    verbatims.put(tx, decided)


def add_codes(tx: Transaction, study: str, names: Iterable[str]) -> None:
    """Put codes on the study's list."""
    wanted = tidy_codes(names)
    if len({*verbatims.codes(tx, study), *wanted}) > MOST_CODES:
        raise RefusedMarkError("many")
    verbatims.add_codes(tx, study, wanted)


def agreed_texts(store: Store, study: str) -> tuple[AgreedText, ...]:
    """Return what may be quoted of a study's open answers, as researchers agreed on and worded it."""
    with store.reading() as tx:
        marked = verbatims.marks(tx, study, quotable="yes")
        answers = open_answers(tx, study) if marked else ()
        quotable = [answer for answer in answers if answer.place in marked and _stands(tx, answer)]
    return tuple(AgreedText(one.quoted, one.language, one.person, one.about or None) for one in quotable)


def _stands(tx: Transaction, answer: OpenAnswer) -> bool:
    """Say whether an answer still counts: whoever went back and took another way left it behind."""
    found = sittings.find(tx, answer.place.sitting)
    if found is None:
        return False
    interview = interview_of(published(tx, found.study, found.study_version).study)
    way = Way(interview, Draw.from_json(found.draw), sittings.pages(tx, found.id))
    question, brand = answer.place.question, answer.place.brand
    return (f"{question}@{brand}" if brand else question) in interview.current(way.draw, way.answers)


def dumped(agreed: Sequence[AgreedText]) -> bytes:
    """Return agreed texts for `read_agreed`; nothing where there are none."""
    return json.dumps([asdict(one) for one in agreed], ensure_ascii=False).encode() if agreed else b""


def read_agreed(place: Path) -> tuple[AgreedText, ...]:
    """Read what an analysis was told that its reports may quote; nothing where there is no such file."""
    if not place.exists():
        return ()
    return tuple(AgreedText(**one) for one in json.loads(place.read_bytes()))


def take_back(store: Store, instance: Path) -> int:
    """Remove reports that quote somebody whose answers were erased, and have the newest of each study made anew.

    Returns how many analyses lost their reports; their findings stay.
    """
    removed = 0
    for folder in sorted({place.parent.parent for place in (instance / "outputs").glob("*/*/quotations.json")}):
        try:
            removed += _take_back_in(folder, store, instance)
        except StoreUnavailableError:
            raise
        except Exception:  # of one study; the others have their turn
            logger.exception("Whether reports of study %s quote erased answers cannot be told", folder.name)
    return removed


def _take_back_in(folder: Path, store: Store, instance: Path) -> int:
    with store.reading() as tx:
        here = verbatims.pseudonyms(tx, folder.name)
    latest = analyses.latest_output(store, instance, folder.name)
    removed = 0
    for place in sorted(folder.glob("*/quotations.json")):
        if all(one.person in here for one in read_agreed(place)):
            continue
        output = analyses.Output(place.parent)
        output.forget_reports()
        removed += 1
        if latest and latest[1].folder == output.folder:
            analyses.ask_renamed(store, folder.name, output.folder.name, {})
    return removed
