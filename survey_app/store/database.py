"""One database, opened once: connections, transactions and migrations, the same for SQLite and PostgreSQL."""

from __future__ import annotations

import math
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Dialect, Engine, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, InterfaceError, InvalidatePoolError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

Transaction = Connection
"""What every store function takes first; whoever opened it decides how much is saved together."""

TRANSACTIONS_AT_ONCE = 15
BUSY_SECONDS = 10
IDLE_SECONDS = 2
# Any number will do, as long as every process of ours asks PostgreSQL for the same one.
MIGRATION_LOCK = 7_305_911_402

_SQLITE_OUT_OF_REACH = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
    }
)
# Connection lost, out of resources, shut down by an operator, lock not available, rolled back by a deadlock.
_POSTGRESQL_OUT_OF_REACH = ("08", "53", "57", "55", "40")


class StoreUnavailableError(Exception):
    """Nothing was saved: the database is locked, full or out of reach; the same request may succeed later."""


class Store:
    """A database whose tables are those of this version of the program."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reading = engine.execution_options(relata_reading=True)
        self._glancing = self._reading
        if engine.dialect.name == "postgresql":
            # PostgreSQL gives each statement a view of its own unless asked for one. BEGIN and COMMIT are two round
            # trips more, which a glance saves.
            self._reading = self._reading.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            self._glancing = self._glancing.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Everything inside is saved together, durably, when the block ends, or not at all."""
        with _unavailable_named(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """One unchanging view of the database, which keeps no writer waiting."""
        with _unavailable_named(), self._reading.begin() as connection:
            yield connection

    @contextmanager
    def glancing(self) -> Iterator[Transaction]:
        """A few short reads, quickly: on PostgreSQL outside any transaction, so each sees what is saved by then.

        Nothing may be written here, for it could not be taken back.
        """
        with _unavailable_named(), self._glancing.begin() as connection:
            yield connection

    def check(self) -> None:
        """Raise StoreUnavailableError where the database does not answer."""
        with self.glancing() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Give back every connection."""
        self._engine.dispose()


def open_store(url: str) -> Store:
    """Open the database at `url`, bring its tables up to date and return it."""
    address = make_url(url)
    if address.drivername in {"postgresql", "postgres"}:
        address = address.set(drivername="postgresql+psycopg")
    on_sqlite = address.get_backend_name() == "sqlite"
    if on_sqlite and address.database:
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    # No connection beyond the pool's: such a one is closed after use, and opening one anew costs more than a page.
    engine = create_engine(address, pool_size=TRANSACTIONS_AT_ONCE, max_overflow=0)
    if on_sqlite:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "checkin", _note_use)
        event.listen(engine, "checkout", partial(_ask_the_idle, engine.dialect))
    with _unavailable_named():
        _migrate(engine)
    return Store(engine)


def _prepare_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    # Without this the driver begins transactions itself, and later than we mean.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: Connection) -> None:
    # A writer queues up at the start: one that read first could no longer become a writer after another had written.
    reading = connection.get_execution_options().get("relata_reading", False)
    driver = connection.connection.driver_connection
    if driver is not None:
        driver.execute("BEGIN" if reading else "BEGIN IMMEDIATE")


def _note_use(_connection: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
    entry.info["used"] = time.monotonic()


def _ask_the_idle(
    dialect: Dialect, connection: DBAPIConnection, entry: ConnectionPoolEntry, _lent: PoolProxiedConnection
) -> None:
    """Replace all connections if one was cut while nobody used it; asking before every use would cost CPU."""
    if time.monotonic() - entry.info.get("used", math.inf) < IDLE_SECONDS:
        return
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        raise InvalidatePoolError(str(error)) from error


def _migrate(engine: Engine) -> None:
    """Bring the tables up to date; of several processes that start together, one does it and the others wait."""
    config = Config()
    config.set_main_option("script_location", "survey_app.store:migrations")
    config.set_main_option("path_separator", "os")
    head = ScriptDirectory.from_config(config).get_current_head()
    with engine.connect() as connection, _foreign_keys_off(connection), connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        if MigrationContext.configure(connection).get_current_revision() != head:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


@contextmanager
def _foreign_keys_off(connection: Connection) -> Iterator[None]:
    """Let SQLite make a table anew, which it does by dropping the old one; nobody can say so inside a transaction."""
    on_sqlite = connection.dialect.name == "sqlite"
    driver = connection.connection.driver_connection if on_sqlite else None
    if driver is not None:
        driver.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        if driver is not None:
            driver.execute("PRAGMA foreign_keys = ON")


@contextmanager
def _unavailable_named() -> Iterator[None]:
    """Tell a database that cannot save now from a mistake of ours."""
    try:
        yield
    except PoolTimeoutError as error:
        raise StoreUnavailableError(str(error)) from error
    except sqlite3.OperationalError as error:  # from the driver itself, which begins our transactions
        raise StoreUnavailableError(str(error)) from error
    except DBAPIError as error:
        if _is_out_of_reach(error):
            raise StoreUnavailableError(str(error.orig)) from error
        raise


def _is_out_of_reach(error: DBAPIError) -> bool:
    if isinstance(error.orig, sqlite3.Error):
        code = getattr(error.orig, "sqlite_errorcode", None)
        # The low byte is the kind, the rest says where it happened.
        return code is not None and code & 0xFF in _SQLITE_OUT_OF_REACH
    state = getattr(error.orig, "sqlstate", None)
    if state is None:  # no word from the server: there is none, or the mistake was found before it was asked
        return isinstance(error, OperationalError | InterfaceError)
    return bool(state.startswith(_POSTGRESQL_OUT_OF_REACH))
