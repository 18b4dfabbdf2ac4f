"""Draws of brands: what they are made from and what they gave; how full each brand is stands in a tally."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations, groupby
from operator import attrgetter

from sqlalchemy import ColumnElement, Row, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql import Insert

from survey_app.store.database import Transaction
from survey_app.store.sittings import AssignedBrand
from survey_app.store.studies import lock_field
from survey_app.store.tables import assignment, brand_tally, sitting

# A cell of the tally: brand and position, or two brands at position 0.
_Cell = tuple[str, str, int]


@dataclass(frozen=True)
class Fills:
    """How often brands, pairs of brands and positions were met, in complete sittings and in those under way."""

    brands: Mapping[str, int] = field(default_factory=dict)
    pairs: Mapping[tuple[str, str], int] = field(default_factory=dict)
    places: Mapping[tuple[str, int], int] = field(default_factory=dict)


def fills(tx: Transaction, study: str, now: datetime, brands: Collection[str]) -> Fills:
    """Count for brands of a study the complete sittings and those under way whose hold has not expired.

    Whoever counts to assign brands keeps the next one waiting until these brands are stored.
    """
    lock_field(tx, study)
    counts: dict[_Cell, int] = {
        (brand, beside, position): n for brand, beside, position, n in _tallied(tx, study, brands)
    }
    for given in _held(tx, study, now, brands):
        for cell in _cells(given):
            counts[cell] = counts.get(cell, 0) + 1
    return Fills(
        brands=_folded((brand, n) for (brand, beside, _), n in counts.items() if not beside and brand in brands),
        pairs={(brand, beside): n for (brand, beside, _), n in counts.items() if beside},
        places={(brand, position): n for (brand, beside, position), n in counts.items() if not beside},
    )


def assign(
    tx: Transaction,
    study: str,
    sitting_id: str,
    brands: Sequence[str],
    *,
    after: int,
    country: str | None = None,
    draw: str,
    eligible: Sequence[Sequence[str]],
    fills: Mapping[str, int],
    now: datetime,
    expires: datetime,
    counts: bool = True,
) -> None:
    """Store the brands a sitting is given beside the `after` it has, what they were chosen from, and the new draw.

    Brands of a trial run are stored and do not count.
    """
    shared = {
        "sitting": sitting_id,
        "study": study,
        "country": country,
        "state": "held" if counts else "released",
        "eligible": [list(tier) for tier in eligible],
        "fills": dict(fills),
        "drawn_at": now,
        "expires_at": expires,
    }
    rows = [{**shared, "position": after + place, "brand": brand} for place, brand in enumerate(brands, start=1)]
    if rows:
        tx.execute(insert(assignment), rows)
    tx.execute(update(sitting).where(sitting.c.id == sitting_id).values(draw=draw))


def of_study(tx: Transaction, study: str) -> Iterator[list[AssignedBrand]]:
    """Give for each sitting of a study that was no trial the brands it was given, in their order."""
    query = (
        select(assignment)
        .join(sitting)
        .where(assignment.c.study == study, ~sitting.c.is_test)
        .order_by(assignment.c.sitting, assignment.c.position)
        .execution_options(yield_per=1000)
    )
    rows = (AssignedBrand(**row) for row in tx.execute(query).mappings())
    for _, given in groupby(rows, key=attrgetter("sitting")):
        yield list(given)


def settle(tx: Transaction, study: str, sitting_id: str, *, complete: bool) -> None:
    """Count the brands of a sitting that is complete, and let go of those of one that ended otherwise."""
    if complete:  # whoever counts anew must not miss it
        lock_field(tx, study)
    here = (assignment.c.sitting == sitting_id) & (assignment.c.state == "held")
    changed = update(assignment).where(here).values(state="done" if complete else "released")
    rows = tx.execute(changed.returning(assignment.c.brand, assignment.c.position)).all()
    if complete and rows:
        _add(tx, study, Counter(_cells([(row.brand, row.position) for row in rows])))


def recount(tx: Transaction, study: str) -> None:
    """Count anew, after sittings were erased."""
    lock_field(tx, study)
    tx.execute(delete(brand_tally).where(brand_tally.c.study == study))
    counts: Counter[_Cell] = Counter()
    for given in _grouped(tx, (assignment.c.study == study) & (assignment.c.state == "done")):
        counts.update(_cells(given))
    _add(tx, study, counts)


def _tallied(tx: Transaction, study: str, brands: Collection[str]) -> Iterable[Row[str, str, int, int]]:
    """Give what is tallied of these brands, and of pairs among them."""
    wanted = brand_tally.c.brand.in_(brands) & brand_tally.c.beside.in_(["", *brands])
    columns = (brand_tally.c.brand, brand_tally.c.beside, brand_tally.c.position, brand_tally.c.n)
    return tx.execute(select(*columns).where(brand_tally.c.study == study, wanted))


def _held(tx: Transaction, study: str, now: datetime, brands: Collection[str]) -> Iterable[list[tuple[str, int]]]:
    here = (assignment.c.study == study) & (assignment.c.state == "held") & (assignment.c.expires_at > now)
    return _grouped(tx, here & assignment.c.brand.in_(brands))


def _grouped(tx: Transaction, where: ColumnElement[bool]) -> Iterable[list[tuple[str, int]]]:
    """Give for each sitting its brands with their positions."""
    query = select(assignment.c.sitting, assignment.c.brand, assignment.c.position).where(where)
    given: dict[str, list[tuple[str, int]]] = {}
    for sitting_id, brand, position in tx.execute(query):
        given.setdefault(sitting_id, []).append((brand, position))
    return given.values()


def _cells(given: Sequence[tuple[str, int]]) -> Iterator[_Cell]:
    """Give the cells in which the brands of one sitting count."""
    yield from ((brand, "", position) for brand, position in given)
    yield from ((one, other, 0) for one, other in combinations(sorted(brand for brand, _ in given), 2))


def _folded(counts: Iterable[tuple[str, int]]) -> dict[str, int]:
    folded: Counter[str] = Counter()
    for brand, n in counts:
        folded[brand] += n
    return dict(folded)


def _add(tx: Transaction, study: str, cells: Mapping[_Cell, int]) -> None:
    # In one order, so that two who end at the same moment never wait for each other crosswise.
    rows = [
        {"study": study, "brand": brand, "beside": beside, "position": position, "n": n}
        for (brand, beside, position), n in sorted(cells.items())
    ]
    if rows:
        tx.execute(_upsert(tx), rows)


def _upsert(tx: Transaction) -> Insert:
    """Insert a row of the tally, or add to the one there is."""
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    added = dialect.insert(brand_tally)
    upsert: Insert = added.on_conflict_do_update(
        index_elements=["study", "brand", "beside", "position"], set_={"n": brand_tally.c.n + added.excluded.n}
    )
    return upsert
