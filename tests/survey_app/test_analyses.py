from datetime import timedelta

import pytest

from survey_app.results import analyses
from survey_app.results.analyses import ReportFile
from survey_app.store import jobs


def written(folder, **contents):
    folder.mkdir(exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_text(content, encoding="utf-8")
    return list(folder.iterdir())


def put_reports(output, *files):
    folder = output.new_reports_folder()
    for file in files:
        (folder / file.name).write_bytes(b"%PDF " + file.name.encode())
    output.keep_reports(folder, files)


def test_asking_twice_gives_the_same_analysis(store):
    first = analyses.ask(store, "coffee")

    assert analyses.ask(store, "coffee").id == first.id
    assert analyses.ask(store, "tea").id != first.id


def test_asking_after_the_end_gives_another_analysis(store):
    first = analyses.ask(store, "coffee")
    analyses.cancel(store, first)

    assert analyses.ask(store, "coffee").id != first.id


def test_an_analysis_of_another_study_is_not_found(store):
    job = analyses.ask(store, "coffee")

    assert analyses.find(store, "coffee", job.id) == job
    assert analyses.find(store, "tea", job.id) is None
    assert analyses.of_study(store, "tea") == ()


def test_the_digest_follows_content_and_name_and_nothing_else(tmp_path):
    digest = analyses.output_digest(written(tmp_path / "a", answers="1", study="plan"))

    assert digest == analyses.output_digest(reversed(written(tmp_path / "b", study="plan", answers="1")))
    assert digest != analyses.output_digest(written(tmp_path / "c", answers="2", study="plan"))
    assert digest != analyses.output_digest(written(tmp_path / "d", answers="1", study="other plan"))
    assert digest != analyses.output_digest(written(tmp_path / "e", answer="1", study="plan"))


def test_another_program_gives_another_digest(tmp_path, monkeypatch):
    files = written(tmp_path / "a", answers="1")
    digest = analyses.output_digest(files)
    monkeypatch.setattr(analyses, "PACKAGES", analyses.PACKAGES[:2])

    assert analyses.output_digest(files) != digest


def test_reports_appear_all_at_once(tmp_path):
    output = analyses.output(tmp_path, "coffee", "f" * 64)
    output.keep_findings(b"{}")

    assert not output.is_complete
    put_reports(output, ReportFile("aurora", "en", "a.pdf"))

    assert output.is_complete
    assert output.report("aurora", "en").read_bytes() == b"%PDF a.pdf"
    assert output.report("aurora", "zh") is None
    assert output.report("../../secret", "en") is None


def test_of_two_workers_with_equal_reports_the_first_stays(tmp_path):
    output = analyses.output(tmp_path, "coffee", "f" * 64)
    put_reports(output, ReportFile("aurora", "en", "a.pdf"))
    put_reports(output, ReportFile("aurora", "en", "a.pdf"))

    assert [path.name for path in output.folder.iterdir()] == ["reports"]


@pytest.mark.parametrize("is_kept", [True, False])
def test_the_latest_analysis_is_one_whose_output_is_there(store, noon, tmp_path, is_kept):
    for digest in ("a" * 64, "b" * 64):
        analyses.ask(store, "coffee")
        with store.transaction() as tx:
            job = jobs.claim(tx, "w", now=noon, lease=timedelta(minutes=1), tries=3)
            jobs.finish(tx, job, "done", now=noon, output_digest=digest)
    outputs = [analyses.output(tmp_path, "coffee", digest * 64) for digest in ("ab" if is_kept else "a")]
    for output in outputs:
        output.keep_findings(b"{}")
        put_reports(output)

    job, found = analyses.latest_output(store, tmp_path, "coffee")

    assert found == outputs[-1]
    assert job.output_digest == found.folder.name
