"""What did each customer order in each month with an order?

In   contracts.customer.ORDERS   one row per order
Out  one row per customer and month with an order; months without one have no row, so the table stays as small as the
     orders, however many customers and months there are
"""

from __future__ import annotations

from datetime import date

import ibis.expr.types as ir

from patron.kpis.calendar import month_number
from patron.profile.known import day_of, known_by


def activity(orders: ir.Table, *, as_of: date) -> ir.Table:
    """Count each customer's orders by month.

    Parameters
    ----------
    orders : Table, one row per order
        ``contracts.customer.ORDERS``.
    as_of : date
        The last day we may know about.

    Returns
    -------
    Table, one row per customer and month with an order
        ``customer_id``, ``number`` (of the month), ``orders``, and their net amount, exactly: ``order_amount``.
    """
    known = known_by(orders, as_of=as_of)
    known = known.mutate(number=month_number(day_of(known.ordered_at)))
    return known.group_by("customer_id", "number").aggregate(orders=known.count(), order_amount=known.amount.sum())
