"""Signals of what was begun and not ended: looked at, put into a cart, not paid."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from patron.decisions.signals.fires import clear, fires, lately
from patron.decisions.signals.known import Known
from patron.profile.known import day_of


def browse_abandoned(known: Known) -> ir.Table:
    """Find who looked at a product, put nothing of it into the cart, and has ordered nothing since."""
    seen = known.with_people(_about(known), "ordered_at")
    left = seen.filter((seen.views > 0) & (seen.carts == 0) & _not_ordered(seen.ordered_at, seen.last_at))
    left = left.filter(left.bought_at.isnull() | (left.bought_at < left.first_at))
    return fires(
        left, fired_on=day_of(left.last_at), subject=left.product_id,
        strength=clear(left.views), value=left.price, facts={"product": left.product_name, "views": left.views},
    )  # fmt: skip


def cart_abandoned(known: Known) -> ir.Table:
    """Find who put products into a cart and has ordered nothing since."""
    days = known.fresh["cart_abandoned"]
    seen = known.with_people(_about(known), "ordered_at")
    left = seen.filter((seen.carts > 0) & _not_ordered(seen.ordered_at, seen.cart_at))
    left = left.filter(lately(day_of(left.cart_at), as_of=known.as_of, days=days))
    carts = left.group_by("customer_id").aggregate(
        cart_id=left.cart_id.max(), at=left.cart_at.max(), products=left.count().cast("int64"),
        product_name=left.product_name.max(), value=left.price.sum(),
    )  # fmt: skip
    return fires(
        carts, fired_on=day_of(carts["at"]), subject=carts.cart_id, strength=1.0,
        value=carts["value"], facts={"products": carts.products, "product": carts.product_name},
    )  # fmt: skip


def payment_failed(known: Known) -> ir.Table:
    """Find whose payment did not go through, and who has ordered nothing since."""
    days = known.fresh["payment_failed"]
    failed = known.with_people(known.events("failed", days=days), "ordered_at")
    failed = failed.filter(_not_ordered(failed.ordered_at, failed.occurred_at))
    priced = failed.left_join(known.products.select("product_id", "price"), "product_id")
    own = priced.group_by("customer_id").aggregate(
        at=priced.occurred_at.max(), times=priced.count().cast("int64"),
        value=ibis.coalesce(priced.amount, priced.price).max(),
    )  # fmt: skip
    return fires(
        own, fired_on=day_of(own["at"]), strength=1.0, value=own["value"],
        facts={"times": own.times},
    )  # fmt: skip


def _about(known: Known) -> ir.Table:
    """Return what was looked at, with the product's name and price."""
    return known.seen.left_join(known.products.select("product_id", "product_name", "price"), "product_id").drop(
        "product_id_right"
    )


def _not_ordered(ordered_at: ir.Value, at: ir.Value) -> ir.BooleanValue:
    """Tell whether no order came since a moment.

    Some shops tell the day of an order alone: what stands at midnight counts for its whole day.
    """
    of_day = ordered_at == ordered_at.truncate("D")
    came = ibis.ifelse(of_day, day_of(ordered_at) >= day_of(at), ordered_at >= at)
    return ~came.fill_null(False)
