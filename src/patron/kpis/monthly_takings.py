"""What did each customer bring in each month?

In   contracts.customer.TAKINGS   one row per customer and day
Out  one row per customer and month on which money counts
"""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from patron.kpis.calendar import month_number
from patron.profile.known import known_by


def monthly_takings(takings: ir.Table, *, as_of: date) -> ir.Table:
    """Add up each customer's takings by month.

    Parameters
    ----------
    takings : Table
        ``contracts.customer.TAKINGS``.
    as_of : date
        The last day we may know about.

    Returns
    -------
    Table, one row per customer and month on which money counts
        ``customer_id``, ``number`` (of the month), and exact money: ``gross_revenue``, ``returns``, ``net_revenue``,
        ``margin``, and ``costed_revenue``: net_revenue where the cost of goods is known.
    """
    known = known_by(takings, as_of=as_of, column="day")
    known = known.mutate(
        number=month_number(known.day), costed_revenue=ibis.ifelse(known.cost.notnull(), known.net_revenue, 0)
    )
    return known.group_by("customer_id", "number").aggregate(
        gross_revenue=known.revenue.sum(),
        returns=known.returns.sum(),
        net_revenue=known.net_revenue.sum(),
        margin=known.margin.sum(),
        costed_revenue=known.costed_revenue.sum(),
    )
