"""What a restored database must not do a second time.

A backup knows nothing of what happened after it was made: what waited in it may have left since. What a destination
recognises goes again under the same key. What cannot be taken back does not: it counts as unknown, for a person to look
at. Messages that were due, timers that had to fire and events that were to be worked before the moment of the restore
are left behind for the same reason; what is due later goes on.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from patron.engines.delivery_tables import OUTBOX
from patron.engines.inbox_state import newest
from patron.engines.job_tables import RESTORES
from patron.engines.moments import aware, stored
from patron.engines.timer_tables import SENDS, STREAM_LEASES, TIMERS

REASON = "restored"
STREAM = "stream"


def leave_behind(
    connection: Connection, *, made_at: datetime, now: datetime, recognising: Collection[str]
) -> Mapping[str, int]:
    """Note that the database was restored, and take out what may have been done since the backup.

    Parameters
    ----------
    connection : Connection
        Of `engines.database.writing`.
    made_at, now : datetime
        When the backup was made, and the moment that it is.
    recognising : collection of str
        Destinations that take what comes twice once: their deliveries go again.

    Returns
    -------
    mapping
        How many ``deliveries``, ``sends``, ``timers`` and ``events`` were left behind.
    """
    moment = stored(now)
    under_way = or_(OUTBOX.c.state == "handing", (OUTBOX.c.state == "waiting") & (OUTBOX.c.due_at <= moment))
    unsure = under_way & OUTBOX.c.destination.not_in(sorted(recognising))
    over = {"state": "unknown", "reason": REASON, "done_at": moment, "address": None, "content": None}
    left = {"deliveries": connection.execute(update(OUTBOX).where(unsure).values(over)).rowcount}
    again = (OUTBOX.c.state == "handing") & OUTBOX.c.destination.in_(sorted(recognising))
    connection.execute(update(OUTBOX).where(again).values(state="waiting"))
    overdue = (SENDS.c.outcome == "waiting") & (func.coalesce(SENDS.c.send_at, SENDS.c.decided_at) <= moment)
    gone = update(SENDS).where(overdue).values(outcome="expired", reason=REASON)
    left["sends"] = connection.execute(gone).rowcount
    left["timers"] = connection.execute(delete(TIMERS).where(TIMERS.c.due_at <= moment)).rowcount
    left["events"] = _events(connection)
    connection.execute(insert(RESTORES), {"restored_at": moment, "made_at": stored(made_at)})
    return left


def restored_at(connection: Connection) -> datetime | None:
    """Return when the database was last restored: what was due up to then may have left before. None: it never was."""
    found = connection.execute(select(func.max(RESTORES.c.restored_at))).scalar_one()
    return None if found is None else aware(found)


def _events(connection: Connection) -> int:
    """Let the stream go on after the events that the backup holds, and nobody else hold its lease; return how many."""
    last = newest(connection)
    row = connection.execute(select(STREAM_LEASES.c.number).where(STREAM_LEASES.c.name == STREAM)).one_or_none()
    if row is None:
        return 0
    connection.execute(update(STREAM_LEASES).where(STREAM_LEASES.c.name == STREAM).values(number=max(last, row.number)))
    return max(last - int(row.number), 0)


__all__ = ["leave_behind", "restored_at"]
