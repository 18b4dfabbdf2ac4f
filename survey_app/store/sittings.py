"""Sittings and their answers: pages are only ever added, the last visit of a page is the answer that counts."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Select, bindparam, delete, func, insert, select, update

from survey_app.interview.statuses import FINISHED, STATUSES, UNFINISHED, Status
from survey_app.store.database import Transaction
from survey_app.store.tables import answer_page, assignment, draft, sitting, sitting_event

__all__ = ["STATUSES", "UNFINISHED", "SavedPage", "Sitting", "Status"]

ID_BYTES = 16
# A seed survives any program that reads whole numbers as doubles.
SEED_BITS = 53
# Without I, L, O and U, which are taken for others or make words.
CODE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 12
# Nobody needs them to go on with an interview, and they are as long as the answers.
_WITHOUT_PARADATA = tuple(column for column in answer_page.c if column.name != "paradata")
# What every page of every respondent asks the database, put together once.
_FIND = select(sitting).where(sitting.c.id == bindparam("which"))
_FIND_LOCKED = _FIND.with_for_update()
_ADD = insert(sitting)
_CHANGE = update(sitting).where(sitting.c.id == bindparam("which"))
_VISITS = (
    select(*_WITHOUT_PARADATA)
    .where(answer_page.c.sitting == bindparam("which"))
    .order_by(answer_page.c.saved_at, answer_page.c.visit)
)
_ADD_VISIT = insert(answer_page)
_FORGET_DRAFTS = delete(draft).where(draft.c.sitting == bindparam("which"))
_DRAFT = select(draft.c.raw, draft.c.saved_at).where(
    draft.c.sitting == bindparam("which"), draft.c.screen == bindparam("on")
)


@dataclass(frozen=True)
class Sitting:
    """One respondent's way through one version of a study; `pseudonym` is what exports show, never `id`."""

    id: str
    pseudonym: str
    study: str
    study_version: int
    status: Status
    language: str
    seed: int
    draw: str
    at_screen: str | None
    is_test: bool
    is_simulated: bool
    source: str | None
    code: str
    device: str | None
    consent_version: str | None
    consent_language: str | None
    consent_at: datetime | None
    flags: str | None
    started_at: datetime
    saved_at: datetime | None
    ended_at: datetime | None
    country: str | None = None
    last_screen: str | None = None
    seconds: float | None = None

    @property
    def is_finished(self) -> bool:
        """Say whether nothing more can be answered."""
        return self.status in FINISHED

    @property
    def written_code(self) -> str:
        """The code in groups, to be read out and copied."""
        return "-".join(self.code[at : at + 4] for at in range(0, CODE_LENGTH, 4))


@dataclass(frozen=True)
class Beginnings:
    """What is known of a sitting when it begins, besides its study, language and draw.

    Only simulated respondents are given a `pseudonym`; that of a person is random.
    """

    pseudonym: str | None = None
    is_test: bool = False
    is_simulated: bool = False
    source: str | None = None
    device: str | None = None


@dataclass(frozen=True)
class SavedPage:
    """What was answered on one visit to one screen."""

    sitting: str
    screen: str
    visit: int
    page_key: str
    payload: Mapping[str, Any]
    saved_at: datetime
    client_seconds: float | None = None
    paradata: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class AssignedBrand:
    """A brand a sitting was given, and what it was chosen from."""

    sitting: str
    position: int
    study: str
    brand: str
    state: str
    country: str | None
    eligible: list[list[str]]
    fills: dict[str, int]
    drawn_at: datetime
    expires_at: datetime


def new_seed() -> int:
    """Return a seed for a sitting's own random choices."""
    return secrets.randbits(SEED_BITS)


def code_of(sitting_id: str) -> str:
    """Return the code that its respondent writes down; from it nobody can tell the id."""
    digest = hashlib.sha256(f"code:{sitting_id}".encode()).digest()
    return "".join(CODE_LETTERS[byte % len(CODE_LETTERS)] for byte in digest[:CODE_LENGTH])


def create(
    tx: Transaction,
    study: str,
    version: int,
    *,
    language: str,
    seed: int,
    draw: str,
    now: datetime,
    country: str | None = None,
    beginnings: Beginnings | None = None,
) -> Sitting:
    """Store a new sitting under a random id."""
    known = beginnings or Beginnings()
    random = base64.b32encode(secrets.token_bytes(ID_BYTES)).decode().rstrip("=")
    sitting_id = secrets.token_urlsafe(ID_BYTES)
    values = {
        **asdict(known),
        "id": sitting_id,
        "code": code_of(sitting_id),
        "pseudonym": known.pseudonym or random,
        "study": study,
        "study_version": version,
        "status": "started",
        "language": language,
        "country": country,
        "seed": seed,
        "draw": draw,
        "started_at": now,
    }
    tx.execute(_ADD, values)
    nothing = dict.fromkeys(
        ("at_screen", "consent_version", "consent_language", "consent_at", "flags", "saved_at", "ended_at")
    )
    return Sitting(**{**nothing, **values})


def find(tx: Transaction, sitting_id: str, *, lock: bool = False) -> Sitting | None:
    """Return a sitting; `lock` keeps others from changing it until the transaction ends."""
    row = tx.execute(_FIND_LOCKED if lock else _FIND, {"which": sitting_id}).mappings().one_or_none()
    return None if row is None else Sitting(**row)


def find_by_code(tx: Transaction, study: str, code: str) -> Sitting | None:
    """Return the sitting whose respondent wrote down this code; nobody else changes it until the transaction ends."""
    query = select(sitting).where(sitting.c.code == code, sitting.c.study == study).with_for_update()
    row = tx.execute(query).mappings().one_or_none()
    return None if row is None else Sitting(**row)


def pages(tx: Transaction, sitting_id: str) -> tuple[SavedPage, ...]:
    """Return every visit of every screen, in the order they were saved."""
    return tuple(SavedPage(**row) for row in tx.execute(_VISITS, {"which": sitting_id}).mappings())


def latest_visits(visits: Iterable[SavedPage]) -> dict[str, SavedPage]:
    """Return by screen the visit that counts: the one with the highest number, for clocks may go back."""
    return {page.screen: page for page in sorted(visits, key=attrgetter("visit"))}


def seconds_spent(visits: Iterable[SavedPage], started_at: datetime) -> Iterator[tuple[SavedPage, float]]:
    """Give with each visit the seconds it took: as its browser measured, yet never more than passed since the last.

    A browser may claim anything. Where the server's clock went back meanwhile, it is believed all the same.
    """
    before = started_at
    for page in visits:
        passed = (page.saved_at - before).total_seconds()
        told = page.client_seconds
        yield page, passed if told is None else told if passed < 0 else min(told, passed)
        before = page.saved_at


def add_page(
    tx: Transaction,
    page: SavedPage,
    *,
    status: Status = "partial",
    then_at: str | None = None,
    changes: Mapping[str, Any] | None = None,
) -> None:
    """Store one visit of one screen; the respondent then looks at `then_at`, None for the first unanswered screen.

    `changes` are further columns of the sitting that the visit changes.
    """
    tx.execute(_ADD_VISIT, vars(page))
    values = {"status": status, "saved_at": page.saved_at, "at_screen": then_at, "last_screen": page.screen}
    tx.execute(_CHANGE, {"which": page.sitting, **values, **(changes or {})})


def move(tx: Transaction, sitting_id: str, screen: str | None) -> None:
    """Remember which screen the respondent is looking at; None means the first unanswered one."""
    tx.execute(update(sitting).where(sitting.c.id == sitting_id).values(at_screen=screen))


def set_language(tx: Transaction, sitting_id: str, language: str) -> None:
    """Go on in another language."""
    tx.execute(update(sitting).where(sitting.c.id == sitting_id).values(language=language))


def end(tx: Transaction, sitting_id: str, status: Status, now: datetime) -> bool:
    """Finish a sitting; False where it had been finished already."""
    tx.execute(delete(draft).where(draft.c.sitting == sitting_id))
    began = tx.execute(select(sitting.c.started_at).where(sitting.c.id == sitting_id)).scalar_one()
    seconds = (now - began).total_seconds()
    query = update(sitting).where(sitting.c.id == sitting_id, sitting.c.ended_at.is_(None))
    return tx.execute(query.values(status=status, ended_at=now, at_screen=None, seconds=seconds)).rowcount == 1


def forget_drafts(tx: Transaction, sitting_id: str) -> None:
    """Drop what was typed and never sent."""
    tx.execute(_FORGET_DRAFTS, {"which": sitting_id})


def note(tx: Transaction, sitting_id: str, kind: str, detail: str, now: datetime) -> None:
    """Note something that happened besides answering: a change of language, a coming back."""
    tx.execute(insert(sitting_event).values(sitting=sitting_id, kind=kind, detail=detail, at=now))


def time_out(tx: Transaction, before: datetime) -> int:
    """Mark the sittings that nobody has touched since a moment; whoever comes back goes on. Returns their number."""
    touched = func.coalesce(sitting.c.saved_at, sitting.c.started_at)
    left = update(sitting).where(sitting.c.status.in_(("started", "partial")), touched < before)
    return tx.execute(left.values(status="timed_out")).rowcount


def keep_draft(tx: Transaction, sitting_id: str, screen: str, raw: Mapping[str, object], now: datetime) -> None:
    """Keep what has been typed on a page that has not been sent yet; it is never an answer."""
    tx.execute(delete(draft).where(draft.c.sitting == sitting_id, draft.c.screen == screen))
    tx.execute(insert(draft).values(sitting=sitting_id, screen=screen, raw=dict(raw), saved_at=now))


def draft_of(tx: Transaction, sitting_id: str, screen: str, *, after: datetime | None) -> dict[str, Any] | None:
    """Return what has been typed on a page and not been sent yet, nor before the page was last saved."""
    row = tx.execute(_DRAFT, {"which": sitting_id, "on": screen}).one_or_none()
    return None if row is None or (after is not None and row.saved_at <= after) else dict(row.raw)


def assigned(tx: Transaction, sitting_id: str) -> tuple[AssignedBrand, ...]:
    """Return the brands of a sitting in the order they are asked about."""
    query = select(assignment).where(assignment.c.sitting == sitting_id).order_by(assignment.c.position)
    return tuple(AssignedBrand(**row) for row in tx.execute(query).mappings())


def languages_of(tx: Transaction, study: str) -> dict[str, list[str]]:
    """Return for each sitting in which it was changed the languages gone on in, in their order."""
    query = select(sitting_event.c.sitting, sitting_event.c.detail).join(sitting).order_by(sitting_event.c.id)
    rows = tx.execute(query.where(sitting.c.study == study, sitting_event.c.kind == "language"))
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.sitting, []).append(row.detail)
    return found


def count_by_status(tx: Transaction, study: str, *, tests: bool = False) -> dict[Status, int]:
    """Count the sittings of a study by status, without the trial runs unless they are asked for."""
    query = select(sitting.c.status, func.count().label("n")).where(sitting.c.study == study).group_by(sitting.c.status)
    counts = {row.status: row.n for row in tx.execute(_with_or_without_tests(query, tests=tests))}
    return {status: counts.get(status, 0) for status in STATUSES}


def count_begun(tx: Transaction, study: str) -> int:
    """Count the sittings of a study, whatever became of them."""
    return tx.execute(select(func.count()).where(sitting.c.study == study)).scalar_one()


def count_simulated(tx: Transaction, study: str) -> int:
    """Count the sittings of invented respondents."""
    query = select(func.count()).where(sitting.c.study == study, sitting.c.is_simulated)
    return tx.execute(query).scalar_one()


def of_study(
    tx: Transaction, study: str, *, statuses: tuple[Status, ...] = ("partial", "complete"), tests: bool = False
) -> Iterator[tuple[Sitting, tuple[SavedPage, ...]]]:
    """Give each sitting of a study with all its visits, by pseudonym, so that the order tells nothing of time."""
    chosen = sitting.c.study == study, sitting.c.status.in_(statuses)
    sittings = _with_or_without_tests(select(sitting).where(*chosen).order_by(sitting.c.pseudonym), tests=tests)
    sittings = sittings.execution_options(yield_per=1000)
    visits = (
        _with_or_without_tests(select(answer_page).join(sitting).where(*chosen), tests=tests)
        .order_by(sitting.c.pseudonym, answer_page.c.saved_at, answer_page.c.visit)
        .execution_options(yield_per=1000)
    )
    by_sitting = groupby((SavedPage(**row) for row in tx.execute(visits).mappings()), key=attrgetter("sitting"))
    following = next(by_sitting, None)
    for row in tx.execute(sittings).mappings():
        if following is None or following[0] != row["id"]:
            yield Sitting(**row), ()
        else:
            yield Sitting(**row), tuple(following[1])
            following = next(by_sitting, None)


def _with_or_without_tests(query: Select[Any], *, tests: bool) -> Select[Any]:
    return query if tests else query.where(~sitting.c.is_test)
