"""Section on rules: how much they matter, how often they are broken and what goes with that; selects and words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.actions import middle_importance, rules_that_matter, worst_breach
from reports.content import (
    Bullets,
    Column,
    Columns,
    Heading,
    Paragraph,
    QuadrantPoint,
    Row,
    RuleQuadrant,
    Section,
    Table,
)
from reports.subject import by_value, value_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.findings import BrandRule, Estimate, Reversal
    from reports.content import Block
    from reports.subject import Subject

_POINTED_OUT = 3
_ONE_COLUMN = 12
_REVERSALS_SHOWN = 3


def rules_section(subject: Subject) -> Section:
    """Which rules matter and are broken at the brand, what each group holds to, and what goes with a broken rule."""
    words = subject.wording
    title = words.say("rules.title")
    if not subject.brand.rules:
        return Section("rules", title, title, (Paragraph(words.say("rules.absent"), style="absent"),))
    return Section("rules", title, _headline(subject), tuple(_blocks(subject)))


def _headline(subject: Subject) -> str:
    worst = worst_breach(subject)
    if worst is None:
        kind = "none" if rules_that_matter(subject) else "few"
        return subject.wording.say(f"rules.headline.{kind}", brand=subject.name)
    kind = "top" if middle_importance(subject) is not None else "broken"
    return subject.wording.say(f"rules.headline.{kind}", rule=subject.rule(worst.rule), brand=subject.name)


def _blocks(subject: Subject) -> Iterable[Block]:
    ranked = by_value(subject.brand.rules, lambda rule: rule.broken.brand)
    if not any(subject.shown(rule.broken.brand) for rule in ranked):
        yield Paragraph(subject.wording.say("rules.headline.few", brand=subject.name), style="absent")
        return
    if middle_importance(subject) is None:
        yield Paragraph(subject.wording.say("rules.absent_importance"), style="absent")
    elif any(_drawable(subject, rule) for rule in ranked):
        yield _quadrant(subject, ranked)
    yield from _rule_tables(subject, ranked)
    yield from _reversals(subject)


def _reversals(subject: Subject) -> Iterable[Block]:
    """Rules that matter more in some groups and less in others: no single manner suits everybody."""
    found = subject.findings.rules.reversals if subject.findings.rules and subject.grouped else ()
    said = tuple(_reversal(subject, each) for each in found[:_REVERSALS_SHOWN])
    if said:
        yield Bullets(said)


def _reversal(subject: Subject, found: Reversal) -> str:
    more, less = (subject.quoted([subject.archetype(key) for key in keys]) for keys in (found.more, found.less))
    return subject.wording.say(f"rules.reversal.{found.kind}", rule=subject.rule(found.rule), more=more, less=less)


def _drawable(subject: Subject, rule: BrandRule) -> bool:
    return subject.shown(rule.importance) and subject.shown(rule.broken.brand)


def _quadrant(subject: Subject, ranked: tuple[BrandRule, ...]) -> RuleQuadrant:
    words = subject.wording
    points = tuple(
        _point(subject, number, rule) for number, rule in enumerate(ranked, start=1) if _drawable(subject, rule)
    )
    x_split = middle_importance(subject) or 0.0
    y_split = _middle([value_of(rule.broken) for rule in subject.rule_overviews.values()])
    xs, ys = [p.x for p in points] + [x_split], [p.y for p in points] + [y_split]
    return RuleQuadrant(
        caption=words.say("rules.quadrant.caption"),
        alt=" ".join(_point_words(subject, rule) for rule in ranked if _drawable(subject, rule)),
        note=words.say("rules.quadrant.note"),
        x=words.number_axis(min(xs), max(xs), title=words.say("rules.quadrant.x"), **_quadrant_ends(subject, "x")),
        y=words.share_axis(0.0, max(ys), title=words.say("rules.quadrant.y"), **_quadrant_ends(subject, "y")),
        x_split=x_split,
        y_split=y_split,
        corners=(
            words.say("rules.quadrant.watch"),
            words.say("rules.quadrant.repair"),
            words.say("rules.quadrant.rest"),
            words.say("rules.quadrant.keep"),
        ),
        points=points,
    )


def _quadrant_ends(subject: Subject, axis: str) -> dict[str, str]:
    words = subject.wording
    return {
        "low_end": words.say(f"rules.quadrant.{axis}_low"),
        "high_end": words.say(f"rules.quadrant.{axis}_high"),
    }


def _middle(numbers: list[float]) -> float:
    return sorted(numbers)[len(numbers) // 2] if numbers else 0.0


def _point(subject: Subject, number: int, rule: BrandRule) -> QuadrantPoint:
    return QuadrantPoint(
        number=subject.wording.whole(number),
        label=subject.rule(rule.rule),
        x=value_of(rule.importance),
        y=value_of(rule.broken.brand),
        strong=rule in _pointed_out(subject),
        muted=subject.small(rule.broken.brand) or subject.small(rule.importance),
    )


def _pointed_out(subject: Subject) -> list[BrandRule]:
    broken = [rule for rule in rules_that_matter(subject) if value_of(rule.broken.brand) > 0]
    return broken[:_POINTED_OUT]


def _point_words(subject: Subject, rule: BrandRule) -> str:
    words = subject.wording
    x, y = words.number(value_of(rule.importance), 1), words.percent(value_of(rule.broken.brand))
    return words.say("chart.quadrant", label=subject.rule(rule.rule), x=x, y=y)


def _rule_tables(subject: Subject, ranked: tuple[BrandRule, ...]) -> Iterable[Block]:
    """One table, or the same in two columns where the rules are many: they share a page with the quadrant."""
    words = subject.wording
    rows = tuple(_rule_row(subject, number, rule) for number, rule in enumerate(ranked, start=1))
    caption, note = words.say("rules.table.caption", brand=subject.name), _table_note(subject, ranked)
    if len(rows) <= _ONE_COLUMN:
        yield Table(caption, _rule_columns(subject), rows, note)
        return
    half = -(-len(rows) // 2)
    yield Heading(caption)
    yield Columns(tuple((Table("", _rule_columns(subject), part),) for part in (rows[:half], rows[half:])))
    yield Paragraph(note, style="note")


def _rule_columns(subject: Subject) -> tuple[Column, ...]:
    words = subject.wording
    return (
        Column(words.say("rules.table.number"), 0.5, "right"),
        Column(words.say("rules.table.rule"), 2.31),
        Column(words.say("rules.table.importance"), 1.06, "right"),
        Column(words.say("rules.table.broken"), 1.9, "right"),
        Column(words.say("rules.table.base"), 0.65, "right"),
    )


def _table_note(subject: Subject, ranked: tuple[BrandRule, ...]) -> str:
    placed = [subject.shown(rule.importance) for rule in ranked]
    if all(placed) or not any(placed):
        return _reading_note(subject)
    return subject.sentences(_reading_note(subject), subject.wording.say("rules.table.note_unplaced"))


def _reading_note(subject: Subject) -> str:
    words = subject.wording
    importance = subject.findings.rules.importance_range if subject.findings.rules else None
    if importance is None:
        return words.say("rules.table.note_broken")
    low, high = importance
    return words.say("rules.table.note", low=words.number(low, 0), high=words.number(high, 0))


def _rule_row(subject: Subject, number: int, rule: BrandRule) -> Row:
    words, broken = subject.wording, rule.broken.brand
    cells = (
        words.whole(number),
        subject.rule(rule.rule),
        _shown_number(subject, rule.importance),
        _broken_words(subject, rule) if subject.shown(broken) else words.say("number.too_few"),
        words.whole(broken.n),
    )
    return Row(cells, muted=subject.small(broken), strong=rule in _pointed_out(subject))


def _shown_number(subject: Subject, estimate: Estimate) -> str:
    known = subject.shown(estimate)
    return subject.wording.number(value_of(estimate), 1) if known else subject.wording.say("number.none")


def _broken_words(subject: Subject, rule: BrandRule) -> str:
    return f"{subject.direction(rule.broken)} {subject.share_cell(rule.broken.brand)}".strip()
