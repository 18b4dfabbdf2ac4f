"""The way through a questionnaire that one respondent's answers lead to; keeps only the answers that lie on it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from instruments.draw import Draw, shuffled
from instruments.logic import Answer
from instruments.model import YES, Item, Loop, Page
from instruments.screens import Screen
from instruments.sheets import Binder, Question, Row, Scope, Sheet

Place = tuple[int, int, int]
"""Where a screen stands: entry of the questionnaire, position of the brand in its loop, page of the loop."""


@dataclass(frozen=True)
class Assign:
    """A request to choose `n` brands out of `tiers`, the most wanted tier first; no brand stands in two."""

    n: int
    tiers: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Visit:
    """A screen on the path: the variables it asks now, and whether all of them are answered."""

    sheet: Sheet
    place: Place
    asked: tuple[str, ...]
    complete: bool


@dataclass(frozen=True)
class Gap:
    """A place where brands must be assigned before the path can go on."""

    request: Assign
    place: Place


class Walk:
    """One walk from the first page to the end, with the answers there are.

    Conditions see only answers met earlier on the walk, so what was answered on a branch since left does
    not count. Iterate once; the attributes grow as the walk goes on.
    """

    def __init__(self, binder: Binder, draw: Draw, answers: Mapping[str, Answer]) -> None:
        self.draw = draw
        self.kept: dict[str, Answer] = {}
        self.rated: list[str] = []
        self.eligible: tuple[str, ...] = ()
        self.brands_expected: int | None = None
        self.screened_out = False
        self._binder = binder
        self._answers = answers
        self._chances = {name: int(fell) for name, fell in draw.chances.items()}

    def __iter__(self) -> Iterator[Visit | Gap]:
        for at, entry in enumerate(self._binder.instrument.pages):
            if isinstance(entry, Loop):
                yield from self._loop(at, entry)
                continue
            brand = self.drawn_brand() if entry.about else None
            if entry.about and brand is None:
                continue
            sheet = self._binder.sheet(entry, brand)
            for visit in self._visit(sheet, (at, 0, 0)):
                yield visit
                if visit.complete and sheet.screen_out and sheet.screen_out.evaluate(self._scope(sheet)):
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
        asked = [question for question in sheet.questions if self._is_asked(question, sheet, scope)]
        own = sheet.question_of
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
            known={variable: answer for variable, answer in self.kept.items() if variable not in own},
            drawn=self._drawn(sheet),
        )

    def _drawn(self, sheet: Sheet) -> Mapping[str, Answer]:
        return self._chances if sheet.brand is None else {**self._chances, "brand": sheet.brand}

    def _scope(self, sheet: Sheet) -> Scope:
        return Scope(sheet.names, self.kept, self._drawn(sheet))

    def _is_asked(self, question: Question, sheet: Sheet, scope: Scope) -> bool:
        return question.is_asked(scope) and bool(question.visible(self.draw, sheet.brand, scope))

    def _visit(self, sheet: Sheet, place: Place) -> Iterator[Visit]:
        """The screen of a sheet, unless it has nothing to ask."""
        scope = self._scope(sheet)
        if sheet.relevant is not None and not sheet.relevant.evaluate(scope):
            return
        met = [rows for question in sheet.questions if (rows := self._meet(question, sheet, scope))]
        asked = tuple(row.asked.variable for rows in met for row in rows if row.asked.type != "note")
        if met:
            yield Visit(sheet, place, asked, all(variable in self.kept for variable in asked))

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
        yield from self._visit(self._binder.offer(loop.offer), (at, loop.at_most, -1))
        if self.kept.get(loop.offer.name) == YES:
            self.brands_expected += 1
            yield from self._rate(at, loop, tiers)

    def _tiers(self, loop: Loop) -> list[list[str]]:
        """Eligible brands, the most wanted first; no brand stands in two tiers."""
        tiers: list[list[str]] = []
        for name in loop.eligible:
            picked = self.kept.get(name)
            known = {brand for tier in tiers for brand in tier}
            tiers.append(
                [key for key in self._binder.brand_names if key not in known and key in picked]
                if isinstance(picked, tuple)
                else []
            )
        return tiers

    def _rate(self, at: int, loop: Loop, tiers: Iterable[list[str]]) -> Iterator[Visit | Gap]:
        """The pages about the brands up to the expected number; a gap first where too few are assigned."""
        first, wanted = len(self.rated), self.brands_expected or 0
        assigned = [key for key in self.draw.brands if key in self.eligible and key not in self.rated]
        self.rated += assigned[: wanted - first]
        if len(self.rated) < wanted:
            open_tiers = (tuple(key for key in tier if key not in self.rated) for tier in tiers)
            request = Assign(wanted - len(self.rated), tuple(tier for tier in open_tiers if tier))
            yield Gap(request, (at, len(self.rated), -1))
        for position, brand in enumerate(self.rated[first:], first):
            for place, page_at in enumerate(page_order(loop, self.draw.seed)):
                yield from self._visit(self._binder.sheet(loop.pages[page_at], brand), (at, position, place))


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
    for at, entry in enumerate(binder.instrument.pages):
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
