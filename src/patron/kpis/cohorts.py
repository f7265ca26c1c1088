"""Do customers who began in the same month stay, and what do they bring?

In   contracts.customer.ORDERS    one row per order
Out  contracts.outcome.COHORTS    one row per cohort and month of its age, up to the run's day
"""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from patron.contracts.outcome import COHORTS
from patron.kpis.activity import activity
from patron.kpis.calendar import calendar

_CENTS = "decimal(38, 2)"


def cohorts(orders: ir.Table, *, as_of: date) -> ir.Table:
    """Follow the customers of each month of first order.

    Parameters
    ----------
    orders : Table
        ``contracts.customer.ORDERS``.
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
    """
    months = activity(orders, as_of=as_of)
    began = months.mutate(began=months.number.min().over(group_by=months.customer_id))
    lived = began.group_by("began", "number").aggregate(
        active=began.count(), net_revenue=began.net_revenue.sum(), margin=began.margin.sum()
    )
    sizes = lived.filter(lived.number == lived.began).select(began="began", customers="active")
    return COHORTS.shape(_per_customer(_filled(lived, _triangle(sizes, calendar(orders, as_of=as_of)))))


def _triangle(sizes: ir.Table, months: ir.Table) -> ir.Table:
    """Return each cohort with every month from its first on."""
    starts = sizes.inner_join(months.select(began="number", cohort="month"), "began")
    return starts.inner_join(months, months.number >= starts.began)


def _filled(lived: ir.Table, triangle: ir.Table) -> ir.Table:
    """Return the triangle with what was lived, zero where nothing was."""
    joined = triangle.left_join(lived, ["began", "number"])
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
