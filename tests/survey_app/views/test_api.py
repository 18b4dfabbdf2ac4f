"""The HTTP interface: tokens and scopes, its description, and schemathesis, which holds one to the other."""

import json
import math

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import CHECKS, load_all_checks

from analysis.findings import TypingModel, TypingQuestion
from survey_app.access import accounts
from survey_app.access.permissions import SCOPES
from survey_app.api_description import describe
from survey_app.results.customers import type_answers
from survey_app.views.visitors import EXTENSION
from tests.survey_app.small_findings import small_findings
from tests.survey_app.views.people import browser_of, make_people
from tests.survey_app.views.test_console import Visitor

load_all_checks()
HELD = tuple(
    CHECKS.get_one(name)
    for name in (
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_schema_conformance",
        "ignored_auth",
    )
)
EVERYTHING = SCOPES


@pytest.fixture
def people(app):
    return make_people(app)


@pytest.fixture
def token(app, people):
    """Make a token of somebody's."""
    return lambda who, *scopes: accounts.make_token(app.extensions[EXTENSION].store, people[who].id, "test", scopes)


def ask(app, token, path, **how):
    return app.test_client().open(f"/api/v1{path}", headers={"Authorization": f"Bearer {token}"}, **how)


@pytest.mark.parametrize(
    ("asked", "path", "status"),
    [
        (("editor", EVERYTHING), "/studies/coffee/answers", 200),
        (("editor", ("findings",)), "/studies/coffee/answers", 403),
        (("viewer", EVERYTHING), "/studies/coffee/answers", 403),
        (("viewer", EVERYTHING), "/studies", 200),
        (("stranger", EVERYTHING), "/studies/coffee/answers", 403),
        (("brand_manager", EVERYTHING), "/studies/coffee/findings", 403),
        (("owner", EVERYTHING), "/studies/coffee/findings", 404),
        (("administrator", EVERYTHING), "/studies/nowhere/answers", 404),
    ],
)
def test_a_token_opens_what_its_scopes_and_its_owners_rights_both_allow(app, token, asked, path, status):
    who, scopes = asked
    answer = ask(app, token(who, *scopes), path)

    assert answer.status_code == status
    if status >= 400:
        assert answer.json.keys() == {"error", "detail"}


def test_a_browsers_session_opens_nothing(app, people):
    client = browser_of(app, "administrator", people)

    assert client.get("/api/v1/studies").status_code == 401
    assert client.post("/api/v1/studies/coffee/type", json={"answers": [{}]}).status_code == 401


def test_only_studies_with_a_right_are_listed(app, token):
    listed = ask(app, token("stranger", "studies"), "/studies")

    assert listed.json == []
    (one,) = ask(app, token("viewer", "studies"), "/studies").json
    assert (one["key"], one["brands"][0]["name"]["en"]) == ("coffee", "Alba & Sons")


def test_answers_come_a_line_for_each_rating(app, browser, token):
    browser.go_to_statements()

    lines = ask(app, token("editor", "answers"), "/studies/coffee/answers").text.splitlines()
    assert [json.loads(line)["_status"] for line in lines] == ["partial"]


def test_typing_tells_archetype_probabilities_and_rules(app, token):
    model = TypingModel(
        version="v1",
        study="coffee",
        simulated=True,
        archetypes=tuple(kind.key for kind in small_findings().archetypes.archetypes),
        labels=tuple(kind.label for kind in small_findings().archetypes.archetypes),
        questions=(TypingQuestion("warm1", {"en": "I like it"}, 1.0, 3.0),),
        constants=(0, -400, *(-9_000 for _ in small_findings().archetypes.archetypes[2:])),
        coefficients=((0,), (200,), *((0,) for _ in small_findings().archetypes.archetypes[2:])),
        scale=100,
        unsure_below=50,
    )
    told = type_answers(model, [{"warm1": 1.0}, {"warm1": 3.0, "other": 9.0}, {"warm1": 2.0}, {"warm1": 99.0}, {}])

    assert [one.archetype for one in told] == [*model.archetypes[:2], model.archetypes[0], None, None]
    assert [one.unsure for one in told] == [False, False, True, True, True]
    assert told[1].probabilities[model.archetypes[1]] == pytest.approx(1 / (1 + math.exp(-2)))
    answer = ask(app, token("editor", "typing"), "/studies/coffee/type", method="POST", json={"answers": [{}]})
    assert answer.status_code == 404


def test_the_description_names_every_route(app):
    rules = {
        rule.rule.removeprefix("/api/v1").replace("<int:", "{").replace("<", "{").replace(">", "}")
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api.")
    }
    assert describe("1")["paths"].keys() == rules


@pytest.mark.parametrize("with_findings", [False, True])
def test_every_answer_is_as_described(app, token, with_findings):
    if with_findings:
        Visitor(app).put_findings(small_findings())
    authorised = {"Authorization": f"Bearer {token('administrator', *EVERYTHING)}"}
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)

    for operation in schema.get_all_operations():

        @settings(max_examples=15, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
        @given(case=operation.ok().as_strategy(), here=st.booleans())
        def held(case, here):
            if here and "study" in case.path_parameters:
                case.path_parameters["study"] = "coffee"
            case.call_and_validate(headers=authorised, checks=HELD)

        held()


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("status=partial&sound=1&since=2020-01-01&answered_in=en&source=open", 200),
        ("status=done", 400),
        ("brand=nobody", 400),
        ("answered_in=fr", 400),
        ("since=yesterday", 400),
        ("form=doc", 400),
        ("form=csv&shape=round", 400),
        ("form=csv&language=fr", 400),
        ("form=csv&status=complete", 404),
    ],
)
def test_only_what_there_is_can_be_asked_for(app, browser, token, query, status):
    browser.go_to_statements()
    answer = ask(app, token("editor", "answers"), f"/studies/coffee/answers?{query}")

    assert answer.status_code == status
    if status == 200:
        assert len(answer.text.splitlines()) == 1
    elif status == 400:
        assert query.rpartition("=")[2] in answer.json["detail"]


def test_answers_come_as_files_with_a_codebook_to_read_them(app, browser, token):
    browser.go_to_statements()
    browser.answer(q1="3", q2="4")
    key = token("editor", "answers")

    whole = ask(app, key, "/studies/coffee/answers?form=csv&shape=wide")
    assert whole.mimetype == "text/csv"
    header = whole.text.splitlines()[0].split(",")
    described = [column["name"] for column in ask(app, key, "/studies/coffee/codebook").json["columns"]]
    assert {"_person", "_status", "age"} <= {*header} & {*described}
    assert "warm1__b1" in header
    assert ask(app, key, "/studies/coffee/answers?form=xlsx").data.startswith(b"PK")


def test_scores_of_scales_stand_at_the_end_where_they_are_asked_for(app, browser, token):
    key = token("editor", "answers")
    assert not ask(app, key, "/studies/coffee/answers?scores=1").data
    browser.go_to_statements()
    browser.answer(q1="3", q2="4")

    plain, scored = (ask(app, key, f"/studies/coffee/answers?form=ndjson{also}").text for also in ("", "&scores=1"))
    assert {**json.loads(plain), "score_warm": "3"} == json.loads(scored)
    header, row = ask(app, key, "/studies/coffee/answers?form=csv&scores=1").text.splitlines()
    assert (header.split(",")[-1], row.split(",")[-1]) == ("score_warm", "3")
