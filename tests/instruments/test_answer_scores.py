"""Scores of scales stand beside the answers: the numbers of the analysis, labelled, in every format, when asked for."""

import csv
import json

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from analysis.dataset import Dataset
from instruments.answer_files import AnswerFileError, read_answers
from instruments.answer_tables.convert import FORMS, convert
from instruments.study_file import parse_study
from tests.analysis.simulated import INFO
from tests.instruments.test_answer_formats import answers, rows  # noqa: F401 - fixtures
from tests.survey_app.small_study import INSTRUMENT, STUDY

DATED = INSTRUMENT.replace(
    "      - {name: words,",
    "      - {name: since, type: date, required: false, label: {en: Since?, zh: 从何时起？}}\n      - {name: words,",
).replace('我会想念${brand}。"}}', '我会想念${brand}。"}, reversed: true}')
# Agreement runs from 1 to 3: (3, refused), (not drawn, 1 turned into 3), (2, left open), (no brand rated).
SCORES = [3, 3, 2, np.nan]


@pytest.fixture(scope="module")
def study():
    return parse_study(STUDY, DATED)


def test_the_score_is_that_of_the_analysis(answers, study, tmp_path):  # noqa: F811 - fixtures
    there = convert(answers, study, tmp_path / "there.csv", scores=True)
    frame = pd.read_csv(there.answers)
    assert list(frame.columns)[-1] == "score_warm"
    np.testing.assert_array_equal(frame["score_warm"], SCORES)
    analysed = Dataset.from_frame(
        read_answers(answers, study).frame, study.measures, INFO, sha256="0" * 64
    ).scale_scores[:, 0]
    np.testing.assert_array_equal(analysed, SCORES[:3])


@pytest.mark.parametrize("form", FORMS)
def test_every_format_holds_it_and_gives_the_answers_back(answers, study, tmp_path, form):  # noqa: F811 - fixtures
    there = convert(answers, study, tmp_path / f"there.{form}", shape="wide", scores=True)
    again = convert(there.answers, study, tmp_path / "again.csv", shape="long", scores=True)
    np.testing.assert_array_equal(pd.read_csv(again.answers)["score_warm"], SCORES)
    convert(again.answers, study, tmp_path / "twice.csv", scores=True)
    assert (tmp_path / "twice.csv").read_bytes() == again.answers.read_bytes()
    convert(there.answers, study, tmp_path / "back.csv", shape="long")
    assert (tmp_path / "back.csv").read_bytes() == answers.read_bytes()


def test_programs_are_told_what_it_is(answers, study, tmp_path):  # noqa: F811 - fixtures
    written = convert(answers, study, tmp_path / "a.sav", language="zh", scores=True)
    raw, about = pyreadstat.read_sav(str(written.answers))
    assert about.column_names_to_labels["score_warm"] == "温情 (得分，1至3)"
    assert about.variable_measure["score_warm"] == "scale"
    np.testing.assert_array_equal(raw["score_warm"], SCORES)
    _, about = pyreadstat.read_dta(str(convert(answers, study, tmp_path / "a.dta", scores=True).answers))
    assert about.column_names_to_labels["score_warm"] == "Warmth (score, 1 to 3)"
    told = json.loads((tmp_path / "a.codebook.json").read_text(encoding="utf-8"))["columns"][-1]
    assert (told["name"], told["kind"], told["scale"]) == ("score_warm", "number", "warm")


def test_without_being_asked_for_nothing_is_added(answers, study, tmp_path):  # noqa: F811 - fixtures
    convert(answers, study, tmp_path / "there.csv")
    assert (tmp_path / "there.csv").read_bytes() == answers.read_bytes()


def test_an_answer_of_that_name_is_not_taken_for_a_score(answers, tmp_path):  # noqa: F811 - fixtures
    named = parse_study(STUDY, DATED.replace("name: age\n", "name: score_warm\n").replace("age <", "score_warm <"))
    with answers.open(encoding="utf-8", newline="") as file:
        header, *body = list(csv.reader(file))
    with answers.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["score_warm" if name == "age" else name for name in header], *body])
    with pytest.raises(AnswerFileError, match="score_warm: rename"):
        convert(answers, named, tmp_path / "there.csv", scores=True)
