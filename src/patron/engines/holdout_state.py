"""Hold-outs in the operational database: which share of the customers nothing is sent to, and since which day.

A share that is changed is a new row: what held before stays known.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.exc import SQLAlchemyError

from patron.engines.database import writing
from patron.engines.state import State, driver_reason
from patron.engines.state_tables import HOLDOUTS
from patron.errors import RunError
from patron.language import failure


@dataclass(frozen=True, kw_only=True)
class HeldSince:
    """What one hold-out is from a day on."""

    name: str  # global, programme:NAME, trigger:NAME
    since: date
    share: float  # 0 where it was given up on that day
    salt: str
    programme: str | None = None


def remember_holdouts(state: State, wanted: Iterable[HeldSince]) -> list[HeldSince]:
    """Remember those hold-outs that are not what was remembered last, all or none; return what is new.

    Raises
    ------
    RunError
        The database refused; nothing was remembered.
    """
    try:
        with writing(state.engine) as connection:
            last = {one.name: one for one in _all(connection)}
            new = [_not_before(one, last.get(one.name)) for one in wanted if _differs(one, last.get(one.name))]
            for one in new:  # changed twice within a day: the day's last word stands
                same = (HOLDOUTS.c.name == one.name) & (HOLDOUTS.c.since == one.since)
                connection.execute(delete(HOLDOUTS).where(same))
            if new:
                connection.execute(insert(HOLDOUTS), [asdict(one) for one in new])
    except SQLAlchemyError as error:
        raise failure(RunError, "experiments.holdouts_not_remembered", reason=driver_reason(error)) from error
    return new


def holdouts(state: State) -> list[HeldSince]:
    """Return all that hold-outs ever were, in the order of the days."""
    with state.engine.connect() as connection:
        return _all(connection)


def _all(connection: Connection) -> list[HeldSince]:
    rows = connection.execute(select(HOLDOUTS).order_by(HOLDOUTS.c.since, HOLDOUTS.c.name))
    return [HeldSince(**row._mapping) for row in rows]


def _not_before(one: HeldSince, last: HeldSince | None) -> HeldSince:
    """Let no change stand before what it changes, as when the published run is of an older day."""
    return one if last is None else replace(one, since=max(one.since, last.since))


def _differs(one: HeldSince, last: HeldSince | None) -> bool:
    if last is None:
        return one.share > 0
    return (one.share, one.salt, one.programme) != (last.share, last.salt, last.programme)
