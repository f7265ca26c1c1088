"""The operational database as it would be: what is written in a rehearsal is seen in it, and taken back at its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import StaticPool

from patron.engines.database import PRAGMAS
from patron.engines.state import State


@contextmanager
def rehearsing(state: State) -> Iterator[State]:
    """Yield a database in which everything happens in one transaction, which is rolled back.

    On SQLite nobody else writes in the meantime. For one thread; a database in memory cannot be rehearsed in.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with State.open(pathlib.Path(tempfile.mkdtemp()) / "state.db") as state, rehearsing(state) as trial:
    ...     trial.audiences()
    []
    """
    engine = _engine(state.engine)
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield State(engine)
            held = connection.connection.dbapi_connection
            assert held is not None
            held.rollback()
    finally:
        engine.dispose()


def _engine(real: Engine) -> Engine:
    """Return an engine with one connection, whose transactions neither end nor begin by themselves."""
    sqlite = real.dialect.name == "sqlite"
    options: dict[str, Any] = {"connect_args": {"check_same_thread": False}} if sqlite else {}
    engine = create_engine(real.url, poolclass=StaticPool, pool_reset_on_return=None, **options)
    if sqlite:
        event.listen(engine, "connect", _set_up)
    for name in ("do_commit", "do_rollback", "do_begin"):
        setattr(engine.dialect, name, _nothing)
    return engine


def _nothing(_connection: object) -> None:
    """Leave the one transaction as it is."""


def _set_up(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


__all__ = ["rehearsing"]
