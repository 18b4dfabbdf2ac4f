"""Section on how to recognise relationships: typing questions, how well they tell, fields to keep; words only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.content import Bullets, Column, Heading, KeyFigure, KeyFigures, Paragraph, Row, Section, Table
from reports.subject import value_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.findings import Estimate, TypedArchetype, TypingTool
    from reports.content import Block
    from reports.subject import Subject

_FIELDS = ("current", "desired", "archetype", "sure", "rules", "contact", "outcome")


def recognition_section(subject: Subject) -> Section:
    """The few questions that tell a relationship, how often they are right, and what a customer file should hold."""
    words, title = subject.wording, subject.wording.say("recognise.title")
    tool = subject.findings.typing_tool
    if tool is None or not subject.grouped:
        return Section("recognise", title, title, (Paragraph(words.say("recognise.absent"), style="absent"),))
    fields = {
        "n": words.whole(len(tool.model.questions)),
        "share": words.of_hundred(value_of(tool.accuracy)),
    }
    return Section("recognise", title, words.say("recognise.headline", **fields), tuple(_blocks(subject, tool)))


def _blocks(subject: Subject, tool: TypingTool) -> Iterable[Block]:
    words = subject.wording
    yield _questions(subject, tool)
    yield KeyFigures(
        tuple(
            _figure(subject, name, estimate)
            for name, estimate in (
                ("accuracy", tool.accuracy),
                ("sure", tool.accuracy_when_sure),
                ("share_sure", tool.share_sure),
                ("majority", tool.majority),
            )
        )
    )
    yield _by_group(subject, tool)
    yield Heading(words.say("recognise.fields.heading"))
    yield Bullets(tuple(words.say(f"recognise.fields.{name}") for name in _FIELDS))
    yield Paragraph(words.say("recognise.version", version=tool.model.version), style="note")


def _questions(subject: Subject, tool: TypingTool) -> Table:
    words = subject.wording
    columns = (
        Column(words.say("rules.table.number"), 0.3, "right"),
        Column(words.say("recognise.question"), 5.0),
        Column(words.say("recognise.range"), 0.8, "right"),
    )
    rows = tuple(
        Row(
            (
                words.whole(i),
                subject.item(question.text) if question.text else question.item,
                words.say("number.range", low=words.number(question.low, 0), high=words.number(question.high, 0)),
            )
        )
        for i, question in enumerate(tool.model.questions, start=1)
    )
    return Table(words.say("recognise.caption"), columns, rows)


def _figure(subject: Subject, name: str, estimate: Estimate) -> KeyFigure:
    words = subject.wording
    return KeyFigure(
        words.of_hundred(value_of(estimate)), words.say(f"recognise.figure.{name}"), words.share_evidence(estimate)
    )


def _by_group(subject: Subject, tool: TypingTool) -> Table:
    words = subject.wording
    columns = (
        Column(words.say("portfolio.kinds.kind"), 2.2),
        Column(words.say("recognise.found"), 1.4, "right"),
        Column(words.say("recognise.belongs"), 1.4, "right"),
        Column(words.say("rules.table.base"), 0.6, "right"),
    )
    rows = tuple(_group_row(subject, typed) for typed in tool.by_archetype if typed.archetype in subject.groups)
    return Table(
        words.say("recognise.groups"), columns, rows, words.say("recognise.note", folds=words.whole(tool.folds))
    )


def _group_row(subject: Subject, typed: TypedArchetype) -> Row:
    cells = (subject.share_cell(estimate) for estimate in (typed.sensitivity, typed.predictive_value))
    base = subject.wording.whole(typed.sensitivity.n)
    return Row((subject.archetype(typed.archetype), *cells, base), muted=subject.small(typed.sensitivity))
