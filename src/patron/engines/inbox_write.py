"""Writing the inbox: one group of events in one transaction, each messageId once.

This is the hot path. How a group is written is each database's own: `inbox_sqlite`, `inbox_postgresql`.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine

from patron.engines.inbox_group import Group, dead_key, event_key
from patron.engines.inbox_postgresql import PostgresqlInbox
from patron.engines.inbox_sqlite import inbox_of

_MICROS_A_DAY = 86_400_000_000


class InboxWriter:
    """Writes groups over one connection of its own, which is made anew after it broke. For one thread.

    Parameters
    ----------
    engine : Engine
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._connection: Any = None
        self._inbox = inbox_of(engine) if engine.dialect.name == "sqlite" else PostgresqlInbox()

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

    def settle(self) -> bool:
        """Put away a part of what is held in memory to find repeated events; tell whether there may be more to do.

        For a moment at which nobody waits. Nothing is lost where it is never called, only memory.

        Raises
        ------
        Exception
            The driver's own. Nothing was put away; it can be tried again.
        """
        return self._connection is not None and self._inbox.settle(self._connection)

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _write(self, group: Group, day: int) -> int:
        try:
            if self._connection is None:
                self._connection = self._opened()
            return self._inbox.write(self._connection, group, day)
        except BaseException:
            self._broken()
            raise

    def _opened(self) -> Any:
        """Take a connection out of the pool for good."""
        pooled = self.engine.raw_connection()
        connection: Any = pooled.driver_connection
        pooled.detach()
        self._inbox.begin(connection)
        return connection

    def _broken(self) -> None:
        try:
            self.close()
        except self.engine.dialect.loaded_dbapi.Error:
            self._connection = None


__all__ = ["Group", "InboxWriter", "dead_key", "event_key"]
