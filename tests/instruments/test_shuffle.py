"""Blocks of pages change places from person to person, the order is told by the seed, and what cannot be is refused."""

from collections import Counter

import pytest

from instruments.catalogue import load_catalogue
from instruments.interview import Assign, End, Interview
from instruments.loader import InstrumentError, instrument_of
from instruments.measures import NOT_REACHED, NOT_SHOWN
from instruments.study_file import Brand
from instruments.yaml_file import parse_yaml

PAGES = """\
format: 1
instrument: moving
version: 1
title: {en: Moving}
description: {en: Blocks that change places.}
source: Made for tests
licence: MIT
languages: [en]
lists:
  yes_no: {choices: [{code: 1, label: {en: 'Yes'}}, {code: 2, label: {en: 'No'}}]}
  brands: {source: brands}
pages:
  - {page: a, title: {en: A}, questions: [{name: used, type: select_multiple, list: brands, label: {en: Used?}}]}
  - {page: b, title: {en: B}, questions: [{name: qb, type: select_one, list: yes_no, label: {en: B?}}]}
  - {page: c, title: {en: C}, questions: [{name: qc, type: select_one, list: yes_no, label: {en: C?}}]}
  - loop: brand
    eligible: [used]
    at_most: 2
    pages:
      - {page: d, title: {en: D}, questions: [{name: qd, type: select_one, list: yes_no, label: {en: D?}}]}
  - {page: e, title: {en: E}, questions: [{name: qe, type: select_one, list: yes_no, label: {en: E?}}]}
shuffle:
  - blocks: [[b, c], [brand], [e]]
"""
BRANDS = [Brand(key=key, name={"en": key}) for key in ("ash", "elm")]


def interview(text=PAGES):
    return Interview(instrument_of(parse_yaml(text, "moving.yaml")), BRANDS, load_catalogue())


def screens(asked, seed, stop=99):
    draw, answers, visited = asked.begin(seed), {}, []
    while len(visited) < stop and not isinstance(step := asked.next(draw, answers, visited), End):
        if isinstance(step, Assign):
            draw = asked.assign(draw, answers, ["ash", "elm"])
        else:
            answers |= asked.accept(
                step, {q.variable: [str(q.choices[0].code)] for q in step.asked} | {"used": ["ash", "elm"]}
            )
            visited.append(step.key)
            done, expected = asked.progress(draw, answers, visited)
            assert done == len(visited) <= expected
    return visited, draw, answers


def test_blocks_come_in_every_order_about_equally_often_and_their_pages_stay_together():
    asked = interview()
    orders = Counter("".join(key[0] for key in screens(asked, seed)[0]) for seed in range(300))
    assert set(orders) == {"abcdde", "abcedd", "addbce", "addebc", "aebcdd", "aeddbc"}
    assert min(orders.values()) > 25


def test_a_pass_in_one_go_has_the_same_order():
    asked = interview()
    for seed in range(6):
        course = asked.course(asked.begin(seed))
        for step in course:
            if isinstance(step, Assign):
                course.assign(["ash", "elm"])
            else:
                raw = {q.variable: [str(q.choices[0].code)] for q in step.asked} | {"used": ["ash", "elm"]}
                course.answer(step, raw)
        assert course.visited == screens(asked, seed)[0]


def test_what_was_not_reached_follows_the_persons_order():
    asked = interview()
    seed = next(seed for seed in range(50) if screens(asked, seed)[0][1] == "e")
    visited, draw, answers = screens(asked, seed, stop=2)
    told = asked.missing_reasons(["qb", "qd@ash"], draw, answers, visited)
    assert told == {"qb": NOT_REACHED, "qd@ash": NOT_REACHED}
    gone = interview(PAGES.replace("{page: e,", "{page: e, relevant: used == 'none',"))
    assert gone.missing_reasons(["qe"], draw, {"used": ("ash", "elm")}, ["a"]) == {"qe": NOT_SHOWN}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[[b, c], [brand], [e]]", "[[b, cc], [brand], [e]]", "no page 'cc' outside the loop"),
        ("[[b, c], [brand], [e]]", "[[b, c], [b], [brand], [e]]", "'b' stands in a block already"),
        ("[[b, c], [brand], [e]]", "[[b], [brand], [e]]", "do not follow one another"),
        ("[[b, c], [brand], [e]]", "[[b, c, brand, e]]", "at least 2 entries"),
        ("{page: e,", "{page: e, relevant: qb == 1,", "may be asked only later, in random order"),
        ("[[b, c], [brand], [e]]", "[[a], [b, c], [brand], [e]]", "may be asked only after the loop"),
        ("{page: e,", "{page: e, about: drawn_brand,", "no brand has been rated before this page"),
    ],
)
def test_what_cannot_change_places_is_told(old, new, said):
    with pytest.raises(InstrumentError, match=said):
        interview(PAGES.replace(old, new))


def test_within_a_block_conditions_may_look_back():
    interview(PAGES.replace("{page: c,", "{page: c, relevant: qb == 1,"))
