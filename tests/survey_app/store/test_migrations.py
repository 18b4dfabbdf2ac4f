"""A database of an earlier version keeps what it holds, and gets what the new tables are to know of it."""

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, make_url, text

from survey_app.store import draws, open_store, panel, sittings

PERSON = {
    "study": "coffee",
    "study_version": 1,
    "language": "en",
    "seed": 1,
    "draw": "{}",
    "is_test": False,
    "is_simulated": False,
    "started_at": "2026-03-01 12:00:00",
    "source": None,
    "source_uid": None,
}


def insert(connection, table, **values):
    columns, places = ", ".join(values), ", ".join(f":{name}" for name in values)
    connection.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({places})"), values)  # noqa: S608 - our own words


def fill(connection):
    moment = PERSON["started_at"]
    texts = dict.fromkeys(("study_text", "instrument_text", "digest", "instrument_digest"), "x")
    insert(connection, "study", key="coffee", version=1, status="live", published_at=moment, **texts)
    for name, status, uid in (("a", "complete", "u1"), ("b", "partial", None), ("c", "screened_out", None)):
        values = PERSON | {"id": name * 22, "pseudonym": name * 26, "status": status}
        values |= {"source": "panel", "source_uid": uid} if uid else {}
        insert(connection, "sitting", **values)
        page = {"screen": "s", "visit": 1, "page_key": name, "payload": '{"age": 40}', "saved_at": moment}
        insert(connection, "answer_page", sitting=name * 22, **page)
        for position, brand in enumerate(("y", "x"), start=1):
            given = {"position": position, "brand": brand, "eligible": '[["x", "y"]]', "fills": "{}"}
            insert(
                connection, "assignment", sitting=name * 22, drawn_at=moment, expires_at="2026-03-01 13:00:00", **given
            )


def make_old(database_url, version, fill):
    """Make a database of an earlier version, with something in it."""
    address = make_url(database_url)
    if address.drivername == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
    engine = create_engine(address)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", "survey_app.store:migrations")
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        command.upgrade(config, version)
        fill(connection)
    engine.dispose()


def fill_with_countries(connection):
    moment = PERSON["started_at"]
    texts = dict.fromkeys(("study_text", "instrument_text", "digest", "instrument_digest"), "x")
    insert(connection, "study", key="coffee", version=1, status="live", published_at=moment, **texts)
    kept = {key: value for key, value in PERSON.items() if key != "source_uid"}
    for name in ("a", "b"):
        known = {"id": name * 22, "pseudonym": name * 26, "code": name * 12, "status": "partial"}
        insert(connection, "sitting", **kept, **known)
    given = {"study": "coffee", "state": "held", "country": "DE", "eligible": "[]", "fills": "{}"}
    for position, brand in enumerate(("y", "x"), start=1):
        times = {"drawn_at": moment, "expires_at": moment}
        insert(connection, "assignment", sitting="a" * 22, position=position, brand=brand, **given, **times)


def test_sittings_have_their_country_from_the_brands_they_were_given(database_url):
    make_old(database_url, "0007", fill_with_countries)
    store = open_store(database_url)
    with store.reading() as tx:
        assert [sittings.find(tx, name * 22).country for name in "ab"] == ["DE", None]
    store.close()


def test_sittings_of_an_earlier_version_are_there_with_all_that_is_new(database_url, noon):
    make_old(database_url, "0002", fill)
    store = open_store(database_url)
    with store.transaction() as tx:
        found = {
            sitting.status: (sitting, pages)
            for sitting, pages in sittings.of_study(tx, "coffee", statuses=sittings.STATUSES)
        }
        assert set(found) == {"complete", "partial", "screened_out"}
        for sitting, pages in found.values():
            assert sitting.code == sittings.code_of(sitting.id)
            assert [page.payload for page in pages] == [{"age": 40}]
        complete = found["complete"][0]
        assert panel.find(tx, "coffee", "panel", "u1").sitting == complete.id
        fills = draws.fills(tx, "coffee", noon, ["x", "y"])
        assert (fills.brands, fills.pairs) == ({"x": 2, "y": 2}, {("x", "y"): 2})
        assert fills.places == {("y", 1): 2, ("x", 2): 2}
        draws.recount(tx, "coffee")
        assert draws.fills(tx, "coffee", noon, ["x", "y"]) == fills
        assert {row.state for row in sittings.assigned(tx, found["screened_out"][0].id)} == {"released"}
        tx.execute(text("UPDATE sitting SET status = 'timed_out' WHERE status = 'partial'"))
    store.close()
