"""Section on what relationship customers have, what they want and how they are treated; selects and words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.content import Column, FlowDiagram, FlowLink, FlowNode, KeyFigures, Paragraph, Row, Section, Table
from reports.standing import key_figure
from reports.subject import value_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.findings import Comparison, Flow
    from reports.content import Block
    from reports.subject import Subject

_CHANGES_SHOWN = 5


def flow_section(subject: Subject) -> Section:
    """From the relationships customers have to the ones they want, and whether they are treated so."""
    words = subject.wording
    return Section("flow", words.say("flow.title"), _headline(subject), tuple(_blocks(subject)))


def _headline(subject: Subject) -> str:
    words, mismatch = subject.wording, subject.brand.mismatch
    if mismatch is not None and subject.shown(mismatch.changed.brand):
        share = words.of_hundred(value_of(mismatch.changed.brand))
        return words.say("flow.headline.changed", share=share, brand=subject.name)
    if mismatch is not None and subject.shown(mismatch.under_served.brand):
        under = words.of_hundred(value_of(mismatch.under_served.brand))
        over = words.of_hundred(value_of(mismatch.over_pursued.brand))
        return words.say("flow.headline.treated", under=under, over=over)
    return words.say("flow.headline.plain", brand=subject.name)


def _blocks(subject: Subject) -> Iterable[Block]:
    absent = subject.findings.absent
    if subject.brand.flows:
        yield _diagram(subject)
    figures = _figures(subject)
    if figures.figures:
        yield figures
    if any(flow.current != flow.desired for flow in subject.brand.flows):
        yield _changes_table(subject)
    missing = [name for name in ("desired", "current", "treated") if name in absent]
    if missing:
        said = (subject.wording.say(f"flow.absent_{name}") for name in missing)
        yield Paragraph(subject.sentences(*said), style="absent")


def _figures(subject: Subject) -> KeyFigures:
    mismatch = subject.brand.mismatch
    if mismatch is None:
        return KeyFigures(())
    named = (
        ("changed", mismatch.changed),
        ("fulfilled", mismatch.fulfilled),
        ("under", mismatch.under_served),
        ("over", mismatch.over_pursued),
    )
    return KeyFigures(
        tuple(key_figure(subject, share, f"flow.figures.{name}") for name, share in named if subject.shown(share.brand))
    )


def most_wanted_changes(subject: Subject) -> list[Flow]:
    """Flows into another family than the current one, most frequent first."""
    changes = [flow for flow in subject.brand.flows if flow.current != flow.desired]
    return sorted(changes, key=lambda flow: (-flow.share, flow.current, flow.desired))


def _changes_table(subject: Subject) -> Table:
    words = subject.wording
    columns = (
        Column(words.say("flow.table.current"), 2.0),
        Column(words.say("flow.table.desired"), 2.0),
        Column(words.say("flow.table.share"), 0.8, "right"),
        Column(words.say("flow.table.n"), 0.8, "right"),
    )
    rows = tuple(
        Row(
            (
                subject.family(flow.current),
                subject.family(flow.desired),
                words.of_hundred(flow.share),
                words.whole(flow.n),
            )
        )
        for flow in most_wanted_changes(subject)[:_CHANGES_SHOWN]
    )
    return Table(words.say("flow.table.caption"), columns, rows)


def _diagram(subject: Subject) -> FlowDiagram:
    words, flows = subject.wording, subject.brand.flows
    left = _keys(subject, (flow.current for flow in flows))
    right = _keys(subject, (flow.desired for flow in flows))
    return FlowDiagram(
        caption=words.say("flow.caption"),
        alt=" ".join(_flow_words(subject, flow) for flow in flows if flow.n),
        note=words.say("flow.note", brand=subject.name),
        left_title=words.say("flow.current"),
        right_title=words.say("flow.desired"),
        left=_nodes(subject, left, subject.brand.current),
        right=_nodes(subject, right, subject.brand.desired),
        links=tuple(FlowLink(left.index(f.current), right.index(f.desired), f.share) for f in flows if f.n),
        legend_same=words.say("flow.kept"),
        legend_other=words.say("flow.moved"),
    )


def _flow_words(subject: Subject, flow: Flow) -> str:
    names = {"current": subject.family(flow.current), "desired": subject.family(flow.desired)}
    return subject.wording.say("chart.flow", share=subject.wording.percent(flow.share), **names)


def _keys(subject: Subject, used: Iterable[str]) -> list[str]:
    """Families that occur, in the order of the catalogue; other codes after them."""
    found = set(used)
    known = [family.key for family in subject.catalogue.families if family.key in found]
    return known + sorted(found - set(known))


def _nodes(subject: Subject, keys: Iterable[str], shares: Iterable[Comparison]) -> tuple[FlowNode, ...]:
    known = {comparison.key: value_of(comparison.brand) for comparison in shares}
    return tuple(
        FlowNode(subject.family(key), known.get(key, 0.0), subject.wording.percent(known.get(key, 0.0))) for key in keys
    )
