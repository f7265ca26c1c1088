"""How every destination stands: what waits, what came of the rest, and whether anything is handed over to it now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection

from patron.engines.delivery_tables import STATES
from patron.engines.destination_state import DestinationState, destination_states
from patron.engines.outbox_claims import next_due
from patron.engines.outbox_replay import costs, reasons
from patron.engines.outbox_state import counts
from patron.pipeline.destinations import DestinationSection

Health = Literal["works", "paused", "draining", "held", "open", "half_open", "gone"]
"""works; paused and draining by a person; held: it asked to be left alone; open, half_open: its breaker; gone: the
settings do not name it any more, and something waits for it."""

WHY = ("rejected", "dead", "unknown", "expired", "cancelled")
"""States whose reasons are told."""


@dataclass(frozen=True, kw_only=True)
class DestinationNow:
    """One destination as it stands."""

    name: str
    type: str | None  # none where the settings do not name it
    channels: tuple[str, ...]
    health: Health
    state: DestinationState
    deliveries: Mapping[str, int]  # by state; those that are 0 too
    next_due: datetime | None
    cost: float | None  # of what was delivered, where that is known
    reasons: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # by state


def overview(
    connection: Connection, sections: Mapping[str, DestinationSection], *, now: datetime, paid: bool = False
) -> list[DestinationNow]:
    """Return all destinations of the settings in their order, then others for which there are deliveries.

    What they have cost is summed up where `paid` asks for it, over all that was ever delivered.
    """
    counted, known = counts(connection), destination_states(connection)
    cost = costs(connection) if paid else {}
    why: dict[str, dict[str, dict[str, int]]] = {}
    for name, state, reason, many in reasons(connection, WHY):
        why.setdefault(name, {}).setdefault(state, {})[reason or state] = many
    others = sorted({name for name, _state in counted} - set(sections))
    found = []
    for name in (*sections, *others):
        section, state_now = sections.get(name), known.get(name) or DestinationState(destination=name)
        found.append(DestinationNow(
            name=name, type=None if section is None else getattr(section, "type", None),
            channels=() if section is None else tuple(section.channels),
            health=_health(section, state_now, now), state=state_now,
            deliveries={state: counted.get((name, state), 0) for state in STATES},
            next_due=next_due(connection, name), cost=cost.get(name), reasons=why.get(name, {}),
        ))  # fmt: skip
    return found


def _health(section: DestinationSection | None, state: DestinationState, now: datetime) -> Health:
    if section is None:
        return "gone"
    if state.paused:
        return "paused"
    if state.breaker != "closed":
        return state.breaker
    if state.open_until is not None and now < state.open_until:
        return "held"
    return "draining" if state.draining else "works"


__all__ = ["DestinationNow", "Health", "overview"]
