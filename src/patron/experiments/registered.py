"""Which experiments were started, and who is in which arm? Read from the project's database.

One that was begun and never finished is left out: nobody was sent anything.
"""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts.experiment import ASSIGNMENTS
from patron.engines.experiment_state import Registered, experiment_members, experiments
from patron.engines.state import State

_FACTS = pa.schema(
    [
        ("experiment", pa.string()), ("arm", pa.string()), ("segment", pa.string()), ("assigned_on", pa.date32()),
        ("purpose", pa.string()), ("propensity", pa.float64()),
    ]
)  # fmt: skip


def published_experiments(state: State) -> tuple[Registered, ...]:
    """Return the experiments whose lists stand, in the order of day and name."""
    return tuple(one for one in experiments(state) if one.published)


def registered_table(state: State, started: Sequence[Registered]) -> ir.Table:
    """Return who is in which arm of `started`: `contracts.experiment.ASSIGNMENTS`, by the ids of their days."""
    rows = [
        {
            "experiment": one.name, "arm": arm, "segment": one.segment, "assigned_on": one.started_on,
            "purpose": one.promised["purpose"], "propensity": share,
        }
        for one in started
        for arm, share in one.shares.items()
    ]  # fmt: skip
    drawn = ibis.memtable(experiment_members(state, [one.name for one in started]))
    known = ibis.memtable(pa.Table.from_pylist(rows, schema=_FACTS))
    return ASSIGNMENTS.shape(drawn.inner_join(known, ["experiment", "arm"]).mutate(contaminated=False))
