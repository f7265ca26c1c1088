"""The keys by which an event that comes again is known, and when they are forgotten.

Kept for ever, keys would fill the database, and the more there are, the longer it takes to add one.
Senders try again for hours or days; a key of many weeks ago protects nobody.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from sqlalchemy import Connection, delete, func, select

from patron.engines.database import writing
from patron.engines.inbox_group import KEY_BYTES
from patron.engines.inbox_sqlite import inbox_of
from patron.engines.inbox_state import micros
from patron.engines.inbox_tables import INBOX_RECENT, INBOX_SEEN
from patron.engines.state import State

TOGETHER = 10_000  # keys deleted in one transaction, so that the intake never waits for long

_MICROS_A_DAY = 86_400_000_000


def day_number(day: date) -> int:
    """Return a day as `inbox_seen` keeps it: counted from 1970-01-01.

    Examples
    --------
    >>> day_number(date(1970, 1, 3))
    2
    """
    return micros(datetime.combine(day, time(), UTC)) // _MICROS_A_DAY


def forget_keys(state: State, *, before: date) -> int:
    """Forget the events that came before a day (UTC); return how many they were."""
    with writing(state.engine) as connection:
        gone = _forget_recent(connection, day_number(before))
    if gone and state.engine.dialect.name == "sqlite":
        inbox_of(state.engine).lose()
    old = select(INBOX_SEEN.c.key).where(INBOX_SEEN.c.day < day_number(before)).limit(TOGETHER)
    while True:
        with writing(state.engine) as connection:
            done = connection.execute(delete(INBOX_SEEN).where(INBOX_SEEN.c.key.in_(old))).rowcount
        gone += done
        if done < TOGETHER:
            return gone


def _forget_recent(connection: Connection, day: int) -> int:
    """Forget keys of the log; another process that holds them in memory knows them until it ends."""
    old = INBOX_RECENT.c.day < day
    length = connection.execute(select(func.sum(func.length(INBOX_RECENT.c["keys"]))).where(old)).scalar_one()
    connection.execute(delete(INBOX_RECENT).where(old))
    return int(length or 0) // KEY_BYTES
