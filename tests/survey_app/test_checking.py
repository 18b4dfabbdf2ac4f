"""Studies whose plan cannot be used: told with line and remedy, by every command and by the job, never a traceback."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from survey_app import jobs
from survey_app.cli import main
from survey_app.config import read_settings
from survey_app.results import analyses
from survey_app.results.export import ExportedStudy
from survey_app.store import open_store
from tests.survey_app.small_study import INSTRUMENT, STUDY

PLAN = "plan:\n  kmax: 4\n  k_min: 9\n"


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def study(tmp_path):
    """A sound study file with its questionnaire; a plan is added to it."""
    (tmp_path / "small.yaml").write_text(INSTRUMENT, encoding="utf-8")
    file = tmp_path / "study.yaml"
    text = STUDY.replace("instrument: small", "instrument: small.yaml\nretention: 2030-12-31")
    file.write_text(text, encoding="utf-8")
    return file


def add(study, text):
    study.write_text(study.read_text(encoding="utf-8") + text, encoding="utf-8")


def test_a_study_without_a_plan_is_checked_without_the_statistics(study):
    code = (
        "import sys; from pathlib import Path; from survey_app.design.checking import CheckedFiles;"
        "checked = CheckedFiles.of([Path(sys.argv[1])]); assert not checked.played(0).all_problems;"
        "assert not {'analysis', 'numpy', 'pandas', 'scipy', 'sklearn'} & {*sys.modules}"
    )
    subprocess.run([sys.executable, "-c", code, study], check=True)


def test_a_sound_plan_passes(study):
    add(study, "plan: {k_max: 4}\n")
    assert run("check", study, "--play", 0).exit_code == 0


def test_check_names_the_line_and_the_remedy(study):
    lines = len(study.read_text(encoding="utf-8").splitlines())
    add(study, PLAN)
    result = run("check", study)
    assert result.exit_code == 1
    assert f"{study}:{lines + 2}:3: plan.kmax: unknown key 'kmax' (did you mean 'k_max'?)" in result.output
    (problem,) = json.loads(run("check", "--json", study).stdout)
    assert (problem["line"], problem["place"]) == (lines + 2, "plan.kmax")


def test_check_tells_of_the_plan_beside_all_else_in_the_order_of_lines(study):
    add(study, "plan:\n  k_max: 1\nlnaguages: [en]\n")
    found = json.loads(run("check", "--json", study).stdout)
    assert [problem["place"] for problem in found] == ["plan.k_max", "lnaguages"]


def test_an_analysis_is_refused_with_a_sentence_and_writes_nothing(study, tmp_path):
    add(study, PLAN)
    (tmp_path / "answers.csv").write_text("_person,brand\n1,alba\n", encoding="utf-8")
    result = run("analyse", tmp_path / "answers.csv", "--study", study, "--out", tmp_path / "findings.json")
    assert result.exit_code == 1
    assert "The study's plan cannot be used: unknown key 'kmax' (did you mean 'k_max'?)" in result.output
    assert "Traceback" not in result.output
    assert not (tmp_path / "findings.json").exists()


def test_a_job_ends_refused_with_the_same_sentence(study, tmp_path, monkeypatch):
    add(study, "plan:\n  k_min: 11\n")

    def export(_store, _study, out):
        out.write_text("_person,brand\n1,alba\n", encoding="utf-8")
        return ExportedStudy(out, study, 1)

    monkeypatch.setattr(jobs, "export_study", export)
    store = open_store(f"sqlite:///{tmp_path / 'empty.sqlite'}")
    ended = jobs.run(analyses.KIND, {"study": "coffee"}, store, read_settings(tmp_path, {}, {}), lambda *_: None)
    store.close()
    assert ended.state == "refused"
    assert "k_min 11 is greater than k_max 10" in ended.error
