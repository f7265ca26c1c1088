"""What is on the shelf: of each product its price, its margin, and how many buy it.

In   contracts.raw.RAW_ORDER_LINES, contracts.raw.RAW_PRODUCTS
Out  one row per product that was sold
"""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from patron.contracts import MONEY
from patron.profile.known import day_of, known_by

LATELY_DAYS = 180

COLUMNS = ("product_id", "product_name", "category", "brand", "price", "margin", "customers", "stock")
"""Of the shelf: what a condition may ask about."""


def shelf(lines: ir.Table, products: ir.Table, *, as_of: date) -> ir.Table:
    """Describe the products that were sold up to a day.

    Parameters
    ----------
    lines : Table
        contracts.raw.RAW_ORDER_LINES with the customer's id.
    products : Table
        contracts.raw.RAW_PRODUCTS; without rows where the shop tells nothing of its products.
    as_of : date
        The last day we may know about.

    Returns
    -------
    Table, one row per product
        ``product_id, product_name, category, brand``; ``price`` (money), what a unit was sold for on average, less
        discounts, and ``margin`` (money), what was left after its cost, both of the last 180 days in which it was sold;
        ``customers`` who bought it in these days; ``stock`` (units), where `products` tells it.
    """
    sold = known_by(lines, as_of=as_of)
    sold = sold.filter((sold.kind == "sale") & sold.product_id.notnull() & (sold.quantity > 0))
    last = sold.mutate(_day=day_of(sold.ordered_at), _net=(sold.amount - sold.discount).cast(MONEY))
    last = last.mutate(_last=last._day.max().over(ibis.window(group_by="product_id")))
    lately = last.filter(last._last.delta(last._day, unit="day") < LATELY_DAYS)
    cost = lately.cost
    sums = lately.group_by("product_id").aggregate(
        product_name=lately.product_name.max(), category=lately.category.max(), brand=lately.brand.max(),
        _units=lately.quantity.sum(), _net=lately._net.sum(), customers=lately.customer_id.nunique(),
        _costed=lately.quantity.sum(where=cost.notnull()), _over=(lately._net - cost).sum(where=cost.notnull()),
    )  # fmt: skip
    told = products.select(_id="product_id", stock="stock")
    both = sums.left_join(told, [("product_id", "_id")])
    return both.mutate(
        price=(both._net.cast("float64") / both._units).round(2).cast(MONEY),
        margin=(both._over.cast("float64") / both._costed.nullif(0)).round(2).cast(MONEY),
    ).select(*COLUMNS)
