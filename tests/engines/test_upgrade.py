"""From every version that there was: nothing is lost on the way to this one, whoever opens it and however many do."""

from __future__ import annotations

import multiprocessing

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import text

import every_row
from patron.engines.database import open_engine, writing
from patron.engines.state import State
from patron.engines.upgrade import VERSION, VERSION_TABLE, configuration, migrate, version_of
from patron.errors import RunError

VERSIONS = sorted(script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions())


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def target(request, tmp_path):
    if request.param == "sqlite":
        return str(tmp_path / "state.db")
    return request.getfixturevalue("empty_database")


def make(target, version):
    """A database of an earlier version with rows in every table; return what it holds."""
    engine = open_engine(target)
    try:
        with writing(engine) as connection:
            migrate(connection, version)
            every_row.fill(connection)
        with engine.connect() as connection:
            return every_row.held(connection)
    finally:
        engine.dispose()


def without_new(rows, columns):
    return sorted(({name: row[name] for name in columns} for row in rows), key=lambda row: repr(sorted(row.items())))


def test_every_version_from_the_first_is_tried():
    assert VERSIONS[0] == "0001"
    assert VERSIONS[-1] == VERSION
    assert len(VERSIONS) == int(VERSION)


@pytest.mark.parametrize("version", VERSIONS)
def test_no_row_and_no_value_is_lost_by_an_upgrade(target, version):
    before = make(target, version)
    assert all(before.values())
    with State.open(target) as state, state.engine.connect() as connection:
        assert version_of(connection) == VERSION
        after = every_row.held(connection)
    for table, rows in before.items():
        assert without_new(after[table], rows[0]) == without_new(rows, rows[0]), table


@pytest.mark.parametrize("version", [VERSIONS[0], VERSIONS[-2]])
def test_an_upgrade_that_fails_in_the_middle_changes_nothing(target, version):
    before = make(target, version)
    engine = open_engine(target)
    with pytest.raises(InterruptedError), writing(engine) as connection:  # noqa: PT012
        migrate(connection)
        raise InterruptedError
    with engine.connect() as connection:
        assert (version_of(connection), every_row.held(connection)) == (version, before)
    engine.dispose()


def test_a_newer_database_is_refused_in_words_and_left_alone(target):
    make(target, VERSION)
    engine = open_engine(target)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(RunError, match="9999") as error:
        State.open(target)
    assert error.value.remedy
    with engine.connect() as connection:
        assert version_of(connection) == "9999"
    engine.dispose()


def _open(target, start, done):
    start.wait()
    State.open(target).close()
    done.put(1)


@pytest.mark.slow
@pytest.mark.parametrize("version", [VERSIONS[0], VERSIONS[-2]])
def test_processes_that_open_an_old_database_at_once_all_come_in(target, version):
    before = make(target, version)
    new = multiprocessing.get_context("spawn")
    start, done = new.Event(), new.Queue()
    opening = [new.Process(target=_open, args=(target, start, done)) for _ in range(3)]
    for one in opening:
        one.start()
    start.set()
    for one in opening:
        one.join(60)
    assert [one.exitcode for one in opening] == [0, 0, 0]
    with State.open(target) as state, state.engine.connect() as connection:
        after = every_row.held(connection)
    assert {name: len(after[name]) for name in before} == {name: len(rows) for name, rows in before.items()}
