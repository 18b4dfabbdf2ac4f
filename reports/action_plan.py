"""Section on what to do: the actions of page two again, a strategy for each kind of relationship, last wave's plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.actions import choose_actions
from reports.content import Actions, Bullets, Column, Heading, Paragraph, Row, Section, Table
from reports.strategies import choice_of, choices_of, owners_of, rule_owners, strategy_name
from reports.subject import by_value, value_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.findings import BrandFindings, BrandRule, Estimate, StrategyChoice
    from reports.content import Block
    from reports.subject import Subject

_RULES_FOLLOWED = 5
_LONGEST_ACTION = 300


def plan_section(subject: Subject) -> Section:
    """Who does what about which relationships, and what became of the plan before."""
    words = subject.wording
    return Section("plan", words.say("plan.title"), _headline(subject), tuple(_blocks(subject)))


def _headline(subject: Subject) -> str:
    words, whole = subject.wording, choice_of(subject, None)
    if whole is None:
        return words.say("plan.headline.plain", brand=subject.name)
    return words.say(f"plan.headline.{whole.strategy}", brand=subject.name)


def _blocks(subject: Subject) -> Iterable[Block]:
    words = subject.wording
    yield Actions(words.say("actions.title"), choose_actions(subject))
    choices = choices_of(subject)
    if choices:
        yield _table(subject, choices)
    elif subject.findings.strategies is None:
        yield Paragraph(words.say("plan.absent"), style="absent")
    yield from _roles(subject, choices)
    yield from _last_wave(subject)


def _table(subject: Subject, choices: tuple[StrategyChoice, ...]) -> Table:
    words = subject.wording
    columns = (
        Column(words.say("portfolio.kinds.kind"), 1.5),
        Column(words.say("plan.table.share"), 0.6, "right"),
        Column(words.say("plan.table.strategy"), 1.1),
        Column(words.say("plan.table.why"), 2.3),
        Column(words.say("plan.table.rules"), 2.0),
        Column(words.say("plan.table.owners"), 1.4),
        Column(words.say("plan.table.step"), 1.3),
    )
    shares = {share.key: share.brand for share in subject.shares}
    rows = tuple(_choice_row(subject, choice, shares[choice.archetype or ""]) for choice in choices)
    strategies = subject.findings.strategies
    note = words.say(
        "plan.table.note",
        playbook=words.label(strategies.playbook) if strategies else "",
        version=words.whole(strategies.version if strategies else 0),
    )
    return Table(words.say("plan.table.caption"), columns, rows, note)


def _choice_row(subject: Subject, choice: StrategyChoice, share: Estimate) -> Row:
    words = subject.wording
    rules = [subject.rule(rule.rule) for rule in choice.rules]
    review = words.say("plan.human_review") if choice.human_review else ""
    cells = (
        subject.archetype(choice.archetype or ""),
        words.of_hundred(value_of(share)),
        strategy_name(subject, choice),
        subject.sentences(words.label(choice.reason), review),
        words.listed(rules) if rules else words.say("number.none"),
        owners_of(subject, choice) or words.say("number.none"),
        words.say(f"plan.step.{choice.step}"),
    )
    return Row(cells, muted=subject.small(share))


def _roles(subject: Subject, choices: tuple[StrategyChoice, ...]) -> Iterable[Block]:
    """Roles that the figures call for, each once, with the kinds of relationships it is for."""
    words, whole = subject.wording, choice_of(subject, None)
    wanted: dict[str, list[str]] = {}
    for choice in choices:
        for role in choice.roles:
            wanted.setdefault(words.label(role.advice), []).append(subject.archetype(choice.archetype or ""))
    for role in whole.roles if whole else ():
        wanted.setdefault(words.label(role.advice), [])
    if not wanted:
        return
    yield Heading(words.say("plan.roles"))
    yield Bullets(
        tuple(
            words.say("plan.role_for", advice=advice, kinds=subject.quoted(kinds)) if kinds else advice
            for advice, kinds in wanted.items()
        )
    )


def _last_wave(subject: Subject) -> Iterable[Block]:
    """What the plan of the wave before was about, and where that stands now; nobody is said to have caused it."""
    words, before = subject.wording, subject.before
    yield Heading(words.say("plan.before.heading"))
    if subject.planned:
        yield _status(subject)
    if before is None:
        if not subject.planned:
            yield Paragraph(words.say("plan.before.absent"), style="note")
        return
    rows = tuple(_followed(subject, before))
    columns = (
        Column(words.say("plan.before.what"), 3.0),
        Column(words.say("plan.before.then"), 1.4, "right"),
        Column(words.say("plan.before.now"), 1.4, "right"),
        Column(words.say("plan.table.owners"), 1.6),
    )
    yield Table("", columns, rows, words.say("plan.before.note"))


def _status(subject: Subject) -> Table:
    """The actions as those who took them on wrote them down, and where they say they stand."""
    words = subject.wording
    columns = (
        Column(words.say("plan.agreed.what"), 2.6),
        Column(words.say("plan.table.owners"), 1.2),
        Column(words.say("plan.agreed.due"), 1.0),
        Column(words.say("plan.agreed.status"), 0.9),
        Column(words.say("plan.agreed.remark"), 2.2),
    )
    none = words.say("number.none")
    rows = tuple(
        Row(
            (
                words.shortened(action.title, _LONGEST_ACTION),
                words.say(f"plan.function.{action.owner}"),
                words.day(action.due) if action.due else none,
                words.say(f"plan.agreed.is.{action.status}"),
                words.shortened(action.note, _LONGEST_ACTION) or none,
            )
        )
        for action in subject.planned
    )
    return Table(words.say("plan.agreed.caption"), columns, rows, words.say("plan.agreed.note"))


def _followed(subject: Subject, before: BrandFindings) -> Iterable[Row]:
    words, now = subject.wording, {rule.rule: rule for rule in subject.brand.rules}
    for rule in _rules_of_last_plan(subject, before):
        name = words.say("plan.before.rule", rule=subject.rule(rule.rule))
        yield Row(
            (
                name,
                subject.share_cell(rule.broken.brand),
                subject.share_cell(now[rule.rule].broken.brand),
                rule_owners(subject, rule.rule),
            )
        )
    if before.negative is not None and subject.brand.negative is not None:
        shares = (subject.share_cell(each.brand) for each in (before.negative, subject.brand.negative))
        yield Row((words.say("plan.before.negative"), *shares, words.say("number.none")))


def _rules_of_last_plan(subject: Subject, before: BrandFindings) -> list[BrandRule]:
    known = {rule.rule for rule in subject.brand.rules}
    shown = [rule for rule in before.rules if rule.rule in known and subject.shown(rule.broken.brand)]
    return list(by_value(shown, lambda rule: rule.broken.brand))[:_RULES_FOLLOWED]
