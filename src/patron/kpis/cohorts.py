"""Do customers who began in the same month stay, and what do they bring?

In   contracts.customer.ORDERS     who bought in which month
     contracts.customer.TAKINGS    what they brought
Out  contracts.outcome.COHORTS     one row per cohort and month of its age, up to the run's day
"""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from patron.contracts.outcome import COHORTS
from patron.kpis.activity import activity
from patron.kpis.calendar import calendar
from patron.kpis.monthly_takings import monthly_takings

_CENTS = "decimal(38, 2)"


def cohorts(orders: ir.Table, takings: ir.Table, *, as_of: date) -> ir.Table:
    """Follow the customers of each month of first order.

    Parameters
    ----------
    orders : Table
        ``contracts.customer.ORDERS``.
    takings : Table
        ``contracts.customer.TAKINGS``.
    as_of : date
        The last day we may know about.

    Returns
    -------
    Table, one row per cohort and age
        ``contracts.outcome.COHORTS``. The triangle is complete: a month in which nobody of the cohort bought is there
        with zeros. A month in which nobody began makes no cohort.

    Notes
    -----
    A customer's first order is the first in the data. Where the data begins later than the shop did, the first cohorts
    also hold older customers, and look better than those that follow.

    Money sums to that of the customers with an order. What counts before the first order, such as the return of
    something bought before the data began, stands in the first month; customers who kept no order are in no cohort.
    """
    months = activity(orders, as_of=as_of)
    began = months.mutate(began=months.number.min().over(group_by=months.customer_id))
    lived = began.group_by("began", "number").aggregate(active=began.count())
    sizes = lived.filter(lived.number == lived.began).select(began="began", customers="active")
    starts = began.select("customer_id", "began").distinct()
    triangle = _triangle(sizes, calendar(takings, as_of=as_of))
    return COHORTS.shape(_per_customer(_filled(lived, _brought(starts, takings, as_of=as_of), triangle)))


def _brought(starts: ir.Table, takings: ir.Table, *, as_of: date) -> ir.Table:
    """Return what each cohort brought by month, its first month holding what counts before it."""
    money = starts.inner_join(monthly_takings(takings, as_of=as_of), "customer_id")
    money = money.mutate(number=ibis.greatest(money.number, money.began))
    return money.group_by("began", "number").aggregate(net_revenue=money.net_revenue.sum(), margin=money.margin.sum())


def _triangle(sizes: ir.Table, months: ir.Table) -> ir.Table:
    """Return each cohort with every month from its first on."""
    starts = sizes.inner_join(months.select(began="number", cohort="month"), "began")
    return starts.inner_join(months, months.number >= starts.began)


def _filled(lived: ir.Table, brought: ir.Table, triangle: ir.Table) -> ir.Table:
    """Return the triangle with what was lived and brought, zero where nothing was."""
    joined = triangle.left_join(lived, ["began", "number"]).drop("began_right", "number_right")
    joined = joined.left_join(brought, ["began", "number"])
    return joined.select(
        "cohort",
        "customers",
        "complete",
        age_months=joined.number - joined.began,
        active=joined.active.fill_null(0),
        net_revenue=joined.net_revenue.cast(_CENTS).fill_null(ibis.literal(0).cast(_CENTS)),
        margin=joined.margin.cast(_CENTS).fill_null(ibis.literal(0).cast(_CENTS)),
    )


def _per_customer(ages: ir.Table) -> ir.Table:
    """Add what each customer of the cohort did and brought on average."""
    to_date = ibis.cumulative_window(group_by=ages.cohort, order_by=ages.age_months)
    customers = ages.customers.cast("float64")
    return ages.mutate(
        retention=ages.active.cast("float64") / customers,
        cumulative_margin_per_customer=ages.margin.sum().over(to_date).cast("float64") / customers,
    )
