"""What is taken along from results, the map, and two analyses side by side: shown in words, sent, written down."""

import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from openpyxl import load_workbook

from analysis.findings import Flow, MapPoint, RelationshipMap, Typology
from analysis.saving import dump_findings
from survey_app import analyses
from survey_app.store import audit, jobs
from survey_app.views.visitors import EXTENSION
from tests.reports.findings_builder import whole_findings as everything_found
from tests.survey_app.small_findings import small_findings
from tests.survey_app.views.people import make_person, signed_in

STUDY = "/studies/coffee"
HOSTILE = '<script>alert("x")</script>'
LANGUAGES = ("en", "zh", "de", "es")


def whole_findings():
    """Findings with flows, a map and hostile names."""
    found = small_findings(hostile_name=HOSTILE)
    aurora = replace(found.brands[0], flows=(Flow("love", "friends", 30, 0.6), Flow("friends", "friends", 20, 0.4)))
    points = (
        MapPoint("relationship", "strangers", 0, 0),
        MapPoint("brand", "harbour", 1, 1),
        MapPoint("archetype", "a1", 1, 0),
    )
    held = Typology(("warm",), 0, {}, (), (), RelationshipMap(points, 0.8, 0.1), ())
    return replace(found, brands=(aurora, *found.brands[1:]), typology=held)


@pytest.fixture
def put(app):
    """Leave findings as an analysis does, under a digest of one letter repeated."""
    console = app.extensions[EXTENSION]

    def leave(found, letter, study="coffee"):
        analyses.ask(console.store, study)
        output = analyses.output(console.settings.instance, study, letter * 64)
        output.keep_findings(dump_findings(found))
        output.keep_reports(output.new_reports_folder(), [])
        now = datetime.now(UTC)
        with console.store.transaction() as tx:
            job = jobs.claim(tx, "w", now=now, lease=timedelta(minutes=1), tries=3)
            jobs.finish(tx, job, "done", now=now, output_digest=letter * 64)
        return job.id

    return leave


@pytest.fixture
def viewer(app):
    return signed_in(app, make_person(app, "vi", "researcher", [("coffee", "viewer", ""), ("tea", "viewer", "")]))


def test_results_show_flows_and_a_map_and_what_is_missing_in_words(viewer, put):
    put(whole_findings(), "f")

    for language in LANGUAGES:
        page = viewer.get(f"{STUDY}/results?lang={language}").text
        assert f"{STUDY}/results/flows.svg?lang={language}&amp;brand=aurora" in page
        assert page.count('class="spot ') == 3
        assert "&lt;script&gt;alert" in page
        assert "<script>" not in page
    page = viewer.get(f"{STUDY}/results?lang=en").text
    for missing in ("No typing tool", "No strategies", "this study did not ask", "Nothing to show"):
        assert missing in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_section_shows_what_was_found(viewer, put, language):
    found = everything_found()
    put(found, "f")

    page = viewer.get(f"{STUDY}/results?lang={language}").text

    for name in ("drivers", "value", "typing"):
        assert f"{STUDY}/results/pictures/{name}.png?lang={language}" in page
    assert f"{STUDY}/results/typing/query.sql" in page
    assert page.count('class="choice"') == len(found.strategies.choices)
    assert found.value.currency in page
    rounded, _, _ = page.partition('id="reproduce"')  # the plan is told word for word
    assert not re.search(r"\d[.,]\d{5,}", re.sub(r"<[^>]*>", " ", rounded))


def test_pictures_and_typing_tools_are_sent_and_written_down(app, viewer, put):
    put(whole_findings(), "f")

    svg = viewer.get(f"{STUDY}/results/pictures/flows.svg?brand=aurora&lang=en")
    png = viewer.get(f"{STUDY}/results/pictures/map.png?lang=zh")
    unknown = ("pictures/flows.svg?brand=../x", "pictures/map.gif", "pictures/nothing.svg", "typing/query.sql")

    assert svg.headers["Content-Disposition"] == "attachment; filename=SIMULATED_coffee_flows_aurora.svg"
    assert "SIMULATED" in svg.text
    assert png.data.startswith(b"\x89PNG")
    assert {viewer.get(f"{STUDY}/results/{path}").status_code for path in unknown} == {404}
    with app.extensions[EXTENSION].store.reading() as tx:
        noted = [entry.subject for entry in audit.latest(tx, limit=10) if entry.action == "results.picture"]
    assert "flows svg aurora" in noted


def test_two_analyses_are_told_apart(viewer, put):
    assert "nothing to compare" in viewer.get(f"{STUDY}/compare?lang=en").text
    first = put(whole_findings(), "e")
    manifest = replace(whole_findings().manifest, plan={"seed": 20261, "k_min": 3, "k_max": 5, "exclude_flags": 2})
    second = put(replace(whole_findings(), manifest=manifest), "f")

    for language in LANGUAGES:
        page = viewer.get(f"{STUDY}/compare?lang={language}")
        assert page.status_code == 200
        assert "<code>k_min</code>" in page.text
        assert "<script>" not in page.text
    assert viewer.get(f"{STUDY}/compare?first={first}&second=999").status_code == 200
    sent = viewer.get(f"{STUDY}/compare/workbook.xlsx?first={first}&second={second}")
    book = load_workbook(io.BytesIO(sent.data))
    assert [[cell.value for cell in row] for row in book["plan"].rows][1:] == [["k_min", 2, 3]]
    assert book.sheetnames == ["manifest", "plan", "sample", "factors", "archetypes", "brands"]
    assert "SIMULATED_coffee" in sent.headers["Content-Disposition"]


def test_an_analysis_of_a_study_one_may_not_see_cannot_be_compared(app, put):
    mine = put(whole_findings(), "e")
    other = put(whole_findings(), "f", study="tea")
    stranger = signed_in(app, make_person(app, "st", "researcher", [("coffee", "owner", "")]))

    assert stranger.get(f"{STUDY}/compare/workbook.xlsx?first={mine}&second={other}").status_code == 404
    assert f'value="{other}"' not in stranger.get(f"{STUDY}/compare").text
