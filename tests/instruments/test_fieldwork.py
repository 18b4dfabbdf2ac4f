"""The fieldwork part of a study file: read as written, and what is wrong with it is said at its place."""

from pathlib import Path

import pytest

from instruments.check import check_files
from instruments.fieldwork import Quota, QuotaCell
from instruments.study_file import StudyError, load_study

FIELD = """\
format: 1
study: banks
title: {en: Banks}
languages: [en]
instrument: consumer_brand_relationship
industries:
  banking: {en: Banking}
  air: {en: Airlines}
brands:
  - {key: north, name: {en: North}, industry: banking, countries: [DE, ES], entity: service, logo: n.png, boost: 2}
  - {key: wing, name: {en: Wing}, industry: air}
countries: [DE, ES]
eligibility: "age >= 18 and country != 'other'"
brands_per_respondent: 3
quotas:
  - key: country_by_age
    by: [country, age]
    margin: 5
    cells:
      - {is: {country: DE, age: [18, 39]}, limit: 200}
      - {is: {country: DE, age: [40, 99]}, limit: 200}
  - {key: from_panel, by: [source], cells: [{is: {source: panel_a}, limit: 50}]}
sources:
  panel_a:
    label: {en: Panel A}
    kind: panel
    id: psid
    keep: [pid]
    exits: {complete: "https://panel.example/c?id={id}&p={pid}", quality: "https://panel.example/q?id={id}"}
    callback: "https://panel.example/s2s?id={id}&status={status}"
    signature: {kind: hmac_sha256, parameter: sig, secret: PANEL_A}
    limit: 1000
consent: {version: "1", text: {en: I take part.}}
retention: 2028-12-31
contact: {en: "The team, 1 Street"}
goals: [loyalty, share_of_wallet]
"""


def study(tmp_path, text) -> Path:
    path = tmp_path / "study.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_everything_is_read_as_it_was_written(tmp_path):
    file = load_study(study(tmp_path, FIELD)).file
    assert file.quotas[0].cells[1] == QuotaCell.model_validate({"is": {"country": "DE", "age": [40, 99]}, "limit": 200})
    assert file.brands[0].countries == ("DE", "ES")
    assert (file.brands[0].boost, file.brands[1].boost) == (2, 1)
    source = file.sources["panel_a"]
    assert (source.id, source.keep, source.signature.secret) == ("psid", ("pid",), "PANEL_A")
    assert (file.retention, file.goals) == ("2028-12-31", ("loyalty", "share_of_wallet"))
    assert check_files([study(tmp_path, FIELD)]) == []


@pytest.mark.parametrize(
    ("answers", "cell"),
    [
        ({"country": "DE", "age": 18}, 0),
        ({"country": "DE", "age": 40}, 1),
        ({"country": "DE", "age": 17}, None),
        ({"country": "ES", "age": 30}, None),
        ({"country": "DE"}, None),
        ({"country": "DE", "age": -99}, None),
    ],
)
def test_a_person_belongs_to_the_cell_whose_answers_are_theirs(tmp_path, answers, cell):
    quota: Quota = load_study(study(tmp_path, FIELD)).file.quotas[0]
    assert quota.cell(answers) == cell


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("industry: air}", "industry: aair}", 11, "did you mean 'air'"),
        ("industry: air}", "industry: banking}", 8, "no brand belongs to the industry 'air'"),
        ("[DE, ES], entity", "[DE, FR], entity", 10, "not in the country 'FR'"),
        ("[DE, ES], entity", "[DE, DE], entity", 10, "name 'DE' twice"),
        ("entity: service", "entity: thing", 10, "must not be 'thing'"),
        ("countries: [DE, ES]\n", "countries: [DE, ES, FR]\n", 12, "has no country 'FR'"),
        ("age >= 18 and", "ages >= 18 and", 13, "did you mean 'age'"),
        ("country != 'other'", "country != 'others'", 13, "'country' is never 'others'"),
        ("age >= 18 and", "age >= and", 13, "expected a name"),
        ("age >= 18 and", "trust == 1 and", 13, "no question asked of everybody before the first brand"),
        ("brands_per_respondent: 3", "brands_per_respondent: 0", 14, "at least 1"),
        ("by: [country, age]", "by: [country, agee]", 17, "did you mean 'age'"),
        ("by: [country, age]", "by: [country]", 20, "the quota is not by 'age'"),
        ("{country: DE, age: [40, 99]}", "{country: DE}", 21, "does not say which age"),
        ("age: [40, 99]", "age: [39, 99]", 21, "could belong to this cell and to an earlier one"),
        ("age: [40, 99]", "age: [99, 40]", 21, "from low to high"),
        ("country: DE, age: [40", "country: FR, age: [40", 21, "'country' is never 'FR'"),
        ("key: from_panel", "key: country_by_age", 22, "another quota"),
        ("{source: panel_a}, limit", "{source: panel_b}, limit", 22, "did you mean 'panel_a'"),
        ("limit: 50}", "limit: -1}", 22, "at least 0"),
        ("    id: psid\n", "", 24, "needs the name of the parameter"),
        ("p={pid}", "p={pin}", 29, "did you mean 'pid'"),
        ("https://panel.example/q?id={id}", "panel.example/q?id={id}", 29, "is not a web address"),
        ("secret: PANEL_A", "secret: s3cret", 31, "is not"),
        ("{en: I take part.}", "{de: Ja.}", 33, "the text in 'en' is missing"),
        ("2028-12-31", "2028-02-30", 34, "not a day of the calendar"),
        ("PANEL_A", "panel_a", 31, "'panel_a' is not the name of a setting capital letters"),
        (
            "parameter: sig",
            "parameter: 1sig",
            31,
            "is not a name letters, digits, _, . and -, beginning with a letter",
        ),
        ("2028-12-31", "31.12.2028", 34, "is not a day"),
        ("[loyalty, share_of_wallet]", "[loyalty, fame]", 36, "must not be 'fame'"),
        ("[loyalty, share_of_wallet]", "[loyalty, loyalty]", 36, "name 'loyalty' twice"),
        ("{en: Banking}", "{de: Bank}", 7, "the text in 'en' is missing"),
    ],
)
def test_one_mistake_is_told_at_its_line(tmp_path, old, new, line, said):
    assert old in FIELD
    with pytest.raises(StudyError) as refused:
        load_study(study(tmp_path, FIELD.replace(old, new, 1)))
    found = [(problem.line, f"{problem.message} {problem.remedy}") for problem in refused.value.problems]
    assert any(line == at and said in told for at, told in found), found


def test_without_a_last_day_a_study_loads_and_its_check_says_what_is_missing(tmp_path):
    path = study(tmp_path, FIELD.replace("retention: 2028-12-31\n", ""))
    load_study(path)
    assert [(problem.line, problem.place) for problem in check_files([path])] == [(2, "study")]
    path = study(tmp_path, FIELD.replace("retention: 2028-12-31\n", "simulated: true\n"))
    assert check_files([path]) == []


def test_a_study_of_answers_collected_elsewhere_has_no_field(tmp_path):
    mapped = """\
format: 1
study: banks
title: {en: Banks}
languages: [en]
data:
  scales:
    likeability: {label: {en: Likeability}, columns: [like_1, like_2], range: [1, 7]}
brands:
  - {key: north, name: {en: North}}
eligibility: age >= 18
"""
    with pytest.raises(StudyError, match="'eligibility' is for studies that ask a questionnaire"):
        load_study(study(tmp_path, mapped))
