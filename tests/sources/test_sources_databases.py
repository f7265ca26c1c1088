"""Databases by URL: SQLite, a DuckDB file, a real PostgreSQL. Every value comes out exactly; no password is shown."""

# ruff: noqa: DTZ001 - moments are in the project's time zone and carry none

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from shop_files import load

from patron.errors import SettingsError, SourceError
from patron.sources.files import find_files
from patron.sources.spec import FormatSpec, SourceSpec
from patron.sources.staging import database

ROWS = [
    ("1", "12345.0", "2024-01-02 10:30:00", "9999999999999.99"),
    ("2", "ann", "2024-01-03", "0.10"),
    ("3", None, "2024-01-04", "5"),
]
COLUMNS = {"order_id": "nr", "customer_id": "who", "ordered_at": "day", "amount": "money"}


def lines(shop):
    return [(line["order_id"], line["customer_id"], line["ordered_at"], line["amount"]) for line in shop.lines]


@pytest.fixture
def sqlite_folder(tmp_path):
    with closing(sqlite3.connect(tmp_path / "orders.db")) as connection:
        connection.execute('CREATE TABLE "my orders" (nr, who, day TEXT, money NUMERIC)')
        rows = [(1, 12345.0, "2024-01-02 10:30:00", 0.1), (2.0, "ann", "2024-01-03", 12), (3, None, "2024-01-04", 5)]
        connection.executemany('INSERT INTO "my orders" VALUES (?, ?, ?, ?)', rows)
        connection.commit()
    return tmp_path


def test_sqlite_by_a_relative_and_a_whole_path(sqlite_folder):
    expected = [
        ("1", "12345", datetime(2024, 1, 2, 10, 30), Decimal("0.10")),
        ("2", "ann", datetime(2024, 1, 3), Decimal("12.00")),
    ]
    for url in ("sqlite:///orders.db", f"sqlite:///{sqlite_folder}/orders.db"):
        shop = load(sqlite_folder, {"order_lines": {"path": url, "columns": COLUMNS}})
        assert shop.counts() == {"read": 3, "kept": 2, "later": 1}
        assert lines(shop) == expected


def test_a_query_and_a_table_that_is_told(sqlite_folder):
    with closing(sqlite3.connect(sqlite_folder / "orders.db")) as connection:
        connection.execute("CREATE TABLE other (a)")
    source = {"path": "sqlite:///orders.db", "columns": COLUMNS}
    with pytest.raises(SettingsError, match="has the tables my orders, other, and none is chosen") as caught:
        load(sqlite_folder, {"order_lines": source})
    assert caught.value.data["key"] == "sources.order_lines.format.table"
    with pytest.raises(SettingsError, match="Did you mean 'my orders'"):
        load(sqlite_folder, {"order_lines": {**source, "format": {"table": "my order"}}})
    for told in ({"table": "my orders"}, {"query": 'SELECT * FROM "my orders" ORDER BY money DESC'}):
        assert load(sqlite_folder, {"order_lines": {**source, "format": told}}).counts()["read"] == 3
    with pytest.raises(SourceError, match="cannot be read: no such table: nowhere"):
        load(sqlite_folder, {"order_lines": {**source, "format": {"query": "SELECT * FROM nowhere"}}})


def test_a_database_that_is_not_there(tmp_path):
    for url in ("sqlite:///no.db", "duckdb:///no.duckdb"):
        with pytest.raises(SourceError, match="no file at"):
            load(tmp_path, {"order_lines": {"path": url}})
        assert not list(tmp_path.glob("no.*")), "nothing is made by looking"
    (tmp_path / "text.db").write_text("customer_id,ordered_at\n", encoding="utf-8")
    for url in ("sqlite:///text.db", "duckdb:///text.db"):
        with pytest.raises(SourceError, match="cannot be read"):
            load(tmp_path, {"order_lines": {"path": url}})


def test_a_duckdb_file(tmp_path):
    with closing(duckdb.connect(str(tmp_path / "shop.duckdb"))) as connection:
        connection.execute("CREATE TABLE orders (nr INTEGER, who DOUBLE, day TIMESTAMPTZ, money DECIMAL(18, 2))")
        connection.execute(
            "INSERT INTO orders VALUES (1, 12345.0, '2024-07-02 10:30:00+02', 9999999999999.99), "
            "(2, 1.5, '2024-01-03 00:00:00+00', 0.10)"
        )
    shop = load(
        tmp_path,
        {"order_lines": {"path": "duckdb:///shop.duckdb", "columns": COLUMNS}},
        today=datetime(2025, 1, 1).date(),
    )
    assert lines(shop) == [
        ("1", "12345", datetime(2024, 7, 2, 8, 30), Decimal("9999999999999.99")),
        ("2", "1.5", datetime(2024, 1, 3), Decimal("0.10")),
    ]


def test_the_order_of_rows_does_not_matter(tmp_path):
    """A database gives its rows in any order: their numbers and their digest must not depend on it."""
    seen = []
    for order in (ROWS, ROWS[::-1]):
        path = tmp_path / "orders.db"
        path.unlink(missing_ok=True)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE orders (nr, who, day, money)")
            connection.executemany("INSERT INTO orders VALUES (?, ?, ?, ?)", order)
            connection.commit()
        [file] = find_files(["sqlite:///orders.db"], base=tmp_path, source="order_lines")
        shop = load(tmp_path, {"order_lines": {"path": "sqlite:///orders.db", "columns": COLUMNS}})
        seen.append((file.fingerprint(), shop.lines))
        assert file.unchanged_since(file.stamp())
    assert seen[0] == seen[1]


def fill(url):
    import psycopg

    with psycopg.connect(url) as connection:
        connection.execute("DROP TABLE IF EXISTS orders")
        connection.execute(
            "CREATE TABLE orders (nr bigint, who double precision, day timestamptz, money numeric(20, 4), paid boolean)"
        )
        connection.execute(
            "INSERT INTO orders VALUES (1, 12345, '2024-07-02 10:30:00+02', 9999999999999.9900, true), "
            "(2, 1.5, '2024-01-03 00:00:00+00', 0.1000, false), (3, NULL, '2024-01-04 12:00:00+00', 5, NULL)"
        )


def test_postgres(postgres, tmp_path, monkeypatch):
    fill(postgres)
    monkeypatch.setenv("SHOP_DB_PASSWORD", "s3cret")
    hidden = postgres.replace("s3cret", "${SHOP_DB_PASSWORD}")
    for url, told in ((postgres, {}), (hidden, {"table": "orders"}), (hidden, {"query": "SELECT * FROM orders"})):
        shop = load(
            tmp_path,
            {"order_lines": {"path": url, "columns": COLUMNS, "format": told}},
            today=datetime(2025, 1, 1).date(),
        )
        assert shop.counts() == {"read": 3, "kept": 2, "missing_customer": 1}
        assert lines(shop) == [
            ("1", "12345", datetime(2024, 7, 2, 8, 30), Decimal("9999999999999.99")),
            ("2", "1.5", datetime(2024, 1, 3), Decimal("0.10")),
        ]
        assert "s3cret" not in repr(shop.rows)


def test_any_database_that_ibis_reads(postgres):
    """The way for those without a reader of their own."""
    fill(postgres)
    relation = database.Relation(postgres, "order_lines", table="orders")
    [row] = [row for batch in database._ibis(relation) for row in batch.to_pylist() if row["nr"] == "1"]
    assert (row["who"], row["money"], row["paid"]) == ("12345", "9999999999999.9900", "true")


def test_postgres_in_batches(postgres, tmp_path):
    import psycopg

    with psycopg.connect(postgres) as connection:
        connection.execute("DROP TABLE IF EXISTS many")
        connection.execute(
            "CREATE TABLE many AS SELECT n AS nr, 'c' || n % 900 AS who, DATE '2024-01-01' + (n % 90)::int AS day, "
            "n::numeric / 100 AS money FROM generate_series(1, 50000) AS n"
        )
    source = {"path": postgres, "columns": COLUMNS, "format": {"table": "many"}}
    shop = load(tmp_path, {"order_lines": source})
    assert shop.counts() == {"read": 50_000, "kept": 50_000}
    assert sum(line["amount"] for line in shop.lines) == Decimal(50_000 * 50_001 // 2) / 100


def test_what_a_server_refuses_is_told_without_the_password(postgres, tmp_path):
    wrong = postgres.replace("s3cret", "0ther-secret")
    nowhere = postgres.partition("@")[0] + "@127.0.0.1:1/shop"
    for url, told in ((wrong, {}), (nowhere, {}), (postgres, {"query": "SELECT 's3cret' FROM nowhere"})):
        with pytest.raises(SourceError) as caught:
            load(tmp_path, {"order_lines": {"path": url, "columns": COLUMNS, "format": told}})
        chain, error = [], caught.value
        while error is not None:
            chain.append(str(error) + repr(getattr(error, "data", "")))
            error = error.__cause__
        assert not any(secret in text for secret in ("s3cret@", "0ther-secret") for text in chain)
        assert caught.value.remedy


def test_a_password_reaches_nothing_that_is_kept(monkeypatch):
    spec = SourceSpec(path="postgresql://ann:s3cret@host/shop?sslpassword=hush")
    told = spec.model_dump_json() + repr(spec) + str(spec) + repr(spec.model_dump())
    assert "s3cret" not in told
    assert "hush" not in told
    assert spec.paths == ("postgresql://ann:s3cret@host/shop?sslpassword=hush",), "but it can be used"
    [file] = find_files(spec.paths, base=Path(), source="order_lines", told=FormatSpec(table="t"))
    assert "s3cret" not in file.name + repr(file) + file.place
    monkeypatch.delenv("NOT_THERE", raising=False)
    with pytest.raises(SettingsError, match="NOT_THERE"):
        next(iter(find_files(["postgresql://ann:${NOT_THERE}@h/d"], base=Path(), source="x"))).relation.digest()
