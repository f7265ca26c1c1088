"""What was ordered and kept, as known on a day?

In   contracts.raw.RAW_ORDER_LINES    one row per line, with the customer's id
Out  contracts.customer.ORDERS        one row per order
"""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from patron.contracts import MONEY
from patron.contracts.customer import ORDERS
from patron.profile.costs import costed

_EXACT = "decimal(18, 4)"  # .3 kg less .1 kg less .2 kg is nothing, which floating point does not know


def orders(lines: ir.Table, *, as_of: date, shop: ir.Table | None = None) -> ir.Table:
    """Sum lines to orders, less the returns that were known by `as_of`.

    Parameters
    ----------
    lines : Table, one row per line
        contracts.raw.RAW_ORDER_LINES; `customer_id` is the customer's.
    as_of : date
        The last day we may know about: a return that came later has not happened yet.
    shop : Table, optional
        What `shop_costs` says of the whole shop, where `lines` are those of some customers only.

    Returns
    -------
    Table, one row per order
        contracts.customer.ORDERS. An order that was taken back whole is no order. Its cost follows the shop's one rule
        (`profile.costs`).
    """
    known = costed(lines, as_of=as_of, shop=shop)
    sales = known.filter(known.kind == "sale")
    returned = known.filter(known.reverses.notnull())
    back = returned.group_by("reverses").aggregate(
        back_units=-returned.quantity.cast(_EXACT).sum(),
        back_amount=-returned.amount.sum(),
        back_discount=-returned.discount.sum(),
        back_cost=-returned.cost.sum(),
    )
    kept = sales.left_join(back, sales.line_id == back.reverses)
    nothing = ibis.literal(0).cast(MONEY)
    priced = kept.mutate(
        kept_units=kept.quantity.cast(_EXACT) - kept.back_units.fill_null(0),
        kept_discount=kept.discount - ibis.coalesce(kept.back_discount, nothing),
        returns=ibis.coalesce(kept.back_amount, nothing),
        kept_cost=kept.cost - ibis.coalesce(kept.back_cost, nothing),
    )
    return ORDERS.shape(_summed(priced))


def _summed(priced: ir.Table) -> ir.Table:
    """Sum priced lines by order."""
    summed = priced.group_by("customer_id", "order_id").aggregate(
        ordered_at=priced.ordered_at.min(),
        lines=priced.count(),
        units=priced.kept_units.sum().cast("float64"),
        revenue=priced.amount.sum(),
        discount=priced.kept_discount.sum(),
        returns=priced.returns.sum(),
        cost=priced.kept_cost.sum(),  # every line has one, or none has
        # One order has one channel and country; where sources disagree, the first by name keeps it deterministic.
        channel=priced.channel.min(),
        country=priced.country.min(),
    )
    real = summed.filter(summed.units > 0)
    amount = real.revenue - real.discount - real.returns
    return real.mutate(amount=amount, margin=amount - ibis.coalesce(real.cost, ibis.literal(0).cast(MONEY)))
