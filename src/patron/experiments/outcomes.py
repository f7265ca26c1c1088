"""What did each arm do after its day? Sums that add up, a few rows whatever the size of the shop.

In   contracts.outcome.ASSIGNMENTS, contracts.customer.ORDERS, TAKINGS
Out  one row per audience and arm: n, and for orders and margin the sum and the sum of squares over customers
"""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from patron.profile.known import day_of, known_by

WIDE = "decimal(38, 2)"  # room for the square of a sum of money: exact, so the order of adding cannot matter


def outcomes(assignments: ir.Table, orders: ir.Table, takings: ir.Table, *, as_of: date) -> ir.Table:
    """Sum what the customers of each arm ordered and brought from the day after their assignment to `as_of`.

    Parameters
    ----------
    assignments : Table, one row per customer and audience
        Columns ``audience, customer_id, arm, assigned_on, contaminated``.
    orders : Table, one row per order
        Columns ``customer_id, ordered_at``.
    takings : Table, one row per customer and day
        Columns ``customer_id, day, margin``. A return counts on the day of the sale that it takes back.
    as_of : date
        The last day that counts.

    Returns
    -------
    Table, one row per audience and arm
        ``assigned_on, assigned_last``          first and last day of assignment (one and the same, when it is frozen)
        ``n``                                   customers, with and without orders
        ``contaminated``                        of them, who also were in the other arm
        ``orders, orders_squares``              sum over customers, and of squares
        ``margin, margin_squares``              likewise, in money
    """
    arms = assignments.group_by("audience", "arm").aggregate(
        n=lambda t: t.count(),
        contaminated=lambda t: t.contaminated.sum(),
        assigned_on=lambda t: t.assigned_on.min(),
        assigned_last=lambda t: t.assigned_on.max(),
    )
    # Customers who did nothing add nothing to a sum, so only n needs them.
    sums = (
        _done(assignments, orders, takings, as_of=as_of)
        .group_by("audience", "arm")
        .aggregate(
            orders=lambda t: t.orders.sum(),
            orders_squares=lambda t: (t.orders * t.orders).sum(),
            margin=lambda t: t.margin.sum(),
            margin_squares=lambda t: (t.margin * t.margin).sum(),
        )
    )
    table = arms.left_join(sums, ["audience", "arm"], rname="{name}_sums")
    return table.select(
        "audience", "arm", "assigned_on", "assigned_last", "n", "contaminated",
        **{name: table[name].cast("float64").fill_null(0.0)
           for name in ("orders", "orders_squares", "margin", "margin_squares")},
    ).order_by("audience", "arm")  # fmt: skip


def _done(assignments: ir.Table, orders: ir.Table, takings: ir.Table, *, as_of: date) -> ir.Table:
    """Return the orders and the margin of each customer of an audience who ordered or brought anything."""
    ordered = known_by(orders, as_of=as_of).select("customer_id", day=lambda t: day_of(t.ordered_at))
    taken = known_by(takings, as_of=as_of, column="day").select("customer_id", "day", "margin")
    one, nothing = ibis.literal(1, "int64"), ibis.literal(0).cast(WIDE)
    both = ibis.union(
        _after(assignments, ordered).mutate(orders=one, margin=nothing),
        _after(assignments, taken).mutate(orders=one - 1, margin=lambda t: t.margin.cast(WIDE)),
    )
    return both.group_by("audience", "arm", "customer_id").aggregate(
        orders=lambda t: t.orders.sum(), margin=lambda t: t.margin.sum().cast(WIDE)
    )


def _after(assignments: ir.Table, rows: ir.Table) -> ir.Table:
    """Return the rows of each customer of an audience from the day after the assignment, less what is not needed."""
    after = assignments.inner_join(rows, ["customer_id", rows.day > assignments.assigned_on])
    return after.select("audience", "arm", *rows.drop("day").columns)
