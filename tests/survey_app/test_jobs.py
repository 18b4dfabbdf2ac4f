"""An analysis from asking to its end: done once for equal data, refused, cancelled, broken."""

import json
from pathlib import Path

import pytest

from analysis.errors import AnalysisError
from analysis.saving import dump_findings
from instruments.answer_files import AnswerFileError
from survey_app import jobs
from survey_app.config import read_settings
from survey_app.jobs import CancelledError, StoppedError
from survey_app.results import analyses
from survey_app.results.chain import WrittenReport
from survey_app.results.export import ExportedStudy
from survey_app.store import StoreUnavailableError, open_store
from tests.survey_app.small_findings import small_findings


class Chain:
    """A chain that computes nothing and counts how often it was asked to."""

    def __init__(self):
        self.answers = "_person,brand\np1,aurora\n"
        self.analysed = 0
        self.written = 0
        self.failure = None

    def export_study(self, _store, _key, out):
        out.write_text(self.answers, encoding="utf-8")
        study = out.with_suffix(".study.yaml")
        study.write_text("study: demo", encoding="utf-8")
        return ExportedStudy(out, study, 1)

    def analyse_study(self, _answers, _study, progress):
        self.analysed += 1
        progress(0.5, "factors")
        if self.failure:
            raise self.failure
        return dump_findings(small_findings())

    def write_reports(self, _findings, out, progress, **told):
        self.theme = told["theme"]
        self.written += 1
        written = [
            WrittenReport(brand, language, out / f"{brand}_{language}.pdf")
            for brand in ("aurora", "harbour", "tiny")
            for language in ("en", "zh")
        ]
        for report in written:
            report.path.write_bytes(b"%PDF")
        progress(1.0, "reports written")
        return written


@pytest.fixture
def chain(monkeypatch):
    made = Chain()
    monkeypatch.setattr(jobs, "chain", made)
    monkeypatch.setattr(jobs, "export_study", made.export_study)
    return made


@pytest.fixture
def settings(tmp_path):
    return read_settings(tmp_path, {}, {})


def run(settings, progress=lambda _fraction, _doing: None, **more):
    store = open_store(settings.database_url())
    try:
        return jobs.run(analyses.KIND, {"study": "demo", **more}, store, settings, progress)
    finally:
        store.close()


def test_rejected_sittings_are_left_out(settings, chain, monkeypatch):
    chain.answers = "_person,brand\np1,aurora\np2,aurora\n"
    monkeypatch.setattr(jobs.sitting_reviews, "rejected", lambda *_: frozenset({"p2"}))
    seen = []
    monkeypatch.setattr(chain, "analyse_study", lambda answers, *_: seen.append(answers.read_text()) or b"{}")

    run(settings)
    assert seen == ["_person,brand\np1,aurora\n"]


def test_other_choices_stand_in_the_study_file_that_is_analysed(settings, chain, monkeypatch):
    seen = []
    monkeypatch.setattr(chain, "analyse_study", lambda _, study, *__: seen.append(study.read_text()) or b"{}")

    run(settings, plan={"k_max": 6})
    assert "plan:\n  k_max: 6" in seen[0]


@pytest.mark.usefixtures("chain")
def test_an_analysis_leaves_findings_and_reports_under_its_digest(settings):
    outcome = run(settings)

    output = analyses.output(settings.instance, "demo", outcome.output_digest)
    assert outcome.state == "done"
    assert json.loads(output.findings.read_bytes())["study"]["key"] == "demo"
    assert [(f.brand, f.language) for f in output.report_files()][:3] == [
        ("aurora", "en"),
        ("aurora", "zh"),
        ("harbour", "en"),
    ]
    assert all((output.reports / file.name).exists() for file in output.report_files())


def test_equal_answers_are_analysed_once(chain, settings):
    first, second = run(settings), run(settings)

    assert first.output_digest == second.output_digest
    assert (chain.analysed, chain.written) == (1, 1)


def test_another_look_makes_reports_anew_and_analyses_nothing(chain, settings):
    first = run(settings)
    (settings.instance / "theme.yaml").write_text('main: "#7a1f5c"', encoding="utf-8")
    second = run(settings)

    assert chain.theme.main == "#7a1f5c"
    assert second.output_digest != first.output_digest
    assert (chain.analysed, chain.written) == (1, 2)


def test_changed_answers_are_analysed_again(chain, settings):
    first = run(settings)
    chain.answers += "p2,aurora\n"

    assert run(settings).output_digest != first.output_digest
    assert chain.analysed == 2


def test_what_an_interrupted_analysis_had_found_is_not_computed_again(chain, settings):
    def stop_at_the_reports(fraction, _doing):
        if fraction == 1.0:
            raise StoppedError

    with pytest.raises(StoppedError):
        run(settings, stop_at_the_reports)

    assert run(settings).state == "done"
    assert chain.analysed == 1
    assert not list(settings.instance.rglob("*.part"))


@pytest.mark.usefixtures("chain")
def test_progress_goes_from_nought_to_one_and_never_back(settings):
    seen = []
    run(settings, lambda fraction, doing: seen.append((fraction, doing)))

    fractions = [fraction for fraction, _ in seen]
    assert fractions == sorted(fractions)
    assert seen[0] == (0.0, "exporting answers")
    assert seen[-1] == (1.0, "reports written")


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        (
            AnalysisError("too_few", "41 persons are left; the plan asks for 60."),
            "41 persons are left; the plan asks for 60.",
        ),
        (AnswerFileError(Path("answers.csv"), ["has a header but no rows."]), "answers.csv: has a header but no rows."),
    ],
)
def test_data_that_cannot_carry_the_analysis_refuse_it_with_a_sentence(chain, settings, failure, sentence):
    chain.failure = failure

    outcome = run(settings)

    assert (outcome.state, outcome.error) == ("refused", sentence)
    assert not list(settings.instance.rglob("findings.json"))


def test_a_mistake_of_ours_breaks_the_job_and_is_logged_under_its_reference(chain, settings, caplog):
    chain.failure = ZeroDivisionError("secret detail")

    outcome = run(settings)

    assert outcome.state == "broken"
    assert outcome.error in caplog.text
    assert "secret detail" in caplog.text
    assert "secret detail" not in outcome.error


@pytest.mark.usefixtures("chain")
def test_a_cancelled_job_ends_cancelled(settings):
    def cancel(_fraction, _doing):
        raise CancelledError

    assert run(settings, cancel).state == "cancelled"


def test_a_database_out_of_reach_is_for_the_worker_to_handle(chain, settings):
    chain.failure = StoreUnavailableError("locked")

    with pytest.raises(StoreUnavailableError):
        run(settings)
