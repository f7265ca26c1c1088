"""What will sell most in the next weeks, and what sold more or less than was expected?"""

from __future__ import annotations

import ibis.expr.types as ir

MOST = 50  # products, those that bring most
ALL = "all"


def will_sell(demand: ir.Table) -> ir.Table:
    """Return what all customers together will buy of each product in all weeks that are told.

    Parameters
    ----------
    demand : Table
        Keeps the contract DEMAND.

    Returns
    -------
    Table, one row per product
        The 50 that are expected to bring most, of those that have not left the shelf.
    """
    whole = demand.filter((demand.week == 0) & (demand.segment == ALL) & (demand.verdict != "off_shelf"))
    return whole.order_by(whole.value.desc(), "product_id").limit(MOST)


def found_trends(trends: ir.Table) -> ir.Table:
    """Return what rises and falls, the most money first.

    Parameters
    ----------
    trends : Table
        Keeps the contract TRENDS.
    """
    found = trends.filter(trends.found)
    return found.order_by(found.value.abs().desc(), "kind", "item").limit(MOST)
