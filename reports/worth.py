"""Section on what the brand gives and what its relationships are worth; money only from the reader's own inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.content import Column, KeyFigure, KeyFigures, Paragraph, Row, Section, Table
from reports.standing import outcome_table
from reports.stated import stated_cell, stated_columns, stated_value
from reports.subject import value_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.findings import ArchetypeValue, BrandValue, Comparison, Money
    from instruments.model import ValueRole
    from reports.content import Block
    from reports.subject import Subject

DELIVERED = ("value_total", "value_cost")
"""Scales of the module on delivered value: what people get, and what it costs them."""
_FIGURES: tuple[ValueRole, ...] = ("share_of_wallet", "price_premium", "recommendation", "leaving")


def worth_section(subject: Subject) -> Section:
    """Delivered value, what customers state of their worth, money where there are inputs, and outcomes."""
    words = subject.wording
    return Section("worth", words.say("worth.title"), _headline(subject), tuple(_blocks(subject)))


def _headline(subject: Subject) -> str:
    words, found = subject.wording, brand_value(subject)
    if found is not None and found.at_risk is not None:
        return words.say("worth.headline.at_risk", brand=subject.name, range=money_range(subject, found.at_risk))
    if found is None or not found.stated:
        return words.say("worth.title")
    return words.say("worth.headline.plain", brand=subject.name)


def brand_value(subject: Subject) -> BrandValue | None:
    """What is known of the worth of the brand's customers."""
    value = subject.findings.value
    return next((each for each in value.brands if each.brand == subject.brand.key), None) if value else None


def money_range(subject: Subject, money: Money) -> str:
    """An amount as a range in the currency of the inputs."""
    words, value = subject.wording, subject.findings.value
    low, high = words.whole(money.low), words.whole(money.high)
    return words.say("worth.money.range", low=low, high=high, currency=value.currency if value else "")


def _blocks(subject: Subject) -> Iterable[Block]:
    yield from _delivered(subject)
    yield from _stated(subject)
    yield from _money(subject)
    if subject.brand.outcomes:
        yield outcome_table(subject)


def _delivered(subject: Subject) -> Iterable[Block]:
    words = subject.wording
    found = [scale for scale in subject.brand.scales if scale.key in DELIVERED and subject.shown(scale.brand)]
    if not found:
        yield Paragraph(words.say("worth.delivered.absent"), style="note")
        return
    yield KeyFigures(tuple(_delivered_figure(subject, scale) for scale in found))


def _delivered_figure(subject: Subject, scale: Comparison) -> KeyFigure:
    words = subject.wording
    evidence = words.number_evidence(scale.brand, 1)
    if subject.shown(scale.category):
        value = words.number(value_of(scale.category), 1)
        evidence = words.say("profile.against", value=value, evidence=evidence)
    value = words.number(value_of(scale.brand), 1)
    return KeyFigure(value, subject.scale(scale.key), evidence, muted=subject.small(scale.brand))


def _stated(subject: Subject) -> Iterable[Block]:
    words, found = subject.wording, brand_value(subject)
    if found is None or not found.stated:
        yield Paragraph(words.say("worth.stated_absent"), style="absent")
        return
    figures = tuple(_stated_figure(subject, found, role) for role in _FIGURES if role in found.stated)
    if figures:
        yield KeyFigures(figures)
    yield from _by_group(subject)


def _stated_figure(subject: Subject, found: BrandValue, role: ValueRole) -> KeyFigure:
    words, estimate = subject.wording, found.stated[role]
    if not subject.shown(estimate):
        return KeyFigure(
            words.say("number.none"), words.say(f"worth.figure.{role}"), words.say("number.too_few"), muted=True
        )
    number = role == "recommendation"
    evidence = words.number_evidence(estimate, 1) if number else words.share_evidence(estimate)
    value = stated_value(subject, role, estimate)
    return KeyFigure(value, words.say(f"worth.figure.{role}"), evidence, muted=subject.small(estimate))


def _by_group(subject: Subject) -> Iterable[Block]:
    words, value = subject.wording, subject.findings.value
    if value is None or not subject.grouped or not value.archetypes:
        return
    roles = stated_columns(subject, value.archetypes[0].stated)
    if not roles:
        return
    columns = (
        Column(words.say("portfolio.kinds.kind"), 1.5),
        *(Column(words.say(f"worth.role.{role}"), 1.25, "right") for role in roles),
        Column(words.say("rules.table.base"), 0.5, "right"),
    )
    rows = tuple(_group_row(subject, found, roles) for found in value.archetypes)
    yield Table(words.say("worth.groups.caption"), columns, rows, words.say("worth.groups.note"))


def _group_row(subject: Subject, found: ArchetypeValue, roles: tuple[ValueRole, ...]) -> Row:
    none = subject.wording.say("number.none")
    cells = (stated_cell(subject, role, found.stated[role]) if role in found.stated else none for role in roles)
    n = max((estimate.n for estimate in found.stated.values()), default=0)
    muted = n < subject.threshold("small_below")
    return Row((subject.archetype(found.archetype), *cells, subject.wording.whole(n)), muted=muted)


def _money(subject: Subject) -> Iterable[Block]:
    words, value, found = subject.wording, subject.findings.value, brand_value(subject)
    if value is None or found is None or (found.portfolio is None and not _paid(subject)):
        yield Paragraph(words.say("worth.money.absent"), style="absent")
        return
    figures = [
        KeyFigure(money_range(subject, money), words.say(f"worth.money.{name}"), words.say("worth.money.estimate"))
        for name, money in (("portfolio", found.portfolio), ("at_risk", found.at_risk))
        if money is not None
    ]
    if figures:
        yield KeyFigures(tuple(figures))
    yield from _payback(subject)
    if found.sensitivity:
        yield _sensitivity(subject, found)


def _paid(subject: Subject) -> list[ArchetypeValue]:
    value = subject.findings.value
    return [each for each in (value.archetypes if value else ()) if each.yearly is not None] if subject.grouped else []


def _payback(subject: Subject) -> Iterable[Block]:
    words, value, paid = subject.wording, subject.findings.value, _paid(subject)
    if not paid or value is None:
        return
    columns = (
        Column(words.say("portfolio.kinds.kind"), 2.0),
        Column(words.say("worth.money.yearly"), 1.5, "right"),
        Column(words.say("worth.money.horizon", years=words.whole(value.horizon_years)), 1.5, "right"),
    )
    rows = tuple(
        Row(
            (
                subject.archetype(each.archetype),
                *(
                    money_range(subject, money) if money else words.say("number.none")
                    for money in (each.yearly, each.over_horizon)
                ),
            )
        )
        for each in paid
    )
    yield Table(words.say("worth.money.caption"), columns, rows, words.say("worth.money.note"))


def _sensitivity(subject: Subject, found: BrandValue) -> Table:
    words = subject.wording
    columns = (
        Column(words.say("worth.sensitivity.input"), 2.0),
        Column(words.say("worth.sensitivity.low"), 1.0, "right"),
        Column(words.say("worth.sensitivity.high"), 1.0, "right"),
    )
    rows = tuple(
        Row((_input(subject, effect.input), words.whole(effect.at_low), words.whole(effect.at_high)))
        for effect in found.sensitivity
    )
    return Table(words.say("worth.sensitivity.caption"), columns, rows)


def _input(subject: Subject, name: str) -> str:
    key = f"worth.sensitivity.name.{name}"
    return subject.wording.say(key) if subject.wording.knows(key) else name
