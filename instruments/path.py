"""The way through a questionnaire that one respondent's answers lead to; keeps only the answers that lie on it."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from instruments.draw import Draw, entry_order, shuffled
from instruments.logic import Answer
from instruments.measures import NOT_ANSWERED
from instruments.model import ALL_BRANDS, NOT_PICKED, YES, Item, Loop, Page
from instruments.screens import Candidate, Screen
from instruments.sheets import Binder, Question, Row, Scope, Sheet

Place = tuple[int, int, int]
"""Where a screen stands: position of the entry, of the brand in its loop, of the page, in this person's order."""


@dataclass(frozen=True)
class Assign:
    """A request to choose `n` brands out of `tiers`, the most wanted tier first; no brand stands in two."""

    n: int
    tiers: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Visit:
    """A screen on the path: the variables it asks now, and whether all of them are answered.

    A screen of which everything is known already is not `shown`.
    """

    sheet: Sheet
    place: Place
    asked: tuple[str, ...]
    complete: bool
    shown: bool = True


@dataclass(frozen=True)
class Gap:
    """A place where brands must be assigned before the path can go on."""

    request: Assign
    place: Place


class Walk:
    """One walk from the first page to the end, with the answers there are.

    Conditions see only answers met earlier on the walk, so what was answered on a branch since left does
    not count. Iterate once; the attributes grow as the walk goes on. A `live` walk waits at each screen for the
    answers, and at each gap for the draw, that whoever iterates puts in before going on.
    """

    def __init__(self, binder: Binder, draw: Draw, answers: Mapping[str, Answer], *, live: bool = False) -> None:
        self.draw = draw
        self._live = live
        self.kept: dict[str, Answer] = {}
        self.rated: list[str] = []
        self.eligible: tuple[str, ...] = ()
        self.brands_expected: int | None = None
        self.screened_out = False
        self._binder = binder
        self._answers = answers
        self._drawn_of: dict[str, dict[str, Answer]] = {}
        self._chances: dict[str, Answer] = {name: int(fell) for name, fell in draw.chances.items()}
        asked = binder.variables(None)
        self._chances |= {name: answer for name, answer in draw.known.items() if name not in asked}
        self._told = {name: answer for name, answer in draw.known.items() if name in asked}

    def __iter__(self) -> Iterator[Visit | Gap]:
        for at, entry_at in enumerate(entry_order(self._binder.instrument, self.draw.seed)):
            entry = self._binder.instrument.pages[entry_at]
            if isinstance(entry, Loop):
                yield from self._loop(at, entry)
                continue
            brand = self.drawn_brand() if entry.about else None
            if entry.about and brand is None:
                continue
            sheet = self._binder.sheet(entry, brand)
            visit = yield from self._visits(sheet, (at, 0, 0))
            if visit and visit.complete and sheet.screen_out and sheet.screen_out.evaluate(self._scope(sheet)):
                self.screened_out = True
                return

    def to_the_end(self) -> Walk:
        """Walk on to the end, whatever is unanswered or unassigned on the way.

        Returns
        -------
        Walk
        """
        for _ in self:
            pass
        return self

    def drawn_brand(self) -> str | None:
        """The rated brand with the smallest lot: each is drawn with the same chance, however many there are.

        Returns
        -------
        str, or None
        """
        return min(self.rated, key=self.draw.lots.__getitem__, default=None)

    def screen(self, sheet: Sheet) -> Screen:
        """Draw a sheet up for this respondent.

        Parameters
        ----------
        sheet : Sheet

        Returns
        -------
        Screen
        """
        scope = self._scope(sheet)
        unknown = [question for question in sheet.questions if not self._known(question, sheet, scope)]
        asked = [question for question in unknown if self._is_asked(question, sheet, scope)]
        own = {variable for question in unknown for variable in sheet.variables_of(question)}
        candidates = self._candidates(unknown, sheet, scope) if any(sheet.is_live(each) for each in unknown) else ()
        return Screen(
            key=sheet.key,
            page=sheet.page,
            title=sheet.title,
            brand=sheet.brand,
            blocks=tuple(
                block
                for question in sheet.ordered(asked, self.draw.seed)
                for block in question.blocks(self.draw, sheet.brand, scope, sheet.key)
            ),
            known=_without(self.kept, own),
            drawn=self._drawn(sheet),
            names=sheet.names,
            candidates=candidates,
        )

    def _candidates(self, unknown: Sequence[Question], sheet: Sheet, scope: Scope) -> tuple[Candidate, ...]:
        """The blocks of a sheet with those that its own answers may bring up."""
        possible = [
            question
            for question in unknown
            if self._is_asked(question, sheet, scope)
            or (sheet.is_live(question) and question.visible(self.draw, sheet.brand, scope))
        ]
        return tuple(
            Candidate(block, question.relevant if sheet.is_live(question) else None, question.is_asked(scope))
            for question in sheet.ordered(possible, self.draw.seed)
            for block in question.blocks(self.draw, sheet.brand, scope, sheet.key)
        )

    def _sampled(self, question: Question) -> None:
        """Draw from what was picked in a question, where it says so."""
        item = question.item
        if item is None or item.draw is None or "@" in question.rows[0].asked.variable:
            return
        picked = self.kept.get(item.name)
        self._drawn_of.clear()
        self._chances.pop(f"{item.name}_drawn", None)
        if isinstance(picked, tuple):
            self._chances[f"{item.name}_drawn"] = shuffled(picked, self.draw.seed, f"drawn:{item.name}")[: item.draw]

    def _drawn(self, sheet: Sheet) -> Mapping[str, Answer]:
        if sheet.brand is None:
            return self._chances
        if sheet.brand not in self._drawn_of:
            industry = self._binder.industries.get(sheet.brand)
            told: dict[str, Answer] = {"industry": industry} if industry else {}
            self._drawn_of[sheet.brand] = {**self._chances, "brand": sheet.brand, **told}
        return self._drawn_of[sheet.brand]

    def _scope(self, sheet: Sheet) -> Scope:
        return Scope(sheet.names, self.kept, self._drawn(sheet))

    def _known(self, question: Question, sheet: Sheet, scope: Scope) -> dict[str, Answer]:
        """Answers that need not be asked for: known when the person came, or given about an earlier brand."""
        if sheet.brand is None:
            if not self._told:
                return {}
            variables = sheet.variables_of(question)
            found = {name: self._told[name] for name in variables if name in self._told}
            return found if len(found) == len(variables) and question.admits(found, scope) else {}
        first = self._first_asked(question, sheet.brand)
        if first is None:
            return {}
        there = {variable: f"{variable.partition('@')[0]}@{first}" for variable in sheet.variables_of(question)}
        return {variable: self.kept[name] for variable, name in there.items() if name in self.kept}

    def _first_asked(self, question: Question, brand: str) -> str | None:
        """The rated brand about which a question was asked that is not asked again about this one."""
        if question.once is None:
            return None
        industries = self._binder.industries
        whole = question.once == "person"
        first = next(other for other in self.rated if whole or industries.get(other) == industries.get(brand))
        return None if first == brand else first

    def _is_asked(self, question: Question, sheet: Sheet, scope: Scope) -> bool:
        return question.is_asked(scope) and bool(question.visible(self.draw, sheet.brand, scope))

    def _visits(self, sheet: Sheet, place: Place) -> Generator[Visit, None, Visit | None]:
        """The screen of a sheet if it is shown; as often as there is something left to answer on a live walk."""
        visit = self._visit(sheet, place)
        if visit and visit.shown:
            yield visit
        while self._live and visit and not visit.complete:
            visit = self._visit(sheet, place)
            if visit and not visit.complete:
                yield visit
        return visit

    def _visit(self, sheet: Sheet, place: Place) -> Visit | None:
        """The screen of a sheet; None where it has nothing to ask and nothing of it is known."""
        scope = self._scope(sheet)
        if sheet.relevant is not None and not sheet.relevant.evaluate(scope):
            return None
        met: list[Sequence[Row]] = []
        all_known: dict[str, Answer] = {}
        for question in sheet.questions:
            known = self._known(question, sheet, scope) if question.is_asked(scope) else {}
            all_known |= known
            self.kept.update(known)
            if not known and (rows := self._meet(question, sheet, scope)):
                met.append(rows)
            self._sampled(question)
        if not met and not all_known:
            return None
        asked = tuple(row.asked.variable for rows in met for row in rows if row.asked.type != "note")
        # Notes alone make a screen, unless what they stood beside is known.
        shown = bool(asked) or not all_known
        return Visit(sheet, place, asked, all(variable in self.kept for variable in asked), shown)

    def _meet(self, question: Question, sheet: Sheet, scope: Scope) -> Sequence[Row]:
        """The rows a question asks now; their answers are kept at once, so that the next conditions see them."""
        if not question.is_asked(scope):
            return ()
        rows = question.visible(self.draw, sheet.brand, scope)
        variables = (row.asked.variable for row in rows)
        given = {variable: self._answers[variable] for variable in variables if variable in self._answers}
        if question.admits(given, scope):
            self.kept.update(given)
        return rows

    def _loop(self, at: int, loop: Loop) -> Iterator[Visit | Gap]:
        tiers = self._tiers(loop)
        self.eligible = tuple(brand for tier in tiers for brand in tier)
        self.brands_expected = min(loop.at_most, len(self.eligible))
        yield from self._rate(at, loop, tiers)
        if loop.offer is None or len(self.rated) < loop.at_most or len(self.eligible) == len(self.rated):
            return
        yield from self._visits(self._binder.offer(loop.offer), (at, loop.at_most, -1))
        if self.kept.get(loop.offer.name) == YES:
            self.brands_expected += 1
            yield from self._rate(at, loop, tiers)

    def _tiers(self, loop: Loop) -> list[list[str]]:
        """Eligible brands, the most wanted first; no brand stands in two tiers."""
        tiers: list[list[str]] = []
        known: set[str] = set()
        for wanted in loop.eligible:
            found = self._wanted(wanted)
            tiers.append([key for key in found if key not in known])
            known.update(found)
        return tiers

    def _wanted(self, wanted: str) -> list[str]:
        """The brands of one tier: all of the country, those picked in a question, or those offered and not picked."""
        country = self.kept.get(self._binder.country, self.draw.known.get("country"))
        there = self._binder.sold(country)
        name = wanted.removeprefix(NOT_PICKED)
        picked = self.kept.get(name)
        if wanted == ALL_BRANDS:
            return list(there)
        if name != wanted:
            left = () if picked == NOT_ANSWERED else picked
            return [key for key in self._offered(name) if key not in left] if isinstance(left, tuple) else []
        return [key for key in there if key in picked] if isinstance(picked, tuple) else []

    def _offered(self, name: str) -> list[str]:
        """The brands that a question offers this person, in the order of the study."""
        sheet, question = self._binder.asked_once[name]
        codes = {choice.code for choice in question.offered(self._scope(sheet))}
        return [key for key in self._binder.brand_names if key in codes]

    def _rate(self, at: int, loop: Loop, tiers: Iterable[list[str]]) -> Iterator[Visit | Gap]:
        """The pages about the brands up to the expected number; a gap first where too few are assigned."""
        first, wanted = len(self.rated), self.brands_expected or 0
        self._take_assigned(wanted)
        if len(self.rated) < wanted:
            open_tiers = (tuple(key for key in tier if key not in self.rated) for tier in tiers)
            request = Assign(wanted - len(self.rated), tuple(tier for tier in open_tiers if tier))
            yield Gap(request, (at, len(self.rated), -1))
            self._take_assigned(wanted if self._live else 0)
        for position, brand in enumerate(self.rated[first:], first):
            for place, page_at in enumerate(page_order(loop, self.draw.seed)):
                yield from self._visits(self._binder.sheet(loop.pages[page_at], brand), (at, position, place))

    def _take_assigned(self, wanted: int) -> None:
        """Rate brands that were assigned and are still eligible, up to as many as are wanted."""
        assigned = [key for key in self.draw.brands if key in self.eligible and key not in self.rated]
        self.rated += assigned[: max(0, wanted - len(self.rated))]


def _without(answers: Mapping[str, Answer], variables: Iterable[str]) -> dict[str, Answer]:
    left = dict(answers)
    for variable in variables:
        left.pop(variable, None)
    return left


def page_order(loop: Loop, seed: int) -> tuple[int, ...]:
    """Order the pages of a loop for one person.

    Parameters
    ----------
    loop : Loop
        The loop.
    seed : int
        The person's seed.

    Returns
    -------
    tuple of int
        Places of its pages in the file, in the order shown.
    """
    places = tuple(range(len(loop.pages)))
    return shuffled(places, seed, "pages") if loop.random_order else places


def screens_ahead(binder: Binder, walk: Walk, place: Place) -> int:
    """Count the screens expected after a place.

    Parameters
    ----------
    binder : Binder
        The questionnaire.
    walk : Walk
        A walk that has come as far as the place.
    place : tuple of int
        Where the respondent is.

    Returns
    -------
    int
        Pages without conditions count one, the others half; one more brand counts when it is accepted.
    """
    return math.ceil(sum(weight for ahead, weight in _expected(binder, walk, place[0]) if ahead > place))


def _expected(binder: Binder, walk: Walk, reached: int) -> Iterator[tuple[Place, float]]:
    for at, entry_at in enumerate(entry_order(binder.instrument, walk.draw.seed)):
        entry = binder.instrument.pages[entry_at]
        if not isinstance(entry, Loop):
            yield (at, 0, 0), _weight(entry)
            continue
        brands = min(entry.at_most, len(binder.brand_names))
        if reached >= at and walk.brands_expected is not None:
            brands = walk.brands_expected
        for position in range(brands):
            order = page_order(entry, walk.draw.seed)
            yield from (((at, position, place), _weight(entry.pages[page_at])) for place, page_at in enumerate(order))
        if entry.offer:
            yield (at, entry.at_most, -1), 0.5


def _weight(page: Page) -> float:
    free = any(
        question.relevant is None and not (isinstance(question, Item) and question.choice_filter)
        for question in page.questions
    )
    return 1.0 if page.relevant is None and free else 0.5
