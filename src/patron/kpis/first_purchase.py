"""What did each customer begin with?

In   contracts.raw.RAW_ORDER_LINES with the customer's id
Out  one row per customer: customer_id, category, product_id
"""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from patron.profile.known import day_of, known_by


def first_purchases(lines: ir.Table, *, as_of: date) -> ir.Table:
    """Return the category and the product that most was paid for on each customer's first day; of equal ones by name.

    Parameters
    ----------
    lines : Table, one row per line
        ``customer_id, ordered_at, kind, category, product_id, amount`` of contracts.raw.RAW_ORDER_LINES.
    as_of : date
        The last day we may know about.

    Returns
    -------
    Table, one row per customer with a sale
        ``customer_id, category, product_id``; null where the source does not tell. Whatever came back later counts, so
        that no later day changes it.
    """
    sales = known_by(lines.filter((lines.kind == "sale") & lines.customer_id.notnull()), as_of=as_of)
    dated = sales.select("customer_id", "category", "product_id", "amount", day=day_of(sales.ordered_at))
    first = dated.mutate(begin=dated.day.min().over(ibis.window(group_by="customer_id")))
    began = first.filter(first.day == first.begin)
    both = began.group_by("customer_id", "category", "product_id").aggregate(amount=began.amount.sum())
    whole = both.mutate(of_category=both.amount.sum().over(ibis.window(group_by=["customer_id", "category"])))

    def place(amount: ir.Value, name: ir.Value) -> ir.Value:
        """Return the place of a row, what is not named behind everything."""
        order = [name.isnull(), amount.desc(), name, whole.product_id]
        return ibis.row_number().over(ibis.window(group_by="customer_id", order_by=order))

    placed = whole.mutate(
        by_category=place(whole.of_category, whole.category), by_product=place(whole.amount, whole.product_id)
    )
    return placed.group_by("customer_id").aggregate(
        category=ibis.ifelse(placed.by_category == 0, placed.category, ibis.null("string")).max(),
        product_id=ibis.ifelse(placed.by_product == 0, placed.product_id, ibis.null("string")).max(),
    )
