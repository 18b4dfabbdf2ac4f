"""Commands over files of answers and of translations: what they write, what they say, how they end."""

import json
import shutil

import pandas as pd
import pyreadstat
import pytest
from click.testing import CliRunner

from instruments.loader import LIBRARY
from instruments.measures import NOT_SHOWN
from survey_app.cli import main


@pytest.fixture
def run():
    """Run a command; gives its exit code and what it said as JSON, or as text where it ended badly."""

    def _run(*arguments, code=0):
        result = CliRunner().invoke(main, [*map(str, arguments)])
        assert result.exit_code == code, result.output
        return json.loads(result.stdout) if "--json" in arguments and result.stdout else result.output

    return _run


@pytest.fixture
def interviewed(browser):
    """One respondent who rated two brands."""
    browser.go_to_statements(brands=("1", "2", "3"))
    for _ in range(2):
        browser.answer(q1="3", q2="4")
    browser.answer(q1="=1+1")


@pytest.mark.usefixtures("interviewed")
@pytest.mark.parametrize("form", ["csv", "sav", "dta", "parquet", "xlsx"])
def test_a_study_is_exported_in_every_format_and_analysed_from_it(run, tmp_path, form):
    out, instance = tmp_path / "out" / f"answers.{form}", tmp_path / "instance"
    told = run("export", "--study", "coffee", "--out", out, "--instance", instance, "--json")
    assert told["rows"] == 2
    names = {path.name for path in out.parent.iterdir()}
    codebook = {"answers.codebook.json", "answers.codebook.csv"}
    study = {"answers.study.yaml", "answers.instrument.yaml"}
    assert names == {out.name, f"{out.name}.py", f"{out.name}.R"} | codebook | study
    back = tmp_path / "back.csv"
    run("convert", out, "--study", out.with_suffix(".study.yaml"), "--out", back)
    run("export", "--study", "coffee", "--out", tmp_path / "direct.csv", "--instance", instance)
    assert back.read_bytes() == (tmp_path / "direct.csv").read_bytes()


@pytest.mark.usefixtures("interviewed")
def test_a_study_is_exported_wide_with_labels_in_a_language(run, tmp_path):
    out = tmp_path / "wide.sav"
    asked = ("--shape", "wide", "--lang", "zh", "--instance", tmp_path / "instance")
    told = run("export", "--study", "coffee", "--out", out, *asked, "--json")
    assert told["rows"] == 1
    assert "column _person is called sys_person" in told["note"]
    raw, about = pyreadstat.read_sav(str(out), user_missing=True)
    assert about.column_names_to_labels["warm2__b2"] == "我会想念[品牌]。 – 第2个品牌"
    assert sorted([raw["warm1__b1"][0], raw["warm2__b1"][0]]) == [-98, 3]


@pytest.mark.usefixtures("interviewed")
def test_a_person_without_ratings_keeps_a_row_in_every_shape(app, run, tmp_path):
    from tests.survey_app.respondents import Browser  # noqa: PLC0415 - a second respondent

    second = Browser(app)
    second.enter()
    second.answer(q1="1")
    second.answer(q1="40", q2="1")
    out = tmp_path / "wide.parquet"
    run("export", "--study", "coffee", "--out", out, "--shape", "wide", "--instance", tmp_path / "instance")
    frame = pd.read_parquet(out).set_index("_ratings")
    assert frame.loc[0, "warm1__b1"] == NOT_SHOWN
    assert frame.loc[0, "brand__b1"] == ""


@pytest.mark.usefixtures("app")
def test_a_study_without_answers_is_not_exported(run, tmp_path):
    out = tmp_path / "answers.sav"
    told = run("export", "--study", "coffee", "--out", out, "--instance", tmp_path / "instance", code=1)
    assert "study coffee: nobody has answered yet" in told
    assert not out.exists()


def test_what_cannot_be_written_or_read_ends_with_a_sentence(run, tmp_path):
    missing = run("convert", tmp_path / "no.csv", "--study", tmp_path / "no.yaml", "--out", tmp_path / "x.sav", code=1)
    assert "no.yaml" in missing
    assert "Traceback" not in missing


def test_a_study_file_is_proposed_and_reads_its_answers(run, tmp_path):
    answers = tmp_path / "bank answers.csv"
    table = {f"trust{at}": [1, 5, 3, 2, 4, 5] * 20 for at in (1, 2, 3)} | {"bank": ["A", "B", "C"] * 40}
    pd.DataFrame(table).to_csv(answers, index=False)
    told = run("propose", answers, "--out", tmp_path / "study.yaml", "--json")
    assert told["still to mend"] == []
    assert run("check", tmp_path / "study.yaml").startswith("1 file(s), 0 problem(s)")


def test_texts_go_out_and_come_back(run, tmp_path):
    file = tmp_path / "pulse.yaml"
    shutil.copy(LIBRARY / "pulse.yaml", file)
    before = file.read_bytes()
    for out in (tmp_path / "pulse.xlf", tmp_path / "pulse.xlsx"):
        sent = run("translate", "export", file, "--lang", "de", "--out", out, "--json")
        told = run("translate", "import", file, out, "--json")
        assert (told["changed"], told["same"]) == (0, sent["texts"])
    assert file.read_bytes() == before
    assert "adjudicated" in run("translate", "status", file, "--lang", "de")
    run("translate", "review", file, "--out", tmp_path / "review.html")
    assert '<span lang="zh">' in (tmp_path / "review.html").read_text(encoding="utf-8")


def test_translations_of_another_file_and_into_the_source_are_refused(run, tmp_path):
    file = tmp_path / "pulse.yaml"
    shutil.copy(LIBRARY / "pulse.yaml", file)
    run("translate", "export", file, "--lang", "de", "--out", tmp_path / "x.xlf")
    other = file.rename(tmp_path / "other.yaml")
    assert "texts of pulse.yaml, not of other.yaml" in run("translate", "import", other, tmp_path / "x.xlf", code=1)
    run("translate", "export", other, "--lang", "en", "--out", tmp_path / "x.xlf", code=2)


def test_a_missing_translation_ends_with_its_name(run, tmp_path):
    file = tmp_path / "half.yaml"
    file.write_text("languages: [en, de]\ntitle: {en: Title}\nshort: {en: ' ', de: ''}\n", encoding="utf-8")
    told = run("translate", "status", file, code=1)
    assert "half.yaml:2:1: title: the text in 'de' is missing" in told
