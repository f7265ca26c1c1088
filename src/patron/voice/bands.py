"""In which fifth of the customers does each stand, by recency, frequency and value?

In   contracts.customer.PROFILES
Out  ``customer_id, cell``: one number for the three bands, see `BANDS`

Those who answer differ from those who do not by how recently, how often and for how much they buy, and these three are
known of everybody.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray

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


def codes() -> NDArray[np.int64]:
    """Return the band of every cell in each column, shape (columns, cells)."""
    cells = np.arange(CELLS)
    return np.stack([cells // WIDTH ** (len(BANDS) - 1 - place) % WIDTH for place in range(len(BANDS))])
