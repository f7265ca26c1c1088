"""What to show beside a product: the dearer alternative in its category that most customers choose."""

from __future__ import annotations

from decimal import Decimal

import ibis
import ibis.expr.types as ir

LEAST, MOST = Decimal("1.1"), Decimal("1.5")
"""How much dearer it is at least and at most: a tenth is an alternative, twice the price another thing."""


CONSIDERED = 200
"""Products of a category, those that most customers buy: a category of thousands is not compared with itself."""


def dearer(shelf: ir.Table) -> ir.Table:
    """Return the dearer alternative of each product that has one.

    Parameters
    ----------
    shelf : Table
        `shelf.shelf`, of the products on offer.

    Returns
    -------
    Table, one row per product with an alternative
        ``product_id, dearer_id``. Of equally popular ones the product with the smallest id.
    """
    rank = ibis.window(group_by="category", order_by=[shelf.customers.desc(), shelf.product_id])
    other = shelf.mutate(_rank=ibis.row_number().over(rank))
    other = other.filter(other._rank < CONSIDERED).select(
        _category="category", dearer_id="product_id", _price="price", _customers="customers"
    )
    pairs = shelf.select("product_id", "category", "price").inner_join(other, [("category", "_category")])
    able = pairs.filter(
        (pairs._price >= pairs.price * LEAST) & (pairs._price <= pairs.price * MOST) & (pairs.price > 0)
    )
    order = ibis.window(group_by="product_id", order_by=[able._customers.desc(), able.dearer_id])
    first = able.mutate(_place=ibis.row_number().over(order))
    return first.filter(first._place == 0).select("product_id", "dearer_id")
