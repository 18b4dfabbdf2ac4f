"""Conditions that nobody can meet are told; whatever somebody can meet is let be."""

import pytest

from instruments.loader import LIBRARY, InstrumentError, instrument_of
from instruments.yaml_file import parse_yaml
from tests.question_types import INSTRUMENT

JOB = "relevant: works == 1,"
CHEAP = "motive_price == 1 and weight_price >= 40 and price < 2.5 and last > '2026-01-01'"


def told(text):
    try:
        instrument_of(parse_yaml(text, "file.yaml"))
    except InstrumentError as error:
        return [(problem.place, problem.message) for problem in error.problems]
    return []


@pytest.mark.parametrize(
    "condition",
    [
        "works == 1 and works == 2",
        "works == 1 and not works",
        "age < 30 and age > 40",
        "age > 17 and age < 18",
        "age > 120",
        "not works and works != 1",
    ],
)
def test_what_contradicts_itself_is_told_at_its_place(small_yaml, condition):
    assert told(small_yaml.replace(JOB, f'relevant: "{condition}",', 1)) == [
        ("pages[1].questions[2].relevant", "no answers can make this true, so nobody would be asked")
    ]


@pytest.mark.parametrize(
    "condition",
    [
        "works == 1 or works == 2",
        "not works",
        "age > 17 and age < 19",
        "age >= 120 and works != 1",
        "not (works == 1 and age > 30)",
        "works < age",
    ],
)
def test_what_somebody_can_meet_is_let_be(small_yaml, condition):
    assert told(small_yaml.replace(JOB, f'relevant: "{condition}",', 1)) == []


@pytest.mark.parametrize(
    ("condition", "reached"),
    [
        (CHEAP, True),
        ("last > '2026-01-01' and last < '2026-01-15'", True),
        ("last > '2026-01-15' and last < '2026-01-01'", False),
        ("price > 2.5 and price < 2.52", True),
        ("price > 2.5 and price < 2.51", False),
        ("motive_price == 1 and motive_price == 2", False),
        ("pair_best1 == 'friends' and pair_worst1 == 'rivals'", True),
        ("pair_best1 == 'friends' and pair_best1 == 'rivals'", False),
    ],
)
def test_every_type_is_tried_out(condition, reached):
    assert bool(told(INSTRUMENT.replace(CHEAP, condition))) is not reached


def test_a_question_that_contradicts_its_page_or_the_question_it_asks_about_is_told(small_yaml):
    screen = "    screen_out: age < 18\n"
    child = small_yaml.replace(screen, "").replace(
        "  - page: awareness\n",
        "  - page: child\n    relevant: age < 18\n    title: {en: You, zh: 您}\n    questions:\n"
        "      - {name: pet, type: select_one, list: yes_no, label: {en: A pet?, zh: 宠物？}}\n"
        "      - {name: car, type: select_one, list: yes_no, relevant: age > 20, label: {en: A car?, zh: 车？}}\n"
        "  - page: awareness\n    relevant: pet == 1 and age > 30\n",
    )
    assert [place for place, _ in told(child)] == ["pages[2].questions[1].relevant", "pages[3].relevant"]


def test_a_screen_that_nobody_meets_is_told(small_yaml):
    assert told(small_yaml.replace("screen_out: age < 18", "screen_out: age < 1")) == [
        ("pages[1].screen_out", "no answers can make this true, so nobody would be screened out")
    ]


def test_the_flagship_can_be_reached_everywhere():
    assert told((LIBRARY / "consumer_brand_relationship.yaml").read_text(encoding="utf-8")) == []
