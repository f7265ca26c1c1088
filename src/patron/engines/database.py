"""One file name or URL -> one SQLAlchemy engine, set up so that nothing is half-written."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError as UrlError
from sqlalchemy.exc import NoSuchModuleError

from patron.errors import RunError
from patron.language import failure

MEMORY = ":memory:"

PRAGMAS = (
    "busy_timeout = 30000",  # milliseconds that a writer waits for another one
    "synchronous = FULL",  # what was committed survives a power cut
    "foreign_keys = ON",
    "secure_delete = ON",  # what was deleted is overwritten, not only forgotten
)

ATTEMPTS = 200  # at the switch to a write-ahead log

PAUSE_S = 0.05


def open_engine(target: str | Path) -> Engine:
    """Return an engine for a SQLite file (made when absent, for its owner only) or a database URL.

    Raises
    ------
    RunError
        The URL cannot be read, its driver is not installed, or the file cannot be made.
    """
    url = _url(target)
    try:
        if url.get_backend_name() != "sqlite":
            # A server that was started again has cut idle connections off: each is tried before it is used.
            return create_engine(url, pool_pre_ping=True)
        _make_file(url)
        engine = create_engine(url)
    except (ImportError, NoSuchModuleError, OSError) as error:
        raise failure(RunError, "state.unopenable", target=described(target), reason=str(error)) from error
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def open_still(target: str | Path) -> Engine:
    """Return an engine for looking into a database that exists, which leaves no trace beside a SQLite file at rest.

    While somebody is writing (or died writing), a log lies beside the file, and the file is opened as usual.

    Raises
    ------
    RunError
        The URL cannot be read, or its driver is not installed.
    """
    url = _url(target)
    if url.get_backend_name() != "sqlite" or url.database in (None, "", MEMORY):
        return open_engine(target)
    file = Path(str(url.database)).absolute()
    if file.with_name(f"{file.name}-wal").exists():
        return open_engine(target)
    still = {"uri": "true", "mode": "ro", "immutable": "1"}
    return create_engine(URL.create("sqlite", database=file.as_uri(), query=still))


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Yield a connection inside one transaction that may write: committed whole, or rolled back."""
    with engine.connect().execution_options(patron_writes=True) as connection, connection.begin():
        yield connection


def described(target: str | Path) -> str:
    """Return the target as a person may see it: without a password."""
    return _url(target).render_as_string(hide_password=True) if "://" in str(target) else str(target)


def _url(target: str | Path) -> URL:
    text = str(target)
    if "://" not in text:
        return URL.create("sqlite", database=text)
    try:
        return make_url(text)
    except UrlError as error:
        scheme = text.partition("://")[0]  # the rest may hold a password
        raise failure(RunError, "state.url", came=f"{scheme}://...") from error


def _make_file(url: URL) -> None:
    """Make the file before SQLite does, so that its rights are never wider than the owner's."""
    if url.database in (None, "", MEMORY):
        return
    path = Path(str(url.database))
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _set_up(connection: Any, _record: object) -> None:
    """Set up one SQLite connection; transactions begin where `_begin` says, not where the driver guesses."""
    connection.isolation_level = None
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    _keep_log(connection)


def _keep_log(connection: Any) -> None:
    """Switch a new file to a write-ahead log, so that readers never wait for a writer.

    For this one switch SQLite does not wait by itself when another process is opening the same new file.
    """
    for attempt in range(ATTEMPTS):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or attempt == ATTEMPTS - 1:
                raise
            time.sleep(PAUSE_S)


def _begin(connection: Connection) -> None:
    """Take SQLite's one writer's lock at the start: a reader that turns writer half-way could only fail."""
    if connection.get_execution_options().get("patron_writes"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        return
    held = connection.connection.dbapi_connection
    assert held is not None  # a connection that begins is open
    # By the driver itself: by way of SQLAlchemy this word takes longer than most questions that follow it.
    held.cursor().execute("BEGIN").close()
