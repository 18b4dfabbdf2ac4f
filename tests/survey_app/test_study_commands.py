"""Studies before the field: played through, what is never reached is told, answers simulated and labelled."""

import csv
import json

import pytest
from click.testing import CliRunner

from instruments.study_file import load_study
from survey_app.cli import main
from survey_app.design.rehearsal import rehearse
from tests.survey_app.small_study import INSTRUMENT, STUDY


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def study(tmp_path):
    (tmp_path / "small.yaml").write_text(INSTRUMENT, encoding="utf-8")
    file = tmp_path / "study.yaml"
    text = STUDY.replace("instrument: small", "instrument: small.yaml\nretention: 2030-12-31")
    file.write_text(text, encoding="utf-8")
    return file


def test_check_plays_a_sound_study_and_tells_length_reading_balance_and_size(study):
    result = run("check", study, "--play", 60)
    assert result.exit_code == 0
    for word in ("played", "minutes", "reading", "brands", "plan"):
        assert f"\n  {word}" in result.output, result.output
    assert "60 simulated respondents" in result.output


def test_without_players_only_problems_are_told(study):
    assert "played" not in run("check", study, "--play", 0).output
    assert json.loads(run("check", "--json", study).stdout) == []


def test_a_page_that_nobody_comes_to_is_told_with_its_place(study):
    questionnaire = study.parent / "small.yaml"
    text = questionnaire.read_text(encoding="utf-8")
    page = "  - page: rare\n    title: {en: Rare, zh: 少}\n    relevant: language == 'xx'\n"
    page += "    questions: [{name: rare, type: text, label: {en: Rare?, zh: 少？}}]\n"
    questionnaire.write_text(text.replace("pages:\n", f"pages:\n{page}", 1), encoding="utf-8")
    result = run("check", study, "--play", 30)
    assert result.exit_code == 0
    line = questionnaire.read_text(encoding="utf-8").splitlines().index("  - page: rare") + 1
    assert f"notice: {questionnaire}:{line}:" in result.output
    assert "none of 30 simulated respondents came here" in result.output


def test_a_rehearsal_gives_the_same_again_and_counts_everybody(study):
    checked = load_study(study)
    first, again = rehearse(checked, 40), rehearse(checked, 40)
    assert first == again
    assert sum(first.statuses.values()) == 40
    assert sum(first.brands.values()) == sum(n * count for n, count in first.given.items())
    assert max(first.brands.values()) - min(first.brands.values()) <= 10
    assert first.stuck == {}


def test_simulated_answers_are_a_file_that_says_so(study, tmp_path):
    out = tmp_path / "out" / "answers.csv"
    result = run("simulate", study, "--respondents", 12, "--out", out)
    assert result.exit_code == 0, result.output
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["_simulated"] for row in rows} == {"1"}
    assert len({row["_person"] for row in rows}) == 12
    assert load_study(out.with_suffix(".study.yaml")).file.study == "coffee"
