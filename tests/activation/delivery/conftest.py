"""Both databases, also for tests whose threads and processes share one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from patron.engines.state import State


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty operational database is: a file's name, or a URL of PostgreSQL."""
    if request.param == "sqlite":
        return str(tmp_path / "state.db")
    url: str = request.getfixturevalue("migrated_database")
    return url


@pytest.fixture
def state(database_url: str) -> Iterator[State]:
    """The open database."""
    with State.open(database_url) as opened:
        yield opened
