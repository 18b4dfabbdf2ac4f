"""A server is killed while respondents send pages: what was acknowledged is stored, and everyone can go on.

Fifty respondents and twenty kills are a benchmark: `benchmarks/kill.py`.
"""

from contextlib import contextmanager

import pytest

from survey_app.config import read_settings
from survey_app.store import open_store
from tests.killed_server import CrashingDatabase, Server, kill_again_and_again, lost_or_doubled
from tests.survey_app.small_study import publish_small_study

RESPONDENTS, KILLS, PAGES = 4, 2, 15
pytestmark = pytest.mark.slow


@contextmanager
def serving(instance, url):
    """A server on the small study, and its store."""
    store = open_store(read_settings(instance, {"database": url}).database_url())
    publish_small_study(store)
    server = Server(instance, url)
    try:
        yield server, store
    finally:
        server.kill()
        store.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request):
    """The address of a database of each kind in turn; the empty one stands for SQLite in the instance."""
    return request.getfixturevalue("postgresql_url") if request.param == "postgresql" else ""


def test_a_server_that_is_killed_loses_nothing_it_had_acknowledged(url, tmp_path):
    with serving(tmp_path, url) as (server, store):
        assert_nothing_is_lost(server, store, tmp_path)


def test_a_database_that_crashes_loses_nothing_that_was_acknowledged(postgresql_url, tmp_path):
    with serving(tmp_path, postgresql_url) as (server, store):
        assert_nothing_is_lost(CrashingDatabase(postgresql_url, server.origin), store, tmp_path)


def assert_nothing_is_lost(server, store, folder):
    interviews = kill_again_and_again(server, RESPONDENTS, KILLS, PAGES)
    assert sum(len(interview.acknowledged) for interview in interviews) >= (KILLS + 1) * PAGES
    assert any(interview.complete for interview in interviews)
    assert lost_or_doubled(store, interviews, folder) == []
