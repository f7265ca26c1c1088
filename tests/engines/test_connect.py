"""One URL, one engine."""

from __future__ import annotations

import os

import duckdb
import pytest

from patron.engines.connect import SCHEMES, connect, connected
from patron.errors import SettingsError


def setting(connection, name):
    return connection.con.sql(f"SELECT current_setting('{name}')").fetchall()[0][0]


def test_duckdb_is_the_default_and_takes_its_limits(tmp_path):
    connection = connect(spill=tmp_path / "spill", memory="200MB", threads=1)
    assert connection.name == "duckdb"
    assert setting(connection, "temp_directory") == str(tmp_path / "spill")
    assert setting(connection, "memory_limit") == "190.7 MiB"
    assert setting(connection, "threads") == 1


def test_two_connections_share_nothing():
    first, second = connect(), connect()
    first.raw_sql("CREATE TABLE here (x INT)")
    tables = "SELECT table_name FROM duckdb_tables()"
    assert first.con.sql(tables).fetchall() == [("here",)]
    assert second.con.sql(tables).fetchall() == []


def test_what_does_not_fit_into_memory_goes_to_disk(tmp_path):
    connection = connect(spill=tmp_path / "spill", memory="100MB", threads=1)
    sql = "SELECT COUNT(*) FROM (SELECT DISTINCT hash(range) AS h, range::VARCHAR AS t FROM range(3000000))"
    assert connection.con.sql(sql).fetchall() == [(3_000_000,)]


def test_an_engine_for_one_piece_of_work_is_closed_and_leaves_nothing(tmp_path):
    with connected("duckdb://", spill=tmp_path / "spill", memory="100MB") as connection:
        assert setting(connection, "temp_directory") == str(tmp_path / "spill")
        sql = "SELECT COUNT(*) FROM (SELECT DISTINCT hash(range) AS h, range::VARCHAR AS t FROM range(3000000))"
        assert connection.con.sql(sql).fetchall() == [(3_000_000,)]
    with pytest.raises(duckdb.ConnectionException):
        connection.con.sql("SELECT 1")
    assert not list(tmp_path.rglob("*.tmp"))


@pytest.mark.parametrize(
    ("memory", "threads"),
    [("200MB", 1), ("0.4GB", 1), ("600 MB", 2), ("1GiB", 4), ("2TB", 8), (None, None), ("900000KB", 3)],
)
def test_little_memory_is_shared_by_few_threads(tmp_path, monkeypatch, memory, threads):
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    with connected("duckdb://", spill=tmp_path, memory=memory) as connection:
        found = setting(connection, "threads")
    assert found == (threads or len(os.sched_getaffinity(0)))


@pytest.mark.parametrize(
    "url", ["", "duckdb", "oracle://shop", "DUCKDB://", "postgres://u:p@h/db", "file:///etc/passwd"]
)
def test_an_engine_we_do_not_know(url):
    if url == "duckdb":
        assert connect(url).name == "duckdb"
        return
    with pytest.raises(SettingsError) as caught:
        connect(url)
    # Only the scheme is repeated: the rest of a URL may hold a password.
    assert caught.value.data["came"] == url.partition("://")[0] + "://"
    assert "u:p" not in str(caught.value)
    assert all(scheme in caught.value.problem for scheme in SCHEMES)
