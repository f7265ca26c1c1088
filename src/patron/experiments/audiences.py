"""Which audiences were frozen, and who is in which arm? Read from the project's database.

An audience that was begun and never finished is left out: nobody was sent anything. An assignment keeps the id of its
day; `merged` puts a run's own ids in their place before anything is counted.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts.outcome import ASSIGNMENTS
from patron.engines.state import State

AUDIENCES = ibis.schema(
    {
        "audience": "string",
        "segment": "string",
        "purpose": "string",
        "assigned_on": "date",
        "run_id": "string",
        "holdout": "float64",
        "unit": "string",
        "treated": "int64",
        "control": "int64",
    }
)
"""One row per published audience: where it comes from and what was planned."""


def audiences_table(state: State) -> ir.Table:
    """Return the published audiences, one row each (`AUDIENCES`)."""
    rows = [
        {
            "audience": frozen.name,
            "segment": f"{frozen.segmentation}.{frozen.segment}",
            "purpose": frozen.purpose,
            "assigned_on": frozen.assigned_on,
            "run_id": frozen.run_id,
            "holdout": frozen.holdout,
            "unit": frozen.unit,
            "treated": frozen.treated,
            "control": frozen.control,
        }
        for frozen in state.audiences()
        if frozen.published
    ]
    return ibis.memtable(pa.Table.from_pylist(rows, schema=AUDIENCES.to_pyarrow()))


def assignments_table(state: State) -> ir.Table:
    """Return who is in which arm of every published audience (`contracts.outcome.ASSIGNMENTS`)."""
    drawn = ibis.memtable(state.assignments())
    return ASSIGNMENTS.shape(
        drawn.inner_join(audiences_table(state).drop("unit"), "audience").mutate(contaminated=False)
    )
