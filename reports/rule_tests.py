"""What was tested about rules over all brands: where they matter more, and what goes with breaking them; words only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.content import IntervalRow, IntervalRows, Paragraph
from reports.subject import value_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.findings import ArchetypeDealbreaker, Dealbreaker, Norm
    from reports.content import Block
    from reports.subject import StudySubject

_NORMS_SHOWN = 10
DEALBREAKERS_SHOWN = 6


def dealbreaker_blocks(subject: StudySubject, least: int = DEALBREAKERS_SHOWN) -> Iterable[Block]:
    """What goes with broken rules, over all brands and more or less in single groups.

    Of the findings over all brands at least so many are shown; those of single groups may take the other places.
    """
    tested, held = _in_single_groups(subject)
    yield from _dealbreakers(subject, max(DEALBREAKERS_SHOWN - len(held), least))
    if tested and not held:
        yield Paragraph(subject.wording.say("rules.here.none"))
    if held:
        rows = tuple(_here_row(subject, deal) for deal in held[:DEALBREAKERS_SHOWN])
        yield _intervals(subject, rows, "rules.here")


def norm_blocks(subject: StudySubject) -> Iterable[Block]:
    """Which rules matter more, or less, in which group."""
    words = subject.wording
    norms = subject.findings.rules.norms if subject.findings.rules else ()
    held = [norm for norm in norms if norm.holds and norm.difference.value is not None]
    if not held:
        yield Paragraph(words.say("rules.norms.none"))
        return
    strongest = sorted(held, key=lambda norm: -abs(value_of(norm.difference)))[:_NORMS_SHOWN]
    rows = tuple(_norm_row(subject, norm) for norm in _by_group(subject, strongest))
    yield _intervals(subject, rows, "rules.norms", least=words.number(held[0].least, 1))


def _by_group(subject: StudySubject, norms: list[Norm]) -> list[Norm]:
    order = list(subject.groups)
    return sorted(norms, key=lambda norm: (order.index(norm.archetype), -value_of(norm.difference)))


def _norm_row(subject: StudySubject, norm: Norm) -> IntervalRow | None:
    mark = subject.wording.signed_mark(norm.difference)
    label, group = subject.rule(norm.rule), subject.archetype(norm.archetype)
    return IntervalRow(group, label, mark, holds=norm.holds) if mark else None


def _dealbreakers(subject: StudySubject, shown: int) -> Iterable[Block]:
    found = subject.findings.rules.dealbreakers if subject.findings.rules else ()
    if not found:
        return
    if not any(deal.holds for deal in found):
        yield Paragraph(subject.wording.say("rules.goes.none"))
    known = [deal for deal in found if deal.difference.value is not None]
    strongest = sorted(known, key=lambda deal: (not deal.holds, deal.exploratory, -abs(value_of(deal.difference))))
    rows = tuple(_dealbreaker_row(subject, deal) for deal in strongest[:shown])
    yield _intervals(subject, rows, "rules.goes")


def _dealbreaker_row(subject: StudySubject, deal: Dealbreaker) -> IntervalRow | None:
    mark = subject.wording.signed_mark(deal.difference)
    return IntervalRow(subject.rule(deal.rule), subject.outcome(deal.outcome), mark, holds=deal.holds) if mark else None


def _in_single_groups(subject: StudySubject) -> tuple[list[ArchetypeDealbreaker], list[ArchetypeDealbreaker]]:
    """What was tested group by group, and what of it holds, the strongest first."""
    found = subject.findings.rules.archetype_dealbreakers if subject.findings.rules and subject.grouped else ()
    tested = [deal for deal in found if not deal.exploratory and deal.difference.value is not None]
    return tested, sorted((deal for deal in tested if deal.holds), key=lambda deal: -abs(value_of(deal.difference)))


def _here_row(subject: StudySubject, deal: ArchetypeDealbreaker) -> IntervalRow | None:
    words, mark = subject.wording, subject.wording.signed_mark(deal.difference)
    where = words.say(
        "rules.here.where", group=subject.archetype(deal.archetype), outcome=subject.outcome(deal.outcome)
    )
    return IntervalRow(subject.rule(deal.rule), where, mark, holds=deal.holds) if mark else None


def _intervals(subject: StudySubject, found: tuple[IntervalRow | None, ...], key: str, **fields: str) -> IntervalRows:
    words = subject.wording
    rows = tuple(row for row in found if row is not None)
    ends = [end for row in rows for end in (row.mark.low, row.mark.value, row.mark.high) if end is not None]
    return IntervalRows(
        caption=words.say(f"{key}.caption"),
        alt=" ".join(words.say("chart.interval", label=f"{r.label}, {r.sublabel}", value=r.mark.text) for r in rows),
        note=words.say(f"{key}.note", **fields),
        rows=rows,
        axis=words.number_axis(min([0.0, *ends]), max([0.0, *ends]), title=words.say(f"{key}.axis")),
        legend_holds=words.say("rules.goes.holds"),
        legend_open=words.say("rules.goes.open"),
    )
