"""What did each customer do, and when? One row per event, as habits are mined from it.

Products are no events here: who buys much at once is likely to have bought any product, and to come back. `gateways`
compares what customers began with among those whose baskets are alike.

In   contracts.customer.ORDERS, contracts.raw.RAW_ORDER_LINES, contracts.customer.COVARIATES; tickets and events where
     there are some; all with the customer's id
Out  ``customer_id, at, event``
"""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from patron.profile.known import day_of, known_by
from patron.profile.newcomers import newcomers

ORDER, FIRST, RETURN, TICKET, DISCOUNT = "order", "first_order", "return", "ticket", "discount"
NUMBERED = {0: FIRST, 1: "second_order", 2: "third_order", 3: "fourth_order", 9: "tenth_order"}
"""What the day with an order is called that so many came before."""

OWN = (ORDER, *NUMBERED.values(), RETURN, TICKET, DISCOUNT, "first_discount")


def deeds(
    lines: ir.Table, orders: ir.Table, *, as_of: date, covariates: ir.Table | None = None,
    tickets: ir.Table | None = None, events: ir.Table | None = None,
) -> ir.Table:  # fmt: skip
    """Return what customers did up to `as_of`.

    Parameters
    ----------
    lines : Table, one row per line
        contracts.raw.RAW_ORDER_LINES.
    orders : Table, one row per order
        contracts.customer.ORDERS: orders that were taken back are none.
    as_of : date
        The last day we may know about.
    covariates : Table, optional
        contracts.customer.COVARIATES, for the first category.
    tickets, events : Table, optional
        `customer_id` with `opened_at`, or with `occurred_at` and `event`.

    Returns
    -------
    Table, one row per event and day
        ``customer_id, at`` (a day), ``event``: order; first_order, second_order, third_order, fourth_order and
        tenth_order (by days with an order); ``category:`` and ``channel:`` with a name, discount, return, ticket, and
        the events of the source by their own names, but those that tell of an order. ``first_order``,
        ``first_category:``, ``first_channel:`` and ``first_discount`` are only of customers whose first order in the
        data is likely their first of all.
    """
    bought = known_by(orders, as_of=as_of)
    bought = bought.mutate(day=day_of(bought.ordered_at))
    known = known_by(lines, as_of=as_of)
    sold = known.filter(known.kind == "sale")
    back = known.filter(known.reverses.notnull())
    parts = [
        *_ordered(bought, newcomers(bought, as_of=as_of), covariates),
        _named(bought, bought.day, "channel", bought.channel),
        _plain(bought.filter(bought.discount > 0), bought.day, DISCOUNT),
        _named(sold, day_of(sold.ordered_at), "category", sold.category),
        _plain(back, day_of(back.ordered_at), RETURN),
    ]
    if tickets is not None:
        opened = known_by(tickets, as_of=as_of, column="opened_at")
        parts.append(_plain(opened, day_of(opened.opened_at), TICKET))
    if events is not None:
        came = known_by(events, as_of=as_of, column="occurred_at")
        came = came.filter(came.event.notin(OWN) & came.order_id.isnull())  # an order's own events are no deeds
        parts.append(came.select("customer_id", at=day_of(came.occurred_at), event=came.event))
    every = ibis.union(*parts)
    return every.filter(every.customer_id.notnull()).distinct()


def _ordered(bought: ir.Table, new: ir.Table, covariates: ir.Table | None) -> list[ir.Table]:
    """Return the orders, their numbers, and what the first ones were like."""
    days = bought.group_by("customer_id", "day").aggregate(
        channel=bought.channel.min(), saved=(bought.discount > 0).any()
    )
    numbered = days.mutate(place=ibis.row_number().over(ibis.window(group_by="customer_id", order_by="day")))
    really = numbered.semi_join(new, "customer_id")
    first = really.filter(really.place == 0)
    parts = [_plain(days, days.day, ORDER), _named(first, first.day, "first_channel", first.channel)]
    parts += [_plain(really.filter(really.place == place), really.day, name) for place, name in NUMBERED.items()]
    parts.append(_plain(first.filter(first.saved), first.day, "first_discount"))
    if covariates is not None:
        began = new.inner_join(covariates, "customer_id")
        parts.append(_named(began, began.first_day, "first_category", began.first_category))
    return parts


def _plain(table: ir.Table, day: ir.Value, name: str) -> ir.Table:
    return table.select("customer_id", at=day, event=ibis.literal(name))


def _named(table: ir.Table, day: ir.Value, kind: str, value: ir.Value) -> ir.Table:
    dated = table.select("customer_id", at=day, value=value)
    known = dated.filter(dated["value"].notnull())
    return known.select("customer_id", "at", event=ibis.literal(f"{kind}:").concat(known["value"]))
