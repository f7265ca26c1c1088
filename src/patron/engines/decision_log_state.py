"""Decisions that were asked for: what was given to whom, with which chance, and what came of it.

A row is written once. Later only the moments at which it was shown, clicked and ordered after are added, each the first
of its kind.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from patron.engines.database import writing
from patron.engines.decision_log_tables import DECISION_LOG as TABLE
from patron.engines.state import State

ORDER_DAYS = 7
"""How long after a decision was shown an order counts as made after it."""


@dataclass(frozen=True, kw_only=True)
class Logged:
    """One decision. `shares` and `given` are kept as JSON; `decided_at` is UTC without a zone."""

    decision_id: str
    decided_at: datetime
    asked_by: str
    customer_id: str | None
    user_id: str | None
    anonymous_id: str | None
    placement: str
    kind: str
    outcome: str
    reason: str
    personal: str | None
    choice: str | None
    propensity: float
    shares: Mapping[str, float]
    trigger: str | None = None
    iteration: int | None = None
    variant: str | None = None
    variant_propensity: float | None = None
    held_by: str | None = None
    given: Mapping[str, Any] = field(default_factory=dict)
    run_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What came of decisions: who saw, clicked or ordered when; moments are UTC without a zone."""

    decision_id: str | None = None
    kind: str  # shown, clicked, ordered
    at: datetime
    customer_id: str | None = None
    user_id: str | None = None
    anonymous_id: str | None = None
    amount: Decimal | None = None


def log_decisions(connection: Connection, decisions: Sequence[Logged]) -> None:
    """Write decisions down; one whose id is there already stays as it is."""
    if not decisions:
        return
    rows = [vars(one) | {"shares": _json(one.shares), "given": _json(one.given)} for one in decisions]
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(dialect.insert(TABLE).on_conflict_do_nothing(index_elements=[TABLE.c.decision_id]), rows)


def note_answers(connection: Connection, answers: Iterable[Answered]) -> None:
    """Add what came of decisions, in the caller's transaction; told twice it changes nothing.

    An order counts for each decision that was shown to the same person in the `ORDER_DAYS` days before.
    """
    for one in answers:
        if one.kind == "ordered":
            _note_order(connection, one)
        elif one.decision_id is not None:
            _note_seen(connection, one)


def decisions_since(
    connection: Connection, since: datetime, *, placement: str | None = None, limit: int | None = None
) -> Iterator[dict[str, Any]]:
    """Yield decisions from a moment on, the oldest first; ``shares`` and ``given`` as they were."""
    query = select(TABLE).where(TABLE.c.decided_at >= since).order_by(TABLE.c.decided_at, TABLE.c.decision_id)
    if placement is not None:
        query = query.where(TABLE.c.placement == placement)
    for row in connection.execute(query.limit(limit)):
        found = dict(row._mapping)
        yield found | {"shares": json.loads(found["shares"]), "given": json.loads(found["given"])}


def answered_counts(connection: Connection, placement: str, *, since: datetime) -> dict[str, tuple[int, int]]:
    """Return of each choice of a placement how often it was shown, and clicked, since a moment.

    Where the page tells of clicks alone, what was clicked was shown.
    """
    shown = func.count(func.coalesce(TABLE.c.shown_at, TABLE.c.clicked_at))
    query = select(TABLE.c.choice, shown, func.count(TABLE.c.clicked_at))
    query = query.where(TABLE.c.placement == placement, TABLE.c.decided_at >= since, TABLE.c.choice.is_not(None))
    rows = connection.execute(query.group_by(TABLE.c.choice))
    return {str(choice): (int(seen), int(clicked)) for choice, seen, clicked in rows}


def forget_decisions(state: State, *, before: datetime) -> int:
    """Remove decisions older than a moment, and return how many."""
    with writing(state.engine) as connection:
        return connection.execute(TABLE.delete().where(TABLE.c.decided_at < before)).rowcount


def _note_seen(connection: Connection, one: Answered) -> None:
    column = TABLE.c.shown_at if one.kind == "shown" else TABLE.c.clicked_at
    where = (TABLE.c.decision_id == one.decision_id) & or_(column.is_(None), column > one.at)
    connection.execute(update(TABLE).where(where).values({column: one.at}))


def _note_order(connection: Connection, one: Answered) -> None:
    own = [
        TABLE.c[name] == value
        for name in ("customer_id", "user_id", "anonymous_id")
        if (value := getattr(one, name)) is not None
    ]
    if not own:
        return
    seen = func.coalesce(TABLE.c.shown_at, TABLE.c.clicked_at)
    where = or_(*own) & seen.between(one.at - timedelta(days=ORDER_DAYS), one.at) & TABLE.c.ordered_at.is_(None)
    brought = None if one.amount is None else str(one.amount)
    connection.execute(update(TABLE).where(where).values(ordered_at=one.at, ordered=brought))


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=str)
