"""What was asked for each product in each week, and how much of it was sold, to whom?

In   contracts.raw.RAW_ORDER_LINES and contracts.customer.MEMBERSHIPS, with the run's own customer ids
Out  one row per segment, product and week with a sale: additive sums, money exact
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import ibis
import ibis.expr.types as ir

from patron.profile.known import day_of, known_by

ALL = "all"
"""Segmentation and segment of everybody, customers whom nobody knows included."""

MOST_WEEKS = 156
"""Of the past: three years."""

QUANTITY, WIDE = "decimal(38, 4)", "decimal(38, 2)"


def sold_lines(lines: ir.Table, *, as_of: date) -> ir.Table:
    """Return the lines of products that were sold at a price within `MOST_WEEKS` and did not come back whole.

    What came back whole was a mistake, or an order that never left.

    Parameters
    ----------
    lines : Table, one row per line
        contracts.raw.RAW_ORDER_LINES; `customer_id` is the customer's.
    as_of : date
        The last day we may know about.

    Returns
    -------
    Table, one row per line
        ``customer_id, product_id, category, day, week, quantity``; ``listed, discount, cost``, money of the line;
        ``unit``, the price of one unit before discount, and ``promotion``, the share that was taken off this product.

    Notes
    -----
    What is taken off every product of an order is a voucher: it is given to a customer, and says nothing of the price
    that was asked. So the least share among an order's products is taken off each line's, where there are several.
    """
    known = known_by(lines, as_of=as_of)
    sales = known.filter((known.kind == "sale") & known.product_id.notnull() & (known.quantity > 0))
    returned = known.filter(known.reverses.notnull())
    back = returned.group_by(sale="reverses").aggregate(back=returned.quantity.cast(QUANTITY).sum())
    both = sales.left_join(back, [("line_id", "sale")])
    kept = both.filter(both.back.isnull() | (both.quantity.cast(QUANTITY) + both.back > 0))
    kept = kept.filter(kept.amount - kept.discount > 0)
    ago = ibis.literal(as_of).delta(day_of(kept.ordered_at), unit="day").cast("float64")
    sold = kept.select(
        "order_id", "customer_id", "product_id", "category", day=day_of(kept.ordered_at),
        week=(ago / ibis.literal(7.0, "float64")).floor().cast("int64"),
        quantity=kept.quantity.cast(QUANTITY), unit=kept.amount.cast("float64") / kept.quantity,
        share=kept.discount.cast("float64") / kept.amount.cast("float64"),
        listed=kept.amount.cast(WIDE), discount=kept.discount.cast(WIDE), cost=kept.cost.cast(WIDE),
    )  # fmt: skip
    sold = sold.filter(sold.week < MOST_WEEKS)
    several = sold.group_by(whole="order_id").aggregate(
        first=sold.product_id.min(), last=sold.product_id.max(), voucher=sold.share.min()
    )
    several = several.filter((several["first"] != several["last"]) & (several.voucher > 0)).drop("first", "last")
    priced = sold.left_join(several, [("order_id", "whole")])
    promotion = (priced.share - priced.voucher.fill_null(0.0)).round(6)
    return priced.mutate(promotion=promotion).drop("order_id", "whole", "voucher", "share")


def price_weeks(
    sold: ir.Table, memberships: ir.Table | None = None, *, segmentations: Sequence[str] = ()
) -> ir.Table:
    """Add up what was sold by product and week, of everybody and of the segments of each segmentation.

    Parameters
    ----------
    sold : Table, one row per line
        What `sold_lines` returns.
    memberships : Table, optional
        contracts.customer.MEMBERSHIPS.
    segmentations : sequence of str
        Those whose segments are told apart.

    Returns
    -------
    Table, one row per segmentation, segment, product and week with a sale
        ``week``, counted back from the run's day (0: the seven days that end on it), so that none is cut;
        ``category``; ``lines``, of these ``costed`` with a cost that is known; ``units``; ``listed``, ``discount`` and
        ``cost``, money in all; ``list_price``, the median over lines of a unit's price before discount, and
        ``promotion``, the share that was taken off it for everybody: the least of its lines. So neither large orders
        at a lower price nor customers with a voucher move the price that was asked.
    """
    parts = [sold.mutate(segmentation=ibis.literal(ALL), segment=ibis.literal(ALL))]
    if memberships is not None and segmentations:
        theirs = memberships.filter(memberships.segmentation.isin(list(segmentations)))
        parts.append(sold.inner_join(theirs.select("customer_id", "segmentation", "segment"), "customer_id"))
    each = ibis.union(*(part.select(*_KEYS, *_COLUMNS) for part in parts)) if len(parts) > 1 else parts[0]
    return each.group_by(*_KEYS).aggregate(
        category=each.category.max(),
        units=each.quantity.sum().cast(QUANTITY),
        **{name: each[name].sum().cast(WIDE) for name in ("listed", "discount", "cost")},
        lines=each.count().cast("int64"),
        costed=each.cost.count().cast("int64"),
        list_price=each.unit.median().cast("float64"),
        promotion=each.promotion.min(),
    )


_KEYS = ("segmentation", "segment", "product_id", "week")
_COLUMNS = ("category", "quantity", "unit", "promotion", "listed", "discount", "cost")
