"""What came of each message, and did an order follow?

In   contracts.raw_messages.RAW_MESSAGES with the customer's id, contracts.customer.ORDERS
Out  one row per message, of whole numbers that can be added up

A source tells of a channel what it tells of at least one message of it. What it never tells (that a text message was
opened) has no trials, so that no rate over it is taken for 0.
"""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from patron.contracts.contract import MOMENT
from patron.contracts.customer import ORDERS
from patron.contracts.raw_messages import MOMENTS, RAW_MESSAGES
from patron.profile.completed_columns import completed
from patron.profile.known import day_of, known_by
from patron.profile.visit_parts import second

WITHIN_DAYS = 7
"""How long after a message an order counts: a whole week, so that every weekday is in it once."""

COUNTS = (
    "sent", "delivered", "bounced", "open_of", "opened", "click_of", "clicked", "leave_of", "unsubscribed", "watched",
    "ordered", "ordered_before",
)  # fmt: skip

UNNAMED = "unnamed"


def message_facts(
    messages: ir.Table, orders: ir.Table, *, as_of: date, within_days: int = WITHIN_DAYS
) -> ir.Table:  # fmt: skip
    """Return each message sent by `as_of`, as it stood on that day.

    Parameters
    ----------
    messages : Table, one row per message
        contracts.raw_messages.RAW_MESSAGES with the customer's id; needed are ``customer_id`` and ``sent_at``.
    orders : Table, one row per order
        contracts.customer.ORDERS, of which ``customer_id`` and ``ordered_at`` are needed. One whose time of day is not
        known (midnight) counts from the day after the message.
    as_of : date
        The last day we may know about.
    within_days : int
        How many days after the sending an order counts, and as many before it.

    Returns
    -------
    Table, one row per message
        ``customer_id, sent_at, channel, message, variant``, and 0 or 1 in each of `COUNTS`: ``open_of``, ``click_of``
        and ``leave_of`` are the trials that ``opened``, ``clicked`` and ``unsubscribed`` are counted over,
        ``watched`` those of ``ordered`` and ``ordered_before``.

    Raises
    ------
    ContractError
        A column that is needed is not there.
    """
    told = completed(messages, RAW_MESSAGES, needed=("customer_id", "sent_at"))
    bought = completed(orders, ORDERS, needed=("customer_id", "ordered_at"))
    known = known_by(told, as_of=as_of, column="sent_at")
    known = known.mutate(**{name: _by(known[name], as_of) for name in MOMENTS[1:]})
    came = _came(known)
    near = _orders_around(came, known_by(bought, as_of=as_of), within_days)
    over = day_of(near.sent_at) <= ibis.literal(as_of - timedelta(days=within_days))
    watched = (near.delivered == 1) & over
    return near.select(
        "customer_id", "sent_at", "channel", "message", "variant", *COUNTS[:9], watched=_one(watched),
        ordered=_one(watched & near.after), ordered_before=_one(watched & near.before),
    )  # fmt: skip


def _by(moment: ir.TimestampValue, as_of: date) -> ir.TimestampValue:
    return ibis.ifelse(day_of(moment) <= ibis.literal(as_of), moment, ibis.null(moment.type()))


def _one(told: ir.BooleanValue) -> ir.IntegerValue:
    return ibis.ifelse(told.fill_null(False), 1, 0).cast("int64")


def _came(known: ir.Table) -> ir.Table:
    """Say what came of each message, over what its channel tells."""
    unnamed = ibis.literal(UNNAMED)
    channel = ibis.window(group_by="_channel")
    named = known.mutate(_channel=ibis.coalesce(known.channel, unnamed))
    opened = named.opened_at.notnull() | named.clicked_at.notnull()
    tells = {
        "arrivals": named.delivered_at.notnull(), "opens": named.opened_at.notnull(),
        "clicks": named.clicked_at.notnull(), "leaves": named.unsubscribed_at.notnull(),
    }  # fmt: skip
    told = named.mutate(
        _opened=opened,
        _left=named.unsubscribed_at.notnull(),
        **{f"_tells_{name}": _one(flag).max().over(channel) == 1 for name, flag in tells.items()},
    )
    answered = told["_opened"] | told["_left"] | told.delivered_at.notnull()
    arrived = answered | (~told["_tells_arrivals"] & told.bounced_at.isnull())
    return told.select(
        "customer_id", "sent_at", channel=told["_channel"],
        message=ibis.coalesce(told.message, told.campaign, unnamed), variant=ibis.coalesce(told.variant, unnamed),
        sent=ibis.literal(1, "int64"), delivered=_one(arrived), bounced=_one(told.bounced_at.notnull() & ~answered),
        open_of=_one(arrived & told["_tells_opens"]), opened=_one(told["_opened"] & told["_tells_opens"]),
        click_of=_one(arrived & told["_tells_clicks"]), clicked=_one(told.clicked_at.notnull()),
        leave_of=_one(arrived & told["_tells_leaves"]), unsubscribed=_one(told["_left"]),
    )  # fmt: skip


def _orders_around(came: ir.Table, orders: ir.Table, within_days: int) -> ir.Table:
    """Say whether the customer's next order came soon after each message, and the last one soon before.

    One sort of messages and orders finds both, however many there are.
    """
    facts = [name for name in came.columns if name not in ("customer_id", "sent_at")]
    empty = {name: ibis.null(came[name].type()) for name in facts}
    none = ibis.null(MOMENT)
    bought = orders.select("customer_id", sent_at=orders.ordered_at.cast(MOMENT), order=orders.ordered_at.cast(MOMENT))
    marks = ibis.union(
        came.select("customer_id", came.sent_at.cast(MOMENT).name("sent_at"), *facts, order=none),
        bought.select("customer_id", "sent_at", **empty, order="order"),
    )
    place = [marks.sent_at, marks.order.isnull()]
    ahead = ibis.window(group_by=marks.customer_id, order_by=place, preceding=0, following=None)
    back = ibis.cumulative_window(group_by=marks.customer_id, order_by=place)
    around = marks.mutate(_next=marks.order.min().over(ahead), _last=marks.order.max().over(back))
    around = around.filter(around.sent.notnull())
    seconds = within_days * 86_400
    timed = (around["_last"] != around["_last"].truncate("D")) | (day_of(around["_last"]) < day_of(around.sent_at))
    return around.mutate(
        after=(second(around["_next"]) - second(around.sent_at) <= seconds).fill_null(False),
        before=((second(around.sent_at) - second(around["_last"]) <= seconds) & timed).fill_null(False),
    ).drop("order", "_next", "_last")
