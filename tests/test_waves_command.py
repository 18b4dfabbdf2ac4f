"""The verb `waves`: files in, a file and sentences out, and what cannot be compared is refused with a sentence."""

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from survey_app.cli import main
from tests.analysis.simulated import DIMENSIONS, Simulation

SIMULATION = Simulation(persons=160, separation=1.3)


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def written_study(path, seven=7):
    """A study file that reads simulated answers."""
    scales = {
        name: {
            "label": {"en": name, "zh": name},
            "columns": [f"{name}_{j}" for j in range(3)],
            "range": [1, seven],
            "reversed": [f"{name}_1"],
            "dimension": name,
        }
        for name in DIMENSIONS
    }
    outcome = {"label": {"en": "Satisfaction", "zh": "满意度"}, "columns": ["sat"], "range": [1, 5], "primary": True}
    content = {
        "format": 1,
        "study": "two_waves",
        "title": {"en": "Two waves", "zh": "两轮调查"},
        "languages": ["en", "zh"],
        "simulated": True,
        "data": {
            "brand": "brand",
            "person": "_person",
            "weight": "_weight",
            "scales": scales,
            "outcomes": {"satisfaction": outcome},
            "current": "cur_family",
        },
        "brands": [{"key": f"b{i}", "name": {"en": f"Brand {i}", "zh": f"品牌{i}"}} for i in range(5)],
        "plan": {
            "k_max": 4,
            "null_draws": 19,
            "gaussian_draws": 19,
            "boot_resamples": 20,
            "parallel_draws": 100,
            "resamples": 100,
            "kmeans_starts": 5,
            "mixture_starts": 4,
            "loading_resamples": 0,
            "minimum_persons": 60,
        },
    }
    YAML().dump(content, path)
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Findings of one wave, the answers of both, and their study file."""
    folder = tmp_path_factory.mktemp("waves")
    study = written_study(folder / "study.yaml")
    earlier, later = folder / "earlier.csv", folder / "later.csv"
    SIMULATION.frame().to_csv(earlier, index=False)
    SIMULATION.later_frame(stay=0.9).to_csv(later, index=False)
    result = run("analyse", earlier, "--study", study, "--out", folder / "findings.json")
    assert result.exit_code == 0, result.output
    return folder


def test_two_waves_are_compared_and_written(files):
    out = files / "out" / "waves.json"
    result = run("waves", files / "findings.json", files / "later.csv", "--study", files / "study.yaml", "--out", out)
    assert result.exit_code == 0, result.output
    assert "simulated: True" in result.stdout
    assert "in the same group (95% interval" in result.stdout
    content = json.loads(out.read_bytes())
    assert content["schema_version"] == 1
    assert content["simulated"] is True
    assert content["n_both_ratings"] == 320
    assert content["retyping"]["agreement"]["value"] > 0.7
    assert content["plan"]["resamples"] == 100


def test_programs_read_numbers_and_people_read_sentences(files):
    arguments = ("waves", files / "findings.json", files / "later.csv", "--study", files / "study.yaml")
    told = run(*arguments, "--out", files / "one.json", "--json")
    numbers = json.loads(told.stdout)
    content = json.loads((files / "one.json").read_bytes())
    assert numbers["retest"] == content["retyping"]["agreement"]["value"]
    assert numbers["caveats"] == [caveat["code"] for caveat in content["caveats"]]
    words = run(*arguments, "--out", files / "two.json")
    assert "Those who come back may be more faithful than others." in words.stdout
    assert (files / "one.json").read_bytes() == (files / "two.json").read_bytes()


def test_earlier_answers_must_be_those_behind_the_findings(files):
    arguments = ("waves", files / "findings.json", files / "later.csv", "--study", files / "study.yaml")
    right = run(*arguments, "--out", files / "w.json", "--earlier-answers", files / "earlier.csv")
    assert right.exit_code == 0, right.output
    wrong = run(*arguments, "--out", files / "w.json", "--earlier-answers", files / "later.csv")
    assert wrong.exit_code == 1
    assert "not those behind the earlier findings" in wrong.output


def test_another_response_scale_is_refused_by_the_items_name(files):
    answers = pd.read_csv(files / "later.csv")
    items = [f"{name}_{j}" for name in DIMENSIONS for j in range(3)]
    answers[items] = answers[items].where(answers[items] < 0, np.minimum(answers[items], 5))
    answers.to_csv(files / "five.csv", index=False)
    study = written_study(files / "five.yaml", seven=5)
    result = run("waves", files / "findings.json", files / "five.csv", "--study", study, "--out", files / "w.json")
    assert result.exit_code == 1
    assert "warm_0 runs from 1 to 7" in result.output
    assert "here from 1 to 5" in result.output


def test_a_file_that_is_no_findings_is_refused(files):
    result = run("waves", files / "study.yaml", files / "later.csv", "--study", files / "study.yaml", "--out", "w.json")
    assert result.exit_code == 1
    assert "not a findings file" in result.output
