"""What did each arm do after its day? Sums that add up, a few rows whatever the size of the shop.

In   contracts.experiment.ASSIGNMENTS, contracts.customer.ORDERS, TAKINGS
Out  one row per experiment and arm: how many, and for orders and margin the sums over units and of squares
"""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from patron.profile.known import day_of, known_by

MEASURES = ("orders", "margin")

WIDE = "decimal(38, 2)"  # room for the square of a sum of money: exact, so the order of adding cannot matter


def outcomes(assignments: ir.Table, orders: ir.Table, takings: ir.Table, *, as_of: date) -> ir.Table:
    """Sum what the customers of each arm ordered and brought from the day after their assignment to `as_of`.

    Parameters
    ----------
    assignments : Table, one row per customer and experiment
        Columns ``experiment, customer_id, arm, assigned_on, unit, contaminated``.
    orders : Table, one row per order
        Columns ``customer_id, ordered_at``.
    takings : Table, one row per customer and day
        Columns ``customer_id, day, margin``. A return counts on the day of the sale that it takes back.
    as_of : date
        The last day that counts.

    Returns
    -------
    Table, one row per experiment and arm
        ``assigned_on, assigned_last``          first and last day of assignment (one and the same, when it is frozen)
        ``n, contaminated``                     customers; of them, who also were in the other arm
        ``by_household, units, size_squares``   whether units are households; how many; sum of their squared sizes
        ``orders, orders_squares``              sum over units, and of squares
        ``orders_cross``                        sum of orders x size over units
        ``margin, margin_squares, margin_cross``  likewise, in money
    """
    drawn = assignments.mutate(drawn=ibis.coalesce(assignments.unit.cast("string"), assignments.customer_id))
    units = drawn.group_by("experiment", "arm", "drawn").aggregate(
        size=lambda t: t.count(),
        contaminated=lambda t: t.contaminated.sum(),
        by_household=lambda t: t.unit.notnull().any(),
        assigned_on=lambda t: t.assigned_on.min(),
        assigned_last=lambda t: t.assigned_on.max(),
    )
    arms = units.group_by("experiment", "arm").aggregate(
        n=lambda t: t["size"].sum(),
        contaminated=lambda t: t.contaminated.sum(),
        by_household=lambda t: t.by_household.any(),
        units=lambda t: t.count(),
        size_squares=lambda t: (t["size"] * t["size"]).sum(),
        assigned_on=lambda t: t.assigned_on.min(),
        assigned_last=lambda t: t.assigned_last.max(),
    )
    # Units that did nothing add nothing to a sum, so only the counts need them.
    done = _done(drawn, orders, takings, as_of=as_of)
    sized = done.inner_join(units.select("experiment", "arm", "drawn", "size"), ["experiment", "arm", "drawn"])
    sums = sized.group_by("experiment", "arm").aggregate(
        **{name: sized[name].sum() for name in MEASURES},
        **{f"{name}_squares": (sized[name] * sized[name]).sum() for name in MEASURES},
        **{f"{name}_cross": (sized[name] * sized["size"]).sum() for name in MEASURES},
    )
    table = arms.left_join(sums, ["experiment", "arm"], rname="{name}_sums")
    names = [f"{name}{ending}" for name in MEASURES for ending in ("", "_squares", "_cross")]
    return table.select(
        "experiment", "arm", "assigned_on", "assigned_last", "n", "contaminated", "by_household", "units",
        size_squares=table.size_squares.cast("float64"),
        **{name: table[name].cast("float64").fill_null(0.0) for name in names},
    ).order_by("experiment", "arm")  # fmt: skip


def _done(drawn: ir.Table, orders: ir.Table, takings: ir.Table, *, as_of: date) -> ir.Table:
    """Return the orders and the margin of each unit of an experiment that ordered or brought anything."""
    ordered = known_by(orders, as_of=as_of).select("customer_id", day=lambda t: day_of(t.ordered_at))
    taken = known_by(takings, as_of=as_of, column="day").select("customer_id", "day", "margin")
    one, nothing = ibis.literal(1, "int64"), ibis.literal(0).cast(WIDE)
    both = ibis.union(
        _after(drawn, ordered).mutate(orders=one, margin=nothing),
        _after(drawn, taken).mutate(orders=one - 1, margin=lambda t: t.margin.cast(WIDE)),
    )
    return both.group_by("experiment", "arm", "drawn").aggregate(
        orders=lambda t: t.orders.sum(), margin=lambda t: t.margin.sum().cast(WIDE)
    )


def _after(drawn: ir.Table, rows: ir.Table) -> ir.Table:
    """Return the rows of each customer of an experiment from the day after the assignment, less what is not needed."""
    after = drawn.inner_join(rows, ["customer_id", rows.day > drawn.assigned_on])
    return after.select("experiment", "arm", "drawn", *rows.drop("customer_id", "day").columns)
