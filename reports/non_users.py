"""How those see a brand who know it and have never used it, beside its users; selects and words, draws nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.content import Column, Paragraph, Row, Table
from reports.subject import by_value, value_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.findings import Comparison, Estimate, NonUsers
    from reports.content import Block
    from reports.subject import Subject

_PICKS_SHOWN = 3


def non_user_blocks(subject: Subject) -> tuple[Block, ...]:
    """One table, or one sentence where they are too few; nothing where the study does not say who has used what."""
    found = subject.brand.non_users
    if found is None:
        return ()
    if found.n < subject.threshold("suppress_below"):
        return (Paragraph(_too_few(subject, found.n), style="note"),)
    rows = tuple(_rows(subject, found))
    return (_table(subject, rows),) if rows else ()


def _too_few(subject: Subject, n: int) -> str:
    words = subject.wording
    if n == 0:
        return words.say("portfolio.non_users.nobody", brand=subject.name)
    least = words.whole(subject.threshold("suppress_below"))
    return words.count("portfolio.non_users.too_few", n, brand=subject.name, least=least)


def _table(subject: Subject, rows: tuple[Row, ...]) -> Table:
    words = subject.wording
    columns = (
        Column(words.say("portfolio.non_users.how"), 2.8),
        Column(words.say("portfolio.non_users.share"), 1.0, "right"),
        Column(words.say("portfolio.non_users.interval"), 1.2, "right"),
        Column(words.say("portfolio.non_users.base"), 0.7, "right"),
        Column(words.say("portfolio.non_users.users"), 1.0, "right"),
    )
    caption = words.say("portfolio.non_users.caption", brand=subject.name)
    return Table(caption, columns, rows, words.say("portfolio.non_users.note", brand=subject.name))


def _rows(subject: Subject, found: NonUsers) -> Iterable[Row]:
    """The feelings and the descriptions picked most often, each with the same of the brand's users."""
    words, brand = subject.wording, subject.brand
    for name, estimate, users in (
        ("negative", found.negative, brand.negative),
        ("ambivalent", found.ambivalent, brand.ambivalent),
    ):
        if estimate is not None and subject.shown(estimate):
            yield _row(subject, words.say(f"portfolio.non_users.{name}"), estimate, users)
    picked = {comparison.key: comparison for comparison in brand.current}
    shown = [key for key, estimate in found.current.items() if subject.shown(estimate) and value_of(estimate) > 0]
    for key in by_value(shown, found.current.__getitem__)[:_PICKS_SHOWN]:
        name = words.say("portfolio.non_users.picked", kind=subject.family(key))
        yield _row(subject, name, found.current[key], picked.get(key))


def _row(subject: Subject, name: str, estimate: Estimate, users: Comparison | None) -> Row:
    words = subject.wording
    known = users is not None and subject.shown(users.brand)
    cells = (
        name,
        words.percent(value_of(estimate)),
        words.share_interval(estimate),
        words.whole(estimate.n),
        words.percent(value_of(users.brand)) if users and known else words.say("number.none"),
    )
    return Row(cells, muted=subject.small(estimate))
