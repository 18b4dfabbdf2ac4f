import dataclasses
import re

import pytest

from analysis.findings import Caveat
from reports import brand_report_filename, compose_brand_report, compose_study_report
from reports.content import (
    Actions,
    Answers,
    Columns,
    FlowDiagram,
    IntervalRows,
    PortfolioBars,
    RelationMap,
    RuleQuadrant,
    Table,
    TrustLine,
)
from reports.subject import BrandMissingError
from reports.wording import LanguageMissingError


def strings(value):
    """Every text of a report."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from strings(part)
    elif dataclasses.is_dataclass(value):
        for part in dataclasses.fields(value):
            yield from strings(getattr(value, part.name))


def blocks(report, kind):
    return [block for section in report.sections for block in flat(section.blocks) if isinstance(block, kind)]


def flat(found):
    """Blocks, those in columns too."""
    for block in found:
        if isinstance(block, Columns):
            yield from (inner for column in block.columns for inner in flat(column))
        else:
            yield block


def section(report, key):
    return next(section for section in report.sections if section.key == key)


@pytest.fixture(params=["en", "zh"])
def language(request):
    return request.param


@pytest.mark.parametrize("structure", ["natural", "constructed", "none"])
def test_every_brand_gets_three_different_actions(builder, catalogue, language, structure):
    findings = builder.full_findings(structure=structure)
    for brand in findings.brands:
        if not brand.suppressed:
            answer, plan = blocks(compose_brand_report(findings, brand.key, language, catalogue), Actions)
            assert len({action.title for action in answer.actions}) == 3
            assert plan == answer


def test_a_study_without_picks_and_rules_still_gets_three_actions(poor, catalogue, language):
    for brand in poor.brands:
        actions, _ = blocks(compose_brand_report(poor, brand.key, language, catalogue), Actions)
        assert len({action.title for action in actions.actions}) == 3


def test_a_drawn_grouping_is_called_so(builder, catalogue):
    report = compose_brand_report(builder.full_findings(structure="constructed"), "aurora", "en", catalogue)
    said = " ".join(strings(report.sections))
    assert "a useful grouping that we drew" in said
    assert "are of the kind" not in said


def test_without_structure_no_group_is_named(builder, catalogue, language):
    findings = builder.full_findings(structure="none")
    names = [group.label[language] for group in findings.archetypes.archetypes]
    said = " ".join(strings(compose_brand_report(findings, "aurora", language, catalogue).sections))
    assert [name for name in names if name in said] == []


def test_relationships_are_counted_and_never_customers(builder, catalogue):
    for structure in ("natural", "constructed", "none"):
        report = compose_brand_report(builder.full_findings(structure=structure), "aurora", "en", catalogue)
        said = " ".join(strings(report.sections))
        assert not re.search(r"of 100 customers|% of customers|customers are \d|costs you", said)
        assert "customer–brand relationships" in report.sections[0].headline


def test_what_is_absent_leaves_one_sentence_and_no_page_of_its_own(poor, catalogue, language):
    report = compose_brand_report(poor, "1", language, catalogue)
    for key in ("portfolio", "flow", "rules"):
        assert [block.style for block in section(report, key).blocks] == ["absent"]
        assert section(report, key).brief
    assert blocks(report, (FlowDiagram, PortfolioBars)) == []


def test_a_map_without_dimensions_shows_brands_only(poor, full, catalogue):
    (plain,) = blocks(compose_brand_report(poor, "1", "en", catalogue), RelationMap)
    assert {point.kind for point in plain.points} == {"own", "rival"}
    whole, second = blocks(compose_brand_report(full, "aurora", "en", catalogue), RelationMap)
    assert sum(point.kind == "catalogue" for point in whole.points) == 29
    assert {point.kind for point in second.points} == {"own", "rival", "group"}


def test_a_suppressed_brand_gets_a_short_report_without_its_numbers(full, catalogue, language):
    report = compose_brand_report(full, "fjord", language, catalogue)
    assert [part.key for part in report.sections] == ["suppressed", "methods"]


def test_suppressed_rivals_are_on_no_map(full, catalogue):
    for chart in blocks(compose_brand_report(full, "aurora", "en", catalogue), RelationMap):
        assert "Fjord" not in [point.label for point in chart.points]


def test_small_bases_are_grey_and_smaller_ones_not_shown(full, catalogue):
    report = compose_brand_report(full, "everest", "en", catalogue)
    assert all(row.muted for chart in blocks(report, PortfolioBars) for row in chart.rows)
    tables = [block for block in flat(section(report, "rules").blocks) if isinstance(block, Table)]
    assert all(row.muted and "too few answers" in row.cells for table in tables for row in table.rows)


def test_simulated_findings_say_so_everywhere(full, poor, catalogue):
    report = compose_brand_report(full, "aurora", "en", catalogue)
    assert "SIMULATED" in report.furniture.simulated
    assert report.info.title.startswith("SIMULATED")
    assert "SIMULATED" in report.info.keywords
    assert any("SIMULATED" in value for _, value in report.cover.facts)
    real = compose_brand_report(poor, "1", "en", catalogue)
    assert real.furniture.simulated is None
    assert not any("SIMULATED" in text for text in strings(real))


def test_the_document_names_study_and_data(full, catalogue, language):
    info = compose_brand_report(full, "aurora", language, catalogue).info
    assert full.manifest.data_sha256 in info.subject
    assert full.study.title[language] in info.subject


def test_caveats_of_other_brands_are_left_out(full, catalogue):
    about_fjord = "This brand has 21 ratings; a report needs 30."
    assert about_fjord in list(strings(compose_brand_report(full, "fjord", "en", catalogue)))
    assert about_fjord not in list(strings(compose_brand_report(full, "aurora", "en", catalogue)))


def test_a_study_of_one_brand_compares_with_nothing(full, catalogue, language):
    nothing = {"low": None, "high": None, "value": None, "n": 0}

    def alone(comparison):
        absent = dataclasses.replace(comparison.category, **nothing)
        return dataclasses.replace(comparison, category=absent, difference=absent, q=None, differs=False)

    brand = full.brands[0]
    many = ("portfolio", "current", "desired", "scales", "outcomes")
    mismatch = {f.name: alone(getattr(brand.mismatch, f.name)) for f in dataclasses.fields(brand.mismatch)}
    brand = dataclasses.replace(
        brand,
        **{name: tuple(alone(c) for c in getattr(brand, name)) for name in many},
        rules=tuple(dataclasses.replace(rule, broken=alone(rule.broken)) for rule in brand.rules),
        mismatch=dataclasses.replace(brand.mismatch, **mismatch),
        negative=alone(brand.negative),
        ambivalent=alone(brand.ambivalent),
    )
    report = compose_brand_report(dataclasses.replace(full, brands=(brand,)), "aurora", language, catalogue)
    rows = [row for chart in blocks(report, PortfolioBars) for row in chart.rows]
    assert all(row.own is not None and row.category is None for row in rows)


def test_answers_outside_the_families_have_names(full, catalogue):
    brand = full.brands[0]
    renamed = tuple(dataclasses.replace(c, key="none_fits") if c.key == "love" else c for c in brand.current)
    changed = dataclasses.replace(full, brands=(dataclasses.replace(brand, current=renamed), *full.brands[1:]))
    said = list(strings(compose_brand_report(changed, "aurora", "en", catalogue)))
    assert "None of these" in said
    assert "none_fits" not in said


def test_an_unknown_brand_or_language_is_refused_by_name(full, catalogue):
    with pytest.raises(BrandMissingError, match="no brand 'nobody'; they hold aurora, borealis"):
        compose_brand_report(full, "nobody", "en", catalogue)
    with pytest.raises(LanguageMissingError, match=r"fr\.yaml"):
        compose_brand_report(full, "aurora", "fr", catalogue)


def test_file_names_hold_no_path_and_tell_invented_answers(full, builder):
    assert brand_report_filename(full, "aurora", "zh") == "SIMULATED_relata_home_brands_aurora_zh.pdf"
    real = builder.full_findings(simulated=False)
    assert brand_report_filename(real, "aurora", "zh") == "relata_home_brands_aurora_zh.pdf"
    assert "/" not in brand_report_filename(full, "../a b", "en")


def test_a_language_of_the_report_without_names_shows_the_names_there_are(poor, catalogue):
    assert compose_brand_report(poor, "1", "zh", catalogue).cover.brand == "Nordtel"


def test_items_stand_without_the_mark_that_a_brand_is_filled_into(full, catalogue, language):
    items = tuple({"en": "I trust ${brand}.", "zh": "我信任${brand}。"} for _ in full.factors.items)
    changed = dataclasses.replace(full, factors=dataclasses.replace(full.factors, item_texts=items))
    said = list(strings(compose_study_report(changed, language, catalogue)))
    assert {"en": "I trust [brand].", "zh": "我信任[品牌]。"}[language] in said
    assert not any("${" in text for text in said)


def said_of_non_users(findings, brand, language, catalogue):
    start = {"en": "All figures are on people who have used", "zh": "所有数字只包括用过"}[language]
    blocks = section(compose_brand_report(findings, brand, language, catalogue), "portfolio").blocks
    (paragraph,) = [block for block in blocks if getattr(block, "text", "").startswith(start)]
    return paragraph.text


def test_those_who_never_used_the_brand_stand_apart(full, catalogue):
    assert said_of_non_users(full, "aurora", "en", catalogue).endswith(
        "Those who know Aurora and never used it (62 relationships; 95% intervals in brackets): "
        "41% negative (29–53%), 14% warm and cold at once (5–23%), and 47% picked “Distant” (35–59%)."
    )
    assert "（62段关系，" in said_of_non_users(full, "aurora", "zh", catalogue)


def test_too_few_non_users_are_counted_and_not_described(full, catalogue, language):
    said = said_of_non_users(full, "everest", language, catalogue)
    assert {"en": "too few to be shown (11 relationships)", "zh": "太少（11段关系）"}[language] in said
    assert "%" not in said
    nobody = with_brand(full, non_users=dataclasses.replace(full.brands[4].non_users, n=0))
    said = said_of_non_users(nobody, "aurora", language, catalogue)
    assert {"en": "no usable answer by anyone who knows Aurora", "zh": "没有知道晨光但从未用过的人"}[language] in said


def test_a_study_that_does_not_know_who_used_what_is_silent_on_non_users(full, poor, catalogue):
    for findings, brand in ((with_brand(full, non_users=None), "aurora"), (poor, "1")):
        assert "never used" not in " ".join(strings(compose_brand_report(findings, brand, "en", catalogue)))


def loadings_table(report, language):
    caption = {"en": "Loadings", "zh": "载荷"}[language]
    return next(table for table in blocks(report, Table) if table.caption == caption)


def test_reversed_items_are_marked_and_the_mark_is_explained(full, poor, catalogue, language):
    mark = {"en": "(R)", "zh": "（反）"}[language]
    table = loadings_table(compose_study_report(full, language, catalogue), language)
    items = zip(table.rows, full.factors.item_reversed, strict=False)
    assert [row.cells[0].endswith(mark) for row, _ in items] == list(full.factors.item_reversed)
    assert mark in table.note
    without = loadings_table(compose_study_report(poor, language, catalogue), language)
    assert mark not in " ".join(strings(without))


def set_value(comparison, value, *, differs=False):
    estimate = dataclasses.replace(comparison.brand, value=value, low=value - 0.01, high=value + 0.01)
    difference = dataclasses.replace(comparison.difference, value=value - comparison.category.value)
    return dataclasses.replace(comparison, brand=estimate, difference=difference, differs=differs)


def with_brand(findings, **changes):
    brand = dataclasses.replace(findings.brands[0], **changes)
    return dataclasses.replace(findings, brands=(brand, *findings.brands[1:]))


def action_titles(findings, language, catalogue):
    actions, _ = blocks(compose_brand_report(findings, "aurora", language, catalogue), Actions)
    return [action.title for action in actions.actions]


@pytest.mark.parametrize(
    ("under", "over", "title"),
    [
        (0.3, 0.1, "Come closer to those who ask for it."),
        (0.1, 0.3, "Leave more room to those who want it."),
        (0.2, 0.19, "Let customers choose how close the contact is."),
    ],
)
def test_the_clearly_more_frequent_wish_decides_the_action(full, catalogue, under, over, title):
    mismatch = full.brands[0].mismatch
    mismatch = dataclasses.replace(
        mismatch,
        under_served=set_value(mismatch.under_served, under),
        over_pursued=set_value(mismatch.over_pursued, over),
    )
    assert title in action_titles(with_brand(full, mismatch=mismatch), "en", catalogue)
    action_titles(with_brand(full, mismatch=mismatch), "zh", catalogue)


def test_clearly_more_negative_relationships_call_for_people(full, catalogue, language):
    negative = set_value(full.brands[0].negative, 0.4, differs=True)
    title = {"en": "Have people look at the negative relationships.", "zh": "请专人逐一了解负面关系。"}[language]
    assert title in action_titles(with_brand(full, negative=negative, rules=()), language, catalogue)
    fewer = set_value(full.brands[0].negative, 0.05, differs=True)
    assert title not in action_titles(with_brand(full, negative=fewer, rules=()), language, catalogue)


def test_a_brand_that_broke_no_rule_is_not_said_to_have_too_few_answers(full, catalogue):
    kept = tuple(dataclasses.replace(rule, broken=set_value(rule.broken, 0.0)) for rule in full.brands[0].rules)
    report = compose_brand_report(with_brand(full, rules=kept), "aurora", "en", catalogue)
    said = " ".join(strings(report))
    assert "None of the rules customers care about most was broken" in said
    assert "None of the rules that matter most was broken at Aurora" in said
    assert "No rule has answers enough" not in said
    assert not any(point.strong for quadrant in blocks(report, RuleQuadrant) for point in quadrant.points)


def test_the_rule_to_repair_matters_and_is_the_most_broken(full, catalogue):
    weighty, light = full.brands[0].rules[:2]
    importance = [dataclasses.replace(rule.importance, value=value) for rule, value in ((weighty, 7.0), (light, 1.0))]
    rules = (
        dataclasses.replace(weighty, importance=importance[0], broken=set_value(weighty.broken, 0.6)),
        dataclasses.replace(light, importance=importance[1], broken=set_value(light.broken, 0.9)),
    )
    assert action_titles(with_brand(full, rules=rules), "en", catalogue)[0] == "Stop breaking “Keeps what it promises”."


def test_no_clear_dealbreaker_is_said_and_not_taken_for_none(full, catalogue, language):
    open_ones = tuple(dataclasses.replace(deal, holds=False) for deal in full.rules.dealbreakers)
    rules = dataclasses.replace(full.rules, dealbreakers=open_ones, norms=())
    said = " ".join(
        strings(compose_brand_report(dataclasses.replace(full, rules=rules), "aurora", language, catalogue))
    )
    assert {"en": "That does not show that none does.", "zh": "这不能证明毫无影响"}[language] in said


def test_rules_without_importance_are_ranked_by_breach_alone(full, catalogue, language):
    unknown = {"value": None, "low": None, "high": None, "n": 0}

    def without(rule):
        return dataclasses.replace(rule, importance=dataclasses.replace(rule.importance, **unknown))

    rules = dataclasses.replace(
        full.rules, importance_range=None, rules=tuple(map(without, full.rules.rules)), norms=()
    )
    findings = dataclasses.replace(full, rules=rules, absent=("importance",))
    findings = with_brand(findings, rules=tuple(map(without, findings.brands[0].rules)))
    report = compose_brand_report(findings, "aurora", language, catalogue)
    assert section(report, "rules").blocks[0].style == "absent"
    worst = max(findings.brands[0].rules, key=lambda rule: rule.broken.brand.value)
    name = next(rule.short[language] for rule in rules.rules if rule.rule == worst.rule)
    assert name in section(report, "rules").headline


@pytest.mark.parametrize(("small_below", "said"), [(31, False), (5000, True)])
def test_the_grade_of_the_sample_says_when_the_rule_to_mend_rests_on_few(full, catalogue, small_below, said):
    plan = {**full.manifest.plan, "small_below": small_below}
    findings = dataclasses.replace(full, manifest=dataclasses.replace(full.manifest, plan=plan))
    line = blocks(compose_brand_report(findings, "aurora", "en", catalogue), TrustLine)[0]
    assert ("The rule “" in line.marks[0].reason) == said


def test_picks_without_any_groups_are_counted_as_families(full, catalogue, language):
    report = compose_brand_report(dataclasses.replace(full, archetypes=None), "aurora", language, catalogue)
    family = max(full.brands[0].current, key=lambda comparison: comparison.brand.value).key
    assert catalogue.family(family).label[language] in report.sections[0].headline


def test_all_remaining_codes_have_their_fields(full, catalogue, language):
    codes = (
        Caveat("poor_adequacy", "factors", {"kmo": 0.41}),
        Caveat("heywood", "factors", {"items": "warm_1, warm_2"}),
        Caveat("one_brand", "brands", {}),
    )
    factors = dataclasses.replace(full.factors, heywood=("warm_1",), rotation="none", rmsea=None, tli=None)
    findings = dataclasses.replace(full, caveats=codes, factors=factors)
    said = " ".join(strings(compose_brand_report(findings, "aurora", language, catalogue)))
    assert "warm_1, warm_2" in said
    assert {"en": "KMO is 0.41", "zh": "KMO为0.41"}[language] in said


def test_page_two_describes_a_kind_that_bears_the_name_of_a_relationship(full, catalogue):
    brand, groups = full.brands[0], full.archetypes
    first = max(brand.portfolio, key=lambda share: share.brand.value).key
    group = next(group for group in groups.archetypes if group.key == first)
    nearest = catalogue[group.matches[0].relationship]
    renamed = dataclasses.replace(group, label=nearest.label)
    named = dataclasses.replace(
        full,
        archetypes=dataclasses.replace(
            groups, archetypes=tuple(renamed if each.key == first else each for each in groups.archetypes)
        ),
    )

    have, described = (
        blocks(compose_brand_report(found, brand.key, "en", catalogue), Answers)[0].answers[0].evidence
        for found in (full, named)
    )

    assert "In the catalogue" not in have
    assert f"In the catalogue: {nearest.description['en']}" in described


def test_findings_of_single_groups_take_places_in_a_brand_report_and_none_in_the_study_report(full, catalogue):
    brand, study = compose_brand_report(full, "aurora", "en", catalogue), compose_study_report(full, "en", catalogue)
    for report, least in ((brand, 4), (study, 6)):
        overall, single = (
            chart for chart in blocks(report, IntervalRows) if chart.axis.title.startswith(("outcome lower",))
        )
        assert len(single.rows) == 2
        assert len(overall.rows) == least
