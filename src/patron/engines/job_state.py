"""Planned jobs: when each is due next, and how it last went. Read and written by whoever holds the lease on them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, Row, delete, insert, select, update

from patron.engines.job_tables import SCHEDULED_JOBS
from patron.engines.moments import aware, stored

Outcome = Literal["running", "done", "failed", "stopped"]


@dataclass(frozen=True, kw_only=True)
class Job:
    """One planned job."""

    name: str
    planned_at: datetime  # when it is due next
    began_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: Outcome | None = None
    exit_code: int | None = None
    missed: int = 0


def jobs(connection: Connection) -> dict[str, Job]:
    """Return every job that was ever planned, by name."""
    return {row.name: _job(row) for row in connection.execute(select(SCHEDULED_JOBS).order_by(SCHEDULED_JOBS.c.name))}


def plan(connection: Connection, name: str, *, at: datetime, missed: int = 0) -> None:
    """Note when a job is due next; `missed` moments passed unused."""
    row = SCHEDULED_JOBS
    changed = update(row).where(row.c.name == name).values(planned_at=stored(at), missed=row.c.missed + missed)
    if not connection.execute(changed).rowcount:
        connection.execute(insert(row), {"name": name, "planned_at": stored(at), "missed": missed})


def begun(connection: Connection, name: str, *, now: datetime) -> None:
    """Note that a job runs."""
    row = SCHEDULED_JOBS
    values = {"began_at": stored(now), "ended_at": None, "outcome": "running", "exit_code": None}
    if not connection.execute(update(row).where(row.c.name == name).values(values)).rowcount:
        connection.execute(insert(row), {"name": name, "planned_at": stored(now), "missed": 0, **values})


def ended(connection: Connection, name: str, *, outcome: Outcome, exit_code: int | None, now: datetime) -> None:
    """Note how it went."""
    row = SCHEDULED_JOBS
    values = {"ended_at": stored(now), "outcome": outcome, "exit_code": exit_code}
    connection.execute(update(row).where(row.c.name == name).values(values))


def unplan(connection: Connection, names: set[str]) -> None:
    """Forget jobs that the settings plan no more."""
    connection.execute(delete(SCHEDULED_JOBS).where(SCHEDULED_JOBS.c.name.in_(sorted(names))))


def _job(row: Row[tuple[object, ...]]) -> Job:
    facts = dict(row._mapping)
    for name in ("planned_at", "began_at", "ended_at"):
        facts[name] = None if facts[name] is None else aware(facts[name])
    return Job(**facts)


__all__ = ["Job", "Outcome", "begun", "ended", "jobs", "plan", "unplan"]
