"""Shapes that files of other programs have when people made them; all sentences are our own."""

import io
import json
import zipfile

import pytest

from instruments.exchange.carried import ExchangeError
from instruments.exchange.formula import Word, read_formula
from instruments.exchange.importing import import_questionnaire
from instruments.exchange.mending import laid_out
from instruments.loader import instrument_of
from instruments.yaml_file import parse_yaml
from tests.instruments.exchange import samples


def imported(folder, name, content):
    path = folder / name
    path.write_bytes(content)
    return import_questionnaire(path)


def items(carried):
    return {item.name: item for item in instrument_of(parse_yaml(laid_out(carried, "x"), "x")).items()}


def told(carried):
    return {(loss.place, loss.what) for loss in carried.losses}


# LimeSurvey ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["77X1X1.NAOK", "77X1X1", "Q1.NAOK", "Q1"])
def test_conditions_of_limesurvey_may_name_questions_by_their_numbers(tmp_path, name):
    content = samples.limesurvey().replace(b'((Q1.NAOK != "A3"))', f'(({name} == "A2"))'.encode())
    assert items(imported(tmp_path, "n.lss", content))["q2"].relevant == "q1 == 'A2'"


def test_rows_of_limesurvey_may_be_named_by_their_numbers(tmp_path):
    content = samples.limesurvey().replace(b"Q3_SQ001.NAOK >= 3", b'Q2_S200.NAOK == "Y" and 77X1X3SQ002.NAOK >= 3')
    assert items(imported(tmp_path, "n.lss", content))["q6"].relevant == "'SQ001' in q2 and q3_sq002 >= 3"


def test_only_limesurvey_has_words_that_begin_with_digits():
    assert read_formula("7X8X9a.NAOK", "limesurvey") == Word("7X8X9a.NAOK")
    with pytest.raises(Exception, match="not expected"):
        read_formula("7X8X9a", "xpath")


def test_what_limesurvey_keeps_beside_its_questions_is_told(tmp_path):
    table = "<{0}><rows><row>{1}</row></rows></{0}>"
    more = table.format("question_attributes", "<qid>4</qid><attribute>max_num_value_n</attribute><value>{Q8}</value>")
    more += table.format("question_attributes", "<qid>1</qid><attribute>cssclass</attribute><value>wide</value>")
    more += table.format("question_attributes", "<qid>1</qid><attribute>show_totals</attribute><value>R</value>")
    more += table.format("survey_url_parameters", "<parameter>pid</parameter>")
    content = samples.limesurvey().decode().replace("</document>", f"{more}</document>")
    content = content.replace(
        "<surveyls_endtext>", "<surveyls_policy_notice>We keep it.</surveyls_policy_notice><surveyls_endtext>"
    )
    content = content.replace(
        "<row><qid><![CDATA[1]]></qid><question>", "<row><script>go()</script><qid>1</qid><question>", 1
    )
    found = told(imported(tmp_path, "more.lss", b"\r\n" + content.encode()))
    assert {
        ("question Q1", "show_totals 'R'"),
        ("question Q1", "JavaScript"),
        ("survey_url_parameters", "1 parameters of the address"),
        ("data policy notice", "'We keep it.'"),
    } <= found
    assert not any("cssclass" in what for _, what in found), "looks are no part of a questionnaire"


def test_years_bound_days(tmp_path):
    content = samples.limesurvey().replace(b"2020-01-01", b"2007").replace(b"<![CDATA[today]]>", b"<![CDATA[2050]]>")
    asked = items(imported(tmp_path, "d.lss", content))["q11"]
    assert (str(asked.earliest), str(asked.latest)) == ("2007-01-01", "2050-12-31")


def test_a_group_of_limesurvey_is_a_questionnaire_of_one_page(tmp_path):
    carried = imported(tmp_path, "g.lsg", samples.limesurvey_part("Group"))
    assert carried.content.data["title"] == {"en": "Shopping", "de": "Einkaufen"}
    assert list(items(carried))[:3] == ["q1", "q1_other", "q2"]
    assert "q12" not in items(carried)
    assert items(carried)["q2"].relevant == "not q1 == 'A3'"


def test_a_question_of_limesurvey_is_a_questionnaire_of_one_question(tmp_path):
    carried = imported(tmp_path, "q.lsq", samples.limesurvey_part("Question"))
    assert list(items(carried)) == ["q1", "q1_other"]
    assert items(carried)["q1"].label["de"] == "Wie oft kaufen Sie ein?"


def test_the_survey_of_an_archive_of_limesurvey_is_read_and_its_answers_are_told(tmp_path):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("survey_77_responses.lsr", "<document/>")
        archive.writestr("survey_77.lss", samples.limesurvey())
    carried = imported(tmp_path, "a.lsa", file.getvalue())
    assert carried.content == imported(tmp_path, "a.lss", samples.limesurvey()).content
    assert ("survey_77_responses.lsr", "answers") in told(carried)
    damaged = file.getvalue().replace(b"DBVersion", b"DBversion", 1)
    with pytest.raises(ExchangeError, match="cut off or damaged"):
        imported(tmp_path, "b.lsa", damaged)


# Qualtrics -----------------------------------------------------------------------------------------------------------


def qualtrics(tmp_path, changes, **blocks):
    survey = json.loads(samples.qualtrics())
    for element in survey["SurveyElements"]:
        element.get("Payload", {}) and element["Element"] == "SQ" and element["Payload"].update(
            changes.get(element["PrimaryAttribute"], {})
        )
        if element["Element"] == "BL":
            element["Payload"][0]["BlockElements"][0] |= blocks
    return imported(tmp_path, "q.qsf", b"\xef\xbb\xbf" + json.dumps(survey).encode())


def choices(*texts):
    return {str(n): {"Display": text} for n, text in enumerate(texts, start=1)}


def test_rows_with_several_answers_are_named_by_their_tags_and_asked_for(tmp_path):
    grid = {"QuestionType": "Matrix", "Selector": "Likert", "SubSelector": "MultipleAnswer", "Language": []}
    grid |= {"Choices": choices("Bread", "Milk"), "Answers": choices("Dear", "Fresh"), "ChoiceOrder": [1, "2"]}
    grid |= {"ChoiceDataExportTags": {"1": "bread", "2": "milk"}, "RecodeValues": []}
    asks = {"DisplayLogic": samples.logic("QID7", "1/2", kind="SelectableAnswer")}
    found = items(qualtrics(tmp_path, {"QID7": grid, "QID13": asks}))
    assert [found[name].type for name in ("bread", "milk")] == ["select_multiple"] * 2
    assert found["q13"].relevant == "2 in bread"


def test_columns_side_by_side_keep_the_words_of_their_rows(tmp_path):
    column = {"QuestionText": "Words", "Selector": "TE", "SubSelector": "Short", "Choices": choices("Bread", "Milk")}
    change = {"AdditionalQuestions": {"1": column}, "Language": []}
    found = items(qualtrics(tmp_path, {"QID12": change}))
    assert found["q12_1_1"].label["en"] == "Side by side. – Words – Bread"
    assert found["q12_1_2"].label["en"] == "Side by side. – Words – Milk"


def test_each_row_of_a_profile_has_its_own_answers(tmp_path):
    grid = {"QuestionType": "Matrix", "Selector": "Profile", "SubSelector": "SingleAnswer", "Language": []}
    grid |= {
        "Choices": choices("Seat", "Meal"),
        "Answers": {"1": choices("Aisle", "Window"), "2": choices("Hot", "Cold")},
    }
    carried = qualtrics(tmp_path, {"QID7": grid})
    instrument = instrument_of(parse_yaml(laid_out(carried, "x"), "x"))
    assert [choice.label["en"] for choice in instrument.lists["q7_2"].choices] == ["Hot", "Cold"]


def test_best_and_worst_keep_all_their_choices_when_answers_are_recoded(tmp_path):
    found = items(qualtrics(tmp_path, {"QID15": {"RecodeValues": {"1": "3", "2": "1"}}}))
    assert found["q15"].show == 4


def test_choices_that_are_recoded_alike_are_all_kept(tmp_path):
    carried = qualtrics(
        tmp_path, {"QID1": {"Choices": choices("Yes", "No", "Perhaps"), "RecodeValues": {"1": "3", "2": "3"}}}
    )
    instrument = instrument_of(parse_yaml(laid_out(carried, "x"), "x"))
    assert [choice.code for choice in instrument.lists["q1"].choices] == [3, 2, 1]
    assert ("question Q1", "code '3' for the second time") in told(carried)


def test_the_ends_of_a_slider_keep_their_words(tmp_path):
    carried = qualtrics(tmp_path, {"QID5": {"Labels": choices("<b>Cold</b>", "Mild", "Warm"), "Language": []}})
    asked = items(carried)["q5_1"]
    assert (asked.low["en"], asked.high["en"]) == ("Cold", "Warm")
    assert ("question Q5", "word 'Mild' along the slider") in told(carried)


def test_what_stands_in_rows_orders_lengths_and_skips_of_qualtrics_is_told(tmp_path):
    rows = choices("Good", "Other")
    rows["2"] |= {"TextEntry": "true", "DisplayLogic": samples.logic("QID1", "1")}
    changes = {
        "QID3": {"Choices": rows},
        "QID2": {"Randomization": {"Type": "Subset", "TotalRandSubset": 2}},
        "QID4": {"Validation": {"Settings": {"Type": "CharRange", "MinChars": "5", "TotalChars": "50"}}},
    }
    skip = {"SkipToDestination": "ENDOFSURVEY", "Description": "If <strong>Yes</strong>, then end"}
    carried = qualtrics(tmp_path, changes, SkipLogic=[skip])
    assert {
        ("question Q3", "field to write into beside row 2"),
        ("question Q3", "display logic of row 2"),
        ("question Q2", "only 2 of the choices, drawn at random"),
        ("question Q4", "at least 5 characters"),
        ("question Q1", "skip 'If Yes, then end'"),
    } <= told(carried)
    assert items(carried)["q4"].max_length == 50


def test_logic_within_a_page_holds_and_a_choice_is_not_compared_by_size(tmp_path):
    logic = samples.logic("QID14", "9", operator="GreaterThan", right="5")
    changes = {"QID13": {"DisplayLogic": False, "InPageDisplayLogic": samples.logic("QID1", "1")}}
    carried = qualtrics(tmp_path, changes | {"QID15": {"DisplayLogic": logic}})
    assert items(carried)["q13"].relevant == "q1 == 1"
    assert items(carried)["q15"].relevant is None
    assert ("question Q15", "display or branch logic") in told(carried)


def test_points_defaults_and_headings_of_qualtrics_are_told(tmp_path):
    change = {"GradingData": [{"ChoiceID": "1"}], "DefaultChoices": {"1": {"Selected": True}}}
    change |= {"ChoiceGroups": {"0": {"GroupLabel": "Drinks"}}}
    configuration = {"CSSliderMin": 0, "CSSliderMax": 10, "NumDecimals": "1"}
    carried = qualtrics(tmp_path, {"QID1": change, "QID5": {"Configuration": configuration}})
    assert {
        ("question Q1", "points for answers"),
        ("question Q1", "default answers"),
        ("question Q1", "heading 'Drinks' of a group of choices"),
        ("question Q5", "1 decimals of the slider"),
    } <= told(carried)


def test_choices_carried_forward_are_those_of_the_question_they_come_from(tmp_path):
    source = {"QuestionType": "MC", "Selector": "MAVR", "Choices": choices("Red", "Blue"), "RecodeValues": {"2": "7"}}
    carry = {"DynamicChoices": {"Locator": "q://QID4/ChoiceGroup/SelectedChoices"}, "Language": []}
    chosen = {"QuestionType": "MC", "Selector": "SAVR", "Choices": {"3": {"Display": "None"}}, "RecodeValues": []}
    rows = {"QuestionType": "Matrix", "Selector": "Likert", "SubSelector": "SingleAnswer", "Choices": []}
    rows |= {"Answers": choices("Bad", "Good"), "ChoiceOrder": []}
    carried = qualtrics(tmp_path, {"QID4": source, "QID6": chosen | carry, "QID13": rows | carry})
    instrument = instrument_of(parse_yaml(laid_out(carried, "x"), "x"))
    asked = {item.name: item for item in instrument.items()}
    offered = [(choice.code, choice.label["en"]) for choice in instrument.lists["q6"].choices]
    assert offered == [(1, "Red"), (7, "Blue"), (3, "None")]
    assert asked["q6"].choice_filter == "code in q4 or code == 3"
    statements = {item.name: item.label["en"] for scale in instrument.scales.values() for item in scale.items}
    assert (statements["q13_x1"], statements["q13_x2"]) == ("Red", "Blue")
    assert ("question Q13", "rows carried forward") in told(carried)


def test_names_of_brands_are_plain_text(tmp_path):
    carried = qualtrics(tmp_path, {"QID2": {"Choices": choices("<b>A</b>lba &amp; Co", "Brio"), "Language": []}})
    assert carried.content.brands[0][1]["en"] == "Alba & Co"


# XLSForm -------------------------------------------------------------------------------------------------------------


def test_a_condition_with_two_faults_costs_no_question(tmp_path):
    form = """
| survey |
| | type | name | label | relevant |
| | select_one yn | a | Did you? | |
| | integer | b | How many? | ${a} = 'maybe' and ${a} != 'never' |
| choices |
| | list_name | name | label |
| | yn | yes | Yes |
| | yn | no | No |
"""
    carried = imported(tmp_path, "two.md", form.encode())
    assert "b" in items(carried)
    assert "survey row 5 (b)" in {loss.place for loss in carried.losses}
