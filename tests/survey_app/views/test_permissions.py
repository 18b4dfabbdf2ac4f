"""Every route and who may go there: one table, and a route that is not in it fails."""

import pytest

from survey_app.access.permissions import RULES
from survey_app.store import accounts
from survey_app.views.visitors import EXTENSION
from tests.survey_app.views.people import ACTORS, PEOPLE, browser_of, make_people

EVERYBODY = frozenset(ACTORS)
PERSONS = frozenset(PEOPLE)
ADMINISTRATOR = frozenset({"administrator"})
OWNERS = ADMINISTRATOR | {"owner"}
EDITORS = OWNERS | {"editor"}
VIEWERS = EDITORS | {"viewer"}
CREATORS = VIEWERS | {"stranger"}
SEERS = VIEWERS | {"researcher_link"}
WORKERS = EDITORS | {"researcher_link"}
READERS = SEERS | {"reports_link"}
OF_ALBA = READERS | {"brand_manager"}
OF_ANY_BRAND = OF_ALBA | {"other_brand"}
DENIED = {401, 403}

ALLOWED = {
    "visitors.open_link": frozenset(),  # the token decides, not the visitor: a wrong one opens to nobody
    "accounts.home": EVERYBODY,
    "accounts.sign_in": EVERYBODY,
    "accounts.set_up": frozenset(),  # as above
    "accounts.password_link": frozenset(),  # as above
    "accounts.forgotten": EVERYBODY,
    "accounts.sign_out": PERSONS,
    "accounts.sign_out_everywhere": PERSONS,
    "accounts.own_account_page": PERSONS,
    "accounts.change_password": PERSONS,
    "accounts.second_factor": PERSONS,
    "accounts.make_token": PERSONS,
    "accounts.revoke_token": PERSONS,
    "people.people_page": ADMINISTRATOR,
    "people.invite": ADMINISTRATOR,
    "people.change_person": ADMINISTRATOR,
    "people.link_for": ADMINISTRATOR,
    "people.audit_page": ADMINISTRATOR,
    "people.audit_file": ADMINISTRATOR,
    "studies.studies_page": PERSONS,
    "studies.sharing_page": OWNERS,
    "studies.share": OWNERS,
    "studies.unshare": OWNERS,
    "design.new_study": CREATORS,
    "design.upload": CREATORS,
    "design.design_page": EDITORS,
    "design.change_facts": EDITORS,
    "design.change_files": EDITORS,
    "design.publish": EDITORS,
    "design.simulate": EDITORS,
    "design.file": EDITORS,
    "design.preview": EDITORS,
    "design.preview_page": EDITORS,
    "modules.modules_page": EDITORS,
    "modules.save_modules": EDITORS,
    "parts.parts_page": EDITORS,
    "parts.save_brand": EDITORS,
    "parts.save_quota": EDITORS,
    "parts.save_source": EDITORS,
    "texts.texts_page": EDITORS,
    "texts.save_text": EDITORS,
    "texts.write_out_modules": EDITORS,
    "texts.add_language": EDITORS,
    "researcher.study_page": SEERS,
    "researcher.figures_now": SEERS,
    "researcher.set_status": EDITORS,
    "researcher.sittings_page": EDITORS,
    "researcher.review": EDITORS,
    "researcher.job_page": SEERS,
    "researcher.job_state": SEERS,
    "researcher.results": SEERS,
    "researcher.data": WORKERS,
    "researcher.findings": WORKERS,
    "researcher.analyse": WORKERS,
    "researcher.cancel": WORKERS,
    "researcher.archive": WORKERS,
    "researcher.table": SEERS,
    "researcher.drawing": SEERS,
    "researcher.rename": WORKERS,
    "results.picture": SEERS,
    "results.typing_export": SEERS,
    "comparison.compare_page": SEERS,
    "comparison.compare_workbook": SEERS,
    "comparison.ask_waves": WORKERS,
    "plan.plan_page": WORKERS,
    "plan.analyse_with": WORKERS,
    "verbatims.verbatims_page": SEERS,
    "verbatims.mark": WORKERS,
    "verbatims.add_code": WORKERS,
    "verbatims.remove_code": WORKERS,
    "verbatims.sheet": WORKERS,
    "verbatims.take_sheet": WORKERS,
    "verbatims.make_reports": WORKERS,
    "front_line.customer": EDITORS | {"front_line"},
    "api.description": EVERYBODY,
    # Programs come with tokens; a browser's session opens nothing here (test_api.py).
    "api.studies": frozenset(),
    "api.answers": frozenset(),
    "api.codebook": frozenset(),
    "api.findings": frozenset(),
    "api.type_answers": frozenset(),
    "api.webhooks": frozenset(),
    "api.make_webhook": frozenset(),
    "api.remove_webhook": frozenset(),
    "api.try_webhook": frozenset(),
    "api.webhook_deliveries": frozenset(),
    "api.send_webhook_again": frozenset(),
    "webhooks.webhooks_page": EDITORS,
    "webhooks.make": EDITORS,
    "webhooks.remove": EDITORS,
    "webhooks.try_out": EDITORS,
    "webhooks.send_again": EDITORS,
    "letters.letters_page": EDITORS,
    "letters.invite": EDITORS,
    "letters.remind": EDITORS,
    "letters.retract": EDITORS,
    "brand_manager.reports_page": OF_ANY_BRAND,
    "brand_manager.report": OF_ALBA,
    "brand_manager.web_report": OF_ALBA,
    "brand_manager.brand_page": OF_ALBA,
    "brand_manager.theme_colours": OF_ALBA,
    "brand_manager.theme_logo": OF_ALBA,
    "report_documents.of_brand": OF_ALBA,
    "report_documents.of_study": SEERS,
    "brand_manager.take_on": WORKERS | {"brand_manager"},
    "brand_manager.bring_up_to_date": WORKERS | {"brand_manager"},
    "report_links.links_page": OWNERS,
    "report_links.make_link": OWNERS,
    "report_links.withdraw_link": OWNERS,
}
# Open to the world by their nature, each guarded by tests of its own; a whole room with a star.
PUBLIC = {"static", "site.*", "respondent.*"}
ARGUMENTS = {
    "study": "coffee",
    "job_id": 1,
    "name": "answers.csv",
    "brand": "alba",
    "language": "en",
    "token": "forged",
    "token_id": 999,
    "account_id": 999,
    "which": "study",
    "kind": "query.sql",
    "document": "cards",
    "at": 1,
    "pseudonym": "NOBODY",
    "ending": "csv",
    "action": "0" * 16,
    "link": "0" * 16,
    "webhook_id": 999,
    "delivery_id": 999,
    "letter": 999,
    "webhook": 999,
    "delivery": 999,
}


@pytest.fixture
def open_app(app):
    """The application without its tokens in forms: what is tested here is the gate."""
    app.config["WTF_CSRF_ENABLED"] = False
    return app


def routes(app):
    """Every route of the console with a path to it and the ways to ask for it."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.split(".")[0] in app.extensions[EXTENSION].blueprints:
            values = {name: ARGUMENTS[name] for name in rule.arguments}
            with app.test_request_context():
                path = app.url_for(rule.endpoint, **values)
            yield from ((rule.endpoint, method, path) for method in rule.methods & {"GET", "POST", "PUT", "DELETE"})


def test_every_route_has_a_row(app):
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    unlisted = {
        endpoint
        for endpoint in endpoints
        if endpoint not in ALLOWED and endpoint not in PUBLIC and f"{endpoint.split('.')[0]}.*" not in PUBLIC
    }

    assert unlisted == set(), "say in ALLOWED who may go there"
    assert ALLOWED.keys() <= endpoints
    assert {endpoint for endpoint in ALLOWED if RULES.rule(endpoint) is None} == set()
    assert {endpoint for endpoint in RULES.of if endpoint not in endpoints} == set()


@pytest.mark.parametrize("actor", ACTORS)
def test_the_gate_lets_in_whom_the_table_names(open_app, actor):
    people = make_people(open_app)
    wrong = []
    for endpoint, method, path in routes(open_app):
        status = browser_of(open_app, actor, people).open(path, method=method, buffered=True).status_code
        if (status not in DENIED) != (actor in ALLOWED[endpoint]):
            wrong.append((endpoint, method, status))

    assert wrong == []


def test_a_route_without_a_rule_is_closed_to_everybody(open_app, monkeypatch):
    people = make_people(open_app)
    monkeypatch.setattr(type(RULES), "rule", lambda *_: None)

    assert browser_of(open_app, "administrator", people).get("/studies").status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/reports/coffee/brio/en.pdf",
        "/reports/coffee/brio/en",
        "/reports/coffee/cova/en.pdf",
        "/reports/coffee/brio/en/workbook",
        "/studies/coffee/documents/en/study",
        "/reports/tea",
    ],
)
def test_a_brand_manager_reaches_no_other_brand_and_no_other_study(open_app, path):
    people = make_people(open_app)

    assert browser_of(open_app, "brand_manager", people).get(path).status_code == 403


@pytest.mark.parametrize("status", ["disabled", "invited"])
def test_an_account_that_is_not_active_opens_nothing(open_app, status):
    people = make_people(open_app)
    client = browser_of(open_app, "owner", people)
    assert client.get("/studies/coffee").status_code == 200
    with open_app.extensions[EXTENSION].store.transaction() as tx:
        accounts.change(tx, people["owner"].id, status=status)

    assert client.get("/studies/coffee").status_code == 403
