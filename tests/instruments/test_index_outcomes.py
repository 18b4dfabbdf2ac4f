"""Outcomes made of several items: averaged, turned round, and refused where they do not belong together."""

import pytest

from instruments.loader import InstrumentError, instrument_of
from instruments.measures import measures_of_instrument
from instruments.yaml_file import parse_yaml

OUTCOME = "satisfaction: {item: satisfaction, primary: true,"
RULES = "          - {name: satisfaction, type"
MORE = (
    "          - {name: content, type: select_one, list: agree, label: {en: Content?, zh: 满足？}}\n"
    "          - {name: works_out, type: select_one, list: yes_no, label: {en: Works?, zh: 行？}}\n"
)


def questionnaire(small_yaml, said):
    text = small_yaml.replace(RULES, MORE + RULES).replace(OUTCOME, f"{OUTCOME} {said},")
    return instrument_of(parse_yaml(text, "index.yaml"))


def test_an_index_is_the_mean_of_its_items_those_reversed_turned_round(small_yaml):
    instrument = questionnaire(small_yaml, "also: [content], reversed: [content]")
    [outcome] = measures_of_instrument(instrument, ()).outcomes
    assert (outcome.columns, outcome.reversed) == (("satisfaction", "content"), frozenset({"content"}))
    assert (outcome.low, outcome.high) == (1, 3)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("also: [contents]", "did you mean 'content'"),
        ("also: [works_out]", "'works_out' runs from other codes than 'satisfaction'"),
        ("also: [satisfaction]", "stands in this outcome already"),
        ("also: [content], reversed: [trust]", "'trust' is not part of this outcome"),
        ("also: [age]", "'age' must be asked of each brand"),
    ],
)
def test_what_cannot_be_averaged_is_told(small_yaml, said, message):
    with pytest.raises(InstrumentError, match=message):
        questionnaire(small_yaml, said)


def test_scales_about_the_person_form_no_archetypes(small_yaml):
    """They are asked once and repeated in every row of a person, where they would look like a trait of brands."""
    page = "  - page: last\n    title: {en: Last, zh: 最后}\n    questions:\n"
    traits = "      - {type: matrix, scales: [trait], label: {en: You?, zh: 您？}}\n"
    scale = "scales:\n  trait:\n    label: {en: Trait, zh: 特质}\n    list: agree\n    items:\n"
    items = "      - {name: trait1, label: {en: I am calm., zh: 我冷静。}}\n"
    text = small_yaml.replace(page, page + traits).replace("scales:\n", scale + items, 1)
    measured = measures_of_instrument(instrument_of(parse_yaml(text, "traits.yaml")), ())
    assert [scale.key for scale in measured.scales] == ["warm", "cold"]
    alone = instrument_of(parse_yaml(text, "traits.yaml")).model_copy(update={"pages": (), "outcomes": {}})
    assert [scale.key for scale in measures_of_instrument(alone, ()).scales] == ["trait", "warm", "cold"]
