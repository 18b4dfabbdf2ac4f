"""Sittings and their answers: pages are only ever added, the last visit of a page is the answer that counts."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, Literal

from sqlalchemy import Select, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from survey_app.store.database import Transaction
from survey_app.store.tables import answer_page, assignment, draft, sitting, study

Status = Literal["started", "partial", "complete", "screened_out"]
UNFINISHED: tuple[Status, ...] = ("started", "partial")
ID_BYTES = 16
# A seed survives any program that reads whole numbers as doubles.
SEED_BITS = 53


class SourceTakenError(Exception):
    """A panel's id has been used in this study before."""


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
    source_uid: str | None
    started_at: datetime
    saved_at: datetime | None
    ended_at: datetime | None
    last_screen: str | None = None
    seconds: float | None = None

    @property
    def is_finished(self) -> bool:
        """Say whether nothing more can be answered."""
        return self.status not in UNFINISHED


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


@dataclass(frozen=True)
class AssignedBrand:
    """A brand a sitting was given, and what it was chosen from."""

    sitting: str
    position: int
    brand: str
    eligible: list[list[str]]
    fills: dict[str, int]
    drawn_at: datetime
    expires_at: datetime


def new_seed() -> int:
    """Return a seed for a sitting's own random choices."""
    return secrets.randbits(SEED_BITS)


def create(
    tx: Transaction,
    study: str,
    version: int,
    *,
    language: str,
    seed: int,
    draw: str,
    now: datetime,
    pseudonym: str | None = None,
    is_test: bool = False,
    is_simulated: bool = False,
    source: str | None = None,
    source_uid: str | None = None,
) -> Sitting:
    """Store a new sitting under a random id; raises SourceTakenError where the panel's id has been here.

    Only simulated respondents are given a `pseudonym`; that of a person is random.
    """
    values = {
        "id": secrets.token_urlsafe(ID_BYTES),
        "pseudonym": pseudonym or base64.b32encode(secrets.token_bytes(ID_BYTES)).decode().rstrip("="),
        "study": study,
        "study_version": version,
        "status": "started",
        "language": language,
        "seed": seed,
        "draw": draw,
        "is_test": is_test,
        "is_simulated": is_simulated,
        "source": source,
        "source_uid": source_uid,
        "started_at": now,
    }
    try:
        with tx.begin_nested():
            row = tx.execute(insert(sitting).values(values).returning(sitting)).mappings().one()
    except IntegrityError as error:
        if source_uid is None:
            raise
        raise SourceTakenError(source_uid) from error
    return Sitting(**row)


def find(tx: Transaction, sitting_id: str, *, lock: bool = False) -> Sitting | None:
    """Return a sitting; `lock` keeps others from changing it until the transaction ends."""
    query = select(sitting).where(sitting.c.id == sitting_id)
    row = tx.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    return None if row is None else Sitting(**row)


def pages(tx: Transaction, sitting_id: str) -> tuple[SavedPage, ...]:
    """Return every visit of every screen, in the order they were saved."""
    query = select(answer_page).where(answer_page.c.sitting == sitting_id)
    rows = tx.execute(query.order_by(answer_page.c.saved_at, answer_page.c.visit)).mappings()
    return tuple(SavedPage(**row) for row in rows)


def add_page(tx: Transaction, page: SavedPage, *, then_at: str | None = None) -> None:
    """Store one visit of one screen; the respondent then looks at `then_at`, None for the first unanswered screen."""
    tx.execute(insert(answer_page).values(asdict(page)))
    begun = update(sitting).where(sitting.c.id == page.sitting)
    tx.execute(begun.values(status="partial", saved_at=page.saved_at, at_screen=then_at, last_screen=page.screen))


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


def keep_draft(tx: Transaction, sitting_id: str, screen: str, raw: Mapping[str, object], now: datetime) -> None:
    """Keep what has been typed on a page that has not been sent yet; it is never an answer."""
    tx.execute(delete(draft).where(draft.c.sitting == sitting_id, draft.c.screen == screen))
    tx.execute(insert(draft).values(sitting=sitting_id, screen=screen, raw=dict(raw), saved_at=now))


def draft_of(tx: Transaction, sitting_id: str, screen: str, *, after: datetime | None) -> dict[str, Any] | None:
    """Return what has been typed on a page and not been sent yet, nor before the page was last saved."""
    query = select(draft.c.raw).where(draft.c.sitting == sitting_id, draft.c.screen == screen)
    if after is not None:
        query = query.where(draft.c.saved_at > after)
    row = tx.execute(query).one_or_none()
    return None if row is None else dict(row.raw)


def assign(
    tx: Transaction,
    sitting_id: str,
    brands: tuple[str, ...],
    *,
    draw: str,
    eligible: list[list[str]],
    fills: Mapping[str, int],
    now: datetime,
    expires: datetime,
) -> None:
    """Store the brands a sitting is given, what they were chosen from, and the draw that follows."""
    taken = tx.execute(select(func.count()).where(assignment.c.sitting == sitting_id)).scalar_one()
    rows = [
        {
            "sitting": sitting_id,
            "position": position,
            "brand": brand,
            "eligible": eligible,
            "fills": dict(fills),
            "drawn_at": now,
            "expires_at": expires,
        }
        for position, brand in enumerate(brands, start=taken + 1)
    ]
    if rows:
        tx.execute(insert(assignment), rows)
    tx.execute(update(sitting).where(sitting.c.id == sitting_id).values(draw=draw))


def assigned(tx: Transaction, sitting_id: str) -> tuple[AssignedBrand, ...]:
    """Return the brands of a sitting in the order they are asked about."""
    query = select(assignment).where(assignment.c.sitting == sitting_id).order_by(assignment.c.position)
    return tuple(AssignedBrand(**row) for row in tx.execute(query).mappings())


def fills(tx: Transaction, study_key: str, now: datetime) -> dict[str, int]:
    """Count, for each brand of a study, the complete sittings and those under way whose hold has not expired.

    Whoever counts to assign brands keeps the next one waiting until these brands are stored.
    """
    # PostgreSQL; a writer of SQLite is alone anyway. Without the key, so that sittings may begin meanwhile.
    tx.execute(select(study.c.key).where(study.c.key == study_key).with_for_update(key_share=True))
    under_way = sitting.c.status.in_(UNFINISHED) & (assignment.c.expires_at > now)
    query = (
        select(assignment.c.brand, func.count().label("n"))
        .join(sitting, sitting.c.id == assignment.c.sitting)
        .where(sitting.c.study == study_key, ~sitting.c.is_test, (sitting.c.status == "complete") | under_way)
        .group_by(assignment.c.brand)
    )
    return {row.brand: row.n for row in tx.execute(query)}


def count_by_status(tx: Transaction, study: str, *, tests: bool = False) -> dict[Status, int]:
    """Count the sittings of a study by status, without the trial runs unless they are asked for."""
    query = select(sitting.c.status, func.count().label("n")).where(sitting.c.study == study).group_by(sitting.c.status)
    counts = {row.status: row.n for row in tx.execute(_with_or_without_tests(query, tests=tests))}
    return {status: counts.get(status, 0) for status in ("started", "partial", "complete", "screened_out")}


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
    visits = (
        _with_or_without_tests(select(answer_page).join(sitting).where(*chosen), tests=tests)
        .order_by(sitting.c.pseudonym, answer_page.c.saved_at, answer_page.c.visit)
        .execution_options(yield_per=1000)
    )
    by_sitting = groupby((SavedPage(**row) for row in tx.execute(visits).mappings()), key=attrgetter("sitting"))
    following = next(by_sitting, None)
    for row in tx.execute(sittings).mappings().all():
        if following is None or following[0] != row["id"]:
            yield Sitting(**row), ()
        else:
            yield Sitting(**row), tuple(following[1])
            following = next(by_sitting, None)


def _with_or_without_tests(query: Select[Any], *, tests: bool) -> Select[Any]:
    return query if tests else query.where(~sitting.c.is_test)
