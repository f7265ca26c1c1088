"""Which products are recommended to how many customers, and what would that bring?"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

FIRST = 3  # ranks of a customer that are counted
MOST = 50  # products, those of most customers


def offers(recommended: ir.Table) -> ir.Table:
    """Add up what is recommended among the first three, by product.

    Parameters
    ----------
    recommended : Table
        Keeps the contract NEXT_PRODUCTS.

    Returns
    -------
    Table, one row per product
        ``product_id, product_name``; ``customers`` to whom it is recommended, and how many of them never bought it
        (``new``); ``expected``, in how many of their next baskets it will be, and ``value`` (money), the margin of one
        unit in each, or its price where no cost is known: both none where the chances are not known. ``dearer_name`` of
        the alternative beside it.
    """
    first = recommended.filter(recommended.rank <= FIRST)
    worth = ibis.coalesce(first.margin, first.price).cast("float64")
    sums = first.group_by("product_id").aggregate(
        product_name=first.product_name.max(), dearer_id=first.dearer_id.max(), customers=first.count(),
        new=(~first.again).sum(), expected=first.chance.sum(), value=(first.chance * worth).sum(),
    )  # fmt: skip
    names = recommended.group_by("product_id").aggregate(dearer_name=recommended.product_name.max())
    named = sums.left_join(names.rename(_id="product_id"), [("dearer_id", "_id")]).drop("_id")
    named = named.mutate(dearer_name=ibis.coalesce(named.dearer_name, named.dearer_id)).drop("dearer_id")
    return named.order_by(named.customers.desc(), named.product_id).limit(MOST)
