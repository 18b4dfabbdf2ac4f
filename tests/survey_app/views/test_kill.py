"""The server is killed while respondents send pages: what was acknowledged is stored, and everyone can go on.

Fifty respondents and twenty kills are a benchmark: `benchmarks/kill.py`.
"""

import pytest

from survey_app.config import read_settings
from survey_app.store import open_store
from tests.killed_server import Server, kill_again_and_again, lost_or_doubled
from tests.survey_app.small_study import publish_small_study

RESPONDENTS, KILLS, PAGES = 4, 2, 15


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path):
    """A server on the small study, and its store."""
    url = request.getfixturevalue("postgresql_url") if request.param == "postgresql" else ""
    store = open_store(read_settings(tmp_path, {"database": url}).database_url())
    publish_small_study(store)
    server = Server(tmp_path, url)
    yield server, store
    server.kill()
    store.close()


@pytest.mark.slow
def test_a_server_that_is_killed_loses_nothing_it_had_acknowledged(place, tmp_path):
    server, store = place
    interviews = kill_again_and_again(server, RESPONDENTS, KILLS, PAGES)
    assert sum(len(interview.acknowledged) for interview in interviews) >= (KILLS + 1) * PAGES
    assert any(interview.complete for interview in interviews)
    assert lost_or_doubled(store, interviews, tmp_path) == []
