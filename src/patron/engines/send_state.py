"""Messages that are to leave, in the operational database: what was decided at once, for whom, and why.

Who is held out and what is refused is kept, too: without the first nothing could be measured, without the second
nobody could be told why.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, time
from functools import cache
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
from sqlalchemy import Connection, Executable, Row, bindparam, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from patron.engines.moments import aware, stored
from patron.engines.state import BATCH, State
from patron.engines.timer_tables import SENDS

_MOMENTS = ("fired_at", "decided_at", "send_at", "expires_at")

LEAVING = ("waiting", "sent")
"""Outcomes of a message that left or is to leave."""


@dataclass(frozen=True, kw_only=True)
class Send:
    """One message, or why there is none. Moments are aware."""

    send_id: str
    customer_id: str
    person: str
    trigger: str
    iteration: int
    step: str | None = None
    kind: str
    action: str
    channel: str
    subject_kind: str
    subject: str
    occasion: str
    offer: str | None = None
    purpose: str
    variant: str | None = None
    variant_propensity: float | None = None
    fired_at: datetime
    decided_at: datetime
    send_at: datetime | None = None
    expires_at: datetime
    outcome: str
    reason: str | None = None
    held_by: str | None = None
    value: float | None = None
    cost: float | None = None
    bid: float | None = None
    price: float | None = None
    run_id: str | None = None


SEND_SCHEMA = pa.schema(
    [
        pa.field(
            column.name,
            pa.timestamp("us")
            if column.name in _MOMENTS
            else pa.float64()
            if column.name in ("variant_propensity", "value", "cost", "bid", "price")
            else pa.int64()
            if column.name == "iteration"
            else pa.string(),
        )
        for column in SENDS.columns
    ]
)


def send_id(trigger: str, iteration: int, subject: str, occasion: str, step: int) -> str:
    """Return the name of one message: the same occasion never makes a second one, whoever she turns out to be.

    Examples
    --------
    >>> len(send_id("cart", 1, "", "17", 0))
    32
    """
    text = "\x1f".join((trigger, str(iteration), subject, occasion, str(step)))
    return sha256(text.encode()).hexdigest()[:32]


def remember_sends(connection: Connection, sends: Iterable[Send]) -> None:
    """Write messages: of one that is known, what was decided anew replaces what was queued and nothing else."""
    if rows := [_row(one) for one in sends]:
        connection.execute(_remembering(connection.dialect.name), rows)


@cache
def _remembering(dialect: str) -> Executable:
    """Return the statement, which is made once: making it takes longer than running it."""
    statement = postgresql.insert(SENDS) if dialect == "postgresql" else sqlite.insert(SENDS)
    new = {column.name: statement.excluded[column.name] for column in SENDS.columns if column.name != "send_id"}
    return statement.on_conflict_do_update(index_elements=["send_id"], set_=new, where=SENDS.c.outcome == "queued")


def any_waits(connection: Connection) -> bool:
    """Tell whether any message waits for a place in somebody's attention."""
    return connection.execute(select(SENDS.c.send_id).where(SENDS.c.outcome == "queued").limit(1)).first() is not None


def let_go(connection: Connection, timer: tuple[str, str, str], *, but: str | None = None) -> None:
    """Let what waits for a trigger, person and subject wait no more: its occasion is over, or a newer one stands.

    `but` is the occasion that goes on waiting.
    """
    trigger, person, subject = timer
    waits = [
        SENDS.c.person == person, SENDS.c.trigger == trigger, SENDS.c.subject == subject, SENDS.c.outcome == "queued"
    ]  # fmt: skip
    if but is not None:
        waits.append(SENDS.c.occasion != but)
    connection.execute(update(SENDS).where(*waits).values(outcome="expired", reason="stale"))


def sends_of(connection: Connection, customer_id: str, *, since: datetime) -> list[Send]:
    """Return what was decided for a customer since a moment, the oldest first."""
    return [_send(row) for row in connection.execute(_OF_CUSTOMER, {"who": customer_id, "since": stored(since)})]


_OF_CUSTOMER = (
    select(SENDS)
    .where(SENDS.c.customer_id == bindparam("who"), SENDS.c.decided_at >= bindparam("since"))
    .order_by(SENDS.c.decided_at, SENDS.c.send_id)
)


def fired_before(
    connection: Connection, person: str, customer_id: str, trigger: str, iteration: int
) -> list[tuple[str, datetime]]:
    """Return name and moment of each firing of a trigger's iteration for a person that was not refused."""
    query = select(SENDS.c.send_id, SENDS.c.fired_at).where(
        or_(SENDS.c.person == person, SENDS.c.customer_id == customer_id), SENDS.c.trigger == trigger,
        SENDS.c.iteration == iteration, SENDS.c.outcome != "refused",
    )  # fmt: skip
    return [(row.send_id, aware(row.fired_at)) for row in connection.execute(query)]


def known_outcomes(connection: Connection, ids: Iterable[str]) -> dict[str, str]:
    """Return the outcome of each of these messages that is known."""
    query = select(SENDS.c.send_id, SENDS.c.outcome).where(SENDS.c.send_id.in_(bindparam("ids", expanding=True)))
    return {row.send_id: row.outcome for row in connection.execute(query, {"ids": list(ids)})}


def sent_on_day(connection: Connection, trigger: str, zone: ZoneInfo, now: datetime) -> int:
    """Return how many messages of a trigger were decided on for today, by the clock of `zone`."""
    begins = datetime.combine(now.astimezone(zone).date(), time(0), tzinfo=zone)
    query = select(func.count()).where(
        SENDS.c.trigger == trigger, SENDS.c.decided_at >= stored(begins), SENDS.c.outcome.in_(LEAVING)
    )
    return int(connection.execute(query).scalar_one())


def sends_table(state: State) -> pa.Table:
    """Return all messages: `SEND_SCHEMA`, moments in UTC."""
    with state.engine.connect() as connection:
        rows = connection.execution_options(yield_per=BATCH).execute(select(SENDS).order_by(SENDS.c.send_id))
        batches = [
            pa.RecordBatch.from_pylist([dict(row._mapping) for row in partition], schema=SEND_SCHEMA)
            for partition in rows.partitions()
        ]
    return pa.Table.from_batches(batches, schema=SEND_SCHEMA)


def _row(send: Send) -> dict[str, Any]:
    facts = asdict(send)
    return facts | {name: stored(facts[name]) for name in _MOMENTS if facts[name] is not None}


def _send(row: Row[Any]) -> Send:
    facts = dict(row._mapping)
    return Send(**facts | {name: aware(facts[name]) for name in _MOMENTS if facts[name] is not None})


__all__ = [
    "LEAVING",
    "SEND_SCHEMA",
    "Send",
    "any_waits",
    "fired_before",
    "known_outcomes",
    "let_go",
    "remember_sends",
    "send_id",
    "sends_of",
    "sends_table",
    "sent_on_day",
]
