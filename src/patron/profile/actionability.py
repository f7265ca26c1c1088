"""How can each customer be reached and won? What the shop's own orders and events say, as traits.

In   contracts.customer.ORDERS; events with customers where a source tells them
Out  contracts.person.TRAITS without the match rate: one row per customer and trait

Four traits, each only of whom it can be told of: `preferred_channel`, where most orders are made; `coupons`, yes for
who takes a discount with at least half of the orders, no for who never does; `post_or_email`, email for who opened or
clicked a message in the last year, post for who orders from the catalogue or by phone and never did; `reads`, the kinds
of publication that events tell of.
"""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from patron.engines.constant import constant
from patron.privacy import with_match_rate
from patron.profile.event_kinds import OPENED, READ, kind_of
from patron.profile.known import day_of, known_by

OWN = "own"
"""What is called the source of these traits."""

PURPOSE = "profiling"

LEAST_ORDERS = 3
"""Orders from which on a customer's use of coupons and channels is told."""

BY_POST = ("catalogue", "catalog", "mail order", "post", "phone")
"""Channels of orders that paper leads to."""

RECENT_DAYS = 365


def actionability(orders: ir.Table, *, as_of: date, events: ir.Table | None = None) -> ir.Table:
    """Return the traits that tell how a customer can be reached.

    Parameters
    ----------
    orders : Table, one row per order
        contracts.customer.ORDERS.
    as_of : date
        The last day we may know about.
    events : Table, optional
        ``customer_id, occurred_at, event``.

    Returns
    -------
    Table, one row per customer and trait
        The columns of contracts.person.TRAITS but ``match_rate``. ``dated`` is the day of the last order or event that
        a trait leans on.
    """
    known = known_by(orders, as_of=as_of)
    known = known.mutate(_day=day_of(known.ordered_at))
    parts = [_coupons(known), _channel(known)]
    if events is None:
        return _as_traits(ibis.union(*parts, *_by_post(known)), "orders")
    seen = known_by(events.filter(events.customer_id.notnull()), as_of=as_of, column="occurred_at")
    seen = seen.mutate(_kind=kind_of(seen), _day=day_of(seen.occurred_at))
    opened = _opened(seen, as_of)
    post = [one.anti_join(opened, "customer_id") for one in _by_post(known)]
    told = (_as_traits(ibis.union(*parts, *post), "orders"), _as_traits(ibis.union(opened, _read(seen)), "raw_events"))
    return ibis.union(*told)


def _trait(rows: ir.Table, name: str) -> ir.Table:
    return rows.select("customer_id", "value", "dated", trait=ibis.literal(name))


def _coupons(orders: ir.Table) -> ir.Table:
    counted = orders.group_by("customer_id").aggregate(
        all=orders.count(), saved=(orders.discount > 0).cast("int64").sum(), dated=orders._day.max()
    )
    told = counted.filter(counted["all"] >= LEAST_ORDERS)
    often = told.saved * 2 >= told["all"]
    value = ibis.cases((often, "yes"), (told.saved == 0, "no"), else_=ibis.null("string"))
    rows = told.mutate(value=value)
    return _trait(rows.filter(rows["value"].notnull()), "coupons")


def _by_channel(orders: ir.Table) -> ir.Table:
    """Return the channel of most of a customer's orders; the first by name when equal."""
    named = orders.filter(orders.channel.notnull())
    counted = named.group_by("customer_id", "channel").aggregate(times=named.count(), dated=named._day.max())
    order = ibis.window(group_by="customer_id", order_by=[counted.times.desc(), counted.channel])
    whole = ibis.window(group_by="customer_id")
    placed = counted.mutate(_place=ibis.row_number().over(order), _all=counted.times.sum().over(whole))
    return placed.filter(placed._place == 0)


def _channel(orders: ir.Table) -> ir.Table:
    most = _by_channel(orders)
    told = most.filter((most._all >= LEAST_ORDERS) & (most.times * 2 > most._all))
    return _trait(told.mutate(value=told.channel), "preferred_channel")


def _by_post(orders: ir.Table) -> list[ir.Table]:
    most = _by_channel(orders)
    told = most.filter(most.channel.lower().isin(BY_POST))
    return [_trait(told.mutate(value=ibis.literal("post")), "post_or_email")]


def _opened(events: ir.Table, as_of: date) -> ir.Table:
    since = ibis.literal(as_of - timedelta(days=RECENT_DAYS))
    fresh = events.filter(events._kind.isin(OPENED) & (events._day > since))
    last = fresh.group_by("customer_id").aggregate(dated=fresh._day.max())
    return _trait(last.mutate(value=ibis.literal("email")), "post_or_email")


def _read(events: ir.Table) -> ir.Table:
    """Return what was read last: one publication a customer."""
    kinds = [(events._kind == kind, name) for kind, name in READ.items()]
    rows = events.mutate(value=ibis.cases(*kinds, else_=ibis.null("string")))
    rows = rows.filter(rows["value"].notnull())
    order = ibis.window(group_by="customer_id", order_by=[rows.occurred_at.desc(), rows["value"]])
    placed = rows.mutate(_place=ibis.row_number().over(order))
    last = placed.filter(placed._place == 0)
    return _trait(last.mutate(dated=last._day), "reads")


def _as_traits(rows: ir.Table, table: str) -> ir.Table:
    return rows.select(
        "customer_id", "trait", "value", source=ibis.literal(OWN), dated="dated", expires_on=ibis.null("date"),
        purpose=ibis.literal(PURPOSE), sensitive=ibis.literal(value=False), licence=ibis.null("string"),
        provenance=ibis.literal(table), confidence=constant(1.0),
    )  # fmt: skip


def with_own_traits(told: ir.Table, own: ir.Table, *, people: ir.Table) -> ir.Table:
    """Return all traits: what a source tells stands before what the shop's own rows say.

    Parameters
    ----------
    told : Table
        contracts.person.TRAITS of the sources.
    own : Table
        `actionability`.
    people : Table
        The customers of whom it can be known: contracts.customer.PROFILES.
    """
    new = own.anti_join(told, ["customer_id", "trait"])
    rated = with_match_rate(new, told=own, people=people)
    return told.union(rated.select(*told.columns))
