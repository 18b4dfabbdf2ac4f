"""Reading answers made elsewhere: every problem of a file is named, and nothing wrong gets through."""

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
