"""What the shop's own systems record of the world, by day: `contracts.raw.FIELDS`."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from patron.simulate.extract import OrderNames, order_lines_table
from patron.simulate.habits import ORDER_CHANNELS
from patron.simulate.lines import DAY, Lines
from patron.simulate.tables import ids_column, moments_column, money_column, names_column
from patron.simulate.world.answers import Answers
from patron.simulate.world.browsing import Browsing
from patron.simulate.world.planted import CHANNELS, COSTS, Planted
from patron.simulate.world.sending import Sending

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

HOUR = 3600
SENT_AT = 9 * HOUR
READ_WITHIN = 12 * HOUR  # seconds after the sending, so that all answers are of the day itself
ONLINE = tuple(ORDER_CHANNELS.index(name) for name in ("web", "app"))
EVENTS = ("product_view", "cart_add", "order")


def order_lines_of(lines: Lines, *, ids: pa.Array, first_day: date) -> pa.Table:
    """Return order lines; an order keeps its number for ever."""
    number, first = np.unique(lines.order, return_index=True)
    back = pa.array(lines.origin[first] >= 0)
    names = pc.if_else(back, ids_column("R", number, digits=8), ids_column("S", number, digits=8))
    return order_lines_table(lines, names=OrderNames(orders=number, names=names), ids=ids, first_day=first_day)


def messages_of(
    post: Sending, said: Answers, *, number: int, day: int, spread: Floats, planted: tuple[Planted, ...],
    ids: pa.Array, first_day: date,
) -> pa.Table:  # fmt: skip
    """Return the messages of a day with what came of them by midnight; `number` is that of the first.

    A message's campaign is its trigger, or its action where none asked for it.
    """
    sent = day * DAY + SENT_AT + (spread * HOUR).astype(np.int64)
    look = sent + 60 + (spread * READ_WITHIN).astype(np.int64)
    actions = np.array([one.action for one in planted], dtype=object)[post.action]
    campaign = np.where(post.trigger == None, actions, post.trigger)  # noqa: E711 - one by one

    def moments(second: Ints, known: Bools) -> pa.Array:
        column = moments_column(first_day, second)
        return pc.if_else(pa.array(known), column, pa.scalar(None, column.type))

    return pa.table({
        "message_id": ids_column("W", number + np.arange(len(post)), digits=8),
        "customer_id": ids.take(pa.array(post.customer)), "sent_at": moments_column(first_day, sent),
        "channel": names_column(CHANNELS, post.channel), "campaign": pa.array(campaign.tolist(), pa.string()),
        "message": pa.array(actions.tolist(), pa.string()), "variant": pa.array(post.variant.tolist(), pa.string()),
        "delivered_at": moments(sent + 30, ~said.bounced), "opened_at": moments(look, said.opened),
        "clicked_at": moments(look + 40, said.clicked), "unsubscribed_at": moments(look + 60, said.left),
        "bounced_at": moments(sent + 30, said.bounced),
        "cost": money_column(np.array(COSTS)[post.channel], digits=4),
    })  # fmt: skip


def events_of(looks: Browsing, where: Ints, sold: Lines, *, ids: pa.Array, first_day: date) -> pa.Table:
    """Return the visits of some days: those without an order, and those that ended in one of the `sold` lines."""
    who, second, product = looks.customer[where], looks.second[where], looks.product[where]
    cart = looks.cart[where]
    kept = np.flatnonzero(np.isin(sold.channel, ONLINE) & (sold.origin < 0))
    kept = kept[np.unique(sold.order[kept], return_index=True)[1]]
    parts = [
        (who, second, 0, product), (who[cart], second[cart] + 120, 1, product[cart]),
        *((sold.customer[kept], np.maximum(sold.second[kept] - before, 0), kind, sold.product[kept])
          for kind, before in ((0, 200), (1, 100), (2, 0))),
    ]  # fmt: skip
    customer, moment, thing = (np.concatenate([np.asarray(part[place]) for part in parts]) for place in (0, 1, 3))
    kind = np.repeat([part[2] for part in parts], [len(part[0]) for part in parts])
    by = np.lexsort((kind, customer, moment))
    customer, moment, thing, kind = customer[by], moment[by], thing[by], kind[by]
    whose = ids.take(pa.array(customer))
    key = customer * 4_000 + moment // DAY  # one visit a person and day
    return pa.table({
        "occurred_at": moments_column(first_day, moment), "event": names_column(EVENTS, kind),
        "event_id": pc.binary_join_element_wise(
            whose, pa.array(moment).cast(pa.string()), names_column(EVENTS, kind), "-"
        ),
        "customer_id": whose, "anonymous_id": pc.binary_join_element_wise("browser", whose, "-"),
        "session_id": ids_column("V", key, digits=12), "channel": pa.array(["web"] * len(by), pa.string()),
        "product_id": ids_column("P", thing + 1, digits=4),
    })  # fmt: skip
