"""Which sale does a return take back?

The latest sale, not after the return, of the same product at the same price to the same customer, of at least as many
units. A sale gives back no more units than it had: returns are served in the order in which they came, and what a
sale cannot cover any more stays unmatched.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from patron.contracts import MONEY
from patron.sources.convert import QUANTITY


def link_reversals(lines: ir.Table) -> ir.Table:
    """Add `reverses` (the line_id of the sale, or null) and complete the discount of returns.

    Parameters
    ----------
    lines : Table
        Cleaned lines with `line_id, customer_id, product_id, ordered_at, unit_price, quantity, discount, kind`.

    Returns
    -------
    Table
        The same rows. A return without a discount of its own gives back its share of the sale's.
    """
    matched = _covered(_latest_sale(lines))
    joined = lines.left_join(matched, lines.line_id == matched.return_id).drop("return_id")
    # What all returns so far give back less what those before gave back: so cents never add up to more than there were.
    back = -(_share(joined, joined.back_so_far) - _share(joined, joined.back_before))
    discount = ibis.ifelse(joined.kind == "return", ibis.coalesce(-joined.discount, back), joined.discount)
    return joined.mutate(discount=ibis.coalesce(discount, ibis.literal(0).cast(MONEY))).drop(
        "sale_quantity", "sale_discount", "back_so_far", "back_before"
    )


def _share(joined: ir.Table, units: ir.DecimalValue) -> ir.DecimalValue:
    """Return the part of the sale's discount that falls on `units`, to the cent."""
    part = units.cast("float64") / joined.sale_quantity.cast("float64").nullif(0)
    return (joined.sale_discount.cast("float64") * part).round(2).cast(MONEY)


def _latest_sale(lines: ir.Table) -> ir.Table:
    """Pair each return with the latest sale that fits."""
    returns = lines.filter(lines.kind == "return").select(
        "customer_id", "product_id", "unit_price",
        return_id=lines.line_id, returned_at=lines.ordered_at, returned=-lines.quantity.cast(QUANTITY),
    )  # fmt: skip
    sales = lines.filter(lines.kind == "sale").select(
        "customer_id", "product_id", "unit_price",
        sale_id=lines.line_id, sold_at=lines.ordered_at, sold=lines.quantity.cast(QUANTITY),
        sale_discount=lines.discount,
    )  # fmt: skip
    pairs = returns.join(sales, ["customer_id", "product_id", "unit_price"])
    pairs = pairs.filter((pairs.sold_at <= pairs.returned_at) & (pairs.sold >= pairs.returned))
    latest = ibis.window(group_by=pairs.return_id, order_by=[pairs.sold_at.desc(), pairs.sale_id.desc()])
    return pairs.mutate(place=ibis.row_number().over(latest)).filter(lambda t: t.place == 0)


def _covered(pairs: ir.Table) -> ir.Table:
    """Keep the pairs that the sale's units still cover, returns in the order in which they came."""
    so_far = ibis.window(
        group_by=pairs.sale_id, order_by=[pairs.returned_at, pairs.return_id], preceding=None, following=0
    )
    counted = pairs.mutate(total=pairs.returned.sum().over(so_far))
    return counted.filter(counted.total <= counted.sold).select(
        "return_id", reverses=counted.sale_id, sale_quantity=counted.sold, sale_discount=counted.sale_discount,
        back_so_far=counted.total, back_before=counted.total - counted.returned,
    )  # fmt: skip
