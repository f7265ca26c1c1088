"""In which fifth of the customers does each stand, by recency, frequency and value?

In   contracts.customer.PROFILES, or ORDERS and who was asked when
Out  ``customer_id, cell``: one number for the three bands, see `BANDS`

Those who answer differ from those who do not by how recently, how often and for how much they buy, and these three are
known of everybody.
"""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray

from patron.profile.known import day_of, known_by

BANDS = ("recency", "frequency", "value")
"""The columns of a cell, the first one the highest digit."""

WIDTH = 5
"""Bands of each column."""

CELLS = WIDTH ** len(BANDS)


def bands(profiles: ir.Table) -> ir.Table:
    """Return the cell of each customer.

    Parameters
    ----------
    profiles : Table, one row per customer
        ``customer_id, days_since_last, orders, net_revenue``.

    Returns
    -------
    Table
        ``customer_id``; ``cell``, from 0 to `CELLS` - 1: band of recency * 25 + of frequency * 5 + of value, each from
        0 (least) to 4. Equal customers stand in the same band.
    """
    # Whoever never ordered has waited longest.
    waited = profiles.days_since_last.fill_null(2**31 - 1)
    columns = {"recency": -waited, "frequency": profiles.orders, "value": profiles.net_revenue}
    placed = profiles.select("customer_id", **columns)
    total = placed.count().over(ibis.window())
    cell = ibis.literal(0, "int64")
    for name in BANDS:
        before = ibis.rank().over(order_by=placed[name])
        cell = cell * WIDTH + (before.cast("int64") * WIDTH // total.cast("int64")).cast("int64")
    return placed.select("customer_id", cell=cell.cast("int64"))


def standing_when_asked(profiles: ir.Table, orders: ir.Table, invitations: ir.Table, *, as_of: date) -> ir.Table:
    """Return how customers stood on the day on which they were last asked; who never was, as of `as_of`.

    What somebody bought after she was asked says nothing of whether she would answer, and may come of being asked.

    Parameters
    ----------
    profiles : Table, one row per customer
        ``customer_id``.
    orders : Table
        contracts.customer.ORDERS: ``customer_id, ordered_at, amount``.
    invitations : Table
        contracts.raw_experience.RAW_INVITATIONS with customers.
    as_of : date
        The last day we may know about.

    Returns
    -------
    Table, one row per customer of `profiles`
        ``customer_id, days_since_last, orders, net_revenue``, as `bands` takes them.
    """
    sent = known_by(invitations, as_of=as_of, column="asked_at")
    asked = sent.group_by(_who=sent.customer_id).aggregate(_on=day_of(sent.asked_at).max())
    dated = profiles.select("customer_id").left_join(asked, [("customer_id", "_who")])
    people = dated.select("customer_id", day=dated._on.fill_null(ibis.literal(as_of)))
    bought = orders.select(_buyer="customer_id", _day=day_of(orders.ordered_at), _amount="amount")
    joined = people.inner_join(bought, [("customer_id", "_buyer")])
    both = joined.filter(joined._day <= joined.day)
    sums = both.group_by("_buyer").aggregate(
        orders=both.count(), net_revenue=both._amount.sum().cast("decimal(38, 2)"),
        days_since_last=both.day.max().delta(both._day.max(), unit="day").cast("int64"),
    )  # fmt: skip
    every = people.left_join(sums, [("customer_id", "_buyer")])
    return every.select(
        "customer_id", "days_since_last", orders=every.orders.fill_null(0),
        net_revenue=every.net_revenue.fill_null(ibis.literal(0).cast("decimal(38, 2)")),
    )  # fmt: skip


def codes() -> NDArray[np.int64]:
    """Return the band of every cell in each column, shape (columns, cells)."""
    cells = np.arange(CELLS)
    return np.stack([cells // WIDTH ** (len(BANDS) - 1 - place) % WIDTH for place in range(len(BANDS))])
