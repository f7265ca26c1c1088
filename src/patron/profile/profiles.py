"""Who is each customer, as of a day?

In   raw lines with the customer's id, ORDERS, CONTRIBUTION, RHYTHM, raw customers with the customer's id, HOUSEHOLDS
Out  contracts.customer.PROFILES      one row per customer
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import ibis
import ibis.expr.types as ir

from patron.contracts.customer import PROFILES
from patron.contracts.person import HOUSEHOLDS
from patron.profile.at_home import at_home
from patron.profile.known import day_of, known_by


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The tables that a profile is put together from, all of them as of the same day."""

    lines: ir.Table
    orders: ir.Table
    contribution: ir.Table
    rhythm: ir.Table
    customers: ir.Table
    households: ir.Table = field(default_factory=HOUSEHOLDS.empty)  # without any, everybody lives alone


def profiles(parts: Parts, *, as_of: date) -> ir.Table:
    """Put each customer's profile together.

    Parameters
    ----------
    parts : Parts
        `contribution` decides who is a customer: everybody with a line. `lines` and `customers` carry the customer's
        id.
    as_of : date
        The last day we may know about.

    Returns
    -------
    Table, one row per customer
        contracts.customer.PROFILES.
    """
    base = parts.contribution
    joined = (
        base.left_join(_ordering(parts.orders, as_of=as_of), "customer_id")
        .drop("customer_id_right")
        .left_join(_breadth(parts.lines, as_of=as_of), "customer_id")
        .drop("customer_id_right")
        .left_join(_most_common(parts.orders, "channel", as_of=as_of).rename(main_channel="channel"), "customer_id")
        .drop("customer_id_right")
        .left_join(_most_common(parts.orders, "country", as_of=as_of).rename(order_country="country"), "customer_id")
        .drop("customer_id_right")
        .left_join(parts.rhythm.select("customer_id", "expected_interval_days", "lapse_after_days"), "customer_id")
        .drop("customer_id_right")
        .left_join(_origin(parts.customers), "customer_id")
        .drop("customer_id_right")
    )
    return PROFILES.shape(at_home(_derived(joined, as_of), parts.households))


def _derived(t: ir.Table, as_of: date) -> ir.Table:
    today = ibis.literal(as_of)
    days_since_last = today.delta(t.last_order_on, unit="day").cast("int64")
    sold = t.revenue.cast("float64").nullif(0.0)
    return t.mutate(
        as_of=today,
        days_since_last=days_since_last,
        tenure_days=today.delta(t.first_order_on, unit="day").cast("int64"),
        orders=t.orders.fill_null(0),
        purchase_days=t.purchase_days.fill_null(0),
        units=t.units.fill_null(0.0),
        average_order_value=t.order_amount.cast("float64") / t.orders.cast("float64").nullif(0.0),
        return_rate=t.returns.cast("float64") / sold,
        discount_rate=t.discount.cast("float64") / sold,
        products=t.products.fill_null(0),
        categories=t.categories.fill_null(0),
        channels=t.channels.fill_null(0),
        country=ibis.coalesce(t.order_country, t.home_country),
        lateness=days_since_last.cast("float64") / t.expected_interval_days.nullif(0.0),
        lapsed=(days_since_last.cast("float64") > t.lapse_after_days).fill_null(False),
    )


def _ordering(orders: ir.Table, *, as_of: date) -> ir.Table:
    known = known_by(orders, as_of=as_of)
    day = day_of(known.ordered_at)
    return known.group_by("customer_id").aggregate(
        first_order_on=day.min(),
        last_order_on=day.max(),
        orders=known.count(),
        purchase_days=day.nunique(),
        units=known.units.sum(),
        order_amount=known.amount.sum(),
        channels=known.channel.nunique(),
    )


def _breadth(lines: ir.Table, *, as_of: date) -> ir.Table:
    known = known_by(lines, as_of=as_of)
    sales = known.filter(known.kind == "sale")
    return sales.group_by("customer_id").aggregate(
        products=sales.product_id.nunique(), categories=sales.category.nunique()
    )


def _most_common(orders: ir.Table, column: str, *, as_of: date) -> ir.Table:
    """Return each customer's most frequent value of `column`, the first by name among equals."""
    known = known_by(orders, as_of=as_of)
    known = known.filter(known[column].notnull())
    counted = known.group_by("customer_id", column).aggregate(times=known.count())
    order = ibis.window(group_by=counted.customer_id, order_by=[counted.times.desc(), counted[column]])
    return (
        counted.mutate(place=ibis.row_number().over(order)).filter(lambda t: t.place == 0).select("customer_id", column)
    )


def _origin(customers: ir.Table) -> ir.Table:
    """Return what the customer records know, one row per customer: records of one customer agree or the first wins."""
    return customers.group_by("customer_id").aggregate(
        acquisition_channel=customers.acquisition_channel.min(), home_country=customers.country.min()
    )
