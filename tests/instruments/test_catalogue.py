"""The relationship catalogue holds what the reference lists, and respondents read only neutral descriptions."""

import math
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from instruments.catalogue import DIMENSIONS, Catalogue, Position, load_catalogue

FAMILIES = {
    "distant": {1, 2, 10, 21},
    "practical": {3, 4, 17, 18, 19},
    "friends": {5, 6, 7, 16, 20, 26},
    "love": {8, 9, 15, 22, 29},
    "unequal": {11, 23, 24},
    "troubled": {12, 13, 14, 25, 27, 28},
}

# Number, provenance, then valence, closeness, strength, power, tone, will as coded; * = stated by the article.
CODED = """
1 A 0 -2* -2 0 -1 1
2 A 0.5 -1* -1 0 -0.5 1
3 A 0.5 -1 0 0 -2 1
4 A 1 0.5 1 0* -1.5 1.5
5 A 1.5* 0.5 1 0 1 1.5
6 A 2* 2* 2 0 2 2
7 A 1.5* 1.5 1.5 0 1.5 -0.5
8 A 2 2* 2 0 1.5 1
9 A 1.5 1 -1.5 0 1.5 2
10 A 0.5 -1.5* -2 0 0 2
11 A 1 0.5 0.5 2* -0.5 1
13 A -1* -0.5 -1 0 1 0
14 A -2* -1 1 0 1 1
15 B 1 1.5 0 0 1.5 2
16 B 1.5 0.5 1 0 1.5 0.5
17 B 1 0 0.5 0 1 1.5
18 B 0 0 1 -0.5 -0.5 -2
19 B 0.5 0 1 0 -1 -1
20 B 1 0.5 1.5 0 1 -1.5
21 B 0.5 -0.5 -0.5 0 0 0.5
22 B 1 0 -1 0.5 0.5 2
23 B 1.5 2 1.5 -1.5 1.5 -0.5
24 B -1.5 -0.5 1 -2 -1 -2
25 B -2 0 0 -2 0.5 -1
26 B 1.5 1 1 0.5 1.5 2
27 C -1 0.5 -1 0 1 0
28 C -0.5 -1 -1.5 0 1 1
29 C 1.5 0.5 0.5 -1 1.5 2
"""
ROWS = [line.split() for line in CODED.split("\n") if line]
ENTRIES = load_catalogue().relationships


def test_the_entries_are_numbered_1_to_29_in_order_with_keys_of_their_own():
    assert [entry.number for entry in ENTRIES] == list(range(1, 30))
    assert len({entry.key for entry in ENTRIES}) == 29


def test_14_names_come_from_the_article_12_from_its_authors_and_3_from_us():
    grades = [entry.provenance.grade for entry in ENTRIES]
    assert [grades.count(grade) for grade in "ABC"] == [14, 12, 3]
    assert all(entry.provenance.source for entry in ENTRIES)


def test_the_six_families_share_the_entries_out():
    catalogue = load_catalogue()
    assert {
        family.key: {entry.number for entry in catalogue.of_family(family.key)} for family in catalogue.families
    } == FAMILIES


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_positions_follow_the_coding(row):
    entry = ENTRIES[int(row[0]) - 1]
    valence, *others = (float(cell.rstrip("*")) for cell in row[2:])
    coded = [max(valence, 0), max(-valence, 0), *others]
    stated = {("cold" if valence < 0 else "warm") if cell is row[2] else name for cell, name in _starred(row)}
    assert list(entry.position.as_values().values())[:7] == coded
    assert set(entry.stated) == stated
    assert entry.provenance.grade == row[1]


def _starred(row):
    names = ("valence", "closeness", "strength", "power", "tone", "will")
    return [(cell, name) for cell, name in zip(row[2:], names, strict=True) if cell.endswith("*")]


def test_love_and_hate_are_both_high_at_the_same_time():
    position = load_catalogue()["mixed_feelings"].position.as_values()
    assert position == pytest.approx(
        dict(zip(DIMENSIONS, (1.5, 1.5, 1, 0, 0, 1.5, 0.5, math.nan), strict=True)), nan_ok=True
    )


def test_openness_is_known_of_the_private_attachment_alone():
    known = {e.key: e.position.openness for e in ENTRIES if e.position.openness is not None}
    assert known == {"private_attachment": -2}


def test_being_served_and_being_locked_in_are_opposites_in_power_and_will():
    catalogue = load_catalogue()
    served, captive = catalogue["guest_and_attendant"].position, catalogue["locked_in"].position
    assert (served.power, captive.power) == (2, -2)
    assert served.will > 0 > captive.will


@given(st.sampled_from(list(DIMENSIONS)), st.floats(allow_nan=False))
def test_a_position_is_within_the_range_of_its_dimension_or_refused(name, value):
    low, high = DIMENSIONS[name]
    values = dict.fromkeys(DIMENSIONS) | {name: value}
    if low <= value <= high:
        assert Position(**values).as_values()[name] == value
    else:
        with pytest.raises(ValidationError):
            Position(**values)


def test_unknown_dimensions_become_nan():
    values = Position(**dict.fromkeys(DIMENSIONS)).as_values()
    assert list(values) == list(DIMENSIONS)
    assert all(math.isnan(value) for value in values.values())


def test_any_two_relationships_can_be_told_apart_by_their_positions():
    """Two rows at one place would make the matching of archetypes a matter of chance."""
    for one, other in combinations(ENTRIES, 2):
        apart = [
            abs(a - b)
            for a, b in zip(one.position.as_values().values(), other.position.as_values().values(), strict=True)
            if not math.isnan(a - b)
        ]
        assert sum(apart) >= 1, (one.key, other.key)


def test_cards_do_not_repeat_each_other_nor_name_the_metaphor():
    for language in load_catalogue().languages:
        cards = [entry.card[language] for entry in ENTRIES]
        assert len(set(cards)) == 29
        for entry in ENTRIES:
            assert "${brand}" in entry.card[language]
            for name in (entry.alias[language], entry.label[language]):
                assert name.lower() not in entry.card[language].lower(), entry.key


def test_cards_are_short_enough_for_a_phone():
    for entry in (*ENTRIES, *load_catalogue().families):
        assert len(entry.card["en"].replace("${brand}", "Brand")) <= 75, entry.key
        assert len(entry.card["zh"].replace("${brand}", "品牌")) <= 28, entry.key


def test_what_no_source_says_is_left_blank():
    blank = {entry.number for entry in ENTRIES if not entry.rules.expects and not entry.rules.breaks}
    assert blank == {1, 2, 7, 10, 12, 21, 27, 28, 29}
    for entry in ENTRIES:
        assert bool(entry.rules.source) == (entry.number not in blank), entry.key
        assert not (entry.number in blank and entry.rules.rule_keys), entry.key


def test_unknown_keys_are_key_errors():
    catalogue = load_catalogue()
    for look_up in (catalogue.__getitem__, catalogue.family, catalogue.of_family):
        with pytest.raises(KeyError, match="nobody"):
            look_up("nobody")


def test_unknown_words_in_the_file_are_refused():
    raw = load_catalogue().model_dump()
    with pytest.raises(ValidationError, match="colour"):
        Catalogue.model_validate(raw | {"colour": "red"})
