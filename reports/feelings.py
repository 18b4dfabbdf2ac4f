"""Section on how the relationship is felt, negative and ambivalent ones above all; selects and words, draws nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.content import Column, KeyFigures, Paragraph, Row, Section, Table
from reports.standing import feeling_figures, scale_charts
from reports.stated import stated_value
from reports.subject import value_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.findings import Archetype, Estimate, Feelings, FeelingsByUse
    from reports.content import Block
    from reports.subject import Subject


def feelings_section(subject: Subject) -> Section:
    """Scale by scale, then who has negative and ambivalent relationships, and what goes round about the brand."""
    words, title = subject.wording, subject.wording.say("feelings.title")
    blocks = tuple(_blocks(subject))
    if not blocks:
        return Section("feelings", title, title, (Paragraph(words.say("feelings.absent"), style="absent"),))
    return Section("feelings", title, _headline(subject), blocks)


def _headline(subject: Subject) -> str:
    words, negative = subject.wording, subject.brand.negative
    if negative is None or not subject.shown(negative.brand):
        return words.say("feelings.headline.plain", brand=subject.name)
    share = words.of_hundred(value_of(negative.brand))
    if not subject.shown(negative.category):
        return words.say("feelings.headline.alone", brand=subject.name, share=share)
    kind = "same" if not negative.differs else "more" if value_of(negative.difference) > 0 else "fewer"
    category = words.of_hundred(value_of(negative.category))
    return words.say(f"feelings.headline.{kind}", brand=subject.name, share=share, category=category)


def _blocks(subject: Subject) -> Iterable[Block]:
    figures = feeling_figures(subject)
    if figures:
        yield KeyFigures(figures)
    yield from scale_charts(subject)
    yield from _by_use(subject)
    yield from _by_group(subject)


def _by_use(subject: Subject) -> Iterable[Block]:
    """Negative and ambivalent relationships by frequency of use, over all brands."""
    found, words = subject.findings.feelings, subject.wording
    bands = [band for band in (found.by_use if found else ()) if _negative(subject, band.feelings) is not None]
    if len(bands) < len(("seldom", "often")):
        return
    columns = (
        Column(words.say("feelings.by_use.often"), 2.2),
        Column(words.say("feelings.table.negative"), 1.4, "right"),
        Column(words.say("feelings.table.ambivalent"), 1.4, "right"),
        Column(words.say("rules.table.base"), 0.7, "right"),
    )
    rows = tuple(_use_row(subject, band) for band in bands)
    yield Table(words.say("feelings.by_use.caption"), columns, rows, words.say("feelings.by_use.note"))


def _negative(subject: Subject, feelings: Feelings) -> Estimate | None:
    found = feelings.negative
    return found if found is not None and subject.shown(found) else None


def _use_row(subject: Subject, band: FeelingsByUse) -> Row:
    felt = band.feelings
    cells = (subject.share_cell(each) for each in (felt.negative, felt.ambivalent))
    muted = felt.n_ratings < subject.threshold("small_below")
    return Row((_band(subject, band), *cells, subject.wording.whole(felt.n_ratings)), muted=muted)


def _band(subject: Subject, band: FeelingsByUse) -> str:
    words = subject.wording
    if band.least is None:
        return words.say("feelings.by_use.never")
    if band.below is None:
        return words.say("feelings.by_use.from", least=words.plain(band.least))
    if band.least == 0 and band.below == 1:
        return words.say("feelings.by_use.once")
    if band.least == 0:
        return words.say("feelings.by_use.below", below=words.plain(band.below))
    return words.say("feelings.by_use.between", least=words.plain(band.least), below=words.plain(band.below))


def _by_group(subject: Subject) -> Iterable[Block]:
    """Kinds of relationships by how negative they are, with what they say about the brand to others."""
    found, words = subject.findings.feelings, subject.wording
    if found is None or not subject.grouped:
        return
    felt = {g.archetype: g.feelings for g in found.groups if g.archetype and g.brand is None and g.base == "ever_used"}
    groups = [group for group in subject.groups.values() if group.key in felt]
    if not groups:
        return
    columns = (
        Column(words.say("portfolio.kinds.kind"), 2.2),
        Column(words.say("feelings.table.negative"), 1.4, "right"),
        Column(words.say("feelings.table.ambivalent"), 1.4, "right"),
        Column(words.say("worth.role.recommendation"), 1.2, "right"),
        Column(words.say("worth.role.leaving"), 1.2, "right"),
        Column(words.say("rules.table.base"), 0.7, "right"),
    )
    rows = tuple(_group_row(subject, group, felt[group.key]) for group in groups)
    yield Table(words.say("feelings.table.caption"), columns, rows, words.say("feelings.table.note"))


def _group_row(subject: Subject, group: Archetype, felt: Feelings) -> Row:
    words = subject.wording
    cells = (
        subject.archetype(group.key),
        *(subject.share_cell(each) for each in (felt.negative, felt.ambivalent)),
        *(_stated(subject, group, role) for role in ("recommendation", "leaving")),
        words.whole(felt.n_ratings),
    )
    return Row(cells, muted=felt.n_ratings < subject.threshold("small_below"))


def _stated(subject: Subject, group: Archetype, role: str) -> str:
    value = subject.findings.value
    found = next((each for each in value.archetypes if each.archetype == group.key), None) if value else None
    estimate = next((e for name, e in found.stated.items() if name == role), None) if found else None
    if estimate is None:
        return subject.wording.say("number.none")
    return stated_value(subject, "recommendation" if role == "recommendation" else "leaving", estimate)
