"""Put every customer into her micro-segment.

In   contracts.customer.MEMBERSHIPS, PROFILES
Out  contracts.customer.MEMBERSHIPS  segmentation ``micro``; detail is the customer's own cell where it was merged
     contracts.micro.MICRO_AXES
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts.customer import MEMBERSHIPS
from patron.contracts.micro import MICRO, MICRO_AXES
from patron.segments.micro_axes import look, placed, used
from patron.segments.micro_cells import Cells, Values, cells
from patron.stats.power import customers_for

HARDEST = 0.5
"""Standard deviation of a share of one half: no share is harder to tell from another."""


class Micro(NamedTuple):
    """Memberships of the segmentation ``micro``, and the axes that cut it."""

    memberships: ir.Table
    axes: ir.Table


def micro_members(
    memberships: ir.Table,
    profiles: ir.Table,
    *,
    axes: Sequence[str],
    holdout: float,
    detectable: float,
    keep: Callable[[str, ir.Table], ir.Table] = lambda _name, table: table,
) -> Micro:
    """Cut all customers into micro-segments that are large enough to be tested.

    Parameters
    ----------
    memberships : Table, one row per customer and segmentation
        `MEMBERSHIPS`.
    profiles : Table, one row per customer
        `PROFILES`: every one of them is in exactly one micro-segment.
    axes : sequence of str
        Segmentations, or columns of `PROFILES` that name a kind of customer, the first one first: what is too small
        is merged over the last.
    holdout : float
        Share of the customers that a test would hold out.
    detectable : float
        Difference of two shares that a test has to see; a cell that cannot is merged.
    keep : callable
        Writes a table aside and returns it as written, so that what is used twice is computed once.

    Returns
    -------
    Micro
        Without memberships where no axis is of use, or nobody is a customer.

    Raises
    ------
    ArgumentError
        The axes, the hold-out or the difference cannot be.

    Notes
    -----
    Looks into the tables twice: for the axes, and for the cells with their counts.
    """
    least = customers_for(detectable, spread=HARDEST, holdout=holdout)
    rows = look(memberships, profiles, axes)
    told = ibis.memtable(pa.Table.from_pylist(rows, schema=MICRO_AXES.schema.to_pyarrow()))
    chosen = used(rows)
    if not chosen:
        return Micro(MEMBERSHIPS.empty(), told)
    people = keep("micro_placed", placed(memberships, profiles, chosen))
    found = cells(_counted(people), least=least)
    return Micro(_memberships(people, found), told)


def with_cells(people: ir.Table, found: Cells) -> ir.Table:
    """Add to each customer with axes the names of her cell (``own``) and of its segment (``cell``); both null where
    the cell is not among those found.
    """  # noqa: D205
    names = _axes(people)
    rows = [
        {**{f"value_{at}": value for at, value in enumerate(values)}, "own": own, "cell": found.segment[values]}
        for values, own in found.own.items()
    ]
    schema = pa.schema([*((f"value_{at}", pa.string()) for at in range(len(names))), ("own", pa.string()),
                        ("cell", pa.string())])  # fmt: skip
    known = ibis.memtable(pa.Table.from_pylist(rows, schema=schema))
    alike = [people[name].identical_to(known[f"value_{at}"]) for at, name in enumerate(names)]
    return people.left_join(known, alike).drop(*(f"value_{at}" for at in range(len(names))))


def _counted(people: ir.Table) -> dict[Values, int]:
    names = _axes(people)
    counted: list[dict[str, Any]] = people.group_by(names).aggregate(many=people.count()).to_pyarrow().to_pylist()
    return {tuple(row[name] for name in names): int(row["many"]) for row in counted}


def _memberships(people: ir.Table, found: Cells) -> ir.Table:
    both = with_cells(people, found)
    return MEMBERSHIPS.shape(
        both.select(
            "customer_id",
            segmentation=ibis.literal(MICRO),
            segment=both.cell,
            detail=ibis.ifelse(both.own == both.cell, ibis.null("string"), both.own),
        )
    )


def _axes(people: ir.Table) -> list[str]:
    return [name for name in people.columns if name.startswith("axis_")]
