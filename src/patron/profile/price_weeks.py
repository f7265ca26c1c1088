"""What was asked for each product in each week, and how much of it was sold, to whom?

In   contracts.raw.RAW_ORDER_LINES and contracts.customer.MEMBERSHIPS, with the run's own customer ids
Out  one row per segment, product and week with a sale: additive sums, money exact
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from patron.profile.known import day_of, known_by

ALL = "all"
"""Segmentation and segment of everybody, customers whom nobody knows included."""

MOST_WEEKS = 156
"""Of the past: three years."""

WEEK = 7
SAME, MISSED = 0.003, 0.25
"""Change of a price below which it is the same, and share of the changes that may lie elsewhere than between weeks."""

SEVERAL = 0.05
"""Share of days, among those on which a product was bought twice, that may have several prices of it."""

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
        ``customer_id, product_id, category, day, quantity``; ``listed, discount, cost``, money of the line;
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
    sold = kept.select(
        "order_id", "customer_id", "product_id", "category", day=day_of(kept.ordered_at),
        quantity=kept.quantity.cast(QUANTITY), unit=kept.amount.cast("float64") / kept.quantity,
        share=kept.discount.cast("float64") / kept.amount.cast("float64"),
        listed=kept.amount.cast(WIDE), discount=kept.discount.cast(WIDE), cost=kept.cost.cast(WIDE),
    )  # fmt: skip
    sold = sold.filter(sold.day > ibis.literal(as_of - timedelta(days=7 * MOST_WEEKS)))
    several = sold.group_by(whole="order_id").aggregate(
        first=sold.product_id.min(), last=sold.product_id.max(), voucher=sold.share.min()
    )
    several = several.filter((several["first"] != several["last"]) & (several.voucher > 0)).drop("first", "last")
    priced = sold.left_join(several, [("order_id", "whole")])
    promotion = (priced.share - priced.voucher.fill_null(0.0)).round(6)
    return priced.mutate(promotion=promotion).drop("order_id", "whole", "voucher", "share")


def at_one_price(sold: ir.Table) -> ir.Table:
    """Return the sales that were offered one price: all, or where prices fall with the size of an order the small ones.

    A wholesaler's price of 96 is lower than that of 6. Weeks with large orders are then cheap weeks with many units,
    and sales seem to answer to prices as strongly as orders differ in size. So where a product often has several prices
    on one day, only lines of up to its median quantity count.

    Parameters
    ----------
    sold : Table
        What `sold_lines` returns.
    """
    days = sold.group_by("product_id", "day").aggregate(
        least=sold.unit.min(), most=sold.unit.max(), lines=sold.count().cast("int64")
    )
    several = days.filter(days.lines > 1)
    apart = (several.most / several.least - 1 > ibis.literal(SAME, "float64")).cast("int64")
    found = several.aggregate(apart=apart.sum(), days=several.count()).to_pyarrow().to_pylist()[0]
    if not found["days"] or found["apart"] <= SEVERAL * found["days"]:
        return sold
    sizes = sold.group_by(item="product_id").aggregate(size=sold.quantity.cast("float64").median())
    both = sold.inner_join(sizes, [("product_id", "item")])
    return both.filter(both.quantity.cast("float64") <= both["size"]).drop("item", "size")


def last_price_day(sold: ir.Table, *, as_of: date) -> date:
    """Return the last day on which a week of prices ends: the day before the weekday on which prices mostly change.

    A week in which a price changes has two prices, and neither is that of its sales. The weekday is the one that lies
    between most pairs of a product's sale days, less than a week apart, with different prices; where a quarter of the
    pairs and more leave it out prices change on any day, and weeks end on the run's day.

    Parameters
    ----------
    sold : Table
        What `sold_lines` returns.
    as_of : date
        The run's day.
    """
    days = sold.group_by("product_id", "day").aggregate(unit=sold.unit.median())
    before = ibis.window(group_by="product_id", order_by="day")
    pairs = days.mutate(last=days.day.lag().over(before), was=days.unit.lag().over(before))
    gap = pairs.day.delta(pairs["last"], unit="day")
    moved = (pairs.unit / pairs.was - 1).abs() > ibis.literal(SAME, "float64")
    changed = pairs.filter((gap < WEEK) & moved)
    counted = changed.group_by(
        weekday=changed.day.day_of_week.index(), gap=changed.day.delta(changed["last"], unit="day")
    )
    rows = counted.aggregate(pairs=lambda t: t.count()).to_pyarrow().to_pylist()
    missed = [
        sum(row["pairs"] for row in rows if (row["weekday"] - weekday) % WEEK >= row["gap"]) for weekday in range(WEEK)
    ]
    least = min(missed)
    if not rows or least > MISSED * sum(row["pairs"] for row in rows):
        return as_of
    return as_of - timedelta(days=(as_of.weekday() - missed.index(least) + 1) % WEEK)


def price_weeks(
    sold: ir.Table, memberships: ir.Table | None = None, *, until: date, segmentations: Sequence[str] = ()
) -> ir.Table:
    """Add up what was sold by product and week, of everybody and of the segments of each segmentation.

    Parameters
    ----------
    sold : Table, one row per line
        What `sold_lines` returns.
    memberships : Table, optional
        contracts.customer.MEMBERSHIPS.
    until : date
        The last day of the last week (`last_price_day`); later sales are left out.
    segmentations : sequence of str
        Those whose segments are told apart.

    Returns
    -------
    Table, one row per segmentation, segment, product and week with a sale
        ``week``, counted back (0: the seven days that end on `until`), so that none is cut;
        ``category``; ``lines``, of these ``costed`` with a cost that is known; ``units``; ``listed``, ``discount`` and
        ``cost``, money in all; ``list_price``, the median over lines of a unit's price before discount, and
        ``promotion``, the share that was taken off it for everybody: the least of its lines. So neither large orders
        at a lower price nor customers with a voucher move the price that was asked.
    """
    ago = ibis.literal(until).delta(sold.day, unit="day").cast("float64")
    sold = sold.mutate(week=(ago / ibis.literal(7.0, "float64")).floor().cast("int64")).filter(lambda t: t.week >= 0)
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
