"""What the list of products adds to order lines."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from patron.contracts import MONEY
from patron.contracts.raw import RAW_ORDER_LINES
from patron.sources.convert import QUANTITY

_WIDE = "decimal(38, 4)"


def with_products(whole: ir.Table, products: ir.Table) -> ir.Table:
    """Complete the lines with what the product list knows, and give each its cost.

    Parameters
    ----------
    whole : Table
        Kept lines with their returns linked, in the project's currency.
    products : Table
        contracts.raw.RAW_PRODUCTS.

    Returns
    -------
    Table
        contracts.raw.RAW_ORDER_LINES.
    """
    known = products.select(
        "product_id", listed_name=products.product_name, listed_category=products.category,
        listed_brand=products.brand, listed_cost=products.unit_cost,
    )  # fmt: skip
    joined = whole.left_join(known, "product_id")
    unit_cost = ibis.coalesce(joined.unit_cost, joined.listed_cost)
    completed = joined.mutate(
        product_name=ibis.coalesce(joined.product_name, joined.listed_name),
        category=ibis.coalesce(joined.category, joined.listed_category),
        brand=ibis.coalesce(joined.brand, joined.listed_brand),
        cost=(unit_cost.cast(_WIDE) * joined.quantity.cast(QUANTITY).cast(_WIDE)).round(2).try_cast(MONEY),
    )
    return RAW_ORDER_LINES.shape(completed)
