"""Approvals in the operational database: what was asked for, by whom, and what was answered.

An approval is of what stood in the settings when it was asked for: `print` is the fingerprint of that.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from patron.engines.database import writing
from patron.engines.state import State, driver_reason
from patron.engines.state_tables import APPROVALS
from patron.errors import RunError
from patron.language import failure


@dataclass(frozen=True, kw_only=True)
class Approval:
    """One approval that was asked for."""

    trigger_name: str
    print: str
    asked_by: str
    asked_on: date
    waits_for: str  # who may answer, parted by commas
    team: str | None = None
    note: str | None = None
    approved: bool | None = None  # none while it waits
    decided_by: str | None = None
    decided_on: date | None = None
    answer: str | None = None
    number: int | None = None  # given by the database


def ask_approval(state: State, approval: Approval) -> None:
    """Remember that an approval is asked for.

    Raises
    ------
    RunError
        The database refused; nothing is asked for.
    """
    facts = {name: value for name, value in asdict(approval).items() if name != "number"}
    try:
        with writing(state.engine) as connection:
            connection.execute(insert(APPROVALS), [facts])
    except SQLAlchemyError as error:
        raise failure(
            RunError, "approvals.not_remembered", name=approval.trigger_name, reason=driver_reason(error)
        ) from error


def answer_approval(
    state: State, approval: Approval, *, approved: bool, by: str, on: date, answer: str | None = None
) -> bool:
    """Remember the answer to an approval; false where somebody else has answered in the meantime.

    Raises
    ------
    RunError
        The database refused; it goes on waiting.
    """
    waits = (APPROVALS.c.number == approval.number) & APPROVALS.c.approved.is_(None)
    said = {"approved": approved, "decided_by": by, "decided_on": on, "answer": answer}
    try:
        with writing(state.engine) as connection:
            return bool(connection.execute(update(APPROVALS).where(waits).values(**said)).rowcount)
    except SQLAlchemyError as error:
        raise failure(
            RunError, "approvals.not_remembered", name=approval.trigger_name, reason=driver_reason(error)
        ) from error


def approvals(state: State) -> list[Approval]:
    """Return all that were ever asked for, in that order."""
    columns = [APPROVALS.c[name] for name in Approval.__dataclass_fields__]
    with state.engine.connect() as connection:
        rows = connection.execute(select(*columns).order_by(APPROVALS.c.number))
        return [Approval(**row._mapping) for row in rows]
