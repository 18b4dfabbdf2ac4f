"""Open answers as they were saved, and what researchers decided about each of them: codes, quotable or not, wording."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import bindparam, delete, insert, select

from survey_app.interview.statuses import Status
from survey_app.store.database import Transaction
from survey_app.store.tables import answer_page, sitting, verbatim_code, verbatim_mark

Quotable = Literal["", "yes", "no"]
QUOTABLE: tuple[Quotable, ...] = ("", "yes", "no")


class Place(NamedTuple):
    """Where an open answer stands: `brand` is empty for questions that are asked once."""

    sitting: str
    question: str
    brand: str


@dataclass(frozen=True)
class Mark:
    """What was decided about an open answer; `about` is the brand it tells of where the question names none."""

    quotable: Quotable
    codes: tuple[str, ...]
    quotation: str
    about: str
    marked_by: str
    marked_at: datetime


class SavedAnswers(NamedTuple):
    """What one respondent answered on one screen, the last time it was sent."""

    sitting: str
    pseudonym: str
    language: str
    is_simulated: bool
    screen: str
    payload: Mapping[str, Any]


def saved_answers(
    tx: Transaction, study: str, screens: Collection[str], statuses: Collection[Status], *, pseudonym: str | None = None
) -> list[SavedAnswers]:
    """Return the answers on some screens, of everybody or of one respondent, by pseudonym; trial runs are left out."""
    columns = (
        sitting.c.id,
        sitting.c.pseudonym,
        sitting.c.language,
        sitting.c.is_simulated,
        answer_page.c.screen,
        answer_page.c.payload,
    )
    query = (
        select(*columns)
        .join(answer_page)
        .where(sitting.c.study == study, sitting.c.status.in_(statuses), ~sitting.c.is_test)
        .where(answer_page.c.screen.in_(screens))
        .order_by(sitting.c.pseudonym, answer_page.c.screen, answer_page.c.visit)
    )
    if pseudonym is not None:
        query = query.where(sitting.c.pseudonym == pseudonym)
    # the last visit of a screen is the one that counts, and it comes last
    return list({(row.id, row.screen): SavedAnswers(*row) for row in tx.execute(query)}.values())


def marks(tx: Transaction, study: str, *, quotable: Quotable | None = None) -> dict[Place, Mark]:
    """Return what was decided about a study's open answers, about all of them or those that are quotable or not."""
    query = select(verbatim_mark).join(sitting).where(sitting.c.study == study)
    if quotable is not None:
        query = query.where(verbatim_mark.c.quotable == quotable)
    found = {}
    for row in tx.execute(query).mappings():
        told = {name: row[name] for name in Mark.__dataclass_fields__}
        place = Place(row["sitting"], row["question"], row["brand"])
        found[place] = Mark(**{**told, "codes": tuple(told["codes"])})
    return found


def put(tx: Transaction, decided: Mapping[Place, Mark]) -> None:
    """Store decisions in place of those before."""
    if decided:
        remove(tx, decided)
        rows = [{**place._asdict(), **asdict(mark), "codes": list(mark.codes)} for place, mark in decided.items()]
        tx.execute(insert(verbatim_mark), rows)


def remove(tx: Transaction, places: Iterable[Place]) -> None:
    """Forget what was decided about some answers."""
    if which := [{f"of_{name}": value for name, value in place._asdict().items()} for place in places]:
        same = (verbatim_mark.c[name] == bindparam(f"of_{name}") for name in Place._fields)
        tx.execute(delete(verbatim_mark).where(*same), which)


def codes(tx: Transaction, study: str) -> tuple[str, ...]:
    """Return the codes of a study, by name."""
    query = select(verbatim_code.c.code).where(verbatim_code.c.study == study).order_by(verbatim_code.c.code)
    return tuple(tx.execute(query).scalars())


def add_codes(tx: Transaction, study: str, names: Iterable[str]) -> None:
    """Add codes to a study's list; those that are there stay as they are."""
    new = sorted({*names} - {*codes(tx, study)})
    if new:
        tx.execute(insert(verbatim_code), [{"study": study, "code": name} for name in new])


def remove_code(tx: Transaction, study: str, name: str) -> None:
    """Take a code off a study's list and off every answer that has it."""
    tx.execute(delete(verbatim_code).where(verbatim_code.c.study == study, verbatim_code.c.code == name))
    having = {place: mark for place, mark in marks(tx, study).items() if name in mark.codes}
    put(tx, {place: Mark(**{**asdict(mark), "codes": _without(mark, name)}) for place, mark in having.items()})


def pseudonyms(tx: Transaction, study: str) -> frozenset[str]:
    """Return the pseudonyms of everybody whose answers are here."""
    return frozenset(tx.execute(select(sitting.c.pseudonym).where(sitting.c.study == study)).scalars())


def _without(mark: Mark, name: str) -> tuple[str, ...]:
    return tuple(code for code in mark.codes if code != name)
