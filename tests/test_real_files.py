"""Files of other people through the whole chain by a study file alone: real ones, and small ones with a flaw each."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from pypdf import PdfReader

from survey_app.cli import main

PROJECT = Path(__file__).resolve().parent.parent
STUDIES = PROJECT / "instruments" / "studies"

QUICK = """
plan: {null_draws: 19, gaussian_draws: 19, k_max: 3, kmeans_starts: 5, boot_resamples: 20, resamples: 100,
  parallel_draws: 100, rotation_starts: 2, loading_resamples: 5, prediction_splits: 2, resample_starts: 1,
  mixture_starts: 2, mixture_finalists: 1, reduced_starts: 1, robustness_folds: 2, wild_draws: 99, typing_folds: 2,
  confidence_draws: 10, stable_strength: 0.05}
"""

BANK = """\
format: 1
study: bank
title: {en: Customers of a bank}
languages: [en]
data:
  scales:
    image: {label: {en: Image}, columns: [imag1, imag2, imag3, imag4, imag5], range: [0, 10]}
    expectation: {label: {en: Expectation}, columns: [expe1, expe2, expe3, expe4, expe5], range: [0, 10]}
    quality: {label: {en: Quality}, columns: [qual1, qual2, qual3, qual4, qual5], range: [0, 10]}
    worth: {label: {en: Worth}, columns: [val1, val2, val3, val4], range: [0, 10]}
  outcomes:
    satisfaction: {label: {en: Satisfaction}, columns: [sat1, sat2, sat3, sat4], range: [0, 10], primary: true}
    loyalty: {label: {en: Loyalty}, columns: [loy1, loy2, loy3, loy4], range: [0, 10]}
  background: {demographic: [gender]}
brands: [{key: bank, name: {en: The bank}}]
"""

SWITCHING = """\
format: 1
study: switching
title: {en: Switching the provider}
languages: [en]
data:
  scales:
    investment: {label: {en: Investment}, columns: [INV1, INV2, INV3, INV4], range: [1, 5]}
    satisfaction: {label: {en: Satisfaction}, columns: [SAT1, SAT2, SAT3], range: [1, 5]}
  outcomes:
    switching: {label: {en: Switching}, columns: [INT1, INT2], range: [1, 5], better: low, primary: true}
  invalid: {INT2: [6]}
brands: [{key: provider, name: {en: The provider}}]
"""

CARS = """\
format: 1
study: cars
title: {en: Buyers of cars}
languages: [en]
data:
  brand: model
  codes: {True: 1, False: 0, bad: 1, neutral: 2, good: 3}
  scales:
    sense:
      label: {en: Good sense}
      columns: [ch_economy, ch_service, ch_quality, ch_reliability, ch_resale_value, ch_safety, ch_consumption]
      range: [0, 1]
    pleasure:
      label: {en: Pleasure}
      columns: [ch_driving_properties, ch_power, ch_sporty, ch_styling, ch_technology, ch_character]
      range: [0, 1]
    judgement: {label: {en: Judgement}, columns: [good1, good2, good3, good4, good5, good6, good7], range: [1, 3]}
  outcomes:
    dissatisfaction: {label: {en: Dissatisfaction}, columns: [satisfaction], range: [1, 10], better: low}
  background: {demographic: [gender, occupation, household], behavioural: [usage, leasing, tempo]}
brands:
  - {key: A, name: {en: Model A}}
  - {key: B, name: {en: Model B}}
  - {key: C, name: {en: Model C}}
  - {key: D, name: {en: Model D}}
"""


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def findings_of(answers, study, tmp_path):
    """Findings of the whole chain, its reports drawn and its typing tool, where there is one, written."""
    checked = run("check", study)
    assert checked.exit_code == 0, checked.output
    found = tmp_path / "findings.json"
    done = run("analyse", answers, "--study", study, "--out", found)
    assert done.exit_code == 0, done.output
    drawn = run("report", found, "--lang", "en", "--out", tmp_path / "pdf")
    assert drawn.exit_code == 0, drawn.output
    findings = json.loads(found.read_bytes())
    assert len(list((tmp_path / "pdf").glob("*.pdf"))) == len(findings["brands"])
    typed = run("typing", found, "--out", tmp_path / "typing")
    assert typed.exit_code == (0 if findings["typing_tool"] else 1), typed.output
    return findings


def data(shared, name):
    path = shared / "data" / name
    if not path.exists():
        pytest.skip(f"{path} is absent: give its folder with --shared PATH")
    return path


def written(tmp_path, text):
    path = tmp_path / "study.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "text", "size"),
    [
        ("plspm_satisfaction.csv", BANK, (1, 250)),
        ("csem_switching.csv", SWITCHING, (1, 767)),
        ("flexclust_auto.csv", CARS, (4, 793)),
    ],
)
def test_real_answers_go_through_the_whole_chain(shared, tmp_path, name, text, size):
    brands, rows = size
    found = findings_of(data(shared, name), written(tmp_path, text + QUICK), tmp_path)
    assert found["sample"]["exclusions"][0]["n_persons"] == rows
    assert len(found["brands"]) == brands
    assert ("one_brand" in {caveat["code"] for caveat in found["caveats"]}) == (brands == 1)


@pytest.mark.slow
def test_yes_and_no_about_one_chain_go_through_the_whole_chain(shared, tmp_path):
    text = (STUDIES / "fast_food.yaml").read_text(encoding="utf-8") + QUICK
    found = findings_of(data(shared, "mcdonalds_msa.csv"), written(tmp_path, text), tmp_path)
    assert found["sample"]["exclusions"][0]["n_persons"] == 1453
    [brand] = found["value"]["brands"]
    # 131 never, 252 once, 342 four times, 439 monthly, 235 weekly, 54 more often
    visits = (252 + 342 * 4 + 439 * 12 + 235 * 52 + 54 * 104) / 1453
    assert brand["stated"]["frequency"]["value"] == pytest.approx(visits, rel=0.05)
    segmentations = {explained["by"] for explained in found["robustness"]["explained"]}
    assert {"demographic", "behavioural"} <= segmentations
    text = " ".join(PdfReader(next((tmp_path / "pdf").glob("*.pdf"))).pages[0].extract_text().split())
    assert "simulated" not in text.lower()


STUDY = """\
format: 1
study: trial
title: {en: Trial}
languages: [en]
data:
  brand: brand
  scales:
    zeal: {label: {en: Zeal}, columns: [a0, a1, a2], range: [1, 7]}
    doubt: {label: {en: Doubt}, columns: [b0, b1, b2], range: [1, 7]}
    ease: {label: {en: Ease}, columns: [c0, c1, c2], range: [1, 7]}
  outcomes:
    satisfaction: {label: {en: Satisfaction}, columns: [sat], range: [1, 5]}
brands:
  - {key: north, name: {en: North}}
  - {key: south, name: {en: South}}
"""


@pytest.fixture
def answers():
    """Two kinds of people, three scales, two brands."""
    rng = np.random.default_rng(1)
    kind = rng.integers(0, 2, 240)
    factors = np.column_stack([kind * 2.0, kind * -1.5, rng.normal(size=240)]) + 0.7 * rng.normal(size=(240, 3))
    table = {
        f"{scale}{item}": np.clip(np.round(4 + factors[:, i] + 0.7 * rng.normal(size=240)), 1, 7).astype(int)
        for i, scale in enumerate("abc")
        for item in range(3)
    }
    table["sat"] = np.clip(np.round(3 + 0.6 * factors[:, 0] + 0.6 * rng.normal(size=240)), 1, 5).astype(int)
    return pd.DataFrame(table | {"brand": rng.choice(["north", "south"], 240)})


def analysed(table, tmp_path, study=STUDY):
    table.to_csv(tmp_path / "answers.csv", index=False)
    return findings_of(tmp_path / "answers.csv", written(tmp_path, study + QUICK), tmp_path)


def refused(table, tmp_path, study=STUDY):
    table.to_csv(tmp_path / "answers.csv", index=False)
    study = written(tmp_path, study + QUICK)
    done = run("analyse", tmp_path / "answers.csv", "--study", study, "--out", tmp_path / "findings.json")
    assert done.exit_code == 1
    return done.output.strip().splitlines()[-1]


def test_an_answer_that_one_person_gave_is_no_obstacle(answers, tmp_path):
    answers["c2"] = 1
    answers.loc[0, "c2"] = 7
    assert analysed(answers, tmp_path)["archetypes"] is not None


@pytest.mark.parametrize("value", [4, ""])
def test_an_item_that_does_not_vary_is_named(answers, tmp_path, value):
    answers["b1"] = value
    assert refused(answers, tmp_path).startswith("All answers to b1 are the same or missing (1 of 9 items).")


def test_one_short_scale_is_too_little(answers, tmp_path):
    study = "\n".join(line for line in STUDY.splitlines() if "doubt:" not in line and "ease:" not in line)
    assert "an analysis needs at least 6. Name more scales" in refused(answers, tmp_path, study)
