"""Groups of events into the inbox of PostgreSQL: several processes write, each messageId goes in once.

All keys of a group are inserted, those that are there already are left out; only when fewer went in than were sent is
it asked which, and the group is written again without them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from patron.engines.inbox_group import COLUMNS, TAKING, Group, Values, new_ones
from patron.engines.key_runs import split


class PostgresqlInbox:
    """Writes by psycopg, which begins a transaction with the first statement."""

    def begin(self, connection: Any) -> None:
        """Prepare a connection: keys that came with a database of SQLite's are put where they are looked for."""
        with connection.cursor() as cursor:
            rows = cursor.execute("SELECT day, keys FROM inbox_recent").fetchall()
            for day, keys in rows:
                _Statements(cursor).add_keys(split(bytes(keys)), day)
            if rows:
                cursor.execute("DELETE FROM inbox_recent")
        connection.commit()

    def write(self, connection: Any, group: Group, day: int) -> int:
        """Write a group durably; return how many of its rows had not come before."""
        with connection.cursor() as cursor:
            statements = _Statements(cursor)
            for write in (_all, _new):
                try:
                    written = write(statements, group, day)
                except BaseException:
                    if not connection.closed:
                        connection.rollback()
                    raise
                if written is not None:
                    connection.commit()
                    return written
                connection.rollback()
        raise AssertionError  # _new has written

    def settle(self, connection: Any) -> bool:  # noqa: ARG002 - SQLite's needs it
        """Tell that there is nothing to put away."""
        return False


def _all(driver: _Statements, group: Group, day: int) -> int | None:
    """Write a group as if nothing in it had come before; none where something had, and all is to be taken back."""
    keys = [*group.keys, *group.dead_keys]
    last = driver.take(len(group.events))
    if driver.add_keys(keys, day) != len(keys):
        return None
    return _rows(driver, last, group.events, group)


def _new(driver: _Statements, group: Group, day: int) -> int:
    """Write what of a group has not come before."""
    driver.take(0)  # whoever else writes waits: what is not known now is not known until the commit
    known = driver.known([*group.keys, *group.dead_keys])
    keys, events = new_ones(group.keys, group.events, known)
    dead_keys, dead = new_ones(group.dead_keys, group.dead, known)
    driver.add_keys([*keys, *dead_keys], day)
    return _rows(driver, driver.take(len(events)), events, Group(dead=dead, replayed=group.replayed))


def _rows(driver: _Statements, last: int, events: list[Values], others: Group) -> int:
    """Write events, the last of which gets the number `last`, and what a group has besides."""
    first = last - len(events) + 1
    driver.add_events(first, events)
    if others.dead:
        driver.add_dead(others.dead)
    if others.replayed:
        driver.drop_dead(others.replayed)
    return len(events) + len(others.dead)


_UNNESTED = "%s::varchar[], %s::varchar[], %s::bigint[], %s::bigint[], %s::boolean[], %s::bytea[], %s::bytea[]"


@dataclass(slots=True)
class _Statements:
    """The statements as PostgreSQL takes them: a column is an array."""

    cursor: Any

    def take(self, count: int) -> int:
        """Take `count` numbers, and return the last; whoever else wants some waits until this transaction ends."""
        return int(self.cursor.execute(TAKING.format("%s"), (count,)).fetchone()[0])

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
