"""The two summaries of the lines that all checks share, each made in one pass.

In   contracts.raw.RAW_ORDER_LINES
Out  entries: one row per order, customer and day; prices: one row per product, price and size of amount
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

BINS_A_DECADE = 10  # size 10 is an amount from 10 to 12.6, size 20 from 100 to 126


def entries(lines: ir.Table) -> ir.Table:
    """Sum sales by order, customer and day.

    An order that stands under two customers or on two days gives two rows, which is what the checks look for.
    """
    sales = lines.filter(lines.kind == "sale").mutate(day=lines.ordered_at.date())
    return sales.group_by("order_id", "customer_id", "day").aggregate(
        lines=sales.count(),
        amount=(sales.amount - sales.discount).sum().cast("float64"),
        moment=sales.ordered_at.min(),
        file=sales.file.min(),
        channel=sales.channel.min(),
    )


def prices(lines: ir.Table) -> ir.Table:
    """Count sales by product, price and size of the line's amount, a tenth of a decade at a time."""
    sales = lines.filter((lines.kind == "sale") & (lines.amount > 0))
    money = sales.amount.cast("float64")
    sized = sales.mutate(size=(money.log10() * ibis.literal(float(BINS_A_DECADE))).floor().cast("int64"))
    return sized.group_by("product_id", "unit_price", "size").aggregate(
        lines=sized.count(), amount=sized.amount.sum().cast("float64")
    )
