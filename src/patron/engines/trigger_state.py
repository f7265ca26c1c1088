"""The lives of triggers in the operational database: each change of state and each new iteration, with the reason.

Nothing is changed afterwards; where a trigger stands is what the last of its events says.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import insert, select
from sqlalchemy.exc import SQLAlchemyError

from patron.engines.database import writing
from patron.engines.state import State, driver_reason
from patron.engines.state_tables import TRIGGER_EVENTS
from patron.errors import RunError
from patron.language import failure


@dataclass(frozen=True, kw_only=True)
class TriggerEvent:
    """One event in the life of a trigger."""

    trigger_name: str
    event: str  # pilot, scale, pause, retire, iterate
    day: date
    state: str  # from that day on
    iteration: int
    note: str | None = None  # why, or what is changed in this iteration
    believed: str | None = None
    saw: str | None = None
    keep: str | None = None


def remember_trigger_event(state: State, event: TriggerEvent) -> None:
    """Remember one event.

    Raises
    ------
    RunError
        The database refused; the trigger stands where it stood.
    """
    try:
        with writing(state.engine) as connection:
            connection.execute(insert(TRIGGER_EVENTS), [asdict(event)])
    except SQLAlchemyError as error:
        raise failure(
            RunError, "triggers.not_remembered", name=event.trigger_name, reason=driver_reason(error)
        ) from error


def trigger_events(state: State) -> list[TriggerEvent]:
    """Return all events, in the order in which they were remembered."""
    columns = [TRIGGER_EVENTS.c[name] for name in TriggerEvent.__dataclass_fields__]
    with state.engine.connect() as connection:
        rows = connection.execute(select(*columns).order_by(TRIGGER_EVENTS.c.id))
        return [TriggerEvent(**row._mapping) for row in rows]
