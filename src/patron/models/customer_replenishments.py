"""Which customer runs out of what, and which products are used up in a rhythm at all?

In   contracts.raw.RAW_ORDER_LINES             one row per line, with the customer's id
Out  contracts.wants.REPLENISHMENTS            one row per customer and replenished product
     contracts.wants.PRODUCT_CYCLES            one row per product
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import ibis
import ibis.expr.types as ir

from patron.contracts import MONEY
from patron.contracts.wants import PRODUCT_CYCLES, REPLENISHMENTS
from patron.errors import NotEnoughData
from patron.models.replenishment import Replenishment, without_cycles
from patron.models.replenishment_lines import cycles_of, purchase_days
from patron.models.replenishment_rows import count_products
from patron.profile.known import known_by

Keep = Callable[[str, ir.Table], ir.Table]


def customer_replenishments(lines: ir.Table, *, as_of: date, keep: Keep) -> dict[str, ir.Table]:
    """Tell when customers run out of what they buy again and again.

    Parameters
    ----------
    lines : Table
        contracts.raw.RAW_ORDER_LINES; `customer_id` is the customer's. What came back is taken off its own purchase,
        where that is known. Lines without a product are left out.
    as_of : date
        The last day we may know about.
    keep : callable
        Writes a table and returns it as it is read again, so that it is not computed twice.

    Returns
    -------
    dict
        ``replenishments`` and ``product_cycles``; the first without rows where no product has a cycle.
    """
    kept = keep("kept_lines", kept_lines(lines, as_of=as_of))
    cycles = keep("cycles", cycles_of(purchase_days(kept, as_of=as_of), as_of=as_of))
    names = kept.group_by("product_id").aggregate(product_name=kept.product_name.max())
    try:
        model = Replenishment().fit_cycles(cycles)
    except NotEnoughData:
        none = without_cycles(count_products(cycles))
        return {"replenishments": REPLENISHMENTS.empty(), "product_cycles": _named(none, names)}
    due = model.predict_cycles(cycles)
    spent = kept.group_by("customer_id", "product_id").aggregate(_spent=kept.amount.sum())
    both = due.inner_join(spent, ["customer_id", "product_id"])
    usual = (both._spent.cast("float64") / both.purchases.cast("float64")).round(2).cast(MONEY)
    return {
        "replenishments": REPLENISHMENTS.shape(both.mutate(usual_amount=usual)),
        "product_cycles": _named(ibis.memtable(model.products_), names),
    }


def kept_lines(lines: ir.Table, *, as_of: date) -> ir.Table:
    """Return what was sold of products, and what came back of it as negative lines of the moment of the sale."""
    known = known_by(lines, as_of=as_of)
    known = known.filter(known.product_id.notnull())
    known = known.mutate(net=(known.amount - known.discount).cast(MONEY))
    sales = known.filter(known.kind == "sale")
    columns = ("customer_id", "product_id", "product_name", "ordered_at", "quantity", "amount")
    sold = sales.drop("amount").rename(amount="net").select(*columns)
    returned = known.filter(known.reverses.notnull())
    returned = returned.select("customer_id", "product_id", "product_name", "quantity", "reverses", amount="net")
    moments = sales.select(_line="line_id", ordered_at="ordered_at")
    back = returned.inner_join(moments, [("reverses", "_line")])
    return sold.union(back.select(*columns))


def _named(products: ir.Table, names: ir.Table) -> ir.Table:
    joined = products.left_join(names.rename(_id="product_id"), [("product_id", "_id")])
    return PRODUCT_CYCLES.shape(joined.drop("_id"))
