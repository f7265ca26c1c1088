"""What nobody can see in the data: who the customers are, how long they stay and what they bring next year."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.simulate.calendar import Calendar
from patron.simulate.catalogue import Catalogue
from patron.simulate.habits import Habits
from patron.simulate.lines import Lines
from patron.simulate.people import People
from patron.simulate.tables import days_column, ids_column, money_column, names_column
from patron.simulate.types import TYPES
from patron.simulate.visits import pace_on


def customer_truth(
    people: People, *, lines: Lines, catalogue: Catalogue, calendar: Calendar, ids: pa.Array
) -> pa.Table:
    """Tell the truth about each customer as of the shop's last day.

    Returns
    -------
    Table, one row per customer
        ``customer_id``
        ``type``             name of the hidden type
        ``rate``             purchase days per day while awake at the mean season, on the last day or at the end of life
        ``lifetime_end``     the last day on which the customer could buy
        ``orders_next_year`` purchase days in the 365 days after the last day
        ``value_next_year``  margin of those orders (price - discount - cost), less what comes back of them
    """
    ahead = lines.where(_ordered_later(lines, calendar))
    margin = ahead.quantity * (ahead.price - catalogue.cost[ahead.product]) - ahead.discount
    value = np.bincount(ahead.customer, margin, len(people))  # whole cents, exact in a float up to 2**53
    first = ahead.where(np.unique(ahead.order, return_index=True)[1])
    orders = np.bincount(first.customer[first.origin < 0], minlength=len(people))
    return pa.table(
        {
            "customer_id": ids,
            "type": names_column([kind.name for kind in TYPES], people.kind),
            "rate": pace_on(people, np.minimum(people.end, calendar.days - 1)),
            "lifetime_end": days_column(calendar.first_day, people.end),
            "orders_next_year": orders.astype(np.int64),
            "value_next_year": money_column(np.rint(value).astype(np.int64), digits=2),
        }
    )


def type_truth() -> pa.Table:
    """Tell what the types are: name, share of the arrivals, meaning."""
    return pa.table(
        {
            "type": [kind.name for kind in TYPES],
            "share": [kind.share for kind in TYPES],
            "meaning": [kind.meaning for kind in TYPES],
        }
    )


def needs_truth(habits: Habits, *, ids: pa.Array) -> pa.Table:
    """Tell what each customer uses up and buys again.

    Returns
    -------
    Table, one row per customer and staple
        ``customer_id``, ``product_id``; ``cycle_days``, how long one purchase of it lasts; ``amount``, the units of it.
        The next purchase is made on the first purchase day after that, so it comes a part of the customer's own
        interval between purchase days later.
    """
    customer, place = np.nonzero(habits.staples >= 0)
    products = ids_column("P", habits.staples[customer, place] + 1, digits=4)
    return pa.table(
        {
            "customer_id": ids.take(pa.array(customer)),
            "product_id": products,
            "cycle_days": habits.cycles[customer, place],
            "amount": habits.amounts[customer, place],
        }
    )


def _ordered_later(lines: Lines, calendar: Calendar) -> NDArray[np.bool_]:
    """Mark the sales after the last day, and the returns of such sales whenever they come."""
    later = lines.day >= calendar.days
    sold_later = np.unique(lines.order[later & (lines.origin < 0)])
    return np.asarray(np.where(lines.origin < 0, later, np.isin(lines.origin, sold_later)))
