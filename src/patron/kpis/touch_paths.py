"""Which touches led to which order, and which led nowhere?

In   contracts.touch.TOUCHES, contracts.customer.ORDERS   what touched whom, and what was ordered
Out  `Ways`: each order with the touches before it, and the paths that ended without one

A touch counts for its customer's next order alone, if that comes within the look-back: counted for each later order it
would bring the same visit several times. A path without an order ends when the look-back is over since its last touch.
One that is not over by the run's day is in neither: nobody can know yet what came of it.

The engine sorts; what is pulled is one row of small columns per touch and per order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from patron.profile.touches import OF_CUSTOMER, visitor_name
from patron.profile.visit_parts import second

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

DAY = 86_400  # seconds

OWN = ("order_id", "customer_id", "ordered_on", "first_order", "revenue", "margin")
"""What is told of an order; what else a caller knows of it comes behind."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Ways:
    """Orders, and touches cut into the paths that led to them or nowhere.

    `orders` has one row per order (`OWN`, and more). The touches of all paths lie one behind the other: `channel` is a
    place in `channels`, `second` the moment, ``path`` the number of each touch's path. `order_of` is the row of the
    order that a path led to, -1 where it led nowhere.
    """

    orders: pa.Table
    channels: tuple[str, ...]
    channel: Ints
    second: Ints
    path: Ints
    order_of: Ints

    def touch_rows(self) -> pa.Table:
        """Return one row per touch, as `patron.kpis.attribution` reads them."""
        return pa.table({
            "path_id": self.path, "at": pa.array(self.second * 1_000_000, pa.timestamp("us")),
            "channel": pa.array(self.channels, pa.string()).take(pa.array(self.channel)),
            "converted": self.order_of[self.path] >= 0,
        })  # fmt: skip


def stream(touches: ir.Table, orders: ir.Table, *, more: Sequence[str] = ()) -> ir.Table:
    """Return touches and orders, each person's by moment.

    Parameters
    ----------
    touches : Table
        contracts.touch.TOUCHES.
    orders : Table
        The columns of contracts.customer.ORDERS that are needed, ``first_order`` and the columns `more`. An order
        whose time of day is not known (midnight) comes after the touches of its day.
    """
    moment = second(orders.ordered_at)
    whole_day = orders.ordered_at == orders.ordered_at.truncate("D")
    bought = orders.select(
        who=visitor_name(ibis.literal(OF_CUSTOMER).concat(orders.customer_id)),
        at=ibis.ifelse(whole_day, moment + (DAY - 1), moment), channel=ibis.null("string"), order_id="order_id",
        customer_id="customer_id", ordered_on=orders.ordered_at.date(), first_order="first_order",
        revenue=orders.amount, margin="margin", **{name: orders[name] for name in more},
    )  # fmt: skip
    nothing = {name: ibis.null(bought[name].type()) for name in bought.columns[3:]}
    touched = touches.select(who="visitor", at=second(touches.touched_at), channel="channel", **nothing)
    every = ibis.union(touched, bought)
    return every.order_by(every.who, every["at"], every.order_id.notnull(), every.order_id, every.channel)


def ways(stream: pa.Table, *, as_of: date, lookback_days: int) -> Ways:
    """Cut a stream into paths.

    Parameters
    ----------
    stream : Arrow table
        As `stream` sorts it.
    as_of : date
        The last day that is known.
    lookback_days : int
        How long before an order a touch counts.
    """
    ordered = pc.is_valid(stream["order_id"]).combine_chunks().to_numpy(zero_copy_only=False)
    at = stream["at"].to_numpy()
    person = _persons(stream["who"])
    coded = stream["channel"].combine_chunks().dictionary_encode()
    touch = np.flatnonzero(~ordered)
    number_of_order = np.cumsum(ordered) - 1  # of the row itself, where it is an order
    led_to = _next_order(ordered, person, at, lookback_days)[touch]
    channel = coded.indices.take(pa.array(touch)).to_numpy().astype(np.int64)
    mine, when = person[touch], at[touch]
    begins = _begins(led_to, mine, when, lookback_days)
    path = np.cumsum(begins) - 1
    over = _over(led_to, when, begins, as_of, lookback_days)
    kept = over[path] if len(path) else np.empty(0, dtype=np.bool_)
    path = np.unique(path[kept], return_inverse=True)[1] if kept.any() else path[kept]
    first = np.flatnonzero(np.diff(path, prepend=-1))
    rows = led_to[kept][first]
    return Ways(
        orders=stream.filter(pa.array(ordered)).drop_columns(["who", "at", "channel"]),
        channels=tuple(coded.dictionary.to_pylist()), channel=channel[kept], second=when[kept], path=path,
        order_of=np.where(rows >= 0, number_of_order[np.maximum(rows, 0)], -1),
    )  # fmt: skip


def _persons(who: pa.ChunkedArray) -> Ints:
    """Return a number for each person of a sorted column."""
    names = who.combine_chunks()
    if not len(names):
        return np.empty(0, dtype=np.int64)
    other = pc.not_equal(names[1:], names[:-1]).to_numpy(zero_copy_only=False)
    return np.concatenate([[0], np.cumsum(other)]).astype(np.int64)


def _next_order(ordered: Bools, person: Ints, at: Ints, lookback_days: int) -> Ints:
    """Return the row of the person's next order within the look-back; -1 where there is none."""
    none = len(ordered)
    rows = np.where(ordered, np.arange(none), none)
    following = np.minimum.accumulate(rows[::-1])[::-1]
    there = np.minimum(following, none - 1)
    near = (following < none) & (person[there] == person) & (at[there] - at <= lookback_days * DAY)
    return np.where(near, following, -1)


def _begins(led_to: Ints, person: Ints, at: Ints, lookback_days: int) -> Bools:
    """Tell at which touches a path begins: another person or order, or, towards no order, a silence too long."""
    if not len(led_to):
        return np.empty(0, dtype=np.bool_)
    other = (np.diff(person, prepend=-1) != 0) | (np.diff(led_to, prepend=-2) != 0)
    silent = (np.diff(at, prepend=at[:1]) > lookback_days * DAY) & (led_to < 0)
    return np.asarray(other | silent)


def _over(led_to: Ints, at: Ints, begins: Bools, as_of: date, lookback_days: int) -> Bools:
    """Tell of each path whether it is decided: it led to an order, or can no longer by the end of the run's day."""
    starts = np.flatnonzero(begins)
    if not len(starts):
        return np.empty(0, dtype=np.bool_)
    last = np.concatenate([starts[1:], [len(at)]]) - 1
    end = int(datetime.combine(as_of + timedelta(days=1), time(), tzinfo=UTC).timestamp())
    return np.asarray((led_to[last] >= 0) | (at[last] + lookback_days * DAY < end))
