"""The typing tool's SQL on a real PostgreSQL."""

from sqlalchemy import create_engine, text

from reports.typing_exports import typing_sql
from tests.typing_models import expected, invented_answers, invented_model


def test_postgresql_types_alike(postgresql_url):
    model = invented_model(3)
    rows = invented_answers(8, model)
    columns = [question.item for question in model.questions]
    engine = create_engine(postgresql_url)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE TABLE answers (row INTEGER, {', '.join(f'{c} INTEGER' for c in columns)})"))
        holes = ", ".join(f":{column}" for column in ["row", *columns])
        insert = text(f"INSERT INTO answers VALUES ({holes})")  # noqa: S608
        connection.execute(insert, [{"row": i, **row} for i, row in enumerate(rows)])
        # driven as it is: a colon in a text would be no parameter
        found = connection.exec_driver_sql(typing_sql(model)).mappings().all()
    engine.dispose()
    ordered = sorted(found, key=lambda row: row["row"])
    assert [(row["archetype"], bool(row["archetype_unsure"])) for row in ordered] == expected(model, rows)
