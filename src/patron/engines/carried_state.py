"""What is taken over from a database that a backup replaces: what people said and what left since the backup was made.

A withdrawal of consent, a closed address, a preference, a request and the keys of what was delivered must not be
undone by going back to an older state. Everything else is as it was when the backup was made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Table, and_, delete, func, insert, or_, select
from sqlalchemy.sql.elements import ColumnElement

from patron.engines.delivery_tables import OUTBOX
from patron.engines.moments import stored
from patron.engines.preference_tables import PREFERENCES
from patron.engines.state_tables import CONSENT_STATEMENTS, CORRECTIONS, REQUESTS, RIGHTS
from patron.engines.suppression_tables import SUPPRESSIONS
from patron.engines.timer_tables import SENDS
from patron.engines.upgrade import VERSION, version_of

Rows = Sequence[Mapping[str, Any]]

SINCE: Mapping[Table, Callable[[datetime], ColumnElement[bool]]] = {
    SUPPRESSIONS: lambda moment: SUPPRESSIONS.c.since >= moment,
    PREFERENCES: lambda moment: PREFERENCES.c.changed_at >= moment,
    RIGHTS: lambda moment: RIGHTS.c.since >= moment.date(),
    CORRECTIONS: lambda moment: CORRECTIONS.c.made_on >= moment.date(),
    REQUESTS: lambda moment: or_(REQUESTS.c.received_on >= moment.date(), REQUESTS.c.closed_on >= moment.date()),
    OUTBOX: lambda moment: or_(OUTBOX.c.handed_at >= moment, OUTBOX.c.done_at >= moment),
    SENDS: lambda moment: SENDS.c.decided_at >= moment,
}
"""Which rows of each table are newer than a backup; days count from their beginning."""


def newer(engine: Engine, *, made_at: datetime) -> Mapping[Table, Rows]:
    """Read what is to be taken over; nothing where another version made the database, or nobody did."""
    moment = stored(made_at)
    with engine.connect() as connection:
        if version_of(connection) != VERSION:
            return {}
        found = {table: _rows(connection, table, where(moment)) for table, where in SINCE.items()}
        found[CONSENT_STATEMENTS] = _rows(connection, CONSENT_STATEMENTS, CONSENT_STATEMENTS.c.id > 0)
        return found


def carry_over(connection: Connection, found: Mapping[Table, Rows]) -> dict[str, int]:
    """Write what was read over what the backup held of the same things, and return how many rows by table."""
    carried = {}
    for table, rows in found.items():
        kept = rows
        if table is CONSENT_STATEMENTS:  # statements are only ever added, each with a number of its own
            last = connection.execute(select(func.max(table.c.id))).scalar_one() or 0
            kept = [row for row in rows if row["id"] > last]
        for row in kept:
            same = and_(*(column == row[column.name] for column in table.primary_key.columns))
            connection.execute(delete(table).where(same))
            connection.execute(insert(table), dict(row))
        carried[table.name] = len(kept)
    return {name: count for name, count in carried.items() if count}


def _rows(connection: Connection, table: Table, where: ColumnElement[bool]) -> Rows:
    return [dict(row._mapping) for row in connection.execute(select(table).where(where))]


__all__ = ["carry_over", "newer"]
