"""Sums over the customers whom each channel won, by month of the first order and by segment: one engine call.

In   the customers of `kpis.won.Won`, contracts.customer.MEMBERSHIPS
Out  `Sums` by channel, cohort, segmentation and segment
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import product
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray

from patron.contracts.channel import EVERY, LATEST
from patron.kpis.periods import Period
from patron.stats.compound_sum import steadied

CELL = ("channel", "cohort", "segmentation", "segment")
SUMS = (
    "people", "told", "won", "won_2", "margin", "predicted", "value", "value_2", "watched", "watched_2", "again",
)  # fmt: skip
MONEYS = ("margin", "predicted")
_FINE = "decimal(38, 4)"  # floats added up depend on the order of the rows, and narrower squares overflow

Cell = tuple[str, str, str, str]
Sums = dict[str, Any]
Wide = Mapping[str, NDArray[np.float64]]


def won_cells(customers: ir.Table, memberships: ir.Table | None, *, latest: Period | None) -> dict[Cell, Sums]:
    """Add up the customers of each channel, cohort and segment.

    Parameters
    ----------
    customers : Table, one row per customer and channel
        As `kpis.won.Won` describes them.
    memberships : Table or None
        contracts.customer.MEMBERSHIPS: the segments that are told apart.
    latest : Period or None
        Whose customers are a cohort of their own, besides.

    Returns
    -------
    dict
        Cohorts are months, ``all`` and ``latest``; channels those that are there and ``all``, in which a customer of
        two channels is one.
    """
    recent = ibis.literal(value=False)
    if latest is not None:
        recent = customers.first_day.between(ibis.literal(latest.start), ibis.literal(latest.end))
    everyone = customers.mutate(segmentation=ibis.literal(EVERY), segment=ibis.literal(EVERY), recent=recent)
    parts = [everyone]
    if memberships is not None:
        mine = memberships.select("segmentation", "segment", who=memberships.customer_id)
        placed = customers.mutate(recent=recent).inner_join(mine, [("customer_id", "who")])
        parts.append(placed.select(*everyone.columns))
    every = ibis.union(*parts) if len(parts) > 1 else everyone
    worth = (every.margin + every.predicted).cast(_FINE)
    return _rolled(_summed(every.mutate(worth=worth, part=every.share.round(4).cast(_FINE))))


def _summed(valued: ir.Table) -> ir.Table:
    part, worth = valued.part, valued.worth
    nothing = ibis.literal(0).cast(_FINE)

    def of(flag: ir.Value, what: ir.Value) -> ir.Value:
        return ibis.ifelse(flag, what, nothing).sum().cast("float64")

    return valued.group_by(*CELL, "recent").aggregate(
        people=valued.count().cast("int64"), told=of(valued.told, part), won=valued.share.sum().cast("float64"),
        won_2=(part * part).sum().cast("float64"), margin=valued.margin.sum(), predicted=valued.predicted.sum(),
        value=worth.sum().cast("float64"), value_2=(worth * worth).sum().cast("float64"),
        watched=of(valued.watched, part),
        watched_2=of(valued.watched, part * part), again=of(valued.watched & valued.again, part),
    ).order_by(*CELL, "recent")  # fmt: skip


def _rolled(summed: ir.Table) -> dict[Cell, Sums]:
    """Return the sums by cell, with those of all cohorts, of the latest and of all channels."""
    cells: dict[Cell, Sums] = defaultdict(nobody)
    for row in summed.to_pyarrow().to_pylist():
        channel, cohort, segmentation, segment = (row[name] for name in CELL)
        cohorts = (cohort, EVERY, LATEST) if row["recent"] else (cohort, EVERY)
        for cell in product((channel, EVERY), cohorts):
            sums = cells[*cell, segmentation, segment]
            for one in SUMS:
                sums[one] += row[one]
    for (channel, *_), sums in cells.items():
        if channel == EVERY:
            sums["people"] = round(sums["won"])
    return dict(cells)


def nobody() -> Sums:
    """Return the sums of no customers."""
    return dict.fromkeys(SUMS, 0) | dict.fromkeys(MONEYS, Decimal("0.00"))


def usual_spread(cells: Mapping[Cell, Sums]) -> float:
    """Return the mean square of what customers are worth over the square of the mean."""
    whole = cells.get((EVERY, EVERY, EVERY, EVERY)) or nobody()
    count, total, squares = (float(whole[name]) for name in ("won", "value", "value_2"))
    return max(count * squares / total**2, 1.0) if total > 0 else 1.0


def wide_of(sums: Sequence[Sums], usual: float) -> dict[str, NDArray[np.float64]]:
    """Return the sums by name; the squares of small groups are steadied."""
    wide = {name: np.array([float(one[name]) for one in sums]) for name in SUMS}
    squares = steadied(wide["won"], wide["value"], wide["value_2"], wide["won_2"], usual=usual)
    return wide | {"value_2": squares}
