"""What did each customer bring on each day, to the cent?

The one place where money is added up: what a customer brought, what a month brought and what a list brought are sums of
these rows, so they agree.

In   contracts.raw.RAW_ORDER_LINES    one row per line, with the customer's id
Out  contracts.customer.TAKINGS       one row per customer and day
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir

from patron.contracts import MONEY
from patron.contracts.customer import TAKINGS
from patron.profile.costs import costed
from patron.profile.known import day_of

_WIDE = "decimal(38, 2)"
_SUMS = {
    "revenue": _WIDE, "discount": _WIDE, "returns": _WIDE, "cost": _WIDE,
    "sold": "int64", "opened": "int64", "back": "int64",
}  # fmt: skip


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


def takings(
    lines: ir.Table, *, as_of: date, service: ServiceCosts | None = None, shop: ir.Table | None = None
) -> ir.Table:
    """Sum up each customer's money by day, as known on `as_of`.

    Parameters
    ----------
    lines : Table, one row per line
        contracts.raw.RAW_ORDER_LINES; `customer_id` is the customer's.
    as_of : date
        The last day we may know about: a return that came later has not happened yet.
    service : ServiceCosts, optional
        What an order, a line and a returned line cost to handle.
    shop : Table, optional
        What `shop_costs` says of the whole shop, where `lines` are those of some customers only.

    Returns
    -------
    Table, one row per customer and day
        contracts.customer.TAKINGS. A return counts on the day of the sale that it takes back, as in ORDERS, and on its
        own day where that sale is not known; what it cost to handle, always on its own day. An order is handled on the
        day of its first line. Adjustments are not in here.
    """
    known = costed(lines, as_of=as_of, shop=shop)
    goods = known.filter(known.kind != "adjustment")
    handling = service or ServiceCosts()
    parts = [_money(goods)]
    if handling.per_order is not None:
        parts.append(_opened(goods))
    if handling.per_return is not None:
        parts.append(_back(goods))
    every = ibis.union(*parts) if len(parts) > 1 else parts[0]
    days = every.group_by("customer_id", "day").aggregate(
        basis=every.basis.max(), **{name: every[name].sum().cast(kind) for name, kind in _SUMS.items()}
    )
    return TAKINGS.shape(_balanced(days.mutate(service=_served(days, handling))))


def _money(goods: ir.Table) -> ir.Table:
    nothing = ibis.literal(0).cast(MONEY)
    sale = goods.kind == "sale"
    sums = goods.group_by("customer_id", day=goods.counts_on).aggregate(
        basis=goods.basis.max(),
        revenue=ibis.ifelse(sale, goods.amount, nothing).sum(),
        discount=goods.discount.sum(),
        returns=ibis.ifelse(sale, nothing, -goods.amount).sum(),
        cost=ibis.coalesce(goods.cost, nothing).sum(),
        sold=sale.sum(),
    )
    return _padded(sums)


def _opened(goods: ir.Table) -> ir.Table:
    """Count orders by the day of their first line."""
    sales = goods.filter(goods.kind == "sale")
    opened = sales.group_by("customer_id", "order_id").aggregate(
        day=day_of(sales.ordered_at).min(), basis=sales.basis.max()
    )
    return _padded(opened.group_by("customer_id", "day").aggregate(basis=opened.basis.max(), opened=opened.count()))


def _back(goods: ir.Table) -> ir.Table:
    """Count returned lines by the day on which they came back."""
    returned = goods.filter(goods.kind == "return")
    return _padded(
        returned.group_by("customer_id", day=day_of(returned.ordered_at)).aggregate(
            basis=returned.basis.max(), back=returned.count()
        )
    )


def _padded(sums: ir.Table) -> ir.Table:
    """Return `sums` with all sums, zero where they are not there."""
    columns = {
        name: (sums[name] if name in sums.columns else ibis.literal(0)).cast(kind) for name, kind in _SUMS.items()
    }
    return sums.select("customer_id", "day", "basis", **columns)


def _served(days: ir.Table, costs: ServiceCosts) -> ir.Value:
    if not costs.known:
        return ibis.null(MONEY)
    counted = ((days.opened, costs.per_order), (days.sold, costs.per_line), (days.back, costs.per_return))
    total = ibis.literal(0.0)
    for count, cost in counted:
        if cost:
            total = total + count.cast("float64") * cost
    return total.round(2).cast(MONEY)


def _balanced(days: ir.Table) -> ir.Table:
    nothing = ibis.literal(0).cast(MONEY)
    cost = ibis.ifelse(days.basis == "margin", days.cost, ibis.null(_WIDE))
    net = days.revenue - days.discount - days.returns
    return days.mutate(
        net_revenue=net,
        cost=cost,
        cost_to_serve=days.service,
        margin=net - ibis.coalesce(cost, nothing) - ibis.coalesce(days.service, nothing),
    )
