"""What the operational database knows when a run begins: what people were told, said, asked for and decided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

import ibis.expr.types as ir
import pyarrow as pa

from patron.engines.approval_state import Approval, approvals
from patron.engines.experiment_state import Registered
from patron.engines.holdout_state import HeldSince, holdouts
from patron.engines.outbox_state import OUTBOX_SCHEMA, outbox_table
from patron.engines.preference_state import PREFERENCE_SCHEMA, preferences_table
from patron.engines.send_state import SEND_SCHEMA, sends_table
from patron.engines.state import State
from patron.engines.trigger_state import TriggerEvent, trigger_events
from patron.experiments import (
    assignments_table,
    audiences_table,
    invited_table,
    published_experiments,
    registered_table,
)
from patron.identity import Decisions, decisions
from patron.privacy import corrections, requests, rights, statements


@dataclass(frozen=True, kw_only=True)
class Kept:
    """The tables of the operational database that a run depends on.

    `audiences` and `assignments` are the frozen lists, `experiments` and `members` what was started, `holdouts` all
    that they ever were; `asked` is who was invited to surveys; `statements`, `rights`, `corrections` and `requests`
    those of `privacy`; `requests` is asked for the run's day. `triggers` is what became of each trigger,
    `approvals` what was asked for and answered, `preferences` what people chose (`PREFERENCE_SCHEMA`), `sends` what was
    decided between two runs (`SEND_SCHEMA`), `deliveries` what was to leave and what became of it (`OUTBOX_SCHEMA`).
    """

    audiences: ir.Table
    assignments: ir.Table
    experiments: tuple[Registered, ...]
    members: ir.Table
    holdouts: tuple[HeldSince, ...]
    asked: ir.Table
    decisions: Decisions
    statements: ir.Table
    rights: ir.Table
    corrections: ir.Table
    requests: Callable[[date], ir.Table]
    triggers: tuple[TriggerEvent, ...] = ()
    approvals: tuple[Approval, ...] = ()
    preferences: pa.Table = field(default_factory=lambda: PREFERENCE_SCHEMA.empty_table())
    sends: pa.Table = field(default_factory=lambda: SEND_SCHEMA.empty_table())
    deliveries: pa.Table = field(default_factory=lambda: OUTBOX_SCHEMA.empty_table())

    def names(self) -> tuple[str, ...]:
        """Return the names of the frozen lists and experiments."""
        lists = self.audiences.experiment.to_pyarrow().to_pylist()
        return (*lists, *(one.name for one in self.experiments))


def kept(state: State, *, audiences: tuple[str, ...] | None = None, decided_by: datetime | None = None) -> Kept:
    """Read what a run depends on; `requests` reads later, so the database stays open as long as that is used.

    Parameters
    ----------
    state : State
        The open database.
    audiences : tuple of str, optional
        Only these frozen lists and experiments, as for a run that is made again.
    decided_by : datetime, optional
        Only what was decided about who is who up to this moment (UTC). What people said and asked for about their data
        is always taken as it is now: an old run that is made again must not use what has been withdrawn since.
    """
    lists, drawn = audiences_table(state), assignments_table(state)
    started = published_experiments(state)
    if audiences is not None:
        lists, drawn = (table.filter(table.experiment.isin(audiences)) for table in (lists, drawn))
        started = tuple(one for one in started if one.name in audiences)
    return Kept(
        audiences=lists,
        assignments=drawn,
        experiments=started,
        members=registered_table(state, started),
        holdouts=tuple(holdouts(state)),
        asked=invited_table(state),
        decisions=decisions(state, by=decided_by),
        statements=statements(state),
        rights=rights(state),
        corrections=corrections(state),
        requests=lambda as_of: requests(state, as_of),
        triggers=tuple(trigger_events(state)),
        approvals=tuple(approvals(state)),
        preferences=preferences_table(state),
        sends=sends_table(state),
        deliveries=outbox_table(state),
    )
