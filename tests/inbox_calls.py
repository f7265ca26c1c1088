"""Calls of the Segment specification, put into the inbox of a database as if the intake had taken them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, update

from patron.engines.database import writing
from patron.engines.inbox_state import InboxRow, micros
from patron.engines.inbox_tables import INBOX, INBOX_COUNTER
from patron.engines.state import State

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def call(kind: str, at: datetime = NOON, *, number: int = 1, gpc: bool = False, **said: Any) -> InboxRow:
    """Return a call as the inbox holds it."""
    payload = json.dumps({"type": kind, "timestamp": at.isoformat(), **said}).encode()
    return InboxRow(number, f"m{number}", "web", kind, at, payload, gpc=gpc)


def numbered(calls: Sequence[InboxRow], *, first: int = 1) -> list[InboxRow]:
    """Return the calls with numbers in their order, from `first` on, and a messageId each."""
    return [
        InboxRow(number, f"m{number}", one.source, one.kind, one.received_at, one.payload, one.sent_at, one.gpc)
        for number, one in enumerate(calls, first)
    ]


def row_of(row: InboxRow) -> dict[str, Any]:
    """Return a call as the row of the table that it is."""
    return {
        "number": row.number, "message_id": row.message_id, "source": row.source, "kind": row.kind,
        "received_at": micros(row.received_at), "sent_at": None, "gpc": row.gpc, "context": None,
        "payload": row.payload,
    }  # fmt: skip


def receive(state: State, calls: Sequence[InboxRow], *, first: int = 1) -> list[InboxRow]:
    """Put calls into the inbox, in one transaction."""
    rows = numbered(calls, first=first)
    if not rows:
        return rows
    with writing(state.engine) as connection:
        connection.execute(
            insert(INBOX),
            [row_of(row) for row in rows],
        )
        if not connection.execute(update(INBOX_COUNTER).values(last=rows[-1].number)).rowcount:
            connection.execute(insert(INBOX_COUNTER), {"id": 1, "last": rows[-1].number})
    return rows
