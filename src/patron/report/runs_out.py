"""Of which products do how many customers run out soon, and what would that bring?"""

from __future__ import annotations

import ibis.expr.types as ir

SOON_DAYS = 14
MOST = 50  # products, those of most customers


def runs_out(replenishments: ir.Table, products: ir.Table) -> ir.Table:
    """Add up what runs out within the next two weeks, by product.

    Parameters
    ----------
    replenishments, products : Table
        Keep the contracts REPLENISHMENTS and PRODUCT_CYCLES.

    Returns
    -------
    Table, one row per product
        ``product_id, product_name``; ``customers`` whose supply is used up between the run's day and 14 days later,
        without those who have probably stopped; ``purchases``, how many of them are expected to buy it again, and
        ``value`` (money), what they usually pay.
    """
    soon = replenishments.filter(
        (replenishments.days_left >= 0) & (replenishments.days_left <= SOON_DAYS) & (replenishments.grade != "D")
    )
    sums = soon.group_by("product_id").aggregate(
        customers=soon.count(),
        purchases=soon.chance.sum(),
        value=(soon.chance * soon.usual_amount.cast("float64")).sum(),
    )
    names = products.select(_id="product_id", product_name="product_name")
    named = sums.inner_join(names, [("product_id", "_id")]).drop("_id")
    return named.order_by(named.customers.desc(), named.product_id).limit(MOST)
