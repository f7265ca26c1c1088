"""What was given up or is not known: looked at, handed over again when a person says so, forgotten after a while."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, func, select, update
from sqlalchemy.sql.elements import ColumnElement

from patron.engines.delivery_tables import OUTBOX
from patron.engines.moments import stored
from patron.engines.outbox_state import Standing, standings

KEPT = timedelta(days=30)
"""So long what was given up keeps what it said and to whom, to be handed over again."""

GIVEN_UP = ("dead", "unknown")


def given_up(connection: Connection, destination: str | None, *, limit: int) -> list[Standing]:
    """Return what is dead or unknown, of one destination or of all, the newest first."""
    row = OUTBOX.c
    chosen: list[ColumnElement[bool]] = [row.state.in_(GIVEN_UP)]
    if destination is not None:
        chosen.append(row.destination == destination)
    return standings(connection, and_(*chosen), limit=limit)


def replay(
    connection: Connection, *, ids: Sequence[str] = (), destination: str | None = None, unknown: bool, now: datetime
) -> list[str]:
    """Let what was given up wait again, due now and with all its tries, and return the ids.

    Parameters
    ----------
    connection : Connection
        Of `engines.database.writing`.
    ids : sequence of str
        Those.
    destination : str, optional
        Or all of this destination.
    unknown : bool
        Also what is unknown: it may be taken a second time.
    now : datetime
        Aware.
    """
    row = OUTBOX.c
    chosen: list[ColumnElement[bool]] = [row.state.in_(GIVEN_UP if unknown else GIVEN_UP[:1]), row.content.is_not(None)]
    chosen.append(row.delivery_id.in_(list(ids)) if ids else row.destination == destination)
    again = update(OUTBOX).where(*chosen).returning(row.delivery_id)
    facts = {"state": "waiting", "attempts": 0, "due_at": stored(now), "done_at": None, "reason": None}
    return sorted(connection.execute(again.values(facts)).scalars())


def forget(connection: Connection, *, now: datetime) -> int:
    """Empty what was given up so long ago that nobody hands it over again, and return how many."""
    row = OUTBOX.c
    old = and_(row.state.in_(GIVEN_UP), row.done_at < stored(now - KEPT), row.content.is_not(None))
    return connection.execute(update(OUTBOX).where(old).values(content=None, address=None)).rowcount


def reasons(connection: Connection, states: Sequence[str]) -> list[tuple[str, str, str | None, int]]:
    """Return destination, state, reason and number of the deliveries in these states."""
    row = OUTBOX.c
    keys = (row.destination, row.state, row.reason)
    query = select(*keys, func.count()).where(row.state.in_(states)).group_by(*keys).order_by(*keys)
    return [(one[0], one[1], one[2], one[3]) for one in connection.execute(query)]


def costs(connection: Connection) -> dict[str, float]:
    """Return what the deliveries of each destination have cost that told a cost."""
    row = OUTBOX.c
    query = select(row.destination, func.sum(row.cost)).where(row.state == "delivered", row.cost.is_not(None))
    return {one[0]: float(one[1]) for one in connection.execute(query.group_by(row.destination))}


__all__ = ["GIVEN_UP", "KEPT", "costs", "forget", "given_up", "reasons", "replay"]
