"""What Patron itself sent and showed, as messages of a run: what left for whom, by which trigger, in which variant.

In   the tables `outbox` (deliveries), `sends` (live triggers) and `decision_log` (decisions on request)
Out  sources.collected.rows.SCHEMAS["messages"]

A run reads it as it stands. Of what goes by a destination that counts which was taken, and what may have been: whoever
may have got a message is not to be sent another. A live message that no destination is there for counts from the moment
at which it is to leave, and what did not leave after all is gone from the next run. Campaign is the trigger, or the
list, and message its step, as everywhere, so that learning, fatigue, contacts and the effects of triggers count our own
messages as they count all others. Of decisions on request those count that carried the message of a trigger and were
shown: what was only asked for reached nobody, and products on a page are no contact.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import ColumnElement, Connection, exists, func, select

from patron.engines.decision_log_tables import DECISION_LOG
from patron.engines.delivery_tables import OUTBOX
from patron.engines.moments import aware, stored
from patron.engines.send_state import LEAVING
from patron.engines.state import State
from patron.engines.timer_tables import SENDS
from patron.sources.collected import NUMBER, SCHEMAS, named
from patron.sources.collected.row import Row, row, written
from patron.sources.files import SourceFile

LEFT = ("delivered", "unknown", "handing")
"""States of a delivery that was taken, or may have been."""

ON_SITE = "web"
"""The channel of what is shown where somebody asked for it."""

NAME = ".patron/sends"
"""What the rows are called where files are named."""

_SOURCE = "messages"


def decided_live(state: State, *, until: datetime, aside: Path) -> SourceFile | None:
    """Write what left by `until` as a file of messages; none where nothing did.

    Parameters
    ----------
    state : State
        The open database.
    until : datetime
        Aware: the moment at which the run is made. The same moment gives the same file, as long as nothing that had
        left by then is taken back.
    aside : Path
        A folder that stands as long as the run is made.
    """
    with state.engine.connect() as connection:
        told = (*_delivered(connection, until), *_sent(connection, until), *_shown(connection, until))
        rows = sorted(told, key=lambda one: (one["message_id"], one["event"]))
    if not rows:
        return None
    schema = SCHEMAS[_SOURCE]
    columns = {name: [one.get(name) for one in rows] for name in schema.names if name != NUMBER}
    aside.mkdir(parents=True, exist_ok=True)
    path = aside / "sends.parquet"
    pq.write_table(pa.table({NUMBER: [0] * len(rows), **columns}, schema=schema), path)
    return SourceFile(path, NAME, named(_SOURCE))


def _delivered(connection: Connection, until: datetime) -> Iterator[Row]:
    table = OUTBOX.c
    left = func.coalesce(table.handed_at, table.done_at)
    names = ("delivery_id", "customer_id", "channel", "trigger", "audience", "step", "variant", "cost")
    wanted = select(*(table[name] for name in names), left.label("left_at")).where(
        table.kind == "message", table.state.in_(LEFT), left <= stored(until)
    )
    for one in connection.execute(wanted):
        yield row(
            message_id=one.delivery_id, customer_id=one.customer_id, event="sent", channel=one.channel,
            occurred_at=written(aware(one.left_at)), campaign=one.trigger or one.audience, message=one.step,
            variant=one.variant, cost=None if one.cost is None else f"{one.cost:.4f}",
        )  # fmt: skip


def _put_in(send_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Tell whether a live message went to a destination: then its delivery says what became of it."""
    return exists().where(OUTBOX.c.delivery_id == send_id)


def _sent(connection: Connection, until: datetime) -> Iterator[Row]:
    table = SENDS.c
    wanted = select(
        table.send_id, table.customer_id, table.send_at, table.channel, table.trigger, table.step, table.variant
    ).where(table.outcome.in_(LEAVING), table.send_at <= stored(until), ~_put_in(table.send_id))
    for one in connection.execute(wanted):
        yield row(
            message_id=one.send_id, customer_id=one.customer_id, event="sent", occurred_at=written(aware(one.send_at)),
            channel=one.channel, campaign=one.trigger, message=one.step, variant=one.variant,
        )  # fmt: skip


def _shown(connection: Connection, until: datetime) -> Iterator[Row]:
    log = DECISION_LOG.c
    wanted = select(
        log.decision_id, log.customer_id, log.user_id, log.anonymous_id, log.placement, log.trigger, log.variant,
        log.shown_at, log.clicked_at,
    ).where(log.outcome == "given", log.trigger.is_not(None), log.shown_at <= stored(until))  # fmt: skip
    for one in connection.execute(wanted):
        moments = {"sent": one.shown_at, "clicked": one.clicked_at}
        for happened, at in moments.items():
            if at is not None and at <= stored(until):
                yield row(
                    message_id=one.decision_id, customer_id=one.customer_id or one.user_id,
                    anonymous_id=one.anonymous_id, event=happened, occurred_at=written(aware(at)), channel=ON_SITE,
                    campaign=one.trigger, message=one.placement, variant=one.variant,
                )  # fmt: skip
