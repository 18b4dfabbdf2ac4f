"""Reading answers made elsewhere: every problem of a file is named, and nothing wrong gets through."""

from copy import deepcopy
from pathlib import Path

import pytest

from instruments.answer_files import AnswerFileError, read_answers
from instruments.measures import NOT_ANSWERED, measures_of_mapping
from instruments.study_file import Study, StudyFile

MAPPED = {
    "format": 1,
    "study": "banks",
    "title": {"en": "Banks"},
    "languages": ["en"],
    "brands": [{"key": "1", "name": {"en": "North"}}, {"key": "2", "name": {"en": "South"}}],
    "data": {
        "brand": "bank",
        "scales": {"likeability": {"label": {"en": "Likeability"}, "columns": ["like_1", "like_2"], "range": [1, 7]}},
        "outcomes": {"satisfaction": {"label": {"en": "Satisfaction"}, "columns": ["sat"], "range": [1, 5]}},
        "missing": [99],
        "invalid": {"like_2": [9]},
    },
}


@pytest.fixture
def study():
    file = StudyFile.model_validate(MAPPED)
    return Study(file, measures_of_mapping(file.data, file.brands), None, "")


def mapped(*, brands=None, without=(), **data):
    """The same study, its data part changed."""
    described = deepcopy(MAPPED)
    described["data"] |= data
    for key in without:
        del described["data"][key]
    described["brands"] = brands or described["brands"]
    file = StudyFile.model_validate(described)
    return Study(file, measures_of_mapping(file.data, file.brands), None, "")


@pytest.fixture
def answers(tmp_path):
    def write(text, name="answers.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return write


def problems(path, study):
    with pytest.raises(AnswerFileError) as refused:
        read_answers(path, study)
    return refused.value.problems


def test_codes_are_numbers_and_missing_ones_are_marked(answers, study):
    table = read_answers(answers("bank,like_1,like_2,sat,note\n1,7,9,5,x\n2.0,,3,99,y\n"), study)
    assert list(table.frame["bank"]) == ["1", "2"]
    assert list(table.frame["like_1"]) == [7, NOT_ANSWERED]
    assert list(table.frame["like_2"]) == [NOT_ANSWERED, 3]
    assert list(table.frame["sat"]) == [5, NOT_ANSWERED]
    assert "note" not in table.frame
    assert len(table.sha256) == 64


def test_a_byte_order_mark_of_a_spreadsheet_is_no_part_of_the_header(answers, study):
    table = read_answers(answers("bank,like_1,like_2,sat\n1,7,6,5\n", encoding="utf-8-sig"), study)
    assert list(table.frame["bank"]) == ["1"]


def test_all_wrong_values_are_named_at_once_with_their_rows(answers, study):
    found = problems(answers("bank,like_1,like_2,sat\n1,good,3,4\n3,2,8,4\n1,2,3,6\n2,2,3,7\n"), study)
    assert len(found) == 4
    assert "column 'like_1', row 2: 'good'" in found[0]
    assert "column 'like_2', row 3: '8'" in found[1]
    assert "column 'sat', row 4: '6'" in found[2]
    assert "2 rows in all" in found[2]
    assert "column 'bank', row 3: '3'" in found[3]


def test_a_missing_column_is_named_with_the_nearest_one_there_is(answers, study):
    [found] = problems(answers("bank,like1,like_2,sat\n1,2,3,4\n"), study)
    assert "'like_1' (did you mean 'like_2'?)" in found or "'like_1' (did you mean 'like1'?)" in found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty"),
        ("  \n", "the file is empty"),
        ("bank,like_1,like_2,sat\n", "a header but no rows"),
        ("bank,bank,like_1,like_2,sat\n1,1,2,3,4\n", "named twice: bank"),
        ("bank,like_1,like_2,sat\n1,2,3,4\n1,2,3,4,5,6\n", "line 3 has more or fewer cells"),
        ("bank,like_1,like_2,sat\n1,2,3,4,5\n1,2,3,4,5\n", "line 2 has more or fewer cells"),
        ("bank,like_1,like_2,sat\n1,2,3,4\n1,2\n", "line 3 has more or fewer cells"),
        ('bank,like_1,like_2,sat\n"1,2,3,4\n', "is not a table"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_one_sentence(answers, study, text, said):
    [found] = problems(answers(text), study)
    assert said in found
    assert "\n" not in found


def test_text_in_another_encoding_is_named(answers, study):
    [found] = problems(answers("bank,like_1,like_2,sat,né\n1,2,3,4,5\n", encoding="latin-1"), study)
    assert "is not utf-8 text" in found


def test_a_file_that_is_not_there_is_refused(study):
    [found] = problems(Path("nowhere.csv"), study)
    assert "cannot be read" in found


def test_a_row_without_a_brand_is_refused_where_no_questionnaire_explains_it(answers, study):
    [found] = problems(answers("bank,like_1,like_2,sat\n,2,3,4\n"), study)
    assert "column 'bank', row 2" in found


def test_the_mark_of_simulated_answers_is_read_whether_or_not_the_study_names_it(answers, study):
    table = read_answers(answers("bank,like_1,like_2,sat,_simulated\n1,2,3,4,1\n2,2,3,4,0\n"), study)
    assert list(table.frame["_simulated"]) == [1, 0]
    [found] = problems(answers("bank,like_1,like_2,sat,_simulated\n1,2,3,4,yes\n"), study)
    assert "column '_simulated', row 2: 'yes'" in found


HEADER = "bank,like_1,like_2,sat\n"


def test_words_become_the_numbers_that_the_study_file_gives_them(answers):
    study = mapped(codes={"Yes": 7, "No": 1}, codes_of={"sat": {"No": 2, "Very, very good": 5}}, missing=["Don't know"])
    text = HEADER + '1,Yes,No,No\n2, Yes ,3,"Very, very good"\n2,Don\'t know,NA,4\n'
    frame = read_answers(answers(text), study).frame
    assert list(frame["like_1"]) == [7, 7, NOT_ANSWERED]
    assert list(frame["like_2"]) == [1, 3, NOT_ANSWERED]
    assert list(frame["sat"]) == [2, 5, 4]


def test_words_without_a_number_are_named_with_the_line_that_gives_them_one(answers, study):
    [found] = problems(answers(HEADER + '1,2,3,4\n1,2,3,"so-so"\n1,2,3,good\n1,2,3,good\n'), study)
    assert "column 'sat', row 3: 'so-so' — expected a number (3 rows in all)" in found
    assert '`codes_of: {"sat": {"so-so": …, "good": …}}`' in found


def test_many_words_are_counted_and_not_all_listed(answers, study):
    rows = "".join(f"1,2,3,word {i}\n" for i in range(30))
    [found] = problems(answers(HEADER + rows), study)
    assert "(and 18 more)" in found


def test_codes_are_the_same_however_a_program_writes_the_number(answers, study):
    frame = read_answers(answers(HEADER + "1.0,7.0,9.0,99.00\n"), study).frame
    assert list(frame["bank"]) == ["1"]
    assert [frame[name][0] for name in ("like_1", "like_2", "sat")] == [7, NOT_ANSWERED, NOT_ANSWERED]


def test_decimal_commas_are_read_where_the_study_says_so_and_named_where_not(answers):
    text = "bank;like_1;like_2;sat\n1;2,5;3;4,0\n"
    frame = read_answers(answers(text), mapped(decimal=",", separator=";")).frame
    assert (frame["like_1"][0], frame["sat"][0]) == (2.5, 4)
    found = problems(answers(text), mapped(separator=";"))
    assert all('`decimal: ","`' in said for said in found)


def test_a_file_about_one_brand_needs_no_brand_column(answers):
    study = mapped(without=["brand"], brands=[{"key": "north", "name": {"en": "North"}}])
    frame = read_answers(answers("like_1,like_2,sat\n1,2,3\n4,5,5\n"), study).frame
    assert list(frame[study.measures.brand]) == ["north", "north"]


def test_brands_are_known_by_key_by_name_and_by_words_of_the_study_file(answers):
    study = mapped(codes_of={"bank": {"Bank of the South": 2}}, invalid={"bank": ["other"]})
    frame = read_answers(answers(HEADER + "1,2,3,4\nNorth,2,3,4\nBank of the South,2,3,4\nother,2,3,4\n"), study).frame
    assert list(frame["bank"]) == ["1", "1", "2", ""]
    [found] = problems(answers(HEADER + "East Bank,2,3,4\n"), study)
    assert '`codes_of: {"bank": {"East Bank": <key of the brand>}}`' in found


def test_a_file_in_another_encoding_is_read_where_the_study_names_it(answers):
    text = "Bänk,like_1,like_2,sat\nNörd,2,3,4\n"
    study = mapped(brand="Bänk", codes_of={"Bänk": {"Nörd": 1}}, encoding="windows-1252")
    assert list(read_answers(answers(text, encoding="windows-1252"), study).frame["Bänk"]) == ["1"]
    study = mapped(brand="Bänk", codes_of={"Bänk": {"Nörd": 1}}, encoding="utf-16")
    assert list(read_answers(answers(text, encoding="utf-16"), study).frame["Bänk"]) == ["1"]


def test_empty_lines_are_left_out_and_rows_keep_the_number_of_their_line(answers, study):
    frame = read_answers(answers("\n" + HEADER + "1,2,3,4\n\n,,,\n2,2,3,4\n,,,\n \n\n"), study).frame
    assert list(frame["bank"]) == ["1", "2"]
    [found] = problems(answers(HEADER + '1,2,3,4\n\n,,,\n"1",2,3,x\n'), study)
    assert "row 5: 'x'" in found


def test_columns_named_twice_matter_only_where_they_are_used(answers, study):
    frame = read_answers(answers("bank,,note,like_1,like_2,sat,note,\n1,a,b,2,3,4,c,d\n"), study).frame
    assert list(frame["like_1"]) == [2]
    [found] = problems(answers("bank,like_1,like_2,sat,sat\n1,2,3,4,5\n"), study)
    assert "named twice: sat" in found


def test_another_separator_is_recognised(answers, study):
    [found] = problems(answers((HEADER + "1,2,3,4\n").replace(",", ";")), study)
    assert 'separator: ";"' in found


def test_every_row_has_a_respondent_where_a_column_names_them(answers):
    [found] = problems(answers("id,bank,like_1,like_2,sat\na,1,2,3,4\n,1,2,3,4\n"), mapped(person="id"))
    assert "column 'id', row 3" in found
    assert "leave `person` out" in found


def test_worth_remedy_and_background_are_read_with_their_words(answers):
    study = mapped(
        value={"frequency": {"column": "visits", "amounts": {"Never": 0, "Weekly": 52}}, "spend": {"column": "paid"}},
        remedy={"column": "wanted", "labels": {"refund": {"en": "Money back"}}},
        background={"demographic": ["gender"]},
    )
    header = "bank,like_1,like_2,sat,visits,paid,wanted,gender\n"
    frame = read_answers(answers(header + "1,2,3,4,Weekly,12.5,refund,female\n1,2,3,4,,,,\n"), study).frame
    assert frame["visits"][0] == "Weekly"
    assert list(frame["paid"]) == [12.5, NOT_ANSWERED]
    assert (frame["wanted"][0], frame["gender"][0]) == ("refund", "female")
    found = problems(answers(header + "1,2,3,4,Often,much,voucher,\n"), study)
    assert [said.split(":")[0] for said in found] == [
        "column 'visits', row 2",
        "column 'paid', row 2",
        "column 'wanted', row 2",
    ]


def test_picks_are_families_of_the_catalogue(answers):
    study = mapped(current="now", codes_of={"now": {"Friend": "friends"}})
    header = "bank,like_1,like_2,sat,now\n"
    frame = read_answers(answers(header + "1,2,3,4,Friend\n1,2,3,4,none_fits\n1,2,3,4,\n"), study).frame
    assert list(frame["now"]) == ["friends", "none_fits", str(NOT_ANSWERED)]
    [found] = problems(answers(header + "1,2,3,4,Stranger\n"), study)
    assert "expected one of distant, friends, " in found
