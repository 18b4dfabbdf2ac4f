"""New names of archetypes and rules are in the findings, the reports and the typing tool; every figure stays."""

from dataclasses import asdict, replace

from analysis.saving import dump_findings, load_findings
from instruments.catalogue import load_catalogue
from reports import compose_brand_report
from survey_app.results.chain import with_names
from tests.reports.findings_builder import GROUPS, whole_findings

KIND = next(iter(GROUPS))


def renamed(found, **names):
    return load_findings(with_names(dump_findings(found), names))


def test_names_are_carried_into_a_brands_report():
    found = whole_findings()
    rule = found.rules.dealbreakers[0].rule

    now = renamed(found, archetypes={KIND: {"en": "Warm hearts"}}, rules={rule: {"en": "Hears people out"}})

    for brand in now.brands[:1]:
        told = str(compose_brand_report(now, brand.key, "en", load_catalogue()))
        assert "Warm hearts" in told
        assert "Hears people out" in told
        assert "Warm hearts" not in str(compose_brand_report(found, brand.key, "en", load_catalogue()))


def test_a_language_without_a_new_name_keeps_the_old_one():
    found = whole_findings()
    before = found.archetypes.archetypes[0].label

    now = renamed(found, archetypes={KIND: {"en": "Warm hearts"}}).archetypes.archetypes[0].label

    assert now == {**before, "en": "Warm hearts"}


def test_a_typing_tool_with_other_names_is_another_version_of_the_same_functions():
    found = whole_findings()
    model = found.typing_tool.model

    now = renamed(found, archetypes={KIND: {"en": "Warm hearts"}}).typing_tool.model

    assert now.labels[0]["en"] == "Warm hearts"
    assert now.version != renamed(found).typing_tool.model.version
    assert replace(now, version=model.version, labels=model.labels) == model


def test_nothing_but_names_changes():
    found = renamed(whole_findings())
    now = renamed(found, archetypes={KIND: {"en": "Warm hearts"}}, rules={found.rules.rules[0].rule: {"en": "New"}})

    before, after = asdict(found), asdict(now)
    for told in (before, after):
        told["typing_tool"]["model"].update(labels=None, version=None)
        told["rules"]["rules"][0]["short"] = told["archetypes"]["archetypes"][0]["label"] = None
    assert before == after
