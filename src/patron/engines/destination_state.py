"""How destinations are, in the operational database: paused, drained, and whether they work.

All of it is kept, so that a person sees it and it outlives the process. What nobody has said anything about works.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from patron.engines.delivery_tables import DESTINATION_STATES
from patron.engines.moments import aware, stored

Breaker = Literal["closed", "open", "half_open"]


@dataclass(frozen=True, kw_only=True)
class DestinationState:
    """How one destination is. Moments are aware."""

    destination: str
    paused: bool = False
    draining: bool = False  # nothing new goes in; what waits leaves
    breaker: Breaker = "closed"
    failures: int = 0  # one after the other
    open_until: datetime | None = None  # nothing is handed over before
    changed_at: datetime | None = None
    reason: str | None = None  # of the last failure, or of what it asked for


def destination_states(connection: Connection) -> dict[str, DestinationState]:
    """Return how the destinations are that anything is known of, by name."""
    rows = connection.execute(select(DESTINATION_STATES).order_by(DESTINATION_STATES.c.destination))
    return {row.destination: _state(row._mapping) for row in rows}


def destination_state(connection: Connection, destination: str) -> DestinationState:
    """Return how one destination is."""
    query = select(DESTINATION_STATES).where(DESTINATION_STATES.c.destination == destination)
    row = connection.execute(query).one_or_none()
    return DestinationState(destination=destination) if row is None else _state(row._mapping)


def remember_destination(connection: Connection, state: DestinationState, *, now: datetime) -> None:
    """Write how a destination is from now on."""
    facts = asdict(state) | {"changed_at": stored(now)}
    if state.open_until is not None:
        facts["open_until"] = stored(state.open_until)
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    new = {name: value for name, value in facts.items() if name != "destination"}
    statement = insert(DESTINATION_STATES).values(facts)
    connection.execute(statement.on_conflict_do_update(index_elements=["destination"], set_=new))


def _state(row: Mapping[Any, Any]) -> DestinationState:
    moments = {name: None if row[name] is None else aware(row[name]) for name in ("open_until", "changed_at")}
    return DestinationState(**{**row, **moments})


__all__ = ["Breaker", "DestinationState", "destination_state", "destination_states", "remember_destination"]
