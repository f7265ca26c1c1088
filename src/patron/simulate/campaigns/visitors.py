"""A test of two headers, drawn by browser when it is first seen; it moves nobody."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from patron.simulate.calendar import Calendar
from patron.simulate.campaigns.plans import VISITORS
from patron.simulate.lines import DAY
from patron.simulate.tables import moments_column

FROM, UNTIL = 120, 60  # days before the last one
ARMS = ("control", "new header")


def visitor_test(rng: np.random.Generator, events: pa.Table, *, calendar: Calendar) -> pa.Table:
    """Return who was put into which arm; a person with two browsers may be in both, for nobody knew her."""
    window = [(calendar.days - 1 - days) * DAY for days in (FROM, UNTIL)]
    start, end = moments_column(calendar.first_day, np.array(window))
    at = events["occurred_at"]
    inside = events.filter(pc.and_(pc.greater_equal(at, start), pc.less(at, end)))
    first = inside.group_by("anonymous_id").aggregate([("occurred_at", "min")]).sort_by("anonymous_id")
    count = first.num_rows
    arm = rng.integers(0, len(ARMS), count)
    table = pa.table({
        "experiment": pa.array([VISITORS] * count, pa.string()),
        "anonymous_id": first["anonymous_id"],
        "arm": pa.array(ARMS).take(pa.array(arm)),
        "assigned_at": first["occurred_at_min"],
        "propensity": np.full(count, 1 / len(ARMS)),
    })  # fmt: skip
    return table.sort_by([("assigned_at", "ascending"), ("anonymous_id", "ascending")])
