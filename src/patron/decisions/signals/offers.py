"""Signals of products in which a customer showed interest: cheaper, there again, or on offer for a while."""

from __future__ import annotations

from datetime import timedelta

import ibis
import ibis.expr.types as ir

from patron.contracts.contract import MONEY
from patron.decisions.signals.fires import fires, share
from patron.decisions.signals.known import WATCHED, Known
from patron.engines.constant import constant
from patron.profile.known import day_of, known_by

LEAST_DROP = 0.05
"""Share by which a price has to fall to count."""

LEAST_LINES = 3
"""Lines, before and after, from which a price is read where the shop does not tell its prices."""


def price_drop(known: Known) -> ir.Table:
    """Find for whom a product that she looked at, and has not bought since, costs less than it did then."""
    days = known.fresh["price_drop"]
    fallen = _told(known, days) if "own_prices" in known.present.tables else _paid(known, days)
    seen = _wanted(known).inner_join(fallen, "product_id")
    before = seen.filter(day_of(seen.first_at) < seen.fell_on)
    before = before.filter(before.bought_at.isnull() | (day_of(before.bought_at) < before.fell_on))
    drop = constant(1.0) - share(before.price_now, before.price_before)
    return fires(
        before, fired_on=before.fell_on, subject=before.product_id, strength=drop,
        value=before.price_now,
        facts={
            "product": before.product_name, "price": before.price_now.cast(MONEY),
            "before": before.price_before.cast(MONEY),
        },
    )  # fmt: skip


def back_in_stock(known: Known) -> ir.Table:
    """Find for whom a product that she looked at while none was left is there again."""
    seen = _wanted(known)
    back = seen.filter(seen.restocked_on.notnull() & (day_of(seen.first_at) <= seen.restocked_on))
    back = back.filter(back.stock.isnull() | (back.stock > 0))
    back = back.filter(back.bought_at.isnull() | (day_of(back.bought_at) < back.restocked_on))
    strength = ibis.ifelse(back.wishes > 0, constant(1.0), constant(0.5))
    return fires(
        back, fired_on=back.restocked_on, subject=back.product_id, strength=strength,
        value=back.price, facts={"product": back.product_name},
    )  # fmt: skip


def brand_offer(known: Known) -> ir.Table:
    """Find whose favourite brand, bought more than others do, has an offer for a limited time."""
    today = ibis.literal(known.as_of)
    products = known.products
    offers = products.filter(
        products.brand.notnull() & (products.offer_from <= today) & (products.offer_until >= today)
    )
    brands = offers.group_by("brand").aggregate(
        begins=offers.offer_from.max(), ends=offers.offer_until.max(), products=offers.count().cast("int64"),
        price=offers.price.max(),
    )  # fmt: skip
    liked = known.tables["affinity"]
    liked = liked.filter((liked.kind == "brand") & (liked.within == "") & (liked.place == 1) & (liked.lift > 1))
    liked = liked.select("customer_id", brand="value", share="shrunk").semi_join(known.people, "customer_id")
    both = liked.inner_join(brands, "brand")
    return fires(
        both, fired_on=both.begins, until=both.ends, subject=both.brand,
        strength=both["share"], value=both.price, facts={"brand": both.brand, "until": both.ends},
    )  # fmt: skip


def _wanted(known: Known) -> ir.Table:
    return known.seen.inner_join(known.products, "product_id")


def _told(known: Known, days: int) -> ir.Table:
    """Return the products whose own price fell lately and has not risen since, as the shop tells its prices."""
    market = known_by(known.tables["market"], as_of=known.as_of, column="day")
    own = market.filter(market.competitor.isnull() & market.product_id.notnull() & market.price.notnull())
    own = own.filter(own.day >= known.since(WATCHED + days))
    ordered = ibis.window(group_by="product_id", order_by=own.day)
    steps = own.mutate(was=own.price.lag().over(ordered))
    latest = ibis.window(group_by="product_id", order_by=steps.day.desc())
    steps = steps.mutate(place=ibis.row_number().over(latest), now=steps.price.first().over(latest))
    fell = steps.filter(
        (share(steps.price, steps.was) <= constant(1 - LEAST_DROP)) & (steps.now <= steps.price)
        & (steps.day >= known.since(days))
    )  # fmt: skip
    first = fell.mutate(nth=ibis.row_number().over(ibis.window(group_by="product_id", order_by=fell.day.desc())))
    first = first.filter(first.nth == 0)
    return first.select("product_id", fell_on="day", price_now="now", price_before="was")


def _paid(known: Known, days: int) -> ir.Table:
    """Return the products that all buyers paid less for lately than half of them did before, before discounts."""
    start = known.as_of - timedelta(days=days)
    lines = known_by(known.tables["order_lines"], as_of=known.as_of)
    lines = lines.filter((lines.kind == "sale") & lines.product_id.notnull() & (lines.unit_price > 0))
    lines = lines.filter(day_of(lines.ordered_at) >= known.since(WATCHED + days))
    sold = lines.select("product_id", "unit_price", day=day_of(lines.ordered_at))
    new = sold.day >= ibis.literal(start)
    both = sold.mutate(
        late=ibis.ifelse(new, sold.unit_price, ibis.null(sold.unit_price.type())),
        early=ibis.ifelse(new, ibis.null("float64"), sold.unit_price.cast("float64")),
        late_day=ibis.ifelse(new, sold.day, ibis.null("date")),
    )
    prices = both.group_by("product_id").aggregate(
        price_now=both.late.max(), price_before=both.early.median(), fell_on=both.late_day.min(),
        late_lines=both.late.count(), early_lines=both.early.count(),
    )  # fmt: skip
    enough = prices.filter((prices.late_lines >= LEAST_LINES) & (prices.early_lines >= LEAST_LINES))
    fell = enough.filter(share(enough.price_now, enough.price_before) <= constant(1 - LEAST_DROP))
    return fell.select("product_id", "fell_on", "price_now", "price_before")
