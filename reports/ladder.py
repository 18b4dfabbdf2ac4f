"""Section on the levels of satisfaction, what to do at each, and what goes with it; selects and words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.content import IntervalRow, IntervalRows, KeyFigure, KeyFigures, Ladder, Paragraph, Rung, Section
from reports.subject import value_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.findings import Driver, LevelShare
    from reports.content import Block
    from reports.subject import Subject

_DRIVERS_SHOWN = 6
_WORTH_A_HEADLINE = 0.05


def ladder_section(subject: Subject) -> Section:
    """How the brand's relationships spread over the levels, with an action for each."""
    words, title = subject.wording, subject.wording.say("ladder.title")
    levels = _levels(subject)
    if not levels or subject.primary is None:
        return Section("ladder", title, title, (Paragraph(words.say("ladder.absent"), style="absent"),))
    return Section("ladder", title, _headline(subject), tuple(_blocks(subject, levels)))


def _levels(subject: Subject) -> list[LevelShare]:
    """Highest first."""
    strategies = subject.findings.strategies
    found = [level for level in (strategies.levels if strategies else ()) if level.brand == subject.brand.key]
    shown = [level for level in found if subject.shown(level.share)]
    return sorted(shown, key=lambda level: -level.level)


def _headline(subject: Subject) -> str:
    words, strategies = subject.wording, subject.findings.strategies
    leaving = strategies.satisfied_leaving.get(subject.brand.key) if strategies else None
    if leaving is None or not subject.shown(leaving) or value_of(leaving) < _WORTH_A_HEADLINE:
        return words.say("ladder.headline.plain", brand=subject.name)
    return words.say("ladder.headline.leaving", share=words.of_hundred(value_of(leaving)), brand=subject.name)


def _blocks(subject: Subject, levels: list[LevelShare]) -> Iterable[Block]:
    words, primary = subject.wording, subject.primary
    outcome = subject.outcome(primary.key) if primary else ""
    rungs = tuple(_rung(subject, level) for level in levels)
    yield Ladder(
        caption=words.say("ladder.caption", outcome=outcome),
        alt=" ".join(words.say("chart.single", label=rung.label, own=rung.share.text) for rung in rungs),
        note=words.say("ladder.note", n=words.whole(levels[0].share.n)),
        rungs=rungs,
        axis=words.share_axis(0.0, max(rung.share.high or rung.share.value for rung in rungs)),
    )
    yield from _satisfied_leaving(subject)
    yield from _drivers(subject)


def _rung(subject: Subject, level: LevelShare) -> Rung:
    words = subject.wording
    share = words.share_mark(level.share)
    leaving = ""
    if level.leaving is not None and subject.shown(level.leaving):
        leaving = words.say(
            "ladder.leaving",
            share=words.of_hundred(value_of(level.leaving)),
            interval=words.share_interval(level.leaving),
            n=words.whole(level.leaving.n),
        )
    if share is None:
        raise ValueError(f"level {level.level} of {level.brand} is shown without a share")
    owner, label = words.say(f"plan.function.{level.owner}"), words.say(f"ladder.level.{level.level}")
    return Rung(label, share, leaving, words.label(level.action), owner, muted=subject.small(level.share))


def _satisfied_leaving(subject: Subject) -> Iterable[Block]:
    words, strategies = subject.wording, subject.findings.strategies
    found = strategies.satisfied_leaving.get(subject.brand.key) if strategies else None
    if found is None or not subject.shown(found):
        return
    value, evidence = words.of_hundred(value_of(found)), words.share_evidence(found)
    yield KeyFigures((KeyFigure(value, words.say("ladder.satisfied_leaving"), evidence, muted=subject.small(found)),))


def _drivers(subject: Subject) -> Iterable[Block]:
    """What goes with the primary outcome, over all brands."""
    drivers, primary, words = subject.findings.drivers, subject.primary, subject.wording
    found = (
        next((each for each in drivers.outcomes if primary and each.outcome == primary.key), None) if drivers else None
    )
    if found is None or primary is None:
        return
    rows = tuple(row for driver in found.drivers[:_DRIVERS_SHOWN] if (row := _driver_row(subject, driver)) is not None)
    if not rows:
        return
    ends = [row.mark.high or row.mark.value for row in rows]
    r2 = words.percent(value_of(found.r_squared))
    yield IntervalRows(
        caption=words.say("ladder.drivers.caption", outcome=subject.outcome(primary.key)),
        alt=" ".join(words.say("chart.interval", label=row.label, value=row.mark.text) for row in rows),
        note=words.say(
            "ladder.drivers.note", r2=r2, interval=words.share_interval(found.r_squared), n=words.whole(found.n)
        ),
        rows=rows,
        axis=words.share_axis(0.0, max(ends), title=words.say("ladder.drivers.axis")),
        legend_holds="",
        legend_open="",
    )


def _driver_row(subject: Subject, driver: Driver) -> IntervalRow | None:
    mark = subject.wording.share_mark(driver.share)
    way = "lower" if value_of(driver.direction) < 0 else "higher"
    return (
        IntervalRow(subject.scale(driver.scale), subject.wording.say(f"ladder.drivers.{way}"), mark, holds=True)
        if mark
        else None
    )
