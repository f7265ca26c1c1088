"""What happened to each customer on which day, small enough to be asked for many days.

Features of a year's origins ask for the past a dozen times. A million lines need not be read each time: all that
features count is added up once by customer, order and day, in tables that keep every day on which something became
known, so that any day can be cut out of them exactly.

In   raw tables with the customer's id
Out  `Facts`
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from patron.contracts.person import HOUSEHOLDS
from patron.profile.known import day_of

_EXACT = "decimal(18, 4)"
_WIDE = "decimal(38, 2)"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Dated facts.

    ``bought``    one row per customer, order and day: `revenue, discount, units, lines, channel`
    ``returned``  one row per customer, order and day on which something of it came back: `revenue, discount, units`
    ``widened``   one row per customer and day: how many `products, categories, brands` were bought for the first time
    ``tickets``   one row per ticket: `customer_id, opened_on, closed_on`; or None
    ``visits``    one row per customer and day with an event: `customer_id, day`; or None
    ``origins``   one row per customer: `acquisition_channel`; or None
    ``households`` contracts.person.HOUSEHOLDS
    """

    bought: ir.Table
    returned: ir.Table
    widened: ir.Table
    tickets: ir.Table | None = None
    visits: ir.Table | None = None
    origins: ir.Table | None = None
    households: ir.Table


def facts(
    lines: ir.Table,
    *,
    customers: ir.Table | None = None,
    tickets: ir.Table | None = None,
    events: ir.Table | None = None,
    households: ir.Table | None = None,
    keep: Callable[[str, ir.Table], ir.Table] = lambda _name, table: table,
) -> Facts:
    """Add up what features are made of, by customer and day.

    Parameters
    ----------
    lines : Table, one row per line
        contracts.raw.RAW_ORDER_LINES; `customer_id` is the customer's.
    customers : Table, optional
        Customer records with the customer's id: what brought each customer.
    tickets : Table, optional
        `customer_id` (the customer's), `opened_at`, `closed_at`.
    events : Table, optional
        contracts.raw_people.RAW_EVENTS with the customer's id.
    households : Table, optional
        contracts.person.HOUSEHOLDS; without it everybody lives alone.
    keep : callable
        Writes a table aside and returns it as written, so that what is asked for many days is added up once.
    """
    return Facts(
        bought=keep("bought", _bought(lines)),
        returned=keep("returned", _returned(lines)),
        widened=keep("widened", _widened(lines)),
        tickets=None if tickets is None else _tickets(tickets),
        visits=None if events is None else keep("visits", _visits(events)),
        origins=None if customers is None else _origins(customers),
        households=HOUSEHOLDS.empty() if households is None else households,
    )


def since(table: ir.Table, day: ir.Value, asked: ir.Table) -> ir.Table:
    """Return the rows that were known on each day that is asked for: ``as_of``, and how many days ``ago`` they were.

    The one place where a day cuts the facts.
    """
    paired = table.mutate(_day=day).cross_join(asked.select("as_of"))
    known = paired.filter(paired["_day"] <= paired.as_of)
    return known.mutate(ago=known.as_of.delta(known["_day"], unit="day").cast("int64")).drop("_day")


def purchases_by(facts: Facts, asked: ir.Table) -> ir.Table:
    """Return the orders that were known and kept on each of some days: those of contracts.customer.ORDERS, as of it.

    Parameters
    ----------
    facts : Facts
        Dated facts.
    asked : Table, one row per day
        Column ``as_of``.

    Returns
    -------
    Table, one row per day that is asked for, customer and order
        ``as_of, customer_id, order_id``; ``day`` of the order and how many days ``ago``; ``lines, revenue, discount,
        returns, amount, channel`` as in ORDERS.
    """
    sold, back = since(facts.bought, facts.bought.day, asked), since(facts.returned, facts.returned.day, asked)
    key = ("as_of", "customer_id", "order_id")
    sums = sold.group_by(*key).aggregate(
        day=sold.day.min(), ago=sold.ago.max(), lines=sold.lines.sum(), revenue=sold.revenue.sum(),
        discount=sold.discount.sum(), units=sold.units.sum(), channel=sold.channel.min(),
    )  # fmt: skip
    came = back.group_by(*key).aggregate(
        back_revenue=back.revenue.sum(), back_discount=back.discount.sum(), back_units=back.units.sum()
    )
    both = sums.left_join(came, key)
    nothing = ibis.literal(0)
    kept = both.filter(both.units - ibis.coalesce(both.back_units, nothing.cast(_EXACT)) > 0)
    returns = ibis.coalesce(kept.back_revenue, nothing.cast(_WIDE))
    discount = kept.discount - ibis.coalesce(kept.back_discount, nothing.cast(_WIDE))
    return kept.select(
        *key, "day", "ago", "lines", "revenue", "channel",
        discount=discount, returns=returns, amount=kept.revenue - discount - returns,
    )  # fmt: skip


def _bought(lines: ir.Table) -> ir.Table:
    sales = lines.filter(lines.kind == "sale")
    return sales.group_by("customer_id", "order_id", day=day_of(sales.ordered_at)).aggregate(
        revenue=sales.amount.sum().cast(_WIDE), discount=sales.discount.sum().cast(_WIDE),
        units=sales.quantity.cast(_EXACT).sum().cast("decimal(38, 4)"), lines=sales.count(),
        channel=sales.channel.min(),
    )  # fmt: skip


def _returned(lines: ir.Table) -> ir.Table:
    """Sum returns by the order that they take back; what takes back no known sale belongs to no order."""
    back = lines.filter(lines.reverses.notnull()).select(
        "reverses", "quantity", "amount", "discount", day=day_of(lines.ordered_at)
    )
    sales = lines.filter(lines.kind == "sale").select("customer_id", "order_id", sale_line="line_id")
    both = back.inner_join(sales, back.reverses == sales.sale_line)
    return both.group_by("customer_id", "order_id", "day").aggregate(
        revenue=(-both.amount).sum().cast(_WIDE), discount=(-both.discount).sum().cast(_WIDE),
        units=(-both.quantity.cast(_EXACT)).sum().cast("decimal(38, 4)"),
    )  # fmt: skip


def _widened(lines: ir.Table) -> ir.Table:
    """Count, by customer and day, what was bought for the first time."""
    sales = lines.filter(lines.kind == "sale")
    kinds = {"products": "product_id", "categories": "category", "brands": "brand"}
    firsts = ibis.union(*(_firsts(sales, column, kind) for kind, column in kinds.items()))
    # Counts, not sums: a sum of whole numbers is wider than what a file holds as a whole number.
    return firsts.group_by("customer_id", "day").aggregate(
        **{kind: firsts.count(where=firsts.kind == kind) for kind in kinds}
    )


def _firsts(sales: ir.Table, column: str, kind: str) -> ir.Table:
    named = sales.filter(sales[column].notnull())
    first = named.group_by("customer_id", value=named[column]).aggregate(day=day_of(named.ordered_at).min())
    return first.select("customer_id", "day", kind=ibis.literal(kind))


def _tickets(tickets: ir.Table) -> ir.Table:
    named = tickets.filter(tickets.customer_id.notnull())
    return named.select("customer_id", opened_on=day_of(named.opened_at), closed_on=day_of(named.closed_at))


def _visits(events: ir.Table) -> ir.Table:
    named = events.filter(events.customer_id.notnull())
    return named.select("customer_id", day=day_of(named.occurred_at)).distinct()


def _origins(customers: ir.Table) -> ir.Table:
    return customers.group_by("customer_id").aggregate(acquisition_channel=customers.acquisition_channel.min())
