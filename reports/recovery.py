"""Section on broken rules: how many, what goes with them and what would put it right; selects and words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.content import Column, KeyFigure, KeyFigures, Paragraph, Row, Section, Table
from reports.rule_tests import dealbreaker_blocks
from reports.strategies import choice_of, choices_of
from reports.subject import value_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.findings import AvoidableExit, StrategyChoice
    from reports.content import Block
    from reports.subject import Subject

_LEAST_SHOWN = 4
"""Of what goes with broken rules over all brands; the page has room for six with what holds in single groups."""


def recovery_section(subject: Subject) -> Section:
    """How many had a rule broken, what goes with it, and which remedy they want."""
    words, title = subject.wording, subject.wording.say("recovery.title")
    blocks = tuple(_blocks(subject))
    if not blocks:
        return Section("recovery", title, title, (Paragraph(words.say("recovery.absent"), style="absent"),))
    return Section("recovery", title, _headline(subject), blocks)


def avoidable_exit(subject: Subject) -> AvoidableExit | None:
    """What the brand's customers say of leaving after a broken rule, where enough of them were asked."""
    value = subject.findings.value
    found = next((each for each in value.brands if each.brand == subject.brand.key), None) if value else None
    exits = found.avoidable_exit if found else None
    return exits if exits is not None and subject.shown(exits.broken) and subject.shown(exits.more_leaving) else None


def _headline(subject: Subject) -> str:
    words, found = subject.wording, avoidable_exit(subject)
    if found is None:
        return words.say("recovery.headline.plain", brand=subject.name)
    share = words.of_hundred(value_of(found.broken))
    return words.say("recovery.headline.broken", brand=subject.name, share=share)


def _blocks(subject: Subject) -> Iterable[Block]:
    found = avoidable_exit(subject)
    if found is not None:
        yield _figures(subject, found)
    yield from _remedies(subject)
    yield from dealbreaker_blocks(subject, _LEAST_SHOWN)


def _figures(subject: Subject, found: AvoidableExit) -> KeyFigures:
    words, more = subject.wording, found.more_leaving
    value = words.of_hundred(abs(value_of(more)))
    clear = more.low is not None and more.high is not None and (more.low > 0 or more.high < 0)
    kind = ("more" if value_of(more) > 0 else "fewer") if clear else "open"
    broken = KeyFigure(
        words.of_hundred(value_of(found.broken)),
        words.say("recovery.figure.broken"),
        words.share_evidence(found.broken),
        muted=subject.small(found.broken),
    )
    leaving = KeyFigure(
        value, words.say(f"recovery.figure.{kind}"), words.share_evidence(more), muted=subject.small(more)
    )
    return KeyFigures((broken, leaving))


def _remedies(subject: Subject) -> Iterable[Block]:
    words = subject.wording
    whole = choice_of(subject, None)
    rows = [(words.say("recovery.table.all"), whole)] if whole else []
    rows += [(subject.archetype(choice.archetype), choice) for choice in choices_of(subject) if choice.archetype]
    if not rows:
        return
    columns = (
        Column(words.say("recovery.table.who"), 1.7),
        Column(words.say("recovery.table.broken"), 1.2, "right"),
        Column(words.say("recovery.table.leaving"), 1.2, "right"),
        Column(words.say("recovery.table.remedy"), 3.0),
        Column(words.say("rules.table.base"), 0.5, "right"),
    )
    table_rows = tuple(_remedy_row(subject, name, choice) for name, choice in rows)
    yield Table(words.say("recovery.table.caption"), columns, table_rows, words.say("recovery.table.note"))


def _remedy_row(subject: Subject, name: str, choice: StrategyChoice) -> Row:
    words, remedy = subject.wording, choice.remedy
    wanted = words.say("number.none")
    if remedy is not None and subject.shown(remedy.share):
        share = words.of_hundred(value_of(remedy.share))
        wanted = words.say("recovery.table.wanted", remedy=words.label(remedy.label), share=share)
    n = max((estimate.n for estimate in choice.evidence.values()), default=0)
    return Row(
        (
            name,
            subject.share_cell(choice.evidence.get("broken")),
            subject.share_cell(choice.evidence.get("leaving")),
            wanted,
            words.whole(n),
        ),
        muted=n < subject.threshold("small_below"),
        strong=choice.archetype is None,
    )
