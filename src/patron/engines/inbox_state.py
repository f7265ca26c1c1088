"""Reading the inbox: what the server was told, in the order in which it was committed.

Numbers are given by the one row of `inbox_counter`, inside the transaction that writes the events. Who takes a number
holds that row (or SQLite's one writer's lock) until the commit, so numbers grow in the order of commits: a reader that
has seen number n never misses a smaller one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from patron.engines.inbox_tables import INBOX, INBOX_COUNTER

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One event as it came."""

    number: int
    message_id: str
    source: str  # the name of the write key it came with
    kind: str  # track, identify, page, screen, group, alias
    received_at: datetime  # UTC
    payload: bytes  # the event's JSON
    sent_at: datetime | None = None  # by the sender's clock
    gpc: bool = False  # the request carried Sec-GPC: 1
    context: bytes | None = None  # JSON: what its batch says of all events


_COLUMNS = [INBOX.c[name] for name in InboxRow.__dataclass_fields__]


def events_after(connection: Connection, number: int, *, limit: int) -> list[InboxRow]:
    """Return the first `limit` events whose number is greater than `number`, in the order of their numbers."""
    rows = connection.execute(select(*_COLUMNS).where(INBOX.c.number > number).order_by(INBOX.c.number).limit(limit))
    return [_row(row) for row in rows]


def events_numbered(connection: Connection, numbers: Iterable[int]) -> list[InboxRow]:
    """Return the events of these numbers that still stand in the inbox, in the order of their numbers."""
    wanted = sorted(set(numbers))
    if not wanted:
        return []
    rows = connection.execute(select(*_COLUMNS).where(INBOX.c.number.in_(wanted)).order_by(INBOX.c.number))
    return [_row(row) for row in rows]


def newest(connection: Connection) -> int:
    """Return the number of the newest event that was ever committed; 0 where there was none."""
    return int(connection.execute(select(INBOX_COUNTER.c.last)).scalar_one_or_none() or 0)


def micros(moment: datetime) -> int:
    """Return a moment as the tables keep it: microseconds since 1970, UTC."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def moment(value: int) -> datetime:
    """Return the moment that the tables keep as `value`."""
    return _EPOCH + timedelta(microseconds=value)


def _row(row: Row[Any]) -> InboxRow:
    facts = row._mapping
    sent_at = facts["sent_at"]
    return InboxRow(
        **{
            **facts,
            "received_at": moment(facts["received_at"]),
            "sent_at": None if sent_at is None else moment(sent_at),
            "payload": bytes(facts["payload"]),
        }
    )
