"""LimeSurvey and Qualtrics files become questionnaires that can be asked, and what they lose is told."""

import json

import pytest

from instruments.exchange.importing import import_questionnaire
from instruments.exchange.mending import laid_out, study_text
from instruments.loader import instrument_of
from instruments.model import Matrix
from instruments.yaml_file import parse_yaml
from tests.instruments.exchange import samples


def imported(folder, name, content):
    path = folder / name
    path.write_bytes(content)
    return import_questionnaire(path)


def asked(carried, name):
    return instrument_of(parse_yaml(laid_out(carried, name), name))


@pytest.fixture
def lime(tmp_path):
    return imported(tmp_path, "shop.lss", samples.limesurvey())


@pytest.fixture
def qualtrics(tmp_path):
    return imported(tmp_path, "coffee.qsf", samples.qualtrics())


def test_a_survey_of_limesurvey_can_be_asked_in_both_its_languages(lime):
    instrument = asked(lime, "shop.lss")
    assert instrument.languages == ("en", "de")
    assert instrument.title == {"en": "Shopping & you", "de": "Einkaufen & Sie"}
    assert [page.title["de"] for page in instrument.all_pages()] == ["Einkaufen & Sie", "Einkaufen", "Mehr"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("welcome", "note"),
        ("q1", "select_one"),
        ("q1_other", "text"),
        ("q2", "select_multiple"),
        ("q4", "integer"),
        ("q6", "select_one"),
        ("q7", "rank"),
        ("q8", "constant_sum"),
        ("q10_sq001", "text"),
        ("q11", "date"),
        ("q12", "note"),
        ("q16", "select_one"),
        ("q18", "select_multiple"),
        ("q19_sq001_c1", "text"),
        ("q20_comment", "text"),
        ("q22", "select_one"),
    ],
)
def test_each_type_of_limesurvey_has_its_counterpart(lime, name, kind):
    assert {item.name: item.type for item in asked(lime, "shop.lss").items()}[name] == kind


def test_arrays_of_limesurvey_are_scales_of_numbers(lime):
    instrument = asked(lime, "shop.lss")
    assert set(instrument.scales) == {"q3", "q5_0", "q5_1", "q9_c1", "q9_c2", "q17", "q21", "q23"}
    codes = {key: [c.code for c in instrument.lists[scale.list].choices] for key, scale in instrument.scales.items()}
    assert codes["q3"] == [1, 2, 3, 4]
    assert codes["q9_c1"] == [1, 2, 3, 4, 5]
    matrices = [q for page in instrument.all_pages() for q in page.questions if isinstance(q, Matrix)]
    assert [matrix.random_order for matrix in matrices if matrix.scales == ("q3",)] == [True]


def test_conditions_of_limesurvey_are_said_in_our_language(lime):
    instrument = asked(lime, "shop.lss")
    items = {item.name: item for item in instrument.items()}
    assert items["q2"].relevant == "not q1 == 'A3'", "true there without an answer"
    assert items["q6"].relevant == "q3_sq001 >= 3"
    assert items["q14"].relevant == "q4 > 100", "the equation is written out"
    assert items["q1_other"].relevant == "q1 == 'oth'"
    matrix = instrument.pages[1].questions[3]
    assert matrix.relevant == "('SQ001' in q2 or 'SQ002' in q2) and q1"
    assert items["q6"].required == "soft"


@pytest.mark.parametrize(
    "what",
    [
        "condition 'regexMatch(\"/x/\", Q10_SQ001.NAOK)'",
        "equation",
        "question of the type '|'",
        "date_max 'today'",
        "quota 'Women'",
    ],
)
def test_what_limesurvey_can_and_we_cannot_is_told(lime, what):
    assert what in {loss.what for loss in lime.losses}


def test_old_and_new_files_of_limesurvey_give_the_same_questionnaire(lime, tmp_path):
    old = imported(tmp_path, "old.lss", samples.limesurvey(version=2))
    assert old.content.data == lime.content.data


def test_old_conditions_of_limesurvey_are_read(tmp_path):
    row = (
        "<row><qid>4</qid><cqid>1</cqid><cfieldname>77X1X1</cfieldname><method>==</method>"
        "<value>A2</value><scenario>1</scenario></row>"
    )
    more = row.replace("A2", "A1")
    other = row.replace("77X1X1", "+77X1X2SQ001").replace("A2", "Y").replace("<scenario>1", "<scenario>2")
    table = f"<conditions><rows>{row}{more}{other}</rows></conditions></document>"
    content = samples.limesurvey(version=2).replace(b"</document>", table.encode())
    items = {item.name: item for item in asked(imported(tmp_path, "c.lss", content), "c").items()}
    assert items["q4"].relevant == "(q1 == 'A2' or q1 == 'A1') or 'SQ001' in q2"


def test_a_survey_of_qualtrics_can_be_asked_about_the_brands_that_it_loops_over(qualtrics):
    instrument = asked(qualtrics, "coffee.qsf")
    loop = instrument.pages[2]
    assert loop.eligible == ("q2",)
    assert loop.pages[0].questions[0].label["en"] == "Your view of ${brand}?"
    assert [key for key, _ in qualtrics.content.brands] == ["alba", "brio", "elsewhere"]
    study = parse_yaml(study_text(qualtrics.content, "coffee.yaml"), "study").data
    assert study["brands"][0] == {"key": "alba", "name": {"en": "Alba", "de": "Alba (deutsch)"}}


def test_logic_recoding_and_texts_of_qualtrics_are_kept(qualtrics):
    instrument = asked(qualtrics, "coffee.qsf")
    items = {item.name: item for item in instrument.items()}
    assert items["q1"].label["en"] == "Do you buy coffee?"
    assert [choice.code for choice in instrument.lists["q1"].choices] == [1, 0]
    assert items["q2"].relevant == "q1 == 1"
    assert items["q2_3_text"].relevant == "q1 == 1 and 'elsewhere' in q2"
    assert instrument.pages[1].screen_out == "q1 == 0", "a branch to the end screens out"
    assert items["q4"].required is True
    assert (items["q5_1"].type, items["q5_1"].max) == ("range", 10)
    assert (items["q13"].type, items["q13"].max) == ("integer", 9)
    assert items["q15"].low["de"] == "Worst (deutsch)"


@pytest.mark.parametrize(
    ("place", "what"),
    [
        ("question Q9", "question of the type 'Timing'"),
        ("question Q10", "question of the type 'Captcha'"),
        ("question Q11", "question of the type 'HotSpot'"),
        ("flow FL_2", "embedded data 'panel'"),
        ("question Q4", "answer piped into a text (${Q1})"),
        ("question Q13", "relevant 'q3_1 == 3'"),
    ],
)
def test_what_qualtrics_can_and_we_cannot_is_told(qualtrics, place, what):
    assert (place, what) in {(loss.place, loss.what) for loss in qualtrics.losses}


def test_two_expressions_of_qualtrics_are_joined_as_it_joins_them(tmp_path):
    survey = json.loads(samples.qualtrics())
    question = next(e["Payload"] for e in survey["SurveyElements"] if e.get("PrimaryAttribute") == "QID7")
    logic = samples.logic("QID1", "1")
    second = {**samples.logic("QID5", "1", operator="GreaterThan", kind="ChoiceNumericEntryValue", right="5")["0"]["0"]}
    logic["0"]["1"] = {**second, "Conjuction": "And"}
    logic["0"]["2"] = {
        **samples.logic("QID4", "", operator="NotEmpty", kind="ChoiceTextEntryValue")["0"]["0"],
        "Conjuction": "Or",
    }
    question["DisplayLogic"] = logic
    carried = imported(tmp_path, "two.qsf", json.dumps(survey).encode())
    items = {item.name: item for item in asked(carried, "two").items()}
    assert items["q7"].relevant == "q1 == 1 and q5_1 > 5 or q4"
