"""What did each customer do in each month with an order?

In   contracts.customer.ORDERS   one row per order
Out  one row per customer and month with an order; months without one have no row, so the table stays as small as the
     orders, however many customers and months there are
"""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from patron.kpis.calendar import month_number
from patron.profile.known import day_of, known_by


def activity(orders: ir.Table, *, as_of: date) -> ir.Table:
    """Add up each customer's orders by month.

    Parameters
    ----------
    orders : Table, one row per order
        ``contracts.customer.ORDERS``.
    as_of : date
        The last day we may know about.

    Returns
    -------
    Table, one row per customer and month with an order
        ``customer_id``, ``number`` (of the month), ``orders``, and exact money: ``gross_revenue``, ``returns``,
        ``net_revenue``, ``margin``, and of the orders whose cost is known ``costed_revenue`` and ``costed_margin``.
        Returns stand in the month of the order that they take back.
    """
    known = known_by(orders, as_of=as_of)
    known = known.mutate(
        number=month_number(day_of(known.ordered_at)),
        costed_revenue=ibis.ifelse(known.cost.notnull(), known.amount, 0),
        costed_margin=ibis.ifelse(known.cost.notnull(), known.margin, 0),
    )
    return known.group_by("customer_id", "number").aggregate(
        orders=known.count(),
        gross_revenue=known.revenue.sum(),
        returns=known.returns.sum(),
        net_revenue=known.amount.sum(),
        margin=known.margin.sum(),
        costed_revenue=known.costed_revenue.sum(),
        costed_margin=known.costed_margin.sum(),
    )
