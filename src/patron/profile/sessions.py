"""Which visits did the shop have, and how deep did each one go?

In   contracts.raw_people.RAW_EVENTS with the customer's id, contracts.customer.ORDERS
Out  contracts.visit.SESSIONS   one row per visit

A visit is the source's own where it has an id, within what one visitor did; else what one visitor did in one channel
without 30 minutes of silence, the rule of web analytics since its beginnings (GA4 and Segment have the same).

How deep a visit went is compared, never added up: an order beats a checkout, a checkout a full cart, a cart a look at
a product, and that a mere page; equals by how many products were looked at, and then by how many things were done. The
score is the share of the shop's visits that went less deep. So it needs no weights of events, which nobody could
defend; one endless visit of a robot is one visit at the top, not a thousand; and shops can be compared.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import ibis
import ibis.expr.types as ir

from patron.contracts.contract import MOMENT
from patron.contracts.customer import ORDERS
from patron.contracts.raw_people import RAW_EVENTS
from patron.contracts.visit import DEPTHS, SESSIONS
from patron.profile.completed_columns import completed
from patron.profile.event_words import (
    CART,
    CHECKOUT,
    ORDER,
    PRODUCT,
    SEARCH,
    VISIT_CHANNELS,
    visit_channel,
)
from patron.profile.known import known_by
from patron.profile.share_below import share_below
from patron.profile.visit_parts import SILENCE, VISIT, in_visits, second, things_done

Keep = Callable[[str, ir.Table], ir.Table]


def sessions(events: ir.Table, orders: ir.Table, *, as_of: date, keep: Keep = lambda _name, table: table) -> ir.Table:
    """Return the visits that had begun by `as_of`, as far as they were known on that day.

    Parameters
    ----------
    events : Table, one row per event
        contracts.raw_people.RAW_EVENTS with the customer's id, as `identity.events_with_customer` returns them. Needed
        are ``occurred_at``, ``event`` and ``customer_id``.
    orders : Table, one row per order
        contracts.customer.ORDERS, of which ``order_id``, ``customer_id`` and ``ordered_at`` are needed. An order of the
        customer during a visit, or within 30 minutes after it, is the visit's, unless both channels are known and
        differ. One whose time of day is not known (midnight) is nobody's.
    as_of : date
        The last day we may know about.
    keep : callable
        Writes a table and returns it as it is read again, so that it is not computed twice.

    Returns
    -------
    Table, one row per visit
        contracts.visit.SESSIONS. Events may come in any order; those that are equal in all they say count once.

    Raises
    ------
    ContractError
        A column that is needed is not there.
    """
    told = completed(events, RAW_EVENTS, needed=("occurred_at", "event", "customer_id"))
    visits = keep("visits", _visits(things_done(told, as_of=as_of)))
    timed = known_by(completed(orders, ORDERS, needed=("order_id", "customer_id", "ordered_at")), as_of=as_of)
    timed = timed.filter(timed.ordered_at != timed.ordered_at.truncate("D"))
    bought = keep("visit_orders", _bought(visits, timed))
    joined = visits.left_join(bought, [(name, f"_{name}") for name in VISIT])
    tells = _any(visits.filter(visits.orders > 0)) or _any(timed)
    found = (joined.orders > 0) | joined["_order_id"].notnull()
    ordered = found if tells else ibis.null("boolean")
    full = joined.select(
        *(name for name in visits.columns if name not in ("order_id", "orders")),
        ordered=ordered, order_id=ibis.coalesce(joined.order_id, joined["_order_id"]),
        step=_step(joined, found),
    )  # fmt: skip
    ranked = share_below(keep("deep_visits", full), ["step", "products", "events"], name="engagement")
    depth = ibis.cases(*((ranked.step == place, name) for place, name in enumerate(DEPTHS)), else_=DEPTHS[0])
    return SESSIONS.shape(ranked.mutate(session_id=_name(ranked), depth=depth))


def _any(table: ir.Table) -> bool:
    return bool(table.limit(1).count().to_pyarrow().as_py())


def _visits(done: ir.Table) -> ir.Table:
    """Count what each visit holds."""
    every = in_visits(done)
    # A look is one at a product only where the event says which, or is called so.
    seen = ibis.ifelse(every.kind.isin([PRODUCT, CART]), every.product_id, ibis.null("string"))
    visits = every.group_by(*VISIT).aggregate(
        customer_id=every.customer_id.max(), started_at=every["at"].min().cast(MOMENT),
        ended_at=every["at"].max().cast(MOMENT), channel=every.channel.min(), events=every.count(),
        product_views=every.count(where=every.kind == PRODUCT), products=seen.nunique(),
        searches=every.count(where=every.kind == SEARCH), carts=every.count(where=every.kind == CART),
        checkouts=every.count(where=every.kind == CHECKOUT), orders=every.count(where=every.kind == ORDER),
        order_id=ibis.ifelse(every.kind == ORDER, every.order_id, ibis.null("string")).min(),
    )  # fmt: skip
    return visits.mutate(seconds=second(visits.ended_at) - second(visits.started_at))


def _bought(visits: ir.Table, orders: ir.Table) -> ir.Table:
    """Return the visits of customers who ordered during them: the names of the visit, and the order.

    Each order is held against the customer's visit that had begun last. One sort finds it, however many there are.
    """
    own = visits.filter(visits.customer_id.notnull())
    nothing, begun_at = ibis.null("string"), own.started_at.cast(MOMENT)
    marks = ibis.union(
        own.select("customer_id", at=begun_at, start=begun_at, bought=nothing, by=nothing),
        orders.select(
            "customer_id", at=orders.ordered_at.cast(MOMENT), start=ibis.null(MOMENT), bought=orders.order_id,
            by=visit_channel(orders.channel),
        ),
    )  # fmt: skip
    begun = ibis.cumulative_window(
        group_by=marks.customer_id, order_by=[marks["at"], marks.bought.notnull(), marks.bought]
    )
    placed = marks.mutate(last=marks.start.max().over(begun))
    placed = placed.filter(placed.bought.notnull() & placed["last"].notnull())
    placed = placed.select("bought", "by", who="customer_id", ordered=placed["at"], last=placed["last"])
    both = own.inner_join(placed, [("customer_id", "who"), ("started_at", "last")])
    names = list(VISIT_CHANNELS)
    apart = both.channel.isin(names) & both.by.isin(names) & (both.channel != both.by)
    near = both.filter(
        (second(both.ordered) - second(both.ended_at) <= SILENCE) & ~apart.fill_null(False)
    )  # before the visit there is none: it had begun
    return near.group_by(**{f"_{name}": near[name] for name in VISIT}).aggregate(_order_id=near.bought.min())


def _step(visits: ir.Table, ordered: ir.BooleanValue) -> ir.IntegerValue:
    """Return how far a visit came, as a place in `DEPTHS`."""
    return ibis.cases(
        (ordered, 4), (visits.checkouts > 0, 3), (visits.carts > 0, 2),
        ((visits.product_views > 0) | (visits.products > 0), 1), else_=0,
    ).cast("int64")  # fmt: skip


def _name(visits: ir.Table) -> ir.StringValue:
    """Name a visit by who and when, so that no id of a browser stands in the table."""
    kind = ibis.ifelse(visits.own, "own", "cut")
    return kind.concat("\n", visits.visitor, "\n", visits.part).hexdigest("md5")
