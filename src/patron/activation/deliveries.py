"""What left, as tables of a run: each delivery, and each message with what came back and what followed.

In   engines.outbox_state.OUTBOX_SCHEMA with moments of the project's time zone; contracts.raw_messages.RAW_MESSAGES and
     contracts.customer.ORDERS with the customer's id
Out  contracts.delivery.DELIVERIES, MESSAGES
"""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from patron.contracts.contract import PRICE
from patron.contracts.delivery import DELIVERIES, MESSAGES
from patron.contracts.raw_messages import MOMENTS
from patron.profile.known import day_of, known_by

WITHIN_DAYS = 7
"""How long after a message an order counts as one that followed."""

_OVER = ("state", "reason", "done_at", "cost")


def deliveries_of(outbox: ir.Table, *, as_of: date) -> ir.Table:
    """Return the deliveries that were made by a day, as they stood at its end.

    Parameters
    ----------
    outbox : Table, one row per delivery
        The columns of `DELIVERIES`, by today's ids.
    as_of : date
        The last day we may know about. What ended later still waited then.

    Returns
    -------
    Table
        contracts.delivery.DELIVERIES.
    """
    known = known_by(outbox, as_of=as_of, column="made_at")
    later = (day_of(known.done_at) > ibis.literal(as_of)).fill_null(False)
    then = {"state": ibis.literal("waiting")} | {name: ibis.null(known[name].type()) for name in _OVER[1:]}
    stood = {name: ibis.ifelse(later, value, known[name]) for name, value in then.items()}
    tried = day_of(known.handed_at) <= ibis.literal(as_of)
    handed = ibis.ifelse(tried, known.handed_at, ibis.null(known.handed_at.type()))
    cost = stood.pop("cost").cast(PRICE)
    return DELIVERIES.shape(known.mutate(**stood, handed_at=handed, cost=cost))


def messages_of(messages: ir.Table, deliveries: ir.Table, orders: ir.Table, *, as_of: date) -> ir.Table:
    """Return every message that left by a day, with what came back and what followed by then.

    Parameters
    ----------
    messages : Table, one row per message
        contracts.raw_messages.RAW_MESSAGES with the customer's id, our own deliveries among them.
    deliveries : Table
        contracts.delivery.DELIVERIES.
    orders : Table
        contracts.customer.ORDERS.
    as_of : date
        The last day we may know about.

    Returns
    -------
    Table
        contracts.delivery.MESSAGES.
    """
    known = known_by(messages, as_of=as_of, column="sent_at")
    later = {name: day_of(known[name]) > ibis.literal(as_of) for name in MOMENTS[1:]}
    known = known.mutate(
        **{name: ibis.ifelse(flag.fill_null(False), ibis.null(known[name].type()), known[name])
           for name, flag in later.items()}
    )  # fmt: skip
    ours = deliveries.filter(deliveries.kind == "message").select(
        _delivery="delivery_id", destination="destination", _paid="cost"
    )
    joined = known.left_join(ours, known.message_id == ours["_delivery"])
    own = joined["_delivery"].notnull()
    told = own & ibis.or_(*(joined[name].notnull() for name in MOMENTS[1:]))
    told_by = ibis.cases((told, "both"), (own, "own"), else_="source")
    with_cost = joined.mutate(told_by=told_by, cost=ibis.coalesce(joined["_paid"], joined.cost))
    followed = _followed(known, known_by(orders, as_of=as_of))
    both = with_cost.left_join(followed, [("message_id", "_message"), ("customer_id", "_customer")])
    return MESSAGES.shape(both)


def _followed(messages: ir.Table, orders: ir.Table) -> ir.Table:
    """Return of each message after which orders came: ``_message, _customer, ordered_at, amount``."""
    bought = orders.select(_customer="customer_id", ordered_at="ordered_at", amount="amount")
    sent = messages.select("message_id", "customer_id", "sent_at")
    until = sent.sent_at + ibis.interval(days=WITHIN_DAYS)
    near = sent.join(
        bought,
        [sent.customer_id == bought["_customer"], bought.ordered_at > sent.sent_at, bought.ordered_at <= until],
    )
    return near.group_by(_message=near.message_id, _customer=near.customer_id).aggregate(
        ordered_at=near.ordered_at.min(), amount=near.amount.sum()
    )


__all__ = ["WITHIN_DAYS", "deliveries_of", "messages_of"]
