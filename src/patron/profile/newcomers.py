"""Whose first purchase is really the first?

In the first weeks of data that begin in the middle of a shop's life nearly everybody looks new. What is said of first
purchases leaves out those who came on a day on which more than half of the new ones were there before.
"""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from patron.profile.known import day_of
from patron.stats.arrivals import chance_of_earlier

LIKELY = 0.5


def newcomers(orders: ir.Table, *, as_of: date) -> ir.Table:
    """Return the customers whose first order in the data is likely their first of all.

    Parameters
    ----------
    orders : Table, one row per order
        ``customer_id`` and ``ordered_at``, none later than `as_of`.
    as_of : date
        The last day.

    Returns
    -------
    Table, one row per customer
        ``customer_id, first_day``.
    """
    firsts = orders.group_by("customer_id").aggregate(first_day=day_of(orders.ordered_at).min())
    counted = firsts.group_by("first_day").aggregate(new=firsts.count()).order_by("first_day").to_pyarrow()
    if not counted.num_rows:
        return firsts
    days = counted["first_day"].cast(pa.int32()).to_numpy().astype(np.int64)
    size = (as_of - counted["first_day"][0].as_py()).days + 1
    new = np.bincount(days - days[0], counted["new"].to_numpy(), minlength=size).astype(np.int64)
    known = np.flatnonzero(chance_of_earlier(new) > LIKELY)
    if not len(known):
        return firsts
    begin = counted["first_day"][0].as_py()
    left_out = [begin + timedelta(days=place) for place in known.tolist()]
    return firsts.filter(firsts.first_day.notin([ibis.literal(one) for one in left_out]))
