"""The customer page: one customer by key, and nothing of anybody else."""

from dataclasses import replace

import pytest

from analysis.findings import Membership
from survey_app.store import sittings
from survey_app.store.sittings import Beginnings
from survey_app.store.tables import panel_entry
from tests.survey_app.small_findings import small_findings
from tests.survey_app.views.people import make_person, signed_in
from tests.survey_app.views.test_console import Visitor

CUSTOMER = "/customers/coffee"


@pytest.fixture
def served(app, noon):
    """Somebody at a counter, and a customer the panel knows as K-17."""
    app.config["WTF_CSRF_ENABLED"] = False
    visitor, found = Visitor(app), small_findings()
    kind = found.archetypes.archetypes[0]
    share = tuple(0.83 if one is kind else 0.17 for one in found.archetypes.archetypes)
    member = Membership(
        person="PERSON1", brand=found.brands[0].key, archetype=kind.key, margin=0.5, scores=(), probabilities=share
    )
    visitor.put_findings(replace(found, archetypes=replace(found.archetypes, memberships=(member,))))
    with visitor.console.store.transaction() as tx:
        made = sittings.create(
            tx, "coffee", 1, language="en", seed=1, draw="", now=noon, beginnings=Beginnings(pseudonym="PERSON1")
        )
        entry = {"study": "coffee", "source": "crm", "uid": "K-17", "sitting": made.id, "kept": {}}
        tx.execute(panel_entry.insert().values(entry))
    return signed_in(app, make_person(app, "fay", "front_line", [("coffee", "front_line", "")])), found


def test_a_customer_is_found_by_key_and_pseudonym(served):
    client, found = served
    for key in ("K-17", "PERSON1"):
        page = client.post(CUSTOMER, data={"key": key}).text
        assert found.archetypes.archetypes[0].label["en"] in page
        assert "probability 83%" in page


@pytest.mark.parametrize("key", ["K-1", "%", "' OR 1=1 --", "<script>alert(1)</script>", "x" * 5000])
def test_another_key_finds_nobody(served, key):
    page = served[0].post(CUSTOMER, data={"key": key}).text

    assert "Nobody has this key" in page
    assert "probability" not in page
    assert "<script" not in page


def test_the_key_stands_in_no_address_and_nothing_else_opens(served):
    client, _ = served

    assert "Nobody" not in client.get(f"{CUSTOMER}?key=K-17").text
    assert {client.get(path).status_code for path in ("/studies/coffee", "/reports/coffee", "/studies/new")} == {403}
