"""Composes the report that puts all brands of a study side by side; ranks them only where means may be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.content import Column, HeatMap, HeatRow, Paragraph, Row, Section, Table
from reports.documents import answers_fact, base_value, bound, filename, study_facts
from reports.methods import closing_blocks
from reports.subject import StudySubject, by_value, value_of
from reports.wording import Wording, read_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from analysis.findings import BrandFindings, Comparison, Estimate, StudyFindings
    from instruments.catalogue import Catalogue
    from instruments.model import Language
    from reports.content import Block, Mark, Report

_COMPARABLE = {"scalar", "strict", "means", "intercepts", "uniquenesses"}
"""Levels of invariance from which on means may be compared."""
_RULES_SHOWN = 12


def compose_category_report(findings: StudyFindings, language: Language, catalogue: Catalogue) -> Report:
    """Everything the report on all brands says, in one language."""
    read_texts(language)
    subject = StudySubject(findings, catalogue, Wording(language))
    study = findings.study
    about = subject.wording.label(study.category if study.category is not None else study.title)
    return bound(subject, "category", about, _facts(subject), _sections(subject), key="category")


def category_report_filename(findings: StudyFindings, language: Language) -> str:
    """Name of the file a category report is saved under."""
    return filename(findings, "category", language, ending="pdf")


def _facts(subject: StudySubject) -> Iterable[tuple[str, str]]:
    sample, words = subject.findings.sample, subject.wording
    yield from study_facts(subject)
    yield words.say("cover.base"), base_value(subject, sample.n_ratings, sample.n_persons)
    yield words.say("study.cover.brands"), words.listed([subject.brand_name(brand) for brand in _told(subject)])
    yield answers_fact(subject)


def _told(subject: StudySubject) -> list[BrandFindings]:
    return [brand for brand in subject.findings.brands if not brand.suppressed]


def _sections(subject: StudySubject) -> Iterable[Section]:
    words = subject.wording
    for key, blocks in (
        ("relationships", _relationships(subject)),
        ("feelings", _feelings(subject)),
        ("league", _league(subject)),
        ("rules", _rules(subject)),
        ("closing", closing_blocks(subject, plan=False)),
    ):
        held = tuple(blocks) or (Paragraph(words.say("study.nothing"), style="absent"),)
        name = "study.closing" if key == "closing" else f"category.{key}"
        yield Section(key, words.say(f"{name}.title"), words.say(f"{name}.headline"), held)


def _relationships(subject: StudySubject) -> Iterable[Block]:
    """Shares of every kind of relationship at every brand, and each brand's part and role."""
    words, brands = subject.wording, _told(subject)
    grouped = subject.grouped and any(brand.portfolio for brand in brands)
    name = subject.archetype if grouped else subject.family
    rows = [(brand, brand.portfolio if grouped else brand.current) for brand in brands]
    if any(shares for _, shares in rows):
        yield _heat(subject, rows, name, "category.relationships", words.share_mark)
    if subject.findings.competitors:
        yield _roles(subject)


def _heat(
    subject: StudySubject,
    rows: Sequence[tuple[BrandFindings, Sequence[Comparison]]],
    name: Callable[[str], str],
    key: str,
    mark: Callable[[Estimate], Mark | None],
) -> HeatMap:
    words = subject.wording
    keys = list(dict.fromkeys(each.key for _, comparisons in rows for each in comparisons))
    drawn = tuple(
        HeatRow(subject.brand_name(brand), tuple(_cell(subject, comparisons, each, mark) for each in keys))
        for brand, comparisons in rows
    )
    values = [cell.value for row in drawn for cell in row.cells if cell is not None]
    said = (
        words.say("chart.single", label=f"{row.label}, {name(each)}", own=cell.text)
        for row in drawn
        for each, cell in zip(keys, row.cells, strict=True)
        if cell is not None
    )
    return HeatMap(
        caption=words.say(f"{key}.caption"),
        alt=" ".join(said),
        note=words.say(f"{key}.note"),
        columns=tuple(name(each) for each in keys),
        rows=drawn,
        low=0.0,
        high=max(values, default=1.0),
    )


def _cell(
    subject: StudySubject, comparisons: Iterable[Comparison], key: str, mark: Callable[[Estimate], Mark | None]
) -> Mark | None:
    found = next((each.brand for each in comparisons if each.key == key), None)
    return mark(found) if found is not None and subject.shown(found) else None


def _roles(subject: StudySubject) -> Table:
    words = subject.wording
    columns = (
        Column(words.say("category.brand"), 2.4),
        Column(words.say("category.roles.share"), 1.6, "right"),
        Column(words.say("category.roles.role"), 1.4),
        Column(words.say("rules.table.base"), 0.7, "right"),
    )
    names = {brand.key: subject.brand_name(brand) for brand in subject.findings.brands}
    rows = tuple(
        Row(
            (
                names[each.brand],
                subject.share_cell(each.share),
                words.say(f"map.role.{each.role}"),
                words.whole(each.share.n),
            )
        )
        for each in by_value(subject.findings.competitors, lambda each: each.share)
    )
    return Table(words.say("category.roles.caption"), columns, rows, words.say("category.roles.note"))


def _feelings(subject: StudySubject) -> Iterable[Block]:
    words, brands = subject.wording, [brand for brand in _told(subject) if brand.negative is not None]
    if not brands:
        return
    columns = (
        Column(words.say("category.brand"), 2.4),
        Column(words.say("feelings.table.negative"), 1.5, "right"),
        Column(words.say("feelings.table.ambivalent"), 1.5, "right"),
        Column(words.say("category.changed"), 1.5, "right"),
        Column(words.say("rules.table.base"), 0.7, "right"),
    )
    rows = tuple(
        Row((subject.brand_name(brand), *_felt(subject, brand), words.whole(brand.n_ratings)), muted=brand.small)
        for brand in brands
    )
    yield Table(words.say("category.feelings.caption"), columns, rows, words.say("category.feelings.note"))


def _felt(subject: StudySubject, brand: BrandFindings) -> Iterable[str]:
    changed = brand.mismatch.changed if brand.mismatch else None
    for comparison in (brand.negative, brand.ambivalent, changed):
        yield subject.share_cell(comparison.brand if comparison else None)


def _league(subject: StudySubject) -> Iterable[Block]:
    """Means of the outcomes; brands are ranked only where they are known to be rated on one scale."""
    words = subject.wording
    found = subject.findings.confirmation
    reached = next((each.reached for each in (found.invariance if found else ()) if each.by == "brand"), None)
    if reached not in _COMPARABLE:
        yield Paragraph(words.say("category.league.absent"), style="absent")
        return
    for outcome in subject.findings.outcomes:
        yield _ranking(subject, outcome.key, high=outcome.better == "high")


def _ranking(subject: StudySubject, key: str, *, high: bool) -> Table:
    words = subject.wording
    found = [(brand, each) for brand in _told(subject) for each in brand.outcomes if each.key == key]
    shown = [(brand, each) for brand, each in found if subject.shown(each.brand)]
    ranked = sorted(shown, key=lambda pair: value_of(pair[1].brand), reverse=high)
    columns = (
        Column(words.say("category.brand"), 2.4),
        Column(words.say("category.league.mean"), 1.0, "right"),
        Column(words.say("profile.outcomes.interval"), 1.4, "right"),
        Column(words.say("rules.table.base"), 0.7, "right"),
    )
    rows = tuple(
        Row(
            (
                subject.brand_name(brand),
                words.number(value_of(each.brand), 1),
                words.number_interval(each.brand, 1),
                words.whole(each.brand.n),
            ),
            muted=brand.small,
            strong=each.differs,
        )
        for brand, each in ranked
    )
    return Table(subject.outcome(key), columns, rows, words.say("category.league.note"))


def _rules(subject: StudySubject) -> Iterable[Block]:
    rules = subject.findings.rules
    if rules is None:
        return
    worst = [rule.rule for rule in by_value(rules.rules, lambda rule: rule.broken)][:_RULES_SHOWN]
    brands = _told(subject)
    rows = [(brand, [rule.broken for key in worst for rule in brand.rules if rule.rule == key]) for brand in brands]
    if any(comparisons for _, comparisons in rows):
        half = len(worst) // 2
        for part in (worst[:half], worst[half:]):
            chosen = [(brand, [each for each in found if each.key in part]) for brand, found in rows]
            if any(found for _, found in chosen):
                yield _heat(subject, chosen, subject.rule, "category.rules", subject.wording.share_mark)
