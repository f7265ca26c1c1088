"""What did each customer bring, to the cent?

In   contracts.customer.TAKINGS         one row per customer and day
     contracts.raw.RAW_ORDER_LINES      one row per line, with the customer's id
Out  contracts.customer.CONTRIBUTION    one row per customer
"""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from patron.contracts import MONEY
from patron.contracts.customer import CONTRIBUTION
from patron.profile.known import known_by

_SUMS = ("revenue", "discount", "returns", "net_revenue", "cost", "cost_to_serve", "margin")


def contribution(lines: ir.Table, takings: ir.Table, *, as_of: date) -> ir.Table:
    """Sum up each customer's takings, up to and including `as_of`.

    Parameters
    ----------
    lines : Table, one row per line
        contracts.raw.RAW_ORDER_LINES; `customer_id` is the customer's. Everybody with a line is a customer, and what
        the takings do not tell apart comes from here: unmatched returns, and adjustments.
    takings : Table, one row per customer and day
        contracts.customer.TAKINGS.
    as_of : date
        The last day we may know about.

    Returns
    -------
    Table, one row per customer
        contracts.customer.CONTRIBUTION.
    """
    known = known_by(lines, as_of=as_of)
    apart = known.group_by("customer_id").aggregate(
        unmatched_returns=-_sum(known.amount, (known.kind == "return") & known.reverses.isnull()),
        adjustments=_sum(known.amount, known.kind == "adjustment"),
    )
    days = known_by(takings, as_of=as_of, column="day")
    sums = days.group_by("customer_id").aggregate(**{name: days[name].sum() for name in _SUMS})
    shop = days.aggregate(basis=days.basis.max().fill_null("revenue"), served=days.cost_to_serve.count() > 0)
    return CONTRIBUTION.shape(_filled(apart.left_join(sums, "customer_id").cross_join(shop)))


def _sum(value: ir.Value, which: ir.BooleanValue) -> ir.Value:
    nothing = ibis.literal(0).cast(MONEY)
    return ibis.coalesce(ibis.ifelse(which, value, nothing).sum().cast(MONEY), nothing)


def _filled(joined: ir.Table) -> ir.Table:
    """Return zero for who took and gave no goods; a cost that the shop does not know stays unknown."""
    zeroed = {name: ibis.coalesce(joined[name].cast(MONEY), ibis.literal(0).cast(MONEY)) for name in _SUMS}
    unknown = ibis.null(MONEY)
    zeroed["cost"] = ibis.ifelse(joined.basis == "margin", zeroed["cost"], unknown)
    zeroed["cost_to_serve"] = ibis.ifelse(joined.served, zeroed["cost_to_serve"], unknown)
    return joined.mutate(**zeroed)
