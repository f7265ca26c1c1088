"""What several signals read, computed once: people, the products that they looked at, and products.

Everything is cut at the day, so that nothing known later can make a signal fire.

In   tables of a run, with the run's own customer ids
Out  `Known`
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from patron.contracts.contract import MONEY
from patron.decisions.signals.present import Present, present
from patron.profile.known import day_of, known_by

WATCHED = 60
"""For how many days interest in a product is remembered."""

BY_EVENTS = ("browse_abandoned", "cart_abandoned", "payment_failed", "social_mention")
"""Signals that are fresh for as long as their events are remembered, at most."""

LEAST_BACK = 20
"""Customers with a second order from which its usual time is told."""

BEST = 0.2
"""Share of the customers whose tiers count as the best."""

Keep = Callable[[str, ir.Table], ir.Table]
Tables = Mapping[str, ir.Table]


@dataclass(frozen=True, kw_only=True)
class Known:
    """What signals read, as of a day.

    `people` has one row per customer who may be profiled; `done` are their events of the kinds that signals read,
    within `WATCHED` days; `seen` has one row per customer and product that she looked at, put into a cart or on a wish
    list in that time, `products` one per product. `tables` are those of the run; `fresh` are each signal's days, `gaps`
    the usual days to a second order.
    """

    as_of: date
    tables: Tables
    present: Present
    people: ir.Table
    done: ir.Table
    seen: ir.Table
    products: ir.Table
    tiers: Mapping[str, float] = field(default_factory=dict)
    gaps: Mapping[str, int] = field(default_factory=dict)
    fresh: Mapping[str, int] = field(default_factory=dict)

    @property
    def best(self) -> int:
        """The last place of the tiers that count as the best: together a fifth of the customers, or the first one."""
        shares = list(self.tiers.values())
        return max(sum(sum(shares[: n + 1]) <= BEST + 1e-9 for n in range(len(shares))) - 1, 0)

    def since(self, days: int) -> ir.DateScalar:
        """Return the day so many days before the run's day."""
        return ibis.literal(self.as_of - timedelta(days=days))

    def dated(self, name: str, column: str, *, days: int | None = None) -> ir.Table:
        """Return the rows of a table up to the run's day, of the last `days` where they are given, of the people."""
        rows = known_by(self.tables[name], as_of=self.as_of, column=column)
        if days is not None:
            rows = rows.filter(day_of(rows[column]) >= self.since(days))
        return rows.semi_join(self.people, "customer_id")

    def events(self, kind: str, *, days: int) -> ir.Table:
        """Return the events of a kind within the last days."""
        named = self.done.event.isin(list(self.present.names[kind]))
        return self.done.filter(named & (day_of(self.done.occurred_at) >= self.since(days)))

    def with_people(self, rows: ir.Table, *columns: str) -> ir.Table:
        """Put columns of the people beside rows of a table."""
        return rows.inner_join(self.people.select("customer_id", *columns), "customer_id")


def known(
    tables: Tables,
    *,
    as_of: date,
    tiers: Mapping[str, float],
    fresh: Mapping[str, int],
    keep: Keep,
    event_names: Collection[str] | None = None,
) -> Known:
    """Compute what signals share.

    Parameters
    ----------
    tables : mapping of name to Table
        Of `TABLES`; those that are absent count as empty.
    as_of : date
        The last day we may know about.
    tiers : mapping of tier to share
        The tiers of value, best first, and of how many customers each is.
    fresh : mapping of signal to days
        For how long each is fresh.
    keep : callable
        Materialises a table under a name; the same table where nothing is to be gained.
    event_names : collection of str, optional
        How the source calls its events, where that is known; else it is read.
    """
    there = present(tables, as_of=as_of, event_names=event_names)
    gaps = _gaps(tables, as_of=as_of) if "orders" in there.tables else {}
    if gaps.get("customers", 0) >= LEAST_BACK:
        there = replace(there, tables=there.tables | {"second_orders"})
    people = keep("signal_people", _people(tables, as_of=as_of, tiers=tiers))
    products = keep("signal_products", _products(tables, as_of=as_of))
    days = max(WATCHED, *(fresh[name] for name in BY_EVENTS))
    done = keep("signal_events", _done(tables, there, people, as_of=as_of, days=days))
    seen = keep("signal_seen", _seen(tables, there, done, as_of=as_of))
    return Known(
        as_of=as_of, tables=tables, present=there, people=people, done=done, seen=seen, products=products,
        tiers=dict(tiers), gaps=gaps, fresh=fresh,
    )  # fmt: skip


def _people(tables: Tables, *, as_of: date, tiers: Mapping[str, float]) -> ir.Table:
    """Return one row per customer with a profile, with what is known of her."""
    profiles = tables["profiles"]
    people = profiles.select(
        "customer_id", "first_order_on", "last_order_on", "purchase_days", "orders", "days_since_last", "tenure_days",
        "expected_interval_days", "lateness", "lapsed", "household_id", "household_members", "discount_rate",
    )  # fmt: skip
    ahead = tables["forecasts"]
    stages, said = tables["stages"], tables["experience"]
    parts = (
        ahead.select(
            _id="customer_id", ahead=ahead.predicted_value.cast(MONEY), alive="probability_alive", began="began_before"
        ),
        stages.select(_id="customer_id", stage="stage", since="since"),
        said.select(_id="customer_id", nps_group="nps_group", nps_score="nps_score", nps_on="nps_on"),
        _tiers(tables["memberships"], tiers, name="tier"),
        _tiers(tables["memberships"], tiers, name="tier_ahead", segmentation="tier"),
        _tiers(tables["memberships_before"], tiers, name="tier_before"),
        _ordering(tables["orders"], as_of=as_of),
    )
    for part in parts:
        people = people.left_join(part, people.customer_id == part["_id"]).drop("_id")
    return people


def _tiers(
    memberships: ir.Table, tiers: Mapping[str, float], *, name: str, segmentation: str = "past_tier"
) -> ir.Table:
    """Return each customer's tier as its place, 0 the best."""
    own = memberships.filter(memberships.segmentation == segmentation)
    places = [(own.segment == tier, ibis.literal(place, type="int64")) for place, tier in enumerate(tiers)]
    place = ibis.cases(*places, else_=ibis.null("int64")) if places else ibis.null("int64")
    return own.select(_id="customer_id", **{name: place})


def _ordering(orders: ir.Table, *, as_of: date) -> ir.Table:
    """Return what each customer's orders say: the last moment, how many were reduced, and by which channels."""
    bought = known_by(orders, as_of=as_of)
    latest = ibis.window(group_by="customer_id", order_by=[bought.ordered_at.desc(), bought.order_id.desc()])
    placed = bought.select(
        "customer_id", "ordered_at", "channel", reduced=(bought.discount > 0).cast("int64"),
        place=ibis.row_number().over(latest),
    )  # fmt: skip
    own = ibis.window(group_by="customer_id")
    last = ibis.ifelse(placed.place == 0, placed.channel, ibis.null("string")).max().over(own)
    told = placed.mutate(now=last)
    same = told.channel == told.now
    return told.group_by(_id="customer_id").aggregate(
        ordered_at=told.ordered_at.max(),
        reduced=told.reduced.sum().cast("int64"),
        kept_orders=told.count().cast("int64"),
        channel=told.now.max(),
        channel_again=(same & (told.place == 1)).fill_null(False).cast("int64").max(),
        channel_before=(same & (told.place > 1)).fill_null(False).cast("int64").sum().cast("int64"),
        channels_before=(told.channel.notnull() & (told.place > 1)).cast("int64").sum().cast("int64"),
        other_channel=ibis.ifelse((told.place > 1) & ~same, told.channel, ibis.null("string")).max(),
    )


def _products(tables: Tables, *, as_of: date) -> ir.Table:
    """Return one row per product that was sold within two years, or that the source tells of."""
    lines = known_by(tables["order_lines"], as_of=as_of)
    sold = lines.filter((lines.kind == "sale") & lines.product_id.notnull() & (lines.quantity > 0))
    sold = sold.filter(day_of(sold.ordered_at) > ibis.literal(as_of - timedelta(days=730)))
    net = (sold.amount - sold.discount).cast("decimal(38, 2)").sum().cast("float64")
    prices = sold.group_by("product_id").aggregate(
        product_name=sold.product_name.max(), category=sold.category.max(), brand=sold.brand.max(),
        price=(net / sold.quantity.cast("decimal(38, 4)").sum().cast("float64")).cast(MONEY),
    )  # fmt: skip
    told = tables["products"]
    told = told.select(
        _id="product_id", _name="product_name", _category="category", _brand="brand", stock="stock",
        offer_from="offer_from", offer_until="offer_until", restocked_on="restocked_on",
    )  # fmt: skip
    both = prices.outer_join(told, prices.product_id == told["_id"])
    return both.select(
        "price", "stock", "offer_from", "offer_until", "restocked_on",
        product_id=ibis.coalesce(both.product_id, both["_id"]),
        product_name=ibis.coalesce(both["_name"], both.product_name),
        category=ibis.coalesce(both["_category"], both.category),
        brand=ibis.coalesce(both["_brand"], both.brand),
    )  # fmt: skip


def _done(tables: Tables, there: Present, people: ir.Table, *, as_of: date, days: int) -> ir.Table:
    """Return the people's events of the kinds that signals read."""
    names = sorted({name for names in there.names.values() for name in names})
    events = known_by(tables["events"], as_of=as_of, column="occurred_at")
    first = ibis.literal(as_of - timedelta(days=days))
    told = events.filter((day_of(events.occurred_at) >= first) & events.event.isin(names or [""]))
    return told.select("customer_id", "event", "product_id", "session_id", "amount", "occurred_at").semi_join(
        people, "customer_id"
    )


def _seen(tables: Tables, there: Present, done: ir.Table, *, as_of: date) -> ir.Table:
    """Return what each customer looked at lately: one row per customer and product."""
    lately = done.filter(done.product_id.notnull())

    def of(kind: str) -> ir.BooleanValue:
        return lately.event.isin(list(there.names[kind]) or [""])

    told = lately.select(
        "customer_id", "product_id", "session_id", at=lately.occurred_at, viewed=of("viewed"), carted=of("carted"),
        wished=of("wished"),
    )  # fmt: skip
    told = told.filter(told.viewed | told.carted | told.wished)
    own = told.group_by("customer_id", "product_id").aggregate(
        views=told.viewed.cast("int64").sum().cast("int64"),
        carts=told.carted.cast("int64").sum().cast("int64"),
        wishes=told.wished.cast("int64").sum().cast("int64"),
        first_at=told["at"].min(),
        last_at=told["at"].max(),
        cart_at=ibis.ifelse(told.carted, told["at"], ibis.null("timestamp(6)")).max(),
        cart_id=ibis.ifelse(told.carted, told.session_id, ibis.null("string")).max(),
    )
    lines = known_by(tables["order_lines"], as_of=as_of)
    first = ibis.literal(as_of - timedelta(days=WATCHED))
    sold = lines.filter((lines.kind == "sale") & (day_of(lines.ordered_at) >= first))
    bought = sold.group_by(_id="customer_id", _product="product_id").aggregate(bought_at=sold.ordered_at.max())
    return own.left_join(bought, [("customer_id", "_id"), ("product_id", "_product")]).drop("_id", "_product")


def _gaps(tables: Tables, *, as_of: date) -> Mapping[str, int]:
    """Return after how many days customers who came back did so for the first time: quarters of them, and how many."""
    orders = known_by(tables["orders"], as_of=as_of)
    days = orders.select("customer_id", day=day_of(orders.ordered_at)).distinct()
    own = ibis.window(group_by="customer_id", order_by="day")
    placed = days.mutate(place=ibis.row_number().over(own), before=days.day.lag().over(own))
    second = placed.filter(placed.place == 1)
    second = second.select(days=second.day.delta(second.before, unit="day").cast("float64"))
    row = second.aggregate(
        customers=second.count(), early=second.days.quantile(0.25), late=second.days.quantile(0.75)
    ).to_pyarrow().to_pylist()[0]  # fmt: skip
    return {name: int(value or 0) for name, value in row.items()}
