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
