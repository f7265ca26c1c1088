"""When triggers that fire by the clock fire next, and how far a firing that is under way has come."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from patron.engines.moments import aware, stored
from patron.engines.timer_tables import TRIGGER_SCHEDULES


@dataclass(frozen=True, kw_only=True)
class Planned:
    """When a trigger fires next (aware); `done` counts the customers of `run_id` for whom its timers stand."""

    trigger: str
    planned_at: datetime
    done: int = 0
    run_id: str | None = None


def planned(connection: Connection) -> dict[str, Planned]:
    """Return what is planned, by trigger."""
    rows = connection.execute(select(TRIGGER_SCHEDULES))
    return {row.trigger: Planned(**{**row._mapping, "planned_at": aware(row.planned_at)}) for row in rows}


def plan(connection: Connection, one: Planned) -> None:
    """Write when a trigger fires next, or how far it has come."""
    kind = postgresql if connection.dialect.name == "postgresql" else sqlite
    row = {**asdict(one), "planned_at": stored(one.planned_at)}
    statement = kind.insert(TRIGGER_SCHEDULES).values(row)
    new = {name: value for name, value in row.items() if name != "trigger"}
    connection.execute(statement.on_conflict_do_update(index_elements=["trigger"], set_=new))


def unplan(connection: Connection, trigger: str) -> None:
    """Forget a trigger that fires by the clock no more."""
    connection.execute(delete(TRIGGER_SCHEDULES).where(TRIGGER_SCHEDULES.c.trigger == trigger))


def next_planned(connection: Connection) -> datetime | None:
    """Return when the next trigger fires by the clock; none where none does."""
    found = connection.execute(select(func.min(TRIGGER_SCHEDULES.c.planned_at))).scalar_one_or_none()
    return None if found is None else aware(found)


__all__ = ["Planned", "next_planned", "plan", "planned", "unplan"]
