"""Who works the stream: one process at a time, and another when it has gone.

A lease is a row with a time at which it ends. The time only says when somebody else may try: what keeps two holders
apart is that each piece of work begins by writing the row, in the transaction of the work itself. A process that was
stopped for an hour finds the row in other hands and has nothing to undo; a clock that jumps changes who works, never
how often an event is worked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from patron.engines.moments import stored
from patron.engines.timer_tables import STREAM_LEASES

LEASE = timedelta(seconds=10)
"""How long nobody takes over from a process that says nothing more."""


@dataclass(frozen=True, kw_only=True)
class Lease:
    """The right to work, inside the transaction that took it."""

    name: str
    holder: str
    turn: int
    number: int  # the last event that was worked


def take(connection: Connection, name: str, *, holder: str, now: datetime) -> Lease | None:
    """Take or keep the lease of `name`, or return none where another process holds it.

    Parameters
    ----------
    connection : Connection
        Of `engines.database.writing`; until it commits no other process takes the lease.
    name : str
        Of the work.
    holder : str
        Who asks; no other process has the same name.
    now : datetime
        Aware.
    """
    moment, row = stored(now), STREAM_LEASES
    # A lease that ends later than any that could be given now was given by a clock that has been set back since.
    ended = or_(row.c.until <= moment, row.c.until > moment + LEASE)
    ours = row.c.holder == holder
    statement = update(row).where(row.c.name == name, or_(ours, ended))
    connection.execute(statement.values(holder=holder, until=moment + LEASE, turn=row.c.turn + 1))
    found = connection.execute(select(row).where(row.c.name == name)).one_or_none()
    if found is None:
        _begin(connection, name, holder, moment)
        found = connection.execute(select(row).where(row.c.name == name)).one()
    if found.holder != holder:
        return None
    return Lease(name=name, holder=holder, turn=found.turn, number=found.number)


def move(connection: Connection, lease: Lease, number: int) -> None:
    """Note that everything up to event `number` is worked, in the transaction that worked it."""
    row = STREAM_LEASES
    connection.execute(update(row).where(row.c.name == lease.name, row.c.holder == lease.holder).values(number=number))


def give_back(connection: Connection, name: str, *, holder: str, now: datetime) -> None:
    """Let another process take over at once."""
    row = STREAM_LEASES
    connection.execute(update(row).where(row.c.name == name, row.c.holder == holder).values(until=stored(now)))


def worked_to(connection: Connection, name: str) -> int:
    """Return the number of the last event that was worked; 0 before the first."""
    row = STREAM_LEASES
    return int(connection.execute(select(row.c.number).where(row.c.name == name)).scalar_one_or_none() or 0)


def _begin(connection: Connection, name: str, holder: str, moment: datetime) -> None:
    """Make the row where there is none; of two that do so at once, one does."""
    kind = postgresql if connection.dialect.name == "postgresql" else sqlite
    row = {"name": name, "holder": holder, "until": moment + LEASE, "turn": 1, "number": 0}
    connection.execute(kind.insert(STREAM_LEASES).values(row).on_conflict_do_nothing())


__all__ = ["LEASE", "Lease", "give_back", "move", "take", "worked_to"]
