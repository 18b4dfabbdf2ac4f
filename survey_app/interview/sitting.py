"""One respondent's way through a questionnaire, kept in the store: open, where, answer, back; knows no Flask.

A page that was answered is saved before the next is known, and sending it again changes nothing. Whoever calls
decides how much one transaction holds: a request of a browser one page, the simulation a whole sitting.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from operator import attrgetter
from typing import Any, Literal

from instruments.interview import Answer, Assign, Draw, End, Interview, Position, Screen
from survey_app.field.webhooks import tell_sitting
from survey_app.interview.assignment import Balance, choose_brands
from survey_app.interview.field_rules import FieldRules
from survey_app.interview.quality import flags
from survey_app.interview.returns import queue_call
from survey_app.interview.statuses import Event, after
from survey_app.store import Transaction, draws, places, sittings
from survey_app.store.sittings import Beginnings, SavedPage, Sitting

logger = logging.getLogger(__name__)

HOLD = timedelta(hours=1)
ANYBODY = FieldRules()
AGREED = 1
Raw = Mapping[str, Sequence[str]]
Outcome = Literal["saved", "replayed", "not_on_the_way", "finished"]


@dataclass(frozen=True)
class Way:
    """Everything answered in one sitting, and where it leads; `pages` are all visits."""

    interview: Interview
    draw: Draw
    pages: tuple[SavedPage, ...] = ()
    rules: FieldRules = ANYBODY

    @cached_property
    def latest(self) -> dict[str, SavedPage]:
        """The last visit of each screen."""
        return sittings.latest_visits(self.pages)

    @cached_property
    def answers(self) -> dict[str, Answer]:
        """The answers of the last visits, by variable."""
        return {
            variable: tuple(value) if isinstance(value, list) else value
            for page in self.latest.values()
            for variable, value in page.payload.items()
        }

    @cached_property
    def _position(self) -> Position:
        return self.interview.position(self.draw, self.answers, self.latest)

    @property
    def step(self) -> Screen | Assign | End:
        """What the interview wants next."""
        return self._position.step

    @property
    def path(self) -> tuple[str, ...]:
        """The screens that may be looked at: those done and the next."""
        return self._position.path

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

    def all_under(self, page_key: str) -> list[SavedPage]:
        """Return the visits made with one drawing of a page, the last at the end."""
        made = (page for page in self.pages if page.page_key.partition("+")[0] == page_key)
        return sorted(made, key=attrgetter("visit"))


@dataclass(frozen=True)
class Standing:
    """Where a respondent stands: the sitting's row in the store and the way so far."""

    sitting: Sitting
    way: Way

    @cached_property
    def screen(self) -> Screen:
        """The screen the respondent should be on; there is one until the sitting is finished."""
        return self.way.screen(self.way.path[self.place - 1])

    @property
    def place(self) -> int:
        """Where that screen is on the way, counted from 1."""
        at, path = self.sitting.at_screen, self.way.path
        return path.index(at) + 1 if at in path else len(path)

    def at(self, place: int) -> Standing | None:
        """Stand at another place of the way so far; None where the way has no such place."""
        return self.looking_at(self.way.path[place - 1]) if 1 <= place <= len(self.way.path) else None

    def looking_at(self, screen_key: str) -> Standing:
        """Stand at a screen of the way."""
        return replace(self, sitting=replace(self.sitting, at_screen=screen_key))


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
    rules: FieldRules = ANYBODY,
    known: Mapping[str, Answer] | None = None,
    beginnings: Beginnings | None = None,
    now: datetime | None = None,
    hold: timedelta = HOLD,
) -> Standing:
    """Begin a sitting; it has ended at once where a quota that holds already takes nobody more.

    `known` is what `Interview.known_at_entry` made of the link.
    """
    now = now or datetime.now(UTC)
    seed = sittings.new_seed() if seed is None else seed
    balances = interview.instrument.planned_missing is not None
    draw = interview.begin(seed, sittings.count_begun(tx, study) if balances else None, known)
    sitting = sittings.create(
        tx,
        study,
        version,
        language=language,
        seed=seed,
        draw=draw.to_json(),
        now=now,
        country=rules.country(draw.known),
        beginnings=beginnings,
    )
    way = Way(interview, draw, rules=rules)
    if not _has_places(tx, sitting, way, now, hold):
        return Standing(end_sitting(tx, sitting, way, "quota_full", now), way)
    way = _with_brands(tx, sitting, way, now, hold)
    return Standing(sitting if way.draw is draw else replace(sitting, draw=way.draw.to_json()), way)


def find_standing(tx: Transaction, interview: Interview, sitting: Sitting, rules: FieldRules = ANYBODY) -> Standing:
    """Rebuild from the store where a respondent stands."""
    return Standing(sitting, Way(interview, Draw.from_json(sitting.draw), sittings.pages(tx, sitting.id), rules))


def end_sitting(tx: Transaction, sitting: Sitting, way: Way, event: Event, now: datetime) -> Sitting:
    """End a sitting otherwise than by its last page."""
    status = after(sitting.status, event)
    sittings.end(tx, sitting.id, status, now)
    ended = replace(sitting, status=status, ended_at=now, at_screen=None)
    _settle(tx, ended, way)
    return ended


def answer(
    tx: Transaction,
    standing: Standing,
    screen_key: str,
    page_key: str,
    raw: Raw,
    *,
    again: Collection[str] = (),
    client_seconds: float | None = None,
    paradata: Mapping[str, Any] | None = None,
    now: datetime | None = None,
    hold: timedelta = HOLD,
) -> Answered:
    """Save one visit of a screen and go on; raises AnswerError, with nothing saved, where an answer cannot be taken.

    `page_key` was made when the page was drawn. The same key with the same answers is the same visit, however often
    it comes; with other answers, or with the first ones again after others, it is one more visit, since a respondent
    who changed an answer meant it. `again` are the variables that the page asked for once more.
    """
    sitting, way = standing.sitting, standing.way
    if sitting.is_finished:
        return Answered("finished", standing)
    if screen_key not in way.path:
        return Answered("not_on_the_way", standing)
    payload = way.interview.accept(way.screen(screen_key).met(raw), raw, again)
    if _came_before(way, page_key, payload, client_seconds):
        return Answered("replayed", standing)
    before = way.latest.get(screen_key)
    page = SavedPage(
        sitting=sitting.id,
        screen=screen_key,
        visit=before.visit + 1 if before else 1,
        page_key=_free_key(way, page_key),
        payload=payload,
        saved_at=now or datetime.now(UTC),
        client_seconds=client_seconds,
        paradata=paradata,
    )
    return Answered("saved", _save(tx, standing, page, hold))


def go_back(tx: Transaction, standing: Standing, screen_key: str) -> Standing:
    """Show the screen before this one; what was answered stays."""
    if standing.sitting.is_finished or screen_key not in standing.way.path:
        return standing
    before = standing.way.before(screen_key) or screen_key
    sittings.move(tx, standing.sitting.id, before)
    return standing.looking_at(before)


def keep_typed(tx: Transaction, standing: Standing, screen_key: str, page_key: str, raw: Raw) -> bool:
    """Keep what has been typed on a page that is left without being sent; it counts as no answer.

    False where the page was saved before this came: what was typed earlier shall not stand in for what was sent.
    """
    if standing.way.saved_under(page_key) is not None:
        return False
    kept = {variable: list(values) for variable, values in raw.items()}
    sittings.keep_draft(tx, standing.sitting.id, screen_key, kept, datetime.now(UTC))
    return True


def typed(tx: Transaction, standing: Standing) -> dict[str, list[str]] | None:
    """Return what has been typed on the page the respondent is on, where it is newer than what was saved."""
    key = standing.screen.key
    saved = standing.way.latest.get(key)
    return sittings.draft_of(tx, standing.sitting.id, key, after=saved.saved_at if saved else None)


def _save(tx: Transaction, standing: Standing, page: SavedPage, hold: timedelta) -> Standing:
    now = page.saved_at
    way = replace(standing.way, pages=(*standing.way.pages, page))
    changes = _consent(standing.sitting, way, page) | _country(way, page)
    sitting = replace(standing.sitting, **changes)
    event = _stopped(tx, sitting, way, page, hold)
    if event is None:
        way = _with_brands(tx, sitting, way, now, hold)
        event = _finished(tx, sitting, way, now, hold)
    at = None if event else way.after(page.screen)
    if event == "complete":
        found = flags(way.rules.watched, way.pages, sitting.started_at)
        changes |= {"flags": " ".join(found)}
        event = "quality_fail" if way.rules.fails(found) else event
    status = after(sitting.status, event or "saved")
    if event:
        changes |= {"ended_at": now, "seconds": (now - sitting.started_at).total_seconds()}
    sittings.add_page(tx, page, status=status, then_at=at, changes=changes)
    sitting = replace(
        sitting,
        **(changes | {"status": status, "saved_at": now, "at_screen": at, "last_screen": page.screen}),
        draw=sitting.draw if way.draw is standing.way.draw else way.draw.to_json(),
    )
    if event:
        sittings.forget_drafts(tx, sitting.id)
        _settle(tx, sitting, way)
    return Standing(sitting, way)


def _stopped(tx: Transaction, sitting: Sitting, way: Way, page: SavedPage, hold: timedelta) -> Event | None:
    """Say whether a quota ends the interview here: as soon as its variables are known, before brands are given."""
    decides = way.rules.counts_anything and way.rules.decides(page.payload) and not isinstance(way.step, End)
    return "quota_full" if decides and not _has_places(tx, sitting, way, page.saved_at, hold) else None


def _finished(tx: Transaction, sitting: Sitting, way: Way, now: datetime, hold: timedelta) -> Event | None:
    """Say how the interview ended, if it did; a complete one needs its places in the quotas once more."""
    if not isinstance(way.step, End):
        return None
    if way.step.status != "complete":
        return way.step.status
    return "complete" if _has_places(tx, sitting, way, now, hold) else "quota_full"


def _has_places(tx: Transaction, sitting: Sitting, way: Way, now: datetime, hold: timedelta) -> bool:
    """Say whether the respondent has a place in each quota known to be theirs, now if not before; trials need none."""
    if not way.rules.counts_anything or sitting.is_test:
        return True
    cells = way.rules.cells(_known(sitting, way))
    if places.holds(tx, sitting.id, cells, now):
        return True
    return places.hold(tx, sitting.study, sitting.id, cells, now=now, until=now + hold)


def _known(sitting: Sitting, way: Way) -> dict[str, Answer]:
    told = {**way.draw.known, **way.interview.current(way.draw, way.answers)}
    return way.rules.known(told, language=sitting.language, source=sitting.source)


def _settle(tx: Transaction, sitting: Sitting, way: Way) -> None:
    """Count what a sitting that has ended leaves behind, and let go of what it held."""
    complete = sitting.status == "complete"
    if way.draw.brands:
        draws.settle(tx, sitting.study, sitting.id, complete=complete)
    if way.rules.counts_anything and not sitting.is_test:
        places.settle(tx, sitting.id, complete=complete)
    if sitting.ended_at is not None:
        queue_call(tx, way.rules, sitting, sitting.ended_at)
        tell_sitting(tx, sitting, sitting.ended_at)


def _consent(sitting: Sitting, way: Way, page: SavedPage) -> dict[str, Any]:
    """Return what is kept of a consent given on this page: to which text, in which language, when."""
    agreed = any(page.payload.get(name) == AGREED for name in way.rules.consent_questions)
    if not agreed or sitting.consent_at is not None:
        return {}
    return {
        "consent_version": way.rules.consent_version,
        "consent_language": sitting.language,
        "consent_at": page.saved_at,
    }


def _country(way: Way, page: SavedPage) -> dict[str, str]:
    """Return what is kept of a country told on this page."""
    told = way.rules.country(page.payload)
    return {"country": told} if told else {}


def _with_brands(tx: Transaction, sitting: Sitting, way: Way, now: datetime, hold: timedelta) -> Way:
    """Assign brands for as long as the interview asks for some."""
    while isinstance(way.step, Assign):
        request, given = way.step, way.draw.brands
        fills = draws.fills(tx, sitting.study, now, [brand for tier in request.tiers for brand in tier])
        balance = Balance(way.rules.boosts, fills.pairs, fills.places, len(given) + 1)
        chosen = choose_brands(request.tiers, fills.brands, request.n, sitting.seed, balance=balance, given=given)
        draw = way.interview.assign(way.draw, way.answers, chosen)
        draws.assign(
            tx,
            sitting.study,
            sitting.id,
            chosen,
            after=len(given),
            country=sitting.country,
            draw=draw.to_json(),
            eligible=request.tiers,
            fills=fills.brands,
            now=now,
            expires=now + hold,
            counts=not sitting.is_test,
        )
        way = Way(way.interview, draw, way.pages, way.rules)
    return way


def _came_before(way: Way, page_key: str, payload: Mapping[str, Answer], client_seconds: float | None) -> bool:
    """Say whether these answers were saved under this key and are not those of a change that was taken back.

    An old copy that arrives late is told from such a change by the seconds that the page itself counted.
    """
    sent = way.all_under(page_key)
    content = json.dumps(payload, sort_keys=True)
    same = [json.dumps(page.payload, sort_keys=True) == content for page in sent]
    if not any(same) or same[-1]:
        return any(same)
    last = sent[-1].client_seconds
    return client_seconds is None or last is None or client_seconds <= last


def _free_key(way: Way, page_key: str) -> str:
    """Return the page's key, or one made from it where it stands for other answers already."""
    sent = way.all_under(page_key)
    if not sent:
        return page_key
    logger.info("Other answers under a key that was used: kept as one more visit of screen %s", sent[0].screen)
    return f"{page_key}+{len(sent)}"
