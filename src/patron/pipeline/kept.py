"""What the operational database knows when a run begins: what people were told, said, asked for and decided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

import ibis.expr.types as ir

from patron.engines.state import State
from patron.experiments import assignments_table, audiences_table, invited_table
from patron.identity import Decisions, decisions
from patron.privacy import corrections, requests, rights, statements


@dataclass(frozen=True, kw_only=True)
class Kept:
    """The tables of the operational database that a run depends on.

    `audiences` and `assignments` are those of `experiments`, `asked` is whom it invited to surveys; `statements`,
    `rights`, `corrections` and `requests` those of `privacy`; `requests` is asked for the run's day.
    """

    audiences: ir.Table
    assignments: ir.Table
    asked: ir.Table
    decisions: Decisions
    statements: ir.Table
    rights: ir.Table
    corrections: ir.Table
    requests: Callable[[date], ir.Table]


def kept(state: State, *, audiences: tuple[str, ...] | None = None, decided_by: datetime | None = None) -> Kept:
    """Read what a run depends on; `requests` reads later, so the database stays open as long as that is used.

    Parameters
    ----------
    state : State
        The open database.
    audiences : tuple of str, optional
        Only these frozen lists, as for a run that is made again.
    decided_by : datetime, optional
        Only what was decided about who is who up to this moment (UTC). What people said and asked for about their data
        is always taken as it is now: an old run that is made again must not use what has been withdrawn since.
    """
    lists, members = audiences_table(state), assignments_table(state)
    if audiences is not None:
        lists, members = (table.filter(table.experiment.isin(audiences)) for table in (lists, members))
    return Kept(
        audiences=lists,
        assignments=members,
        asked=invited_table(state),
        decisions=decisions(state, by=decided_by),
        statements=statements(state),
        rights=rights(state),
        corrections=corrections(state),
        requests=lambda as_of: requests(state, as_of),
    )
