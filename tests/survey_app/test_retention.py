"""Answers have a day after which they are gone, with everything that hangs on them; other studies keep theirs."""

from datetime import UTC, datetime, timedelta

import pytest

from survey_app.design.publishing import NoRetentionError, publish_study
from survey_app.field import retention
from survey_app.store import open_store, panel, sittings, studies
from survey_app.store.panel import PanelEntry
from survey_app.store.tables import metadata
from survey_app.views.respondent import EXTENSION
from tests.survey_app.respondents import Browser
from tests.survey_app.small_study import INSTRUMENT, STUDY

OVER = datetime(2027, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("more", "published"), [("", False), ("simulated: true\n", True), ("retention: 2030-12-31\n", True)]
)
def test_a_study_of_real_persons_needs_a_day(tmp_path, more, published):
    (tmp_path / "small.yaml").write_text(INSTRUMENT, encoding="utf-8")
    file = tmp_path / "coffee.yaml"
    file.write_text(STUDY.replace("instrument: small", "instrument: small.yaml") + more, encoding="utf-8")
    store = open_store(f"sqlite:///{tmp_path / 'a.sqlite'}")
    if published:
        assert publish_study(store, file).key == "coffee"
    else:
        with pytest.raises(NoRetentionError, match="retention: 2030-12-31"):
            publish_study(store, file)
    store.close()


@pytest.fixture
def answered(make_app):
    """An instance whose study ends with the year, and one complete sitting from a panel in it."""
    app = make_app(field="retention: 2026-12-31\n")
    browser = Browser(app)
    browser.client.get("/s/coffee?src=p&uid=u1")
    browser.answer(q1="1")
    browser.answer(q1="40", q2="1")
    browser.answer(q1=["1"])
    browser.answer(q1="3", q2="1")
    browser.answer(q1="x")
    desk = app.extensions[EXTENSION]
    return desk.store, desk.settings


def test_what_is_past_its_day_is_erased_and_the_study_closed(answered):
    store, settings = answered
    (settings.instance / "outputs" / "coffee" / "x").mkdir(parents=True)
    assert retention.purge(store, settings, OVER - timedelta(days=1)) == []
    [gone] = retention.purge(store, settings, OVER)
    assert (gone.study, gone.sittings, gone.panel_ids) == ("coffee", 1, 1)
    assert retention.purge(store, settings, OVER) == []
    assert not (settings.instance / "outputs" / "coffee").exists()
    with store.reading() as tx:
        assert studies.find(tx, "coffee").status == "closed"
        kept = {table.name for table in metadata.sorted_tables if tx.execute(table.select()).first()}
    assert kept <= {"study"}


def test_ids_can_be_emptied_and_answers_stay(answered):
    store, settings = answered
    gone = retention.purge_ids(store, settings, "coffee")
    assert (gone.sittings, gone.panel_ids) == (0, 1)
    with store.reading() as tx:
        assert panel.find(tx, "coffee", "p", "u1") is None
        assert sittings.count_by_status(tx, "coffee")["complete"] == 1


def test_who_left_is_marked_after_as_long_as_a_browser_may_come_back(answered):
    store, settings = answered
    now = datetime.now(UTC)
    with store.transaction() as tx:
        left = sittings.create(tx, "coffee", 1, language="en", seed=1, draw="{}", now=now)
        panel.enter(tx, PanelEntry("coffee", "p", "u2", left.id, {}), settings.secret_key)
    assert retention.mark_those_who_left(store, settings, now + timedelta(days=29)) == 0
    assert retention.mark_those_who_left(store, settings, now + timedelta(days=31)) == 1
