"""Groups of events into the inbox of SQLite: few statements of many rows, each messageId once.

Each statement hands the interpreter's lock over, and a busy process takes long to hand it back: rows go in by many.
That a messageId came before is found in memory among the recent keys (`inbox_recent`), then in the tree
of the older ones.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import chain, repeat
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from patron.engines.inbox_group import COLUMNS, TAKING, Group, Values, new_ones
from patron.engines.inbox_recent import RecentKeys

Part = TypeVar("Part")

_TAKE = TAKING.format("?")
_PRAGMAS = (
    "cache_size = -65536",  # 64 MB: the keys of the last days stay in memory
    "wal_autocheckpoint = 8192",  # pages; many groups touch the same ones, which are then written once
)


class SqliteInbox:
    """Writes by SQLite's own module, which is in no transaction but ours.

    One for all writers of a database in a process (`inbox_of`): the recent keys are read and held once.
    """

    def __init__(self) -> None:
        self._recent, self._one = RecentKeys(), Lock()

    def begin(self, connection: Any) -> None:
        """Prepare a connection."""
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    def write(self, connection: Any, group: Group, day: int) -> int:
        """Write a group durably; return how many of its rows had not come before."""
        with self._one:
            try:
                with closing(connection.cursor()) as cursor:
                    with _transaction(connection, cursor):
                        new, last = self._written(_Statements(cursor), group, day)
                    if new.keys:
                        self._recent.add(new.keys, number=last, day=day)
            except BaseException:
                self._recent.lose()
                raise
        return len(new.events) + len(new.dead)

    def lose(self) -> None:
        """Hold no keys: rows of the log were taken away, and the rest of it is read anew with the next group."""
        with self._one:
            self._recent.lose()

    def settle(self, connection: Any) -> bool:
        """Put a slice of the recent keys away, where they are many; tell whether there may be more to do."""
        with self._one:
            keys, day = self._recent.next_slice()
            upto = self._recent.over
            if not keys and upto is None:
                return False
            with closing(connection.cursor()) as cursor, _transaction(connection, cursor):
                if keys:
                    _Statements(cursor).add_keys(keys, day)
                else:
                    cursor.execute("DELETE FROM inbox_recent WHERE number <= ?", (upto,))
            if keys:
                self._recent.put_away()
            else:
                self._recent.log_gone()
            return bool(keys)

    def _written(self, statements: _Statements, group: Group, day: int) -> tuple[Group, int]:
        """Write what of a group is new; return it, and the number of its last event."""
        last = statements.take(len(group.events))
        self._recent.catch_up(statements.cursor, last - len(group.events))
        new = self._new(statements, group)
        if len(new.events) < len(group.events):
            last = statements.take(len(new.events) - len(group.events))
        if new.events:
            statements.log_keys(last, day, new.keys)
            statements.add_events(last - len(new.events) + 1, new.events)
        if new.dead:
            statements.add_keys(new.dead_keys, day)
            statements.add_dead(new.dead)
        if new.replayed:
            statements.drop_dead(new.replayed)
        return new, last

    def _new(self, statements: _Statements, group: Group) -> Group:
        """Return the group without what came before."""
        known = self._recent.among(group.keys)
        if self._recent.settled:
            known |= statements.known(group.keys)
        if not known and not group.dead and len(set(group.keys)) == len(group.keys):
            return group
        found, events = new_ones(group.keys, group.events, known)
        dead_keys, dead = new_ones(group.dead_keys, group.dead, statements.known(group.dead_keys))
        return Group(keys=found, events=events, dead_keys=dead_keys, dead=dead, replayed=group.replayed)


_INBOXES: WeakKeyDictionary[Engine, SqliteInbox] = WeakKeyDictionary()
_MAKING = Lock()


def inbox_of(engine: Engine) -> SqliteInbox:
    """Return what all writers of a database in this process share."""
    with _MAKING:
        return _INBOXES.setdefault(engine, SqliteInbox())


@contextmanager
def _transaction(connection: Any, cursor: Any) -> Iterator[None]:
    """Hold the writer's lock; commit, or take back."""
    cursor.execute("BEGIN IMMEDIATE")
    try:
        yield
        cursor.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            cursor.execute("ROLLBACK")
        raise


@dataclass(slots=True)
class _Statements:
    """The statements as SQLite takes them.

    Duplicates are ignored, other conflicts fail without being undone by themselves, for either way of doing that keeps
    copies of every page that a statement touches; the transaction is rolled back as a whole.
    """

    cursor: Any

    def take(self, count: int) -> int:
        """Take `count` numbers, and return the last of them."""
        return int(self.cursor.execute(_TAKE, (count,)).fetchone()[0])

    def log_keys(self, number: int, day: int, keys: Sequence[bytes]) -> None:
        """Write the keys of a group whose last event has a number."""
        self.cursor.execute(
            "INSERT INTO inbox_recent (number, day, keys) VALUES (?, ?, ?)", (number, day, b"".join(keys))
        )

    def add_keys(self, keys: Sequence[bytes], day: int) -> None:
        """Put keys into the tree."""
        for part, size in _in_parts(keys):
            full = part if len(part) == size else [*part, *repeat(part[-1], size - len(part))]  # a key again is ignored
            self.cursor.execute(_adding_keys(size), [day, *full])

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
            statement = _adding_events(size) if len(part) < size else _adding_all_events(size)
            self.cursor.execute(statement, [first, *_flat(part, size)])
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


_INTO_INBOX = f"INSERT OR FAIL INTO inbox (number, message_id, {COLUMNS})"


@cache
def _adding_events(size: int) -> str:
    """Return the statement whose first value is the first row's number; some of its rows may be left out."""
    return f"{_INTO_INBOX} SELECT * FROM (VALUES {_numbered(size)}) WHERE column2 IS NOT NULL"


@cache
def _adding_all_events(size: int) -> str:
    """Return the same for as many rows as it has places, which needs no look at each."""
    return f"{_INTO_INBOX} VALUES {_numbered(size)}"


def _numbered(size: int) -> str:
    return ", ".join(f"(?1 + {place}, {_marks('?', 8)})" for place in range(size))


@cache
def _adding_dead(size: int) -> str:
    rows = _marks(f"({_marks('?', 8)})", size)
    return (
        f"INSERT OR FAIL INTO dead_letters (reason, {COLUMNS}) SELECT * FROM (VALUES {rows}) WHERE column1 IS NOT NULL"
    )
