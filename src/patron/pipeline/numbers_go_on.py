"""The numbers of the inbox go on after those of the parts, also in a database that is new, or was restored.

Parts outlive a database: one that is begun anew, moved to another server or restored from a backup would give numbers
that stand in a part already, and what it is told under them would never be collected.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlalchemy import Connection, insert, select, update

from patron.engines.database import writing
from patron.engines.inbox_parts import RAW, Parts
from patron.engines.inbox_state import newest
from patron.engines.inbox_tables import INBOX, INBOX_COUNTER
from patron.engines.state import State


def numbers_go_on(state: State, parts: Parts) -> int:
    """Let the next number be greater than every collected one; return how many events were given another number.

    Events that the database took before anybody noticed, and that stand in no part, get numbers of their own.
    """
    collected_to = parts.newest
    with state.engine.connect() as connection:
        if newest(connection) >= collected_to:
            return 0
    with writing(state.engine) as connection:
        last = newest(connection)
        strangers = _strangers(connection, parts)
        for place, number in enumerate(strangers, collected_to + 1):
            connection.execute(update(INBOX).where(INBOX.c.number == number).values(number=place))
        now = max(last, collected_to + len(strangers))
        if not connection.execute(update(INBOX_COUNTER).values(last=now)).rowcount:
            connection.execute(insert(INBOX_COUNTER), {"id": 1, "last": now})
    return len(strangers)


def _strangers(connection: Connection, parts: Parts) -> list[int]:
    """Return the numbers of the events of the database that stand in no part under their number."""
    rows = {row.number: row.message_id for row in connection.execute(select(INBOX.c.number, INBOX.c.message_id))}
    if not rows:
        return []
    for file in parts.files(RAW):
        known = pq.read_table(file, columns=["number", "message_id"])
        few = known.filter(pc.is_in(known["number"], pa.array(list(rows), pa.int64()))) if known.num_rows else known
        for one in few.to_pylist():
            if rows.get(one["number"]) == one["message_id"]:
                del rows[one["number"]]
    return sorted(rows)
