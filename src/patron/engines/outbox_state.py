"""What is to leave, in the operational database: put in once, counted, and shown without what it says to whom.

Who works it (`activation.delivery`) takes rows out of it with `engines.outbox_claims`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, Row, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.elements import ColumnElement

from patron.engines.delivery_tables import DESTINATION_STATES, OUTBOX
from patron.engines.moments import aware, stored
from patron.engines.sealed_text import seal_texts
from patron.engines.state import BATCH, State

TOGETHER = 1_000  # rows that are made at a time

OVER = ("delivered", "rejected", "expired", "cancelled")
"""States after which nothing more is done with a delivery: what it said and to whom is emptied.

One that is dead or unknown keeps both for a while, because a person may hand it over again.
"""

_SECRET = ("address", "content")
_MOMENTS = ("made_at", "due_at", "expires_at", "handed_at", "done_at")
_FACTS = [column for column in OUTBOX.columns if column.name not in (*_SECRET, "address_hash")]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One delivery to be put in. Moments are aware."""

    delivery_id: str
    destination: str
    kind: str  # message, profile, member, removal
    source: str  # decision, live, audience, profile, ad_audience
    customer_id: str
    content: Mapping[str, Any] = field(repr=False)  # JSON
    made_at: datetime
    due_at: datetime
    purpose: str = "marketing"
    channel: str | None = None
    address: str | None = field(default=None, repr=False)
    address_hash: str | None = field(default=None, repr=False)  # as suppressions have it
    trigger: str | None = None
    iteration: int | None = None
    step: str | None = None
    variant: str | None = None
    audience: str | None = None
    run_id: str | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A delivery as it stands: facts alone, neither what it says nor the address."""

    delivery_id: str
    destination: str
    kind: str
    source: str
    customer_id: str
    channel: str | None
    purpose: str
    trigger: str | None
    iteration: int | None
    step: str | None
    variant: str | None
    audience: str | None
    run_id: str | None
    state: str
    reason: str | None
    attempts: int
    made_at: datetime
    due_at: datetime
    expires_at: datetime | None
    handed_at: datetime | None
    done_at: datetime | None
    receipt: str | None
    cost: float | None


OUTBOX_SCHEMA = pa.schema(
    [
        pa.field(
            column.name,
            pa.timestamp("us")
            if column.name in _MOMENTS
            else pa.int64()
            if column.name in ("iteration", "attempts")
            else pa.float64()
            if column.name == "cost"
            else pa.string(),
        )
        for column in _FACTS
    ]
)


def put(connection: Connection, entries: Iterable[Entry]) -> int:
    """Put deliveries in, and return how many are new; of one that is known nothing is changed.

    What is for a destination that is being drained is not put in: ask `draining` first.

    Parameters
    ----------
    connection : Connection
        Of `engines.database.writing`.
    entries : iterable of Entry
        Read once, a part at a time.

    Raises
    ------
    SettingsError
        The environment's key is none.
    """
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    only_new = insert(OUTBOX).on_conflict_do_nothing(index_elements=["delivery_id"])
    statement = only_new.returning(OUTBOX.c.delivery_id)  # drivers count rows of several statements each their own way
    closed = draining(connection)
    new = 0
    wanted = (one for one in entries if one.destination not in closed)
    while some := list(islice(wanted, TOGETHER)):
        new += len(connection.execute(statement, _rows(some)).all())
    return new


def draining(connection: Connection) -> frozenset[str]:
    """Return the destinations that take nothing new."""
    query = select(DESTINATION_STATES.c.destination).where(DESTINATION_STATES.c.draining)
    return frozenset(connection.execute(query).scalars())


def counts(connection: Connection) -> dict[tuple[str, str], int]:
    """Return how many deliveries there are by destination and state; read off an index."""
    query = select(OUTBOX.c.destination, OUTBOX.c.state, func.count()).group_by(OUTBOX.c.destination, OUTBOX.c.state)
    return {(row[0], row[1]): row[2] for row in connection.execute(query)}


def of_customer(connection: Connection, customer_id: str) -> list[Standing]:
    """Return a customer's deliveries, the oldest first."""
    query = select(*_FACTS).where(OUTBOX.c.customer_id == customer_id)
    return [_standing(row) for row in connection.execute(query.order_by(OUTBOX.c.made_at, OUTBOX.c.delivery_id))]


def standings(connection: Connection, where: ColumnElement[bool], *, limit: int) -> list[Standing]:
    """Return so many deliveries for which `where` holds, those first that were over last."""
    query = select(*_FACTS).where(where).order_by(OUTBOX.c.done_at.desc(), OUTBOX.c.delivery_id).limit(limit)
    return [_standing(row) for row in connection.execute(query)]


def outbox_table(state: State) -> pa.Table:
    """Return all deliveries as facts (`OUTBOX_SCHEMA`), moments in UTC: neither what they say nor addresses."""
    with state.engine.connect() as connection:
        rows = connection.execution_options(yield_per=BATCH).execute(select(*_FACTS).order_by(OUTBOX.c.delivery_id))
        batches = [
            pa.RecordBatch.from_pylist([dict(row._mapping) for row in partition], schema=OUTBOX_SCHEMA)
            for partition in rows.partitions()
        ]
    return pa.Table.from_batches(batches, schema=OUTBOX_SCHEMA)


def _rows(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    some = list(entries)
    contents = [json.dumps(one.content, ensure_ascii=False, separators=(",", ":")) for one in some]
    sealed = zip(
        some, seal_texts([one.address for one in some], "outbox.address"), seal_texts(contents, "outbox.content"),
        strict=True,
    )  # fmt: skip
    return [_row(one) | {"address": address, "content": content} for one, address, content in sealed]


def _row(one: Entry) -> dict[str, Any]:
    facts = {name: getattr(one, name) for name in Entry.__dataclass_fields__ if name not in _SECRET}
    moments = {name: stored(facts[name]) for name in _MOMENTS if facts.get(name) is not None}
    return {**facts, **moments, "state": "waiting", "attempts": 0}


def _standing(row: Row[Any]) -> Standing:
    facts = dict(row._mapping)
    return Standing(**facts | {name: aware(facts[name]) for name in _MOMENTS if facts[name] is not None})


__all__ = [
    "OUTBOX_SCHEMA",
    "OVER",
    "Entry",
    "Standing",
    "counts",
    "draining",
    "of_customer",
    "outbox_table",
    "put",
    "standings",
]
