"""Which purchases did we know of on each of several days?

What came back is taken off the purchase only from the day on which it came back. So one table, written once, tells for
any earlier day what was known on it; an order that was taken back later is still an order before that.

In   contracts.raw.RAW_ORDER_LINES    one row per line, with the customer's id
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import ibis
import ibis.expr.types as ir

from patron.contracts import MONEY
from patron.profile.known import day_of, known_by

_EXACT = "decimal(18, 4)"


def purchase_ledger(lines: ir.Table, *, as_of: date) -> ir.Table:
    """Sum lines by customer, purchase day, and the day on which that became known.

    Parameters
    ----------
    lines : Table, one row per line
        contracts.raw.RAW_ORDER_LINES; `customer_id` is the customer's.
    as_of : date
        The last day we may know about.

    Returns
    -------
    Table, one row per customer, ``day`` and ``known_on``
        ``units`` and ``amount`` (net of discount) that this day added: what was sold on the purchase day itself, less
        what came back later. Returns whose sale is not known, and adjustments, belong to no purchase.
    """
    known = known_by(lines, as_of=as_of)
    known = known.mutate(known_on=day_of(known.ordered_at))
    sales = known.filter(known.kind == "sale")
    sold = sales.select("customer_id", "known_on", "quantity", "amount", "discount", day="known_on")
    returned = known.filter(known.reverses.notnull())
    returned = returned.select("customer_id", "known_on", "quantity", "amount", "discount", "reverses")
    back = returned.inner_join(sales.select(sale_line="line_id", day="known_on"), [("reverses", "sale_line")])
    both = sold.union(back.select(*sold.columns))
    return both.group_by("customer_id", "day", "known_on").aggregate(
        units=both.quantity.cast(_EXACT).sum(), amount=(both.amount - both.discount).sum().cast(MONEY)
    )


def known_purchases(ledger: ir.Table, *, days: Sequence[date]) -> ir.Table:
    """Return the purchase days as they were known on each of some days.

    Parameters
    ----------
    ledger : Table
        Of `purchase_ledger`.
    days : sequence of date
        The days, in any order.

    Returns
    -------
    Table, one row per ``origin`` (one of `days`), customer and purchase day
        ``amount``, net of what had come back by the origin; a day of which nothing was left is none.
    """
    origins = ibis.memtable({"origin": list(days)}, schema={"origin": "date"})
    both = ledger.inner_join(origins, ledger.known_on <= origins.origin)
    sums = both.group_by("origin", "customer_id", "day").aggregate(
        units=both.units.sum(), amount=both.amount.sum().cast(MONEY)
    )
    return sums.filter(sums.units > 0).drop("units")
