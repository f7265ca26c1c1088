"""The operational database: made, upgraded, refused, and never half-written."""

from __future__ import annotations

import re
import signal
import sqlite3
import stat
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from patron.engines.state import ASSIGNMENT_SCHEMA, STATE_FILE, FrozenAudience, State
from patron.engines.state_tables import METADATA
from patron.engines.upgrade import VERSION, VERSION_TABLE, configuration
from patron.errors import ArgumentError, RunError

SPRING = FrozenAudience(
    name="spring", segmentation="rfm", segment="champions", purpose="marketing", assigned_on=date(2024, 3, 1),
    run_id="20240301-0001", salt="audience:spring", holdout=0.25,
)  # fmt: skip


def batch(*ids, every=4):
    """Return a batch in which one customer in `every` is control."""
    arms = ["control" if i % every == 0 else "treated" for i in range(len(ids))]
    return pa.record_batch({"customer_id": pa.array(ids, pa.string()), "arm": pa.array(arms, pa.string())})


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request, tmp_path):
    if request.param == "sqlite":
        return tmp_path / STATE_FILE
    return request.getfixturevalue("empty_database")


@pytest.fixture
def state(target):
    with State.open(target) as opened:
        yield opened


def test_what_is_remembered_comes_back(state):
    batches = [batch("ann", "bob", "eve"), batch("dan", "kim")]
    remembered = state.remember_audience(SPRING, batches)
    assert remembered == replace(SPRING, treated=3, control=2)
    assert state.audience("spring") == remembered
    assert state.assignments("spring").to_pylist() == [
        {"audience": "spring", "customer_id": customer_id, "arm": arm, "unit": None}
        for customer_id, arm in [
            ("ann", "control"), ("bob", "treated"), ("dan", "control"), ("eve", "treated"), ("kim", "treated"),
        ]
    ]  # fmt: skip


def test_an_unfinished_audience_is_listed_but_not_measured(state):
    state.remember_audience(SPRING, [batch("ann")])
    assert [(known.name, known.published) for known in state.audiences()] == [("spring", False)]
    assert state.assignments().num_rows == 0
    state.publish_audience("spring")
    assert [known.published for known in state.audiences()] == [True]
    assert state.assignments().num_rows == 1


def test_an_unfinished_audience_is_replaced_by_the_same_draw(state):
    state.remember_audience(SPRING, [batch("ann", "bob")])
    assert state.remember_audience(SPRING, [batch("ann", "bob", "eve")]).treated == 2
    assert state.assignments("spring").num_rows == 3


@pytest.mark.parametrize("change", [{"salt": "x"}, {"holdout": 0.5}, {"run_id": "other"}, {"segment": "lost"}])
def test_an_unfinished_audience_is_not_replaced_by_another_draw(state, change):
    state.remember_audience(SPRING, [batch("ann")])
    with pytest.raises(ArgumentError, match="was not finished"):
        state.remember_audience(replace(SPRING, **change), [batch("bob")])
    assert state.assignments("spring")["customer_id"].to_pylist() == ["ann"]


def test_a_name_can_be_used_once(state):
    state.remember_audience(SPRING, [batch("ann")])
    state.publish_audience("spring")
    with pytest.raises(ArgumentError, match="used once") as error:
        state.remember_audience(SPRING, [batch("bob")])
    assert error.value.data["came"] == "spring"
    assert state.assignments("spring")["customer_id"].to_pylist() == ["ann"]


def test_a_customer_who_comes_twice_undoes_everything(state):
    with pytest.raises(RunError, match="could not be remembered"):
        state.remember_audience(SPRING, [batch("ann", "bob"), batch("ann")])
    assert state.audiences() == []
    assert state.assignments("spring").num_rows == 0


def test_an_error_of_the_rows_undoes_everything_and_comes_through(state):
    def rows():
        yield batch("ann", "bob")
        raise InterruptedError

    with pytest.raises(InterruptedError):
        state.remember_audience(SPRING, rows())
    assert state.audiences() == []


def test_an_unknown_arm_is_refused_by_the_database(state):
    stranger = pa.record_batch({"customer_id": ["ann"], "arm": ["maybe"]})
    with pytest.raises(RunError, match="could not be remembered"):
        state.remember_audience(SPRING, [stranger])
    assert state.audiences() == []


def test_an_empty_database_has_empty_tables(state):
    assert state.audiences() == []
    assert state.audience("spring") is None
    assert state.assignments().schema == ASSIGNMENT_SCHEMA


def test_the_migrations_make_what_the_code_expects(state):
    with state.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, METADATA) == []
        assert context.get_current_revision() == VERSION


def test_the_version_is_the_last_migration():
    assert ScriptDirectory.from_config(configuration()).get_current_head() == VERSION


def test_opening_again_keeps_what_is_there(target):
    with State.open(target) as state:
        state.remember_audience(SPRING, [batch("ann")])
    with State.open(target) as state:
        assert state.audience("spring") == replace(SPRING, control=1)


def test_a_database_of_a_newer_patron_is_refused_and_left_alone(target):
    with State.open(target) as state, state.engine.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    try:
        with pytest.raises(RunError, match="version 9999") as error:
            State.open(target)
        assert error.value.data == {"came": "9999", "allowed": VERSION}
    finally:
        if isinstance(target, str):
            _set_back(target)


def _set_back(url):
    from sqlalchemy import create_engine

    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = :version"), {"version": VERSION})
    engine.dispose()


def test_a_migration_that_fails_leaves_nothing_behind(tmp_path, monkeypatch):
    """All migrations stand in one transaction, so a power cut in the middle leaves an empty database."""
    from alembic import op

    def broken(*_args, **_options):
        raise RuntimeError

    make = op.create_table
    monkeypatch.setattr(
        op, "create_table", lambda name, *a, **o: make(name, *a, **o) if name == "audiences" else broken()
    )
    with pytest.raises(RuntimeError):
        State.open(tmp_path / "state.db")
    with sqlite3.connect(tmp_path / "state.db") as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    connection.close()


def test_the_file_is_readable_by_its_owner_only(tmp_path):
    with State.open(tmp_path / STATE_FILE) as state:
        state.remember_audience(SPRING, [batch("ann")])
        files = list((tmp_path / ".patron").iterdir())
        assert len(files) == 3  # with the write-ahead log and its index
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_sqlite_is_set_up_not_to_lose_or_to_lock(tmp_path):
    with State.open(tmp_path / "state.db") as state, state.engine.connect() as connection:
        found = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
        ]
    assert found == ["wal", 1, 2, 30_000]


def test_readers_do_not_wait_for_a_writer(tmp_path):
    with State.open(tmp_path / "state.db") as state:
        seen = []

        def rows():
            yield batch("ann")
            seen.append(state.audiences())

        state.remember_audience(SPRING, rows())
        assert seen == [[]]
        assert len(state.audiences()) == 1


def test_a_file_that_is_no_database_is_refused(tmp_path):
    path = tmp_path / "state.db"
    path.write_text("order_id,customer_id\n" * 100)
    with pytest.raises(RunError, match="not a database"):
        State.open(path)
    assert path.read_text().startswith("order_id")


def test_a_path_that_cannot_be_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="cannot be opened"):
        State.open(tmp_path / "file" / "state.db")


@pytest.mark.parametrize("url", ["nonsense://ann:secret@host/name", "post gres://ann:secret@host:x/name"])
def test_a_bad_url_is_refused_without_its_password(url):
    with pytest.raises(RunError) as error:
        State.open(url)
    assert "secret" not in str(error.value)
    assert error.value.remedy


def test_the_tables_compile_for_postgresql():
    text_ = "".join(str(CreateTable(table).compile(dialect=postgresql.dialect())) for table in METADATA.sorted_tables)
    assert re.search(r"holdout DOUBLE PRECISION NOT NULL", text_)
    assert "ROWID" not in text_


OPEN = """
import sys
from patron.engines.state import State
print("ready", flush=True)
sys.stdin.readline()
with State.open(sys.argv[1]) as state:
    print(len(state.audiences()))
"""


def test_processes_that_open_a_new_database_at_once_all_get_it(tmp_path):
    children = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", OPEN, str(tmp_path / "state.db")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(4)
    ]  # fmt: skip
    assert [child.stdout.readline() for child in children] == ["ready\n"] * 4
    for child in children:
        child.stdin.write("\n")
        child.stdin.flush()
    answers = [child.communicate(timeout=60) for child in children]
    assert answers == [("0\n", "")] * 4


KILLED = """
import sys
import pyarrow as pa
from datetime import date
from patron.engines.state import FrozenAudience, State

def rows():
    for part in range(20):
        ids = [f"{part}-{i}" for i in range(5000)]
        yield pa.record_batch({"customer_id": ids, "arm": ["treated"] * len(ids)})
    print("middle", flush=True)
    sys.stdin.read(1)

with State.open(sys.argv[1]) as state:
    state.remember_audience(FrozenAudience(
        name="spring", segmentation="rfm", segment="champions", purpose="marketing", assigned_on=date(2024, 3, 1),
        run_id="20240301-0001", salt="audience:spring", holdout=0.25), rows())
"""


def test_a_killed_process_leaves_nothing_half_remembered(tmp_path):
    path = tmp_path / "state.db"
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout.readline() == "middle\n"
        assert Path(f"{path}-wal").stat().st_size > 1_000_000  # rows are on the disk already, uncommitted
        child.send_signal(signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL
    with State.open(path) as state:
        assert state.audiences() == []
        assert state.assignments("spring").num_rows == 0
        assert state.remember_audience(SPRING, [batch("ann")]).control == 1


def test_a_commit_that_fails_leaves_nothing(tmp_path):
    with State.open(tmp_path / "state.db") as state:

        @event.listens_for(state.engine, "commit")
        def full(_connection):
            raise sqlite3.OperationalError("database or disk is full")

        with pytest.raises(sqlite3.OperationalError):
            state.remember_audience(SPRING, [batch("ann")])
        event.remove(state.engine, "commit", full)
        assert state.audiences() == []


def test_a_list_that_cannot_be_marked_is_said_to_stand_unfinished(tmp_path):
    with State.open(tmp_path / "state.db") as state:
        state.remember_audience(SPRING, [batch("ann")])
        with state.engine.begin() as connection:
            connection.execute(
                text("CREATE TRIGGER full BEFORE UPDATE ON audiences BEGIN SELECT RAISE(ABORT, 'full'); END")
            )
        with pytest.raises(RunError, match="option force"):
            state.publish_audience("spring")
        assert not state.audience("spring").published
