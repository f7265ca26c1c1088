"""What did the goods of each line cost, by one rule for the whole shop?

In   contracts.raw.RAW_ORDER_LINES    one row per line, with the customer's id
Out  the lines known on a day, with `cost` by the rule, `basis`, and the day on which their money counts

Sources rarely know the cost of every line. Were each customer judged by her own lines, one gift without a cost would
turn her margin into revenue and lift her over customers who bring more; so the shop is judged as a whole.
"""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from patron.contracts import MONEY
from patron.profile.known import day_of, known_by

COVERAGE = 0.95
"""Of what was sold, after discount: the share whose cost must be known for margins to be told. In the last twentieth, a
rate of cost that is off by ten points moves the margin of the shop by half a point of its revenue at most."""

_RATE = "decimal(18, 6)"
_HIGHEST_RATE = 1_000.0  # keeps the product in range, should goods with a cost have been given away for next to nothing


def costed(lines: ir.Table, *, as_of: date, shop: ir.Table | None = None) -> ir.Table:
    """Decide what each line cost, up to and including `as_of`.

    Where the cost of at least `COVERAGE` of the sales is known, the basis is ``margin``: a return without a cost gives
    back its sale's cost, unit for unit, and any other line of goods without one costs the shop's average rate of what
    was paid for it. Below that the basis is ``revenue``, and no line has a cost.

    Parameters
    ----------
    lines : Table, one row per line
        contracts.raw.RAW_ORDER_LINES; `customer_id` is the customer's.
    as_of : date
        The last day we may know about: coverage and rate are those of the lines up to it.
    shop : Table, optional
        What `shop_costs` says of the whole shop, where `lines` are those of some customers only.

    Returns
    -------
    Table, one row per line
        The columns of `lines`, `cost` in money (null for adjustments, and for all where the basis is revenue), and
        ``basis``      margin or revenue, the same in every row
        ``counts_on``  the line's day; of a return, the day of the sale that it takes back, where that is known
    """
    known = known_by(lines, as_of=as_of)
    rated = known.cross_join(shop_costs(known, as_of=as_of) if shop is None else shop)
    typical = (_paid(rated) * rated.rate).round(2).cast(MONEY)
    rated = rated.mutate(typical=typical, day=day_of(rated.ordered_at))
    sales = rated.filter(rated.kind == "sale").select(
        sale_line="line_id", sale_units="quantity", sold_on="day", sale_cost=ibis.coalesce(rated.cost, rated.typical)
    )
    both = rated.left_join(sales, rated.reverses == sales.sale_line)
    share = both.quantity / both.sale_units.nullif(0.0)
    given_back = (both.sale_cost.cast("float64") * share).round(2).cast(MONEY)
    cost = ibis.coalesce(both.cost, given_back, both.typical)
    told = (both.basis == "margin") & (both.kind != "adjustment")
    return both.select(
        *(name for name in lines.columns if name != "cost"),
        "basis",
        cost=ibis.ifelse(told, cost, ibis.null(MONEY)),
        counts_on=ibis.coalesce(both.sold_on, both.day),
    )


def _paid(lines: ir.Table) -> ir.Value:
    return (lines.amount - lines.discount).cast(MONEY)


def shop_costs(lines: ir.Table, *, as_of: date) -> ir.Table:
    """Return one row: the shop's `basis`, and the `rate` of cost of what was paid for goods whose cost is known."""
    known = known_by(lines, as_of=as_of)
    sales = known.filter(known.kind == "sale")
    with_cost = sales.cost.notnull()
    sums = sales.aggregate(
        paid=_paid(sales).sum().cast("float64").fill_null(0.0),
        covered=_paid(sales).sum(where=with_cost).cast("float64").fill_null(0.0),
        cost=sales.cost.sum().cast("float64").fill_null(0.0),
    )
    enough = (sums.covered > 0) & (sums.covered >= sums.paid * COVERAGE)
    rate = ibis.ifelse(enough, sums.cost / sums.covered.nullif(0.0), 0.0)
    return sums.select(
        basis=ibis.ifelse(enough, "margin", "revenue"), rate=ibis.least(rate, _HIGHEST_RATE).round(6).cast(_RATE)
    )
