"""Rows of the outbox on their way: taken in hand, and what came of them.

A row is `handing` from before it is handed over until what came of it is written. Whoever finds one that nobody works
any more knows that it may have been taken.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, func, or_, select, update

from patron.engines.delivery_tables import OUTBOX
from patron.engines.moments import aware, stored
from patron.engines.outbox_state import OVER
from patron.engines.sealed_text import open_text

INTERRUPTED = "interrupted"
"""The reason of what was in hand when its process went away."""

_PART = 500  # ids of one statement


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A row that is due."""

    delivery_id: str
    kind: str
    customer_id: str
    channel: str | None
    purpose: str
    trigger: str | None
    iteration: int | None
    step: str | None
    variant: str | None
    made_at: datetime  # aware
    expires_at: datetime | None  # aware
    attempts: int  # so far
    address: str | None = field(repr=False)
    content: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Settled:
    """What came of one try."""

    delivery_id: str
    attempt: int  # of which try
    state: str
    moment: datetime  # aware: when it was over, or when it is tried next
    attempts: int  # to be counted from now on
    reason: str | None = None
    receipt: str | None = None
    cost: float | None = None


_COLUMNS = [OUTBOX.c[name] for name in Waiting.__dataclass_fields__]


def due(connection: Connection, destination: str, *, now: datetime, limit: int, after: int = 0) -> list[Waiting]:
    """Return what is to be handed over now, the longest due first; leave out the first `after` of it.

    Raises
    ------
    RunError
        It is sealed, and the environment has no key, or another one.
    """
    row = OUTBOX.c
    query = select(*_COLUMNS).where(row.destination == destination, row.state == "waiting", row.due_at <= stored(now))
    return [_waiting(one) for one in connection.execute(query.order_by(row.due_at).limit(limit).offset(after))]


def next_due(connection: Connection, destination: str) -> datetime | None:
    """Return when the next delivery is due; none where nothing waits."""
    row = OUTBOX.c
    query = select(func.min(row.due_at)).where(row.destination == destination, row.state == "waiting")
    found = connection.execute(query).scalar_one_or_none()
    return None if found is None else aware(found)


def hand(connection: Connection, ids: Sequence[str], *, now: datetime) -> None:
    """Take rows in hand: this try counts from before it is made."""
    row = OUTBOX.c
    for some in _parts(ids):
        chosen = update(OUTBOX).where(row.delivery_id.in_(some), row.state == "waiting")
        connection.execute(chosen.values(state="handing", attempts=row.attempts + 1, handed_at=stored(now)))


def set_aside(connection: Connection, reasons: Mapping[str, str | None], *, state: str, now: datetime) -> None:
    """End rows that are not handed over any more: `state` is expired or cancelled."""
    row = OUTBOX.c
    if reasons:
        statement = update(OUTBOX).where(row.delivery_id == bindparam("id"), row.state == "waiting")
        over = {"state": state, "reason": bindparam("why"), "done_at": stored(now), "address": None, "content": None}
        connection.execute(statement.values(over), [{"id": one, "why": why} for one, why in reasons.items()])


def settle(connection: Connection, settled: Sequence[Settled]) -> None:
    """Write what came of tries.

    Also of one that somebody has given up meanwhile because nothing was heard of it; what has gone on since stays.
    """
    for over in (True, False):
        rows = [_parameters(one) for one in settled if (one.state in OVER) == over]
        if rows:
            connection.execute(_settling(over=over), rows)


def take_up(connection: Connection, destination: str, *, attempts: int, now: datetime) -> None:
    """Take up rows whose process went away: those of fewer tries than `attempts` wait again, of others nobody knows.

    A delivery that kills whoever hands it over does so a limited number of times.
    """
    row, moment = OUTBOX.c, stored(now)
    left = update(OUTBOX).where(row.destination == destination, row.state == "handing")
    again = left.where(row.attempts < attempts)
    connection.execute(again.values(state="waiting", reason=INTERRUPTED, due_at=moment))
    connection.execute(left.values(state="unknown", reason=INTERRUPTED, done_at=moment))


def handing(connection: Connection, destination: str) -> int:
    """Return how many rows are in somebody's hand."""
    row = OUTBOX.c
    query = select(func.count()).where(row.destination == destination, row.state == "handing")
    return int(connection.execute(query).scalar_one())


def _settling(*, over: bool) -> Any:
    row = OUTBOX.c
    ours = or_(row.state == "handing", and_(row.state == "unknown", row.reason == INTERRUPTED))
    statement = update(OUTBOX).where(row.delivery_id == bindparam("id"), row.attempts == bindparam("try"), ours)
    facts: dict[str, Any] = {name: bindparam(f"new_{name}") for name in ("state", "attempts", "reason")}
    facts |= {name: bindparam(f"new_{name}") for name in ("receipt", "cost", "done_at", "due_at")}
    return statement.values(facts | ({"address": None, "content": None} if over else {}))


def _parameters(one: Settled) -> dict[str, Any]:
    moment = stored(one.moment)
    waits = one.state == "waiting"
    return {
        "id": one.delivery_id, "try": one.attempt, "new_state": one.state, "new_attempts": one.attempts,
        "new_reason": one.reason, "new_receipt": one.receipt, "new_cost": one.cost,
        "new_done_at": None if waits else moment, "new_due_at": moment,
    }  # fmt: skip


def _waiting(row: Row[Any]) -> Waiting:
    facts = dict(row._mapping)
    content = open_text(facts["content"], "outbox.content")
    return Waiting(**facts | {
        "address": open_text(facts["address"], "outbox.address"),
        "content": {} if content is None else json.loads(content),
        "made_at": aware(facts["made_at"]),
        "expires_at": None if facts["expires_at"] is None else aware(facts["expires_at"]),
    })  # fmt: skip


def _parts(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[start : start + _PART] for start in range(0, len(ids), _PART))


__all__ = ["INTERRUPTED", "Settled", "Waiting", "due", "hand", "handing", "next_due", "set_aside", "settle", "take_up"]
