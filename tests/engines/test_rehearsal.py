"""In a rehearsal everything happens, and nothing stays."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from patron.engines.database import writing
from patron.engines.outbox_state import Entry, counts, put
from patron.engines.rehearsal import rehearsing
from patron.engines.state import State

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def entry(delivery_id: str) -> Entry:
    return Entry(
        delivery_id=delivery_id, destination="mail", kind="message", source="live", customer_id="c1", content={},
        made_at=NOW, due_at=NOW,
    )  # fmt: skip


def counted(state: State) -> int:
    with state.engine.connect() as connection:
        return sum(counts(connection).values())


@pytest.fixture(params=["sqlite", "postgresql"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "state.db") if request.param == "sqlite" else request.getfixturevalue("migrated_database")


def test_what_is_written_is_seen_and_taken_back(file):
    with State.open(file) as state:
        with writing(state.engine) as connection:
            put(connection, [entry("before")])
        with rehearsing(state) as trial:
            for one in ("a", "b"):
                with writing(trial.engine) as connection:
                    put(connection, [entry(one)])
            assert counted(trial) == 3
            if state.engine.dialect.name == "sqlite":
                assert counted(state) == 1  # nobody else sees it
        assert counted(state) == 1
        with writing(state.engine) as connection:
            assert put(connection, [entry("a")]) == 1  # and nothing is locked


def test_an_error_takes_it_back_as_well(file):
    def failing(state):
        with rehearsing(state) as trial, writing(trial.engine) as connection:
            put(connection, [entry("a")])
            raise ValueError("gone wrong")

    with State.open(file) as state:
        with pytest.raises(ValueError, match="gone wrong"):
            failing(state)
        assert counted(state) == 0
        with writing(state.engine) as connection:
            assert put(connection, [entry("a")]) == 1
