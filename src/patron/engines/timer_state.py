"""Timers in the operational database: what fires later unless it is cancelled.

A timer is one row for a trigger, a person and what it is about. It is armed, moved, cancelled and fired in the
transaction that works the event or the moment, so it does each of these once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import Connection, Executable, bindparam, delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from patron.engines.moments import aware, stored
from patron.engines.timer_tables import TIMERS

_MOMENTS = ("fired_at", "due_at", "expires_at")
_KEY = ("trigger", "person", "subject")


@dataclass(frozen=True, kw_only=True)
class Timer:
    """What fires at `due_at` (aware, as all its moments)."""

    trigger: str
    person: str
    subject: str
    subject_kind: str
    customer_id: str | None = None
    user_id: str | None = None
    anonymous_id: str | None = None
    place: int = 0
    iteration: int = 1
    occasion: str
    fired_at: datetime
    due_at: datetime
    expires_at: datetime
    stake: float | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is the only one of."""
        return self.trigger, self.person, self.subject


@dataclass(frozen=True, kw_only=True)
class Ids:
    """By what a person is known: her key, the shop's own ids, her browsers and installations."""

    person: str
    users: tuple[str, ...] = ()
    visitors: tuple[str, ...] = ()


def arm(connection: Connection, timers: Iterable[Timer]) -> None:
    """Arm timers; one that runs for the same trigger, person and subject and is due no later is replaced."""
    if rows := [_row(one) for one in timers]:
        connection.execute(_arming(connection.dialect.name), rows)


@cache
def _arming(dialect: str) -> Executable:
    """Return the statement, which is made once: making it takes longer than running it."""
    statement = postgresql.insert(TIMERS) if dialect == "postgresql" else sqlite.insert(TIMERS)
    new = {column.name: statement.excluded[column.name] for column in TIMERS.columns if column.name not in _KEY}
    later = TIMERS.c.due_at <= statement.excluded.due_at
    return statement.on_conflict_do_update(index_elements=list(_KEY), set_=new, where=later)


def disarm(connection: Connection, keys: Iterable[tuple[str, str, str]]) -> None:
    """Cancel the timers of these triggers, persons and subjects, as far as there are any."""
    if rows := [{f"of_{name}": value for name, value in zip(_KEY, key, strict=True)} for key in keys]:
        connection.execute(_DISARMING, rows)


def timers_of(connection: Connection, ids: Ids, triggers: Sequence[str]) -> list[Timer]:
    """Return the timers of some triggers that run for a person, under whichever of her ids they were armed."""
    asked = {"who": ids.person, "users": list(ids.users), "visitors": list(ids.visitors), "named": list(triggers)}
    return [_timer(row) for row in connection.execute(_OF_PERSON, asked)]


_DISARMING = delete(TIMERS).where(*(TIMERS.c[name] == bindparam(f"of_{name}") for name in _KEY))

_OF_PERSON = (
    select(TIMERS)
    .where(
        or_(
            TIMERS.c.person == bindparam("who"),
            TIMERS.c.user_id.in_(bindparam("users", expanding=True)),
            TIMERS.c.anonymous_id.in_(bindparam("visitors", expanding=True)),
        ),
        TIMERS.c.trigger.in_(bindparam("named", expanding=True)),
    )
    .order_by(*(TIMERS.c[name] for name in _KEY))
)


def due(connection: Connection, now: datetime, *, limit: int) -> list[Timer]:
    """Return the first `limit` timers whose time has come, the oldest first."""
    query = select(TIMERS).where(TIMERS.c.due_at <= stored(now)).order_by(TIMERS.c.due_at, *(TIMERS.c[k] for k in _KEY))
    return [_timer(row) for row in connection.execute(query.limit(limit))]


def next_due(connection: Connection) -> datetime | None:
    """Return when the next timer is due; none where none runs."""
    found = connection.execute(select(func.min(TIMERS.c.due_at))).scalar_one_or_none()
    return None if found is None else aware(found)


def _row(timer: Timer) -> dict[str, object]:
    facts = asdict(timer)
    return facts | {name: stored(facts[name]) for name in _MOMENTS}


def _timer(row: object) -> Timer:
    facts = dict(row._mapping)  # type: ignore[attr-defined]
    return Timer(**facts | {name: aware(facts[name]) for name in _MOMENTS})


__all__ = ["Ids", "Timer", "arm", "disarm", "due", "next_due", "timers_of"]
