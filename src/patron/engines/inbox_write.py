"""Writing the inbox: one group of events in one transaction, each messageId once.

This is the hot path: rows go to the driver in few statements of many rows, for each statement hands the interpreter's
lock over and a busy process takes long to hand it back. That a messageId came before is found by the unique key of
`inbox_seen`: all keys of a group are inserted, those that are there already are left out; only when fewer went in than
were sent is it asked which, and the group is written again without them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
from itertools import chain, repeat
from typing import Any, TypeVar

from sqlalchemy import Engine

Values = tuple[str, str, str, int, int | None, bool, bytes | None, bytes]
"""message_id (a dead letter's reason), source, kind, received_at, sent_at, gpc, context, payload."""

COLUMNS = "source, kind, received_at, sent_at, gpc, context, payload"

KEY_BYTES = 16

Part = TypeVar("Part")

_MICROS_A_DAY = 86_400_000_000


@dataclass(slots=True)
class Group:
    """What is committed together: events and dead letters, each with the key by which it is known again.

    `replayed` are numbers of dead letters that go, for they are now among the events, or came before.
    """

    keys: list[bytes] = field(default_factory=list)
    events: list[Values] = field(default_factory=list)
    dead_keys: list[bytes] = field(default_factory=list)
    dead: list[Values] = field(default_factory=list)
    replayed: list[int] = field(default_factory=list)


def event_key(source: str, message_id: str) -> bytes:
    """Return the key of an event: no two sources disturb each other."""
    return blake2b(f"{source}\0{message_id}".encode(), digest_size=KEY_BYTES).digest()


def dead_key(source: str, payload: bytes) -> bytes:
    """Return the key of a dead letter: the same bytes again, for whoever sends them again."""
    return blake2b(payload, digest_size=KEY_BYTES, key=blake2b(source.encode(), digest_size=32).digest()).digest()


_SQLITE_PRAGMAS = (
    "cache_size = -65536",  # 64 MB: the keys of the last days stay in memory
    "wal_autocheckpoint = 8192",  # pages; many groups touch the same ones, which are then written once
)


class InboxWriter:
    """Writes groups over one connection of its own, which is made anew after it broke. For one thread.

    Parameters
    ----------
    engine : Engine
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._connection: Any = None

    def write(self, group: Group, *, now: int) -> int:
        """Write a group durably; return how many of its events and dead letters had not come before.

        Where the connection was lost, it is not known whether the group was written: it is written again, once.

        Parameters
        ----------
        group : Group
        now : int
            Microseconds since 1970, UTC.

        Raises
        ------
        Exception
            The driver's own. Nothing of the group counts as written; the same group may be written again.
        """
        held = self._connection is not None
        try:
            return self._write(group, now // _MICROS_A_DAY)
        except self.engine.dialect.loaded_dbapi.Error as error:
            if not held or not self.engine.dialect.is_disconnect(error, None, None):
                raise
        return self._write(group, now // _MICROS_A_DAY)

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _write(self, group: Group, day: int) -> int:
        try:
            if self._connection is None:
                self._connection = self._opened()
            if self.engine.dialect.name == "sqlite":
                return _sqlite(self._connection, group, day)
            return _postgresql(self._connection, group, day)
        except BaseException:
            self._broken()
            raise

    def _opened(self) -> Any:
        """Take a connection out of the pool for good."""
        pooled = self.engine.raw_connection()
        connection: Any = pooled.driver_connection
        pooled.detach()
        if self.engine.dialect.name == "sqlite":
            for pragma in _SQLITE_PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")
        return connection

    def _broken(self) -> None:
        try:
            self.close()
        except self.engine.dialect.loaded_dbapi.Error:
            self._connection = None


def _sqlite(connection: Any, group: Group, day: int) -> int:
    """Write by SQLite's own module, which is in no transaction but ours."""
    with closing(connection.cursor()) as cursor:
        driver = _Sqlite(cursor)
        for write in (_all, _new):
            cursor.execute("BEGIN IMMEDIATE")
            try:
                written = write(driver, group, day)
                cursor.execute("ROLLBACK" if written is None else "COMMIT")
            except BaseException:
                if connection.in_transaction:
                    cursor.execute("ROLLBACK")
                raise
            if written is not None:
                return written
    raise AssertionError  # _new has written


def _postgresql(connection: Any, group: Group, day: int) -> int:
    """Write by psycopg, which begins a transaction with the first statement."""
    with connection.cursor() as cursor:
        driver = _PostgreSQL(cursor)
        for write in (_all, _new):
            try:
                written = write(driver, group, day)
            except BaseException:
                if not connection.closed:
                    connection.rollback()
                raise
            if written is not None:
                connection.commit()
                return written
            connection.rollback()
    raise AssertionError  # _new has written


def _all(driver: _Sqlite | _PostgreSQL, group: Group, day: int) -> int | None:
    """Write a group as if nothing in it had come before; none where something had, and all is to be taken back."""
    keys = [*group.keys, *group.dead_keys]
    last = driver.take(len(group.events))
    if driver.add_keys(keys, day) != len(keys):
        return None
    return _rows(driver, last, group.events, group)


def _new(driver: _Sqlite | _PostgreSQL, group: Group, day: int) -> int:
    """Write what of a group has not come before."""
    driver.take(0)  # whoever else writes waits: what is not known now is not known until the commit
    known = driver.known([*group.keys, *group.dead_keys])
    keys, events = _first(group.keys, group.events, known)
    dead_keys, dead = _first(group.dead_keys, group.dead, known)
    driver.add_keys([*keys, *dead_keys], day)
    return _rows(driver, driver.take(len(events)), events, Group(dead=dead, replayed=group.replayed))


def _rows(driver: _Sqlite | _PostgreSQL, last: int, events: list[Values], others: Group) -> int:
    """Write events, the last of which gets the number `last`, and what a group has besides."""
    first = last - len(events) + 1
    driver.add_events(first, events)
    if others.dead:
        driver.add_dead(others.dead)
    if others.replayed:
        driver.drop_dead(others.replayed)
    return len(events) + len(others.dead)


def _first(keys: list[bytes], rows: list[Values], known: set[bytes]) -> tuple[list[bytes], list[Values]]:
    """Return the keys that are not known, each once, and their rows; they are known from then on."""
    fresh: list[bytes] = []
    kept: list[Values] = []
    for key, row in zip(keys, rows, strict=True):
        if key not in known:
            known.add(key)
            fresh.append(key)
            kept.append(row)
    return fresh, kept


_TAKE = (
    "INSERT INTO inbox_counter (id, last) VALUES (1, {0}) "
    "ON CONFLICT (id) DO UPDATE SET last = inbox_counter.last + excluded.last RETURNING last"
)


@dataclass(slots=True)
class _Sqlite:
    """The statements as SQLite takes them.

    Duplicates are ignored, other conflicts fail without being undone by themselves, for either way of doing that keeps
    copies of every page that a statement touches; the transaction is rolled back as a whole.
    """

    cursor: Any

    def take(self, count: int) -> int:
        """Take `count` numbers, and return the last of them."""
        return int(self.cursor.execute(_TAKE.format("?"), (count,)).fetchone()[0])

    def add_keys(self, keys: Sequence[bytes], day: int) -> int:
        added = 0
        for part, size in _in_parts(keys):
            full = part if len(part) == size else [*part, *repeat(part[-1], size - len(part))]  # a key again is ignored
            self.cursor.execute(_adding_keys(size), [day, *full])
            added += self.cursor.rowcount
        return added

    def known(self, keys: Sequence[bytes]) -> set[bytes]:
        found: set[bytes] = set()
        for part, size in _in_parts(keys):
            full = [*part, *repeat(part[-1], size - len(part))]
            marks = _marks("?", size)
            rows = self.cursor.execute(f"SELECT key FROM inbox_seen WHERE key IN ({marks})", full)
            found.update(row[0] for row in rows)
        return found

    def add_events(self, first: int, rows: Sequence[Values]) -> None:
        for part, size in _in_parts(rows):
            self.cursor.execute(_adding_events(size), [first, *_flat(part, size)])
            self._all_of(part)
            first += len(part)

    def add_dead(self, rows: Sequence[Values]) -> None:
        for part, size in _in_parts(rows):
            self.cursor.execute(_adding_dead(size), _flat(part, size))
            self._all_of(part)

    def _all_of(self, part: Sequence[Values]) -> None:
        """Make sure that no row was taken for one that fills up: what is not written must not be acknowledged."""
        if self.cursor.rowcount != len(part):
            raise AssertionError

    def drop_dead(self, numbers: Sequence[int]) -> None:
        self.cursor.executemany("DELETE FROM dead_letters WHERE number = ?", [(number,) for number in numbers])


_SIZES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128)
"""Rows of one statement. A smaller part is filled up: each statement hands the interpreter's lock over and asks for it
again, which costs more than the rows that are left out, and few different statements are kept ready by the driver."""

_NOTHING = (None,) * 8  # a row that is left out


def _in_parts(rows: Sequence[Part]) -> Iterator[tuple[Sequence[Part], int]]:
    """Yield the rows in parts, each with the number of rows of the statement that takes them."""
    most = _SIZES[-1]
    for begin in range(0, len(rows), most):
        part = rows[begin : begin + most]
        yield part, _SIZES[bisect_left(_SIZES, len(part))]


def _flat(rows: Sequence[Values], size: int) -> list[Any]:
    return [*chain.from_iterable(rows), *chain.from_iterable(repeat(_NOTHING, size - len(rows)))]


def _marks(one: str, size: int) -> str:
    return ", ".join([one] * size)


@cache
def _adding_keys(size: int) -> str:
    return f"INSERT OR IGNORE INTO inbox_seen (day, key) VALUES {_marks('(?1, ?)', size)}"


@cache
def _adding_events(size: int) -> str:
    """Return the statement whose first value is the first row's number."""
    rows = ", ".join(f"(?1 + {place}, {_marks('?', 8)})" for place in range(size))
    return (
        f"INSERT OR FAIL INTO inbox (number, message_id, {COLUMNS}) "
        f"SELECT * FROM (VALUES {rows}) WHERE column2 IS NOT NULL"
    )


@cache
def _adding_dead(size: int) -> str:
    rows = _marks(f"({_marks('?', 8)})", size)
    return (
        f"INSERT OR FAIL INTO dead_letters (reason, {COLUMNS}) SELECT * FROM (VALUES {rows}) WHERE column1 IS NOT NULL"
    )


_UNNESTED = "%s::varchar[], %s::varchar[], %s::bigint[], %s::bigint[], %s::boolean[], %s::bytea[], %s::bytea[]"


@dataclass(slots=True)
class _PostgreSQL:
    """The statements as PostgreSQL takes them: a column is an array."""

    cursor: Any

    def take(self, count: int) -> int:
        """Take `count` numbers, and return the last; whoever else wants some waits until this transaction ends."""
        return int(self.cursor.execute(_TAKE.format("%s"), (count,)).fetchone()[0])

    def add_keys(self, keys: Sequence[bytes], day: int) -> int:
        self.cursor.execute(
            "INSERT INTO inbox_seen (key, day) SELECT unnest(%s::bytea[]), %s ON CONFLICT DO NOTHING", (list(keys), day)
        )
        return int(self.cursor.rowcount)

    def known(self, keys: Sequence[bytes]) -> set[bytes]:
        rows = self.cursor.execute("SELECT key FROM inbox_seen WHERE key = ANY(%s::bytea[])", (list(keys),))
        return {bytes(row[0]) for row in rows}

    def add_events(self, first: int, rows: Sequence[Values]) -> None:
        numbered = [(first + place, *one) for place, one in enumerate(rows)]
        self._add(f"INSERT INTO inbox (number, message_id, {COLUMNS})", "%s::bigint[], %s::varchar[], ", numbered)

    def add_dead(self, rows: Sequence[tuple[Any, ...]]) -> None:
        self._add(f"INSERT INTO dead_letters (reason, {COLUMNS})", "%s::varchar[], ", rows)

    def drop_dead(self, numbers: Sequence[int]) -> None:
        self.cursor.execute("DELETE FROM dead_letters WHERE number = ANY(%s::bigint[])", (list(numbers),))

    def _add(self, statement: str, more: str, rows: Sequence[tuple[Any, ...]]) -> None:
        if rows:
            columns = [list(column) for column in zip(*rows, strict=True)]
            self.cursor.execute(f"{statement} SELECT * FROM unnest({more}{_UNNESTED})", columns)
