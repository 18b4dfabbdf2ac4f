"""Composes the technical report on a study, for researchers: reporting lists line by line; draws nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.content import Column, HeatMap, HeatRow, Paragraph, Row, Section, Table
from reports.documents import answers_fact, base_value, bound, filename, study_facts
from reports.methods import (
    archetype_blocks,
    careless_blocks,
    closing_blocks,
    confirmation_blocks,
    factor_blocks,
    reliability_blocks,
    sample_blocks,
)
from reports.personas import group_heat_map
from reports.rule_tests import dealbreaker_blocks, norm_blocks
from reports.subject import StudySubject
from reports.wording import Wording, read_texts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.findings import FactoredItem, Invariance, InvarianceLevel, Robustness, StudyFindings
    from instruments.catalogue import Catalogue
    from instruments.model import Language
    from reports.content import Block, Report

_LISTS = {
    "efa": ("sample", "screening", "matrix", "adequacy", "extraction", "retention", "rotation", "pattern", "structure",
            "communalities", "correlations", "variance", "reliability", "software"),
    "lpa": ("indicators", "missing", "starts", "candidates", "entropy", "sizes", "plots", "none", "replication"),
    "aapor": ("sponsor", "dates", "mode", "source", "eligibility", "weights", "size", "wording", "exclusions",
              "errors"),
}  # fmt: skip


def compose_study_report(findings: StudyFindings, language: Language, catalogue: Catalogue) -> Report:
    """Everything the technical report on a study says, in one language."""
    read_texts(language)
    subject = StudySubject(findings, catalogue, Wording(language))
    about = subject.wording.label(findings.study.title)
    return bound(subject, "study", about, _facts(subject), _sections(subject), key="study")


def study_report_filename(findings: StudyFindings, language: Language) -> str:
    """Name of the file a study report is saved under."""
    return filename(findings, "study", language, ending="pdf")


def _facts(subject: StudySubject) -> Iterable[tuple[str, str]]:
    sample, words = subject.findings.sample, subject.wording
    yield from study_facts(subject)
    yield words.say("cover.base"), base_value(subject, sample.n_ratings, sample.n_persons)
    yield words.say("study.cover.brands"), words.whole(len(subject.findings.brands))
    yield answers_fact(subject)


def _sections(subject: StudySubject) -> Iterable[Section]:
    parts = {
        "sample": (
            *sample_blocks(subject, subject.wording.say("study.compared"), tables=True),
            *careless_blocks(subject),
        ),
        "scales": (*reliability_blocks(subject), *_items(subject)),
        "factors": factor_blocks(subject, tables=True),
        "confirmation": (*confirmation_blocks(subject), *_invariance(subject)),
        "groups": (*archetype_blocks(subject, tables=True), *_group_pages(subject)),
        "rules": _rules(subject),
        "typing": _typing(subject),
        "lists": _lists(subject),
        "closing": closing_blocks(subject, plan=True),
    }
    for key, blocks in parts.items():
        title = subject.wording.say(f"study.{key}.title")
        held = tuple(blocks) or (Paragraph(subject.wording.say("study.nothing"), style="absent"),)
        yield Section(key, title, subject.wording.say(f"study.{key}.headline"), held, brief=True)


def _items(subject: StudySubject) -> Iterable[Block]:
    """Each item on its own factor, with adequacy and the share of its variance between persons."""
    factors, words = subject.findings.factors, subject.wording
    if factors is None or not factors.table:
        return
    names = ("loading", "second", "communality", "complexity", "msa", "icc")
    columns = (
        Column(words.say("methods.factors.item"), 3.4),
        *(Column(words.say(f"study.items.{name}"), 1.6 if name == "loading" else 0.8, "right") for name in names),
    )
    texts = dict(zip(factors.items, factors.item_texts, strict=True))
    rows = tuple(
        Row((subject.item(texts[item.item]) if texts[item.item] else item.item, *_item_cells(subject, item)))
        for item in factors.table
    )
    yield Table(words.say("study.items.caption"), columns, rows, words.say("study.items.note"))


def _item_cells(subject: StudySubject, item: FactoredItem) -> Iterable[str]:
    words, loading = subject.wording, item.loading.value
    interval = words.coefficient_interval(item.loading)
    yield (
        words.say("number.none")
        if loading is None
        else words.say("number.with_interval", value=words.coefficient(loading), interval=interval)
    )
    for value in (item.second, item.communality, item.complexity, item.msa, item.icc):
        yield words.say("number.none") if value is None else words.coefficient(value)


def _invariance(subject: StudySubject) -> Iterable[Block]:
    found = subject.findings.confirmation
    for each in found.invariance if found else ():
        yield _levels(subject, each)


def _levels(subject: StudySubject, found: Invariance) -> Table:
    words = subject.wording
    names = ("chi2", "df", "cfi", "rmsea", "srmr", "cfi_change", "p")
    columns = (
        Column(words.say("study.invariance.level"), 1.8),
        *(Column(words.say(f"study.invariance.{name}"), 1.0, "right") for name in names),
        Column(words.say("study.invariance.holds"), 0.8, "right"),
    )
    rows = tuple(
        Row(tuple(_level_cells(subject, level)), strong=level.level == found.reached) for level in found.levels
    )
    by = words.say(f"methods.confirmation.by.{found.by}")
    return Table(words.say("study.invariance.caption", by=by), columns, rows, words.say("study.invariance.note"))


def _level_cells(subject: StudySubject, level: InvarianceLevel) -> Iterable[str]:
    words, none = subject.wording, subject.wording.say("number.none")
    yield words.say(f"study.invariance.name.{level.level}")
    yield none if level.chi2 is None else words.number(level.chi2, 1)
    yield none if level.df is None else words.number(level.df, 0)
    for value in (level.cfi, level.rmsea, level.srmr):
        yield none if value is None else words.coefficient(value, 3)
    yield none if level.cfi_change is None else words.signed(level.cfi_change, 3)
    yield none if level.difference_p is None else words.coefficient(level.difference_p, 3)
    yield none if level.holds is None else words.say(f"study.invariance.{'yes' if level.holds else 'no'}")


def _group_pages(subject: StudySubject) -> Iterable[Block]:
    if subject.grouped:
        yield from group_heat_map(subject)
    robustness = subject.findings.robustness
    if robustness is None:
        return
    if robustness.groupings:
        yield _groupings(subject, robustness)
    if robustness.explained:
        yield _explained(subject, robustness)


def _groupings(subject: StudySubject, found: Robustness) -> Table:
    words = subject.wording
    columns = (
        Column(words.say("study.robustness.method"), 3.0),
        Column(words.say("study.robustness.agreement"), 1.0, "right"),
        Column(words.say("rules.table.base"), 0.8, "right"),
    )
    rows = tuple(
        Row(
            (
                words.say(f"study.robustness.name.{each.method}") + (f" ({each.family})" if each.family else ""),
                words.coefficient(each.agreement.value)
                if each.agreement.value is not None
                else words.say("number.none"),
                words.whole(each.agreement.n),
            )
        )
        for each in found.groupings
    )
    return Table(words.say("study.robustness.caption"), columns, rows, words.say("study.robustness.note"))


def _explained(subject: StudySubject, found: Robustness) -> HeatMap:
    """How much of each outcome every segmentation predicts."""
    words = subject.wording
    outcomes = [key for key in subject.outcomes if any(each.outcome == key for each in found.explained)]
    by = list(dict.fromkeys(each.by for each in found.explained))
    cells = {(each.by, each.outcome): words.share_mark(each.share) for each in found.explained}
    rows = tuple(
        HeatRow(words.say(f"study.explained.name.{name}"), tuple(cells.get((name, key)) for key in outcomes))
        for name in by
    )
    values = [mark.value for row in rows for mark in row.cells if mark is not None]
    return HeatMap(
        caption=words.say("study.explained.caption"),
        alt=" ".join(
            words.say("chart.single", label=f"{row.label}, {subject.outcome(key)}", own=mark.text)
            for row in rows
            for key, mark in zip(outcomes, row.cells, strict=True)
            if mark is not None
        ),
        note=words.say("study.explained.note"),
        columns=tuple(subject.outcome(key) for key in outcomes),
        rows=rows,
        low=min([0.0, *values]),
        high=max([0.0, *values]),
    )


def _rules(subject: StudySubject) -> Iterable[Block]:
    if subject.findings.rules is None:
        return
    if subject.grouped:
        yield from norm_blocks(subject)
    yield from dealbreaker_blocks(subject)


def _typing(subject: StudySubject) -> Iterable[Block]:
    tool, words = subject.findings.typing_tool, subject.wording
    if tool is None:
        return
    said = words.say(
        "study.typing_tool.said",
        n=words.whole(len(tool.model.questions)),
        accuracy=words.percent(tool.accuracy.value or 0.0),
        interval=words.share_interval(tool.accuracy),
        majority=words.percent(tool.majority.value or 0.0),
        kappa=words.coefficient(tool.kappa.value or 0.0),
        error=words.coefficient(tool.calibration_error),
        version=tool.model.version,
    )
    yield Paragraph(said)
    columns = (
        Column(words.say("study.typing_tool.questions"), 1.0, "right"),
        Column(words.say("study.typing_tool.accuracy"), 1.0, "right"),
        Column(words.say("rules.table.base"), 1.0, "right"),
    )
    rows = tuple(
        Row((words.whole(each.questions), words.percent(each.accuracy), words.whole(each.n))) for each in tool.by_count
    )
    yield Table(
        words.say("study.typing_tool.caption"),
        columns,
        rows,
        words.say("recognise.note", folds=words.whole(tool.folds)),
    )


def _lists(subject: StudySubject) -> Iterable[Block]:
    """Reporting lists of the field: where each line stands, or that only the researcher can say it."""
    words = subject.wording
    for name, lines in _LISTS.items():
        columns = (Column(words.say("study.reporting.line"), 2.0), Column(words.say("study.reporting.where"), 4.0))
        rows = tuple(
            Row((words.say(f"study.reporting.{name}.{line}.line"), words.say(f"study.reporting.{name}.{line}.where")))
            for line in lines
        )
        yield Table(words.say(f"study.reporting.{name}.caption"), columns, rows)
