"""What did each customer bring, to the cent?

In   contracts.raw.RAW_ORDER_LINES        one row per line, with the customer's id
Out  contracts.customer.CONTRIBUTION      one row per customer
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir

from patron.contracts import MONEY
from patron.contracts.customer import CONTRIBUTION
from patron.profile.known import known_by


@dataclass(frozen=True, kw_only=True)
class ServiceCosts:
    """What handling costs the shop, in money; None where it is not known."""

    per_order: float | None = None
    per_line: float | None = None
    per_return: float | None = None

    @property
    def known(self) -> bool:
        """Whether anything is known at all."""
        return any(cost is not None for cost in (self.per_order, self.per_line, self.per_return))


def contribution(lines: ir.Table, *, as_of: date, service: ServiceCosts | None = None) -> ir.Table:
    """Sum up each customer's money, up to and including `as_of`.

    Parameters
    ----------
    lines : Table, one row per line
        contracts.raw.RAW_ORDER_LINES; `customer_id` is the customer's.
    as_of : date
        The last day we may know about.
    service : ServiceCosts, optional
        What an order, a line and a returned line cost to handle.

    Returns
    -------
    Table, one row per customer
        contracts.customer.CONTRIBUTION.
    """
    known = known_by(lines, as_of=as_of)
    goods, sale, back = known.kind != "adjustment", known.kind == "sale", known.kind == "return"
    unmatched = back & known.reverses.isnull()
    sums = known.group_by("customer_id").aggregate(
        revenue=_sum(known.amount, sale),
        discount=_sum(known.discount, goods),
        returns=-_sum(known.amount, back),
        unmatched_returns=-_sum(known.amount, unmatched),
        cost_known=_sum(known.cost, goods),
        # What an unmatched return cost when it was sold is unknown with the sale; it does not make the rest unknown.
        lines_without_cost=(sale & known.cost.isnull()).sum(),
        lines_with_cost=(goods & known.cost.notnull()).sum(),
        adjustments=_sum(known.amount, ~goods),
        service=_service(known, service or ServiceCosts()),
    )
    return CONTRIBUTION.shape(_balanced(sums))


def _sum(value: ir.Value, which: ir.BooleanValue) -> ir.Value:
    nothing = ibis.literal(0).cast(MONEY)
    return ibis.coalesce(ibis.ifelse(which, value, nothing).sum().cast(MONEY), nothing)


def _service(known: ir.Table, costs: ServiceCosts) -> ir.Value:
    if not costs.known:
        return ibis.null(MONEY)
    sales, back = known.kind == "sale", known.kind == "return"
    orders = ibis.ifelse(sales, known.order_id, ibis.null("string")).nunique()
    counted = ((orders, costs.per_order), (sales.sum(), costs.per_line), (back.sum(), costs.per_return))
    parts = [count.cast("float64") * cost for count, cost in counted if cost]
    total = parts[0] if parts else ibis.literal(0.0)
    for part in parts[1:]:
        total = total + part
    return total.round(2).cast(MONEY)


def _balanced(sums: ir.Table) -> ir.Table:
    nothing = ibis.literal(0).cast(MONEY)
    has_cost = (sums.lines_without_cost == 0) & (sums.lines_with_cost > 0)
    cost = ibis.ifelse(has_cost, sums.cost_known, ibis.null(MONEY))
    net = sums.revenue - sums.discount - sums.returns
    return sums.mutate(
        net_revenue=net,
        cost=cost,
        cost_to_serve=sums.service,
        margin=net - ibis.coalesce(cost, nothing) - ibis.coalesce(sums.service, nothing),
        basis=ibis.ifelse(has_cost, "margin", "revenue"),
    )
