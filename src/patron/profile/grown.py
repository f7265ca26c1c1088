"""What a new day adds: only customers with a new line are computed anew, all others are carried over.

Every table here is a sum within one customer, so a customer without a new line has the rows that she had; only T, the
time since her first purchase, has gone on. So a day costs a day's work, and gives what all lines together would give.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir

from patron.contracts.customer import HISTORY, ORDERS, TAKINGS
from patron.profile.history import purchase_history
from patron.profile.orders import orders
from patron.profile.takings import ServiceCosts, takings


@dataclass(frozen=True, kw_only=True)
class Before:
    """What was known on an earlier day, and who has had a line since.

    The tables keep the contracts of their names; `touched` has the column ``customer_id``.
    """

    as_of: date
    orders: ir.Table
    takings: ir.Table
    history: ir.Table
    touched: ir.Table


@dataclass(frozen=True, kw_only=True)
class Grown:
    """The same tables as of the new day."""

    orders: ir.Table
    takings: ir.Table
    history: ir.Table


def grown(
    lines: ir.Table, before: Before, *, as_of: date, shop: ir.Table, service: ServiceCosts | None = None
) -> Grown:
    """Bring an earlier day's orders, takings and history up to `as_of`.

    Parameters
    ----------
    lines : Table, one row per line
        contracts.raw.RAW_ORDER_LINES, all of them; `customer_id` is the customer's.
    before : Before
        As of an earlier day, or the same. All lines that were known then are still there, unchanged.
    as_of : date
        The last day we may know about.
    shop : Table
        What `shop_costs` says of all lines. Where lines lack a cost and the shop tells margins, costs follow the whole
        shop's rate, which every line moves: then nothing can be carried over.
    service : ServiceCosts, optional
        As for `takings`.
    """
    theirs = lines.semi_join(before.touched, "customer_id")
    bought = orders(theirs, as_of=as_of, shop=shop)
    taken = takings(theirs, as_of=as_of, shop=shop, service=service)
    gone_on = (as_of - before.as_of).days
    carried = _untouched(before.history, before)
    return Grown(
        orders=ORDERS.shape(ibis.union(_untouched(before.orders, before), bought)),
        takings=TAKINGS.shape(ibis.union(_untouched(before.takings, before), taken)),
        history=HISTORY.shape(
            ibis.union(HISTORY.shape(carried.mutate(T=carried["T"] + gone_on)), purchase_history(bought, as_of=as_of))
        ),
    )


def _untouched(table: ir.Table, before: Before) -> ir.Table:
    return table.anti_join(before.touched, "customer_id")
