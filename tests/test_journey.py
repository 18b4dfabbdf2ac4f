"""Once through everything by the command line: simulated respondents, export, analysis, a PDF for each brand."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from pypdf import PdfReader

from reports import languages
from survey_app.cli import LANGUAGES, main

PROJECT = Path(__file__).resolve().parent.parent
BRANDS = 6
# Enough to be analysed, few enough to be quick.
RESPONDENTS = 100


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    out = tmp_path_factory.mktemp("journey") / "demo"
    result = run("demo", "--out", out, "--respondents", RESPONDENTS, "--no-serve", "--lang", "zh")
    assert result.exit_code == 0, result.output
    return out


def test_the_demonstration_leaves_answers_findings_and_a_report_for_each_brand(demo):
    assert (demo / "answers.csv").exists()
    assert json.loads((demo / "findings.json").read_bytes())["study"]["simulated"] is True
    assert len(list((demo / "reports").glob("*_zh.pdf"))) == BRANDS


def test_every_page_of_a_report_says_that_the_respondents_were_simulated(demo):
    for path in (demo / "reports").glob("*.pdf"):
        for page in PdfReader(path).pages:
            assert "模拟" in page.extract_text()


def test_a_second_demonstration_in_the_same_folder_finds_everything_done(demo):
    before = (demo / "findings.json").read_bytes()
    result = run("demo", "--out", demo, "--respondents", RESPONDENTS, "--no-serve", "--lang", "en")
    assert result.exit_code == 0, result.output
    assert (demo / "findings.json").read_bytes() == before
    assert len(list((demo / "reports").glob("*_en.pdf"))) == BRANDS


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path):
    (tmp_path / "thesis.docx").write_text("mine")
    result = run("demo", "--out", tmp_path, "--no-serve")
    assert result.exit_code == 2
    assert "holds something else" in result.output


def test_an_export_goes_through_analysis_and_report_with_the_same_findings(demo, tmp_path):
    answers = tmp_path / "answers.csv"
    assert run("export", "--study", "demo", "--instance", demo, "--out", answers).exit_code == 0
    findings = tmp_path / "findings.json"
    result = run("analyse", answers, "--study", tmp_path / "answers.study.yaml", "--out", findings, "--json")
    assert result.exit_code == 0, result.output
    assert findings.read_bytes() == (demo / "findings.json").read_bytes()
    result = run("report", findings, "--brand", "velmora", "--lang", "en", "--out", tmp_path / "pdf")
    assert result.exit_code == 0, result.output
    [report] = (tmp_path / "pdf").glob("*.pdf")
    assert "Velmora Coffee" in PdfReader(report).pages[0].extract_text()


def test_analysis_and_report_need_neither_a_web_framework_nor_a_database(demo, tmp_path):
    program = (
        "import sys; sys.modules.update(dict.fromkeys(['flask', 'werkzeug', 'sqlalchemy', 'alembic', 'sqlite3']));"
        "from survey_app.cli import main; main()"
    )
    command = [sys.executable, "-c", program, "report", str(demo / "findings.json"), "--out", str(tmp_path)]
    done = subprocess.run(
        [*command, "--brand", "ostrelle", "--lang", "en"],
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(list(tmp_path.glob("*.pdf"))) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (
            ["analyse", "nowhere.csv", "--study", "instruments/studies/demo.yaml", "--out", "x.json"],
            1,
            "cannot be read",
        ),
        (["analyse", "README.md", "--study", "nowhere.yaml", "--out", "x.json"], 1, "there is no such file"),
        (["analyse", "README.md", "--study", "instruments/studies/demo.yaml", "--out", "x.json"], 1, "README.md"),
        (["report", "README.md", "--out", "x"], 1, "not a findings file"),
        (["report", "nowhere.json", "--out", "x"], 1, "cannot be read"),
        (["report", "nowhere.json", "--out", "README.md"], 2, "is a file"),
        (["analyse", "README.md", "--study", "nowhere.yaml", "--out", "instruments"], 2, "is a directory"),
        (["analyse", "README.md", "--study", "nowhere.yaml", "--out", "README.md/x.json"], 2, "cannot be made"),
        (["export", "--study", "nothing", "--out", "README.md/x.csv"], 2, "cannot be made"),
        (["demo", "--no-serve", "--out", "README.md"], 2, "is a file"),
        (["export", "--study", "nothing", "--out", "x.csv"], 2, "no study 'nothing' is published here"),
        (["check", "nowhere.yaml"], 1, "there is no such file"),
        (["serve", "instruments/studies/mobile_providers.yaml"], 2, "only a study with an `instrument`"),
        (["test"], 2, "run.py test"),
        (["publish"], 2, "No such command"),
    ],
)
def test_what_cannot_be_done_ends_with_a_sentence_and_a_code(arguments, code, said, monkeypatch, tmp_path):
    for name in ("README.md", "instruments"):
        (tmp_path / name).symlink_to(PROJECT / name)
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.exit_code == code, result.output
    assert said in result.output
    assert "Traceback" not in result.output


def test_an_unknown_brand_is_named_with_those_there_are(demo, tmp_path):
    result = run("report", demo / "findings.json", "--brand", "acme", "--out", tmp_path)
    assert result.exit_code == 2
    assert "no brand acme in these findings; there are velmora" in result.output


def test_twenty_answers_are_too_few(demo, tmp_path):
    lines = (demo / "answers.csv").read_text(encoding="utf-8").splitlines()[:21]
    few = tmp_path / "few.csv"
    few.write_text("\n".join(lines), encoding="utf-8")
    result = run("analyse", few, "--study", demo / "answers.study.yaml", "--out", tmp_path / "findings.json")
    assert result.exit_code == 1
    assert "at least 60" in result.output
    assert not (tmp_path / "findings.json").exists()


@pytest.mark.slow
def test_real_answers_of_four_providers_give_four_reports_and_nothing_is_made_up(shared, tmp_path):
    answers = shared / "data" / "seminr_corp_rep_data2.csv"
    if not answers.exists():
        pytest.skip(f"{answers} is absent: give its folder with --shared PATH")
    findings = tmp_path / "findings.json"
    study = PROJECT / "instruments" / "studies" / "mobile_providers.yaml"
    assert run("analyse", answers, "--study", study, "--out", findings).exit_code == 0
    assert run("report", findings, "--lang", "en", "--out", tmp_path / "pdf").exit_code == 0
    reports = [PdfReader(path) for path in sorted((tmp_path / "pdf").glob("*.pdf"))]
    assert len(reports) == 4
    for report in reports:
        text = " ".join("".join(page.extract_text() for page in report.pages).split())
        assert "What relationship customers want is left out: this study did not ask." in text
        assert "simulated" not in text.lower()


def test_the_command_line_offers_the_languages_that_reports_are_written_in():
    assert set(languages()) == set(LANGUAGES)
