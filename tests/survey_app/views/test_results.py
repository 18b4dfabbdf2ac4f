"""What is taken along from results, the map, and two analyses side by side: shown in words, sent, written down."""

import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from openpyxl import load_workbook

from analysis.findings import (
    Caveat,
    Change,
    Drift,
    Estimate,
    FactorAgreement,
    Flow,
    ItemShift,
    MapPoint,
    RelationshipMap,
    ShareChange,
    Stability,
    Typology,
    WaveFindings,
)
from analysis.saving import dump_findings, dump_waves
from survey_app.results import analyses
from survey_app.store import audit, jobs
from survey_app.views.visitors import EXTENSION
from tests.reports.findings_builder import whole_findings as everything_found
from tests.survey_app.small_findings import estimate, small_findings
from tests.survey_app.small_study import publish_small_study
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
    publish_small_study(console.store, key="tea")

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


def two_waves(found):
    """What a later wave may say: shares, who moved, one item that drifted."""
    change = Estimate(-0.05, -0.1, 0.0, 200)
    drift = Drift(
        items=(
            ItemShift("warm_1", estimate(4), estimate(3), Estimate(-0.4, -0.6, -0.2, 200), estimate(1), drifted=True),
        ),
        factors=(FactorAgreement("f1", Estimate(0.8, 0.7, 0.84, 200), drifted=True),),
        shares=(ShareChange("a1", estimate(0.46), estimate(0.41), change),),
        far=None,
        far_expected=0.05,
        stability_index=None,
        stability_p=None,
        typing=None,
        typing_earlier=None,
    )
    moves = (Change("a1", "a1", estimate(0.7)), Change("a1", "a2", estimate(0.3)))
    kept = Stability("archetype", 90, estimate(0.71), estimate(0.6), moves)
    return WaveFindings(
        schema_version=1,
        earlier=found.study,
        later=found.study,
        earlier_sha256="a" * 64,
        later_sha256="b" * 64,
        simulated=True,
        plan={},
        n_persons=200,
        n_ratings=400,
        n_both_persons=90,
        n_both_ratings=160,
        drift=drift,
        retyping=kept,
        picks=None,
        wanting=None,
        predictions=(),
        dealbreakers=(),
        archetype_dealbreakers=(),
        caveats=(Caveat("simulated", "study", {}),),
    )


def test_two_waves_show_shares_moves_and_drift(app, viewer, put):
    console = app.extensions[EXTENSION]
    first, second = put(whole_findings(), "e", study="tea"), put(whole_findings(), "f")
    asked = f"{STUDY}/compare?first={first}&second={second}&lang=en"
    assert "As two waves" in viewer.get(asked).text
    analyses.ask_waves(
        console.store, "coffee", analyses.finished_runs(console.store, console.settings.instance, "tea")[0]
    )
    place = analyses.waves_file(console.settings.instance, "coffee", "d" * 64)
    place.write_bytes(dump_waves(two_waves(whole_findings())))
    with console.store.transaction() as tx:
        now = datetime.now(UTC)
        job = jobs.claim(tx, "w", now=now, lease=timedelta(minutes=1), tries=3)
        jobs.finish(tx, job, "done", now=now, output_digest="d" * 64)

    page = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", viewer.get(asked).text))
    book = load_workbook(io.BytesIO(viewer.get(asked.replace("compare?", "compare/workbook.xlsx?")).data))

    assert "Persons in both 90" in page
    assert "Close and warm 46% 41–51% 41% 36–46% −5 −10 to 0%" in page
    assert "Before / now Close and warm Distant, matter-of-fact Close and warm 70% 30%" in page
    assert "warm_1 −0.40" in page
    assert "Not known: no ratings" in page  # of families, which nobody picked in both waves
    assert "drifted" in page
    moved = [[cell.value for cell in row][:4] for row in book["wave changes"].rows]
    assert moved[1:] == [["archetype", "a1", "a1", 0.7], ["archetype", "a1", "a2", 0.3]]
    assert f"{STUDY}/compare" in viewer.get(f"{STUDY}/jobs/{job.id}").text


def test_only_who_may_analyse_asks_for_a_comparison_of_waves(app, viewer, put):
    app.config["WTF_CSRF_ENABLED"] = False
    first, second = put(whole_findings(), "e", study="tea"), put(whole_findings(), "f")
    path = f"{STUDY}/compare/waves?first={first}&second={second}"
    editor = signed_in(app, make_person(app, "ed", "researcher", [("coffee", "editor", ""), ("tea", "viewer", "")]))

    assert viewer.post(path).status_code == 403
    assert editor.post(path.replace(f"second={second}", f"second={first}")).status_code == 400
    sent = editor.post(path)
    assert sent.status_code == 303
    assert sent.headers["Location"] == editor.post(path).headers["Location"]
