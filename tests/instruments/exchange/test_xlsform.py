"""XLSForm: what we write is accepted, comes back as it was, and forms of other programs are read."""

from functools import cache
from pathlib import Path
from warnings import catch_warnings

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyxform.xls2xform import convert

from instruments.exchange.importing import import_questionnaire
from instruments.exchange.mending import laid_out
from instruments.exchange.tables import read_tables
from instruments.exchange.xlsform import composed_form, import_xlsform
from instruments.exchange.xlsform_writing import write_xlsform
from instruments.loader import LIBRARY, instrument_of, library_names, load_instrument
from instruments.logic import parse
from instruments.model import Instrument
from instruments.study_file import Brand
from instruments.yaml_file import parse_yaml
from tests.instruments.exchange.samples import XLSFORM
from tests.question_types import INSTRUMENT


@cache
def library(name):
    return load_instrument(LIBRARY / f"{name}.yaml")


def types():
    return instrument_of(parse_yaml(INSTRUMENT, "types"))


def read_back(content):
    return import_xlsform(read_tables(content, "form"), "form")


def plain(content):
    """What the ordinary sheets say, without the one that keeps the rest."""
    tables = read_tables(content, "form")
    return composed_form({**tables, "relata": tables["relata"].__class__("relata", (), ())}, "form")[0]


def accepted(content, folder):
    path = folder / "form.xlsx"
    path.write_bytes(content)
    with catch_warnings():
        return convert(xlsform=path).warnings


@pytest.mark.parametrize("name", library_names())
def test_pyxform_accepts_every_questionnaire_of_the_library_without_a_warning(name, tmp_path):
    assert accepted(write_xlsform(library(name)).content, tmp_path) == []


def test_pyxform_accepts_every_type_of_question_and_one_of_everything(small, tmp_path):
    brands = [Brand(key=key, name={"en": key.title(), "zh": f"品牌{key}"}) for key in ("ash", "birch")]
    assert accepted(write_xlsform(types()).content, tmp_path) == []
    assert accepted(write_xlsform(small, brands).content, tmp_path) == []


@pytest.mark.parametrize("name", library_names())
def test_a_questionnaire_comes_back_as_it_was(name):
    back = read_back(write_xlsform(library(name)).content)
    assert Instrument.model_validate(back.content.data) == library(name)
    assert back.content.problems == ()
    assert back.losses == ()


def test_types_and_conditions_come_back_as_they_were(small):
    for instrument in (types(), small):
        back = read_back(write_xlsform(instrument).content)
        assert Instrument.model_validate(back.content.data) == instrument


def test_the_brands_of_a_study_come_back_with_its_form(small):
    brands = [Brand(key=key, name={"en": key.title(), "zh": f"品牌{key}"}) for key in ("ash", "birch")]
    assert read_back(write_xlsform(small, brands).content).content.brands == tuple((b.key, b.name) for b in brands)
    assert read_back(write_xlsform(small).content).content.brands == ()


def test_equal_questionnaires_give_equal_bytes(small):
    assert write_xlsform(small).content == write_xlsform(small).content


def test_what_other_programs_would_not_do_is_told_and_nothing_else_is_lost(small):
    carried = write_xlsform(small)
    told = {(loss.place, loss.what) for loss in carried.losses}
    assert ("pages / loop", "offer") in told
    assert ("questionnaire", "planned_missing") in told
    page = next(entry for entry in plain(carried.content)["pages"] if entry.get("page") == "about_you")
    assert page["screen_out"] == "age < 18"
    assert page["questions"][2]["relevant"] == "works == 1"
    assert page["questions"][0]["max"] == 120


def test_routing_scales_sets_and_chances_are_held_by_ordinary_columns(small):
    data = plain(write_xlsform(small).content)
    assert [row["name"] for row in data["scales"]["warm"]["items"]] == ["warm1", "warm2", "warm3"]
    assert data["scales"]["warm"]["items"][2] == {
        "name": "warm3",
        "label": {"en": "I miss ${brand}.", "zh": "我想念${brand}。"},
        "reversed": True,
        "set": "c",
    }
    assert data["chances"] == {"full_pick": 0.5}
    loop = next(entry for entry in data["pages"] if "loop" in entry)
    assert (loop["eligible"], loop["at_most"]) == (["used"], 2)
    conditions = [page["relevant"] for page in loop["pages"] if "relevant" in page]
    assert conditions == ["current_family != 'none_fits'", "brand in used", "as_wanted == 2 or full_pick"]


NAMES = ("a", "b", "many", "number", "word")


def _small_form(conditions):
    listed = (
        "choices: [{code: 0, label: {en: N}}, {code: 1, label: {en: Y}}, {code: -98, label: {en: U}, missing: true}]"
    )
    words = "choices: [{code: x, label: {en: X}}, {code: z, label: {en: Z}}]"
    questions = [
        "{name: a, type: select_one, list: numbers, label: {en: A}}",
        "{name: b, type: select_one, list: words, label: {en: B}}",
        "{name: many, type: select_multiple, list: words, label: {en: M}}",
        "{name: number, type: decimal, label: {en: N}}",
        "{name: word, type: text, label: {en: W}}",
        *(
            f'{{name: asked{at}, type: text, label: {{en: Q}}, relevant: "{text}"}}'
            for at, text in enumerate(conditions)
        ),
    ]
    pages = "".join(f"\n      - {question}" for question in questions)
    return (
        "format: 1\ninstrument: made\nversion: 1\ntitle: {en: T}\ndescription: {en: D}\nsource: Made for tests\n"
        f"licence: MIT\nlanguages: [en]\nlists:\n  numbers: {{{listed}}}\n  words: {{{words}}}\n"
        f"pages:\n  - page: one\n    title: {{en: P}}\n    questions:{pages}\n"
    )


_leaf = st.one_of(
    st.tuples(st.just("a"), st.sampled_from(["==", "!=", "<", ">="]), st.sampled_from(["0", "1"])).map(" ".join),
    st.tuples(st.just("b"), st.sampled_from(["==", "!="]), st.sampled_from(["'x'", "'z'"])).map(" ".join),
    st.tuples(st.just("number"), st.sampled_from(["==", "<=", ">"]), st.sampled_from(["0", "2.5", "-3"])).map(" ".join),
    st.sampled_from(["'x' in many", "a", "b", "many", "number", "word", "word == 'it'", "a == number"]),
)
_conditions = st.recursive(
    _leaf,
    lambda inner: st.one_of(
        inner.map(lambda text: f"not ({text})"),
        st.tuples(inner, st.sampled_from([" and ", " or "]), inner).map(
            lambda parts: f"({parts[0]}){parts[1]}({parts[2]})"
        ),
    ),
    max_leaves=5,
)


@given(st.lists(_conditions, min_size=1, max_size=3))
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_conditions_come_back_with_the_same_meaning(conditions):
    instrument = Instrument.model_validate(parse_yaml(_small_form(conditions), "made").data)
    page = plain(write_xlsform(instrument).content)["pages"][0]
    told = [question.get("relevant") for question in page["questions"][5:]]
    for before, after in zip(conditions, told, strict=True):
        for values in _answers():
            assert parse(before).evaluate(values) == parse(after).evaluate(values), (before, after, values)


def _answers():
    for a in ({}, {"a": 0}, {"a": 1}, {"a": -98}):
        for number in ({}, {"number": 0}, {"number": 2.5}, {"number": -3}):
            yield {**a, **number}
            yield {**a, **number, "b": "x", "many": ("x",), "word": "it"}
            yield {**a, **number, "b": "z", "many": (), "word": "no"}


@pytest.fixture
def imported(tmp_path):
    path = tmp_path / "shops.md"
    path.write_text(XLSFORM, encoding="utf-8")
    return import_questionnaire(path)


def test_a_form_from_real_life_becomes_a_questionnaire_that_can_be_asked(imported):
    text = laid_out(imported, "shops.md")
    instrument = instrument_of(parse_yaml(text, "shops"))
    assert instrument.languages == ("en", "de")
    items = {item.name: item for item in instrument.items()}
    assert (items["age"].min, items["age"].max) == (16, 120)
    assert items["works"].relevant == "age >= 18"
    assert items["shops"].relevant == "age >= 18", "the calculation is written out"
    assert items["shops"].random_order
    assert items["shops_other_text"].relevant == "age >= 18 and 'other' in shops"
    assert (items["warmth"].min, items["warmth"].max, items["warmth"].step) == (0, 10, 2)
    codes = [choice.code for choice in instrument.lists["agree"].choices]
    assert codes == [1, 2, 3, 4, -98], "codes of a scale are numbers, do not know is missing"
    assert "# What could not be carried over" in text


@pytest.mark.parametrize(
    ("place", "what"),
    [
        ("survey row 4 (audit)", "'audit' of the device"),
        ("survey row 12 (shops)", "image 'shop.png'"),
        ("survey row 12 (shops)", "seed 7"),
        ("survey row 18 (visit)", "repeat 'visit'"),
        ("survey row 19 (visited)", "constraint '. <= today()'"),
        ("survey row 22 (spot)", "type 'geopoint'"),
        ("survey row 23 (village)", "list 'villages.csv'"),
        ("survey row 25 (thanks)", "answer piped into a text (${job})"),
        ("survey row 13 (town)", "choice_filter condition"),
        ("settings", "'style'"),
    ],
)
def test_what_a_form_loses_is_told_with_its_row(imported, place, what):
    assert (place, what) in {(loss.place, loss.what) for loss in imported.losses}


def test_a_form_as_csv_is_read_like_one_in_markdown(tmp_path):
    path = Path(tmp_path) / "form.csv"
    path.write_text(
        "survey\n,type,name,label:English\n,text,who,Who?\n,select_one yn,sure,Sure?\n"
        "choices\n,list name,name,label:English\n,yn,1,Yes\n,yn,0,No\n",
        encoding="utf-8",
    )
    carried = import_questionnaire(path)
    assert carried.losses == ()
    assert [question["name"] for question in carried.content.data["pages"][0]["questions"]] == ["who", "sure"]
    assert carried.content.data["languages"] == ["en"]


def test_a_repeat_over_chosen_things_is_a_loop_over_brands(tmp_path):
    path = Path(tmp_path) / "brands.md"
    path.write_text(
        "| survey |\n| | type | name | label | repeat_count | calculation | relevant |\n"
        "| | select_multiple b | used | Which? | | | |\n"
        "| | begin_repeat | each | Each | count-selected(${used}) | | |\n"
        "| | calculate | now | | | selected-at(${used}, position(..) - 1) | |\n"
        "| | calculate | label | | | jr:choice-name(${now}, '${used}') | |\n"
        "| | text | why | Why ${label}? | | | ${now} = '2' |\n| | end_repeat | | | | | |\n"
        "| choices |\n| | list_name | name | label |\n| | b | 1 | Alba Tea |\n| | b | 2 | Brio |\n",
        encoding="utf-8",
    )
    carried = import_questionnaire(path)
    assert carried.content.problems == ()
    assert dict(carried.content.brands) == {"alba_tea": {"en": "Alba Tea"}, "brio": {"en": "Brio"}}
    loop = carried.content.data["pages"][1]
    assert loop["eligible"] == ["used"]
    question = loop["pages"][0]["questions"][0]
    assert (question["label"], question["relevant"]) == ({"en": "Why ${brand}?"}, "brand == 'brio'")


def imported_text(folder, name, text):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return import_questionnaire(path)


KOBO = """\
| survey |
| | type | name | label | kobo--score-choices | kobo--rank-items |
| | begin_score | views | Your view | agree | |
| | score__row | friendly | The staff are friendly. | | |
| | score__row | quick | I never wait. | | |
| | end_score | | | | |
| | begin_rank | motives | What matters? | | why |
| | rank__level | first | First | | |
| | rank__level | second | Second | | |
| | end_rank | | | | |
| choices |
| | list_name | name | label |
| | agree | 1 | No |
| | agree | 2 | Yes |
| | why | price | Price |
| | why | taste | Taste |
| | why | staff | Staff |
"""


def test_tables_and_rankings_of_kobotoolbox_are_read(tmp_path):
    carried = imported_text(tmp_path, "kobo.md", KOBO)
    assert (carried.losses, carried.content.problems) == ((), ())
    matrix, rank = carried.content.data["pages"][0]["questions"]
    assert matrix["scales"] == ["views"]
    assert [row["name"] for row in carried.content.data["scales"]["views"]["items"]] == ["friendly", "quick"]
    assert (rank["type"], rank["list"], rank["max"]) == ("rank", "why", 2)


def test_questions_of_one_name_in_two_groups_are_told_apart(tmp_path):
    carried = imported_text(
        tmp_path,
        "twice.md",
        "| survey |\n| | type | name | label |\n| | begin group | a | A |\n"
        "| | text | name | One? |\n| | end group | | |\n"
        "| | begin group | b | B |\n| | text | name | Two? |\n| | end group | | |\n",
    )
    names = [question["name"] for page in carried.content.data["pages"] for question in page["questions"]]
    assert names == ["name", "name_2"]
    assert ("survey row 7 (name)", "name 'name'") in {(loss.place, loss.what) for loss in carried.losses}


def test_a_choice_filter_over_a_column_goes_by_families(tmp_path):
    carried = imported_text(
        tmp_path,
        "towns.md",
        "| survey |\n| | type | name | label | choice_filter |\n| | select_one land | land | Land? | |\n"
        "| | select_one town | town | Town? | in_land = ${land} |\n"
        "| choices |\n| | list_name | name | label | in_land |\n| | land | hessen | Hessen | |\n"
        "| | land | bayern | Bayern | |\n"
        "| | town | kassel | Kassel | hessen |\n| | town | neu | Neustadt | hessen |\n"
        "| | town | neu | Neustadt | bayern |\n",
    )
    assert carried.content.problems == ()
    town = carried.content.data["pages"][0]["questions"][1]
    assert town["choice_filter"] == "family == land"
    choices = carried.content.data["lists"]["town"]["choices"]
    assert [(choice["code"], choice["family"]) for choice in choices] == [
        ("kassel", "hessen"),
        ("neu", "hessen"),
        ("neu_2", "bayern"),
    ]
    assert [loss.what for loss in carried.losses] == ["code 'neu' for the second time"]


def test_a_language_that_questionnaires_are_not_asked_in_is_told(tmp_path):
    carried = imported_text(
        tmp_path,
        "french.md",
        "| survey |\n| | type | name | label::Français (fr) | label::Deutsch (de) |\n"
        "| | text | why | Pourquoi ? | Warum? |\n",
    )
    assert carried.content.data["languages"] == ["de"]
    assert any("'Français (fr)'" in loss.what for loss in carried.losses)
