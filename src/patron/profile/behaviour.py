"""How does each customer buy: for how much, how often, what, at what discount, where and when, and with what feelings?

In   contracts.customer.PROFILES, ORDERS, raw lines with the customer's id, and events with it where there are any;
     of contracts.visit.SESSIONS, contracts.raw_experience.RAW_REVIEWS and RAW_SURVEYS what there is
Out  contracts.segment.BEHAVIOUR      one row per customer with an order; segment and certainty are still missing

How long a customer has been silent is no part of it: that changes every day, and `stages` tells it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from patron.contracts.segment import BEHAVIOUR
from patron.contracts.visit import SESSIONS
from patron.profile.experience import experience
from patron.profile.known import day_of, known_by

CHANNEL_WORDS: Mapping[str, tuple[str, ...]] = {
    "web": ("web", "website", "online", "online store", "web shop", "webshop", "desktop", "e-commerce", "ecommerce"),
    "app": ("app", "mobile", "mobile app", "ios", "android"),
    "store": ("store", "shop", "pos", "in-store", "in store", "retail", "branch"),
    "phone": ("phone", "telephone", "call", "call centre", "call center", "telesales"),
    "catalogue": ("catalogue", "catalog", "post", "mail", "mail order", "letter"),
}
"""What sources call the channels, in small letters."""

EVENING, NIGHT, NOON = 18, 24, 12
YEAR_END = (11, 12)
YEAR_DAYS, MONTH_DAYS = 365, 30.4375
LEAST_DAYS = 30  # that visits are counted over


def behaviour(
    profiles: ir.Table, orders: ir.Table, lines: ir.Table, *, as_of: date, events: ir.Table | None = None,
    sessions: ir.Table | None = None, reviews: ir.Table | None = None, surveys: ir.Table | None = None,
) -> ir.Table:  # fmt: skip
    """Describe how each customer with an order buys.

    Parameters
    ----------
    profiles, orders : Table
        contracts.customer.PROFILES and ORDERS, as of the same day.
    lines : Table
        Raw order lines, with the customer's id.
    as_of : date
        The last day we may know about.
    events : Table, optional
        ``customer_id, occurred_at``; later ones are not read.
    sessions : Table, optional
        contracts.visit.SESSIONS; later ones are not read.
    reviews, surveys : Table, optional
        contracts.raw_experience, with the customer's id; later ones are not read.

    Returns
    -------
    Table, one row per customer with an order
        contracts.segment.BEHAVIOUR, nobody in a segment yet.
    """
    known = profiles.filter(profiles.orders > 0)
    base = known.select(
        "customer_id", "average_order_value", "expected_interval_days", "discount_rate", "return_rate", "tenure_days",
        order_days="purchase_days",
    )  # fmt: skip
    others = [_occasions(known_by(orders, as_of=as_of)), _variety(lines, as_of=as_of)]
    if events is not None:
        others.append(_visits(events, as_of=as_of))
    others.append(_depth(sessions, as_of=as_of))
    said = experience(known, as_of=as_of, reviews=reviews, surveys=surveys)
    others.append(said.select("customer_id", "rating", "nps_score"))
    for other in others:
        base = base.left_join(other, "customer_id").drop("customer_id_right")
    return BEHAVIOUR.shape(_derived(base, visits=events is not None))


def _derived(t: ir.Table, *, visits: bool) -> ir.Table:
    nothing = ibis.null("float64")
    seen = ibis.greatest(ibis.least(t.tenure_days, YEAR_DAYS), LEAST_DAYS).cast("float64")
    days = t.visit_count.fill_null(0).cast("float64") if visits else nothing
    reached = {f"{name}_share": _share(t[f"in_{name}"], t.reached) for name in CHANNEL_WORDS}
    timed = {f"{name}_share": ibis.ifelse(t.timed, _share(t[name], t.counted), nothing) for name in
             ("evening", "morning")}  # fmt: skip
    return t.mutate(
        segment=ibis.null("string"),
        certainty=nothing,
        lines=t.bought.fill_null(0),
        lines_per_order=_share(t.order_lines, t.counted),
        repeat_share=1.0 - _share(t.different, t.named),
        top_category_share=_share(t.top_category, t.of_category),
        top_brand_share=_share(t.top_brand, t.of_brand),
        **reached,
        **timed,
        weekend_share=_share(t.weekend, t.counted),
        year_end_share=_share(t.year_end, t.counted),
        visit_days=days * ibis.literal(MONTH_DAYS).cast("float64") / seen,
    )


def _occasions(orders: ir.Table) -> ir.Table:
    """Count each customer's orders by where and when."""
    channel = orders.channel.lower().strip()
    places = {name: channel.isin(words) for name, words in CHANNEL_WORDS.items()}
    hour, day = orders.ordered_at.hour(), day_of(orders.ordered_at)
    marked = orders.mutate(
        _midnight=(hour == 0) & (orders.ordered_at.minute() == 0), _hour=hour, _place=day.day_of_week.index(),
        _month=day.month(), **{f"_in_{name}": here for name, here in places.items()},
    )  # fmt: skip
    # Where every order stands at midnight, the source tells days only.
    told = marked.aggregate(timed=marked.count() > marked["_midnight"].sum())
    counted = marked.group_by("customer_id").aggregate(
        counted=marked.count(),
        order_lines=marked.lines.sum(),
        weekend=(marked["_place"] >= 5).sum(),
        evening=((marked["_hour"] >= EVENING) & (marked["_hour"] < NIGHT)).sum(),
        morning=(marked["_hour"] < NOON).sum(),
        year_end=marked["_month"].isin(YEAR_END).sum(),
        reached=ibis.or_(*(marked[f"_in_{name}"] for name in places)).fill_null(False).sum(),
        **{f"in_{name}": marked[f"_in_{name}"].fill_null(False).sum() for name in places},
    )
    return counted.cross_join(told)


def _variety(lines: ir.Table, *, as_of: date) -> ir.Table:
    """Count each customer's lines, different products, and those of the category and brand that she buys most."""
    known = known_by(lines, as_of=as_of)
    sales = known.filter(known.kind == "sale")
    counted = sales.group_by("customer_id").aggregate(
        bought=sales.count(), named=sales.product_id.count(), different=sales.product_id.nunique()
    )
    for name in ("category", "brand"):
        counted = counted.left_join(_leading(sales, name), "customer_id").drop("customer_id_right")
    return counted


def _leading(sales: ir.Table, name: str) -> ir.Table:
    named = sales.filter(sales[name].notnull())
    each = named.group_by("customer_id", name).aggregate(times=named.count())
    return each.group_by("customer_id").aggregate(
        **{f"top_{name}": each.times.max(), f"of_{name}": each.times.sum().cast("int64")}
    )


def _visits(events: ir.Table, *, as_of: date) -> ir.Table:
    known = known_by(events, as_of=as_of, column="occurred_at")
    recent = known.filter(day_of(known.occurred_at) > ibis.literal(as_of - timedelta(days=YEAR_DAYS)))
    days = recent.filter(recent.customer_id.notnull()).select("customer_id", day=day_of(recent.occurred_at)).distinct()
    return days.group_by("customer_id").aggregate(visit_count=days.count())


def _depth(sessions: ir.Table | None, *, as_of: date) -> ir.Table:
    """Count each customer's visits of the last year, and how deep they went on average.

    Not how engaged she is: that fades with the days since the last visit, and silence is no behaviour here.
    """
    if sessions is None:
        sessions = SESSIONS.empty()
    known = known_by(sessions, as_of=as_of, column="started_at")
    recent = known.filter(day_of(known.started_at) > ibis.literal(as_of - timedelta(days=YEAR_DAYS)))
    mine = recent.filter(recent.customer_id.notnull())
    total = mine.engagement.cast("decimal(18, 8)").sum().cast("decimal(38, 8)").cast("float64")
    return mine.group_by("customer_id").aggregate(visits=mine.count(), visit_depth=total / mine.count().cast("float64"))


def _share(part: ir.Value, whole: ir.Value) -> ir.Value:
    return part.cast("float64") / whole.cast("float64").nullif(0.0)
