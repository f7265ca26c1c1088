"""A question asked by way of the driver has the answer that it has by way of SQLAlchemy."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from patron.engines.database import open_engine
from patron.engines.quick_read import QuickRead

METADATA = sa.MetaData()
TABLE = sa.Table(
    "seen", METADATA, sa.Column("who", sa.String), sa.Column("at", sa.DateTime), sa.Column("good", sa.Boolean),
    sa.Column("day", sa.Date), sa.Column("money", sa.Numeric(12, 2)),
)  # fmt: skip
MOMENT = datetime(2024, 2, 29, 1, 2, 3, 4, tzinfo=UTC).replace(tzinfo=None)
QUERY = (
    sa.select(TABLE)
    .where(TABLE.c.who.in_(sa.bindparam("whose", expanding=True)), TABLE.c.at <= sa.bindparam("until"))
    .order_by(TABLE.c.who)
    .limit(5)
)


@pytest.fixture
def connection() -> Iterator[sa.Connection]:
    engine = open_engine(":memory:")
    with engine.connect() as opened:
        METADATA.create_all(opened)
        rows = [("a", True, Decimal("1.50")), ("b", False, None), ("c", None, Decimal("0.00"))]
        opened.execute(
            TABLE.insert(),
            [{"who": who, "at": MOMENT, "good": good, "day": MOMENT.date(), "money": sum_} for who, good, sum_ in rows],
        )
        yield opened
    engine.dispose()


@pytest.mark.parametrize("whose", [[], ["a"], ["a", "b", "c"], ["c", "x", "'; DROP TABLE seen"]], ids=len)
def test_gives_what_sqlalchemy_gives(connection: sa.Connection, whose: list[str]) -> None:
    given, read = {"whose": whose, "until": MOMENT}, QuickRead(QUERY)
    told = [dict(row) for row in connection.execute(QUERY, given).mappings()]
    assert read.rows(connection, given) == read.rows(connection, given) == told
    assert len(told) == len({"a", "b", "c"} & set(whose))
    assert read.rows(connection, given | {"until": MOMENT - timedelta(days=1)}) == []


def test_an_error_is_one_of_sqlalchemys(connection: sa.Connection) -> None:
    TABLE.drop(connection)
    with pytest.raises(sa.exc.OperationalError):
        QuickRead(QUERY).rows(connection, {"whose": ["a"], "until": MOMENT})
