"""Sliders, ranks, sums, days, decimals and best-worst sets: what they take, what they refuse, what they fill."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from analysis.simulate import Population
from instruments.catalogue import load_catalogue
from instruments.draw import best_worst_sets
from instruments.interview import AnswerError, End, Interview
from instruments.length import estimate_minutes
from instruments.loader import InstrumentError, instrument_of
from instruments.measures import NOT_ANSWERED, NOT_APPLICABLE, NOT_SHOWN, PREFER_NOT
from instruments.model import Instrument
from instruments.study_file import Brand
from instruments.yaml_file import parse_yaml
from tests.question_types import ANSWERS, INSTRUMENT

BRANDS = [Brand(key=key, name={"en": key.title(), "zh": key}) for key in ("alba", "brio")]
INTERVIEW = Interview(instrument_of(parse_yaml(INSTRUMENT, "types.yaml")), BRANDS, load_catalogue())


def screen_of(page, answers=None, seed=1):
    return INTERVIEW.screen(page, INTERVIEW.begin(seed), answers or {})


def posted(screen, changes=None):
    """Answers to a screen, some of them changed; the first two of each best-worst set."""
    raw = {}
    for block in screen.blocks:
        for at, asked in enumerate(block.asked):
            if block.kind == "best_worst":
                raw[asked.variable] = [str(asked.choices[at].code)] if asked.type != "shown" else []
            else:
                raw[asked.variable] = ANSWERS[asked.variable]
    return raw | (changes or {})


def refused(page, changes, again=()):
    screen = screen_of(page)
    with pytest.raises(AnswerError) as caught:
        INTERVIEW.accept(screen, posted(screen, changes), again)
    return [(problem.variable, problem.code, dict(problem.numbers)) for problem in caught.value.problems]


def taken(page, changes=None, again=()):
    screen = screen_of(page)
    return INTERVIEW.accept(screen, posted(screen, changes), again)


def everything():
    answers, visited = {}, []
    while not isinstance(step := INTERVIEW.next(INTERVIEW.begin(1), answers, visited), End):
        answers |= INTERVIEW.accept(step, posted(step))
        visited.append(step.key)
    return answers, visited


def test_what_a_whole_interview_fills():
    answers, visited = everything()
    assert visited == ["amounts", "motives", "pick", "cheap"]
    assert {name: answers[name] for name in ("warmth", "price", "last")} == {
        "warmth": 35, "price": 2.4, "last": "2026-02-14",
    }  # fmt: skip
    assert [answers[f"motive_{code}"] for code in ("price", "habit", "taste", "staff")] == [1, 2, 3, 0]
    assert [answers[f"weight_{code}"] for code in ("price", "habit", "taste", "staff")] == [60, 40, 0, 0]
    assert {variable.name for variable in INTERVIEW.variables()} == answers.keys()


def test_conditions_know_ranks_amounts_decimals_and_days():
    answers, _ = everything()
    for change in ({"motive_price": 2}, {"weight_price": 30}, {"price": 2.5}, {"last": "2026-01-01"}):
        why = INTERVIEW.missing_reason("bargain", INTERVIEW.begin(1), {**answers, **change}, [])
        assert why == NOT_SHOWN, change


@pytest.mark.parametrize(
    ("page", "changes", "problem"),
    [
        ("amounts", {"warmth": ["34"]}, ("warmth", "off_the_steps", {"min": 0, "step": 5})),
        ("amounts", {"warmth": ["105"]}, ("warmth", "out_of_range", {"min": 0, "max": 100})),
        ("amounts", {"warmth": [""]}, ("warmth", "required", {})),
        ("amounts", {"warmth": ["35", "-97"]}, ("warmth", "not_together", {})),
        ("amounts", {"price": ["1.500"]}, ("price", "not_a_decimal", {})),
        ("amounts", {"price": ["1e1"]}, ("price", "not_a_decimal", {})),
        ("amounts", {"price": ["20.01"]}, ("price", "out_of_range", {"min": 0, "max": 20})),
        ("amounts", {"last": ["2026-02-30"]}, ("last", "not_a_date", {})),
        ("amounts", {"last": ["14.02.2026"]}, ("last", "not_a_date", {})),
        ("amounts", {"last": ["2019-12-31"]}, ("last", "too_early", {"day": "2020-01-01"})),
        ("amounts", {"last": ["2026-03-02"]}, ("last", "too_late", {"day": "2026-03-01"})),
        ("amounts", {"last": [""]}, ("last", "left_open", {})),
        ("motives", {"motive_habit": ["3"]}, (None, "ranked_wrongly", {"max": 3})),
        ("motives", {"motive_habit": [""]}, (None, "ranked_wrongly", {"max": 3})),
        ("motives", {"motive_staff": ["4"]}, ("motive_staff", "out_of_range", {"min": 1, "max": 3})),
        ("motives", {"weight_habit": ["30"]}, ("weight_price", "too_little", {"total": 100, "off": 10})),
        ("motives", {"weight_staff": ["5"]}, ("weight_price", "too_much", {"total": 100, "off": 5})),
        ("motives", {"weight_habit": ["-96"]}, ("weight_price", "not_together", {})),
    ],
)
def test_refuses(page, changes, problem):
    [(variable, code, numbers)] = refused(page, changes)
    assert (variable if problem[0] else None, code, numbers) == problem


@pytest.mark.parametrize(
    ("page", "changes", "answers"),
    [
        ("amounts", {"warmth": ["-96"], "last": ["-97"]}, {"warmth": NOT_APPLICABLE, "last": PREFER_NOT}),
        ("amounts", {"price": ["３．5"], "last": ["2026/2/1"]}, {"price": 3.5, "last": "2026-02-01"}),
        ("amounts", {"price": ["3.00"]}, {"price": 3}),
        ("motives", {f"motive_{code}": ["-97"] for code in ("price", "taste", "habit", "staff")},
         {"motive_price": PREFER_NOT, "motive_staff": PREFER_NOT}),
    ],
)  # fmt: skip
def test_takes(page, changes, answers):
    found = taken(page, changes)
    assert {name: found[name] for name in answers} == answers


def test_what_is_softly_required_is_asked_once_more_and_then_taken_as_not_answered():
    empty = {f"weight_{code}": [""] for code in ("price", "taste", "habit", "staff")}
    [(variable, code, _)] = refused("motives", empty)
    assert code == "left_open"
    found = taken("motives", empty, again=[variable])
    assert {found[name] for name in empty} == {NOT_ANSWERED}
    assert refused("amounts", {"last": [""], "warmth": [""]}, again=["last"]) == [("warmth", "required", {})]


def test_best_and_worst_are_two_choices_of_the_set_that_was_shown():
    screen = screen_of("pick")
    shown = [[choice.code for choice in block.asked[0].choices] for block in screen.blocks]
    accepted = INTERVIEW.accept(screen, posted(screen))
    assert [accepted[f"pair_shown{number}"].split() for number in (1, 2, 3)] == shown
    assert accepted["pair_best1"] == shown[0][0]
    outside = next(code.code for code in INTERVIEW.instrument.lists["pairs"].choices if code.code not in shown[0])
    assert refused("pick", {"pair_best1": [outside]}) == [("pair_best1", "unknown_choice", {})]
    assert refused("pick", {"pair_worst2": [shown[1][0]]}) == [("pair_best2", "same_choice", {})]
    assert refused("pick", {"pair_worst3": []}) == [("pair_best3", "required", {})]


@given(st.integers(3, 30), st.integers(3, 6), st.integers(1, 12), st.integers(0, 10_000))
def test_every_choice_is_shown_as_often_as_any_other_or_once_more(choices, show, sets, seed):
    dealt = best_worst_sets(range(choices), show, sets, seed, "sets")
    counts = Counter(value for shown in dealt for value in shown)
    assert all(len(set(shown)) == len(shown) == min(show, choices) for shown in dealt)
    often = [counts[value] for value in range(choices)]
    assert max(often) - min(often) <= 1


def test_simulated_respondents_answer_every_type():
    population = Population(INTERVIEW.instrument, tuple(BRANDS), load_catalogue(), 7)
    for number in range(20):
        respondent, answers, visited = population.respondent(number), {}, []
        while not isinstance(step := INTERVIEW.next(INTERVIEW.begin(number), answers, visited), End):
            answers |= INTERVIEW.accept(step, respondent.answer(step), [asked.variable for asked in step.asked])
            visited.append(step.key)
        assert sum(answers[f"weight_{code}"] for code in ("price", "taste", "habit", "staff")) == 100


def test_columns_say_what_they_are_about():
    by_name = {variable.name: variable for variable in INTERVIEW.variables()}
    assert by_name["motive_price"].label["en"] == "Which three matter most? – The price"
    assert [choice.code for choice in by_name["warmth"].choices] == [-97, -96]
    assert by_name["pair_best2"].label["zh"].endswith("best2")
    assert by_name["pair_shown1"].type == "text"


def test_more_sets_take_longer():
    longer = Instrument.model_validate(YAML(typ="safe", pure=True).load(INSTRUMENT.replace("sets: 3", "sets: 6")))
    assert estimate_minutes(longer)[0] > estimate_minutes(INTERVIEW.instrument)[0]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("max: 100\n        step: 5", "step: 5", "a range needs 'max'"),
        ("step: 5", "step: 7", "steps of 7 do not lead from 0 to 100"),
        ("total: 100", "min: 0", "a constant_sum needs 'total'"),
        ("list: motives\n        max: 3", "list: motives\n        max: 5", "'max' is 5, but the list has 4 choices"),
        ('earliest: "2020-01-01"', 'earliest: "2020-13-01"', "there is no day '2020-13-01'"),
        ('earliest: "2020-01-01"', 'earliest: "2027-01-01"', "the earliest day is after the latest"),
        ('earliest: "2020-01-01"', "earliest: last year", "'last year' is not a day"),
        ("missing: no_answer", "missing: no_anser", "unknown list 'no_anser'"),
        ("missing: no_answer", "missing: motives", "the choice price of 'motives' is no reason not to answer"),
        ("list: pairs", "list: no_answer", "the list 'no_answer' of a best_worst has the missing choice -97"),
        ("low: {en: Cold, zh: 冷淡}", "low: {en: Cold}", "the Chinese text is missing"),
        ("show: 4", "show: 2", "must be at least 3, not 2"),
        ("type: decimal, max: 20", "type: decimal, max: 20, step: 2", "'step' has no meaning for decimal"),
        ("motive_price == 1", "motive_prize == 1", "unknown name 'motive_prize'"),
        ("required: soft", "required: softly", "must not be 'softly'"),
        ("{name: bargain,", "{name: weight_price,", "the name 'weight_price' is taken"),
    ],
)
def test_wrong_files_are_told(old, new, message):
    assert old in INSTRUMENT
    with pytest.raises(InstrumentError) as caught:
        instrument_of(parse_yaml(INSTRUMENT.replace(old, new, 1), "types.yaml"))
    assert message in [problem.message for problem in caught.value.problems]


LOOPED = """\
format: 1
instrument: looped
version: 1
title: {en: Looped, zh: 循环}
description: {en: In a loop., zh: 循环。}
source: Made for tests
licence: MIT
languages: [en, zh]
lists:
  brands: {source: brands}
  ways:
    choices:
      - {code: shop, label: {en: "In a shop of ${brand}", zh: "${brand}的店"}}
      - {code: web, label: {en: On the web, zh: 网上}}
      - {code: phone, label: {en: By phone, zh: 电话}}
pages:
  - page: known
    title: {en: Brands, zh: 品牌}
    questions:
      - {name: known, type: select_multiple, list: brands, label: {en: Which do you know?, zh: 知道哪些？}}
  - page: order
    title: {en: Order, zh: 顺序}
    questions:
      - name: liked
        type: rank
        list: brands
        choice_filter: brand in known
        label: {en: Which do you like best?, zh: 最喜欢哪个？}
  - loop: brand
    eligible: [known]
    at_most: 2
    pages:
      - page: ways
        title: {en: "How you reach ${brand}", zh: "怎样联系${brand}"}
        questions:
          - name: way
            type: constant_sum
            list: ways
            total: 10
            label: {en: "How do you reach ${brand}?", zh: "怎样联系${brand}？"}
      - page: web
        relevant: way_web > 5
        title: {en: Web, zh: 网络}
        questions:
          - name: ease
            type: range
            max: 10
            low: {en: Hard, zh: 难}
            high: {en: "Easy with ${brand}", zh: "${brand}很容易"}
            label: {en: How easy is it?, zh: 容易吗？}
"""


@pytest.fixture
def looped():
    brands = [Brand(key=key, name={"en": key.title(), "zh": key}) for key in ("alba", "brio", "cova")]
    return Interview(instrument_of(parse_yaml(LOOPED, "looped.yaml")), brands, load_catalogue())


def test_only_what_was_picked_is_ranked_and_a_change_asks_again(looped):
    draw, answers = looped.begin(3), {"known": ("alba", "cova")}
    screen = looped.next(draw, answers, ["known"])
    assert [asked.variable for asked in screen.asked] == ["liked_alba", "liked_cova"]
    answers |= looped.accept(screen, {"liked_alba": ["2"], "liked_cova": ["1"]})
    assert answers == {"known": ("alba", "cova"), "liked_alba": 2, "liked_cova": 1}
    assert looped.path(draw, answers, ["known", "order"]) == ("known", "order")
    more = {**answers, "known": ("alba", "brio", "cova")}
    again = looped.next(draw, more, ["known", "order"])
    assert [asked.variable for asked in again.asked] == ["liked_alba", "liked_brio", "liked_cova"]
    fewer = looped.current(draw, {**answers, "known": ("alba",)})
    assert "liked_cova" not in fewer
    assert "liked_alba" not in fewer
    assert looped.missing_reason("liked_brio", draw, answers, ["known", "order"]) == NOT_SHOWN


def test_in_a_loop_each_brand_has_amounts_of_its_own_and_is_named_everywhere(looped):
    draw, answers = looped.begin(3), {"known": ("alba", "cova"), "liked_alba": 2, "liked_cova": 1}
    draw = looped.assign(draw, answers, ["cova", "alba"])
    screen = looped.next(draw, answers, ["known", "order"])
    assert [asked.variable for asked in screen.asked] == ["way_shop@cova", "way_web@cova", "way_phone@cova"]
    assert screen.blocks[0].label["en"] == "How do you reach Cova?"
    assert screen.asked[0].label["en"] == "In a shop of Cova"
    answers |= looped.accept(screen, {"way_shop@cova": ["4"], "way_web@cova": ["6"]})
    slider = looped.next(draw, answers, ["known", "order", "ways@cova"]).asked[0]
    assert (slider.variable, slider.high["en"]) == ("ease@cova", "Easy with Cova")
    answers |= {
        "ease@cova": 7,
        **{f"way_{way}@alba": amount for way, amount in (("shop", 5), ("web", 5), ("phone", 0))},
    }
    assert looped.next(draw, answers, ["known", "order", "ways@cova", "web@cova", "ways@alba"]) == End("complete")
    assert {variable.name for variable in looped.variables() if variable.level == "rating"} == {
        "way_shop", "way_web", "way_phone", "ease",
    }  # fmt: skip
