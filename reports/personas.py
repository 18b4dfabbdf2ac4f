"""Pages on the kinds of relationships: a card for each natural one, one page for a drawn grouping; draws nothing."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from reports.content import (
    Bullets,
    Column,
    Columns,
    GroupProfile,
    Heading,
    HeatMap,
    HeatRow,
    KeyFigure,
    KeyFigures,
    Paragraph,
    ProfileRow,
    Row,
    Section,
    Table,
)
from reports.stated import stated_cell, stated_columns
from reports.strategies import choice_of, owners_of, strategy_name
from reports.subject import value_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.findings import Archetype, Comparison, Estimate, MembershipRule, Norm, StrategyChoice
    from analysis.quoting import Quote
    from reports.content import Block
    from reports.subject import StudySubject, Subject

_CARDS = 4
_LEAST_SHARE = 0.1
"""A kind with less of the brand's relationships than this has no page of its own."""
_RULES_SHOWN = 5
_WISHES_SHOWN = 3
_QUOTES_SHOWN, _LONGEST_QUOTE = 3, 240
_EVIDENCE = ("negative", "broken", "leaving", "wants_other")


def persona_sections(subject: Subject) -> Iterable[Section]:
    """A card for each of the largest natural groups; of a drawn grouping one page, without portraits."""
    if not subject.grouped:
        return
    if subject.basis == "constructed":
        yield _drawn_groups(subject)
        return
    shown = (share for share in subject.shares if subject.shown(share.brand) and value_of(share.brand) >= _LEAST_SHARE)
    for share in islice(shown, _CARDS):
        yield _card(subject, subject.groups[share.key], share)


def _card(subject: Subject, group: Archetype, share: Comparison) -> Section:
    words, kind = subject.wording, subject.archetype(group.key)
    fields = {"kind": kind, "share": words.of_hundred(value_of(share.brand)), "brand": subject.name}
    headline = words.say(f"persona.headline.{_against(share)}", **fields)
    blocks = (
        *_figures(subject, group),
        _portrait(subject, group),
        *_in_their_words(subject, group),
        *_worth(subject, group),
    )
    return Section(f"group_{group.key}", words.say("persona.title", kind=kind), headline, blocks)


def _against(share: Comparison) -> str:
    if not share.differs:
        return "same"
    return "more" if value_of(share.difference) > 0 else "fewer"


def _figures(subject: Subject, group: Archetype) -> Iterable[Block]:
    """What the strategy rests on; where the brand has too few such relationships, a sentence that says so."""
    choice, words = choice_of(subject, group.key), subject.wording
    if choice is None:
        least = words.whole(subject.threshold("suppress_below"))
        yield Paragraph(words.say("persona.few", brand=subject.name, least=least), style="absent")
        return
    known = [(name, choice.evidence[name]) for name in _EVIDENCE if name in choice.evidence]
    figures = tuple(_figure(subject, name, estimate) for name, estimate in known if subject.shown(estimate))
    if figures:
        yield KeyFigures(figures)


def _figure(subject: Subject, name: str, estimate: Estimate) -> KeyFigure:
    words = subject.wording
    value, label = words.of_hundred(value_of(estimate)), words.say(f"persona.figure.{name}")
    return KeyFigure(value, label, words.share_evidence(estimate), muted=subject.small(estimate))


def _portrait(subject: Subject, group: Archetype) -> Columns:
    left = (*_who(subject, group), *_signals(subject, group))
    right = (*_wants(subject, group), *_rules(subject, group), *_to_do(subject, group))
    return Columns((left, right))


def _who(subject: Subject, group: Archetype) -> Iterable[Block]:
    words = subject.wording
    yield Heading(words.say("persona.who"))
    said = [
        words.say(
            "persona.base",
            share=words.of_hundred(value_of(group.share)),
            evidence=words.share_evidence(group.share),
        )
    ]
    if group.matches:
        said.append(subject.nearest(group.key))
    picked = max(group.picks, key=lambda family: group.picks[family], default=None)
    if picked is not None:
        share = words.of_hundred(group.picks[picked])
        said.append(words.say("persona.picked", kind=subject.family(picked), share=share))
    yield Paragraph(subject.sentences(*said))


def _signals(subject: Subject, group: Archetype) -> Iterable[Block]:
    words = subject.wording
    yield Heading(words.say("persona.signals"))
    profile = _profile(subject, group)
    if profile is not None:
        yield profile
    for rule in subject.findings.membership.rules if subject.findings.membership else ():
        if rule.archetype == group.key and rule.conditions:
            yield Paragraph(membership_words(subject, rule), style="note")


def _profile(subject: Subject, group: Archetype) -> GroupProfile | None:
    """The scales that share the commonest range of answers, so that the rows share an axis."""
    words = subject.wording
    ranges = {scale.key: (scale.low, scale.high) for scale in subject.findings.scales}
    found = [ranges[key] for key in group.scales if key in ranges]
    if not found:
        return None
    low, high = max(set(found), key=found.count)
    keys = [key for key in ranges if key in group.scales and ranges[key] == (low, high)]
    rows = tuple(row for key in keys if (row := _profile_row(subject, group, key)) is not None)
    return GroupProfile(
        caption="",
        alt=" ".join(words.say("chart.single", label=row.label, own=row.own.text) for row in rows),
        note="",
        rows=rows,
        axis=words.scale_axis(low, high),
        own=words.say("persona.profile.own"),
        others=words.say("persona.profile.others"),
    )


def _profile_row(subject: Subject, group: Archetype, key: str) -> ProfileRow | None:
    mark = subject.wording.number_mark(group.scales[key], 1) if subject.shown(group.scales[key]) else None
    others = [other.scales.get(key) for other in subject.groups.values() if other.key != group.key]
    places = tuple(other.value for other in others if other is not None and other.value is not None)
    return ProfileRow(subject.scale(key), mark, places) if mark else None


def membership_words(subject: Subject, rule: MembershipRule) -> str:
    """A rule of thumb that tells a group, with how often it is right."""
    words = subject.wording
    parts = [
        words.say(
            f"recognise.condition.{condition.comparison}",
            name=subject.condition_name(condition.kind, condition.key),
            value=words.number(condition.threshold, 1) if condition.threshold is not None else "",
            choice=subject.family(condition.choice) if condition.choice else "",
        )
        for condition in rule.conditions
    ]
    fields = {"share": words.of_hundred(value_of(rule.precision)), "evidence": words.share_evidence(rule.precision)}
    return words.say("persona.told", conditions=words.listed(parts), **fields)


def _wants(subject: Subject, group: Archetype) -> Iterable[Block]:
    words = subject.wording
    yield Heading(words.say("persona.wants"))
    wishes = _wishes(subject, group)
    if not wishes:
        yield Paragraph(words.say("persona.wants_absent"), style="note")
        return
    yield Bullets(tuple(_wish(subject, key, share) for key, share in wishes))
    base = words.count("number.relationships", wishes[0][1].n)
    yield Paragraph(words.say("persona.wants_note", relationships=base), style="note")


def _wishes(subject: Subject, group: Archetype) -> list[tuple[str, Estimate]]:
    """The families wanted most in this group, over all brands."""
    typology = subject.findings.typology
    shares = [
        (each.key, each.share)
        for each in (typology.shares if typology else ())
        if each.archetype == group.key and each.by == "desired" and each.level == "family" and subject.shown(each.share)
    ]
    ranked = sorted(shares, key=lambda pair: -value_of(pair[1]))
    return [pair for pair in ranked if value_of(pair[1]) > 0][:_WISHES_SHOWN]


def _wish(subject: Subject, key: str, share: Estimate) -> str:
    words = subject.wording
    return words.say(
        "persona.wish",
        kind=subject.family(key),
        share=words.of_hundred(value_of(share)),
        interval=words.share_interval(share),
    )


def _rules(subject: Subject, group: Archetype) -> Iterable[Block]:
    words = subject.wording
    chosen = _rules_of(subject, group)
    if not chosen:
        return
    yield Heading(words.say("persona.rules"))
    columns = (
        Column(words.say("rules.table.rule"), 2.3),
        Column(words.say("persona.rules_more"), 0.9, "right"),
        Column(words.say("persona.rules_broken"), 1.2, "right"),
    )
    norms = {norm.rule: norm for norm in _norms(subject, group)}
    rows = tuple(Row(_rule_cells(subject, rule, norms.get(rule))) for rule in chosen)
    yield Table("", columns, rows, words.say("persona.rules_note", brand=subject.name))


def _norms(subject: Subject, group: Archetype) -> list[Norm]:
    found = subject.findings.rules.norms if subject.findings.rules else ()
    held = [norm for norm in found if norm.archetype == group.key and norm.holds and value_of(norm.difference) > 0]
    return sorted(held, key=lambda norm: -value_of(norm.difference))


def _rules_of(subject: Subject, group: Archetype) -> list[str]:
    """Rules that matter more here than elsewhere, then those that matter most to these people."""
    choice = choice_of(subject, group.key)
    named = [rule.rule for rule in choice.rules] if choice else []
    return list(dict.fromkeys([*(norm.rule for norm in _norms(subject, group)), *named]))[:_RULES_SHOWN]


def _rule_cells(subject: Subject, rule: str, norm: Norm | None) -> tuple[str, ...]:
    words = subject.wording
    broken = next((each.broken.brand for each in subject.brand.rules if each.rule == rule), None)
    return (
        subject.rule(rule),
        words.signed(value_of(norm.difference), 1) if norm else words.say("number.none"),
        subject.share_cell(broken),
    )


def _to_do(subject: Subject, group: Archetype) -> Iterable[Block]:
    choice, words = choice_of(subject, group.key), subject.wording
    if choice is None:
        return
    yield Heading(words.say("persona.to_do", strategy=strategy_name(subject, choice)))
    yield Paragraph(subject.sentences(*_advice(subject, choice)))


def _advice(subject: Subject, choice: StrategyChoice) -> Iterable[str]:
    words = subject.wording
    yield words.label(choice.reason)
    if choice.remedy is not None and subject.shown(choice.remedy.share):
        yield words.say(
            "persona.remedy",
            remedy=words.inside(words.label(choice.remedy.label)),
            share=words.of_hundred(value_of(choice.remedy.share)),
        )
    if choice.human_review:
        yield words.say("plan.human_review")
    owners = owners_of(subject, choice)
    if owners:
        yield words.say("plan.owners", owners=owners)


def _in_their_words(subject: Subject, group: Archetype) -> Iterable[Block]:
    """What people with this relationship wrote about this brand; a long text is cut with a mark."""
    words = subject.wording
    found = [quote for quote in subject.quotes if quote.archetype == group.key][:_QUOTES_SHOWN]
    if not found:
        return
    yield Heading(words.say("persona.quotes"))
    yield Bullets(tuple(_quoted(subject, quote) for quote in found))
    yield Paragraph(words.say("persona.quotes_note"), style="note")


def _quoted(subject: Subject, quote: Quote) -> str:
    words = subject.wording
    said = words.say("number.quoted", name=words.shortened(quote.text, _LONGEST_QUOTE))
    if quote.language in {"", words.language}:
        return said
    return words.say("number.with_interval", value=said, interval=words.tongue(quote.language))


def _worth(subject: Subject, group: Archetype) -> Iterable[Block]:
    """What people with this relationship state of their worth, over all brands."""
    value, words = subject.findings.value, subject.wording
    found = next((each for each in value.archetypes if each.archetype == group.key), None) if value else None
    roles = stated_columns(subject, found.stated) if found else ()
    if found is None or not roles:
        return
    columns = tuple(Column(words.say(f"worth.role.{role}"), 1.0, "right") for role in roles)
    cells = tuple(stated_cell(subject, role, found.stated[role]) for role in roles)
    base = words.count("number.relationships", max(found.stated[role].n for role in roles))
    yield Table(words.say("persona.worth"), columns, (Row(cells),), words.say("persona.worth_note", base=base))


def _drawn_groups(subject: Subject) -> Section:
    words = subject.wording
    blocks = (
        Paragraph(words.say("groups.intro")),
        *group_heat_map(subject),
        *_group_table(subject),
    )
    return Section("groups", words.say("groups.title"), words.say("groups.headline", brand=subject.name), blocks)


def group_heat_map(subject: StudySubject) -> Iterable[Block]:
    """All groups on all scales that share the commonest range of answers."""
    words = subject.wording
    ranges = [(scale.low, scale.high) for scale in subject.findings.scales]
    if not ranges:
        return
    low, high = max(set(ranges), key=ranges.count)
    scales = [scale.key for scale in subject.findings.scales if (scale.low, scale.high) == (low, high)]
    rows = tuple(
        HeatRow(
            subject.archetype(group.key),
            tuple(
                words.number_mark(group.scales[key], 1)
                if key in group.scales and subject.shown(group.scales[key])
                else None
                for key in scales
            ),
        )
        for group in subject.groups.values()
    )
    said = (
        words.say("chart.single", label=f"{row.label}, {subject.scale(key)}", own=mark.text)
        for row in rows
        for key, mark in zip(scales, row.cells, strict=True)
        if mark is not None
    )
    yield HeatMap(
        caption=words.say("groups.heat.caption"),
        alt=" ".join(said),
        note=words.say("groups.heat.note", low=words.number(low, 0), high=words.number(high, 0)),
        columns=tuple(subject.scale(key) for key in scales),
        rows=rows,
        low=low,
        high=high,
    )


def _group_table(subject: Subject) -> Iterable[Block]:
    words = subject.wording
    columns = (
        Column(words.say("portfolio.kinds.kind"), 2.2),
        Column(words.say("plan.table.share"), 0.6, "right"),
        Column(words.say("plan.table.strategy"), 1.0),
        Column(words.say("groups.table.rules"), 3.0),
    )
    rows = tuple(_group_row(subject, share) for share in subject.shares)
    yield Table(words.say("groups.table.caption"), columns, rows, words.say("groups.table.note"))


def _group_row(subject: Subject, share: Comparison) -> Row:
    words, none = subject.wording, subject.wording.say("number.none")
    choice = choice_of(subject, share.key)
    rules = [subject.rule(rule) for rule in _rules_of(subject, subject.groups[share.key])]
    cells = (
        subject.archetype(share.key),
        words.of_hundred(value_of(share.brand)) if subject.shown(share.brand) else none,
        strategy_name(subject, choice) if choice else none,
        words.listed(rules) if rules else none,
    )
    return Row(cells, muted=subject.small(share.brand))
