import sqlite3
import threading
from contextlib import ExitStack

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from survey_app.store import TRANSACTIONS_AT_ONCE, StoreUnavailableError, database, open_store, studies
from survey_app.store.tables import metadata


def test_migrations_make_the_tables_this_version_knows(store):
    with store.reading() as tx:
        assert compare_metadata(MigrationContext.configure(tx), metadata) == []


@pytest.mark.usefixtures("published")
def test_opening_again_keeps_what_is_there(url_with_tables):
    again = open_store(url_with_tables)
    with again.reading() as tx:
        assert studies.find(tx, "coffee").digest == "d1"
    again.close()


def test_processes_that_start_together_migrate_once(database_url):
    stores, failures = [], []

    def start():
        try:
            stores.append(open_store(database_url))
        except Exception as error:  # noqa: BLE001 - reported below
            failures.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for store in stores:
        store.close()

    assert failures == []
    assert len(stores) == 4


def test_sqlite_is_durable_and_strict(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'new folder' / 'a.sqlite'}")
    with store.transaction() as tx:
        pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        assert [tx.execute(text(f"PRAGMA {name}")).scalar_one() for name in pragmas] == ["wal", 2, 1, 10_000]
    store.close()


def _close_and_fail(store):
    with store.transaction() as tx:
        studies.set_status(tx, "coffee", "closed")
        raise KeyError


def test_an_exception_leaves_nothing_behind(published):
    with pytest.raises(KeyError):
        _close_and_fail(published)

    with published.reading() as tx:
        assert studies.find(tx, "coffee").status == "live"


def _status_and_again(store, change):
    with store.reading() as tx:
        first = studies.find(tx, "coffee").status
        change()
        return first, studies.find(tx, "coffee").status


def test_reading_sees_one_moment_whatever_others_save(published):
    def close():
        with published.transaction() as tx:
            studies.set_status(tx, "coffee", "closed")

    assert _status_and_again(published, close) == ("live", "live")
    with published.reading() as tx:
        assert studies.find(tx, "coffee").status == "closed"


def test_a_glance_at_postgresql_sees_what_is_saved_by_then(postgresql_url, noon):
    store = open_store(postgresql_url)
    with store.glancing() as glance:
        assert studies.every(glance) == ()
        with store.transaction() as tx:
            studies.publish(tx, "tea", study_text="", instrument_text="", digest="d", instrument_digest="i", now=noon)
        assert [study.key for study in studies.every(glance)] == ["tea"]
    store.close()


def test_reading_postgresql_cannot_write(postgresql_url):
    store = open_store(postgresql_url)
    with pytest.raises(DBAPIError, match="read-only"), store.reading() as tx:
        tx.execute(text("DELETE FROM study"))
    store.close()


def test_after_a_glance_a_connection_can_undo_as_before(published):
    with published.glancing() as tx:
        assert studies.find(tx, "coffee").status == "live"
    with pytest.raises(KeyError):
        _close_and_fail(published)
    with published.glancing() as tx:
        assert studies.find(tx, "coffee").status == "live"


def test_a_locked_database_is_unavailable_not_broken(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "BUSY_SECONDS", 0)
    path = tmp_path / "a.sqlite"
    store = open_store(f"sqlite:///{path}")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreUnavailableError, match="locked"), store.transaction():
        pass
    with store.reading() as tx:
        assert studies.every(tx) == ()

    other.close()
    store.close()


def _publish_more_than_fits(store, noon):
    with store.transaction() as tx:
        pages = tx.execute(text("PRAGMA page_count")).scalar_one()
        tx.execute(text(f"PRAGMA max_page_count = {pages}"))
        studies.publish(
            tx,
            "tea",
            study_text="x" * 1_000_000,
            instrument_text="",
            digest="d",
            instrument_digest="i",
            now=noon,
        )


def test_a_full_disk_is_unavailable_and_saves_nothing(tmp_path, noon):
    store = open_store(f"sqlite:///{tmp_path / 'a.sqlite'}")
    with pytest.raises(StoreUnavailableError, match="full"):
        _publish_more_than_fits(store, noon)

    with store.reading() as tx:
        assert studies.find(tx, "tea") is None
    store.close()


def test_a_server_out_of_reach_is_unavailable():
    with pytest.raises(StoreUnavailableError):
        open_store("postgresql://nobody@127.0.0.1:1/nothing")


def test_a_mistake_of_ours_stays_a_mistake(store):
    with pytest.raises(DBAPIError), store.transaction() as tx:
        tx.execute(text("SELECT nothing FROM nowhere"))


def test_a_row_that_breaks_the_rules_is_refused(published):
    with pytest.raises(IntegrityError), published.transaction() as tx:
        tx.execute(text("UPDATE study SET status = 'lost'"))


def _cut_all_connections(url):
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        cut = (
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        connection.execute(text(cut))
    engine.dispose()


def _answer(store):
    with store.reading() as tx:
        return tx.execute(text("SELECT 1")).scalar_one()


def test_a_connection_cut_while_idle_is_replaced_unnoticed(postgresql_url, monkeypatch):
    monkeypatch.setattr(database, "IDLE_SECONDS", 0)
    store = open_store(postgresql_url)
    assert _answer(store) == 1
    _cut_all_connections(postgresql_url)
    assert _answer(store) == 1
    store.close()


def test_a_connection_cut_amid_work_is_unavailable_once(postgresql_url, monkeypatch):
    """Just used, it is not asked again: the request is told that nothing was saved, the next one works."""
    monkeypatch.setattr(database, "IDLE_SECONDS", 60)
    store = open_store(postgresql_url)
    assert _answer(store) == 1
    _cut_all_connections(postgresql_url)
    with pytest.raises(StoreUnavailableError):
        _answer(store)
    assert _answer(store) == 1
    store.close()


def test_connections_to_postgresql_are_kept_however_many_work_at_once(postgresql_url):
    store = open_store(postgresql_url)

    def servants():
        with ExitStack() as stack:
            open_at_once = [stack.enter_context(store.reading()) for _ in range(TRANSACTIONS_AT_ONCE)]
            return {tx.execute(text("SELECT pg_backend_pid()")).scalar_one() for tx in open_at_once}

    assert servants() == servants()
    store.close()
