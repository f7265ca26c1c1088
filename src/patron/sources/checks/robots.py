"""Customers with a rhythm that no human has: at exact intervals, many orders in a minute, at every hour of the day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from patron.language import number, percent
from patron.sources.checks.look import Look
from patron.sources.quality import Finding, weigh

MANY = 100
"""Orders without which a rhythm is not a pattern."""

SAME_INTERVAL = 0.5
"""Share of a customer's intervals that are equal to the minute. People who order every Friday still differ by hours."""

AT_ONCE = 10
"""Orders within one minute: a basket that is split by warehouse makes two or three."""

QUIET_HOURS = 6
QUIET_SHARE = 0.15
"""Share of orders in the quietest six hours of the customer's day: spread evenly it is a quarter, but people sleep."""

SHARE = (0.001, 0.10)
"""Share of all orders: programs order much, so even one in a thousand moves tiers and means; a tenth, everything."""


@dataclass(frozen=True)
class Robots:
    """How many customers show each rhythm, and what they hold together."""

    customers: int
    interval: int
    minute: int
    always: int
    orders: int
    lines: int


def rhythms(orders: ir.Table) -> ir.Table:
    """Return the customers with an inhuman rhythm: which one, their orders and lines."""
    timed = orders.filter(orders.moment != orders.moment.truncate("D"))
    minute = timed.moment.truncate("m").epoch_seconds().cast("int64") // 60
    at_once = timed.group_by("customer_id", minute=minute).aggregate(orders=timed.count(), lines=timed.lines.sum())
    totals = at_once.group_by("customer_id").aggregate(
        all_orders=at_once.orders.sum(), lines=at_once.lines.sum(), at_once=at_once.orders.max()
    )
    # Few customers order so much: what follows looks at these alone.
    busy = totals.filter((totals.all_orders >= MANY) | (totals.at_once >= AT_ONCE))
    many = at_once.semi_join(busy.filter(busy.all_orders >= MANY), "customer_id")
    regular = _regular(many)
    awake = _awake(many)
    joined = busy.left_join(regular, "customer_id").select(busy, regular.most)
    whole = joined.left_join(awake, "customer_id").select(joined, awake.quietest)
    signs = whole.mutate(
        interval=(whole.most >= (whole.all_orders - 1) * SAME_INTERVAL).fill_null(False),
        minute=whole.at_once >= AT_ONCE,
        always=(whole.quietest >= whole.all_orders * QUIET_SHARE).fill_null(False),
    )
    return signs.filter(signs.interval | signs.minute | signs.always)


def _regular(many: ir.Table) -> ir.Table:
    """Return how often each customer's most frequent interval comes."""
    before = ibis.window(group_by=many.customer_id, order_by=many.minute)
    spaced = many.mutate(interval=many.minute - many.minute.lag().over(before))
    equal = spaced.filter(spaced.interval > 0).group_by("customer_id", "interval").aggregate(times=lambda t: t.count())
    return equal.group_by("customer_id").aggregate(most=equal.times.max())


def _awake(many: ir.Table) -> ir.Table:
    """Return the orders in the quietest six hours on end of each customer's day."""
    hour = many.minute.mod(1440).floordiv(60)
    counts = many.group_by("customer_id").aggregate(
        **{f"h{n}": (hour == n).ifelse(many.orders, 0).sum() for n in range(24)}
    )
    blocks = [
        sum((counts[f"h{(start + step) % 24}"] for step in range(1, QUIET_HOURS)), counts[f"h{start}"])
        for start in range(24)
    ]
    return counts.select("customer_id", quietest=ibis.least(*blocks))


def counted(found: ir.Table) -> ir.Table:
    """Count them in one row."""
    return found.aggregate(
        customers=found.count(),
        interval=found.interval.cast("int64").sum(),
        minute=found.minute.cast("int64").sum(),
        always=found.always.cast("int64").sum(),
        orders=found.all_orders.sum(),
        lines=found.lines.sum(),
    )


def robots(look: Look) -> list[Finding]:
    """Count the customers whose rhythm is no human's."""
    if look.hours.share_dateless > 0.5:
        return []
    row = counted(rhythms(look.orders)).to_pyarrow().to_pylist()[0]
    return judge(row, orders=int(look.hours.orders.sum()))


def judge(counts: Mapping[str, int | None], *, orders: int) -> list[Finding]:
    """Weigh them by their share of all orders."""
    found = Robots(**{name: int(value or 0) for name, value in counts.items()})
    if not found.customers:
        return []
    share = found.orders / orders
    facts = {
        "count": found.customers,
        "customers": number(found.customers),
        "interval": number(found.interval),
        "minute": number(found.minute),
        "always": number(found.always),
        "orders": number(found.orders),
        "order_share": percent(share, digits=1),
        "least": AT_ONCE,
        "many": MANY,
    }
    return [Finding("order_lines", "robots", "flagged", found.lines, weigh(share, SHARE), facts)]
