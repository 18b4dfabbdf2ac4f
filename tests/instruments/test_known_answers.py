"""What a study settles and what is known already is not asked: eligibility, countries, entry, carried answers."""

import pytest

from instruments.catalogue import load_catalogue
from instruments.draw import Draw
from instruments.interview import Assign, End, Interview
from instruments.study_file import parse_study

QUESTIONNAIRE = """\
format: 1
instrument: field
version: 1
title: {en: Field}
description: {en: What a study settles.}
source: Made for tests
licence: MIT
languages: [en]
lists:
  countries:
    choices: [{code: DE, label: {en: Germany}}, {code: ES, label: {en: Spain}}, {code: other, label: {en: Other}}]
  yes_no: {choices: [{code: 1, label: {en: 'Yes'}}, {code: 2, label: {en: 'No'}}]}
  brands: {source: brands}
  industries: {source: industries}
pages:
  - page: welcome
    title: {en: Welcome}
    questions: [{name: agreed, type: consent, label: {en: I take part.}}]
  - page: you
    title: {en: You}
    screen_out: land == 'other'
    questions:
      - {name: land, type: select_one, list: countries, label: {en: Where?}}
      - {name: age, type: integer, max: 120, label: {en: Age?}}
  - page: work
    title: {en: Work}
    relevant: age >= 30
    questions: [{name: works, type: select_one, list: yes_no, label: {en: Work?}}]
  - page: fields
    title: {en: Fields}
    questions:
      - {name: fields, type: select_multiple, list: industries, label: {en: Where do you buy?}}
  - page: aware
    title: {en: Brands}
    questions:
      - name: aware
        type: select_multiple
        list: brands
        required: false
        choice_filter: industry in fields
        label: {en: Which do you know?}
  - loop: brand
    eligible: [ELIGIBLE]
    at_most: 1
    pages:
      - page: feelings
        title: {en: "${brand}"}
        questions:
          - {name: involved, type: select_one, list: yes_no, once: industry, label: {en: Does banking matter?}}
          - {name: mood, type: select_one, list: yes_no, once: person, label: {en: Are you well?}}
      - page: liking
        title: {en: "${brand}"}
        questions:
          - {name: liked, type: select_one, list: yes_no, label: {en: "Do you like ${brand}?"}}
          - {name: fees, type: select_one, list: yes_no, relevant: industry == 'bank', label: {en: Are fees fair?}}
person: {country: land, age: age}
"""
STUDY = """\
format: 1
study: field
title: {en: Field}
languages: [en]
instrument: field.yaml
industries: {bank: {en: Banks}, air: {en: Airlines}}
countries: [DE, ES]
brands:
  - {key: north, name: {en: North}, industry: bank, countries: [DE]}
  - {key: south, name: {en: South}, industry: bank, countries: [ES]}
  - {key: west, name: {en: West}, industry: bank}
  - {key: wing, name: {en: Wing}, industry: air}
  - {key: jet, name: {en: Jet}, industry: air, countries: [DE]}
brands_per_respondent: 3
eligibility: age >= 18 and works != 2
consent: {version: "2", text: {en: I take part in the study of fields.}}
"""


def interview(eligible="aware", study=STUDY):
    checked = parse_study(study, QUESTIONNAIRE.replace("ELIGIBLE", eligible))
    return Interview(checked.require_instrument(), checked.file.brands, load_catalogue())


def walk(asked, known=None, **given):
    """Answer everything, what is not given with the first choice; gives draw, answers, screens and status."""
    draw, answers, screens = asked.begin(1, known=known), {}, {}
    while not isinstance(step := asked.next(draw, answers, screens), End):
        if isinstance(step, Assign):
            draw = asked.assign(draw, answers, [brand for tier in step.tiers for brand in tier][: step.n])
            continue
        raw = {q.variable: given.get(q.variable, [str(c.code) for c in q.choices][:1] or ["1"]) for q in step.asked}
        answers |= asked.accept(step, raw)
        screens[step.key] = step
    return draw, answers, screens, step.status


ALL = {"fields": ["bank", "air"], "aware": ["north", "west", "wing", "jet"], "land": ["DE"], "age": ["40"]}


def test_consent_and_number_of_brands_are_those_of_the_study():
    _, _, screens, status = walk(interview(), **ALL)
    assert screens["welcome"].asked[0].label == {"en": "I take part in the study of fields."}
    assert sum(key.startswith("liking@") for key in screens) == 3
    assert status == "complete"


@pytest.mark.parametrize(
    ("given", "screens"),
    [
        ({"age": ["17"]}, ["welcome", "you", "fields"]),  # nothing is asked of everybody before that tells of `works`
        ({"age": ["40"], "works": ["2"]}, ["welcome", "you", "work", "fields"]),
        ({"land": ["other"]}, ["welcome", "you"]),
    ],
)
def test_who_is_not_eligible_is_screened_out_as_soon_as_everything_named_was_asked(given, screens):
    _, _, seen, status = walk(interview(), **(ALL | given))
    assert (list(seen), status) == (screens, "screened_out")


def test_without_an_answer_nobody_is_eligible():
    """Whoever is below 30 is not asked about work, and a comparison with a missing answer is never true."""
    assert walk(interview(), **(ALL | {"age": ["25"]}))[3] == "screened_out"
    without_work = STUDY.replace(" and works != 2", "")
    assert walk(interview(study=without_work), **(ALL | {"age": ["25"]}))[3] == "complete"


def test_only_brands_of_the_country_and_of_the_industries_are_offered():
    screen = walk(interview(), **(ALL | {"fields": ["bank"], "aware": ["west"]}))[2]["aware"]
    assert [choice.code for choice in screen.asked[0].choices] == ["north", "west"]
    screen = walk(interview(), **(ALL | {"land": ["ES"], "aware": ["west"]}))[2]["aware"]
    assert [choice.code for choice in screen.asked[0].choices] == ["south", "west", "wing"]


@pytest.mark.parametrize(
    ("eligible", "aware", "rated"),
    [
        ("aware", ["west"], ["west"]),
        ("not aware", ["west"], ["north", "wing", "jet"]),
        ("not aware", [], ["north", "west", "wing"]),
        ("all", ["west"], ["north", "west", "wing"]),
        ("aware, all", ["wing"], ["wing", "north", "west"]),
    ],
)
def test_the_loop_is_about_brands_picked_left_out_or_all(eligible, aware, rated):
    draw = walk(interview(eligible), **(ALL | {"aware": aware}))[0]
    assert list(draw.brands) == rated


def test_what_holds_for_all_brands_or_for_an_industry_is_asked_once_and_kept_for_each():
    asked = interview()
    draw, answers, screens, _ = walk(asked, **(ALL | {"aware": ["north", "west", "wing"], "involved@wing": ["2"]}))
    on = {key: [q.variable.partition("@")[0] for q in screen.asked] for key, screen in screens.items()}
    assert on["feelings@north"] == ["involved", "mood"]
    assert "feelings@west" not in on
    assert on["feelings@wing"] == ["involved"]
    kept = asked.current(draw, answers)
    assert [kept[f"involved@{brand}"] for brand in ("north", "west", "wing")] == [1, 1, 2]
    assert [kept[f"mood@{brand}"] for brand in ("north", "west", "wing")] == [1, 1, 1]
    assert on["liking@west"] == ["liked", "fees"]
    assert on["liking@wing"] == ["liked"]


def test_what_is_known_at_entry_is_not_asked_and_counts():
    asked = interview()
    known = asked.known_at_entry(
        {"country": ["DE"], "age": ["40"], "works": ["1"], "fields": ["bank,air"], "source": ["panel"], "agreed": ["1"]}
        | {"aware": ["nobody"], "one_more": ["1"], "liked": ["1"], "language": ["en"], "gift": ["1"]}
    )
    assert known == {
        "land": "DE",
        "age": 40,
        "works": 1,
        "fields": ("bank", "air"),
        "source": "panel",
        "language": "en",
    }
    draw, answers, screens, status = walk(asked, known=known, aware=["north"])
    assert list(screens) == ["welcome", "aware", "feelings@north", "liking@north"]
    assert status == "complete"
    assert asked.current(draw, answers)["age"] == 40
    assert asked.progress(draw, answers, screens)[0] == 4
    assert Draw.from_json(draw.to_json()) == draw


def test_whoever_is_known_not_to_be_eligible_is_screened_out_after_consent():
    asked = interview()
    known = asked.known_at_entry({"country": ["other"], "age": ["40"]})
    _, _, screens, status = walk(asked, known=known)
    assert (list(screens), status) == (["welcome"], "screened_out")
    known = asked.known_at_entry({"age": ["17"], "works": ["1"], "country": ["DE"], "fields": ["bank"]})
    assert list(walk(asked, known=known)[2]) == ["welcome"]
