"""One respondent's way through a questionnaire, kept in the store: open, where, answer, back; knows no Flask.

A page that was answered is saved before the next is known, and sending it again changes nothing. Whoever calls
decides how much one transaction holds: a request of a browser one page, the simulation a whole sitting.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Literal

from instruments.interview import Answer, Assign, Draw, End, Interview, Screen
from survey_app.assignment import choose_brands
from survey_app.store import Transaction, sittings
from survey_app.store.sittings import SavedPage, Sitting

logger = logging.getLogger(__name__)

HOLD = timedelta(hours=1)
Raw = Mapping[str, Sequence[str]]
Outcome = Literal["saved", "replayed", "not_on_the_way", "finished"]


@dataclass(frozen=True)
class Way:
    """Everything answered in one sitting, and where it leads; `pages` are all visits, the oldest first."""

    interview: Interview
    draw: Draw
    pages: tuple[SavedPage, ...] = ()

    @cached_property
    def latest(self) -> dict[str, SavedPage]:
        """The last visit of each screen."""
        return {page.screen: page for page in self.pages}

    @cached_property
    def answers(self) -> dict[str, Answer]:
        """The answers of the last visits, by variable."""
        return {
            variable: tuple(value) if isinstance(value, list) else value
            for page in self.latest.values()
            for variable, value in page.payload.items()
        }

    @cached_property
    def step(self) -> Screen | Assign | End:
        """What the interview wants next."""
        return self.interview.next(self.draw, self.answers, self.latest)

    @cached_property
    def path(self) -> tuple[str, ...]:
        """The screens that may be looked at: those done and the next."""
        return self.interview.path(self.draw, self.answers, self.latest)

    def screen(self, key: str) -> Screen:
        """Draw up a screen of the path."""
        if isinstance(self.step, Screen) and self.step.key == key:
            return self.step
        return self.interview.screen(key, self.draw, self.answers)

    def before(self, key: str) -> str | None:
        """Return the screen before one of the path, None where it is the first."""
        place = self.path.index(key)
        return self.path[place - 1] if place else None

    def after(self, key: str) -> str | None:
        """Return the answered screen after one of the path, None where the first unanswered one follows."""
        following = self.path[self.path.index(key) + 1 :] if key in self.path else ()
        return following[0] if following and following[0] != self.path[-1] else None

    def saved_under(self, page_key: str) -> SavedPage | None:
        """Return the visit that a page's key stands for."""
        return next((page for page in self.pages if page.page_key == page_key), None)


@dataclass(frozen=True)
class Standing:
    """Where a respondent stands: the sitting's row in the store and the way so far."""

    sitting: Sitting
    way: Way

    @cached_property
    def screen(self) -> Screen:
        """The screen the respondent should be on; there is one until the sitting is finished."""
        at = self.sitting.at_screen
        return self.way.screen(at if at in self.way.path else self.way.path[-1])


@dataclass(frozen=True)
class Answered:
    """What became of a page that was sent, and where the respondent stands now."""

    outcome: Outcome
    standing: Standing


def open_sitting(
    tx: Transaction,
    interview: Interview,
    study: str,
    version: int,
    *,
    language: str,
    seed: int | None = None,
    pseudonym: str | None = None,
    is_test: bool = False,
    is_simulated: bool = False,
    source: str | None = None,
    source_uid: str | None = None,
    now: datetime | None = None,
    hold: timedelta = HOLD,
) -> Standing:
    """Begin a sitting; raises SourceTakenError where the panel's id has been in this study before."""
    now = now or datetime.now(UTC)
    seed = sittings.new_seed() if seed is None else seed
    balances = interview.instrument.planned_missing is not None
    draw = interview.begin(seed, sittings.count_begun(tx, study) if balances else None)
    sitting = sittings.create(
        tx,
        study,
        version,
        language=language,
        seed=seed,
        draw=draw.to_json(),
        now=now,
        pseudonym=pseudonym,
        is_test=is_test,
        is_simulated=is_simulated,
        source=source,
        source_uid=source_uid,
    )
    way = _with_brands(tx, sitting, Way(interview, draw), now, hold)
    return Standing(replace(sitting, draw=way.draw.to_json()), way)


def find_standing(tx: Transaction, interview: Interview, sitting: Sitting) -> Standing:
    """Rebuild from the store where a respondent stands."""
    return Standing(sitting, Way(interview, Draw.from_json(sitting.draw), sittings.pages(tx, sitting.id)))


def answer(
    tx: Transaction,
    standing: Standing,
    screen_key: str,
    page_key: str,
    raw: Raw,
    *,
    again: Collection[str] = (),
    client_seconds: float | None = None,
    now: datetime | None = None,
    hold: timedelta = HOLD,
) -> Answered:
    """Save one visit of a screen and go on; raises AnswerError, with nothing saved, where an answer cannot be taken.

    `page_key` was made when the page was drawn. The same key with the same answers is the same visit, however often
    it comes; with other answers it is one more visit, since a respondent who changed an answer meant it. `again` are
    the variables that the page asked for once more.
    """
    sitting, way = standing.sitting, standing.way
    if sitting.is_finished:
        return Answered("finished", standing)
    if screen_key not in way.path:
        return Answered("not_on_the_way", standing)
    payload = way.interview.accept(way.screen(screen_key), raw, again)
    page_key = _free_key(way, page_key, payload)
    if way.saved_under(page_key) is not None:
        return Answered("replayed", standing)
    before = way.latest.get(screen_key)
    page = SavedPage(
        sitting=sitting.id,
        screen=screen_key,
        visit=before.visit + 1 if before else 1,
        page_key=page_key,
        payload=payload,
        saved_at=now or datetime.now(UTC),
        client_seconds=client_seconds,
    )
    return Answered("saved", _save(tx, standing, page, hold))


def go_back(tx: Transaction, standing: Standing, screen_key: str) -> None:
    """Show the screen before this one; what was answered stays."""
    if not standing.sitting.is_finished and screen_key in standing.way.path:
        sittings.move(tx, standing.sitting.id, standing.way.before(screen_key) or screen_key)


def keep_typed(tx: Transaction, standing: Standing, screen_key: str, raw: Raw, now: datetime | None = None) -> None:
    """Keep what has been typed on a page that is left without being sent; it counts as no answer."""
    kept = {variable: list(values) for variable, values in raw.items()}
    sittings.keep_draft(tx, standing.sitting.id, screen_key, kept, now or datetime.now(UTC))


def typed(tx: Transaction, standing: Standing) -> dict[str, list[str]] | None:
    """Return what has been typed on the page the respondent is on, where it is newer than what was saved."""
    key = standing.screen.key
    saved = standing.way.latest.get(key)
    return sittings.draft_of(tx, standing.sitting.id, key, after=saved.saved_at if saved else None)


def _save(tx: Transaction, standing: Standing, page: SavedPage, hold: timedelta) -> Standing:
    sitting, now = standing.sitting, page.saved_at
    way = replace(standing.way, pages=(*standing.way.pages, page))
    way = _with_brands(tx, sitting, way, now, hold)
    at = way.after(page.screen)
    sittings.add_page(tx, page, then_at=at)
    sitting = replace(sitting, status="partial", draw=way.draw.to_json(), saved_at=now, at_screen=at)
    if isinstance(way.step, End):
        sittings.end(tx, sitting.id, way.step.status, now)
        sitting = replace(sitting, status=way.step.status, ended_at=now, at_screen=None)
    return Standing(sitting, way)


def _with_brands(tx: Transaction, sitting: Sitting, way: Way, now: datetime, hold: timedelta) -> Way:
    """Assign brands for as long as the interview asks for some."""
    while isinstance(way.step, Assign):
        request = way.step
        fills = sittings.fills(tx, sitting.study, now)
        chosen = choose_brands(request.tiers, fills, request.n, sitting.seed)
        draw = way.interview.assign(way.draw, way.answers, chosen)
        sittings.assign(
            tx,
            sitting.id,
            chosen,
            draw=draw.to_json(),
            eligible=[list(tier) for tier in request.tiers],
            fills=fills,
            now=now,
            expires=now + hold,
        )
        way = Way(way.interview, draw, way.pages)
    return way


def _free_key(way: Way, page_key: str, payload: Mapping[str, Answer]) -> str:
    """Return the page's key, or one made from key and answers where it stands for other answers already."""
    earlier = way.saved_under(page_key)
    content = json.dumps(payload, sort_keys=True)
    if earlier is None or json.dumps(earlier.payload, sort_keys=True) == content:
        return page_key
    logger.info("Other answers under a key that was used: kept as one more visit of screen %s", earlier.screen)
    return f"{page_key}+{hashlib.sha256(content.encode()).hexdigest()[:16]}"
