"""Signals of what a customer may buy next: again, more kinds of it, or something new."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from patron.decisions.signals.fires import clear, fires, later
from patron.decisions.signals.known import Known
from patron.profile.known import day_of

LEAD = 7
"""How many days before a product is used up its signal fires."""

SETTLED = 60
"""Days since the first order from which a category is new to a customer, and not just a part of her beginning."""


def replenishment_due(known: Known) -> ir.Table:
    """Find for whom what she buys again and again is used up in a week, or has been for a while."""
    due = known.tables["replenishments"].semi_join(known.people, "customer_id")
    due = due.filter((due.grade != "D") & (due.last_bought_on <= known.since(0)))
    begins = ibis.greatest(later(due.due_on, -LEAD), due.last_bought_on)
    named = due.mutate(begins=begins).left_join(known.products.select("product_id", "product_name"), "product_id")
    return fires(
        named, fired_on=named.begins, subject=named.product_id, strength=named.chance,
        value=named.usual_amount, facts={"product": named.product_name, "due": named.due_on},
    )  # fmt: skip


def category_next(known: Known) -> ir.Table:
    """Find who has ordered lately, and will likely buy from a category next that is new to her."""
    days = known.fresh["category_next"]
    likely = known.tables["next_products"]
    likely = likely.filter(~likely.again & likely.category.notnull())
    likely = known.with_people(likely, "last_order_on")
    fresh = likely.filter(likely.last_order_on >= known.since(days))
    fresh = fresh.anti_join(_bought(known), ["customer_id", "category"])
    best = ibis.window(group_by="customer_id", order_by=fresh["rank"])
    fresh = fresh.mutate(nth=ibis.row_number().over(best))
    first = fresh.filter(fresh.nth == 0)
    return fires(
        first, fired_on=first.last_order_on, subject=first.category,
        strength=first.chance, value=first.price, facts={"category": first.category, "product": first.product_name},
    )  # fmt: skip


def new_affinity(known: Known) -> ir.Table:
    """Find who has begun to buy from, or to look around in, a category that was nothing to her before."""
    days = known.fresh["new_affinity"]
    bought = known.with_people(_bought(known), "first_order_on")
    new = bought.filter(
        (bought.first_on >= known.since(days)) & (bought.first_on > later(bought.first_order_on, SETTLED))
    )
    begun = fires(
        new, fired_on=new.first_on, subject=new.category, strength=1.0,
        value=new.spent, facts={"category": new.category, "views": ibis.literal(0)},
    )  # fmt: skip
    if known.present.lacks("events:viewed"):
        return begun
    return begun.union(_looked_around(known, days))


def _looked_around(known: Known, days: int) -> ir.Table:
    """Return the categories of which she looked at two products and more, and has never bought any."""
    seen = known.seen.inner_join(known.products.select("product_id", "category", "price"), "product_id")
    seen = seen.filter(seen.category.notnull() & (day_of(seen.last_at) >= known.since(days)))
    new = seen.anti_join(_bought(known), ["customer_id", "category"])
    around = new.group_by("customer_id", "category").aggregate(
        products=new.count().cast("int64"), at=new.last_at.max(), price=new.price.max()
    )
    around = around.filter(around.products >= 2)
    return fires(
        around, fired_on=day_of(around["at"]), subject=around.category,
        strength=clear(around.products), value=around.price,
        facts={"category": around.category, "views": around.products},
    )  # fmt: skip


def _bought(known: Known) -> ir.Table:
    """Return which categories each customer has ever bought, and from when on."""
    lines = known.dated("order_lines", "ordered_at")
    sold = lines.filter((lines.kind == "sale") & lines.category.notnull())
    return sold.group_by("customer_id", "category").aggregate(
        first_on=day_of(sold.ordered_at).min(), spent=(sold.amount - sold.discount).sum()
    )
