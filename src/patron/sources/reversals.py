"""Which sale does a return take back?

A sale, not after the return, of the same product at the same price to the same customer, that still has as many units
to give back: of the same order where there is one, else the latest. Returns are served in the order in which they came,
so that what comes later changes nothing that was known before; what no sale can cover stays unmatched.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from patron.contracts import MONEY
from patron.sources.convert import QUANTITY

TRIED = 5
"""Of one customer's returns of one product, how many may look for another sale when the latest is used up. Each costs a
join, for each must know what those before it took; the rest try the latest sale that has enough left, and no other."""

_NEAR = "0.01"
_NONE = "\x00"  # no source's id: where neither line names its product or currency, they are the same
_MATCH = ("return_id", "sale_id", "returned", "returned_at", "sold", "sale_discount")


def link_reversals(lines: ir.Table) -> ir.Table:
    """Add `reverses` (the line_id of the sale, or null) and complete the discount of returns.

    Parameters
    ----------
    lines : Table
        Cleaned lines with `line_id, order_id, customer_id, product_id, currency, ordered_at, unit_price,
        derived_price, quantity, discount, kind`. A price that was derived from an amount counts as the same within
        one cent.

    Returns
    -------
    Table
        The same rows. A return without a discount of its own gives back its share of the sale's.
    """
    matched = _given_back(_matched(_pairs(lines)))
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


def _pairs(lines: ir.Table) -> ir.Table:
    """Return every return with every sale that it could take back, and its `place` among those it competes with."""
    keyed = lines.mutate(product=lines.product_id.fill_null(_NONE), money=lines.currency.fill_null(_NONE))
    returns = keyed.filter(keyed.kind == "return").select(
        "customer_id", "product", "money", return_order=keyed.order_id, return_price=keyed.unit_price,
        return_derived=keyed.derived_price, return_id=keyed.line_id, returned_at=keyed.ordered_at,
        returned=-keyed.quantity.cast(QUANTITY),
    )  # fmt: skip
    alike = [returns.customer_id, returns.product, returns.money]
    in_turn = ibis.window(group_by=alike, order_by=[returns.returned_at, returns.return_id])
    returns = returns.mutate(place=ibis.row_number().over(in_turn))
    sales = keyed.filter(keyed.kind == "sale").select(
        "customer_id", "product", "money", sale_order=keyed.order_id, sale_price=keyed.unit_price,
        sale_derived=keyed.derived_price, sale_id=keyed.line_id, sold_at=keyed.ordered_at,
        sold=keyed.quantity.cast(QUANTITY), sale_discount=keyed.discount,
    )  # fmt: skip
    pairs = returns.join(sales, ["customer_id", "product", "money"])
    near = (pairs.return_price - pairs.sale_price).abs() <= ibis.literal(_NEAR).cast("decimal(18, 4)")
    same = (pairs.return_price == pairs.sale_price) | (near & (pairs.return_derived | pairs.sale_derived))
    fits = same & (pairs.sold_at <= pairs.returned_at) & (pairs.sold >= pairs.returned)
    return pairs.filter(fits).select(
        *_MATCH, "place", "sold_at",
        same_order=(pairs.return_order == pairs.sale_order), same_price=(pairs.return_price == pairs.sale_price),
    )  # fmt: skip


def _matched(pairs: ir.Table) -> ir.Table:
    """Serve the first returns of each customer and product one by one, and the rest at once."""
    matched: ir.Table | None = None
    for place in range(TRIED):
        found = _best(_with_left(pairs.filter(pairs.place == place), matched)).select(*_MATCH)
        matched = found if matched is None else ibis.union(matched, found)
    rest = _covered(_best(_with_left(pairs.filter(pairs.place >= TRIED), matched)))
    return rest if matched is None else ibis.union(matched, rest)


def _with_left(pairs: ir.Table, matched: ir.Table | None) -> ir.Table:
    """Keep the pairs whose sale has enough left, and add how much: `left`."""
    if matched is None:
        return pairs.mutate(left=pairs.sold)
    used = matched.group_by(used_id=matched.sale_id).aggregate(used=matched.returned.sum().cast(QUANTITY))
    joined = pairs.left_join(used, pairs.sale_id == used.used_id)
    left = joined.mutate(left=(joined.sold - ibis.coalesce(joined.used, ibis.literal(0).cast(QUANTITY))).cast(QUANTITY))
    return left.filter(left.left >= left.returned).drop("used_id", "used")


def _best(pairs: ir.Table) -> ir.Table:
    best = ibis.window(
        group_by=pairs.return_id,
        order_by=[pairs.same_order.desc(), pairs.same_price.desc(), pairs.sold_at.desc(), pairs.sale_id.desc()],
    )
    return pairs.mutate(choice=ibis.row_number().over(best)).filter(lambda t: t.choice == 0)


def _covered(pairs: ir.Table) -> ir.Table:
    """Keep the pairs that what is left of the sale still covers, returns in the order in which they came."""
    total = _with_total(pairs)
    return total.filter(total.total <= total.left).select(*_MATCH)


def _given_back(matched: ir.Table) -> ir.Table:
    """Say how much of the sale was given back before each return, and with it."""
    total = _with_total(matched)
    return total.select(
        "return_id", reverses=total.sale_id, sale_quantity=total.sold, sale_discount=total.sale_discount,
        back_so_far=total.total, back_before=total.total - total.returned,
    )  # fmt: skip


def _with_total(pairs: ir.Table) -> ir.Table:
    """Add `total`: what the sale gave back with this return and those before it."""
    so_far = ibis.window(
        group_by=pairs.sale_id, order_by=[pairs.returned_at, pairs.return_id], preceding=None, following=0
    )
    return pairs.mutate(total=pairs.returned.sum().over(so_far))
