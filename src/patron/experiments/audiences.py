"""Which audiences were frozen, and who is in which arm? Read from the project's database.

An audience that was begun and never finished is left out: nobody was sent anything. An assignment keeps the id of its
day; `merged` puts a run's own ids in their place before anything is counted.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts.experiment import ASSIGNMENTS
from patron.engines.constant import constant
from patron.engines.state import FrozenAudience, State
from patron.voice.sample import SALT

AUDIENCES = ibis.schema(
    {
        "experiment": "string",
        "segment": "string",
        "purpose": "string",
        "assigned_on": "date",
        "run_id": "string",
        "holdout": "float64",
        "unit": "string",
        "treated": "int64",
        "control": "int64",
        "programme": "string",
    }
)
"""One row per published audience: where it comes from and what was planned."""

INVITED = ibis.schema({"customer_id": "string", "asked_on": "date", "survey": "string"})
"""One row per customer in the sample of a survey."""


def audiences_table(state: State) -> ir.Table:
    """Return the published audiences, one row each (`AUDIENCES`), without samples of surveys: these sell nothing."""
    rows = [
        {
            "experiment": frozen.name,
            "segment": f"{frozen.segmentation}.{frozen.segment}",
            "purpose": frozen.purpose,
            "assigned_on": frozen.assigned_on,
            "run_id": frozen.run_id,
            "holdout": frozen.holdout,
            "unit": frozen.unit,
            "treated": frozen.treated,
            "control": frozen.control,
            "programme": frozen.programme,
        }
        for frozen in state.audiences()
        if frozen.published and not _asks(frozen)
    ]
    return ibis.memtable(pa.Table.from_pylist(rows, schema=AUDIENCES.to_pyarrow()))


def assignments_table(state: State) -> ir.Table:
    """Return who is in which arm of every published audience (`contracts.experiment.ASSIGNMENTS`)."""
    drawn = ibis.memtable(state.assignments()).rename(experiment="audience")
    known = drawn.inner_join(audiences_table(state).drop("unit"), "experiment")
    share = ibis.ifelse(known.arm == "control", known.holdout, constant(1.0) - known.holdout)
    return ASSIGNMENTS.shape(known.mutate(propensity=share, stratum=ibis.null("string"), contaminated=False))


def invited_table(state: State) -> ir.Table:
    """Return who was invited to a survey: ``customer_id, asked_on, survey``, under the ids of that day."""
    asked = {frozen.name: frozen.assigned_on for frozen in state.audiences() if frozen.published and _asks(frozen)}
    rows = [
        {"customer_id": row["customer_id"], "asked_on": day, "survey": name}
        for name, day in asked.items()
        for row in state.assignments(name).to_pylist()
    ]
    return ibis.memtable(pa.Table.from_pylist(rows, schema=INVITED.to_pyarrow()))


def _asks(frozen: FrozenAudience) -> bool:
    return frozen.salt.startswith(SALT)
