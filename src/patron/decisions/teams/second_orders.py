"""How many new customers order again in time?"""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

FEWEST = 20
"""New customers without whom no rate is told."""

WINDOW_DAYS = 90
"""New customers of so many days are looked at."""


def second_order_rate(orders: ir.Table, *, within_days: int, as_of: date) -> float | None:
    """Return the share of new customers who ordered again within some days; none where there are too few.

    New are those whose first order was so long ago that their time is over, and at most `WINDOW_DAYS` longer ago. Two
    orders of one day are one purchase.

    Parameters
    ----------
    orders : Table
        Columns ``customer_id, ordered_at``.
    within_days : int
        How soon the second purchase has to come.
    as_of : date
        The last day we may know about: nothing later is looked at.
    """
    days = orders.select("customer_id", day=orders.ordered_at.cast("date"))
    known = days.filter(days.day <= ibis.literal(as_of)).distinct()
    places = known.mutate(place=ibis.row_number().over(ibis.window(group_by="customer_id", order_by="day")))
    first_two = places.filter(places.place < 2)
    people = first_two.group_by("customer_id").aggregate(first=first_two.day.min(), second=first_two.day.max())
    last = as_of - timedelta(days=within_days)
    new = people.filter(
        (people["first"] <= ibis.literal(last)) & (people["first"] > ibis.literal(last - timedelta(days=WINDOW_DAYS)))
    )
    waited = new.second.delta(new["first"], unit="day")
    in_time = (waited > 0) & (waited <= within_days)
    found = new.aggregate(people=new.count(), again=in_time.sum()).to_pyarrow().to_pylist()[0]
    return None if found["people"] < FEWEST else float(found["again"] / found["people"])
